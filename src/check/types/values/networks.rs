//! Addresses beside their network: a gateway, a pool or a range that the network given with it does not hold. What is not
//! known before the run is left alone.

use std::net::Ipv4Addr;

use rhai::Dynamic;

use super::super::super::message::{Diagnostic, written_at};
use super::super::super::tree::{Call, Kind, Node, Span};
use super::super::infer::Infer;
use super::Value;
use super::blame::Odd;
use super::fixed::Fixed;
use super::rounds::Turn;
use crate::primitives::net::{Cidr, Ip, IpRange};
use crate::script::{Effect, Primitive, Ty};

/// What a constant, or a constructor with a plain text, comes to.
pub(in super::super) enum Known {
    Network(Cidr),
    Range(IpRange),
    Address(Ip),
}

impl Known {
    /// What a constant is, where it is one of them.
    pub(in super::super) fn of(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Fixed(_, _, Fixed::Other(value)) => as_place(value),
            _ => None,
        }
    }

    /// Whether the other lies in it.
    pub(in super::super) fn holds(&self, other: &Known) -> bool {
        match (self, other) {
            (Known::Network(network), Known::Network(other)) => network.0.contains(&other.0),
            (Known::Network(network), Known::Range(range)) => {
                network.0.contains(&range.start) && network.0.contains(&range.end)
            }
            (Known::Network(network), Known::Address(address)) => network.0.contains(&address.0),
            (Known::Range(range), Known::Range(other)) => range.covers(other),
            (Known::Range(range), Known::Address(address)) => range.contains(address.0),
            _ => false,
        }
    }
}

/// Where an address, a range or a network lies, as far as that is known.
enum Spot {
    /// It is this one.
    Known(Known),
    /// It is an address from the one to the other.
    Between(Ipv4Addr, Ipv4Addr),
}

impl Spot {
    /// Why it does not lie in that network.
    fn outside(&self, network: &Cidr) -> Option<String> {
        let in_it = |address: &Ipv4Addr| network.0.contains(address);
        let (shown, lies) = match self {
            Spot::Known(Known::Address(address)) => (address.to_string(), in_it(&address.0)),
            Spot::Known(Known::Range(range)) => (range.to_string(), in_it(&range.start) && in_it(&range.end)),
            Spot::Known(Known::Network(_)) => return None,
            Spot::Between(first, last) => {
                let begins_inside = (first..=last).contains(&&network.0.network());
                (format!("an address of {first}-{last}"), in_it(first) || in_it(last) || begins_inside)
            }
        };
        (!lies).then(|| format!("{shown} lies outside {network}"))
    }
}

/// What does not lie in its network, and at which turn.
struct Outside<'t> {
    why: String,
    turn: Turn<'t>,
}

impl<'t> Infer<'t> {
    /// Options of which one is the network of the others.
    pub(in super::super) fn beside_its_network(&mut self, arg: &'t Node) {
        let Kind::Map(fields) = &arg.kind else { return };
        let Some(cidr) = fields.iter().find(|field| field.name.text == "cidr") else { return };
        for field in fields {
            let is_it = |spot: &Spot| is_of_it(&field.name.text, spot);
            let Some(outside) = self.outside(arg.span, &cidr.value, &field.value, &is_it) else { continue };
            let message = format!("`{}`: {}, the `cidr` beside it", field.name.text, outside.why);
            let told = self.error("E0340", message, field.value.span);
            let told = self.at_that_turn(told, &field.value, &outside.turn);
            let of = self.text(&cidr.value);
            self.tell(told.help(format!("give what belongs to {of}, or the network of {}", self.text(&field.value))));
        }
    }

