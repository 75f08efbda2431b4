//! Interfaces made, linked, unlinked, changed and deleted, with the side effects that the region has.
//!
//! A bridge on a linked card takes the link away and does not carry it over; a VLAN change drops the links; the last
//! unlinked subnet leaves a link that is merely up.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::addresses::holders;
use super::{
    Answered, Call, Done, Interface, InterfaceKind, Link, LinkMode, Machine, RangeKind, Refused, Status, VlanRef,
    render, subnets,
};

const NO_SUCH_CHOICE: &str = "Select a valid choice. That choice is not one of the available choices.";

/// `interfaces create-bridge SYSTEM_ID name= parent=`
pub(super) fn create_bridge(call: &mut Call<'_>) -> Answered {
    let hostname = editable(call, "create bridge")?;
    let machine = &call.state.maas.machines[&hostname];
    let parent = parent(call, machine);
    let is_taken = |parent: &String| {
        let joined = |found: &Interface| found.kind != InterfaceKind::Vlan && found.parents.contains(parent);
        machine.interfaces.values().any(joined)
    };
    let wrong = match &parent {
        None => Some("A bridge interface must have exactly one parent."),
        Some(parent) if is_taken(parent) => {
            Some("A bridge interface can't have a parent that is already in a bond or a bridge.")
        }
        Some(_) => None,
    };
    let mac = call.value("mac_address").map(ToString::to_string);
    if let Some(wrong) = wrong {
        let blank = mac.is_none().then(|| ("mac_address", "This field cannot be blank.".to_string()));
        return Err(Refused::Fields(blank.into_iter().chain([("parent", wrong.to_string())]).collect()));
    }
    let parent = parent.unwrap_or_default();
    let below = &machine.interfaces[&parent];
    let name = call.value("name").map_or_else(|| format!("br-{parent}"), ToString::to_string);
    free_name(machine, &hostname, &name)?;
    let bridge_type = call.value("bridge_type").unwrap_or("standard").to_string();
    if !matches!(bridge_type.as_str(), "standard" | "ovs") {
        let words = format!("Select a valid choice. {bridge_type} is not one of the available choices.");
        return Err(Refused::field("bridge_type", words));
    }
    let vlan = asked_vlan(call)?.or_else(|| below.vlan.clone());
    let bridge = Interface {
        id: 0,
        kind: InterfaceKind::Bridge,
        mac: mac.unwrap_or_else(|| below.mac.clone()),
        vlan,
        parents: BTreeSet::from([parent.clone()]),
        links: Vec::new(),
        link_connected: false,
        bridge_type: Some(bridge_type),
    };
    if let Some(below) = machine_mut(call, &hostname).and_then(|machine| machine.interfaces.get_mut(&parent)) {
        below.links.clear();
    }
    Ok(add(call, &hostname, &name, bridge))
}

/// `interfaces create-vlan SYSTEM_ID parent= vlan=`, where `vlan` is the id of the VLAN object.
pub(super) fn create_vlan(call: &mut Call<'_>) -> Answered {
    let hostname = editable(call, "create VLAN")?;
    let machine = &call.state.maas.machines[&hostname];
    let vlan = asked_vlan(call)?.ok_or_else(|| Refused::field("vlan", "This field is required."))?;
    if vlan.vid == 0 {
        return Err(Refused::field("vlan", "A VLAN interface can only belong to a tagged VLAN."));
    }
    let none = || Refused::field("parent", "A VLAN interface must have exactly one parent.");
    let parent = parent(call, machine).ok_or_else(none)?;
    let name = format!("{parent}.{}", vlan.vid);
    free_name(machine, &hostname, &name)?;
    let made = Interface {
        id: 0,
        kind: InterfaceKind::Vlan,
        mac: machine.interfaces[&parent].mac.clone(),
        vlan: Some(vlan),
        parents: BTreeSet::from([parent]),
        links: Vec::new(),
        link_connected: false,
        bridge_type: None,
    };
    Ok(add(call, &hostname, &name, made))
}

/// `interface update SYSTEM_ID ID`: on a deployed machine it answers and leaves name and VLAN as they are.
pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let (hostname, name) = found(call)?;
    call.admin_only()?;
    if !is_editable(call.state.maas.machines[&hostname].status) {
        return Ok(shown(call, &hostname, &name));
    }
    let vlan = asked_vlan(call)?;
    let new_name = call.value("name").map_or_else(|| name.clone(), ToString::to_string);
    if new_name != name {
        free_name(&call.state.maas.machines[&hostname], &hostname, &new_name)?;
    }
    let mac = call.value("mac_address").map(ToString::to_string);
    let Some(machine) = machine_mut(call, &hostname) else { return Err(Refused::NoSuch("Interface")) };
    let Some(mut interface) = machine.interfaces.remove(&name) else { return Err(Refused::NoSuch("Interface")) };
    if vlan.is_some() && vlan != interface.vlan {
        interface.links.clear();
        interface.vlan = vlan;
    }
    interface.mac = mac.unwrap_or(interface.mac);
    for other in machine.interfaces.values_mut() {
        if other.parents.remove(&name) {
            other.parents.insert(new_name.clone());
        }
    }
    if machine.boot_interface == name {
        machine.boot_interface.clone_from(&new_name);
    }
    machine.interfaces.insert(new_name.clone(), interface);
    Ok(shown(call, &hostname, &new_name))
}

