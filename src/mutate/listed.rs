//! The file beside the cases: from which of them mutants are made, and the survivors that do not matter, each with its
//! reason. An entry that lists what does not survive is an error: it would hide the next one.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::cases::MUTATION;

/// The version of the format.
const VERSION: u32 = 1;

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutation {
    /// The format's version.
    pub mutation: u32,
    /// The healthy cases, by file name.
    pub from: Vec<String>,
    /// Survivors that do not matter.
    #[serde(default)]
    pub survivors: Vec<Listed>,
}

/// Survivors that do not matter, for one reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The requests or files, as they are shown; the word `*` stands for any one word, such as a host.
    pub asked: Vec<String>,
    /// The parts as they are shown, or their class; empty for the whole document.
    pub at: Vec<String>,
    /// What is done to it, in the words of the report.
    pub mutants: Vec<String>,
    /// Why it does not matter.
    pub reason: String,
}

impl Mutation {
    /// Reads the file of a folder of cases.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(MUTATION);
        let told = || format!("{} is missing or no list of healthy cases", path.display());
        let mutation: Mutation =
            serde_json::from_slice(&std::fs::read(&path).with_context(told)?).with_context(told)?;
        ensure!(mutation.mutation == VERSION, "{}: this omega reads version {VERSION}", path.display());
        ensure!(!mutation.from.is_empty(), "{} names no healthy case", path.display());
        for listed in &mutation.survivors {
            ensure!(!listed.reason.trim().is_empty(), "{}: a listed survivor has no reason", path.display());
        }
        Ok(mutation)
    }

    /// The reason why a survivor does not matter, and where it stands; `parts` are its class and the part itself.
    pub fn reason(&self, asked: &str, parts: [&str; 2], word: &str) -> Option<(Entry, &str)> {
        self.survivors.iter().enumerate().find_map(|(number, listed)| {
            let named = |list: &[String], wanted: &str| list.iter().position(|one| one == wanted);
            let place = (
                listed.asked.iter().position(|one| is_asked(one, asked))?,
                listed.at.iter().position(|at| parts.contains(&at.as_str()))?,
                named(&listed.mutants, word)?,
            );
            Some((Entry { number, place }, listed.reason.as_str()))
        })
    }

    /// Entries that list what did not survive. Each request, each part and each word of an entry must be of use.
    pub fn idle(&self, used: &BTreeSet<Entry>) -> Vec<String> {
        let mut idle = Vec::new();
        for (number, listed) in self.survivors.iter().enumerate() {
            let of_use = |pick: fn(&Entry) -> usize| -> BTreeSet<usize> {
                used.iter().filter(|entry| entry.number == number).map(pick).collect()
            };
            let mut tell = |what: &str, texts: &[String], used: BTreeSet<usize>| {
                let unused = texts.iter().enumerate().filter(|(at, _)| !used.contains(at));
                idle.extend(unused.map(|(_, text)| format!("entry {}: {what} {text:?}", number + 1)));
            };
            tell("asked", &listed.asked, of_use(|entry| entry.place.0));
            tell("at", &listed.at, of_use(|entry| entry.place.1));
            tell("mutants", &listed.mutants, of_use(|entry| entry.place.2));
        }
        idle
    }
}

fn is_asked(listed: &str, asked: &str) -> bool {
    let (listed, asked) = (listed.split(' '), asked.split(' '));
    listed.clone().count() == asked.clone().count() && listed.zip(asked).all(|(one, other)| one == "*" || one == other)
}

/// What of an entry a survivor has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    number: usize,
    place: (usize, usize, usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutation() -> Mutation {
        serde_json::from_str(
            r#"{"mutation": 1, "from": ["healthy.json"], "survivors": [
                {"asked": ["maas admin tags read"], "at": ["[*].comment", "[*].name"], "mutants": ["foreign"], "reason": "shown alone"}
            ]}"#,
        )
        .expect("a list")
    }

    #[test]
    fn a_star_stands_for_one_word() {
        assert!(is_asked("ssh * -- cat", "ssh host-0 -- cat"));
        assert!(!is_asked("ssh *", "ssh host-0 -- cat"));
    }

    #[test]
    fn an_entry_of_no_use_is_told() {
        let mutation = mutation();
        let (entry, reason) =
            mutation.reason("maas admin tags read", ["[*].comment", "[3].comment"], "foreign").expect("listed");
        assert_eq!(reason, "shown alone");
        assert_eq!(mutation.idle(&BTreeSet::from([entry])), [r#"entry 1: at "[*].name""#]);
        assert!(mutation.reason("maas admin tags read", ["[*].comment", "[3].comment"], "lost").is_none());
    }
}
