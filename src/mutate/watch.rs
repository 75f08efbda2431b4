//! What a run came to, as far as it tells a healthy one from another; and an ear that ends a run once it differs.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::host::Ruling;
use crate::journal::{Event, Line, Listener, TroubleKind};
use crate::transport::Interrupt;

/// What a run came to: gates with their rulings, changes, steps that were put off, stops, and how it ended. What a gate
/// has seen is not in it: a gate that passes on another value has not noticed.
pub type Came = Vec<String>;

/// What a healthy run came to.
pub fn came<'l>(lines: impl IntoIterator<Item = &'l Line>) -> Came {
    lines.into_iter().filter_map(|line| sign(&line.event)).collect()
}

fn sign(event: &Event) -> Option<String> {
    Some(match event {
        Event::Pass { kind, round } => format!("pass {kind} {round}"),
        Event::Gate { step, name, subject, ruling, .. } => format!("gate {step} {name} ({subject}) {ruling:?}"),
        Event::Planned { change } => format!("plan {change:?}"),
        Event::Settled { step, what, outcome, .. } => format!("made {step} {what} {outcome}"),
        Event::AsWanted { step, what, .. } => format!("as wanted {step} {what}"),
        Event::Note { step, text, warn: true } => format!("warned {step} {text}"),
        Event::Undecided { step, .. } => format!("undecided {step}"),
        Event::Trouble { step, lines, .. } => format!("trouble {step} {}", lines.join("; ")),
        Event::StepClose { step, outcome, .. } => format!("closed {step} {outcome}"),
        Event::NotReached { sites, .. } => format!("not reached {}", sites.join(", ")),
        Event::Attest { step, id, by, .. } => format!("attest {step} {id} {by:?}"),
        Event::End { verdict, .. } => format!("end {}", verdict.word()),
        _ => return None,
    })
}

/// Who noticed, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noticed {
    /// In words.
    pub by: String,
    /// Whether it was the reading of the reply and no gate.
    pub unread: bool,
}

impl Noticed {
    /// No event told it apart, but what the run came to as a whole.
    pub fn at_the_end() -> Self {
        Noticed { by: "what it came to".to_string(), unread: false }
    }
}

/// Hears a run, and ends it once something came that the healthy one has not.
pub struct Watch {
    healthy: Arc<BTreeSet<String>>,
    ends: Interrupt,
    noticed: Arc<Mutex<Option<Noticed>>>,
}

impl Watch {
    /// Over what the healthy run came to.
    pub fn new(healthy: Arc<BTreeSet<String>>, ends: Interrupt, noticed: Arc<Mutex<Option<Noticed>>>) -> Self {
        Watch { healthy, ends, noticed }
    }
}

impl Listener for Watch {
    fn hear(&self, line: &Line) {
        let decides = matches!(
            line.event,
            Event::Gate { ruling: Ruling::Failed | Ruling::WouldFail | Ruling::Warned, .. }
                | Event::Planned { .. }
                | Event::Undecided { .. }
                | Event::Trouble { .. }
                | Event::Note { warn: true, .. }
        );
        if !decides {
            return;
        }
        let Some(sign) = sign(&line.event).filter(|sign| !self.healthy.contains(sign)) else { return };
        let mut noticed = self.noticed.lock();
        if noticed.is_none() {
            *noticed = Some(Noticed { by: sign, unread: is_unread(&line.event) });
        }
        drop(noticed);
        self.ends.raise();
    }
}

/// A reply that could not be read, whoever wanted to know what of it. A field that a script asks for and that the reply
/// does not tell names where it is from.
fn is_unread(event: &Event) -> bool {
    let Event::Trouble { kind: TroubleKind::Unanswered, lines, .. } = event else { return false };
    !lines.iter().any(|line| line.trim_start().starts_with("from "))
}
