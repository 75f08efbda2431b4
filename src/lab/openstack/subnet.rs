//! Neutron's subnets and their allocation pools.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::cli::Spec;
use super::{
    Answered, Ask, Effect, Needs, NeutronSubnet, Pool, Shown, Trouble, by_id_or_name, delete_each, network, one, retag,
    tags_fit, untag,
};

const NEUTRON: Needs = Needs::Service("network");
const PATH: &str = "/v2.0/subnets";

/// What Neutron answers about subnets.
pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        positionals: &["<name>"],
        takes: &[
            "--network",
            "--subnet-range",
            "--gateway",
            "--allocation-pool",
            "--dns-nameserver",
            "--tag",
            "--description",
            "--ip-version",
        ],
        flags: &["--dhcp", "--no-dhcp", "--no-tag"],
        exclusive: &[("--dhcp", "--no-dhcp"), ("--tag", "--no-tag")],
        required: &["--network"],
        unanswered: &[
            "--project",
            "--project-domain",
            "--subnet-pool",
            "--use-prefix-delegation",
            "--use-default-subnet-pool",
            "--prefix-length",
            "--dns-publish-fixed-ip",
            "--no-dns-publish-fixed-ip",
            "--ipv6-ra-mode",
            "--ipv6-address-mode",
            "--network-segment",
            "--host-route",
            "--service-type",
            "--extra-property",
        ],
        ..Spec::new("subnet create", Effect::Change, NEUTRON, create)
    },
    Spec { positionals: &["<subnet>..."], ..Spec::new("subnet delete", Effect::Change, NEUTRON, delete) },
    Spec {
        takes: &[
            "--ip-version",
            "--project",
            "--network",
            "--gateway",
            "--name",
            "--subnet-range",
            "--tags",
            "--any-tags",
            "--not-tags",
            "--not-any-tags",
        ],
        flags: &["--long", "--dhcp", "--no-dhcp"],
        exclusive: &[("--dhcp", "--no-dhcp")],
        unanswered: &["--service-type", "--project-domain", "--subnet-pool"],
        ..Spec::new("subnet list", Effect::Read, NEUTRON, list)
    },
    Spec {
        positionals: &["<subnet>"],
        takes: &["--name", "--gateway", "--allocation-pool", "--dns-nameserver", "--tag", "--description"],
        flags: &["--dhcp", "--no-dhcp", "--no-allocation-pool", "--no-dns-nameservers", "--no-tag"],
        exclusive: &[("--dhcp", "--no-dhcp")],
        unanswered: &[
            "--dns-publish-fixed-ip",
            "--no-dns-publish-fixed-ip",
            "--host-route",
            "--no-host-route",
            "--service-type",
            "--network-segment",
            "--extra-property",
        ],
        ..Spec::new("subnet set", Effect::Change, NEUTRON, set)
    },
    Spec { positionals: &["<subnet>"], ..Spec::new("subnet show", Effect::Read, NEUTRON, show) },
    Spec {
        positionals: &["<subnet>"],
        takes: &["--tag", "--allocation-pool", "--dns-nameserver"],
        flags: &["--all-tag", "--gateway"],
        exclusive: &[("--tag", "--all-tag")],
        unanswered: &["--host-route", "--service-type", "--extra-property"],
        ..Spec::new("subnet unset", Effect::Change, NEUTRON, unset)
    },
];

/// A subnet by id or name.
pub(super) fn found<'a>(ask: &'a Ask<'_>, wanted: &str) -> Result<(&'a String, &'a NeutronSubnet), Trouble> {
    let all = &ask.state.openstack.neutron.subnets;
    Ok(by_id_or_name("Subnet", wanted, all, |subnet| &subnet.name)?)
}

fn show(ask: &mut Ask<'_>) -> Answered {
    let (id, subnet) = found(ask, &ask.asked.positionals[0])?;
    Ok(one(whole(ask, id, subnet)))
}

