//! Units of a model as they appear, install and settle.

use super::super::documents::{Model, Status, Unit};
use super::super::schedule::{self, Phase};
use super::super::{charmhub, deploy};
use super::{Rollout, due, moment, status};
use crate::lab::State;
use crate::lab::hosts::File;

pub(super) fn carry_on(state: &mut State, name: &str, rollout: &Rollout, to: u64) {
    let Some(model) = state.juju.models.get(name) else { return };
    let principals: Vec<(String, String)> = model
        .applications
        .values()
        .flat_map(|app| &app.units)
        .filter_map(|(unit, found)| Some((unit.clone(), found.machine.clone()?)))
        .collect();
    for (unit, place) in &principals {
        let up = model_machine_is_up(state, name, place);
        if let (true, Some((at, phase))) = (up, due(&schedule::principal(unit, place), rollout, to)) {
            let now = moment(state, rollout, at);
            appear(state, name, unit, phase, now);
            step(state, name, unit, phase, now);
        }
    }
    let Some(model) = state.juju.models.get(name) else { return };
    let beside: Vec<(String, String)> = model
        .applications
        .values()
        .flat_map(|app| &app.units)
        .filter_map(|(unit, found)| Some((unit.clone(), found.principal.clone()?)))
        .collect();
    for (unit, principal) in beside {
        let place = principals.iter().find(|(known, _)| *known == principal).map(|(_, place)| place.clone());
        let times = schedule::subordinate(&unit, &principal, &place.unwrap_or_default());
        if let Some((at, phase)) = due(&times, rollout, to) {
            let now = moment(state, rollout, at);
            step(state, name, &unit, phase, now);
        }
    }
}

fn model_machine_is_up(state: &State, name: &str, place: &str) -> bool {
    let machine = state.juju.models.get(name).and_then(|model| model.machine(place));
    machine.is_some_and(|machine| machine.agent.current.as_deref() == Some("started"))
}

/// Once a principal's charm is installed its relations make the subordinates beside it.
fn appear(state: &mut State, name: &str, principal: &str, phase: Phase, now: jiff::Timestamp) {
    if phase < Phase::Installed {
        return;
    }
    let Some(model) = state.juju.models.get_mut(name) else { return };
    let application = principal.split('/').next().unwrap_or_default().to_string();
    let scoped = model.relations.iter().filter(|relation| relation.scope == "container");
    let others: Vec<String> =
        scoped.filter_map(|relation| other_end(relation.endpoints.each_ref(), &application)).collect();
    for other in others {
        let Some(app) = model.applications.get_mut(&other).filter(|app| app.subordinate) else { continue };
        if app.units.values().any(|unit| unit.principal.as_deref() == Some(principal)) {
            continue;
        }
        let name = usual_name(&other, principal, app.units.keys().cloned().collect());
        app.units.insert(name, deploy::waiting(None, Some(principal.to_string()), "agent initialising", now));
    }
}

fn other_end(ends: [&String; 2], application: &str) -> Option<String> {
    let names = ends.map(|end| end.split(':').next().unwrap_or_default());
    match names {
        [a, b] if a == application => Some(b.to_string()),
        [a, b] if b == application => Some(a.to_string()),
        _ => None,
    }
}

/// Subordinates are numbered in the order in which they come; the store remembers who came when.
fn usual_name(application: &str, principal: &str, taken: Vec<String>) -> String {
    let numbered = (0..).map(|number| format!("{application}/{number}"));
    let beside = |name: &String| charmhub::unit(name).is_some_and(|unit| unit.principal.as_deref() == Some(principal));
    let usual = numbered.clone().take(8).find(|name| beside(name) && !taken.contains(name));
    usual.unwrap_or_else(|| numbered.into_iter().find(|name| !taken.contains(name)).unwrap_or_default())
}

