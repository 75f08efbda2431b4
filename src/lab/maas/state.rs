//! What a MAAS region knows, keyed by what an operator would name it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hardware::{Machine, Status};

/// A MAAS region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaasState {
    /// False when nothing listens: the client then says that the connection was refused.
    pub listening: bool,
    /// The region's version, e.g. `3.5.13`.
    pub version: String,
    /// True for a client of 3.6 or later: an action without documented parameters then takes no `name=value`.
    #[serde(default)]
    pub client_is_strict: bool,
    /// Logins of the client, by profile name.
    pub profiles: BTreeMap<String, Profile>,
    /// People, by user name.
    pub users: BTreeMap<String, User>,
    /// Layer-2 domains, by name.
    pub fabrics: BTreeMap<String, Fabric>,
    /// Spaces, by name.
    pub spaces: BTreeMap<String, Space>,
    /// Subnets, by CIDR.
    pub subnets: BTreeMap<Ipv4Net, Subnet>,
    /// Reserved and dynamic ranges, by their first address.
    pub ranges: BTreeMap<Ipv4Addr, Range>,
    /// Addresses held by no link of a machine: reserved by a person, or discovered.
    pub addresses: BTreeMap<Ipv4Addr, Held>,
    /// What the racks saw on the wire, by address.
    pub discoveries: BTreeMap<Ipv4Addr, Discovery>,
    /// Tags, by name.
    pub tags: BTreeMap<String, Tag>,
    /// Zones, by name.
    pub zones: BTreeMap<String, Named>,
    /// Resource pools, by name.
    pub pools: BTreeMap<String, Named>,
    /// Rack controllers, by hostname.
    pub racks: BTreeMap<String, Rack>,
    /// Machines, by hostname.
    pub machines: BTreeMap<String, Machine>,
    /// How long machines take, and which of them fail on the way.
    #[serde(default, skip_serializing_if = "Life::is_usual")]
    pub life: Life,
    /// The last id given to each kind; ids are never used twice.
    pub last_ids: LastIds,
}

/// How long the states that pass by themselves last, in seconds, and which machines do not get through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct Life {
    pub commissioning: u64,
    pub testing: u64,
    pub deploying: u64,
    pub releasing: u64,
    /// By hostname, the state in which a machine ends instead of passing: `Failed testing` ends its next testing.
    pub ends: BTreeMap<String, Status>,
}

impl Default for Life {
    fn default() -> Self {
        Life { commissioning: 240, testing: 90, deploying: 420, releasing: 45, ends: BTreeMap::new() }
    }
}

impl Life {
    fn is_usual(&self) -> bool {
        *self == Life::default()
    }
}

/// A login of the client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The API's address.
    pub url: String,
    /// Whose key it holds.
    pub user: String,
    /// The key that `maas list` prints.
    pub key: String,
    /// False once the key was deleted on the server.
    #[serde(default = "yes")]
    pub key_is_valid: bool,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct User {
    pub email: String,
    pub is_superuser: bool,
}

/// A fabric with its VLANs, keyed by VID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Fabric {
    pub id: u64,
    pub vlans: BTreeMap<u16, Vlan>,
}

/// A VLAN object; its id is not its VID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Vlan {
    pub id: u64,
    pub name: String,
    #[serde(default = "default_mtu")]
    pub mtu: u32,
    #[serde(default)]
    pub dhcp_on: bool,
    /// The space's name.
    #[serde(default)]
    pub space: Option<String>,
    /// The system_id of the rack that serves DHCP.
    #[serde(default)]
    pub primary_rack: Option<String>,
}

/// Which VLAN: fabric name and VID, written `metal/103`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[allow(missing_docs)]
pub struct VlanRef {
    pub fabric: String,
    pub vid: u16,
}

impl TryFrom<String> for VlanRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = text.rsplit_once('/').and_then(|(fabric, vid)| Some((fabric, vid.parse().ok()?)));
        let (fabric, vid) = parsed.ok_or_else(|| format!("`{text}` is not FABRIC/VID"))?;
        Ok(VlanRef { fabric: fabric.to_string(), vid })
    }
}

impl From<VlanRef> for String {
    fn from(vlan: VlanRef) -> String {
        format!("{}/{}", vlan.fabric, vlan.vid)
    }
}

