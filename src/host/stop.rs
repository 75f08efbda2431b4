//! Why a script cannot go on, as facts. The words are joined in one place, [`Stop::lines`].

/// A reason to stop a step or the run.
#[derive(Clone, Debug)]
pub struct Stop {
    /// What kind of reason; exit status and advice depend on it.
    pub kind: StopKind,
    /// What happened, in one line.
    pub what: String,
    /// More facts: label (`asked`, `seen`, `from`, `stdout`, `stderr`, `means`, `next`) and text.
    pub facts: Vec<(&'static str, String)>,
    /// The option field it is about, if any, so that the place can be found in the text.
    pub field: Option<String>,
}

/// The kinds of reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopKind {
    /// The runbook's text is wrong: a type, an option, a place.
    Script,
    /// What the runbook asked for is not there, or `fail` was called.
    Failed,
    /// A read could not be answered: time out, half a reply, a server error.
    Unanswered,
    /// Something must be put right first: a program is missing, a login has ended, an earlier phase has not passed.
    Precondition,
    /// The guard or the host refused.
    Refused,
    /// A field is known only after the change of a step.
    Deferred {
        /// The step whose change yields it.
        step: String,
    },
    /// A change was sent and its outcome is not known.
    Unconfirmed,
    /// The operator interrupted.
    Interrupted,
    /// A defect of omega.
    Defect,
}

impl Stop {
    fn new(kind: StopKind, what: impl Into<String>) -> Self {
        Stop { kind, what: what.into(), facts: Vec::new(), field: None }
    }

    /// The runbook's text is wrong.
    pub fn script(what: impl Into<String>) -> Self {
        Stop::new(StopKind::Script, what)
    }

    /// What was asked for is not there.
    pub fn failed(what: impl Into<String>) -> Self {
        Stop::new(StopKind::Failed, what)
    }

    /// A read could not be answered.
    pub fn unanswered(what: impl Into<String>) -> Self {
        Stop::new(StopKind::Unanswered, what)
    }

    /// Something must be put right first.
    pub fn precondition(what: impl Into<String>) -> Self {
        Stop::new(StopKind::Precondition, what)
    }

    /// The guard or the host refused.
    pub fn refused(what: impl Into<String>) -> Self {
        Stop::new(StopKind::Refused, what)
    }

    /// A value is known only after the change of `step`.
    pub fn deferred(what: impl Into<String>, step: &str) -> Self {
        Stop::new(StopKind::Deferred { step: step.to_string() }, what)
    }

    /// A change was sent and its outcome is not known.
    pub fn unconfirmed(what: impl Into<String>) -> Self {
        Stop::new(StopKind::Unconfirmed, what)
    }

    /// The operator interrupted.
    pub fn interrupted() -> Self {
        Stop::new(StopKind::Interrupted, "interrupted by the operator")
    }

    /// A defect of omega.
    pub fn defect(what: impl Into<String>) -> Self {
        Stop::new(StopKind::Defect, what)
    }

    /// Adds a fact.
    pub fn with(mut self, label: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.facts.push((label, text));
        }
        self
    }

    /// Puts words in front.
    pub fn context(mut self, before: &str) -> Self {
        self.what = format!("{before}: {}", self.what);
        self
    }

    /// Names the option field it is about.
    pub fn about_field(mut self, field: &str) -> Self {
        self.field = Some(field.to_string());
        self
    }

    /// What happened, then each fact on a line of its own.
    pub fn lines(&self) -> Vec<String> {
        let facts = self.facts.iter().map(|(label, text)| format!("{label:<8} {text}"));
        std::iter::once(self.what.clone()).chain(facts).collect()
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

impl std::error::Error for Stop {}
