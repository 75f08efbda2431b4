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

    /// What would have to be above one number and below a lesser one.
    pub(super) fn out_of_reach(&self, operands: &'t [Node]) -> Option<&'t str> {
        let mut reach: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        operands.iter().find_map(|operand| {
            let Kind::Operator { symbol, operands, .. } = &operand.kind else { return None };
            let [left, right] = &operands[..] else { return None };
            let bound = number(right)?;
            let (least, most) = match symbol.as_str() {
                ">" => (bound.saturating_add(1), i64::MAX),
                ">=" => (bound, i64::MAX),
                "<" => (i64::MIN, bound.saturating_sub(1)),
                "<=" => (i64::MIN, bound),
                "==" => (bound, bound),
                _ => return None,
            };
            let text = self.tree().text(left.span);
            let known = reach.entry(text).or_insert((i64::MIN, i64::MAX));
            *known = (known.0.max(least), known.1.min(most));
            (known.0 > known.1).then_some(text)
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
