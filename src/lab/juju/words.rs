//! Words that several of the client's commands share: errors, times, which model is meant.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::documents::{JujuState, Model, Status};
use crate::lab::State;
use crate::lab::answer::{Answer, Effect};

/// A failed command: nothing on standard output, a line on standard error, status 1.
pub(super) fn error(effect: Effect, message: impl std::fmt::Display) -> Answer {
    Answer::ended(effect, 1, "", format!("ERROR {message}\n"))
}

/// A document on standard output, as the client prints it: one line.
pub(super) fn printed(value: &Value) -> Answer {
    Answer::ended(Effect::Read, 0, format!("{value}\n"), "")
}

/// The refusal of every command that needs the controller, when there is none or the login is gone.
pub(super) fn not_connected(state: &State) -> Option<Answer> {
    let Some((name, controller)) = state.juju.controller() else {
        let words = "No selected controller.\n\nPlease use \"juju switch\" to select a controller.\n";
        return Some(Answer::ended(Effect::Read, 1, "", format!("ERROR {words}")));
    };
    if state.juju.logged_in {
        return None;
    }
    let prompt = format!("please enter password for {} on {name}: \n", controller.user);
    let refusal = format!("ERROR cannot log into controller \"{name}\": cannot read password: EOF\n");
    Some(Answer::ended(Effect::Read, 1, "", format!("{prompt}{refusal}")))
}

/// The short name of the model that is meant: `-m`, or the current one. Juju's own words otherwise.
pub(super) fn model_name(juju: &JujuState, arguments: &Arguments) -> Result<String, Answer> {
    let controller = juju.current_controller.as_deref().unwrap_or_default();
    let Some(given) = arguments.value("model") else {
        return juju.current_model.clone().ok_or_else(no_model);
    };
    let short = given.rsplit([':', '/']).next().unwrap_or(given);
    if juju.models.contains_key(short) {
        return Ok(short.to_string());
    }
    let owned = given.rsplit(':').next().unwrap_or(given);
    let owner = juju.controller().map_or("admin", |(_, controller)| controller.user.as_str());
    let owned = if owned.contains('/') { owned.to_string() } else { format!("{owner}/{owned}") };
    Err(error(Effect::Read, format!("model {controller}:{owned} not found")))
}

fn no_model() -> Answer {
    error(Effect::Read, "No selected model.\n\nPlease use \"juju switch\" to select a model.\n")
}

/// The model that is meant.
pub(super) fn model<'a>(juju: &'a JujuState, arguments: &Arguments) -> Result<(String, &'a Model), Answer> {
    let name = model_name(juju, arguments)?;
    match juju.models.get(&name) {
        Some(model) => Ok((name, model)),
        None => Err(error(Effect::Read, format!("model {name} not found"))),
    }
}

/// A status object. What is not set is left out, and an unset status is `{}`.
pub(super) fn status(status: &Status, utc: bool) -> Value {
    if let Some(error) = &status.error {
        return json!({ "status-error": error });
    }
    let mut shown = Map::new();
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            shown.insert(key.to_string(), value.into());
        }
    };
    put("current", status.current.clone());
    put("message", status.message.clone());
    put("since", status.since.map(|since| since_words(since, utc)));
    put("version", status.version.clone());
    Value::Object(shown)
}

/// `24 Feb 2025 12:02:57Z`, or with `--utc` `2025-02-24 12:02:57Z`. The lab's jumphost keeps UTC.
pub(super) fn since_words(at: Timestamp, utc: bool) -> String {
    at.strftime(if utc { "%Y-%m-%d %H:%M:%SZ" } else { "%d %b %Y %H:%M:%SZ" }).to_string()
}

/// The time of day that ends a status, e.g. `14:22:35Z`.
pub(super) fn time_of_day(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

/// A task's time, e.g. `2015-02-14 08:17:00 +0000 UTC`.
pub(super) fn task_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string()
}
