//! What an exit gate asks on every way through it: gates behind an `if`, behind a `return`, that only warn, or in a loop
//! that may have no turn prove nothing on the other way.

use std::collections::{BTreeMap, BTreeSet};

use super::super::message::Diagnostic;
use super::super::shape::{GATES, structure};
use super::super::tree::{Block, Call, Function, Kind, Node, Span, Tree};
use super::super::types::Library;

/// How deep functions that call functions are followed.
const DEEP: usize = 12;

pub(super) fn check(tree: &Tree, libs: &BTreeMap<String, Library>, found: &mut Vec<Diagnostic>) {
    for call in structure(tree).filter(|call| call.name.text != "runbook") {
        let Some(Kind::Closure { function, .. }) = call.args.last().map(|body| &body.kind) else { continue };
        let Some(body) = tree.closure(function).map(|function| &function.body) else { continue };
        let is_exit = call.name.text == "exit_gate";
        if is_exit {
            found.extend(unproven(tree, libs, call, body));
        } else if body.statements.is_empty() {
            found.push(empty(tree, call));
        }
    }
}

fn empty(tree: &Tree, call: &Call) -> Diagnostic {
    let id = call.args.first().and_then(Node::as_text).unwrap_or_default();
    let told = Diagnostic::error("E0327", format!("the step {id} does nothing"), &tree.file, call.name.span);
    told.help("take it out, or write what it is for")
}

/// An exit gate in which gates stand, and which has a way past all of them.
fn unproven(tree: &Tree, libs: &BTreeMap<String, Library>, call: &Call, body: &Block) -> Option<Diagnostic> {
    let mut ways = Ways { libs, seen: BTreeSet::new(), any: None, past: None, deep: 0, attested: None };
    let asks = ways.block(tree, body);
    let Some(first) = ways.any else {
        return ways.attested.map(|_| only_attested(tree, call));
    };
    let (span, why) = match (ways.past, asks) {
        (Some(past), _) => (past, "this way leaves the exit gate before it asks anything".to_owned()),
        (None, false) => {
            (call.name.span, format!("the gates stand where a run may pass them by, as on line {}", first.line))
        }
        (None, true) => return None,
    };
    let name = call.args.first().and_then(Node::as_text).unwrap_or_default();
    let message = format!("the exit gate {name} may ask nothing");
    let told = Diagnostic::error("E0305", message, &tree.file, span).note(why);
    Some(
        told.note("behind an `if`, in a loop over a list that may be empty, or with warn: true a gate need not hold")
            .help("ask one gate on every way: gate(\"...\", ...); as a statement of its own"),
    )
}

/// An exit gate that asks a person alone.
fn only_attested(tree: &Tree, call: &Call) -> Diagnostic {
    let name = call.args.first().and_then(Node::as_text).unwrap_or_default();
    let message = format!("the exit gate {name} asks a person, and no service");
    Diagnostic::error("E0305", message, &tree.file, call.name.span)
        .note("--attest answers it without a look, and the next phase would stand on that alone")
        .help("ask a gate beside it: gate(\"...\", ...); attest what no service tells")
}

struct Ways<'l> {
    libs: &'l BTreeMap<String, Library>,
    /// Functions that are being read.
    seen: BTreeSet<(&'l str, Span)>,
    /// Where the first gate stands, or the call that leads to it.
    any: Option<Span>,
    /// A `return` of the exit gate itself before anything was asked.
    past: Option<Span>,
    deep: usize,
    /// Where a person is asked.
    attested: Option<Span>,
}

impl<'l> Ways<'l> {
    /// Whether a gate is asked on every way to the end.
    fn block(&mut self, home: &'l Tree, block: &'l Block) -> bool {
        let mut asked = false;
        for node in &block.statements {
            let before = self.past;
            let asks = self.asks(home, block, node);
            if asked {
                // Who leaves behind a gate has asked one.
                self.past = before;
            }
            asked |= asks;
        }
        asked
    }

