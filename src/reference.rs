//! The reference: every primitive with signature, effect and documentation, from the one declaration.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::primitives;
use crate::script::{Primitive, Ty};

/// The whole reference as Markdown.
pub fn markdown() -> String {
    let mut text = String::from("# What runbooks may say\n\nMade by `omega doc` from the declarations; do not edit.\n");
    let mut sections: BTreeMap<String, Vec<&Primitive>> = BTreeMap::new();
    for primitive in primitives::table() {
        sections.entry(section(primitive)).or_default().push(primitive);
    }
    for (section, primitives) in sections {
        let _ = write!(text, "\n## {section}\n\n");
        if let Some(receiver) = primitives.first().and_then(|primitive| primitive.receiver.as_ref()) {
            let _ = write!(text, "{}\n\n", unindented(receiver.doc));
        }
        primitives.iter().for_each(|primitive| text.push_str(&item(primitive)));
    }
    text
}

/// The section in which a primitive stands.
pub fn section(primitive: &Primitive) -> String {
    match (&primitive.receiver, primitive.namespace) {
        (Some(receiver), _) => format!("type {}", receiver.name),
        (None, "") => "Everywhere".to_string(),
        (None, namespace) => format!("{namespace}::"),
    }
}

fn item(primitive: &Primitive) -> String {
    let mut text = format!(
        "- `{}`  ({})\n  {}\n",
        primitive.signature(),
        primitive.effect.word(),
        primitive.about().replace('\n', "\n  ")
    );
    for param in &primitive.params {
        if let Ty::Options(fields) = &param.ty {
            for field in fields {
                let need = if field.required { "" } else { ", may be left out" };
                let _ = writeln!(text, "  - `{}: {}`{need}: {}", field.name, field.ty, field.about());
            }
        }
    }
    text
}

/// Doc comments begin each line with one blank.
fn unindented(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

/// The entry of one primitive, by its full name.
pub fn entry(name: &str) -> Option<String> {
    let found: Vec<String> = primitives::table()
        .iter()
        .filter(|primitive| primitive.full_name() == name || primitive.name == name)
        .map(item)
        .collect();
    (!found.is_empty()).then(|| found.concat())
}
