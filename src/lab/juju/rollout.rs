//! What happens by itself after a deploy, and after the certificates can be handed out, over the simulated clock.
//!
//! Nothing is queued: when a thing reaches its next phase is computed from its place and name, and moving the clock
//! applies the phases that came due. What was set by hand in between stays until its thing moves again.

mod machines;
mod units;

use serde::{Deserialize, Serialize};

use super::charmhub;
use super::documents::Status;
use super::schedule::{self, Phase};
use crate::lab::State;
use crate::lab::stages;

/// Something that is under way in a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollout {
    /// What.
    pub what: Rolling,
    /// When it began, in seconds of the lab's clock.
    pub since: u64,
    /// Up to when it was carried on, in seconds since then.
    pub reached: u64,
}

/// What may be under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rolling {
    /// Machines, containers and units come up.
    Deploy,
    /// Vault's certificates reach everyone who waits for them.
    Certificates,
}

impl Rollout {
    /// A deploy that begins now.
    pub(super) fn deploy(seconds: u64) -> Self {
        Rollout { what: Rolling::Deploy, since: seconds, reached: 0 }
    }

    /// Certificates that are handed out from now on.
    pub(super) fn certificates(seconds: u64) -> Self {
        Rollout { what: Rolling::Certificates, since: seconds, reached: 0 }
    }
}

/// Carries every model on to the clock's time.
pub(in crate::lab) fn pass_time(state: &mut State) {
    let under_way: Vec<String> =
        state.juju.models.iter().filter(|(_, model)| model.rollout.is_some()).map(|(name, _)| name.clone()).collect();
    for name in under_way {
        carry_on(state, &name);
    }
    super::vault::pass_time(state);
}

fn carry_on(state: &mut State, name: &str) {
    let seconds = state.clock.seconds;
    let Some(mut rollout) = state.juju.models.get(name).and_then(|model| model.rollout.clone()) else { return };
    let to = seconds.saturating_sub(rollout.since);
    if to <= rollout.reached {
        return;
    }
    let is_over = match rollout.what {
        Rolling::Deploy => {
            machines::carry_on(state, name, &rollout, to);
            units::carry_on(state, name, &rollout, to);
            to >= schedule::SETTLED
        }
        Rolling::Certificates => {
            certificates(state, name, &rollout, to);
            to >= schedule::CERTIFIED
        }
    };
    rollout.reached = to;
    if let Some(model) = state.juju.models.get_mut(name) {
        model.rollout = (!is_over).then_some(rollout);
    }
}

/// When second `at` of a rollout was.
fn moment(state: &State, rollout: &Rollout, at: u64) -> jiff::Timestamp {
    let seconds = (rollout.since + at) as i64;
    state.clock.epoch.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(jiff::Timestamp::MAX)
}

/// The last phase that came due between what was reached and now.
fn due(times: &[(u64, Phase)], rollout: &Rollout, to: u64) -> Option<(u64, Phase)> {
    times.iter().rev().find(|(at, _)| *at > rollout.reached && *at <= to).copied()
}

fn certificates(state: &mut State, name: &str, rollout: &Rollout, to: u64) {
    let Some(model) = state.juju.models.get(name) else { return };
    let of_charm = |unit: &String| {
        unit.split('/').next().and_then(|name| model.applications.get(name)).map(|app| app.charm.clone())
    };
    let all: Vec<(String, String)> = model
        .applications
        .values()
        .flat_map(|app| app.units.keys())
        .filter_map(|unit| Some((unit.clone(), of_charm(unit)?)))
        .collect();
    for (unit, charm) in all {
        let Some((at, phase)) = due(&schedule::certificate(&unit, &charm), rollout, to) else { continue };
        let now = moment(state, rollout, at);
        certify(state, name, &unit, phase, now);
    }
    if rollout.reached < schedule::SERVED && to >= schedule::SERVED {
        open_cloud(state, name);
    }
}

fn certify(state: &mut State, name: &str, unit: &str, phase: Phase, now: jiff::Timestamp) {
    let stuck = state.juju.stuck_units.get(unit).cloned();
    let Some(found) = units::unit_mut(state, name, unit) else { return };
    let version = found.agent.version.clone();
    let agent = |word: &str, message: &str| Status { version: version.clone(), ..status(word, message, now) };
    if phase == Phase::Relating {
        found.agent = agent("executing", "running certificates-relation-changed hook");
        return;
    }
    if let Some(stuck) = stuck {
        found.workload = Status { since: Some(now), ..stuck };
    } else if let Some(known) = charmhub::unit(unit) {
        found.workload = Status { since: Some(now), ..known.workload.clone() };
    }
    found.agent = if phase == Phase::Ready {
        agent("idle", "")
    } else {
        agent("executing", "running certificates-relation-changed hook")
    };
}

/// The services answer over TLS, and Keystone's catalog is whole.
fn open_cloud(state: &mut State, name: &str) {
    // Both documents are the project's own; that they apply is held by the stages' tests.
    let _ = stages::lay_over(state, "settled", &["openstack", "web"]);
    let application = charmhub::application("keystone", "keystone").and_then(|known| known.status.clone());
    let keystone = state.juju.models.get_mut(name).and_then(|model| model.applications.get_mut("keystone"));
    keystone.into_iter().for_each(|app| app.status = application.clone());
}

/// Nothing of the cloud answers any more.
pub(super) fn clear_cloud(state: &mut State) {
    let _ = stages::back_to_base(state, &["openstack", "web"]);
}

fn status(word: &str, message: &str, now: jiff::Timestamp) -> Status {
    let message = Some(message.to_string()).filter(|message| !message.is_empty());
    Status { current: Some(word.to_string()), message, since: Some(now), ..Status::default() }
}
