//! An address that is written out in a map beside the network in which it lies: it can be made of that.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::super::super::tree::{Kind, Node, Span, Tree};
use super::super::super::types::{Fixed, Library};
use crate::primitives::net::Cidr;

/// More names that stand for each other than anybody writes.
const DEEP: usize = 8;

/// `PLANE.host(1)` for `#{ cidr: PLANE, gateway: ip("10.20.1.1") }`; `span` is that of the text.
pub(super) fn made_of_its_network(
    tree: &Tree,
    libs: &BTreeMap<String, Library>,
    text: &str,
    span: Span,
) -> Option<String> {
    let address: Ipv4Addr = text.parse().ok()?;
    let reads =
        |node: &Node| matches!(&node.kind, Kind::Call(call) if call.args.first().is_some_and(|arg| arg.span == span));
    let mut help = None;
    tree.walk(&mut |node| {
        let Kind::Map(fields) = &node.kind else { return };
        if !fields.iter().any(|field| reads(&field.value)) {
            return;
        }
        let network = fields.iter().find(|field| field.name.text == "cidr").map(|field| &field.value);
        let Some((value, net)) = network.and_then(|value| Some((value, network_of(tree, libs, value, 0)?))) else {
            return;
        };
        // `host` counts in the /24 of the first address.
        let [a, b, c, octet] = address.octets();
        if net.contains(&address) && net.network().octets()[..3] == [a, b, c] {
            help = Some(format!("it lies in the network beside it: {}.host({octet})", tree.text(value.span)));
        }
    });
    help
}

/// What an expression of this file comes to, when that is a network.
fn network_of(tree: &Tree, libs: &BTreeMap<String, Library>, node: &Node, deep: usize) -> Option<Ipv4Net> {
    match &node.kind {
        Kind::Call(call) if call.plain_name() == Some("cidr") => call.args.first()?.as_text()?.parse().ok(),
        Kind::Variable { path, name } if deep < DEEP && path.iter().all(|root| root.text == "global") => {
            let is_it = |node: &&Node| matches!(&node.kind, Kind::Let { name: of, .. } if of.text == name.text);
            let Kind::Let { value, .. } = &tree.statements.iter().find(is_it)?.kind else { return None };
            network_of(tree, libs, value.as_deref()?, deep + 1)
        }
        _ => match fixed(tree, libs, node)? {
            Fixed::Other(value) => value.read_lock::<Cidr>().map(|network| network.0),
            _ => None,
        },
    }
}

/// A constant of a library, or a part of one.
fn fixed<'l>(tree: &Tree, libs: &'l BTreeMap<String, Library>, node: &Node) -> Option<&'l Fixed> {
    match &node.kind {
        Kind::Variable { path, name } => {
            let [root] = &path[..] else { return None };
            let library = libs.get(tree.modules().get(root.text.as_str())?.as_str())?;
            library.values.get(library.tree.exports().get(name.text.as_str())?.as_str())
        }
        Kind::Property { of, name, .. } => match fixed(tree, libs, of)? {
            Fixed::Map(fields) => fields.get(name.text.as_str()),
            _ => None,
        },
        Kind::Index { of, index, .. } => match (fixed(tree, libs, of)?, &index.kind) {
            (Fixed::List(items), Kind::Int(at)) => items.get(usize::try_from(*at).ok()?),
            _ => None,
        },
        _ => None,
    }
}
