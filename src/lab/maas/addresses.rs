//! Single addresses: who holds one, reserving and releasing, and what the racks discovered.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use base64::Engine;
use ipnet::Ipv4Net;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Answered, Call, Done, Held, HeldHow, LinkMode, Refused, render, subnets};
use crate::lab::State;

/// Who or what holds an address.
pub(super) struct Holder {
    /// 0 automatic, 1 sticky, 4 reserved by a person, 5 DHCP, 6 discovered.
    pub alloc_type: u8,
    pub since: Timestamp,
    pub user: Option<String>,
    pub hostname: Option<String>,
    /// A machine's hostname and its interface.
    pub machine: Option<(String, String)>,
    /// Machines whose power is driven at this address.
    pub powers: Vec<String>,
}

impl Holder {
    fn new(alloc_type: u8, since: Timestamp) -> Self {
        Holder { alloc_type, since, user: None, hostname: None, machine: None, powers: Vec::new() }
    }
}

/// Every held address of the region. This is the one place that knows all kinds of holders.
pub(super) fn holders(state: &State) -> BTreeMap<Ipv4Addr, Holder> {
    let mut holders: BTreeMap<Ipv4Addr, Holder> = BTreeMap::new();
    for (address, held) in &state.maas.addresses {
        holders.insert(*address, of_record(held));
    }
    for (hostname, machine) in &state.maas.machines {
        for (name, interface) in &machine.interfaces {
            for link in &interface.links {
                let Some(address) = link.ip_address else { continue };
                let mut holder = Holder::new(alloc_type(link.mode), link.since.unwrap_or(state.clock.epoch));
                holder.machine = Some((hostname.clone(), name.clone()));
                holders.insert(address, holder);
            }
        }
        if let Some(address) = power_address(state, &machine.power.address) {
            let fresh = || Holder::new(1, state.clock.epoch);
            holders.entry(address).or_insert_with(fresh).powers.push(hostname.clone());
        }
    }
    holders
}

fn of_record(held: &Held) -> Holder {
    let alloc_type = match held.how {
        HeldHow::UserReserved => 4,
        HeldHow::Discovered => 6,
    };
    let mut holder = Holder::new(alloc_type, held.since);
    holder.user.clone_from(&held.user);
    holder.hostname.clone_from(&held.hostname);
    holder.machine = held.seen_on.as_ref().map(|seen| (seen.machine.clone(), seen.interface.clone()));
    holder
}

fn alloc_type(mode: LinkMode) -> u8 {
    match mode {
        LinkMode::Auto => 0,
        LinkMode::Dhcp => 5,
        LinkMode::Static | LinkMode::LinkUp => 1,
    }
}

/// The IP address in `qemu+ssh://user@10.12.64.1/system`, if a managed subnet holds it.
fn power_address(state: &State, text: &str) -> Option<Ipv4Addr> {
    let host = text.split("://").nth(1)?.split('/').next()?;
    let address = host.rsplit('@').next()?.parse().ok()?;
    state.maas.subnet_of(address).map(|_| address)
}

/// `ipaddresses read`
pub(super) fn read(call: &mut Call<'_>) -> Answered {
    let wanted = call.value("ip").map(ToString::to_string);
    let mine = call.state.maas.addresses.iter().filter(|(address, held)| {
        held.how == HeldHow::UserReserved
            && held.user.as_ref() == Some(&call.user)
            && wanted.as_ref().is_none_or(|wanted| *wanted == address.to_string())
    });
    call.list(mine.map(|(address, held)| (address.to_string(), row(call.state, *address, held))).collect())
}

fn row(state: &State, address: Ipv4Addr, held: &Held) -> Value {
    json!({
        "created": render::time(held.since),
        "ip": address,
        "alloc_type": of_record(held).alloc_type,
        "subnet": render::subnet_at(state, state.maas.subnet_of(address).map(|(cidr, _)| cidr)),
        "interface_set": [],
        "owner": render::user(state, held.user.as_deref()),
        "alloc_type_name": if held.how == HeldHow::Discovered { "Discovered" } else { "User reserved" },
        "resource_uri": "/MAAS/api/2.0/ipaddresses/",
    })
}

