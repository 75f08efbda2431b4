//! Actions that only read. They leave an operation behind, which Juju keeps with its results.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::in_model;
use super::task::{TaskRow, tasks};
use crate::host::{Call, Stop, excerpt, parse};
use crate::primitives::forms;
use crate::script::Primitive;
use crate::transport::{Command, Reply, Request, Secret};

/// How long an action that only reads may take.
const WAIT: Duration = Duration::from_secs(5 * 60);

/// Runs the action on one unit and gives the result under `key`.
fn ask(call: &Call<'_>, unit: &str, action: &str, key: &str) -> Result<String, Stop> {
    let wait = format!("--wait={}m", WAIT.as_secs() / 60);
    let (_, command) = in_model(call, "run", ["--format", "json", &wait])?;
    let command = command.args([unit, action]).time_limit(WAIT + Duration::from_secs(60));
    let request = Request::from(command);
    let mut rows = tasks(call, &request)?;
    let (ran_on, mut row) = match (rows.pop_first(), rows.len()) {
        (Some(first), 0) => first,
        (_, more) => {
            return Err(Stop::unanswered(format!("one unit was asked and {} answered", more + 1))
                .with("asked", request.to_string()));
        }
    };
    succeeded(&request, &ran_on, action, &row)?;
    match row.results.remove(key) {
        Some(Value::String(text)) => Ok(text),
        // Values are never shown here: this may be a secret.
        Some(_) => {
            Err(Stop::unanswered(format!("the result {key} of {action} is no text")).with("asked", request.to_string()))
        }
        None => {
            let keys: Vec<&str> = row.results.keys().map(String::as_str).collect();
            Err(Stop::unanswered(format!("{action} on {ran_on} answered without {key}"))
                .with("asked", request.to_string())
                .with("seen", format!("results: {}", keys.join(", "))))
        }
    }
}

/// A charm that calls action-fail leaves the client's status and the return code at 0: the task's own status counts.
fn succeeded(request: &Request, unit: &str, action: &str, row: &TaskRow) -> Result<(), Stop> {
    let code = row.return_code();
    if row.status == "completed" && code == Some(0) {
        return Ok(());
    }
    let code = code.map_or("no return code".to_string(), |code| format!("return code {code}"));
    Err(Stop::failed(format!("the action {action} on {unit} ended as {} with {code}", row.status))
        .with("asked", request.to_string())
        .with("seen", row.message.clone().unwrap_or_default())
        .with("stderr", row.stream("stderr"))
        .with("next", format!("juju show-task {} has all of it", row.id)))
}

/// The command that runs an action on one unit, as part of a change.
pub(crate) fn change_request(
    call: &Call<'_>,
    unit: &str,
    action: &str,
    minutes: u64,
    params: Option<&str>,
) -> Result<Request, Stop> {
    let (_, command) = in_model(call, "run", ["--format", "json", &format!("--wait={minutes}m")])?;
    let command = command.args(params.into_iter().flat_map(|path| ["--params", path])).args([unit, action]);
    Ok(command.time_limit(Duration::from_secs(minutes * 60 + 60)).into())
}

/// Whether the answer to such a command says that the task did what it should. A message that holds one of the
/// `harmless` texts is no failure.
pub(crate) fn ran(reply: &Reply, action: &str, harmless: &[&str]) -> Result<(), Stop> {
    let Reply::Command { stdout, stderr, .. } = reply else {
        return Err(Stop::defect(format!("{action} was no command")));
    };
    let request = Request::from(Command::new("juju", ["run", action]));
    if stdout.trim_ascii().is_empty() {
        return Err(Stop::failed(format!("Juju queued no task for {action}")).with("stderr", excerpt(stderr)));
    }
    let rows: BTreeMap<String, TaskRow> = parse(&request, stdout)?;
    let is_harmless = |row: &TaskRow| {
        row.message.as_ref().is_some_and(|message| harmless.iter().any(|known| message.contains(known)))
    };
    match rows.iter().next() {
        Some((unit, row)) if rows.len() == 1 && !is_harmless(row) => succeeded(&request, unit, action, row),
        Some(_) if rows.len() == 1 => Ok(()),
        _ => Err(Stop::unanswered(format!("{} units answered to {action}, one was asked", rows.len()))),
    }
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "juju";
        /// Runs an action that only reads, on one unit, and gives the result of that key; Juju records the operation.
        acts fn ask_action(call, unit in forms::LEADER: String, action: String, key: String) -> String { ask(call, &unit, &action, &key) }
        /// The same, taken straight into a secret. Juju keeps the results of operations: whoever may read them there
        /// can read it too.
        acts fn ask_secret(call, unit in forms::LEADER: String, action: String, key: String) -> Secret {
            ask(call, &unit, &action, &key).map(Secret::new)
        }
    }
}
