//! Runbooks and the reference as documents: for a person who knows the cloud and not the language.
//!
//! What a runbook says is read from its tree once, into [`Document`]; a format a file renders it. Nothing runs here, so
//! a document shows every way that a run may take, not one.

mod collect;
mod definitions;
mod document;
mod html;
mod markdown;
mod page;
mod reference_html;
mod said;

pub use collect::runbook;
pub use definitions::{definitions, one_file};
pub use document::{Document, Item, Reached, Step};
pub use html::html;
pub use markdown::markdown;
pub use reference_html::reference_html;
pub use said::{Piece, Said};
