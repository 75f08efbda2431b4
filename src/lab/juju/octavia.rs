//! Octavia's `configure-resources` and the retrofit of amphora images, with what they make in Neutron and Glance.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv6Addr;

use super::documents::Status;
use crate::lab::State;
use crate::lab::hosts::NetLink;
use crate::lab::openstack::{FixedIp, Image, Network, NeutronSubnet, Pool, Port, Router, SecurityGroup};

/// The tag of everything that the charm makes.
const TAG: &str = "charm-octavia";
const TAG_HEALTH: &str = "charm-octavia-health";

/// The project that owns what the charm makes.
fn services(state: &State) -> Option<String> {
    let domain = state.openstack.keystone.domains.get("service_domain")?;
    domain.projects.get("services").map(|project| project.id.clone())
}

/// Makes what is missing, and reuses by tag what is there; two things with the tag fail it.
pub(super) fn configure_resources(state: &mut State, model: &str, unit: &str) -> Result<(), String> {
    let project =
        services(state).filter(|_| state.openstack.keystone.listening).ok_or("Unable to connect to Keystone")?;
    let config = state
        .juju
        .models
        .get(model)
        .and_then(|model| model.applications.get("octavia"))
        .map(|app| app.config.clone())
        .unwrap_or_default();
    if !config.keys().any(|key| key.starts_with("lb-mgmt-")) {
        return Err("Missing required certificate configuration, please examine documentation".to_string());
    }
    let network = network(state, &project)?;
    let subnet = subnet(state, &project, &network)?;
    router(state, &project, &network, &subnet);
    group(state, &project, "lb-mgmt-sec-grp", TAG);
    group(state, &project, "lb-health-mgr-sec-grp", TAG_HEALTH);
    let address = port(state, unit, &network, &subnet)?;
    manager_interface(state, unit, address);
    ready(state, model);
    Ok(())
}

fn one_tagged<'a>(
    kind: &str,
    found: impl Iterator<Item = (&'a String, &'a BTreeSet<String>)>,
) -> Result<Option<String>, String> {
    let tagged: Vec<&String> = found.filter(|(_, tags)| tags.contains(TAG)).map(|(id, _)| id).collect();
    match tagged.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some((*one).clone())),
        _ => Err(format!("Duplicate resource: more than one {kind} tagged {TAG}")),
    }
}

fn tags() -> BTreeSet<String> {
    BTreeSet::from([TAG.to_string()])
}

fn network(state: &mut State, project: &str) -> Result<String, String> {
    let all = state.openstack.neutron.networks.iter().map(|(id, network)| (id, &network.tags));
    if let Some(found) = one_tagged("network", all)? {
        return Ok(found);
    }
    let (id, now) = (state.seed.uuid(), state.clock.now());
    let network = Network {
        name: "lb-mgmt-net".to_string(),
        project_id: project.to_string(),
        kind: "geneve".to_string(),
        physical_network: None,
        segmentation_id: Some(1021),
        external: false,
        shared: false,
        admin_state_up: true,
        mtu: 1442,
        description: String::new(),
        is_default: false,
        tags: tags(),
        revision_number: 2,
        created_at: now,
        updated_at: now,
    };
    state.openstack.neutron.networks.insert(id.clone(), network);
    Ok(id)
}

fn subnet(state: &mut State, project: &str, network: &str) -> Result<String, String> {
    let all = state.openstack.neutron.subnets.iter().map(|(id, subnet)| (id, &subnet.tags));
    if let Some(found) = one_tagged("subnet", all)? {
        return Ok(found);
    }
    let drawn = state.seed.draw();
    let part = |at: usize| u16::from_be_bytes([drawn[at], drawn[at + 1]]);
    let base = Ipv6Addr::new(0xfc00, part(0), part(2), part(4), 0, 0, 0, 0);
    let Ok(cidr) = ipnet::Ipv6Net::new(base, 64) else { return Err("no subnet".to_string()) };
    let gateway = Ipv6Addr::from_bits(base.to_bits() | 1);
    let last = Ipv6Addr::from_bits(base.to_bits() | u128::from(u64::MAX));
    let (id, now) = (state.seed.uuid(), state.clock.now());
    let subnet = NeutronSubnet {
        name: "lb-mgmt-subnetv6".to_string(),
        network_id: network.to_string(),
        project_id: project.to_string(),
        cidr: cidr.into(),
        gateway_ip: Some(gateway.into()),
        enable_dhcp: true,
        allocation_pools: vec![Pool { start: Ipv6Addr::from_bits(base.to_bits() | 2).into(), end: last.into() }],
        dns_nameservers: Vec::new(),
        description: String::new(),
        tags: tags(),
        revision_number: 1,
        created_at: now,
        updated_at: now,
    };
    state.openstack.neutron.subnets.insert(id.clone(), subnet);
    Ok(id)
}

