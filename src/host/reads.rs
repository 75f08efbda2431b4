//! What one run reads: which parts of a reply a type asked for, and what scripts were told of it. Kept only where a
//! session was given a place for it; it changes nothing in what a run does.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use parking_lot::Mutex;
use serde::de::{Deserialize, IgnoredAny};

/// A place in a JSON document: keys and indices from its root.
pub type Spot = Vec<String>;

/// What a run read so far.
#[derive(Debug, Default)]
pub struct Reads {
    /// Whether replies are looked through for the parts that no type asks for, which costs a second parse.
    looks_inside: bool,
    noted: Mutex<Noted>,
}

/// What was noted.
#[derive(Debug, Default)]
pub struct Noted {
    /// Payloads, with the parts that no type asked for.
    pub parsed: Vec<Parsed>,
    /// What was asked, by the key under which replies are kept: the steps that asked.
    pub asked: BTreeMap<String, BTreeSet<String>>,
    /// Files that were read, by path: the steps that did.
    pub files: BTreeMap<String, BTreeSet<String>>,
    /// All that scripts were told and all that was asked, in order.
    told: DefaultHasher,
}

/// A payload that was read into a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The payload.
    pub bytes: Vec<u8>,
    /// The parts that the type did not ask for.
    pub unread: BTreeSet<Spot>,
}

impl Reads {
    /// Notes what is told and asked.
    pub fn told_only() -> Self {
        Self::default()
    }

    /// Notes the parts of each reply as well.
    pub fn with_parts() -> Self {
        Reads { looks_inside: true, ..Self::default() }
    }

    /// What was noted up to now.
    pub fn take(&self) -> Noted {
        std::mem::take(&mut self.noted.lock())
    }

    /// A digest of what scripts were told and what was asked: another one means that something read has made a
    /// difference.
    pub fn told(&self) -> u64 {
        self.noted.lock().told.finish()
    }

    pub(crate) fn note_asked(&self, step: &str, key: &str) {
        let mut noted = self.noted.lock();
        key.hash(&mut noted.told);
        noted.asked.entry(key.to_string()).or_default().insert(step.to_string());
    }

    pub(crate) fn note_file(&self, step: &str, path: &str) {
        self.noted.lock().files.entry(path.to_string()).or_default().insert(step.to_string());
    }

    pub(crate) fn note_told(&self, label: &str, value: &str) {
        let mut noted = self.noted.lock();
        (label, value).hash(&mut noted.told);
    }

    /// Reads the payload once more, only to see what the type passes over.
    pub(crate) fn note_parsed<'b, T: Deserialize<'b>>(&self, bytes: &'b [u8]) {
        if !self.looks_inside || serde_json::from_slice::<IgnoredAny>(bytes).is_err() {
            return;
        }
        let mut unread = BTreeSet::new();
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let read: Result<T, _> = serde_ignored::deserialize(&mut reader, |path| {
            unread.insert(spot(&path));
        });
        if read.is_ok() {
            let parsed = Parsed { bytes: bytes.to_vec(), unread };
            let mut noted = self.noted.lock();
            if !noted.parsed.contains(&parsed) {
                noted.parsed.push(parsed);
            }
        }
    }
}

fn spot(path: &serde_ignored::Path<'_>) -> Spot {
    use serde_ignored::Path;
    let (parent, part) = match path {
        Path::Root => return Vec::new(),
        Path::Seq { parent, index } => (parent, Some(index.to_string())),
        Path::Map { parent, key } => (parent, Some(key.clone())),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => (parent, None),
    };
    let mut spot = spot(parent);
    spot.extend(part);
    spot
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Row {
        #[serde(rename = "name")]
        _name: String,
    }

    #[test]
    fn what_no_type_asks_for_is_noted_by_its_place() {
        let reads = Reads::with_parts();
        reads.note_parsed::<Vec<Row>>(br#"[{"name": "a", "id": 1, "more": {"x": 2}}, {"name": "b"}]"#);
        let noted = reads.take();
        let spots: Vec<String> = noted.parsed[0].unread.iter().map(|spot| spot.join(".")).collect();
        assert_eq!(spots, ["0.id", "0.more"]);
    }

    #[test]
    fn the_digest_moves_with_what_is_told() {
        let (one, other) = (Reads::told_only(), Reads::told_only());
        one.note_told("mtu of network a", "1500");
        other.note_told("mtu of network a", "9000");
        assert_ne!(one.told(), other.told());
    }
}
