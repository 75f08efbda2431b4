//! Arguments of primitives: their number, their types, the fields of option maps, and what a primitive gives back.

use std::fmt;

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Node};
use super::super::infer::Infer;
use super::super::values::blame::Odd;
use super::super::values::held::{Bound, blank, emptiness};
use super::super::values::spelling::Spelling;
use super::super::{Type, Use};
use super::fit::Unfit;
use crate::script::{Effect, Param, Primitive, Ty};

impl<'t> Infer<'t> {
    /// A call of a primitive; `this` is what stands before the dot.
    pub(super) fn primitive(
        &mut self,
        call: &'t Call,
        primitive: &'static Primitive,
        this: Option<(&'t Node, &Type)>,
    ) -> Type {
        if let Some((of, ty)) = this {
            self.part_of_a_word(primitive, ty, call);
            self.never_spelt(of, call);
            self.never_empty(ty, of, call);
            self.kept_so(of, call);
            match primitive.name {
                "all" | "any" | "filter" => self.twice(of),
                "map" => self.twice_in_order(of),
                _ => {}
            }
            self.asked_the_wrong_way(of, ty, call);
            self.demand_fit(&primitive.this, ty, of, format_args!("what stands before the dot"), primitive);
        }
        let mut made = Type::Open;
        let types: Vec<Type> = call.args.iter().map(|arg| self.value(arg)).collect();
        let skipped = self.demand_count(call, primitive, &types, this);
        if let Some(this) = this {
            self.crossed_with_receiver(call, primitive, this, &types);
        }
        if primitive.result != Ty::Unit
            && call.args.len() > primitive.params.len()
            && self.taking(primitive, call.args.len(), this).is_some()
        {
            // Another was meant: what this one gives says nothing of what follows.
            return Type::Open;
        }
        let swapped = self.swapped(call, primitive, &types);
        if swapped.is_none() && this.is_none() && self.taken_by_a_namesake(call, primitive, &types) {
            return Type::Open;
        }
        if swapped.is_none() {
            let before = self.told_so_far();
            let told = self.crossed(call, |at| primitive.params.get(at).map(|param| param.name));
            told.into_iter().for_each(|told| self.tell(told));
            self.crossed_by_form(call, primitive);
            self.crossed_by_value(call, primitive);
            self.crossed_by_words(call, primitive);
            self.crossed_with_an_option(call, primitive);
            self.crossed_with_a_value(call, primitive);
            self.take_back_of_misspelt(before);
        }
        for (at, (arg, ty)) in call.args.iter().zip(&types).enumerate() {
            let place = skipped.as_ref().map_or(at, |places| places[at]);
            let Some(param) = primitive.params.get(place) else { break };
            if swapped.is_none_or(|(a, b)| at != a && at != b) {
                let answer = self.argument(call, primitive, param, (arg, ty), this);
                made = answer.unwrap_or(made);
            }
        }
        self.another_count(call, primitive);
        self.confirmed(call, primitive);
        self.untagged(call, primitive);
        self.action(primitive, call);
        self.of_its_network(call, primitive, this.map(|(of, _)| of));
        if swapped.is_none() {
            self.gate(call, primitive, &types);
        }
        if primitive.effect != Effect::Pure {
            let note = self.note_call(call, primitive, this.map(|(of, _)| of));
            let file = self.sources[self.home].file.clone();
            self.uses.push(Use { primitive, file, span: call.name.span, note });
        }
        self.result(primitive, this.map(|(_, ty)| ty), made)
    }

    /// Answers what a closure makes.
    fn argument(
        &mut self,
        call: &'t Call,
        primitive: &'static Primitive,
        param: &'static Param,
        (arg, ty): (&'t Node, &Type),
        this: Option<(&'t Node, &Type)>,
    ) -> Option<Type> {
        match &param.ty {
            Ty::Function => return Some(self.handed_over(primitive, arg, ty, this)),
            Ty::Options(fields) => self.options(call, primitive, fields, arg, ty),
            Ty::Any if is_gate(primitive) => {}
            _ => {
                if self.fit(&param.ty, ty) == Err(Unfit::Unlike)
                    && self.wants_type(arg, param.name, &param.ty, &primitive.signature())
                {
                    return None;
                }
                match self.taken_by_another(primitive, param, (arg, ty), this) {
                    Some(told) => self.tell(told),
                    None => self.demand_fit(&param.ty, ty, arg, format_args!("`{}`", param.name), primitive),
                }
                self.literal(primitive, param, arg);
                let what = format_args!("`{}` of {primitive}", param.name);
                self.another_form(&param.ty, ty, arg, what);
                self.empty_name(primitive, param, arg);
                self.bounds(&param.ty, arg);
                self.of_one_row(primitive, param.name, arg);
                self.other_end(call, primitive, param, arg);
                if matches!(param.ty, Ty::List(_)) && param.name != "words" {
                    self.twice(arg);
                }
                self.command(primitive, param, arg);
                self.filled(primitive, param, arg);
                self.named_file(call, primitive, param, arg);
                self.unit_of_charm(primitive, param, arg);
                self.enough_shares(param, arg);
                self.open_to_all(param, arg);
            }
        }
        None
    }

    /// An argument of another type than the method takes, where a method of a like name takes it.
    fn taken_by_another(
        &mut self,
        primitive: &'static Primitive,
        param: &'static Param,
        (arg, ty): (&'t Node, &Type),
        this: Option<(&'t Node, &Type)>,
    ) -> Option<Diagnostic> {
        let (of, owner) = this.filter(|_| primitive.params.len() == 1)?;
        let Err(Unfit::Unlike) = self.fit(&param.ty, ty) else { return None };
        let takes = |name: &&str| {
            let other = self.table.method(owner, name).filter(|other| !std::ptr::eq(*other, primitive));
            other.is_some_and(|other| matches!(&other.params[..], [only] if self.fits(&only.ty, ty)))
        };
        let is_like = |name: &&str| name.strip_prefix(primitive.name).is_some_and(|rest| rest.starts_with('_'));
        let others = self.table.methods_of(owner);
        let other = others.iter().find(|name| is_like(name) && takes(name))?;
        let what = format!("`{}` of {}", param.name, primitive.full_name());
        let message = format!("{what} is {}; this is {}", asked(&param.ty), ty.described());
        let told = self.error("E0207", message, arg.span).note(primitive.signature());
        Some(told.help(format!("for {}: {}.{other}({})", ty.described(), self.copied(of), self.copied(arg))))
    }

    /// A closure that is handed to a primitive: what it takes and must answer is known from the primitive.
    fn handed_over(
        &mut self,
        primitive: &'static Primitive,
        arg: &'t Node,
        ty: &Type,
        this: Option<(&'t Node, &Type)>,
    ) -> Type {
        if !matches!(ty, Type::Closure(_) | Type::Function(..)) {
            let wanted = Ty::Function;
            self.demand_fit(&wanted, ty, arg, format_args!("the last argument"), primitive);
            return Type::Open;
        }
        if let (Some((list, _)), "all" | "any") = (this, primitive.name) {
            self.never_filled(list, "this asks about the members of an empty list");
        }
        let element = this.map(|(_, ty)| element(ty));
        let is_closure = matches!(ty, Type::Closure(_));
        self.element = this.filter(|_| is_closure).and_then(|(of, _)| self.members(of));
        self.drawn = this.filter(|_| is_closure).map(|(of, _)| of);
        let is_section = matches!(primitive.name, "step" | "exit_gate");
        let (uses, told) = (self.uses.len(), self.told_so_far());
        self.in_exit = primitive.name == "exit_gate" || self.in_exit && !is_section;
        let answer = self.enter(ty, element.into_iter().collect(), !is_section, arg.span, Some(primitive));
        if is_section {
            return Type::Unit;
        }
        if primitive.name == "map" {
            if answer.may_be(&Type::Unit) {
                let message = "the closure gives nothing back for an element";
                self.tell(self.error("E0219", message, arg.span).note(primitive.signature()));
                return Type::Open;
            }
            return answer;
        }
        let absent_too = is_wait(primitive);
        if let Some(only) = self.only_statement(arg) {
            self.decided_closure(primitive.name, only);
        }
        if is_wait(primitive) && told == self.told_so_far() {
            self.looks_anew(arg, uses);
        }
        if !judgeable(&answer, absent_too) {
            let message = format!("the closure must answer true or false; it gives {}", answer.described());
            let told = self.error("E0219", message, arg.span).note(primitive.signature());
            let holder = self.only_statement(arg).and_then(|only| self.searched(only));
            let told = match holder.filter(|_| matches!(answer, Type::Maybe(_))) {
                Some(holder) => told.note(format!("`{holder}` may be absent, and is searched here")),
                None => told,
            };
            self.tell(told);
        }
        Type::Bool
    }

    /// A wait whose closure only goes through what was read before: it sees the same however often it looks.
    fn looks_anew(&mut self, closure: &'t Node, since: usize) {
        let Kind::Closure { captures, .. } = &closure.kind else { return };
        // A status of Juju is whole: what is asked of it was read with it.
        let reads = |used: &Use| match &used.primitive.receiver {
            None => used.primitive.effect != Effect::Pure,
            Some(_) => !used.primitive.is_field && used.primitive.namespace != "juju",
        };
        if captures.is_empty() || self.uses[since..].iter().any(reads) {
            return;
        }
        let names: Vec<String> = captures.iter().map(|name| format!("`{}`", name.text)).collect();
        let message = format!("the wait sees the same at each look: {} stands from before it", names.join(" and "));
        let told = self.error("E0371", message, closure.span);
        let told = told.note("it would look until its time is over, whatever happens out there");
        self.tell(told.help("read it in the closure: || juju::status().settled(...)"));
    }

    /// In what a closure looks, where that is all that it does.
    fn searched(&self, only: &'t Node) -> Option<String> {
        match &only.kind {
            Kind::Operator { symbol, operands, .. } if matches!(symbol.as_str(), "in" | "!in") => {
                Some(self.text(operands.get(1)?))
            }
            _ => None,
        }
    }

    fn decided_closure(&mut self, name: &'static str, only: &'t Node) {
        match name {
            "wait_until" if !self.decided("the wait", only) => self.of_constants("the wait", only),
            "all" | "any" | "filter" => _ = self.decided(name, only),
            _ => {}
        }
    }

    /// What a closure consists of, when that is one expression.
    pub(in super::super) fn only_statement(&self, arg: &'t Node) -> Option<&'t Node> {
        let Kind::Closure { function, .. } = &arg.kind else { return None };
        match &self.tree().closure(function)?.body.statements[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    pub(super) fn demand_fit(
        &mut self,
        wanted: &Ty,
        given: &Type,
        node: &'t Node,
        what: fmt::Arguments<'_>,
        primitive: &'static Primitive,
    ) {
        let Err(why) = self.fit(wanted, given) else { return };
        let diagnostic =
            self.misfit("E0207", why, wanted, given, node, &format!("{what} of {}", primitive.full_name()));
        self.tell(diagnostic.note(primitive.signature()));
    }

    /// The finding for a value that does not fit.
    pub(super) fn misfit(
        &mut self,
        id: &str,
        why: Unfit,
        wanted: &Ty,
        given: &Type,
        node: &'t Node,
        what: &str,
    ) -> Diagnostic {
        match why {
            Unfit::Absent => self.absent(node, given),
            Unfit::Nothing => self.nothing(node, given),
            Unfit::Untold => self.untold_diagnostic(node),
            Unfit::Unlike => {
                if let Some(told) = self.odd_member(id, wanted, node, what) {
                    return told;
                }
                let message = format!("{what} is {}; this is {}", asked(wanted), given.described());
                let diagnostic = self.error(id, message, node.span);
                let diagnostic = self.blamed(diagnostic, node, &Odd::Unfit(wanted.clone()));
                let made = self.made_from(node, wanted);
                match made.or_else(|| self.sibling(node, |ty| self.fits(wanted, ty))) {
                    Some(other) => diagnostic.help(format!("there is {other}, which fits")),
                    None => self.conversion(diagnostic, wanted, given, node),
                }
            }
        }
    }

    /// A text that must spell an address, a network or a range, is read now.
    fn literal(&mut self, primitive: &'static Primitive, param: &'static Param, arg: &'t Node) {
        let makes = [("ip", "Ip"), ("cidr", "Cidr"), ("ip_range", "IpRange")];
        let spelling = match makes.iter().find(|(name, _)| primitive.is(name)) {
            Some((_, made)) => Spelling::of_name(made),
            None => Spelling::of(&param.ty),
        };
        spelling.into_iter().for_each(|spelling| self.spelt(spelling, arg));
    }

    /// What names something in a journal or a service, or asks a person, says something.
    fn empty_name(&mut self, primitive: &'static Primitive, param: &Param, arg: &'t Node) {
        let asks = primitive.effect != Effect::Pure && param.ty == Ty::Text && param.name != "value";
        if asks && primitive.receiver.is_none() {
            self.said(param.name, primitive, arg);
        }
    }

    pub(super) fn said(&mut self, name: &'static str, primitive: &'static Primitive, arg: &'t Node) {
        let told = arg.as_text().and_then(|text| blank(name, primitive, text, &self.tree().file, arg.span));
        told.into_iter().for_each(|told| self.tell(told));
        self.hold(arg, Bound::Said(name, primitive));
    }

    /// A change of several things is a change of at least one, and so is a reading of things that are named to it.
    fn filled(&mut self, primitive: &'static Primitive, param: &Param, arg: &'t Node) {
        let Ty::List(of) = &param.ty else { return };
        let names_things = of.vocabulary().is_some() || matches!(param.name, "applications" | "paths" | "words");
        let asks_them = matches!(primitive.effect, Effect::Read | Effect::Acts) && names_things;
        if primitive.effect != Effect::Change && !asks_them {
            return;
        }
        let whose = Some((param.name, primitive));
        match &arg.kind {
            Kind::Array(items) if items.is_empty() => self.empty_list(&emptiness(whose), arg.span, None),
            _ => self.hold(arg, Bound::Filled(whose)),
        }
    }

    pub(super) fn bounds(&mut self, ty: &Ty, value: &'t Node) {
        ty.vocabulary().into_iter().for_each(|words| self.spell(words, value));
        if let Some(limits) = ty.limits() {
            match self.in_another_unit(limits, value) {
                Some(told) => self.tell(told),
                None => self.within(limits, value),
            }
        }
    }

    fn part_of_a_word(&mut self, method: &Primitive, of: &Type, call: &'t Call) {
        let how = match method.name {
            "contains" => "contain",
            "starts_with" => "start with",
            "ends_with" => "end with",
            _ => return,
        };
        if let (Type::Word(words), [part]) = (of, &call.args[..]) {
            self.fragment(words, how, part);
        }
    }

    fn result(&self, primitive: &'static Primitive, this: Option<&Type>, made: Type) -> Type {
        let is_list = |ty: &&Type| matches!(ty, Type::List(_) | Type::Listing(_));
        match (&primitive.result, this.filter(is_list)) {
            (Ty::Unit, None) if primitive.name == "fail" => Type::Never,
            (Ty::Any, Some(list)) => element(list),
            (Ty::List(of), Some(_)) if **of == Ty::Any && primitive.name == "map" => Type::list(made),
            (Ty::List(of), Some(list)) if **of == Ty::Any => list.clone(),
            (Ty::Named("List"), Some(list)) => list.clone(),
            (_, Some(Type::Listing(of))) if primitive.name == "names" => Type::list(self.table.identity(of)),
            (result, _) => self.table.given(result),
        }
    }
}

pub(in super::super) fn is_gate(primitive: &Primitive) -> bool {
    primitive.receiver.is_none() && super::super::super::shape::GATES.contains(&primitive.name)
}

pub(in super::super) fn is_wait(primitive: &Primitive) -> bool {
    primitive.name == "wait_until"
}

/// Whether it is true, false or an answer; for gates and waits it may be absent.
pub(in super::super) fn judgeable(ty: &Type, absent_too: bool) -> bool {
    match ty {
        Type::Open | Type::Never | Type::Any | Type::Bool | Type::Named("Answer") => true,
        Type::Maybe(of) => absent_too && judgeable(of, false),
        Type::Either(types) => types.iter().all(|ty| judgeable(ty, absent_too)),
        _ => false,
    }
}

/// What a list is made of.
pub(in super::super) fn element(list: &Type) -> Type {
    match list {
        Type::List(of) => (**of).clone(),
        Type::Listing(name) => Type::Named(name),
        _ => Type::Open,
    }
}

/// A declared type with its article.
pub(super) fn asked(wanted: &Ty) -> String {
    match wanted {
        Ty::Options(_) => "an option map #{ ... }".to_owned(),
        Ty::Function => "a closure such as || { ... }".to_owned(),
        Ty::List(of) => format!("a list [{of}]"),
        other => {
            let text = other.to_string();
            let article = if text.starts_with(|c: char| "aeiouAEIO".contains(c)) { "an" } else { "a" };
            format!("{article} {text}")
        }
    }
}
