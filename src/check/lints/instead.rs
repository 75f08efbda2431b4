//! A function of a library that changes, called where one beside it was meant that asks gates alone: `blank` for `are_blank`.

use std::collections::BTreeMap;

use super::super::shape::{GATES, structure};
use super::super::tree::{Call, Function, Kind, Node, Tree};
use super::super::types::{Library, Reach, Table};
use crate::script::Effect;

/// How deep functions that call functions are followed; what lies deeper may do anything.
const DEEP: usize = 12;

/// The function to call in place of the one that leads a step to a change.
pub(super) fn asking(tree: &Tree, libs: &BTreeMap<String, Library>, table: &Table, step: &Reach) -> Option<String> {
    let body = structure(tree).find(|call| call.name.span == step.span)?.args.last()?.span;
    let deeds = Deeds { libs, table };
    let mut other = None;
    tree.walk(&mut |node| {
        let Kind::Call(call) = &node.kind else { return };
        if other.is_none() && body.holds(node.span) {
            other = deeds.other(tree, call);
        }
    });
    other
}

/// What functions do.
struct Deeds<'l> {
    libs: &'l BTreeMap<String, Library>,
    table: &'l Table,
}

/// What is done on some way.
#[derive(Clone, Copy, Default)]
struct Done {
    asks: bool,
    changes: bool,
}

impl Done {
    const fn and(self, other: Self) -> Self {
        Done { asks: self.asks || other.asks, changes: self.changes || other.changes }
    }
}

impl<'l> Deeds<'l> {
    /// The one function of the library whose name has that of the called one in it, and which asks and does not change.
    fn other(&self, home: &'l Tree, call: &Call) -> Option<String> {
        let [root] = &call.path[..] else { return None };
        let library = &self.libs.get(home.modules().get(root.text.as_str())?.as_str())?.tree;
        let called = library.function(&call.name.text, call.args.len())?;
        if !self.done(library, called, 0).changes {
            return None;
        }
        let is_it = |function: &&Function| {
            let is_near = function.name != called.name && has_words(&function.name, &called.name);
            is_near && !function.is_private && function.params.len() == called.params.len() && {
                let done = self.done(library, function, 0);
                done.asks && !done.changes
            }
        };
        let mut others = library.declared().filter(is_it);
        let other = others.next().filter(|_| others.next().is_none())?;
        Some(format!("or call {}::{}, which asks gates alone", root.text, other.name))
    }

    fn done(&self, home: &'l Tree, function: &'l Function, deep: usize) -> Done {
        if deep > DEEP {
            return Done { asks: false, changes: true };
        }
        let mut done = Done::default();
        function.body.statements.iter().for_each(|node| {
            node.walk(&mut |node| done = done.and(self.at(home, node, deep)));
        });
        done
    }

    fn at(&self, home: &'l Tree, node: &'l Node, deep: usize) -> Done {
        let changes = |effect: Effect| Done { asks: false, changes: effect == Effect::Change };
        match &node.kind {
            Kind::Closure { function, .. } => {
                home.closure(function).map(|function| self.done(home, function, deep + 1)).unwrap_or_default()
            }
            Kind::Method { call, .. } => {
                let methods = self.table.methods_named(&call.name.text);
                methods.map(|method| changes(method.effect)).fold(Done::default(), Done::and)
            }
            Kind::Call(call) => {
                if call.plain_name().is_some_and(|name| GATES.contains(&name)) {
                    return Done { asks: true, changes: false };
                }
                let root = call.path.first().map_or("", |root| root.text.as_str());
                if let Some(primitive) = self.table.function(root, &call.name.text) {
                    return changes(primitive.effect);
                }
                let there = match root {
                    "" => Some(home),
                    root => home.modules().get(root).and_then(|name| Some(&*self.libs.get(name.as_str())?.tree)),
                };
                let function = there.and_then(|tree| Some((tree, tree.function(&call.name.text, call.args.len())?)));
                // Of what is not found here nobody knows what it does.
                let unknown = Done { asks: false, changes: true };
                function.map_or(unknown, |(tree, function)| self.done(tree, function, deep + 1))
            }
            _ => Done::default(),
        }
    }
}

/// Whether a name has the words of another one in it, side by side.
fn has_words(name: &str, words: &str) -> bool {
    name.match_indices(words).any(|(at, _)| {
        let (before, behind) = (&name[..at], &name[at + words.len()..]);
        (before.is_empty() || before.ends_with('_')) && (behind.is_empty() || behind.starts_with('_'))
    })
}
