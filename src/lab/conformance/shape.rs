//! The shape of an answer: keys and types of JSON, and words with what differs from cloud to cloud masked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What a program said.
pub(super) struct Said {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Every difference between what the real program said and what the lab said, in words; none is agreement.
pub(super) fn compare(real: &Said, lab: &Said, optional: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut expect = |what: &str, real: String, lab: String| {
        if real != lab {
            found.push(format!("{what}: real `{real}`, lab `{lab}`"));
        }
    };
    expect("status", real.status.to_string(), lab.status.to_string());
    expect("uses stdout", (!real.stdout.is_empty()).to_string(), (!lab.stdout.is_empty()).to_string());
    expect("uses stderr", (!real.stderr.is_empty()).to_string(), (!lab.stderr.is_empty()).to_string());
    expect("ends with a newline", real.stdout.ends_with('\n').to_string(), lab.stdout.ends_with('\n').to_string());
    expect("words on stderr", words(&real.stderr), words(&lab.stderr));
    match (serde_json::from_str(&real.stdout), serde_json::from_str(&lab.stdout)) {
        (Ok(real), Ok(lab)) => found.extend(differences(&real, &lab, optional)),
        _ => expect("words on stdout", words(&real.stdout), words(&lab.stdout)),
    }
    found
}

/// The types of JSON seen at each path.
pub type Shape = BTreeMap<String, BTreeSet<&'static str>>;

/// Adds what the value has: members of a list share one path, and `part` says what stands for a key under a path.
pub fn look(value: &Value, at: &str, part: &dyn Fn(&str, &str) -> String, seen: &mut Shape) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    seen.entry(at.to_string()).or_default().insert(kind);
    match value {
        Value::Array(items) => items.iter().for_each(|item| look(item, &format!("{at}[]"), part, seen)),
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| look(value, &format!("{at}/{}", part(at, key)), part, seen))
        }
        _ => {}
    }
}

/// A key as it is.
pub fn each_key(_: &str, key: &str) -> String {
    key.replace('/', "~1")
}

/// Keys that one has and the other has not, and types that do not agree. Null agrees with everything; what lies under a
/// list that is empty on one side cannot be compared; keys in `optional` may be on either side alone.
fn differences(real: &Value, lab: &Value, optional: &[&str]) -> Vec<String> {
    let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
    look(real, "", &each_key, &mut theirs);
    look(lab, "", &each_key, &mut ours);
    let mut found = Vec::new();
    for path in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
        match (theirs.get(path), ours.get(path)) {
            (Some(real), Some(lab)) if !agree(real, lab) => {
                found.push(format!("{path}: real is {real:?}, lab is {lab:?}"))
            }
            (Some(_), Some(_)) => {}
            (real, _) => {
                let lacks = if real.is_some() { &ours } else { &theirs };
                if parent_is_shown(path, lacks) && !optional.contains(&last(path)) {
                    found.push(format!("{path}: only in the {}", if real.is_some() { "real" } else { "lab's" }));
                }
            }
        }
    }
    found
}

fn agree(real: &BTreeSet<&str>, lab: &BTreeSet<&str>) -> bool {
    let known = |seen: &BTreeSet<&'_ str>| seen.iter().filter(|kind| **kind != "null").count();
    known(real) == 0 || known(lab) == 0 || real.iter().any(|kind| *kind != "null" && lab.contains(kind))
}

/// True if the side that lacks a key shows the object that would hold it.
fn parent_is_shown(path: &str, side: &Shape) -> bool {
    if path.ends_with("[]") {
        return false;
    }
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    side.get(parent).is_some_and(|kinds| kinds.contains("object"))
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches("[]")
}

/// Words with ids, addresses and URLs masked. Of a usage text only the last line counts, without the choices it lists,
/// and of a guess at what was meant not the guesses: that text is the real program's own.
fn words(text: &str) -> String {
    let text = if text.contains("usage:") { text.trim_end().lines().last().unwrap_or_default() } else { text };
    let text = text.split(" (choose from").next().unwrap_or(text);
    let text = text.split_inclusive("Did you mean one of these?").next().unwrap_or(text);
    let text = text.replace("HTTPSConnection", "HTTPConnection").replace("[Errno 113] No route to host", "(no answer)");
    let text = text.replace("[Errno 111] Connection refused", "(no answer)");
    let mut masked = String::new();
    let mut token = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "-._/:$@".contains(c) {
            token.push(c);
        } else {
            masked.push_str(&mask(&token));
            token.clear();
            masked.push(c);
        }
    }
    masked.push_str(&mask(&token));
    in_order(masked.trim_end())
}

/// Neutron lists refused attributes from a set: in any order.
fn in_order(text: &str) -> String {
    let Some((before, list)) = text.split_once("provider network attributes: ") else { return text.to_string() };
    let mut names: Vec<&str> = list.trim_end_matches('.').split(", ").collect();
    names.sort_unstable();
    format!("{before}provider network attributes: {}", names.join(", "))
}

fn mask(token: &str) -> String {
    let core = token.trim_end_matches(['.', ':']);
    let rest = &token[core.len()..];
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let hex = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit());
    let is_uuid = |text: &str| text.len() == 36 && text.split('-').count() == 5 && text.split('-').all(hex);
    let is_address = |text: &str| {
        let host = text.split('/').next().unwrap_or(text);
        host.split('.').count() == 4 && host.split('.').all(digits)
    };
    let masked = if core.contains("://") {
        "(url)".to_string()
    } else if is_uuid(core.trim_start_matches("req-")) || (core.len() == 32 && hex(core)) {
        "(id)".to_string()
    } else if is_address(core) || core.split('-').all(is_address) {
        "(address)".to_string()
    } else if core.starts_with("0x") || core.starts_with("/v3/auth") {
        "(object)".to_string()
    } else if digits(core) && core.len() > 3 {
        "(number)".to_string()
    } else {
        core.to_string()
    };
    format!("{masked}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_cloud_to_cloud_is_masked() {
        let one = "Gateway ip 10.99.0.10 conflicts with allocation pool 10.99.0.2-10.99.0.20. (Request-ID: \
                   req-66a3e6ab-69e2-4552-9463-13bccc4e23d0) at http://127.0.0.1:19696/v2.0/subnets";
        assert_eq!(
            words(one),
            "Gateway ip (address) conflicts with allocation pool (address). (Request-ID: (id)) at (url)"
        );
    }

    #[test]
    fn words_that_differ_stay_different() {
        assert_ne!(words("No Subnet matches the given query."), words("No Network matches the given query."));
    }
}
