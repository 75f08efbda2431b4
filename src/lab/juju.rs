//! The lab's juju.
