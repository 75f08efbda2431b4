//! Whether a model has settled: everyone who is expected is there, nobody is in error, all agents are idle, and nothing
//! has changed over several looks. Idle alone is never settled: between two waves of hooks every agent is idle.

use std::collections::{BTreeMap, BTreeSet};

use crate::host::{Call, Mode, Stop};
use crate::options;
use crate::primitives::forms;
use crate::script::{Answer, Handle, Primitive};

use super::status::JujuStatus;
use super::unit::Unit;

options! {
    /// Who is expected, and what may be otherwise than active.
    SettleSpec {
        /// The units that must be there, as `APPLICATION COUNT`, subordinates included.
        units in forms::UNITS: Vec<String>,
        /// Applications whose units may wait for something that this deploy does not bring.
        waiting: Vec<String> = Vec::new(),
        /// How many looks in a row must show the same.
        looks: i64 = 3,
    }
}

/// What earlier looks saw.
#[derive(Clone, Default, PartialEq)]
pub struct Look {
    states: BTreeMap<String, String>,
    same: i64,
    changed: String,
}

/// The number of units by application, as the runbook expects them.
fn expected(lines: &[String]) -> Result<BTreeMap<String, usize>, Stop> {
    let parsed = lines.iter().map(|line| {
        let (name, count) = line.rsplit_once(' ')?;
        Some((name.to_string(), count.parse().ok().filter(|count| *count > 0)?))
    });
    let all: Option<BTreeMap<String, usize>> = parsed.collect();
    let all = all.ok_or_else(|| Stop::script("units are expected as `APPLICATION COUNT`, e.g. `ceph-osd 4`"))?;
    if all.is_empty() {
        return Err(Stop::script("a model of which no unit is expected is always settled; name its units"));
    }
    Ok(all)
}

/// What stands in the way, in words; nothing when only time is wanting.
fn obstacles(units: &[&Unit], wanted: &BTreeMap<String, usize>, waiting: &[String]) -> Result<Vec<String>, Stop> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    units.iter().for_each(|unit| *seen.entry(&unit.application).or_default() += 1);
    let applications: BTreeSet<&str> = wanted.keys().map(String::as_str).chain(seen.keys().copied()).collect();
    let mut found = Vec::new();
    for name in applications {
        match (wanted.get(name).copied().unwrap_or(0), seen.get(name).copied().unwrap_or(0)) {
            (wanted, there) if there < wanted => found.push(format!("{name}: {there} of {wanted} units")),
            (0, there) => found.push(format!("{name}: {there} units that nobody expects")),
            (wanted, there) if there > wanted => found.push(format!("{name}: {there} units in place of {wanted}")),
            _ => {}
        }
    }
    for unit in units {
        let workload = told(&unit.workload)?.word();
        let agent = told(&unit.agent)?.word();
        let may_wait = waiting.contains(&unit.application) && workload != "maintenance";
        if workload == "error" || ["failed", "lost", "error"].contains(&agent) {
            found.insert(0, format!("in error: {}", unit.state()));
        } else if agent != "idle" || (workload != "active" && !may_wait) {
            found.push(unit.state());
        }
    }
    Ok(found)
}

fn told<T>(value: &crate::script::Told<T>) -> Result<&T, Stop> {
    value.as_ref().map_err(|stop| (**stop).clone())
}

/// `31 active, 1 blocked; 60 idle, 3 executing`.
fn counts(units: &[&Unit]) -> String {
    let mut all: [BTreeMap<&str, usize>; 2] = Default::default();
    for unit in units {
        if let (Ok(workload), Ok(agent)) = (&unit.workload, &unit.agent) {
            *all[0].entry(workload.word()).or_default() += 1;
            *all[1].entry(agent.word()).or_default() += 1;
        }
    }
    let words = |counts: &BTreeMap<&str, usize>| {
        counts.iter().map(|(state, count)| format!("{count} {state}")).collect::<Vec<_>>().join(", ")
    };
    format!("{}; agents {}", words(&all[0]), words(&all[1]))
}

/// Compares with the look before: how often in a row the same was seen, and what changed last.
fn compare(before: &Look, units: &[&Unit]) -> Look {
    let states: BTreeMap<String, String> = units.iter().map(|unit| (unit.name.clone(), unit.state())).collect();
    if states == before.states && !states.is_empty() {
        return Look { states, same: before.same + 1, changed: before.changed.clone() };
    }
    let changed: Vec<&String> =
        states.iter().filter(|(name, state)| before.states.get(*name) != Some(state)).map(|(_, state)| state).collect();
    let changed = match changed.as_slice() {
        [] => String::new(),
        [one] => (*one).clone(),
        [one, more @ ..] => format!("{one} and {} more", more.len()),
    };
    Look { states, same: 1, changed }
}

fn settled(call: &Call<'_>, status: &Handle<JujuStatus>, spec: &SettleSpec) -> Result<Answer, Stop> {
    call.unless_touched("juju unit", "the units of the model")?;
    let wanted = expected(&spec.units)?;
    let now = status.now()?;
    let units: Vec<&Unit> = now.units()?.iter().map(Handle::now).collect::<Result<_, _>>()?;
    let obstacles = obstacles(&units, &wanted, &spec.waiting)?;
    let key = format!("settled|{}|{}", status.identity(), call.step());
    let look = {
        let mut looks = call.host.session.looks();
        let look = compare(&looks.get(&key).cloned().unwrap_or_default(), &units);
        looks.insert(key, look.clone());
        look
    };
    // A plan looks once; whether it lasts is for the apply to see.
    let needed = if call.host.mode == Mode::Apply { spec.looks.max(1) } else { 1 };
    let answer = Answer {
        holds: obstacles.is_empty() && look.same >= needed,
        wanted: format!("{} units settled over {needed} looks", wanted.values().sum::<usize>()),
        seen: seen(&units, &obstacles, &look, needed),
        source: status.source().to_string(),
    };
    call.tell(
        &format!("juju status|{}|settled", status.identity()),
        "units",
        &rhai::Dynamic::from(answer.seen.clone()),
        &answer.source,
    );
    Ok(answer)
}

