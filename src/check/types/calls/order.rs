//! Arguments in their places: their number, which one is missing, and two that stand in each other's place.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Name, Node};
use super::super::Type;
use super::super::infer::Infer;
use super::super::values::Value;
use super::super::values::words::vocabulary;
use crate::script::{Form, Primitive, Ty};

/// Two texts that may be in each other's place: what a library that is not imported here calls them tells it.
pub struct Exchange {
    texts: [String; 2],
    called: [&'static str; 2],
    told: Diagnostic,
}

impl Exchange {
    /// The finding, where each text is called as the other's parameter, and as its own nowhere.
    #[must_use]
    pub fn judged(self, is_called: impl Fn(&str, &str) -> bool) -> Option<Diagnostic> {
        let ([one, other], [a, b]) = (&self.texts, self.called);
        let is_crossed = is_called(one, b) && is_called(other, a) && !is_called(one, a) && !is_called(other, b);
        is_crossed.then_some(self.told)
    }
}

/// What an argument is called: a name, a field's, or that of the function that gives it.
fn called(arg: &Node) -> Option<&str> {
    match &arg.kind {
        Kind::Variable { name, .. } | Kind::Property { name, .. } => Some(&name.text),
        Kind::Call(call) => Some(&call.name.text),
        _ => None,
    }
}

/// Whether a name says the parameter: `host`, or `VAULT_HOST`.
fn is_named(name: &str, param: &str) -> bool {
    let Some(before) = name.len().checked_sub(param.len()) else { return false };
    let same = name.get(before..).is_some_and(|tail| tail.eq_ignore_ascii_case(param));
    same && (before == 0 || name[..before].ends_with('_'))
}

/// Whether what an argument is a part of bears the name: `host.name` for a host.
fn is_part_of(arg: &Node, param: &str) -> bool {
    match &arg.kind {
        Kind::Property { of, .. } => bears(of, param) || is_part_of(of, param),
        _ => false,
    }
}

/// A constant of a library.
fn is_constant(path: &[Name]) -> bool {
    matches!(path, [root] if root.text != "global")
}

/// Whether the argument is for the other parameter, whose name says more than that something has one.
fn is_stray<'n>(
    at: usize,
    meant: usize,
    bears: &dyn Fn(usize, usize) -> bool,
    param: &dyn Fn(usize) -> Option<&'n str>,
) -> bool {
    let is_telling = param(meant).is_some_and(|name| !matches!(name, "key" | "name" | "path" | "text" | "value"));
    is_telling && bears(at, meant) && !bears(at, at)
}

/// Whether what a field is taken of is called as the parameter it is not for.
fn stands_in<'n>(of: &Node, meant: usize, own: usize, param: &dyn Fn(usize) -> Option<&'n str>) -> bool {
    let says = |at: usize| param(at).is_some_and(|param| bears(of, param));
    says(meant) && !says(own)
}

/// Forms that hardly anything else is written in.
const TELLING: [Form; 7] = [Form::AnyMac, Form::Home, Form::Mac, Form::Mode, Form::Path, Form::Unit, Form::Url];

/// Whether an argument bears the name of a parameter.
pub(super) fn bears(arg: &Node, param: &str) -> bool {
    called(arg).is_some_and(|name| name.len() > 1 && is_named(name, param))
}