/// `ipaddresses reserve`
pub(super) fn reserve(call: &mut Call<'_>) -> Answered {
    let address = match call.value("ip").or_else(|| call.value("ip_address")) {
        Some(text) => asked(call, text)?,
        None => picked(call)?,
    };
    if holders(call.state).contains_key(&address) {
        return Err(Refused::Words(format!("The IP address {address} is already in use.")));
    }
    let held = Held {
        how: HeldHow::UserReserved,
        user: Some(call.user.clone()),
        hostname: call.value("hostname").map(ToString::to_string),
        seen_on: None,
        since: call.state.clock.now(),
    };
    let printed = row(call.state, address, &held);
    call.state.maas.addresses.insert(address, held);
    Ok(Done::Json(printed))
}

fn asked(call: &Call<'_>, text: &str) -> Result<Ipv4Addr, Refused> {
    let address = text.parse().map_err(|_| Refused::field("ip", "Enter a valid IPv4 or IPv6 address."))?;
    match call.state.maas.subnet_of(address) {
        Some(_) => Ok(address),
        None => Err(Refused::Words(format!("No known subnet for IP address: {address}."))),
    }
}

/// The first free address of the subnet that was named.
fn picked(call: &Call<'_>) -> Result<Ipv4Addr, Refused> {
    let cidr = call.value("subnet").and_then(|text| subnets::named(call.state, text));
    let cidr: Ipv4Net = cidr.ok_or(Refused::NoSuch("Subnet"))?;
    let first = subnets::free(call.state, cidr).first().map(|(start, _)| Ipv4Addr::from(*start));
    first.ok_or_else(|| Refused::Words(format!("No more IPs available in subnet: {cidr}.")))
}

/// `ipaddresses release`
///
/// Without `force` only the caller's own reservation. With it, an administrator frees a machine's address, and, with
/// `discovered` too, what was discovered on the wire.
pub(super) fn release(call: &mut Call<'_>) -> Answered {
    let text = call.value("ip").unwrap_or_default().to_string();
    let (force, discovered) = (call.says_yes("force"), call.says_yes("discovered"));
    if force && !call.is_admin() {
        return Err(Refused::Words("Force-releasing an IP address requires admin privileges.".into()));
    }
    let address: Ipv4Addr = text.parse().map_err(|_| no_such_address(&text))?;
    let may = |held: &Held| match held.how {
        HeldHow::Discovered => force && discovered,
        HeldHow::UserReserved => !discovered && (force || held.user.as_ref() == Some(&call.user)),
    };
    let maas = &mut call.state.maas;
    if maas.addresses.get(&address).is_some_and(may) {
        maas.addresses.remove(&address);
        return Ok(Done::Nothing);
    }
    if force && !discovered && unlink(call.state, address) {
        return Ok(Done::Nothing);
    }
    Err(no_such_address(&text))
}

fn no_such_address(text: &str) -> Refused {
    Refused::Words(format!(
        "IP address {text} does not exist, is not the correct type of address, or does not belong to the requesting \
         user.\nIf you are sure you want to release this address, use force=true as a MAAS administrator."
    ))
}

/// Frees an address that a machine's link holds: the link loses it and is merely up.
fn unlink(state: &mut State, address: Ipv4Addr) -> bool {
    let machines = state.maas.machines.values_mut();
    let links = machines.flat_map(|machine| machine.interfaces.values_mut()).flat_map(|found| found.links.iter_mut());
    let Some(link) = links.into_iter().find(|link| link.ip_address == Some(address)) else { return false };
    link.mode = LinkMode::LinkUp;
    link.ip_address = None;
    link.subnet = None;
    true
}

/// `discoveries read`
pub(super) fn discoveries(call: &mut Call<'_>) -> Answered {
    let all = call.state.maas.discoveries.iter().map(|(address, found)| {
        let id = base64::engine::general_purpose::STANDARD.encode(format!("{address},{}", found.mac));
        let rack = call.state.maas.racks.get(&found.observer);
        let row = json!({
            "discovery_id": id,
            "ip": address,
            "mac_address": found.mac,
            "last_seen": render::time(found.last_seen),
            "hostname": found.hostname,
            "fabric_name": found.vlan.fabric,
            "vid": if found.vlan.vid == 0 { Value::Null } else { json!(found.vlan.vid) },
            "mac_organization": null,
            "observer": {
                "system_id": rack.map(|rack| &rack.system_id),
                "hostname": found.observer,
                "interface_id": rack.map(|rack| rack.interface_id),
                "interface_name": rack.map(|rack| &rack.interface),
            },
            "resource_uri": format!("/MAAS/api/2.0/discovery/{id}/"),
        });
        (address.to_string(), row)
    });
    call.list(all.collect())
}
