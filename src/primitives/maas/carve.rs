//! The interface tree of a host: cards on their planes, bridges, VLANs and links, each made where it is missing.
//!
//! What is there and differs is refused, not altered: MAAS drops links and addresses as a side effect of most changes.

use super::machine::{self, Interface, Machine};
use super::subnet::{self, MaasSubnet};
use super::{command, ghost};
use crate::handle;
use crate::host::{Call, Ensure, Mode, Stop};
use crate::primitives::forms;
use crate::primitives::net::{Cidr, Ip};
use crate::script::{Handle, Primitive, Source};
use crate::transport::{Arg, Request};

handle! {
    /// An interface of one host, by `HOST INTERFACE`.
    HostInterface("maas host interface") by key {
        /// Host and interface, e.g. `openstack0 br-metal`.
        key: String,
        /// What it is.
        kind as "type" in machine::INTERFACE: String,
        /// Names of the interfaces it is made on.
        parents: Vec<String>,
        /// Its VLAN as fabric and tag, e.g. `metal/103`; none when it is in no VLAN.
        vlan: Option<String>,
        /// How a bridge is made, where it tells.
        bridge_type in machine::BRIDGE: Option<String>,
    } hidden {
        /// Its id: dies with the machine's.
        id: Option<i64>,
        /// Addresses that hang on it.
        addresses: Vec<String>,
    }
}

handle! {
    /// A link of one host's interface to a subnet, by `HOST INTERFACE CIDR`.
    HostLink("maas host link") by key {
        /// Host, interface and subnet, e.g. `openstack0 br-metal 10.12.8.0/22`.
        key: String,
        /// How it comes to its address.
        mode in machine::LINK: String,
        /// Its address.
        address: Option<Ip>,
    }
}

fn seen(host: &str, interface: &Interface, source: &Source) -> Handle<HostInterface> {
    let vlan = interface.fabric.as_ref().zip(interface.vid).map(|(fabric, vid)| format!("{fabric}/{vid}"));
    let addresses = interface.links.0.iter().filter_map(|(link, _)| link.address).map(|address| address.to_string());
    let seen = HostInterface {
        key: key(host, &interface.name),
        kind: interface.kind.clone(),
        parents: interface.parents.clone(),
        vlan,
        bridge_type: interface.bridge_type.clone(),
        id: interface.id,
        addresses: addresses.collect(),
    };
    Handle::seen(seen, source.clone())
}

fn key(host: &str, name: &str) -> String {
    format!("{host} {name}")
}

fn read(call: &Call<'_>, host: &str, name: &str) -> Result<Option<Handle<HostInterface>>, Stop> {
    let machine = machine::one(call, host)?;
    let interfaces = &machine.now()?.interfaces.0;
    let found = interfaces.iter().find(|(interface, _)| interface.name == name);
    Ok(found.map(|(interface, source)| seen(host, interface, source)))
}

/// The interface as it is, or as a planned change makes it.
fn find(call: &Call<'_>, host: &str, name: &str) -> Result<Handle<HostInterface>, Stop> {
    let found = call.find(&key(host, name), || read(call, host, name))?;
    found.ok_or_else(|| {
        Stop::failed(format!("{host} has no interface {name}"))
            .with("from", "maas machines read")
            .with("next", "all cards are there once a commissioning has passed; bridges and VLANs come first")
    })
}

/// An interface's id as an argument, with words before it: known, or after the step that makes it.
fn id_arg(interface: &Handle<HostInterface>, before: &str) -> Result<Arg, Stop> {
    if let Ok(HostInterface { id: None, key, .. }) = interface.now() {
        return Err(Stop::unanswered(format!("MAAS tells no id of {key}")));
    }
    Ok(interface.arg("id", |found| format!("{before}{}", found.id.unwrap_or_default())))
}

fn plane(subnet: &Handle<MaasSubnet>) -> Result<(String, String), Stop> {
    let now = subnet.now()?;
    let id = now.vlan_id.ok_or_else(|| Stop::unanswered(format!("MAAS tells no VLAN object of {}", now.cidr)))?;
    Ok((format!("{}/{}", now.fabric, now.vid), id.to_string()))
}

/// The machine, which must be there before it is carved, in a state in which MAAS lets it be carved.
fn editable(call: &Call<'_>, host: &str) -> Result<(Handle<Machine>, String), Stop> {
    let machine = machine::one(call, host)?;
    let id = machine.now()?.system_id.clone();
    Ok((machine, id))
}

