//! Names of things that are looked for: one that is nearly the name of what is made here, or of what a library names.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Node, Span, Tree};
use super::super::super::types::{Library, Table};
use super::SHORTEST;
use crate::script::Effect;

/// Parameters that name what is looked for or made.
const NAMING: [&str; 6] = ["application", "host", "hostname", "name", "tag", "unit"];

/// Methods that look for something by its name.
const LOOKUPS: [&str; 5] = ["application", "interface", "subnet", "unit", "units_of"];

/// Names of things as a runbook writes them: what it makes, and what it looks for.
#[derive(Default)]
pub(super) struct Names<'t> {
    made: BTreeSet<&'t str>,
    sought: Vec<(&'t str, Span)>,
}

impl<'t> Names<'t> {
    pub(super) fn note(&mut self, table: &Table, call: &'t Call) {
        let is_method = call.is_method && LOOKUPS.contains(&call.name.text.as_str());
        let Some(name) = call.args.first().and_then(Node::as_text) else { return };
        if is_method {
            self.sought.push((name, call.args[0].span));
        }
        let [root] = &call.path[..] else { return };
        let Some(primitive) = table.function(&root.text, &call.name.text) else { return };
        let names = primitive.params.first().is_some_and(|param| NAMING.contains(&param.name));
        match primitive.effect {
            Effect::Change if names => _ = self.made.insert(name),
            Effect::Read | Effect::Acts if names => self.sought.push((name, call.args[0].span)),
            _ => {}
        }
    }

    /// What is sought, is neither made here nor named by a library, and is one letter away from what is.
    pub(super) fn slips(&self, tree: &Tree, libs: &BTreeMap<String, Library>) -> Vec<Diagnostic> {
        let is_unknown = |(name, _): &&(&str, Span)| name.len() >= SHORTEST && !self.made.contains(name);
        let sought: Vec<_> = self.sought.iter().filter(is_unknown).collect();
        if sought.is_empty() {
            return Vec::new();
        }
        let mut known: Vec<&str> = self.made.iter().copied().collect();
        for library in libs.values() {
            for node in library.tree.statements.iter().filter(|node| matches!(node.kind, Kind::Let { .. })) {
                node.walk(&mut |node| known.extend(node.as_text().filter(|text| text.len() >= SHORTEST)));
            }
        }
        let unknown = sought.into_iter().filter(|(name, _)| !known.contains(name));
        let slips = unknown.filter_map(|(name, span)| {
            let near = known.iter().find(|known| is_slip(name, known))?;
            let message = format!("{name:?} is one letter away from {near:?}");
            let told =
                Diagnostic::warning("W0325", message, &tree.file, *span).label(format!("did you mean `{near}`?"));
            Some(told.note("nothing of this name is made here, and no library names it"))
        });
        slips.collect()
    }
}

/// One letter more, less, another, or two in the other's place; numbers tell things apart on purpose.
fn is_slip(written: &str, known: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    written.len().abs_diff(known.len()) < 2
        && strsim::damerau_levenshtein(written, known) == 1
        && letters(written) != letters(known)
}
