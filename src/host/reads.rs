//! What one run reads: which parts of a reply a type asked for, and what scripts were told of it. Kept only where a
//! session was given a place for it; it changes nothing in what a run does.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::de::{Deserialize, IgnoredAny};

/// A place in a JSON document: keys and indices from its root.
pub type Spot = Vec<String>;

/// What a run read so far.
#[derive(Debug, Default)]
pub struct Reads {
    /// Whether replies are looked through for the parts that no type asks for, which costs a second parse.
    looks_inside: bool,
    /// What another run made of payloads that this one meets too.
    known: Arc<Made>,
    /// What this one made.
    made: Mutex<Made>,
    noted: Mutex<Noted>,
}

/// What was noted.
#[derive(Debug, Default)]
pub struct Noted {
    /// Payloads, with the parts that no type asked for.
    pub parsed: Vec<Parsed>,
    /// What was asked, as a person would type it: the steps that asked.
    pub asked: BTreeMap<String, BTreeSet<String>>,
    /// Files that were read, by path: the steps that did.
    pub files: BTreeMap<String, BTreeSet<String>>,
    told: ToldSoFar,
}

/// What scripts were told up to some place, as a digest that goes on.
#[derive(Clone, Debug, Default)]
pub(crate) struct ToldSoFar {
    /// All that scripts were told and all that was asked, in order.
    all: DefaultHasher,
    /// The same up to the step that is open.
    before: DefaultHasher,
}

impl ToldSoFar {
    pub fn digest(&self) -> u64 {
        self.all.finish()
    }
}

/// A payload that was read into a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The payload.
    pub bytes: Vec<u8>,
    /// The parts that the type did not ask for.
    pub unread: BTreeSet<Spot>,
}

/// What was made of payloads, by the request.
pub type Made = BTreeMap<String, Vec<(Vec<u8>, Arc<dyn Any + Send + Sync>)>>;

impl Reads {
    /// Notes what is told and asked.
    pub fn told_only() -> Self {
        Self::default()
    }

    /// The same, with what another run made of the same payloads.
    pub fn remembering(made: Arc<Made>) -> Self {
        Reads { known: made, ..Self::default() }
    }

    /// What this run itself made of payloads.
    pub fn take_made(&self) -> Made {
        std::mem::take(&mut self.made.lock())
    }

    /// What `make` makes of a payload, or has made of it before.
    pub(crate) fn made<T: Clone + Send + Sync + 'static>(
        &self,
        request: &str,
        bytes: &[u8],
        make: impl FnOnce() -> Result<T, super::Stop>,
    ) -> Result<T, super::Stop> {
        let find = |made: &Made| {
            let payloads = made.get(request)?;
            let (_, made) = payloads.iter().find(|(known, made)| made.is::<T>() && known == bytes)?;
            made.downcast_ref::<T>().cloned()
        };
        if let Some(made) = find(&self.known).or_else(|| find(&self.made.lock())) {
            return Ok(made);
        }
        let fresh = make()?;
        let remembered = (bytes.to_vec(), Arc::new(fresh.clone()) as Arc<dyn Any + Send + Sync>);
        self.made.lock().entry(request.to_string()).or_default().push(remembered);
        Ok(fresh)
    }

    /// Whether it is noted what types pass over.
    pub(crate) fn looks_inside(&self) -> bool {
        self.looks_inside
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
        self.noted.lock().told.digest()
    }

    /// The same, to go on from.
    pub(crate) fn told_so_far(&self) -> ToldSoFar {
        self.noted.lock().told.clone()
    }

    /// Goes on from what was told up to some place.
    pub(crate) fn resume(&self, told: &ToldSoFar) {
        self.noted.lock().told = told.clone();
    }

    /// What was asked, and files that were read, since this was asked last.
    pub(crate) fn take_asked(&self) -> BTreeSet<String> {
        let mut noted = self.noted.lock();
        let asked = std::mem::take(&mut noted.asked).into_keys();
        asked.chain(std::mem::take(&mut noted.files).into_keys()).collect()
    }

    pub(crate) fn note_asked(&self, step: &str, asked: &str) {
        let mut noted = self.noted.lock();
        asked.hash(&mut noted.told.all);
        noted.asked.entry(asked.to_string()).or_default().insert(step.to_string());
    }

    pub(crate) fn note_step(&self) {
        let mut noted = self.noted.lock();
        noted.told.before = noted.told.all.clone();
    }

    /// What a step was told that is then put off decides nothing.
    pub(crate) fn put_off(&self) {
        let mut noted = self.noted.lock();
        noted.told.all = noted.told.before.clone();
    }

    pub(crate) fn note_file(&self, step: &str, path: &str) {
        self.noted.lock().files.entry(path.to_string()).or_default().insert(step.to_string());
    }

    pub(crate) fn note_told(&self, label: &str, value: &str) {
        let mut noted = self.noted.lock();
        (label, value).hash(&mut noted.told.all);
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
    fn what_a_step_was_told_that_is_put_off_does_not_count() {
        let (one, other) = (Reads::told_only(), Reads::told_only());
        one.note_told("mtu of network a", "1500");
        other.note_told("mtu of network a", "1500");
        other.note_step();
        other.note_told("mtu of network b", "9000");
        other.put_off();
        assert_eq!(one.told(), other.told());
    }

    #[test]
    fn a_payload_is_made_anew_only_where_no_run_before_made_the_same() {
        let first = Reads::told_only();
        assert_eq!(first.made("status", b"1", || Ok(1)).ok(), Some(1));
        let next = Reads::remembering(Arc::new(first.take_made()));
        assert_eq!(next.made("status", b"1", || Ok(5)).ok(), Some(1));
        assert_eq!(next.made("status", b"2", || Ok(2)).ok(), Some(2));
        assert_eq!(next.made("status", b"2", || Ok(5)).ok(), Some(2));
        assert_eq!(next.made("other", b"1", || Ok(7)).ok(), Some(7));
    }

    #[test]
    fn the_digest_moves_with_what_is_told() {
        let (one, other) = (Reads::told_only(), Reads::told_only());
        one.note_told("mtu of network a", "1500");
        other.note_told("mtu of network a", "9000");
        assert_ne!(one.told(), other.told());
    }
}
