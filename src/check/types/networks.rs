//! Addresses beside their network: a gateway, a pool or a range that the network given with it does not hold. What is not
//! known before the run is left alone.

use rhai::Dynamic;

use super::super::tree::{Call, Kind, Node};
use super::blame::Odd;
use super::fixed::Fixed;
use super::infer::Infer;
use super::values::Value;
use crate::primitives::net::{Cidr, Ip, IpRange};
use crate::script::{Primitive, Ty};

/// What a constant, or a constructor with a plain text, comes to.
pub(super) enum Known {
    Network(Cidr),
    Range(IpRange),
    Address(Ip),
}

impl Known {
    /// Whether the other lies in it.
    pub(super) fn holds(&self, other: &Known) -> bool {
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

    /// Why it does not lie in that network.
    fn outside(&self, network: &Cidr) -> Option<String> {
        let (shown, lies) = match self {
            Known::Address(address) => (address.to_string(), network.0.contains(&address.0)),
            Known::Range(range) => {
                (range.to_string(), network.0.contains(&range.start) && network.0.contains(&range.end))
            }
            Known::Network(_) => return None,
        };
        (!lies).then(|| format!("{shown} lies outside {network}"))
    }
}

impl<'t> Infer<'t> {
    /// Options of which one is the network of the others.
    pub(super) fn beside_its_network(&mut self, arg: &'t Node) {
        let Kind::Map(fields) = &arg.kind else { return };
        let Some(cidr) = fields.iter().find(|field| field.name.text == "cidr") else { return };
        let Some(Known::Network(network)) = self.known_place(&cidr.value) else { return };
        for field in fields {
            let known = self.known_place(&field.value);
            let why = known.filter(|known| is_of_it(&field.name.text, known)).and_then(|known| known.outside(&network));
            let Some(why) = why else { continue };
            let message = format!("`{}`: {why}, the `cidr` beside it", field.name.text);
            let told = self.error("E0340", message, field.value.span);
            let told = self.blamed(told, &field.value, &Odd::Any);
            let of = self.text(&cidr.value);
            self.tell(told.help(format!("give what belongs to {of}, or the network of {}", self.text(&field.value))));
        }
    }

    /// A range for a subnet of MAAS that was found by a known network.
    pub(super) fn of_a_subnet(&mut self, call: &'t Call, primitive: &'static Primitive, this: Option<&'t Node>) {
        let is_range = |ty: &Ty| matches!(ty, Ty::Named("IpRange"));
        if !primitive.params.iter().any(|param| is_range(&param.ty)) {
            return;
        }
        let subnet = this.or_else(|| call.args.first()).map(|node| self.made_of(node));
        let Some(Kind::Call(found)) = subnet.map(|node| &node.kind) else { return };
        let ([root], "subnet", [by]) = (&found.path[..], found.name.text.as_str(), &found.args[..]) else { return };
        let Some(Known::Network(network)) = self.known_place(by).filter(|_| root.text == "maas") else { return };
        for (param, arg) in primitive.params.iter().zip(&call.args).filter(|(param, _)| is_range(&param.ty)) {
            let Some(why) = self.known_place(arg).and_then(|known| known.outside(&network)) else { continue };
            let message = format!("`{}` of {}: {why}", param.name, primitive.full_name());
            let told = self.error("E0340", message, arg.span);
            let told = self.blamed(told, arg, &Odd::Any);
            let line = found.name.span.line;
            self.tell(told.note(format!("the subnet is found by `{}` on line {line}", self.text(by))).help(
                "give a range of that subnet, or find the subnet that the range lies in: maas::subnet(net::PLANE.cidr)",
            ));
        }
    }

    /// All places that a name stands for, when every one is known.
    pub(super) fn known_places(&self, node: &'t Node) -> Option<Vec<Known>> {
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

/// A resolver may be anywhere; a gateway and a range may not.
fn is_of_it(field: &str, known: &Known) -> bool {
    matches!(known, Known::Range(_)) || field == "gateway"
}
