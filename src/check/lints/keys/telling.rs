//! How a gate that is asked twice is told: where it stands, or at the call in the runbook that leads there.

use std::collections::BTreeSet;

use super::super::super::gates::is_subject;
use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Node};
use super::turns::is_same;
use super::{Asked, MARK, There, Walk};

impl<'t> Walk<'t, '_> {
    /// Nobody knows what the key is, but it is the same at each turn.
    pub(super) fn unknown_key(&mut self, there: &There<'t>, call: &'t Call) {
        let Some((given, _)) = there.given.as_ref().filter(|(_, above)| there.ways.len() == *above) else { return };
        let subject = call.args.iter().filter_map(|arg| match &arg.kind {
            Kind::Map(fields) => fields.iter().find(|field| is_subject(field)).map(|field| &field.value),
            _ => None,
        });
        let key: Vec<&Node> = call.args.iter().take(1).chain(subject).collect();
        if there.perhaps || key.len() < 2 || !key.iter().all(|part| is_same(part, given)) {
            return;
        }
        let asked = Asked {
            place: (there.home, key[1].span),
            through: there.through.map(|(call, _)| call),
            ways: Vec::new(),
            leaves: false,
            body: there.body(),
            perhaps: false,
            subjects: BTreeSet::new(),
        };
        let written = self.files.trees[there.home].text(key[1].span);
        let told = self.told("E0119", &asked, format!("the subject `{written}` is the same at each turn of the loop"));
        let told =
            told.note("a gate of the same name and subject is asked twice: the run would stop at the second turn");
        self.found.push(told.help("name what the turn is given as the subject, or ask the gate before the loop"));
    }

    /// Two gates of one body of a library are its mistake, whoever calls it.
    pub(super) fn in_one_body(&self, asked: &Asked<'_>, first: u32, has_subject: bool) -> Diagnostic {
        let (home, span) = asked.place;
        let tree = self.files.trees[home];
        let subject = if has_subject { " of one subject" } else { "" };
        let message = format!("gate {}{subject} is asked twice", tree.text(span));
        Diagnostic::error("E0118", message, &tree.file, span)
            .note(format!("the first is asked on line {first}; one name and subject in one step is one gate"))
            .help("give it a name of its own, or say of what else: #{ subject: host }")
    }

    /// At the gate, or at the call in the runbook that leads there.
    pub(super) fn told(&self, id: &str, asked: &Asked<'_>, message: String) -> Diagnostic {
        let file = &self.files.trees[0].file;
        match asked.through {
            None => Diagnostic::error(id, message, file, asked.place.1),
            Some(call) => {
                let (home, span) = asked.place;
                let place = format!("{}:{}", self.files.trees[home].file, span.line);
                Diagnostic::error(id, message, file, call.name.span).note(format!("the gate stands at {place}"))
            }
        }
    }
}

/// A text without one part of each turn: 1 is which turn it is, 2 what it is called.
pub(super) fn without(part: usize, text: &str) -> String {
    text.split(MARK).enumerate().filter(|(at, _)| at % 3 != part).map(|(_, text)| text).collect()
}

/// As it is written: which turn is meant is not shown.
pub(super) fn shown(name: &str, subject: &str) -> String {
    let (name, subject) = (without(1, name), without(1, subject));
    if subject.is_empty() { format!("{name:?}") } else { format!("{name:?} of {subject:?}") }
}
