//! What gates are given: they raise when they compare unlike types, and one that asks nothing proves nothing. Beside this
//! stand answers that are known before the run, names that say another thing, changes that no gate looks at or that make
//! one fail.

mod afterwards;
mod another;
pub(super) mod answers;
mod asked_by;
mod beside;
pub(super) mod called;
pub(super) mod certain;
pub(super) mod confirmed;
mod constant;
mod crossed;
mod decided;
pub(super) mod each;
mod exchanged;
pub(super) mod known;
mod members;
pub(super) mod passes;
mod sentences;
pub(super) mod sights;
mod spoken;
mod stale;
mod taken_in;
pub(super) mod turned;
mod turns;
mod whose;

use super::super::message::Diagnostic;
use super::super::tree::{Call, Kind, Node, Span, Tree};
use super::Type;
use super::calls::arguments::{is_gate, is_wait, judgeable};
use super::calls::fit::READ_FROM_TEXT;
use super::infer::{Infer, Key};
use super::operators::{Likeness, likeness};
use super::report::UNLIKE;
use crate::script::{Effect, Primitive};

impl<'t> Infer<'t> {
    /// What a gate is given: it raises when it compares unlike types, and takes what may be absent as seen.
    pub(super) fn gate(&mut self, call: &'t Call, primitive: &'static Primitive, types: &[Type]) {
        if is_wait(primitive) {
            self.waited_otherwise(call);
            self.time_in_name(call);
        }
        if !is_gate(primitive) {
            return;
        }
        if !self.same_at_each_turn(call) {
            self.speaks_of_another(call);
        }
        self.crossed_sentences(call);
        if let [name, seen, rest @ ..] = &call.args[..] {
            let wanted = rest.first().filter(|_| primitive.name != "gate");
            self.called_otherwise(name, seen, wanted);
        }
        match (primitive.name, &call.args[..]) {
            ("gate", [name, holds, ..]) => {
                self.limit_in_name(name, holds);
                self.outside_at_a_turn(holds);
                if !self.held_by_a_condition(call, holds) && !self.decided("the gate", holds) {
                    self.of_constants("the gate", holds);
                }
                self.asks_presence(holds);
                if !self.never_holds(holds) {
                    self.false_at_a_turn(call, holds);
                }
            }
            (_, [name, seen, wanted, ..]) if self.named_second(primitive, [name, seen, wanted], call) => {}
            (_, [_, seen, wanted, ..]) => {
                self.unlike_pattern(seen, wanted);
                match (&seen.kind, &wanted.kind) {
                    (Kind::Array(members), Kind::Array(wanted)) => {
                        members.iter().zip(wanted).for_each(|(member, wanted)| self.known_otherwise(member, wanted));
                    }
                    _ if !self.known_by_it(seen) => self.known_otherwise(seen, wanted),
                    _ => {}
                }
                self.decided_pair("the gate", wanted, seen, wanted);
                self.wants_of_another_network(call.name.span, seen, wanted);
                self.left_out(seen, wanted);
                self.sides(call, seen, wanted);
            }
            _ => {}
        }
        match (primitive.name, &call.args[..], types) {
            ("gate", [_, holds, ..], [_, ty, ..]) if !judgeable(ty, true) => {
                let text = self.copied(holds);
                let shown = self.text(holds);
                let message = format!("a gate takes true, false or an answer; `{shown}` is {}", ty.described());
                let diagnostic = self.error("E0207", message, holds.span).note(primitive.signature());
                let code = self.code_in_quotes(holds).map(|code| format!("take the quotes away: {code}"));
                let compare = || format!("to compare it, write gate_eq(\"name\", {text}, wanted);");
                self.tell(diagnostic.help(code.unwrap_or_else(compare)));
            }
            ("gate_eq", [_, seen, wanted, ..], [_, a, b, ..]) => {
                let before = self.told_so_far();
                self.gate_eq((seen, a), (wanted, b));
                self.exchanged_with_its_name(call, a, before);
            }
            ("gate_set", [_, seen, wanted, ..], [_, a, b, ..]) => self.gate_set((seen, a), (wanted, b), call),
            _ => {}
        }
    }

    /// `machine.interface(nic.name).name`: what something is read by is what it is called.
    fn known_by_it(&mut self, seen: &'t Node) -> bool {
        let Kind::Property { of, .. } = &seen.kind else { return false };
        let Some(key) = self.read_by(seen).filter(|_| matches!(of.kind, Kind::Call(_) | Kind::Method { .. })) else {
            return false;
        };
        let why = format!("`{}` is `{}`, by which it was read", self.text(seen), self.text(key));
        self.asks_nothing("the gate", seen, &why);
        true
    }

