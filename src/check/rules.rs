//! Every rule of the check by its id: what it forbids, why, and what to do. `omega explain` reads this table.

mod table;

pub use table::RULES;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its stable id.
    pub id: &'static str,
    /// What it forbids, in a few words.
    pub title: &'static str,
    /// Why, and what to do.
    pub text: &'static str,
}

/// The rule of that id.
#[must_use]
pub fn explain(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

const fn rule(id: &'static str, title: &'static str, text: &'static str) -> Rule {
    Rule { id, title, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_rule_is_emitted_somewhere() {
        let sources = [
            include_str!("circle.rs"),
            include_str!("text.rs"),
            include_str!("syntax.rs"),
            include_str!("shape.rs"),
            include_str!("names.rs"),
            include_str!("places.rs"),
            include_str!("gates.rs"),
            include_str!("../runbook/load.rs"),
            include_str!("../runbook/load/repository.rs"),
            include_str!("../runbook/load/bundle.rs"),
            include_str!("../runbook/load/mentions.rs"),
            include_str!("types/access.rs"),
            include_str!("types/afterwards.rs"),
            include_str!("types/arguments.rs"),
            include_str!("types/bearing.rs"),
            include_str!("types/calls.rs"),
            include_str!("types/certain.rs"),
            include_str!("types/expressions.rs"),
            include_str!("types/flow.rs"),
            include_str!("types/functions.rs"),
            include_str!("types/gates.rs"),
            include_str!("types/held.rs"),
            include_str!("types/infer.rs"),
            include_str!("types/measures.rs"),
            include_str!("types/members.rs"),
            include_str!("types/networks.rs"),
            include_str!("types/numbers.rs"),
            include_str!("types/operators.rs"),
            include_str!("types/options.rs"),
            include_str!("types/order.rs"),
            include_str!("types/pattern.rs"),
            include_str!("types/presence.rs"),
            include_str!("types/programs.rs"),
            include_str!("types/report.rs"),
            include_str!("types/turns.rs"),
            include_str!("types/unused.rs"),
            include_str!("types/words.rs"),
            include_str!("lints/agreement.rs"),
            include_str!("lints/allow.rs"),
            include_str!("lints/capabilities.rs"),
            include_str!("lints/closures.rs"),
            include_str!("lints/constants.rs"),
            include_str!("lints/exits.rs"),
            include_str!("lints/keys.rs"),
            include_str!("lints/literals.rs"),
            include_str!("lints/literals/kept.rs"),
            include_str!("lints/steps.rs"),
            include_str!("lints/words.rs"),
        ]
        .concat();
        assert!(RULES.is_sorted_by(|a, b| a.id < b.id));
        for rule in RULES {
            assert!(sources.contains(&format!("\"{}\"", rule.id)), "{} is never reported", rule.id);
        }
        let places = ["\"E0", "\"W0"].into_iter().flat_map(|mark| sources.match_indices(mark));
        let reported = places.map(|(at, _)| &sources[at + 1..at + 7]).filter_map(|id| id.strip_suffix('"'));
        for id in reported {
            assert!(explain(id).is_some(), "{id} has no explanation");
        }
    }
}
