//! The lab's hosts.
