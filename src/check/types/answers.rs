//! Answers that are known before anything is asked: a count that is never less than nothing, a question beside its
//! contrary, a comparison of two constants. What a service decides is never among them.

use std::collections::BTreeMap;

use super::super::tree::{Kind, Node};
use super::infer::Infer;

impl<'t> Infer<'t> {
    /// What comparing a number with a literal answers, when its limits leave no choice, and why.
    pub(super) fn beyond_doubt(&self, symbol: &str, left: &'t Node, right: &'t Node) -> Option<(bool, String)> {
        let (node, symbol, number) = match (number(left), number(right)) {
            (None, Some(number)) => (left, symbol, number),
            (Some(number), None) => (right, mirrored(symbol), number),
            _ => return None,
        };
        let (least, most) = self.limits_of(node)?;
        let (is_below, is_above) = (most.is_some_and(|most| most < number), least > number);
        let (at_most, at_least) = (most.is_some_and(|most| most <= number), least >= number);
        let answer = match symbol {
            ">=" if at_least => true,
            ">=" if is_below => false,
            ">" if is_above => true,
            ">" if at_most => false,
            "<" if is_below => true,
            "<" if at_least => false,
            "<=" if at_most => true,
            "<=" if is_above => false,
            "==" if is_below || is_above => false,
            "!=" if is_below || is_above => true,
            _ => return None,
        };
        let why = match most.filter(|_| is_below || at_most) {
            Some(most) => format!("`{}` is never more than {most}", self.text(node)),
            None => format!("`{}` is never less than {least}", self.text(node)),
        };
        Some((answer, why))
    }

    /// Between which numbers it lies: a length, or a field that says so.
    fn limits_of(&self, node: &Node) -> Option<(i64, Option<i64>)> {
        match &node.kind {
            Kind::Method { call, .. } if call.name.text == "len" && call.args.is_empty() => Some((0, None)),
            Kind::Property { .. } => {
                let limits = self.bounded.get(&(self.home, node.span))?;
                Some((limits.least, Some(limits.most)))
            }
            _ => None,
        }
    }

    /// Two constants that a gate by itself finds equal or not: `gate_eq` would be told the same. Beside another question they choose when that one counts.
    pub(super) fn of_constants(&mut self, who: &str, node: &'t Node) {
        let Kind::Operator { symbol, operands, .. } = &node.kind else { return };
        match &operands[..] {
            [only] if symbol == "!" => self.of_constants(who, only),
            [left, right] if symbol == "==" => {
                let are_written = left.is_literal() && right.is_literal();
                let are_one = self.tree().text(left.span) == self.tree().text(right.span);
                if !are_written && !are_one && self.is_constant(left) && self.is_constant(right) {
                    self.asks_nothing(who, node, "both sides are constants");
                }
            }
            _ => {}
        }
    }

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
fn number(node: &Node) -> Option<i64> {
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
fn mirrored(symbol: &str) -> &str {
    match symbol {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        other => other,
    }
}
