//! What the client lists and shows apart from status: controllers, models, spaces, applications, units.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::documents::{Application, Controller, JujuState, Model};
use super::words::{error, model, model_name, printed, since_words};
use crate::lab::State;
use crate::lab::answer::{Answer, Effect};

/// `juju version`: one line, or a JSON string.
pub(super) fn version(state: &State, arguments: &Arguments) -> Answer {
    let version = &state.juju.client_version;
    if arguments.is_json() {
        printed(&json!(version))
    } else {
        Answer::ended(Effect::Read, 0, format!("{version}\n"), "")
    }
}

/// `juju whoami --format json`. Whoever is not logged in gets prose and status 0.
pub(super) fn whoami(state: &State, arguments: &Arguments) -> Option<Answer> {
    let prose = |words: String| Some(Answer::ended(Effect::Read, 0, "", words));
    let Some((name, controller)) = state.juju.controller() else {
        return prose(
            "There is no current controller.\nRun juju list-controllers to see available controllers.\n".into(),
        );
    };
    if !state.juju.logged_in {
        let model = state.juju.current_model.as_deref().unwrap_or_default();
        return prose(format!(
            "You are not logged in to controller \"{name}\" and model \"{}/{model}\".\nRun juju login if you want to login.\n",
            controller.user
        ));
    }
    let mut shown = json!({"controller": name, "user": controller.user});
    state.juju.current_model.iter().for_each(|model| shown["model"] = model.clone().into());
    arguments.is_json().then(|| printed(&shown))
}

/// `juju controllers --format json`: what the client has on file, so it works without a login.
pub(super) fn controllers(state: &State, arguments: &Arguments) -> Option<Answer> {
    let entry = |(name, controller): (&String, &Controller)| {
        let mut shown = json!({
            "user": controller.user,
            "access": controller.access,
            "recent-server": controller.api_endpoints.first(),
            "uuid": controller.uuid,
            "api-endpoints": controller.api_endpoints,
            "ca-cert": "",
            "cloud": controller.cloud,
            "region": controller.region,
            "agent-version": controller.agent_version,
            "model-count": state.juju.models.len(),
            "machine-count": machine_count(&state.juju),
            "controller-machines": {"Active": 1, "Total": 1},
        });
        if state.juju.current_controller.as_ref() == Some(name) {
            state.juju.current_model.iter().for_each(|model| shown["current-model"] = model.clone().into());
        }
        (name.clone(), shown)
    };
    let all: Map<String, Value> = state.juju.controllers.iter().map(entry).collect();
    let mut shown = json!({"controllers": all});
    state.juju.current_controller.iter().for_each(|name| shown["current-controller"] = name.clone().into());
    arguments.is_json().then(|| printed(&shown))
}

fn machine_count(juju: &JujuState) -> usize {
    juju.models.values().map(|model| model.machines.len()).sum()
}

/// `juju show-controller --format json [NAME]`.
pub(super) fn show_controller(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let juju = &state.juju;
    let name = arguments.words.first().or(juju.current_controller.as_ref())?;
    let Some(controller) = juju.controllers.get(name) else {
        return Some(error(Effect::Read, format!("controller {name} not found")));
    };
    let models: Map<String, Value> = juju.models.iter().map(|(name, model)| (name.clone(), counts(model))).collect();
    let mut shown = json!({
        "details": {
            "uuid": controller.uuid,
            "api-endpoints": controller.api_endpoints,
            "cloud": controller.cloud,
            "region": controller.region,
            "agent-version": controller.agent_version,
            "controller-model-version": controller.agent_version,
            "ca-cert": "",
        },
        "controller-machines": {"0": {"instance-id": "juju"}},
        "models": models,
        "account": {"user": controller.user, "access": controller.access},
    });
    juju.current_model.iter().for_each(|model| shown["current-model"] = format!("{}/{model}", controller.user).into());
    arguments.is_json().then(|| printed(&json!({name: shown})))
}

fn counts(model: &Model) -> Value {
    let mut shown = json!({"uuid": model.uuid});
    if !model.machines.is_empty() {
        shown["machine-count"] = model.machines.len().into();
    }
    shown
}

