//! Questions that cross each other out, or are answered already: `a == 1 && a == 2`, `if true || ...`.

use super::super::super::tree::{Kind, Node};
use super::super::infer::Infer;

impl<'t> Infer<'t> {
    /// What `if` and `while` ask: an answer that is known makes one of the ways dead.
    pub(in super::super) fn decided_condition(&mut self, node: &'t Node) {
        if let Some(answer) = constant_answer(node) {
            let message = format!("this condition is always {answer}");
            let diagnostic = self.error("E0320", message, node.span);
            self.tell(diagnostic.help("take out what never decides, or ask what was meant"));
        }
    }

    /// `a == 1 && a == 2` never holds, `a != 1 || a != 2` always does.
    pub(in super::super) fn crossed_out(&mut self, node: &'t Node, symbol: &str, operands: &'t [Node]) {
        if let Some(twice) = self.contrary(operands) {
            let answer = if symbol == "&&" { "never true" } else { "always true" };
            let message = format!("this is {answer}: `{}` stands beside its contrary", self.text(twice));
            let diagnostic = self.error("E0320", message, node.span);
            self.tell(diagnostic.help("take out what never decides, or ask what was meant"));
            return;
        }
        if self.beside_emptiness(node, symbol, operands) {
            return;
        }
        let wanted = if symbol == "&&" { "==" } else { "!=" };
        if let Some(left) = self.all_or_none(operands, symbol == "&&") {
            let answer = if symbol == "&&" { "never true" } else { "always true" };
            let message = format!("this is {answer}, whatever `{left}` is");
            let diagnostic = self.error("E0320", message, node.span);
            self.tell(diagnostic.help("take out what never decides, or ask what was meant"));
            return;
        }
        let pairs: Vec<(&str, &Node)> =
            operands.iter().filter_map(|operand| self.against_a_literal(operand, wanted)).collect();
        let clash = pairs.iter().enumerate().find_map(|(at, (left, one))| {
            let other = pairs[at + 1..].iter().find(|(other, value)| other == left && unequal(one, value));
            other.map(|_| *left)
        });
        let clash = clash.or_else(|| self.out_of_reach(operands).filter(|_| symbol == "&&"));
        let Some(left) = clash.map(str::to_owned) else { return };
        let (answer, meant) = if symbol == "&&" { ("never true", "||") } else { ("always true", "&&") };
        let message = format!("this is {answer}: `{left}` cannot be both");
        let diagnostic = self.error("E0320", message, node.span);
        self.tell(diagnostic.help(format!("write {meant}, or {left} in [...]")));
    }

    fn against_a_literal(&self, node: &'t Node, wanted: &str) -> Option<(&'t str, &'t Node)> {
        let Kind::Operator { symbol, operands, .. } = &node.kind else { return None };
        let [left, right] = &operands[..] else { return None };
        (symbol == wanted && right.is_literal()).then(|| (self.tree().text(left.span), right))
    }
}

/// True or false, whatever else is asked beside it.
fn constant_answer(node: &Node) -> Option<bool> {
    match &node.kind {
        Kind::Bool(answer) => Some(*answer),
        Kind::Operator { symbol, operands, .. } if symbol == "!" => {
            operands.first().and_then(constant_answer).map(|a| !a)
        }
        Kind::Lazy { symbol, operands, .. } => {
            let decides = *symbol == "||";
            operands.iter().filter_map(constant_answer).find(|answer| *answer == decides)
        }
        _ => None,
    }
}

/// Two plain literals that differ.
fn unequal(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Text(a), Kind::Text(b)) => a != b,
        (Kind::Int(a), Kind::Int(b)) => a != b,
        (Kind::Bool(a), Kind::Bool(b)) => a != b,
        _ => false,
    }
}
