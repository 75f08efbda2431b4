//! The lab's hosts: the jumphost itself, hosts over ssh, the hypervisor, and the inside of units.
//!
//! Nothing here is a shell: the few programs that runbooks ask for are known by name, in the forms listed in
//! `programs`; anything else is not answered rather than guessed.

mod disks;
mod documents;
mod files;
mod haproxy;
mod overlays;
mod programs;
mod ssh;

use super::State;
use super::answer::{Answer, Effect};
use crate::transport::{Command, Input, Request};
pub use documents::{
    Card, Domain, File, Haproxy, Horizon, Host, HostsState, Hypervisor, Image, NetLink, Remote, Server, Service,
    Systemd,
};
pub(super) use files::has_folder;
pub(super) use haproxy::first_word_is_up;
pub(super) use overlays::overlays;

/// Puts a text on the jumphost, in place of what was at that path.
pub(super) fn put_file(state: &mut HostsState, path: &str, text: &str) {
    let file = File { mode: "0644".to_string(), text: text.to_string(), written: None };
    state.jumphost.files.insert(path.to_string(), file);
}

/// Whose inside a command runs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Where omega runs.
    Jumphost,
    /// A host over ssh, by address.
    Remote(String),
    /// The machine of a principal unit; commands run as root, as Juju's do.
    Unit(String),
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Whether it changed something.
    pub effect: Effect,
    /// Its exit status.
    pub status: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Outcome {
    fn printed(stdout: impl Into<String>) -> Self {
        Outcome { effect: Effect::Read, status: 0, stdout: stdout.into(), stderr: String::new() }
    }

    fn failed(status: i32, stderr: impl Into<String>) -> Self {
        Outcome { effect: Effect::Read, status, stdout: String::new(), stderr: stderr.into() }
    }

    fn changed() -> Self {
        Outcome { effect: Effect::Change, status: 0, stdout: String::new(), stderr: String::new() }
    }

    pub(super) fn with(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }
}

/// Answers a program on the jumphost.
pub(super) fn command(state: &mut State, command: &Command) -> Answer {
    let stdin = command.stdin.as_ref().map(|input| match input {
        Input::Text(text) => text.as_str(),
        Input::Secret(secret) => secret.expose(),
    });
    let outcome = match command.program.as_str() {
        "ssh" => ssh::run(state, &command.argv(), stdin),
        program => {
            let words: Vec<String> = std::iter::once(program.to_string()).chain(command.argv()).collect();
            run(state, &Place::Jumphost, &words, stdin)
        }
    };
    match outcome {
        Some(Outcome { effect, status, stdout, stderr }) => Answer::ended(effect, status, stdout, stderr),
        None => Answer::unknown(Request::from(command.clone())),
    }
}

/// Runs words in a place; nothing when the lab does not know them there.
pub(super) fn run(state: &mut State, place: &Place, words: &[String], stdin: Option<&str>) -> Option<Outcome> {
    programs::run(state, place, words, stdin)
}

/// The words of a command line, as a shell splits them.
pub(super) fn split(line: &str) -> Option<Vec<String>> {
    shlex::split(line)
}

fn host<'a>(state: &'a State, place: &Place) -> Option<&'a Host> {
    match place {
        Place::Jumphost => Some(&state.hosts.jumphost),
        Place::Remote(address) => state.hosts.remote.get(address).map(|remote| &remote.host),
        Place::Unit(unit) => state.hosts.units.get(unit),
    }
}

fn host_mut<'a>(state: &'a mut State, place: &Place) -> Option<&'a mut Host> {
    match place {
        Place::Jumphost => Some(&mut state.hosts.jumphost),
        Place::Remote(address) => state.hosts.remote.get_mut(address).map(|remote| &mut remote.host),
        Place::Unit(unit) => state.hosts.units.get_mut(unit),
    }
}

#[cfg(test)]
mod tests;
