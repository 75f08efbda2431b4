//! Names that say what a value is: a constant that is compared with one field, or given for one option, and bears the name
//! of another one beside it. Only where both names are there, and both values are of one type, is anything said.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Field, Kind, Name, Node, Span};
use super::super::Type;
use super::super::infer::Infer;
use crate::script::{OptionField, Primitive};

/// Names of options and fields that say nothing of what they hold.
const PLAIN: [&str; 8] = ["confirm", "file", "key", "name", "path", "text", "unit", "value"];

/// A constant of a library: the file it is in, the name before `::`, its own.
struct Constant<'n> {
    home: usize,
    root: &'n str,
    name: &'n str,
}

impl Constant<'_> {
    /// The last word of its name, as a field spells it.
    fn noun(&self) -> String {
        self.name.rsplit('_').next().unwrap_or_default().to_ascii_lowercase()
    }
}

impl<'t> Infer<'t> {
    fn named_constant<'n>(&self, node: &'n Node) -> Option<Constant<'n>> {
        let Kind::Variable { path, name } = &node.kind else { return None };
        let [root] = &path[..] else { return None };
        Some(Constant { home: self.library(&root.text)?, root: &root.text, name: &name.text })
    }

    /// `TAG in network.name`: a part of a text is looked for, and beside it are the tags.
    pub(in super::super) fn part_of_a_name(&mut self, at: Span, left: &'t Node, right: &'t Node, are_texts: bool) {
        let (true, Kind::Property { of, name, .. }) = (are_texts, &right.kind) else { return };
        let Some(constant) = self.named_constant(left).filter(|_| name.text == "name") else { return };
        let all = format!("{}s", constant.noun());
        let owner = self.read_again(of);
        let kind = self.table.field(&owner, &all).map(|field| self.table.given(&field.result));
        if kind != Some(Type::list(Type::Text)) {
            return;
        }
        let message = format!("`in` looks for a part of the text `{}`", self.text(right));
        let help = format!("write {} in {}.{all}", self.copied(left), self.copied(of));
        self.tell(Diagnostic::warning("W0350", message, &self.tree().file, at).help(help));
    }

    /// `status.controller == site::MODEL`, where the status has a model and the library a controller.
    pub(super) fn another_field(&mut self, left: &'t Node, right: &'t Node) {
        for (seen, wanted) in [(left, right), (right, left)] {
            if let Some(told) = self.another_row(seen, wanted) {
                return self.tell(told);
            }
            let Kind::Property { of, name: field, .. } = &seen.kind else { continue };
            let is_plain = PLAIN.contains(&field.text.as_str());
            let Some(constant) = self.named_constant(wanted).filter(|_| !is_plain) else { continue };
            let noun = constant.noun();
            if noun == field.text.as_str() || PLAIN.contains(&noun.as_str()) {
                continue;
            }
            let Some(other) = self.named_like(&constant, &field.text) else { continue };
            let owner = self.read_again(of);
            let kind = |name: &str| {
                self.table.field(&owner, name).map(|field| self.table.given(&field.result).present().clone().wordless())
            };
            if kind(&noun).is_none() || kind(&noun) != kind(&field.text) {
                continue;
            }
            let message = format!("`{}` is compared with {}", self.text(seen), self.text(wanted));
            let told = Diagnostic::warning("W0350", message, &self.tree().file, seen.span.to(wanted.span));
            let [seen, wanted] = [self.copied(of), self.copied(wanted)];
            let help = format!(
                "compare {seen}.{} with {}::{other}, or {seen}.{noun} with {wanted}",
                field.text, constant.root
            );
            return self.tell(told.note("each bears another's name, and both names are there").help(help));
        }
    }

    /// `plan.relations.len() == PLAN.machines`, where the plan has machines too, and the map relations.
    fn another_row(&mut self, seen: &'t Node, wanted: &'t Node) -> Option<Diagnostic> {
        let Kind::Property { of: map, name: given, .. } = &wanted.kind else { return None };
        let counted = match &seen.kind {
            Kind::Method { of, call, .. } if call.name.text == "len" => of,
            _ => seen,
        };
        let Kind::Property { of, name: field, .. } = &counted.kind else { return None };
        let is_plain = |name: &Name| PLAIN.contains(&name.text.as_str());
        if given.text == field.text || is_plain(given) || is_plain(field) {
            return None;
        }
        if !self.has_both(map, &field.text, &given.text) {
            return None;
        }
        let owner = self.read_again(of);
        self.table.field(&owner, &given.text)?;
        let message = format!("`{}` is compared with {}", self.text(seen), self.text(wanted));
        let told = Diagnostic::warning("W0350", message, &self.tree().file, seen.span.to(wanted.span));
        let other = format!("{}.{}", self.copied(map), field.text);
        Some(told.note(format!("there is {other} too")).help(format!("compare it with {other}")))
    }

    /// Whether a constant, or what a name of this place stands for, is a map with both fields, of one type.
    fn has_both(&mut self, map: &'t Node, one: &str, other: &str) -> bool {
        let both = |ty: &Type| match ty {
            Type::Map(fields) => fields.get(one).is_some_and(|one| fields.get(other) == Some(one)),
            _ => false,
        };
        match self.named_constant(map) {
            Some(constant) => self.constant_type(&constant).is_some_and(both),
            None => map.is_path() && map.root().as_variable().is_some() && self.read_again(map).each().all(both),
        }
    }

    /// An option that is given one constant, where another of the same library bears the option's name.
    pub(in super::super) fn another_option(&mut self, field: &OptionField, value: &'t Node, call: &'t Call) {
        if PLAIN.contains(&field.name) {
            return;
        }
        if let Kind::Property { of, name, safe: false } = &value.kind {
            let is_it = |other: &Field| {
                let takes = matches!(&other.value.kind, Kind::Property { name, .. } if name.text == field.name);
                other.name.text == name.text && takes
            };
            let is_exchanged = call.args.iter().any(|arg| matches!(&arg.kind, Kind::Map(all) if all.iter().any(is_it)));
            if !is_exchanged {
                self.another_member(field.name, of, name, value);
            }
            return;
        }
        let Some(constant) = self.named_constant(value).filter(|constant| !is_named(constant.name, field.name)) else {
            return;
        };
        // The name is, or ends in, the option's, which says more than a word; or the last word is, and what is given is given for something else too.
        let twice = || call.args.iter().any(|arg| self.tree().text(arg.span) == self.tree().text(value.span));
        let says_more = field.name.contains('_');
        let other = match self.named_like(&constant, field.name).filter(|_| says_more) {
            Some(other) => Some(format!("{}::{other}", constant.root)),
            None => twice().then(|| self.anywhere_named(&constant, field.name)).flatten(),
        };
        let Some(other) = other else { return };
        let message = format!("`{}` is given {}", field.name, self.text(value));
        let told = Diagnostic::warning("W0350", message, &self.tree().file, value.span);
        self.tell(told.label(format!("did you mean `{other}`?")).note("that one bears the option's name"));
    }

    /// `gateway: net::PROVIDER.dns`, where the map that the field is taken of has one of the option's name too.
    fn another_member(&mut self, option: &str, of: &'t Node, name: &Name, value: &'t Node) {
        if name.text == option || !matches!(of.kind, Kind::Variable { .. }) {
            return;
        }
        let Type::Map(fields) = self.read_again(of) else { return };
        if fields.get(option).is_none_or(|own| Some(own) != fields.get(name.text.as_str())) {
            return;
        }
        if self.is_blamed(&self.tree().file, value.span) {
            return;
        }
        let message = format!("`{option}` is given {}", self.text(value));
        let told = Diagnostic::warning("W0350", message, &self.tree().file, value.span);
        let other = format!("{}.{option}", self.copied(of));
        self.tell(told.label(format!("did you mean `{other}`?")).note("that one bears the option's name"));
    }

    /// `machines_started(PLAN.relations)`, where the plan counts machines too.
    pub(in super::super) fn another_count(&mut self, call: &'t Call, primitive: &Primitive) {
        let [arg] = &call.args[..] else { return };
        let Kind::Property { of, name, .. } = &arg.kind else { return };
        let Some(constant) = self.named_constant(of) else { return };
        let Some((first, _)) = primitive.name.split_once('_').filter(|(first, _)| *first != name.text.as_str()) else {
            return;
        };
        if primitive.name.split('_').any(|word| word == name.text.as_str()) {
            return;
        }
        let Some(Type::Map(fields)) = self.constant_type(&constant) else { return };
        let is_count = |name: &str| fields.get(name).is_some_and(Type::is_int);
        if !is_count(first) || !is_count(&name.text) {
            return;
        }
        let message = format!("{} is given `{}`", primitive.full_name(), self.text(arg));
        let told = Diagnostic::warning("W0350", message, &self.tree().file, name.span);
        let other = format!("{}.{first}", self.copied(of));
        self.tell(told.label(format!("did you mean `{first}`?")).note(format!("there is {other}, of that name")));
    }

    /// A constant of the same library and type whose name is, or ends in, that of a field.
    fn named_like(&self, constant: &Constant<'_>, field: &str) -> Option<&'t str> {
        let ty = self.constant_type(constant)?;
        let source = &self.sources[constant.home];
        let mut named = source.exports.iter().filter(|(outer, _)| is_named(outer, field));
        named.find(|(_, inner)| source.constant(inner) == Some(ty)).map(|(outer, _)| outer.as_str())
    }

    /// The same in any library that this file imports.
    fn anywhere_named(&self, constant: &Constant<'_>, field: &str) -> Option<String> {
        let modules = self.sources[self.home].modules.keys();
        let mut found = modules.filter_map(|root| {
            let home = self.library(root)?;
            let ty = self.constant_type(constant)?;
            let source = &self.sources[home];
            let mut named = source.exports.iter().filter(|(outer, _)| is_named(outer, field));
            named.find(|(_, inner)| source.constant(inner) == Some(ty)).map(|(outer, _)| format!("{root}::{outer}"))
        });
        found.next()
    }

    fn constant_type(&self, constant: &Constant<'_>) -> Option<&Type> {
        let source = &self.sources[constant.home];
        source.constant(source.exports.get(constant.name)?)
    }

    /// The type of what was read before; nothing of it is used twice.
    pub(in super::super) fn read_again(&mut self, node: &'t Node) -> Type {
        let used = self.uses.len();
        let ty = self.node(node, true);
        self.uses.truncate(used);
        ty
    }
}

/// Whether a constant's name is a field's, or ends in it: `JUJU_CLOUD` for `cloud`.
fn is_named(name: &str, field: &str) -> bool {
    let Some(before) = name.len().checked_sub(field.len()) else { return false };
    let same = name.get(before..).is_some_and(|tail| tail.eq_ignore_ascii_case(field));
    same && (before == 0 || name[..before].ends_with('_'))
}
