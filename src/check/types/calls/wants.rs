//! What a function of a script wants of its parameters: where its body shows that the caller is the one who is mistaken,
//! the finding stands at the argument. A body shows it by a name, which it hands on to a parameter of that very name, or
//! by asking fields of what has none. Where it does not, the finding stays in the body.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Function, Kind, Node, Span};
use super::super::Type;
use super::super::infer::Infer;
use super::super::values::blame::Odd;
use super::arguments::asked;
use crate::script::Ty;

/// What is wanted of a parameter, and was not given.
#[derive(Clone, PartialEq)]
pub(in super::super) struct Want {
    /// Which parameter.
    at: usize,
    wanted: Wanted,
    /// Where the body shows it: the place, and what is done there.
    file: String,
    span: Span,
    shows: String,
}

#[derive(Clone, PartialEq)]
enum Wanted {
    /// Something with that field.
    Field(String),
    /// A value of that type.
    Of(Ty),
}

impl<'t> Infer<'t> {
    /// A field that is asked of a parameter which got something without fields. Answers whether the caller is told.
    pub(in super::super) fn wants_field(&mut self, of: &'t Node, ty: &Type, field: &str) -> bool {
        let is_bare = ty.is_text() || ty.is_int() || *ty == Type::Bool;
        let Some(at) = self.parameter(of).filter(|_| is_bare) else { return false };
        let shows = format!("reads `{}.{field}`", self.text(of));
        self.want(at, Wanted::Field(field.to_owned()), of.span, shows);
        true
    }

    /// A parameter that is handed on to another one of its very name, and does not fit there.
    pub(super) fn wants_type(&mut self, arg: &'t Node, name: &str, wanted: &Ty, whose: &str) -> bool {
        let is_named = matches!(&arg.kind, Kind::Variable { name: own, .. } if own.text == name);
        let Some(at) = self.parameter(arg).filter(|_| is_named) else { return false };
        self.want(at, Wanted::Of(wanted.clone()), arg.span, format!("hands it to {whose}"));
        true
    }

    fn want(&mut self, at: usize, wanted: Wanted, span: Span, shows: String) {
        let want = Want { at, wanted, file: self.tree().file.clone(), span, shows };
        if !self.wants.contains(&want) {
            self.wants.push(want);
        }
    }

    /// Which parameter of the function that is being read this is, as it was handed over.
    fn parameter(&self, node: &'t Node) -> Option<usize> {
        let Kind::Variable { path, name } = &node.kind else { return None };
        let variable = &self.variables[self.lookup(&name.text).filter(|_| path.is_empty())?];
        let is_it = variable.home == self.home && !variable.set && !self.is_given_another(&name.text);
        let params = &self.function.filter(|_| is_it)?.params;
        params.iter().position(|param| param.span == variable.span)
    }

    /// Tells a caller what its arguments lack.
    pub(super) fn tell_wants(&mut self, call: &'t Call, function: &'t Function, wants: &[Want], types: &[Type]) {
        let mut told: Vec<(usize, Diagnostic)> = Vec::new();
        for want in wants {
            let (Some(arg), Some(ty)) = (call.args.get(want.at), types.get(want.at)) else { continue };
            let note = format!("{}:{} {}", want.file, want.span.line, want.shows);
            if let Some((_, known)) = told.iter_mut().find(|(at, _)| *at == want.at) {
                let is_new = !known.notes.iter().any(|other| other.ends_with(&want.shows));
                known.notes.extend(is_new.then_some(note));
                continue;
            }
            // What was itself handed over is told to who gave it.
            if self.parameter(arg).is_some_and(|outer| self.hands_on(outer, want)) {
                continue;
            }
            let param = &function.params[want.at].text;
            let finding = self.unwanted(&call.full_name(), function, want, ty, arg.span);
            let finding = match (&want.wanted, self.is_constant(arg)) {
                (Wanted::Of(wanted), true) => self.blamed(finding, arg, &Odd::Unfit(wanted.clone())),
                _ => finding,
            };
            let help = self.meant_by(call, arg, want, (param, ty));
            told.push((want.at, help.into_iter().fold(finding, Diagnostic::help)));
        }
        told.into_iter().for_each(|(_, told)| self.tell(told));
    }

    /// The same of a function that is handed over by its name.
    pub(super) fn tell_wants_at(&mut self, at: Span, function: &'t Function, wants: &[Want], types: &[Type]) {
        for (want, ty) in wants.iter().filter_map(|want| Some((want, types.get(want.at)?))) {
            let told = self.unwanted(&function.name, function, want, ty, at);
            self.tell(told);
        }
    }

    fn unwanted(&self, name: &str, function: &Function, want: &Want, ty: &Type, at: Span) -> Diagnostic {
        let param = &function.params[want.at].text;
        let wanted = match &want.wanted {
            Wanted::Field(field) => format!("something with `{field}`"),
            Wanted::Of(ty) => asked(ty),
        };
        let message = format!("`{param}` of {name} is {wanted}; this is {}", ty.described());
        let told = Diagnostic::error("E0207", message, &self.tree().file, at);
        told.note(format!("{}:{} {}", want.file, want.span.line, want.shows))
    }

    fn hands_on(&mut self, outer: usize, want: &Want) -> bool {
        let want = Want { at: outer, ..want.clone() };
        if !self.wants.contains(&want) {
            self.wants.push(want);
        }
        true
    }

    /// The whole in place of a part of it, or the part that bears the parameter's name.
    fn meant_by(&mut self, call: &'t Call, arg: &'t Node, want: &Want, (param, ty): (&str, &Type)) -> Option<String> {
        let (of, part) = match &arg.kind {
            Kind::Property { of, name, .. } => (&**of, Some(&name.text)),
            _ => (arg, None),
        };
        let owner = self.read_again(of);
        let name = call.full_name();
        let has = |infer: &Self, field: &str| match &owner {
            Type::Map(fields) => fields.get(field).cloned(),
            ty => infer.table.field(ty, field).map(|field| infer.table.given(&field.result)),
        };
        match &want.wanted {
            Wanted::Field(field) => {
                let such = || {
                    let other = self.list_of_such(arg, ty, field)?;
                    Some(format!("{} is a member of {other}", self.text(arg)))
                };
                let is_part = part.is_some() && has(self, field).is_some();
                if is_part { Some(format!("hand over the whole: {}", self.copied(of))) } else { such() }
            }
            Wanted::Of(wanted) => match has(self, param) {
                Some(given) if self.fits(wanted, &given) => {
                    Some(format!("for {name} there is {}.{param}", self.copied(of)))
                }
                _ => {
                    let reader = self.table.reader_of(wanted).filter(|_| ty.is_text())?;
                    Some(format!("{} gives it: {}({})", reader.signature(), reader.full_name(), self.copied(arg)))
                }
            },
        }
    }
}
