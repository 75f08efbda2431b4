//! MAAS through its CLI. Subnets are found by CIDR, machines by hostname; ids stay inside.
//!
//! On a pipe the CLI prints a body and nothing else; an error of the API is status 2 with its words on standard output.

mod machine;
mod range;
mod subnet;

use serde::de::DeserializeOwned;

use super::reply::{Refused, outcome};
use crate::host::{Call, Stop, parse};
use crate::script::{Namespace, Source};
use crate::transport::{Arg, Command, Request};

/// The declarations.
pub(super) fn declare() -> Namespace {
    Namespace::default()
        .object::<subnet::MaasSubnet>()
        .object::<range::AddressRange>()
        .object::<machine::Machine>()
        .object::<machine::Interface>()
        .object::<machine::Link>()
        .with(subnet::functions())
        .with(machine::functions())
}

/// A CLI command under the run's profile.
fn command<A: Into<Arg>>(call: &Call<'_>, words: impl IntoIterator<Item = A>) -> Result<Request, Stop> {
    Ok(Command::new("maas", [call.setting("maas-profile")?]).args(words).into())
}

/// Sends a reading command and parses its reply.
fn read<T: DeserializeOwned>(call: &Call<'_>, words: &[&str]) -> Result<(T, Source), Stop> {
    let request = command(call, words.iter().copied())?;
    match outcome(call, &request)? {
        Ok(stdout) => Ok((parse(&request, &stdout)?, Source::from(request.to_string()))),
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