/// `juju models --format json`.
pub(super) fn models(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let juju = &state.juju;
    let (controller_name, controller) = juju.controller()?;
    let entry = |(name, model): (&String, &Model)| {
        json!({
            "name": format!("{}/{name}", model.owner),
            "short-name": name,
            "model-uuid": model.uuid,
            "model-type": "iaas",
            "controller-uuid": controller.uuid,
            "controller-name": controller_name,
            "is-controller": name == "controller",
            "owner": model.owner,
            "cloud": model.cloud,
            "region": model.region,
            "credential": credential(juju, model),
            "type": juju.clouds.get(&model.cloud).map(|cloud| cloud.kind.clone()),
            "life": "alive",
            "status": {
                "current": model.status.current,
                "since": model.status.since.map(|since| since.strftime("%Y-%m-%d").to_string()),
            },
            "access": "admin",
            "last-connection": "just now",
            "agent-version": model.agent_version,
        })
    };
    let mut shown = json!({"models": juju.models.iter().map(entry).collect::<Vec<_>>()});
    juju.current_model.iter().for_each(|name| shown["current-model"] = name.clone().into());
    arguments.is_json().then(|| printed(&shown))
}

fn credential(juju: &JujuState, model: &Model) -> Value {
    let name = juju.clouds.get(&model.cloud).map(|cloud| cloud.credential.clone());
    json!({"name": name, "owner": model.owner, "cloud": model.cloud})
}

/// `juju show-model --format json [NAME]`.
pub(super) fn show_model(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let juju = &state.juju;
    let (controller_name, controller) = juju.controller()?;
    let name = match (arguments.words.first(), model_name(juju, arguments)) {
        (Some(name), _) => name.clone(),
        (None, Ok(name)) => name,
        (None, Err(answer)) => return Some(answer),
    };
    let short = name.rsplit('/').next().unwrap_or(&name);
    let Some(model) = juju.models.get(short) else {
        return Some(error(Effect::Read, format!("model {controller_name}:{}/{short} not found", controller.user)));
    };
    let shown = json!({
        "name": format!("{}/{short}", model.owner),
        "short-name": short,
        "model-uuid": model.uuid,
        "model-type": "iaas",
        "controller-uuid": controller.uuid,
        "controller-name": controller_name,
        "is-controller": short == "controller",
        "owner": model.owner,
        "cloud": model.cloud,
        "region": model.region,
        "credential": credential(juju, model),
        "type": juju.clouds.get(&model.cloud).map(|cloud| cloud.kind.clone()),
        "life": "alive",
        "status": {"current": model.status.current, "since": model.status.since.map(|since| since_words(since, false))},
        "users": {&controller.user: {"display-name": controller.user, "access": "admin", "last-connection": "just now"}},
        "agent-version": model.agent_version,
    });
    arguments.is_json().then(|| printed(&json!({short: shown})))
}

/// `juju spaces --format json [--short]`.
pub(super) fn spaces(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let model = match model(&state.juju, arguments) {
        Ok((_, model)) => model,
        Err(answer) => return Some(answer),
    };
    if !arguments.is_json() {
        return None;
    }
    if arguments.has("short") {
        return Some(printed(&json!({"spaces": model.spaces.keys().collect::<Vec<_>>()})));
    }
    let entry = |(name, space): (&String, &super::Space)| {
        let subnets: Map<String, Value> = space
            .subnets
            .iter()
            .map(|(cidr, subnet)| {
                let kind = if cidr.contains(':') { "ipv6" } else { "ipv4" };
                let shown = json!({
                    "type": kind,
                    "provider-id": subnet.provider_id,
                    "status": "in-use",
                    "zones": subnet.zones,
                });
                (cidr.clone(), shown)
            })
            .collect();
        json!({"id": space.id, "name": name, "subnets": subnets})
    };
    Some(printed(&json!({"spaces": model.spaces.iter().map(entry).collect::<Vec<_>>()})))
}

/// `juju show-space --format json NAME`.
pub(super) fn show_space(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let name = arguments.words.first()?;
    let model = match model(&state.juju, arguments) {
        Ok((_, model)) => model,
        Err(answer) => return Some(answer),
    };
    let Some(space) = model.spaces.get(name) else {
        return Some(error(Effect::Read, format!("cannot retrieve space \"{name}\": space \"{name}\" not found")));
    };
    let subnets: Vec<Value> = space
        .subnets
        .iter()
        .map(|(cidr, subnet)| json!({"cidr": cidr, "provider-id": subnet.provider_id, "vlan-tag": subnet.vlan_tag}))
        .collect();
    let bound = |app: &&Application| app.bindings.values().any(|space| space == name);
    let applications: Vec<&String> =
        model.applications.iter().filter(|(_, app)| bound(app)).map(|(name, _)| name).collect();
    let shown = json!({
        "space": {"id": space.id, "name": name, "subnets": subnets},
        "applications": applications,
        "machine-count": machines_in(model, name),
    });
    arguments.is_json().then(|| printed(&shown))
}