/// `interface delete SYSTEM_ID ID`: what stands on it alone goes with it.
pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let (hostname, name) = found(call)?;
    editable(call, "delete interface")?;
    let Some(machine) = machine_mut(call, &hostname) else { return Err(Refused::NoSuch("Interface")) };
    let mut doomed = vec![name];
    while let Some(name) = doomed.pop() {
        machine.interfaces.remove(&name);
        for (child, interface) in &mut machine.interfaces {
            if interface.parents.remove(&name) && interface.parents.is_empty() {
                doomed.push(child.clone());
            }
        }
    }
    Ok(Done::Nothing)
}

/// `interface link-subnet SYSTEM_ID ID mode= subnet= ip_address=`
pub(super) fn link_subnet(call: &mut Call<'_>) -> Answered {
    let (hostname, name) = found(call)?;
    editable(call, "link subnet")?;
    let mode = mode(call)?;
    let cidr = match (mode, call.value("subnet")) {
        (LinkMode::LinkUp, _) => None,
        (LinkMode::Dhcp, None) => None,
        _ => Some(subnet_of_vlan(call, &hostname, &name)?),
    };
    let ip_address = match (mode, cidr) {
        (LinkMode::Static, Some(cidr)) => Some(static_address(call, cidr)?),
        _ => None,
    };
    let link = Link { id: next_link(call), mode, subnet: cidr, ip_address, since: Some(call.state.clock.now()) };
    if let Some(interface) = machine_mut(call, &hostname).and_then(|machine| machine.interfaces.get_mut(&name)) {
        interface.links.retain(|link| link.mode != LinkMode::LinkUp);
        interface.links.push(link);
    }
    Ok(shown(call, &hostname, &name))
}

/// `interface unlink-subnet SYSTEM_ID ID id=`
pub(super) fn unlink_subnet(call: &mut Call<'_>) -> Answered {
    let (hostname, name) = found(call)?;
    editable(call, "unlink subnet")?;
    let wanted = call.value("id").ok_or_else(|| Refused::field("id", "This field is required."))?.to_string();
    let links = &call.state.maas.machines[&hostname].interfaces[&name].links;
    if !links.iter().any(|link| link.id.to_string() == wanted) {
        let ids: Vec<String> = links.iter().map(|link| format!("'{}'", link.id)).collect();
        let words = format!("'{wanted}' is not a valid id.  It should be one of: {}.", ids.join(", "));
        return Err(Refused::field("id", words));
    }
    let id = next_link(call);
    if let Some(interface) = machine_mut(call, &hostname).and_then(|machine| machine.interfaces.get_mut(&name)) {
        interface.links.retain(|link| link.id.to_string() != wanted);
        if interface.links.is_empty() {
            interface.links.push(up(id));
        }
    }
    Ok(shown(call, &hostname, &name))
}

fn up(id: u64) -> Link {
    Link { id, mode: LinkMode::LinkUp, subnet: None, ip_address: None, since: None }
}

fn next_link(call: &mut Call<'_>) -> u64 {
    let last = &mut call.state.maas.last_ids.link;
    *last += 1;
    *last
}

/// Gives an interface its id and its first link, and shows it.
fn add(call: &mut Call<'_>, hostname: &str, name: &str, mut interface: Interface) -> Done {
    call.state.maas.last_ids.interface += 1;
    interface.id = call.state.maas.last_ids.interface;
    interface.links = vec![up(next_link(call))];
    if let Some(machine) = machine_mut(call, hostname) {
        machine.interfaces.insert(name.to_string(), interface);
    }
    shown(call, hostname, name)
}

fn shown(call: &Call<'_>, hostname: &str, name: &str) -> Done {
    Done::Json(render::interface(call.state, &call.state.maas.machines[hostname], name))
}

fn machine_mut<'a>(call: &'a mut Call<'_>, hostname: &str) -> Option<&'a mut Machine> {
    call.state.maas.machines.get_mut(hostname)
}

/// The hostname and the interface's name.
fn found(call: &Call<'_>) -> Result<(String, String), Refused> {
    let none = || Refused::NoSuch("Interface");
    let (hostname, machine) = call.state.maas.machine(&call.at[0]).ok_or_else(none)?;
    let mut all = machine.interfaces.iter();
    let found = all.find(|(name, interface)| **name == call.at[1] || interface.id.to_string() == call.at[1]);
    found.map(|(name, _)| (hostname.to_string(), name.clone())).ok_or_else(none)
}

