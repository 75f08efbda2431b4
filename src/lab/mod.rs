//! The simulated cloud: state documents, and a service a file that reads and changes them.
//!
//! A service answers in the real program's words, statuses and shapes, and really changes the state. It must not know
//! runbooks, gates or primitives.

pub mod clock;
pub mod faults;
pub mod hosts;
pub mod juju;
pub mod maas;
pub mod netbox;
pub mod openstack;
pub mod seed;
pub mod shims;
pub mod state;
pub mod web;

mod answer;
#[cfg(test)]
mod conformance;
mod curl;
mod disk;
mod played;
mod print;
mod stages;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use parking_lot::Mutex;

use crate::host::Permit;
use crate::transport::{Arg, Command, Failure, FailureKind, Reply, Request, Transport};
use answer::{Answer, Effect};
use disk::Disk;
use faults::What;
pub use state::State;

/// A simulated cloud behind the two doors of a transport.
#[derive(Debug)]
pub struct Lab {
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    Memory(Box<Mutex<State>>),
    Disk(Disk),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Reading,
    Changing,
}

impl Lab {
    /// The lab at a stage, from the documents in the program itself. An unknown stage is an error that names the known.
    pub fn embedded(stage: &str) -> anyhow::Result<Lab> {
        stages::load(stage).map(Lab::from_state)
    }

    /// A lab that begins with this state and keeps it in memory.
    pub fn from_state(state: State) -> Lab {
        Lab { kept: Kept::Memory(Box::new(Mutex::new(state))) }
    }

    /// The lab kept in a directory by [`Lab::create`]. Several processes may use it at once.
    pub fn on_disk(directory: &Path) -> anyhow::Result<Lab> {
        Ok(Lab { kept: Kept::Disk(Disk::open(directory)?) })
    }

    /// Writes the lab at a stage into a directory, which may not hold one yet.
    pub fn create(directory: &Path, stage: &str) -> anyhow::Result<Lab> {
        let state = stages::load(stage)?;
        Ok(Lab { kept: Kept::Disk(Disk::create(directory, &state)?) })
    }

    /// The stages' names in the order in which a cloud passes through them.
    pub fn stages() -> &'static [&'static str] {
        stages::names()
    }

    /// The state as it is now; a snapshot that later requests do not change.
    pub fn state(&self) -> anyhow::Result<State> {
        match &self.kept {
            Kept::Memory(state) => Ok(state.lock().clone()),
            Kept::Disk(disk) => disk.read(),
        }
    }

    /// Applies an RFC 6902 patch to the state's JSON form. What does not fit the typed state afterwards is an error
    /// that names the key, and changes nothing.
    pub fn patch(&mut self, patch: &json_patch::Patch) -> anyhow::Result<()> {
        self.with(|state| {
            let mut document = serde_json::to_value(&*state)?;
            json_patch::patch(&mut document, patch).context("the patch does not apply")?;
            *state = stages::parse(document).context("the patched state does not load")?;
            Ok(())
        })?
    }

    /// Puts a file of the repository on the jumphost, where the clients find it by the same path.
    pub fn put_file(&self, path: &str, text: &str) -> anyhow::Result<()> {
        self.with(|state| hosts::put_file(&mut state.hosts, path, text))
    }

    /// Sets what is to go wrong.
    pub fn set_faults(&self, faults: Vec<faults::Fault>) -> anyhow::Result<()> {
        self.with(|state| state.faults = faults)
    }

    /// Puts the lab back to a stage.
    pub fn reset(&self, stage: &str) -> anyhow::Result<()> {
        let fresh = stages::load(stage)?;
        self.with(|state| *state = fresh)
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> anyhow::Result<T> {
        match &self.kept {
            Kept::Memory(state) => Ok(work(&mut state.lock())),
            Kept::Disk(disk) => disk.with(work),
        }
    }

    fn send(&self, request: &Request, door: Door) -> Result<Reply, Failure> {
        self.with(|state| answer(state, request, door))
            .unwrap_or_else(|error| Err(Failure::new(FailureKind::NotAnswered, format!("{error:#}"))))
    }
}