    /// `let network = openstack::network(NAME);` and `gate_eq("type", network.name, "flat")`: it bears the name by which it
    /// was read, and no other.
    fn known_otherwise(&mut self, seen: &'t Node, wanted: &'t Node) {
        let Some(key) = self.read_by(seen) else { return };
        let [known, other] = [key, wanted].map(|node| self.plain_members(node));
        let Some((known, other)) = known.zip(other).filter(|(known, other)| known != other) else { return };
        let (known, other) = (known.concat(), other.concat());
        let why = format!("`{}` is {known}, by which it was read, and never {other}", self.text(seen));
        let told = self.error("E0320", format!("the gate never passes: {why}"), seen.span);
        self.tell(told.help("ask another field of it, as the name of the gate says"));
    }

    /// What a thing was read by, where that is the field that is asked of it.
    fn read_by(&self, seen: &'t Node) -> Option<&'t Node> {
        let Kind::Property { of, name, .. } = &seen.kind else { return None };
        let (Kind::Call(call) | Kind::Method { call, .. }) = &self.made_of(of).kind else { return None };
        let [key] = &call.args[..] else { return None };
        let owner = self.plainly(of)?;
        let Type::Named(named) = owner else { return None };
        let (reading, _) = *self.readings.get(&std::ptr::from_ref(&call.name).addr())?;
        // A machine that is read by its unit is not called so.
        let (param, field) = (reading.params.first()?, self.table.field(&owner, &name.text)?);
        let is_key =
            self.table.is_identity(named, &name.text) && (param.name == field.name || param.ty == field.result);
        is_key.then_some(key)
    }

    /// `gate_eq(machine.status, "status", "Ready")`: what is seen stands where the name belongs.
    fn named_second(&mut self, primitive: &Primitive, args: [&'t Node; 3], call: &'t Call) -> bool {
        let [seen, name, wanted] = args;
        let is_read =
            matches!(seen.kind, Kind::Property { .. } | Kind::Method { .. } | Kind::Index { .. } | Kind::Call(_));
        if !is_read || name.as_text().is_none() || !self.is_constant(wanted) {
            return false;
        }
        let message = format!("the name of a gate comes first, and here stands `{}`", self.text(seen));
        let told = self.error("E0320", message, seen.span.to(name.span));
        let written = [name, seen, wanted].map(|node| self.copied(node)).join(", ");
        let rest: String = call.args.iter().skip(3).map(|arg| format!(", {}", self.copied(arg))).collect();
        self.tell(told.help(format!("write {}({written}{rest});", primitive.name)));
        true
    }

    /// A text that is an expression of this place: a name in sight, and fields that it has.
    pub(super) fn code_in_quotes(&self, node: &Node) -> Option<String> {
        let text = node.as_text()?.trim();
        let bare = text.trim_start_matches('!').trim_start();
        let mut parts = bare.split('.');
        let mut ty = self.variables[self.lookup(parts.next()?)?].ty.clone();
        let mut deep = 0;
        for part in parts {
            let called = part.strip_suffix("()");
            let found = match (called, &ty) {
                (Some(name), ty) => self.table.method(ty, name),
                (None, Type::Map(fields)) => {
                    ty = fields.get(part)?.clone();
                    deep += 1;
                    continue;
                }
                (None, ty) => self.table.field(ty, part),
            };
            ty = self.table.given(&found?.result);
            deep += 1;
        }
        (deep > 0).then(|| text.to_owned())
    }

    fn gate_eq(&mut self, seen: (&'t Node, &Type), wanted: (&'t Node, &Type)) {
        if let (Kind::Array(a), Kind::Array(b)) = (&seen.0.kind, &wanted.0.kind) {
            if a.len() != b.len() {
                let message = format!("{} values are compared with {}: they are never equal", a.len(), b.len());
                self.tell(self.error("E0211", message, wanted.0.span).help("name as many values as are compared"));
            }
            let before = self.told_so_far();
            self.gate_eq_of_each(a.iter().zip(b));
            self.exchanged_members(seen.0, a, b, before);
            return;
        }
        let wanted_type = self.demand_present(wanted.0, wanted.1.clone());
        if *seen.1 == Type::Any || wanted_type == Type::Any {
            return;
        }
        self.compared(wanted.0.span, (seen.0, seen.1), (wanted.0, &wanted_type));
        self.out_of_limits("==", wanted.0.span, (seen.0, seen.1), (wanted.0, &wanted_type));
        let like = likeness(seen.1, &wanted_type);
        if like != Likeness::Like {
            let right = (wanted.0, wanted_type);
            let diagnostic = self.unlike("the gate", wanted.0.span, &(seen.0, seen.1.clone()), &right, like);
            let diagnostic = self.set_instead(diagnostic, seen.1, wanted.1);
            self.tell(diagnostic);
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
                Type::Listing(of) => members.push(self.table.identity(of)),
                other => {
                    let message =
                        format!("gate_set compares two lists; `{}` is {}", self.text(node), other.described());
                    self.tell(self.error("E0207", message, node.span));
                    return;
                }
            }
        }
        let [a, b] = &members[..] else { return };
        self.twice(seen.0);
        self.twice(wanted.0);
        if matches!(seen.1, Type::Listing(_)) {
            self.names_of_one_word((seen.0, a), wanted.0);
        }
        self.compared(call.name.span, (seen.0, a), (wanted.0, b));
        let is_of = |ty: &Type, is_one: &dyn Fn(&Type) -> bool| ty.clone().members().iter().all(is_one);
        let is_read = |ty: &Type| matches!(ty, Type::Named(name) if READ_FROM_TEXT.contains(name));
        let textual = |ty: &Type| is_of(ty, &|ty| ty.is_text() || is_read(ty));
        // A text is read as what stands against it; two that are read are compared as they are.
        let are_read = textual(a) && textual(b) && !(is_of(a, &is_read) && is_of(b, &is_read));
        if likeness(a, b) != Likeness::Like && !are_read {
            let message = format!("the gate compares {} with {}", seen.1.described(), wanted.1.described());
            let diagnostic = self.error("E0211", message, call.name.span).note(UNLIKE);
            self.tell(diagnostic.note("at run time it would stop with an error, or find every member missing"));
        }
    }

    /// An answer that is known before anything is asked: a literal, two literals, something and itself. Says whether
    /// it is one.
    pub(super) fn decided(&mut self, who: &str, node: &'t Node) -> bool {
        match &node.kind {
            Kind::Bool(answer) => {
                self.asks_nothing(who, node, &format!("it is always {answer}"));
                true
            }
            Kind::Operator { symbol, operands, .. } => match &operands[..] {
                [only] if symbol == "!" => self.decided(who, only),
                [left, right] if COMPARING.contains(&symbol.as_str()) => self.decided_pair(who, node, left, right),
                _ => false,
            },
            Kind::Lazy { operands, .. } => operands.iter().filter(|operand| self.decided(who, operand)).count() > 0,
            _ => false,
        }
    }

    fn decided_pair(&mut self, who: &str, node: &'t Node, left: &'t Node, right: &'t Node) -> bool {
        if self.same_length(left, right) {
            self.asks_nothing(who, node, "one side counts the names of the other");
            true
        } else if let (Kind::Array(a), Kind::Array(b), false) =
            (&left.kind, &right.kind, same_text(self.tree(), left, right))
        {
            let plain = |(a, b): &(&'t Node, &'t Node)| !a.is_literal() || !b.is_literal();
            let same: Vec<_> = a.iter().zip(b).filter(plain).filter(|(a, b)| same_text(self.tree(), a, b)).collect();
            same.iter().for_each(|(_, b)| self.asks_nothing(who, b, "both lists hold the same in this place"));
            !same.is_empty() || left.is_literal() && right.is_literal() && self.both_written(who, node)
        } else if left.is_literal() && right.is_literal() {
            self.both_written(who, node)
        } else if same_text(self.tree(), left, right) {
            self.asks_nothing(who, node, "both sides are the same");
            true
        } else {
            false
        }
    }

    fn both_written(&mut self, who: &str, node: &'t Node) -> bool {
        self.asks_nothing(who, node, "both sides are written out");
        true
    }

    /// What is seen comes first, and out of the world; what is wanted is a constant, mostly.
    fn sides(&mut self, call: &'t Call, seen: &'t Node, wanted: &'t Node) {
        if call.name.text == "gate_set" {
            let empty = self.values(wanted).filter(|values| values.is_empty_list());
            if let Some(values) = empty.filter(|_| !matches!(wanted.kind, Kind::Array(_))) {
                self.empty_list("a gate over an empty list", wanted.span, values.known.first());
            }
        }
        let are_written = seen.is_literal() && wanted.is_literal();
        if are_written || self.of_two_constants(seen, wanted) {
            return;
        }
        let is_told = self.is_made_of_constants(seen) || self.is_of_constants(seen);
        if !self.is_constant(seen) && (!is_told || self.is_of_constants(wanted)) {
            return;
        }
        if reads(wanted) || self.is_read(self.made_of(wanted)) {
            let message = format!("what is seen and what is wanted are in each other's place in {}", call.name.text);
            let diagnostic = Diagnostic::warning("W0326", message, &self.tree().file, seen.span.to(wanted.span));
            let (shown, wanted) = (self.copied(seen), self.copied(wanted));
            let note = "a report would call the constant what was seen, and an absent value would end the run";
            let (name, rest) = (self.copied(&call.args[0]), if call.args.len() > 3 { ", #{ ... }" } else { "" });
            let help = format!("write {}({name}, {wanted}, {shown}{rest});", call.name.text);
            let told = diagnostic.note(note).help(help);
            self.tell_on_ground_of(seen, told);
        }
    }

    /// Whether a service says it: what a name stands for begins with a reading.
    fn is_read(&self, node: &'t Node) -> bool {
        match &node.root().kind {
            Kind::Call(call) => {
                let root = call.path.first().map_or("", |root| root.text.as_str());
                self.table
                    .function(root, &call.name.text)
                    .is_some_and(|read| matches!(read.effect, Effect::Read | Effect::Acts))
            }
            Kind::Variable { path, .. } if path.is_empty() => {
                matches!(self.plainly(node.root()), Some(Type::Named(name)) if self.table.is_handle(name))
            }
            _ => false,
        }
    }

    /// A function of a script that asks nobody, called with constants.
    fn is_made_of_constants(&self, node: &Node) -> bool {
        let Kind::Call(call) = &node.kind else { return false };
        let home = match &call.path[..] {
            [] => Some(self.home),
            [root] => self.library(&root.text),
            _ => None,
        };
        let is_it = |key: &Key| home == Some(key.0) && key.1 == call.name.text && key.2.len() == call.args.len();
        let mut read = self.instances.iter().filter(|(key, _)| is_it(key)).map(|(_, instance)| instance).peekable();
        call.args.iter().all(|arg| self.is_constant(arg))
            && read.peek().is_some()
            && read.all(|instance| instance.uses.is_empty())
    }

    /// Whether it says the same in every run: a literal, a constant of a library, a part of one.
    pub(super) fn is_constant(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Variable { path, .. } => {
                path.first().is_some_and(|root| root.text == "global" || self.library(&root.text).is_some())
            }
            Kind::Property { of, .. } => self.is_constant(of),
            Kind::Index { of, index, .. } => self.is_constant(of) && self.is_constant(index),
            Kind::Array(items) => items.iter().all(|item| self.is_constant(item)),
            _ => node.is_literal(),
        }
    }

