//! The form of a bundle file. Strict where a gate relies on it, with line and column for every fault; keys that a
//! bundle may have and no gate reads (storage, devices, resources) are passed over.

use std::collections::{BTreeMap, BTreeSet};

use rhai::Dynamic;
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::host::Stop;

/// A bundle as it is written.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    #[serde(alias = "services")]
    pub(super) applications: BTreeMap<String, Spanned<Application>>,
    #[serde(default)]
    pub(super) relations: Vec<Spanned<Relation>>,
    #[serde(default, deserialize_with = "machines")]
    pub(super) machines: Vec<(String, Option<String>)>,
    /// Applications of other models that relations may name.
    #[serde(default, rename = "saas", deserialize_with = "names")]
    pub(super) elsewhere: BTreeSet<String>,
}

/// An application as it is written.
#[derive(Debug, Deserialize)]
pub(super) struct Application {
    pub(super) charm: String,
    #[serde(default)]
    pub(super) channel: Option<String>,
    #[serde(default)]
    pub(super) num_units: Option<i64>,
    #[serde(default)]
    pub(super) to: Places,
    #[serde(default)]
    pub(super) options: Option<BTreeMap<String, Spanned<Scalar>>>,
    #[serde(default)]
    pub(super) bindings: Option<BTreeMap<String, Spanned<String>>>,
    #[serde(default)]
    pub(super) annotations: Option<BTreeMap<String, Scalar>>,
}

/// One relation: an endpoint, and those on its other side.
#[derive(Debug, Deserialize)]
pub(super) struct Relation(pub(super) Side, pub(super) Side);

/// One endpoint, or several.
#[derive(Debug)]
pub(super) struct Side(pub(super) Vec<String>);

/// Where units go: one place or several.
#[derive(Debug, Default)]
pub(super) struct Places(pub(super) Vec<String>);

/// The value of an option, of the type that YAML gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A number with a point, as text: scripts have whole numbers alone.
    Point(String),
    /// True or false.
    Flag(bool),
    /// The key stands there with no value.
    Nothing,
}

impl Scalar {
    /// The value as a person writes it; nothing is its own answer.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Scalar::Text(text) | Scalar::Point(text) => Some(text.clone()),
            Scalar::Number(number) => Some(number.to_string()),
            Scalar::Flag(flag) => Some(flag.to_string()),
            Scalar::Nothing => None,
        }
    }

    /// The value as a script compares it; nothing is its own answer.
    pub(super) fn value(&self) -> Option<Dynamic> {
        match self {
            Scalar::Text(text) | Scalar::Point(text) => Some(text.clone().into()),
            Scalar::Number(number) => Some((*number).into()),
            Scalar::Flag(flag) => Some((*flag).into()),
            Scalar::Nothing => None,
        }
    }
}

/// Reads a bundle. The error names the file, the line and the column.
pub(super) fn parse(path: &str, text: &str) -> Result<Document, Stop> {
    serde_saphyr::from_str(text).map_err(|error| {
        let at = error.location().map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
        Stop::failed(format!("{path} is no sound bundle: {}", first_line(&error.without_snippet().to_string())))
            .with("at", format!("{path}{at}"))
            .with("next", "correct the file, review it and pin it again (omega pin)")
    })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or(text).to_string()
}

/// What stands behind the key of a machine; a series or a base is not read.
#[derive(Debug, Deserialize)]
struct Machine {
    #[serde(default)]
    constraints: Option<String>,
}

/// The keys of the machines with their constraints, in natural order.
fn machines<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Option<String>)>, D::Error> {
    let written: Option<BTreeMap<String, Option<Machine>>> = Option::deserialize(deserializer)?;
    let mut machines: Vec<_> = written
        .unwrap_or_default()
        .into_iter()
        .map(|(key, machine)| (key, machine.and_then(|machine| machine.constraints)))
        .collect();
    machines.sort_by_key(|(key, _)| (key.parse::<u64>().unwrap_or(u64::MAX), key.clone()));
    Ok(machines)
}

/// The keys of a map.
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<String>, D::Error> {
    let all: Option<BTreeMap<String, de::IgnoredAny>> = Option::deserialize(deserializer)?;
    Ok(all.unwrap_or_default().into_keys().collect())
}

/// One text or a list of texts.
struct OneOrMore(&'static str);

impl<'de> Visitor<'de> for OneOrMore {
    type Value = Vec<String>;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, or a list of them", self.0)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(vec![text.to_string()])
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(vec![number.to_string()])
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(vec![number.to_string()])
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = items.next_element::<String>()? {
            texts.push(text);
        }
        Ok(texts)
    }
}

impl<'de> Deserialize<'de> for Side {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMore("an endpoint such as `keystone:shared-db`")).map(Side)
    }
}

impl<'de> Deserialize<'de> for Places {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMore("a place such as `lxd:8`")).map(Places)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text, a number or true/false")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_string()))
    }
    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Scalar, E> {
        Ok(Scalar::Flag(flag))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Scalar, E> {
        i64::try_from(number).map(Scalar::Number).map_err(|_| E::custom(format!("{number} is too large")))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Point(number.to_string()))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Nothing)
    }
    fn visit_none<E: de::Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Nothing)
    }
}
