//! Counts, times and names in words.

use crate::verdict::{Tally, Verdict};

pub(super) fn summary(tally: &Tally, verdict: Verdict) -> String {
    let mut parts = Vec::new();
    let mut part = |number: usize, text: String| {
        if number > 0 {
            parts.push(text);
        }
    };
    if verdict == Verdict::Planned {
        part(tally.planned, count(tally.planned, "change"));
    }
    part(tally.failed, format!("{} failed", count(tally.failed, "gate")));
    part(tally.would_fail, format!("{} would fail after apply", count(tally.would_fail, "gate")));
    part(tally.passed, format!("{} passed", count(tally.passed, "gate")));
    part(tally.warned, count(tally.warned, "warning"));
    part(tally.predicted, format!("{} predicted", tally.predicted));
    part(tally.undecided, format!("{} undecided", count(tally.undecided, "step")));
    part(tally.unattested, format!("{} to give", count(tally.unattested, "attestation")));
    part(tally.stopped(), format!("{} stopped", count(tally.stopped(), "step")));
    part(tally.not_reached, format!("{} not reached", tally.not_reached));
    part(tally.unmade, format!("{} not made", count(tally.unmade, "change")));
    let changed = match tally.made {
        0 => "nothing was changed".to_string(),
        made => format!("{} made", count(made, "change")),
    };
    parts.push(changed);
    parts.join(", ")
}

pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

pub(super) fn titled(name: &str, subject: &str) -> String {
    if subject.is_empty() { name.to_string() } else { format!("{name} ({subject})") }
}

pub(super) fn span(millis: u64) -> String {
    if millis < 10_000 { format!("{millis} ms") } else { waited(millis / 1000) }
}

/// A text that takes no more than `room` columns, or 20 where there is too little: what is cut off is marked.
pub(super) fn cut(text: &str, room: usize) -> String {
    let room = room.max(20);
    match text.char_indices().nth(room) {
        None => text.to_string(),
        Some(_) => text.chars().take(room - 4).collect::<String>() + " ...",
    }
}

pub(super) fn waited(seconds: u64) -> String {
    if seconds < 60 { format!("{seconds} s") } else { format!("{}m {:02}s", seconds / 60, seconds % 60) }
}
