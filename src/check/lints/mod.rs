//! Lessons of earlier deployments as rules: what is written correctly and goes wrong all the same.
//!
//! A finding here may be waived, by a comment on the line before that names the rule and the reason; waived findings
//! stay in the report. Rules of names and types may not.

mod allow;
mod capabilities;
mod closures;
mod constants;
mod exits;
mod keys;
mod literals;
mod steps;
mod words;

pub use allow::{apply, may_waive};

use std::collections::BTreeMap;

use super::Role;
use super::message::Diagnostic;
use super::tree::Tree;
use super::types::{Constants, Library, Reach, Table};

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
    literals::check(tree, libs, table, Role::Runbook, &mut found);
    words::check(tree, &mut found);
    closures::check(tree, libs, table, &mut found);
    capabilities::check(tree, table, reached, &mut found);
    keys::check(tree, libs, &mut found);
    exits::check(tree, libs, &mut found);
    steps::check(tree, table, reached, &mut found);
    found.retain(|finding| complete || !matches!(finding.id.as_str(), "E0305" | "W0306" | "W0308"));
    found
}

/// The rules that hold for a library too: the literals of the site have their place there.
#[must_use]
pub fn library(tree: &Tree, values: &Constants, libs: &BTreeMap<String, Library>, table: &Table) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    literals::check(tree, libs, table, Role::Library, &mut found);
    words::check(tree, &mut found);
    closures::check(tree, &BTreeMap::new(), table, &mut found);
    constants::check(tree, values, &mut found);
    found
}
