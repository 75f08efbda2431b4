//! Configuration: a cloud's model defaults, a model's settings, an application's options; reading and setting them.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::documents::{ConfigValue, ConstrainedDefault, JujuState};
use super::words::{error, model_name, printed};
use crate::lab::State;
use crate::lab::answer::{Answer, Effect};

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
        let regions: Vec<Value> =
            entry.regions.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        if !regions.is_empty() {
            object.insert("regions".into(), regions.into());
        }
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