    fn asks(&mut self, home: &'l Tree, around: &'l Block, node: &'l Node) -> bool {
        match &node.kind {
            Kind::Return { .. } => {
                self.past = self.past.or(Some(node.span));
                false
            }
            Kind::If { then, otherwise, .. } => {
                let then = self.block(home, then) || leaves(then);
                let otherwise = otherwise.as_ref().is_some_and(|block| self.block(home, block) || leaves(block));
                then && otherwise
            }
            Kind::Switch { arms, .. } => {
                let ways: Vec<bool> = arms.iter().map(|arm| self.asks(home, around, &arm.body)).collect();
                !ways.is_empty() && ways.into_iter().all(|asks| asks)
            }
            Kind::For { over, body, .. } => self.block(home, body) && !may_be_empty(over, around),
            Kind::While { body, .. } => {
                self.block(home, body);
                false
            }
            Kind::Loop { body } | Kind::Do { body, .. } | Kind::Block(body) => self.block(home, body),
            Kind::Call(call) => self.call(home, call),
            _ => self.inside(home, around, node),
        }
    }

    /// A gate within an expression or a closure counts: how often it is called is not known here.
    fn inside(&mut self, home: &'l Tree, around: &'l Block, node: &'l Node) -> bool {
        let mut asks = false;
        if let Kind::Closure { function, .. } = &node.kind {
            let body = home.closure(function).map(|function| &function.body);
            asks |= body.is_some_and(|body| self.apart(home, body));
        }
        node.each_child(&mut |child| asks |= self.asks(home, around, child));
        asks
    }

    fn call(&mut self, home: &'l Tree, call: &'l Call) -> bool {
        let plain = call.plain_name().unwrap_or_default();
        if plain == "attest" {
            self.attested = self.attested.or(Some(call.name.span));
            return true;
        }
        if GATES.contains(&plain) {
            self.any = self.any.or(Some(call.name.span));
            return !only_warns(call);
        }
        if plain == "fail" {
            return true;
        }
        let handed: Vec<&Block> = call
            .args
            .iter()
            .filter_map(|arg| match &arg.kind {
                Kind::Closure { function, .. } => home.closure(function).map(|function| &function.body),
                _ => None,
            })
            .collect();
        let mut by_closure = false;
        handed.into_iter().for_each(|body| by_closure |= self.apart(home, body));
        self.function(home, call) || by_closure
    }

    fn function(&mut self, home: &'l Tree, call: &'l Call) -> bool {
        let Some((home, function)) = self.called(home, call).filter(|_| self.deep < DEEP) else { return false };
        if !self.seen.insert((&home.file, function.span)) {
            return false;
        }
        let before = self.any;
        self.deep += 1;
        let asks = self.apart(home, &function.body);
        self.deep -= 1;
        // The place is told in the runbook.
        if self.any != before && self.deep == 0 {
            self.any = before.or(Some(call.name.span));
        }
        self.seen.remove(&(home.file.as_str(), function.span));
        asks
    }

    /// A body of its own: who returns from it leaves it alone, not the exit gate.
    fn apart(&mut self, home: &'l Tree, body: &'l Block) -> bool {
        let outer = self.past.take();
        let asks = self.block(home, body);
        let past = std::mem::replace(&mut self.past, outer);
        asks && past.is_none()
    }

    fn called(&self, home: &'l Tree, call: &Call) -> Option<(&'l Tree, &'l Function)> {
        let target = match &call.path[..] {
            [] if !call.is_method => home,
            [root] => &self.libs.get(home.modules().get(root.text.as_str())?.as_str())?.tree,
            _ => return None,
        };
        target.function(&call.name.text, call.args.len()).map(|function| (target, function))
    }
}

fn leaves(block: &Block) -> bool {
    block.statements.last().is_some_and(|last| {
        matches!(&last.kind, Kind::Call(call) if call.plain_name() == Some("fail"))
            || matches!(last.kind, Kind::Return { .. })
    })
}

/// A gate whose failure does not count.
fn only_warns(call: &Call) -> bool {
    call.args.iter().any(|arg| match &arg.kind {
        Kind::Map(fields) => {
            fields.iter().any(|field| field.name.text == "warn" && matches!(field.value.kind, Kind::Bool(true)))
        }
        _ => false,
    })
}

/// A list of which only some members were kept: perhaps none is left.
fn may_be_empty<'l>(over: &'l Node, around: &'l Block) -> bool {
    let is_filter = |node: &Node| matches!(&node.kind, Kind::Method { call, .. } if call.name.text == "filter");
    match &over.kind {
        Kind::Variable { path, name } if path.is_empty() => around.statements.iter().any(|node| {
            matches!(&node.kind, Kind::Let { name: of, value: Some(value), .. } if of.text == name.text && is_filter(value))
        }),
        _ => is_filter(over),
    }
}
