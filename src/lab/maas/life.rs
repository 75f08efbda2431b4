//! The life of machines: the states that pass by themselves as the lab's clock moves, and what moves a machine on.
//!
//! Nothing happens between two requests: what came due is done, in the order of its time, when the next one arrives.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    Answered, Call, Discovery, Disk, Done, Held, HeldHow, Interface, InterfaceKind, LinkMode, PowerState, Refused,
    SeenOn, Status, machines, render,
};
use crate::lab::State;
use crate::lab::hosts::{Card, Domain};

/// Does what came due since the last request.
pub(in crate::lab) fn catch_up(state: &mut State) {
    let now = state.clock.seconds;
    // A machine passes through several states in one long wait; each step sets a later time.
    while let Some((at, hostname)) = next_due(state).filter(|(at, _)| *at <= now) {
        pass(state, &hostname, at);
    }
}

fn next_due(state: &State) -> Option<(u64, String)> {
    let due = state.maas.machines.iter().filter_map(|(hostname, machine)| Some((machine.until?, hostname.clone())));
    due.min()
}

/// The state of a machine passes, at that time.
fn pass(state: &mut State, hostname: &str, at: u64) {
    let life = state.maas.life.clone();
    let Some(machine) = state.maas.machines.get_mut(hostname) else { return };
    machine.until = None;
    let fails = life.ends.get(hostname).copied();
    match machine.status {
        Status::Commissioning if fails == Some(Status::FailedCommissioning) => {
            end(state, hostname, Status::FailedCommissioning)
        }
        Status::Commissioning => {
            discover(state, hostname);
            stay(state, hostname, Status::Testing, Some(at + life.testing));
        }
        Status::Testing if fails == Some(Status::FailedTesting) => end(state, hostname, Status::FailedTesting),
        Status::Testing => end(state, hostname, Status::Ready),
        Status::Releasing if fails == Some(Status::ReleasingFailed) => {
            stay(state, hostname, Status::ReleasingFailed, None)
        }
        Status::Releasing => freed(state, hostname),
        Status::Deploying if fails == Some(Status::FailedDeployment) => {
            stay(state, hostname, Status::FailedDeployment, None)
        }
        Status::Deploying => stay(state, hostname, Status::Deployed, None),
        _ => {}
    }
}

fn stay(state: &mut State, hostname: &str, status: Status, until: Option<u64>) {
    if let Some(machine) = state.maas.machines.get_mut(hostname) {
        (machine.status, machine.until) = (status, until);
    }
}

/// The machine ends in a state in which it is switched off.
fn end(state: &mut State, hostname: &str, status: Status) {
    stay(state, hostname, status, None);
    switch(state, hostname, false);
}

/// Released: nobody's, off, and `New` where its commissioning never passed. Links that deploying made are gone, those
/// that a person made stay.
fn freed(state: &mut State, hostname: &str) {
    switch(state, hostname, false);
    let Some(machine) = state.maas.machines.get_mut(hostname) else { return };
    machine.status = if machine.commissioned { Status::Ready } else { Status::New };
    machine.until = None;
    machine.owner = None;
    machine.osystem.clear();
    machine.distro_series.clear();
    machine.hwe_kernel = None;
    for interface in machine.interfaces.values_mut() {
        interface.links.iter_mut().filter(|link| link.mode == LinkMode::Auto).for_each(|link| link.ip_address = None);
    }
}

