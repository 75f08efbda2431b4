//! Models, spaces, defaults, configuration and the login.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{in_model, judge};
use crate::handle;
use crate::host::{Call, Setting, Stop};
use crate::primitives::forms;
use crate::primitives::reply::{outcome, the_one};
use crate::script::{Handle, List, Primitive, Source, Vocabulary};
use crate::transport::{Command, Request};

/// The lives of a model.
pub static LIFE: Vocabulary = Vocabulary::closed("life of a model in Juju", &["alive", "dying", "dead", ""]);

handle! {
    /// A model of the controller, by its short name.
    #[derive(Deserialize)]
    JujuModel("juju model") by name {
        /// Its name without the owner.
        #[serde(rename = "short-name")]
        name: String,
        /// Its owner.
        owner: String,
        /// Its UUID: a rebuilt model has another.
        #[serde(rename = "model-uuid")]
        uuid: String,
        /// The controller that runs it.
        #[serde(rename = "controller-name")]
        controller: String,
        /// The cloud it is on.
        cloud: String,
        /// Whether it is the controller's own.
        #[serde(rename = "is-controller")]
        is_controller: bool,
        /// Whether it is being destroyed; "" where Juju does not tell.
        life in LIFE: String,
        /// The version of its agents, if Juju tells.
        #[serde(rename = "agent-version", default)]
        version: Option<String>,
    } hidden {
        /// Its name with its owner: Juju says both, and they are to agree.
        #[serde(rename = "name")]
        full_name: String,
    }
}

handle! {
    /// A space of the model, by name.
    JujuSpace("juju space") by name {
        /// Its name.
        name in forms::SPACE: String,
        /// The CIDRs of its subnets, sorted; Juju may put a broken one here in words.
        subnets: Vec<String>,
    }
}

handle! {
    /// Who is logged in, and where.
    JujuLogin("juju login") by user {
        /// The user.
        user: String,
        /// The controller.
        controller: String,
        /// The selected model, if one is.
        model: Option<String>,
    }
}

#[derive(Deserialize)]
struct ModelList {
    models: Vec<JujuModel>,
}

#[derive(Deserialize)]
struct SpaceList {
    spaces: Vec<SpaceRow>,
}

#[derive(Deserialize)]
struct SpaceRow {
    name: String,
    subnets: BTreeMap<String, SubnetRow>,
}

/// Only that it is an object matters: the key is the CIDR.
#[derive(Deserialize)]
struct SubnetRow {}

#[derive(Deserialize)]
struct LoginRow {
    controller: String,
    #[serde(default)]
    model: Option<String>,
    user: String,
}

#[derive(Deserialize)]
struct DefaultRow {
    #[serde(default)]
    default: Option<Value>,
    #[serde(default)]
    controller: Option<Value>,
    #[serde(default)]
    regions: Vec<RegionRow>,
}

/// What models of one region get instead.
#[derive(Deserialize)]
struct RegionRow {
    name: String,
    value: Value,
}

impl DefaultRow {
    /// What new models get, whatever their region; an error where a region of the cloud has a value of its own.
    fn value(&self) -> Result<Option<String>, Stop> {
        let of_all = self.controller.as_ref().or(self.default.as_ref()).map(words).filter(|text| !text.is_empty());
        match self.regions.iter().find(|region| Some(words(&region.value)) != of_all) {
            None => Ok(of_all),
            Some(region) => Err(Stop::failed(format!(
                "models in the region {} get another default than the rest: {:?}",
                region.name,
                words(&region.value)
            ))
            .with("seen", format!("{} elsewhere", of_all.as_deref().unwrap_or("none")))
            .with("next", "juju model-defaults CLOUD/REGION --reset KEY takes it away (changes Juju)")),
        }
    }
}

/// What the client prints, or why it refused.
fn printed(call: &Call<'_>, request: &Request) -> Result<Vec<u8>, Stop> {
    outcome(call, request)?.map_err(|refused| judge(refused, request))
}

pub(super) fn models(call: &Call<'_>) -> Result<Vec<Handle<JujuModel>>, Stop> {
    let request = Request::from(Command::new("juju", ["models", "--format", "json"]));
    let list: ModelList = call.parse(&request, &printed(call, &request)?)?;
    for model in &list.models {
        if model.full_name.rsplit('/').next() != Some(model.name.as_str()) {
            let words = format!("juju models calls one model {:?} and {:?}", model.full_name, model.name);
            return Err(Stop::unanswered(words).with("asked", request.to_string()));
        }
    }
    let source = Source::from(request.to_string());
    Ok(list.models.into_iter().map(|model| Handle::seen(model, source.clone())).collect())
}

