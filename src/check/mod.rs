//! The static check: what is wrong with a script, found before it runs.
//!
//! `lower` turns Rhai's tree into ours, `text` and `shape` hold the rules, `sites` finds every gate and call that a step
//! can reach, `message` words and renders what was found. Nothing here runs a script or makes a call.

mod extent;
mod gates;
mod lower;
pub mod message;
mod names;
mod reports;
pub mod rules;
pub mod shape;
pub mod sites;
pub mod text;
mod tokens;
pub mod tree;

pub use lower::lower;
pub use message::{Diagnostic, Severity, Sources, nearest};
pub use shape::HostNames;

#[cfg(test)]
mod testing;
