//! Results of tasks: `juju run` and `juju exec` print the same shape, and neither's exit status says what a task did.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::judge;
use crate::host::{Call, Stop};
use crate::primitives::reply::Refused;
use crate::transport::{Reply, Request};

/// One task as Juju prints it; 2.9 keys it by tag and writes `UnitId`.
#[derive(Deserialize)]
pub(super) struct TaskRow {
    pub id: String,
    pub status: String,
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default)]
    pub results: BTreeMap<String, Value>,
    #[serde(default, rename = "UnitId")]
    unit_id: Option<String>,
}

impl TaskRow {
    /// What the command or script ended with. Before 3.0 a task that completed with 0 leaves it out.
    pub(super) fn return_code(&self) -> Option<i64> {
        let code = self.results.get("return-code").or_else(|| self.results.get("ReturnCode"));
        match code {
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
            None => (self.unit_id.is_some() && self.status == "completed").then_some(0),
        }
    }

    /// An output of the command; "" when it printed nothing.
    pub(super) fn stream(&self, name: &str) -> String {
        let capital = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let found = self.results.get(name).or_else(|| self.results.get(&capital));
        found.and_then(Value::as_str).unwrap_or_default().to_string()
    }
}

/// Sends a `run` or an `exec` and gives its tasks by unit or machine.
pub(super) fn tasks(call: &Call<'_>, request: &Request) -> Result<BTreeMap<String, TaskRow>, Stop> {
    let reply = call.act(request.clone())?;
    let Reply::Command { status, stdout, stderr } = &*reply else {
        return Err(Stop::defect(format!("{request} is no command")));
    };
    if stdout.trim_ascii().is_empty() {
        return Err(nothing_printed(request, *status, stderr));
    }
    let rows: BTreeMap<String, TaskRow> = call.parse(request, stdout).map_err(|stop| words(stop, stderr))?;
    if rows.is_empty() {
        return Err(nothing_printed(request, *status, stderr));
    }
    Ok(rows.into_iter().map(|(key, row)| (row.unit_id.clone().unwrap_or(key), row)).collect())
}

fn words(stop: Stop, stderr: &[u8]) -> Stop {
    stop.with("stderr", crate::host::excerpt(stderr))
}

/// No JSON at all: nothing was queued (status 0), the wait passed while the task runs on, or the client refused.
fn nothing_printed(request: &Request, status: i32, stderr: &[u8]) -> Stop {
    let said = String::from_utf8_lossy(stderr);
    if said.contains("failed to schedule any tasks") {
        return Stop::failed("Juju queued no task").with("asked", request.to_string()).with("stderr", said.trim());
    }
    if said.contains("timed out waiting for results") {
        return words(Stop::unanswered(format!("the wait passed and {} runs on", task_words(&said))), stderr)
            .with("asked", request.to_string())
            .with("next", "do not run it again: juju operations, then juju show-task ID, tells how it ended");
    }
    let stderr = said.trim().to_string();
    judge(Refused { status, stdout: String::new(), stderr }, request)
}

/// The task's id, where the progress on standard error names it.
fn task_words(said: &str) -> String {
    let mut lines = said.lines().filter_map(|line| line.trim().strip_prefix("- task "));
    match lines.next().and_then(|rest| rest.split_whitespace().next()) {
        Some(id) => format!("task {id}"),
        None => "the task".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> BTreeMap<String, TaskRow> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_return_code_is_read_from_the_results_and_never_from_the_status() {
        let rows =
            rows(r#"{"a/0": {"id": "1", "status": "completed", "results": {"return-code": 42, "stderr": "no\n"}}}"#);
        assert_eq!(rows["a/0"].return_code(), Some(42));
        assert_eq!(rows["a/0"].stream("stderr"), "no\n");
    }

    #[test]
    fn a_missing_return_code_is_not_zero_on_juju_3() {
        let rows = rows(r#"{"a/0": {"id": "1", "status": "completed", "results": {"output": "x"}}}"#);
        assert_eq!(rows["a/0"].return_code(), None);
    }

    #[test]
    fn juju_2_capitalises_and_leaves_out_zero() {
        let text = r#"{"unit-a-0": {"UnitId": "a/0", "id": "1", "status": "completed", "results": {"Stdout": "x"}}}"#;
        let rows = rows(text);
        assert_eq!(rows["unit-a-0"].return_code(), Some(0));
        assert_eq!(rows["unit-a-0"].stream("stdout"), "x");
    }

    #[test]
    fn a_wait_that_passed_names_the_task_and_forbids_another_run() {
        let said = "Running operation 7 with 1 task\n  - task 8 on unit-octavia-0\n\nERROR timed out waiting for results from: unit octavia/0\n";
        let request = Request::from(crate::transport::Command::new("juju", ["run"]));
        let stop = nothing_printed(&request, 1, said.as_bytes());
        assert_eq!(stop.kind, crate::host::StopKind::Unanswered);
        assert!(stop.what.contains("task 8 runs on"), "{stop}");
        assert!(stop.to_string().contains("do not run it again"), "{stop}");
    }

    #[test]
    fn a_task_that_was_not_queued_has_failed_though_the_client_ends_with_0() {
        let said = "Operation 7 failed to schedule any tasks:\naction \"x\" not defined on unit \"octavia/0\"\n";
        let request = Request::from(crate::transport::Command::new("juju", ["run"]));
        let stop = nothing_printed(&request, 0, said.as_bytes());
        assert_eq!(stop.kind, crate::host::StopKind::Failed);
        assert!(stop.to_string().contains("not defined"), "{stop}");
    }
}
