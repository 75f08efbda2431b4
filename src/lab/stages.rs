//! The stages: healthy states of the lab with a name.
//!
//! `fixtures/lab/base/SERVICE.json` is a whole document of a service. `fixtures/lab/stages/STAGE/SERVICE.json` is an RFC
//! 6902 patch on it. A stage that is played comes of the lab's own answers to what an operator would ask.

use anyhow::{Context, bail};
use serde_json::Value;

use super::{State, played};

/// A service's name and its base document.
const BASE: &[(&str, &str)] = &[
    ("maas", include_str!("../../fixtures/lab/base/maas.json")),
    ("openstack", include_str!("../../fixtures/lab/base/openstack.json")),
    ("juju", include_str!("../../fixtures/lab/base/juju.json")),
    ("hosts", include_str!("../../fixtures/lab/base/hosts.json")),
    ("netbox", include_str!("../../fixtures/lab/base/netbox.json")),
    ("web", include_str!("../../fixtures/lab/base/web.json")),
];

/// A service's name and a patch on its document.
type Patches = &'static [(&'static str, &'static str)];

/// A stage.
struct Stage {
    name: &'static str,
    /// The stage that it is made from; none for the base documents.
    from: Option<&'static str>,
    how: How,
}

/// How a stage is made from the one before.
enum How {
    /// By patches on documents.
    Patched(Patches),
    /// By asking the lab's own services, as an operator would.
    Played(fn(&mut State) -> anyhow::Result<()>),
}

/// The stages in the order in which a cloud passes through them.
const STAGES: &[Stage] = &[
    Stage { name: "lost", from: None, how: How::Patched(&[]) },
    Stage {
        name: "released",
        from: Some("lost"),
        how: How::Patched(&[("maas", include_str!("../../fixtures/lab/stages/released/maas.json"))]),
    },
    Stage {
        name: "ready",
        from: Some("released"),
        how: How::Patched(&[
            ("maas", include_str!("../../fixtures/lab/stages/ready/maas.json")),
            ("hosts", include_str!("../../fixtures/lab/stages/ready/hosts.json")),
        ]),
    },
    Stage { name: "pre-vault", from: Some("ready"), how: How::Played(played::pre_vault) },
    Stage {
        name: "settled",
        // Not from pre-vault: its documents are whole, and most runs begin here.
        from: Some("ready"),
        how: How::Patched(&[
            ("maas", include_str!("../../fixtures/lab/stages/settled/maas.json")),
            ("openstack", include_str!("../../fixtures/lab/stages/settled/openstack.json")),
            ("juju", include_str!("../../fixtures/lab/stages/settled/juju.json")),
            ("hosts", include_str!("../../fixtures/lab/stages/settled/hosts.json")),
            ("netbox", include_str!("../../fixtures/lab/stages/settled/netbox.json")),
            ("web", include_str!("../../fixtures/lab/stages/settled/web.json")),
        ]),
    },
    Stage { name: "carved", from: Some("settled"), how: How::Played(played::carved) },
    Stage { name: "octavia", from: Some("carved"), how: How::Played(played::octavia) },
];

/// The names of the stages, in their order.
pub(super) fn names() -> &'static [&'static str] {
    const NAMES: [&str; STAGES.len()] = {
        let mut names = [""; STAGES.len()];
        let mut at = 0;
        while at < STAGES.len() {
            names[at] = STAGES[at].name;
            at += 1;
        }
        names
    };
    &NAMES
}

fn stage(name: &str) -> anyhow::Result<&'static Stage> {
    let found = STAGES.iter().find(|stage| stage.name == name);
    found.with_context(|| format!("the lab has no stage `{name}`; it has {}", names().join(", ")))
}

/// The state at a stage.
pub(super) fn load(name: &str) -> anyhow::Result<State> {
    let mut state = match stage(name)?.how {
        How::Patched(_) => parse(document(name)?).with_context(|| format!("stage {name}"))?,
        How::Played(play) => {
            let mut state = load(stage(name)?.from.unwrap_or("ready"))?;
            play(&mut state).with_context(|| format!("stage {name}"))?;
            state
        }
    };
    state.stage = name.to_string();
    Ok(state)
}

/// The document of a stage that is made of patches alone.
fn document(name: &str) -> anyhow::Result<Value> {
    let Stage { from, how: How::Patched(patches), .. } = stage(name)? else {
        bail!("stage {name} is played, and other stages cannot be patched onto it");
    };
    let mut document = match from {
        Some(from) => document(from)?,
        None => base(name)?,
    };
    for (service, patch) in *patches {
        apply(&mut document[*service], patch).with_context(|| format!("fixtures/lab/stages/{name}/{service}.json"))?;
    }
    Ok(document)
}

/// The patch of a stage on a service's document.
pub(super) fn patch_of(name: &str, service: &str) -> Option<&'static str> {
    match stage(name).ok()?.how {
        How::Patched(patches) => patches.iter().find(|(known, _)| *known == service).map(|(_, patch)| *patch),
        How::Played(_) => None,
    }
}

/// Lays a stage's patches on some services over the state as it is.
pub(super) fn lay_over(state: &mut State, name: &str, services: &[&str]) -> anyhow::Result<()> {
    let mut document = serde_json::to_value(&*state)?;
    for service in services {
        let patch = patch_of(name, service).with_context(|| format!("stage {name} has no patch of {service}"))?;
        apply(&mut document[*service], patch)?;
    }
    *state = parse(document)?;
    Ok(())
}

/// Puts some services back to their base documents.
pub(super) fn back_to_base(state: &mut State, services: &[&str]) -> anyhow::Result<()> {
    let mut document = serde_json::to_value(&*state)?;
    let base = base(&state.stage)?;
    for service in services {
        document[*service] = base[*service].clone();
    }
    *state = parse(document)?;
    Ok(())
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
