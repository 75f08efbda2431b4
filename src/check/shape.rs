//! The shape of a runbook and of a library: what may stand where.
//!
//! It asks only what the text alone answers; types and arguments are another check's. What the host offers is handed in,
//! so these rules know no primitive by name beyond the words of flow: `runbook`, `step`, `exit_gate` and the gates.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::{
    gates,
    message::{Diagnostic, sort},
    names,
    tree::{Call, Function, Kind, Name, Node, Span, Tree},
};

/// The calls of which a runbook's top level is made.
pub const STRUCTURE: [&str; 3] = ["runbook", "step", "exit_gate"];

/// The functions that ask a gate.
pub const GATES: [&str; 4] = ["gate", "gate_eq", "gate_set", "gate_all"];

/// A field or an option, in words.
#[derive(Clone, Debug)]
pub struct Described {
    /// As a message names it.
    pub name: String,
    /// Whether it is given, and not read.
    pub is_option: bool,
    /// What it means.
    pub doc: &'static str,
}

impl HostNames {
    /// The fields or options that a service calls by that word, by their documentation.
    pub(super) fn meant_by(&self, word: &str, is_option: bool) -> Vec<&str> {
        let theirs = format!("the service's word is {word})");
        let says = |doc: &str| doc.contains(&theirs);
        let named = self.fields.iter().filter(|field| field.is_option == is_option && says(field.doc));
        named.map(|field| field.name.as_str()).collect()
    }
}

/// What the host offers to scripts, by name.
#[derive(Debug, Default)]
pub struct HostNames {
    /// Every global function and method; not the fields, which no function can hide.
    pub functions: BTreeSet<String>,
    /// Every namespace: `maas`, `openstack`, ...
    pub namespaces: BTreeSet<String>,
    /// The functions that ask nothing of the world (`ip`, `cidr`, `pki::name`): they may run at the top level. Methods
    /// (`Cidr.host`) may stand here too; what they are called on cannot be more than a constant there.
    pub pure: BTreeSet<String>,
    /// The signature of the header, with all its fields.
    pub header: String,
    /// The namespaces that have a function of that name.
    pub homes: BTreeMap<String, Vec<String>>,
    /// What numbers of an option are counted in, where every option of that name is counted alike.
    pub units: BTreeMap<String, String>,
    /// Every field and option with its documentation, for a message.
    pub fields: LazyLock<Vec<Described>>,
}

/// Everything that is wrong with the shape of a runbook.
#[must_use]
pub fn runbook(tree: &Tree, host: &HostNames) -> Vec<Diagnostic> {
    let mut shape = Shape { tree, host, found: Vec::new(), seen: BTreeSet::new(), called_from: None };
    for node in &tree.statements {
        shape.top_of_runbook(node);
    }
    shape.header();
    shape.step_ids();
    shape.finish()
}

/// Everything that is wrong with the shape of a library.
#[must_use]
pub fn library(tree: &Tree, host: &HostNames) -> Vec<Diagnostic> {
    let mut shape = Shape { tree, host, found: Vec::new(), seen: BTreeSet::new(), called_from: None };
    for node in &tree.statements {
        shape.top_of_library(node);
    }
    shape.finish()
}

/// The imports, of a runbook or of a library, of which no library is there. `libraries` are the names that can be
/// imported.
#[must_use]
pub fn imports<L>(tree: &Tree, libraries: &BTreeMap<String, L>) -> Vec<Diagnostic> {
    names::unknown_imports(tree, libraries)
}

/// What to do with a function that nobody calls: gates in it prove nothing.
#[must_use]
pub fn call_or_leave_out(function: &Function) -> &'static str {
    let is_gate = |node: &Node| matches!(&node.kind, Kind::Call(call) if call.plain_name().is_some_and(|name| GATES.contains(&name)));
    let mut asks = false;
    function.body.statements.iter().for_each(|statement| statement.walk(&mut |node| asks |= is_gate(node)));
    if asks { "its gates are asked by nobody: call it where they belong" } else { "call it, or leave it out" }
}

/// The top-level calls of `runbook`, `step` and `exit_gate`, in order.
pub fn structure(tree: &Tree) -> impl Iterator<Item = &Call> {
    tree.statements.iter().filter_map(structural)
}

fn structural(node: &Node) -> Option<&Call> {
    match &node.kind {
        Kind::Call(call) if call.plain_name().is_some_and(|name| STRUCTURE.contains(&name)) => Some(call),
        _ => None,
    }
}

