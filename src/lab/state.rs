//! The lab's state as typed documents, one per service, each in the service's own file.
//!
//! Everything is keyed by what a person would call it (a subnet by its CIDR, a machine by its hostname), so that a
//! patch reads well and two snapshots can be compared. It knows no requests.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::faults::Fault;
use super::hosts::HostsState;
use super::juju::JujuState;
use super::maas::MaasState;
use super::netbox::NetboxState;
use super::openstack::OpenstackState;
use super::seed::Seed;
use super::web::WebState;

/// The whole simulated cloud. A key that is not listed here does not load.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The stage it began from, for what a person is told.
    pub stage: String,
    /// Simulated time.
    pub clock: Clock,
    /// Where new ids come from.
    pub seed: Seed,
    /// The machine provider.
    pub maas: Doc<MaasState>,
    /// Keystone, Neutron and Glance.
    pub openstack: Doc<OpenstackState>,
    /// The model and its units.
    pub juju: Doc<JujuState>,
    /// Hosts reached over ssh, and the hypervisor.
    pub hosts: Doc<HostsState>,
    /// The source of truth for addresses.
    pub netbox: Doc<NetboxState>,
    /// Other servers that answer over HTTP.
    pub web: Doc<WebState>,
    /// What is to go wrong, for tests.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// Whether the request under way stops half way through its members.
    #[serde(skip)]
    pub stops_half_way: bool,
}

impl State {
    /// Whether two states are the same cloud: time, ids drawn, faults met and the records that reads leave do not count.
    pub fn same_cloud(&self, other: &State) -> bool {
        self.without_records() == other.without_records()
    }

    /// Whether something is under way that ends by itself.
    pub fn is_busy(&self) -> bool {
        self.maas.machines.values().any(|machine| machine.until.is_some())
            || self.juju.models.values().any(|model| model.rollout.is_some())
    }

    /// The state without time, ids drawn, faults and the records that reads leave.
    pub fn without_records(&self) -> State {
        let mut state = self.clone();
        (state.clock, state.seed, state.faults) = (Clock::default(), Seed::default(), Vec::new());
        for model in state.juju.models.values_mut() {
            model.operations.clear();
            model.vault.iter_mut().for_each(|vault| (vault.looked, vault.tokens) = Default::default());
        }
        state.openstack.keystone.tokens_issued = 0;
        state
    }
}

/// A document that is copied only when it is written to, so that a snapshot of the whole state costs nothing.
#[derive(Debug, Default)]
pub struct Doc<T>(Arc<T>);

impl<T> Clone for Doc<T> {
    fn clone(&self) -> Self {
        Doc(Arc::clone(&self.0))
    }
}

impl<T> From<T> for Doc<T> {
    fn from(inner: T) -> Self {
        Doc(Arc::new(inner))
    }
}

impl<T> Deref for Doc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Doc<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: PartialEq> PartialEq for Doc<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl<T: Serialize> Serialize for Doc<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Doc<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Doc::from)
    }
}
