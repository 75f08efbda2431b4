//! Machines and containers of a Juju model.

use super::document::{Base, MachineRow};
use super::status::Teller;
use crate::handle;
use crate::script::Told;

handle! {
    /// A machine or container of the model. Its id floats from deploy to deploy: find it by hostname or by unit.
    JujuMachine("juju machine") by id {
        /// Its id: `0`, or `0/lxd/3` for a container.
        id: String,
        /// Its hostname, once it has one.
        hostname: Told<Option<String>>,
        /// The agent's state: `started`, `pending`, `down`, `stopped`, `error` ...; none while Juju has set none.
        state: Told<Option<String>>,
        /// The instance's state as the provider tells it, e.g. `running`; none while Juju has set none.
        instance: Told<Option<String>>,
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
pub(super) fn base_words(base: Option<Base>, series: Option<String>) -> Option<String> {
    let words = |base: Base| {
        let track = base.channel.split('/').next().unwrap_or_default();
        format!("{}@{track}", base.name)
    };
    base.map(words).or(series)
}

impl JujuMachine {
    /// Takes a machine and the containers within it out of its row.
    pub(super) fn collect(
        teller: &Teller<'_>,
        machines: &mut Vec<JujuMachine>,
        id: String,
        row: MachineRow,
        is_container: bool,
    ) {
        let MachineRow { status_error, juju_status, machine_status, hostname, dns_name, instance_id, .. } = row;
        let untold = status_error.map(|error| teller.untold(&format!("machine {id}"), &error));
        let told = |value: Option<String>| untold.clone().map_or(Ok(value), Err);
        let state = |row: Option<super::document::StatusRow>, what: &str| {
            let row = row.unwrap_or_default();
            match row.error {
                Some(error) => Err(teller.untold(&format!("{what} of machine {id}"), &error)),
                None => told(row.current),
            }
        };
        let machine = JujuMachine {
            hostname: told(hostname.or(row.display_name)),
            state: state(juju_status, "juju-status"),
            instance: state(machine_status, "machine-status"),
            instance_id: told(instance_id),
            address: told(dns_name),
            base: told(base_words(row.base, row.series)),
            is_container,
            id,
        };
        machines.push(machine);
        for (id, row) in row.containers.0 {
            JujuMachine::collect(teller, machines, id, row, true);
        }
    }
}
