//! Trials: what can go wrong when a change is sent, at every change that a healthy case makes. Nothing is listed by hand:
//! the changes are those of the case's own run, and each is tried from the state just before it.
//!
//! A change may fail, hang, be done and reported as failed, be done without an answer, or be reported as done and not be
//! done. No run may pass then with the change missing, and the journal may not say that it was done. The next run, with
//! nothing wrong, must reach the same cloud, or stop by a name that the case's runbook is known to stop by.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, bail};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{Case, Cases, Found, gates, last_pass, troubles, verdict};
use crate::host::{Permit, Ruling};
use crate::journal::{Event, Line, TroubleKind};
use crate::lab::faults::{Fault, Members, Page, What, Words};
use crate::lab::{Lab, State};
use crate::transport::{Failure, FailureKind, Reply, Request, Transport};
use crate::verdict::Verdict;

/// What goes wrong when a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    /// It fails, and nothing is done.
    Fails,
    /// It hangs, and nothing is done.
    Hangs,
    /// It is done, and the answer says that it failed.
    DoneThenFails,
    /// It is done, and no answer comes.
    DoneThenHangs,
    /// Nothing is done, and the answer says that it was.
    Pretends,
    /// Half of its members is done, and the answer says that it failed: of what does one thing there is no half.
    Halves,
}

impl Wrong {
    /// All of them.
    pub const ALL: [Wrong; 6] =
        [Wrong::Fails, Wrong::Hangs, Wrong::DoneThenFails, Wrong::DoneThenHangs, Wrong::Pretends, Wrong::Halves];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Wrong::Fails => "fails",
            Wrong::Hangs => "hangs",
            Wrong::DoneThenFails => "is done, then reports failure",
            Wrong::DoneThenHangs => "is done, then hangs",
            Wrong::Pretends => "reports success, and did nothing",
            Wrong::Halves => "does half of it, and fails",
        }
    }

    fn of(self, request: &Request) -> What {
        let is_http = matches!(request, Request::Http(_));
        let words =
            || Words { status: 1, stdout: String::new(), stderr: "ERROR it went wrong on purpose\n".to_string() };
        let page = || Page { status: 503, body: "it went wrong on purpose".to_string() };
        match self {
            Wrong::Fails if is_http => What::Http(page()),
            Wrong::Fails => What::Reply(words()),
            Wrong::Hangs => What::Timeout(true),
            Wrong::DoneThenFails if is_http => What::ThenHttp(page()),
            Wrong::DoneThenFails => What::ThenFail(words()),
            Wrong::DoneThenHangs => What::ThenTimeout(true),
            Wrong::Pretends => What::Pretend(true),
            Wrong::Halves => What::Half(words()),
        }
    }
}

/// A stop that is right: after this fault the next run must not go on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The change, as `set seal vault/0`.
    pub change: String,
    /// What went wrong with it.
    pub wrong: BTreeSet<Wrong>,
    /// The gate as `step name`, or words of the reason.
    pub stops: String,
    /// Why it is right that no run goes on by itself.
    pub because: String,
}

