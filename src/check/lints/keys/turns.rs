//! What the turns of one loop can tell apart: the names that a turn is given, or gives.

use std::collections::BTreeSet;

use super::super::super::tree::{Block, Kind, Name, Node};

/// Methods that change what they are called on.
const CHANGING: [&str; 8] = ["append", "clear", "insert", "pop", "push", "remove", "shift", "truncate"];

/// The names that a loop gives another value with each turn; none where a turn may be the last by itself.
pub(super) fn given<'t>(names: impl Iterator<Item = &'t Name>, body: &'t Block) -> Option<BTreeSet<&'t str>> {
    let mut given: BTreeSet<&str> = names.map(|name| name.text.as_str()).collect();
    let text = |name: &'t Name| name.text.as_str();
    let mut is_left = false;
    for statement in &body.statements {
        statement.walk(&mut |node| match &node.kind {
            Kind::Let { name, .. } | Kind::For { name, .. } => _ = given.insert(&name.text),
            Kind::Assign { target, .. } => given.extend(target.root().as_variable().map(text)),
            Kind::Method { of, call, .. } if CHANGING.contains(&call.name.text.as_str()) => {
                given.extend(of.root().as_variable().map(text))
            }
            Kind::Break { .. } | Kind::Return { .. } => is_left = true,
            _ => {}
        });
    }
    (!is_left).then_some(given)
}

/// Whether it says the same at each turn, though nobody knows what.
pub(super) fn is_same(node: &Node, given: &BTreeSet<&str>) -> bool {
    let mut is_same = true;
    node.walk(&mut |node| match &node.kind {
        Kind::Variable { path, name } => is_same &= !path.is_empty() || !given.contains(name.text.as_str()),
        Kind::Closure { .. } | Kind::This => is_same = false,
        _ => {}
    });
    is_same
}
