//! Arguments of primitives: their number, their types, the fields of option maps, and what a primitive gives back.

use super::super::message::{Diagnostic, nearest};
use super::super::tree::{Call, Kind, Node, Span};
use super::fit::Unfit;
use super::held::{Bound, blank, emptiness};
use super::infer::Infer;
use super::spelling::Spelling;
use super::{Named, Type, Use};
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
            self.never_empty(ty, of, call);
            self.kept_so(of, call);
            self.demand_fit(&primitive.this, ty, of, "what stands before the dot", primitive);
        }
        self.demand_count(call, primitive);
        self.crossed(call, |at| primitive.params.get(at).map(|param| param.name));
        let mut made = Type::Open;
        let types: Vec<Type> = call.args.iter().map(|arg| self.value(arg)).collect();
        let swapped = self.swapped(call, primitive, &types);
        for (at, ((arg, ty), param)) in call.args.iter().zip(&types).zip(&primitive.params).enumerate() {
            if swapped.is_none_or(|(a, b)| at != a && at != b) {
                let answer = self.argument(call, primitive, param, (arg, ty), this);
                made = answer.unwrap_or(made);
            }
        }
        self.action(primitive, call);
        self.of_a_subnet(call, primitive, this.map(|(of, _)| of));
        if swapped.is_none() {
            self.gate(call, primitive, &types);
        }
        if primitive.effect != Effect::Pure {
            let file = self.sources[self.home].file.clone();
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

    /// Two arguments that do not fit, and would in each other's place: one mistake, told once.
    fn swapped(&mut self, call: &'t Call, primitive: &'static Primitive, types: &[Type]) -> Option<(usize, usize)> {
        let params = &primitive.params;
        let count = params.len().min(types.len());
        let fits = |param: usize, arg: usize| self.fits(&params[param].ty, &types[arg]);
        let is_known = |at: usize| !types[at].is_open() && !matches!(params[at].ty, Ty::Function);
        let known: Vec<usize> = (0..count).filter(|at| is_known(*at)).collect();
        let (a, b) = known.iter().enumerate().find_map(|(at, a)| {
            let other =
                known[at + 1..].iter().find(|b| (!fits(*a, *a) || !fits(**b, **b)) && fits(*a, **b) && fits(**b, *a));
            other.map(|b| (*a, *b))
        })?;
        let message = format!("`{}` and `{}` are in each other's place", params[a].name, params[b].name);
        let told = self.error("E0207", message, call.args[a].span.to(call.args[b].span));
        self.tell(told.note(primitive.signature()));
        Some((a, b))
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
                self.demand_fit(&param.ty, ty, arg, &format!("`{}`", param.name), primitive);
                self.literal(primitive, param, arg);
                self.empty_name(primitive, param, arg);
                self.bounds(&param.ty, arg);
                self.command(primitive, param, arg);
                self.filled(primitive, param, arg);
                self.named_file(primitive, param, arg);
                self.enough_shares(param, arg);
                self.open_to_all(param, arg);
            }
        }
        None
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
            self.demand_fit(&wanted, ty, arg, "the last argument", primitive);
            return Type::Open;
        }
        let element = this.map(|(_, ty)| element(ty));
        let is_closure = matches!(ty, Type::Closure(_));
        self.element = this.filter(|_| is_closure).and_then(|(of, _)| self.members(of));
        self.drawn = this.filter(|_| is_closure).map(|(of, _)| of);
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
        if let (true, Some(only)) = (absent_too, self.only_statement(arg)) {
            self.decided("the wait", only);
        }
        if !judgeable(&answer, absent_too) {
            let message = format!("the closure must answer true or false; it gives {}", answer.described());
            self.tell(self.error("E0219", message, arg.span).note(primitive.signature()));
        }
        Type::Bool
    }

    /// What a closure consists of, when that is one expression.
    pub(super) fn only_statement(&self, arg: &'t Node) -> Option<&'t Node> {
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
        let map = self.definition_of(arg);
        for (name, ty) in given.iter() {
            let (written, value) = written(arg, name);
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                meant.extend(self.unknown_option(primitive, fields, name, written));
                continue;
            };
            match map {
                Some(map) => self.bounds_as(&field.ty, map, name, arg.span),
                None => {
                    self.bounds(&field.ty, value);
                    Spelling::of(&field.ty).into_iter().for_each(|spelling| self.spelt(spelling, value));
                }
            }
            let is_text = matches!(&field.ty, Ty::Text) || matches!(&field.ty, Ty::Maybe(of) if **of == Ty::Text);
            if is_text && map.is_none() && primitive.effect != Effect::Pure {
                self.said(field.name, primitive, value);
            }
            let Err(why) = self.fit(&field.ty, ty) else { continue };
            let what = format!("option `{name}` of {}", primitive.full_name());
            let diagnostic = self.misfit("E0210", why, &field.ty, ty, value, &what);
            self.tell(diagnostic.note(format!("{name}: {}   {}", field.ty, field.doc)));
        }
        self.shares(arg);
        self.beside_its_network(arg);
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
        let spelling = match primitive.full_name().as_str() {
            "ip" => Spelling::of_name("Ip"),
            "cidr" => Spelling::of_name("Cidr"),
            "ip_range" => Spelling::of_name("IpRange"),
            _ => Spelling::of(&param.ty),
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

    fn said(&mut self, name: &'static str, primitive: &'static Primitive, arg: &'t Node) {
        let told = arg.as_text().and_then(|text| blank(name, primitive, text, &self.tree().file, arg.span));
        told.into_iter().for_each(|told| self.tell(told));
        self.hold(arg, Bound::Said(name, primitive));
    }

    /// A file of the repository, known by its name before anything runs.
    fn named_file(&mut self, primitive: &'static Primitive, param: &Param, arg: &'t Node) {
        let is_file = param.name == "bundle" || primitive.namespace == "bundle" && param.name == "path";
        if !is_file || primitive.receiver.is_some() {
            return;
        }
        let known = self.values(arg).map(|values| values.known).unwrap_or_default();
        for value in known {
            let Some(path) = value.as_text() else { continue };
            let (path, file, place) = (path.to_owned(), self.tree().file.clone(), self.place_of(&value));
            self.files.push(Named { path, file, span: arg.span, place });
        }
    }

    /// A change of several things is a change of at least one.
    fn filled(&mut self, primitive: &'static Primitive, param: &Param, arg: &'t Node) {
        if primitive.effect != Effect::Change || !matches!(param.ty, Ty::List(_)) {
            return;
        }
        let whose = Some((param.name, primitive));
        match &arg.kind {
            Kind::Array(items) if items.is_empty() => self.empty_list(&emptiness(whose), arg.span, None),
            _ => self.hold(arg, Bound::Filled(whose)),
        }
    }

    fn bounds(&mut self, ty: &Ty, value: &'t Node) {
        ty.vocabulary().into_iter().for_each(|words| self.spell(words, value));
        ty.limits().into_iter().for_each(|limits| self.within(limits, value));
    }

    /// An option of a map that is written elsewhere, told where it is handed over.
    fn bounds_as(&mut self, ty: &Ty, (home, map): (usize, &'t Node), name: &str, used: Span) {
        let Kind::Map(fields) = &map.kind else { return };
        let Some(field) = fields.iter().find(|field| field.name.text == name) else { return };
        ty.vocabulary().into_iter().for_each(|words| self.spell_value(words, home, &field.value, used));
        ty.limits().into_iter().for_each(|limits| self.within_value(limits, &field.value, used));
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
            (result, _) => self.table.given(result),
        }
    }
}

pub(super) fn is_gate(primitive: &Primitive) -> bool {
    primitive.receiver.is_none() && super::super::shape::GATES.contains(&primitive.name)
}

fn is_wait(primitive: &Primitive) -> bool {
    primitive.name == "wait_until"
}

/// Whether it is true, false or an answer; for gates and waits it may be absent.
pub(super) fn judgeable(ty: &Type, absent_too: bool) -> bool {
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
