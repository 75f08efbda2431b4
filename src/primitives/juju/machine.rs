//! Machines and containers of a Juju model.

use super::document::{Base, MachineRow, StatusRow, Text, owned};
use super::status::Teller;
use crate::handle;
use crate::primitives::forms;
use crate::script::{Handle, Source, Told, Vocabulary};

/// The states of a machine's agent.
pub static STATE: Vocabulary =
    Vocabulary::closed("state of a machine in Juju", &["started", "pending", "down", "stopped", "error"]);

/// The states of an instance; providers have words of their own.
pub static INSTANCE: Vocabulary = Vocabulary::open(
    "state of an instance in Juju",
    &["running", "allocating", "pending", "provisioning error", "unknown"],
);

handle! {
    /// A machine or container of the model. Its id floats from deploy to deploy: find it by hostname or by unit.
    JujuMachine("juju machine") by id {
        /// Its id: `0`, or `0/lxd/3` for a container.
        id in forms::MACHINE: String,
        /// Its hostname, once it has one.
        hostname in forms::HOST: Told<Option<String>>,
        /// The agent's state; none while Juju has set none.
        state in STATE: Told<Option<String>>,
        /// The instance's state as the provider tells it; none while Juju has set none.
        instance in INSTANCE: Told<Option<String>>,
        /// The provider's name of the instance; `pending` before it has one.
        instance_id: Told<Option<String>>,
        /// Its address, as Juju reaches it.
        address: Told<Option<String>>,
        /// The operating system, e.g. `ubuntu@22.04`; the series on 2.x.
        base: Told<Option<String>>,
        /// Whether it is a container on another machine.
        is_container: bool,
    }
}

/// `ubuntu@22.04` (3.x, the track alone) or the series (2.x).
pub(super) fn base_words(base: Option<Base<'_>>, series: Option<Text<'_>>) -> Option<String> {
    let words = |base: Base<'_>| {
        let track = base.channel.0.split('/').next().unwrap_or_default();
        format!("{}@{track}", base.name.0)
    };
    base.map(words).or(owned(series))
}

impl JujuMachine {
    /// Takes a machine and the containers within it out of its row.
    pub(super) fn collect(
        teller: &Teller<'_>,
        machines: &mut Vec<Handle<JujuMachine>>,
        source: &Source,
        (id, row): (String, MachineRow<'_>),
        is_container: bool,
    ) {
        let MachineRow { status_error, juju_status, machine_status, hostname, dns_name, instance_id, .. } = row;
        let untold = status_error.map(|error| teller.untold(&format!("machine {id}"), &error.0));
        let told = |value: Option<String>| untold.clone().map_or(Ok(value), Err);
        let state = |row: Option<StatusRow<'_>>, what: &str| {
            let row = row.unwrap_or_default();
            match row.error {
                Some(error) => Err(teller.untold(&format!("{what} of machine {id}"), &error.0)),
                None => told(owned(row.current)),
            }
        };
        let machine = JujuMachine {
            hostname: told(owned(hostname.or(row.display_name))),
            state: state(juju_status, "juju-status"),
            instance: state(machine_status, "machine-status"),
            instance_id: told(owned(instance_id)),
            address: told(owned(dns_name)),
            base: told(base_words(row.base, row.series)),
            is_container,
            id,
        };
        machines.push(Handle::seen(machine, source.clone()));
        for (id, row) in row.containers.0 {
            JujuMachine::collect(teller, machines, source, (id.owned(), row), true);
        }
    }
}
