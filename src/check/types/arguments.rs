//! Arguments of primitives: their number, their types, the fields of option maps, and what a primitive gives back.

use super::super::message::{Diagnostic, nearest};
use super::super::tree::{Call, Kind, Node, Span};
use super::fit::{READ_FROM_TEXT, Unfit};
use super::infer::Infer;
use super::operators::{Likeness, likeness};
use super::report::UNLIKE;
use super::{Type, Use};
use crate::primitives::net::{Cidr, Ip, IpRange};
use crate::script::{Effect, OptionField, Param, Primitive, Ty};

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
            self.demand_fit(&primitive.this, ty, of, "what stands before the dot", primitive);
        }
        self.demand_count(call, primitive);
        let mut made = Type::Open;
        let mut types = Vec::new();
        for (at, arg) in call.args.iter().enumerate() {
            let ty = self.value(arg);
            if let Some(param) = primitive.params.get(at) {
                let answer = self.argument(call, primitive, param, (arg, &ty), this.map(|(_, ty)| ty));
                made = answer.unwrap_or(made);
            }
            types.push(ty);
        }
        self.gate(call, primitive, &types);
        if primitive.effect != Effect::Pure {
            let file = self.tree().file.clone();
            self.uses.push(Use { primitive, file, span: call.name.span });
        }
        self.result(primitive, this.map(|(_, ty)| ty), made)
    }

    fn demand_count(&mut self, call: &'t Call, primitive: &'static Primitive) {
        let most = primitive.params.len();
        let least = primitive.params.iter().filter(|param| !param.optional).count();
        let given = call.args.len();
        if (least..=most).contains(&given) {
            return;
        }
        let takes = if least == most { counted(most) } else { format!("{least} to {}", counted(most)) };
        let message = format!("{} takes {takes}, not {given}", primitive.full_name());
        let mut diagnostic = self.error("E0206", message, call.name.span);
        if given < least {
            let missing: Vec<&str> = primitive.params[given..least].iter().map(|param| param.name).collect();
            diagnostic = diagnostic.label(format!("missing: {}", missing.join(", ")));
        } else if let Some(surplus) = call.args.get(most) {
            diagnostic.span = surplus.span;
        }
        self.tell(diagnostic.note(primitive.signature()));
    }

    /// Answers what a closure makes.
    fn argument(
        &mut self,
        call: &'t Call,
        primitive: &'static Primitive,
        param: &'static Param,
        (arg, ty): (&'t Node, &Type),
        this: Option<&Type>,
    ) -> Option<Type> {
        match &param.ty {
            Ty::Function => return Some(self.handed_over(primitive, arg, ty, this)),
            Ty::Options(fields) => self.options(call, primitive, fields, arg, ty),
            Ty::Any if is_gate(primitive) => {}
            _ => {
                self.demand_fit(&param.ty, ty, arg, &format!("`{}`", param.name), primitive);
                self.literal(primitive, param, arg);
                param.ty.vocabulary().into_iter().for_each(|words| self.spell(words, arg));
            }
        }
        None
    }

    /// A closure that is handed to a primitive: what it takes and must answer is known from the primitive.
    fn handed_over(&mut self, primitive: &'static Primitive, arg: &'t Node, ty: &Type, this: Option<&Type>) -> Type {
        if !matches!(ty, Type::Closure(_) | Type::Function(..)) {
            let wanted = Ty::Function;
            self.demand_fit(&wanted, ty, arg, "the last argument", primitive);
            return Type::Open;
        }
        let element = this.map(element);
        let is_section = matches!(primitive.name, "step" | "exit_gate");
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
        if !judgeable(&answer, absent_too) {
            let message = format!("the closure must answer true or false; it gives {}", answer.described());
            self.tell(self.error("E0219", message, arg.span).note(primitive.signature()));
        }
        Type::Bool
    }

    pub(super) fn demand_fit(
        &mut self,
        wanted: &Ty,
        given: &Type,
        node: &'t Node,
        what: &str,
        primitive: &'static Primitive,
    ) {
        let Err(why) = self.fit(wanted, given) else { return };
        let diagnostic =
            self.misfit("E0207", why, wanted, given, node, &format!("{what} of {}", primitive.full_name()));
        self.tell(diagnostic.note(primitive.signature()));
    }

    /// The finding for a value that does not fit.
    fn misfit(&mut self, id: &str, why: Unfit, wanted: &Ty, given: &Type, node: &'t Node, what: &str) -> Diagnostic {
        match why {
            Unfit::Absent => self.absent(node, given),
            Unfit::Nothing => self.nothing(node, given),
            Unfit::Untold => self.untold_diagnostic(node),
            Unfit::Unlike => {
                let message = format!("{what} is {}; this is {}", asked(wanted), given.described());
                let diagnostic = self.error(id, message, node.span);
                self.conversion(diagnostic, wanted, given, node)
            }
        }
    }

    fn options(
        &mut self,
        call: &'t Call,
        primitive: &'static Primitive,
        fields: &'static [OptionField],
        arg: &'t Node,
        ty: &Type,
    ) {
        let Type::Map(given) = ty else {
            let wanted = Ty::Options(fields.to_vec());
            return self.demand_fit(&wanted, ty, arg, "the options", primitive);
        };
        let mut meant = Vec::new();
        for (name, ty) in given.iter() {
            let (written, value) = written(arg, name);
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                meant.extend(self.unknown_option(primitive, fields, name, written));
                continue;
            };
            field.ty.vocabulary().into_iter().for_each(|words| self.spell(words, value));
            let Err(why) = self.fit(&field.ty, ty) else { continue };
            let what = format!("option `{name}` of {}", primitive.full_name());
            let diagnostic = self.misfit("E0210", why, &field.ty, ty, value, &what);
            self.tell(diagnostic.note(format!("{name}: {}   {}", field.ty, field.doc)));
        }
        let is_missing = |field: &&OptionField| field.required && !given.contains_key(field.name);
        let missing: Vec<&OptionField> =
            fields.iter().filter(is_missing).filter(|field| !meant.contains(&field.name)).collect();
        if !missing.is_empty() {
            self.missing_options(call, primitive, &missing);
        }
    }

    /// Answers which option was meant.
    fn unknown_option(
        &mut self,
        primitive: &'static Primitive,
        fields: &'static [OptionField],
        name: &str,
        span: Span,
    ) -> Option<&'static str> {
        let known: Vec<&'static str> = fields.iter().map(|field| field.name).collect();
        let message = format!("{} has no option `{name}`", primitive.full_name());
        let diagnostic = self.error("E0208", message, span).suggest(name, known.iter().copied());
        self.tell(diagnostic.note(format!("options: {}", known.join(", "))));
        nearest(name, known)
    }

    fn missing_options(&mut self, call: &'t Call, primitive: &'static Primitive, missing: &[&OptionField]) {
        let names: Vec<String> = missing.iter().map(|field| format!("`{}`", field.name)).collect();
        let plural = if names.len() == 1 { "the option" } else { "the options" };
        let message = format!("{} needs {plural} {}", primitive.full_name(), names.join(", "));
        let mut diagnostic = self.error("E0209", message, call.name.span);
        for field in missing {
            diagnostic = diagnostic.note(format!("{}: {}   {}", field.name, field.ty, field.doc));
        }
        self.tell(diagnostic);
    }

    /// A text that must spell an address, a network or a range, is read now.
    fn literal(&mut self, primitive: &'static Primitive, param: &'static Param, arg: &'t Node) {
        let Some(text) = arg.as_text() else { return };
        let wanted = match &param.ty {
            Ty::Named(name) if READ_FROM_TEXT.contains(name) => name,
            _ => match primitive.full_name().as_str() {
                "ip" => "Ip",
                "cidr" => "Cidr",
                "ip_range" => "IpRange",
                _ => return,
            },
        };
        let read = match wanted {
            "Ip" => text.parse::<Ip>().map(drop),
            "Cidr" => text.parse::<Cidr>().map(drop),
            _ => text.parse::<IpRange>().map(drop),
        };
        if let Err(why) = read {
            self.tell(self.error("E0225", why, arg.span));
        }
    }

    /// What a gate is given: it raises when it compares unlike types, and takes what may be absent as seen.
    fn gate(&mut self, call: &'t Call, primitive: &'static Primitive, types: &[Type]) {
        if !is_gate(primitive) {
            return;
        }
        match (primitive.name, &call.args[..], types) {
            ("gate", [_, holds, ..], [_, ty, ..]) if !judgeable(ty, true) => {
                let text = self.copied(holds);
                let shown = self.text(holds);
                let message = format!("a gate takes true, false or an answer; `{shown}` is {}", ty.described());
                let diagnostic = self.error("E0207", message, holds.span).note(primitive.signature());
                self.tell(diagnostic.help(format!("to compare it, write gate_eq(\"name\", {text}, wanted);")));
            }
            ("gate_eq", [_, seen, wanted, ..], [_, a, b, ..]) => self.gate_eq((seen, a), (wanted, b)),
            ("gate_set", [_, seen, wanted, ..], [_, a, b, ..]) => self.gate_set((seen, a), (wanted, b), call),
            _ => {}
        }
    }

    fn gate_eq(&mut self, seen: (&'t Node, &Type), wanted: (&'t Node, &Type)) {
        if let (Kind::Array(a), Kind::Array(b)) = (&seen.0.kind, &wanted.0.kind) {
            if a.len() != b.len() {
                let message = format!("{} values are compared with {}: they are never equal", a.len(), b.len());
                self.tell(self.error("E0211", message, wanted.0.span).help("name as many values as are compared"));
            }
            for (a, b) in a.iter().zip(b) {
                let types = (self.node(a, true), self.node(b, true));
                self.gate_eq((a, &types.0), (b, &types.1));
            }
            return;
        }
        let wanted_type = self.demand_present(wanted.0, wanted.1.clone());
        if *seen.1 == Type::Any || wanted_type == Type::Any {
            return;
        }
        self.compared(wanted.0.span, (seen.0, seen.1), (wanted.0, &wanted_type));
        let like = likeness(seen.1, &wanted_type);
        if like != Likeness::Like {
            let right = (wanted.0, wanted_type);
            let diagnostic = self.unlike("the gate", wanted.0.span, &(seen.0, seen.1.clone()), &right, like);
            let diagnostic = self.set_instead(diagnostic, seen.1, wanted.1);
            self.tell(diagnostic);
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

    fn set_instead(&self, diagnostic: Diagnostic, seen: &Type, wanted: &Type) -> Diagnostic {
        match (seen, wanted) {
            (Type::Listing(_), Type::List(_)) => {
                diagnostic.help("gate_set compares the names of a list with texts; or compare list.names()")
            }
            _ => diagnostic,
        }
    }

    fn gate_set(&mut self, seen: (&'t Node, &Type), wanted: (&'t Node, &Type), call: &'t Call) {
        let mut members = Vec::new();
        for (node, ty) in [seen, wanted] {
            let ty = self.demand_present(node, ty.clone());
            match ty {
                Type::Open | Type::Never => return,
                Type::List(of) => members.push(self.demand_present(node, *of)),
                Type::Listing(_) => members.push(Type::Text),
                other => {
                    let message =
                        format!("gate_set compares two lists; `{}` is {}", self.text(node), other.described());
                    self.tell(self.error("E0207", message, node.span));
                    return;
                }
            }
        }
        let [a, b] = &members[..] else { return };
        self.compared(call.name.span, (seen.0, a), (wanted.0, b));
        let textual = |ty: &Type| {
            ty.clone()
                .members()
                .iter()
                .all(|ty| ty.is_text() || matches!(ty, Type::Named(name) if READ_FROM_TEXT.contains(name)))
        };
        if likeness(a, b) != Likeness::Like && !(textual(a) && textual(b)) {
            let message = format!("the gate compares {} with {}", seen.1.described(), wanted.1.described());
            let diagnostic = self.error("E0211", message, call.name.span).note(UNLIKE);
            self.tell(diagnostic.note("at run time it would stop with an error, or find every member missing"));
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
            (result, _) => self.table.given(result),
        }
    }
}

fn is_gate(primitive: &Primitive) -> bool {
    primitive.receiver.is_none() && super::super::shape::GATES.contains(&primitive.name)
}

fn is_wait(primitive: &Primitive) -> bool {
    primitive.name == "wait_until"
}

/// Whether it is true, false or an answer; for gates and waits it may be absent.
fn judgeable(ty: &Type, absent_too: bool) -> bool {
    match ty {
        Type::Open | Type::Never | Type::Any | Type::Bool | Type::Named("Answer") => true,
        Type::Maybe(of) => absent_too && judgeable(of, false),
        Type::Either(types) => types.iter().all(|ty| judgeable(ty, absent_too)),
        _ => false,
    }
}

/// What a list is made of.
fn element(list: &Type) -> Type {
    match list {
        Type::List(of) => (**of).clone(),
        Type::Listing(name) => Type::Named(name),
        _ => Type::Open,
    }
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

/// `no argument`, `1 argument`, `2 arguments`.
pub(super) fn counted(count: usize) -> String {
    match count {
        0 => "no argument".to_owned(),
        1 => "1 argument".to_owned(),
        count => format!("{count} arguments"),
    }
}

/// A declared type with its article.
fn asked(wanted: &Ty) -> String {
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
