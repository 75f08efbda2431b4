//! What a whole run shares over its passes, and the host of one pass.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use rhai::NativeCallContext;

use super::cache::Cache;
use super::mark::Shared;
use super::state::{Place, Section, State};
use super::{Answers, At, Change, Clock, Header, Stop, StopKind};
use crate::journal::{Event, Journal};
use crate::transport::{Interrupt, Secret, Transport};

/// What a pass may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Plain reads alone, ahead of the plan; nothing is recorded but the calls.
    Ahead,
    /// Reads; changes are planned.
    Plan,
    /// Reads and the planned changes.
    Apply,
}

/// The call at a place of a script, or the option of that name in it: where it stands, and its line with it underlined.
pub type Quote = dyn Fn(&At, Option<&str>) -> Option<(At, String)> + Send + Sync;

/// What a run shares over its passes.
pub struct Session {
    /// Where requests go.
    pub transport: Box<dyn Transport>,
    /// Where everything is recorded.
    pub journal: Arc<Journal>,
    /// The run's clock.
    pub clock: Clock,
    /// Set by a signal.
    pub interrupt: Interrupt,
    /// Who answers for the operator.
    pub answers: Box<dyn Answers>,
    /// Plain values that primitives read.
    pub settings: super::Settings,
    /// Files of the repository that a run may read, by path, as they were pinned.
    pub files: BTreeMap<String, Arc<[u8]>>,
    /// Files that a run may read and that are not pinned, because they are generated or hold secrets: overlays/, by
    /// path.
    pub inputs: BTreeMap<String, Arc<[u8]>>,
    /// Where it is noted what the run reads, if somebody wants to know.
    pub reads: Option<Arc<super::Reads>>,
    /// Who watches where the run is, if anybody does.
    pub(super) course: Option<Arc<dyn super::Course>>,
    /// Shows the text at the place of an error, where there is a text.
    pub quote: Option<Arc<Quote>>,
    /// The wall time of a pass.
    pub deadline: Duration,
    shared: Mutex<Shared>,
    pub(super) cache: Cache,
    pub(super) halted: AtomicBool,
}

impl Session {
    /// A session over a transport and a journal.
    pub fn new(
        transport: Box<dyn Transport>,
        journal: Arc<Journal>,
        answers: Box<dyn Answers>,
        interrupt: Interrupt,
    ) -> Self {
        let simulated = transport.is_simulated();
        let clock = Clock::start(simulated);
        Session {
            transport,
            journal,
            clock,
            interrupt,
            answers,
            settings: super::Settings::default(),
            files: BTreeMap::new(),
            inputs: BTreeMap::new(),
            reads: None,
            course: None,
            quote: None,
            deadline: Duration::from_secs(6 * 3600),
            shared: Mutex::default(),
            cache: Cache::new(simulated),
            halted: AtomicBool::new(false),
        }
    }

    /// What earlier looks of a wait saw, by what was looked at.
    pub(crate) fn looks(&self) -> MappedMutexGuard<'_, BTreeMap<String, crate::primitives::juju::settle::Look>> {
        MutexGuard::map(self.shared.lock(), |shared| &mut shared.looks)
    }

    pub(super) fn shared(&self) -> Shared {
        self.shared.lock().clone()
    }

    pub(super) fn share(&self, shared: &Shared) {
        *self.shared.lock() = shared.clone();
    }

    /// A file that a run may read and that is not pinned: as it was at the start, or as the run made it.
    pub(crate) fn input(&self, path: &str) -> Option<Arc<[u8]>> {
        self.shared.lock().made.get(path).or_else(|| self.inputs.get(path)).cloned()
    }

    /// Takes a file that the run made among its inputs.
    pub(crate) fn add_input(&self, path: &str, bytes: &[u8]) {
        self.shared.lock().made.insert(path.to_string(), Arc::from(bytes));
    }

    /// What day it is, in seconds since 1970: the simulated world's, where there is one.
    pub fn now(&self) -> i64 {
        self.transport.now().unwrap_or_else(Clock::seconds)
    }

    /// Hides a secret in everything that is kept from now on, whoever prints it back.
    pub fn conceal(&self, secret: &crate::transport::Secret) {
        self.journal.conceal(secret);
        self.transport.conceal(secret);
    }

    /// A secret by name, asked for once a run. One that nobody can give is awaited where `may_wait`: it stands in the
    /// changes of a plan, and no request that holds it is sent.
    pub(crate) fn secret(&self, name: &str, prompt: &str, may_wait: bool) -> Result<Secret, Stop> {
        if let Some(known) = self.shared.lock().secrets.get(name).filter(|known| may_wait || !known.is_awaited()) {
            return Ok(known.clone());
        }
        let asked = self.answers.secret(name, prompt).map_err(|error| Stop::precondition(format!("{error:#}")))?;
        let given = match asked {
            Some(secret) => secret,
            None if may_wait => Secret::awaited(),
            None => return Err(unknown_secret(name)),
        };
        self.shared.lock().secrets.insert(name.to_string(), given.clone());
        Ok(given)
    }

    /// Names of secrets that nobody has given yet.
    pub(crate) fn awaited_secrets(&self) -> Vec<String> {
        let secrets = &self.shared.lock().secrets;
        secrets.iter().filter(|(_, secret)| secret.is_awaited()).map(|(name, _)| name.clone()).collect()
    }

    /// Whether a running script must stop now: the engine asks between operations.
    pub fn must_halt(&self) -> bool {
        self.halted.load(Ordering::Relaxed) || self.interrupt.is_raised() || self.clock.elapsed() > self.deadline
    }

    /// Why it must, when nothing was latched.
    pub fn halt_reason(&self) -> Stop {
        if self.interrupt.is_raised() {
            return Stop::interrupted();
        }
        if self.clock.elapsed() > self.deadline {
            return Stop::refused(format!("the run took longer than its {} minutes", self.deadline.as_secs() / 60));
        }
        Stop::refused("the run was halted before")
    }
}

