//! What an expression comes to at one turn of the loops around it, where they go through constants. A turn that a condition
//! may pass over is never taken.

use super::super::super::tree::{Block, Kind, Node, Span};
use super::super::infer::Infer;
use super::Value;

/// More turns than are gone through one by one.
const MOST: usize = 256;

/// More names that stand for each other than anybody writes.
const DEEP: usize = 6;

/// What the variables of the loops hold at a turn.
pub(in super::super) type Turn<'t> = Vec<(usize, Value<'t>)>;

impl<'t> Infer<'t> {
    /// The turns that certainly come to this place, as far as these expressions differ by them: one without a variable
    /// where they differ by none.
    pub(in super::super) fn turns_at(&self, place: Span, nodes: &[&'t Node]) -> Vec<Turn<'t>> {
        let mut turns = vec![Turn::new()];
        let mut is_inside = false;
        for going in &self.going {
            let variable = self.lookup(going.name());
            let is_used = nodes.iter().any(|node| self.differs_by(node, going.name(), 0));
            is_inside |= is_used;
            let Some(at) = variable.filter(|_| is_inside) else { continue };
            let holds = self.variables[at].holds.as_ref().filter(|all| all.whole && all.asked.is_empty());
            let Some(members) = holds.map(|all| &all.known).filter(|_| comes_to(going.body(), place)) else {
                return Vec::new();
            };
            if is_used {
                let more = turns.iter().flat_map(|turn| {
                    members.iter().map(move |member| turn.iter().copied().chain([(at, *member)]).collect())
                });
                turns = more.take(MOST + 1).collect();
            }
        }
        if turns.len() > MOST { Vec::new() } else { turns }
    }

    /// Whether an expression, or what a name in it stands for, names the variable.
    fn differs_by(&self, node: &'t Node, name: &str, deep: usize) -> bool {
        let mut differs = deep > DEEP;
        node.walk(&mut |node| {
            let Kind::Variable { path, name: own } = &node.kind else { return };
            if path.is_empty() && !differs {
                let made = self.made_of(node);
                differs = own.text == name || !std::ptr::eq(made, node) && self.differs_by(made, name, deep + 1);
            }
        });
        differs
    }

    /// What it is at that turn, where that is one known value.
    pub(in super::super) fn at_turn(&self, node: &'t Node, turn: &Turn<'t>) -> Option<Value<'t>> {
        match &node.kind {
            Kind::Variable { path, name } if path.is_empty() => {
                let at = self.only(&name.text)?;
                if let Some((_, value)) = turn.iter().find(|(variable, _)| *variable == at) {
                    return Some(*value);
                }
                self.at_turn(self.made_at(node)?, turn)
            }
            Kind::Property { of, name, safe: false } => self.at_turn(of, turn)?.field(&name.text),
            Kind::Int(_) | Kind::Text(_) | Kind::Map(_) => Some(Value::Written(self.home, node)),
            Kind::Variable { .. } => self.one_value(node),
            _ => None,
        }
    }

    /// What a name stands for that is given once, or that a constant of this file bears.
    pub(in super::super) fn made_at(&self, node: &'t Node) -> Option<&'t Node> {
        let Kind::Variable { path, name } = &node.kind else { return None };
        if !path.is_empty() || self.is_given_another(&name.text) {
            return None;
        }
        let made = self.made_of(node);
        (!std::ptr::eq(made, node)).then_some(made)
    }

    /// What it is, where that is one known value.
    pub(in super::super) fn one_value(&self, node: &'t Node) -> Option<Value<'t>> {
        let values = self.values(node).filter(|values| values.whole && values.asked.is_empty())?;
        if let [value] = &values.known[..] { Some(*value) } else { None }
    }
}

/// Whether each turn of a loop comes to a place in it: no condition stands before it, and no turn is left early.
fn comes_to(body: &Block, place: Span) -> bool {
    let mut comes = true;
    let mut read = |node: &Node| {
        let is_asked = match &node.kind {
            Kind::Continue | Kind::Break { .. } | Kind::Return { .. } => false,
            _ if !node.span.holds(place) => true,
            Kind::If { condition, .. } => condition.span.holds(place),
            Kind::Switch { value, .. } => value.span.holds(place),
            Kind::Lazy { operands, .. } => operands.first().is_some_and(|first| first.span.holds(place)),
            Kind::While { .. } | Kind::Do { .. } | Kind::Loop { .. } | Kind::Closure { .. } | Kind::Try { .. } => false,
            _ => true,
        };
        comes &= is_asked;
    };
    body.statements.iter().for_each(|node| node.walk(&mut read));
    comes
}
