//! What a running script stands on: guard and permit, gates, steps, clock, secrets, waits.

mod permit;
pub use permit::Permit;