/// What the running machine shows of itself: its disks and cards. Every link is cleared, and the card that it starts
/// from leaves the address that it took on record.
fn discover(state: &mut State, hostname: &str) {
    let Some(domain) = domain(state, hostname).cloned() else { return };
    let sizes = sizes(state, hostname, &domain);
    let mut last = state.maas.last_ids.clone();
    let Some(machine) = state.maas.machines.get_mut(hostname) else { return };
    machine.commissioned = true;
    (machine.cpu_count, machine.memory) = (domain.cpus, domain.memory);
    if machine.disks.is_empty() {
        for (name, size) in sizes {
            last.disk += 1;
            machine.disks.insert(name, Disk { id: last.disk, size, serial: String::new(), model: String::new() });
        }
    }
    let boot = machine.interfaces.get(&machine.boot_interface).map(|found| found.mac.clone()).unwrap_or_default();
    for (name, card) in &domain.cards {
        let known = machine.interfaces.iter().find(|(_, found)| is_card(found, card)).map(|(name, _)| name.clone());
        let mut interface = match known.and_then(|known| machine.interfaces.remove(&known)) {
            Some(interface) => interface,
            None => {
                last.interface += 1;
                physical(last.interface, card)
            }
        };
        interface.links.clear();
        // A card that got no address is in no VLAN until a person says in which.
        if card.takes.is_some() {
            interface.vlan.clone_from(&card.wire);
        }
        machine.interfaces.insert(name.clone(), interface);
        if card.mac.eq_ignore_ascii_case(&boot) {
            machine.boot_interface.clone_from(name);
        }
    }
    machine.interfaces.values_mut().for_each(|interface| interface.links.clear());
    state.maas.last_ids = last;
    haunt(state, hostname, &domain);
}

fn is_card(interface: &Interface, card: &Card) -> bool {
    interface.kind == InterfaceKind::Physical && interface.mac.eq_ignore_ascii_case(&card.mac)
}

/// A network card as a commissioning first sees it.
pub(super) fn physical(id: u64, card: &Card) -> Interface {
    Interface {
        id,
        kind: InterfaceKind::Physical,
        mac: card.mac.to_lowercase(),
        vlan: card.wire.clone(),
        parents: BTreeSet::new(),
        links: Vec::new(),
        link_connected: true,
        bridge_type: None,
    }
}

fn sizes(state: &State, hostname: &str, domain: &Domain) -> Vec<(String, u64)> {
    let images = hypervisor(state, hostname).map(|hypervisor| &hypervisor.images);
    let size = |path: &String| images.and_then(|images| images.get(path)).map_or(0, |image| image.virtual_size);
    domain.disks.iter().map(|(name, path)| (name.clone(), size(path))).collect()
}

/// The address that the machine took while it commissioned stays on record as discovered, with what the rack saw.
fn haunt(state: &mut State, hostname: &str, domain: &Domain) {
    let now = state.clock.now();
    let observer = state.maas.racks.keys().next().cloned().unwrap_or_default();
    let cards: Vec<_> = domain.cards.iter().filter_map(|(name, card)| Some((name, card, card.takes?))).collect();
    for (name, card, address) in cards {
        let seen_on = Some(SeenOn { machine: hostname.to_string(), interface: name.clone() });
        let ghost = Held { how: HeldHow::Discovered, user: None, hostname: None, seen_on, since: now };
        state.maas.addresses.entry(address).or_insert(ghost);
        let Some(vlan) = card.wire.clone() else { continue };
        let hostname = Some(hostname.to_string());
        let seen =
            Discovery { mac: card.mac.to_lowercase(), hostname, vlan, observer: observer.clone(), last_seen: now };
        state.maas.discoveries.insert(address, seen);
    }
}

/// Begins a commissioning. Whether it could begin: the power must be driven.
pub(super) fn begin_commissioning(state: &mut State, hostname: &str) -> bool {
    if !switch(state, hostname, true) {
        return false;
    }
    let until = state.clock.seconds + state.maas.life.commissioning;
    stay(state, hostname, Status::Commissioning, Some(until));
    true
}

/// Gives a machine that is free to `owner` and lets it deploy, as a provisioner does.
pub(in crate::lab) fn deploy(state: &mut State, hostname: &str, owner: &str, series: &str) -> bool {
    let free = |status| matches!(status, Status::Ready | Status::Allocated);
    if !state.maas.machines.get(hostname).is_some_and(|machine| free(machine.status)) || !switch(state, hostname, true)
    {
        return false;
    }
    let until = state.clock.seconds + state.maas.life.deploying;
    if let Some(machine) = state.maas.machines.get_mut(hostname) {
        machine.owner = Some(owner.to_string());
        machine.osystem = "ubuntu".to_string();
        machine.distro_series = series.to_string();
    }
    stay(state, hostname, Status::Deploying, Some(until));
    true
}

