//! Commands on units: `juju exec`, `juju ssh`, and the record that Juju keeps of operations and tasks.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::documents::{Model, Operation, Task};
use super::words::{error, model_name, printed, task_time};
use crate::lab::State;
use crate::lab::answer::{Answer, Effect};
use crate::lab::hosts::{self, Outcome, Place};
use crate::transport::{Command, Input};

/// `juju exec --unit U ... --format json -- WORD ...`. It leaves an operation behind, whatever the command does.
pub(super) fn exec(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let model = match model_name(&state.juju, arguments) {
        Ok(name) => name,
        Err(answer) => return Some(answer),
    };
    if arguments.words.is_empty() {
        return Some(error(Effect::Read, "no commands specified"));
    }
    let targets = targets(state.juju.models.get(&model)?, arguments);
    if targets.is_empty() {
        let usage = "You must specify a target, either through --all, --machine, --application or --unit";
        return Some(error(Effect::Read, usage));
    }
    let command = remote_words(&arguments.words);
    let mut effect = Effect::Acts;
    let mut tasks = Vec::new();
    let mut refusals = Vec::new();
    for target in targets {
        match place(state.juju.models.get(&model)?, &target) {
            None => refusals.push(not_found(&target)),
            Some(place) => {
                let outcome = hosts::run(state, &place, &command, None)?;
                effect = if outcome.effect == Effect::Change { Effect::Change } else { effect };
                tasks.push(task(&target, &outcome));
            }
        }
    }
    let parameters = BTreeMap::from([("command".to_string(), Value::from(arguments.words.join(" ")))]);
    let summary = format!("{} run on {} target(s)", arguments.words.join(" "), tasks.len());
    Some(finish(state, &model, Order { action: "juju-exec".into(), parameters, summary }, tasks, &refusals, effect))
}

fn not_found(target: &str) -> String {
    format!("{} \"{target}\" not found", if is_machine(target) { "machine" } else { "unit" })
}

/// The words that a shell on the unit sees: several are quoted by Juju, a single one is a script.
fn remote_words(words: &[String]) -> Vec<String> {
    match words {
        [script] => hosts::split(script).unwrap_or_else(|| words.to_vec()),
        words => words.to_vec(),
    }
}

fn targets(model: &Model, arguments: &Arguments) -> Vec<String> {
    let applications = arguments.values("application").into_iter().chain(arguments.values("app"));
    let of_applications = applications.filter_map(|name| model.applications.get(name)).flat_map(|app| app.units.keys());
    let units = arguments.values("unit").into_iter().map(|unit| resolve(model, unit));
    let machines = arguments.values("machine").into_iter().map(str::to_string);
    let all = if arguments.has("all") { model.machines.keys().cloned().collect() } else { Vec::new() };
    units.chain(of_applications.cloned()).chain(machines).chain(all).collect()
}

/// `APP/leader` becomes the leading unit's name.
pub(super) fn resolve(model: &Model, unit: &str) -> String {
    let leader = |application: &str| {
        let units = &model.applications.get(application)?.units;
        units.iter().find(|(_, unit)| unit.leader).map(|(name, _)| name.clone())
    };
    unit.strip_suffix("/leader").and_then(leader).unwrap_or_else(|| unit.to_string())
}

fn is_machine(target: &str) -> bool {
    target.starts_with(|c: char| c.is_ascii_digit())
}

/// Where a unit or machine of this name runs.
fn place(model: &Model, target: &str) -> Option<Place> {
    if !is_machine(target) {
        return model.principal_of(target).map(Place::Unit);
    }
    model.machine(target)?;
    let units = model.applications.values().flat_map(|app| &app.units);
    let found = units.filter(|(_, unit)| unit.machine.as_deref() == Some(target)).map(|(name, _)| name.clone()).next();
    found.map(Place::Unit)
}

fn task(target: &str, outcome: &Outcome) -> Task {
    let mut results = BTreeMap::from([("return-code".to_string(), json!(outcome.status))]);
    for (stream, text) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        if !text.is_empty() {
            results.insert(stream.to_string(), text.clone().into());
        }
    }
    Task { host: target.to_string(), status: "completed".to_string(), message: None, results }
}

/// What was asked for, as the record names it.
pub(super) struct Order {
    /// The action's name.
    pub action: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, Value>,
    /// A line on it.
    pub summary: String,
}

/// Records the operation and prints its tasks as the client does after waiting for them.
pub(super) fn finish(
    state: &mut State,
    model: &str,
    order: Order,
    tasks: Vec<Task>,
    refusals: &[String],
    effect: Effect,
) -> Answer {
    let now = state.clock.now();
    let Some(model) = state.juju.models.get_mut(model) else {
        return error(Effect::Read, format!("model {model} not found"));
    };
    let id = model.next_operation();
    let tasks: BTreeMap<u64, Task> = (id + 1..).zip(tasks).collect();
    if tasks.is_empty() {
        let words = format!("Operation {id} failed to schedule any tasks:\n{}\n", refusals.join("\n"));
        record(model, id, order, now, tasks);
        return Answer::ended(effect, 0, "", words);
    }
    let shown: Map<String, Value> =
        tasks.iter().map(|(id, task)| (task.host.clone(), task_object(*id, task, now))).collect();
    let failed: Vec<(u64, i64)> = tasks.iter().filter_map(|(id, task)| Some((*id, crash(task)?))).collect();
    let mut stderr = progress(id, &tasks);
    stderr.extend(refusals.iter().map(|line| format!("{line}\n")));
    stderr.push_str(&failure_words(&failed));
    record(model, id, order, now, tasks);
    Answer::ended(effect, i32::from(!failed.is_empty()), format!("{}\n", Value::Object(shown)), stderr)
}

