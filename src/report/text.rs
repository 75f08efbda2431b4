//! What a person sees, on standard error: one line a unit of work, the verb right-aligned, wanted beside seen, the safe
//! next step last. Colour helps and never carries meaning alone.

use std::io::Write;

use parking_lot::Mutex;

use super::paint::Paint;
use super::words::{count, cut, span, summary, titled, waited};
use crate::host::{Change, Ruling};
use crate::journal::{Begin, Event, Line, Listener};
use crate::verdict::{Tally, Verdict};

/// The text report of one run.
pub struct Text {
    paint: Paint,
    width: usize,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    begin: Begin,
    predicted: Vec<String>,
    events: Vec<Event>,
    digest: Option<String>,
    /// How long the wait had lasted when its line was last printed.
    waiting: Option<u64>,
    /// Lines that the wait takes on the terminal.
    drawn: usize,
}

impl Text {
    /// A report to standard error.
    pub fn new(paint: Paint) -> Self {
        Text { paint, width: width(), heard: Mutex::default() }
    }
}

impl Listener for Text {
    fn hear(&self, line: &Line) {
        let event = steering_nothing(&line.event);
        let mut heard = self.heard.lock();
        let lines = Painter { paint: self.paint, width: self.width, heard: &mut heard }.lines(&event);
        heard.events.push(event);
        drop(heard);
        let mut out = std::io::stderr().lock();
        // A terminal that has gone away must not stop a run; the journal has it all.
        lines.iter().for_each(|line| drop(writeln!(out, "{line}")));
    }
}

/// Columns of the terminal; 120 where there is none.
fn width() -> usize {
    rustix::termios::tcgetwinsize(std::io::stderr())
        .ok()
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0)
        .unwrap_or(120)
}

/// The event with control characters made visible: a script or a service must not steer the terminal.
fn steering_nothing(event: &Event) -> Event {
    let visible = serde_json::to_value(event).and_then(|mut json| {
        make_visible(&mut json);
        serde_json::from_value(json)
    });
    visible.unwrap_or_else(|_| event.clone())
}

fn make_visible(json: &mut serde_json::Value) {
    let steers = |c: char| c.is_control() && c != '\n';
    match json {
        serde_json::Value::String(text) if text.contains(steers) => {
            let shown = |c: char| if steers(c) { c.escape_default().to_string() } else { c.to_string() };
            *text = text.chars().map(shown).collect();
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(make_visible),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(make_visible),
        _ => (),
    }
}

struct Painter<'h> {
    paint: Paint,
    width: usize,
    heard: &'h mut Heard,
}

const INDENT: &str = "            ";

