//! What cannot be undone is confirmed by the name of what is lost: the two are one text, whoever hands them over. Where one
//! of them is not known before the run, the primitive judges.

use super::super::super::message::{Diagnostic, written_at};
use super::super::super::tree::{Call, Node, Span};
use super::super::infer::Infer;
use super::super::values::{Value, Values};
use crate::script::Primitive;

/// A confirmation that comes by a loop or by calls: what it may be is known when all was read.
pub(in super::super) struct Confirmation<'t> {
    primitive: &'static Primitive,
    name: Values<'t>,
    typed: Values<'t>,
    home: usize,
    span: Span,
}

impl<'t> Infer<'t> {
    /// `destroy_model(site::MODEL, site::VAULT_CONFIRM)`: another name than that of the model.
    pub(in super::super) fn confirmed(&mut self, call: &'t Call, primitive: &'static Primitive) {
        let given = |name: &str| {
            let at = primitive.params.iter().position(|param| param.name == name)?;
            call.args.get(at)
        };
        let (Some(thing), Some(arg)) = (given("name"), given("confirm")) else { return };
        let (Some(name), Some(typed)) = (self.known_text(thing), self.known_text(arg)) else {
            return self.confirmed_later(primitive, thing, arg);
        };
        if !is_another(name, typed) {
            return;
        }
        let told = self.told_as_another(primitive, [name, typed], self.home, arg.span);
        let told = self.places_of(arg).into_iter().map(|place| written_at(&place)).fold(told, Diagnostic::note);
        self.tell(told.help(format!("confirm it by the name of what goes: {}", self.copied(thing))));
    }

    fn confirmed_later(&mut self, primitive: &'static Primitive, thing: &'t Node, arg: &'t Node) {
        let is_one = self.tree().text(thing.span) == self.tree().text(arg.span);
        let Some((name, typed)) = self.values(thing).zip(self.values(arg)).filter(|_| !is_one) else { return };
        self.confirmations.push(Confirmation { primitive, name, typed, home: self.home, span: arg.span });
    }

    /// Those that come by loops and calls, now that all was read.
    pub(in super::super) fn confirmations(&mut self) {
        for Confirmation { primitive, name, typed, home, span } in std::mem::take(&mut self.confirmations) {
            let wrong = self.pairs(&name, &typed).into_iter().find(|(name, typed)| is_another(name, typed));
            if let Some((name, typed)) = wrong {
                let told = self.told_as_another(primitive, [name, typed], home, span);
                self.tell(told.help("confirm it by the name of what goes"));
            }
        }
    }

    /// Names, and what confirms each: one text for all, or of each call its own.
    fn pairs(&self, name: &Values<'t>, typed: &Values<'t>) -> Vec<(&'t str, &'t str)> {
        let texts = |values: Vec<Value<'t>>| values.iter().filter_map(Value::as_text).collect::<Vec<_>>();
        let only = |values: &Values<'t>| match (&values.known[..], values.whole && values.asked.is_empty()) {
            ([one], true) => one.as_text(),
            _ => None,
        };
        let known = |values: &Values<'t>| {
            let came = values.asked.iter().flat_map(|(from, path)| self.came_to(*from, path, 0));
            texts(values.known.iter().copied().chain(came).collect())
        };
        match (only(name), only(typed)) {
            (None, Some(typed)) => known(name).into_iter().map(|name| (name, typed)).collect(),
            (Some(name), None) => known(typed).into_iter().map(|typed| (name, typed)).collect(),
            _ => {
                let (names, all) = (self.settled(name).map(texts), self.settled(typed).map(texts));
                let calls = names.zip(all).filter(|(names, all)| names.len() == all.len());
                calls.into_iter().flat_map(|(names, all)| names.into_iter().zip(all)).collect()
            }
        }
    }

    fn told_as_another(&self, primitive: &Primitive, [name, typed]: [&str; 2], home: usize, span: Span) -> Diagnostic {
        let message = format!("{} of {name:?} is confirmed by {typed:?}", primitive.full_name());
        Diagnostic::error("E0361", message, &self.sources[home].tree.file, span).note(primitive.signature())
    }

    /// Where a constant is written that is given here.
    fn places_of(&self, arg: &'t Node) -> Vec<String> {
        let known = self.values(arg).filter(|_| arg.as_text().is_none()).map(|values| values.known);
        known.into_iter().flatten().take(1).map(|value| self.place_of(&value)).collect()
    }
}

/// An empty text is told by itself.
fn is_another(name: &str, typed: &str) -> bool {
    name != typed && !typed.trim().is_empty()
}
