//! The documents behind the lab's Juju, keyed by what a person calls things.
//!
//! A subordinate's units lie under its own application and name their principal, so that
//! `/juju/models/openstack/applications/ovn-chassis/units/ovn-chassis~10/workload/current` is a path to patch.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rollout::Rollout;
use super::vault::Vault;

/// The client, its controllers and their models.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JujuState {
    /// What `juju version` prints.
    pub client_version: String,
    /// Whether the client's login is still good.
    pub logged_in: bool,
    /// The controller that is current, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_controller: Option<String>,
    /// The model that is current, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_model: Option<String>,
    /// Controllers by name.
    pub controllers: BTreeMap<String, Controller>,
    /// Clouds that the controller knows, by name.
    pub clouds: BTreeMap<String, Cloud>,
    /// Models by short name.
    pub models: BTreeMap<String, Model>,
    /// Units that come to stand in this status, and stay there, in place of getting ready: what goes wrong in a deploy.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stuck_units: BTreeMap<String, Status>,
}

/// A controller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controller {
    /// Its UUID.
    pub uuid: String,
    /// The user that the client is logged in as.
    pub user: String,
    /// What that user may do, e.g. `superuser`.
    pub access: String,
    /// The cloud it runs in.
    pub cloud: String,
    /// The region of that cloud.
    pub region: String,
    /// The version of its agents.
    pub agent_version: String,
    /// Address and port of its API.
    pub api_endpoints: Vec<String>,
}

/// A cloud and the defaults that its models get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cloud {
    /// `maas`, `lxd`, `kubernetes`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its regions.
    pub regions: Vec<String>,
    /// The name of the credential in use.
    pub credential: String,
    /// Model defaults by key.
    pub model_defaults: BTreeMap<String, ConstrainedDefault>,
}

/// A model default: what Juju ships, and what the controller's administrator set over it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConstrainedDefault {
    /// Juju's own value; an attribute without one exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The controller's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<Value>,
    /// The values of regions, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub regions: BTreeMap<String, Value>,
}

/// A model and everything in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its UUID.
    pub uuid: String,
    /// The user that owns it.
    pub owner: String,
    /// The cloud it is in.
    pub cloud: String,
    /// The region of that cloud.
    pub region: String,
    /// The version of its agents.
    pub agent_version: String,
    /// `available`, `destroying`, ...
    pub status: Status,
    /// Configuration by key.
    pub config: BTreeMap<String, ConfigValue>,
    /// Spaces by name; Juju reads them from MAAS when the model is made.
    pub spaces: BTreeMap<String, Space>,
    /// Machines by id.
    #[serde(default)]
    pub machines: BTreeMap<String, Machine>,
    /// Applications by name.
    #[serde(default)]
    pub applications: BTreeMap<String, Application>,
    /// Relations between different applications.
    #[serde(default)]
    pub relations: Vec<Relation>,
    /// Operations by id; operations and tasks are numbered from one sequence.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub operations: BTreeMap<u64, Operation>,
    /// The Vault behind the application `vault`, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault: Option<Vault>,
    /// What is still to happen by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
}

/// A status with the time since when it holds. All parts may be missing: a charm that set none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The word, e.g. `active`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// The text beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The agent's version, where the status is an agent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What stood in the way of reading it; then Juju prints this and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A configuration value and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigValue {
    /// The value.
    pub value: Value,
    /// `default`, `controller`, `model`.
    pub source: String,
}

/// A network space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Space {
    /// Its id, a number as text.
    pub id: String,
    /// Its subnets by CIDR.
    pub subnets: BTreeMap<String, SpaceSubnet>,
}

/// A subnet of a space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpaceSubnet {
    /// The id in MAAS, as text.
    pub provider_id: String,
    /// The VID; 0 is untagged.
    pub vlan_tag: u16,
    /// Availability zones.
    pub zones: Vec<String>,
}

/// A machine or a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Its host name.
    pub hostname: String,
    /// The provider's id: MAAS's system_id, LXD's name, or `pending`.
    pub instance_id: String,
    /// What MAAS calls it, where that differs from the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The address that clients use.
    pub dns_name: String,
    /// Every address.
    pub addresses: Vec<String>,
    /// The machine agent's status.
    pub agent: Status,
    /// The provider's status.
    pub instance: Status,
    /// The status of the LXD profile.
    #[serde(default)]
    pub modification: Status,
    /// Network interfaces by name.
    pub interfaces: BTreeMap<String, Link>,
    /// Containers by id, e.g. `0/lxd/3`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub containers: BTreeMap<String, Machine>,
    /// Constraints as Juju prints them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub constraints: String,
    /// Hardware as Juju prints it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hardware: String,
    /// Whether it votes among the controllers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller_member: Option<String>,
    /// What stood in the way of reading it; then Juju prints this and nothing else of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_error: Option<String>,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Its addresses, without masks.
    pub addresses: Vec<String>,
    /// Its MAC address.
    pub mac: String,
    /// The space of its subnet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// Its gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// Its name servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dns: Vec<String>,
    /// Whether it is down.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub down: bool,
}

