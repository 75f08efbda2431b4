//! `juju run`: the actions of the charms, and the ways in which one does not run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::documents::{Model, Task};
use super::rollout::Rollout;
use super::tasks::{self, Order};
use super::words::{error, model_name};
use super::{charmhub, octavia, vault};
use crate::lab::State;
use crate::lab::answer::{Answer, Effect};
use crate::transport::{Command, Request};

/// Actions that the charms define, by charm. The lab does the first group of each and does not answer the rest.
const DEFINED: &[(&str, &[&str])] = &[
    ("keystone", &["get-admin-password", "openstack-upgrade", "pause", "resume", "security-checklist"]),
    ("octavia", &["configure-resources", "openstack-upgrade", "pause", "resume", "security-checklist"]),
    ("octavia-diskimage-retrofit", &["retrofit-image"]),
    ("magnum", &["domain-setup", "openstack-upgrade", "pause", "resume"]),
    (
        "vault",
        &[
            "authorize-charm",
            "disable-pki",
            "generate-root-ca",
            "get-csr",
            "get-root-ca",
            "pause",
            "raft-state",
            "refresh-secrets",
            "reissue-certificates",
            "restart",
            "resume",
            "upload-signed-csr",
        ],
    ),
    (
        "mysql-innodb-cluster",
        &["cluster-status", "mysqldump", "reboot-cluster-from-complete-outage", "rejoin-instance"],
    ),
];

/// `juju run UNIT ... ACTION [KEY=VALUE ...] --format json [--wait=...]`.
pub(super) fn run(state: &mut State, arguments: &Arguments, command: &Command) -> Option<Answer> {
    let name = match model_name(&state.juju, arguments) {
        Ok(name) => name,
        Err(answer) => return Some(answer),
    };
    let model = state.juju.models.get(&name)?;
    let split = arguments.words.iter().position(|word| !word.contains('/')).unwrap_or(arguments.words.len());
    let (units, rest) = arguments.words.split_at(split);
    let Some((action, pairs)) = rest.split_first() else {
        return Some(Answer::ended(Effect::Read, 1, "", "ERROR no action specified\n"));
    };
    if units.is_empty() {
        return Some(Answer::ended(Effect::Read, 1, "", "ERROR no unit specified\n"));
    }
    if !arguments.is_json() {
        return None;
    }
    let parameters = match file_parameters(state, arguments).and_then(|mut all| {
        all.extend(parameters(pairs)?);
        Ok(all)
    }) {
        Ok(parameters) => parameters,
        Err(answer) => return Some(answer),
    };
    let effect = if CHANGING.contains(&action.as_str()) { Effect::Change } else { Effect::Acts };
    let units: Vec<String> = units.iter().map(|unit| tasks::resolve(model, unit)).collect();
    let refusals: Vec<String> = units.iter().filter_map(|unit| refusal(model, unit, action)).collect();
    let willing: Vec<String> = units.iter().filter(|unit| refusal(model, unit, action).is_none()).cloned().collect();
    let mut done = Vec::new();
    for unit in &willing {
        done.push(perform(state, &name, unit, action, &parameters).unwrap_or_else(|| Err(not_simulated(command))));
    }
    let done: Result<Vec<Task>, Answer> = done.into_iter().collect();
    let order = Order { action: action.clone(), parameters, summary: format!("{action} run on {}", units.join(", ")) };
    Some(match done {
        Ok(done) => tasks::finish(state, &name, order, done, &refusals, effect),
        Err(answer) => answer,
    })
}

/// Actions that change more than a record.
const CHANGING: [&str; 4] = ["authorize-charm", "configure-resources", "generate-root-ca", "retrofit-image"];

/// The parameters in the file of `--params`, which lies on the jumphost.
fn file_parameters(state: &State, arguments: &Arguments) -> Result<BTreeMap<String, Value>, Answer> {
    let Some(path) = arguments.value("params") else { return Ok(BTreeMap::new()) };
    let unreadable = |why: &str| error(Effect::Read, format!("open {path}: {why}"));
    let file = state.hosts.jumphost.files.get(path).ok_or_else(|| unreadable("no such file or directory"))?;
    serde_saphyr::from_str(&file.text).map_err(|fault| unreadable(&fault.to_string()))
}

fn parameters(pairs: &[String]) -> Result<BTreeMap<String, Value>, Answer> {
    let pair = |word: &String| match word.split_once('=') {
        Some((key, value)) => Ok((key.to_string(), Value::from(value))),
        None => Err(error(Effect::Read, format!("argument \"{word}\" must be of the form key.key.key...=value"))),
    };
    pairs.iter().map(pair).collect()
}