/// Begins a release; a machine that is off, and one that is free already, is done at once.
pub(in crate::lab) fn release_machine(state: &mut State, hostname: &str) {
    let Some(machine) = state.maas.machines.get(hostname) else { return };
    match (machine.status, machine.power_state) {
        (Status::Ready | Status::Releasing, _) => {}
        (_, PowerState::On) => {
            let until = state.clock.seconds + state.maas.life.releasing;
            stay(state, hostname, Status::Releasing, Some(until));
        }
        _ => freed(state, hostname),
    }
}

/// Switches a machine on or off; whether its power could be driven.
pub(super) fn switch(state: &mut State, hostname: &str, on: bool) -> bool {
    let id = state.maas.machines.get(hostname).map(|machine| machine.power.id.clone()).unwrap_or_default();
    let Some(address) = driven(state, hostname) else {
        if let Some(machine) = state.maas.machines.get_mut(hostname) {
            machine.power_state = PowerState::Error;
        }
        return false;
    };
    let hypervisor = state.hosts.remote.get_mut(&address).and_then(|remote| remote.hypervisor.as_mut());
    let domain = hypervisor.and_then(|hypervisor| hypervisor.domains.get_mut(&id));
    if let Some(domain) = domain {
        domain.state = if on { "running" } else { "shut off" }.to_string();
    }
    if let Some(machine) = state.maas.machines.get_mut(hostname) {
        machine.power_state = if on { PowerState::On } else { PowerState::Off };
    }
    true
}

/// The address of the hypervisor whose domain the machine is, if user and password are right there.
fn driven(state: &State, hostname: &str) -> Option<String> {
    let power = &state.maas.machines.get(hostname)?.power;
    let (user, address) = power.address.split("://").nth(1)?.split('/').next()?.rsplit_once('@')?;
    let remote = state.hosts.remote.get(address).filter(|remote| !remote.unreachable)?;
    let hypervisor = remote.hypervisor.as_ref()?;
    let may = hypervisor.drivers.get(user).is_some_and(|password| *password == power.pass);
    (may && hypervisor.domains.contains_key(&power.id)).then(|| address.to_string())
}

fn hypervisor<'s>(state: &'s State, hostname: &str) -> Option<&'s crate::lab::hosts::Hypervisor> {
    state.hosts.remote.get(&driven(state, hostname)?)?.hypervisor.as_ref()
}

fn domain<'s>(state: &'s State, hostname: &str) -> Option<&'s Domain> {
    let id = &state.maas.machines.get(hostname)?.power.id;
    hypervisor(state, hostname)?.domains.get(id)
}

/// The hostname of the machine that the first argument names, for an action that changes it.
fn theirs(call: &Call<'_>) -> Result<String, Refused> {
    let (hostname, machine) = call.state.maas.machine(&call.at[0]).ok_or(Refused::NoSuch("Machine"))?;
    call.admin_only()?;
    if machine.locked { Err(Refused::Silent) } else { Ok(hostname.to_string()) }
}

fn shown(call: &Call<'_>, hostname: &str) -> Answered {
    Ok(Done::Json(machines::shown(call.state, hostname)))
}

fn word(status: Status) -> String {
    render::status(status)
}

/// Whether a machine in this state may be released.
fn may_be_released(status: Status) -> bool {
    !matches!(
        status,
        Status::New
            | Status::Commissioning
            | Status::Testing
            | Status::FailedCommissioning
            | Status::FailedTesting
            | Status::Missing
            | Status::Retired
    )
}

fn not_released(status: Status) -> Refused {
    Refused::Words(format!("Machine cannot be released in its current state ('{}').", word(status)))
}

