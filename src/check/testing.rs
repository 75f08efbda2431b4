//! What the tests of this module share: compiling a sample, and golden files.

use std::path::PathBuf;

use rhai::{Engine, OptimizationLevel};

use super::{lower, tokens::Tokens, tree::Tree};

/// Compiles a sample with the language as it is, not as omega narrows it, and lowers it.
pub(super) fn tree(file: &str, source: &str) -> Tree {
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    let ast = engine.compile(source).unwrap_or_else(|err| panic!("{file}: {err}\n{source}"));
    lower(file, source, Tokens::of(source), &ast)
}

/// Compares with `golden/NAME.txt`; `UPDATE_GOLDEN=1` writes it.
pub(super) fn golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("src/check/golden/{name}.txt"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        wanted == text,
        "{} differs; UPDATE_GOLDEN=1 rewrites it\n--- wanted\n{wanted}\n--- seen\n{text}",
        path.display()
    );
}
