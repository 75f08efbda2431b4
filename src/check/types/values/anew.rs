//! A list that each turn of a loop makes anew: of what the turns found, only the last is left.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Block, Kind, Name, Node};
use super::super::Type;
use super::super::infer::Infer;

impl<'t> Infer<'t> {
    /// `for name in NAMES { lines = [name]; }`, where `+=` was meant. The variables in sight are those around the loop.
    pub(in super::super) fn made_anew(&mut self, member: &Name, body: &'t Block) {
        let assigned = body.statements.iter().filter_map(|node| match &node.kind {
            Kind::Assign { target, symbol, value, .. } if symbol == "=" => Some((node, target.as_variable()?, value)),
            _ => None,
        });
        for (node, list, value) in assigned {
            let Some(at) = self.lookup(&list.text) else { continue };
            let is_list = matches!(self.variables[at].ty, Type::List(_) | Type::Listing(_));
            let is_of_the_turn = counted(std::slice::from_ref(value.as_ref()), |node| names(node, &member.text)) > 0;
            let is_read = counted(&body.statements, |node| names(node, &list.text)) > 1;
            let leaves = |node: &Node| matches!(node.kind, Kind::Break { .. } | Kind::Return { .. });
            if !is_list || !is_of_the_turn || is_read || counted(&body.statements, leaves) > 0 {
                continue;
            }
            let message =
                format!("each turn makes `{}` anew: what the turns before put there is read by nobody", list.text);
            let told = Diagnostic::warning("W0221", message, &self.tree().file, node.span);
            let added = self.copied(value);
            self.tell(told.help(format!("to keep it all, write {} += {added};", list.text)));
        }
    }
}

fn names(node: &Node, name: &str) -> bool {
    node.as_variable().is_some_and(|variable| variable.text == name)
}

/// In how many nodes it is so.
fn counted(nodes: &[Node], is_so: impl Fn(&Node) -> bool) -> usize {
    let mut count = 0;
    nodes.iter().for_each(|node| node.walk(&mut |node| count += usize::from(is_so(node))));
    count
}
