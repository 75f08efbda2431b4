//! The forms that NetBox gives choices, references and tags, over its versions.

use serde::{Deserialize, Deserializer};

/// A reference to a site, role, VLAN, VRF or group.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    pub(super) slug: Option<String>,
    pub(super) name: String,
}

impl Named {
    /// The slug; the name where the kind has none.
    pub(super) fn key(self) -> String {
        self.slug.unwrap_or(self.name)
    }
}

/// A reference to a VLAN.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct VlanRef {
    pub(super) vid: i64,
}

/// A choice: `{value, label}`, where NetBox 2 has a number as the value; or the value alone.
pub(super) fn choice<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Value {
        Text(String),
        Number(#[expect(dead_code, reason = "the label says it")] i64),
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Choice {
        Bare(String),
        Pair { value: Value, label: String },
    }
    match Choice::deserialize(deserializer)? {
        Choice::Bare(value) | Choice::Pair { value: Value::Text(value), .. } => Ok(value),
        Choice::Pair { value: Value::Number(_), label } => Ok(label.to_lowercase()),
    }
}

/// Tags by slug, sorted; in NetBox 2 they are plain texts.
pub(super) fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Tag {
        Text(String),
        Object { slug: String },
    }
    let tags: Vec<Tag> = Vec::deserialize(deserializer)?;
    let mut tags: Vec<String> = tags
        .into_iter()
        .map(|tag| match tag {
            Tag::Text(slug) | Tag::Object { slug } => slug,
        })
        .collect();
    tags.sort();
    Ok(tags)
}

/// A key that is there, be it null; without the attribute `default` its absence is an error that names it.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// An address with or without its mask.
pub(super) fn unmasked(address: &str) -> &str {
    address.split_once('/').map_or(address, |(address, _)| address)
}
