//! What a gate in a loop looks at: where neither that nor what is wanted is another at each turn, one thing is told under
//! many names; and one thing cannot equal each of several members. Where a turn may change what a service says, nothing is
//! told.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::super::message::Diagnostic;
use super::super::super::shape::GATES;
use super::super::super::tree::{Block, Call, Kind, Name, Node};
use super::super::infer::Infer;
use crate::script::Effect;

/// More names that stand for each other than anybody writes.
const DEEP: usize = 8;

/// A loop that is being read.
pub(in super::super) struct Going<'t> {
    /// What each turn is given.
    names: Vec<&'t str>,
    body: &'t Block,
    told: OnceCell<Rc<Told<'t>>>,
}

/// What the text of a loop tells.
struct Told<'t> {
    /// What is declared in it; nothing where that is another thing at each turn anyway.
    lets: BTreeMap<&'t str, Option<&'t Node>>,
    /// Whether a turn may change what a service says, or takes time.
    acts: bool,
    /// Whether a turn may be left before its end.
    leaves: bool,
}

impl<'t> Going<'t> {
    pub(in super::super) fn new(name: &'t Name, counter: Option<&'t Name>, body: &'t Block) -> Self {
        let names = std::iter::once(name).chain(counter).map(|name| name.text.as_str()).collect();
        Going { names, body, told: OnceCell::new() }
    }

    /// The member of a turn.
    pub(in super::super) fn name(&self) -> &'t str {
        self.names[0]
    }

    pub(in super::super) const fn body(&self) -> &'t Block {
        self.body
    }
}

impl<'t> Infer<'t> {
    /// A gate that is named by the turn, and asks the same at each. Says whether it is one.
    pub(super) fn same_at_each_turn(&mut self, call: &'t Call) -> bool {
        let Some(outer) = self.going.first() else { return false };
        let told = outer.told.get_or_init(|| Rc::new(self.told_of(outer.body))).clone();
        let is_compared = call.name.text != "gate";
        let [name, seen, rest @ ..] = &call.args[..] else { return false };
        let wanted = rest.first().filter(|_| is_compared);
        let turns = |node: &'t Node| self.turns(&told, node, 0);
        let subject = || rest.get(usize::from(is_compared)).and_then(subject);
        if told.acts || turns(seen) || !turns(name) && !subject().is_some_and(turns) || !asks(seen) {
            return false;
        }
        match wanted.filter(|wanted| turns(wanted)) {
            None => self.told_under_many_names(seen),
            Some(wanted) if call.name.text == "gate_eq" && !told.leaves => self.equals_each(call, seen, wanted),
            Some(_) => {}
        }
        true
    }

    fn told_under_many_names(&mut self, seen: &'t Node) {
        let name = self.going.last().map_or("", |turn| turn.names[0]).to_owned();
        // What a turn reads is told where it is read, and once for all gates that look at it.
        let read = self.read_in_the_turn(seen).unwrap_or(seen);
        let message = format!("`{}` is the same at each turn, and told under another name each time", self.text(read));
        let told = Diagnostic::warning("W0353", message, &self.tree().file, read.span);
        let is_elsewhere = !std::ptr::eq(read, seen);
        let gate = is_elsewhere.then(|| format!("the gate on line {} looks at `{}`", seen.span.line, self.text(seen)));
        let told = gate.into_iter().fold(told, Diagnostic::note);
        self.tell(told.help(format!("look at what belongs to `{name}`; or ask once, before the loop")));
    }

    /// What is given once, and wanted to be another thing at each turn.
    fn equals_each(&mut self, call: &'t Call, seen: &'t Node, wanted: &'t Node) {
        let is_own = |node: &Node| matches!(&node.kind, Kind::Call(own) if std::ptr::eq(own, call));
        let is_at_each = self.going.last().is_some_and(|turn| turn.body.statements.iter().any(is_own));
        let all = self.values(wanted).and_then(|values| values.all_shown()).filter(|_| is_at_each);
        let Some(first) = all.as_ref().and_then(|all| all.first()) else { return };
        let Some(other) = all.iter().flatten().find(|other| *other != first) else { return };
        let (seen_text, text) = (self.text(seen), self.text(wanted));
        let message =
            format!("the gate never passes at each turn: `{seen_text}` is one, and `{text}` is another each time");
        let told = Diagnostic::error("E0320", message, &self.tree().file, seen.span);
        let told = told.note(format!("it is wanted to be {first} at one turn, and {other} at another"));
        let name = self.going.last().map_or("", |turn| turn.names[0]).to_owned();
        self.tell(told.help(format!("look at what belongs to `{name}`")));
    }

