//! Units of Juju, principals and subordinates alike.

use std::borrow::Cow;

use rhai::Dynamic;

use super::document::{StatusRow, UnitRow, owned};
use super::status::Teller;
use crate::handle;
use crate::host::Stop;
use crate::primitives::forms;
use crate::script::{Handle, Script, Source, Told, Ty, Vocabulary};

handle! {
    /// A unit of the model, principal or subordinate, found by name.
    Unit("juju unit") by name {
        /// Its name, e.g. `octavia/0`.
        name in forms::UNIT: String,
        /// Its application.
        application in forms::APPLICATION: String,
        /// The workload's state. A unit in hook error shows `error` here and may show an idle agent.
        workload: Told<Workload>,
        /// The workload's message; "" when the charm set none.
        message: Told<String>,
        /// The agent's state.
        agent: Told<Agent>,
        /// Whether it leads its application.
        leader: Told<bool>,
        /// Whether it lives inside a principal unit.
        is_subordinate: bool,
        /// The unit it lives in, for a subordinate.
        principal in forms::UNIT: Option<String>,
        /// The machine or container, e.g. `0/lxd/3`; a subordinate's is its principal's.
        machine in forms::MACHINE: Told<Option<String>>,
        /// Its address, as Juju reaches it.
        address: Told<Option<String>>,
    }
}

/// The states of a workload: a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload(&'static str);

impl Workload {
    /// Every state.
    pub const ALL: [&'static str; 8] =
        ["active", "blocked", "waiting", "maintenance", "unknown", "error", "terminated", "unset"];

    /// The state of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| *known == text).map(Workload)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        self.0
    }
}

/// The words of [`Workload`].
pub static WORKLOAD: Vocabulary = Vocabulary::closed("state of a workload in Juju", &Workload::ALL);

impl Script for Workload {
    fn ty() -> Ty {
        Ty::Word(&WORKLOAD)
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        let text = String::take(value)?;
        Workload::parse(&text)
            .ok_or_else(|| Stop::script(format!("{text:?} is no workload state; they are {}", Self::ALL.join(", "))))
    }
    fn give(self) -> Dynamic {
        self.0.into()
    }
}

/// The agent states that Juju uses, so that a model of thousands does not hold each word thousands of times.
const STATES: [&str; 9] =
    ["idle", "executing", "allocating", "lost", "failed", "error", "rebooting", "installing", "running"];

/// The state of an agent: in Juju's own words, whatever they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent(Cow<'static, str>);

impl Agent {
    fn of(text: &str) -> Self {
        let known = STATES.into_iter().find(|known| *known == text);
        Agent(known.map_or_else(|| Cow::Owned(text.to_string()), Cow::Borrowed))
    }

    /// Its word.
    pub fn word(&self) -> &str {
        &self.0
    }
}

/// The words of [`Agent`]. One that is not among them is shown as it comes.
pub static AGENT: Vocabulary = Vocabulary::closed("state of an agent in Juju", &STATES);

impl Script for Agent {
    fn ty() -> Ty {
        Ty::Word(&AGENT)
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        String::take(value).map(|text| Agent::of(&text))
    }
    fn give(self) -> Dynamic {
        self.0.into_owned().into()
    }
}

impl Unit {
    /// Whether it is active with an idle agent.
    pub fn is_settled(&self) -> Result<bool, Stop> {
        let workload = self.workload.as_ref().map_err(|stop| (**stop).clone())?;
        let agent = self.agent.as_ref().map_err(|stop| (**stop).clone())?;
        Ok(workload.0 == "active" && agent.0 == "idle")
    }

    /// State, agent and message in words, or why they are not known.
    pub fn state(&self) -> String {
        match (&self.workload, &self.agent, &self.message) {
            (Ok(workload), Ok(agent), Ok(message)) => {
                let text = if message.is_empty() { String::new() } else { format!(": {message}") };
                format!("{} {}/{}{text}", self.name, workload.0, agent.0)
            }
            (Err(stop), _, _) | (_, Err(stop), _) | (_, _, Err(stop)) => format!("{}: {}", self.name, stop.what),
        }
    }

    /// Takes a unit and the subordinates within it out of their rows.
    pub(super) fn collect(
        teller: &Teller<'_>,
        units: &mut Vec<Handle<Unit>>,
        source: &Source,
        (name, row): (String, UnitRow<'_>),
        principal: Option<&Unit>,
    ) {
        let UnitRow { status_error, workload_status, juju_status, leader, machine, public_address, address, .. } = row;
        let untold = status_error.map(|error| teller.untold(&format!("unit {name}"), &error.0));
        let told = |value: Option<String>| untold.clone().map_or(Ok(value), Err);
        let workload = workload_status.unwrap_or_default();
        let agent = juju_status.unwrap_or_default();
        let status = |row: &StatusRow<'_>, what: &str| match (&untold, &row.error) {
            (Some(untold), _) => Err(untold.clone()),
            (None, Some(error)) => Err(teller.untold(&format!("{what} of unit {name}"), &error.0)),
            (None, None) => Ok(()),
        };
        let workload_told = status(&workload, "workload-status");
        let agent_told = status(&agent, "juju-status");
        let missing_agent = || teller.missing(&format!("unit {name}"), "juju-status.current");
        let unit = Unit {
            application: name.rsplit_once('/').map_or(name.as_str(), |(application, _)| application).to_string(),
            workload: workload_told.clone().and_then(|()| teller.workload(&name, workload.current)),
            message: workload_told.map(|()| owned(workload.message).unwrap_or_default()),
            agent: agent_told.and_then(|()| agent.current.map(|text| Agent::of(&text.0)).ok_or_else(missing_agent)),
            leader: untold.clone().map_or(Ok(leader), Err),
            is_subordinate: principal.is_some(),
            machine: principal.map_or_else(|| told(owned(machine)), |principal| principal.machine.clone()),
            principal: principal.map(|principal| principal.name.clone()),
            address: told(owned(public_address.or(address))),
            name,
        };
        for (name, row) in row.subordinates.0 {
            Unit::collect(teller, units, source, (name.owned(), row), Some(&unit));
        }
        units.push(Handle::seen(unit, source.clone()));
    }
}
