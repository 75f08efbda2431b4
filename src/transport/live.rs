//! The real world: processes and HTTP, and nowhere else.
//!
//! Secrets are exposed here alone: on a child's standard input, in one child's environment, in a header or a body.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::environment::{Environment, exposed};
use super::http::{Agents, check_headers};
use super::openrc::OpenRc;
use super::process::{self, Launch};
use super::programs::{SearchPath, program};
use super::{Arg, Command, Failure, FailureKind, Http, Interrupt, Reply, Request, Secret, Transport};
use crate::host::Permit;

const OUTPUT_LIMIT: usize = 64 * 1024 * 1024;

/// Carries requests to real programs and servers.
#[derive(Debug)]
pub struct Live {
    path: SearchPath,
    environment: Environment,
    agents: Agents,
    interrupt: Interrupt,
    output_limit: usize,
    directory: Option<PathBuf>,
}

impl Live {
    /// The real world as omega's own environment describes it.
    pub fn new(interrupt: Interrupt) -> Self {
        // A variable that is not UTF-8 is none that a client needs.
        let pairs =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::with_environment(pairs.collect(), interrupt)
    }

    /// The real world as the given variables describe it.
    pub fn with_environment(variables: BTreeMap<String, String>, interrupt: Interrupt) -> Self {
        let environment = Environment::new(variables);
        let path = SearchPath::new(environment.parent("PATH").unwrap_or_default());
        Live { path, environment, agents: Agents::default(), interrupt, output_limit: OUTPUT_LIMIT, directory: None }
    }

    /// Gives the openstack client the variables of an openrc, in place of every `OS_*` that omega inherited.
    pub fn with_openrc(mut self, openrc: OpenRc) -> Self {
        self.environment.use_openrc(openrc);
        self
    }

    /// Where children run that name no folder of their own: what a command names by a relative path lies there.
    pub fn in_directory(mut self, directory: PathBuf) -> Self {
        self.directory = Some(directory);
        self
    }

    /// Sets how many bytes a child may print on each stream before it is killed.
    pub fn with_output_limit(mut self, bytes: usize) -> Self {
        self.output_limit = bytes;
        self
    }

    /// Where a program is: an absolute path, links not followed. [`FailureKind::Missing`] when it is not installed or
    /// when omega does not run programs of that name.
    pub fn resolve(&self, program: &str) -> Result<PathBuf, Failure> {
        self.path.resolve(program)
    }

    fn send(&self, request: &Request) -> Result<Reply, Failure> {
        if self.interrupt.is_raised() {
            return Err(Failure::new(FailureKind::Interrupted, "interrupted by the operator; it was not started"));
        }
        match request {
            Request::Command(command) => process::run(self.launch(command)?, &self.interrupt),
            Request::Http(http) => self.call(http),
        }
    }

    fn call(&self, http: &Http) -> Result<Reply, Failure> {
        check_headers(http)?;
        self.agents.call(http, &self.interrupt)
    }

    fn launch(&self, command: &Command) -> Result<Launch, Failure> {
        let path = self.resolve(&command.program)?;
        let entry = program(&command.program).ok_or_else(|| Failure::new(FailureKind::Missing, "not in the table"))?;
        Ok(Launch {
            program: path,
            args: known_args(command)?,
            environment: self.environment.of_child(entry, &self.path, &command.env)?,
            cwd: command.cwd.clone().or_else(|| self.directory.clone()),
            stdin: command.stdin.as_ref().map(|input| exposed(input).as_bytes().to_vec()),
            time_limit: command.time_limit,
            output_limit: self.output_limit,
        })
    }
}

impl Transport for Live {
    fn read(&self, request: &Request) -> Result<Reply, Failure> {
        self.send(request)
    }

    fn change(&self, request: &Request, _permit: Permit) -> Result<Reply, Failure> {
        self.send(request)
    }

    fn describe(&self) -> String {
        "live".to_string()
    }

    fn cloud(&self) -> Option<String> {
        self.environment.cloud().map(str::to_string)
    }

    fn is_simulated(&self) -> bool {
        false
    }

    fn secrets(&self) -> Vec<Secret> {
        self.environment.secrets()
    }
}

/// The arguments, all of them known: a promise of a plan is never sent.
fn known_args(command: &Command) -> Result<Vec<String>, Failure> {
    let known = |arg: &Arg| match arg {
        Arg::Text(text) if text.contains('\0') => Err(refused(command, "an argument holds a NUL")),
        Arg::Text(text) => Ok(text.clone()),
        Arg::After { .. } => Err(refused(command, &format!("an argument is not known yet: {arg}"))),
    };
    command.args.iter().map(known).collect()
}

fn refused(command: &Command, words: &str) -> Failure {
    Failure::new(FailureKind::Start, format!("{} was not started: {words}", command.program))
}
