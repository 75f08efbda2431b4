//! The constants of a library, evaluated by the check. Nothing here has a way to the world: the engine is one of pure
//! functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{AST, Engine};

use super::TABLE;
use crate::check::Diagnostic;
use crate::check::tree::{Span, Tree};
use crate::check::types;
use crate::engine;

/// The types of a library's constants, by their values. They are pure, so a literal that its constructor refuses is
/// found here, before any run; `trees` gives the other libraries, one of which may be to blame.
pub(super) fn evaluate(
    engine: &Engine,
    ast: &AST,
    tree: &Tree,
    trees: &dyn Fn(&str) -> Option<Arc<Tree>>,
    found: &mut Vec<Diagnostic>,
) -> (BTreeMap<String, types::Type>, types::Constants) {
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
    let types = scope.iter_raw().map(|(name, _, value)| (name.to_string(), TABLE.of_value(value))).collect();
    let values = scope.iter_raw().map(|(name, _, value)| (name.to_string(), types::Fixed::of(value))).collect();
    (types, values)
}

/// What a constructor was given, when it stands there as a text; the name of the call else.
fn refusing(tree: &Tree, line: usize, column: usize) -> Span {
    let Some(call) = tree.call_at(line, column) else { return Span::at(line, column) };
    call.args.iter().find(|arg| arg.as_text().is_some()).map_or(call.name.span, |arg| arg.span)
}