fn whole(ask: &Ask<'_>, id: &str, subnet: &NeutronSubnet) -> Value {
    json!({
        "allocation_pools": shown_pools(ask, subnet),
        "cidr": subnet.cidr,
        "created_at": subnet.created_at.to_string(),
        "description": subnet.description,
        "dns_nameservers": subnet.dns_nameservers,
        "dns_publish_fixed_ip": null,
        "enable_dhcp": subnet.enable_dhcp,
        "gateway_ip": subnet.gateway_ip,
        "host_routes": [],
        "id": id,
        "ip_version": version(&subnet.cidr),
        "ipv6_address_mode": null,
        "ipv6_ra_mode": null,
        "name": subnet.name,
        "network_id": subnet.network_id,
        "project_id": subnet.project_id,
        "revision_number": subnet.revision_number,
        "segment_id": null,
        "service_types": [],
        "subnetpool_id": null,
        "tags": ask.tags(&subnet.tags),
        "updated_at": subnet.updated_at.to_string(),
    })
}

fn shown_pools(ask: &Ask<'_>, subnet: &NeutronSubnet) -> Value {
    if !ask.state.openstack.client_prints_pools_as_text {
        return json!(subnet.allocation_pools);
    }
    subnet.allocation_pools.iter().map(ToString::to_string).collect()
}

fn version(cidr: &IpNet) -> u8 {
    match cidr {
        IpNet::V4(_) => 4,
        IpNet::V6(_) => 6,
    }
}

fn list(ask: &mut Ask<'_>) -> Answered {
    let network = match ask.asked.one("--network") {
        Some(wanted) => Some(network::found(ask, wanted)?.0.clone()),
        None => None,
    };
    let is_long = ask.asked.has("--long");
    let all = ask.state.openstack.neutron.subnets.iter();
    let fitting = all.filter(|(_, subnet)| {
        network.as_ref().is_none_or(|network| *network == subnet.network_id) && fits(ask, subnet)
    });
    let rows = fitting.map(|(id, subnet)| {
        let mut row = vec![json!(id), json!(subnet.name), json!(subnet.network_id), json!(subnet.cidr)];
        if is_long {
            row.extend([
                json!(subnet.project_id),
                json!(subnet.enable_dhcp),
                json!(subnet.dns_nameservers),
                shown_pools(ask, subnet),
                json!([]),
                json!(version(&subnet.cidr)),
                json!(subnet.gateway_ip),
                json!([]),
                ask.tags(&subnet.tags),
            ]);
        }
        row
    });
    let mut columns = vec!["ID", "Name", "Network", "Subnet"];
    if is_long {
        columns.extend(["Project", "DHCP", "Name Servers", "Allocation Pools", "Host Routes", "IP Version", "Gateway"]);
        columns.extend(["Service Types", "Tags"]);
    }
    Ok(Shown::Rows(columns, rows.collect()))
}

fn fits(ask: &Ask<'_>, subnet: &NeutronSubnet) -> bool {
    let asked = &ask.asked;
    let is = |option, value: String| asked.one(option).is_none_or(|wanted| wanted == value);
    asked.switch("--dhcp", "--no-dhcp").is_none_or(|dhcp| dhcp == subnet.enable_dhcp)
        && is("--ip-version", version(&subnet.cidr).to_string())
        && is("--project", subnet.project_id.clone())
        && is("--gateway", subnet.gateway_ip.map(|gateway| gateway.to_string()).unwrap_or_default())
        && is("--name", subnet.name.clone())
        && is("--subnet-range", subnet.cidr.to_string())
        && tags_fit(&subnet.tags, asked)
}

