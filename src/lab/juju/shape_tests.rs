//! The lab's documents against captures of the real client: the same keys, of the same types.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::tests::{document, settled};
use crate::lab::conformance::shape::{Shape, each_key, look};

/// Adds the types of a document, with the names of things (applications, units, machines, spaces) taken out of its paths.
fn shape(value: &Value, found: &mut Shape) {
    let named = [
        "machines",
        "containers",
        "applications",
        "units",
        "subordinates",
        "relations",
        "endpoint-bindings",
        "network-interfaces",
        "results",
    ];
    let is_named = |path: &str| named.iter().any(|key| path.ends_with(key));
    look(value, "", &|path, key| if is_named(path) { "*".to_string() } else { each_key(path, key) }, found);
}

fn captures() -> Option<std::path::PathBuf> {
    let found = std::env::var_os("OMEGA_CAPTURES").map(std::path::PathBuf::from);
    if found.is_none() {
        eprintln!("OMEGA_CAPTURES is not set: the lab's Juju was not compared with captures");
    }
    found
}

#[test]
fn every_key_of_status_occurs_in_a_capture_with_the_same_type() {
    let Some(directory) = captures() else { return };
    let mut real = BTreeMap::new();
    let files =
        ["status", "status-expected"].map(|folder| std::fs::read_dir(directory.join("juju").join(folder)).unwrap());
    for file in files.into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        let Ok(value) = serde_json::from_str::<Value>(&text) else { continue };
        let documents = if value.get("applications").is_some() { vec![value] } else { inner(value) };
        documents.iter().for_each(|document| shape(document, &mut real));
    }
    let mut ours = BTreeMap::new();
    shape(&document(&settled(), "status --format json -m openstack"), &mut ours);
    // A subordinate unit or a container has the keys of any unit or machine.
    let plain = |path: &str| path.replace("/subordinates/*", "").replace("/containers/*", "");
    // The source of 3.6 prints a machine's name so where the provider has one; no capture is of a MAAS model.
    ours.remove("/machines/*/display-name");
    for (path, kinds) in &ours {
        let known: BTreeSet<&str> = real
            .iter()
            .filter(|(other, _)| plain(other) == plain(path))
            .flat_map(|(_, kinds)| kinds.iter().copied())
            .collect();
        assert!(kinds.is_subset(&known), "{path} is {kinds:?} here and {known:?} in the captures");
    }
}

/// Statuses within a larger document.
fn inner(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.into_iter().flat_map(inner).collect(),
        Value::Object(map) if map.contains_key("applications") && map.contains_key("machines") => {
            vec![Value::Object(map)]
        }
        Value::Object(map) => map.into_iter().flat_map(|(_, value)| inner(value)).collect(),
        _ => Vec::new(),
    }
}

/// The path with the names of things in it replaced: those at the depths given are names, not keys.
fn folded(path: &str, names: &[usize]) -> String {
    let part = |(at, part)| if names.contains(&at) { "*" } else { part };
    path.split('/').enumerate().map(part).collect::<Vec<_>>().join("/")
}

/// A command, the depths at which its document has names in place of keys, and captures of it.
type Captured = (&'static str, &'static [usize], &'static [&'static str]);

const CAPTURED: &[Captured] = &[
    (
        "models --format json",
        &[],
        &["models/juju-3.6-beta2-list.json", "models/hotsos-sunbeam-models_-c_localhost-localhost.json"],
    ),
    ("controllers --format json", &[2], &["controllers/hotsos-juju-controllers.json"]),
    ("show-controller --format json", &[1, 3], &["show-controller/juju-3.6-beta2-0.json"]),
    ("whoami --format json", &[], &["whoami/juju-3.6-beta2-whoami.json"]),
    ("model-defaults --cloud omega-maas --format json", &[1], &["model-defaults/juju-3.6-beta2-all.json"]),
    (
        "model-config -m openstack --format json",
        &[],
        &["model-config/hotsos-sunbeam-model-config_-m_localhost-localhost_admin.controller.json"],
    ),
    ("spaces -m openstack --format json", &[3], &["spaces/juju-3.6-beta2-list.json"]),
    ("spaces -m openstack --short --format json", &[], &["spaces/juju-3.6-beta2-list-short.json"]),
    ("show-application keystone --format json", &[1, 3], &["show-application/juju-3.6-beta2-one.json"]),
    ("show-unit keystone/0 --format json", &[1, 2], &["show-unit/juju-3.6-beta2-one.json"]),
    (
        "exec --unit keystone/0 --format json -- hostname",
        &[1, 2],
        &["exec/jubilant-unit-1.json", "exec/juju-3.6-beta2-exec-05.json"],
    ),
    ("run vault/0 get-root-ca --format json", &[1, 2], &["run/jubilant-completed-1.json"]),
    ("run vault/0 generate-root-ca --format json", &[1, 2], &["run/jubilant-failure-3.json"]),
];

/// Keys that the sources of 3.6 print and no capture happens to have, or whose type is that of a setting.
fn beyond_captures(line: &str, path: &str) -> bool {
    let run = ["/unit", "/timing"].iter().any(|key| path.contains(key)) && line.starts_with("run");
    let of_setting = line.starts_with("model-") && (path.ends_with("/default") || path.ends_with("/Value"));
    run || of_setting || line.starts_with("run") && path.ends_with("/output")
}

#[test]
fn other_documents_have_the_shape_of_the_captures() {
    let Some(directory) = captures() else { return };
    let lab = settled();
    for (line, names, files) in CAPTURED {
        let (mut ours, mut real) = (BTreeMap::new(), BTreeMap::new());
        shape(&document(&lab, line), &mut ours);
        for file in *files {
            let text = std::fs::read_to_string(directory.join("juju").join(file)).unwrap();
            shape(&serde_json::from_str(&text).unwrap(), &mut real);
        }
        for (path, kinds) in ours.iter().filter(|(path, _)| !beyond_captures(line, path)) {
            let same = real.iter().filter(|(other, _)| folded(other, names) == folded(path, names));
            let known: BTreeSet<&str> = same.flat_map(|(_, kinds)| kinds.iter().copied()).collect();
            assert!(kinds.is_subset(&known), "{line}: {path} is {kinds:?} here and {known:?} in the captures");
        }
    }
}