/// A plan that could not decide an earlier step cannot say yet in which state this one will find the machine.
fn must_be_free(call: &Call<'_>, machine: &Handle<Machine>) -> Result<(), Stop> {
    let now = machine.now()?;
    if matches!(now.status.as_str(), "New" | "Ready" | "Allocated" | "Broken" | "Failed testing") {
        return Ok(());
    }
    if let (Mode::Plan, Some(step)) = (call.host.mode, call.host.undecided().keys().next()) {
        return Err(Stop::deferred(format!("the state of {}", machine.label()), step));
    }
    Err(Stop::refused(format!(
        "{} is {}: MAAS alters interfaces only of machines that are Ready",
        now.hostname, now.status
    ))
    .with("from", machine.source().to_string()))
}

fn differs(now: &Handle<HostInterface>, differing: &[&str]) -> Stop {
    Stop::refused(format!("{} is there and differs in {}", now.identity(), differing.join(", ")))
        .with("from", now.source().to_string())
        .with("next", "altering it would drop links and addresses; look at it in MAAS and delete it by hand")
}

/// A card moves to its plane's VLAN object: a link to a subnet of another VLAN is not found, says MAAS.
fn ensure_plane(call: &Call<'_>, host: &str, card: &str, cidr: &Cidr) -> Result<(), Stop> {
    let (machine, system_id) = editable(call, host)?;
    let (vlan, vlan_id) = plane(&subnet::one(call, cidr)?)?;
    let work = Ensure::new(&key(host, card), &format!("the plane {cidr}"), || read(call, host, card))
        .equal("vlan", Some(vlan.clone()))
        .by(|draft| {
            must_be_free(call, &machine)?;
            let now = draft.now.ok_or_else(|| Stop::failed(format!("{host} has no interface {card}")))?;
            let addresses = &now.now()?.addresses;
            if !addresses.is_empty() {
                return Err(Stop::refused(format!(
                    "{host} {card} holds {}: moving it would drop that",
                    addresses.join(", ")
                )));
            }
            let words: Vec<Arg> = vec!["interface".into(), "update".into(), system_id.as_str().into()];
            let rest = [id_arg(now, "")?, Arg::from(format!("vlan={vlan_id}"))];
            Ok(vec![command(call, words.into_iter().chain(rest))?])
        });
    call.ensure(work).map(drop)
}

fn create(call: &Call<'_>, verb: &str, id: &str, rest: impl IntoIterator<Item = Arg>) -> Result<Vec<Request>, Stop> {
    let words: Vec<Arg> = vec!["interfaces".into(), verb.into(), id.into()];
    Ok(vec![command(call, words.into_iter().chain(rest))?])
}

fn ensure_bridge(call: &Call<'_>, host: &str, bridge: &str, card: &str) -> Result<(), Stop> {
    let (machine, system_id) = editable(call, host)?;
    let work = Ensure::new(&key(host, bridge), &format!("a standard bridge on {card}"), || read(call, host, bridge))
        .equal("type", "bridge".to_string())
        .equal("parents", vec![card.to_string()])
        .equal("bridge_type", Some("standard".to_string()))
        .touches("maas host link")
        .by(|draft| {
            if let Some(now) = draft.now {
                return Err(differs(now, &draft.differing));
            }
            must_be_free(call, &machine)?;
            let below = find(call, host, card)?;
            if let Ok(below) = below.now()
                && !below.addresses.is_empty()
            {
                let held = below.addresses.join(", ");
                return Err(Stop::refused(format!("{host} {card} holds {held}: a bridge on it would drop that")));
            }
            let parent = id_arg(&below, "parent=")?;
            let name = Arg::from(format!("name={bridge}"));
            create(call, "create-bridge", &system_id, [name, parent, "bridge_type=standard".into()])
        });
    call.ensure(work).map(drop)
}

