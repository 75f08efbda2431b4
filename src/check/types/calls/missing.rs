//! Arguments that are left out, or too many: which parameter each of the others is for.

use super::super::super::message::{Diagnostic, nearest};
use super::super::super::tree::{Call, Node};
use super::super::Type;
use super::super::infer::Infer;
use super::arguments::asked;
use super::fit::Unfit;
use super::order::bears;
use crate::script::{Effect, Primitive, Ty};

/// Which parameters arguments are for, when some are left out: in their order, each where it fits.
fn places(args: usize, params: usize, fits: &dyn Fn(usize, usize) -> bool) -> Option<Vec<usize>> {
    fn place(
        at: usize,
        from: usize,
        counts: (usize, usize),
        fits: &dyn Fn(usize, usize) -> bool,
    ) -> Option<Vec<usize>> {
        let (args, params) = counts;
        if at == args {
            return Some(Vec::new());
        }
        (from..=params - (args - at)).filter(|param| fits(at, *param)).find_map(|param| {
            let rest = place(at + 1, param + 1, counts, fits)?;
            Some([vec![param], rest].concat())
        })
    }
    place(0, 0, (args, params), fits)
}

/// Which arguments a function of a script lacks: what bears the name of another parameter stands for that one.
pub(in super::super) fn missing<'n>(call: &Call, params: &[&'n str]) -> Vec<&'n str> {
    let fits = |arg: usize, param: usize| {
        let arg = &call.args[arg];
        bears(arg, params[param]) || !params.iter().any(|other| bears(arg, other))
    };
    let given = call.args.len();
    let places = places(given, params.len(), &fits).unwrap_or_else(|| (0..given).collect());
    params.iter().enumerate().filter(|(at, _)| !places.contains(at)).map(|(_, param)| *param).collect()
}

impl<'t> Infer<'t> {
    /// Too few or too many. Where one in the middle is missing, the parameters that the others are for.
    pub(super) fn demand_count(
        &mut self,
        call: &'t Call,
        primitive: &'static Primitive,
        types: &[Type],
        this: Option<(&'t Node, &Type)>,
    ) -> Option<Vec<usize>> {
        let most = primitive.params.len();
        let least = primitive.params.iter().filter(|param| !param.optional).count();
        let given = call.args.len();
        if (least..=most).contains(&given) {
            return None;
        }
        let mut skipped = None;
        let takes = if least == most { counted(most) } else { format!("{least} to {}", counted(most)) };
        let message = format!("{} takes {takes}, not {given}", primitive.full_name());
        let mut diagnostic = self.error("E0206", message, call.name.span);
        if given < least {
            let fits = |arg: usize, param: usize| self.fits(&primitive.params[param].ty, &types[arg]);
            skipped = places(given, most, &fits);
            let is_given = |at: usize| skipped.as_ref().map_or(at < given, |places| places.contains(&at));
            let params = primitive.params.iter().enumerate();
            let missing = params.filter(|(at, param)| !param.optional && !is_given(*at)).map(|(_, param)| param.name);
            let missing: Vec<&str> = missing.collect();
            diagnostic = diagnostic.label(format!("missing: {}", missing.join(", ")));
            // What is given is for the same, by its name: an application is no key.
            let is_of_same = |other: &&'static Primitive| {
                given > 0 && other.params.iter().zip(&primitive.params).all(|(a, b)| a.name == b.name)
            };
            let other = self.taking_these(primitive, types).filter(is_of_same).filter(|_| this.is_none());
            let other = other.map(|other| format!("one that takes just these: {}", other.signature()));
            diagnostic = other.into_iter().fold(diagnostic, Diagnostic::help);
        } else if let Some(surplus) = call.args.get(most) {
            diagnostic.span = surplus.span;
            let fitting = self.taking_these(primitive, types).filter(|_| this.is_none());
            let other = fitting.or_else(|| self.taking(primitive, given, this));
            let other = other.map(|other| format!("one that takes them: {}", other.signature()));
            diagnostic = other.into_iter().fold(diagnostic, Diagnostic::help);
        }
        self.tell(diagnostic.note(primitive.signature()));
        skipped
    }

