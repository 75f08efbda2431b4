//! What scripts may say: a namespace a file. The typed replies live beside the primitive that reads them.
//!
//! Primitives reach the world through [`Call`](crate::host::Call) alone; adding one touches its own file, a new
//! namespace one line of the table more.

mod bundle;
mod download;
mod flow;
pub(crate) mod forms;
mod haproxy;
mod horizon;
mod http;
pub mod juju;
mod jumphost;
mod libvirt;
mod maas;
pub(crate) mod net;
mod netbox;
mod nginx;
mod octavia;
mod openstack;
mod pki;
mod plain;
pub(crate) mod reply;
pub(crate) mod ssh;
mod vault;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::script::{Declared, Primitive};

/// Every primitive, in the order of the reference.
pub fn table() -> &'static [Primitive] {
    static TABLE: LazyLock<Vec<Primitive>> = LazyLock::new(|| {
        let namespaces: [fn(Declared) -> Declared; 18] = [
            flow::declare,
            net::declare,
            plain::declare,
            maas::declare,
            juju::declare,
            openstack::declare,
            ssh::declare,
            nginx::declare,
            libvirt::declare,
            haproxy::declare,
            http::declare,
            horizon::declare,
            jumphost::declare,
            bundle::declare,
            pki::declare,
            netbox::declare,
            vault::declare,
            octavia::declare,
        ];
        namespaces.into_iter().fold(Declared::with_room(512), |all, declare| declare(all)).all()
    });
    &TABLE
}

/// The names of all namespaces.
pub fn namespaces() -> &'static BTreeSet<&'static str> {
    static NAMESPACES: LazyLock<BTreeSet<&str>> =
        LazyLock::new(|| table().iter().map(|primitive| primitive.namespace).filter(|name| !name.is_empty()).collect());
    &NAMESPACES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{Effect, Says, Ty};

    /// The names of what a call is given: its parameters and the options in them.
    fn given(primitive: &Primitive) -> Vec<&'static str> {
        let options = primitive.params.iter().filter_map(|param| match &param.ty {
            Ty::Options(fields) => Some(fields.iter().map(|field| field.name)),
            _ => None,
        });
        options.flatten().chain(primitive.params.iter().map(|param| param.name)).collect()
    }

    #[test]
    fn every_change_names_readings_that_tell_of_it() {
        for change in table() {
            let name = change.full_name();
            assert_eq!(change.effect == Effect::Change, !change.seen_by.is_empty(), "{name}");
            for sight in change.seen_by {
                let reading = table().iter().find(|reading| reading.is(sight.reading));
                let effect = reading.map(|reading| reading.effect);
                assert!(matches!(effect, Some(Effect::Read | Effect::Acts)), "{name}: {}", sight.reading);
                if let Some(Says::Given(part) | Says::Only(part) | Says::Among(part) | Says::Without(part)) = sight.says
                {
                    assert!(given(change).contains(&part), "{name} is given no {part}");
                }
            }
        }
    }
}
