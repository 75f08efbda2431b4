//! The lab's Juju: a controller, its models and the client's words about them.
//!
//! It answers with the JSON of the 3.6 client. What runs on a unit is run by [`super::hosts`]; this file only routes.

mod actions;
mod arguments;
mod bundle;
mod charmhub;
mod deploy;
mod documents;
mod ignored;
mod lifecycle;
mod listings;
mod octavia;
mod plan;
mod rollout;
mod schedule;
mod settings;
mod status;
mod tasks;
pub(super) mod vault;
mod words;

use super::State;
use super::answer::{Answer, Effect};
use crate::transport::{Command, Request};
use arguments::Arguments;
pub use documents::{
    Application, Cloud, ConfigValue, ConstrainedDefault, Controller, JujuState, Link, Machine, Model, Operation,
    Relation, Space, SpaceSubnet, Status, Task, Unit,
};
pub(super) use rollout::pass_time;
pub use rollout::{Rolling, Rollout};
pub use vault::{Keys, Vault};

/// Answers one `juju` command.
pub(super) fn command(state: &mut State, command: &Command) -> Answer {
    let args = command.argv();
    let Some((verb, rest)) = args.split_first() else { return not_answered(command) };
    let arguments = match arguments::parse(verb, rest) {
        Ok(arguments) => arguments,
        Err(words) => return Answer::ended(Effect::Read, 2, "", words),
    };
    answer(state, verb, &arguments, command).unwrap_or_else(|| not_answered(command))
}

fn answer(state: &mut State, verb: &str, arguments: &Arguments, command: &Command) -> Option<Answer> {
    match verb {
        "version" => return Some(listings::version(state, arguments)),
        "whoami" => return listings::whoami(state, arguments),
        "controllers" => return listings::controllers(state, arguments),
        _ => {}
    }
    if let Some(refusal) = words::not_connected(state) {
        return Some(refusal);
    }
    match verb {
        "status" => status::status(state, arguments),
        "machines" => status::machines(state, arguments),
        "models" => listings::models(state, arguments),
        "show-model" => listings::show_model(state, arguments),
        "show-controller" => listings::show_controller(state, arguments),
        "spaces" => listings::spaces(state, arguments),
        "show-space" => listings::show_space(state, arguments),
        "model-defaults" => settings::model_defaults(state, arguments),
        "model-config" => settings::model_config(state, arguments),
        "config" => settings::config(state, arguments),
        "show-unit" => listings::show_unit(state, arguments),
        "show-application" => listings::show_application(state, arguments),
        "switch" => Some(listings::switch(state, arguments)),
        "add-model" => lifecycle::add_model(state, arguments),
        "destroy-model" => lifecycle::destroy_model(state, arguments, command),
        "reload-spaces" => lifecycle::reload_spaces(state, arguments),
        "deploy" => deploy::deploy(state, arguments),
        "exec" => tasks::exec(state, arguments),
        "ssh" => tasks::ssh(state, arguments, command),
        "run" => actions::run(state, arguments, command),
        "operations" => tasks::operations(state, arguments),
        "show-operation" => tasks::show_operation(state, arguments),
        "show-task" => tasks::show_task(state, arguments),
        _ => None,
    }
}

fn not_answered(command: &Command) -> Answer {
    Answer::unknown(Request::from(command.clone()))
}

#[cfg(test)]
mod rollout_test;
#[cfg(test)]
mod shape_tests;
#[cfg(test)]
mod tests;
