//! The overlays that lie beside the bundle, as files: a run takes them as its inputs, no program prints them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::HostsState;

/// Each overlay as YAML, by path.
pub(in crate::lab) fn overlays(state: &HostsState) -> BTreeMap<String, Arc<[u8]>> {
    state.overlays.iter().map(|(path, options)| (path.clone(), Arc::from(yaml(options).into_bytes()))).collect()
}

/// A JSON text is a double-quoted YAML text.
fn yaml(options: &BTreeMap<String, String>) -> String {
    let lines = options.iter().map(|(name, value)| format!("      {name}: {}\n", serde_json::json!(value)));
    format!("applications:\n  octavia:\n    options:\n{}", lines.collect::<String>())
}

/// Takes an overlay that was written beside the bundle; false when the text is none of Octavia's.
pub(super) fn take(state: &mut HostsState, path: &str, text: &str) -> bool {
    let parsed: Option<serde_json::Value> = serde_saphyr::from_str(text).ok();
    let options = parsed.and_then(|document| document["applications"]["octavia"]["options"].as_object().cloned());
    let Some(options) = options else { return false };
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    let options = options.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    state.overlays.insert(path.trim_start_matches("./").to_string(), options);
    true
}
