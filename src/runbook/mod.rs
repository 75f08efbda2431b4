//! Text to a runbook one may trust: pinned bytes, checked, compiled.

pub mod load;
mod order;
pub mod pin;

pub use load::{Loaded, Repo, Site, host_names};
pub use order::in_order;
