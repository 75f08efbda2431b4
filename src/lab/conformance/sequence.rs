//! The commands of rigs/openstack/parts/sequence.txt, asked in order of the lab and of the real client, and what is
//! compared of the answers beyond their shape.
//!
//! The recorder of the rig reads the same file; tests/rig.rs includes this one. It must not know who answers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::shape::{self, Said};

const SEQUENCE: &str = include_str!("../../../rigs/openstack/parts/sequence.txt");

/// Makes the lab at `settled` like the rig: no volume service.
pub(super) const LIKE_THE_RIG: &str = r#"[{"op": "remove", "path": "/openstack/keystone/services/cinderv3"}]"#;

/// Keys that hold what is each cloud's own: the lab's is a charmed cloud with OVN, the rig has no agents.
const OWN: [&str; 5] = ["mtu", "provider:segmentation_id", "segmentation_id", "id", "network_id"];

/// One command.
pub(super) struct Line {
    pub name: String,
    environment: Vec<String>,
    pub words: Vec<String>,
}

/// Every command, in order.
pub(super) fn lines() -> Vec<Line> {
    SEQUENCE.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).map(line).collect()
}

fn line(text: &str) -> Line {
    let (name, rest) = text.split_once(':').expect("NAME: COMMAND");
    let words = shlex::split(rest).expect("closed quotes");
    let (environment, words): (Vec<String>, _) =
        words.into_iter().partition(|word| word.starts_with("OS_") && word.contains('='));
    Line { name: name.to_string(), environment, words }
}

impl Line {
    /// `NAME=VALUE`, over the variables of the openrc.
    pub(super) fn variables(&self) -> Vec<String> {
        self.environment.clone()
    }
}

/// One of the two that are asked, with the objects that it has shown so far.
#[derive(Default)]
pub(super) struct Side {
    shown: BTreeMap<String, Value>,
}

impl Side {
    /// The words of the command for this side: `{NAME.FIELD}` is a field of what an earlier command showed here.
    pub(super) fn argv(&self, line: &Line) -> Vec<String> {
        line.words.iter().map(|word| self.fill(word).unwrap_or_else(|| word.clone())).collect()
    }

    fn fill(&self, word: &str) -> Option<String> {
        let (name, field) = word.strip_prefix('{')?.strip_suffix('}')?.split_once('.')?;
        let shown = self.shown.get(name).unwrap_or_else(|| panic!("{word}: {name} has shown nothing"));
        shown[field].as_str().map(ToString::to_string)
    }

    /// Remembers what the command showed.
    pub(super) fn heard(&mut self, line: &Line, said: &Said) {
        if let Ok(shown) = serde_json::from_str(&said.stdout) {
            self.shown.insert(line.name.clone(), shown);
        }
    }
}

/// Every difference between the answers to a command.
pub(super) fn differences(line: &Line, real: &Said, lab: &Said) -> Vec<String> {
    let mut found = shape::compare(real, lab, &[]);
    if matches!(line.words[0].as_str(), "network" | "subnet" | "port") {
        found.extend(other_values(&real.stdout, &lab.stdout));
    }
    found.into_iter().map(|difference| format!("{}: {difference}", line.name)).collect()
}

/// What Neutron was told it must say again, so values are compared too; not those that it chose itself.
fn other_values(real: &str, lab: &str) -> Vec<String> {
    let (Ok(real), Ok(lab)) = (serde_json::from_str(real), serde_json::from_str(lab)) else { return Vec::new() };
    let (real, lab) = (settled(real), settled(lab));
    if real == lab {
        return Vec::new();
    }
    match (&real, &lab) {
        (Value::Object(real), Value::Object(lab)) => real
            .iter()
            .map(|(key, real)| (key, real, lab.get(key)))
            .filter(|(_, real, lab)| *lab != Some(real))
            .map(|(key, real, lab)| format!("{key}: real {real}, lab {}", lab.unwrap_or(&Value::Null)))
            .collect(),
        _ => vec![format!("real {real}, lab {lab}")],
    }
}

/// Without ids and times, and with lists in one order: Neutron promises none.
fn settled(value: Value) -> Value {
    match value {
        Value::String(text) if is_chosen(&text) => Value::Null,
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(settled).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(key, _)| !OWN.contains(&key.as_str()));
            Value::Object(kept.map(|(key, value)| (key, settled(value))).collect())
        }
        other => other,
    }
}

/// An id, with dashes or without; a time; a hardware address.
fn is_chosen(text: &str) -> bool {
    let hex = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_hexdigit());
    (text.len() == 36 && text.split('-').count() == 5 && text.split('-').all(hex))
        || (text.len() == 32 && hex(text))
        || text.parse::<jiff::Timestamp>().is_ok()
        || (text.len() == 17 && text.split(':').count() == 6 && text.split(':').all(hex))
}
