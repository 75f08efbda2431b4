//! JSON lines on standard output: the journal's own lines, as they happen.

use std::io::Write;

use crate::journal::{Line, Listener, VERSION};

/// Prints each event as one line of JSON.
pub struct JsonLines;

impl Listener for JsonLines {
    fn hear(&self, line: &Line) {
        if let Ok(text) = serde_json::to_string(line) {
            // A reader that has gone away must not stop a run.
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        }
    }
}

/// The first line of every JSON output: what follows, and in which version.
pub fn schema(of: &str) -> String {
    serde_json::json!({ "schema": format!("omega/{of}"), "version": VERSION }).to_string()
}
