//! The reply of `juju status --format json` as rows, over the versions 2.9 to 3.6. Straight from the bytes into these
//! structs: a model of 10,000 units must stay cheap.
//!
//! Juju leaves out what is empty and may put `{"status-error": ...}` in the place of any object: nothing is required
//! here but what every version prints, and nothing is defaulted that could be mistaken for an answer.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// The whole reply.
#[derive(serde::Deserialize)]
pub(super) struct Document {
    pub model: ModelRow,
    pub machines: Entries<MachineRow>,
    pub applications: Entries<ApplicationRow>,
}

/// The model it is about.
#[derive(serde::Deserialize)]
pub(super) struct ModelRow {
    pub name: String,
    pub controller: String,
    pub cloud: String,
    #[serde(default)]
    pub region: Option<String>,
    pub version: String,
}

/// A status: every key is left out when empty, and all of it may be an error.
#[derive(serde::Deserialize, Default)]
pub(super) struct StatusRow {
    #[serde(default)]
    pub current: Option<String>,
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default, rename = "status-error")]
    pub error: Option<String>,
}

/// A machine, or a container within one.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct MachineRow {
    #[serde(default)]
    pub status_error: Option<String>,
    #[serde(default)]
    pub juju_status: Option<StatusRow>,
    #[serde(default)]
    pub machine_status: Option<StatusRow>,
    #[serde(default)]
    pub hostname: Option<String>,
    #[serde(default)]
    pub dns_name: Option<String>,
    #[serde(default)]
    pub instance_id: Option<String>,
    #[serde(default)]
    pub display_name: Option<String>,
    #[serde(default)]
    pub base: Option<Base>,
    #[serde(default)]
    pub series: Option<String>,
    #[serde(default)]
    pub containers: Entries<MachineRow>,
}

/// The operating system, as 3.x tells it.
#[derive(serde::Deserialize)]
pub(super) struct Base {
    pub name: String,
    pub channel: String,
}

/// An application.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ApplicationRow {
    #[serde(default)]
    pub status_error: Option<String>,
    #[serde(default)]
    pub charm_name: Option<String>,
    #[serde(default)]
    pub charm_rev: Option<i64>,
    #[serde(default)]
    pub charm_channel: Option<String>,
    #[serde(default)]
    pub base: Option<Base>,
    #[serde(default)]
    pub series: Option<String>,
    #[serde(default)]
    pub application_status: Option<StatusRow>,
    #[serde(default)]
    pub subordinate_to: Vec<String>,
    #[serde(default)]
    pub relations: Entries<Vec<Related>>,
    #[serde(default)]
    pub endpoint_bindings: Entries<String>,
    #[serde(default)]
    pub units: Entries<UnitRow>,
}

/// A unit, principal or subordinate.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct UnitRow {
    #[serde(default)]
    pub status_error: Option<String>,
    #[serde(default)]
    pub workload_status: Option<StatusRow>,
    #[serde(default)]
    pub juju_status: Option<StatusRow>,
    #[serde(default)]
    pub leader: bool,
    #[serde(default)]
    pub machine: Option<String>,
    #[serde(default)]
    pub public_address: Option<String>,
    #[serde(default)]
    pub address: Option<String>,
    #[serde(default)]
    pub subordinates: Entries<UnitRow>,
}

/// The other side of a relation: its name alone up to 3.1.2, an object from 3.1.3.
#[derive(serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Related {
    Name(String),
    Object {
        #[serde(rename = "related-application")]
        application: String,
    },
}

impl Related {
    pub(super) fn application(self) -> String {
        match self {
            Related::Name(application) | Related::Object { application } => application,
        }
    }
}

/// An object with keys of its own, in the order of the reply.
pub(super) struct Entries<V>(pub Vec<(String, V)>);

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Entries(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<V> {
    type Value = Entries<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}
