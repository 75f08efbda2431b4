//! Answers that are known before anything is asked: a question beside its contrary. What a service decides is never among them.

use std::collections::BTreeMap;

use super::super::tree::{Kind, Node};
use super::infer::Infer;

impl<'t> Infer<'t> {
    /// What is asked together with its contrary.
    pub(super) fn contrary(&self, operands: &'t [Node]) -> Option<&'t Node> {
        let mut asked: BTreeMap<(&str, &str, &str), bool> = BTreeMap::new();
        operands.iter().find_map(|operand| {
            let (question, holds) = self.question(operand);
            let before = asked.insert(question, holds);
            before.is_some_and(|before| before != holds).then(|| match &operand.kind {
                Kind::Operator { symbol, operands, .. } if symbol == "!" => operands.first().unwrap_or(operand),
                _ => operand,
            })
        })
    }

    /// A question in one of its two forms, and whether this is the first.
    fn question(&self, node: &'t Node) -> ((&'t str, &'t str, &'t str), bool) {
        let text = |node: &'t Node| self.tree().text(node.span);
        let Kind::Operator { symbol, operands, .. } = &node.kind else { return ((text(node), "", ""), true) };
        match (&operands[..], symbol.as_str()) {
            ([only], "!") => {
                let (question, holds) = self.question(only);
                (question, !holds)
            }
            ([a, b], "==" | "!=") => ((text(a), "==", text(b)), symbol == "=="),
            ([a, b], "<" | ">=") => ((text(a), "<", text(b)), symbol == "<"),
            ([a, b], ">" | "<=") => ((text(a), ">", text(b)), symbol == ">"),
            ([a, b], "in" | "!in") => ((text(a), "in", text(b)), symbol == "in"),
            _ => ((text(node), "", ""), true),
        }
    }
}

/// A number that is written out.
pub(super) fn number(node: &Node) -> Option<i64> {
    match &node.kind {
        Kind::Int(number) => Some(*number),
        Kind::Operator { symbol, operands, .. } if symbol == "-" => match &operands[..] {
            [Node { kind: Kind::Int(number), .. }] => number.checked_neg(),
            _ => None,
        },
        _ => None,
    }
}

/// The same comparison from the other side.
pub(super) fn mirrored(symbol: &str) -> &str {
    match symbol {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        other => other,
    }
}
