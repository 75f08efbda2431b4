//! What a runbook declares that it needs, beside what its steps reach.

use std::collections::{BTreeMap, BTreeSet};

use super::super::message::Diagnostic;
use super::super::shape::structure;
use super::super::tree::{Kind, Node, Span, Tree};
use super::super::types::{Reach, Table, Use};
use crate::script::Effect;

pub(super) fn check(tree: &Tree, table: &Table, reached: &[Reach], found: &mut Vec<Diagnostic>) {
    let Some(header) = structure(tree).find(|call| call.name.text == "runbook") else { return };
    let place = header.field("needs").unwrap_or(header.name.span);
    let Some(declared) = declared(header.args.get(2)) else {
        let message = "what the runbook needs is not a list of plain texts";
        found.push(Diagnostic::error("E0307", message, &tree.file, place).help("write needs: [\"maas: read\"]"));
        return;
    };
    let used = used(reached);
    for (need, span) in &declared {
        found.extend(malformed(tree, table, need, *span, &used).or_else(|| surplus(tree, reached, &used, need, *span)));
    }
    // What is written there but cannot be read is told once, and with what is needed.
    let unread = |name: &str| {
        let is_meant = |need: &str| need.split(':').next().is_some_and(|word| word.trim() == name);
        declared.iter().any(|(need, span)| is_meant(need) && malformed(tree, table, need, *span, &used).is_some())
    };
    let mut missing = Vec::new();
    for ((namespace, change), first) in used.iter().filter(|((namespace, _), _)| !unread(namespace)) {
        let need = format!("{namespace}: {}", if *change { "change" } else { "read" });
        let whole = format!("{namespace}: change");
        if declared.iter().all(|(other, _)| *other != need && *other != whole) {
            missing.push((need, *first));
        }
    }
    // Who changes a service may read it too.
    let changed: BTreeSet<String> =
        missing.iter().filter_map(|(need, _)| need.strip_suffix(": change")).map(str::to_owned).collect();
    missing.retain(|(need, _)| need.strip_suffix(": read").is_none_or(|name| !changed.contains(name)));
    match &missing[..] {
        [] => {}
        [(need, first)] => found.push(undeclared(tree, need, first, place)),
        several => found.push(several_undeclared(tree, several, place)),
    }
}

/// The texts of `needs`, with their places.
fn declared(options: Option<&Node>) -> Option<Vec<(&str, Span)>> {
    let Kind::Map(fields) = &options?.kind else { return None };
    let Some(needs) = fields.iter().find(|field| field.name.text == "needs") else { return Some(Vec::new()) };
    let Kind::Array(items) = &needs.value.kind else { return None };
    items.iter().map(|item| Some((item.as_text()?, item.span))).collect()
}

/// Namespace and whether it is changed, with the first call that does.
fn used(reached: &[Reach]) -> BTreeMap<(&str, bool), &Use> {
    let mut used = BTreeMap::new();
    for call in reached.iter().flat_map(|step| &step.uses) {
        let change = call.primitive.effect == Effect::Change;
        let counts = change || matches!(call.primitive.effect, Effect::Read | Effect::Acts);
        if counts && !call.primitive.namespace.is_empty() {
            used.entry((call.primitive.namespace, change)).or_insert(call);
        }
    }
    used
}

fn malformed(
    tree: &Tree,
    table: &Table,
    need: &str,
    span: Span,
    used: &BTreeMap<(&str, bool), &Use>,
) -> Option<Diagnostic> {
    let namespaces = table.namespaces();
    let parts = need.split_once(": ");
    let sound = parts.is_some_and(|(name, what)| namespaces.contains(name) && matches!(what, "read" | "change"));
    let known = namespaces.iter().copied().collect::<Vec<_>>().join(", ");
    (!sound).then(|| {
        let diagnostic = Diagnostic::error("E0307", format!("{need:?} is no capability"), &tree.file, span);
        let name = need.split(':').next().unwrap_or(need).trim();
        if namespaces.contains(name) {
            let word = if used.contains_key(&(name, true)) { "change" } else { "read" };
            return diagnostic.label(format!("did you mean \"{name}: {word}\"?"));
        }
        let diagnostic = diagnostic.suggest(name, namespaces.iter().copied());
        diagnostic.help("write \"NAMESPACE: read\" or \"NAMESPACE: change\"").note(format!("namespaces: {known}"))
    })
}

fn surplus(
    tree: &Tree,
    reached: &[Reach],
    used: &BTreeMap<(&str, bool), &Use>,
    need: &str,
    span: Span,
) -> Option<Diagnostic> {
    let (name, what) = need.split_once(": ")?;
    let reads = used.contains_key(&(name, false));
    let changes = used.contains_key(&(name, true));
    let (message, help) = match what {
        "read" if reads => return None,
        "change" if changes => return None,
        "change" if reads => (
            format!("no step changes {name}"),
            format!("write the call that was meant to change it; where none was, \"{name}: read\" is enough"),
        ),
        "read" if changes => return None,
        _ => {
            (format!("no step needs {need:?}"), "leave it out; or write the call that was meant to need it".to_owned())
        }
    };
    let note = "a runbook gets what its header names; what it does not need, it should not have";
    let told = Diagnostic::warning("W0308", message, &tree.file, span).note(note).help(help);
    // Whoever takes the exit gate out leaves behind what it alone needed.
    let has_exit = used.contains_key(&(name, false)) || reached.iter().any(|step| step.is_exit);
    Some(if has_exit { told } else { told.help("or write the exit gate that asks it: the runbook has none") })
}

fn several_undeclared(tree: &Tree, missing: &[(String, &Use)], place: Span) -> Diagnostic {
    let needs: Vec<String> = missing.iter().map(|(need, _)| format!("{need:?}")).collect();
    let message = format!("the header does not declare {}", needs.join(", "));
    let told = Diagnostic::error("E0307", message, &tree.file, place);
    let calls = missing
        .iter()
        .map(|(_, first)| format!("{} is called at {}:{}", first.primitive.full_name(), first.file, first.span.line));
    calls
        .fold(told, Diagnostic::note)
        .note("the run would be refused at those lines")
        .help(format!("after a review, add {} to needs", needs.join(", ")))
}

fn undeclared(tree: &Tree, need: &str, first: &Use, place: Span) -> Diagnostic {
    let name = first.primitive.full_name();
    Diagnostic::error("E0307", format!("{name} needs {need:?}, which the header does not declare"), &tree.file, place)
        .note(format!("it is called at {}:{}", first.file, first.span.line))
        .note("the run would be refused at that line")
        .help(format!("after a review, add {need:?} to needs"))
}