/// Nobody can give a secret that is needed now.
pub(crate) fn unknown_secret(name: &str) -> Stop {
    Stop::precondition(format!("the secret `{name}` is needed and nobody can type it here"))
        .with("next", format!("give it with --secret-file {name}=PATH (mode 0600)"))
}

/// The host of one pass. Cheap to clone; scripts carry it as the engine's tag.
#[derive(Clone)]
pub struct Host {
    /// What the run shares.
    pub session: Arc<Session>,
    /// What this pass may do.
    pub mode: Mode,
    state: Arc<Mutex<State>>,
}

impl Host {
    /// The host of a new pass. `permitted` are the planned changes that it may make.
    pub fn new(session: Arc<Session>, mode: Mode, permitted: Vec<Change>) -> Self {
        session.halted.store(false, Ordering::Relaxed);
        Host { session, mode, state: Arc::new(Mutex::new(State::new(permitted))) }
    }

    /// A host for reading ahead: the same session, a state of its own.
    pub fn ahead(&self) -> Self {
        let mut state = State::new(Vec::new());
        state.header = self.state().header.clone();
        Host { session: self.session.clone(), mode: Mode::Ahead, state: Arc::new(Mutex::new(state)) }
    }

    /// The host that a native call belongs to.
    pub fn of(context: &NativeCallContext<'_>) -> Result<Self, Stop> {
        let tag = context.tag().and_then(|tag| tag.read_lock::<Host>().map(|host| host.clone()));
        tag.ok_or_else(|| Stop::defect("a primitive ran without a host"))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Records an event, unless this pass only reads ahead.
    pub(crate) fn record(&self, event: Event) {
        if self.mode != Mode::Ahead {
            self.session.journal.record(event);
        }
    }

    /// Sets the place of what runs next.
    pub fn set_place(&self, place: Place) -> Place {
        std::mem::replace(&mut self.state().place, place)
    }

    /// Begins a step.
    pub fn open_step(&self, section: &Section) {
        let mut state = self.state();
        state.place = Place::Step { id: section.id.clone() };
        state.predicted = false;
        state.deferral = None;
        state.gates_asked = 0;
        state.told.clear();
        drop(state);
        self.session.reads.iter().for_each(|reads| reads.note_step());
        self.record(Event::StepOpen { step: section.id.clone(), title: section.title.clone(), exit: section.exit });
    }

    /// Keeps the first reason to stop and makes the engine stop. A deferral puts off the step alone.
    pub fn latch(&self, stop: &Stop) {
        let mut state = self.state();
        match stop.kind {
            StopKind::Deferred { .. } => {
                state.deferral.get_or_insert_with(|| stop.clone());
            }
            _ => {
                state.latch.get_or_insert_with(|| stop.clone());
                if self.mode != Mode::Ahead {
                    self.session.halted.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    /// The latched reason, if any.
    pub fn latched(&self) -> Option<Stop> {
        self.state().latch.clone()
    }

    /// The current step's deferral, if any.
    pub fn deferral(&self) -> Option<Stop> {
        self.state().deferral.clone()
    }

    /// Lets a run go on after a stop that belongs to one step: a read-only runbook shows all.
    pub fn release(&self) {
        self.state().latch = None;
        self.session.halted.store(false, Ordering::Relaxed);
    }

    /// The header, once the top level has run.
    pub fn header(&self) -> Option<Header> {
        self.state().header.clone()
    }

    /// The declared steps, once the top level has run.
    pub fn sections(&self) -> Vec<Section> {
        self.state().sections.clone()
    }

    /// Marks a step as undecided.
    pub fn set_undecided(&self, step: &str, cause: &str) {
        self.session.reads.iter().for_each(|reads| reads.put_off());
        self.state().undecided.insert(step.to_string(), cause.to_string());
    }

    /// Notes that the current step waits, in a plan, for what is not there yet.
    pub fn set_awaited(&self) {
        let mut state = self.state();
        state.awaited = Some(state.step());
    }

    /// The step whose wait is not over in this plan.
    pub fn awaited(&self) -> Option<String> {
        self.state().awaited.clone()
    }

    /// The steps that could not be decided, with the cause.
    pub fn undecided(&self) -> BTreeMap<String, String> {
        self.state().undecided.clone()
    }

    /// The changes of this pass, in order.
    pub fn changes(&self) -> Vec<Change> {
        self.state().changes.clone()
    }

    /// Planned changes that were not made.
    pub fn changes_left(&self) -> Vec<Change> {
        self.state().permitted.iter().cloned().collect()
    }

    /// What scripts were told.
    pub fn facts(&self) -> BTreeMap<String, serde_json::Value> {
        self.state().facts.clone()
    }

    /// Whether a gate failed in this pass.
    pub fn gate_failed(&self) -> bool {
        self.state().gate_failed
    }

    /// No change is made from here on.
    pub(crate) fn fail_gate(&self) {
        self.state().gate_failed = true;
    }

    /// How many gates the current step asked.
    pub fn gates_asked(&self) -> usize {
        self.state().gates_asked
    }

    /// Gate sites asked in this pass, as file:line:column.
    pub fn sites_asked(&self) -> std::collections::BTreeSet<String> {
        self.state().sites_asked.clone()
    }
}

/// Nothing to stand on: pure functions alone run here.
pub(super) struct Nowhere;

impl Transport for Nowhere {
    fn read(&self, _: &crate::transport::Request) -> Result<crate::transport::Reply, crate::transport::Failure> {
        Err(nothing_here())
    }
    fn change(
        &self,
        _: &crate::transport::Request,
        _: super::Permit,
    ) -> Result<crate::transport::Reply, crate::transport::Failure> {
        Err(nothing_here())
    }
    fn describe(&self) -> String {
        "nowhere".to_string()
    }
    fn is_simulated(&self) -> bool {
        true
    }
}

fn nothing_here() -> crate::transport::Failure {
    crate::transport::Failure::new(crate::transport::FailureKind::NotAnswered, "only pure functions run here")
}

impl Answers for Nowhere {
    fn attest(&self, _: &str, _: &str) -> super::Asked {
        super::Asked::Nobody
    }
    fn secret(&self, _: &str, _: &str) -> anyhow::Result<Option<crate::transport::Secret>> {
        Ok(None)
    }
}

impl Host {
    /// A host for pure functions alone. Each has a session of its own: what halts one script says nothing of the next.
    pub(crate) fn nowhere() -> Self {
        let journal = Arc::new(Journal::in_memory(Vec::new()));
        let session = Session::new(Box::new(Nowhere), journal, Box::new(Nowhere), Interrupt::default());
        Host { session: Arc::new(session), mode: Mode::Plan, state: Arc::new(Mutex::new(State::new(Vec::new()))) }
    }

    /// Runs a closure that is asked for an answer: it changes nothing.
    pub(crate) fn looking<R>(&self, look: impl FnOnce() -> R) -> R {
        self.state().looks += 1;
        let result = look();
        self.state().looks -= 1;
        result
    }

    /// Takes the header; a second one is an error.
    pub(crate) fn set_header(&self, header: Header) -> Result<(), Stop> {
        let mut state = self.state();
        if state.header.is_some() {
            return Err(Stop::script("a runbook has one header"));
        }
        state.header = Some(header);
        Ok(())
    }

    /// Takes a step; an id used twice is an error.
    pub(crate) fn add_section(&self, section: Section) -> Result<(), Stop> {
        let mut state = self.state();
        if state.sections.iter().any(|known| known.id == section.id) {
            return Err(Stop::script(format!("the step id {:?} is used twice", section.id)));
        }
        state.sections.push(section);
        Ok(())
    }

    /// Marks a site as asked.
    pub(crate) fn note_site(&self, at: &At) {
        let mut state = self.state();
        state.sites_asked.insert(at.to_string());
        state.gates_asked += 1;
    }
}

impl super::Call<'_> {
    /// Waits between two looks; what was read before is asked anew.
    pub(crate) fn pause(&self, length: Duration) -> Result<(), Stop> {
        let session = &self.host.session;
        if let Some(skipped) = session.clock.sleep(length, &session.interrupt) {
            session.transport.advance(skipped);
        }
        self.forget_reads();
        if session.must_halt() { Err(session.halt_reason()) } else { Ok(()) }
    }
}