fn create(ask: &mut Ask<'_>) -> Answered {
    let wanted = ask.asked.one("--network").unwrap_or_default();
    let network_id = network::found(ask, wanted)?.0.clone();
    let cidr = cidr(ask)?;
    let pools = pools(ask, "--allocation-pool", PATH)?;
    let gateway_ip = gateway(ask, &cidr, PATH)?.unwrap_or_else(|| Some(first_host(&cidr)));
    let asked = &ask.asked;
    let now = ask.state.clock.now();
    let mut subnet = NeutronSubnet {
        name: asked.positionals[0].clone(),
        network_id,
        project_id: ask.caller.project_id.clone().unwrap_or_default(),
        cidr,
        gateway_ip,
        enable_dhcp: !asked.has("--no-dhcp"),
        allocation_pools: pools,
        dns_nameservers: servers(ask)?,
        description: asked.one("--description").unwrap_or_default().to_string(),
        tags: asked.all("--tag").map(ToString::to_string).collect(),
        revision_number: 0,
        created_at: now,
        updated_at: now,
    };
    check_overlap(ask, &subnet)?;
    if subnet.allocation_pools.is_empty() {
        subnet.allocation_pools = default_pools(&subnet);
    }
    check_pools(ask, &subnet, PATH)?;
    let id = ask.state.seed.uuid();
    let printed = whole(ask, &id, &subnet);
    // The tags are a second request, so the stored subnet is one revision ahead of the printed one.
    subnet.revision_number = u64::from(!subnet.tags.is_empty());
    if let Some(network) = ask.state.openstack.neutron.networks.get_mut(&subnet.network_id) {
        network.revision_number += 1;
        network.updated_at = now;
    }
    ask.state.openstack.neutron.subnets.insert(id, subnet);
    Ok(one(printed))
}

fn cidr(ask: &Ask<'_>) -> Result<IpNet, Trouble> {
    let Some(text) = ask.asked.one("--subnet-range") else {
        let words = "Bad subnets request: a subnetpool must be specified in the absence of a cidr.";
        return Err(ask.refused(400, PATH, words));
    };
    let bad = || {
        let words = format!("Invalid input for operation: {text} is not in a CIDR format.");
        ask.refused(400, PATH, &words)
    };
    Ok(text.parse::<IpNet>().map_err(|_| bad())?.trunc())
}

/// The gateway that was asked for: `None` if nothing was asked, `Some(None)` for none.
fn gateway(ask: &Ask<'_>, cidr: &IpNet, path: &str) -> Result<Option<Option<IpAddr>>, Trouble> {
    let address = match ask.asked.one("--gateway") {
        None | Some("auto") => return Ok(None),
        Some("none") => return Ok(Some(None)),
        Some(text) => text.parse::<IpAddr>().map_err(|_| {
            let words = format!("Invalid input for gateway_ip. Reason: '{text}' is not a valid IP address.");
            ask.refused(400, path, &words)
        })?,
    };
    if address == cidr.network() || (cidr.addr().is_ipv4() && address == cidr.broadcast()) {
        return Err(ask.refused(400, path, "Invalid input for operation: Gateway is not valid on subnet."));
    }
    Ok(Some(Some(address)))
}

fn servers(ask: &Ask<'_>) -> Result<Vec<IpAddr>, Trouble> {
    let parse = |text: &str| {
        text.parse().map_err(|_| {
            let words = format!("Invalid input for dns_nameservers. Reason: '{text}' is not a valid nameserver.");
            ask.refused(400, PATH, &words)
        })
    };
    ask.asked.all("--dns-nameserver").map(parse).collect()
}

/// `start=A,end=B`, any number of times.
fn pools(ask: &Ask<'_>, option: &str, path: &str) -> Result<Vec<Pool>, Trouble> {
    ask.asked.all(option).map(|text| pool(ask, text, path)).collect()
}

fn pool(ask: &Ask<'_>, text: &str, path: &str) -> Result<Pool, Trouble> {
    let field = |name: &str| text.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let (Some(start), Some(end)) = (field("start"), field("end")) else {
        let words = format!("Invalid keys specified: {text}; a pool is start=ADDRESS,end=ADDRESS");
        return Err(Trouble(words));
    };
    let parse = |text: &str| {
        text.parse::<IpAddr>().map_err(|_| {
            let words = format!("Invalid input for allocation_pools. Reason: '{text}' is not a valid IP address.");
            ask.refused(400, path, &words)
        })
    };
    Ok(Pool { start: parse(start)?, end: parse(end)? })
}

