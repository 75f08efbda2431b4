//! A `return` before gates: where it is taken, they are not reached, and a gate that is not reached is no pass.

use super::super::message::Diagnostic;
use super::super::shape::{GATES, structure};
use super::super::tree::{Block, Kind, Node, Span, Tree};

/// Adds every conditional `return` that leaves gates of its step, or of its function, behind.
pub(super) fn check(tree: &Tree, found: &mut Vec<Diagnostic>) {
    let steps = structure(tree).filter_map(|call| match &call.args.last()?.kind {
        Kind::Closure { function, .. } => tree.closure(function),
        _ => None,
    });
    for function in steps.chain(tree.declared()) {
        left_behind(tree, &function.body, found);
    }
}

fn left_behind(tree: &Tree, body: &Block, found: &mut Vec<Diagnostic>) {
    for (at, statement) in body.statements.iter().enumerate() {
        let behind = || body.statements[at + 1..].iter().find_map(gate);
        let Some((place, gate)) = leaving(statement).and_then(|place| Some((place, behind()?))) else { continue };
        let message = format!("where this returns, the gate on line {} is not reached", gate.line);
        let told = Diagnostic::warning("W0360", message, &tree.file, place);
        found.push(
            told.note("a gate that is not reached is no pass: the run would fail with nothing wrong")
                .help("put what is left out into the `if` itself: if sealed { ... }, and the gates behind it"),
        );
    }
}

/// Where a statement leaves the body on one of its ways; that the body ends there always is told elsewhere.
fn leaving(statement: &Node) -> Option<Span> {
    let mut place = None;
    if !matches!(statement.kind, Kind::Return { .. }) {
        statement.walk(&mut |node| {
            if let Kind::Return { throws: false, .. } = node.kind {
                place = place.or(Some(node.span));
            }
        });
    }
    place
}

/// A gate that is asked on every way; in a loop, for each member of its list.
fn gate(statement: &Node) -> Option<Span> {
    match &statement.kind {
        Kind::Call(call) if call.plain_name().is_some_and(|name| GATES.contains(&name)) => Some(statement.span),
        Kind::Block(body) | Kind::For { body, .. } => body.statements.iter().find_map(gate),
        _ => None,
    }
}
