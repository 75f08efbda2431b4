//! The constants of a library, evaluated by the check. Nothing here has a way to the world: the engine is one of pure
//! functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{AST, Dynamic, Engine, Module};

use super::TABLE;
use crate::check::Diagnostic;
use crate::check::tree::{Kind, Node, Span, Tree};
use crate::check::types::{self, Library};
use crate::engine;

/// A library's constants: their types and their values.
pub(super) type Known = (BTreeMap<String, types::Type>, types::Constants);

/// The constants of a library that was made as an import makes it, so that it is evaluated once. None when it also has
/// constants of its own alone, which an import does not show.
pub(super) fn exported(module: &Module, tree: &Tree) -> Option<Known> {
    let is_private = |node: &Node| matches!(&node.kind, Kind::Let { exported: false, .. } | Kind::Export { .. });
    (!tree.statements.iter().any(is_private)).then(|| known(module.iter_var()))
}

/// The same by running its text alone. They are pure, so a literal that its constructor refuses is found here, before any
/// run; `trees` gives the other libraries, one of which may be to blame.
pub(super) fn evaluate(
    engine: &Engine,
    ast: &AST,
    tree: &Tree,
    trees: &dyn Fn(&str) -> Option<Arc<Tree>>,
    found: &mut Vec<Diagnostic>,
) -> Known {
    let mut scope = rhai::Scope::new();
    if let Err(error) = engine.run_ast_with_scope(&mut scope, ast) {
        let frames = engine::frames(&error, "top level", &tree.file);
        let refused = engine::cause(&error);
        let note = "constants of lib/ are evaluated by the check";
        let at = frames.first().map(|frame| &frame.at);
        found.push(match at.filter(|at| !at.file.is_empty() && at.file != tree.file) {
            // Another library refused what it was given, or what stands in itself.
            Some(at) => {
                let tree = trees(&at.file);
                let place =
                    tree.map_or_else(|| Span::at(at.line, at.column), |tree| refusing(&tree, at.line, at.column));
                Diagnostic::error("E0190", refused, &at.file, place).note(note)
            }
            None => {
                let place = at.map_or_else(Span::default, |at| refusing(tree, at.line, at.column));
                Diagnostic::error("E0190", refused, &tree.file, place).note(note)
            }
        });
    }
    known(scope.iter_raw().map(|(name, _, value)| (name, value)))
}

fn known<'v>(values: impl Iterator<Item = (&'v str, &'v Dynamic)>) -> Known {
    values
        .map(|(name, value)| ((name.to_string(), TABLE.of_value(value)), (name.to_string(), types::Fixed::of(value))))
        .unzip()
}

/// A library that could not be evaluated because of a wrong name: the check of its types tells the name, and the nearest
/// right one.
pub(super) fn unnamed(libraries: &BTreeMap<String, Library>, found: &mut Vec<Diagnostic>) {
    for at in (0..found.len()).rev() {
        if found[at].id != "E0190" {
            continue;
        }
        let file = found[at].file.clone();
        let Some(library) = libraries.values().find(|library| library.tree.file == file) else { continue };
        let is_name = |told: &Diagnostic| told.file == file && matches!(&*told.id, "E0201" | "E0202" | "E0205");
        let names: Vec<_> = types::library(&TABLE, library, libraries).found.into_iter().filter(is_name).collect();
        if !names.is_empty() {
            found.splice(at..=at, names);
        }
    }
}

/// What a constructor was given, when it stands there as a text; the name of the call else.
fn refusing(tree: &Tree, line: u32, column: u32) -> Span {
    let Some(call) = tree.call_at(line, column) else { return Span::at(line, column) };
    call.args.iter().find(|arg| arg.as_text().is_some()).map_or(call.name.span, |arg| arg.span)
}
