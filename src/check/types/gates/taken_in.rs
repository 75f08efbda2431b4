//! A gate that is written as an answer, in a way of an `if`: the question stands in the condition, and belongs into the gate.

use super::super::super::tree::{Call, Kind, Node};
use super::super::infer::Infer;

impl<'t> Infer<'t> {
    /// `if CONDITION { gate("...", false) }`. Answers whether it was told.
    pub(super) fn held_by_a_condition(&mut self, call: &'t Call, holds: &'t Node) -> bool {
        let Kind::Bool(answer) = holds.kind else { return false };
        let Some((condition, is_then)) = self.condition_around(call) else { return false };
        let message = format!("the gate asks nothing: it is always {answer}");
        let told = self.error("E0320", message, holds.span);
        let asked = self.copied_whole(condition).map(|text| match (&condition.kind, is_then == answer) {
            (_, true) => text,
            (Kind::Operator { symbol, operands, .. }, false) if symbol == "!" => {
                operands.first().map_or(text, |only| self.copied(only))
            }
            (Kind::Variable { .. } | Kind::Property { .. } | Kind::Method { .. } | Kind::Call(_), false) => {
                format!("!{text}")
            }
            _ => format!("!({text})"),
        });
        let name = call.args.first().map(|name| self.copied(name)).unwrap_or_default();
        let gate = asked.map(|asked| format!(": gate({name}, {asked}, ...)")).unwrap_or_default();
        let told = told.help(format!("put the condition into the gate itself, in place of the `if`{gate}"));
        self.tell(if answer { told } else { told.help("or end the run there: fail(\"why\")") });
        true
    }

    /// The condition of the `if` in which the gate is a statement, and whether it stands where that holds.
    fn condition_around(&self, call: &'t Call) -> Option<(&'t Node, bool)> {
        let is_it = |node: &Node| matches!(&node.kind, Kind::Call(one) if one.name.span == call.name.span);
        let mut found = None;
        self.tree().walk(&mut |node| {
            let Kind::If { condition, then, otherwise } = &node.kind else { return };
            if then.statements.iter().any(is_it) {
                found = Some((&**condition, true));
            } else if otherwise.iter().any(|block| block.statements.iter().any(is_it)) {
                found = Some((&**condition, false));
            }
        });
        found
    }
}
