//! The simulated cloud: state documents, and a service a file that reads and changes them.
//!
//! A service answers in the real program's words, statuses and shapes, and really changes the state. It must not know
//! runbooks, gates or primitives.

pub mod state;

mod hosts;
mod juju;
mod maas;
mod netbox;
mod openstack;
mod web;
