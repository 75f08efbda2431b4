//! `juju status` and `juju machines` in the JSON of 3.x.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::documents::{Application, Link, Machine, Model, Unit};
use super::words;
use crate::lab::State;
use crate::lab::answer::{Answer, Effect};

/// The base that every charm of the lab runs on.
const BASE: [&str; 2] = ["ubuntu", "22.04"];

/// `juju status --format json [--utc]`.
pub(super) fn status(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    if !arguments.is_json() || !arguments.words.is_empty() {
        return None;
    }
    let (name, model) = match words::model(&state.juju, arguments) {
        Ok(found) => found,
        Err(answer) => return Some(with_empty_document(answer)),
    };
    let controller = state.juju.current_controller.as_deref().unwrap_or_default();
    let utc = arguments.has("utc");
    let document = json!({
        "model": model_object(&name, controller, model, utc),
        "machines": machine_map(model, utc),
        "applications": application_map(model, utc),
        "storage": {},
        "controller": {"timestamp": words::time_of_day(state.clock.now())},
    });
    let mut answer = words::printed(&document);
    if model.machines.is_empty() && model.applications.is_empty() {
        let empty = format!("Model \"{}/{name}\" is empty.\n", model.owner);
        answer = Answer::ended(Effect::Read, 0, format!("{document}\n"), empty);
    }
    Some(answer)
}

/// `juju machines --format json`.
pub(super) fn machines(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    if !arguments.is_json() {
        return None;
    }
    Some(match words::model(&state.juju, arguments) {
        Ok((name, model)) => {
            words::printed(&json!({"model": name, "machines": machine_map(model, arguments.has("utc"))}))
        }
        Err(answer) => answer,
    })
}

/// A status that failed still prints `{}`.
fn with_empty_document(answer: Answer) -> Answer {
    match answer.reply {
        Ok(crate::transport::Reply::Command { status, stderr, .. }) => {
            Answer::ended(Effect::Read, status, "{}\n", stderr)
        }
        reply => Answer { effect: answer.effect, reply },
    }
}

fn model_object(name: &str, controller: &str, model: &Model, utc: bool) -> Value {
    json!({
        "name": name,
        "type": "iaas",
        "controller": controller,
        "cloud": model.cloud,
        "region": model.region,
        "version": model.agent_version,
        "model-status": words::status(&model.status, utc),
        "sla": "unsupported",
    })
}

fn machine_map(model: &Model, utc: bool) -> Value {
    Value::Object(model.machines.iter().map(|(id, machine)| (id.clone(), machine_object(machine, utc))).collect())
}

fn machine_object(machine: &Machine, utc: bool) -> Value {
    if let Some(error) = &machine.status_error {
        return json!({ "status-error": error });
    }
    let mut shown = Map::new();
    let mut put = |key: &str, value: Value| {
        shown.insert(key.to_string(), value);
    };
    put("juju-status", words::status(&machine.agent, utc));
    put("hostname", machine.hostname.clone().into());
    put("dns-name", machine.dns_name.clone().into());
    put("ip-addresses", machine.addresses.clone().into());
    put("instance-id", machine.instance_id.clone().into());
    put("machine-status", words::status(&machine.instance, utc));
    put("modification-status", words::status(&machine.modification, utc));
    put("base", base());
    put(
        "network-interfaces",
        machine.interfaces.iter().map(|(name, link)| (name.clone(), link_object(link))).collect(),
    );
    machine.display_name.iter().for_each(|name| put("display-name", name.clone().into()));
    machine.controller_member.iter().for_each(|word| put("controller-member-status", word.clone().into()));
    for (key, text) in [("constraints", &machine.constraints), ("hardware", &machine.hardware)] {
        if !text.is_empty() {
            put(key, text.clone().into());
        }
    }
    if !machine.containers.is_empty() {
        let inner = machine.containers.iter().map(|(id, container)| (id.clone(), machine_object(container, utc)));
        put("containers", Value::Object(inner.collect()));
    }
    shown.retain(|_, value| !matches!(value, Value::String(text) if text.is_empty()));
    Value::Object(shown)
}

