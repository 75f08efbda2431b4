//! Lessons of earlier deployments as rules: what is written correctly and goes wrong all the same.
//!
//! A finding here may be waived, by a comment on the line before that names the rule and the reason; waived findings
//! stay in the report. Rules of names and types may not.

mod agreement;
mod allow;
mod capabilities;
mod closures;
mod conditions;
mod constants;
mod exits;
mod factors;
mod instead;
mod keys;
mod literals;
mod returns;
mod steps;
mod words;

pub use allow::{apply, apply_together, may_waive};
pub use literals::{ADVICE, PROSE};
pub use steps::way_out;

use std::collections::BTreeMap;

use super::Role;
use super::message::{Diagnostic, Severity};
use super::shape::structure;
use super::tree::{Call, Span, Tree};
use super::types::{Constants, Library, Reach, Table};

/// The libraries of the site that a library may import and does not, and whose text has this in it, by their names.
pub type Elsewhere<'e> = &'e dyn Fn(&str) -> Vec<(String, Library)>;

/// Everything that a runbook's text and what its steps reach give away. `complete` says whether all calls are known: with
/// a wrong name in the text, nothing is said of what the steps do not reach.
#[must_use]
pub fn runbook(
    tree: &Tree,
    libs: &BTreeMap<String, Library>,
    table: &Table,
    reached: &[Reach],
    complete: bool,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    literals::check(tree, libs, table, (Role::Runbook, &|_| Vec::new()), &mut found);
    words::check(tree, &mut found);
    closures::check(tree, libs, table, &mut found);
    capabilities::check(tree, table, reached, &mut found);
    keys::check(tree, libs, &mut found);
    conditions::check(tree, &mut found);
    returns::check(tree, &mut found);
    exits::check(tree, libs, &mut found);
    steps::check(tree, libs, table, reached, &mut found);
    found.retain(|finding| complete || !matches!(finding.id.as_str(), "E0305" | "W0306" | "W0308"));
    found
}

/// Where an exit gate is emptied, or asks what is known, that nobody looks at a change follows from it: it is not told
/// then, but stays where a comment allows it.
pub fn leave_out_what_follows(tree: &Tree, found: &mut Vec<Diagnostic>) {
    leave_out_imports(tree, found);
    let is_exit = |call: &&Call| call.name.text == "exit_gate";
    let bodies: Vec<Span> = structure(tree).filter(is_exit).filter_map(|call| Some(call.args.last()?.span)).collect();
    let is_inside = |span: Span| bodies.iter().any(|body| body.holds(span));
    let is_cause = |told: &Diagnostic| {
        told.severity == Severity::Error
            && told.file == tree.file
            && (told.id == "E0305" || told.id == "E0320" && is_inside(told.span))
    };
    if found.iter().any(is_cause) {
        let follows =
            |told: &Diagnostic| matches!(told.id.as_str(), "W0306" | "W0352") && told.severity == Severity::Warning;
        found.retain(|told| told.file != tree.file || !follows(told));
    }
}

/// An import is used by nobody where what belongs there is written out.
fn leave_out_imports(tree: &Tree, found: &mut Vec<Diagnostic>) {
    let is_own = |told: &&Diagnostic| told.file == tree.file && matches!(told.id.as_str(), "E0302" | "W0347");
    let advice: Vec<String> = found.iter().filter(is_own).flat_map(|told| told.help.iter().cloned()).collect();
    let is_meant = |told: &Diagnostic| {
        let alias = told.message.split('`').nth(1).map(|alias| format!("{alias}::"));
        alias.is_some_and(|alias| advice.iter().any(|help| help.contains(&alias)))
    };
    if !advice.is_empty() {
        found.retain(|told| told.id != "W0222" || told.file != tree.file || !is_meant(told));
    }
}

/// The rules that hold for a library too: the literals of the site have their place there.
#[must_use]
pub fn library(
    tree: &Tree,
    values: &Constants,
    libs: &BTreeMap<String, Library>,
    table: &Table,
    elsewhere: Elsewhere<'_>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    literals::check(tree, libs, table, (Role::Library, elsewhere), &mut found);
    words::check(tree, &mut found);
    closures::check(tree, &BTreeMap::new(), table, &mut found);
    conditions::check(tree, &mut found);
    returns::check(tree, &mut found);
    constants::check(tree, values, &mut found);
    agreement::check(tree, values, &mut found);
    found
}
