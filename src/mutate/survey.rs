//! What a document holds, which parts of it a type asked for, and which mutants to make of those.
//!
//! Parts of one form make a class: the same field of every member of a list. Of each class a few representatives are
//! taken, the same ones in every run.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value, json};

use super::part::{Act, Part, Path, foreign_text, words};
use crate::host::{Parsed, Spot};

/// A mutant of a text.
#[derive(Clone, Debug)]
pub struct Sketch {
    /// The part.
    pub path: Path,
    /// The part's class: its path without indices and names of members.
    pub class: String,
    /// What is done to it.
    pub act: Act,
    /// The same in one word, as lists of survivors say it.
    pub word: &'static str,
    /// What it says when nobody notices.
    pub kind: Kind,
}

/// What a mutant is an instance of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Another value of the same type in a field.
    Value,
    /// A field of another type, or without it.
    Form,
    /// A plain value of a list, or a line, lost, doubled or foreign.
    Member,
    /// An object lost, doubled or foreign.
    Object,
    /// The whole document.
    Whole,
}

/// What a document holds.
#[derive(Debug, Default)]
pub struct Survey {
    /// Leaves that some type asked for.
    pub asked: Vec<Leaf>,
    /// Members that some type asked for.
    pub members: Vec<Member>,
    /// How many leaves no type asked for.
    pub unread: usize,
}

impl Survey {
    /// What tells documents of one form from others.
    pub fn form(&self) -> u64 {
        let classes: BTreeSet<&String> = self.asked.iter().map(|leaf| &leaf.class).collect();
        let mut hasher = DefaultHasher::new();
        classes.hash(&mut hasher);
        hasher.finish()
    }
}

/// Payloads that were read into types, ready for comparison.
pub struct Types {
    parsed: Vec<(Value, Parsed)>,
}

impl Types {
    /// Of what a run noted.
    pub fn new(parsed: Vec<Parsed>) -> Self {
        let value = |parsed: Parsed| Some((serde_json::from_slice(&parsed.bytes).ok()?, parsed));
        Types { parsed: parsed.into_iter().filter_map(value).collect() }
    }

    fn of(&self, value: &Value) -> Vec<&BTreeSet<Spot>> {
        self.parsed.iter().filter(|(known, _)| known == value).map(|(_, parsed)| &parsed.unread).collect()
    }
}

/// Looks through a text.
pub fn survey(text: &str, types: &Types) -> Survey {
    let mut walk = Walk { types, survey: Survey::default() };
    walk.text(text, Path::new(), String::new(), true);
    walk.survey
}

/// A field, or a word of a text.
#[derive(Debug)]
pub struct Leaf {
    path: Path,
    class: String,
    value: Value,
    /// Whether it can be lost by itself.
    in_object: bool,
}

/// A member of a list or an object, or a line.
#[derive(Debug)]
pub struct Member {
    path: Path,
    class: String,
    /// Whether it can be there twice: members of lists and lines.
    in_list: bool,
    /// Whether a foreign one beside it makes sense.
    by_name: bool,
    /// Whether it is more than a value, and has a name of its own.
    is_object: bool,
}

struct Walk<'t> {
    types: &'t Types,
    survey: Survey,
}

/// Where a walk is: the types that still ask for what comes, and the spot from their root.
#[derive(Clone, Default)]
struct Asking<'t> {
    types: Vec<&'t BTreeSet<Spot>>,
    spot: Spot,
    depth: usize,
}

impl Asking<'_> {
    /// Within a part; none when every type passes over it.
    fn within(&self, part: String) -> Option<Self> {
        let mut next = self.clone();
        next.spot.push(part);
        next.depth += 1;
        next.types.retain(|unread| !unread.contains(&next.spot));
        (self.types.is_empty() || !next.types.is_empty()).then_some(next)
    }
}

