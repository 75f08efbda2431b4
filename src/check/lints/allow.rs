//! Waivers: `// omega: allow E0302: reason` on the line before a finding. What is waived is counted, never lost.

use super::super::message::{Diagnostic, Severity};
use super::super::rules;
use super::super::span::narrow;
use super::super::tokens::Tokens;
use super::super::tree::{Span, Tree};

/// What a waiver begins with.
const MARK: &str = "// omega: allow";

/// One comment.
struct Waiver<'t> {
    id: &'t str,
    reason: &'t str,
    span: Span,
    /// The line of code that it speaks of.
    line: u32,
    used: bool,
}

/// Whether a file may hold waivers: where it holds none, nothing is to be applied.
#[must_use]
pub fn may_waive(tree: &Tree) -> bool {
    tree.source.contains(MARK)
}

/// Rules that only all runbooks together break.
const TOGETHER: [&str; 4] = ["W0351", "W0354", "W0355", "W0363"];

/// Turns the waived findings of a file into notes of the report, and tells of waivers that are wrong or waive nothing.
pub fn apply(tree: &Tree, found: &mut Vec<Diagnostic>) {
    let mut waivers = waivers(tree);
    waivers.iter_mut().for_each(|waiver| waiver.used = TOGETHER.contains(&waiver.id) && !waiver.reason.is_empty());
    waive(tree, &mut waivers, found);
    // With a name or a type that is wrong not every lesson was looked for, so a waiver may be of use that seems of none.
    let complete = found.iter().all(|finding| finding.severity != Severity::Error || is_lint(&finding.id));
    let may_be_idle = |waiver: &Waiver<'_>| complete && !is_held_back(tree, waiver, found);
    let told = waivers.iter().filter_map(|waiver| Some((waiver, wrong(tree, waiver)?)));
    let told = told.filter(|(waiver, finding)| finding.id != "W0313" || may_be_idle(waiver));
    let told: Vec<Diagnostic> = told.map(|(_, finding)| finding).collect();
    found.extend(told);
}

/// The same of what only all runbooks together tell. Where not all were read, a waiver that waives nothing may be of use.
pub fn apply_together(tree: &Tree, all_were_read: bool, found: &mut Vec<Diagnostic>) {
    let mut waivers = waivers(tree);
    waivers.retain(|waiver| TOGETHER.contains(&waiver.id) && !waiver.reason.is_empty());
    waive(tree, &mut waivers, found);
    if all_were_read {
        found.extend(waivers.iter().filter_map(|waiver| wrong(tree, waiver)));
    }
}

fn waive(tree: &Tree, waivers: &mut [Waiver<'_>], found: &mut [Diagnostic]) {
    for diagnostic in found.iter_mut().filter(|diagnostic| diagnostic.file == tree.file && is_lint(&diagnostic.id)) {
        let fitting = |waiver: &&mut Waiver<'_>| waiver.line == diagnostic.span.line && waiver.id == diagnostic.id;
        if let Some(waiver) = waivers.iter_mut().filter(|waiver| !waiver.reason.is_empty()).find(fitting) {
            waiver.used = true;
            diagnostic.severity = Severity::Allowed;
            diagnostic.notes.push(format!("allowed: {}", waiver.reason));
        }
    }
}

/// Whether what a waiver allows may only not be told because another finding is: of arguments in each other's place
/// follows that nobody looks at the change, and of one line not all that follows is told.
fn is_held_back(tree: &Tree, waiver: &Waiver<'_>, found: &[Diagnostic]) -> bool {
    let is_beside = |told: &Diagnostic| told.file == tree.file && told.span.line == waiver.line;
    found.iter().any(|told| waiver.id == "W0306" && told.id == "W0326" || is_beside(told))
}

/// Only lessons can be waived, not names and types.
fn is_lint(id: &str) -> bool {
    id.get(1..3) == Some("03") && !matches!(id, "E0311" | "E0313" | "E0318" | "W0313" | "W0314" | "W0318")
}

fn wrong(tree: &Tree, waiver: &Waiver<'_>) -> Option<Diagnostic> {
    let form = "write // omega: allow E0302: why it is right here";
    let id = waiver.id;
    let (message, help) = match rules::explain(id) {
        _ if waiver.used => return None,
        None => (format!("no rule is called {id:?}"), form.to_owned()),
        Some(_) if !is_lint(id) => (
            format!("{id} cannot be allowed"),
            "put right what it tells; only rules of E03.. and W03.. can be allowed, and no secret in a text".to_owned(),
        ),
        Some(_) if waiver.reason.is_empty() => (format!("{id} is allowed without a reason"), form.to_owned()),
        Some(_) => {
            let message = format!("this allows {id}, which line {} does not break", waiver.line);
            return Some(Diagnostic::warning("W0313", message, &tree.file, waiver.span).help("leave it out"));
        }
    };
    Some(Diagnostic::error("E0313", message, &tree.file, waiver.span).help(help))
}

/// The comments of that form; not what a text holds.
fn waivers(tree: &Tree) -> Vec<Waiver<'_>> {
    if !may_waive(tree) {
        return Vec::new();
    }
    let tokens = Tokens::of(&tree.source);
    let lines: Vec<&str> = tree.source.lines().collect();
    let mut waivers = Vec::new();
    for (at, text) in lines.iter().enumerate() {
        let Some(rest) = text.trim_start().strip_prefix(MARK) else { continue };
        let line = narrow(at + 1);
        let column = narrow(text.len() - text.trim_start().len() + 1);
        let span = Span { line, column, end_line: line, end_column: narrow(text.chars().count() + 1) };
        if tokens.iter().any(|token| token.span.holds(span)) {
            continue;
        }
        let (id, reason) = rest.trim().split_once(':').unwrap_or((rest.trim(), ""));
        let code = lines[at + 1..].iter().position(|line| !line.trim_start().starts_with("//")).unwrap_or(0);
        waivers.push(Waiver { id: id.trim(), reason: reason.trim(), span, line: narrow(at + 2 + code), used: false });
    }
    waivers
}
