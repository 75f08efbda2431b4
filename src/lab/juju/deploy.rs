//! `juju deploy BUNDLE`: the plan printed, then made change by change. There is no roll-back: what stands before the
//! change that fails stays.

use std::collections::{BTreeMap, BTreeSet};

use super::arguments::Arguments;
use super::bundle::{self, Bundle, Entry};
use super::charmhub;
use super::documents::{Application, Machine, Model, Relation, Status, Unit};
use super::plan::{self, Step};
use super::rollout::Rollout;
use super::words::{error, model_name};
use crate::lab::State;
use crate::lab::answer::{Answer, Effect};

/// `juju deploy ./bundle.yaml [--overlay FILE ...] [--dry-run]`. Charms by name are not answered.
pub(super) fn deploy(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let [path] = arguments.words.as_slice() else { return None };
    if !path.ends_with(".yaml") {
        return None;
    }
    let is_dry = arguments.has("dry-run");
    let effect = if is_dry { Effect::Read } else { Effect::Change };
    let name = match model_name(&state.juju, arguments) {
        Ok(name) => name,
        Err(Answer { reply, .. }) => return Some(Answer { effect, reply }),
    };
    let overlays = arguments.all("overlay");
    let bundle = match bundle::read(state, path, &overlays) {
        Ok(bundle) => bundle,
        Err(words) => return Some(error(effect, format!("cannot deploy bundle: {words}"))),
    };
    if bundle.applications.values().any(|entry| charmhub::charm(entry.charm()).is_none()) {
        return None; // what the store says of a charm that it does not have was never captured
    }
    let steps = plan::missing(&bundle, state.juju.models.get(&name)?);
    // Fields that the client does not know are told of before the store is asked, and in a dry run alone.
    let warning = if is_dry { bundle::warning(state, path, &overlays) } else { String::new() };
    let located = format!("{warning}{}", located(&bundle));
    if steps.is_empty() {
        return Some(Answer::ended(effect, 0, "", format!("{located}No changes to apply.\n")));
    }
    if is_dry {
        return Some(Answer::ended(effect, 0, listing("Changes to deploy bundle:", &steps), located));
    }
    Some(execute(state, &name, &bundle, &steps, located))
}

fn listing(title: &str, steps: &[Step]) -> String {
    let lines = steps.iter().map(|step| format!("- {}\n", step.words()));
    std::iter::once(format!("{title}\n")).chain(lines).collect()
}

/// One line a charm and channel, in the order of the applications.
fn located(bundle: &Bundle) -> String {
    let mut seen = BTreeSet::new();
    let charms = bundle.applications.values().map(|entry| (entry.charm(), entry.channel()));
    let lines = charms.filter(|charm| seen.insert(*charm));
    lines.map(|(charm, channel)| format!("Located charm {charm:?} in charm-hub, channel {channel}\n")).collect()
}

fn execute(state: &mut State, name: &str, bundle: &Bundle, steps: &[Step], located: String) -> Answer {
    let half_way = if state.stops_half_way { steps.len() / 2 } else { steps.len() };
    for (at, step) in steps.iter().enumerate() {
        let done =
            if at < half_way { apply(state, name, bundle, step) } else { Err("it stopped half way".to_string()) };
        if let Err(words) = done {
            let printed = listing("Executing changes:", &steps[..=at]);
            return Answer::ended(
                Effect::Change,
                1,
                printed,
                format!("{located}ERROR cannot deploy bundle: {words}\n"),
            );
        }
    }
    let seconds = state.clock.seconds;
    if let Some(model) = state.juju.models.get_mut(name) {
        model.rollout = Some(Rollout::deploy(seconds));
    }
    let printed = listing("Executing changes:", steps);
    Answer::ended(Effect::Change, 0, printed, format!("{located}Deploy of bundle completed.\n"))
}

fn apply(state: &mut State, name: &str, bundle: &Bundle, step: &Step) -> Result<(), String> {
    let now = state.clock.now();
    let Some(model) = state.juju.models.get_mut(name) else { return Err(format!("model {name} not found")) };
    match step {
        Step::Charm { .. } => {}
        Step::Application { name, .. } => {
            let entry = &bundle.applications[name];
            let app = application(model, name, entry)?;
            model.applications.insert(name.clone(), app);
        }
        Step::Machine { id, .. } => drop(model.machines.insert(id.clone(), pending(now))),
        Step::Container { id } => {
            if let Some(machine) = id.split('/').next().and_then(|host| model.machines.get_mut(host)) {
                machine.containers.insert(id.clone(), pending(now));
            }
        }
        Step::Relation { ends } => {
            let relation = relation(model, ends)?;
            model.relations.push(relation);
        }
        Step::Unit { name, place } => {
            let unit = waiting(Some(place.clone()), None, "waiting for machine", now);
            let app = name.split('/').next().and_then(|app| model.applications.get_mut(app));
            app.into_iter().for_each(|app| drop(app.units.insert(name.clone(), unit.clone())));
        }
    }
    Ok(())
}

