//! Who holds an address: one lookup that tells holder, kind and evidence.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};

use super::read;
use super::subnet::{self, MaasSubnet};
use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::net::{Cidr, Ip};
use crate::script::{Handle, Primitive, Source, Vocabulary};

handle! {
    /// Who holds an address, as MAAS knows it.
    AddressUse("maas address") by address {
        /// The address.
        address: Ip,
        /// The subnet that it lies in.
        subnet: Cidr,
        /// Whether anybody holds it. `false` means that MAAS has no record of it.
        is_held: bool,
        /// How it came to be held: a `sticky` one was given by hand, a `discovered` one was seen by a probe or left by
        /// a commissioning host; absent when nobody holds it.
        kind in KIND: Option<String>,
        /// Hostname of the holder, the host it powers, or the user who reserved it; absent when MAAS does not tell.
        holder: Option<String>,
        /// The interface of the holder.
        interface: Option<String>,
        /// Hostnames of all that have the address on an interface of theirs, sorted. Whom a power address drives is not
        /// among them: there the hypervisor answers.
        hosts: Vec<String>,
        /// All that MAAS has on record about it, in words.
        evidence: String,
    }
}

/// How an address came to be held. MAAS has these and no others; another is an error, not a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Discovered,
    Dhcp,
    Auto,
    UserReserved,
    Sticky,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Kind::Discovered => "discovered",
            Kind::Dhcp => "dhcp",
            Kind::Auto => "auto",
            Kind::UserReserved => "user-reserved",
            Kind::Sticky => "sticky",
        }
    }
}

/// The words of [`Kind`].
pub static KIND: Vocabulary = Vocabulary::closed(
    "way to hold an address in MAAS",
    &[Kind::Auto.word(), Kind::Sticky.word(), Kind::UserReserved.word(), Kind::Dhcp.word(), Kind::Discovered.word()],
);

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match i64::deserialize(deserializer)? {
            0 => Ok(Kind::Auto),
            1 => Ok(Kind::Sticky),
            4 => Ok(Kind::UserReserved),
            5 => Ok(Kind::Dhcp),
            6 => Ok(Kind::Discovered),
            other => Err(serde::de::Error::custom(format!("alloc_type {other} is none of 0, 1, 4, 5 and 6"))),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) ip: String,
    pub(super) alloc_type: Kind,
    #[serde(default)]
    pub(super) node_summary: Option<Node>,
    #[serde(default)]
    bmcs: Vec<Bmc>,
    #[serde(default)]
    user: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Node {
    /// Empty, or not there, on some records that a commissioning left.
    #[serde(default)]
    pub(super) system_id: Option<String>,
    pub(super) hostname: String,
    #[serde(default)]
    via: Option<String>,
}

#[derive(Deserialize)]
struct Bmc {
    power_type: String,
    #[serde(default)]
    nodes: Vec<Powered>,
}

#[derive(Deserialize)]
struct Powered {
    hostname: String,
}

impl Row {
    fn powers(&self) -> String {
        let mut names: Vec<&str> =
            self.bmcs.iter().flat_map(|bmc| bmc.nodes.iter().map(|node| node.hostname.as_str())).collect();
        names.sort_unstable();
        names.join(", ")
    }

    fn holder(&self) -> Option<String> {
        let node = self.node_summary.as_ref().map(|node| node.hostname.clone());
        let powered = Some(self.powers()).filter(|_| !self.bmcs.is_empty());
        node.or(powered).or(self.user.clone()).filter(|holder| !holder.is_empty())
    }

    pub(super) fn evidence(&self) -> String {
        let by = match (&self.node_summary, self.bmcs.first(), &self.user) {
            (Some(node), _, _) => match &node.via {
                Some(via) => format!("{} on {via}", node.hostname),
                None => node.hostname.clone(),
            },
            (None, Some(bmc), _) => format!("the {} power address of {}", bmc.power_type, self.powers()),
            (None, None, Some(user)) => format!("user {user}"),
            (None, None, None) => "a record that names nobody".to_string(),
        };
        format!("{} ({})", by, self.alloc_type.word())
    }
}

/// What the rows of a subnet say of an address; a record given by hand says more than a probe's.
pub(super) fn address_use(address: Ip, subnet: Cidr, rows: Vec<Row>) -> AddressUse {
    let text = address.to_string();
    let mut rows: Vec<Row> = rows.into_iter().filter(|row| row.ip == text).collect();
    rows.sort_by_key(|row| Reverse(row.alloc_type));
    let evidence: Vec<String> = rows.iter().map(Row::evidence).collect();
    let nodes = rows.iter().filter_map(|row| row.node_summary.as_ref());
    let hosts: BTreeSet<String> = nodes.map(|node| node.hostname.clone()).filter(|name| !name.is_empty()).collect();
    let first = rows.first();
    AddressUse {
        address,
        subnet,
        is_held: first.is_some(),
        kind: first.map(|row| row.alloc_type.word().to_string()),
        holder: first.and_then(Row::holder),
        interface: first.and_then(|row| row.node_summary.as_ref()?.via.clone()),
        hosts: hosts.into_iter().collect(),
        evidence: if evidence.is_empty() { format!("MAAS has no record of {text}") } else { evidence.join("; ") },
    }
}

/// The smallest subnet that holds the address.
fn home(call: &Call<'_>, address: Ip) -> Result<Handle<MaasSubnet>, Stop> {
    let mut homes = Vec::new();
    for subnet in subnet::all(call)? {
        let cidr = subnet.now()?.cidr;
        if cidr.0.contains(&address.0) {
            homes.push((cidr.0.prefix_len(), subnet));
        }
    }
    let home = homes.into_iter().max_by_key(|(length, _)| *length).map(|(_, subnet)| subnet);
    home.ok_or_else(|| Stop::failed(format!("no subnet of MAAS holds {address}")).with("from", "maas subnets read"))
}

fn who_holds(call: &Call<'_>, address: Ip) -> Result<Handle<AddressUse>, Stop> {
    let subnet = home(call, address)?;
    let now = subnet.now()?;
    let (rows, source): (Vec<Row>, Source) = read(call, &["subnet", "ip-addresses", &now.id.to_string()])?;
    Ok(Handle::seen(address_use(address, now.cidr, rows), source))
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "maas";
        /// Who holds the address: holder, kind and evidence in one lookup. Nobody is an answer: `is_held` is false.
        read fn who_holds(call, address: Ip) -> Handle<AddressUse> { who_holds(call, address) }
    }
}
