//! Answers from a cassette: the same request gets the recorded answers, in the recorded order, and nothing else does.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use parking_lot::Mutex;

use super::cassette::{Asked, Cassette, CassetteError, Door, Header, Outcome};
use super::redact::Redaction;
use super::{Failure, FailureKind, Reply, Request, Transport};
use crate::host::Permit;

/// A recorded run that answers again.
#[derive(Debug)]
pub struct Replay {
    shown: String,
    header: Header,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    redaction: Redaction,
    recorded: BTreeMap<(Door, Asked), Recorded>,
}

/// The answers to one request, with their place in the record.
#[derive(Debug, Default)]
struct Recorded {
    text: String,
    times: usize,
    left: VecDeque<(usize, Outcome)>,
}

/// A recorded request that was not asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// Its line in the cassette.
    pub line: usize,
    /// The door it passed.
    pub door: Door,
    /// The request, as a person would type it.
    pub text: String,
}

impl Replay {
    /// Reads a cassette, all of it or none.
    pub fn load(path: &Path) -> Result<Self, CassetteError> {
        let cassette = Cassette::load(path)?;
        let mut recorded: BTreeMap<_, Recorded> = BTreeMap::new();
        for (index, interaction) in cassette.interactions.into_iter().enumerate() {
            let entry = recorded.entry((interaction.door, interaction.request.key())).or_default();
            entry.text = interaction.text;
            entry.times += 1;
            entry.left.push_back((index + 2, interaction.outcome));
        }
        let shown = path.display().to_string();
        let state = Mutex::new(State { redaction: Redaction::new(), recorded });
        Ok(Replay { shown, header: cassette.header, state })
    }

    /// Where, when and by which omega it was recorded.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The recorded interactions that nobody asked for, in the order of the record.
    pub fn unused(&self) -> Vec<Unused> {
        let state = self.state.lock();
        let of_key = |(key, recorded): (&(Door, Asked), &Recorded)| -> Vec<Unused> {
            let left = recorded.left.iter();
            left.map(|(line, _)| Unused { line: *line, door: key.0, text: recorded.text.clone() }).collect()
        };
        let mut unused: Vec<Unused> = state.recorded.iter().flat_map(of_key).collect();
        unused.sort_by_key(|unused| unused.line);
        unused
    }

    fn answer(&self, door: Door, request: &Request) -> Result<Reply, Failure> {
        let mut state = self.state.lock();
        state.redaction.learn_from(request);
        let request = Asked::of(request, &state.redaction);
        let (key, asked) = ((door, request.key()), request.shown());
        let Some(recorded) = state.recorded.get_mut(&key) else { return Err(self.unknown(&state, door, &asked, &key)) };
        let Some((line, outcome)) = recorded.left.pop_front() else { return Err(self.used_up(door, &asked, recorded)) };
        let undecodable = |error| Failure::new(FailureKind::NotAnswered, format!("{}:{line}: {error}", self.shown));
        outcome.result().map_err(undecodable)?
    }

    fn unknown(&self, state: &State, door: Door, asked: &str, (_, request): &(Door, Asked)) -> Failure {
        let other = match door {
            Door::Read => Door::Change,
            Door::Change => Door::Read,
        };
        let elsewhere = state.recorded.contains_key(&(other, request.clone()));
        let hint = if elsewhere { format!(", though it is there as a {other}") } else { String::new() };
        let words =
            format!("{} has no {door} `{asked}`{hint}; the run asks otherwise than the recorded one", self.shown);
        Failure::new(FailureKind::NotAnswered, words)
    }

    fn used_up(&self, door: Door, asked: &str, recorded: &Recorded) -> Failure {
        let times = if recorded.times == 1 { "once".to_string() } else { format!("{} times", recorded.times) };
        let words = format!("{} has the {door} `{asked}` {times}, and it was asked once more", self.shown);
        Failure::new(FailureKind::NotAnswered, words)
    }
}

impl Transport for Replay {
    fn read(&self, request: &Request) -> Result<Reply, Failure> {
        self.answer(Door::Read, request)
    }

    fn change(&self, request: &Request, _permit: Permit) -> Result<Reply, Failure> {
        self.answer(Door::Change, request)
    }

    fn describe(&self) -> String {
        format!("replay of {}, recorded {} from {}", self.shown, self.header.recorded, self.header.from)
    }

    fn is_simulated(&self) -> bool {
        true
    }

    /// The day of the recording: what was near its end then is near it now.
    fn now(&self) -> Option<i64> {
        self.header.recorded.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
    }
}
