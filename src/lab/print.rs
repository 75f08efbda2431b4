//! JSON as Python programs print it: an indent, `", "` nowhere, and non-ASCII characters escaped.

use std::collections::HashMap;

use serde_json::Value;

use super::seed::Seed;

/// Prints a value. With a seed, the keys of objects come in the order of a server start (a real MAAS changes it with
/// each); without one they are sorted.
pub(super) fn pretty(value: &Value, indent: usize, shuffled_by: Option<&Seed>) -> String {
    let mut printer = Printer { indent, shuffled_by, ranks: HashMap::new(), out: String::new() };
    printer.value(value, 0);
    printer.out
}

/// Prints an array of objects whose keys keep the given order.
pub(super) fn rows(rows: &[Vec<(String, Value)>], indent: usize) -> String {
    let mut printer = Printer { indent, shuffled_by: None, ranks: HashMap::new(), out: String::new() };
    printer.sequence('[', ']', 0, rows.iter(), |printer, row, depth| printer.members(row.iter(), depth));
    printer.out
}

/// Prints one object whose keys keep the given order.
pub(super) fn row(row: &[(String, Value)], indent: usize) -> String {
    let mut printer = Printer { indent, shuffled_by: None, ranks: HashMap::new(), out: String::new() };
    printer.members(row.iter(), 0);
    printer.out
}

struct Printer<'a> {
    indent: usize,
    shuffled_by: Option<&'a Seed>,
    ranks: HashMap<String, [u8; 32]>,
    out: String,
}

impl Printer<'_> {
    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Array(items) => {
                self.sequence('[', ']', depth, items.iter(), |printer, item, depth| printer.value(item, depth))
            }
            Value::Object(map) => {
                let mut members: Vec<(&String, &Value)> = map.iter().collect();
                self.shuffle(&mut members);
                self.sequence('{', '}', depth, members.into_iter(), Printer::member);
            }
            Value::String(text) => self.text(text),
            other => self.out.push_str(&other.to_string()),
        }
    }

    fn members<'m>(&mut self, members: impl ExactSizeIterator<Item = &'m (String, Value)>, depth: usize) {
        self.sequence('{', '}', depth, members.map(|(key, value)| (key, value)), Printer::member);
    }

    fn member(&mut self, (key, value): (&String, &Value), depth: usize) {
        self.text(key);
        self.out.push_str(": ");
        self.value(value, depth);
    }

    fn sequence<T>(
        &mut self,
        open: char,
        close: char,
        depth: usize,
        items: impl ExactSizeIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T, usize),
    ) {
        self.out.push(open);
        let is_empty = items.len() == 0;
        for (at, item) in items.enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.new_line(depth + 1);
            each(self, item, depth + 1);
        }
        if !is_empty {
            self.new_line(depth);
        }
        self.out.push(close);
    }

    fn new_line(&mut self, depth: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', depth * self.indent));
    }

    fn shuffle(&mut self, members: &mut [(&String, &Value)]) {
        let Some(seed) = self.shuffled_by else { return };
        for (key, _) in members.iter() {
            if !self.ranks.contains_key(*key) {
                self.ranks.insert((*key).clone(), seed.rank(key));
            }
        }
        members.sort_by_key(|(key, _)| self.ranks[*key]);
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                ' '..='~' => self.out.push(c),
                other => {
                    let mut units = [0; 2];
                    for unit in other.encode_utf16(&mut units) {
                        self.out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
            }
        }
        self.out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prints_as_python_does() {
        let value = json!({"b": [], "a": [1, {"x": "\u{e9}\n"}], "c": {}});
        let printed = pretty(&value, 4, None);
        assert_eq!(
            printed,
            "{\n    \"a\": [\n        1,\n        {\n            \"x\": \"\\u00e9\\n\"\n        }\n    ],\n    \
             \"b\": [],\n    \"c\": {}\n}"
        );
    }

    #[test]
    fn a_seed_changes_the_order_of_keys_and_nothing_else() {
        let value = json!({"a": 1, "b": 2, "c": 3, "d": 4});
        let orders: std::collections::BTreeSet<String> = (0..8)
            .map(|start| pretty(&value, 4, Some(&Seed { text: start.to_string(), drawn: 0 })))
            .inspect(|text| assert_eq!(serde_json::from_str::<Value>(text).ok(), Some(value.clone())))
            .collect();
        assert!(orders.len() > 1);
    }
}
