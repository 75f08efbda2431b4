//! Answers that are known before anything is asked: a count that is never less than nothing, a question beside its
//! contrary, a comparison of two constants. What a service decides is never among them.

use std::collections::BTreeMap;

use super::super::tree::{Kind, Node};
use super::infer::Infer;

/// The numbers that there are.
const LEAST: i128 = i64::MIN as i128;
const MOST: i128 = i64::MAX as i128;

impl<'t> Infer<'t> {
    /// What comparing a length with a literal answers, when it cannot answer otherwise, and why.
    pub(super) fn beyond_doubt(&self, symbol: &str, left: &'t Node, right: &'t Node) -> Option<(bool, String)> {
        let (node, symbol, number) = match (number(left), number(right)) {
            (None, Some(number)) => (left, symbol, number),
            (Some(number), None) => (right, mirrored(symbol), number),
            _ => return None,
        };
        let is_length = matches!(&node.kind, Kind::Method { call, .. } if call.name.text == "len");
        let answer = match symbol {
            ">=" if number <= 0 => true,
            ">" | "!=" if number < 0 => true,
            "<" if number <= 0 => false,
            "<=" | "==" if number < 0 => false,
            _ => return None,
        };
        is_length.then(|| (answer, format!("`{}` is never less than 0", self.text(node))))
    }

    /// Two constants that a gate by itself finds equal or not: `gate_eq` would be told the same. Beside another question
    /// they choose when that one counts.
    pub(super) fn of_constants(&mut self, who: &str, node: &'t Node) {
        if let Kind::Method { of, call, .. } = &node.kind
            && let ("contains", [item]) = (call.name.text.as_str(), &call.args[..])
            && self.is_constant(of)
            && self.is_constant(item)
        {
            self.asks_nothing(who, node, "both sides are constants");
        }
        let Kind::Operator { symbol, operands, .. } = &node.kind else { return };
        match &operands[..] {
            [only] if symbol == "!" => self.of_constants(who, only),
            [left, right] if matches!(symbol.as_str(), "==" | "in" | "!in") => {
                let are_written = left.is_literal() && right.is_literal();
                let are_one = self.tree().text(left.span) == self.tree().text(right.span);
                if !are_written && !are_one && self.is_constant(left) && self.is_constant(right) {
                    self.asks_nothing(who, node, "both sides are constants");
                }
            }
            _ => {}
        }
    }

    /// A number of which one of these comparisons always holds; or of which they never hold together.
    pub(super) fn all_or_none(&self, operands: &'t [Node], together: bool) -> Option<&'t str> {
        let mut ranges: BTreeMap<&str, Vec<(i128, i128)>> = BTreeMap::new();
        for (text, range) in operands.iter().filter_map(|operand| self.range(operand)) {
            ranges.entry(text).or_default().push(range);
        }
        let is_sure = |text: &str, ranges: &mut Vec<(i128, i128)>| {
            ranges.sort_unstable();
            if together {
                let least = ranges.iter().map(|range| range.0).max();
                return least > ranges.iter().map(|range| range.1).min();
            }
            let first = if text.ends_with(".len()") { 0 } else { LEAST };
            let end = ranges.iter().fold(first, |end, (from, to)| if *from <= end { end.max(to + 1) } else { end });
            end > MOST
        };
        ranges.into_iter().find_map(|(text, mut all)| (all.len() > 1 && is_sure(text, &mut all)).then_some(text))
    }

    /// The numbers for which a comparison with a literal holds.
    fn range(&self, node: &'t Node) -> Option<(&'t str, (i128, i128))> {
        let Kind::Operator { symbol, operands, .. } = &node.kind else { return None };
        let [left, right] = &operands[..] else { return None };
        let (node, symbol, number) = match (number(left), number(right)) {
            (None, Some(number)) => (left, symbol.as_str(), i128::from(number)),
            (Some(number), None) => (right, mirrored(symbol), i128::from(number)),
            _ => return None,
        };
        let range = match symbol {
            "<" => (LEAST, number - 1),
            "<=" => (LEAST, number),
            ">" => (number + 1, MOST),
            ">=" => (number, MOST),
            _ => return None,
        };
        Some((self.tree().text(node.span), range))
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
