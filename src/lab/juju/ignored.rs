//! The warning of a dry run about fields that the client does not know: one block of several lines, which names the
//! fields of every file by line. Fields are told by a parse; a scan of the text tells the line alone.

use serde_json::{Map, Value};

/// What the client knows of a bundle, of an application in it and of a machine.
const OF_BUNDLE: &[&str] = &[
    "applications",
    "bundle",
    "default-base",
    "description",
    "machines",
    "relations",
    "saas",
    "series",
    "services",
    "tags",
];
const OF_APPLICATION: &[&str] = &[
    "annotations",
    "base",
    "bindings",
    "channel",
    "charm",
    "constraints",
    "devices",
    "expose",
    "exposed-endpoints",
    "num_units",
    "offers",
    "options",
    "placement",
    "plan",
    "requires_trust",
    "resources",
    "revision",
    "scale",
    "series",
    "storage",
    "to",
    "trust",
];
const OF_MACHINE: &[&str] = &["annotations", "base", "constraints", "series"];

/// What the client prints on standard error for these files; nothing where it knows every field.
pub(super) fn warning<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let blocks: String = texts.into_iter().map(block).collect();
    if blocks.is_empty() {
        blocks
    } else {
        format!("WARNING These fields{blocks}will be ignored during deployment\n\n")
    }
}

fn block(text: &str) -> String {
    let fields = fields(text);
    if fields.is_empty() {
        return String::new();
    }
    let lines: Vec<String> =
        fields.iter().map(|(line, field, part)| format!("  line {line}: field {field} not found in {part}")).collect();
    format!("\n unmarshal document 0: yaml: unmarshal errors:\n{}\n", lines.join("\n"))
}

/// The fields that the client does not know, by line.
fn fields(text: &str) -> Vec<(usize, String, &'static str)> {
    let Ok(Value::Object(bundle)) = serde_saphyr::from_str::<Value>(text) else { return Vec::new() };
    let mut found: Vec<_> =
        unknown(&bundle, OF_BUNDLE).map(|key| (line(text, &[key]), key.clone(), "bundle")).collect();
    for (section, known, part) in [
        ("applications", OF_APPLICATION, "applications"),
        ("services", OF_APPLICATION, "applications"),
        ("machines", OF_MACHINE, "machines"),
    ] {
        for (name, member) in bundle.get(section).and_then(Value::as_object).into_iter().flatten() {
            let member = member.as_object().into_iter();
            let keys = member.flat_map(|member| unknown(member, known));
            found.extend(keys.map(|key| (line(text, &[section, name, key]), key.clone(), part)));
        }
    }
    found.sort();
    found
}

fn unknown<'a>(object: &'a Map<String, Value>, known: &'static [&'static str]) -> impl Iterator<Item = &'a String> {
    object.keys().filter(|key| !known.contains(&key.as_str()))
}

/// The line of a key that is reached through others, each deeper than the one before it.
fn line<K: AsRef<str>>(text: &str, path: &[K]) -> usize {
    let (mut at, mut indent) = (0, None);
    for key in path {
        let found = text.lines().enumerate().skip(at).find(|(_, line)| {
            let bare = line.trim_start();
            let deep = line.len() - bare.len();
            let own = bare.trim_start_matches('"').strip_prefix(key.as_ref());
            let is_key = own.is_some_and(|rest| rest.trim_start_matches('"').starts_with(':'));
            is_key && indent.map_or(deep == 0, |above| deep > above)
        });
        let Some((number, line)) = found else { return at };
        (at, indent) = (number + 1, Some(line.len() - line.trim_start().len()));
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: &str = "name: a\n# variables: none\nvariables:\n  x: &x 1\napplications:\n  k:\n    charm: k\n    \
        contstraints: mem=1G\n    options:\n      name: b\nmachines:\n  \"8\":\n    tags: y\n";

    #[test]
    fn unknown_fields_are_told_by_line_and_part_and_options_are_the_charms_own() {
        let told = fields(ODD);
        let told: Vec<_> = told.iter().map(|(line, field, part)| (*line, field.as_str(), *part)).collect();
        let wanted = [
            (1, "name", "bundle"),
            (3, "variables", "bundle"),
            (8, "contstraints", "applications"),
            (13, "tags", "machines"),
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn the_block_is_printed_as_the_client_prints_it_and_only_where_there_is_one() {
        assert_eq!(
            warning(["name: a\n", "applications: {}\n"]),
            "WARNING These fields\n unmarshal document 0: yaml: unmarshal errors:\n  line 1: field name not found in \
             bundle\nwill be ignored during deployment\n\n"
        );
        assert_eq!(warning(["applications: {}\n"]), "");
    }
}
