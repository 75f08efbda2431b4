//! Where a name is declared: in this file, or in a library.

use super::target::Target;
use crate::check::tree::{Kind, Name, Node, Span, Tree};
use crate::runbook::Read;

/// A file and a place in it.
pub type Declared = (String, Span);

/// Where the name at a place is declared; nothing for what the host declares.
pub fn declared(read: &Read, target: &Target<'_>) -> Option<Declared> {
    let tree = &read.tree;
    let here = |span: Span| Some((tree.file.clone(), span));
    match target {
        Target::Field(of, name) => field(read, of, name),
        Target::Call(call) => read.function(tree, call).map(|(tree, function)| (tree.file.clone(), function.name_span)),
        Target::Module(name) => read.library(tree, &name.text).map(|library| top(&library.tree)),
        Target::Constant(module, name) => {
            constant(read, module, name).map(|(tree, name, _)| (tree.file.clone(), name.span))
        }
        Target::Variable(node, name) => match read.reading.name_at(&tree.file, node.span) {
            Some(known) => Some((known.file.clone(), known.span)),
            None => here(tree.named(&name.text).next()?.name_span),
        },
        Target::Declared(name) => here(name.span),
        Target::Function(function) => here(function.name_span),
        Target::Import(name, _) => read.libraries.get(*name).map(|library| top(&library.tree)),
        Target::Method(..) | Target::Option(..) | Target::Text(..) => None,
    }
}

fn top(tree: &Tree) -> Declared {
    (tree.file.clone(), Span::at(1, 1))
}

type Constant<'r> = (&'r Tree, &'r Name, Option<&'r Node>);

/// A constant of a library or, behind `global`, of this file.
fn constant<'r>(read: &'r Read, module: &Name, name: &Name) -> Option<Constant<'r>> {
    let tree: &Tree = if module.text == "global" { &read.tree } else { &read.library(&read.tree, &module.text)?.tree };
    tree.statements.iter().find_map(|node| match &node.kind {
        Kind::Let { name: found, value, .. } if found.text == name.text => Some((tree, found, value.as_deref())),
        _ => None,
    })
}

/// A field of a constant that is written out as a map: `net::PROVIDER.cidr`.
fn field(read: &Read, of: &Node, name: &Name) -> Option<Declared> {
    let Kind::Variable { path, name: constant_name } = &of.kind else { return None };
    let (tree, _, value) = constant(read, path.first()?, constant_name)?;
    let Kind::Map(fields) = &value?.kind else { return None };
    let field = fields.iter().find(|field| field.name.text == name.text)?;
    Some((tree.file.clone(), field.name.span))
}
