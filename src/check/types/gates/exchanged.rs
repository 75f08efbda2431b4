//! What is compared in each other's place: two members of a list, and the name of a gate and the word it wants.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Node};
use super::super::Type;
use super::super::infer::Infer;

impl<'t> Infer<'t> {
    /// Member by member.
    pub(super) fn gate_eq_of_each(&mut self, pairs: impl Iterator<Item = (&'t Node, &'t Node)>) {
        for (a, b) in pairs {
            let types = (self.node(a, true), self.node(b, true));
            self.gate_eq((a, &types.0), (b, &types.1));
        }
    }

    /// `[network.physnet, network.type]` against `["flat", "physnet1"]`: wrong as they stand, and right in each other's place.
    /// A word that is near to one that fits is a slip of its own.
    pub(super) fn exchanged_members(&mut self, seen: &'t Node, a: &'t [Node], b: &'t [Node], before: usize) {
        let is_slip = |told: &Diagnostic| told.label.is_some();
        if a.len() != b.len() || !self.has_errors(before) || self.found_so_far()[before..].iter().any(is_slip) {
            return;
        }
        let pairs = (0..a.len()).flat_map(|one| (one + 1..a.len()).map(move |other| (one, other)));
        for (one, other) in pairs {
            let mut turned: Vec<&'t Node> = a.iter().collect();
            turned.swap(one, other);
            if !self.tried(|infer| infer.gate_eq_of_each(turned.iter().copied().zip(b))) {
                continue;
            }
            let [first, second] = [&a[one], &a[other]].map(|node| self.text(node));
            let message = format!("`{first}` and `{second}` are in each other's place");
            let told = self.error("E0207", message, seen.span);
            let told = told.note("a gate compares the members of two lists one by one, in their order");
            let right: Vec<String> = turned.into_iter().map(|node| self.copied(node)).collect();
            return self.tell_instead(told.help(format!("write [{}]", right.join(", "))), before);
        }
    }

    /// `gate_eq("active", charm.workload, "octavia")`: the word that is wanted stands where the name belongs.
    pub(super) fn exchanged_with_its_name(&mut self, call: &'t Call, seen: &Type, before: usize) {
        let [name, asked, wanted, ..] = &call.args[..] else { return };
        let (Some(called), Some(text), Type::Word(words)) = (name.as_text(), wanted.as_text(), seen.present()) else {
            return;
        };
        if !self.has_errors(before) || !words.has(called) || words.has(text) {
            return;
        }
        let help = format!("write gate_eq({text:?}, {}, {called:?}): its name comes first", self.copied(asked));
        if let Some(told) = self.found_so_far()[before..].iter_mut().find(|told| told.id == "E0319") {
            told.help.push(help);
        }
    }
}
