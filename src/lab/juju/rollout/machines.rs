//! Machines and containers of a model as they come up.

use super::super::charmhub;
use super::super::documents::{Machine, Status};
use super::super::schedule::{self, Phase};
use super::{Rollout, due, moment, status};
use crate::lab::State;
use crate::lab::maas::{Status as Life, life};

pub(super) fn carry_on(state: &mut State, name: &str, rollout: &Rollout, to: u64) {
    let Some(model) = state.juju.models.get(name) else { return };
    let ids: Vec<String> = model.machines.keys().cloned().collect();
    let containers: Vec<String> =
        model.machines.values().flat_map(|machine| machine.containers.keys().cloned()).collect();
    for id in ids {
        if let Some((at, phase)) = due(&schedule::machine(&id), rollout, to) {
            let now = moment(state, rollout, at);
            machine(state, name, &id, phase, now);
        }
    }
    for id in containers {
        if let Some((at, phase)) = due(&schedule::container(&id), rollout, to) {
            let now = moment(state, rollout, at);
            container(state, name, &id, phase, now);
        }
    }
}

fn machine(state: &mut State, name: &str, id: &str, phase: Phase, now: jiff::Timestamp) {
    let Some(host) = allocate(state, name, id) else {
        let words = "failed to start machine (cannot run instances: cannot run instance: No available machine matches constraints: [('agent_name', ['juju']), ('tags', ['openstack'])])";
        if let Some(found) = machine_mut(state, name, id) {
            found.instance = status("provisioning error", words, now);
            found.agent = status("down", "", now);
        }
        return;
    };
    if !provision(state, &host, phase) {
        if let Some(found) = machine_mut(state, name, id) {
            found.instance = status("provisioning error", "Failed deployment", now);
            found.agent = status("down", "", now);
        }
        return;
    }
    let macs: Vec<(String, String)> = state
        .maas
        .machines
        .get(&host)
        .into_iter()
        .flat_map(|found| &found.interfaces)
        .map(|(name, interface)| (name.clone(), interface.mac.clone()))
        .collect();
    let version = state.juju.models.get(name).map(|model| model.agent_version.clone());
    let Some(found) = machine_mut(state, name, id) else { return };
    if phase != Phase::Ready {
        found.instance = status("allocating", "Deploying", now);
        return;
    }
    if let Some(known) = charmhub::machine_of(&host) {
        found.interfaces = known.interfaces.clone();
        (found.addresses, found.dns_name) = (known.addresses.clone(), known.dns_name.clone());
        (found.constraints, found.hardware) = (known.constraints.clone(), known.hardware.clone());
    }
    for (name, link) in &mut found.interfaces {
        macs.iter().filter(|(known, _)| known == name).for_each(|(_, mac)| link.mac.clone_from(mac));
    }
    found.instance = status("running", "Deployed", now);
    found.modification = status("applied", "", now);
    found.agent = Status { version, ..status("started", "", now) };
}

/// Has MAAS deploy the host; false when that failed.
fn provision(state: &mut State, host: &str, phase: Phase) -> bool {
    let status = |state: &State| state.maas.machines.get(host).map(|found| found.status);
    if status(state) == Some(Life::Ready) {
        life::deploy(state, host, "admin", "jammy");
    }
    if phase != Phase::Ready {
        return true;
    }
    let fails = state.maas.life.ends.get(host) == Some(&Life::FailedDeployment);
    let Some(found) = state.maas.machines.get_mut(host) else { return false };
    if found.status == Life::Deploying {
        found.status = if fails { Life::FailedDeployment } else { Life::Deployed };
        found.until = None;
    }
    if found.status != Life::Deployed {
        return false;
    }
    found.hwe_kernel = Some("ga-22.04".to_string());
    true
}

/// The host of a machine: the one it has, or a ready one with the tag. MAAS hands them out as it likes.
fn allocate(state: &mut State, name: &str, id: &str) -> Option<String> {
    let model = state.juju.models.get(name)?;
    let own = model.machines.get(id)?.hostname.clone();
    if !own.is_empty() {
        return Some(own);
    }
    let taken: Vec<&String> = model.machines.values().map(|machine| &machine.hostname).collect();
    let is_free = |host: &str| {
        state
            .maas
            .machines
            .get(host)
            .is_some_and(|found| found.status == Life::Ready && found.tags.contains("openstack"))
            && !taken.iter().any(|known| *known == host)
    };
    let usual = charmhub::host_of(id).filter(|host| is_free(host)).map(str::to_string);
    let host = usual.or_else(|| state.maas.machines.keys().find(|host| is_free(host)).cloned())?;
    let system_id = state.maas.machines.get(&host)?.system_id.clone();
    let machine = machine_mut(state, name, id)?;
    (machine.hostname, machine.instance_id, machine.display_name) = (host.clone(), system_id, Some(host.clone()));
    Some(host)
}

fn container(state: &mut State, name: &str, id: &str, phase: Phase, now: jiff::Timestamp) {
    let Some(model) = state.juju.models.get(name) else { return };
    let host = id.split('/').next().unwrap_or_default();
    let is_up = model.machines.get(host).is_some_and(|machine| machine.agent.current.as_deref() == Some("started"));
    if !is_up {
        return;
    }
    let (digits, version) = (model.uuid[model.uuid.len() - 6..].to_string(), Some(model.agent_version.clone()));
    let zone = model.machines.get(host).map(|machine| machine.hostname.clone()).unwrap_or_default();
    let Some(found) = machine_mut(state, name, id) else { return };
    if phase != Phase::Ready {
        found.instance = status("allocating", "Creating container", now);
        return;
    }
    found.hostname = format!("juju-{digits}-{}", id.replace('/', "-"));
    found.instance_id.clone_from(&found.hostname);
    if let Some(known) = charmhub::container(id) {
        found.interfaces = known.interfaces.clone();
        (found.addresses, found.dns_name) = (known.addresses.clone(), known.dns_name.clone());
        found.constraints = known.constraints.clone();
    }
    found.hardware = format!("availability-zone={zone}");
    found.instance = status("running", "Container started", now);
    found.modification = status("applied", "", now);
    found.agent = Status { version, ..status("started", "", now) };
}

fn machine_mut<'a>(state: &'a mut State, name: &str, id: &str) -> Option<&'a mut Machine> {
    let model = state.juju.models.get_mut(name)?;
    let host = id.split('/').next()?;
    let machine = model.machines.get_mut(host)?;
    if id == host { Some(machine) } else { machine.containers.get_mut(id) }
}
