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
    use std::path::Path;

    use super::*;

    /// Every source but the table itself.
    fn read(folder: &Path, sources: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                read(&path, sources);
            } else if !path.ends_with("rules.rs")
                && !path.ends_with("rules/table.rs")
                && !path.to_string_lossy().ends_with("tests.rs")
            {
                sources.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
            }
        }
    }

    #[test]
    fn the_table_is_sorted_and_each_rule_is_emitted_somewhere() {
        let mut sources = String::new();
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check"), &mut sources);
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/runbook"), &mut sources);
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
