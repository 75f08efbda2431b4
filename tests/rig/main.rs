//! Live tests against a real Keystone and Neutron, off by default.
//!
//!     export OMEGA_RIG_OPENRC=.rig/openstack/admin-openrc OMEGA_RIG_CLIENT=.rig/openstack/bin/openstack
//!     cargo test --test rig -- --ignored --test-threads=1
//!
//! rigs/openstack/up makes such a cloud. The tests make and delete networks called `provider-ext`, so they refuse a cloud
//! that is not on 127.0.0.1, and one that holds a network of any other name. MAAS is the lab's, behind its executable.

#![expect(clippy::disallowed_methods, reason = "these tests start omega and the real client as an operator would")]

mod comparison;
mod desk;
mod phase_04;
#[path = "../../src/lab/conformance/sequence.rs"]
mod sequence;
#[path = "../../src/lab/conformance/shape.rs"]
mod shape;
