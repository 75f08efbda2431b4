//! Gates that stand under their own condition: they are asked only where they hold, and so prove nothing.

use super::super::message::Diagnostic;
use super::super::shape::GATES;
use super::super::tree::{Block, Call, Kind, Node, Tree};

/// Calls that change nothing of what was read before.
const TELLING: [&str; 3] = ["fail", "note", "warn"];

/// What is known to hold where a statement stands: an expression as it is written, and whether it is true there.
#[derive(Clone)]
struct Fact<'t> {
    text: Vec<&'t str>,
    holds: bool,
    /// The line of the condition.
    line: u32,
    node: &'t Node,
}

/// Adds every gate that the way to it has answered already.
pub(super) fn check(tree: &Tree, found: &mut Vec<Diagnostic>) {
    for function in &tree.functions {
        block(tree, &function.body, Vec::new(), found);
    }
}

fn block<'t>(tree: &'t Tree, block: &'t Block, mut facts: Vec<Fact<'t>>, found: &mut Vec<Diagnostic>) {
    for node in &block.statements {
        statement(tree, node, &facts, found);
        facts.retain(|fact| still_holds(fact, node));
        if let Kind::If { condition, then, otherwise } = &node.kind {
            if then.leaves() {
                learn(tree, condition, false, &mut facts);
            } else if otherwise.as_ref().is_some_and(Block::leaves) {
                learn(tree, condition, true, &mut facts);
            }
        }
    }
}

fn statement<'t>(tree: &'t Tree, node: &'t Node, facts: &[Fact<'t>], found: &mut Vec<Diagnostic>) {
    match &node.kind {
        Kind::If { condition, then, otherwise } => {
            for (holds, branch) in [(true, Some(then)), (false, otherwise.as_ref())] {
                let Some(branch) = branch else { continue };
                let mut inner = facts.to_vec();
                learn(tree, condition, holds, &mut inner);
                block(tree, branch, inner, found);
            }
        }
        Kind::For { body, .. } | Kind::While { body, .. } | Kind::Do { body, .. } | Kind::Loop { body } => {
            // What a turn changes, the next one finds changed.
            let kept = facts.iter().filter(|fact| body.statements.iter().all(|node| still_holds(fact, node)));
            block(tree, body, kept.cloned().collect(), found);
        }
        Kind::Block(inner) => block(tree, inner, facts.to_vec(), found),
        Kind::Switch { arms, .. } => arms.iter().for_each(|arm| statement(tree, &arm.body, facts, found)),
        Kind::Call(call) => found.extend(gate(tree, call, facts)),
        _ => {}
    }
}

/// Takes a condition apart: what is true or false with it.
fn learn<'t>(tree: &'t Tree, condition: &'t Node, holds: bool, facts: &mut Vec<Fact<'t>>) {
    match &condition.kind {
        Kind::Operator { symbol, operands, .. } if symbol == "!" && operands.len() == 1 => {
            learn(tree, &operands[0], !holds, facts);
        }
        // All of an `&&` hold with it, and none of an `||` without it.
        Kind::Lazy { symbol, operands, .. } if (*symbol == "&&") == holds && *symbol != "??" => {
            operands.iter().for_each(|operand| learn(tree, operand, holds, facts));
        }
        _ => {
            let (text, is_equal) = asked(tree, condition);
            facts.push(Fact { text, holds: holds == is_equal, line: condition.span.line, node: condition });
        }
    }
}

/// What is asked, and whether it is asked for being so: `a != b` asks whether `a == b` is not.
fn asked<'t>(tree: &'t Tree, node: &'t Node) -> (Vec<&'t str>, bool) {
    match &node.kind {
        Kind::Operator { symbol, operands, .. } if matches!(symbol.as_str(), "==" | "!=") && operands.len() == 2 => {
            (pair(tree, &operands[0], &operands[1]), symbol == "==")
        }
        Kind::Operator { symbol, operands, .. } if symbol == "!" && operands.len() == 1 => {
            let (text, is_so) = asked(tree, &operands[0]);
            (text, !is_so)
        }
        Kind::Method { of, call, .. } if call.name.text == "holds" && call.args.is_empty() => asked(tree, of),
        _ => (vec![tree.text(node.span)], true),
    }
}

fn pair<'t>(tree: &'t Tree, left: &'t Node, right: &'t Node) -> Vec<&'t str> {
    let mut pair = vec![tree.text(left.span), tree.text(right.span)];
    pair.sort_unstable();
    pair
}

fn gate(tree: &Tree, call: &Call, facts: &[Fact<'_>]) -> Option<Diagnostic> {
    let name = call.plain_name().filter(|name| GATES.contains(name))?;
    let (text, holds, place) = match (name, &call.args[..]) {
        ("gate", [_, seen, ..]) => {
            let (text, holds) = asked(tree, seen);
            (text, holds, seen.span)
        }
        ("gate_eq", [_, seen, wanted, ..]) => (pair(tree, seen, wanted), true, seen.span.to(wanted.span)),
        _ => return None,
    };
    let fact = facts.iter().find(|fact| fact.text == text && fact.holds == holds)?;
    let message = "this asks nothing: where it is asked, it is always true";
    let told = Diagnostic::error("E0320", message, &tree.file, place);
    Some(
        told.note(format!("the condition on line {} asks the same, and lets only what is so come here", fact.line))
            .help("ask the gate without that condition; or let the condition ask what says whether it must hold"),
    )
}

/// Whether a statement leaves a fact as it was: it neither changes a name in it, nor anything out there that it asks about.
fn still_holds(fact: &Fact<'_>, statement: &Node) -> bool {
    let mut reads = false;
    let mut names = Vec::new();
    fact.node.walk(&mut |node| match &node.kind {
        Kind::Call(_) | Kind::Closure { .. } => reads = true,
        Kind::Method { call, .. } => reads |= !matches!(call.name.text.as_str(), "is_empty" | "len" | "contains"),
        Kind::Variable { path, name } if path.is_empty() => names.push(name.text.as_str()),
        _ => {}
    });
    let is_named = |node: &Node| node.root().as_variable().is_some_and(|name| names.contains(&name.text.as_str()));
    let mut holds = true;
    statement.walk(&mut |node| match &node.kind {
        Kind::Call(call) => {
            let tells = call.plain_name().is_some_and(|name| GATES.contains(&name) || TELLING.contains(&name));
            holds &= !reads || tells;
        }
        Kind::Closure { .. } => holds &= !reads,
        // A list grows by its methods.
        Kind::Method { of, .. } if is_named(of) && matches!(statement.kind, Kind::Method { .. }) => holds = false,
        Kind::Assign { target, .. } => holds &= !is_named(target),
        Kind::Let { name, .. } | Kind::For { name, .. } => holds &= !names.contains(&name.text.as_str()),
        _ => {}
    });
    holds
}
