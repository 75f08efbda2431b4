//! One intended mutation, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a change does to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Makes it.
    Make,
    /// Alters it.
    Set,
    /// Removes it.
    Remove,
    /// Runs something on it.
    Run,
}

impl Verb {
    /// The word in a plan.
    pub fn word(self) -> &'static str {
        match self {
            Verb::Make => "make",
            Verb::Set => "set",
            Verb::Remove => "remove",
            Verb::Run => "run",
        }
    }
}

/// One intended mutation: what, on what, from what to what, by which requests, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The step that asks for it.
    pub step: String,
    /// The primitive, e.g. `openstack::ensure_network`.
    pub primitive: String,
    /// The kind of object, e.g. `openstack network`.
    pub kind: String,
    /// The object's key.
    pub name: String,
    /// What is done.
    pub verb: Verb,
    /// The compared fields as they are; empty when the object is not there.
    pub before: BTreeMap<String, serde_json::Value>,
    /// The compared fields as they will be.
    pub after: BTreeMap<String, serde_json::Value>,
    /// The commands or requests, as a person would type them.
    pub requests: Vec<String>,
    /// Why, in words.
    pub reason: String,
    /// Kinds of objects that it may alter; one that ends in ` *` stands for a whole namespace.
    pub touches: Vec<String>,
    /// The name that a person types before it is sent, for what cannot be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<String>,
    /// Whether a request holds a secret that nobody has given yet. No part of what is agreed to.
    #[serde(skip)]
    pub awaits_secret: bool,
}

impl Change {
    /// What must agree between the plan and the apply: everything but the requests, whose ids a plan may not know.
    pub fn same_intent(&self, other: &Change) -> bool {
        let key =
            |change: &Change| (change.step.clone(), change.primitive.clone(), change.kind.clone(), change.name.clone());
        key(self) == key(other) && self.verb == other.verb && self.before == other.before && self.after == other.after
    }

    /// The thing and its key: `network provider-ext`.
    pub fn label(&self) -> String {
        let thing = self.kind.split_once(' ').map_or(self.kind.as_str(), |(_, thing)| thing);
        format!("{thing} {}", self.name)
    }

    /// The fields that differ, as `field: before -> after`, or the fields of a new object.
    pub fn differences(&self) -> Vec<String> {
        let show = crate::script::shown_json;
        self.after
            .iter()
            .filter(|(field, after)| self.before.get(*field) != Some(after))
            .map(|(field, after)| match self.before.get(field) {
                Some(before) => format!("{field}: {} -> {}", show(before), show(after)),
                None => format!("{field} {}", show(after)),
            })
            .collect()
    }
}
