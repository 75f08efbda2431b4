//! The API's JSON forms. Every key that the real region prints is there, also those that the lab never varies.

use ipnet::Ipv4Net;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Fabric, Interface, InterfaceKind, Link, Machine, Named, Range, Space, Status, Subnet, Tag, Vlan, VlanRef};
use crate::lab::State;

/// Where the API lives, as its own links say.
const API: &str = "/MAAS/api/2.0";

/// A machine's status in words.
pub(super) fn status(status: Status) -> String {
    serde_json::to_value(status).ok().and_then(|value| value.as_str().map(ToString::to_string)).unwrap_or_default()
}

/// A user, or null.
pub(super) fn user(state: &State, name: Option<&str>) -> Value {
    let Some((name, user)) = name.and_then(|name| state.maas.users.get_key_value(name)) else { return Value::Null };
    json!({
        "is_superuser": user.is_superuser,
        "username": name,
        "email": user.email,
        "is_local": true,
        "resource_uri": format!("{API}/users/{name}/"),
    })
}

/// A VLAN object, or null.
pub(super) fn vlan(state: &State, at: Option<&VlanRef>) -> Value {
    let Some((at, vlan)) = at.and_then(|at| Some((at, state.maas.vlan(at)?))) else { return Value::Null };
    json!({
        "vid": at.vid,
        "mtu": vlan.mtu,
        "dhcp_on": vlan.dhcp_on,
        "external_dhcp": null,
        "relay_vlan": null,
        "fabric_id": state.maas.fabrics.get(&at.fabric).map(|fabric| fabric.id),
        "space": space_name(vlan),
        "secondary_rack": null,
        "name": vlan.name,
        "id": vlan.id,
        "fabric": at.fabric,
        "primary_rack": vlan.primary_rack,
        "resource_uri": format!("{API}/vlans/{}/", vlan.id),
    })
}

/// A subnet.
pub(super) fn subnet(state: &State, cidr: &Ipv4Net, subnet: &Subnet) -> Value {
    json!({
        "name": subnet.name,
        "description": "",
        "vlan": vlan(state, Some(&subnet.vlan)),
        "cidr": cidr.to_string(),
        "rdns_mode": 2,
        "gateway_ip": subnet.gateway_ip,
        "dns_servers": subnet.dns_servers,
        "allow_dns": true,
        "allow_proxy": true,
        "active_discovery": false,
        "managed": subnet.managed,
        "disabled_boot_architectures": [],
        "space": state.maas.vlan(&subnet.vlan).map_or("undefined", space_name),
        "id": subnet.id,
        "resource_uri": format!("{API}/subnets/{}/", subnet.id),
    })
}

/// The subnet with this CIDR, or null.
pub(super) fn subnet_at(state: &State, cidr: Option<Ipv4Net>) -> Value {
    let found = cidr.and_then(|cidr| state.maas.subnets.get_key_value(&cidr));
    found.map_or(Value::Null, |(cidr, found)| subnet(state, cidr, found))
}

fn space_name(vlan: &Vlan) -> &str {
    vlan.space.as_deref().unwrap_or("undefined")
}

/// A fabric with its VLANs.
pub(super) fn fabric(state: &State, name: &str, fabric: &Fabric) -> Value {
    json!({
        "class_type": null,
        "vlans": fabric.vlans.keys().map(|vid| vlan(state, Some(&at(name, *vid)))).collect::<Vec<_>>(),
        "id": fabric.id,
        "name": name,
        "resource_uri": format!("{API}/fabrics/{}/", fabric.id),
    })
}

fn at(fabric: &str, vid: u16) -> VlanRef {
    VlanRef { fabric: fabric.to_string(), vid }
}

/// A space with the VLANs in it and their subnets.
pub(super) fn space(state: &State, name: &str, space: &Space) -> Value {
    let is_in = |at: &VlanRef| state.maas.vlan(at).is_some_and(|vlan| vlan.space.as_deref() == Some(name));
    let all = state.maas.fabrics.iter().flat_map(|(name, fabric)| fabric.vlans.keys().map(|vid| at(name, *vid)));
    let vlans: Vec<Value> = all.filter(is_in).map(|at| vlan(state, Some(&at))).collect();
    let subnets = state.maas.subnets.iter().filter(|(_, subnet)| is_in(&subnet.vlan));
    json!({
        "description": space.description,
        "vlans": vlans,
        "resource_uri": format!("{API}/spaces/{}/", space.id),
        "subnets": subnets.map(|(cidr, found)| subnet(state, cidr, found)).collect::<Vec<_>>(),
        "id": space.id,
        "name": name,
    })
}