impl<'t> Infer<'t> {
    /// Two arguments that bear each other's names, or three in a ring.
    pub(super) fn crossed<'n>(
        &mut self,
        call: &'t Call,
        param: impl Fn(usize) -> Option<&'n str>,
    ) -> Option<Diagnostic> {
        let count = call.args.len();
        let bears = |arg: usize, of: usize| param(of).is_some_and(|param| bears(&call.args[arg], param));
        let strays: Vec<(usize, usize)> = (0..count)
            .filter(|at| called(&call.args[*at]).is_some() && !bears(*at, *at))
            .flat_map(|at| (0..count).filter(move |of| *of != at).map(move |of| (at, of)))
            .filter(|(at, of)| bears(*at, *of))
            .collect();
        let meant = |at: usize| strays.iter().find(|(arg, _)| *arg == at).map(|(_, of)| *of);
        let ring = strays.iter().find_map(|(a, b)| match meant(*b)? {
            back if back == *a => Some(vec![*a, *b]),
            c if meant(c) == Some(*a) => Some(vec![*a, *b, c]),
            _ => None,
        });
        let pair = || (0..count).find_map(|a| (a + 1..count).find_map(|b| self.by_parts(call, a, b, &bears, &param)));
        let mut ring = ring.or_else(pair)?;
        ring.sort_unstable();
        self.in_each_others_place(call, &ring, param)
    }

    /// `authority.signed_by(controller)`, where the parameter is the authority.
    pub(super) fn crossed_with_receiver(
        &mut self,
        call: &'t Call,
        primitive: &'static Primitive,
        (of, ty): (&'t Node, &Type),
        given: &[Type],
    ) {
        let ([param], [arg], [given]) = (&primitive.params[..], &call.args[..], given) else { return };
        let is_named = |node: &Node| node.as_variable().is_some() && bears(node, param.name);
        if given != ty || !is_named(of) || arg.as_variable().is_none() || is_named(arg) {
            return;
        }
        let message = format!("`{}` and `{}` are in each other's place", self.text(of), self.text(arg));
        let told = Diagnostic::warning("W0326", message, &self.tree().file, of.span.to(arg.span));
        let [of, arg] = [self.copied(of), self.copied(arg)];
        let told = told.note(format!("{} asks for its `{}`", primitive.signature(), param.name));
        self.tell(told.help(format!("write {arg}.{}({of})", primitive.name)));
    }

    /// `nic.name, host.name` for a host and a parent; `"key", JUJU_CLOUD` for a cloud and a key.
    fn by_parts<'n>(
        &self,
        call: &'t Call,
        a: usize,
        b: usize,
        bears_param: &dyn Fn(usize, usize) -> bool,
        param: &dyn Fn(usize) -> Option<&'n str>,
    ) -> Option<Vec<usize>> {
        let (first, second) = (&call.args[a], &call.args[b]);
        let is_crossed = match (&first.kind, &second.kind) {
            (Kind::Property { of: one, name, .. }, Kind::Property { of: other, name: same, .. })
                if name.text == same.text =>
            {
                let says = |of: &Node, at: usize| param(at).is_some_and(|param| bears(of, param));
                let stray = |of: &Node, own: usize, meant: usize| says(of, meant) && !says(of, own);
                stray(one, a, b) && !says(other, b) || stray(other, b, a) && !says(one, a)
            }
            // `METAL_BRIDGE, host.name` for a host and a parent.
            (_, Kind::Property { of, .. }) if stands_in(of, a, b, param) => !bears_param(a, a) && !bears_param(b, b),
            (Kind::Property { of, .. }, _) if stands_in(of, b, a, param) => !bears_param(a, a) && !bears_param(b, b),
            // `user.domain, user.project` for a name and a domain.
            (Kind::Property { of: one, .. }, Kind::Property { of: other, .. })
                if self.tree().text(one.span) == self.tree().text(other.span) =>
            {
                is_stray(a, b, bears_param, param) && !bears_param(b, b)
                    || is_stray(b, a, bears_param, param) && !bears_param(a, a)
            }
            (Kind::Text(_) | Kind::Template(_), Kind::Variable { path, .. }) => {
                is_constant(path) && is_stray(b, a, bears_param, param)
            }
            (Kind::Variable { path, .. }, Kind::Text(_) | Kind::Template(_)) => {
                is_constant(path) && is_stray(a, b, bears_param, param)
            }
            _ => false,
        };
        is_crossed.then(|| vec![a, b])
    }

    /// A word that one parameter is known to take, given for another that takes any text; and for the first one something
    /// that is none of its words.
    pub(super) fn crossed_by_words(&mut self, call: &'t Call, primitive: &'static Primitive) {
        let params = &primitive.params;
        let count = call.args.len().min(params.len());
        if count < 2 {
            return;
        }
        let crossed = (0..count).find_map(|a| {
            let words = params[a].ty.vocabulary().filter(|words| words.is_open && words.form.is_none())?;
            let own = self.known_text(&call.args[a])?;
            let is_stray = |b: &usize| {
                let is_it = |text: &str| text.len() > 4 && words.has(text);
                *b != a && params[*b].ty == Ty::Text && self.known_text(&call.args[*b]).is_some_and(is_it)
            };
            let b = (0..count).find(is_stray).filter(|_| !words.has(own))?;
            Some((a.min(b), a.max(b)))
        });
        if let Some((a, b)) = crossed {
            let told = self.in_each_others_place(call, &[a, b], |at| params.get(at).map(|param| param.name));
            told.into_iter().for_each(|told| self.tell(told));
        }
    }

    /// Two texts that are written out, of which each is what a constant holds that is called as the other parameter.
    pub(super) fn crossed_by_value(&mut self, call: &'t Call, primitive: &'static Primitive) {
        let ([first, second], [a, b]) = (&call.args[..], &primitive.params[..]) else { return };
        let (Some(one), Some(other)) = (first.as_text(), second.as_text()) else { return };
        let noun = primitive.name.rsplit('_').next().unwrap_or_default();
        let called = |at: usize| if at == 0 && a.name == "name" { noun } else { [a.name, b.name][at] };
        let bears = |text: &str, at: usize| self.site.is_called(text, called(at));
        let is_crossed = bears(one, 1) && bears(other, 0) && !bears(one, 0) && !bears(other, 1);
        let is_known = (0..2).any(|at| bears(one, at) || bears(other, at));
        // A library that is not imported here may hold the two.
        if !is_crossed && (is_known || !self.is_outermost() || one.is_empty() || other.is_empty()) {
            return;
        }
        let told = self.in_each_others_place(call, &[0, 1], |at| primitive.params.get(at).map(|param| param.name));
        match told {
            Some(told) if is_crossed => self.tell(told),
            Some(told) => {
                let called = [called(0), called(1)];
                self.exchanges.push(Exchange { texts: [one.to_owned(), other.to_owned()], called, told });
            }
            None => {}
        }
    }

    /// One argument bears the name of another parameter, and what is given there is written as only this one is.
    pub(super) fn crossed_by_form(&mut self, call: &'t Call, primitive: &'static Primitive) {
        let params = &primitive.params;
        let is_free = |at: usize| params[at].ty == Ty::Text;
        let count = call.args.len().min(params.len());
        let crossed = (0..count).find_map(|a| {
            let is_telling = |form: Form| TELLING.contains(&form);
            let words = params[a].ty.vocabulary()?;
            if words.is_open || !words.form.is_none_or(is_telling) || is_part_of(&call.args[a], params[a].name) {
                return None;
            }
            let is_stray = |b: &usize| {
                *b != a && is_free(*b) && bears(&call.args[a], params[*b].name) && !bears(&call.args[a], params[a].name)
            };
            let b = (0..count).find(is_stray)?;
            self.known_text(&call.args[b]).is_some_and(|text| words.has(text)).then_some((a.min(b), a.max(b)))
        });
        let crossed = crossed.or_else(|| {
            let forms = (0..count).filter_map(|a| {
                let words = params[a].ty.vocabulary().filter(|words| !words.is_open)?;
                words.form.filter(|form| TELLING.contains(form)).map(|_| (a, words))
            });
            forms.into_iter().find_map(|(a, words)| {
                let is_it =
                    |b: &usize| *b != a && is_free(*b) && call.args[*b].as_text().is_some_and(|text| words.has(text));
                let b = (0..count).find(is_it)?;
                self.known_text(&call.args[a]).is_none().then_some((a.min(b), a.max(b)))
            })
        });
        if let Some((a, b)) = crossed {
            let told = self.in_each_others_place(call, &[a, b], |at| params.get(at).map(|param| param.name));
            told.into_iter().for_each(|told| self.tell(told));
        }
    }

    pub(super) fn in_each_others_place<'n>(
        &self,
        call: &'t Call,
        ring: &[usize],
        param: impl Fn(usize) -> Option<&'n str>,
    ) -> Option<Diagnostic> {
        let names: Vec<String> = ring.iter().map(|at| format!("`{}`", param(*at).unwrap_or_default())).collect();
        let (Some((last, others)), [a, .., b]) = (names.split_last(), ring) else { return None };
        let message = format!("{} and {last} are in each other's place", others.join(", "));
        let place = call.args[*a].span.to(call.args[*b].span);
        let diagnostic = Diagnostic::warning("W0326", message, &self.tree().file, place);
        let params: Vec<&str> = (0..call.args.len()).filter_map(&param).collect();
        let told = diagnostic.note(format!("{}({})", call.full_name(), params.join(", ")));
        let right = self.in_its_own_place(call, ring, &param);
        Some(right.into_iter().fold(told, |told, right| told.help(format!("write {right}"))))
    }

    /// The call with each of these arguments in its place; nothing where one is too long to be copied.
    fn in_its_own_place<'n>(
        &self,
        call: &'t Call,
        ring: &[usize],
        param: &dyn Fn(usize) -> Option<&'n str>,
    ) -> Option<String> {
        let is_for = |arg: &usize, at: usize| param(at).is_some_and(|param| bears(&call.args[*arg], param));
        let right = |at: usize| match ring {
            [a, b] if at == *a => Some(*b),
            [a, b] if at == *b => Some(*a),
            _ if ring.contains(&at) => ring.iter().copied().find(|arg| is_for(arg, at)),
            _ => Some(at),
        };
        let copied = |at: usize| {
            let arg = &call.args[right(at)?];
            let is_plain = !matches!(arg.kind, Kind::Map(_) | Kind::Closure { .. });
            match ring.contains(&at) {
                true => self.copied_whole(arg),
                false => Some(self.copied_whole(arg).filter(|_| is_plain).unwrap_or_else(|| "...".to_owned())),
            }
        };
        let args: Vec<String> = (0..call.args.len()).map(copied).collect::<Option<_>>()?;
        let dot = if call.is_method { "." } else { "" };
        Some(format!("{dot}{}({})", call.full_name(), args.join(", ")))
    }

    /// Two arguments that do not fit, and would in each other's place: one mistake, told once.
    pub(super) fn swapped(
        &mut self,
        call: &'t Call,
        primitive: &'static Primitive,
        types: &[Type],
    ) -> Option<(usize, usize)> {
        let params = &primitive.params;
        let count = params.len().min(types.len());
        // Of a text that nobody knows, nobody can say that it is meant for what takes certain words alone.
        let is_told = |param: usize, arg: usize| match &params[param].ty {
            Ty::Word(_) => types[arg] != Type::Text || self.known_text(&call.args[arg]).is_some(),
            Ty::List(of) if of.vocabulary().is_some() => {
                let is_out_of_place = !self.fits(&params[arg].ty, &types[arg]);
                is_out_of_place || vocabulary(&types[arg]).is_some() || is_list(&call.args[arg])
            }
            _ => true,
        };
        let fits = |param: usize, arg: usize| {
            let (ty, given) = (&params[param].ty, &call.args[arg]);
            self.fits(ty, &types[arg]) && self.is_within(ty, given) && is_told(param, arg)
        };
        let is_known = |at: &usize| !types[*at].is_open() && !matches!(params[*at].ty, Ty::Function);
        let known: Vec<usize> = (0..count).filter(is_known).collect();
        // What is written out is looked at in each call; what a constant came to, only where something does not fit.
        let is_unfit = |at: &usize| {
            !self.fits(&params[*at].ty, &types[*at])
                || (call.args[*at].is_literal() || is_list(&call.args[*at]))
                    && !self.is_within(&params[*at].ty, &call.args[*at])
        };
        let unfit: Vec<usize> = known.iter().copied().filter(is_unfit).collect();
        let (a, b) = unfit.iter().find_map(|a| {
            let other = known.iter().find(|b| *b != a && fits(*a, **b) && fits(**b, *a));
            other.map(|b| (*a.min(b), *a.max(b)))
        })?;
        let message = format!("`{}` and `{}` are in each other's place", params[a].name, params[b].name);
        let told = self.error("E0207", message, call.args[a].span.to(call.args[b].span));
        let told = told.note(primitive.signature());
        let right = self.in_its_own_place(call, &[a, b], &|at| params.get(at).map(|param| param.name));
        self.tell(right.into_iter().fold(told, |told, right| told.help(format!("write {right}"))));
        Some((a, b))
    }

    /// Whether a text or a number that is known is one of those that are taken.
    fn is_within(&self, ty: &Ty, arg: &'t Node) -> bool {
        let takes_text = |text: &str| ty.vocabulary().is_none_or(|words| words.is_open || words.has(text));
        let takes = |number: i64| ty.limits().is_none_or(|limits| limits.has(number));
        match ty {
            Ty::List(of) => match &arg.kind {
                Kind::Array(items) => items.iter().all(|item| self.is_within(of, item)),
                _ => true,
            },
            Ty::Word(_) => self.known_text(arg).is_none_or(takes_text),
            Ty::Within(_) => super::super::gates::answers::number(arg).is_none_or(takes),
            _ => true,
        }
    }

    /// The one text that an argument is.
    pub(in super::super) fn known_text(&self, arg: &'t Node) -> Option<&'t str> {
        arg.as_text().or_else(|| {
            let values = self.values(arg).filter(|values| values.whole && values.asked.is_empty())?;
            if let [value] = &values.known[..] { Value::as_text(value) } else { None }
        })
    }
}

const fn is_list(node: &Node) -> bool {
    matches!(node.kind, Kind::Array(_))
}