fn spaces(call: &Call<'_>) -> Result<Vec<Handle<JujuSpace>>, Stop> {
    let (_, command) = in_model(call, "spaces", ["--format", "json"])?;
    let request = Request::from(command);
    let list: SpaceList = call.parse(&request, &printed(call, &request)?)?;
    let source = Source::from(request.to_string());
    let space = |row: SpaceRow| JujuSpace { name: row.name, subnets: row.subnets.into_keys().collect() };
    Ok(list.spaces.into_iter().map(|row| Handle::seen(space(row), source.clone())).collect())
}

/// The default of new models for a key, in a cloud.
pub(super) fn default_of(call: &Call<'_>, key: &str, cloud: Option<&str>) -> Result<Option<String>, Stop> {
    model_default(call, key, cloud.map(str::to_string))
}

/// The effective value of a key of the run's model.
pub(super) fn config_of(call: &Call<'_>, key: &str) -> Result<Option<String>, Stop> {
    model_config(call, key)
}

/// Settings of a model; a version of Juju may have others.
pub static KEY: Vocabulary = Vocabulary::open(
    "setting of a model",
    &[
        "default-base",
        "default-series",
        "default-space",
        "logging-config",
        "mode",
        "http-proxy",
        "https-proxy",
        "ftp-proxy",
        "no-proxy",
        "juju-http-proxy",
        "juju-https-proxy",
        "juju-ftp-proxy",
        "juju-no-proxy",
        "apt-http-proxy",
        "apt-https-proxy",
        "apt-ftp-proxy",
        "apt-no-proxy",
        "apt-mirror",
        "snap-http-proxy",
        "snap-https-proxy",
        "snap-store-proxy",
        "snap-store-proxy-url",
        "container-networking-method",
        "egress-subnets",
        "image-stream",
        "image-metadata-url",
        "container-image-stream",
        "container-image-metadata-url",
        "agent-stream",
        "agent-metadata-url",
        "firewall-mode",
        "update-status-hook-interval",
    ],
);

/// The controller's default for models of the run's cloud. The client needs `--cloud` when there are several.
fn model_default(call: &Call<'_>, key: &str, cloud: Option<String>) -> Result<Option<String>, Stop> {
    let mut command = Command::new("juju", ["model-defaults", key, "--format", "json"]);
    if let Some(cloud) = cloud_of_run(call, cloud) {
        command = command.args(["--cloud".to_string(), cloud]);
    }
    let request = Request::from(command);
    let defaults: BTreeMap<String, DefaultRow> = match outcome(call, &request)? {
        Ok(stdout) => call.parse(&request, &stdout)?,
        Err(refused) if refused.stderr.contains("haven't specified a cloud") => {
            return Err(refused.precondition(&request, "say which cloud: --set juju-cloud=NAME"));
        }
        Err(refused) if refused.stderr.contains("no default model values for") => return Ok(None),
        Err(refused) => return Err(judge(refused, &request)),
    };
    let value = defaults.get(key).map_or(Ok(None), DefaultRow::value);
    value.map_err(|stop| stop.with("asked", request.to_string()))
}

/// The cloud that a read or a change is about: the setting juju-cloud names another than the runbook does.
pub(super) fn cloud_of_run(call: &Call<'_>, cloud: Option<String>) -> Option<String> {
    call.host.session.settings.get(Setting::JujuCloud).map(str::to_string).or(cloud)
}

