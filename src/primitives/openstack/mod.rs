//! OpenStack through its client, `-f json` alone. Objects are found by name; ids stay inside.

mod catalog;
mod credentials;
mod identity;
mod image;
mod network;
mod subnet;
mod tagged;

use serde::de::DeserializeOwned;

use super::reply::{Refused, outcome};
use crate::host::{Call, Stop};
use crate::script::{Declared, Source};
use crate::transport::{Arg, Command, Request};

pub(crate) use image::active as active_images;
pub(crate) use network::Network;

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<network::Network>()
        .object::<subnet::Subnet>()
        .object::<image::Image>()
        .object::<identity::Project>()
        .object::<catalog::Service>()
        .object::<catalog::Endpoint>()
        .object::<credentials::CloudLogin>()
        .with(network::functions())
        .with(subnet::functions())
        .with(identity::functions())
        .with(image::functions())
        .with(tagged::functions())
        .with(catalog::functions())
        .with(credentials::functions())
}

/// A client command that answers in JSON.
fn json_command<A: Into<Arg>>(words: impl IntoIterator<Item = A>) -> Request {
    Command::new("openstack", words).args(["-f", "json"]).into()
}

/// A client command that answers nothing (`set`, `unset`, `delete`).
fn plain_command<A: Into<Arg>>(words: impl IntoIterator<Item = A>) -> Request {
    Command::new("openstack", words).into()
}

/// Sends a reading command and parses its reply.
fn read<T: DeserializeOwned>(call: &Call<'_>, request: &Request) -> Result<(T, Source), Stop> {
    match outcome(call, request)? {
        Ok(stdout) => Ok((call.parse(request, &stdout)?, Source::from(request.to_string()))),
        Err(refused) => Err(judge(refused, request)),
    }
}

/// Shows one object by name. Not there is an answer; several of the name is an error; all else is no answer.
fn show<T: DeserializeOwned>(
    call: &Call<'_>,
    thing: &str,
    name: &str,
    request: &Request,
) -> Result<Option<(T, Source)>, Stop> {
    let refused = match outcome(call, request)? {
        Ok(stdout) => return Ok(Some((call.parse(request, &stdout)?, Source::from(request.to_string())))),
        Err(refused) => refused,
    };
    if refused.status == 1
        && refused.stdout.is_empty()
        && refused.stderr.ends_with(&format!("No {thing} found for {name}"))
    {
        return Ok(None);
    }
    if refused.stderr.contains(&format!("More than one {thing} exists with the name '{name}'")) {
        return Err(Stop::failed(format!(
            "several {}s are called {name}; the name must tell one",
            thing.to_lowercase()
        ))
        .with("asked", request.to_string())
        .with("stderr", refused.stderr)
        .with(
            "next",
            format!(
                "openstack {} list --name {name}: find out who made the other one; nothing was changed",
                thing.to_lowercase()
            ),
        ));
    }
    Err(judge(refused, request))
}

/// The client also finds by id, and a reply may be another's: what it shows must bear the name that was asked for.
fn is_the_one(request: &Request, name: &str, shown: &str) -> Result<(), Stop> {
    if shown == name {
        return Ok(());
    }
    Err(Stop::failed(format!("asked for {name}, openstack showed {shown:?}")).with("asked", request.to_string()))
}

/// What a refusal means: a login to put right, or no answer.
fn judge(refused: Refused, request: &Request) -> Stop {
    let logged_out = [
        "Missing value auth-url",
        "(HTTP 401)",
        "region not found",
        "Missing value",
        "Failed to discover available identity versions",
    ];
    let unreachable = refused.stderr.contains("Unable to establish connection");
    if !unreachable && logged_out.iter().any(|words| refused.stderr.contains(words)) {
        return refused.precondition(
            request,
            "give an openrc with --openrc FILE (phase-03 writes one), or source one; then: openstack token issue",
        );
    }
    refused.unanswered(request)
}