fn check_overlap(ask: &Ask<'_>, subnet: &NeutronSubnet) -> Result<(), Trouble> {
    let mut others = ask.state.openstack.neutron.subnets.values();
    let meets = |other: &NeutronSubnet| {
        other.network_id == subnet.network_id
            && (other.cidr.contains(&subnet.cidr.network()) || subnet.cidr.contains(&other.cidr.network()))
    };
    if !others.any(meets) {
        return Ok(());
    }
    let words = format!(
        "Invalid input for operation: Requested subnet with cidr: {} for network: {} overlaps with another subnet.",
        subnet.cidr, subnet.network_id
    );
    Err(ask.refused(400, PATH, &words))
}

/// Neutron's checks of the pools, in its order.
fn check_pools(ask: &Ask<'_>, subnet: &NeutronSubnet, path: &str) -> Result<(), Trouble> {
    let (first, last) = hosts(&subnet.cidr);
    for pool in &subnet.allocation_pools {
        if number(pool.start) > number(pool.end) {
            return Err(ask.refused(400, path, &format!("The allocation pool {pool} is not valid.")));
        }
        if number(pool.start) < first || number(pool.end) > last || pool.start.is_ipv4() != subnet.cidr.addr().is_ipv4()
        {
            let words = format!("The allocation pool {pool} spans beyond the subnet cidr {}.", subnet.cidr);
            return Err(ask.refused(400, path, &words));
        }
    }
    for (at, one) in subnet.allocation_pools.iter().enumerate() {
        let mut rest = subnet.allocation_pools[at + 1..].iter();
        let meets = |other: &&Pool| number(other.start) <= number(one.end) && number(one.start) <= number(other.end);
        if let Some(other) = rest.find(meets) {
            let words = format!("Found overlapping allocation pools: {one} {other} for subnet {}.", subnet.cidr);
            return Err(ask.refused(409, path, &words));
        }
    }
    let Some(gateway) = subnet.gateway_ip else { return Ok(()) };
    let holds = |pool: &&Pool| number(pool.start) <= number(gateway) && number(gateway) <= number(pool.end);
    match subnet.allocation_pools.iter().find(holds) {
        Some(pool) => {
            Err(ask.refused(409, path, &format!("Gateway ip {gateway} conflicts with allocation pool {pool}.")))
        }
        None => Ok(()),
    }
}

/// Everything but the gateway.
fn default_pools(subnet: &NeutronSubnet) -> Vec<Pool> {
    let (first, last) = hosts(&subnet.cidr);
    let is_v4 = subnet.cidr.addr().is_ipv4();
    let pool = |start, end| Pool { start: address(start, is_v4), end: address(end, is_v4) };
    match subnet.gateway_ip.map(number).filter(|gateway| (first..=last).contains(gateway)) {
        None => vec![pool(first, last)],
        Some(gateway) => {
            let below = (gateway > first).then(|| pool(first, gateway - 1));
            let above = (gateway < last).then(|| pool(gateway + 1, last));
            below.into_iter().chain(above).collect()
        }
    }
}

/// The first and the last address that a host may have.
fn hosts(cidr: &IpNet) -> (u128, u128) {
    let last = number(cidr.broadcast()) - u128::from(cidr.addr().is_ipv4());
    (number(cidr.network()) + 1, last)
}

