//! A bundle as the client reads it: the file, with overlays laid over it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::ignored;
use crate::lab::{State, hosts};

/// The bundle that every lab's jumphost has in its working directory.
const BUNDLE: &str = include_str!("../../../bundle.yaml");

/// A bundle.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Bundle {
    #[serde(default = "jammy")]
    pub default_base: String,
    #[serde(default)]
    pub applications: BTreeMap<String, Entry>,
    #[serde(default)]
    pub relations: Vec<[String; 2]>,
    #[serde(default)]
    pub machines: BTreeMap<String, Option<Value>>,
}

/// An application of a bundle.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Entry {
    #[serde(default)]
    pub charm: Option<String>,
    #[serde(default)]
    pub channel: Option<String>,
    #[serde(default)]
    pub num_units: usize,
    #[serde(default)]
    pub to: Vec<String>,
    #[serde(default)]
    pub options: BTreeMap<String, Value>,
    #[serde(default)]
    pub bindings: BTreeMap<String, String>,
}

fn jammy() -> String {
    "ubuntu@22.04/stable".to_string()
}

impl Entry {
    /// The charm's name in the store.
    pub(super) fn charm(&self) -> &str {
        let name = self.charm.as_deref().unwrap_or_default();
        name.strip_prefix("ch:").unwrap_or(name)
    }

    /// The channel, `stable` when none is named.
    pub(super) fn channel(&self) -> &str {
        self.channel.as_deref().unwrap_or("stable")
    }
}

/// The text of a file that a command names by path: one that the jumphost holds, an overlay, or the project's bundle.
fn text(state: &State, path: &str) -> Option<String> {
    let bare = path.trim_start_matches("./");
    if let Some(overlay) = hosts::overlays(&state.hosts).get(bare) {
        return Some(String::from_utf8_lossy(overlay).into_owned());
    }
    let files = &state.hosts.jumphost.files;
    if let Some(file) = files.get(path).or_else(|| files.get(bare)) {
        return Some(file.text.clone());
    }
    (bare == "bundle.yaml").then(|| BUNDLE.to_string())
}

/// What a dry run warns of these files; one that is not there has no field.
pub(super) fn warning(state: &State, path: &str, overlays: &[&str]) -> String {
    let paths = std::iter::once(&path).chain(overlays);
    let texts: Vec<String> = paths.filter_map(|path| text(state, path)).collect();
    ignored::warning(texts.iter().map(String::as_str))
}

/// Reads the bundle and lays the overlays over it, in their order; the client's words otherwise.
pub(super) fn read(state: &State, path: &str, overlays: &[&str]) -> Result<Bundle, String> {
    let whole = text(state, path).ok_or_else(|| format!("cannot find \"{path}\": no such file or directory"))?;
    let mut bundle: Bundle =
        serde_saphyr::from_str(&whole).map_err(|error| format!("cannot unmarshal bundle contents: {error}"))?;
    for overlay in overlays {
        let unable = |why: String| format!("unable to process overlays: {why}");
        let missing = || unable(format!("couldn't open bundle overlay {overlay:?}: no such file or directory"));
        let given: Bundle = serde_saphyr::from_str(&text(state, overlay).ok_or_else(missing)?)
            .map_err(|error| unable(format!("cannot unmarshal overlay: {error}")))?;
        lay(&mut bundle, given);
    }
    verify(&bundle)?;
    Ok(bundle)
}

fn lay(bundle: &mut Bundle, overlay: Bundle) {
    for (name, entry) in overlay.applications {
        match bundle.applications.get_mut(&name) {
            None => drop(bundle.applications.insert(name, entry)),
            Some(found) => {
                found.options.extend(entry.options);
                found.bindings.extend(entry.bindings);
                found.channel = entry.channel.or(found.channel.take());
            }
        }
    }
    bundle.relations.extend(overlay.relations);
}

/// What the client finds wrong without asking anybody.
fn verify(bundle: &Bundle) -> Result<(), String> {
    let mut lines = Vec::new();
    for [a, b] in &bundle.relations {
        for end in [a, b] {
            let application = end.split(':').next().unwrap_or_default();
            if !bundle.applications.contains_key(application) {
                lines.push(format!(
                    "relation [{a:?} {b:?}] refers to application {application:?} not defined in this bundle"
                ));
            }
        }
    }
    for (name, entry) in &bundle.applications {
        for to in &entry.to {
            let key = to.strip_prefix("lxd:").unwrap_or(to);
            if !bundle.machines.contains_key(key) && !bundle.applications.contains_key(key) && key != "new" {
                lines.push(format!(
                    "placement {to:?} refers to a machine not defined in this bundle (application {name:?})"
                ));
            }
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    lines.sort();
    Err(format!("the provided bundle has the following errors:\n{}", lines.join("\n")))
}