struct Shape<'t> {
    tree: &'t Tree,
    host: &'t HostNames,
    found: Vec<Diagnostic>,
    /// The functions that the top level calls and that were looked into.
    seen: BTreeSet<&'t str>,
    /// The place at the top level from which a function is being looked into.
    called_from: Option<Span>,
}

impl<'t> Shape<'t> {
    fn finish(mut self) -> Vec<Diagnostic> {
        names::check(self.tree, self.host, &mut self.found);
        gates::check(self.tree, &mut self.found);
        sort(&mut self.found);
        self.found.dedup();
        self.found
    }

    fn report(&mut self, id: &str, message: impl Into<String>, span: Span) -> &mut Diagnostic {
        self.found.push(Diagnostic::error(id, message, &self.tree.file, span));
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    fn top_of_runbook(&mut self, node: &'t Node) {
        match &node.kind {
            Kind::Import { .. } => {}
            Kind::Let { constant: true, exported: false, value, .. } => {
                value.iter().for_each(|value| self.constant(value))
            }
            Kind::Call(call) if call.plain_name() == Some("runbook") => self.header_form(node, call),
            Kind::Call(_) if structural(node).is_some() => self.step_form(node),
            _ => self.out_of_place(node, "runbook", "import, const, fn, and calls of runbook, step and exit_gate"),
        }
    }

    fn top_of_library(&mut self, node: &'t Node) {
        match &node.kind {
            Kind::Import { .. } | Kind::Export { .. } => {}
            Kind::Let { constant: true, value, .. } => value.iter().for_each(|value| self.constant(value)),
            _ => self.out_of_place(node, "library", "import, const, export and fn"),
        }
    }

    fn out_of_place(&mut self, node: &'t Node, whose: &str, allowed: &str) {
        let (what, head) = described(node);
        let message = format!("{what} at the top level of a {whose}");
        let diagnostic = self.report("E0106", message, head);
        diagnostic.help.push(format!("the top level holds only {allowed}"));
        let call = match &node.kind {
            Kind::Call(call) => call.plain_name(),
            _ => None,
        };
        if let Some(near) = call.and_then(|name| super::nearest(name, STRUCTURE)).filter(|_| whose == "runbook") {
            diagnostic.label = Some(format!("did you mean `{near}`?"));
        }
    }

    /// A runbook opens with one header.
    fn header(&mut self) {
        let calls: Vec<&Call> = structure(self.tree).collect();
        let headers: Vec<&Call> = calls.iter().copied().filter(|call| call.name.text == "runbook").collect();
        let form = format!("write {HEADER}; above the steps");
        let Some(first) = headers.first() else {
            let place = calls.first().map_or(Span::at(1, 1), |call| call.name.span);
            let fields = self.fields_of_the_header();
            let found = self.report("E0107", "the runbook has no header", place);
            found.help.push(form);
            found.notes.extend(fields);
            return;
        };
        if calls.first().is_some_and(|call| call.name.text != "runbook") {
            self.report("E0107", "the header comes after a step", first.name.span).help.push(form);
        }
        for second in &headers[1..] {
            let note = format!("the first is on line {}", first.name.span.line);
            self.report("E0107", "a second header", second.name.span).notes.push(note);
        }
    }

    /// Where the host tells them.
    fn fields_of_the_header(&self) -> Option<String> {
        (!self.host.header.is_empty()).then(|| self.host.header.clone())
    }

    fn header_form(&mut self, node: &'t Node, call: &'t Call) {
        if let Some((why, span)) = wrong_header(call) {
            let form = format!("write {HEADER}");
            self.report("E0108", format!("runbook: {why}"), span).help.push(form);
            return self.evaluated_args(node);
        }
        let fits = matches!(&call.args[..], [id, title, fields]
            if is_name(id) && is_name(title) && matches!(fields.kind, Kind::Map(_)));
        if !fits {
            let fields = self.fields_of_the_header();
            let found = self.report("E0108", "the header is not of its form", call.name.span);
            found.help.push(format!("write {HEADER}, the id and the title as plain texts"));
            found.notes.extend(fields);
        }
        self.evaluated_args(node);
    }

    fn step_form(&mut self, node: &'t Node) {
        let Kind::Call(call) = &node.kind else { return };
        let name = &call.name.text;
        let wrong = match &call.args[..] {
            [id, ..] if is_blank(id) => Some(("its id is empty", id.span)),
            [id, ..] if !is_name(id) => Some(("its id is not a plain text", id.span)),
            [id, title, ..] if is_turned(id, title) => {
                Some(("its id and its title are in each other's place", id.span.to(title.span)))
            }
            [id, ..] if !is_plain(id) => Some(("its id holds more than letters, digits, `.`, `-` and `_`", id.span)),
            [_, title, ..] if is_blank(title) => Some(("its title is empty", title.span)),
            [_, Node { kind: Kind::Closure { .. }, span, .. }] => Some(("its title is missing", *span)),
            [_, title, ..] if !is_name(title) => Some(("its title is not a plain text", title.span)),
            [_, _, body] => self.wrong_step_body(body),
            _ => Some(("it takes an id, a title and a body", call.name.span)),
        };
        if let Some((why, span)) = wrong {
            let (id, title) = match &call.args[..] {
                [id, title, ..] if is_turned(id, title) => (title.as_text(), id.as_text()),
                _ => (None, None),
            };
            let (id, title) = (id.unwrap_or("4.1"), title.unwrap_or("what it is for"));
            let help = format!("write {name}({id:?}, {title:?}, || {{ ... }});");
            self.report("E0109", format!("{name}: {why}"), span).help.push(help);
        }
        if !matches!(call.args.last(), Some(Node { kind: Kind::Block(_), .. })) {
            self.evaluated_args(node);
        }
    }

    fn wrong_step_body(&self, body: &'t Node) -> Option<(&'static str, Span)> {
        let Kind::Closure { function, .. } = &body.kind else {
            return Some(match body.kind {
                Kind::Block(_) => ("`||` is missing before its body", Span::at(body.span.line, body.span.column)),
                _ => ("its body is not a closure", body.span),
            });
        };
        let takes = self.tree.closure(function).is_some_and(|function| !function.params.is_empty());
        takes.then_some(("its body takes no arguments", body.span))
    }

    /// Ids are what a journal, a plan and `--step` know a step by.
    fn step_ids(&mut self) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let steps = structure(self.tree).filter(|call| call.name.text != "runbook");
        let ids: Vec<&Node> = steps.filter_map(|call| call.args.first()).collect();
        for id in &ids {
            let Some(text) = id.as_text() else { continue };
            if let Some(first) = seen.get(text) {
                let note = format!("the first is on line {}", first.line);
                let free = next_free(text, |id| ids.iter().any(|other| other.as_text() == Some(id)));
                let told = self.report("E0111", format!("step id \"{text}\" is used twice"), id.span);
                told.notes.push(note);
                told.help.extend(free.map(|free| format!("\"{free}\" is free")));
            } else {
                seen.insert(text, id.span);
            }
        }
    }

