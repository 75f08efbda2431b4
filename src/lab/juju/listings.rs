//! What the client lists and shows apart from status: controllers, models, spaces, configuration, units.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::documents::{Application, ConfigValue, ConstrainedDefault, Controller, JujuState, Model};
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

/// `juju model-defaults --format json [--cloud NAME] [KEY]`, and `KEY=VALUE`, which is not checked by Juju.
pub(super) fn model_defaults(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let cloud = match cloud_name(&state.juju, arguments) {
        Ok(cloud) => cloud,
        Err(answer) => return Some(answer),
    };
    let set: Vec<(&str, &str)> = arguments.words.iter().filter_map(|word| word.split_once('=')).collect();
    if !set.is_empty() {
        return Some(set_defaults(state, &cloud, &set));
    }
    let defaults = &state.juju.clouds.get(&cloud)?.model_defaults;
    let shown = |entry: &ConstrainedDefault| {
        let mut object = Map::new();
        entry.default.iter().for_each(|value| drop(object.insert("default".into(), value.clone())));
        entry.controller.iter().for_each(|value| drop(object.insert("controller".into(), value.clone())));
        Value::Object(object)
    };
    let Some(key) = arguments.words.first() else {
        let all: Map<String, Value> = defaults.iter().map(|(key, entry)| (key.clone(), shown(entry))).collect();
        return arguments.is_json().then(|| printed(&all.into()));
    };
    let Some(entry) = defaults.get(key) else {
        return Some(error(Effect::Read, format!("there are no default model values for \"{key}\"")));
    };
    arguments.is_json().then(|| printed(&json!({key: shown(entry)})))
}

fn cloud_name(juju: &JujuState, arguments: &Arguments) -> Result<String, Answer> {
    let names: Vec<&str> = juju.clouds.keys().map(String::as_str).collect();
    match (arguments.value("cloud"), names.as_slice()) {
        (Some(name), _) if juju.clouds.contains_key(name) => Ok(name.to_string()),
        (Some(name), _) => Err(error(Effect::Read, format!("cloud {name} not found"))),
        (None, [only]) => Ok((*only).to_string()),
        (None, _) => Err(error(
            Effect::Read,
            format!(
                "You haven't specified a cloud and more than one exists on this controller.\n\
                 Specify one of the following clouds for which to process model defaults:\n    {}\n",
                names.join(",")
            ),
        )),
    }
}

fn set_defaults(state: &mut State, cloud: &str, set: &[(&str, &str)]) -> Answer {
    if let Some(cloud) = state.juju.clouds.get_mut(cloud) {
        for (key, value) in set {
            cloud.model_defaults.entry((*key).to_string()).or_default().controller = Some((*value).into());
        }
    }
    Answer::ended(Effect::Change, 0, "", "")
}

/// `juju model-config --format json [KEY]`, and `KEY=VALUE`, which does check that a default space exists.
pub(super) fn model_config(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let name = match model_name(&state.juju, arguments) {
        Ok(name) => name,
        Err(answer) => return Some(answer),
    };
    if let Some((key, value)) = arguments.words.iter().find_map(|word| word.split_once('=')) {
        return Some(set_model_config(state, &name, key, value));
    }
    let config = &state.juju.models.get(&name)?.config;
    let Some(key) = arguments.words.first() else {
        let shown = |(key, entry): (&String, &ConfigValue)| {
            (key.clone(), json!({"Value": entry.value, "Source": entry.source}))
        };
        return arguments.is_json().then(|| printed(&Value::Object(config.iter().map(shown).collect())));
    };
    let Some(entry) = config.get(key) else {
        return Some(error(Effect::Read, format!("key \"{key}\" not found in \"{name}\" model.")));
    };
    Some(if arguments.is_json() { printed(&entry.value) } else { bare(&entry.value) })
}

fn set_model_config(state: &mut State, name: &str, key: &str, value: &str) -> Answer {
    let Some(model) = state.juju.models.get_mut(name) else {
        return error(Effect::Change, format!("model {name} not found"));
    };
    if key == "default-space" && !value.is_empty() && !model.spaces.contains_key(value) {
        return error(
            Effect::Change,
            format!("\"default-space\" value \"{value}\" not valid: space \"{value}\" not found"),
        );
    }
    let entry = ConfigValue { value: value.into(), source: "model".to_string() };
    model.config.insert(key.to_string(), entry);
    Answer::ended(Effect::Change, 0, "", "")
}

/// `juju config APP --format json`, `config APP KEY` (the bare value, whatever the format), `config APP KEY=VALUE`.
pub(super) fn config(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let (application, rest) = arguments.words.split_first()?;
    let name = match model_name(&state.juju, arguments) {
        Ok(name) => name,
        Err(answer) => return Some(answer),
    };
    let effect = if rest.iter().any(|word| word.contains('=')) { Effect::Change } else { Effect::Read };
    if !state.juju.models.get(&name)?.applications.contains_key(application) {
        return Some(error(effect, format!("application \"{application}\" not found")));
    }
    if effect == Effect::Change {
        let app = state.juju.models.get_mut(&name)?.applications.get_mut(application)?;
        let set = rest.iter().filter_map(|word| word.split_once('='));
        set.for_each(|(key, value)| drop(app.config.insert(key.to_string(), typed(value))));
        return Some(Answer::ended(Effect::Change, 0, "", ""));
    }
    let app = state.juju.models.get(&name)?.applications.get(application)?;
    if let Some(key) = rest.first() {
        return Some(app.config.get(key).map_or_else(
            || {
                error(
                    Effect::Read,
                    format!("key \"{key}\" not found in \"{application}\" application config or charm settings."),
                )
            },
            bare,
        ));
    }
    let settings: Map<String, Value> = app.config.iter().map(|(key, value)| (key.clone(), setting(value))).collect();
    let shown = json!({
        "application": application,
        "application-config": {
            "trust": {
                "default": false,
                "description": "Does this application have access to trusted credentials",
                "source": "default",
                "type": "bool",
                "value": false,
            },
        },
        "charm": app.charm,
        "settings": settings,
    });
    arguments.is_json().then(|| printed(&shown))
}

fn setting(value: &Value) -> Value {
    json!({"description": "", "source": "user", "type": option_type(value), "value": value})
}

fn option_type(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(_) => "int",
        _ => "string",
    }
}

/// The type of a value given on the command line, as YAML would read it.
fn typed(text: &str) -> Value {
    match text {
        "true" | "True" => true.into(),
        "false" | "False" => false.into(),
        text => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
    }
}

fn bare(value: &Value) -> Answer {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_string);
    Answer::ended(Effect::Read, 0, format!("{text}\n"), "")
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
