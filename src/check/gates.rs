//! Gates within one body: their keys (step, name, subject) must differ, else the run fails when the second is asked.
//!
//! Only names written as plain texts can be compared; the run compares the rest.

use std::collections::BTreeMap;

use super::{
    message::{Diagnostic, nearest},
    shape::GATES,
    tree::{Arm, Block, Call, Field, Function, Kind, Node, Span, Tree},
};

/// Adds every gate that would repeat a key.
pub(super) fn check(tree: &Tree, found: &mut Vec<Diagnostic>) {
    let mut nested = std::collections::BTreeSet::new();
    for node in tree.functions.iter().flat_map(|function| &function.body.statements) {
        node.walk(&mut |node| {
            if let Kind::Closure { function, .. } = &node.kind {
                nested.insert(function.as_str());
            }
        });
    }
    // A closure within a body belongs to that body.
    for function in tree.functions.iter().filter(|function| !nested.contains(function.name.as_str())) {
        body(tree, function, found);
    }
}

fn body(tree: &Tree, function: &Function, found: &mut Vec<Diagnostic>) {
    let mut collector = Collector::of(tree);
    collector.block(&function.body);
    let mut first: BTreeMap<&str, Vec<&Asked>> = BTreeMap::new();
    for asked in &collector.asked {
        if asked.in_loop {
            found.push(looped(tree, asked));
        }
        let earlier = first.entry(asked.name).or_default();
        if let Some(other) = earlier.iter().find(|other| !excludes(&other.branches, &asked.branches)) {
            found.push(repeated(tree, asked, other.span));
        }
        earlier.push(asked);
    }
}

fn repeated(tree: &Tree, asked: &Asked, first: Span) -> Diagnostic {
    Diagnostic::error("E0118", format!("gate \"{}\" is asked twice", asked.name), &tree.file, asked.span)
        .note(format!("the first is on line {}; one name in one step is one gate", first.line))
        .help("give it a name of its own, or say of what: #{ subject: host }")
}

fn looped(tree: &Tree, asked: &Asked) -> Diagnostic {
    let message = format!("gate \"{}\" stands in a loop and does not say of what", asked.name);
    Diagnostic::error("E0119", message, &tree.file, asked.span)
        .note("at the second turn its name would be asked twice, and the run would fail")
        .help("say of what: #{ subject: host }, or put it into the name: `${host} is powered`")
}

/// A gate with a literal name and without a subject.
struct Asked<'t> {
    name: &'t str,
    span: Span,
    in_loop: bool,
    /// The choices above it: which, and which way.
    branches: Vec<(Span, usize)>,
}

/// Whether two gates stand in different ways of one choice.
fn excludes(one: &[(Span, usize)], other: &[(Span, usize)]) -> bool {
    one.iter().any(|(choice, way)| other.iter().any(|(c, w)| c == choice && w != way))
}

struct Collector<'t> {
    tree: &'t Tree,
    asked: Vec<Asked<'t>>,
    branches: Vec<(Span, usize)>,
    loops: usize,
}

impl<'t> Collector<'t> {
    const fn of(tree: &'t Tree) -> Self {
        Self { tree, asked: Vec::new(), branches: Vec::new(), loops: 0 }
    }

    fn block(&mut self, block: &'t Block) {
        for node in &block.statements {
            self.node(node);
        }
    }

    fn node(&mut self, node: &'t Node) {
        match &node.kind {
            Kind::If { condition, then, otherwise } => {
                self.node(condition);
                self.way(node.span, 0, |s| s.block(then));
                self.way(node.span, 1, |s| otherwise.iter().for_each(|block| s.block(block)));
            }
            Kind::Switch { value, arms } => {
                self.node(value);
                for (at, arm) in arms.iter().enumerate() {
                    self.way(node.span, at, |s| s.arm(arm));
                }
            }
            Kind::For { over, body, .. } => {
                self.node(over);
                self.turn(|s| s.block(body));
            }
            Kind::While { .. } | Kind::Loop { .. } | Kind::Do { .. } => self.turn(|s| s.children(node)),
            Kind::Closure { function, .. } => {
                if let Some(function) = self.tree.closure(function) {
                    self.block(&function.body);
                }
            }
            // A wait looks again and again.
            Kind::Call(call) if call.plain_name() == Some("wait_until") => self.turn(|s| s.children(node)),
            Kind::Call(call) => {
                self.call(call);
                self.children(node);
            }
            _ => self.children(node),
        }
    }

    fn children(&mut self, node: &'t Node) {
        node.each_child(&mut |child| self.node(child));
    }

    fn arm(&mut self, arm: &'t Arm) {
        arm.guard.iter().for_each(|guard| self.node(guard));
        self.node(&arm.body);
    }

    fn way(&mut self, choice: Span, way: usize, inside: impl FnOnce(&mut Self)) {
        self.branches.push((choice, way));
        inside(self);
        self.branches.pop();
    }

    fn turn(&mut self, inside: impl FnOnce(&mut Self)) {
        self.loops += 1;
        inside(self);
        self.loops -= 1;
    }

    fn call(&mut self, call: &'t Call) {
        let is_gate = call.plain_name().is_some_and(|name| GATES.contains(&name));
        let Some(name) = call.args.first().and_then(Node::as_text).filter(|_| is_gate && !may_have_subject(call))
        else {
            return;
        };
        let span = call.args[0].span;
        self.asked.push(Asked { name, span, in_loop: self.loops > 0, branches: self.branches.clone() });
    }
}

/// What says of what a gate asks, even where the word is misspelt: that is told by itself.
pub(super) fn is_subject(field: &Field) -> bool {
    field.name.text == "subject" || nearest(&field.name.text, ["subject"]).is_some()
}

/// Options that come out of a variable or a call may hold one.
fn may_have_subject(call: &Call) -> bool {
    let without_options = if call.name.text == "gate" { 2 } else { 3 };
    match call.args.last().map(|last| &last.kind) {
        Some(Kind::Map(fields)) => fields.iter().any(is_subject),
        _ => call.args.len() > without_options,
    }
}