    fn evaluated_args(&mut self, node: &'t Node) {
        for child in node.children() {
            if !matches!(child.kind, Kind::Closure { .. }) {
                self.evaluated(child);
            }
        }
    }

    /// What runs when the file is loaded, before any step.
    fn evaluated(&mut self, node: &'t Node) {
        match &node.kind {
            Kind::Call(call) => self.evaluated_call(call),
            Kind::Closure { function, .. } => {
                let body = self.tree.closure(function).map(|function| &function.body.statements);
                body.into_iter().flatten().for_each(|node| self.evaluated(node));
            }
            _ => {}
        }
        for child in node.children() {
            self.evaluated(child);
        }
    }

    /// A constant's value: a closure in it would be called by nobody whom the text names.
    fn constant(&mut self, value: &'t Node) {
        match &value.kind {
            Kind::Closure { .. } => {
                let help = "give it a name with fn, or write it where it is used";
                self.report("E0116", "a closure kept at the top level", value.span).help.push(help.to_owned());
            }
            Kind::Array(_) | Kind::Map(_) => value.children().into_iter().for_each(|child| self.constant(child)),
            _ => self.evaluated(value),
        }
    }

    fn evaluated_call(&mut self, call: &'t Call) {
        let full = call.full_name();
        let host = match call.path.first() {
            Some(root) => self.host.namespaces.contains(root.text.as_str()),
            None => self.host.functions.contains(&full),
        };
        let plain = call.plain_name();
        if plain.is_some_and(|name| STRUCTURE.contains(&name)) || self.host.pure.contains(&full) {
            return;
        }
        if plain.is_some_and(|name| GATES.contains(&name)) {
            let help = "ask it inside step(...) or exit_gate(...), or in a fn that a step calls";
            self.report("E0117", format!("{full} outside a step"), call.name.span).help.push(help.to_owned());
        } else if host {
            self.primitive_outside(call, &full);
        } else if plain.is_some() {
            self.called_function(&call.name);
        }
    }

