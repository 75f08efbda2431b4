//! Options in each other's place: each is given what the other is called, or what was asked for the other.

use std::collections::BTreeMap;

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Field, Kind, Node};
use super::super::Type;
use super::super::infer::Infer;
use super::order::bears;
use crate::script::{OptionField, Param, Primitive, Ty};

impl<'t> Infer<'t> {
    /// `ensure_model(JUJU_CLOUD, #{ cloud: MODEL })`: an argument is called as the option, and the option's value as what the
    /// argument is for.
    pub(super) fn crossed_with_an_option(&mut self, call: &'t Call, primitive: &'static Primitive) {
        let Some((Node { kind: Kind::Map(fields), .. }, args)) = call.args.split_last() else { return };
        let noun = primitive.name.rsplit('_').next().unwrap_or_default();
        let called = |param: &'static str| if param == "name" { noun } else { param };
        let crossed = args.iter().zip(&primitive.params).find_map(|(arg, param)| {
            let own = called(param.name);
            let is_free = is_constant(arg) && param.ty == Ty::Text && !bears(arg, own);
            let is_it = |field: &&Field| {
                let option = field.name.text.as_str();
                let is_taken = is_constant(&field.value) && bears(&field.value, own) && !bears(&field.value, option);
                is_taken && tells(option) && bears(arg, option)
            };
            is_free.then(|| Some((arg, param, fields.iter().find(is_it)?)))?
        });
        let Some((arg, param, field)) = crossed else { return };
        let message = format!("`{}` and the option `{}` are in each other's place", param.name, field.name.text);
        let told = Diagnostic::warning("W0326", message, &self.tree().file, arg.span.to(field.value.span));
        let told = told.note(primitive.signature());
        let (given, value) = (self.copied(arg), self.copied(&field.value));
        self.tell(told.help(format!("write {value} for `{}`, and {}: {given}", param.name, field.name.text)));
    }

    /// `ensure_model_default(net::PLANE.name, "default-space", JUJU_CLOUD)`: a constant that is called as another parameter is
    /// given as a mere value, and that parameter gets a constant that is called otherwise.
    pub(super) fn crossed_with_a_value(&mut self, call: &'t Call, primitive: &'static Primitive) {
        let params = &primitive.params;
        let Some(at) = params.iter().position(|param| param.name == "value") else { return };
        let Some(given) = call.args.get(at).filter(|given| is_constant(given)) else { return };
        let is_it = |(other, param): &(usize, &Param)| {
            let arg = call.args.get(*other);
            let is_stray = arg.is_some_and(|arg| is_of_a_constant(arg) && !bears(arg, param.name));
            *other != at && param.ty == Ty::Text && tells(param.name) && bears(given, param.name) && is_stray
        };
        let Some((other, param)) = params.iter().enumerate().find(is_it) else { return };
        // What is set may be that very thing.
        let speaks = |arg: &Node| arg.as_text().is_some_and(|key| key.contains(param.name));
        if call.args.iter().any(speaks) {
            return;
        }
        let ring = [at.min(other), at.max(other)];
        let told = self.in_each_others_place(call, &ring, |at| params.get(at).map(|param| param.name));
        told.into_iter().for_each(|told| self.tell(told));
    }

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

/// Whether a parameter's name says more than that something has one.
fn tells(name: &str) -> bool {
    !matches!(name, "key" | "name" | "path" | "text" | "value")
}

/// A constant of a library.
fn is_constant(node: &Node) -> bool {
    matches!(&node.kind, Kind::Variable { path, .. } if !path.is_empty())
}

/// A constant of a library, or a field of one.
fn is_of_a_constant(node: &Node) -> bool {
    match &node.kind {
        Kind::Property { of, .. } => is_of_a_constant(of),
        _ => is_constant(node),
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