fn router(state: &mut State, project: &str, network: &str, subnet: &str) {
    if state.openstack.neutron.routers.values().any(|router| router.tags.contains(TAG)) {
        return;
    }
    let (id, port, mac, now) = (state.seed.uuid(), state.seed.uuid(), state.seed.mac(), state.clock.now());
    let router = Router {
        name: "lb-mgmt".to_string(),
        project_id: project.to_string(),
        description: String::new(),
        tags: tags(),
        revision_number: 3,
        created_at: now,
        updated_at: now,
    };
    state.openstack.neutron.routers.insert(id.clone(), router);
    let gateway = state.openstack.neutron.subnets.get(subnet).and_then(|subnet| subnet.gateway_ip);
    let fixed_ips =
        gateway.into_iter().map(|ip_address| FixedIp { subnet_id: subnet.to_string(), ip_address }).collect();
    let interface = Port {
        name: String::new(),
        network_id: network.to_string(),
        mac,
        device_id: id,
        device_owner: "network:router_interface".to_string(),
        fixed_ips,
        status: "ACTIVE".to_string(),
        tags: BTreeSet::new(),
    };
    state.openstack.neutron.ports.insert(port, interface);
}

fn group(state: &mut State, project: &str, name: &str, tag: &str) {
    if state.openstack.neutron.security_groups.values().any(|group| group.tags.contains(tag)) {
        return;
    }
    let id = state.seed.uuid();
    let group = SecurityGroup {
        name: name.to_string(),
        project_id: project.to_string(),
        description: name.to_string(),
        tags: BTreeSet::from([tag.to_string()]),
    };
    state.openstack.neutron.security_groups.insert(id, group);
}

/// The unit's port on the management network, and its address by SLAAC.
fn port(state: &mut State, unit: &str, network: &str, subnet: &str) -> Result<(String, Ipv6Addr), String> {
    let name = format!("octavia-health-manager-{}-listen-port", unit.replace('/', "-"));
    let known = state.openstack.neutron.ports.values().find(|port| port.name == name).cloned();
    if let Some(port) = known {
        let address = port.fixed_ips.first().map(|fixed| fixed.ip_address);
        return match address {
            Some(std::net::IpAddr::V6(address)) => Ok((port.mac, address)),
            _ => Err(format!("port {name} has no address")),
        };
    }
    let mac = state.seed.mac().replacen("52:54:00", "fa:16:3e", 1);
    let Some(ipnet::IpNet::V6(cidr)) = state.openstack.neutron.subnets.get(subnet).map(|subnet| subnet.cidr) else {
        return Err("the management subnet is no IPv6 subnet".to_string());
    };
    let address = slaac(cidr.network(), &mac);
    let id = state.seed.uuid();
    let fixed_ips = vec![FixedIp { subnet_id: subnet.to_string(), ip_address: address.into() }];
    let port = Port {
        name,
        network_id: network.to_string(),
        mac: mac.clone(),
        device_id: String::new(),
        device_owner: "neutron:LOADBALANCERV2".to_string(),
        fixed_ips,
        status: "ACTIVE".to_string(),
        tags: tags(),
    };
    state.openstack.neutron.ports.insert(id, port);
    Ok((mac, address))
}

/// The address that a host with this MAC gives itself in a /64.
fn slaac(base: Ipv6Addr, mac: &str) -> Ipv6Addr {
    let bytes: Vec<u8> = mac.split(':').filter_map(|part| u8::from_str_radix(part, 16).ok()).collect();
    let [a, b, c, d, e, f] = <[u8; 6]>::try_from(bytes).unwrap_or_default();
    let low = u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
    Ipv6Addr::from_bits(base.to_bits() | u128::from(low))
}

