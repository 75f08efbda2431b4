//! Reports: a format a file, each fed by journal events alone, so that a live run and a replayed journal look the same.

mod json;
mod junit;
mod text;

pub use json::{JsonLines, schema};
pub use junit::junit;
pub use text::{Paint, Text};
