//! What a runbook is before it runs: text one may trust.

pub mod pin;