    fn primitive_outside(&mut self, call: &'t Call, full: &str) {
        let is_plain = |name: &&str| !name.contains('.') && name.starts_with(|c: char| c.is_alphabetic());
        let pure = self.host.pure.iter().map(String::as_str).filter(is_plain).collect::<Vec<_>>().join(", ");
        let caller = self.called_from.map(|span| format!("line {} calls it, at the top level", span.line));
        let diagnostic = self.report("E0116", format!("{full} runs outside a step"), call.head());
        diagnostic.notes.extend(caller);
        diagnostic.help.push("call it inside a step; a constant is built from literals and pure functions".to_owned());
        if !pure.is_empty() {
            diagnostic.notes.push(format!("pure functions: {pure}"));
        }
    }

    /// A function of this file that the top level calls runs outside any step too.
    fn called_function(&mut self, name: &'t Name) {
        if !self.seen.insert(&name.text) {
            return;
        }
        let outer = self.called_from;
        self.called_from = outer.or(Some(name.span));
        for function in self.tree.named(&name.text) {
            for node in &function.body.statements {
                self.evaluated(node);
            }
        }
        self.called_from = outer;
    }
}

/// A header with the fields that it must have.
const HEADER: &str = "runbook(\"id\", \"title\", #{ version: 1, omega: \"0.1\", stage: \"ready\", needs: [] })";

/// What is wrong with the id or the title of a header, where that can be told by itself.
/// The first id behind this one that no step bears: "5.4" where "5.3" is there twice.
fn next_free(id: &str, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    let digits = id.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (before, number) = id.split_at(id.len() - digits);
    let number: u16 = number.parse().ok()?;
    (number..).skip(1).map(|number| format!("{before}{number}")).find(|id| !is_taken(id))
}

fn wrong_header(call: &Call) -> Option<(&'static str, Span)> {
    match &call.args[..] {
        [id, _, _] if is_blank(id) => Some(("its id is empty", id.span)),
        [_, title, _] if is_blank(title) => Some(("its title is empty", title.span)),
        [id, title, _] if is_name(id) && !is_plain(id) && is_id(title) => {
            Some(("its id and its title are in each other's place", id.span.to(title.span)))
        }
        _ => None,
    }
}

/// A plain text with something in it.
fn is_name(node: &Node) -> bool {
    node.as_text().is_some_and(|text| !text.trim().is_empty())
}

fn is_blank(node: &Node) -> bool {
    node.as_text().is_some_and(|text| text.trim().is_empty())
}

/// What can be typed behind `--step` without quotes.
fn is_plain(node: &Node) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    node.as_text().is_some_and(|text| text.chars().all(plain))
}

/// What is written as an id is, and hardly as a title: `4.1`, `phase-04`.
fn is_id(node: &Node) -> bool {
    let tells = |c: char| c.is_ascii_digit() || c == '-';
    is_name(node) && is_plain(node) && node.as_text().is_some_and(|text| text.contains(tells))
}

/// Whether a title stands where the id belongs, and the id behind it.
fn is_turned(id: &Node, title: &Node) -> bool {
    !is_plain(id) && is_id(title)
}

fn described(node: &Node) -> (String, Span) {
    let keyword = |word: &str| (format!("`{word}`"), node.span.word(word));
    match &node.kind {
        Kind::Call(call) => (format!("a call of {}", call.full_name()), call.head()),
        Kind::Method { call, .. } => (format!("a call of {}", call.name.text), call.name.span),
        Kind::Let { constant: false, .. } => keyword("let"),
        Kind::Let { .. } => keyword("export"),
        Kind::Export { .. } => keyword("export"),
        Kind::If { .. } => keyword("if"),
        Kind::Switch { .. } => keyword("switch"),
        Kind::For { .. } => keyword("for"),
        Kind::While { .. } => keyword("while"),
        Kind::Loop { .. } => keyword("loop"),
        Kind::Do { .. } => keyword("do"),
        Kind::Try { .. } => keyword("try"),
        Kind::Return { throws: false, .. } => keyword("return"),
        Kind::Return { .. } => keyword("throw"),
        Kind::Assign { symbol, at, .. } => (format!("`{symbol}`"), *at),
        Kind::Block(_) => ("a block".to_owned(), Span::at(node.span.line, node.span.column)),
        _ => ("an expression".to_owned(), node.span),
    }
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
