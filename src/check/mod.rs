//! The static check: what is wrong with a script, found before it runs.
//!
//! `lower` turns Rhai's tree into ours, `text` and `shape` hold the rules, `sites` finds every gate and call that a step
//! can reach, `message` words and renders what was found. Nothing here runs a script or makes a call.

pub mod circle;
mod commented;
pub mod cursor;
mod extent;
mod gates;
pub mod lints;
mod lower;
pub mod message;
mod names;
mod near;
mod once;
mod places;
mod reports;
pub mod rules;
pub mod shape;
pub mod sites;
mod slips;
mod span;
mod syntax;
pub mod text;
mod tokens;
pub mod tree;
pub mod types;
mod walk;

pub use message::{Diagnostic, Severity, Sources, nearest};
pub use places::Places;
pub use shape::HostNames;

use std::sync::Arc;

use rhai::{AST, ParseError};

use lower::lower;
use syntax::{lacks_a_quote, refused};
use tokens::Tokens;

/// What kind of script a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A file of runbooks/.
    Runbook,
    /// A file of lib/.
    Library,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The compiled script and its tree, when it compiled; it may run only if `found` holds no error.
    pub script: Option<(Arc<AST>, Arc<tree::Tree>)>,
    /// What is wrong, in the order of the text.
    pub found: Vec<Diagnostic>,
}

impl Checked {
    /// Whether nothing stands in the way of running it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.script.is_some() && self.found.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
    }
}

/// Checks one file whole: its bytes, its syntax, its shape. `compile` is the engine's, with its options.
pub fn file(
    name: &str,
    bytes: &[u8],
    role: Role,
    host: &HostNames,
    compile: &dyn Fn(&str) -> Result<AST, ParseError>,
) -> Checked {
    let mut found = text::letters(name, bytes);
    let Ok(source) = std::str::from_utf8(bytes) else { return Checked { script: None, found } };
    let tokens = Tokens::of(source);
    found.extend(text::numbers(name, source, &tokens, &host.units));
    let script = match compile(source) {
        Ok(mut ast) => {
            ast.set_source(name);
            let tree = lower(name, source, tokens, &ast);
            found.extend(match role {
                Role::Runbook => shape::runbook(&tree, host),
                Role::Library => shape::library(&tree, host),
            });
            Some((Arc::new(ast), Arc::new(tree)))
        }
        Err(error) => {
            let refusal = refused(name, source, &tokens, &error, host);
            let other_texts = lacks_a_quote(&tokens, &error);
            // Between quotes that do not pair, numbers of a text look like numbers of the script.
            let is_text =
                |line: u32| line > refusal.span.line && other_texts || slips::unpaired(&tokens, line).is_some();
            found.retain(|other| !is_text(other.span.line));
            let told = found.iter().any(|other| other.span.line == refusal.span.line);
            found.extend((!told).then_some(refusal));
            None
        }
    };
    message::sort(&mut found);
    Checked { script, found }
}

/// Lowers one expression that a person typed; what does not compile is told instead. Its shape is free.
pub fn expression(
    name: &str,
    source: &str,
    host: &HostNames,
    compile: &dyn Fn(&str) -> Result<AST, ParseError>,
) -> Result<tree::Tree, Box<Diagnostic>> {
    let tokens = Tokens::of(source);
    match compile(source) {
        Ok(ast) => Ok(lower(name, source, tokens, &ast)),
        Err(error) => Err(Box::new(refused(name, source, &tokens, &error, host))),
    }
}

#[cfg(test)]
mod testing;

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