/// An application and its units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The charm's name in Charmhub.
    pub charm: String,
    /// The channel it came from.
    pub channel: String,
    /// The charm's revision.
    pub revision: u32,
    /// The version of the software that the charm reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The status of the application, where it is not that of the leading unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Whether its units live beside those of another application.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub subordinate: bool,
    /// Space by endpoint; the empty endpoint is the default.
    pub bindings: BTreeMap<String, String>,
    /// Peer relations: interface by endpoint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub peers: BTreeMap<String, String>,
    /// Options that were set.
    pub config: BTreeMap<String, Value>,
    /// Units by name.
    pub units: BTreeMap<String, Unit>,
    /// What stood in the way of reading it; then Juju prints this and nothing else of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_error: Option<String>,
}

/// A unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// The machine or container it runs on; a subordinate has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The unit it lives beside; only a subordinate has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Whether it leads its application.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leader: bool,
    /// What the charm says.
    pub workload: Status,
    /// What the unit agent says.
    pub agent: Status,
    /// The address that Juju shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_address: Option<String>,
    /// Ports, e.g. `5000/tcp`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_ports: Vec<String>,
    /// What stood in the way of reading it; then Juju prints this and nothing else of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_error: Option<String>,
}

/// A relation between two applications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// Both ends, `application:endpoint`.
    pub endpoints: [String; 2],
    /// The interface they speak.
    pub interface: String,
    /// `container` for a subordinate beside its principal.
    #[serde(default = "global", skip_serializing_if = "is_global")]
    pub scope: String,
}

fn global() -> String {
    "global".to_string()
}

fn is_global(scope: &str) -> bool {
    scope == "global"
}

/// Something that was run on units: an action or a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// The action's name; `juju-exec` for a command.
    pub action: String,
    /// Its parameters, as Juju keeps them.
    pub parameters: BTreeMap<String, Value>,
    /// What Juju prints of it, e.g. `get-root-ca run on unit-vault-0`.
    pub summary: String,
    /// When it was queued.
    pub enqueued: Timestamp,
    /// A task a unit, by id.
    pub tasks: BTreeMap<u64, Task>,
}

/// What one unit did of an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Unit or machine.
    pub host: String,
    /// `completed`, `failed`, `running`, ...
    pub status: String,
    /// What the charm said while failing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Results by key, `return-code` among them.
    pub results: BTreeMap<String, Value>,
}

impl JujuState {
    /// The current controller and its name.
    pub(in crate::lab) fn controller(&self) -> Option<(&str, &Controller)> {
        let name = self.current_controller.as_deref()?;
        self.controllers.get(name).map(|controller| (name, controller))
    }

    /// PEM of the root certificate that signs the cloud's endpoints.
    pub(in crate::lab) fn root_ca(&self) -> Option<&str> {
        self.models.values().find_map(|model| model.vault.as_ref()?.root_ca.as_deref())
    }
}

impl Model {
    /// The unit of this name, with its application's name.
    pub(in crate::lab) fn unit(&self, name: &str) -> Option<(&str, &Unit)> {
        let (application, _) = name.split_once('/')?;
        let (application, found) = self.applications.get_key_value(application)?;
        found.units.get(name).map(|unit| (application.as_str(), unit))
    }

    /// The machine or container of this id.
    pub(in crate::lab) fn machine(&self, id: &str) -> Option<&Machine> {
        let host = id.split('/').next()?;
        let machine = self.machines.get(host)?;
        if id == host { Some(machine) } else { machine.containers.get(id) }
    }

    /// The unit whose machine this unit runs on: its principal, or itself.
    pub(in crate::lab) fn principal_of(&self, name: &str) -> Option<String> {
        let (_, unit) = self.unit(name)?;
        Some(unit.principal.clone().unwrap_or_else(|| name.to_string()))
    }

    /// The next number of the sequence that operations and tasks share.
    pub(super) fn next_operation(&self) -> u64 {
        let last = self.operations.iter().next_back();
        last.map_or(1, |(id, operation)| operation.tasks.keys().next_back().copied().unwrap_or(*id).max(*id) + 1)
    }
}
