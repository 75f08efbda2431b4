//! Every rule of the check by its id: what it forbids, why, and what to do. `omega explain` reads this table.

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

/// All rules, by id.
pub const RULES: [Rule; 25] = [
    rule(
        "E0100",
        "a script that does not compile",
        "The text is not of the language. The message says where the parser stopped and what it missed; the cause may stand a little before that place.",
    ),
    rule(
        "E0101",
        "a byte outside ASCII",
        "Letters that look alike but differ deceive a reviewer, and columns in messages drift. Write ASCII, in names and texts.",
    ),
    rule(
        "E0102",
        "a carriage return",
        "Line ends must be LF, so that a file has one hash on every machine. Save it with LF line ends.",
    ),
    rule(
        "E0103",
        "a tab",
        "A tab is as wide as each editor likes, so what is underlined is not what is meant. Indent with spaces.",
    ),
    rule(
        "E0104",
        "a control character",
        "It is invisible in a review and may steer a terminal. Remove it, or write it as an escape in a string.",
    ),
    rule(
        "E0105",
        "a number that is not whole or too large",
        "Numbers are whole and have 64 bits; a larger hexadecimal one would become negative. Use a smaller unit, or a text in quotes.",
    ),
    rule(
        "E0106",
        "a statement at the top level that does not belong there",
        "A runbook's top level holds only import, const, fn, and calls of runbook, step and exit_gate; a library's only import, const, export and fn. So the steps are known without running anything. Move the rest into a step or a fn.",
    ),
    rule(
        "E0107",
        "no header, or more than one, or one that comes late",
        "A runbook begins with one call of runbook(\"id\", \"title\", #{ ... }): its identity, version, order and the capabilities it needs.",
    ),
    rule(
        "E0108",
        "a header that is not of its form",
        "runbook takes an id and a title as plain texts, and a map. They are read before anything runs.",
    ),
    rule(
        "E0109",
        "a step that is not of its form",
        "step and exit_gate take an id and a title as plain texts, perhaps a map of options, and a closure without arguments: step(\"4.1\", \"what it is for\", || { ... });",
    ),
    rule(
        "E0110",
        "runbook, step or exit_gate elsewhere than at the top level",
        "Steps do not nest and are not made by functions or loops: what a runbook does, in which order, is read from its text.",
    ),
    rule("E0111", "a step id used twice", "A journal, a plan and --step know a step by its id."),
    rule(
        "E0112",
        "an import without a plain path or a name",
        "Only files of lib/ that were hashed can be imported, so the path is a plain text: import \"net\" as net;",
    ),
    rule(
        "E0113",
        "an import inside a function, a step or a block",
        "Imports stand at the top of the file, where a reviewer looks for them; functions and steps see them.",
    ),
    rule(
        "E0114",
        "an import that hides a namespace or another import",
        "import \"x\" as openstack would put a script's functions where the host's primitives are expected.",
    ),
    rule(
        "E0115",
        "a function named like one of omega's",
        "The script's function would be called in place of omega's, without a word: fn gate(name, ok) {} would make every gate pass.",
    ),
    rule(
        "E0116",
        "something that runs outside a step",
        "What stands at the top level runs when the file is loaded, before any plan. Only literals and pure functions (ip, cidr, ip_range, ...) may.",
    ),
    rule("E0117", "a gate outside a step", "A gate belongs to a step: its key is step, name and subject."),
    rule(
        "E0118",
        "a gate asked twice under one name",
        "A gate's key is step, name and subject; the run fails when a key repeats, for one of the two answers would be lost. Give it a name of its own, or a subject.",
    ),
    rule(
        "E0119",
        "a gate in a loop without a subject",
        "At the second turn its key would repeat. Say of what it speaks: #{ subject: host }, or put it into the name.",
    ),
    rule(
        "E0120",
        "an unknown module or namespace",
        "What stands before :: is a namespace of omega or the name of an import of this file. In a closure Rhai itself would notice only when the line runs.",
    ),
    rule(
        "E0121",
        "a way of calling that is not in the language here",
        "Functions called by a computed name, eval, and calls in the caller's scope cannot be checked. Call a function by its name, or hand over a closure.",
    ),
    rule(
        "E0122",
        "try, catch or throw",
        "An error must not be swallowed: it ends the run, with its place. To end a run yourself, call fail(\"why\").",
    ),
    rule(
        "E0123",
        "a construct that cannot be checked",
        "What this version cannot read, it cannot vouch for. Write it another way.",
    ),
    rule(
        "E0124",
        "an import of a library that is not there",
        "Imports serve only files of the site's lib/ whose bytes were hashed; the name is the file's, without its ending.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_rule_is_emitted_somewhere() {
        let sources = [
            include_str!("text.rs"),
            include_str!("syntax.rs"),
            include_str!("shape.rs"),
            include_str!("names.rs"),
            include_str!("gates.rs"),
        ]
        .concat();
        assert!(RULES.is_sorted_by(|a, b| a.id < b.id));
        for rule in RULES {
            assert!(sources.contains(&format!("\"{}\"", rule.id)), "{} is never reported", rule.id);
        }
        let reported = sources.match_indices("\"E0").map(|(at, _)| &sources[at + 1..at + 6]);
        for id in reported {
            assert!(explain(id).is_some(), "{id} has no explanation");
        }
    }
}