fn first_host(cidr: &IpNet) -> IpAddr {
    address(hosts(cidr).0, cidr.addr().is_ipv4())
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

fn address(number: u128, is_v4: bool) -> IpAddr {
    if is_v4 { IpAddr::V4((number as u32).into()) } else { IpAddr::V6(number.into()) }
}

/// The next address of the pools that nobody holds, for a router or a floating IP.
pub(super) fn next_free(ask: &Ask<'_>, subnet_id: &str) -> Option<IpAddr> {
    let neutron = &ask.state.openstack.neutron;
    let subnet = neutron.subnets.get(subnet_id)?;
    let fixed = neutron.ports.values().flat_map(|port| port.fixed_ips.iter().map(|fixed| fixed.ip_address));
    let taken: std::collections::BTreeSet<IpAddr> = fixed.chain(neutron.floating_ips.keys().copied()).collect();
    let is_v4 = subnet.cidr.addr().is_ipv4();
    let all = subnet.allocation_pools.iter().flat_map(|pool| number(pool.start)..=number(pool.end));
    all.map(|number| address(number, is_v4)).find(|address| !taken.contains(address))
}

fn set(ask: &mut Ask<'_>) -> Answered {
    let (id, before) = found(ask, &ask.asked.positionals[0])?;
    let (id, before) = (id.clone(), before.clone());
    let path = format!("{PATH}/{id}");
    let mut subnet = before.clone();
    let pools = pools(ask, "--allocation-pool", &path)?;
    if ask.asked.has("--no-allocation-pool") {
        subnet.allocation_pools.clear();
    }
    // Without --no-allocation-pool the client sends the old pools along with the new.
    subnet.allocation_pools.splice(0..0, pools);
    if let Some(gateway) = gateway(ask, &subnet.cidr, &path)? {
        subnet.gateway_ip = gateway;
    }
    if ask.asked.has("--no-dns-nameservers") {
        subnet.dns_nameservers.clear();
    }
    subnet.dns_nameservers.extend(servers(ask)?);
    let asked = &ask.asked;
    subnet.enable_dhcp = asked.switch("--dhcp", "--no-dhcp").unwrap_or(subnet.enable_dhcp);
    subnet.name = asked.one("--name").unwrap_or(&subnet.name).to_string();
    subnet.description = asked.one("--description").unwrap_or(&subnet.description).to_string();
    retag(&mut subnet.tags, asked);
    check_pools(ask, &subnet, &path)?;
    keep(ask, &id, subnet, &before);
    Ok(Shown::Nothing)
}

fn unset(ask: &mut Ask<'_>) -> Answered {
    let (id, before) = found(ask, &ask.asked.positionals[0])?;
    let (id, before) = (id.clone(), before.clone());
    let mut subnet = before.clone();
    let dropped = pools(ask, "--allocation-pool", &format!("{PATH}/{id}"))?;
    if dropped.iter().any(|pool| !subnet.allocation_pools.contains(pool)) {
        return Err(Trouble("Subnet does not contain allocation-pool".into()));
    }
    subnet.allocation_pools.retain(|pool| !dropped.contains(pool));
    let dropped = servers(ask)?;
    if dropped.iter().any(|server| !subnet.dns_nameservers.contains(server)) {
        return Err(Trouble("Subnet does not contain dns-nameserver".into()));
    }
    subnet.dns_nameservers.retain(|server| !dropped.contains(server));
    if ask.asked.has("--gateway") {
        subnet.gateway_ip = None;
    }
    untag(&mut subnet.tags, &ask.asked);
    keep(ask, &id, subnet, &before);
    Ok(Shown::Nothing)
}

fn keep(ask: &mut Ask<'_>, id: &str, mut subnet: NeutronSubnet, before: &NeutronSubnet) {
    if subnet == *before {
        return;
    }
    // Pools are rows of their own: the subnet is dated anew, but its revision stays.
    let other_pools = NeutronSubnet { allocation_pools: subnet.allocation_pools.clone(), ..before.clone() };
    subnet.revision_number += u64::from(subnet != other_pools);
    subnet.updated_at = ask.state.clock.now();
    ask.state.openstack.neutron.subnets.insert(id.to_string(), subnet);
}

fn delete(ask: &mut Ask<'_>) -> Answered {
    delete_each(ask, "subnet", |ask, wanted| {
        let id = found(ask, wanted)?.0.clone();
        let mut ports = ask.state.openstack.neutron.ports.values();
        let holds = |port: &super::Port| {
            port.device_owner != "network:distributed" && port.fixed_ips.iter().any(|fixed| fixed.subnet_id == id)
        };
        if ports.any(holds) {
            let words = format!(
                "Unable to complete operation on subnet {id}: One or more ports have an IP allocation from this subnet."
            );
            return Err(ask.refused(409, &format!("{PATH}/{id}"), &words));
        }
        ask.state.openstack.neutron.subnets.remove(&id);
        Ok(())
    })
}