    /// An address or a range that is given with its network, or with what was found by it.
    pub(in super::super) fn of_its_network(
        &mut self,
        call: &'t Call,
        primitive: &'static Primitive,
        this: Option<&'t Node>,
    ) {
        let lies = |ty: &Ty| matches!(ty, Ty::Named("Ip" | "IpRange"));
        if primitive.effect == Effect::Pure || !primitive.params.iter().any(|param| lies(&param.ty)) {
            return;
        }
        let Some((network, found)) = self.network_of(call, primitive, this) else { return };
        for (param, arg) in primitive.params.iter().zip(&call.args).filter(|(param, _)| lies(&param.ty)) {
            let Some(outside) = self.outside(call.name.span, network, arg, &|_| true) else { continue };
            // Who asks each member in turn may look for the one that holds it.
            let is_sure = outside.turn.is_empty() || primitive.effect == Effect::Change;
            let message = format!("`{}` of {}: {}", param.name, primitive.full_name(), outside.why);
            let told = self.error("E0340", message, arg.span);
            let told = self.at_that_turn(told, arg, &outside.turn);
            let told = match found {
                Some(found) => {
                    let line = found.name.span.line;
                    told.note(format!("the {} is found by `{}` on line {line}", found.name.text, self.text(network)))
                }
                None => told.note(format!("the network is `{}`", self.text(network))),
            };
            let what = if param.ty == Ty::Named("Ip") { "an address" } else { "a range" };
            let told = match (found, &arg.kind) {
                (Some(found), _) => {
                    let (of, head) = (&found.name.text, found.full_name());
                    let place = if head == "maas::subnet" { "net::PLANE.cidr" } else { "..." };
                    let lies = what.split_once(' ').map_or(what, |(_, what)| what);
                    told.help(format!(
                        "give {what} of that {of}, or find the {of} that the {lies} lies in: {head}({place})"
                    ))
                }
                (None, Kind::Method { call, .. }) if call.name.text == "host" => {
                    told.help(format!("write {}.host({})", self.copied(network), self.rest(&call.args)))
                }
                _ => told.help(format!("give {what} of that network, or the network that it lies in")),
            };
            match is_sure {
                true => self.tell(told),
                false => _ = self.outsides.insert((self.home, call.name.span), told),
            }
        }
    }

    /// A gate that asks it at each turn fails at the one where it lies outside.
    pub(in super::super) fn outside_at_a_turn(&mut self, holds: &'t Node) {
        match &holds.kind {
            Kind::Lazy { symbol, operands, .. } if *symbol == "&&" => {
                operands.iter().for_each(|operand| self.outside_at_a_turn(operand));
            }
            Kind::Method { call, .. } | Kind::Call(call) => {
                let told = self.outsides.remove(&(self.home, call.name.span));
                told.into_iter().for_each(|told| self.tell(told));
            }
            _ => {}
        }
    }

    /// `gate_eq("gateway", maas::subnet(WEST.cidr).gateway, EAST.gateway)`: what is wanted is no address of the network that
    /// it is asked of.
    pub(in super::super) fn wants_of_another_network(&mut self, place: Span, seen: &'t Node, wanted: &'t Node) {
        let Kind::Property { of, name, .. } = &self.made_of(seen).kind else { return };
        if name.text != "gateway" {
            return;
        }
        let Some((network, found)) = self.by_network(of) else { return };
        let Some(outside) = self.outside(place, network, wanted, &|_| true) else { return };
        let message = format!("the gate never passes: {}", outside.why);
        let told = self.error("E0340", message, wanted.span);
        let told = self.at_that_turn(told, wanted, &outside.turn);
        let line = found.name.span.line;
        let (of, by) = (&found.name.text, self.text(network));
        let told = told.note(format!("the {of} is found by `{by}` on line {line}"));
        self.tell(told.help(format!("want what belongs to {by}, or look at the network of {}", self.text(wanted))));
    }

    /// What a handle was found by, where that is a network, and the call that found it.
    fn by_network(&self, node: &'t Node) -> Option<(&'t Node, &'t Call)> {
        let Kind::Call(found) = &self.made_of(node).kind else { return None };
        let ([root], [by]) = (&found.path[..], &found.args[..]) else { return None };
        let finder = self.table.function(&root.text, &found.name.text)?;
        matches!(&finder.params[..], [param] if param.ty == Ty::Named("Cidr")).then_some((by, found))
    }

    /// The network of a call: a parameter of it, or what a handle in it was found by.
    fn network_of(
        &self,
        call: &'t Call,
        primitive: &'static Primitive,
        this: Option<&'t Node>,
    ) -> Option<(&'t Node, Option<&'t Call>)> {
        let is_network = |ty: &Ty| matches!(ty, Ty::Named("Cidr"));
        let mut given = primitive.params.iter().zip(&call.args);
        if let Some((_, network)) = given.find(|(param, _)| is_network(&param.ty)) {
            return Some((network, None));
        }
        let found = this.into_iter().chain(&call.args).find_map(|node| self.by_network(node));
        found.map(|(by, found)| (by, Some(found)))
    }

