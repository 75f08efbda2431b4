//! What Keystone, Neutron and Glance know.
//!
//! What Keystone holds is keyed by name within its domain; what Neutron and Glance hold is keyed by id, because there
//! names repeat.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The cloud's API services.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenstackState {
    /// What the client prints for `--version`.
    pub client_version: String,
    /// True for a client that prints an allocation pool as the text START-END in place of an object.
    #[serde(default)]
    pub client_prints_pools_as_text: bool,
    /// Who is who.
    pub keystone: Keystone,
    /// Networks and what hangs on them.
    pub neutron: Neutron,
    /// Images, by id.
    #[serde(default)]
    pub images: BTreeMap<String, Image>,
}

/// Keystone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keystone {
    /// False when nothing answers at [`Keystone::auth_url`].
    pub listening: bool,
    /// The public address that an openrc names, e.g. `https://10.12.4.50:5000/v3`.
    pub auth_url: String,
    /// The region's name.
    pub region: String,
    /// Domains, by name.
    pub domains: BTreeMap<String, Domain>,
    /// Role ids, by name.
    pub roles: BTreeMap<String, String>,
    /// Who may do what where.
    pub assignments: Vec<Assignment>,
    /// Services, by name.
    pub services: BTreeMap<String, Service>,
    /// How many tokens were issued on request; each is a record that a read leaves.
    #[serde(default)]
    pub tokens_issued: u64,
}

/// A domain with its projects and users, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Domain {
    pub id: String,
    #[serde(default)]
    pub description: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub projects: BTreeMap<String, Project>,
    #[serde(default)]
    pub users: BTreeMap<String, User>,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Project {
    pub id: String,
    #[serde(default)]
    pub description: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub tags: BTreeSet<String>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct User {
    pub id: String,
    pub password: String,
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// A role of a user on a project; names as Keystone prints them, `NAME@DOMAIN`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Assignment {
    pub role: String,
    pub user: String,
    #[serde(default)]
    pub project: Option<String>,
    #[serde(default)]
    pub domain: Option<String>,
}

/// A service with its endpoints, by plane (`public`, `internal`, `admin`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Service {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// False when nothing answers at its endpoints.
    #[serde(default = "yes")]
    pub listening: bool,
    #[serde(default)]
    pub endpoints: BTreeMap<Plane, Endpoint>,
}

/// The plane of an endpoint; Keystone's word is "interface".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Plane {
    Admin,
    Internal,
    Public,
}

impl Plane {
    /// Keystone's word.
    pub fn word(self) -> &'static str {
        match self {
            Plane::Admin => "admin",
            Plane::Internal => "internal",
            Plane::Public => "public",
        }
    }
}

/// An endpoint. `$(tenant_id)s` in the URL stands for the project of a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Endpoint {
    pub id: String,
    pub url: String,
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// Neutron.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neutron {
    /// Physical networks that a flat or VLAN network may name.
    pub physical_networks: BTreeSet<String>,
    /// Extensions: alias to name.
    pub extensions: BTreeMap<String, String>,
    /// Agents, by id.
    #[serde(default)]
    pub agents: BTreeMap<String, Agent>,
    /// Networks, by id.
    #[serde(default)]
    pub networks: BTreeMap<String, Network>,
    /// Subnets, by id.
    #[serde(default)]
    pub subnets: BTreeMap<String, NeutronSubnet>,
    /// Routers, by id.
    #[serde(default)]
    pub routers: BTreeMap<String, Router>,
    /// Ports, by id.
    #[serde(default)]
    pub ports: BTreeMap<String, Port>,
    /// Floating IPs, by address.
    #[serde(default)]
    pub floating_ips: BTreeMap<IpAddr, FloatingIp>,
    /// Security groups, by id.
    #[serde(default)]
    pub security_groups: BTreeMap<String, SecurityGroup>,
}

/// A security group; its rules are not modelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SecurityGroup {
    pub name: String,
    pub project_id: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub tags: BTreeSet<String>,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Agent {
    #[serde(rename = "type")]
    pub kind: String,
    pub host: String,
    pub binary: String,
    #[serde(default = "yes")]
    pub alive: bool,
}

