//! Runbooks that a text names, in an advice or a note: who reads it at night looks for that file.

use std::collections::BTreeSet;

use crate::check::tree::{Kind, Node, Span, Tree};
use crate::check::{Diagnostic, nearest};

/// What stands before the name of a file of runbooks.
const FOLDER: &str = "runbooks/";

/// Shorter names are near to other words.
const LONG: usize = 8;

/// The runbooks of a repository, by their names.
#[derive(Debug, Default)]
pub(super) struct Runbooks {
    names: BTreeSet<String>,
    /// What several of them begin with, before a number: `phase-`.
    stems: BTreeSet<String>,
}

impl Runbooks {
    /// Those at these paths.
    pub(super) fn of<'p>(paths: impl Iterator<Item = &'p str>) -> Self {
        let names = paths.filter_map(|path| path.strip_prefix(FOLDER)?.strip_suffix(".rhai"));
        let names: BTreeSet<String> = names.map(str::to_owned).collect();
        let stem = |name: &String| {
            let at = name.find(|c: char| c.is_ascii_digit())?;
            name[..at].ends_with('-').then(|| name[..at].to_owned())
        };
        let mut all: Vec<String> = names.iter().filter_map(stem).collect();
        all.sort_unstable();
        let stems = all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
        Runbooks { names, stems }
    }

    /// What the texts of an expression name that is not there.
    pub(super) fn look(&self, tree: &Tree, node: &Node, found: &mut Vec<Diagnostic>) {
        match &node.kind {
            Kind::Text(text) => found.extend(self.lost(text).map(|name| self.told(tree, name, node.span))),
            Kind::Template(parts) => parts.iter().for_each(|part| self.look(tree, part, found)),
            Kind::Operator { operands, .. } => operands.iter().for_each(|part| self.look(tree, part, found)),
            _ => {}
        }
    }

    /// The first name in a text that no runbook has.
    pub(super) fn lost<'t>(&self, text: &'t str) -> Option<&'t str> {
        let is_lost = |name: &&str| !name.is_empty() && !self.names.contains(*name);
        let file = || {
            let (_, rest) = text.split_once(FOLDER)?;
            let name = word(rest);
            rest[name.len()..].starts_with(".rhai").then_some(name).filter(is_lost)
        };
        let numbered = |stem: &String| {
            let at = text.find(stem.as_str())?;
            let is_begun = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
            let name = word(&text[at..]);
            let is_number = name[stem.len()..].starts_with(|c: char| c.is_ascii_digit());
            (is_number && !is_begun).then_some(name).filter(is_lost)
        };
        if self.names.is_empty() {
            return None;
        }
        file().or_else(|| self.stems.iter().find_map(numbered)).or_else(|| self.nearly(text))
    }

    /// A word of several parts that is a runbook's name but for its end, or for one letter.
    fn nearly<'t>(&self, text: &'t str) -> Option<&'t str> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let words = text.split(|c: char| !is_part(c)).filter(|word| word.len() >= LONG && word.contains('-'));
        let mut lost = words.map(|word| word.trim_matches('-')).filter(|word| !self.names.contains(*word));
        lost.find(|word| {
            let mut near = self.names.iter().filter(|name| name.len() >= LONG && name.contains('-'));
            near.any(|name| {
                let is_longer =
                    word.strip_prefix(name.as_str()).is_some_and(|rest| rest.len() < 3 && !rest.contains('-'));
                is_longer || may_be_slip(name, word) && strsim::damerau_levenshtein(name, word) == 1
            })
        })
    }

    fn told(&self, tree: &Tree, name: &str, span: Span) -> Diagnostic {
        let message = format!("no runbook here is called {name:?}");
        let told = Diagnostic::warning("W0349", message, &tree.file, span);
        let told = match nearest(name, self.names.iter().map(String::as_str)) {
            Some(near) => told.label(format!("did you mean `{near}`?")),
            None => told,
        };
        told.note("who reads this text looks for it")
    }
}

/// Whether all but two letters in one place are the same: cheaper to see than how many are not.
fn may_be_slip(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    a.len().abs_diff(b.len()) < 2 && head + tail + 2 >= a.len().max(b.len())
}

/// Letters, digits and dashes, from the beginning; a dash at the end belongs to the sentence.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(text.len());
    text[..end].trim_end_matches('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runbook_that_is_not_there_is_told_from_other_words() {
        let paths = [
            "runbooks/phase-00.rhai",
            "runbooks/phase-00b.rhai",
            "runbooks/phase-01.rhai",
            "runbooks/disk-2.rhai",
            "runbooks/vault-unseal.rhai",
        ];
        let runbooks = Runbooks::of(paths.into_iter().chain(["lib/net.rhai"]));
        for text in [
            "phase-00b enrols them",
            "see runbooks/disk-2.rhai",
            "in phase-01.",
            "disk-3 is full",
            "re-phase-9",
            "a phase-in",
            "a half vault-unsealing-run",
        ] {
            assert_eq!(runbooks.lost(text), None, "{text}");
        }
        for (text, lost) in [
            ("phase-0 makes it", "phase-0"),
            ("runbooks/disk-3.rhai wipes", "disk-3"),
            ("(phase-10) makes", "phase-10"),
            ("after a reboot: vault-unsealed", "vault-unsealed"),
            ("vualt-unseal opens it", "vualt-unseal"),
        ] {
            assert_eq!(runbooks.lost(text), Some(lost));
        }
        assert_eq!(Runbooks::default().lost("phase-0"), None);
    }
}
