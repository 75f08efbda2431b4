//! Commands on units: an argument list, never a shell string. One call fans out over many units.

use std::collections::BTreeMap;
use std::time::Duration;

use super::in_model;
use super::task::{TaskRow, tasks};
use crate::handle;
use crate::host::{Call, Stop, excerpt};
use crate::primitives::forms;
use crate::primitives::reply::outcome;
use crate::script::{Handle, List, Primitive, Source};
use crate::transport::{Input, Request};

handle! {
    /// How a command ended on one unit.
    Execution("juju execution") by unit {
        /// The unit.
        unit: String,
        /// What the command ended with; 0 is success.
        return_code: i64,
        /// Its standard output.
        stdout: String,
        /// Its standard error.
        stderr: String,
    }
}

/// The command that runs words on units, as root.
pub(crate) fn request(call: &Call<'_>, units: &[String], words: &[&str]) -> Result<Request, Stop> {
    if units.is_empty() || words.is_empty() {
        return Err(Stop::script("juju exec takes at least one unit and one word"));
    }
    let (_, command) = in_model(call, "exec", ["--format", "json", "--unit", &units.join(",")])?;
    Ok(command.arg("--").args(words.iter().copied()).time_limit(Duration::from_secs(6 * 60)).into())
}

/// The command that runs words on one unit over Juju's ssh, with a text on standard input. Juju keeps no record.
pub(crate) fn ssh_request(call: &Call<'_>, unit: &str, words: &[&str], stdin: Option<Input>) -> Result<Request, Stop> {
    let (_, command) = in_model(call, "ssh", [] as [&str; 0])?;
    let command = command.arg(unit).args(crate::primitives::ssh::remote_words(words.iter().copied()));
    Ok(Request::from(match stdin {
        Some(input) => command.stdin(input),
        None => command,
    }))
}

/// Runs words on units, in one call. A unit that Juju left out of its answer is an error that names it.
pub(crate) fn on_units(call: &Call<'_>, units: &[String], words: &[&str]) -> Result<(Vec<Execution>, Source), Stop> {
    let request = request(call, units, words)?;
    let mut rows = tasks(call, &request)?;
    let ended: Result<Vec<Execution>, Stop> = units.iter().map(|unit| of_unit(&request, unit, &mut rows)).collect();
    Ok((ended?, Source::from(request.to_string())))
}

fn of_unit(request: &Request, unit: &str, rows: &mut BTreeMap<String, TaskRow>) -> Result<Execution, Stop> {
    let Some(row) = rows.remove(unit) else {
        return Err(Stop::unanswered(format!("Juju gave no result for unit {unit}")).with("asked", request.to_string()));
    };
    // The status says completed though the command failed; other words mean that it did not run to its end.
    match (row.status.as_str(), row.return_code()) {
        ("completed" | "failed", Some(return_code)) => Ok(Execution {
            unit: unit.to_string(),
            return_code,
            stdout: row.stream("stdout"),
            stderr: row.stream("stderr"),
        }),
        (status, _) => {
            Err(Stop::unanswered(format!("the command on unit {unit} ended as {status}, without a return code"))
                .with("asked", request.to_string())
                .with("seen", row.message.unwrap_or_default())
                .with("next", format!("juju show-task {} has all of it", row.id)))
        }
    }
}

fn texts(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

fn ssh(call: &Call<'_>, unit: &str, words: &[String]) -> Result<String, Stop> {
    let request = ssh_request(call, unit, &texts(words), None)?;
    match outcome(call, &request)? {
        Ok(stdout) => Ok(String::from_utf8_lossy(&stdout).into_owned()),
        Err(refused) => Err(super::judge(refused, &request)),
    }
}

/// The command of a request, for the words of an error.
pub(crate) fn failed_on(execution: &Execution, request: &str) -> Stop {
    Stop::unanswered(format!("the command on unit {} ended with {}", execution.unit, execution.return_code))
        .with("asked", request)
        .with("stdout", excerpt(execution.stdout.as_bytes()))
        .with("stderr", excerpt(execution.stderr.as_bytes()))
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "juju";
        /// Runs a command that only reads on every one of the units, in one call; Juju records an operation. A command
        /// that fails is an answer: look at its return_code.
        acts fn exec(call, units in forms::UNIT: Vec<String>, words: Vec<String>) -> List<Execution> {
            let (ended, source) = on_units(call, &units, &texts(&words))?;
            Ok(ended.into_iter().map(|execution| Handle::seen(execution, source.clone())).collect())
        }
        /// What a command that only reads prints on a unit, over Juju's ssh; Juju keeps no record. A command that fails
        /// is an error.
        read fn ssh(call, unit in forms::UNIT: String, words: Vec<String>) -> String { ssh(call, &unit, &words) }
    }
}
