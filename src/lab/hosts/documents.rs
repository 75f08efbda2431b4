//! The documents behind the lab's hosts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Hosts by how they are reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostsState {
    /// Where omega runs.
    pub jumphost: Host,
    /// Hosts over ssh, by address.
    pub remote: BTreeMap<String, Remote>,
    /// Options of Octavia in each overlay that lies beside the bundle, by path and name. They are no answers of a
    /// service: a run takes them as its inputs.
    #[serde(default)]
    pub overlays: BTreeMap<String, BTreeMap<String, String>>,
    /// The inside of the principal units' machines, by unit.
    #[serde(default)]
    pub units: BTreeMap<String, Host>,
}

/// A host over ssh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remote {
    /// Users whose key the host knows; they may use sudo.
    pub users: Vec<String>,
    /// Whether it does not answer at all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unreachable: bool,
    /// What is on it.
    pub host: Host,
    /// Its virtual machines, if it has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypervisor: Option<Hypervisor>,
}

/// What is on a host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Its name.
    pub hostname: String,
    /// The home directory of the user.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub home: String,
    /// Files by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, File>,
    /// Mode by path of directories that somebody made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub directories: BTreeMap<String, String>,
    /// Services by name, without `.service`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Service>,
    /// Listening TCP sockets as `ss` prints them, e.g. `*:80`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listen: Vec<String>,
    /// Network interfaces by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, NetLink>,
    /// Addresses by host name, as the resolver gives them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, Vec<String>>,
    /// Its haproxy, if it runs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub haproxy: Option<Haproxy>,
    /// The dashboard, if it serves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon: Option<Horizon>,
    /// Programs that are not installed though the lab knows them, e.g. `nc`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_programs: Vec<String>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Permissions in octal, e.g. `0644`.
    pub mode: String,
    /// Its text.
    pub text: String,
    /// When it was written; when the lab's world began, where that does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<jiff::Timestamp>,
}

/// What systemd says of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// `active`, `inactive`, `failed`.
    pub active: Systemd,
}

/// The states of a service that the lab knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Systemd {
    #[default]
    Active,
    Activating,
    Inactive,
    Failed,
}

impl Default for Service {
    fn default() -> Self {
        Service { active: Systemd::Active }
    }
}

impl Systemd {
    /// The word of `systemctl is-active`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Systemd::Active => "active",
            Systemd::Activating => "activating",
            Systemd::Inactive => "inactive",
            Systemd::Failed => "failed",
        }
    }

    /// The word of `SubState`.
    pub(super) fn sub(self) -> &'static str {
        match self {
            Systemd::Active => "running",
            Systemd::Activating => "auto-restart",
            Systemd::Inactive => "dead",
            Systemd::Failed => "failed",
        }
    }
}

/// A network interface as the kernel shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetLink {
    /// Its number.
    pub index: u32,
    /// Its MAC address.
    pub mac: String,
    /// `UP`, `DOWN`, `UNKNOWN`.
    pub state: String,
    /// Addresses with their prefix length.
    pub addresses: Vec<String>,
}

/// A haproxy after the charms' template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Haproxy {
    /// Whether it has an admin socket; the dashboard's own template has none.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub admin_socket: bool,
    /// What `haproxy -c` complains of; a sound configuration has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complaint: Option<String>,
    /// Services by name, e.g. `public-port`.
    pub services: BTreeMap<String, Frontend>,
}

/// A service of haproxy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frontend {
    /// The port it listens on.
    pub port: u16,
    /// Servers by name, by the address that the backend is named for; the empty address is a `listen` section.
    pub backends: BTreeMap<String, BTreeMap<String, Server>>,
}

/// A server behind haproxy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Where it listens.
    pub address: String,
    /// `UP`, `UP 1/3`, `DOWN`, `DRAIN`, `MAINT`, `no check`.
    pub status: String,
    /// The last check, e.g. `L4OK`; empty in maintenance.
    pub check: String,
    /// Whether a reload of haproxy brings a down server back.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub reload_heals: bool,
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

/// The dashboard's settings as the running server has them; a restart reads the files again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Horizon {
    /// Whether the CSRF cookie is marked Secure.
    pub csrf_cookie_secure: bool,
    /// Whether the session cookie is marked Secure.
    pub session_cookie_secure: bool,
}

/// Virtual machines and their disks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hypervisor {
    /// Password by user of those who drive machines from outside, as MAAS does.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub drivers: BTreeMap<String, String>,
    /// Domains by name.
    pub domains: BTreeMap<String, Domain>,
    /// Disk images by path.
    pub images: BTreeMap<String, Image>,
}

/// A virtual machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// `running`, `shut off`, ...
    pub state: String,
    /// Its UUID.
    pub uuid: String,
    /// Image path by target, e.g. `vdb`.
    pub disks: BTreeMap<String, String>,
    /// Network cards by the name that Linux gives them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cards: BTreeMap<String, Card>,
    /// Processors.
    #[serde(default = "sixteen", skip_serializing_if = "is_sixteen")]
    pub cpus: u32,
    /// Memory in MiB.
    #[serde(default = "memory", skip_serializing_if = "is_memory")]
    pub memory: u64,
    /// Names of its snapshots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<String>,
}

/// A virtual machine's network card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its MAC address.
    pub mac: String,
    /// The wire on which it gets its address, as MAAS calls it, e.g. `metal/0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wire: Option<crate::lab::maas::VlanRef>,
    /// The address that it takes when it starts from the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<std::net::Ipv4Addr>,
}

fn sixteen() -> u32 {
    16
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_sixteen(value: &u32) -> bool {
    *value == sixteen()
}

fn memory() -> u64 {
    65536
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_memory(value: &u64) -> bool {
    *value == memory()
}

/// A disk image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// The size that the guest sees, bytes.
    pub virtual_size: u64,
    /// The bytes it takes on the hypervisor.
    pub used: u64,
    /// `qcow2`, or `raw` for a file that is no image.
    #[serde(default = "qcow2", skip_serializing_if = "is_qcow2")]
    pub format: String,
}

fn qcow2() -> String {
    "qcow2".to_string()
}

fn is_qcow2(format: &str) -> bool {
    format == "qcow2"
}
