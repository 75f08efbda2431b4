//! Models made, set and destroyed.

use std::time::Duration;

use super::model::{self, JujuModel};
use super::{in_model, judge};
use crate::host::{Call, Deed, Ensure, Member, Stop, Verb};
use crate::primitives::reply::acted;
use crate::script::{Handle, Primitive, Source};
use crate::transport::{Command, Request};
use crate::{handle, options};

options! {
    /// Where a model is made.
    ModelSpec {
        /// The cloud.
        cloud: String,
    }
}

handle! {
    /// A setting of Juju: a default of a cloud's new models, or a key of a model.
    Setting("juju setting") by name {
        /// What is set, e.g. `default-space of openstack`.
        name: String,
        /// Its value; "" when it has none.
        value: String,
    }
}

fn one(call: &Call<'_>, name: &str) -> Result<Option<Handle<JujuModel>>, Stop> {
    crate::primitives::reply::the_one(model::models(call)?, name)
}

fn ensure_model(call: &Call<'_>, name: &str, spec: &ModelSpec) -> Result<Handle<JujuModel>, Stop> {
    let cloud = cloud(call, &spec.cloud);
    let command = Command::new("juju", ["add-model", name, &cloud, "--no-switch"]);
    let work = Ensure::new(name, "everything is deployed into it", || one(call, name))
        .equal("cloud", cloud.clone())
        .touches("juju *")
        .touches("vault *")
        .by(|draft| match draft.now {
            None => Ok(vec![command.clone().time_limit(Duration::from_secs(300)).into()]),
            Some(now) => Err(Stop::refused(format!("model {name} is there, in another cloud"))
                .with("wanted", cloud.clone())
                .with("seen", now.now()?.cloud.clone())),
        });
    call.ensure(work)
}

/// The cloud that is changed is the one that is read.
fn cloud(call: &Call<'_>, of_runbook: &str) -> String {
    model::cloud_of_run(call, Some(of_runbook.to_string())).unwrap_or_default()
}

fn setting(name: &str, value: Option<String>, source: &str) -> Handle<Setting> {
    Handle::seen(Setting { name: name.to_string(), value: value.unwrap_or_default() }, Source::from(source))
}

fn ensure_default(call: &Call<'_>, of_runbook: &str, key: &str, value: &str) -> Result<Handle<Setting>, Stop> {
    let cloud = &cloud(call, of_runbook);
    let name = format!("{key} of new models in {cloud}");
    let read = || {
        let value = model::default_of(call, key, Some(cloud))?;
        Ok(Some(setting(&name, value, &format!("juju model-defaults {key} --cloud {cloud}"))))
    };
    let command = Command::new("juju", ["model-defaults", "--cloud", cloud, &format!("{key}={value}")]);
    let work = Ensure::new(&name, "what is made from now on shall have it", read)
        .equal("value", value.to_string())
        .touches("juju model")
        .by(|_| Ok(vec![command.clone().into()]));
    call.ensure(work)
}

fn ensure_config(call: &Call<'_>, key: &str, value: &str) -> Result<Handle<Setting>, Stop> {
    let (model, command) = in_model(call, "model-config", [] as [&str; 0])?;
    let name = format!("{key} of {model}");
    let read = || {
        call.find(&name, || {
            let value = model::config_of(call, key)?;
            Ok(Some(setting(&name, value, &format!("juju model-config {key} -m {model}"))))
        })
    };
    let command = command.arg(format!("{key}={value}"));
    let work = Ensure::new(&name, "the model shall have it", read)
        .equal("value", value.to_string())
        .by(|_| Ok(vec![command.clone().into()]));
    call.ensure(work)
}

/// Has the controller read MAAS's spaces again. It prints nothing.
fn reload_spaces(call: &Call<'_>) -> Result<(), Stop> {
    let (_, command) = in_model(call, "reload-spaces", [] as [&str; 0])?;
    let request = Request::from(command);
    call.find::<model::JujuSpace>("any", || match acted(call, &request)? {
        Ok(_) => Ok(Some(Handle::seen(
            model::JujuSpace { name: "any".to_string(), subnets: Vec::new() },
            Source::from(request.to_string()),
        ))),
        Err(refused) => Err(judge(refused, &request)),
    })
    .map(drop)
}

/// Destroys a model and waits until it is gone. Its storage goes with it only where the guard finds every host proven
/// physical; here it never does.
fn destroy(call: &Call<'_>, name: &str, confirm: &str) -> Result<(), Stop> {
    if confirm.is_empty() || confirm != name {
        return Err(Stop::script("a model is destroyed only after a person typed its name"));
    }
    let members = || {
        call.forget_reads();
        let found = one(call, name)?;
        let state = found.as_ref().map_or("gone", |_| "there").to_string();
        Ok(vec![Member { name: name.to_string(), done: found.is_none(), state }])
    };
    let words = ["destroy-model", name, "--force", "--no-wait", "--no-prompt"];
    let command = Command::new("juju", words).time_limit(Duration::from_secs(3600));
    let deed = Deed::new("juju model", name, Verb::Remove, "gone", members)
        .because("everything that runs in it ends; its machines are released, their disks are not erased")
        .irreversible(confirm)
        .touches("juju *")
        .touches("maas *")
        .touches("libvirt *")
        .touches("vault *")
        .touches("openstack *")
        .by(|_| Ok(vec![command.clone().into()]));
    call.undertake(&deed).map(drop)
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "juju";
        /// Makes a model of that name in a cloud, without switching to it; one that is there in another cloud is refused.
        /// The setting juju-cloud names another cloud, here as in every read.
        #[seen_by(
            "juju::has_model" = (true), "juju::model", "juju::models" = ([name, ..]), "juju::spaces",
            "JujuModel.cloud" = cloud,
        )]
        change fn ensure_model(call, name: String, spec: ModelSpec) -> Handle<JujuModel> { ensure_model(call, &name, &spec) }
        /// Destroys a model with all that runs in it, and waits until it is gone: cannot be undone, so a person types
        /// its name. Never with --destroy-storage.
        #[seen_by("juju::has_model" = (false), "juju::models" = ([!name]))]
        change fn destroy_model(call, name: String, confirm: String) { destroy(call, &name, &confirm) }
        /// Sets what new models of a cloud get; the setting juju-cloud names another cloud. Juju does not check it here: a
        /// space that does not exist is taken too. A region with a value of its own is an error, for there it would stay.
        #[seen_by("juju::model_default" = (value), "juju::model_config", "Setting.value" = value)]
        change fn ensure_model_default(call, cloud: String, key in super::model::KEY: String, value: String) -> Handle<Setting> {
            ensure_default(call, &cloud, &key, &value)
        }
        /// Sets a key of the run's model.
        #[seen_by("juju::model_config" = (value), "Setting.value" = value)]
        change fn ensure_model_config(call, key in super::model::KEY: String, value: String) -> Handle<Setting> { ensure_config(call, &key, &value) }
        /// Has the controller read the spaces of MAAS again; a space that is in use stays.
        acts fn reload_spaces(call) { reload_spaces(call) }
    }
}
