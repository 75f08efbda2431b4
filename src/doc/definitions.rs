//! Definition files (`.d.rhai`) for editors that know Rhai and not omega: every primitive, from its one declaration, in the
//! syntax that Rhai itself writes definitions in.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::primitives;
use crate::script::{Primitive, Ty};

/// The files by name: `omega.d.rhai` for what is global, methods and fields, and one a namespace.
#[must_use]
pub fn definitions() -> BTreeMap<String, String> {
    let named = modules().into_iter().map(|(name, items)| match name {
        "" => ("omega.d.rhai".to_owned(), format!("module static;\n\n{}", items.join("\n"))),
        name => (format!("{name}.d.rhai"), format!("module {name};\n\n{}", items.join("\n"))),
    });
    named.collect()
}

/// All of them as one file.
#[must_use]
pub fn one_file() -> String {
    let mut text = String::from("module static;\n");
    for (name, items) in modules() {
        let items = items.join("\n");
        let _ =
            if name.is_empty() { write!(text, "\n{items}") } else { write!(text, "\nmodule {name} {{\n{items}}}\n") };
    }
    text
}

/// The definitions of each namespace; those of no namespace first.
fn modules() -> BTreeMap<&'static str, Vec<String>> {
    let mut modules: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for primitive in primitives::table() {
        // Methods and fields are found by what stands before their dot, wherever they were declared.
        let namespace = if primitive.receiver.is_some() { "" } else { primitive.namespace };
        modules.entry(namespace).or_default().extend(items(primitive));
    }
    modules
}

/// One definition for each number of arguments: trailing parameters may be left out.
fn items(primitive: &Primitive) -> Vec<String> {
    let least = primitive.params.iter().filter(|param| !param.optional).count();
    let own = primitive.receiver.iter().map(|receiver| ("this_value".to_owned(), receiver_type(receiver.name)));
    let own: Vec<(String, String)> = own.collect();
    let counts = least..=primitive.params.len();
    counts
        .map(|count| {
            let params = primitive.params[..count].iter().map(|param| (param.name.to_owned(), ty(&param.ty)));
            item(primitive, &own.iter().cloned().chain(params).collect::<Vec<_>>())
        })
        .collect()
}

fn item(primitive: &Primitive, params: &[(String, String)]) -> String {
    let is_operator = !primitive.name.starts_with(|c: char| c.is_ascii_alphabetic());
    let result = ty(&primitive.result);
    let types = || params.iter().map(|(_, ty)| ty.clone()).collect::<Vec<_>>().join(", ");
    let named = || params.iter().map(|(name, ty)| format!("{name}: {ty}")).collect::<Vec<_>>().join(", ");
    let head = match (is_operator, primitive.is_field) {
        (true, _) => format!("op {}({})", primitive.name, types()),
        (_, true) => format!("fn get {}({})", primitive.name, named()),
        _ => format!("fn {}({})", primitive.name, named()),
    };
    format!("{}{head} -> {result};\n", docs(primitive))
}

/// The signature in the words of the reference, the effect, the documentation, the options.
fn docs(primitive: &Primitive) -> String {
    let mut lines = vec![format!("`{}`  ({})", primitive.signature(), primitive.effect.word())];
    lines.extend(primitive.about().lines().map(str::to_owned));
    for param in &primitive.params {
        if let Ty::Options(fields) = &param.ty {
            lines.extend(fields.iter().map(|field| {
                let need = if field.required { "" } else { ", may be left out" };
                let doc = field.about();
                let doc = doc.split_whitespace().collect::<Vec<_>>().join(" ");
                format!("- `{}: {}`{need}: {doc}", field.name, field.ty)
            }));
        }
    }
    lines.iter().map(|line| format!("/// {line}").trim_end().to_owned() + "\n").collect()
}

/// A type in the words that Rhai's definitions use: `?` is any.
fn ty(ty: &Ty) -> String {
    match ty {
        Ty::Unit => "()",
        Ty::Bool => "bool",
        Ty::Int | Ty::Within(_) => "int",
        Ty::Text | Ty::Word(_) => "String",
        Ty::Any | Ty::Maybe(_) | Ty::OrAbsent(_) => "?",
        Ty::Function => "FnPtr",
        Ty::List(_) => "Array",
        Ty::Options(_) => "Map",
        Ty::Named(name) => name,
    }
    .to_owned()
}

fn receiver_type(name: &str) -> String {
    match name {
        "string" => "String".to_owned(),
        "[value]" | "List" => "Array".to_owned(),
        name if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => name.to_owned(),
        _ => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each definition with its namespace: kind, name, number of parameters.
    fn listed(file: &str, text: &str) -> Vec<(String, String, usize)> {
        let lines = text.lines().filter(|line| line.starts_with("fn ") || line.starts_with("op "));
        lines
            .map(|line| {
                let (head, rest) = line.split_once('(').expect("parameters");
                let (params, result) = rest.split_once(") -> ").expect("a result");
                assert!(result.ends_with(';'), "{line}");
                let count = if params.is_empty() { 0 } else { params.split(", ").count() };
                (file.to_owned(), head.to_owned(), count)
            })
            .collect()
    }

    #[test]
    fn they_are_what_is_registered() {
        let files = definitions();
        let found: Vec<_> =
            files.iter().flat_map(|(file, text)| listed(file.trim_end_matches(".d.rhai"), text)).collect();
        let engine = crate::engine::build(&crate::engine::Sources::default(), None);
        for (namespace, text) in engine.definitions().modules() {
            let registered: std::collections::BTreeSet<_> = listed(&namespace, &text).into_iter().collect();
            let ours: std::collections::BTreeSet<_> =
                found.iter().filter(|(of, ..)| *of == namespace).cloned().collect();
            assert_eq!(ours, registered, "{namespace}");
        }
        let global = engine.definitions().static_module();
        let registered: std::collections::BTreeSet<_> = listed("omega", &global).into_iter().collect();
        let ours = found.iter().filter(|(of, ..)| of == "omega");
        ours.for_each(|one| assert!(registered.contains(one), "{one:?} is registered"));
        let functions = primitives::table().iter().filter(|primitive| primitive.receiver.is_none());
        let namespaces: std::collections::BTreeSet<&str> = functions.map(|primitive| primitive.namespace).collect();
        assert_eq!(files.len(), namespaces.len());
    }

    #[test]
    fn each_definition_is_of_rhais_form() {
        for (file, text) in definitions() {
            let name = file.trim_end_matches(".d.rhai");
            let first = if name == "omega" { "module static;".to_owned() } else { format!("module {name};") };
            assert!(text.starts_with(&format!("{first}\n\n")), "{file}");
            for line in text.lines().skip(1).filter(|line| !line.is_empty()) {
                assert!(
                    ["/// ", "fn ", "op "].iter().any(|begin| line.starts_with(begin)) || line == "///",
                    "{file}: {line}"
                );
            }
        }
        let whole = one_file();
        assert!(
            whole.contains("\nmodule maas {\n") && whole.contains("fn get is_external(this_value: Network) -> bool;")
        );
        assert_eq!(whole.matches('\n').count(), whole.lines().count());
    }
}
