//! Whether two clouds are alike: the same things in the same states, whatever ids, addresses and moments were drawn on
//! the way.

use serde_json::Value as Json;

use crate::lab::State;

/// What differs between two clouds, by path; at most a few.
pub(super) fn differences(one: &State, other: &State) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    compare("", &plain(one)?, &plain(other)?, &mut found);
    found.truncate(6);
    Ok(found)
}

/// A state without what is drawn.
fn plain(state: &State) -> anyhow::Result<Json> {
    let mut document = serde_json::to_value(state.without_records())?;
    mask(&mut document);
    Ok(document)
}

/// Keys whose values are moments, counters or drawn.
const DRAWN: [&str; 12] = [
    "since",
    "last_ids",
    "id",
    "system_id",
    "created_at",
    "updated_at",
    "uuid",
    "until",
    "started",
    "instance_id",
    "ids",
    "drawn",
];

fn mask(value: &mut Json) {
    match value {
        Json::Object(fields) => {
            let old = std::mem::take(fields);
            for (key, mut inner) in old {
                if DRAWN.contains(&key.as_str()) {
                    continue;
                }
                mask(&mut inner);
                insert(fields, words(&key), inner);
            }
        }
        Json::Array(items) => {
            items.iter_mut().for_each(mask);
        }
        Json::String(text) => *text = words(text),
        _ => (),
    }
}

/// Things whose keys are drawn stand in the order of what they are.
fn insert(fields: &mut serde_json::Map<String, Json>, key: String, value: Json) {
    let mut number = 1;
    let mut free = key.clone();
    while let Some(there) = fields.get(&free) {
        let (old, new) = (there.to_string(), value.to_string());
        if old > new {
            let there = fields.insert(free, value).unwrap_or_default();
            return insert(fields, key, there);
        }
        number += 1;
        free = format!("{key} {number}");
    }
    fields.insert(free, value);
}

/// A text with its drawn parts left out.
fn words(text: &str) -> String {
    if text.contains("-----BEGIN ") {
        return "(PEM)".to_string();
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '/' | '_' | '+' | '=');
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if is_word(c) {
            word.push(c);
            continue;
        }
        out.push_str(if is_drawn(&word) { "#" } else { &word });
        word.clear();
        out.push(c);
    }
    out.pop();
    out
}

/// A UUID, an address or a MAC that a service drew, a moment.
fn is_drawn(word: &str) -> bool {
    let is_hex = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_hexdigit());
    let parts: Vec<&str> = word.split('-').collect();
    let is_uuid = parts.len() == 5 && parts.iter().all(|part| is_hex(part)) && word.len() == 36;
    let is_drawn_address = ["fc00:", "fe80:", "fa:16:3e:"].iter().any(|start| word.starts_with(start));
    let is_moment = word.len() > 18 && word.starts_with("20") && word.contains('T') && word.contains(':');
    let is_long_hex = word.len() >= 32 && is_hex(word);
    let is_packed = word.len() >= 40 && !word.contains('/') || word.len() >= 60;
    let is_packed = is_packed || word.len() == 44 && word.ends_with('=');
    is_packed || is_uuid || is_drawn_address || is_moment || is_long_hex
}

fn compare(at: &str, one: &Json, other: &Json, found: &mut Vec<String>) {
    match (one, other) {
        (Json::Object(a), Json::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let (a, b) = (a.get(key).unwrap_or(&Json::Null), b.get(key).unwrap_or(&Json::Null));
                compare(&format!("{at}/{key}"), a, b, found);
            }
        }
        (a, b) if a != b => {
            let short = |value: &Json| value.to_string().chars().take(160).collect::<String>();
            found.push(format!("{at}: {} when all is well, {} now", short(a), short(b)));
        }
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::Lab;

    #[test]
    fn what_is_drawn_makes_no_difference_and_what_is_there_does() {
        assert_eq!(words("port 0b1c2d3e-0000-4000-8000-123456789abc at fc00:1:2::3"), "port # at #");
        assert_eq!(words("10.12.4.50:5000 is up"), "10.12.4.50:5000 is up");
        let mut lab = Lab::embedded("carved").expect("a lab");
        let one = lab.state().expect("a state");
        let patch = serde_json::json!([{ "op": "replace", "path": "/maas/ranges/10.12.5.0/type", "value": "dynamic" }]);
        lab.patch(&serde_json::from_value(patch).expect("a patch")).expect("patched");
        let found = differences(&one, &lab.state().expect("a state")).expect("compared");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("/maas/ranges/10.12.5.0/type"), "{found:?}");
    }
}