/// A range.
pub(super) fn range(state: &State, start: std::net::Ipv4Addr, range: &Range) -> Value {
    json!({
        "subnet": subnet_at(state, state.maas.subnet_of(start).map(|(cidr, _)| cidr)),
        "type": range.kind.word(),
        "start_ip": start,
        "end_ip": range.end,
        "user": user(state, range.user.as_deref()),
        "comment": range.comment,
        "id": range.id,
        "resource_uri": format!("{API}/ipranges/{}/", range.id),
    })
}

/// A tag.
pub(super) fn tag(name: &str, tag: &Tag) -> Value {
    json!({
        "name": name,
        "definition": tag.definition,
        "comment": tag.comment,
        "kernel_opts": tag.kernel_opts,
        "resource_uri": format!("{API}/tags/{name}/"),
    })
}

/// A zone.
pub(super) fn zone(name: &str, zone: &Named) -> Value {
    json!({
        "name": name,
        "description": zone.description,
        "id": zone.id,
        "resource_uri": format!("{API}/zones/{name}/"),
    })
}

/// A resource pool.
pub(super) fn pool(name: &str, pool: &Named) -> Value {
    json!({
        "name": name,
        "description": pool.description,
        "id": pool.id,
        "resource_uri": format!("{API}/resourcepool/{}/", pool.id),
    })
}

/// An interface with its links.
pub(super) fn interface(state: &State, machine: &Machine, name: &str) -> Value {
    let Some(interface) = machine.interfaces.get(name) else { return Value::Null };
    let is_physical = interface.kind == InterfaceKind::Physical;
    let mtu = interface.vlan.as_ref().and_then(|at| state.maas.vlan(at)).map_or(1500, |vlan| vlan.mtu);
    let children: Vec<&String> =
        machine.interfaces.iter().filter(|(_, child)| child.parents.contains(name)).map(|(name, _)| name).collect();
    json!({
        "numa_node": if is_physical { json!(0) } else { Value::Null },
        "product": null,
        "links": interface.links.iter().map(|found| link(state, found)).collect::<Vec<_>>(),
        "link_speed": 0,
        "params": params(interface),
        "type": interface.kind,
        "discovered": null,
        "enabled": true,
        "id": interface.id,
        "effective_mtu": mtu,
        "children": children,
        "name": name,
        "firmware_version": null,
        "vlan": vlan(state, interface.vlan.as_ref()),
        "tags": [],
        "sriov_max_vf": 0,
        "link_connected": interface.link_connected,
        "parents": interface.parents,
        "vendor": null,
        "mac_address": interface.mac,
        "system_id": machine.system_id,
        "interface_speed": 0,
        "resource_uri": format!("{API}/nodes/{}/interfaces/{}/", machine.system_id, interface.id),
    })
}

/// Keys that the region leaves out are left out: a link without an address has no `ip_address`.
fn link(state: &State, link: &Link) -> Value {
    let mut object = Map::from_iter([("id".into(), json!(link.id)), ("mode".into(), json!(link.mode))]);
    if let Some(address) = link.ip_address {
        object.insert("ip_address".into(), json!(address));
    }
    if link.subnet.is_some() {
        object.insert("subnet".into(), subnet_at(state, link.subnet));
    }
    Value::Object(object)
}

fn params(interface: &Interface) -> Value {
    match (interface.kind, &interface.bridge_type) {
        (InterfaceKind::Bridge, kind) => {
            let kind = kind.as_deref().unwrap_or("standard");
            json!({"bridge_fd": 15, "bridge_stp": false, "bridge_type": kind})
        }
        (InterfaceKind::Bond, _) => json!({
            "bond_mode": "active-backup", "bond_miimon": 100, "bond_updelay": 0, "bond_downdelay": 0,
            "bond_lacp_rate": "fast", "bond_num_grat_arp": 1, "bond_xmit_hash_policy": "layer2",
        }),
        (InterfaceKind::Vlan | InterfaceKind::Physical, _) => json!({}),
    }
}

/// `2026-11-20T22:02:21.067`, as the region writes times in most places.
pub(super) fn time(at: Timestamp) -> String {
    let text = format!("{at:.3}");
    text.trim_end_matches('Z').to_string()
}

/// `Fri, 20 Nov. 2026 22:02:21`, as it writes them in `subnet ip-addresses`.
pub(super) fn long_time(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec."];
    let zoned = at.to_zoned(jiff::tz::TimeZone::UTC);
    let month = MONTHS[usize::from(zoned.month().unsigned_abs()) - 1];
    format!("{} {month} {}", zoned.strftime("%a, %d"), zoned.strftime("%Y %H:%M:%S"))
}
