//! `juju run`: the actions of the charms, and the ways in which one does not run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::documents::{Model, Task};
use super::tasks::{self, Order};
use super::words::{error, model_name};
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
    let parameters = match parameters(pairs) {
        Ok(parameters) => parameters,
        Err(answer) => return Some(answer),
    };
    let units: Vec<String> = units.iter().map(|unit| tasks::resolve(model, unit)).collect();
    let refusals: Vec<String> = units.iter().filter_map(|unit| refusal(model, unit, action)).collect();
    let mut done = Vec::new();
    for unit in units.iter().filter(|unit| refusal(model, unit, action).is_none()) {
        done.push(perform(state, &name, unit, action).unwrap_or_else(|| Err(not_simulated(command))));
    }
    let done: Result<Vec<Task>, Answer> = done.into_iter().collect();
    let order = Order { action: action.clone(), parameters, summary: format!("{action} run on {}", units.join(", ")) };
    Some(match done {
        Ok(done) => tasks::finish(state, &name, order, done, &refusals, Effect::Acts),
        Err(answer) => answer,
    })
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

fn perform(state: &State, model: &str, unit: &str, action: &str) -> Option<Result<Task, Answer>> {
    let model = state.juju.models.get(model)?;
    let (application, _) = model.unit(unit)?;
    let charm = model.applications.get(application)?.charm.as_str();
    let root_ca = model.vault.as_ref().and_then(|vault| vault.root_ca.as_deref());
    let task = match (charm, action) {
        ("vault", "get-root-ca") => match root_ca {
            Some(pem) => completed(unit, "output", pem.trim_end()),
            None => failed(unit, "Vault is not authorized, or has no root CA yet"),
        },
        ("vault", "generate-root-ca") if root_ca.is_some() => failed(unit, "PKI CA already configured"),
        ("keystone", "get-admin-password") => completed(unit, "admin-password", &admin_password(state)?),
        _ => return None,
    };
    Some(Ok(task))
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
