//! Findings of the check as the protocol has them.

use lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location, NumberOrString, Range, Uri,
};

use super::positions::{Encoding, range};
use crate::check::message::Frame;
use crate::check::tree::Span;
use crate::check::{self, Severity};

/// What a finding needs to be placed: texts and addresses of the repository's files.
pub trait Files {
    /// The text of a file, as it is checked.
    fn text(&self, file: &str) -> Option<&str>;
    /// Its address.
    fn uri(&self, file: &str) -> Option<Uri>;
}

/// A finding in its own file. What a comment allows is not shown.
pub fn shown(found: &check::Diagnostic, files: &dyn Files, encoding: Encoding) -> Option<Diagnostic> {
    let severity = match found.severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Allowed => return None,
    };
    let related: Vec<_> = found.frames.iter().filter_map(|frame| related(frame, files, encoding)).collect();
    Some(Diagnostic {
        range: marked(files.text(&found.file).unwrap_or_default(), found.span, encoding),
        severity: Some(severity),
        code: Some(NumberOrString::String(found.id.clone())),
        source: Some("omega".to_owned()),
        message: worded(found),
        related_information: (!related.is_empty()).then_some(related),
        tags: found.id.starts_with("W022").then(|| vec![DiagnosticTag::UNNECESSARY]),
        ..Diagnostic::default()
    })
}

/// A finding in a library, shown where this file calls it: that is where the operator is looking.
pub fn at_the_call(found: &check::Diagnostic, file: &str, files: &dyn Files, encoding: Encoding) -> Option<Diagnostic> {
    let frame = found.frames.iter().rev().find(|frame| frame.file == file)?;
    let mut shown = shown(found, files, encoding)?;
    let there = Frame { what: found.message.clone(), file: found.file.clone(), span: found.span };
    shown.message = format!("in {}:{}: {}", found.file, found.span.line, shown.message);
    shown.related_information = related(&there, files, encoding).map(|there| vec![there]);
    shown.range = marked(files.text(file)?, frame.span, encoding);
    Some(shown)
}

/// A place without extent would not be seen: it gets the letter there, or the one before the line's end.
fn marked(text: &str, span: Span, encoding: Encoding) -> Range {
    let found = range(text, span, encoding);
    if found.start != found.end || !span.is_known() {
        return found;
    }
    let wider = range(text, Span { end_column: span.column + 1, ..span }, encoding);
    if wider.start != wider.end {
        return wider;
    }
    range(text, Span { column: span.column.saturating_sub(1).max(1), ..span }, encoding)
}

fn related(frame: &Frame, files: &dyn Files, encoding: Encoding) -> Option<DiagnosticRelatedInformation> {
    let range = range(files.text(&frame.file)?, frame.span, encoding);
    let location = Location { uri: files.uri(&frame.file)?, range };
    Some(DiagnosticRelatedInformation { location, message: frame.what.clone() })
}

/// A client shows one text, so all that helps goes into it.
fn worded(found: &check::Diagnostic) -> String {
    let label = found.label.iter().cloned();
    let help = found.help.iter().map(|text| format!("help: {text}"));
    let next = found.next.iter().map(|text| format!("next: {text}"));
    let notes = found.notes.iter().cloned();
    let lines: Vec<String> =
        [found.message.clone()].into_iter().chain(label).chain(help).chain(notes).chain(next).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    struct One;

    impl Files for One {
        fn text(&self, _: &str) -> Option<&str> {
            Some("let a = 1;\ncall(a)\n")
        }
        fn uri(&self, file: &str) -> Option<Uri> {
            Uri::from_str(&format!("file:///r/{file}")).ok()
        }
    }

    #[test]
    fn a_finding_carries_all_that_helps() {
        let span = Span { line: 1, column: 5, end_line: 1, end_column: 6 };
        let found = check::Diagnostic::error("E0204", "no field", "lib/a.rhai", span)
            .label("did you mean `b`?")
            .help("write b")
            .frame("fn f()", "runbooks/r.rhai", Span { line: 2, column: 1, end_line: 2, end_column: 5 });
        let shown = shown(&found, &One, Encoding::Utf16).expect("shown");
        assert_eq!(shown.message, "no field\ndid you mean `b`?\nhelp: write b");
        assert_eq!((shown.range.start.character, shown.range.end.character), (4, 5));
        assert_eq!(shown.related_information.expect("the call")[0].location.range.start.line, 1);
        let call = at_the_call(&found, "runbooks/r.rhai", &One, Encoding::Utf16).expect("at the call");
        assert!(call.message.starts_with("in lib/a.rhai:1: no field"), "{}", call.message);
        assert_eq!((call.range.start.line, call.range.end.character), (1, 4));
        assert!(at_the_call(&found, "runbooks/other.rhai", &One, Encoding::Utf16).is_none());
    }

    #[test]
    fn a_bare_place_can_be_seen() {
        let there = marked("ab\n", Span::at(1, 3), Encoding::Utf16);
        assert_eq!((there.start.character, there.end.character), (1, 2), "the letter before the line's end");
        let there = marked("ab\n", Span::at(1, 1), Encoding::Utf16);
        assert_eq!((there.start.character, there.end.character), (0, 1));
    }
}