/// The application with its spaces, or the first space that the model does not have.
fn application(model: &Model, name: &str, entry: &Entry) -> Result<Application, String> {
    let unknown = entry.bindings.values().find(|space| !model.spaces.contains_key(*space));
    if let Some(space) = unknown {
        return Err(format!("space {space:?} not found"));
    }
    let known = charmhub::application(name, entry.charm());
    let own = entry.bindings.get("").cloned();
    let of_model = || model.config.get("default-space").and_then(|value| value.value.as_str()).map(str::to_string);
    let rest = own.or_else(|| of_model().filter(|space| !space.is_empty())).unwrap_or_else(|| "alpha".to_string());
    let mut bindings: BTreeMap<String, String> =
        charmhub::endpoints(entry.charm()).into_iter().map(|endpoint| (endpoint, rest.clone())).collect();
    bindings.insert(String::new(), rest);
    for (endpoint, space) in &entry.bindings {
        if !bindings.contains_key(endpoint) {
            return Err(format!("binding(s) {endpoint:?} not valid for charm {name:?}"));
        }
        bindings.insert(endpoint.clone(), space.clone());
    }
    Ok(Application {
        charm: entry.charm().to_string(),
        channel: entry.channel().to_string(),
        revision: known.map_or(0, |known| known.revision),
        version: None,
        status: None,
        subordinate: known.is_some_and(|known| known.subordinate),
        bindings,
        peers: known.map(|known| known.peers.clone()).unwrap_or_default(),
        config: entry.options.clone(),
        units: BTreeMap::new(),
        status_error: None,
    })
}

fn relation(model: &Model, ends: &[String; 2]) -> Result<Relation, String> {
    let [a, b] = ends;
    let cannot = |why: String| format!("cannot add relation between {a:?} and {b:?}: {why}");
    let mut charms = Vec::new();
    for end in ends {
        let (application, endpoint) = end.split_once(':').unwrap_or((end.as_str(), ""));
        let Some(app) = model.applications.get(application) else {
            return Err(cannot(format!("application {application:?} not found")));
        };
        let known = charmhub::endpoints(&app.charm);
        if endpoint.is_empty() {
            return Err(cannot("ambiguous relation".to_string()));
        }
        if !known.contains(endpoint) {
            return Err(cannot(format!("application {application:?} has no {endpoint:?} relation")));
        }
        charms.push(format!("{}:{endpoint}", app.charm));
    }
    let charms: [String; 2] = charms.try_into().map_err(|_| cannot("no relations found".to_string()))?;
    let (interface, scope) = charmhub::interface(&charms).ok_or_else(|| cannot("no relations found".to_string()))?;
    Ok(Relation { endpoints: ends.clone(), interface, scope })
}

/// A machine or container that nobody has started yet.
fn pending(now: jiff::Timestamp) -> Machine {
    let status = |word: &str| Status { current: Some(word.to_string()), since: Some(now), ..Status::default() };
    Machine {
        hostname: String::new(),
        instance_id: "pending".to_string(),
        display_name: None,
        dns_name: String::new(),
        addresses: Vec::new(),
        agent: status("pending"),
        instance: status("pending"),
        modification: status("idle"),
        interfaces: BTreeMap::new(),
        containers: BTreeMap::new(),
        constraints: String::new(),
        hardware: String::new(),
        controller_member: None,
        status_error: None,
    }
}

/// A unit that nobody has installed yet.
pub(super) fn waiting(machine: Option<String>, principal: Option<String>, why: &str, now: jiff::Timestamp) -> Unit {
    let status = |word: &str, message: Option<&str>| Status {
        current: Some(word.to_string()),
        message: message.map(str::to_string),
        since: Some(now),
        ..Status::default()
    };
    Unit {
        machine,
        principal,
        leader: false,
        workload: status("waiting", Some(why)),
        agent: status("allocating", None),
        public_address: None,
        open_ports: Vec::new(),
        status_error: None,
    }
}
