//! What calls are about, and what gates say of readings: noted while a script is read, judged when all of it was. It must
//! not guess: what is not known is noted as that.

use super::super::tree::{Call, Field, Kind, Name, Node, Span};
use super::calls::arguments::is_gate;
use super::infer::Infer;
use super::values::{Value, Values};
use crate::script::{Effect, Primitive, Says, Ty};

/// What is noted of a use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Note {
    /// Nothing is known of it.
    #[default]
    None,
    /// What it is called with, or what gave that which it is asked of.
    About(usize),
    /// The claims of a gate: the first, and the one behind the last.
    Claims(usize, usize),
}

/// What a call is about.
pub(super) struct About<'t> {
    pub(super) primitive: &'static Primitive,
    /// From its name to its last argument.
    pub(super) span: Span,
    /// What its parameters are given, in their order, as far as that is known.
    pub(super) args: Vec<Option<Values<'t>>>,
    /// What it is given that a function of a script makes of constants: the file, and the call as it is written.
    pub(super) made: Vec<(usize, &'t str)>,
    /// What the parts of a change are given that a reading repeats.
    pub(super) given: Vec<(&'static str, Given<'t>)>,
}

/// What a parameter or an option of a change is given.
pub(super) enum Given<'t> {
    /// Nothing: it was left out.
    LeftOut,
    /// Nobody knows what.
    Unknown,
    /// One of these.
    Values(Values<'t>),
}

/// What a gate says of a reading.
pub(super) struct Claim<'t> {
    pub(super) reading: &'static Primitive,
    pub(super) about: Option<usize>,
    pub(super) says: Claimed<'t>,
    pub(super) home: usize,
    pub(super) seen: &'t Node,
    /// The whole gate.
    pub(super) within: Span,
}