/// A VLAN interface; its name is its parent's with the tag.
fn ensure_vlan(call: &Call<'_>, host: &str, parent: &str, cidr: &Cidr) -> Result<(), Stop> {
    let (machine, system_id) = editable(call, host)?;
    let subnet = subnet::one(call, cidr)?;
    let (vlan, vlan_id) = plane(&subnet)?;
    let name = format!("{parent}.{}", subnet.now()?.vid);
    let work = Ensure::new(&key(host, &name), &format!("the plane {cidr}"), || read(call, host, &name))
        .equal("type", "vlan".to_string())
        .equal("parents", vec![parent.to_string()])
        .equal("vlan", Some(vlan))
        .by(|draft| {
            if let Some(now) = draft.now {
                return Err(differs(now, &draft.differing));
            }
            must_be_free(call, &machine)?;
            let parent = id_arg(&find(call, host, parent)?, "parent=")?;
            create(call, "create-vlan", &system_id, [parent, format!("vlan={vlan_id}").into()])
        });
    call.ensure(work).map(drop)
}

fn link(call: &Call<'_>, host: &str, name: &str, cidr: &Cidr, key: &str) -> Result<Option<Handle<HostLink>>, Stop> {
    let machine = machine::one(call, host)?;
    let interfaces = &machine.now()?.interfaces.0;
    let found = interfaces.iter().find(|(interface, _)| interface.name == name);
    let link = found.and_then(|(interface, _)| interface.links.0.iter().find(|(link, _)| link.cidr == *cidr));
    Ok(link.map(|(link, source)| {
        let seen = HostLink { key: key.to_string(), mode: link.mode.clone(), address: link.address };
        Handle::seen(seen, source.clone())
    }))
}

fn ensure_link(call: &Call<'_>, host: &str, name: &str, cidr: &Cidr, address: Ip) -> Result<(), Stop> {
    if !cidr.0.contains(&address.0) {
        return Err(Stop::script(format!("{address} does not lie in {cidr}")));
    }
    let (machine, system_id) = editable(call, host)?;
    let subnet = subnet::one(call, cidr)?;
    let key = format!("{host} {name} {cidr}");
    let now = link(call, host, name, cidr, &key)?;
    if now.is_none() {
        ghost::lay(call, &machine, &subnet, address)?;
    }
    let work = Ensure::new(&key, &format!("a static address of {host}"), || link(call, host, name, cidr, &key))
        .equal("mode", "static".to_string())
        .equal("address", Some(address))
        .touches("maas address")
        .by(|draft| {
            if let Some(now) = draft.now {
                return Err(Stop::refused(format!(
                    "{} is there and differs in {}",
                    now.identity(),
                    draft.differing.join(", ")
                ))
                .with("from", now.source().to_string())
                .with("next", "unlink it by hand in MAAS; omega does not take an address from a host"));
            }
            must_be_free(call, &machine)?;
            let words: Vec<Arg> = vec!["interface".into(), "link-subnet".into(), system_id.as_str().into()];
            let to = format!("subnet={}", subnet.now()?.id);
            let rest = [
                id_arg(&find(call, host, name)?, "")?,
                "mode=STATIC".into(),
                to.into(),
                format!("ip_address={address}").into(),
            ];
            Ok(vec![command(call, words.into_iter().chain(rest))?])
        });
    call.ensure(work).map(drop)
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "maas";
        /// Puts a host's card on the VLAN of the plane with that CIDR; refused where it holds an address that would drop.
        #[seen_by("Machine.links", "Interface.vid", "Interface.links", "Interface.address_on")]
        change fn ensure_plane(call, host in forms::HOST: String, card: String, cidr: Cidr) { ensure_plane(call, &host, &card, &cidr) }
        /// Makes the standard bridge on the interface; one that is there and differs is refused.
        #[seen_by("Machine.links", "Machine.interface", "Machine.interfaces")]
        change fn ensure_bridge(call, host in forms::HOST: String, bridge: String, card: String) { ensure_bridge(call, &host, &bridge, &card) }
        /// Makes the VLAN interface of the plane with that CIDR on the interface; its name is PARENT.VID.
        #[seen_by("Machine.links", "Machine.interface", "Machine.interfaces")]
        change fn ensure_vlan_interface(call, host in forms::HOST: String, parent: String, cidr: Cidr) { ensure_vlan(call, &host, &parent, &cidr) }
        /// Gives the interface the static address on the plane with that CIDR. The record that the host itself left
        /// there when it commissioned is released first; any other holder stops the run.
        #[seen_by("Machine.links", "Interface.links", "Interface.address_on", "maas::who_holds")]
        change fn ensure_link(call, host in forms::HOST: String, interface: String, cidr: Cidr, address: Ip) { ensure_link(call, &host, &interface, &cidr, address) }
    }
}