impl Painter<'_> {
    fn lines(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::Begin(begin) => self.begin(begin),
            Event::Target(target) => vec![format!("      onto  {target}")],
            Event::Pass { kind, round } => self.pass(kind, *round),
            Event::StepOpen { step, title, exit } => {
                self.heard.predicted.clear();
                let mark = if *exit { "  exit gate" } else { "" };
                vec![format!(
                    "{} {}{}",
                    self.paint.strong(&format!("{step:>4} ")),
                    self.paint.strong(title),
                    self.paint.quiet(mark)
                )]
            }
            Event::Gate { ruling: Ruling::Predicted, name, subject, .. } => {
                self.heard.predicted.push(titled(name, subject));
                Vec::new()
            }
            Event::Gate { .. } => self.gate(event),
            Event::AsWanted { what, source, .. } => {
                vec![self.row(&self.paint.good("as is"), 5, what, &self.paint.quiet(source))]
            }
            Event::Planned { change } => self.change("+", change),
            Event::Intent { change } => {
                vec![self.row(&self.paint.change(change.verb.word()), change.verb.word().len(), &change.label(), "...")]
            }
            Event::Settled { what, outcome, differences, .. } => self.settled(what, outcome, differences),
            Event::Wait { what, seen, met, waited_seconds, .. } => self.wait(what, seen, *met, *waited_seconds),
            Event::Note { text, warn, .. } => {
                let (verb, length) = if *warn { (self.paint.odd("warn"), 4) } else { (self.paint.quiet("note"), 4) };
                vec![format!("{}{verb}  {text}", pad(length))]
            }
            Event::Attest { id, question, by, declined, .. } => self.attest(id, question, by.as_deref(), *declined),
            Event::Confirmed { what, name, by, .. } => self.confirmed(what, name, by.as_deref()),
            Event::Undecided { cause, remaining, .. } => self.undecided(cause, remaining),
            Event::Trouble { lines, frames, .. } => self.trouble(lines, frames),
            Event::StepClose { .. } => self.close(),
            Event::NotRun { steps } => self.listed("not run", steps),
            Event::NotReached { sites, conditional } => {
                let mut lines = self.listed("not reached", sites);
                lines.extend(conditional.iter().map(|site| {
                    format!("{INDENT}{}", self.paint.quiet(&format!("not asked (under a condition): {site}")))
                }));
                lines
            }
            Event::PlanReady { digest, .. } => {
                self.heard.digest = Some(digest.clone());
                Vec::new()
            }
            Event::End { verdict, took_millis, .. } => self.end(*verdict, *took_millis),
            Event::Call { .. } | Event::Agreed { .. } => Vec::new(),
        }
    }

    fn begin(&mut self, begin: &Begin) -> Vec<String> {
        self.heard.begin = begin.clone();
        let safe = if begin.simulated { " (nothing real is touched)" } else { "" };
        let pins = if begin.unpinned { self.paint.odd("UNPINNED") } else { format!("pins {}", begin.pins) };
        let mut lines = vec![
            format!(
                "  {} v{}  {}        {}{safe}",
                self.paint.strong(&begin.id),
                begin.version,
                begin.title,
                begin.transport
            ),
            format!("      {pins}  {} files        needs {}", begin.pinned_files, begin.needs.join(", ")),
        ];
        lines.extend(begin.adopted.iter().map(|reason| {
            format!("      {}", self.paint.odd(&format!("ADOPTED outside the order of phases: {reason}")))
        }));
        lines.push(String::new());
        lines
    }

    fn pass(&self, kind: &str, round: u32) -> Vec<String> {
        match (kind, round) {
            ("plan", 1) => Vec::new(),
            ("plan", _) => vec![String::new(), format!("  {}", self.paint.strong(&format!("plan, round {round}")))],
            _ => vec![String::new(), format!("  {}", self.paint.strong(kind))],
        }
    }

    /// Verb (of `length` columns) right-aligned, a name, a value.
    fn row(&self, verb: &str, length: usize, name: &str, value: &str) -> String {
        let gap = if value.is_empty() {
            String::new()
        } else {
            " ".repeat(34usize.saturating_sub(name.chars().count()).max(2))
        };
        format!("{}{verb}  {name}{gap}{value}", pad(length))
    }

    fn gate(&self, event: &Event) -> Vec<String> {
        let Event::Gate { name, subject, ruling, wanted, seen, from, at, issue, means, next, .. } = event else {
            return Vec::new();
        };
        let name = titled(name, subject);
        let (verb, length) = match ruling {
            Ruling::Passed | Ruling::Predicted => return vec![self.passed(&name, seen)],
            Ruling::Failed => (self.paint.bad("FAIL"), 4),
            Ruling::Warned => (self.paint.odd("warn"), 4),
            Ruling::WouldFail => (self.paint.bad("would fail"), 10),
        };
        let mut lines = vec![self.row(&verb, length, &name, "")];
        let mut fact = |label: &str, text: &str| {
            lines.push(format!("{INDENT}{label:<8} {}", text.replace('\n', &format!("\n{INDENT}         "))))
        };
        fact("wanted", wanted);
        fact("seen", seen);
        if !from.is_empty() {
            fact("from", &format!("{from}    {}", self.paint.quiet(at)));
        } else {
            fact("at", at);
        }
        if *ruling == Ruling::WouldFail {
            fact("means", "after the planned changes this gate is false: runbook and gate contradict each other");
        }
        match (issue, means) {
            (Some(issue), Some(means)) => fact("means", &format!("{issue}: {means}")),
            (Some(issue), None) => fact("means", issue),
            (None, Some(means)) => fact("means", means),
            (None, None) => (),
        }
        match (next, issue) {
            (Some(next), _) => fact("next", next),
            (None, Some(issue)) => fact("next", &format!("omega explain {issue}")),
            (None, None) => (),
        }
        lines
    }

    /// A passed gate takes one line; what does not fit stands in the journal.
    fn passed(&self, name: &str, seen: &str) -> String {
        let room = self.width.saturating_sub(12 + (name.chars().count() + 2).max(34));
        self.row(&self.paint.good("pass"), 4, name, &cut(seen, room))
    }

    fn change(&self, mark: &str, change: &Change) -> Vec<String> {
        let verb = format!("{mark} {}", change.verb.word());
        let mut lines =
            self.full_row(&self.paint.change(&verb), verb.len(), &change.label(), &change.differences().join(", "));
        for request in &change.requests {
            lines.extend(self.wrapped(request).map(|line| format!("{INDENT}{}", self.paint.quiet(&line))));
        }
        if let Some(name) = &change.irreversible {
            let words = format!("cannot be undone: {name:?} must be typed, or --irreversible {name} given");
            lines.push(format!("{INDENT}{}", self.paint.bad(&words)));
        }
        if !change.reason.is_empty() {
            lines.push(format!("{INDENT}{}", self.paint.quiet(&change.reason)));
        }
        lines
    }

    fn confirmed(&self, what: &str, name: &str, by: Option<&str>) -> Vec<String> {
        match by {
            Some(by) => vec![self.row(&self.paint.odd("confirmed"), 9, what, &format!("{name:?} typed by {by}"))],
            None => vec![self.row(&self.paint.bad("NOT CONFIRMED"), 13, what, &format!("{name:?} was not typed"))],
        }
    }

    fn settled(&self, what: &str, outcome: &str, differences: &[String]) -> Vec<String> {
        match outcome {
            "done" => self.full_row(&self.paint.good("done"), 4, what, &differences.join(", ")),
            "unknown" => vec![self.row(&self.paint.bad("UNKNOWN"), 7, what, "sent, and its outcome could not be read")],
            _ => vec![self.row(&self.paint.bad("NOT DONE"), 8, what, "")],
        }
    }

    /// On a terminal the line is written over; elsewhere one line in thirty seconds says that it still waits.
    fn wait(&mut self, what: &str, seen: &str, met: bool, seconds: u64) -> Vec<String> {
        let verb = if met { "met" } else { "wait" };
        // The first part tells how far it is; what blocks and what changed last stand below, each on a line of its own.
        let mut parts = seen.split("; ").flat_map(|part| part.split(". "));
        let room = self.width.saturating_sub(14 + what.chars().count().max(34) + 16);
        let far = format!("{}   {}", cut(parts.next().unwrap_or_default(), room), waited(seconds));
        let mut lines = vec![self.row(&self.paint.odd(verb), verb.len(), what, &far)];
        if !met {
            lines.extend(parts.map(|part| {
                format!("{INDENT}{}", self.paint.quiet(&cut(part, self.width.saturating_sub(INDENT.len()))))
            }));
        }
        let drawn = std::mem::replace(&mut self.heard.drawn, lines.len());
        let last = self.heard.waiting.replace(seconds);
        if met {
            self.heard.waiting = None;
        }
        match (self.paint, last) {
            // What was drawn before is wiped whole, however many lines it took.
            (Paint::Colour, Some(_)) => {
                lines[0].insert_str(0, &format!("\x1b[{drawn}A\x1b[J"));
                lines
            }
            (Paint::Plain, Some(last)) if !met && seconds < (last + 1).next_multiple_of(30) => {
                self.heard.waiting = Some(last);
                Vec::new()
            }
            _ => lines,
        }
    }

    fn attest(&self, id: &str, question: &str, by: Option<&str>, declined: bool) -> Vec<String> {
        match (by, declined) {
            (Some(by), _) => vec![self.row(&self.paint.good("attested"), 8, question, &format!("by {by}"))],
            (None, true) => vec![self.row(&self.paint.bad("DECLINED"), 8, question, "")],
            (None, false) => vec![
                self.row(&self.paint.odd("attest"), 6, question, ""),
                format!("{INDENT}next     a person must answer: on a terminal, or with --attest {id}"),
            ],
        }
    }

    fn undecided(&self, cause: &str, remaining: &[String]) -> Vec<String> {
        let mut lines = vec![self.row(&self.paint.odd("undecided"), 9, cause, "")];
        lines.extend(remaining.iter().map(|item| format!("{INDENT}{}", self.paint.quiet(item))));
        lines
    }

    fn trouble(&self, words: &[String], frames: &[String]) -> Vec<String> {
        let mut lines = Vec::new();
        for (index, line) in words.iter().enumerate() {
            match index {
                0 => lines.push(format!("{}{}  {line}", pad(4), self.paint.bad("STOP"))),
                _ => lines.push(format!("{INDENT}{}", line.replace('\n', &format!("\n{INDENT}")))),
            }
        }
        lines.extend(frames.iter().enumerate().map(|(index, frame)| {
            let frame = frame.replace('\n', &format!("\n{INDENT}"));
            format!("{INDENT}{:<8} {frame}", if index == 0 { "at" } else { "in" })
        }));
        lines
    }

    fn close(&mut self) -> Vec<String> {
        let predicted = std::mem::take(&mut self.heard.predicted);
        if predicted.is_empty() {
            return Vec::new();
        }
        let mut lines = self.wrapped(&predicted.join(", "));
        let first = lines.next().unwrap_or_default();
        let first = self.row(&self.paint.odd("predict"), 7, &first, "");
        std::iter::once(first).chain(lines.map(|line| format!("{INDENT}{line}"))).collect()
    }

    /// A row whose value stands beside its name where it fits, and under it where it does not.
    fn full_row(&self, verb: &str, length: usize, name: &str, value: &str) -> Vec<String> {
        if 14 + name.chars().count().max(34) + value.chars().count() <= self.width {
            return vec![self.row(verb, length, name, value)];
        }
        let below = self.wrapped(value).map(|line| format!("{INDENT}{line}"));
        std::iter::once(self.row(verb, length, name, "")).chain(below).collect()
    }

    /// A text in lines that fit behind the indent, broken between words; a continued line is set in by two more.
    fn wrapped(&self, text: &str) -> impl Iterator<Item = String> + use<> {
        let room = self.width.saturating_sub(INDENT.len() + 2).max(40);
        let mut lines = vec![String::new()];
        for word in text.split(' ') {
            let last = lines.last_mut().map_or(0, |line| line.chars().count());
            if last > 0 && last + 1 + word.chars().count() > room {
                lines.push("  ".to_string() + word);
            } else if let Some(line) = lines.last_mut() {
                line.push_str(if last > 0 { " " } else { "" });
                line.push_str(word);
            }
        }
        lines.into_iter()
    }

    fn listed(&self, verb: &str, items: &[String]) -> Vec<String> {
        items.iter().map(|item| self.row(&self.paint.odd(verb), verb.len(), item, "")).collect()
    }

    fn end(&self, verdict: Verdict, took_millis: u64) -> Vec<String> {
        let tally = Tally::of(&self.heard.events);
        let word = match verdict {
            Verdict::Pass => self.paint.good(verdict.word()),
            Verdict::Planned | Verdict::Warn => self.paint.odd(verdict.word()),
            _ => self.paint.bad(verdict.word()),
        };
        let mut lines = vec![
            String::new(),
            format!(
                " {word}  {}        {}, {}",
                summary(&tally, verdict),
                count(tally.calls, "call"),
                span(took_millis)
            ),
        ];
        if let Some(digest) = &self.heard.digest
            && verdict == Verdict::Planned
        {
            lines.push(format!(
                "          plan {digest}   {}",
                if tally.planned > 0 {
                    format!("to carry it out:  {} --apply={digest}", self.heard.begin.again)
                } else {
                    String::new()
                }
            ));
        }
        lines
    }
}

fn pad(length: usize) -> String {
    " ".repeat(10usize.saturating_sub(length))
}
