//! Lists that are written out where neither their order nor their number says anything: what stands there twice is asked, or
//! changed, twice. What two constants come to is not known here.

use std::collections::BTreeSet;

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node};
use super::super::infer::Infer;
use crate::script::{Primitive, Ty};

impl<'t> Infer<'t> {
    /// A member of a list that is looked into, handed over or compared as a set.
    pub(in super::super) fn twice(&mut self, list: &'t Node) {
        self.twice_among(list, |_| true);
    }

    /// The same of one that is gone through in its order: `["off", "on", "off"]` may be meant so, a name is not.
    pub(in super::super) fn twice_in_order(&mut self, list: &'t Node) {
        let is_name = |item: &Node| item.as_text().is_none_or(|text| !text.bytes().all(|b| b.is_ascii_alphabetic()));
        self.twice_among(list, is_name);
    }

    fn twice_among(&mut self, list: &'t Node, is_told: impl Fn(&Node) -> bool) {
        let Kind::Array(items) = &self.made_of(list).kind else { return };
        let is_again = |(at, item): &(usize, &Node)| {
            let is_alike = |other: &Node| self.is_alike(item, other);
            is_member(item) && is_told(item) && items[..*at].iter().any(is_alike)
        };
        let Some((_, item)) = items.iter().enumerate().skip(1).find(is_again) else { return };
        // Words of a command may be there twice; and constants of a library are told by their values.
        if self.is_of_a_library(item) || items.iter().filter_map(Node::as_text).any(|text| text.starts_with('-')) {
            return;
        }
        let message = format!("{} stands twice in this list", self.text(item));
        let told = Diagnostic::warning("W0331", message, &self.tree().file, item.span);
        let note = "what is gone through twice is asked, or changed, twice; mostly another one was meant";
        let told = told.note(note);
        let meant = self.unasked_beside(item);
        self.tell(meant.into_iter().fold(told, |told, other| told.help(format!("perhaps {other} is meant"))));
    }

    /// The one reading like this one that is asked nowhere in this file: `pki.controller_ca()` for `pki.issuing_ca()`.
    fn unasked_beside(&self, item: &'t Node) -> Option<String> {
        let (call, own, others, before) = match &item.kind {
            Kind::Method { of, call, .. } => {
                let ty = self.plainly(of)?;
                let names = self.table.methods_of(&ty).into_iter();
                let others: Vec<_> = names.filter_map(|name| self.table.method(&ty, name)).collect();
                (call, self.table.method(&ty, &call.name.text)?, others, format!("{}.", self.copied(of)))
            }
            Kind::Call(call) => {
                let [root] = &call.path[..] else { return None };
                let names = self.table.functions_of(&root.text).into_iter();
                let others: Vec<_> = names.filter_map(|name| self.table.function(&root.text, name)).collect();
                (call, self.table.function(&root.text, &call.name.text)?, others, format!("{}::", root.text))
            }
            _ => return None,
        };
        let mut asked: BTreeSet<&str> = BTreeSet::new();
        self.tree().walk(&mut |node| {
            if let Kind::Method { call, .. } | Kind::Call(call) = &node.kind {
                asked.insert(&call.name.text);
            }
        });
        // Texts and answers of one kind are many; things are few.
        let is_thing = matches!(own.result, Ty::Named(_));
        let is_like = |other: &&&'static Primitive| {
            let are_params = || own.params.iter().zip(&other.params).all(|(a, b)| a.ty == b.ty && a.name == b.name);
            is_thing
                && other.result == own.result
                && other.effect == own.effect
                && other.params.len() == own.params.len()
                && !asked.contains(other.name)
                && are_params()
        };
        let mut others = others.iter().filter(is_like);
        let other = others.next().filter(|_| others.next().is_none())?;
        Some(format!("{before}{}({})", other.name, self.rest(&call.args)))
    }

    fn is_of_a_library(&self, node: &Node) -> bool {
        self.sources[self.home].values.is_some() && self.tree().statements.iter().any(|top| top.span.holds(node.span))
    }

    fn is_alike(&self, a: &Node, b: &Node) -> bool {
        match (a.as_text(), b.as_text()) {
            (Some(a), Some(b)) => a == b,
            (None, None) => {
                std::mem::discriminant(&a.kind) == std::mem::discriminant(&b.kind)
                    && self.tree().text(a.span) == self.tree().text(b.span)
            }
            _ => false,
        }
    }
}

/// What stands for a thing: numbers and answers may be alike.
fn is_member(node: &Node) -> bool {
    let mut has_closure = false;
    node.walk(&mut |node| has_closure |= matches!(node.kind, Kind::Closure { .. }));
    let is_thing = matches!(
        node.kind,
        Kind::Text(_)
            | Kind::Template(_)
            | Kind::Call(_)
            | Kind::Method { .. }
            | Kind::Property { .. }
            | Kind::Variable { .. }
    );
    is_thing && !has_closure
}
