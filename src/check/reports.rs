//! Findings for other programs: our own versioned JSON, and SARIF 2.1.0 for code hosts and editors.

use serde_json::{Value, json};

use super::message::{Diagnostic, Frame, Severity};
use super::tree::Span;

/// The name and version of our own form.
const SCHEMA: &str = "omega.diagnostics/1";

/// Our own form: every field of every finding.
#[must_use]
pub fn json(diagnostics: &[Diagnostic]) -> Value {
    json!({ "schema": SCHEMA, "diagnostics": diagnostics.iter().map(finding).collect::<Vec<_>>() })
}

fn finding(diagnostic: &Diagnostic) -> Value {
    json!({
        "id": diagnostic.id,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": diagnostic.file,
        "span": span(diagnostic.span),
        "label": diagnostic.label,
        "notes": diagnostic.notes,
        "help": diagnostic.help,
        "frames": diagnostic.frames.iter().map(frame).collect::<Vec<_>>(),
        "next": diagnostic.next,
    })
}

fn frame(frame: &Frame) -> Value {
    json!({ "what": frame.what, "file": frame.file, "span": span(frame.span) })
}

fn span(span: Span) -> Value {
    if !span.is_known() {
        return Value::Null;
    }
    json!({ "line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column })
}

/// SARIF 2.1.0, one run.
#[must_use]
pub fn sarif(diagnostics: &[Diagnostic]) -> Value {
    let ids: std::collections::BTreeSet<_> = diagnostics.iter().map(|d| d.id.as_str()).collect();
    let rules: Vec<_> = ids.into_iter().map(|id| json!({ "id": id })).collect();
    let driver = json!({ "name": "omega", "version": env!("CARGO_PKG_VERSION"), "rules": rules });
    let results: Vec<_> = diagnostics.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
    })
}

fn result(diagnostic: &Diagnostic) -> Value {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Allowed => "note",
    };
    let mut result = json!({ "ruleId": diagnostic.id, "level": level, "message": { "text": full_text(diagnostic) } });
    if diagnostic.severity == Severity::Allowed {
        let why = diagnostic.notes.last().cloned().unwrap_or_default();
        result["suppressions"] = json!([{ "kind": "inSource", "justification": why }]);
    }
    if !diagnostic.file.is_empty() {
        result["locations"] = json!([location(&diagnostic.file, diagnostic.span)]);
    }
    if !diagnostic.frames.is_empty() {
        let frames: Vec<_> = diagnostic.frames.iter().map(stack_frame).collect();
        result["stacks"] = json!([{ "frames": frames }]);
    }
    result
}

/// A viewer shows one text, so all that helps goes into it.
fn full_text(diagnostic: &Diagnostic) -> String {
    let label = diagnostic.label.iter().cloned();
    let notes = diagnostic.notes.iter().cloned();
    let help = diagnostic.help.iter().map(|text| format!("help: {text}"));
    let next = diagnostic.next.iter().map(|text| format!("next: {text}"));
    [diagnostic.message.clone()]
        .into_iter()
        .chain(label)
        .chain(notes)
        .chain(help)
        .chain(next)
        .collect::<Vec<_>>()
        .join("\n")
}

fn stack_frame(frame: &Frame) -> Value {
    let mut location = location(&frame.file, frame.span);
    location["message"] = json!({ "text": frame.what });
    json!({ "location": location })
}

fn location(file: &str, span: Span) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(file) } });
    if span.is_known() {
        physical["region"] = json!({
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        });
    }
    json!({ "physicalLocation": physical })
}

/// A relative path as a URI reference.
fn uri(file: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~');
    file.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
