//! Addresses of a network that a constant holds.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{Known, Place};

impl Known<'_> {
    /// The one network of a library that holds an address, and how it makes it.
    pub(super) fn host_in(&self, text: &str) -> Option<String> {
        let address: Ipv4Addr = text.parse().ok()?;
        let [a, b, c, octet] = address.octets();
        let makes = |network: &str| {
            let network: Option<Ipv4Net> = network.parse().ok();
            network.is_some_and(|network| network.contains(&address) && network.network().octets()[..3] == [a, b, c])
        };
        let networks = self.libs.iter().flat_map(|(alias, places, imported)| {
            let networks = places.typed.iter().filter(|network| makes(network));
            networks.filter_map(|network| places.said.get(network)).flatten().map(|place| (*alias, *imported, place))
        });
        let mut plain = networks.filter(|(.., place)| place.lists == 0);
        let ((alias, imported, Place { steps, constant, .. }), None) = (plain.next()?, plain.next()) else {
            return None;
        };
        let import = if imported { String::new() } else { format!("import \"{alias}\" as {alias}; and ") };
        Some(format!("{import}write {alias}::{constant}{}.host({octet})", steps.concat()))
    }
}