/// The effective value of a key of the run's model.
fn model_config(call: &Call<'_>, key: &str) -> Result<Option<String>, Stop> {
    let (_, command) = in_model(call, "model-config", [] as [&str; 0])?;
    let request = Request::from(command.arg(key));
    match outcome(call, &request)? {
        Ok(stdout) => {
            let text = String::from_utf8_lossy(&stdout);
            Ok(Some(text.trim_end_matches('\n').to_string()).filter(|text| !text.is_empty()))
        }
        Err(refused) => Err(judge(refused, &request)),
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// One option of an application: the client prints the bare value, whatever format is asked for.
fn config(call: &Call<'_>, application: &str, key: &str) -> Result<String, Stop> {
    let (_, command) = in_model(call, "config", [] as [&str; 0])?;
    let request = Request::from(command.args([application, key]));
    match outcome(call, &request)? {
        Ok(stdout) => {
            let value = String::from_utf8_lossy(&stdout).trim_end_matches('\n').to_string();
            let fact = rhai::Dynamic::from(value.clone());
            call.tell(&format!("juju application|{application}|config {key}"), key, &fact, &request.to_string());
            Ok(value)
        }
        Err(refused) if refused.stderr.contains("not found") && !refused.stderr.contains("model ") => {
            Err(Stop::failed(format!("application {application} has no option {key}, or is not there"))
                .with("asked", request.to_string())
                .with("stderr", refused.stderr))
        }
        Err(refused) => Err(judge(refused, &request)),
    }
}

/// The login. Not being logged in is prose with status 0, not JSON.
fn whoami(call: &Call<'_>) -> Result<Handle<JujuLogin>, Stop> {
    let request = Request::from(Command::new("juju", ["whoami", "--format", "json"]));
    let stdout = printed(call, &request)?;
    if !stdout.trim_ascii_start().starts_with(b"{") {
        let said = String::from_utf8_lossy(&stdout).trim().to_string();
        return Err(Stop::precondition("nobody is logged in to a Juju controller")
            .with("asked", request.to_string())
            .with("seen", said)
            .with("next", "juju login (it asks for a password on your terminal), or juju switch CONTROLLER"));
    }
    let LoginRow { controller, model, user } = call.parse(&request, &stdout)?;
    Ok(Handle::seen(JujuLogin { user, controller, model }, Source::from(request.to_string())))
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "juju";
        /// All models of the controller.
        read fn models(call) -> List<JujuModel> { call.list("all", || models(call)) }
        /// Whether the controller has a model of that name; the owner is left out.
        read fn has_model(call, name: String) -> bool {
            Ok(call.find(&name, || the_one(models(call)?, &name))?.is_some())
        }
        /// The model of that name; an error when there is none.
        read fn model(call, name: String) -> Handle<JujuModel> {
            let found = call.find(&name, || the_one(models(call)?, &name))?;
            found.ok_or_else(|| Stop::failed(format!("the controller has no model {name}")).with("from", "juju models"))
        }
        /// The name of the run's model: the one that every call which names none is about. The setting `juju-model`
        /// chooses it; nobody is asked.
        read fn run_model(call) -> String {
            let setting = call.setting(Setting::JujuModel)?;
            let name = setting.rsplit(['/', ':']).next().unwrap_or(&setting).to_string();
            call.tell("juju model|of the run|name", "model of the run", &rhai::Dynamic::from(name.clone()), "setting juju-model");
            Ok(name)
        }
        /// The spaces of the run's model.
        read fn spaces(call) -> List<JujuSpace> { call.list("all", || spaces(call)) }
        /// What new models of the cloud get for that key; absent when unset. The setting juju-cloud names another
        /// cloud; a controller with one cloud needs none.
        read fn model_default(call, key in KEY: String, cloud: Option<String>) -> Option<String> {
            let value = model_default(call, &key, cloud)?;
            let told = crate::script::Script::give(value.clone());
            call.tell(&format!("juju default|{key}|value"), &format!("model default {key}"), &told, &format!("juju model-defaults {key}"));
            Ok(value)
        }
        /// The effective value of that key on the run's model; absent when empty.
        read fn model_config(call, key in KEY: String) -> Option<String> { model_config(call, &key) }
        /// An option of an application, as the client prints it.
        read fn config(call, application in forms::APPLICATION: String, key: String) -> String { config(call, &application, &key) }
        /// Who is logged in; nobody is something to put right first.
        read fn whoami(call) -> Handle<JujuLogin> { whoami(call) }
    }
}

#[cfg(test)]
pub(super) fn model_names(bytes: &[u8]) -> serde_json::Result<Vec<String>> {
    serde_json::from_slice(bytes).map(|list: ModelList| list.models.into_iter().map(|model| model.name).collect())
}

#[cfg(test)]
pub(super) fn space_names(bytes: &[u8]) -> serde_json::Result<Vec<String>> {
    serde_json::from_slice(bytes).map(|list: SpaceList| list.spaces.into_iter().map(|space| space.name).collect())
}

#[cfg(test)]
pub(super) fn default_keys(bytes: &[u8]) -> serde_json::Result<Vec<String>> {
    serde_json::from_slice(bytes).map(|all: BTreeMap<String, DefaultRow>| all.into_keys().collect())
}

#[cfg(test)]
pub(super) fn user(bytes: &[u8]) -> serde_json::Result<String> {
    serde_json::from_slice(bytes).map(|login: LoginRow| login.user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_with_a_default_of_its_own_is_never_passed_over() {
        let told = |json: &str| serde_json::from_str::<DefaultRow>(json).expect("a default").value();
        let same = r#"{"default": "", "controller": "a", "regions": [{"name": "r", "value": "a"}]}"#;
        assert_eq!(told(same).unwrap().as_deref(), Some("a"));
        assert_eq!(told(r#"{"default": ""}"#).unwrap(), None);
        let other = r#"{"controller": "a", "regions": [{"name": "r", "value": "a"}, {"name": "s", "value": "b"}]}"#;
        assert!(told(other).unwrap_err().what.contains("region s"));
        let alone = r#"{"regions": [{"name": "r", "value": "a"}]}"#;
        assert!(told(alone).unwrap_err().what.contains("region r"));
    }
}
