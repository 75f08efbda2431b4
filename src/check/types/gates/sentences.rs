//! The two texts beside a gate: of whom it speaks, and what its failure means. A sentence for the one beside a mere name for
//! the other is in the other's place.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Field, Kind, Node};
use super::super::Type;
use super::super::infer::Infer;

/// The fewest words of a sentence.
const SENTENCE: usize = 5;

/// Words that say something of somebody: a name of five words has none of them.
const VERBS: [&str; 22] = [
    "are", "be", "can", "cannot", "did", "do", "does", "gets", "gives", "had", "has", "have", "is", "keeps", "may",
    "must", "refuses", "says", "takes", "was", "were", "would",
];

impl<'t> Infer<'t> {
    /// `#{ subject: "the kernel says UNKNOWN of what is up", means: manager.state }`.
    pub(super) fn crossed_sentences(&mut self, call: &'t Call) {
        let Some(Kind::Map(fields)) = call.args.last().map(|options| &options.kind) else { return };
        let field = |name: &str| fields.iter().find(|field| field.name.text == name);
        let (Some(subject), Some(means)) = (field("subject"), field("means")) else { return };
        if !is_sentence(&subject.value) || !self.is_name(means) {
            return;
        }
        let message = "`subject` and `means` are in each other's place";
        let names = subject.name.span.to(means.name.span);
        let place = names.to(subject.value.span).to(means.value.span);
        let told = Diagnostic::warning("W0326", message, &self.tree().file, place);
        let told = told.note("the subject is of whom the gate speaks; what it means is read where it fails");
        let name = self.copied(&means.value);
        self.tell(told.help(format!("write subject: {name}, and the sentence for `means`")));
    }

    /// Whether it only names something, or says in what state it is: no text that explains.
    fn is_name(&self, field: &'t Field) -> bool {
        let is_word = |text: &str| !text.trim_matches('"').is_empty() && !text.contains(char::is_whitespace);
        let value = &field.value;
        match &value.kind {
            Kind::Text(text) => is_word(text),
            Kind::Property { of, name, safe: false } if of.is_path() => {
                let owner = self.plainly(of);
                let is_of_words = matches!(self.plainly(value), Some(Type::Word(_)));
                let is_known_by = || owner.is_some_and(|owner| self.table.known_by(&owner) == Some(name.text.as_str()));
                is_of_words || is_known_by() || self.holds_words(value, is_word)
            }
            Kind::Variable { .. } => self.holds_words(value, is_word),
            _ => false,
        }
    }

    fn holds_words(&self, node: &'t Node, is_word: impl Fn(&str) -> bool) -> bool {
        let shown = self.values(node).and_then(|values| values.all_shown());
        shown.is_some_and(|all| all.iter().all(|text| is_word(text)))
    }
}

/// `the host that is the master` is a name: what stands behind `that` says whom it means.
fn is_sentence(node: &Node) -> bool {
    let Some(text) = node.as_text() else { return false };
    let mut before = "";
    let mut says = false;
    for word in text.split_whitespace() {
        says |= VERBS.contains(&word) && !matches!(before, "that" | "which" | "who");
        before = word;
    }
    says && text.split_whitespace().count() >= SENTENCE
}