fn link_object(link: &Link) -> Value {
    let mut shown = Map::new();
    shown.insert("ip-addresses".into(), link.addresses.clone().into());
    shown.insert("mac-address".into(), link.mac.clone().into());
    shown.insert("is-up".into(), (!link.down).into());
    link.space.iter().for_each(|space| drop(shown.insert("space".into(), space.clone().into())));
    link.gateway.iter().for_each(|gateway| drop(shown.insert("gateway".into(), gateway.clone().into())));
    if !link.dns.is_empty() {
        shown.insert("dns-nameservers".into(), link.dns.clone().into());
    }
    Value::Object(shown)
}

fn base() -> Value {
    json!({"name": BASE[0], "channel": BASE[1]})
}

fn application_map(model: &Model, utc: bool) -> Value {
    let shown = model.applications.iter().map(|(name, app)| (name.clone(), application_object(model, name, app, utc)));
    Value::Object(shown.collect())
}

fn application_object(model: &Model, name: &str, app: &Application, utc: bool) -> Value {
    if let Some(error) = &app.status_error {
        return json!({ "status-error": error });
    }
    let mut shown = json!({
        "charm": app.charm,
        "base": base(),
        "charm-origin": "charmhub",
        "charm-name": app.charm,
        "charm-rev": app.revision,
        "charm-channel": app.channel,
        "exposed": false,
        "application-status": application_status(app, utc),
        "endpoint-bindings": app.bindings,
    });
    app.version.iter().for_each(|version| shown["version"] = version.clone().into());
    let relations = relation_map(model, name, app);
    if !relations.is_empty() {
        shown["relations"] = relations.into();
    }
    if app.subordinate {
        shown["subordinate-to"] = principals(model, app).into();
    } else if !app.units.is_empty() {
        let units = app.units.iter().map(|(unit, document)| (unit.clone(), unit_object(model, unit, document, utc)));
        shown["units"] = Value::Object(units.collect());
    }
    shown
}

/// The application's own status, or that of its leader: Juju repeats some unit's.
fn application_status(app: &Application, utc: bool) -> Value {
    let leader = app.units.values().find(|unit| unit.leader).or_else(|| app.units.values().next());
    let found = app.status.as_ref().or(leader.map(|unit| &unit.workload));
    found.map_or_else(|| json!({}), |found| words::status(found, utc))
}

/// Endpoint to the applications at its other end, peers included.
fn relation_map(model: &Model, name: &str, app: &Application) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut put = |endpoint: &str, other: &str, interface: &str, scope: &str| {
        let list = shown.entry(endpoint).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(json!({"related-application": other, "interface": interface, "scope": scope}));
        }
    };
    for (endpoint, interface) in &app.peers {
        put(endpoint, name, interface, "global");
    }
    for relation in &model.relations {
        let [a, b] = &relation.endpoints;
        for (here, there) in [(a, b), (b, a)] {
            let (Some((app, endpoint)), Some((other, _))) = (here.split_once(':'), there.split_once(':')) else {
                continue;
            };
            if app == name {
                put(endpoint, other, &relation.interface, &relation.scope);
            }
        }
    }
    shown
}

fn principals(model: &Model, app: &Application) -> Vec<String> {
    let mut found: Vec<String> = app
        .units
        .values()
        .filter_map(|unit| unit.principal.as_deref())
        .filter_map(|principal| model.unit(principal).map(|(application, _)| application.to_string()))
        .collect();
    found.sort();
    found.dedup();
    found
}

fn unit_object(model: &Model, name: &str, unit: &Unit, utc: bool) -> Value {
    if let Some(error) = &unit.status_error {
        return json!({ "status-error": error });
    }
    let mut shown = json!({
        "workload-status": words::status(&unit.workload, utc),
        "juju-status": words::status(&unit.agent, utc),
    });
    if unit.leader {
        shown["leader"] = true.into();
    }
    unit.machine.iter().for_each(|machine| shown["machine"] = machine.clone().into());
    unit.public_address.iter().for_each(|address| shown["public-address"] = address.clone().into());
    if !unit.open_ports.is_empty() {
        shown["open-ports"] = unit.open_ports.clone().into();
    }
    let beside = subordinates(model, name, utc);
    if !beside.is_empty() {
        shown["subordinates"] = beside.into();
    }
    shown
}

fn subordinates(model: &Model, principal: &str, utc: bool) -> Map<String, Value> {
    let applications = model.applications.values().filter(|app| app.subordinate);
    let units = applications.flat_map(|app| &app.units);
    let beside = units.filter(|(_, unit)| unit.principal.as_deref() == Some(principal));
    beside.map(|(name, unit)| (name.clone(), unit_object(model, name, unit, utc))).collect()
}