impl<'t> Walk<'t> {
    fn text(&mut self, text: &str, path: Path, class: String, is_whole: bool) {
        match serde_json::from_str::<Value>(text) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => {
                let asking = Asking { types: self.types.of(&value), ..Asking::default() };
                self.value(&value, path, class, asking, false);
            }
            _ if is_whole || text.trim_end().contains('\n') => self.lines(text, &path, &class),
            _ => (),
        }
    }

    fn lines(&mut self, text: &str, path: &Path, class: &str) {
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let found = words(line);
            if found.is_empty() {
                continue;
            }
            let path = [path.as_slice(), &[Part::Line(index)]].concat();
            let class = format!("{class}{}line of {} words", if class.is_empty() { "" } else { " > " }, found.len());
            self.survey.members.push(Member {
                path: path.clone(),
                class: class.clone(),
                in_list: true,
                by_name: true,
                is_object: false,
            });
            for (word, (begin, end)) in found.into_iter().enumerate() {
                let path = [path.as_slice(), &[Part::Word(word)]].concat();
                let class = format!("{class}, word {}", word + 1);
                self.leaf(path, class, &Value::String(line[begin..end].to_string()), false);
            }
        }
    }

    fn leaf(&mut self, path: Path, class: String, value: &Value, in_object: bool) {
        self.survey.asked.push(Leaf { path, class, value: value.clone(), in_object });
    }

    fn value(&mut self, value: &Value, path: Path, class: String, mut asking: Asking<'t>, in_object: bool) {
        // A part may be kept as it came and be read into a type of its own later.
        let own = if (1..3).contains(&asking.depth) && value.is_object() { self.types.of(value) } else { Vec::new() };
        if !own.is_empty() {
            asking = Asking { types: own, spot: Spot::new(), depth: asking.depth };
        }
        match value {
            Value::Object(map) if !map.is_empty() => self.object(map, &path, &class, &asking),
            Value::Array(list) if !list.is_empty() => self.list(list, &path, &class, &asking),
            Value::String(text) if holds_document(text) => {
                let inner = [path.as_slice(), &[Part::Inside]].concat();
                self.text(text, inner, class.clone(), false);
                self.survey.asked.push(Leaf { path, class, value: Value::Null, in_object });
            }
            leaf => self.leaf(path, class, leaf, in_object),
        }
    }

    fn object(&mut self, map: &Map<String, Value>, path: &Path, class: &str, asking: &Asking<'t>) {
        let by_name = is_by_name(map);
        for (key, value) in map {
            let Some(asking) = asking.within(key.clone()) else {
                self.pass_over(value);
                continue;
            };
            let path = [path.as_slice(), &[Part::Key(key.clone())]].concat();
            let name = if by_name { "*" } else { key.as_str() };
            let class = if class.is_empty() { name.to_string() } else { format!("{class}.{name}") };
            let is_leaf = !matches!(value, Value::Object(_) | Value::Array(_));
            if !is_leaf {
                self.survey.members.push(Member {
                    path: path.clone(),
                    class: class.clone(),
                    in_list: false,
                    by_name,
                    is_object: true,
                });
            }
            self.value(value, path, class, asking, true);
        }
    }

    fn list(&mut self, list: &[Value], path: &Path, class: &str, asking: &Asking<'t>) {
        for (index, value) in list.iter().enumerate() {
            let Some(asking) = asking.within(index.to_string()) else {
                self.pass_over(value);
                continue;
            };
            let path = [path.as_slice(), &[Part::Index(index)]].concat();
            let class = format!("{class}[*]");
            self.survey.members.push(Member {
                path: path.clone(),
                class: class.clone(),
                in_list: true,
                by_name: true,
                is_object: value.is_object(),
            });
            self.value(value, path, class, asking, false);
        }
    }

    fn pass_over(&mut self, value: &Value) {
        self.survey.unread += leaves(value);
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(map) if !map.is_empty() => map.values().map(leaves).sum(),
        Value::Array(list) if !list.is_empty() => list.iter().map(leaves).sum(),
        _ => 1,
    }
}

fn holds_document(text: &str) -> bool {
    text.trim_end().contains('\n') || (text.starts_with(['{', '[']) && serde_json::from_str::<Value>(text).is_ok())
}

