//! Loops that do not end: nothing in a turn changes what is asked before the next one.

use std::collections::BTreeSet;

use super::super::super::tree::{Block, Call, Kind, Node, Span};
use super::super::infer::Infer;
use crate::script::Effect;

impl<'t> Infer<'t> {
    /// A `while` or a `loop` without a way out.
    pub(in super::super) fn endless(&mut self, span: Span, condition: Option<&'t Node>, body: &'t Block) {
        let mut turn = Turn { infer: self, leaves: false, acts: false, changes: BTreeSet::new() };
        body.statements.iter().for_each(|node| turn.read(node, 0));
        let mut asked = BTreeSet::new();
        condition.into_iter().for_each(|node| names(node, &mut asked));
        let acts = turn.acts && condition.is_some_and(asks_somebody);
        if turn.leaves || acts || asked.iter().any(|name| turn.changes.contains(name)) {
            return;
        }
        if matches!(condition.map(|node| &node.kind), Some(Kind::Bool(false))) {
            return;
        }
        let what = if condition.is_some() { "while" } else { "loop" };
        let diagnostic = self.error("E0328", format!("this `{what}` does not end"), span.word(what));
        let note = match condition {
            Some(_) => "no turn changes what it asks",
            None => "no turn leaves it",
        };
        let help = "wait_until(\"what\", #{ every: 10, at_most: 900 }, || ...) looks again, and gives up";
        self.tell(diagnostic.note(note).help(help));
    }
}

/// What a turn does.
struct Turn<'t, 'i> {
    infer: &'i Infer<'t>,
    leaves: bool,
    /// Whether it may change a service, so that the next look sees something else.
    acts: bool,
    changes: BTreeSet<&'t str>,
}

impl<'t> Turn<'t, '_> {
    /// Functions of scripts may; of the host's, those that change.
    fn may_act(&self, call: &Call) -> bool {
        let namespace = call.path.first().map_or("", |root| root.text.as_str());
        self.infer.table.function(namespace, &call.name.text).is_none_or(|known| known.effect == Effect::Change)
    }

    fn read(&mut self, node: &'t Node, loops: usize) {
        match &node.kind {
            Kind::Return { .. } => self.leaves = true,
            Kind::Break { .. } => self.leaves |= loops == 0,
            Kind::Call(call) => {
                self.leaves |= call.plain_name() == Some("fail");
                self.acts |= self.may_act(call);
            }
            Kind::Assign { target, .. } => names(target, &mut self.changes),
            Kind::Closure { captures, .. } => self.changes.extend(captures.iter().map(|name| name.text.as_str())),
            // A method may change the list or map that it is called on.
            Kind::Method { of, .. } => names(of, &mut self.changes),
            _ => {}
        }
        let is_loop = matches!(node.kind, Kind::While { .. } | Kind::Loop { .. } | Kind::Do { .. } | Kind::For { .. });
        node.each_child(&mut |child| self.read(child, loops + usize::from(is_loop)));
    }
}

/// Whether a call is made anew for each turn.
fn asks_somebody(condition: &Node) -> bool {
    let mut asks = false;
    condition
        .walk(&mut |node| asks |= matches!(node.kind, Kind::Call(_) | Kind::Method { .. } | Kind::Property { .. }));
    asks
}

/// The variables that stand in an expression.
fn names<'t>(node: &'t Node, found: &mut BTreeSet<&'t str>) {
    node.walk(&mut |node| {
        if let Kind::Variable { path, name } = &node.kind
            && path.is_empty()
        {
            found.insert(&name.text);
        }
    });
}
