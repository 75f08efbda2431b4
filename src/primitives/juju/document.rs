//! The reply of `juju status --format json` as rows, over the versions 2.9 to 3.6. Straight from the bytes into these
//! structs: a model of 10,000 units must stay cheap.
//!
//! Juju leaves out what is empty and may put `{"status-error": ...}` in the place of any object: nothing is required
//! here but what every version prints, and nothing is defaulted that could be mistaken for an answer.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The whole reply. Machines stay as they came until somebody asks for one: they are half of the bytes.
#[derive(serde::Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow)]
    pub model: ModelRow<'a>,
    #[serde(borrow)]
    pub machines: &'a RawValue,
    #[serde(borrow)]
    pub applications: Entries<'a, ApplicationRow<'a>>,
}

/// The model it is about.
#[derive(serde::Deserialize)]
pub(super) struct ModelRow<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub controller: Text<'a>,
    #[serde(borrow)]
    pub cloud: Text<'a>,
    #[serde(borrow, default)]
    pub region: Option<Text<'a>>,
    #[serde(borrow)]
    pub version: Text<'a>,
}

/// A status: every key is left out when empty, and all of it may be an error.
#[derive(serde::Deserialize, Default)]
pub(super) struct StatusRow<'a> {
    #[serde(borrow, default)]
    pub current: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub message: Option<Text<'a>>,
    #[serde(borrow, default, rename = "status-error")]
    pub error: Option<Text<'a>>,
}

/// A machine, or a container within one.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct MachineRow<'a> {
    #[serde(borrow, default)]
    pub status_error: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub juju_status: Option<StatusRow<'a>>,
    #[serde(borrow, default)]
    pub machine_status: Option<StatusRow<'a>>,
    #[serde(borrow, default)]
    pub hostname: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub dns_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub instance_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub display_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub base: Option<Base<'a>>,
    #[serde(borrow, default)]
    pub series: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub containers: Entries<'a, MachineRow<'a>>,
}

/// The operating system, as 3.x tells it.
#[derive(serde::Deserialize)]
pub(super) struct Base<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub channel: Text<'a>,
}

/// An application.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ApplicationRow<'a> {
    #[serde(borrow, default)]
    pub status_error: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub charm_name: Option<Text<'a>>,
    #[serde(default)]
    pub charm_rev: Option<i64>,
    #[serde(borrow, default)]
    pub charm_channel: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub base: Option<Base<'a>>,
    #[serde(borrow, default)]
    pub series: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub application_status: Option<StatusRow<'a>>,
    #[serde(borrow, default)]
    pub subordinate_to: Vec<Text<'a>>,
    #[serde(borrow, default)]
    pub relations: Entries<'a, Vec<Related<'a>>>,
    #[serde(borrow, default)]
    pub endpoint_bindings: Entries<'a, Text<'a>>,
    #[serde(borrow, default)]
    pub units: Entries<'a, UnitRow<'a>>,
}

/// A unit, principal or subordinate.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct UnitRow<'a> {
    #[serde(borrow, default)]
    pub status_error: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub workload_status: Option<StatusRow<'a>>,
    #[serde(borrow, default)]
    pub juju_status: Option<StatusRow<'a>>,
    #[serde(default)]
    pub leader: bool,
    #[serde(borrow, default)]
    pub machine: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub public_address: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub address: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub subordinates: Entries<'a, UnitRow<'a>>,
}

/// The other side of a relation: its name alone up to 3.1.2, an object from 3.1.3.
#[derive(serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Related<'a> {
    Name(#[serde(borrow)] Text<'a>),
    Object {
        #[serde(borrow, rename = "related-application")]
        application: Text<'a>,
    },
}

impl Related<'_> {
    pub(super) fn application(self) -> String {
        match self {
            Related::Name(application) | Related::Object { application } => application.owned(),
        }
    }
}

/// An object with keys of its own, in the order of the reply.
pub(super) struct Entries<'a, V>(pub Vec<(Text<'a>, V)>);

impl<V> Default for Entries<'_, V> {
    fn default() -> Self {
        Entries(Vec::new())
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Entries<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<'a, V>(PhantomData<(&'a (), V)>);

impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<'a, V> {
    type Value = Entries<'a, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            // Most objects here have one member: the usual room for four would cost more than all else.
            if entries.len() == entries.capacity() {
                entries.reserve_exact(entries.len().max(1));
            }
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

/// A text of the reply, borrowed from it where it has no escapes.
#[derive(Clone)]
pub(super) struct Text<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_string())))
    }
}

impl Text<'_> {
    /// The text on its own.
    pub(super) fn owned(self) -> String {
        self.0.into_owned()
    }
}

/// The texts on their own.
pub(super) fn owned(text: Option<Text<'_>>) -> Option<String> {
    text.map(Text::owned)
}