/// Whether an object's keys are names of members and not of fields.
fn is_by_name(map: &Map<String, Value>) -> bool {
    if !map.values().all(|value| value.is_object() || value.is_array()) {
        return false;
    }
    let named = |key: &String| key.contains('/') || key.parse::<u64>().is_ok();
    let mut objects = map.values().filter_map(Value::as_object);
    let alike = match (objects.next(), map.len()) {
        (Some(first), 2..) if !first.is_empty() => {
            objects.all(|other| other.keys().filter(|key| first.contains_key(*key)).count() * 2 >= first.len())
        }
        _ => false,
    };
    alike || map.keys().any(named)
}

/// A part that has a class.
pub trait Classed {
    /// Its class and its place.
    fn classed(&self) -> (&String, &Path);
}

impl Classed for Leaf {
    fn classed(&self) -> (&String, &Path) {
        (&self.class, &self.path)
    }
}

impl Classed for Member {
    fn classed(&self) -> (&String, &Path) {
        (&self.class, &self.path)
    }
}

/// Members of a class by the hash of their place, with the number of their document.
type Spread<'a, T> = BTreeMap<(u64, usize, &'a Path), &'a T>;

/// The representatives of each class over documents of one form, with the number of their document: spread by a hash of
/// their places, the same in every run.
pub fn representatives<'a, T: Classed>(
    all: impl IntoIterator<Item = (u64, usize, &'a T)>,
    few: usize,
) -> Vec<(usize, &'a T)> {
    let mut classes: BTreeMap<(u64, &String), Spread<'_, T>> = BTreeMap::new();
    for (form, document, one) in all {
        let (class, path) = one.classed();
        let mut hasher = DefaultHasher::new();
        (document, path).hash(&mut hasher);
        classes.entry((form, class)).or_default().insert((hasher.finish(), document, path), one);
    }
    let taken = classes.into_values().flat_map(|members| members.into_iter().take(few));
    let mut taken: Vec<(usize, &T)> = taken.map(|((_, document, _), one)| (document, one)).collect();
    taken.sort_by_key(|(document, one)| (*document, one.classed().1));
    taken
}

/// The values of each class, so that a field may take another one's.
pub fn states(leaves: &[Leaf]) -> BTreeMap<&str, BTreeSet<String>> {
    let mut states: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for leaf in leaves {
        states.entry(&leaf.class).or_default().insert(leaf.value.to_string());
    }
    states
}

impl Leaf {
    /// Its mutants; `states` are the values of its class.
    pub fn sketches(&self, states: &BTreeMap<&str, BTreeSet<String>>) -> Vec<Sketch> {
        let none = BTreeSet::new();
        of_leaf(self, states.get(self.class.as_str()).unwrap_or(&none)).collect()
    }
}

impl Member {
    /// Its mutants.
    pub fn sketches(&self) -> Vec<Sketch> {
        of_member(self).collect()
    }
}

/// Mutants of a whole text.
pub fn of_text() -> [Sketch; 2] {
    [("truncated", Act::Truncate), ("empty", Act::Empty)].map(|(word, act)| Sketch {
        path: Path::new(),
        class: String::new(),
        act,
        word,
        kind: Kind::Whole,
    })
}

fn of_leaf<'l>(leaf: &'l Leaf, states: &BTreeSet<String>) -> impl Iterator<Item = Sketch> + 'l {
    let other = states.iter().filter_map(|text| serde_json::from_str::<Value>(text).ok());
    let is_word = matches!(leaf.path.last(), Some(Part::Word(_)));
    let other = other
        .into_iter()
        .find(|other| *other != leaf.value && std::mem::discriminant(other) == std::mem::discriminant(&leaf.value));
    let mut made: Vec<(&'static str, Kind, Act)> = Vec::new();
    let mut value = |word, to: Value| {
        if to != leaf.value && !made.iter().any(|(_, _, act)| *act == Act::Value(to.clone())) {
            made.push((word, Kind::Value, Act::Value(to)));
        }
    };
    match &leaf.value {
        Value::Bool(is) => value("flipped", Value::Bool(!is)),
        Value::Number(number) => {
            let number = number.as_i64().unwrap_or(1);
            value("zero", json!(0));
            value("negative", json!(-number.abs().max(1)));
            value("out of range", json!(number.saturating_abs().saturating_mul(1000).saturating_add(7)));
        }
        Value::String(text) => {
            value("foreign", Value::String(foreign_text(text)));
            if text.parse::<i64>().is_ok() {
                value("zero", json!("0"));
            }
            if !is_word {
                value("empty", json!(""));
            }
        }
        _ => value("foreign", json!("foreign")),
    }
    other.into_iter().for_each(|other| value("another state", other));
    if !is_word {
        if !leaf.value.is_null() {
            made.push(("null", Kind::Form, Act::Value(Value::Null)));
        }
        let other_type = if leaf.value.is_string() { json!(7) } else { json!("seven") };
        made.push(("other type", Kind::Form, Act::Value(other_type)));
    }
    if leaf.in_object {
        made.push(("lost", Kind::Form, Act::Lose));
    }
    made.into_iter().map(|(word, kind, act)| Sketch {
        path: leaf.path.clone(),
        class: leaf.class.clone(),
        act,
        word,
        kind,
    })
}

