//! A healthy run that is kept, and served again with one reply altered.
//!
//! What the run brought is kept by stretch: a stretch ends with a change or a wait. A request that the healthy run did
//! not make is answered by the lab as it was when the stretch began, once for all mutants. A run that changes something
//! else than the healthy one, or waits where that one went on, has strayed: there is nothing to serve it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::course::Met;
use crate::host::{Permit, key_without_login as key};
use crate::lab::{Lab, State};
use crate::transport::{Failure, FailureKind, Interrupt, Reply, Request, Transport};

/// What a request brought.
pub type Brought = Result<Reply, Failure>;

/// A healthy run, kept.
pub struct World {
    described: String,
    stretches: Vec<Stretch>,
}

struct Stretch {
    /// The lab as it was; none in the midst of a wait, where the lab is not kept.
    begin: Option<Arc<State>>,
    now: i64,
    brought: Mutex<BTreeMap<String, (String, Brought)>>,
    end: End,
}

enum End {
    /// A change was sent.
    Change(String, String, Brought),
    /// Time passed.
    Wait(Duration),
    /// The run was over.
    Over,
}

/// One document of a healthy run: a request and what it brought.
#[derive(Clone, Debug)]
pub struct Document {
    /// The request's key in the cache of reads.
    pub key: String,
    /// The request as a person would type it.
    pub asked: String,
    /// What it brought.
    pub brought: Brought,
    /// Whether it answered a change.
    pub of_change: bool,
    /// The change after which it came first; none before the first change.
    pub since: Option<String>,
}

impl World {
    /// The documents that decided something, each once and in the order of what was asked: what a wait looked at before
    /// its last look only made it wait on, and is left out. The second part says how many those are.
    pub fn documents(&self) -> (Vec<Document>, usize) {
        let mut found: BTreeMap<(String, String), Document> = BTreeMap::new();
        let mut passing = std::collections::BTreeSet::new();
        let mut since = None;
        for stretch in &self.stretches {
            for (key, (asked, brought)) in &*stretch.brought.lock() {
                let id = (key.clone(), format!("{brought:?}"));
                if matches!(stretch.end, End::Wait(_)) {
                    passing.insert(id);
                } else {
                    found.entry(id).or_insert_with(|| Document {
                        key: key.clone(),
                        asked: asked.clone(),
                        brought: brought.clone(),
                        of_change: false,
                        since: since.clone(),
                    });
                }
            }
            if let End::Change(key, asked, brought) = &stretch.end {
                let id = (key.clone(), format!("{brought:?}"));
                found.entry(id).or_insert_with(|| Document {
                    key: key.clone(),
                    asked: asked.clone(),
                    brought: brought.clone(),
                    of_change: true,
                    since: since.clone(),
                });
                since = Some(asked.clone());
            }
        }
        let passing = passing.iter().filter(|id| !found.contains_key(id)).count();
        let mut found: Vec<Document> = found.into_values().collect();
        // A key tells a secret by a number that is another in each process: what is drawn must not hang on it.
        found.sort_by_cached_key(|document| (document.asked.clone(), format!("{:?}", document.brought)));
        (found, passing)
    }

    /// Where such a reply is met.
    pub fn met(&self, key: &str, brought: &Brought) -> Met {
        let mut met = Met::default();
        for (at, stretch) in self.stretches.iter().enumerate() {
            if stretch.brought.lock().get(key).is_some_and(|(_, kept)| kept == brought) {
                met.read.insert(at);
            }
            if matches!(&stretch.end, End::Change(kept, _, answer) if kept == key && answer == brought) {
                met.sent.insert(at);
            }
        }
        met
    }
}

impl Stretch {
    fn begin(lab: &Lab) -> anyhow::Result<Self> {
        let state = lab.state()?;
        let now = state.clock.now().as_second();
        Ok(Stretch { begin: Some(Arc::new(state)), now, brought: Mutex::default(), end: End::Over })
    }

    fn answer(&self, request: &Request) -> (String, Brought) {
        let key = key(request);
        if let Some((_, brought)) = self.brought.lock().get(&key) {
            return (key, brought.clone());
        }
        let brought = match &self.begin {
            Some(state) => Lab::from_state(State::clone(state)).read(request),
            None => Err(Failure::new(FailureKind::NotAnswered, format!("the healthy run does not ask {request}"))),
        };
        self.brought.lock().insert(key.clone(), (request.to_string(), brought.clone()));
        (key, brought)
    }
}

/// The lab, with all it answers kept.
pub struct Keeper {
    lab: Lab,
    kept: Mutex<World>,
}