    /// A comparison of constants, member by member, that no member fits: its answer is known.
    pub(super) fn never_meets(&mut self, at: Span, left: &'t Node, right: &'t Node) {
        if self.is_constant(left) && self.is_constant(right) {
            return;
        }
        let known = |node| self.values(node).and_then(|values| values.all_shown().map(|all| (values, all)));
        let (Some((values, a)), Some((others, b))) = (known(left), known(right)) else { return };
        if a.iter().any(|one| b.contains(one)) {
            return;
        }
        let (node, values, of) = if self.is_constant(right) { (left, &values, &a) } else { (right, &others, &b) };
        let other = if std::ptr::eq(node, left) { right } else { left };
        let message = format!("`{}` never equals {}", self.text(node), self.text(other));
        let place = values.known.first().map_or_else(String::new, |value| self.place_of(value));
        let mut all: Vec<&str> = of.iter().map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all.truncate(8);
        let diagnostic = Diagnostic::warning("W0337", message, &self.tree().file, at);
        self.tell(diagnostic.note(format!("it is one of {}, by {place}", all.join(", "))));
    }

    fn asks_nothing(&mut self, who: &str, node: &Node, why: &str) {
        let told = self.nothing_asked(who, node, why);
        self.tell(told);
    }

    pub(super) fn nothing_asked(&self, who: &str, node: &Node, why: &str) -> Diagnostic {
        let message = format!("{who} asks nothing: {why}");
        let diagnostic = self.error("E0320", message, node.span);
        match who {
            "the gate" | "the wait" => {
                diagnostic.help("compare what a service says with what is wanted: a constant of lib/, or a literal")
            }
            _ => diagnostic.help("ask each member something: its closure answers the same for all"),
        }
    }
}

/// Whether two expressions are written alike.
fn same_text(tree: &Tree, a: &Node, b: &Node) -> bool {
    std::mem::discriminant(&a.kind) == std::mem::discriminant(&b.kind) && tree.text(a.span) == tree.text(b.span)
}

/// Whether a service is asked for it, right here.
fn reads(node: &Node) -> bool {
    match &node.kind {
        Kind::Call(_) | Kind::Method { .. } => true,
        Kind::Property { of, .. } => !matches!(&of.kind, Kind::Variable { path, .. } if !path.is_empty()),
        _ => false,
    }
}

/// Operators that compare.
const COMPARING: [&str; 7] = ["==", "!=", "<", "<=", ">", ">=", "in"];
