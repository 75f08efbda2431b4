//! Spaces and VLANs of MAAS, and its version.

use serde::Deserialize;

use super::subnet::{self, UNDEFINED};
use super::{read, version};
use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::primitives::net::Cidr;
use crate::script::{Answer, Handle, List, OrAbsent, Primitive};

/// What a live space is.
const WANTED: &str = "a space that holds a subnet";

handle! {
    /// A space of MAAS, by name.
    Space("maas space") by name {
        /// Its name.
        name: String,
        /// The IPv4 subnets in it, sorted; a space without any is dead.
        subnets: Vec<Cidr>,
    }
}

handle! {
    /// A VLAN of MAAS, by fabric and tag.
    MaasVlan("maas vlan") by key {
        /// Its fabric and 802.1Q tag, e.g. `metal/103`.
        key: String,
        /// Its fabric.
        fabric: String,
        /// Its 802.1Q tag; 0 for untagged.
        vid in forms::TAG: i64,
        /// Its name.
        name: String,
        /// Whether MAAS answers DHCP on it.
        dhcp: bool,
        /// Its MTU in bytes.
        mtu in forms::MTU: i64,
    }
}

#[derive(Deserialize)]
pub(super) struct SpaceRow {
    name: String,
    subnets: Vec<SubnetRef>,
}

#[derive(Deserialize)]
struct SubnetRef {
    cidr: String,
}

#[derive(Deserialize)]
pub(super) struct FabricRow {
    name: String,
    vlans: Vec<VlanRow>,
}

#[derive(Deserialize)]
pub(super) struct VlanRow {
    vid: i64,
    name: String,
    dhcp_on: bool,
    mtu: i64,
}

/// A space; MAAS shows what lies in none under a name of its own, which is no space.
pub(super) fn space(row: SpaceRow) -> Result<Option<Space>, Stop> {
    if row.name == UNDEFINED {
        return Ok(None);
    }
    let four = row.subnets.iter().filter(|subnet| !subnet.cidr.contains(':'));
    let subnets: Result<Vec<Cidr>, String> = four.map(|subnet| subnet.cidr.parse()).collect();
    let mut subnets = subnets.map_err(|words| Stop::unanswered(format!("maas space {}: {words}", row.name)))?;
    subnets.sort();
    Ok(Some(Space { name: row.name, subnets }))
}

pub(super) fn vlans(fabric: FabricRow) -> impl Iterator<Item = MaasVlan> {
    let FabricRow { name: fabric, vlans } = fabric;
    vlans.into_iter().map(move |VlanRow { vid, name, dhcp_on: dhcp, mtu }| MaasVlan {
        key: format!("{fabric}/{vid}"),
        fabric: fabric.clone(),
        vid,
        name,
        dhcp,
        mtu,
    })
}

fn spaces(call: &Call<'_>) -> Result<Vec<Handle<Space>>, Stop> {
    let (rows, source) = read::<Vec<SpaceRow>>(call, &["spaces", "read"])?;
    let spaces = rows.into_iter().filter_map(|row| space(row).transpose());
    spaces.map(|space| Ok(Handle::seen(space?, source.clone()))).collect()
}

fn all_vlans(call: &Call<'_>) -> Result<Vec<Handle<MaasVlan>>, Stop> {
    let (rows, source) = read::<Vec<FabricRow>>(call, &["fabrics", "read"])?;
    Ok(rows.into_iter().flat_map(vlans).map(|vlan| Handle::seen(vlan, source.clone())).collect())
}

/// Whether a subnet lies in the space: told by the subnets themselves, which most runbooks read anyway.
fn live(call: &Call<'_>, name: &str) -> Result<Answer, Stop> {
    let (mut there, mut known) = (Vec::new(), std::collections::BTreeSet::new());
    let mut source = String::from("maas subnets read");
    for subnet in subnet::all(call)? {
        source = subnet.source().to_string();
        let now = subnet.now()?;
        known.extend(now.space.clone());
        if now.space.as_deref() == Some(name) {
            there.push(now.cidr.to_string());
        }
    }
    let live: Vec<String> = known.into_iter().collect();
    let seen = match there.is_empty() {
        true => format!("{name:?} holds no subnet; the live spaces are {}", live.join(", ")),
        false => format!("{name} holds {}", there.join(", ")),
    };
    call.tell(&format!("maas space|{name}|live"), "space", &rhai::Dynamic::from(!there.is_empty()), &source);
    Ok(Answer { holds: !there.is_empty(), wanted: WANTED.to_string(), seen, source })
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "maas";
        /// All spaces, dead ones too.
        read fn spaces(call) -> List<Space> { call.list("all", || spaces(call)) }
        /// Whether the space is live: a subnet lies in it. A name that is absent names none.
        read fn is_live_space(call, name: OrAbsent<String>) -> Answer {
            match name.0 {
                Ok(name) => live(call, &name),
                Err(absent) => Ok(Answer { holds: false, wanted: WANTED.to_string(), seen: absent.to_string(), source: String::new() }),
            }
        }
        /// All VLANs of all fabrics.
        read fn vlans(call) -> List<MaasVlan> { call.list("all", || all_vlans(call)) }
        /// The region's version, e.g. `3.5.13`.
        read fn version(call) -> String { version(call) }
    }
}
