//! Reports: a format a file, each fed by journal events alone, so that a live run and a replayed journal look the same.

mod json;
mod junit;
mod paint;
mod text;
mod words;

pub use json::{JsonLines, schema};
pub use junit::junit;
pub use paint::Paint;
pub use text::Text;