    /// The reading that a name of the loop stands for.
    fn read_in_the_turn(&self, node: &'t Node) -> Option<&'t Node> {
        let mut root = node;
        loop {
            root = match &root.kind {
                Kind::Property { of, .. } | Kind::Method { of, .. } | Kind::Index { of, .. } => of,
                Kind::Operator { operands, .. } | Kind::Lazy { operands, .. } => operands.first()?,
                _ => break,
            };
        }
        let made = self.made_of(root);
        let is_inside = self.going.first().is_some_and(|turn| turn.body.span.holds(made.span));
        (is_inside && !std::ptr::eq(made, root)).then_some(made)
    }

    fn told_of(&self, body: &'t Block) -> Told<'t> {
        let mut told = Told { lets: BTreeMap::new(), acts: false, leaves: false };
        body.statements.iter().for_each(|node| self.note_turn(node, &mut told));
        told
    }

    fn note_turn(&self, node: &'t Node, told: &mut Told<'t>) {
        match &node.kind {
            Kind::Let { name, value, .. } => {
                let value = value.as_deref().filter(|_| !told.lets.contains_key(name.text.as_str()));
                told.lets.insert(&name.text, value);
            }
            Kind::For { name, counter, .. } => {
                told.lets.insert(&name.text, None);
                counter.iter().for_each(|counter| _ = told.lets.insert(&counter.text, None));
            }
            Kind::Continue | Kind::Break { .. } | Kind::Return { .. } => told.leaves = true,
            // What a gate is given is asked, and changes nothing.
            Kind::Call(call) if call.plain_name().is_some_and(|name| GATES.contains(&name)) => return,
            Kind::Call(call) => {
                let root = call.path.first().map_or("", |root| root.text.as_str());
                told.acts |= match self.table.function(root, &call.name.text) {
                    Some(primitive) => {
                        matches!(primitive.effect, Effect::Change | Effect::Acts)
                            || matches!(primitive.name, "wait_until" | "attest" | "fail")
                    }
                    None => true,
                };
            }
            Kind::Method { call, .. } => {
                let mut methods = self.table.methods_named(&call.name.text);
                told.acts |= methods.any(|method| matches!(method.effect, Effect::Change | Effect::Acts));
            }
            _ => {}
        }
        node.each_child(&mut |child| self.note_turn(child, told));
    }

    /// Whether an expression may be another at each turn.
    fn turns(&self, told: &Told<'t>, node: &'t Node, deep: usize) -> bool {
        let mut turns = deep > DEEP;
        node.walk(&mut |node| match &node.kind {
            Kind::Variable { path, name } if path.is_empty() => turns |= self.turns_by_name(told, &name.text, deep),
            Kind::Closure { captures, .. } => {
                turns |= captures.iter().any(|name| self.turns_by_name(told, &name.text, deep));
            }
            _ => {}
        });
        turns
    }

    fn turns_by_name(&self, told: &Told<'t>, name: &str, deep: usize) -> bool {
        if self.going.iter().any(|turn| turn.names.contains(&name)) || self.is_given_another(name) {
            return true;
        }
        match told.lets.get(name) {
            Some(Some(value)) => self.turns(told, value, deep + 1),
            Some(None) => true,
            None => false,
        }
    }
}

/// Whether a service may be asked for it: what is written out is another rule's.
fn asks(node: &Node) -> bool {
    let mut asks = false;
    node.walk(&mut |node| {
        asks |= matches!(&node.kind, Kind::Variable { path, .. } if path.is_empty());
        asks |= matches!(&node.kind, Kind::Call(_));
    });
    asks
}

/// What a gate says that it speaks of.
fn subject(options: &Node) -> Option<&Node> {
    let Kind::Map(fields) = &options.kind else { return None };
    fields.iter().find(|field| field.name.text == "subject").map(|field| &field.value)
}
