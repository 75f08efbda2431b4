//! The two ends of a time, by the word that stands before one in a text: `ends ${certificate.not_before}`.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node};
use super::super::gates::called::NOT;
use super::super::infer::Infer;

/// Fields, the words before them that say the other end, and what that is called.
const ENDS: [(&str, &[&str], &str); 2] = [
    ("not_before", &["end", "ends", "expires", "expiry", "until"], "not_after"),
    ("not_after", &["begin", "begins", "start", "starts"], "not_before"),
];

impl<'t> Infer<'t> {
    /// Looks at the word before a value in a text. Where something is denied, `not valid until` says the beginning.
    pub(in super::super) fn end_before(&mut self, before: &'t Node, part: &'t Node) {
        let Kind::Property { of, name, .. } = &part.kind else { return };
        let Some((_, words, other)) = ENDS.iter().find(|(field, ..)| name.text == *field) else { return };
        let Some(text) = before.as_text() else { return };
        let mut all = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        let Some(said) = all.next_back().filter(|said| words.contains(said)) else { return };
        if all.any(|word| NOT.contains(&word) || ["invalid", "unusable"].contains(&word)) {
            return;
        }
        let message = format!("the text says {said}, and `{}` is the other end", self.text(part));
        let told = Diagnostic::warning("W0357", message, &self.tree().file, part.span);
        let told = told.note("who reads it at night believes the word");
        self.tell(told.help(format!("write ${{{}.{other}}}", self.copied(of))));
    }
}
