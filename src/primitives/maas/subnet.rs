//! Subnets of MAAS and what their addresses are kept for.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::range::{self, AddressRange};
use super::read;
use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::primitives::net::{Cidr, Ip, IpRange};
use crate::primitives::reply::{nullable, text_or_none};
use crate::script::{Answer, Handle, List, Primitive};

/// MAAS's word for what lies in no space.
pub(super) const UNDEFINED: &str = "undefined";

/// A VLAN as MAAS puts it into subnets and interfaces.
#[derive(Clone, Debug, Deserialize)]
pub struct Vlan {
    /// The 802.1Q tag; 0 for untagged.
    pub vid: i64,
    /// Whether MAAS answers DHCP on it.
    pub dhcp_on: bool,
    /// The fabric's name.
    pub fabric: String,
    /// The VLAN object's id, which is not its tag.
    #[serde(default)]
    pub id: Option<i64>,
}

handle! {
    /// A subnet of MAAS, found by CIDR.
    MaasSubnet("maas subnet") by cidr {
        /// Its network in CIDR notation.
        cidr: Cidr,
        /// The gateway's address, if it has one.
        gateway: Option<Ip>,
        /// Its DNS servers, in order, as MAAS spells them: one may be IPv6.
        dns in forms::ADDRESS: Vec<String>,
        /// The 802.1Q tag of its VLAN; 0 for untagged.
        vid in forms::TAG: i64,
        /// Whether MAAS answers DHCP on its VLAN.
        dhcp: bool,
        /// Its space; none when undefined.
        space: Option<String>,
        /// Its fabric.
        fabric: String,
    } hidden {
        /// Its id: evidence, never a key.
        id: i64,
        /// The id of its VLAN object.
        vlan_id: Option<i64>,
    }
}

#[derive(Deserialize)]
pub(super) struct Row {
    id: i64,
    cidr: String,
    #[serde(deserialize_with = "text_or_none")]
    gateway_ip: Option<String>,
    #[serde(deserialize_with = "nullable")]
    dns_servers: Option<Vec<String>>,
    vlan: Vlan,
    space: String,
}

/// An IPv4 subnet; the planes are IPv4 alone, and a subnet of IPv6 beside them is none of them.
pub(super) fn subnet(row: Row) -> Result<Option<MaasSubnet>, Stop> {
    if row.cidr.contains(':') {
        return Ok(None);
    }
    let unsound = |words: String| Stop::unanswered(format!("maas subnet {}: {words}", row.cidr));
    Ok(Some(MaasSubnet {
        cidr: row.cidr.parse().map_err(unsound)?,
        gateway: row.gateway_ip.map(|text| text.parse()).transpose().map_err(unsound)?,
        dns: row.dns_servers.unwrap_or_default(),
        vid: row.vlan.vid,
        dhcp: row.vlan.dhcp_on,
        space: Some(row.space).filter(|space| space != UNDEFINED),
        fabric: row.vlan.fabric,
        id: row.id,
        vlan_id: row.vlan.id,
    }))
}

pub(super) fn all(call: &Call<'_>) -> Result<Vec<Handle<MaasSubnet>>, Stop> {
    let (rows, source) = read::<Vec<Row>>(call, &["subnets", "read"])?;
    let mut ids = BTreeSet::new();
    if let Some(twice) = rows.iter().find(|row| !ids.insert(row.id)) {
        return Err(Stop::unanswered(format!(
            "MAAS tells two subnets with the id {}, {} one of them",
            twice.id, twice.cidr
        ))
        .with("asked", source.to_string()));
    }
    let subnets = rows.into_iter().filter_map(|row| subnet(row).transpose());
    subnets.map(|subnet| Ok(Handle::seen(subnet?, source.clone()))).collect()
}

pub(super) fn one(call: &Call<'_>, cidr: &Cidr) -> Result<Handle<MaasSubnet>, Stop> {
    let key = cidr.to_string();
    let found = call.find(&key, || crate::primitives::reply::the_one(all(call)?, &key))?;
    found.ok_or_else(|| {
        Stop::failed(format!("MAAS has no subnet {cidr}"))
            .with("from", "maas subnets read")
            .with("next", "compare the planes in lib/net with MAAS; subnets are found by CIDR alone")
    })
}

/// Whether a reserved range covers `wanted`; a dynamic range that shares an address is named.
fn reserves(call: &Call<'_>, subnet: &Handle<MaasSubnet>, wanted: &IpRange) -> Result<Answer, Stop> {
    call.unless_touched("maas range", "the ranges of MAAS")?;
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
        /// Whether the subnet has a gateway.
        read fn has_gateway on MaasSubnet(call, subnet: Handle<MaasSubnet>) -> bool {
            let has = subnet.now()?.gateway.is_some();
            call.tell(&format!("maas subnet|{}|has gateway", subnet.identity()), "has a gateway", &rhai::Dynamic::from(has), &subnet.source());
            Ok(has)
        }
        /// All address ranges, of every subnet, named by their first and last address.
        read fn ranges(call) -> List<AddressRange> { call.list("all", || range::all(call)) }
        /// The address ranges of the subnet.
        read fn ranges on MaasSubnet(call, subnet: Handle<MaasSubnet>) -> List<AddressRange> {
            call.list(subnet.identity(), || range::of_subnet(call, subnet.identity()))
        }
        /// Reserves the range in the subnet, so that MAAS hands out none of it. One that begins at the same address
        /// counts as it is, whatever its end.
        #[seen_by(
            "maas::ranges", "AddressRange.range", "MaasSubnet.ranges", "MaasSubnet.reserves",
            "MaasSubnet.reserves_from",
        )]
        change fn ensure_range(call, subnet: Handle<MaasSubnet>, range: IpRange, purpose: String) -> Handle<AddressRange> {
            range::ensure(call, &subnet, &range, &purpose)
        }
        /// Deletes the reserved range with exactly this first and last address; one that only shares addresses with it is
        /// refused, and so is a dynamic one.
        #[seen_by("maas::ranges" = ([!range]), "MaasSubnet.ranges" = ([!range]), "MaasSubnet.reserves" = false)]
        change fn remove_range(call, range: IpRange) { range::remove(call, &range) }
        /// Whether a reserved range begins at the address: VIP bands count by their start, whatever their end.
        read fn reserves_from on MaasSubnet(call, subnet: Handle<MaasSubnet>, start: Ip) -> Answer { range::reserves_from(call, &subnet, start) }
    }
}
