//! What is declared and used by nobody: a name that was meant elsewhere, mostly.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::super::message::Diagnostic;
use super::super::shape::call_or_leave_out;
use super::super::tree::{Function, Kind, Node, Span, Tree};
use super::infer::{Infer, Variable};

/// Tells of variables, imports and functions without use. A library's functions are there for others.
pub(super) fn check(infer: &mut Infer<'_>, is_library: bool) {
    variables(infer);
    let tree = infer.sources[0].tree;
    let used = used(tree);
    for (_, alias) in tree.imports() {
        let Some(alias) = alias.filter(|alias| !used.modules.contains(alias.text.as_str())) else { continue };
        let message = format!("the import `{}` is used by nobody", alias.text);
        let diagnostic = Diagnostic::warning("W0222", message, &tree.file, alias.span);
        infer.tell(diagnostic.help(match tree.commented_out(&format!("{}::", alias.text)) {
            Some(line) => format!("leave it out, or take the comment away on line {line}"),
            None => "leave it out".to_owned(),
        }));
    }
    for function in tree.declared().filter(|function| !is_library || function.is_private) {
        if !used.calls(function) && !function.name.starts_with('_') {
            let message = format!("fn {} is called by nobody", function.name);
            let span = if function.name_span.is_known() { function.name_span } else { function.span };
            let told = Diagnostic::warning("W0223", message, &tree.file, span);
            infer.tell(told.help(call_or_leave_out(function)));
        }
    }
}

impl<'t> Infer<'t> {
    /// What variables are given that nobody reads: the file, and the place.
    pub(super) fn unread(&self) -> Vec<(&'t str, Span)> {
        let value = |(home, _): &(usize, Span), variable: &Variable<'t>| {
            Some((self.sources[*home].tree.file.as_str(), variable.value?.span))
        };
        idle(self).iter().filter_map(|(at, variable)| value(at, variable)).collect()
    }
}

/// Variables that nobody reads. One was read if one of the readings of its function read it.
fn idle<'i, 't>(infer: &'i Infer<'t>) -> BTreeMap<(usize, Span), &'i Variable<'t>> {
    let mut all: BTreeMap<(usize, Span), (&Variable<'t>, bool)> = BTreeMap::new();
    for variable in infer.variables.iter().filter(|variable| variable.declared && !variable.name.starts_with('_')) {
        all.entry((variable.home, variable.span)).or_insert((variable, false)).1 |= variable.read;
    }
    all.into_iter().filter(|(_, (_, is_read))| !is_read).map(|(at, (variable, _))| (at, variable)).collect()
}

fn variables(infer: &mut Infer<'_>) {
    let all: Vec<(usize, Span, &str)> =
        idle(infer).into_iter().map(|((home, span), variable)| (home, span, variable.name)).collect();
    for (home, span, name) in all {
        let file = &infer.sources[home].tree.file;
        let diagnostic = Diagnostic::warning("W0221", format!("`{name}` is read by nobody"), file, span);
        let help = "use it, or leave it out; what is called for its effect needs no name";
        infer.tell(diagnostic.help(help));
    }
}

struct Used<'t> {
    modules: FxHashSet<&'t str>,
    /// Names of this file's functions that are called or handed over, and the function in which that stands.
    names: BTreeSet<(&'t str, Option<Span>)>,
}

impl Used<'_> {
    /// Whether somebody other than itself calls it.
    fn calls(&self, function: &Function) -> bool {
        self.names.iter().any(|(name, within)| *name == function.name && *within != Some(function.span))
    }
}

fn used(tree: &Tree) -> Used<'_> {
    let mut used = Used { modules: FxHashSet::default(), names: BTreeSet::new() };
    for node in &tree.statements {
        node.walk(&mut |node| note(tree, &mut used, node, None));
    }
    for function in &tree.functions {
        let within = (!function.is_closure).then_some(function.span);
        for node in &function.body.statements {
            node.walk(&mut |node| note(tree, &mut used, node, within));
        }
    }
    used
}

fn note<'t>(tree: &'t Tree, used: &mut Used<'t>, node: &'t Node, within: Option<Span>) {
    let (path, name) = match &node.kind {
        Kind::Call(call) => (&call.path, &call.name),
        Kind::Variable { path, name } => (path, name),
        _ => return,
    };
    match path.first() {
        Some(root) => _ = used.modules.insert(&root.text),
        None if tree.closure(&name.text).is_some() => _ = used.names.insert((&name.text, within)),
        None => {}
    }
}
