//! Answers that are known before anything is asked: a question beside its contrary. What a service decides is never among them.

use std::collections::BTreeMap;

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node};
use super::super::infer::Infer;

/// The numbers that there are.
const LEAST: i128 = i64::MIN as i128;
const MOST: i128 = i64::MAX as i128;

impl<'t> Infer<'t> {
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

    /// `list.len() > 0 || list.all(...)`: of an empty list all of them are so, and none is.
    pub(super) fn beside_emptiness(&mut self, node: &'t Node, symbol: &str, operands: &'t [Node]) -> bool {
        let is_empty = symbol == "&&";
        let mut lists = operands.iter().filter_map(|operand| emptiness(operand, is_empty));
        let asked = lists.find_map(|list| {
            let text = self.tree().text(list.span);
            let of_it = |operand: &'t Node| {
                let (of, is_all) = members_asked(operand, true)?;
                (self.tree().text(of.span) == text).then_some((operand, is_all))
            };
            operands.iter().find_map(of_it).map(|(operand, is_all)| (list, operand, is_all))
        });
        let Some((list, operand, is_all)) = asked else { return false };
        let (list, shown) = (self.text(list), self.text(operand));
        let idle = |message: String| Diagnostic::error("E0320", message, &self.tree().file, operand.span);
        let sure = |message: String| self.error("E0320", message, node.span);
        let told = match (is_empty, is_all) {
            (false, true) => sure(format!("this is always true: where `{list}` is empty, `{shown}` holds")),
            (true, false) => sure(format!("this is never true: where `{list}` is empty, `{shown}` does not hold")),
            (false, false) => idle(format!("`{shown}` never decides here: where it holds, `{list}` is not empty")),
            (true, true) => idle(format!("`{shown}` never decides here: where `{list}` is empty, it holds")),
        };
        let meant = if is_empty { "||" } else { "&&" };
        self.tell(told.help(format!("write {meant} in place of {symbol}; or ask what was meant")));
        true
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

/// The list of which it is asked whether it is empty, or whether it is not.
fn emptiness(node: &Node, is_empty: bool) -> Option<&Node> {
    fn list<'n>(node: &'n Node, method: &str) -> Option<&'n Node> {
        let Kind::Method { of, call, safe: false } = &node.kind else { return None };
        (call.name.text == method && call.args.is_empty()).then_some(&**of)
    }
    let Kind::Operator { symbol, operands, .. } = &node.kind else {
        return list(node, "is_empty").filter(|_| is_empty);
    };
    match (symbol.as_str(), &operands[..]) {
        ("!", [only]) => emptiness(only, !is_empty),
        (symbol, [left, right]) => {
            let (of, symbol, number) = match (number(left), number(right)) {
                (None, Some(number)) => (left, symbol, number),
                (Some(number), None) => (right, mirrored(symbol), number),
                _ => return None,
            };
            let asks = match (symbol, number) {
                ("==" | "<=", 0) | ("<", 1) => true,
                ("!=" | ">", 0) | (">=", 1) => false,
                _ => return None,
            };
            list(of, "len").filter(|_| asks == is_empty)
        }
        _ => None,
    }
}

/// The list of whose members something is asked; whether it is asked of all, or of any.
fn members_asked(node: &Node, holds: bool) -> Option<(&Node, bool)> {
    match &node.kind {
        Kind::Operator { symbol, operands, .. } if symbol == "!" => members_asked(operands.first()?, !holds),
        Kind::Method { of, call, safe: false }
            if matches!(call.args[..], [Node { kind: Kind::Closure { .. }, .. }]) =>
        {
            match call.name.text.as_str() {
                "all" => Some((of, holds)),
                "any" => Some((of, !holds)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A number that is written out.
pub(in super::super) fn number(node: &Node) -> Option<i64> {
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
pub(in super::super) fn mirrored(symbol: &str) -> &str {
    match symbol {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        other => other,
    }
}
