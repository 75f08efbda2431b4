//! Addresses, networks and ranges of IPv4, as values that compare and contain.

use std::any::TypeId;
use std::cmp::Ordering;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use ipnet::Ipv4Net;
use rhai::Dynamic;
use serde_json::json;

use super::forms;
use crate::host::Stop;
use crate::script::{Declared, Limits, Methods, Receiver, Script, Ty, describe};

/// An IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ip(pub Ipv4Addr);

/// An IPv4 network in CIDR notation, without host bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cidr(pub Ipv4Net);

/// An inclusive range of IPv4 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IpRange {
    /// The first address.
    pub start: Ipv4Addr,
    /// The last address.
    pub end: Ipv4Addr,
}

impl IpRange {
    /// Whether every address of `other` is in this one.
    pub fn covers(&self, other: &IpRange) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether they share an address.
    pub fn overlaps(&self, other: &IpRange) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// Whether the address is in it.
    pub fn contains(&self, ip: Ipv4Addr) -> bool {
        self.start <= ip && ip <= self.end
    }
}

impl FromStr for Cidr {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let net =
            Ipv4Net::from_str(text).map_err(|_| format!("{text:?} is not an IPv4 network such as 10.12.4.0/22"))?;
        if net.trunc() != net {
            return Err(format!("{text:?} has host bits set; the network is {}", net.trunc()));
        }
        Ok(Cidr(net))
    }
}

impl FromStr for Ip {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Ip).map_err(|_| format!("{text:?} is not an IPv4 address such as 10.12.4.1"))
    }
}

impl FromStr for IpRange {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (start, end) =
            text.split_once('-').ok_or_else(|| format!("{text:?} is not a range such as 10.12.5.0-10.12.7.254"))?;
        let (Ip(start), Ip(end)) = (start.trim().parse()?, end.trim().parse()?);
        if start > end {
            return Err(format!("{text:?} ends before it starts"));
        }
        Ok(IpRange { start, end })
    }
}

impl fmt::Display for Ip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.start, self.end)
    }
}

macro_rules! net_type {
    ($type:ident, $name:literal, $doc:literal) => {
        impl Script for $type {
            fn ty() -> Ty {
                Ty::Named($name)
            }
            /// Text is taken too, where it is well formed: a service's reply compares with a constant.
            fn take(value: Dynamic) -> Result<Self, Stop> {
                if let Some(value) = value.read_lock::<$type>() {
                    return Ok(*value);
                }
                match value.clone().into_string() {
                    Ok(text) => text.parse().map_err(Stop::script),
                    Err(_) => Err(Stop::script(format!("expected {}, found {}", $name, describe(&value)))),
                }
            }
            fn give(self) -> Dynamic {
                Dynamic::from(self)
            }
        }

        impl Methods for $type {
            fn receiver() -> Receiver {
                Receiver {
                    name: $name,
                    doc: $doc,
                    id: TypeId::of::<$type>(),
                    rust_name: std::any::type_name::<$type>(),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

net_type!(Ip, "Ip", "An IPv4 address.");
net_type!(Cidr, "Cidr", "An IPv4 network in CIDR notation.");
net_type!(IpRange, "IpRange", "An inclusive range of IPv4 addresses.");

/// The canonical form of the three types; `None` for others.
pub(crate) fn canonical(value: &Dynamic) -> Option<serde_json::Value> {
    let text = |value: &dyn fmt::Display| json!(value.to_string());
    if let Some(ip) = value.read_lock::<Ip>() {
        return Some(text(&*ip));
    }
    if let Some(cidr) = value.read_lock::<Cidr>() {
        return Some(text(&*cidr));
    }
    value.read_lock::<IpRange>().map(|range| text(&*range))
}

/// The order of two addresses; `None` for other types.
pub(crate) fn order(a: &Dynamic, b: &Dynamic) -> Option<Ordering> {
    match (a.read_lock::<Ip>(), b.read_lock::<Ip>()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}

/// An octet.
pub static OCTET: Limits = Limits::between("octets", 0, 255).naming();

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.with(crate::primitives! { "";
        /// The address that a text spells. A text that is none is an error, in `omega check` already.
        pure fn ip(call, text: String) -> Ip { text.parse().map_err(Stop::script) }
        /// The network that a text spells in CIDR notation; host bits are an error.
        pure fn cidr(call, text: String) -> Cidr { text.parse().map_err(Stop::script) }
        /// The inclusive range that a text spells as `first-last`.
        pure fn ip_range(call, text: String) -> IpRange { text.parse().map_err(Stop::script) }
        /// Whether the network contains the address.
        pure fn contains on Cidr(call, net: Cidr, address: Ip) -> bool { Ok(net.0.contains(&address.0)) }
        /// Whether the network contains the whole of another.
        pure fn contains_net on Cidr(call, net: Cidr, other: Cidr) -> bool { Ok(net.0.contains(&other.0)) }
        /// Whether the network contains the whole range.
        pure fn contains_range on Cidr(call, net: Cidr, range: IpRange) -> bool {
            Ok(net.0.contains(&range.start) && net.0.contains(&range.end))
        }
        /// The address whose last octet is `octet`, in the /24 of the network's first address.
        pure fn host on Cidr(call, net: Cidr, octet in OCTET: i64) -> Ip {
            let [a, b, c, _] = net.0.network().octets();
            let last = u8::try_from(octet).map_err(|_| Stop::script(format!("{octet} is not an octet (0 to 255)")))?;
            let address = Ipv4Addr::new(a, b, c, last);
            if net.0.contains(&address) { Ok(Ip(address)) } else { Err(Stop::script(format!("{address} is not in {}", net.0))) }
        }
        /// The network as text.
        pure fn text on Cidr(call, net: Cidr) -> String where forms::NETWORK { Ok(net.to_string()) }
        /// The last octet of the address.
        pure fn last_octet on Ip(call, address: Ip) -> i64 where OCTET { Ok(i64::from(address.0.octets()[3])) }
        /// The address as text.
        pure fn text on Ip(call, address: Ip) -> String where forms::ADDRESS { Ok(address.to_string()) }
        /// The first address of the range.
        pure fn first on IpRange(call, range: IpRange) -> Ip { Ok(Ip(range.start)) }
        /// The last address of the range.
        pure fn last on IpRange(call, range: IpRange) -> Ip { Ok(Ip(range.end)) }
        /// Whether the range contains the address.
        pure fn contains on IpRange(call, range: IpRange, address: Ip) -> bool { Ok(range.contains(address.0)) }
        /// Whether the range contains the whole of another.
        pure fn covers on IpRange(call, range: IpRange, other: IpRange) -> bool { Ok(range.covers(&other)) }
        /// Whether the ranges share an address.
        pure fn overlaps on IpRange(call, range: IpRange, other: IpRange) -> bool { Ok(range.overlaps(&other)) }
        /// The range as text.
        pure fn text on IpRange(call, range: IpRange) -> String { Ok(range.to_string()) }
        /// The address in a text such as `${address}`.
        pure fn to_string on Ip(call, address: Ip) -> String { Ok(address.to_string()) }
        /// The network in a text such as `${network}`.
        pure fn to_string on Cidr(call, net: Cidr) -> String { Ok(net.to_string()) }
        /// The range in a text such as `${range}`.
        pure fn to_string on IpRange(call, range: IpRange) -> String { Ok(range.to_string()) }
    })
}
