//! Subnets of MAAS and what their addresses are kept for.

use serde::Deserialize;

use super::range::{self, AddressRange};
use super::read;
use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::net::{Cidr, Ip, IpRange};
use crate::primitives::reply::nullable;
use crate::script::{Answer, Handle, List, Primitive};

/// A VLAN as MAAS puts it into subnets and interfaces.
#[derive(Clone, Debug, Deserialize)]
pub struct Vlan {
    /// The 802.1Q tag; 0 for untagged.
    pub vid: i64,
    /// Whether MAAS answers DHCP on it.
    pub dhcp_on: bool,
    /// The fabric's name.
    pub fabric: String,
}

handle! {
    /// A subnet of MAAS, found by CIDR.
    MaasSubnet("maas subnet") by cidr {
        /// Its network in CIDR notation.
        cidr: Cidr,
        /// The gateway's address, if it has one.
        gateway: Option<Ip>,
        /// Its DNS servers, in order.
        dns: Vec<Ip>,
        /// The 802.1Q tag of its VLAN; 0 for untagged.
        vid: i64,
        /// Whether MAAS answers DHCP on its VLAN.
        dhcp: bool,
        /// Its space; none when undefined.
        space: Option<String>,
        /// Its fabric.
        fabric: String,
    } hidden {
        /// Its id: evidence, never a key.
        id: i64,
    }
}

#[derive(Deserialize)]
struct Row {
    id: i64,
    cidr: Cidr,
    #[serde(deserialize_with = "nullable")]
    gateway_ip: Option<Ip>,
    dns_servers: Vec<Ip>,
    vlan: Vlan,
    space: String,
}

impl From<Row> for MaasSubnet {
    fn from(row: Row) -> Self {
        MaasSubnet {
            cidr: row.cidr,
            gateway: row.gateway_ip,
            dns: row.dns_servers,
            vid: row.vlan.vid,
            dhcp: row.vlan.dhcp_on,
            space: Some(row.space).filter(|space| space != "undefined"),
            fabric: row.vlan.fabric,
            id: row.id,
        }
    }
}

fn all(call: &Call<'_>) -> Result<Vec<Handle<MaasSubnet>>, Stop> {
    let (rows, source) = read::<Vec<Row>>(call, &["subnets", "read"])?;
    Ok(rows.into_iter().map(|row| Handle::seen(row.into(), source.clone())).collect())
}

fn one(call: &Call<'_>, cidr: &Cidr) -> Result<Handle<MaasSubnet>, Stop> {
    let key = cidr.to_string();
    let found = call.find(&key, || Ok(all(call)?.into_iter().find(|subnet| subnet.identity() == key)))?;
    found.ok_or_else(|| {
        Stop::failed(format!("MAAS has no subnet {cidr}"))
            .with("from", "maas subnets read")
            .with("next", "compare the planes in lib/net with MAAS; subnets are found by CIDR alone")
    })
}

/// Whether a reserved range covers `wanted`; a dynamic range that shares an address is named.
fn reserves(call: &Call<'_>, subnet: &Handle<MaasSubnet>, wanted: &IpRange) -> Result<Answer, Stop> {
    let ranges = range::of_subnet(call, subnet.identity())?;
    let source = ranges.first().map_or_else(|| "maas ipranges read".to_string(), |range| range.source().to_string());
    let known = ranges.iter().map(Handle::now).collect::<Result<Vec<_>, _>>()?;
    let dynamic = known.iter().find(|range| range.kind == "dynamic" && range.range.overlaps(wanted));
    let cover = known.iter().find(|range| range.kind == "reserved" && range.range.covers(wanted));
    let seen = match (dynamic, cover) {
        (Some(range), _) => format!("{} is dynamic (maas range {}): DHCP may hand these out", range.range, range.id),
        (None, Some(range)) => format!("{} (maas range {}, reserved)", range.range, range.id),
        (None, None) => near(&known, wanted),
    };
    let answer = Answer {
        holds: dynamic.is_none() && cover.is_some(),
        wanted: format!("a reserved range that covers {wanted}"),
        seen,
        source,
    };
    call.tell(
        &format!("maas subnet|{}|reserves {wanted}", subnet.identity()),
        "reserve",
        &rhai::Dynamic::from(answer.holds),
        &answer.source,
    );
    Ok(answer)
}

fn near(known: &[&AddressRange], wanted: &IpRange) -> String {
    let near: Vec<String> = known
        .iter()
        .filter(|range| range.range.overlaps(wanted))
        .map(|range| format!("{} ({}, only a part)", range.range, range.kind))
        .collect();
    if near.is_empty() { format!("no range of MAAS holds any of {wanted}") } else { near.join(", ") }
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "maas";
        /// The subnet of that CIDR; an error when there is none.
        read fn subnet(call, cidr: Cidr) -> Handle<MaasSubnet> { one(call, &cidr) }
        /// All subnets.
        read fn subnets(call) -> List<MaasSubnet> { call.list("all", || all(call)) }
        /// Whether a reserved range of the subnet covers the whole range, and no dynamic range shares an address.
        read fn reserves on MaasSubnet(call, subnet: Handle<MaasSubnet>, range: IpRange) -> Answer { reserves(call, &subnet, &range) }
        /// The address ranges of the subnet.
        read fn ranges on MaasSubnet(call, subnet: Handle<MaasSubnet>) -> List<AddressRange> {
            call.list(subnet.identity(), || range::of_subnet(call, subnet.identity()))
        }
        /// Whether a reserved range begins at the address: VIP bands count by their start, whatever their end.
        read fn reserves_from on MaasSubnet(call, subnet: Handle<MaasSubnet>, start: Ip) -> Answer { range::reserves_from(call, &subnet, start) }
    }
}
