//! How a change ended: judged by what failed and by what reading again shows, never by what was reported.

use super::{Call, Change, Stop, StopKind};
use crate::journal::Event;

/// What is known once a change was sent.
pub(super) struct Outcome<'o> {
    /// The call that failed, if one did.
    pub failed: Option<Stop>,
    /// What is not as wanted, read again; none when all is.
    pub left: Result<Option<Left>, Stop>,
    /// By what it was read again.
    pub source: Option<String>,
    /// What was to be made of the answer, and may be missing when a call failed.
    pub follows: &'o [String],
}

/// What a change has left undone.
pub(super) struct Left {
    /// Behind "reading again shows".
    shows: String,
    /// Behind "read again:".
    read: String,
}

impl Left {
    /// Fields of one object.
    pub fn differs(change: &Change, fields: &[&str]) -> Self {
        let fields = fields.join(", ");
        Left { shows: format!("another {fields}"), read: format!("{} differs in {fields}", change.label()) }
    }

    /// Some of several objects.
    pub fn members(undone: &[String]) -> Self {
        let read = undone.join("; ");
        Left { shows: format!("otherwise: {read}"), read }
    }
}

impl Call<'_> {
    /// Records how a change ended; an error unless all is as wanted and nothing failed.
    pub(super) fn judge(&self, change: &Change, outcome: Outcome<'_>) -> Result<(), Stop> {
        let label = change.label();
        let stop = match (outcome.failed, outcome.left) {
            (None, Ok(None)) => {
                self.settle(change, "done", outcome.source);
                return Ok(());
            }
            (None, Ok(Some(left))) => {
                let words = format!("{} reported success, but reading again shows {}", change.primitive, left.shows);
                Stop::failed(words).with(
                    "next",
                    "look at it with the client; when the cause is gone, run it again: what was made stays",
                )
            }
            (Some(stop), Ok(None)) if !outcome.follows.is_empty() => half_done(&stop, change, outcome.follows),
            (Some(stop), Ok(None)) => stop
                .with("seen", format!("{label} is as wanted all the same"))
                .with("next", "run it again: it will find nothing to do there"),
            (Some(mut stop), Ok(Some(left))) => {
                stop.kind = StopKind::Failed;
                let is_advised = stop.facts.iter().any(|(label, _)| *label == "next");
                let next = "put right what it says, then run it again: what was made stays, what is missing is planned";
                let stop = stop.with("seen", format!("read again: {}", left.read));
                if is_advised { stop } else { stop.with("next", next) }
            }
            (failed, Err(unread)) => {
                let sent = failed.map_or_else(|| "the service reported success".to_string(), |stop| stop.what);
                Stop::unconfirmed(format!("{label} was sent, and what is there now could not be read"))
                    .with("sent", sent)
                    .with("seen", unread.what)
                    .with(
                        "next",
                        "look at what is there before anything is sent again: a plan reads, and changes nothing",
                    )
            }
        };
        self.settle(change, if stop.kind == StopKind::Unconfirmed { "unknown" } else { "failed" }, None);
        Err(stop)
    }

    /// Records how a change ended.
    pub(super) fn settle(&self, change: &Change, outcome: &str, source: Option<String>) {
        self.host.record(Event::Settled {
            step: change.step.clone(),
            what: change.label(),
            verb: change.verb,
            differences: change.differences(),
            outcome: outcome.to_string(),
            source,
        });
    }
}

/// The object is as wanted, and what was to be made of the answer is not known to be.
fn half_done(stop: &Stop, change: &Change, follows: &[String]) -> Stop {
    let facts = stop.facts.iter().filter(|(label, _)| *label != "next");
    let told = Stop::unconfirmed(format!("{} is as wanted, but not all that belongs to it was done", change.label()))
        .with("sent", stop.what.clone());
    facts
        .fold(told, |told, (label, text)| told.with(label, text.clone()))
        .with("means", format!("what was to follow may be missing: {}", follows.join("; ")))
        .with("next", "probe first: look at what it was to leave behind, before anything is run again")
}
