//! Gates: what was wanted beside what was seen. A gate records and does not raise; it answers nothing to the script.

use serde::{Deserialize, Serialize};

use super::{Call, Mode, Stop};
use crate::journal::Event;
use crate::options;
use crate::script::{Answer, Form, Vocabulary};

/// A known issue, as the heading of its section begins.
pub static ISSUE: Vocabulary = Vocabulary::written("id of an issue", Form::Word);

options! {
    /// What may be said with a gate.
    GateOptions {
        /// The id of the known issue that a failure means.
        issue in ISSUE: Option<String> = None,
        /// What the gate is about, where several share a name (a host, an application).
        subject: Option<String> = None,
        /// A failure is a warning.
        warn: bool = false,
        /// What a failure means.
        means: Option<String> = None,
        /// What is safe to do next.
        next: Option<String> = None,
    }
}

#[expect(clippy::derivable_impls, reason = "the struct is written by `options!`")]
impl Default for GateOptions {
    fn default() -> Self {
        GateOptions { issue: None, subject: None, warn: false, means: None, next: None }
    }
}

/// How a gate ruled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// What was seen is what was wanted.
    Passed,
    /// It is not.
    Failed,
    /// It is not, and that is a warning.
    Warned,
    /// It will be, after the planned changes.
    Predicted,
    /// It will not be, after the planned changes: runbook and gate contradict each other.
    WouldFail,
}

impl Call<'_> {
    /// Rules and records. The key of a gate is step, name and subject; asked twice, it fails the run.
    pub fn gate(&self, name: &str, options: &GateOptions, answer: &Answer) -> Result<(), Stop> {
        let mut state = self.host.state();
        let step = state.step();
        let subject = options.subject.clone().unwrap_or_default();
        if !state.gate_keys.insert((step.clone(), name.to_string(), subject.clone())) {
            return Err(Stop::script(format!("the gate {name:?} was asked twice in step {step}"))
                .with("next", "give each its own name, or a subject: #{ subject: host.name }"));
        }
        state.sites_asked.insert(self.at.to_string());
        state.gates_asked += 1;
        let ruling = rule(answer.holds, state.predicted && self.host.mode == Mode::Plan, options.warn);
        state.gate_failed |= matches!(ruling, Ruling::Failed | Ruling::WouldFail);
        let told = std::mem::take(&mut state.told);
        drop(state);
        let from = if answer.source.is_empty() { sources(&told) } else { answer.source.clone() };
        self.host.record(Event::Gate {
            step,
            name: name.to_string(),
            subject,
            ruling,
            wanted: answer.wanted.clone(),
            seen: answer.seen.clone(),
            from,
            at: self.at.to_string(),
            issue: options.issue.clone(),
            means: options.means.clone(),
            next: options.next.clone(),
        });
        Ok(())
    }

    /// What scripts were told since the last gate, as the evidence of a plain bool.
    pub fn evidence(&self) -> String {
        let state = self.host.state();
        let told: Vec<&str> = state.told.iter().rev().take(4).map(|(fact, _)| fact.as_str()).collect();
        told.into_iter().rev().collect::<Vec<_>>().join("; ")
    }
}

fn rule(holds: bool, predicted: bool, warn: bool) -> Ruling {
    match (holds, predicted, warn) {
        (true, false, _) => Ruling::Passed,
        (true, true, _) => Ruling::Predicted,
        (false, _, true) => Ruling::Warned,
        (false, true, false) => Ruling::WouldFail,
        (false, false, false) => Ruling::Failed,
    }
}

fn sources(told: &[(String, String)]) -> String {
    let mut sources: Vec<&str> =
        told.iter().map(|(_, source)| source.as_str()).filter(|source| !source.is_empty()).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.join("; ")
}
