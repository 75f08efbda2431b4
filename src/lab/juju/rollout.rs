//! What happens by itself after a deploy, and after the certificates can be handed out, over the simulated clock.
//!
//! Nothing is queued: when a thing reaches its next phase is computed from its place and name, and moving the clock
//! applies the phases that came due. What was set by hand in between stays until its thing moves again.

use serde::{Deserialize, Serialize};

use super::documents::{Machine, Model, Status, Unit};
use super::schedule::{self, Phase};
use super::{charmhub, deploy};
use crate::lab::State;
use crate::lab::hosts::File;
use crate::lab::maas::{Status as Life, life};
use crate::lab::stages;

/// Something that is under way in a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollout {
    /// What.
    pub what: Rolling,
    /// When it began, in seconds of the lab's clock.
    pub since: u64,
    /// Up to when it was carried on, in seconds since then.
    pub reached: u64,
}

/// What may be under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rolling {
    /// Machines, containers and units come up.
    Deploy,
    /// Vault's certificates reach everyone who waits for them.
    Certificates,
}

impl Rollout {
    /// A deploy that begins now.
    pub(super) fn deploy(seconds: u64) -> Self {
        Rollout { what: Rolling::Deploy, since: seconds, reached: 0 }
    }

    /// Certificates that are handed out from now on.
    pub(super) fn certificates(seconds: u64) -> Self {
        Rollout { what: Rolling::Certificates, since: seconds, reached: 0 }
    }
}

/// Carries every model on to the clock's time.
pub(in crate::lab) fn pass_time(state: &mut State) {
    let under_way: Vec<String> =
        state.juju.models.iter().filter(|(_, model)| model.rollout.is_some()).map(|(name, _)| name.clone()).collect();
    for name in under_way {
        carry_on(state, &name);
    }
    super::vault::pass_time(state);
}

fn carry_on(state: &mut State, name: &str) {
    let seconds = state.clock.seconds;
    let Some(mut rollout) = state.juju.models.get(name).and_then(|model| model.rollout.clone()) else { return };
    let to = seconds.saturating_sub(rollout.since);
    if to <= rollout.reached {
        return;
    }
    let is_over = match rollout.what {
        Rolling::Deploy => {
            machines(state, name, &rollout, to);
            units(state, name, &rollout, to);
            to >= schedule::SETTLED
        }
        Rolling::Certificates => {
            certificates(state, name, &rollout, to);
            to >= schedule::CERTIFIED
        }
    };
    rollout.reached = to;
    if let Some(model) = state.juju.models.get_mut(name) {
        model.rollout = (!is_over).then_some(rollout);
    }
}

/// When second `at` of a rollout was.
fn moment(state: &State, rollout: &Rollout, at: u64) -> jiff::Timestamp {
    let seconds = (rollout.since + at) as i64;
    state.clock.epoch.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(jiff::Timestamp::MAX)
}

/// The last phase that came due between what was reached and now.
fn due(times: &[(u64, Phase)], rollout: &Rollout, to: u64) -> Option<(u64, Phase)> {
    times.iter().rev().find(|(at, _)| *at > rollout.reached && *at <= to).copied()
}

// ------------------------------------------------------------------------------------------------ machines

fn machines(state: &mut State, name: &str, rollout: &Rollout, to: u64) {
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

// ------------------------------------------------------------------------------------------------ units

fn units(state: &mut State, name: &str, rollout: &Rollout, to: u64) {
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
    File { mode: "0644".to_string(), text: lines.chain(["search maas\n".to_string()]).collect() }
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
        "vault" => super::vault::workload(model),
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

fn unit_mut<'a>(state: &'a mut State, name: &str, unit: &str) -> Option<&'a mut Unit> {
    let application = unit.split('/').next()?;
    state.juju.models.get_mut(name)?.applications.get_mut(application)?.units.get_mut(unit)
}

// ------------------------------------------------------------------------------------------------ certificates

fn certificates(state: &mut State, name: &str, rollout: &Rollout, to: u64) {
    let Some(model) = state.juju.models.get(name) else { return };
    let of_charm = |unit: &String| {
        unit.split('/').next().and_then(|name| model.applications.get(name)).map(|app| app.charm.clone())
    };
    let all: Vec<(String, String)> = model
        .applications
        .values()
        .flat_map(|app| app.units.keys())
        .filter_map(|unit| Some((unit.clone(), of_charm(unit)?)))
        .collect();
    for (unit, charm) in all {
        let Some((at, phase)) = due(&schedule::certificate(&unit, &charm), rollout, to) else { continue };
        let now = moment(state, rollout, at);
        certify(state, name, &unit, phase, now);
    }
    if rollout.reached < schedule::SERVED && to >= schedule::SERVED {
        open_cloud(state, name);
    }
}

fn certify(state: &mut State, name: &str, unit: &str, phase: Phase, now: jiff::Timestamp) {
    let stuck = state.juju.stuck_units.get(unit).cloned();
    let Some(found) = unit_mut(state, name, unit) else { return };
    let version = found.agent.version.clone();
    let agent = |word: &str, message: &str| Status { version: version.clone(), ..status(word, message, now) };
    if phase == Phase::Relating {
        found.agent = agent("executing", "running certificates-relation-changed hook");
        return;
    }
    if let Some(stuck) = stuck {
        found.workload = Status { since: Some(now), ..stuck };
    } else if let Some(known) = charmhub::unit(unit) {
        found.workload = Status { since: Some(now), ..known.workload.clone() };
    }
    found.agent = if phase == Phase::Ready {
        agent("idle", "")
    } else {
        agent("executing", "running certificates-relation-changed hook")
    };
}

/// The services answer over TLS, and Keystone's catalog is whole.
fn open_cloud(state: &mut State, name: &str) {
    // Both documents are the project's own; that they apply is held by the stages' tests.
    let _ = stages::lay_over(state, "settled", &["openstack", "web"]);
    let application = charmhub::application("keystone", "keystone").and_then(|known| known.status.clone());
    let keystone = state.juju.models.get_mut(name).and_then(|model| model.applications.get_mut("keystone"));
    keystone.into_iter().for_each(|app| app.status = application.clone());
}

/// Nothing of the cloud answers any more.
pub(super) fn clear_cloud(state: &mut State) {
    let _ = stages::back_to_base(state, &["openstack", "web"]);
}

fn status(word: &str, message: &str, now: jiff::Timestamp) -> Status {
    let message = Some(message.to_string()).filter(|message| !message.is_empty());
    Status { current: Some(word.to_string()), message, since: Some(now), ..Status::default() }
}