fn record(model: &mut Model, id: u64, order: Order, now: jiff::Timestamp, tasks: BTreeMap<u64, Task>) {
    let Order { action, parameters, summary } = order;
    model.operations.insert(id, Operation { action, parameters, summary, enqueued: now, tasks });
}

/// The return code of a script that crashed; a charm that called action-fail left 0.
fn crash(task: &Task) -> Option<i64> {
    task.results.get("return-code").and_then(Value::as_i64).filter(|code| *code != 0)
}

fn progress(id: u64, tasks: &BTreeMap<u64, Task>) -> String {
    let plural = if tasks.len() == 1 { "" } else { "s" };
    let lines = tasks.iter().map(|(id, task)| format!("  - task {id} on {}\n", tag(&task.host)));
    let waits = tasks.keys().map(|id| format!("Waiting for task {id}...\n"));
    let title = format!("Running operation {id} with {} task{plural}\n", tasks.len());
    std::iter::once(title).chain(lines).chain(["\n".to_string()]).chain(waits).collect()
}

fn tag(host: &str) -> String {
    let kind = if is_machine(host) { "machine" } else { "unit" };
    format!("{kind}-{}", host.replace('/', "-"))
}

fn failure_words(failed: &[(u64, i64)]) -> String {
    if failed.is_empty() {
        return String::new();
    }
    let plural = if failed.len() == 1 { "task" } else { "tasks" };
    let lines: String = failed.iter().map(|(id, code)| format!(" - id \"{id}\" with return code {code}\n")).collect();
    format!("ERROR the following {plural} failed:\n{lines}\nuse 'juju show-task' to inspect the failure\n")
}

fn task_object(id: u64, task: &Task, at: jiff::Timestamp) -> Value {
    let mut shown = json!({
        "id": id.to_string(),
        "results": task.results,
        "status": task.status,
        "timing": {"enqueued": task_time(at), "started": task_time(at), "completed": task_time(at)},
    });
    let key = if is_machine(&task.host) { "machine" } else { "unit" };
    shown[key] = task.host.clone().into();
    task.message.iter().for_each(|message| shown["message"] = message.clone().into());
    shown
}

/// `juju show-task ID --format json`.
pub(super) fn show_task(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let wanted = arguments.words.first()?;
    let name = match model_name(&state.juju, arguments) {
        Ok(name) => name,
        Err(answer) => return Some(answer),
    };
    let operations = state.juju.models.get(&name)?.operations.values();
    let mut tasks =
        operations.flat_map(|operation| operation.tasks.iter().map(|(id, task)| (*id, task, operation.enqueued)));
    let found = tasks.find(|(id, ..)| id.to_string() == *wanted);
    let Some((id, task, at)) = found else {
        return Some(error(Effect::Read, format!("task {wanted} not found")));
    };
    arguments.is_json().then(|| printed(&task_object(id, task, at)))
}

/// `juju operations --format json`.
pub(super) fn operations(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let name = match model_name(&state.juju, arguments) {
        Ok(name) => name,
        Err(answer) => return Some(answer),
    };
    let operations = &state.juju.models.get(&name)?.operations;
    let shown: Map<String, Value> =
        operations.iter().map(|(id, operation)| (id.to_string(), operation_object(operation))).collect();
    arguments.is_json().then(|| printed(&shown.into()))
}

/// `juju show-operation ID --format json`.
pub(super) fn show_operation(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let wanted = arguments.words.first()?;
    let name = match model_name(&state.juju, arguments) {
        Ok(name) => name,
        Err(answer) => return Some(answer),
    };
    let operations = &state.juju.models.get(&name)?.operations;
    let Some(operation) = wanted.parse().ok().and_then(|id: u64| operations.get(&id)) else {
        return Some(error(Effect::Read, format!("operation {wanted} not found")));
    };
    arguments.is_json().then(|| printed(&operation_object(operation)))
}

fn operation_object(operation: &Operation) -> Value {
    let tasks: Map<String, Value> = operation
        .tasks
        .iter()
        .map(|(id, task)| (id.to_string(), json!({"host": task.host, "status": task.status, "results": task.results})))
        .collect();
    let failed = operation.tasks.values().any(|task| task.status != "completed");
    json!({
        "summary": operation.summary,
        "status": if failed { "failed" } else { "completed" },
        "action": {"name": operation.action, "parameters": operation.parameters},
        "timing": {
            "enqueued": task_time(operation.enqueued),
            "started": task_time(operation.enqueued),
            "completed": task_time(operation.enqueued),
        },
        "tasks": tasks,
    })
}

/// `juju ssh UNIT|MACHINE WORD ...`: the words are joined and read by a shell, and nothing is recorded.
pub(super) fn ssh(state: &mut State, arguments: &Arguments, command: &Command) -> Option<Answer> {
    let model = match model_name(&state.juju, arguments) {
        Ok(name) => name,
        Err(answer) => return Some(answer),
    };
    let (target, words) = arguments.words.split_first()?;
    let found = state.juju.models.get(&model)?;
    let target = resolve(found, target);
    let Some(place) = place(found, &target) else {
        return Some(error(Effect::Read, not_found(&target)));
    };
    let words = if words.first().is_some_and(|word| word == "--") { &words[1..] } else { words };
    let stdin = command.stdin.as_ref().map(|input| match input {
        Input::Text(text) => text.clone(),
        Input::Secret(secret) => secret.expose().to_string(),
    });
    let Outcome { effect, status, stdout, stderr } =
        hosts::run(state, &place, &hosts::split(&words.join(" "))?, stdin.as_deref())?;
    Some(Answer::ended(effect, status, stdout, stderr))
}