fn seen(units: &[&Unit], obstacles: &[String], look: &Look, needed: i64) -> String {
    let mut parts = vec![format!("{} units: {}", units.len(), counts(units))];
    match obstacles {
        [] if look.same < needed => parts.push(format!("the same over {} of {needed} looks", look.same)),
        [] => {}
        few => {
            let more = if few.len() > 6 { format!("; and {} more", few.len() - 6) } else { String::new() };
            parts.push(format!("blocked by {}{more}", few.iter().take(6).cloned().collect::<Vec<_>>().join("; ")));
        }
    }
    if !look.changed.is_empty() && look.same == 1 {
        parts.push(format!("changed last: {}", look.changed));
    }
    parts.join(". ")
}

/// Whether so many machines, or so many containers, are there and all have started.
fn started(call: &Call<'_>, status: &Handle<JujuStatus>, kind: &str, wanted: i64) -> Result<Answer, Stop> {
    call.unless_touched("juju machine", "the machines of the model")?;
    let is_container = kind == "container";
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for machine in status.now()?.machines()?.iter().filter(|machine| machine.identity().contains('/') == is_container) {
        let state = told(&machine.now()?.state)?.clone().unwrap_or_else(|| "without a state".to_string());
        *counts.entry(state).or_default() += 1;
    }
    let words: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    Ok(Answer {
        holds: wanted > 0 && counts.len() == 1 && counts.get("started") == Some(&wanted),
        wanted: format!("{wanted} started and no other"),
        seen: if words.is_empty() { format!("no {kind}") } else { words.join(", ") },
        source: status.source().to_string(),
    })
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "juju";
        /// Whether the model has so many machines, and all are started. Containers do not count.
        read fn machines_started on JujuStatus(call, status: Handle<JujuStatus>, count: i64) -> Answer { started(call, &status, "machine", count) }
        /// Whether the model has so many containers, on whatever machines, and all are started.
        read fn containers_started on JujuStatus(call, status: Handle<JujuStatus>, count: i64) -> Answer { started(call, &status, "container", count) }
        /// Whether the model has settled: every expected unit is there and no other, none is in error, all agents are
        /// idle, all workloads active but those that may wait, and several looks in a row show the same. Use it in
        /// `wait_until`; a plan looks once.
        read fn settled on JujuStatus(call, status: Handle<JujuStatus>, spec: SettleSpec) -> Answer { settled(call, &status, &spec) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{Command, Request};

    fn units(rows: &[(&str, &str, &str)]) -> JujuStatus {
        let unit = |(name, workload, agent): &(&str, &str, &str)| {
            format!(
                "\"{name}\": {{\"workload-status\": {{\"current\": \"{workload}\"}}, \"juju-status\": {{\"current\": \"{agent}\"}}}}"
            )
        };
        let all: Vec<String> = rows.iter().map(unit).collect();
        let text = format!(
            "{{\"model\": {{\"name\": \"m\", \"controller\": \"c\", \"cloud\": \"k\", \"version\": \"3.6.5\"}}, \"machines\": {{}},
              \"applications\": {{\"a\": {{\"charm-name\": \"a\", \"units\": {{{}}}}}}}}}",
            all.join(",")
        );
        super::super::status::read(&Request::from(Command::new("juju", ["status"])), text.as_bytes()).expect("a status")
    }

    fn blocked(rows: &[(&str, &str, &str)], waiting: &[&str]) -> Vec<String> {
        let status = units(rows);
        let units: Vec<&Unit> = status.units().unwrap().iter().map(|unit| unit.now().unwrap()).collect();
        let waiting: Vec<String> = waiting.iter().map(|name| (*name).to_string()).collect();
        obstacles(&units, &BTreeMap::from([("a".to_string(), 2)]), &waiting).unwrap()
    }

    #[test]
    fn a_unit_that_is_not_there_yet_is_an_obstacle_though_all_others_are_idle() {
        assert_eq!(blocked(&[("a/0", "active", "idle")], &[]), ["a: 1 of 2 units"]);
    }

    #[test]
    fn an_error_stands_first_and_one_that_may_wait_is_none() {
        let rows = [("a/0", "waiting", "idle"), ("a/1", "error", "idle")];
        assert!(blocked(&rows, &["a"])[0].starts_with("in error: a/1"), "{:?}", blocked(&rows, &["a"]));
        assert_eq!(blocked(&rows, &["a"]).len(), 1);
        assert_eq!(blocked(&rows, &[]).len(), 2);
        assert_eq!(blocked(&[("a/0", "maintenance", "idle"), ("a/1", "active", "idle")], &["a"]).len(), 1);
    }

    #[test]
    fn the_same_again_counts_and_a_change_begins_anew() {
        let (first, other) = (units(&[("a/0", "active", "idle")]), units(&[("a/0", "active", "executing")]));
        let list = |status: &JujuStatus| {
            status.units().unwrap().iter().map(|unit| unit.now().unwrap().clone()).collect::<Vec<_>>()
        };
        let (first, other) = (list(&first), list(&other));
        let look = |before: &Look, units: &[Unit]| compare(before, &units.iter().collect::<Vec<_>>());
        let twice = look(&look(&Look::default(), &first), &first);
        assert_eq!(twice.same, 2);
        let changed = look(&twice, &other);
        assert!(changed.same == 1 && changed.changed.contains("executing"));
    }
}