/// A space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Space {
    pub id: u64,
    #[serde(default)]
    pub description: String,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Subnet {
    pub id: u64,
    pub name: String,
    pub vlan: VlanRef,
    #[serde(default)]
    pub gateway_ip: Option<Ipv4Addr>,
    #[serde(default)]
    pub dns_servers: Vec<Ipv4Addr>,
    #[serde(default = "yes")]
    pub managed: bool,
}

/// A range of addresses. Its subnet is the one that its first address lies in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Range {
    pub id: u64,
    pub end: Ipv4Addr,
    #[serde(rename = "type")]
    pub kind: RangeKind,
    #[serde(default)]
    pub comment: String,
    #[serde(default)]
    pub user: Option<String>,
}

/// What a range is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum RangeKind {
    Reserved,
    Dynamic,
}

impl RangeKind {
    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            RangeKind::Reserved => "reserved",
            RangeKind::Dynamic => "dynamic",
        }
    }
}

/// An address that no machine's link holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// How it came to be held.
    pub how: HeldHow,
    /// Who reserved it.
    #[serde(default)]
    pub user: Option<String>,
    /// The DNS name given with the reservation.
    #[serde(default)]
    pub hostname: Option<String>,
    /// The machine (hostname) and interface whose DHCP lease or commissioning left it. Real records may lack it.
    #[serde(default)]
    pub seen_on: Option<SeenOn>,
    /// Since when.
    pub since: Timestamp,
}

/// How an address came to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldHow {
    /// `alloc_type` 4.
    UserReserved,
    /// `alloc_type` 6.
    Discovered,
}

/// A machine and one of its interfaces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SeenOn {
    pub machine: String,
    pub interface: String,
}

/// A neighbour that a rack saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Discovery {
    pub mac: String,
    #[serde(default)]
    pub hostname: Option<String>,
    pub vlan: VlanRef,
    /// The rack's hostname.
    pub observer: String,
    pub last_seen: Timestamp,
}

/// A tag; which machines bear it is the machines' to say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Tag {
    #[serde(default)]
    pub comment: String,
    #[serde(default)]
    pub definition: String,
    #[serde(default)]
    pub kernel_opts: String,
}

/// A thing with an id and a description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Named {
    pub id: u64,
    #[serde(default)]
    pub description: String,
}

/// A rack controller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Rack {
    pub system_id: String,
    pub interface_id: u64,
    pub interface: String,
}

/// The last id given to each kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct LastIds {
    pub range: u64,
    pub interface: u64,
    pub link: u64,
    #[serde(default)]
    pub disk: u64,
}

impl Default for MaasState {
    /// A region that was never set up, and does not listen.
    fn default() -> Self {
        MaasState {
            listening: false,
            version: "3.5.13".into(),
            client_is_strict: false,
            profiles: BTreeMap::new(),
            users: BTreeMap::new(),
            fabrics: BTreeMap::new(),
            spaces: BTreeMap::new(),
            subnets: BTreeMap::new(),
            ranges: BTreeMap::new(),
            addresses: BTreeMap::new(),
            discoveries: BTreeMap::new(),
            tags: BTreeMap::new(),
            zones: BTreeMap::new(),
            pools: BTreeMap::new(),
            racks: BTreeMap::new(),
            machines: BTreeMap::new(),
            life: Life::default(),
            last_ids: LastIds::default(),
        }
    }
}

impl MaasState {
    /// A VLAN object.
    pub fn vlan(&self, at: &VlanRef) -> Option<&Vlan> {
        self.fabrics.get(&at.fabric)?.vlans.get(&at.vid)
    }

    /// The subnet that an address lies in.
    pub fn subnet_of(&self, address: Ipv4Addr) -> Option<(Ipv4Net, &Subnet)> {
        self.subnets.iter().find(|(cidr, _)| cidr.contains(&address)).map(|(cidr, subnet)| (*cidr, subnet))
    }

    /// A machine by its system_id, to be changed.
    pub fn machine_mut(&mut self, system_id: &str) -> Option<(&str, &mut Machine)> {
        let found = self.machines.iter_mut().find(|(_, machine)| machine.system_id == system_id);
        found.map(|(hostname, machine)| (hostname.as_str(), machine))
    }

    /// A machine by its system_id.
    pub fn machine(&self, system_id: &str) -> Option<(&str, &Machine)> {
        let found = self.machines.iter().find(|(_, machine)| machine.system_id == system_id);
        found.map(|(hostname, machine)| (hostname.as_str(), machine))
    }
}

fn yes() -> bool {
    true
}

fn default_mtu() -> u32 {
    1500
}
