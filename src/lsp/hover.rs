//! What a name means, where the pointer rests on it.

use super::describe;
use super::target::Target;
use crate::check::tree::{Call, Field, Kind, Name, Node, Tree};
use crate::check::types::Type;
use crate::runbook::{Read, table};

/// What is said of the name at a place, as Markdown; nothing where nothing is known. `issues` are the site's known issues.
pub fn said(read: &Read, target: &Target<'_>, issues: &str) -> Option<String> {
    let tree = &read.tree;
    match target {
        Target::Field(of, name) => field(read, of, name),
        Target::Call(call) => called(read, call),
        Target::Method(of, call) => read.primitive(tree, Some(of), call).map(describe::primitive),
        Target::Module(name) => module(read, name),
        Target::Constant(module, name) => constant(read, module, name),
        Target::Variable(node, name) => variable(read, node, name),
        Target::Declared(name) => declared(read, name),
        Target::Function(function) => Some(describe::function(tree, function)),
        Target::Option(call, field) => option(read, *call, field),
        Target::Import(name, _) => read.libraries.get(*name).map(describe::library),
        Target::Text(text, _) => crate::runbook::issue(issues, text),
    }
}

fn field(read: &Read, of: &Node, name: &Name) -> Option<String> {
    let ty = read.reading.at(&read.tree.file, of.span)?;
    if let Some(field) = members(ty).iter().find_map(|ty| table().field(ty, &name.text)) {
        return Some(describe::primitive(field));
    }
    let field = members(ty).into_iter().find_map(|ty| match ty {
        Type::Map(fields) => fields.get(name.text.as_str()).cloned(),
        _ => None,
    });
    field.map(|ty| describe::variable(&name.text, &ty))
}

/// Each type that a value may be, when it is there.
pub fn members(ty: &Type) -> Vec<Type> {
    ty.present().clone().members()
}

fn called(read: &Read, call: &Call) -> Option<String> {
    if let Some(primitive) = read.primitive(&read.tree, None, call) {
        return Some(describe::primitive(primitive));
    }
    read.function(&read.tree, call).map(|(tree, function)| describe::function(tree, function))
}

fn module(read: &Read, name: &Name) -> Option<String> {
    if let Some(library) = read.library(&read.tree, &name.text) {
        return Some(describe::library(library));
    }
    table().namespaces().contains(name.text.as_str()).then(|| describe::namespace(&name.text))
}

fn constant(read: &Read, module: &Name, name: &Name) -> Option<String> {
    if module.text == "global" {
        let ty = read.reading.named(&read.tree.file, &name.text).map(|known| &known.ty);
        return describe::constant(&read.tree, &name.text, ty);
    }
    let library = read.library(&read.tree, &module.text)?;
    describe::constant(&library.tree, &name.text, library.constants.get(name.text.as_str()))
}

fn variable(read: &Read, node: &Node, name: &Name) -> Option<String> {
    let known = read.reading.name_at(&read.tree.file, node.span);
    if let Some(known) = known.filter(|known| is_constant(&read.tree, &known.name)) {
        return describe::constant(&read.tree, &known.name, Some(&known.ty));
    }
    let ty = read.reading.at(&read.tree.file, node.span)?;
    match ty {
        Type::Function(..) => {
            read.tree.named(&name.text).next().map(|function| describe::function(&read.tree, function))
        }
        ty => Some(describe::variable(&name.text, ty)),
    }
}

fn is_constant(tree: &Tree, name: &str) -> bool {
    tree.statements.iter().any(|node| matches!(&node.kind, Kind::Let { name: found, .. } if found.text == name))
}

fn declared(read: &Read, name: &Name) -> Option<String> {
    let ty = read.reading.declared_at(&read.tree.file, name.span).map(|known| &known.ty);
    if is_constant(&read.tree, &name.text) {
        return describe::constant(&read.tree, &name.text, ty);
    }
    ty.map(|ty| describe::variable(&name.text, ty))
}

fn option(read: &Read, call: Option<(Option<&Node>, &Call)>, field: &Field) -> Option<String> {
    let ty = || read.reading.at(&read.tree.file, field.value.span);
    let Some((of, call)) = call else { return ty().map(|ty| describe::variable(&field.name.text, ty)) };
    let primitive = read.primitive(&read.tree, of, call);
    let Some(primitive) = primitive else { return ty().map(|ty| describe::variable(&field.name.text, ty)) };
    let fields = primitive.params.iter().filter_map(|param| describe::fields(&param.ty)).flatten();
    let found = fields.into_iter().find(|known| known.name == field.name.text)?;
    Some(describe::option(found, primitive))
}