/// Why Juju would not queue the action on this unit.
fn refusal(model: &Model, unit: &str, action: &str) -> Option<String> {
    if let Some(application) = unit.strip_suffix("/leader") {
        return Some(format!("could not determine leader for \"{application}\""));
    }
    let Some((application, _)) = model.unit(unit) else {
        return Some(format!("unit \"{unit}\" not found"));
    };
    let charm = &model.applications.get(application)?.charm;
    let defined = DEFINED.iter().any(|(name, actions)| name == charm && actions.contains(&action));
    (!defined).then(|| format!("action \"{action}\" not defined on unit \"{unit}\""))
}

fn not_simulated(command: &Command) -> Answer {
    Answer::unknown(Request::from(command.clone()))
}

fn perform(
    state: &mut State,
    name: &str,
    unit: &str,
    action: &str,
    parameters: &BTreeMap<String, Value>,
) -> Option<Result<Task, Answer>> {
    let model = state.juju.models.get(name)?;
    let (application, _) = model.unit(unit)?;
    let charm = model.applications.get(application)?.charm.clone();
    let text = |key: &str| parameters.get(key).and_then(Value::as_str).unwrap_or_default();
    let task = match (charm.as_str(), action) {
        ("vault", "get-root-ca") => match model.vault.as_ref().and_then(|vault| vault.root_ca.as_deref()) {
            Some(pem) => completed(unit, "output", pem.trim_end()),
            None => failed(unit, "Vault is not authorized, or has no root CA yet"),
        },
        ("vault", "authorize-charm") => after(unit, authorize(state, name, text("token"))),
        ("vault", "generate-root-ca") => match generate_root_ca(state, name) {
            Ok(pem) => completed(unit, "output", pem.trim_end()),
            Err(why) => failed(unit, &why),
        },
        ("octavia", "configure-resources") => after(unit, octavia::configure_resources(state, name, unit)),
        ("octavia-diskimage-retrofit", "retrofit-image") => {
            let force = parameters.get("force").is_some_and(|value| value == true || value == "true");
            after(unit, octavia::retrofit(state, name, text("source-image"), force))
        }
        ("keystone", "get-admin-password") => completed(unit, "admin-password", &admin_password(state)?),
        _ => return None,
    };
    Some(Ok(task))
}

fn authorize(state: &mut State, name: &str, token: &str) -> Result<(), String> {
    let seconds = state.clock.seconds;
    let vault = state.juju.models.get_mut(name).and_then(|model| model.vault.as_mut()).ok_or("Vault is not running")?;
    if !vault.accepts(token, seconds) {
        return Err("permission denied: the token is not accepted, or Vault is sealed".to_string());
    }
    vault.authorized = true;
    vault::look(state, name);
    Ok(())
}

/// The certificates go out from now on.
fn generate_root_ca(state: &mut State, name: &str) -> Result<String, String> {
    let seconds = state.clock.seconds;
    let model = state.juju.models.get_mut(name).ok_or("no model")?;
    let vault = model.vault.get_or_insert_with(Default::default);
    if vault.root_ca.is_some() {
        return Err("PKI CA already configured".to_string());
    }
    if !vault.authorized || !vault.unsealed {
        return Err("Vault is not authorized or sealed".to_string());
    }
    let pem = charmhub::root_ca().ok_or("no certificate could be made")?;
    vault.root_ca = Some(pem.clone());
    model.rollout = Some(Rollout::certificates(seconds));
    vault::look(state, name);
    Ok(pem)
}

fn after(unit: &str, outcome: Result<(), String>) -> Task {
    match outcome {
        Ok(()) => Task {
            host: unit.to_string(),
            status: "completed".to_string(),
            message: None,
            results: BTreeMap::from([("return-code".to_string(), json!(0))]),
        },
        Err(why) => failed(unit, &why),
    }
}

/// What Keystone has for the administrator; without the user, the charm's leader data is empty.
fn admin_password(state: &State) -> Option<String> {
    let domain = state.openstack.keystone.domains.get("admin_domain")?;
    domain.users.get("admin").map(|user| user.password.clone())
}

fn completed(unit: &str, key: &str, value: &str) -> Task {
    let results = BTreeMap::from([("return-code".to_string(), json!(0)), (key.to_string(), value.into())]);
    Task { host: unit.to_string(), status: "completed".to_string(), message: None, results }
}

/// A charm that called action-fail: the status says so, the return code is 0.
fn failed(unit: &str, message: &str) -> Task {
    Task {
        host: unit.to_string(),
        status: "failed".to_string(),
        message: Some(message.to_string()),
        results: BTreeMap::from([("return-code".to_string(), json!(0))]),
    }
}
