//! MAAS through its CLI. Subnets are found by CIDR, machines by hostname; ids stay inside.
//!
//! On a pipe the CLI prints a body and nothing else; an error of the API is status 2 with its words on standard output.

mod address;
mod carve;
mod ghost;
mod life;
mod machine;
mod place;
mod range;
mod subnet;
mod tagging;

use serde::de::DeserializeOwned;

use super::reply::{Refused, outcome};
use crate::host::{Call, Setting, Stop};
use crate::script::{Declared, Handle, Object, Source};
use crate::transport::{Arg, Command, Request};

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<subnet::MaasSubnet>()
        .object::<range::AddressRange>()
        .object::<machine::Machine>()
        .object::<machine::Interface>()
        .object::<machine::Link>()
        .object::<address::AddressUse>()
        .object::<place::Space>()
        .object::<place::MaasVlan>()
        .object::<carve::HostInterface>()
        .object::<carve::HostLink>()
        .with(address::functions())
        .with(carve::functions())
        .with(life::functions())
        .with(place::functions())
        .with(subnet::functions())
        .with(machine::functions())
}

/// A CLI command under the run's profile.
fn command<A: Into<Arg>>(call: &Call<'_>, words: impl IntoIterator<Item = A>) -> Result<Request, Stop> {
    Ok(Command::new("maas", [call.setting(Setting::MaasProfile)?]).args(words).into())
}

/// Sends a reading command and parses its reply.
fn read<T: DeserializeOwned>(call: &Call<'_>, words: &[&str]) -> Result<(T, Source), Stop> {
    let request = command(call, words.iter().copied())?;
    match outcome(call, &request)? {
        Ok(stdout) => {
            let reply = call.parse(&request, &stdout).map_err(|stop| with_version(call, stop))?;
            Ok((reply, Source::from(request.to_string())))
        }
        Err(refused) => Err(judge(refused, &request)),
    }
}

/// The handles of a list, which are made once of the same reply.
fn read_all<R: DeserializeOwned, T: Object>(
    call: &Call<'_>,
    words: &[&str],
    make: impl Fn(R, &Source) -> Result<T, Stop>,
) -> Result<Vec<Handle<T>>, Stop> {
    let request = command(call, words.iter().copied())?;
    let stdout = outcome(call, &request)?.map_err(|refused| judge(refused, &request))?;
    call.made(&request.to_string(), &stdout, || {
        let rows: Vec<R> = call.parse(&request, &stdout).map_err(|stop| with_version(call, stop))?;
        let source = Source::from(request.to_string());
        rows.into_iter().map(|row| Ok(Handle::seen(make(row, &source)?, source.clone()))).collect()
    })
}

/// Says which MAAS gave a reply that does not fit.
fn with_version(call: &Call<'_>, stop: Stop) -> Stop {
    let words = version(call).unwrap_or_else(|stop| format!("not told: {}", stop.what));
    stop.with("version", format!("MAAS {words}"))
}

/// The region's version, e.g. `3.5.13`.
fn version(call: &Call<'_>) -> Result<String, Stop> {
    #[derive(serde::Deserialize)]
    struct Version {
        version: String,
    }
    let request = command(call, ["version", "read"])?;
    match outcome(call, &request)? {
        Ok(stdout) => Ok(call.parse::<Version>(&request, &stdout)?.version),
        Err(refused) => Err(judge(refused, &request)),
    }
}

/// What a refusal means. Words on standard output are the API's; on standard error the CLI's own, the last line of
/// which says what was wrong (the lines before list every profile's URL).
fn judge(mut refused: Refused, request: &Request) -> Stop {
    if let Some(last) = refused.stderr.lines().last() {
        refused.stderr = last.to_string();
    }
    if refused.stdout.is_empty() && refused.stderr.is_empty() {
        return refused.precondition(
            request,
            "MAAS said nothing: the user of this profile lacks the permission, or the machine is locked",
        );
    }
    let logged_out = refused.stdout.contains("Authorization Error") || refused.stderr.contains("invalid choice");
    if logged_out {
        return refused.precondition(
            request,
            "log in again: maas login PROFILE URL (the key is asked for); omega doctor shows the age of logins",
        );
    }
    refused.unanswered(request)
}

#[cfg(test)]
mod tests;
