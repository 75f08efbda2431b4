//! Option maps: each field known, of its type, within its bounds, and none missing. A map that a variable holds is held to
//! the same, where it is written.

use super::super::super::message::{Diagnostic, nearest};
use super::super::super::tree::{Call, Kind, Node, Span};
use super::super::Type;
use super::super::infer::Infer;
use super::super::values::spelling::Spelling;
use super::fit::Unfit;
use crate::script::{Effect, OptionField, Primitive, Ty};

impl<'t> Infer<'t> {
    pub(super) fn options(
        &mut self,
        call: &'t Call,
        primitive: &'static Primitive,
        fields: &'static [OptionField],
        arg: &'t Node,
        ty: &Type,
    ) {
        let Type::Map(given) = ty else {
            let wanted = Ty::Options(fields.to_vec());
            return self.demand_fit(&wanted, ty, arg, format_args!("the options"), primitive);
        };
        let mut meant = Vec::new();
        let is_missing = |field: &&OptionField| field.required && !given.contains_key(field.name);
        let missing: Vec<&OptionField> = fields.iter().filter(is_missing).collect();
        let map = self.definition_of(arg).filter(|(_, node)| matches!(node.kind, Kind::Map(_)));
        // A map that this file writes is looked at where it is written.
        let here = map.filter(|(home, _)| *home == self.home).map(|(_, node)| node);
        let at = here.unwrap_or(arg);
        for (name, ty) in given.iter() {
            let (written, value) = written(at, name);
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                meant.extend(self.unknown_option(primitive, fields, &missing, (name, written), (value, ty)));
                continue;
            };
            match map.filter(|_| here.is_none() || !value.is_literal()) {
                Some(map) => self.bounds_as(&field.ty, map, name, arg.span),
                None => {
                    self.bounds(&field.ty, value);
                    if matches!(field.ty, Ty::List(_)) {
                        self.twice(value);
                    }
                    Spelling::of(&field.ty).into_iter().for_each(|spelling| self.spelt(spelling, value));
                }
            }
            let is_text = matches!(&field.ty, Ty::Text) || matches!(&field.ty, Ty::Maybe(of) if **of == Ty::Text);
            let is_written = map.is_none() || here.is_some() && value.is_literal();
            if is_text && is_written && primitive.effect != Effect::Pure {
                self.said(field.name, primitive, value);
            }
            self.another_option(field, value, call);
            self.another_form(&field.ty, ty, value, format_args!("option `{name}` of {primitive}"));
            let Err(why) = self.fit(&field.ty, ty) else { continue };
            let what = format!("option `{name}` of {}", primitive.full_name());
            if why == Unfit::Unlike && self.wants_type(value, field.name, &field.ty, &what) {
                continue;
            }
            let told = self.misfit("E0210", why, &field.ty, ty, value, &what);
            let told = told.note(format!("{name}: {}   {}", field.ty, field.doc));
            let other =
                self.named_as(value, field.name, |ty| self.fits(&field.ty, ty)).filter(|_| told.help.is_empty());
            let told = other.into_iter().fold(told, |told, other| told.help(format!("there is {other}, which fits")));
            self.tell(if here.is_some() { used_at(told, arg) } else { told });
        }
        self.few_looks(at, call);
        self.shares(at);
        self.beside_its_network(at);
        self.crossed_options(at, fields, given);
        self.crossed_secrets(at);
        let missing: Vec<&OptionField> = missing.into_iter().filter(|field| !meant.contains(&field.name)).collect();
        if !missing.is_empty() {
            self.missing_options(call, primitive, &missing, here);
        }
    }

    /// Answers which option was meant.
    fn unknown_option(
        &mut self,
        primitive: &'static Primitive,
        fields: &'static [OptionField],
        missing: &[&'static OptionField],
        (name, span): (&str, Span),
        (value, ty): (&'t Node, &Type),
    ) -> Option<&'static str> {
        let known: Vec<&'static str> = fields.iter().map(|field| field.name).collect();
        // Nearest in letters; else the one that must be there and is not.
        let only = if let [only] = missing { Some(only.name) } else { None };
        let meant = nearest(name, known.iter().copied()).or(only).or_else(|| self.only_taker(fields, ty));
        let message = format!("{} has no option `{name}`", primitive.full_name());
        let diagnostic = self.error("E0208", message, span);
        let diagnostic = match meant {
            Some(meant) => diagnostic.label(format!("did you mean `{meant}`?")),
            None => match said_by(fields, value) {
                Some(field) => diagnostic.help(format!("`{}` says it: {}   {}", field.name, field.ty, field.doc)),
                None => diagnostic,
            },
        };
        self.tell(diagnostic.note(format!("options: {}", known.join(", "))));
        meant
    }

    /// The one option that takes a thing of the host as this is: a network, an address.
    fn only_taker(&self, fields: &'static [OptionField], ty: &Type) -> Option<&'static str> {
        let takes = |field: &&OptionField| matches!(ty, Type::Named(_)) && self.fits(&field.ty, ty);
        let mut all = fields.iter().filter(takes);
        all.next().filter(|_| all.next().is_none()).map(|field| field.name)
    }

    fn missing_options(
        &mut self,
        call: &'t Call,
        primitive: &'static Primitive,
        missing: &[&OptionField],
        here: Option<&'t Node>,
    ) {
        let names: Vec<String> = missing.iter().map(|field| format!("`{}`", field.name)).collect();
        let plural = if names.len() == 1 { "the option" } else { "the options" };
        let message = format!("{} needs {plural} {}", primitive.full_name(), names.join(", "));
        let mut diagnostic = self.error("E0209", message, call.name.span);
        for field in missing {
            diagnostic = diagnostic.note(format!("{}: {}   {}", field.name, field.ty, field.doc));
        }
        let place = here.map(|map| format!("the options are written on line {}", map.span.line));
        self.tell(place.into_iter().fold(diagnostic, Diagnostic::note));
    }

    /// An option of a map that is written elsewhere, told where it is handed over.
    fn bounds_as(&mut self, ty: &Ty, (home, map): (usize, &'t Node), name: &str, used: Span) {
        let Kind::Map(fields) = &map.kind else { return };
        let Some(field) = fields.iter().find(|field| field.name.text == name) else { return };
        ty.vocabulary().into_iter().for_each(|words| self.spell_value(words, home, &field.value, used));
        ty.limits().into_iter().for_each(|limits| self.within_value(limits, &field.value, used));
    }
}

/// The one option whose declaration has the word that was given.
fn said_by<'f>(fields: &'f [OptionField], value: &Node) -> Option<&'f OptionField> {
    let word = value.as_text().filter(|word| word.len() > 3)?;
    let says = |field: &&OptionField| {
        field.doc.split(|letter: char| !letter.is_alphanumeric() && letter != '-').any(|said| said == word)
    };
    let mut all = fields.iter().filter(says);
    all.next().filter(|_| all.next().is_none())
}

/// Where a map that is written elsewhere is handed over.
fn used_at(told: Diagnostic, arg: &Node) -> Diagnostic {
    told.note(format!("it is handed over on line {}", arg.span.line))
}

/// Where an option was written, and its value; the whole argument when it is no literal map.
fn written<'t>(arg: &'t Node, name: &str) -> (Span, &'t Node) {
    let fields = match &arg.kind {
        Kind::Map(fields) => &fields[..],
        _ => &[],
    };
    let field = fields.iter().find(|field| field.name.text == name);
    field.map_or((arg.span, arg), |field| (field.name.span, &field.value))
}