    /// An argument of another type, where a function of a near name takes all of them as they are: `disk` for `disks`.
    pub(super) fn taken_by_a_namesake(
        &mut self,
        call: &'t Call,
        primitive: &'static Primitive,
        types: &[Type],
    ) -> bool {
        let is_unfit = |at: &usize| self.fit(&primitive.params[*at].ty, &types[*at]) == Err(Unfit::Unlike);
        let count = primitive.params.len().min(types.len());
        let Some(at) = (0..count).find(is_unfit) else { return false };
        let (param, arg) = (&primitive.params[at], &call.args[at]);
        // What is wrong in a map of options is told there.
        if matches!(param.ty, Ty::Options(_)) {
            return false;
        }
        // Whoever called the function may have handed over the wrong one.
        if arg.as_variable().is_some_and(|name| name.text == param.name) || types.len() != call.args.len() {
            return false;
        }
        let Some(other) = self.taking_these(primitive, types) else { return false };
        let what = format!("`{}` of {}", param.name, primitive.full_name());
        let message = format!("{what} is {}; this is {}", asked(&param.ty), types[at].described());
        let told = self.error("E0207", message, arg.span).note(primitive.signature());
        self.tell(told.help(format!("one that takes them: {}", other.signature())));
        true
    }

    /// The function of a near name, in the same namespace, that takes arguments of these types; who reads is not led to a
    /// change.
    fn taking_these(&self, primitive: &'static Primitive, types: &[Type]) -> Option<&'static Primitive> {
        // A gate takes any value: that it takes these says nothing.
        if primitive.namespace.is_empty() {
            return None;
        }
        let takes = |name: &&str| {
            self.table.function(primitive.namespace, name).is_some_and(|other| {
                let least = other.params.iter().filter(|param| !param.optional).count();
                let has_room = (least..=other.params.len()).contains(&types.len());
                let mut pairs = other.params.iter().zip(types);
                !std::ptr::eq(other, primitive)
                    && other.effect == primitive.effect
                    && has_room
                    && pairs.all(|(param, ty)| self.fits(&param.ty, ty))
            })
        };
        let known = self.table.functions_of(primitive.namespace).into_iter().filter(takes);
        self.table.function(primitive.namespace, nearest(primitive.name, known)?)
    }

    /// The function of a near name that takes so many arguments; for a method one of the same object, where it has one.
    pub(super) fn taking(
        &self,
        primitive: &'static Primitive,
        count: usize,
        this: Option<(&'t Node, &Type)>,
    ) -> Option<&'static Primitive> {
        // Who reads is not led to a change.
        let may_be = |other: &&'static Primitive| other.effect != Effect::Change || primitive.effect == Effect::Change;
        let has_room = |other: Option<&'static Primitive>| {
            let params = other.filter(may_be).map(|other| &other.params);
            params.is_some_and(|params| params.len() >= count && params.iter().filter(|p| !p.optional).count() <= count)
        };
        if let Some((_, ty)) = this {
            let methods = self.table.methods_of(ty).into_iter();
            let near = nearest(primitive.name, methods.filter(|name| has_room(self.table.method(ty, name))));
            return near.and_then(|name| self.table.method(ty, name));
        }
        let takes = |name: &&str| has_room(self.table.function(primitive.namespace, name));
        let known = self.table.functions_of(primitive.namespace).into_iter().filter(takes);
        self.table.function(primitive.namespace, nearest(primitive.name, known)?)
    }
}

/// `no argument`, `1 argument`, `2 arguments`.
pub(in super::super) fn counted(count: usize) -> String {
    match count {
        0 => "no argument".to_owned(),
        1 => "1 argument".to_owned(),
        count => format!("{count} arguments"),
    }
}
