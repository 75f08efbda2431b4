//! The verdict: folded from the journal, never from what a script returned.

use serde::{Deserialize, Serialize};

use crate::host::Ruling;
use crate::journal::{Event, TroubleKind};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every gate was asked and passed, and nothing is left to do.
    Pass,
    /// The same, with warnings.
    Warn,
    /// Nothing failed, but changes, predicted or undecided gates, or attestations remain.
    Planned,
    /// A gate failed, would fail after the apply, or was never asked.
    Fail,
    /// The guard or the host refused.
    Refused,
    /// Something must be put right first.
    Precondition,
    /// The outcome is not known.
    Unknown,
    /// A defect of omega.
    Defect,
}

impl Verdict {
    /// The exit status (product.md lists them).
    pub const fn exit(self) -> u8 {
        match self {
            Verdict::Pass | Verdict::Planned => 0,
            Verdict::Fail | Verdict::Refused => 1,
            Verdict::Warn => 2,
            Verdict::Precondition => 3,
            Verdict::Unknown => 5,
            Verdict::Defect => 70,
        }
    }

    /// The word on the last line.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "PASS",
            Verdict::Warn => "WARN",
            Verdict::Planned => "PLANNED",
            Verdict::Fail => "FAIL",
            Verdict::Refused => "REFUSED",
            Verdict::Precondition => "NOT READY",
            Verdict::Unknown => "UNKNOWN",
            Verdict::Defect => "DEFECT",
        }
    }

    /// Whether the next phase may start.
    pub fn opens(self) -> bool {
        matches!(self, Verdict::Pass | Verdict::Warn)
    }
}

/// What the last pass of a run came to, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Gates that passed.
    pub passed: usize,
    /// Gates that failed.
    pub failed: usize,
    /// Gates that failed as a warning, and warnings of the runbook.
    pub warned: usize,
    /// Gates that will pass after the planned changes.
    pub predicted: usize,
    /// Gates that will not.
    pub would_fail: usize,
    /// Steps that could not be decided.
    pub undecided: usize,
    /// Changes planned.
    pub planned: usize,
    /// Changes made.
    pub made: usize,
    /// Changes that failed, or whose outcome is unknown.
    pub unmade: usize,
    /// Calls sent.
    pub calls: usize,
    /// Attestations that nobody gave yet.
    pub unattested: usize,
    /// Gate sites that were not reached, and steps that did not run or did not close.
    pub not_reached: usize,
    troubles: Vec<TroubleKind>,
    open: Option<String>,
    unknown_change: bool,
}

impl Tally {
    /// Counts the events of a run. Each pass begins anew; changes made and calls stay.
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Event>) -> Self {
        let mut tally = Tally::default();
        events.into_iter().for_each(|event| tally.add(event));
        tally
    }

    fn add(&mut self, event: &Event) {
        match event {
            Event::Pass { .. } => {
                let kept = std::mem::take(self);
                *self = Tally {
                    made: kept.made,
                    unmade: kept.unmade,
                    calls: kept.calls,
                    unknown_change: kept.unknown_change,
                    ..Tally::default()
                };
            }
            Event::Call { .. } => self.calls += 1,
            Event::Gate { ruling, .. } => self.count(*ruling),
            Event::Note { warn: true, .. } => self.warned += 1,
            Event::Planned { .. } => self.planned += 1,
            Event::Intent { .. } => self.unknown_change = true,
            Event::Settled { outcome, .. } => self.settle(outcome),
            Event::Undecided { .. } => self.undecided += 1,
            Event::Attest { by: None, declined, .. } => {
                if *declined {
                    self.failed += 1;
                } else {
                    self.unattested += 1;
                }
            }
            Event::Trouble { kind, .. } => self.troubles.push(*kind),
            Event::StepOpen { step, exit, .. } => {
                self.open = Some(format!("{step}{}", if *exit { " exit" } else { "" }))
            }
            Event::StepClose { gates, outcome, .. } => {
                let exit_without_gate =
                    *gates == 0 && outcome == "done" && self.open.as_ref().is_some_and(|open| open.ends_with(" exit"));
                self.not_reached += usize::from(exit_without_gate);
                self.open = None;
            }
            Event::NotRun { steps } => self.not_reached += steps.len(),
            Event::NotReached { sites, .. } => self.not_reached += sites.len(),
            _ => (),
        }
    }

    /// Steps that something stopped.
    pub fn stopped(&self) -> usize {
        self.troubles.len()
    }

    fn count(&mut self, ruling: Ruling) {
        match ruling {
            Ruling::Passed => self.passed += 1,
            Ruling::Failed => self.failed += 1,
            Ruling::Warned => self.warned += 1,
            Ruling::Predicted => self.predicted += 1,
            Ruling::WouldFail => self.would_fail += 1,
        }
    }

    fn settle(&mut self, outcome: &str) {
        self.unknown_change = outcome == "unknown";
        if outcome == "done" {
            self.made += 1;
        } else if outcome != "not-sent" {
            self.unmade += 1;
        }
    }

    /// Whether the cloud may differ from what it was: a change was sent, whatever became of it.
    pub fn touched(&self) -> bool {
        self.made + self.unmade > 0 || self.unknown_change
    }

    /// The verdict over what was counted. What is surely wrong goes before what is not known.
    pub fn verdict(&self) -> Verdict {
        let any = |kinds: &[TroubleKind]| self.troubles.iter().any(|kind| kinds.contains(kind));
        let gates = self.passed + self.warned + self.predicted;
        if any(&[TroubleKind::Defect]) {
            Verdict::Defect
        } else if self.unknown_change || any(&[TroubleKind::Interrupted, TroubleKind::Unconfirmed]) {
            Verdict::Unknown
        } else if self.failed + self.would_fail > 0 || any(&[TroubleKind::Failed, TroubleKind::Script]) {
            Verdict::Fail
        } else if any(&[TroubleKind::Refused]) {
            Verdict::Refused
        } else if any(&[TroubleKind::Precondition]) {
            Verdict::Precondition
        } else if any(&[TroubleKind::Unanswered]) {
            Verdict::Unknown
        } else if self.not_reached > 0 || self.open.is_some() {
            Verdict::Fail
        } else if self.planned + self.predicted + self.undecided + self.unattested > 0 {
            Verdict::Planned
        } else if gates == 0 {
            Verdict::Fail
        } else if self.warned > 0 {
            Verdict::Warn
        } else {
            Verdict::Pass
        }
    }
}
