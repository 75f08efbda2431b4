//! What the store knows of a charm: revision, endpoints, whether it is a subordinate, and how its units end up.
//!
//! The store is the settled stage read backwards: a charm that does not occur there is not in it. What a bundle asks for
//! (counts, placement, options, spaces, relations) is never taken from here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

use super::documents::{Application, Machine, Model, Unit};
use crate::lab::hosts::Host;
use crate::lab::stages;

/// The settled model, and the inside of its units.
struct Store {
    model: Model,
    hosts: BTreeMap<String, Host>,
}

static STORE: LazyLock<Option<Store>> = LazyLock::new(|| {
    let model = value_at(stages::patch_of("settled", "juju")?, "/models/openstack")?;
    let hosts = value_at(stages::patch_of("settled", "hosts")?, "/units")?;
    Some(Store { model: serde_json::from_value(model).ok()?, hosts: serde_json::from_value(hosts).ok()? })
});

fn value_at(patch: &str, path: &str) -> Option<Value> {
    let operations: Vec<Value> = serde_json::from_str(patch).ok()?;
    operations.into_iter().find(|operation| operation["path"] == path).map(|mut operation| operation["value"].take())
}

fn settled() -> Option<&'static Model> {
    STORE.as_ref().map(|store| &store.model)
}

/// An application of that charm, for what does not depend on its name.
pub(super) fn charm(name: &str) -> Option<&'static Application> {
    settled()?.applications.values().find(|app| app.charm == name)
}

/// The application of that name and charm; any of that charm otherwise.
pub(super) fn application(name: &str, of: &str) -> Option<&'static Application> {
    settled()?.applications.get(name).filter(|app| app.charm == of).or_else(|| charm(of))
}

/// How the unit ends up.
pub(super) fn unit(name: &str) -> Option<&'static Unit> {
    let application = name.split('/').next()?;
    settled()?.applications.get(application)?.units.get(name)
}

/// The machine that is that host.
pub(super) fn machine_of(hostname: &str) -> Option<&'static Machine> {
    settled()?.machines.values().find(|machine| machine.hostname == hostname)
}

/// The host that a machine id falls on when nothing else is asked.
pub(super) fn host_of(id: &str) -> Option<&'static str> {
    settled()?.machines.get(id).map(|machine| machine.hostname.as_str())
}

/// A container as it ends up.
pub(super) fn container(id: &str) -> Option<&'static Machine> {
    settled()?.machine(id)
}

/// The inside of a unit's machine.
pub(super) fn inside(unit: &str) -> Option<&'static Host> {
    STORE.as_ref()?.hosts.get(unit)
}

/// The endpoints that a charm has.
pub(super) fn endpoints(name: &str) -> BTreeSet<String> {
    let Some(model) = settled() else { return BTreeSet::new() };
    let of_charm = |application: &str| model.applications.get(application).is_some_and(|app| app.charm == name);
    let related = model.relations.iter().flat_map(|relation| &relation.endpoints).filter_map(|end| {
        let (application, endpoint) = end.split_once(':')?;
        of_charm(application).then(|| endpoint.to_string())
    });
    let apps = model.applications.values().filter(|app| app.charm == name);
    related.chain(apps.flat_map(|app| app.peers.keys().chain(app.bindings.keys()).cloned())).collect()
}

/// Interface and scope of a relation between two charms' endpoints, each `charm:endpoint`.
pub(super) fn interface(ends: &[String; 2]) -> Option<(String, String)> {
    let model = settled()?;
    let by_charm = |end: &String| {
        let (application, endpoint) = end.split_once(':')?;
        Some(format!("{}:{endpoint}", model.applications.get(application)?.charm))
    };
    let wanted: BTreeSet<&String> = ends.iter().collect();
    let found = model.relations.iter().find(|relation| {
        let ends: BTreeSet<String> = relation.endpoints.iter().filter_map(by_charm).collect();
        ends.iter().collect::<BTreeSet<_>>() == wanted
    })?;
    Some((found.interface.clone(), found.scope.clone()))
}

/// The root certificate that a Vault of the lab makes: the same one each time, as its key must be.
pub(super) fn root_ca() -> Option<String> {
    settled()?.vault.as_ref()?.root_ca.clone()
}

/// The keys of the settled stage's Vault.
pub(super) fn keys() -> Option<super::vault::Keys> {
    settled()?.vault.as_ref()?.keys.clone()
}