fn no_power(hostname: &str) -> Refused {
    Refused::Words(format!("No rack controllers can access the BMC of node {hostname}"))
}

/// `machine release SYSTEM_ID`
pub(super) fn release(call: &mut Call<'_>) -> Answered {
    let hostname = theirs(call)?;
    let status = call.state.maas.machines[&hostname].status;
    if !may_be_released(status) {
        return Err(not_released(status));
    }
    let on = call.state.maas.machines[&hostname].power_state == PowerState::On;
    if on && status != Status::Releasing && driven(call.state, &hostname).is_none() {
        return Err(no_power(&hostname));
    }
    release_machine(call.state, &hostname);
    shown(call, &hostname)
}

/// `machines release machines=ID ...`: the ids that were really released; free ones are passed over.
pub(super) fn release_many(call: &mut Call<'_>) -> Answered {
    let asked: Vec<String> = call.values("machines").into_iter().map(ToString::to_string).collect();
    let known: Vec<(String, String, Status)> = asked
        .iter()
        .filter_map(|id| call.state.maas.machine(id).map(|(name, found)| (id.clone(), name.to_string(), found.status)))
        .collect();
    if known.len() < asked.len() {
        let known: Vec<&String> = known.iter().map(|(id, _, _)| id).collect();
        let unknown: Vec<&String> = asked.iter().filter(|id| !known.contains(id)).collect();
        let unknown: Vec<String> = unknown.into_iter().cloned().collect();
        return Err(Refused::Words(format!("Unknown machine(s): {}.", unknown.join(", "))));
    }
    if known.iter().any(|(_, name, _)| call.state.maas.machines[name].locked) {
        return Err(Refused::Silent);
    }
    let stuck = |(_, _, status): &&(String, String, Status)| *status != Status::Ready && !may_be_released(*status);
    let failed: Vec<String> =
        known.iter().filter(stuck).map(|(id, _, status)| format!("{id} ('{}')", word(*status))).collect();
    if !failed.is_empty() {
        let words = format!("Machine(s) cannot be released in their current state: {}.", failed.join(", "));
        return Err(Refused::Words(words));
    }
    let mut released = Vec::new();
    for (id, name, status) in known {
        if !matches!(status, Status::Ready | Status::Releasing) {
            release_machine(call.state, &name);
            released.push(id);
        }
    }
    Ok(Done::Json(json!(released)))
}

/// `machine delete SYSTEM_ID`: its interfaces, tags and id go with it; a composed machine's domain too.
pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let hostname = theirs(call)?;
    let composed = call.state.maas.machines[&hostname].pod.is_some();
    if composed && let Some(address) = driven(call.state, &hostname) {
        let id = call.state.maas.machines[&hostname].power.id.clone();
        let hypervisor = call.state.hosts.remote.get_mut(&address).and_then(|remote| remote.hypervisor.as_mut());
        if let Some(hypervisor) = hypervisor
            && let Some(domain) = hypervisor.domains.remove(&id)
        {
            domain.disks.values().for_each(|path| drop(hypervisor.images.remove(path)));
        }
    }
    call.state.maas.machines.remove(&hostname);
    Ok(Done::Nothing)
}

/// `machine commission SYSTEM_ID`
pub(super) fn commission(call: &mut Call<'_>) -> Answered {
    let hostname = theirs(call)?;
    let may = matches!(
        call.state.maas.machines[&hostname].status,
        Status::New
            | Status::Ready
            | Status::FailedCommissioning
            | Status::FailedTesting
            | Status::Broken
            | Status::Missing
    );
    if !may {
        return Err(Refused::field("__all__", "Commission is not available because of the current state of the node."));
    }
    if !begin_commissioning(call.state, &hostname) {
        return Err(no_power(&hostname));
    }
    shown(call, &hostname)
}