/// What must hold of a reading for the gate to pass.
pub(super) enum Claimed<'t> {
    /// It is true, or false.
    Holds(bool),
    /// It equals one of these; it equals none.
    Equals(Values<'t>, bool),
    /// Its members are these and no others.
    Lists(Values<'t>),
    /// One of these is among its members; none is.
    Has(Values<'t>, bool),
}

/// From a call's name to its last argument.
fn whole(call: &Call) -> Span {
    call.args.last().map_or(call.name.span, |last| call.name.span.to(last.span))
}

/// What stands for a name of the text: there is one of each.
fn place(name: &Name) -> usize {
    std::ptr::from_ref(name).addr()
}

impl<'t> Infer<'t> {
    /// What a call is about; for a gate, what it says.
    pub(super) fn note_call(&mut self, call: &'t Call, primitive: &'static Primitive, of: Option<&'t Node>) -> Note {
        if is_gate(primitive) {
            return self.note_gate(call, primitive);
        }
        let is_change = primitive.effect == Effect::Change;
        if !is_change && !self.table.is_sight(primitive) {
            return Note::None;
        }
        let about = match of {
            Some(of) if call.args.is_empty() => self.origin(of),
            None if primitive.params.is_empty() => None,
            _ => Some(self.about(call, primitive)),
        };
        self.readings.insert(place(&call.name), (primitive, about));
        about.map_or(Note::None, Note::About)
    }

    /// What a field is asked of.
    pub(super) fn note_part(&mut self, field: &'static Primitive, of: &'t Node, name: &'t Name) -> Note {
        let about = self.origin(of);
        if self.table.is_said(field) {
            self.readings.insert(place(name), (field, about));
        }
        about.map_or(Note::None, Note::About)
    }

    fn about(&mut self, call: &'t Call, primitive: &'static Primitive) -> usize {
        let names = |ty: &Ty| !matches!(ty, Ty::Options(_) | Ty::Function) && !self.is_thing(ty);
        let params = primitive.params.iter().enumerate();
        let args = params.map(|(at, param)| {
            let arg = call.args.get(at).filter(|_| names(&param.ty))?;
            self.meant(arg, true)
        });
        let args = args.collect();
        let parts = primitive.seen_by.iter().filter_map(|sight| part(sight.says?));
        let given = parts.map(|part| (part, self.given_to(call, primitive, part))).collect();
        let made = self.made_in(call);
        self.abouts.push(About { primitive, span: whole(call), args, made, given });
        self.abouts.len() - 1
    }

    /// `vault_keys()` names one thing wherever a file calls it so; nothing is told of what depends on a place.
    fn made_in(&self, call: &'t Call) -> Vec<(usize, &'t str)> {
        let options =
            call.args.iter().filter_map(|arg| if let Kind::Map(fields) = &arg.kind { Some(fields) } else { None });
        let values = call.args.iter().chain(options.flatten().map(|field| &field.value));
        let is_made = |node: &&Node| {
            let Kind::Call(call) = &node.kind else { return false };
            let is_script = match &call.path[..] {
                [] => self.tree().named(&call.name.text).next().is_some(),
                [root] => self.library(&root.text).is_some(),
                _ => false,
            };
            is_script && call.args.iter().all(|arg| self.is_constant(arg))
        };
        values.filter(is_made).map(|node| (self.home, self.tree().text(node.span))).collect()
    }

    /// Whether it is something of a cloud: that is known by what gave it.
    fn is_thing(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Named(name) if self.table.is_handle(name))
    }

    /// What a parameter of that name is given, or the option of an option map that is written out.
    fn given_to(&self, call: &'t Call, primitive: &'static Primitive, part: &str) -> Given<'t> {
        let known = |node: &'t Node, is_list: bool| {
            let values = if is_list { self.members(node) } else { self.meant(node, false) };
            values.map_or(Given::Unknown, Given::Values)
        };
        let is_list = |ty: &Ty| matches!(ty, Ty::List(_));
        for (param, arg) in primitive.params.iter().zip(&call.args) {
            if param.name == part {
                return known(arg, is_list(&param.ty));
            }
            let (Ty::Options(options), Kind::Map(fields)) = (&param.ty, &arg.kind) else { continue };
            let Some(option) = options.iter().find(|option| option.name == part) else { continue };
            let field = fields.iter().find(|Field { name, .. }| name.text == part);
            return field.map_or(Given::LeftOut, |field| known(&field.value, is_list(&option.ty)));
        }
        Given::Unknown
    }

    /// What is meant by an argument. For what it names, an end of a range stands for the range.
    fn meant(&self, node: &'t Node, is_name: bool) -> Option<Values<'t>> {
        match &node.kind {
            Kind::Method { of, call, .. } if call.args.is_empty() => match call.name.text.as_str() {
                "text" => self.meant(of, is_name),
                "first" | "last" if is_name => self.meant(of, is_name),
                _ => None,
            },
            Kind::Method { call, .. } if is_name => self.units_of(call),
            Kind::Call(call) if call.path.is_empty() => match (call.name.text.as_str(), &call.args[..]) {
                ("ip" | "cidr" | "ip_range", [text]) => self.meant(text, is_name),
                _ => None,
            },
            Kind::Variable { path, name } if path.is_empty() => match self.kept(&name.text) {
                Some(at) => Some(Values { known: Vec::new(), asked: vec![(at, Vec::new())], whole: true }),
                None => self.values(node).or_else(|| self.drawn_from(&name.text).filter(|_| is_name)),
            },
            Kind::Array(_) => self.members(node),
            _ => self.values(node),
        }
    }

    /// Units that are read by their applications are named by those.
    fn units_of(&self, call: &'t Call) -> Option<Values<'t>> {
        let [applications] = &call.args[..] else { return None };
        (call.name.text == "unit_names").then(|| self.members(applications))?
    }

    /// What is gone through one by one, where that is read by name.
    fn drawn_from(&self, name: &str) -> Option<Values<'t>> {
        match &self.made_of(self.variables[self.only(name)?].from?).kind {
            Kind::Method { call, .. } => self.units_of(call),
            _ => None,
        }
    }

    /// A variable of a plain value: what it keeps is known when all was read.
    fn kept(&self, name: &str) -> Option<usize> {
        let at = self.only(name)?;
        let variable = &self.variables[at];
        let value = variable.value.filter(|_| variable.declared && variable.from.is_none())?;
        is_plain(value).then_some(at)
    }

    /// The call that gave what is asked here.
    fn origin(&self, node: &'t Node) -> Option<usize> {
        match &node.kind {
            Kind::Call(call) => self.readings.get(&place(&call.name))?.1,
            Kind::Method { of, call, .. } => match self.readings.get(&place(&call.name)) {
                Some((_, about)) => *about,
                None => self.origin(of).filter(|_| call.name.text == "filter"),
            },
            Kind::Property { of, .. } | Kind::Index { of, .. } => self.origin(of),
            Kind::Variable { path, name } if path.is_empty() => {
                let variable = &self.variables[self.only(&name.text)?];
                let is_kept = !variable.set && variable.home == self.home;
                self.origin(variable.from.or(variable.value).filter(|_| is_kept)?)
            }
            _ => None,
        }
    }

    fn note_gate(&mut self, call: &'t Call, gate: &'static Primitive) -> Note {
        let first = self.claims.len();
        match (gate.name, &call.args[..]) {
            ("gate", [_, holds, ..]) => self.claim(holds, true),
            ("gate_eq" | "gate_set", [_, seen, wanted, ..]) => self.claim_equal(seen, wanted, true),
            _ => {}
        }
        let within = whole(call);
        self.claims[first..].iter_mut().for_each(|claim| claim.within = within);
        if self.claims.len() == first { Note::None } else { Note::Claims(first, self.claims.len()) }
    }

    /// What must hold for this to be true, or false.
    pub(super) fn claim(&mut self, node: &'t Node, holds: bool) {
        match &node.kind {
            Kind::Operator { symbol, operands, .. } => match (symbol.as_str(), &operands[..]) {
                ("!", [only]) => self.claim(only, !holds),
                ("==", [seen, wanted]) => self.claim_equal(seen, wanted, holds),
                ("!=", [seen, wanted]) => self.claim_equal(seen, wanted, !holds),
                ("in", [item, list]) => self.claim_has(list, item, holds),
                ("!in", [item, list]) => self.claim_has(list, item, !holds),
                _ => {}
            },
            Kind::Lazy { symbol, operands, .. } if *symbol == if holds { "&&" } else { "||" } => {
                operands.iter().for_each(|operand| self.claim(operand, holds));
            }
            Kind::Method { of, call, .. } if call.name.text == "contains" => {
                call.args.iter().for_each(|item| self.claim_has(of, item, holds));
            }
            _ => self.push_claim(node, || Some(Claimed::Holds(holds))),
        }
    }

    fn claim_equal(&mut self, seen: &'t Node, wanted: &'t Node, equal: bool) {
        if let (Kind::Array(seen), Kind::Array(wanted)) = (&seen.kind, &wanted.kind) {
            if equal {
                seen.iter().zip(wanted).for_each(|(seen, wanted)| self.claim_equal(seen, wanted, true));
            }
            return;
        }
        let known = self.reading_of(seen).map(|reading| (reading, seen, wanted));
        let known = known.or_else(|| self.reading_of(wanted).map(|reading| (reading, wanted, seen)));
        let Some(((reading, about), seen, wanted)) = known else { return };
        let is_list = matches!(reading.result, Ty::List(_));
        let says = match is_list {
            true => self.members(wanted).filter(|_| equal).map(Claimed::Lists),
            false => self.meant(wanted, false).map(|values| Claimed::Equals(values, equal)),
        };
        let home = self.home;
        self.claims.extend(says.map(|says| Claim { reading, about, says, home, seen, within: seen.span }));
    }

    fn claim_has(&mut self, list: &'t Node, item: &'t Node, holds: bool) {
        if self.reading_of(list).is_some() {
            let says = self.meant(item, false).map(|values| Claimed::Has(values, holds));
            self.push_claim(list, || says);
        }
    }

    fn push_claim(&mut self, seen: &'t Node, says: impl FnOnce() -> Option<Claimed<'t>>) {
        let Some((reading, about)) = self.reading_of(seen) else { return };
        let home = self.home;
        self.claims.extend(says().map(|says| Claim { reading, about, says, home, seen, within: seen.span }));
    }

    /// The reading that an expression is, where some change tells what it says then.
    fn reading_of(&self, node: &'t Node) -> Option<(&'static Primitive, Option<usize>)> {
        let node = self.made_of(node);
        let name = match &node.kind {
            Kind::Property { name, .. } => name,
            Kind::Method { of, call, .. } if call.name.text == "names" => return self.reading_of(of),
            Kind::Call(call) | Kind::Method { call, .. } => &call.name,
            _ => return None,
        };
        self.readings.get(&place(name)).filter(|(reading, _)| self.table.is_said(reading)).copied()
    }

    /// All that these may be, when that is known; now that every call was read.
    pub(super) fn settled(&self, values: &Values<'t>) -> Option<Vec<Value<'t>>> {
        let mut all = Vec::new();
        self.settle_into(values, &[], &mut all, 0).then_some(all).filter(|all| !all.is_empty())
    }

    fn settle_into(&self, values: &Values<'t>, path: &[&'t str], all: &mut Vec<Value<'t>>, deep: usize) -> bool {
        if !values.whole || deep > DEEP {
            return false;
        }
        for value in &values.known {
            let before = all.len();
            all.extend(value.behind(path));
            if all.len() == before {
                return false;
            }
        }
        values.asked.iter().all(|(from, part)| {
            let path = [&part[..], path].concat();
            let variable = &self.variables[*from];
            match (variable.declared, &variable.holds) {
                (true, Some(kept)) => {
                    let kept = Values { whole: true, ..(**kept).clone() };
                    !variable.set && self.settle_into(&kept, &path, all, deep + 1)
                }
                (true, None) => false,
                (false, _) => match self.handed.get(from) {
                    Some(handed) => handed.iter().all(|values| self.settle_into(values, &path, all, deep + 1)),
                    None => false,
                },
            }
        })
    }
}

/// Deeper than values are followed from call to call.
const DEEP: usize = 8;

/// The parameter or option whose value a reading repeats.
fn part(says: Says) -> Option<&'static str> {
    match says {
        Says::Given(part) | Says::Only(part) | Says::Among(part) | Says::Without(part) => Some(part),
        Says::Holds(_) | Says::Word(_) => None,
    }
}

/// Whether it is written out, or a part of a constant of a library.
fn is_plain(node: &Node) -> bool {
    match &node.kind {
        Kind::Bool(_) | Kind::Int(_) | Kind::Text(_) => true,
        Kind::Variable { path, .. } => !path.is_empty(),
        Kind::Property { of, .. } => is_plain(of),
        _ => false,
    }
}
