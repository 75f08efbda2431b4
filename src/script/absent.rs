//! A value that a service does not have: its own answer, never `()`, 0 or "".

use std::fmt;

/// What a script receives for a field that the service left empty. It compares with nothing and prints nothing: only
/// a gate takes it, and fails. `x == ()` asks whether it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// In words, e.g. `gateway of maas subnet 10.12.4.0/22`.
    pub what: String,
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no {}", self.what)
    }
}