/// `o-hm0` on the unit: an internal port of Open vSwitch, whose state the kernel does not know.
fn manager_interface(state: &mut State, unit: &str, (mac, address): (String, Ipv6Addr)) {
    let Some(host) = state.hosts.units.get_mut(unit) else { return };
    let index = host.links.values().map(|link| link.index).max().unwrap_or(1) + 5;
    let local = slaac(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), &mac);
    let link = NetLink {
        index,
        mac,
        state: "UNKNOWN".to_string(),
        addresses: vec![format!("{address}/64"), format!("{local}/64")],
    };
    host.links.entry("o-hm0".to_string()).or_insert(link);
}

fn ready(state: &mut State, model: &str) {
    let now = state.clock.now();
    let app = state.juju.models.get_mut(model).and_then(|model| model.applications.get_mut("octavia"));
    for unit in app.into_iter().flat_map(|app| app.units.values_mut()) {
        unit.workload = Status {
            current: Some("active".into()),
            message: Some("Unit is ready".into()),
            since: Some(now),
            ..Status::default()
        };
    }
}

/// Makes an amphora image out of a base image of Glance.
pub(super) fn retrofit(state: &mut State, model: &str, source: &str, force: bool) -> Result<(), String> {
    let app = state.juju.models.get(model).and_then(|model| model.applications.get("octavia-diskimage-retrofit"));
    let config = app.map(|app| app.config.clone()).unwrap_or_default();
    let option = |key: &str| config.get(key).and_then(|value| value.as_str()).map(str::to_string);
    let tag = option("amp-image-tag").ok_or("amp-image-tag not set, not tagging image")?;
    let format = option("image-format").unwrap_or_else(|| "qcow2".to_string());
    let base = base_image(state, source)?;
    let property =
        |key: &str| base.properties.get(key).cloned().ok_or_else(|| format!("'Image' object has no attribute '{key}'"));
    let (product, version) = (property("product_name")?, property("version_name")?);
    let (os, release) = (property("os_distro")?, property("os_version")?);
    let architecture = property("architecture")?;
    let made = state.openstack.images.iter().find(|(_, image)| {
        image.tags.contains("octavia-diskimage-retrofit")
            && image.properties.get("source_product_name") == Some(&product)
            && image.properties.get("source_version_name") == Some(&version)
    });
    if let (Some((id, _)), true, false) = (made, source.is_empty(), force) {
        return Err(format!("image with product_name {product:?} and version_name {version:?} already exists: {id:?}"));
    }
    let (id, now) = (state.seed.uuid(), state.clock.now());
    let size = base.size.unwrap_or(700 << 20);
    let image = Image {
        name: format!("amphora-haproxy-{architecture}-{os}-{release}-{version}"),
        status: "active".to_string(),
        disk_format: format,
        container_format: "bare".to_string(),
        size: Some(size * 3),
        checksum: Some(state.seed.hex32()),
        visibility: "private".to_string(),
        protected: false,
        owner: base.owner.clone(),
        tags: BTreeSet::from(["octavia-diskimage-retrofit".to_string(), tag]),
        properties: BTreeMap::from([
            ("architecture".to_string(), architecture),
            ("os_distro".to_string(), os),
            ("os_version".to_string(), release),
            ("source_product_name".to_string(), product),
            ("source_version_name".to_string(), version),
        ]),
        created_at: now,
        updated_at: now,
    };
    state.openstack.images.insert(id, image);
    Ok(())
}

/// The image that is asked for by id, or the newest that bears a product name of the store's.
fn base_image(state: &State, source: &str) -> Result<Image, String> {
    let images = &state.openstack.images;
    if !source.is_empty() {
        return images.get(source).cloned().ok_or_else(|| "unable to find suitable source image".to_string());
    }
    let is_base = |image: &&Image| {
        let product = image.properties.get("product_name").map(String::as_str).unwrap_or_default();
        image.status == "active" && product.starts_with("com.ubuntu.cloud") && product.contains(":22.04:")
    };
    let newest = images.values().filter(is_base).max_by_key(|image| image.properties.get("version_name").cloned());
    newest.cloned().ok_or_else(|| "unable to find suitable source image".to_string())
}
