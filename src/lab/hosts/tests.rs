//! Tests of the lab's hosts.
