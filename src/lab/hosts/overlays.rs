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
