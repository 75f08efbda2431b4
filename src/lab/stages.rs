//! The embedded documents: a base per service, and per stage a patch per service.
//!
//! `fixtures/lab/base/SERVICE.json` is a whole document of a service. `fixtures/lab/stages/STAGE/SERVICE.json` is an RFC
//! 6902 patch on it. Stages chain: each begins where the one before it in [`STAGES`] ended.

use anyhow::{Context, bail};
use serde_json::Value;

use super::State;

/// A service's name and its base document.
const BASE: &[(&str, &str)] = &[
    ("maas", include_str!("../../fixtures/lab/base/maas.json")),
    ("openstack", include_str!("../../fixtures/lab/base/openstack.json")),
    ("juju", include_str!("../../fixtures/lab/base/juju.json")),
    ("hosts", include_str!("../../fixtures/lab/base/hosts.json")),
    ("netbox", include_str!("../../fixtures/lab/base/netbox.json")),
    ("web", include_str!("../../fixtures/lab/base/web.json")),
];

/// A stage and what it changes: a service's name and a patch.
type Stage = (&'static str, &'static [(&'static str, &'static str)]);

/// The stages in the order in which a cloud passes through them.
const STAGES: &[Stage] = &[
    ("lost", &[]),
    ("released", &[("maas", include_str!("../../fixtures/lab/stages/released/maas.json"))]),
    (
        "ready",
        &[
            ("maas", include_str!("../../fixtures/lab/stages/ready/maas.json")),
            ("hosts", include_str!("../../fixtures/lab/stages/ready/hosts.json")),
        ],
    ),
    (
        "settled",
        &[
            ("maas", include_str!("../../fixtures/lab/stages/settled/maas.json")),
            ("openstack", include_str!("../../fixtures/lab/stages/settled/openstack.json")),
            ("juju", include_str!("../../fixtures/lab/stages/settled/juju.json")),
            ("hosts", include_str!("../../fixtures/lab/stages/settled/hosts.json")),
            ("netbox", include_str!("../../fixtures/lab/stages/settled/netbox.json")),
            ("web", include_str!("../../fixtures/lab/stages/settled/web.json")),
        ],
    ),
];

/// The names of the stages, in their order.
pub(super) fn names() -> &'static [&'static str] {
    const NAMES: [&str; STAGES.len()] = {
        let mut names = [""; STAGES.len()];
        let mut at = 0;
        while at < STAGES.len() {
            names[at] = STAGES[at].0;
            at += 1;
        }
        names
    };
    &NAMES
}

/// The state at a stage.
pub(super) fn load(stage: &str) -> anyhow::Result<State> {
    let Some(last) = STAGES.iter().position(|(name, _)| *name == stage) else {
        bail!("the lab has no stage `{stage}`; it has {}", names().join(", "));
    };
    let mut document = base(stage)?;
    for (name, patches) in &STAGES[..=last] {
        patches.iter().try_for_each(|(service, patch)| {
            apply(&mut document[*service], patch).with_context(|| format!("fixtures/lab/stages/{name}/{service}.json"))
        })?;
    }
    parse(document).with_context(|| format!("stage {stage}"))
}

/// Reads a state from its JSON form; an error names the path of what does not fit.
pub(super) fn parse(document: Value) -> anyhow::Result<State> {
    serde_path_to_error::deserialize(&document)
        .map_err(|error| anyhow::anyhow!("at {}: {}", error.path(), error.inner()))
}

fn base(stage: &str) -> anyhow::Result<Value> {
    let mut document = serde_json::json!({
        "stage": stage,
        "clock": super::clock::Clock::default(),
        "seed": {"text": "lab", "drawn": 0},
    });
    for (service, text) in BASE {
        document[*service] = serde_json::from_str(text).with_context(|| format!("fixtures/lab/base/{service}.json"))?;
    }
    document["hosts"]["overlays"] = serde_json::json!({ "overlays/octavia-pki.yaml": octavia_pki()? });
    Ok(document)
}

/// The options in the generated overlay, so that a case can patch one.
fn octavia_pki() -> anyhow::Result<Value> {
    const TEXT: &str = include_str!("../../fixtures/lab/overlays/octavia-pki.yaml");
    let overlay: Value = serde_saphyr::from_str(TEXT).context("fixtures/lab/overlays/octavia-pki.yaml")?;
    overlay.pointer("/applications/octavia/options").cloned().context("the overlay has no options of octavia")
}

fn apply(document: &mut Value, patch: &str) -> anyhow::Result<()> {
    let patch: json_patch::Patch = serde_json::from_str(patch)?;
    Ok(json_patch::patch(document, &patch)?)
}
