//! Neutron's routers: a gateway port and interface ports.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::cli::Spec;
use super::{
    Answered, Ask, Effect, FixedIp, Needs, Port, Router, Shown, Trouble, by_id_or_name, delete_each, network, one,
    retag, subnet, tags_fit,
};

const NEUTRON: Needs = Needs::Service("network");
const GATEWAY: &str = "network:router_gateway";
const INTERFACE: &str = "network:router_interface";

/// What Neutron answers about routers.
pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        positionals: &["<router>", "<subnet>"],
        ..Spec::new("router add subnet", Effect::Change, NEUTRON, add_subnet)
    },
    Spec {
        positionals: &["<name>"],
        takes: &["--external-gateway", "--tag", "--description"],
        flags: &["--no-tag", "--enable"],
        exclusive: &[("--tag", "--no-tag")],
        unanswered: &["--disable", "--distributed", "--centralized", "--ha", "--no-ha", "--project", "--fixed-ip"],
        ..Spec::new("router create", Effect::Change, NEUTRON, create)
    },
    Spec { positionals: &["<router>..."], ..Spec::new("router delete", Effect::Change, NEUTRON, delete) },
    Spec {
        takes: &["--name", "--tags", "--any-tags", "--not-tags", "--not-any-tags"],
        flags: &["--long"],
        unanswered: &["--enable", "--disable", "--project", "--project-domain", "--agent"],
        ..Spec::new("router list", Effect::Read, NEUTRON, list)
    },
    Spec {
        positionals: &["<router>", "<subnet>"],
        ..Spec::new("router remove subnet", Effect::Change, NEUTRON, remove_subnet)
    },
    Spec {
        positionals: &["<router>"],
        takes: &["--name", "--description", "--external-gateway", "--tag"],
        flags: &["--no-tag"],
        unanswered: &[
            "--enable",
            "--disable",
            "--distributed",
            "--centralized",
            "--route",
            "--no-route",
            "--ha",
            "--no-ha",
            "--fixed-ip",
        ],
        ..Spec::new("router set", Effect::Change, NEUTRON, set)
    },
    Spec { positionals: &["<router>"], ..Spec::new("router show", Effect::Read, NEUTRON, show) },
    Spec {
        positionals: &["<router>"],
        flags: &["--external-gateway"],
        unanswered: &["--route", "--qos-policy", "--tag", "--all-tag"],
        ..Spec::new("router unset", Effect::Change, NEUTRON, unset)
    },
];

fn found(ask: &Ask<'_>, wanted: &str) -> Result<String, Trouble> {
    let all = &ask.state.openstack.neutron.routers;
    Ok(by_id_or_name("Router", wanted, all, |router| &router.name)?.0.clone())
}

fn path(id: &str) -> String {
    format!("/v2.0/routers/{id}")
}

/// A router's ports of one kind, with their ids.
fn ports<'a>(ask: &'a Ask<'_>, id: &str, owner: &'static str) -> impl Iterator<Item = (&'a String, &'a Port)> {
    let id = id.to_string();
    let all = ask.state.openstack.neutron.ports.iter();
    all.filter(move |(_, port)| port.device_id == id && port.device_owner == owner)
}

fn gateway(ask: &Ask<'_>, id: &str) -> Value {
    let port = ports(ask, id, GATEWAY).next();
    port.map_or(
        Value::Null,
        |(_, port)| json!({"network_id": port.network_id, "external_fixed_ips": port.fixed_ips, "enable_snat": true}),
    )
}

fn whole(ask: &Ask<'_>, id: &str, with_interfaces: bool) -> Value {
    let router = &ask.state.openstack.neutron.routers[id];
    let gateways: Vec<Value> = ports(ask, id, GATEWAY)
        .map(|(_, port)| json!({"network_id": port.network_id, "external_fixed_ips": port.fixed_ips}))
        .collect();
    let mut object = json!({
        "admin_state_up": true,
        "availability_zone_hints": [],
        "availability_zones": [],
        "created_at": router.created_at.to_string(),
        "description": router.description,
        "enable_default_route_bfd": false,
        "enable_default_route_ecmp": false,
        "enable_ndp_proxy": null,
        "external_gateway_info": gateway(ask, id),
        "external_gateways": gateways,
        "flavor_id": null,
        "ha": true,
        "id": id,
        "name": router.name,
        "project_id": router.project_id,
        "revision_number": router.revision_number,
        "routes": [],
        "status": "ACTIVE",
        "tags": ask.tags(&router.tags),
        "tenant_id": router.project_id,
        "updated_at": router.updated_at.to_string(),
    });
    if with_interfaces {
        let rows = ports(ask, id, INTERFACE).flat_map(|(port_id, port)| {
            let row = move |fixed: &FixedIp| {
                json!({"port_id": port_id, "ip_address": fixed.ip_address, "subnet_id": fixed.subnet_id})
            };
            port.fixed_ips.iter().map(row)
        });
        object["interfaces_info"] = Value::Array(rows.collect());
    }
    object
}

