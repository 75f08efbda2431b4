//! Text to a runbook one may trust: pinned bytes, checked, compiled.

pub mod load;
pub mod pin;

pub use load::{Loaded, Repo, Site, host_names};
