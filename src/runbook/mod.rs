//! Text to a runbook one may trust: pinned bytes, checked, compiled.

mod issues;
pub mod load;
mod order;
pub mod pin;

pub use issues::{ids, issue};
pub use load::{Loaded, Read, Repo, Site, host_names, table, together};
pub use order::in_order;