fn show(ask: &mut Ask<'_>) -> Answered {
    let id = found(ask, &ask.asked.positionals[0])?;
    Ok(one(whole(ask, &id, true)))
}

fn list(ask: &mut Ask<'_>) -> Answered {
    let is_long = ask.asked.has("--long");
    let name = ask.asked.one("--name");
    let all = ask.state.openstack.neutron.routers.iter();
    let fits = |router: &Router| name.is_none_or(|name| name == router.name) && tags_fit(&router.tags, &ask.asked);
    let rows = all.filter(|(_, router)| fits(router)).map(|(id, router)| {
        let mut row = vec![json!(id), json!(router.name), json!("ACTIVE"), json!(true), json!(router.project_id)];
        row.push(json!(true));
        if is_long {
            row.extend([json!([]), gateway(ask, id), json!([]), ask.tags(&router.tags)]);
        }
        row
    });
    let mut columns = vec!["ID", "Name", "Status", "State", "Project", "HA"];
    if is_long {
        columns.extend(["Routes", "External gateway info", "Availability zones", "Tags"]);
    }
    Ok(Shown::Rows(columns, rows.collect()))
}

fn create(ask: &mut Ask<'_>) -> Answered {
    let external = match ask.asked.one("--external-gateway") {
        Some(wanted) => Some(network::found(ask, wanted)?.0.clone()),
        None => None,
    };
    let now = ask.state.clock.now();
    let router = Router {
        name: ask.asked.positionals[0].clone(),
        project_id: ask.caller.project_id.clone().unwrap_or_default(),
        description: ask.asked.one("--description").unwrap_or_default().to_string(),
        tags: ask.asked.all("--tag").map(ToString::to_string).collect(),
        revision_number: 1,
        created_at: now,
        updated_at: now,
    };
    let id = ask.state.seed.uuid();
    ask.state.openstack.neutron.routers.insert(id.clone(), router);
    if let Some(network_id) = external
        && let Err(trouble) = plug_gateway(ask, &id, &network_id)
    {
        ask.state.openstack.neutron.routers.remove(&id);
        return Err(trouble);
    }
    Ok(one(whole(ask, &id, false)))
}

fn touch(ask: &mut Ask<'_>, id: &str) {
    let now = ask.state.clock.now();
    if let Some(router) = ask.state.openstack.neutron.routers.get_mut(id) {
        router.revision_number += 1;
        router.updated_at = now;
    }
}

fn plug_gateway(ask: &mut Ask<'_>, id: &str, network_id: &str) -> Result<(), Trouble> {
    let networks = &ask.state.openstack.neutron.networks;
    if !networks.get(network_id).is_some_and(|network| network.external) {
        let words = format!("Bad router request: Network {network_id} is not an external network.");
        return Err(ask.refused(400, &path(id), &words));
    }
    let subnets = ask.state.openstack.neutron.subnets.iter();
    let first = subnets.filter(|(_, subnet)| subnet.network_id == network_id).map(|(id, _)| id.clone()).next();
    let fixed = match first {
        None => Vec::new(),
        Some(subnet_id) => {
            let Some(ip_address) = subnet::next_free(ask, &subnet_id) else {
                let words = format!("No more IP addresses available on network {network_id}.");
                return Err(ask.refused(409, &path(id), &words));
            };
            vec![FixedIp { subnet_id, ip_address }]
        }
    };
    unplug_gateway(ask, id);
    plug(ask, id, network_id, GATEWAY, fixed);
    Ok(())
}

fn unplug_gateway(ask: &mut Ask<'_>, id: &str) {
    let all = &mut ask.state.openstack.neutron.ports;
    all.retain(|_, port| port.device_id != id || port.device_owner != GATEWAY);
}

fn plug(ask: &mut Ask<'_>, id: &str, network_id: &str, owner: &str, fixed_ips: Vec<FixedIp>) {
    let port = Port {
        name: String::new(),
        network_id: network_id.to_string(),
        mac: ask.state.seed.mac().replacen("52:54:00", "fa:16:3e", 1),
        device_id: id.to_string(),
        device_owner: owner.to_string(),
        fixed_ips,
        status: "ACTIVE".into(),
        tags: Default::default(),
    };
    let port_id = ask.state.seed.uuid();
    ask.state.openstack.neutron.ports.insert(port_id, port);
    touch(ask, id);
}

