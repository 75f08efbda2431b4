//! Options in each other's place: each is given what the other is called, or what was asked for the other.

use std::collections::BTreeMap;

use super::super::message::Diagnostic;
use super::super::tree::{Field, Kind, Node};
use super::Type;
use super::infer::Infer;
use super::order::bears;
use crate::script::OptionField;

impl<'t> Infer<'t> {
    /// Two options of which each is given the field that bears the other's name.
    pub(super) fn crossed_options(
        &mut self,
        map: &'t Node,
        declared: &'static [OptionField],
        given: &BTreeMap<String, Type>,
    ) {
        let Kind::Map(fields) = &map.kind else { return };
        let is_for =
            |value: &Node, name: &str| matches!(&value.kind, Kind::Property { name: field, .. } if field.text == name);
        let pairs = fields.iter().enumerate().flat_map(|(at, a)| fields[at + 1..].iter().map(move |b| (a, b)));
        let crossed = pairs.filter(|(a, b)| is_for(&a.value, &b.name.text) && is_for(&b.value, &a.name.text));
        let bears_of = |at: usize, of: usize| bears(&fields[at].value, &fields[of].name.text);
        let is_stray = |(at, of): &(usize, usize)| at != of && bears_of(*at, *of) && !bears_of(*at, *at);
        let stray = (0..fields.len()).flat_map(|at| (0..fields.len()).map(move |of| (at, of))).find(is_stray);
        let stray = stray.filter(|(_, of)| !has_a_part_for(&fields[*of].value, &fields[*of].name.text));
        let stray = stray.map(|(at, of)| (&fields[at.min(of)], &fields[at.max(of)]));
        let fits = |of: &Field, other: &Field| {
            let wanted = declared.iter().find(|field| field.name == of.name.text);
            let given = given.get(other.name.text.as_str());
            wanted.zip(given).is_none_or(|(wanted, given)| self.fits(&wanted.ty, given))
        };
        let first = crossed.chain(stray).find(|(a, b)| fits(a, b) && fits(b, a));
        let told = first.map(|(a, b)| self.exchanged_options(a, b));
        told.into_iter().for_each(|told| self.tell(told));
    }

    fn exchanged_options(&self, a: &'t Field, b: &'t Field) -> Diagnostic {
        let message = format!("`{}` and `{}` are in each other's place", a.name.text, b.name.text);
        let place = a.name.span.to(b.value.span);
        let told = Diagnostic::warning("W0326", message, &self.tree().file, place);
        match (self.copied_whole(&a.value), self.copied_whole(&b.value)) {
            (Some(one), Some(other)) => told.help(format!("write {}: {other}, {}: {one}", a.name.text, b.name.text)),
            _ => told,
        }
    }

    /// Two options that are given secrets, each called as the other option.
    pub(super) fn crossed_secrets(&mut self, map: &'t Node) {
        let Kind::Map(fields) = &map.kind else { return };
        let secret = |value: &'t Node| match &self.made_of(value).kind {
            Kind::Call(call) if call.plain_name() == Some("secret") => call.args.first()?.as_text(),
            _ => None,
        };
        let mut secrets = fields.iter().filter_map(|field| Some((field, secret(&field.value)?)));
        let (Some((a, first)), Some((b, second)), None) = (secrets.next(), secrets.next(), secrets.next()) else {
            return;
        };
        let says = |secret: &str, option: &str| {
            let mut words = option.split('_');
            words.all(|word| {
                secret.split(['-', '_']).any(|part| part == word || part.starts_with(word) && word.len() > 3)
            })
        };
        let is_stray = says(second, &a.name.text) && !says(first, &a.name.text)
            || says(first, &b.name.text) && !says(second, &b.name.text);
        if is_stray && !says(first, &a.name.text) && !says(second, &b.name.text) {
            let told = self.exchanged_options(a, b);
            self.tell(told.note(format!("they are given the secrets {first:?} and {second:?}")));
        }
    }
}

/// Whether it, or a part that it is put together of, bears the name.
fn has_a_part_for(value: &Node, name: &str) -> bool {
    match &value.kind {
        Kind::Operator { operands, .. } => operands.iter().any(|operand| has_a_part_for(operand, name)),
        Kind::Array(items) => items.iter().any(|item| has_a_part_for(item, name)),
        Kind::Method { of, .. } => bears(value, name) || has_a_part_for(of, name),
        _ => bears(value, name),
    }
}
