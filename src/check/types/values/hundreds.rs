//! Parts of a hundred: a whole number that is divided before it is multiplied has lost what was asked for.

use super::super::super::tree::{Kind, Node};
use super::super::infer::Infer;
use super::measures::quotient;

impl<'t> Infer<'t> {
    /// `disk.used / disk.size * 100`: the quotient is 0 until the one is as large as the other.
    pub(super) fn divided_too_early(&mut self, left: &'t Node, right: &'t Node) {
        for (part, factor) in [(left, right), (right, left)] {
            let Some([a, b]) = quotient(part) else { continue };
            if self.comes_to(factor) != Some(100) || !self.is_part_of(a, b) {
                continue;
            }
            let message = format!("`{}` is a whole number: 0, or how often the one holds the other", self.text(part));
            let told = self.error("E0343", message, left.span.to(right.span));
            let told = told.note("what is divided first loses the part of a hundred that is asked for");
            return self.tell(told.help(format!("multiply first: {} * 100 / {}", self.copied(a), self.copied(b))));
        }
    }

    /// Two sizes, two counts of one thing, or how many of a list are left of it.
    fn is_part_of(&self, a: &'t Node, b: &'t Node) -> bool {
        self.parts.contains(&(self.home, a.span.to(b.span))) || self.are_counts(a, b) || self.is_left_of(a, b)
    }

    fn are_counts(&self, a: &'t Node, b: &'t Node) -> bool {
        let (Kind::Property { of: one, .. }, Kind::Property { of: other, .. }) = (&a.kind, &b.kind) else {
            return false;
        };
        let is_count = |node| {
            let ty = self.plainly(node);
            ty.and_then(|ty| ty.limits()).is_some_and(|limits| limits.unit.is_none() && !limits.names)
        };
        self.text(one) == self.text(other) && is_count(a) && is_count(b)
    }

    /// `machines.filter(..).len()` beside `machines.len()`.
    fn is_left_of(&self, a: &'t Node, b: &'t Node) -> bool {
        let (Some(part), Some(whole)) = (counted(a), counted(b)) else { return false };
        match &self.made_of(part).kind {
            Kind::Method { of, call, .. } => call.name.text == "filter" && self.text(of) == self.text(whole),
            _ => false,
        }
    }
}

/// The list whose members are counted.
fn counted(node: &Node) -> Option<&Node> {
    match &node.kind {
        Kind::Method { of, call, .. } if call.name.text == "len" && call.args.is_empty() => Some(of),
        _ => None,
    }
}
