//! Juju through its client, JSON alone. Units are found by name, machines by unit; every call names its model.
//!
//! The exit status comes first: on a missing model standard output is `{}`, which is JSON and no answer.

pub(crate) mod action;
mod application;
mod deployment;
mod document;
pub(crate) mod exec;
mod lifecycle;
mod machine;
mod model;
pub mod settle;
pub mod status;
mod task;
pub(crate) mod unit;

use super::reply::Refused;
use crate::host::{Call, Setting, Stop};
use crate::script::Declared;
use crate::transport::{Arg, Command, Request};

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<status::JujuStatus>()
        .object::<unit::Unit>()
        .object::<application::Application>()
        .object::<machine::JujuMachine>()
        .object::<exec::Execution>()
        .object::<model::JujuModel>()
        .object::<model::JujuSpace>()
        .object::<model::JujuLogin>()
        .object::<deployment::DeployPlan>()
        .object::<lifecycle::Setting>()
        .with(status::functions())
        .with(action::functions())
        .with(exec::functions())
        .with(model::functions())
        .with(lifecycle::functions())
        .with(settle::functions())
        .with(deployment::functions())
}

/// The run's model, and a command of the client on it: flags only, words come after.
pub(crate) fn in_model<A: Into<Arg>>(
    call: &Call<'_>,
    verb: &str,
    flags: impl IntoIterator<Item = A>,
) -> Result<(String, Command), Stop> {
    let model = call.setting(Setting::JujuModel)?;
    let command = Command::new("juju", [verb]).args(flags).args(["-m", &model]);
    Ok((model, command))
}

/// What a refusal means: a login or a model to put right, or no answer.
pub(crate) fn judge(refused: Refused, request: &Request) -> Stop {
    let says = |words: &str| refused.stderr.contains(words);
    if refused.stderr.lines().any(|line| line.contains("model ") && line.ends_with(" not found")) {
        return refused.precondition(request, "juju models lists what is there; --set juju-model=NAME chooses one");
    }
    let logged_out = [
        "please enter password",
        "cannot log into",
        "not logged in",
        "No selected controller",
        "No controllers registered",
    ];
    if logged_out.iter().any(|words| says(words)) {
        return refused.precondition(request, "log in again: juju login (it asks for a password on your terminal)");
    }
    refused.unanswered(request)
}

#[cfg(test)]
pub(crate) mod captures_test;
#[cfg(test)]
mod status_test;