/// Puts a unit into a phase.
fn step(state: &mut State, name: &str, unit: &str, phase: Phase, now: jiff::Timestamp) {
    if phase >= Phase::Installed
        && let Some(stuck) = state.juju.stuck_units.get(unit).cloned()
    {
        if let Some(found) = unit_mut(state, name, unit) {
            found.workload = Status { since: Some(now), ..stuck };
            found.agent = status("idle", "", now);
        }
        return;
    }
    if phase >= Phase::Installing {
        move_in(state, name, unit);
    }
    let end = match phase {
        Phase::Working | Phase::Ready => Some(end_of_deploy(state, name, unit)),
        _ => None,
    };
    let version = state.juju.models.get(name).map(|model| model.agent_version.clone());
    let Some(found) = unit_mut(state, name, unit) else { return };
    let agent = |word: &str, message: &str| Status { version: version.clone(), ..status(word, message, now) };
    (found.workload, found.agent) = match phase {
        Phase::Preparing => (status("waiting", "installing agent", now), status("allocating", "", now)),
        Phase::Initialising => (status("waiting", "agent initialising", now), status("allocating", "", now)),
        Phase::Installing => {
            (status("maintenance", "installing charm software", now), agent("executing", "running install hook"))
        }
        Phase::Installed => (status("waiting", "Incomplete relations", now), agent("idle", "")),
        Phase::Relating => {
            (status("waiting", "Incomplete relations", now), agent("executing", "running relation-changed hook"))
        }
        Phase::Working => {
            (Status { since: Some(now), ..end.unwrap_or_default() }, agent("executing", "running config-changed hook"))
        }
        Phase::Ready => (Status { since: Some(now), ..end.unwrap_or_default() }, agent("idle", "")),
    };
    if phase >= Phase::Working {
        finish(state, name, unit);
    }
}

/// Gives the unit its address and its inside.
fn move_in(state: &mut State, name: &str, unit: &str) {
    let Some(model) = state.juju.models.get(name) else { return };
    let place = model.principal_of(unit).and_then(|principal| model.unit(&principal)?.1.machine.clone());
    let Some(machine) = place.and_then(|place| model.machine(&place)) else { return };
    let (address, hostname) = (machine.dns_name.clone(), machine.hostname.clone());
    let is_principal = model.unit(unit).is_some_and(|(_, found)| found.principal.is_none());
    let resolvers = resolvers(state, &machine.addresses);
    if is_principal
        && !state.hosts.units.contains_key(unit)
        && let Some(inside) = charmhub::inside(unit)
    {
        let mut inside = inside.clone();
        inside.hostname = hostname;
        inside.files.insert("/run/systemd/resolve/resolv.conf".to_string(), resolvers);
        state.hosts.units.insert(unit.to_string(), inside);
    }
    unit_mut(state, name, unit).into_iter().for_each(|found| found.public_address = Some(address.clone()));
}

/// The resolvers that MAAS gives with the subnets of these addresses.
fn resolvers(state: &State, addresses: &[String]) -> File {
    let held: Vec<std::net::Ipv4Addr> = addresses.iter().filter_map(|address| address.parse().ok()).collect();
    let subnets = state.maas.subnets.iter().filter(|(cidr, _)| held.iter().any(|address| cidr.contains(address)));
    let servers: std::collections::BTreeSet<String> =
        subnets.flat_map(|(_, subnet)| subnet.dns_servers.iter().map(ToString::to_string)).collect();
    let lines = servers.iter().map(|server| format!("nameserver {server}\n"));
    File { mode: "0644".to_string(), text: lines.chain(["search maas\n".to_string()]).collect(), written: None }
}