fn machines_in(model: &Model, space: &str) -> usize {
    let all = model.machines.values().flat_map(|machine| std::iter::once(machine).chain(machine.containers.values()));
    all.filter(|machine| machine.interfaces.values().any(|link| link.space.as_deref() == Some(space))).count()
}

/// `juju show-unit --format json UNIT`.
pub(super) fn show_unit(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let name = arguments.words.first()?;
    let (_, model) = match model(&state.juju, arguments) {
        Ok(found) => found,
        Err(answer) => return Some(answer),
    };
    let Some((application, unit)) = model.unit(name) else {
        return Some(error(Effect::Read, format!("unit \"{name}\" not found")));
    };
    let app = model.applications.get(application)?;
    let machine = model.principal_of(name).and_then(|principal| model.unit(&principal)?.1.machine.clone());
    let related =
        |relation: &&super::Relation| relation.endpoints.iter().any(|end| end.split(':').next() == Some(application));
    let relations: Vec<Value> = model
        .relations
        .iter()
        .enumerate()
        .filter(|(_, relation)| related(relation))
        .map(|(id, relation)| relation_info(id, relation, application))
        .collect();
    let mut shown = json!({
        "machine": machine,
        "opened-ports": unit.open_ports,
        "charm": app.charm,
        "leader": unit.leader,
        "life": "alive",
        "relation-info": relations,
    });
    app.version.iter().for_each(|version| shown["workload-version"] = version.clone().into());
    unit.public_address.iter().for_each(|address| shown["public-address"] = address.clone().into());
    arguments.is_json().then(|| printed(&json!({name: shown})))
}

fn relation_info(id: usize, relation: &super::Relation, application: &str) -> Value {
    let ours = |end: &&String| end.split(':').next() == Some(application);
    let endpoint = |end: &String| end.split(':').nth(1).unwrap_or_default().to_string();
    let here = relation.endpoints.iter().find(ours).map(endpoint);
    let there = relation.endpoints.iter().find(|end| !ours(end)).map(endpoint);
    json!({
        "relation-id": id,
        "endpoint": here,
        "related-endpoint": there,
        "application-data": {},
        "local-unit": {"in-scope": true, "data": null},
    })
}

/// `juju show-application --format json APP`.
pub(super) fn show_application(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let name = arguments.words.first()?;
    let (_, model) = match model(&state.juju, arguments) {
        Ok(found) => found,
        Err(answer) => return Some(answer),
    };
    let Some(app) = model.applications.get(name) else {
        return Some(error(Effect::Read, format!("application \"{name}\" not found")));
    };
    let shown = json!({
        "charm": app.charm,
        "base": "ubuntu@22.04",
        "channel": app.channel,
        "constraints": {"arch": "amd64"},
        "principal": !app.subordinate,
        "exposed": false,
        "remote": false,
        "life": "alive",
        "endpoint-bindings": app.bindings,
    });
    arguments.is_json().then(|| printed(&json!({name: shown})))
}

/// `juju switch [MODEL]`.
pub(super) fn switch(state: &mut State, arguments: &Arguments) -> Answer {
    let controller = state.juju.current_controller.clone().unwrap_or_default();
    let user = state.juju.controller().map_or_else(|| "admin".to_string(), |(_, found)| found.user.clone());
    let full = |model: &str| format!("{controller}:{user}/{model}");
    let current = state.juju.current_model.as_deref().map_or_else(|| controller.clone(), full);
    let Some(target) = arguments.words.first() else {
        return Answer::ended(Effect::Read, 0, format!("{current}\n"), "");
    };
    let short = target.rsplit([':', '/']).next().unwrap_or(target).to_string();
    if !state.juju.models.contains_key(&short) {
        return error(
            Effect::Change,
            format!("cannot determine if \"{target}\" is a valid model: model {} not found", full(&short)),
        );
    }
    let words = format!("{current} -> {}\n", full(&short));
    state.juju.current_model = Some(short);
    Answer::ended(Effect::Change, 0, "", words)
}
