//! The documents behind the lab's NetBox.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// NetBox: where it is, who may ask, and what it holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetboxState {
    /// Its URL without a path.
    pub url: String,
    /// Its version.
    pub version: String,
    /// How many results a page has when nothing is asked.
    pub page_size: usize,
    /// How many it has at most, whatever is asked.
    pub max_page_size: usize,
    /// Tokens by a name for people.
    pub tokens: BTreeMap<String, Token>,
    /// Sites by slug.
    pub sites: BTreeMap<String, Record>,
    /// Roles by slug.
    pub roles: BTreeMap<String, Record>,
    /// VLANs by VID, or by another name where a VID occurs twice.
    pub vlans: BTreeMap<String, Record>,
    /// Prefixes by CIDR.
    pub prefixes: BTreeMap<String, Record>,
    /// IP ranges by start address.
    pub ip_ranges: BTreeMap<String, Record>,
    /// IP addresses by address.
    pub ip_addresses: BTreeMap<String, Record>,
}

/// A token: with a key it is of the second style, `nbt_KEY.TOKEN`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The public part of the second style.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The secret part.
    pub token: String,
    /// Whether it may write.
    pub write: bool,
}

impl Token {
    /// What stands after the scheme in the header.
    pub(super) fn text(&self) -> String {
        self.key.as_ref().map_or_else(|| self.token.clone(), |key| format!("nbt_{key}.{}", self.token))
    }
}

/// An object. Its kind decides which fields mean something; what it refers to, it names by key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Record {
    /// Its id.
    pub id: u64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last written.
    pub last_updated: Timestamp,
    /// The name of a site, role or VLAN.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The status, as its value; without one, active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Free text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comments: String,
    /// The site's slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The role's slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The VLAN's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vlan: Option<String>,
    /// The VID of a VLAN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vid: Option<u16>,
    /// Whether every address of a prefix may be given out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_pool: bool,
    /// Whether a prefix or range counts as used.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mark_utilized: bool,
    /// The first address of a range, with its mask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_address: Option<String>,
    /// The last address of a range, with its mask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_address: Option<String>,
    /// An address with its mask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The name that an address has.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dns_name: String,
}

/// The kinds of object that the lab's NetBox holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Site,
    Role,
    Vlan,
    Prefix,
    IpRange,
    IpAddress,
}

impl Kind {
    /// The kind at a path such as `ipam/prefixes`.
    pub(super) fn at(application: &str, kind: &str) -> Option<Kind> {
        let all = [Kind::Site, Kind::Role, Kind::Vlan, Kind::Prefix, Kind::IpRange, Kind::IpAddress];
        all.into_iter().find(|found| found.path().split_once('/') == Some((application, kind)))
    }

    /// Where it is under `/api/`.
    pub(super) fn path(self) -> &'static str {
        match self {
            Kind::Site => "dcim/sites",
            Kind::Role => "ipam/roles",
            Kind::Vlan => "ipam/vlans",
            Kind::Prefix => "ipam/prefixes",
            Kind::IpRange => "ipam/ip-ranges",
            Kind::IpAddress => "ipam/ip-addresses",
        }
    }

    /// What NetBox calls one of it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Site => "Site",
            Kind::Role => "Role",
            Kind::Vlan => "VLAN",
            Kind::Prefix => "Prefix",
            Kind::IpRange => "IPRange",
            Kind::IpAddress => "IPAddress",
        }
    }

    /// The values that its status may have; nothing when it has none.
    pub(super) fn statuses(self) -> &'static [&'static str] {
        match self {
            Kind::Site => &["planned", "staging", "active", "decommissioning", "retired"],
            Kind::Role => &[],
            Kind::Vlan | Kind::IpRange => &["active", "reserved", "deprecated"],
            Kind::Prefix => &["container", "active", "reserved", "deprecated"],
            Kind::IpAddress => &["active", "reserved", "deprecated", "dhcp", "slaac"],
        }
    }
}

impl NetboxState {
    /// The objects of a kind.
    pub(super) fn of(&self, kind: Kind) -> &BTreeMap<String, Record> {
        match kind {
            Kind::Site => &self.sites,
            Kind::Role => &self.roles,
            Kind::Vlan => &self.vlans,
            Kind::Prefix => &self.prefixes,
            Kind::IpRange => &self.ip_ranges,
            Kind::IpAddress => &self.ip_addresses,
        }
    }

    /// The objects of a kind, to change.
    pub(super) fn of_mut(&mut self, kind: Kind) -> &mut BTreeMap<String, Record> {
        match kind {
            Kind::Site => &mut self.sites,
            Kind::Role => &mut self.roles,
            Kind::Vlan => &mut self.vlans,
            Kind::Prefix => &mut self.prefixes,
            Kind::IpRange => &mut self.ip_ranges,
            Kind::IpAddress => &mut self.ip_addresses,
        }
    }

    /// The key of the object with this id.
    pub(super) fn key_of(&self, kind: Kind, id: u64) -> Option<String> {
        self.of(kind).iter().find(|(_, record)| record.id == id).map(|(key, _)| key.clone())
    }
}