/// What a unit shows once its charm is done with the deploy: its end, or what it waits for until Vault is up.
fn end_of_deploy(state: &State, name: &str, unit: &str) -> Status {
    let Some(model) = state.juju.models.get(name) else { return Status::default() };
    let Some((application, _)) = model.unit(unit) else { return Status::default() };
    let app = &model.applications[application];
    let plain =
        |word: &str, text: &str| Status { current: Some(word.into()), message: Some(text.into()), ..Status::default() };
    let awaits = "'certificates' awaiting server certificate data";
    match app.charm.as_str() {
        "vault" => super::super::vault::workload(model),
        "ovn-central" => plain("waiting", &format!("'ovsdb-peer' incomplete, {awaits}")),
        "ovn-chassis" => plain("waiting", awaits),
        "neutron-api-plugin-ovn" => plain("waiting", &format!("{awaits}, 'ovsdb-cms' incomplete")),
        "barbican-vault" => plain("waiting", "'secrets-storage' incomplete"),
        "octavia" if !app.config.keys().any(|key| key.starts_with("lb-mgmt-")) => {
            plain("blocked", "Missing required certificate configuration, please examine documentation")
        }
        "ceph-osd" if !disk_is_blank(state, model, unit) => {
            let words = "Non-pristine devices detected, consult `list-disks`, `zap-disk` and `blacklist-*` actions.";
            plain("blocked", words)
        }
        _ => charmhub::unit(unit)
            .map_or_else(|| plain("active", "Unit is ready"), |known| Status { since: None, ..known.workload.clone() }),
    }
}

/// Bytes that an image takes beyond which it has been written to.
const BLANK: u64 = 16 << 20;
/// Bytes that an image takes once Ceph has made an OSD of it.
const AN_OSD: u64 = 1_181_116_006;

fn disk_is_blank(state: &State, model: &Model, unit: &str) -> bool {
    let Some(path) = osd_path(model, unit) else { return true };
    let hypervisors = state.hosts.remote.values().filter_map(|remote| remote.hypervisor.as_ref());
    let used: Vec<u64> = hypervisors.filter_map(|found| found.images.get(&path)).map(|image| image.used).collect();
    // Its own OSD is no stranger to the unit.
    model.unit(unit).is_some_and(|(_, found)| found.workload.message.as_deref() == Some("Unit is ready (1 OSD)"))
        || used.iter().all(|used| *used <= BLANK)
}

fn osd_path(model: &Model, unit: &str) -> Option<String> {
    let machine = model.unit(unit)?.1.machine.clone()?;
    let host = &model.machine(&machine)?.hostname;
    Some(format!("/var/lib/libvirt/images/{host}-1.qcow2"))
}

/// What becoming ready brings with it: leadership, ports, the version, an OSD on the disk.
fn finish(state: &mut State, name: &str, unit: &str) {
    let known = charmhub::unit(unit);
    let Some(model) = state.juju.models.get_mut(name) else { return };
    let path = osd_path(model, unit);
    let Some(application) = unit.split('/').next() else { return };
    if application == "vault" {
        model.vault.get_or_insert_with(Default::default);
    }
    let Some(app) = model.applications.get_mut(application) else { return };
    app.version = charmhub::application(application, &app.charm).and_then(|known| known.version.clone());
    let is_osd = app.charm == "ceph-osd";
    let Some(found) = app.units.get_mut(unit) else { return };
    found.open_ports = known.map(|known| known.open_ports.clone()).unwrap_or_default();
    found.leader = known.map_or_else(|| unit.ends_with("/0"), |known| known.leader);
    let active = found.workload.current.as_deref() == Some("active");
    if is_osd && active {
        let hypervisors = state.hosts.remote.values_mut().filter_map(|remote| remote.hypervisor.as_mut());
        let images = hypervisors.filter_map(|hypervisor| hypervisor.images.get_mut(path.as_deref()?));
        images.for_each(|image| image.used = image.used.max(AN_OSD));
    }
}

pub(super) fn unit_mut<'a>(state: &'a mut State, name: &str, unit: &str) -> Option<&'a mut Unit> {
    let application = unit.split('/').next()?;
    state.juju.models.get_mut(name)?.applications.get_mut(application)?.units.get_mut(unit)
}
