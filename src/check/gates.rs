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
        if let Some(other) = earlier.iter().find(|other| other.meets(asked)) {
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
    /// Whether another turn of a loop may come to it.
    in_loop: bool,
    /// The choices above it: which, and which way.
    branches: Vec<Way>,
}

/// A way of a choice.
#[derive(Clone, PartialEq)]
struct Way {
    choice: Span,
    at: usize,
    /// Whether it ends by leaving: what stands behind it is not reached from there.
    leaves: bool,
}

impl Asked<'_> {
    /// Whether one run asks both, this one first. Two conditions may exclude each other, so that only what stands under the
    /// other's is compared.
    fn meets(&self, later: &Self) -> bool {
        let under = self.branches.strip_prefix(&later.branches[..]);
        later.branches.starts_with(&self.branches) || under.is_some_and(|ways| !ways.iter().any(|way| way.leaves))
    }
}

struct Collector<'t> {
    tree: &'t Tree,
    asked: Vec<Asked<'t>>,
    branches: Vec<Way>,
    loops: usize,
    /// How many of the ways around leave the loop with their end.
    last_turns: usize,
}

impl<'t> Collector<'t> {
    const fn of(tree: &'t Tree) -> Self {
        Self { tree, asked: Vec::new(), branches: Vec::new(), loops: 0, last_turns: 0 }
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
                for (at, block) in std::iter::once(then).chain(otherwise).enumerate() {
                    self.way(node.span, at, block.statements.last(), |s| s.block(block));
                }
            }
            Kind::Switch { value, arms } => {
                self.node(value);
                for (at, arm) in arms.iter().enumerate() {
                    self.way(node.span, at, Some(&arm.body), |s| s.arm(arm));
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

    fn way(&mut self, choice: Span, at: usize, last: Option<&Node>, inside: impl FnOnce(&mut Self)) {
        let ends = usize::from(last.is_some_and(|last| last.leaves() && !matches!(last.kind, Kind::Continue)));
        self.branches.push(Way { choice, at, leaves: last.is_some_and(Node::leaves) });
        self.last_turns += ends;
        inside(self);
        self.last_turns -= ends;
        self.branches.pop();
    }

    fn turn(&mut self, inside: impl FnOnce(&mut Self)) {
        let ends = std::mem::take(&mut self.last_turns);
        self.loops += 1;
        inside(self);
        self.loops -= 1;
        self.last_turns = ends;
    }

    fn call(&mut self, call: &'t Call) {
        let is_gate = call.plain_name().is_some_and(|name| GATES.contains(&name));
        let Some(name) = call.args.first().and_then(Node::as_text).filter(|_| is_gate && !may_have_subject(call))
        else {
            return;
        };
        let span = call.args[0].span;
        self.asked.push(Asked {
            name,
            span,
            in_loop: self.loops > 0 && self.last_turns == 0,
            branches: self.branches.clone(),
        });
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