impl Transport for Lab {
    fn read(&self, request: &Request) -> Result<Reply, Failure> {
        self.send(request, Door::Reading)
    }

    fn change(&self, request: &Request, _permit: Permit) -> Result<Reply, Failure> {
        self.send(request, Door::Changing)
    }

    fn describe(&self) -> String {
        let stage = self.state().map_or_else(|_| "unknown".to_string(), |state| state.stage);
        match &self.kept {
            Kept::Memory(_) => format!("lab, stage {stage}"),
            Kept::Disk(disk) => format!("lab in {}, from stage {stage}", disk.directory().display()),
        }
    }

    fn is_simulated(&self) -> bool {
        true
    }

    fn advance(&self, by: Duration) {
        // A lab that cannot be read says so at the next request.
        let _ = self.with(|state| state.clock.advance(by));
    }

    fn now(&self) -> Option<i64> {
        self.with(|state| state.clock.now().as_second()).ok()
    }

    fn inputs(&self) -> Option<BTreeMap<String, Arc<[u8]>>> {
        self.with(|state| hosts::overlays(&state.hosts)).ok()
    }
}

/// Answers a request, after the faults had their say.
fn answer(state: &mut State, request: &Request, door: Door) -> Result<Reply, Failure> {
    if let Some(unknown) = not_known_yet(request) {
        return Err(refusal(request, &format!("{unknown} is not known yet, so it cannot be sent")));
    }
    let fault = faults::due(&mut state.faults, request);
    if let Some(reply) = fault.as_ref().and_then(|what| what.instead(request)) {
        return reply;
    }
    catch_up(state);
    let before = state.clone();
    let Answer { effect, reply } = match &fault {
        Some(What::Half(_)) => half(state, request),
        _ => dispatch(state, request),
    };
    if effect == Effect::Change && door == Door::Reading {
        *state = before;
        return Err(refusal(request, "it would change the cloud, and came through the reading door"));
    }
    debug_assert!(effect != Effect::Read || *state == before, "`{request}` is called a read but changed the state");
    match fault {
        Some(What::Pretend(true)) => {
            *state = before;
            reply
        }
        Some(what) => what.after(request, reply),
        None => reply,
    }
}

/// Does half of what the request would do.
fn half(state: &mut State, request: &Request) -> Answer {
    match faults::Members::of(request) {
        Some(faults::Members::Listed(fewer)) => dispatch(state, &fewer),
        _ => {
            state.stops_half_way = true;
            let answer = dispatch(state, request);
            state.stops_half_way = false;
            answer
        }
    }
}

/// Does what came due since the last request.
fn catch_up(state: &mut State) {
    maas::life::catch_up(state);
    juju::pass_time(state);
}

fn dispatch(state: &mut State, request: &Request) -> Answer {
    match request {
        Request::Http(http) => web::http(state, http),
        Request::Command(command) => run(state, command),
    }
}

fn run(state: &mut State, command: &Command) -> Answer {
    match command.program.as_str() {
        "maas" => maas::command(state, command),
        "openstack" => openstack::command(state, command),
        "juju" => juju::command(state, command),
        "curl" => curl::command(state, command),
        "cat" | "ssh" | "qemu-img" | "virsh" | "install" | "sha256sum" | "stat" | "cmp" | "getent" => {
            hosts::command(state, command)
        }
        _ => Answer::unknown(Request::from(command.clone())),
    }
}

fn not_known_yet(request: &Request) -> Option<String> {
    let Request::Command(command) = request else { return None };
    command.args.iter().find(|arg| matches!(arg, Arg::After { .. })).map(ToString::to_string)
}

fn refusal(request: &Request, why: &str) -> Failure {
    Failure::new(FailureKind::NotAnswered, format!("the lab refused `{request}`: {why}"))
}

#[cfg(test)]
mod tests;