/// The stops of a runbook that are right, from `fixtures/trials/RUNBOOK.json`; most have none.
pub fn known(root: &Path, runbook: &str) -> anyhow::Result<Vec<Known>> {
    let name = Path::new(runbook).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let path = root.join("fixtures/trials").join(format!("{name}.json"));
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| format!("{} lists no stops", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The cases whose changes are tried: they pass and make changes, and each makes one that none before it made.
pub fn worth(found: &[Found]) -> Vec<&Found> {
    let healthy = |case: &Case| case.apply && case.expect.verdict.opens() && case.faults.is_empty();
    let mut able: Vec<&Found> =
        found.iter().filter(|found| healthy(&found.case) && !found.case.expect.changes.is_empty()).collect();
    able.sort_by_key(|found| std::cmp::Reverse(found.case.expect.changes.len()));
    let mut seen = BTreeSet::new();
    able.retain(|found| {
        let fresh = |change: &String| seen.insert((found.runbook.clone(), change.clone()));
        found.case.expect.changes.iter().map(fresh).fold(false, |any, fresh| any | fresh)
    });
    able
}

/// A request of a change, and the cloud before it.
#[derive(Clone)]
struct Sent {
    request: String,
    has_members: bool,
    before: State,
}

/// A lab that keeps what was before each change, or spoils one.
struct Watched {
    lab: Arc<Lab>,
    sent: Mutex<Vec<Sent>>,
    spoil: Option<(usize, Wrong)>,
}

impl Watched {
    fn over(lab: Arc<Lab>, spoil: Option<(usize, Wrong)>) -> Arc<Self> {
        Arc::new(Watched { lab, sent: Mutex::new(Vec::new()), spoil })
    }
}

impl Transport for Watched {
    fn read(&self, request: &Request) -> Result<Reply, Failure> {
        self.lab.read(request)
    }
    fn change(&self, request: &Request, permit: Permit) -> Result<Reply, Failure> {
        let before = self.lab.state().map_err(broken)?;
        let number = {
            let mut sent = self.sent.lock();
            let has_members = Members::of(request).is_some();
            sent.push(Sent { request: request.to_string(), has_members, before });
            sent.len() - 1
        };
        match self.spoil {
            Some((spoiled, wrong)) if spoiled == number => {
                let fault = Fault { on: request.to_string(), nth: None, what: wrong.of(request), met: 0 };
                self.lab.set_faults(vec![fault]).map_err(broken)?;
                let reply = self.lab.change(request, permit);
                self.lab.set_faults(Vec::new()).map_err(broken)?;
                reply
            }
            _ => self.lab.change(request, permit),
        }
    }
    fn describe(&self) -> String {
        self.lab.describe()
    }
    fn is_simulated(&self) -> bool {
        true
    }
    fn advance(&self, by: std::time::Duration) {
        self.lab.advance(by);
    }
    fn now(&self) -> Option<i64> {
        self.lab.now()
    }
    fn inputs(&self) -> Option<BTreeMap<String, Arc<[u8]>>> {
        self.lab.inputs()
    }
}

fn broken(error: anyhow::Error) -> Failure {
    Failure::new(FailureKind::NotAnswered, format!("{error:#}"))
}

/// One change of a healthy run: its name, the cloud before its first request, and how many requests it takes.
struct Change {
    label: String,
    before: State,
    /// Its requests, and whether each has members.
    requests: Vec<(String, bool)>,
}

/// The trials of one case.
pub struct Trials<'t, 'r> {
    cases: &'t Cases<'r>,
    case: &'t Case,
    known: &'t [Known],
    changes: Vec<Change>,
    /// What the gates of the healthy run ruled at its end.
    rulings: BTreeMap<String, Ruling>,
    /// The cloud that it left.
    healthy: State,
}

/// One trial: a change, one of its requests, and what goes wrong with it.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    change: usize,
    request: usize,
    wrong: Wrong,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The next run reached the same cloud.
    Converged,
    /// The run passed, and nothing is missing.
    Harmless,
    /// The next run stops, and that is right; which of the known stops it is.
    Stopped(usize),
    /// Something is not as it must be.
    Wrong(Vec<String>),
}

impl<'t, 'r> Trials<'t, 'r> {
    /// Runs the case as it is, and finds its changes.
    pub fn of(cases: &'t Cases<'r>, case: &'t Case, known: &'t [Known]) -> anyhow::Result<Self> {
        let lab = Arc::new(cases.lab(case)?);
        let watched = Watched::over(lab.clone(), None);
        let lines = cases.conduct(case, Box::new(watched.clone()), true)?;
        if !verdict(&lines).is_some_and(Verdict::opens) {
            bail!("the case does not pass as it is");
        }
        let sent = watched.sent.lock().clone();
        Ok(Trials {
            cases,
            case,
            known,
            changes: found(&lines, sent)?,
            rulings: rulings(&lines),
            healthy: lab.state()?,
        })
    }

    /// Every request of every change with everything that can go wrong.
    pub fn all(&self) -> Vec<Trial> {
        let requests = self.changes.iter().enumerate();
        let requests =
            requests.flat_map(|(change, found)| (0..found.requests.len()).map(move |request| (change, request)));
        let all = requests.flat_map(|(change, request)| Wrong::ALL.map(|wrong| Trial { change, request, wrong }));
        all.filter(|trial| trial.wrong != Wrong::Halves || self.changes[trial.change].requests[trial.request].1)
            .collect()
    }

    /// How many changes the healthy run makes.
    pub fn changes(&self) -> usize {
        self.changes.len()
    }

    /// What is tried, in words.
    pub fn name(&self, trial: &Trial) -> String {
        let change = &self.changes[trial.change];
        let of = format!("request {} of {}", trial.request + 1, change.requests.len());
        format!("{} ({of}) {}\n              {}", change.label, trial.wrong.words(), change.requests[trial.request].0)
    }

    /// Tries it.
    pub fn run(&self, trial: &Trial) -> Ended {
        self.attempt(trial).unwrap_or_else(|error| Ended::Wrong(vec![format!("{error:#}")]))
    }

    fn attempt(&self, trial: &Trial) -> anyhow::Result<Ended> {
        let change = &self.changes[trial.change];
        let lab = Arc::new(Lab::from_state(change.before.clone()));
        let spoiled = Watched::over(lab.clone(), Some((trial.request, trial.wrong)));
        let lines = self.cases.conduct(self.case, Box::new(spoiled), true)?;
        let passed = verdict(&lines).is_some_and(Verdict::opens);
        let wrong = untrue(&lines, &change.label, passed);
        if !wrong.is_empty() {
            return Ok(Ended::Wrong(wrong));
        }
        if passed {
            let odd = self.differs(&lines, &lab)?;
            return Ok(if odd.is_empty() { Ended::Harmless } else { Ended::Wrong(odd) });
        }
        let again = self.cases.conduct(self.case, Box::new(lab.clone()), true)?;
        if verdict(&again).is_some_and(Verdict::opens) {
            let odd = self.differs(&again, &lab)?;
            return Ok(if odd.is_empty() { Ended::Converged } else { Ended::Wrong(odd) });
        }
        let stops = stops(&again);
        let fits = |known: &Known| {
            known.change == change.label
                && known.wrong.contains(&trial.wrong)
                && stops.iter().any(|stop| stop.contains(&known.stops))
        };
        Ok(match self.known.iter().position(fits) {
            Some(known) => Ended::Stopped(known),
            None => Ended::Wrong(vec![format!("the next run does not pass: {}", stops.join("; "))]),
        })
    }

    /// What differs from the healthy run's end: in what gates ruled, and in the cloud.
    fn differs(&self, lines: &[Line], lab: &Lab) -> anyhow::Result<Vec<String>> {
        let now = rulings(lines);
        let mut odd = Vec::new();
        for (gate, ruling) in &self.rulings {
            match now.get(gate) {
                Some(other) if other == ruling => (),
                other => odd.push(format!("{gate}: {ruling:?} when all is well, {other:?} now")),
            }
        }
        odd.extend(super::likeness::differences(&self.healthy, &lab.state()?)?);
        Ok(odd)
    }
}

/// The changes of a run with their requests, from its journal and what was sent.
fn found(lines: &[Line], sent: Vec<Sent>) -> anyhow::Result<Vec<Change>> {
    let mut sent = sent.into_iter().peekable();
    let mut changes: Vec<Change> = Vec::new();
    let mut open = None;
    for line in lines {
        match &line.event {
            Event::Intent { change } => open = Some(format!("{} {}", change.verb.word(), change.label())),
            Event::Call { request, .. } => {
                let Some(next) = sent.next_if(|next| next.request == *request) else { continue };
                match open.take() {
                    Some(label) => {
                        let requests = vec![(next.request, next.has_members)];
                        changes.push(Change { label, before: next.before, requests });
                    }
                    None => {
                        let change = changes.last_mut().context("a request without a change")?;
                        change.requests.push((next.request, next.has_members));
                    }
                }
            }
            _ => (),
        }
    }
    anyhow::ensure!(sent.next().is_none(), "a request was sent that the journal does not know");
    Ok(changes)
}

/// What a journal says that is not so, after a fault met this change.
fn untrue(lines: &[Line], label: &str, passed: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let intent = lines.iter().find_map(|line| match &line.event {
        Event::Intent { change } => Some(format!("{} {}", change.verb.word(), change.label())),
        _ => None,
    });
    if intent.as_deref() != Some(label) {
        wrong.push(format!("another change came first: {intent:?}"));
    }
    let settled = lines.iter().find_map(|line| match &line.event {
        Event::Settled { outcome, .. } => Some(outcome.clone()),
        _ => None,
    });
    match settled.as_deref() {
        Some("failed" | "unknown") if passed => wrong.push("a change failed, and the run passed".to_string()),
        Some("done") if !passed => wrong.push("it says done, and the run did not pass".to_string()),
        Some("failed" | "unknown" | "done") => (),
        other => wrong.push(format!("the journal says {other:?} of the change")),
    }
    wrong.extend(defects(lines));
    wrong
}

fn defects(lines: &[Line]) -> Vec<String> {
    let defects = lines.iter().filter_map(|line| match &line.event {
        Event::Trouble { kind: TroubleKind::Defect | TroubleKind::Script, lines, .. } => Some(lines.join("; ")),
        _ => None,
    });
    defects.collect()
}

/// How the gates of the last pass ruled.
fn rulings(lines: &[Line]) -> BTreeMap<String, Ruling> {
    let ruled = last_pass(lines).filter_map(|event| match event {
        Event::Gate { step, name, subject, ruling, .. } => Some((format!("{step} {name} ({subject})"), *ruling)),
        _ => None,
    });
    ruled.collect()
}

/// Why a run stopped: gates and troubles.
fn stops(lines: &[Line]) -> Vec<String> {
    gates(lines, &[Ruling::Failed, Ruling::WouldFail]).into_iter().chain(troubles(lines)).collect()
}

/// What came of many trials.
#[derive(Debug, Default)]
pub struct Tally {
    /// Changes that were tried.
    pub changes: usize,
    /// Trials.
    pub trials: usize,
    /// Those after which the next run reached the same cloud.
    pub converged: usize,
    /// Those that did no harm.
    pub harmless: usize,
    /// Those after which a run rightly stops.
    pub stopped: usize,
    /// What is not as it must be: the trial and why.
    pub wrong: Vec<(String, Vec<String>)>,
}

/// Tries everything about one case, side by side.
pub fn try_all(cases: &Cases<'_>, case: &Case, known: &[Known], met: &Mutex<BTreeSet<usize>>) -> anyhow::Result<Tally> {
    let trials = Trials::of(cases, case, known)?;
    let all = trials.all();
    let (next, tally) =
        (AtomicUsize::new(0), Mutex::new(Tally { changes: trials.changes(), trials: all.len(), ..Tally::default() }));
    let work = || {
        while let Some(trial) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let ended = trials.run(trial);
            let mut tally = tally.lock();
            match ended {
                Ended::Converged => tally.converged += 1,
                Ended::Harmless => tally.harmless += 1,
                Ended::Stopped(known) => {
                    tally.stopped += 1;
                    met.lock().insert(known);
                }
                Ended::Wrong(why) => tally.wrong.push((trials.name(trial), why)),
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            // Without a thread of its own the work is done by the others, or found undone below.
            let _ = std::thread::Builder::new().stack_size(crate::engine::STACK).spawn_scoped(scope, work);
        }
    });
    let tally = tally.into_inner();
    let ended = tally.converged + tally.harmless + tally.stopped + tally.wrong.len();
    anyhow::ensure!(ended == tally.trials, "only {ended} of {} trials came to an end", tally.trials);
    Ok(tally)
}