    /// The first turn at which it lies outside the network.
    fn outside(
        &self,
        place: Span,
        network: &'t Node,
        part: &'t Node,
        is_it: &dyn Fn(&Spot) -> bool,
    ) -> Option<Outside<'t>> {
        let turns = self.turns_at(place, &[network, part]);
        let mut wrong = turns.iter().filter_map(|turn| {
            let Some(Spot::Known(Known::Network(network))) = self.spot(network, turn) else { return None };
            let why = self.spot(part, turn).filter(is_it)?.outside(&network)?;
            Some(Outside { why, turn: turn.clone() })
        });
        let first = wrong.next()?;
        // What is wrong at each turn is no matter of the turn.
        let is_at_each = wrong.count() + 1 == turns.len();
        Some(if is_at_each { Outside { turn: Turn::new(), ..first } } else { first })
    }

    /// Where it is written, and which member the innermost loop is at.
    fn at_that_turn(&self, told: Diagnostic, node: &'t Node, turn: &Turn<'t>) -> Diagnostic {
        if turn.is_empty() {
            return self.blamed(told, node, &Odd::Any);
        }
        let value = self.at_turn(node, turn).filter(|value| matches!(value, Value::Fixed(..)));
        let place = value.map(|value| written_at(&self.place_of(&value)));
        let told = place.into_iter().fold(told, Diagnostic::note);
        let Some((variable, member)) = turn.last() else { return told };
        let named = ["name", "card"].iter().find_map(|field| member.field(field)?.as_text());
        let part = || ["plane", "network"].iter().find_map(|field| member.field(field)?.field("name")?.as_text());
        match named.or_else(part) {
            Some(name) => told.note(format!("so it is where `{}` is {name:?}", self.variables[*variable].name)),
            None => told,
        }
    }

    /// Where it lies at a turn.
    fn spot(&self, node: &'t Node, turn: &Turn<'t>) -> Option<Spot> {
        match &node.kind {
            Kind::Call(_) => self.known_place(node).map(Spot::Known),
            Kind::Method { of, call, safe: false } => match (call.name.text.as_str(), &call.args[..]) {
                ("host", [octet]) => {
                    let Spot::Known(Known::Network(network)) = self.spot(of, turn)? else { return None };
                    let octet = self.at_turn(octet, turn).and_then(|octet| octet.as_int());
                    host_of(&network, octet)
                }
                (end @ ("first" | "last"), []) => {
                    let Spot::Known(Known::Range(range)) = self.spot(of, turn)? else { return None };
                    Some(Spot::Known(Known::Address(Ip(if end == "first" { range.start } else { range.end }))))
                }
                _ => None,
            },
            _ => match self.at_turn(node, turn) {
                Some(Value::Fixed(_, _, Fixed::Other(value))) => as_place(value).map(Spot::Known),
                Some(Value::Written(..)) => None,
                _ => self.made_at(node).and_then(|made| self.spot(made, turn)),
            },
        }
    }

    /// All places that a name stands for, when every one is known.
    pub(in super::super) fn known_places(&self, node: &'t Node) -> Option<Vec<Known>> {
        let values = self.values(node).filter(|values| values.whole && values.asked.is_empty())?;
        let place = |value: &Value<'t>| match value {
            Value::Fixed(_, _, Fixed::Other(value)) => as_place(value),
            _ => None,
        };
        let all = values.known.iter().map(place).collect::<Option<Vec<_>>>()?;
        (!all.is_empty()).then_some(all)
    }

    fn known_place(&self, node: &'t Node) -> Option<Known> {
        if let Kind::Call(call) = &node.kind {
            let ([], [Node { kind: Kind::Text(text), .. }]) = (&call.path[..], &call.args[..]) else { return None };
            return match call.name.text.as_str() {
                "cidr" => text.parse().ok().map(Known::Network),
                "ip" => text.parse().ok().map(Known::Address),
                "ip_range" => text.parse().ok().map(Known::Range),
                _ => None,
            };
        }
        let values = self.values(node).filter(|values| values.asked.is_empty())?;
        let [Value::Fixed(_, _, Fixed::Other(value))] = &values.known[..] else { return None };
        as_place(value)
    }
}

fn as_place(value: &Dynamic) -> Option<Known> {
    if let Some(network) = value.read_lock::<Cidr>() {
        return Some(Known::Network(*network));
    }
    if let Some(range) = value.read_lock::<IpRange>() {
        return Some(Known::Range(*range));
    }
    value.read_lock::<Ip>().map(|address| Known::Address(*address))
}

/// The address with that last octet; with any, where it is not known.
fn host_of(network: &Cidr, octet: Option<i64>) -> Option<Spot> {
    let [a, b, c, first] = network.0.network().octets();
    let [.., last] = if network.0.prefix_len() < 24 { [255; 4] } else { network.0.broadcast().octets() };
    match octet {
        Some(octet) => Some(Spot::Known(Known::Address(Ip(Ipv4Addr::new(a, b, c, u8::try_from(octet).ok()?))))),
        None => Some(Spot::Between(Ipv4Addr::new(a, b, c, first), Ipv4Addr::new(a, b, c, last))),
    }
}

/// A resolver may be anywhere; a gateway and a range may not.
fn is_of_it(field: &str, spot: &Spot) -> bool {
    matches!(spot, Spot::Known(Known::Range(_))) || field == "gateway"
}
