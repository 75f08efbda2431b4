//! What only a person can give: confirmations, attestations, secrets. Flags and terminals answer; scripts never do.

use crate::transport::Secret;

/// A question put to the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A person answered, with this text.
    Answered(String),
    /// Nobody could be asked: no terminal and no flag.
    Nobody,
    /// A person said no.
    Declined,
}

/// Who answers.
pub trait Answers: Send + Sync {
    /// Attests that only a person can know; the answer is the attesting person's name.
    fn attest(&self, id: &str, question: &str) -> Asked;
    /// A secret by name; `None` when nobody can give it.
    fn secret(&self, name: &str, prompt: &str) -> anyhow::Result<Option<Secret>>;
    /// Whether a change that cannot be undone could be confirmed by this name at all: asked before anything is made.
    fn may_confirm(&self, _name: &str) -> bool {
        false
    }
    /// Confirms a change that cannot be undone by typing its name. `shown` is the change, alone.
    fn confirm(&self, _name: &str, _shown: &[String]) -> Asked {
        Asked::Nobody
    }
}
