//! Parts of a document, and what may be done to one: JSON by keys and indices, text by lines and words, and either of
//! them inside a string of the other.

use std::fmt;

use serde_json::{Map, Value};

/// One part of a document, within the part before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A key of an object.
    Key(String),
    /// A member of a list.
    Index(usize),
    /// The document that a string holds.
    Inside,
    /// A line of text.
    Line(usize),
    /// A word of a line.
    Word(usize),
}

/// A place in a document.
pub type Path = Vec<Part>;

/// What is done to a part.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Another value.
    Value(Value),
    /// It is lost.
    Lose,
    /// It is there twice.
    Double,
    /// One that nobody knows is there beside it.
    Foreign,
    /// The document breaks off in the middle.
    Truncate,
    /// Nothing comes at all.
    Empty,
}

/// A path as a person reads it.
pub fn shown(path: &[Part]) -> String {
    let mut text = String::new();
    for part in path {
        match part {
            Part::Key(key) if text.is_empty() => text.push_str(key),
            Part::Key(key) => text.push_str(&format!(".{key}")),
            Part::Index(index) => text.push_str(&format!("[{index}]")),
            Part::Inside => text.push_str(" > "),
            Part::Line(line) => text.push_str(&format!("line {}", line + 1)),
            Part::Word(word) => text.push_str(&format!(" word {}", word + 1)),
        }
    }
    text
}

/// The document with the act done to the part; none when there is no such part.
pub fn alter(text: &str, path: &[Part], act: &Act) -> Option<String> {
    match (path.first(), act) {
        (None, Act::Truncate) => Some(text.get(..half(text))?.to_string()),
        (None, Act::Empty) => Some(String::new()),
        (None, _) => None,
        (Some(Part::Line(line)), _) => alter_line(text, *line, &path[1..], act),
        _ => {
            let mut value: Value = serde_json::from_str(text).ok()?;
            alter_value(&mut value, path, act)?;
            Some(value.to_string())
        }
    }
}

/// The same on a document that was parsed before; it is as it was afterwards.
pub fn alter_parsed(document: &mut Value, path: &[Part], act: &Act) -> Option<String> {
    let (container, rest) = innermost(document, path)?;
    let kept = container.clone();
    let done = alter_value(container, rest, act);
    let text = done.map(|()| document.to_string());
    let (container, _) = innermost(document, path)?;
    *container = kept;
    text
}

/// The list or object that holds the last part, or the string that holds a document.
fn innermost<'d, 'p>(document: &'d mut Value, path: &'p [Part]) -> Option<(&'d mut Value, &'p [Part])> {
    let inner = path.iter().position(|part| matches!(part, Part::Inside)).unwrap_or(path.len());
    let depth = inner.checked_sub(1)?;
    let container = path[..depth].iter().try_fold(document, |value, part| step(value, part))?;
    Some((container, &path[depth..]))
}

fn step<'d>(value: &'d mut Value, part: &Part) -> Option<&'d mut Value> {
    match part {
        Part::Key(key) => value.get_mut(key),
        Part::Index(index) => value.get_mut(index),
        _ => None,
    }
}

fn alter_value(value: &mut Value, path: &[Part], act: &Act) -> Option<()> {
    match path {
        [] => match act {
            Act::Value(to) => {
                *value = to.clone();
                Some(())
            }
            _ => None,
        },
        [Part::Inside, rest @ ..] => {
            let altered = alter(value.as_str()?, rest, act)?;
            *value = Value::String(altered);
            Some(())
        }
        [part] if !matches!(act, Act::Value(_)) => alter_member(value, part, act),
        [part, rest @ ..] => alter_value(step(value, part)?, rest, act),
    }
}

fn alter_member(container: &mut Value, part: &Part, act: &Act) -> Option<()> {
    match (container, part) {
        (Value::Object(map), Part::Key(key)) => alter_key(map, key, act),
        (Value::Array(list), Part::Index(index)) => {
            let member = list.get(*index)?.clone();
            match act {
                Act::Lose => drop(list.remove(*index)),
                Act::Double => list.insert(*index, twin(&member)),
                Act::Foreign => list.push(foreign(&member)),
                _ => return None,
            }
            Some(())
        }
        _ => None,
    }
}

fn alter_key(map: &mut Map<String, Value>, key: &str, act: &Act) -> Option<()> {
    let value = map.get(key)?.clone();
    match act {
        Act::Lose => drop(map.remove(key)),
        Act::Foreign => drop(map.insert(foreign_text(key), foreign(&value))),
        _ => return None,
    }
    Some(())
}

/// Another one of the same name: what a service lists twice has an id of its own.
fn twin(value: &Value) -> Value {
    let mut twin = value.clone();
    for key in ["id", "ID", "system_id", "model-uuid"] {
        match twin.get_mut(key) {
            Some(Value::String(id)) => *id = foreign_text(id),
            Some(Value::Number(id)) => *id = 90_901.into(),
            _ => (),
        }
    }
    twin
}

