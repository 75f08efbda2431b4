//! What is said of a name, as Markdown: its signature, then what it means.

use std::fmt::Write;

use crate::check::tree::{Function, Kind, Tree, unmarked};
use crate::check::types::{Library, Type};
use crate::primitives;
use crate::script::{OptionField, Param, Primitive, Ty};

/// A block of script.
pub fn code(text: &str) -> String {
    format!("```rhai\n{text}\n```\n")
}

/// A primitive: its signature, its effect, its documentation, its options.
pub fn primitive(primitive: &Primitive) -> String {
    let mut text = code(&signature(primitive));
    if !primitive.is_field {
        let _ = write!(text, "*{}*\n\n", primitive.effect.word());
    }
    let _ = writeln!(text, "{}", primitive.about());
    for fields in primitive.params.iter().filter_map(options) {
        text.push('\n');
        ordered(fields).into_iter().for_each(|field| _ = writeln!(text, "- {}", option_line(field)));
    }
    text
}

/// A signature in which option maps are named only.
pub fn signature(primitive: &Primitive) -> String {
    if primitive.is_field {
        return primitive.signature();
    }
    let params: Vec<String> = primitive.params.iter().map(param).collect();
    let result = if primitive.result == Ty::Unit { String::new() } else { format!(" -> {}", primitive.result) };
    format!("{}({}){result}", primitive.full_name(), params.join(", "))
}

fn param(param: &Param) -> String {
    let optional = if param.optional { "?" } else { "" };
    let ty = if options(param).is_some() { "#{ ... }".to_owned() } else { param.ty.to_string() };
    format!("{}{optional}: {ty}", param.name)
}

fn options(param: &Param) -> Option<&[OptionField]> {
    fields(&param.ty)
}

/// The fields of an option map, or of the maps of a list.
pub fn fields(ty: &Ty) -> Option<&[OptionField]> {
    match ty {
        Ty::Options(fields) => Some(fields),
        Ty::List(of) | Ty::Maybe(of) | Ty::OrAbsent(of) => fields(of),
        _ => None,
    }
}

/// Those that must be given first.
pub fn ordered(fields: &[OptionField]) -> Vec<&OptionField> {
    let (required, others): (Vec<_>, Vec<_>) = fields.iter().partition(|field| field.required);
    required.into_iter().chain(others).collect()
}

fn option_line(field: &OptionField) -> String {
    let need = if field.required { "**required**" } else { "may be left out" };
    format!("`{}: {}` ({need}) {}", field.name, short(&field.ty), field.about())
}

/// A field of an option map.
pub fn option(field: &OptionField, of: &Primitive) -> String {
    let need = if field.required { "required" } else { "may be left out" };
    let mut text = format!(
        "{}*option of `{}`, {need}*\n\n{}\n",
        code(&format!("{}: {}", field.name, short(&field.ty))),
        of.full_name(),
        field.about()
    );
    for inner in fields(&field.ty).map(ordered).into_iter().flatten() {
        let _ = write!(text, "\n- {}", option_line(inner));
    }
    text
}

fn short(ty: &Ty) -> String {
    match ty {
        Ty::Options(_) => "#{ ... }".to_owned(),
        Ty::List(of) if fields(of).is_some() => "[#{ ... }]".to_owned(),
        other => other.to_string(),
    }
}

/// What a namespace has.
pub fn namespace(name: &str) -> String {
    let names: Vec<&str> =
        primitives::table().iter().filter(|p| p.receiver.is_none() && p.namespace == name).map(|p| p.name).collect();
    format!("{}Primitives: {}\n", code(&format!("{name}::")), names.join(", "))
}

/// A library, by what it says of itself.
pub fn library(library: &Library) -> String {
    let tree = &library.tree;
    format!("{}{}\n", code(&format!("import of {}", tree.file)), comments(&tree.docs))
}

/// A constant of a library: its value as it is written there, and the comment above it.
pub fn constant(tree: &Tree, name: &str, ty: Option<&Type>) -> Option<String> {
    let (span, value) = tree.statements.iter().find_map(|node| match &node.kind {
        Kind::Let { name: found, value, .. } if found.text == name => Some((found.span, value.as_deref())),
        _ => None,
    })?;
    let written = value.map_or("...", |value| tree.text(value.span));
    let written = if written.lines().count() > 12 { "..." } else { written };
    let ty = ty.filter(|ty| !ty.is_open() && !matches!(ty, Type::Map(_))).map_or(String::new(), |ty| format!(": {ty}"));
    let text = code(&format!("const {name}{ty} = {written}"));
    Some(format!("{text}{}\n\n{}:{}\n", tree.comment_above(span.line), tree.file, span.line))
}

/// A function of a script.
pub fn function(tree: &Tree, function: &Function) -> String {
    let params: Vec<&str> = function.params.iter().map(|param| param.text.as_str()).collect();
    let text = code(&format!("fn {}({})", function.name, params.join(", ")));
    let docs = comments(&function.docs.join("\n"));
    let docs = if docs.is_empty() { tree.comment_above(function.span.line) } else { docs };
    format!("{text}{docs}\n\n{}:{}\n", tree.file, function.span.line)
}

/// A variable and what its type is.
pub fn variable(name: &str, ty: &Type) -> String {
    let text = code(&format!("{name}: {ty}"));
    let element = match ty.present() {
        Type::Named(of) | Type::Listing(of) => Some(*of),
        _ => None,
    };
    match element.and_then(type_doc) {
        Some(doc) => format!("{text}{doc}\n"),
        None => text,
    }
}

/// What a type of the host is.
fn type_doc(name: &str) -> Option<String> {
    let receivers = primitives::table().iter().filter_map(|primitive| primitive.receiver.as_ref());
    receivers.into_iter().find(|receiver| receiver.name == name).map(|receiver| plain(receiver.doc))
}

/// Comment lines without their markers.
fn comments(text: &str) -> String {
    text.lines().map(unmarked).collect::<Vec<_>>().join("\n")
}

/// Doc comments begin each line with one blank.
pub fn plain(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}