fn of_member(member: &Member) -> impl Iterator<Item = Sketch> + '_ {
    let acts = [
        ("lost", Act::Lose, true),
        ("doubled", Act::Double, member.in_list),
        ("foreign", Act::Foreign, member.by_name),
    ];
    let kind = if member.is_object { Kind::Object } else { Kind::Member };
    acts.into_iter().filter(|(_, _, fits)| *fits).map(move |(word, act, _)| Sketch {
        path: member.path.clone(),
        class: member.class.clone(),
        act,
        word,
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &str, unread: &[&[&str]]) -> Parsed {
        let spot = |spot: &&[&str]| spot.iter().map(|part| (*part).to_string()).collect();
        Parsed { bytes: bytes.as_bytes().to_vec(), unread: unread.iter().map(spot).collect() }
    }

    fn mutants(survey: &Survey, few: usize) -> Vec<Sketch> {
        let states = states(&survey.asked);
        let leaves = representatives(survey.asked.iter().map(|leaf| (0, 0, leaf)), few);
        leaves.into_iter().flat_map(|(_, leaf)| leaf.sketches(&states)).collect()
    }

    #[test]
    fn only_what_a_type_asks_for_is_mutated() {
        let text = r#"[{"id":1,"name":"a"},{"id":2,"name":"b"}]"#;
        let types = Types::new(vec![parsed(text, &[&["0", "id"], &["1", "id"]])]);
        let survey = survey(text, &types);
        assert_eq!((survey.asked.len(), survey.unread), (2, 2));
        let sketches = mutants(&survey, 9);
        assert!(sketches.iter().all(|sketch| sketch.class == "[*].name"));
        let other = sketches.iter().filter(|sketch| sketch.word == "another state");
        assert_eq!(other.map(|sketch| sketch.act.to_string()).collect::<Vec<_>>(), [r#"is "b""#, r#"is "a""#]);
    }

    #[test]
    fn a_class_has_few_representatives_and_all_its_members_are_counted() {
        let rows: Vec<Value> = (0..50).map(|index| json!({"mtu": 1500 + index})).collect();
        let survey = survey(&Value::Array(rows).to_string(), &Types::new(Vec::new()));
        assert_eq!(survey.asked.len(), 50);
        let sketches = mutants(&survey, 2);
        let places: BTreeSet<&Path> = sketches.iter().map(|sketch| &sketch.path).collect();
        assert_eq!(places.len(), 2);
    }

    #[test]
    fn a_part_that_is_read_later_into_a_type_of_its_own_is_followed() {
        let inner = r#"{"0":{"a":1,"b":2}}"#;
        let text = format!(r#"{{"machines":{inner},"more":3}}"#);
        let types = Types::new(vec![parsed(&text, &[&["more"]]), parsed(inner, &[&["0", "b"]])]);
        let survey = survey(&text, &types);
        assert_eq!((survey.asked.len(), survey.unread), (1, 2));
    }

    #[test]
    fn text_is_looked_at_by_lines_and_words() {
        let survey = survey("a=1\nb=2\n", &Types::new(Vec::new()));
        assert_eq!((survey.asked.len(), survey.members.len()), (4, 2));
        assert_eq!(survey.members[0].class, "line of 2 words");
    }
}