impl Keeper {
    /// Keeps what this lab answers.
    pub fn new(lab: Lab) -> anyhow::Result<Self> {
        let first = Stretch::begin(&lab)?;
        let kept = World { described: lab.describe(), stretches: vec![first] };
        Ok(Keeper { lab, kept: Mutex::new(kept) })
    }

    /// What was kept; nothing is left.
    pub fn take(&self) -> World {
        let mut kept = self.kept.lock();
        World { described: kept.described.clone(), stretches: std::mem::take(&mut kept.stretches) }
    }

    fn next(&self, end: End) {
        let Ok(next) = Stretch::begin(&self.lab) else { return };
        let mut kept = self.kept.lock();
        let is_first = kept.stretches.len() == 1;
        if let Some(last) = kept.stretches.last_mut() {
            if matches!(end, End::Wait(_)) && !is_first {
                last.begin = None;
            }
            last.end = end;
        }
        kept.stretches.push(next);
    }
}

impl Transport for Keeper {
    fn read(&self, request: &Request) -> Brought {
        let brought = self.lab.read(request);
        if let Some(last) = self.kept.lock().stretches.last() {
            last.brought.lock().entry(key(request)).or_insert((request.to_string(), brought.clone()));
        }
        brought
    }
    fn change(&self, request: &Request, permit: Permit) -> Brought {
        let brought = self.lab.change(request, permit);
        self.next(End::Change(key(request), request.to_string(), brought.clone()));
        brought
    }
    fn describe(&self) -> String {
        self.lab.describe()
    }
    fn is_simulated(&self) -> bool {
        true
    }
    fn advance(&self, by: Duration) {
        self.lab.advance(by);
        self.next(End::Wait(by));
    }
    fn now(&self) -> Option<i64> {
        self.lab.now()
    }
    fn inputs(&self) -> Option<BTreeMap<String, Arc<[u8]>>> {
        self.lab.inputs()
    }
}

/// Where a run is in the kept one: the stretch by its number.
#[derive(Clone, Debug, Default)]
pub struct Cursor(Arc<AtomicUsize>);

impl Cursor {
    /// The stretch.
    pub fn at(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Puts the run to a stretch.
    pub fn put(&self, at: usize) {
        self.0.store(at, Ordering::Relaxed);
    }

    fn next(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// One document, altered.
#[derive(Clone, Debug)]
pub struct Altered {
    /// The request's key.
    pub key: String,
    /// What it brought in the healthy run.
    pub from: Brought,
    /// What it brings now.
    pub to: Brought,
}

/// The kept run, with one document altered wherever it is served.
pub struct Mutated {
    world: Arc<World>,
    at: Cursor,
    altered: Option<Altered>,
    strayed: Interrupt,
}

impl Mutated {
    /// Serves the kept run; `strayed` is raised when the run leaves it.
    pub fn new(world: Arc<World>, altered: Option<Altered>, at: Cursor, strayed: Interrupt) -> Self {
        Mutated { world, at, altered, strayed }
    }

    fn stretch(&self) -> &Stretch {
        &self.world.stretches[self.at.at()]
    }

    fn alter(&self, key: &str, brought: Brought) -> Brought {
        match &self.altered {
            Some(altered) if altered.key == key && altered.from == brought => altered.to.clone(),
            _ => brought,
        }
    }
}

impl Transport for Mutated {
    fn read(&self, request: &Request) -> Brought {
        let (key, brought) = self.stretch().answer(request);
        self.alter(&key, brought)
    }
    fn change(&self, request: &Request, _: Permit) -> Brought {
        match &self.stretch().end {
            End::Change(kept, _, brought) if *kept == key(request) => {
                self.at.next();
                self.alter(kept, brought.clone())
            }
            _ => {
                self.strayed.raise();
                Err(Failure::new(FailureKind::NotAnswered, format!("the healthy run does not change {request}")))
            }
        }
    }
    fn describe(&self) -> String {
        self.world.described.clone()
    }
    fn is_simulated(&self) -> bool {
        true
    }
    fn advance(&self, by: Duration) {
        match self.stretch().end {
            End::Wait(kept) if kept == by => self.at.next(),
            _ => self.strayed.raise(),
        }
    }
    fn now(&self) -> Option<i64> {
        Some(self.stretch().now)
    }
    fn inputs(&self) -> Option<BTreeMap<String, Arc<[u8]>>> {
        Lab::from_state(State::clone(self.world.stretches.first()?.begin.as_ref()?)).inputs()
    }
}
