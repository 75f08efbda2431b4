//! Tests of the lab's juju.