/// The hostname of a machine whose network may be changed now.
fn editable(call: &Call<'_>, what: &str) -> Result<String, Refused> {
    let (hostname, machine) = call.state.maas.machine(&call.at[0]).ok_or(Refused::NoSuch("Machine"))?;
    call.admin_only()?;
    if is_editable(machine.status) {
        return Ok(hostname.to_string());
    }
    let words = format!("Cannot {what} interface because the machine is not New, Ready, Allocated, or Broken.");
    Err(Refused::Words(words))
}

fn is_editable(status: Status) -> bool {
    matches!(status, Status::New | Status::Ready | Status::Allocated | Status::Broken | Status::FailedTesting)
}

/// The name of the interface whose id is `parent` (or `parents`).
fn parent(call: &Call<'_>, machine: &Machine) -> Option<String> {
    let wanted = call.value("parent").or_else(|| call.value("parents"))?;
    let mut all = machine.interfaces.iter();
    all.find(|(name, interface)| interface.id.to_string() == wanted || *name == wanted).map(|(name, _)| name.clone())
}

fn free_name(machine: &Machine, hostname: &str, name: &str) -> Result<(), Refused> {
    if !machine.interfaces.contains_key(name) {
        return Ok(());
    }
    let words = format!("Node {} ({hostname}) already has an interface named '{name}'.", machine.system_id);
    Err(Refused::field("name", words))
}

/// The VLAN object that `vlan=ID` names.
fn asked_vlan(call: &Call<'_>) -> Result<Option<VlanRef>, Refused> {
    let Some(wanted) = call.value("vlan") else { return Ok(None) };
    let fabrics = call.state.maas.fabrics.iter();
    let mut all = fabrics.flat_map(|(name, fabric)| fabric.vlans.iter().map(move |(vid, vlan)| (name, *vid, vlan)));
    let found = all.find(|(_, _, vlan)| vlan.id.to_string() == wanted);
    let found = found.map(|(fabric, vid, _)| VlanRef { fabric: fabric.clone(), vid });
    found.map(Some).ok_or_else(|| Refused::field("vlan", NO_SUCH_CHOICE))
}

fn mode(call: &Call<'_>) -> Result<LinkMode, Refused> {
    let Some(word) = call.value("mode") else { return Err(Refused::field("mode", "This field is required.")) };
    match word.to_lowercase().as_str() {
        "auto" => Ok(LinkMode::Auto),
        "dhcp" => Ok(LinkMode::Dhcp),
        "static" => Ok(LinkMode::Static),
        "link_up" => Ok(LinkMode::LinkUp),
        other => {
            let known = "'auto', 'dhcp', 'static', 'link_up'";
            Err(Refused::field("mode", format!("'{other}' is not a valid mode.  It should be one of: {known}.")))
        }
    }
}

/// The subnet asked for, which must be on the interface's own VLAN: another one is not found, says the region.
fn subnet_of_vlan(call: &Call<'_>, hostname: &str, name: &str) -> Result<Ipv4Net, Refused> {
    let wanted = call.value("subnet").unwrap_or_default();
    let required = "This field is required.".to_string();
    if wanted.is_empty() {
        return Err(Refused::Fields(vec![("subnet", required)]));
    }
    let vlan = call.state.maas.machines[hostname].interfaces[name].vlan.as_ref();
    let found = subnets::named(call.state, wanted);
    let found = found.filter(|cidr| Some(&call.state.maas.subnets[cidr].vlan) == vlan);
    found.ok_or_else(|| Refused::Several("subnet", vec![format!("None found with id={wanted}."), required]))
}

fn static_address(call: &Call<'_>, cidr: Ipv4Net) -> Result<Ipv4Addr, Refused> {
    let Some(text) = call.value("ip_address").filter(|text| !text.is_empty()) else {
        let first = subnets::free(call.state, cidr).first().map(|(start, _)| Ipv4Addr::from(*start));
        return first.ok_or_else(|| Refused::Words(format!("No more IPs available in subnet: {cidr}.")));
    };
    let wrong = |words: String| Refused::field("ip_address", words);
    let address: Ipv4Addr = text.parse().map_err(|_| wrong("Enter a valid IPv4 or IPv6 address.".into()))?;
    let subnet = &call.state.maas.subnets[&cidr];
    if !cidr.contains(&address) {
        let words = format!("IP address is not in the given subnet '{}:{cidr}(vid={})'.", subnet.name, subnet.vlan.vid);
        return Err(wrong(words));
    }
    let mut dynamic = call.state.maas.ranges.iter().filter(|(_, range)| range.kind == RangeKind::Dynamic);
    if let Some((start, range)) = dynamic.find(|(start, range)| **start <= address && address <= range.end) {
        return Err(wrong(format!("IP address is inside a dynamic range {start} to {}.", range.end)));
    }
    // Whoever holds it, a machine's own ghost from commissioning too.
    if holders(call.state).contains_key(&address) {
        return Err(Refused::Words("IP address is already in use.".into()));
    }
    Ok(address)
}