/// Something of the same form that nobody knows: identities differ, states stay.
fn foreign(value: &Value) -> Value {
    match value {
        Value::String(text) if is_identity(text) => Value::String(foreign_text(text)),
        Value::Array(list) => Value::Array(list.iter().map(foreign).collect()),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| {
                    let names = ["name", "hostname", "id", "system_id", "ID", "Name"].contains(&key.as_str());
                    match value {
                        Value::String(text) if names => (key.clone(), Value::String(foreign_text(text))),
                        Value::Number(_) if names => (key.clone(), Value::from(90_901)),
                        value => (key.clone(), foreign(value)),
                    }
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// Texts that name one thing of its kind: addresses, and names with a digit or a dash.
fn is_identity(text: &str) -> bool {
    matches!(form(text), Form::Address | Form::Cidr | Form::Mac) || text.contains('/')
}

/// The form of a text, as far as it decides what a foreign one looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Address,
    Cidr,
    Mac,
    Number,
    Other,
}

fn form(text: &str) -> Form {
    let is_mac = text.len() == 17 && text.split(':').all(|pair| pair.len() == 2) && text.matches(':').count() == 5;
    match text {
        _ if text.parse::<std::net::Ipv4Addr>().is_ok() => Form::Address,
        _ if text.parse::<ipnet::Ipv4Net>().is_ok() => Form::Cidr,
        _ if is_mac => Form::Mac,
        _ if text.parse::<i64>().is_ok() => Form::Number,
        _ => Form::Other,
    }
}

/// A text of the same form that nobody knows.
pub fn foreign_text(text: &str) -> String {
    match form(text) {
        Form::Address => "203.0.113.77".to_string(),
        Form::Cidr => "203.0.113.0/24".to_string(),
        Form::Mac => "02:00:5e:00:53:01".to_string(),
        Form::Number => "90901".to_string(),
        Form::Other => match text.split_once('/') {
            Some((head, tail)) if !head.is_empty() => format!("foreign-{head}/{tail}"),
            _ => format!("foreign-{text}"),
        },
    }
}

fn half(text: &str) -> usize {
    (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The words of a line, by where they begin and end.
pub fn words(line: &str) -> Vec<(usize, usize)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_./:@+%~".contains(c);
    let mut found = Vec::new();
    let mut begun = None;
    for (at, c) in line.char_indices().chain([(line.len(), '\n')]) {
        match (is_word(c), begun) {
            (true, None) => begun = Some(at),
            (false, Some(begin)) => {
                found.push((begin, at));
                begun = None;
            }
            _ => (),
        }
    }
    found
}

fn alter_line(text: &str, line: usize, rest: &[Part], act: &Act) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_string).collect();
    let own = lines.get(line)?.clone();
    match (rest, act) {
        ([], Act::Lose) => drop(lines.remove(line)),
        ([], Act::Double) => lines.insert(line, own),
        ([], Act::Foreign) => {
            let (begin, end) = *words(&own).first()?;
            lines.insert(line + 1, format!("{}{}{}", &own[..begin], foreign_text(&own[begin..end]), &own[end..]));
        }
        ([Part::Word(word)], Act::Value(Value::String(to))) => {
            let (begin, end) = *words(&own).get(*word)?;
            lines[line] = format!("{}{to}{}", &own[..begin], &own[end..]);
        }
        _ => return None,
    }
    Some(lines.concat())
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Value(to) => write!(f, "is {to}"),
            Act::Lose => f.write_str("is lost"),
            Act::Double => f.write_str("is there twice"),
            Act::Foreign => f.write_str("has a foreign one beside it"),
            Act::Truncate => f.write_str("breaks off"),
            Act::Empty => f.write_str("is empty"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(key: &str) -> Part {
        Part::Key(key.to_string())
    }

    #[test]
    fn a_document_is_altered_in_place_and_as_it_was_afterwards() {
        let before = json!({"a": [{"mtu": 1500}, {"mtu": 9000}], "text": "x=1\ny=2\n"});
        let mut document = before.clone();
        let mut altered =
            |path: &[Part], act: Act| alter_parsed(&mut document, path, &act).map(|text| text.replace('"', "'"));
        let members = [key("a"), Part::Index(0)];
        assert_eq!(altered(&members, Act::Lose).unwrap(), r"{'a':[{'mtu':9000}],'text':'x=1\ny=2\n'}");
        assert_eq!(
            altered(&[key("a"), Part::Index(1), key("mtu")], Act::Value(json!(0))).unwrap(),
            r"{'a':[{'mtu':1500},{'mtu':0}],'text':'x=1\ny=2\n'}"
        );
        assert_eq!(
            altered(&[key("text"), Part::Inside, Part::Line(1), Part::Word(1)], Act::Value(json!("3"))).unwrap(),
            r"{'a':[{'mtu':1500},{'mtu':9000}],'text':'x=1\ny=3\n'}"
        );
        assert_eq!(altered(&[key("b")], Act::Lose), None);
        assert_eq!(document, before);
    }

    #[test]
    fn a_document_in_a_string_is_altered_where_it_is() {
        let text = json!({"stdout": "{\"sealed\":false}"}).to_string();
        let path = [key("stdout"), Part::Inside, key("sealed")];
        let altered = alter(&text, &path, &Act::Value(json!(true))).unwrap();
        assert_eq!(altered, json!({"stdout": "{\"sealed\":true}"}).to_string());
    }

    #[test]
    fn a_foreign_text_keeps_its_form() {
        assert_eq!(foreign_text("10.12.4.0/22"), "203.0.113.0/24");
        assert_eq!(foreign_text("vault/0"), "foreign-vault/0");
        assert_eq!(foreign_text("52:54:00:00:00:01"), "02:00:5e:00:53:01");
    }

    #[test]
    fn lines_are_lost_doubled_and_cut() {
        assert_eq!(alter("a\nb\n", &[Part::Line(0)], &Act::Lose).unwrap(), "b\n");
        assert_eq!(alter("a\nb\n", &[Part::Line(1)], &Act::Double).unwrap(), "a\nb\nb\n");
        assert_eq!(alter("abcd", &[], &Act::Truncate).unwrap(), "ab");
    }
}