/// `machine abort SYSTEM_ID`
pub(super) fn abort(call: &mut Call<'_>) -> Answered {
    let hostname = theirs(call)?;
    let status = call.state.maas.machines[&hostname].status;
    let back = match status {
        Status::Commissioning => Status::New,
        Status::Testing => Status::Ready,
        Status::Deploying => Status::Allocated,
        _ => {
            let id = &call.at[0];
            let words = format!("Cannot abort in current state: node {id} is in state {}.", word(status));
            return Err(Refused::Words(words));
        }
    };
    end(call.state, &hostname, back);
    shown(call, &hostname)
}

/// `machines allocate`: by system_id, name or tags, a machine that is free.
pub(super) fn allocate(call: &mut Call<'_>) -> Answered {
    let tags: Vec<String> = call.values("tags").iter().flat_map(|text| text.split(',')).map(str::to_string).collect();
    if let Some(unknown) = tags.iter().find(|tag| !call.state.maas.tags.contains_key(*tag)) {
        return Err(Refused::field("tags", format!("No such tag(s): '{unknown}'.")));
    }
    let asked = |name: &str| call.value(name).map(ToString::to_string);
    let (id, name) = (asked("system_id"), asked("name"));
    let fits = |hostname: &String, machine: &super::Machine| {
        machine.status == Status::Ready
            && id.as_ref().is_none_or(|id| *id == machine.system_id)
            && name.as_ref().is_none_or(|name| name == hostname)
            && tags.iter().all(|tag| machine.tags.contains(tag))
    };
    let mut all = call.state.maas.machines.iter();
    let Some(hostname) = all.find(|(hostname, machine)| fits(hostname, machine)).map(|(name, _)| name.clone()) else {
        return Err(Refused::Words(match (&id, &name) {
            (Some(id), _) => format!("No machine with system ID {id} available."),
            (None, Some(name)) => format!("No machine with name {name} available."),
            (None, None) => "No machine available.".to_string(),
        }));
    };
    let user = call.user.clone();
    if let Some(machine) = call.state.maas.machines.get_mut(&hostname) {
        (machine.status, machine.owner) = (Status::Allocated, Some(user));
    }
    shown(call, &hostname)
}

/// `machine deploy SYSTEM_ID`
pub(super) fn deploy_one(call: &mut Call<'_>) -> Answered {
    let hostname = theirs(call)?;
    let status = call.state.maas.machines[&hostname].status;
    if !matches!(status, Status::Ready | Status::Allocated) {
        let words = format!("Can't deploy a machine that is in the '{}' state", word(status));
        return Err(Refused::Words(words));
    }
    let series = call.value("distro_series").unwrap_or("jammy").to_string();
    let user = call.user.clone();
    if !deploy(call.state, &hostname, &user, &series) {
        return Err(no_power(&hostname));
    }
    shown(call, &hostname)
}

fn power(call: &mut Call<'_>, on: bool) -> Answered {
    let hostname = theirs(call)?;
    if !switch(call.state, &hostname, on) {
        return Err(no_power(&hostname));
    }
    shown(call, &hostname)
}

/// `machine power-on SYSTEM_ID`
pub(super) fn power_on(call: &mut Call<'_>) -> Answered {
    power(call, true)
}

/// `machine power-off SYSTEM_ID`
pub(super) fn power_off(call: &mut Call<'_>) -> Answered {
    power(call, false)
}

fn set_lock(call: &mut Call<'_>, locked: bool) -> Answered {
    call.admin_only()?;
    let found = call.state.maas.machine_mut(&call.at[0]).ok_or(Refused::NoSuch("Machine"))?;
    let hostname = found.0.to_string();
    found.1.locked = locked;
    shown(call, &hostname)
}

/// `machine lock SYSTEM_ID`
pub(super) fn lock(call: &mut Call<'_>) -> Answered {
    set_lock(call, true)
}

/// `machine unlock SYSTEM_ID`
pub(super) fn unlock(call: &mut Call<'_>) -> Answered {
    set_lock(call, false)
}
