//! What a MAAS region knows about a machine: its life, its power, its interfaces and its disks.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::state::VlanRef;

/// A machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Machine {
    pub system_id: String,
    pub status: Status,
    pub power_state: PowerState,
    pub power: Power,
    #[serde(default = "default_architecture")]
    pub architecture: String,
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub locked: bool,
    /// The VM host that the machine was composed on; then deleting it deletes the VM.
    #[serde(default)]
    pub pod: Option<Pod>,
    #[serde(default)]
    pub virtualmachine_id: Option<u64>,
    pub cpu_count: u32,
    /// MiB.
    pub memory: u64,
    #[serde(default)]
    pub osystem: String,
    #[serde(default)]
    pub distro_series: String,
    #[serde(default)]
    pub hwe_kernel: Option<String>,
    #[serde(default)]
    pub tags: BTreeSet<String>,
    #[serde(default = "default_name")]
    pub zone: String,
    #[serde(default = "default_name")]
    pub pool: String,
    /// The name of the interface that it boots from.
    pub boot_interface: String,
    /// By name.
    pub interfaces: BTreeMap<String, Interface>,
    /// By name, e.g. `vda`.
    pub disks: BTreeMap<String, Disk>,
    /// False until its hardware was read by a commissioning that passed.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub commissioned: bool,
    /// When the state that it is in passes by itself, in seconds of the lab's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

/// The states of a machine that the lab knows, in the API's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Status {
    New,
    Commissioning,
    #[serde(rename = "Failed commissioning")]
    FailedCommissioning,
    Missing,
    Ready,
    Reserved,
    Deployed,
    Retired,
    Broken,
    Deploying,
    Allocated,
    #[serde(rename = "Failed deployment")]
    FailedDeployment,
    Releasing,
    #[serde(rename = "Releasing failed")]
    ReleasingFailed,
    #[serde(rename = "Disk erasing")]
    DiskErasing,
    #[serde(rename = "Failed disk erasing")]
    FailedDiskErasing,
    #[serde(rename = "Rescue mode")]
    RescueMode,
    #[serde(rename = "Entering rescue mode")]
    EnteringRescueMode,
    #[serde(rename = "Failed to enter rescue mode")]
    FailedEnteringRescueMode,
    #[serde(rename = "Exiting rescue mode")]
    ExitingRescueMode,
    #[serde(rename = "Failed to exit rescue mode")]
    FailedExitingRescueMode,
    Testing,
    #[serde(rename = "Failed testing")]
    FailedTesting,
}

impl Status {
    /// The API's number.
    pub fn number(self) -> i64 {
        self as i64
    }
}

/// Whether a machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum PowerState {
    On,
    Off,
    Unknown,
    Error,
}

/// How a machine's power is driven.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Power {
    #[serde(rename = "type")]
    pub kind: String,
    pub address: String,
    pub id: String,
    pub pass: String,
}

/// A VM host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Pod {
    pub id: u64,
    pub name: String,
}

/// A network interface of a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Interface {
    pub id: u64,
    #[serde(rename = "type")]
    pub kind: InterfaceKind,
    pub mac: String,
    #[serde(default)]
    pub vlan: Option<VlanRef>,
    /// Names of the interfaces beneath.
    #[serde(default)]
    pub parents: BTreeSet<String>,
    #[serde(default)]
    pub links: Vec<Link>,
    #[serde(default = "yes")]
    pub link_connected: bool,
    /// `standard` or `ovs`, for a bridge.
    #[serde(default)]
    pub bridge_type: Option<String>,
}

/// The kind of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum InterfaceKind {
    Physical,
    Bridge,
    Vlan,
    Bond,
}

/// How an interface is configured on a subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Link {
    pub id: u64,
    pub mode: LinkMode,
    #[serde(default)]
    pub subnet: Option<Ipv4Net>,
    #[serde(default)]
    pub ip_address: Option<Ipv4Addr>,
    /// Since when the address is held; without it, since the lab's epoch.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// The mode of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum LinkMode {
    Auto,
    Dhcp,
    Static,
    LinkUp,
}

/// A disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Disk {
    pub id: u64,
    /// Bytes.
    pub size: u64,
    #[serde(default)]
    pub serial: String,
    #[serde(default)]
    pub model: String,
}

fn default_architecture() -> String {
    "amd64/generic".into()
}

fn default_name() -> String {
    "default".into()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

fn yes() -> bool {
    true
}