fn set(ask: &mut Ask<'_>) -> Answered {
    let id = found(ask, &ask.asked.positionals[0])?;
    if let Some(wanted) = ask.asked.one("--external-gateway") {
        let network_id = network::found(ask, wanted)?.0.clone();
        plug_gateway(ask, &id, &network_id)?;
    }
    let asked = &ask.asked;
    if let Some(router) = ask.state.openstack.neutron.routers.get_mut(&id) {
        router.name = asked.one("--name").unwrap_or(&router.name).to_string();
        router.description = asked.one("--description").unwrap_or(&router.description).to_string();
        retag(&mut router.tags, asked);
    }
    Ok(Shown::Nothing)
}

fn unset(ask: &mut Ask<'_>) -> Answered {
    let id = found(ask, &ask.asked.positionals[0])?;
    if ask.asked.has("--external-gateway") {
        let networks: Vec<String> = ports(ask, &id, GATEWAY).map(|(_, port)| port.network_id.clone()).collect();
        let mut floating = ask.state.openstack.neutron.floating_ips.values();
        if floating.any(|floating| floating.port_id.is_some() && networks.contains(&floating.network_id)) {
            let words = format!(
                "Gateway cannot be updated for router {id}, since a gateway to external network {} is required by one or \
                 more floating IPs.",
                networks.join(",")
            );
            return Err(ask.refused(409, &path(&id), &words));
        }
        unplug_gateway(ask, &id);
        touch(ask, &id);
    }
    Ok(Shown::Nothing)
}

fn add_subnet(ask: &mut Ask<'_>) -> Answered {
    let id = found(ask, &ask.asked.positionals[0])?;
    let (subnet_id, wanted) = subnet::found(ask, &ask.asked.positionals[1])?;
    let (subnet_id, wanted) = (subnet_id.clone(), wanted.clone());
    let at = format!("{}/add_router_interface", path(&id));
    let held: Vec<String> = ports(ask, &id, INTERFACE)
        .flat_map(|(_, port)| port.fixed_ips.iter().map(|fixed| fixed.subnet_id.clone()))
        .collect();
    for other_id in held {
        let Some(other) = ask.state.openstack.neutron.subnets.get(&other_id) else { continue };
        if other.cidr.contains(&wanted.cidr.network()) || wanted.cidr.contains(&other.cidr.network()) {
            let words = format!(
                "Bad router request: Cidr {} of subnet {subnet_id} overlaps with cidr {} of subnet {other_id}.",
                wanted.cidr, other.cidr
            );
            return Err(ask.refused(400, &at, &words));
        }
    }
    let Some(ip_address): Option<IpAddr> = wanted.gateway_ip else {
        return Err(ask.refused(400, &at, "Bad router request: Subnet for router interface must have a gateway IP."));
    };
    plug(ask, &id, &wanted.network_id, INTERFACE, vec![FixedIp { subnet_id, ip_address }]);
    Ok(Shown::Nothing)
}

fn remove_subnet(ask: &mut Ask<'_>) -> Answered {
    let id = found(ask, &ask.asked.positionals[0])?;
    let subnet_id = subnet::found(ask, &ask.asked.positionals[1])?.0.clone();
    let holds = |port: &Port| port.fixed_ips.iter().any(|fixed| fixed.subnet_id == subnet_id);
    let port_id = ports(ask, &id, INTERFACE).find(|(_, port)| holds(port)).map(|(id, _)| id.clone());
    let Some(port_id) = port_id else {
        let words = format!("Router {id} has no interface on subnet {subnet_id}.");
        return Err(ask.refused(404, &format!("{}/remove_router_interface", path(&id)), &words));
    };
    ask.state.openstack.neutron.ports.remove(&port_id);
    touch(ask, &id);
    Ok(Shown::Nothing)
}

/// A router with interfaces is not deleted, yet the refused delete has taken its gateway.
fn delete(ask: &mut Ask<'_>) -> Answered {
    delete_each(ask, "router", |ask, wanted| {
        let id = found(ask, wanted)?;
        unplug_gateway(ask, &id);
        let attached: Vec<String> = ports(ask, &id, INTERFACE).map(|(id, _)| id.clone()).collect();
        if !attached.is_empty() {
            let words = format!("Router {id} has ports still attached: {}", attached.join(", "));
            return Err(ask.refused(409, &path(&id), &words));
        }
        ask.state.openstack.neutron.routers.remove(&id);
        Ok(())
    })
}