/// A network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Network {
    pub name: String,
    pub project_id: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub physical_network: Option<String>,
    #[serde(default)]
    pub segmentation_id: Option<u32>,
    #[serde(default)]
    pub external: bool,
    #[serde(default)]
    pub shared: bool,
    #[serde(default = "yes")]
    pub admin_state_up: bool,
    #[serde(default = "default_mtu")]
    pub mtu: u32,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub is_default: bool,
    #[serde(default)]
    pub tags: BTreeSet<String>,
    #[serde(default = "one")]
    pub revision_number: u64,
    #[serde(default = "epoch")]
    pub created_at: Timestamp,
    #[serde(default = "epoch")]
    pub updated_at: Timestamp,
}

/// A subnet of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct NeutronSubnet {
    pub name: String,
    pub network_id: String,
    pub project_id: String,
    pub cidr: IpNet,
    #[serde(default)]
    pub gateway_ip: Option<IpAddr>,
    #[serde(default = "yes")]
    pub enable_dhcp: bool,
    #[serde(default)]
    pub allocation_pools: Vec<Pool>,
    #[serde(default)]
    pub dns_nameservers: Vec<IpAddr>,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub tags: BTreeSet<String>,
    #[serde(default)]
    pub revision_number: u64,
    #[serde(default = "epoch")]
    pub created_at: Timestamp,
    #[serde(default = "epoch")]
    pub updated_at: Timestamp,
}

/// An allocation pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Pool {
    pub start: IpAddr,
    pub end: IpAddr,
}

impl std::fmt::Display for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.start, self.end)
    }
}

/// A router. Its gateway and its interfaces are ports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Router {
    pub name: String,
    pub project_id: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub tags: BTreeSet<String>,
    #[serde(default = "one")]
    pub revision_number: u64,
    #[serde(default = "epoch")]
    pub created_at: Timestamp,
    #[serde(default = "epoch")]
    pub updated_at: Timestamp,
}

/// A port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Port {
    #[serde(default)]
    pub name: String,
    pub network_id: String,
    pub mac: String,
    #[serde(default)]
    pub device_id: String,
    #[serde(default)]
    pub device_owner: String,
    #[serde(default)]
    pub fixed_ips: Vec<FixedIp>,
    #[serde(default = "active")]
    pub status: String,
    #[serde(default)]
    pub tags: BTreeSet<String>,
}

/// An address of a port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct FixedIp {
    pub subnet_id: String,
    pub ip_address: IpAddr,
}

/// A floating IP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct FloatingIp {
    pub id: String,
    pub network_id: String,
    pub project_id: String,
    #[serde(default)]
    pub port_id: Option<String>,
    #[serde(default)]
    pub fixed_ip_address: Option<IpAddr>,
}

/// An image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Image {
    pub name: String,
    pub status: String,
    pub disk_format: String,
    #[serde(default = "bare")]
    pub container_format: String,
    #[serde(default)]
    pub size: Option<u64>,
    #[serde(default)]
    pub checksum: Option<String>,
    #[serde(default = "public")]
    pub visibility: String,
    #[serde(default)]
    pub protected: bool,
    pub owner: String,
    #[serde(default)]
    pub tags: BTreeSet<String>,
    #[serde(default)]
    pub properties: BTreeMap<String, String>,
    #[serde(default = "epoch")]
    pub created_at: Timestamp,
    #[serde(default = "epoch")]
    pub updated_at: Timestamp,
}

/// When the lab's world begins; what a document leaves undated was there from the start.
fn epoch() -> Timestamp {
    crate::lab::clock::Clock::default().epoch
}

fn yes() -> bool {
    true
}

fn one() -> u64 {
    1
}

fn default_mtu() -> u32 {
    1500
}

fn active() -> String {
    "ACTIVE".into()
}

fn bare() -> String {
    "bare".into()
}

fn public() -> String {
    "public".into()
}
