//! Neutron's networks, agents and extensions.

use serde_json::{Value, json};

use super::cli::Spec;
use super::{
    Answered, Ask, Effect, Missing, Needs, Network, Shown, Trouble, by_id_or_name, delete_each, one, refused_here,
    retag, tags_fit, untag,
};

const NEUTRON: Needs = Needs::Service("network");
/// The largest frame that fits into a tunnel on a network of 1500.
const TUNNEL_MTU: u32 = 1442;

fn largest_mtu(kind: &str) -> u32 {
    if matches!(kind, "flat" | "vlan") { 1500 } else { TUNNEL_MTU }
}

/// What Neutron answers about networks.
pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        flags: &["--network"],
        unanswered: &["--compute", "--identity", "--volume", "--long"],
        ..Spec::new("extension list", Effect::Read, NEUTRON, extension_list)
    },
    Spec {
        takes: &["--host"],
        unanswered: &["--agent-type", "--network", "--router", "--long"],
        ..Spec::new("network agent list", Effect::Read, NEUTRON, agent_list)
    },
    Spec {
        positionals: &["<name>"],
        takes: &[
            "--provider-network-type",
            "--provider-physical-network",
            "--provider-segment",
            "--tag",
            "--mtu",
            "--description",
        ],
        flags: &[
            "--external",
            "--internal",
            "--share",
            "--no-share",
            "--enable",
            "--disable",
            "--default",
            "--no-default",
            "--no-tag",
        ],
        exclusive: EXCLUSIVE,
        unanswered: &[
            "--project",
            "--project-domain",
            "--availability-zone-hint",
            "--enable-port-security",
            "--disable-port-security",
            "--qos-policy",
            "--transparent-vlan",
            "--no-transparent-vlan",
            "--dns-domain",
            "--extra-property",
        ],
        ..Spec::new("network create", Effect::Change, NEUTRON, create)
    },
    Spec { positionals: &["<network>..."], ..Spec::new("network delete", Effect::Change, NEUTRON, delete) },
    Spec {
        takes: &[
            "--name",
            "--status",
            "--project",
            "--provider-network-type",
            "--provider-physical-network",
            "--provider-segment",
            "--tags",
            "--any-tags",
            "--not-tags",
            "--not-any-tags",
        ],
        flags: &["--external", "--internal", "--long", "--share", "--no-share", "--enable", "--disable"],
        exclusive: EXCLUSIVE,
        unanswered: &["--project-domain", "--agent"],
        ..Spec::new("network list", Effect::Read, NEUTRON, list)
    },
    Spec {
        positionals: &["<network>"],
        takes: &[
            "--name",
            "--tag",
            "--mtu",
            "--description",
            "--provider-network-type",
            "--provider-physical-network",
            "--provider-segment",
        ],
        flags: &[
            "--external",
            "--internal",
            "--share",
            "--no-share",
            "--enable",
            "--disable",
            "--default",
            "--no-default",
            "--no-tag",
        ],
        exclusive: EXCLUSIVE.split_at(4).0,
        unanswered: &[
            "--enable-port-security",
            "--disable-port-security",
            "--qos-policy",
            "--no-qos-policy",
            "--dns-domain",
            "--extra-property",
        ],
        ..Spec::new("network set", Effect::Change, NEUTRON, set)
    },
    Spec { positionals: &["<network>"], ..Spec::new("network show", Effect::Read, NEUTRON, show) },
    Spec {
        positionals: &["<network>"],
        takes: &["--tag"],
        flags: &["--all-tag"],
        unanswered: &["--extra-property"],
        ..Spec::new("network unset", Effect::Change, NEUTRON, unset)
    },
];

const EXCLUSIVE: &[(&str, &str)] = &[
    ("--share", "--no-share"),
    ("--enable", "--disable"),
    ("--external", "--internal"),
    ("--default", "--no-default"),
    // A `set` may clear the tags and give new ones; a `create` may not.
    ("--tag", "--no-tag"),
];

/// A network by id or name.
pub(super) fn found<'a>(ask: &'a Ask<'_>, wanted: &str) -> Result<(&'a String, &'a Network), Missing> {
    by_id_or_name("Network", wanted, &ask.state.openstack.neutron.networks, |network| &network.name)
}

fn show(ask: &mut Ask<'_>) -> Answered {
    let (id, network) = found(ask, &ask.asked.positionals[0]).map_err(Missing::here)?;
    Ok(one(whole(ask, id, network)))
}

fn whole(ask: &Ask<'_>, id: &str, network: &Network) -> Value {
    // Who is no administrator is not told how a network is provided.
    let provider = |value: Value| if ask.caller.is_admin { value } else { Value::Null };
    json!({
        "admin_state_up": network.admin_state_up,
        "availability_zone_hints": [],
        "availability_zones": [],
        "created_at": network.created_at.to_string(),
        "description": network.description,
        "dns_domain": null,
        "id": id,
        "ipv4_address_scope": null,
        "ipv6_address_scope": null,
        // Only an external network can be the default one.
        "is_default": network.external.then_some(network.is_default),
        "is_vlan_transparent": null,
        "l2_adjacency": true,
        "mtu": network.mtu,
        "name": network.name,
        "port_security_enabled": true,
        "project_id": network.project_id,
        "provider:network_type": provider(json!(network.kind)),
        "provider:physical_network": provider(json!(network.physical_network)),
        "provider:segmentation_id": provider(json!(network.segmentation_id)),
        "qos_policy_id": null,
        "revision_number": network.revision_number,
        "router:external": network.external,
        "segments": null,
        "shared": network.shared,
        "status": "ACTIVE",
        "subnets": subnets_of(ask, id),
        "tags": ask.tags(&network.tags),
        "tenant_id": network.project_id,
        "updated_at": network.updated_at.to_string(),
    })
}

fn subnets_of(ask: &Ask<'_>, id: &str) -> Vec<String> {
    let all = ask.state.openstack.neutron.subnets.iter();
    all.filter(|(_, subnet)| subnet.network_id == id).map(|(id, _)| id.clone()).collect()
}

fn list(ask: &mut Ask<'_>) -> Answered {
    let is_long = ask.asked.has("--long");
    let all = ask.state.openstack.neutron.networks.iter();
    let rows = all.filter(|(_, network)| is_visible(ask, network) && fits(ask, network)).map(|(id, network)| {
        if is_long {
            long_row(ask, id, network)
        } else {
            vec![json!(id), json!(network.name), json!(subnets_of(ask, id))]
        }
    });
    let columns = if is_long {
        vec![
            "ID",
            "Name",
            "Status",
            "Project",
            "State",
            "Shared",
            "Subnets",
            "Network Type",
            "Router Type",
            "Availability Zones",
            "Tags",
        ]
    } else {
        vec!["ID", "Name", "Subnets"]
    };
    Ok(Shown::Rows(columns, rows.collect()))
}

fn long_row(ask: &Ask<'_>, id: &str, network: &Network) -> Vec<Value> {
    vec![
        json!(id),
        json!(network.name),
        json!("ACTIVE"),
        json!(network.project_id),
        json!(network.admin_state_up),
        json!(network.shared),
        json!(subnets_of(ask, id)),
        json!(network.kind),
        json!(network.external),
        json!([]),
        ask.tags(&network.tags),
    ]
}

fn is_visible(ask: &Ask<'_>, network: &Network) -> bool {
    ask.caller.is_admin
        || network.shared
        || network.external
        || ask.caller.project_id.as_ref() == Some(&network.project_id)
}

fn fits(ask: &Ask<'_>, network: &Network) -> bool {
    let asked = &ask.asked;
    let is = |option, value: &str| asked.one(option).is_none_or(|wanted| wanted == value);
    let segment = network.segmentation_id.map(|id| id.to_string()).unwrap_or_default();
    asked.switch("--external", "--internal").is_none_or(|external| external == network.external)
        && asked.switch("--share", "--no-share").is_none_or(|shared| shared == network.shared)
        && asked.switch("--enable", "--disable").is_none_or(|up| up == network.admin_state_up)
        && is("--name", &network.name)
        && is("--status", "ACTIVE")
        && is("--project", &network.project_id)
        && is("--provider-network-type", &network.kind)
        && is("--provider-physical-network", network.physical_network.as_deref().unwrap_or_default())
        && is("--provider-segment", &segment)
        && tags_fit(&network.tags, asked)
}

fn create(ask: &mut Ask<'_>) -> Answered {
    forbid(ask)?;
    let asked = &ask.asked;
    let text = |option| asked.one(option).map(ToString::to_string);
    let physical_network = text("--provider-physical-network");
    let kind = text("--provider-network-type").unwrap_or_else(|| "geneve".to_string());
    if physical_network.is_some() && asked.one("--provider-network-type").is_none() {
        return Err(refused_here(400, "Invalid input for operation: network_type required."));
    }
    let segmentation_id = asked.one("--provider-segment").map(|text| text.parse::<u32>()).transpose();
    let segmentation_id = segmentation_id
        .map_err(|_| refused_here(400, "Invalid input for operation: segmentation_id is not a number."))?;
    let external = asked.has("--external");
    let now = ask.state.clock.now();
    let mut network = Network {
        name: asked.positionals[0].clone(),
        project_id: ask.caller.project_id.clone().unwrap_or_default(),
        mtu: largest_mtu(&kind),
        kind,
        physical_network,
        segmentation_id,
        external,
        shared: asked.has("--share"),
        admin_state_up: !asked.has("--disable"),
        description: text("--description").unwrap_or_default(),
        is_default: asked.has("--default"),
        tags: asked.all("--tag").map(ToString::to_string).collect(),
        revision_number: 1,
        created_at: now,
        updated_at: now,
    };
    check_provider(ask, &network)?;
    network.mtu = mtu(ask, &network).map_err(|words| refused_here(400, &words))?;
    if network.kind == "geneve" && network.segmentation_id.is_none() {
        network.segmentation_id = Some(segment(ask));
    }
    let id = ask.state.seed.uuid();
    let mut printed = whole(ask, &id, &network);
    printed["is_default"] = json!(network.is_default);
    // The tags are a second request, so the stored network is one revision ahead of the printed one.
    network.revision_number += u64::from(!network.tags.is_empty());
    ask.state.openstack.neutron.networks.insert(id, network);
    Ok(one(printed))
}

/// The MTU that was asked for, if the network can carry it.
fn mtu(ask: &Ask<'_>, network: &Network) -> Result<u32, String> {
    let Some(text) = ask.asked.one("--mtu") else { return Ok(network.mtu) };
    let wanted = text.parse().map_err(|_| format!("Invalid input for operation: '{text}' is not an integer."))?;
    let largest = largest_mtu(&network.kind);
    if wanted > largest {
        return Err(format!("Invalid input for operation: Requested MTU is too big, maximum is {largest}."));
    }
    Ok(wanted)
}

fn segment(ask: &mut Ask<'_>) -> u32 {
    let draw = ask.state.seed.draw();
    u32::from(u16::from_be_bytes([draw[0], draw[1]])) % 65535 + 1
}

/// What the policy keeps for administrators.
fn forbid(ask: &Ask<'_>) -> Result<(), Trouble> {
    if ask.caller.is_admin {
        return Ok(());
    }
    let rules: Vec<&str> = [
        ("--share", "rule:create_network:shared"),
        ("--external", "rule:create_network:router:external"),
        ("--provider-network-type", "rule:create_network:provider:network_type"),
        ("--provider-physical-network", "rule:create_network:provider:physical_network"),
        ("--provider-segment", "rule:create_network:provider:segmentation_id"),
    ]
    .into_iter()
    .filter(|(option, _)| ask.asked.has(option))
    .map(|(_, rule)| rule)
    .collect();
    if rules.is_empty() {
        return Ok(());
    }
    let nested = rules.iter().fold("rule:create_network".to_string(), |all, rule| format!("({all} and {rule})"));
    Err(refused_here(403, &format!("{nested} is disallowed by policy")))
}

fn check_provider(ask: &Ask<'_>, network: &Network) -> Result<(), Trouble> {
    let neutron = &ask.state.openstack.neutron;
    let input = |words: String| Err(refused_here(400, &format!("Invalid input for operation: {words}")));
    let (kind, called) = match network.kind.as_str() {
        "flat" => ("flat", "flat"),
        "vlan" => ("vlan", "VLAN"),
        "geneve" if network.physical_network.is_none() => return Ok(()),
        "geneve" => return input("provider:physical_network specified for geneve network.".into()),
        other => return input(format!("network_type value '{other}' not supported.")),
    };
    let Some(physical) = &network.physical_network else {
        return input(format!("physical_network required for {called} provider network."));
    };
    if !neutron.physical_networks.contains(physical) {
        return input(format!("physical_network '{physical}' unknown for {called} provider network."));
    }
    let same = |other: &&Network| other.kind == kind && other.physical_network.as_ref() == Some(physical);
    let mut others = neutron.networks.values().filter(same);
    if kind == "flat" && others.next().is_some() {
        let words = format!("Unable to create the flat network. Physical network {physical} is in use.");
        return Err(refused_here(409, &words));
    }
    let Some(segment) = network.segmentation_id.filter(|_| kind == "vlan") else { return Ok(()) };
    if others.any(|other| other.segmentation_id == Some(segment)) {
        let words =
            format!("Unable to create the network. The VLAN {segment} on physical network {physical} is in use.");
        return Err(refused_here(409, &words));
    }
    Ok(())
}

fn set(ask: &mut Ask<'_>) -> Answered {
    let id = found(ask, &ask.asked.positionals[0])?.0.clone();
    let provider = ["--provider-network-type", "--provider-physical-network", "--provider-segment"];
    if provider.iter().any(|option| ask.asked.has(option)) {
        let words = "Invalid input for operation: Plugin does not support updating the following provider network \
                     attributes: provider:physical_network, provider:network_type.";
        return Err(ask.refused(400, &format!("/v2.0/networks/{id}"), words));
    }
    let mtu = mtu(ask, &ask.state.openstack.neutron.networks[&id])
        .map_err(|words| ask.refused(400, &format!("/v2.0/networks/{id}"), &words))?;
    let now = ask.state.clock.now();
    let asked = &ask.asked;
    let Some(network) = ask.state.openstack.neutron.networks.get_mut(&id) else { return Ok(Shown::Nothing) };
    let before = network.clone();
    if let Some(name) = asked.one("--name") {
        network.name = name.to_string();
    }
    if let Some(description) = asked.one("--description") {
        network.description = description.to_string();
    }
    network.mtu = mtu;
    network.external = asked.switch("--external", "--internal").unwrap_or(network.external);
    network.shared = asked.switch("--share", "--no-share").unwrap_or(network.shared);
    network.admin_state_up = asked.switch("--enable", "--disable").unwrap_or(network.admin_state_up);
    network.is_default = asked.switch("--default", "--no-default").unwrap_or(network.is_default);
    retag(&mut network.tags, asked);
    if *network != before {
        network.revision_number += 1;
        network.updated_at = now;
    }
    Ok(Shown::Nothing)
}

fn unset(ask: &mut Ask<'_>) -> Answered {
    let id = found(ask, &ask.asked.positionals[0])?.0.clone();
    let now = ask.state.clock.now();
    if let Some(network) = ask.state.openstack.neutron.networks.get_mut(&id)
        && untag(&mut network.tags, &ask.asked)
    {
        network.revision_number += 1;
        network.updated_at = now;
    }
    Ok(Shown::Nothing)
}

fn delete(ask: &mut Ask<'_>) -> Answered {
    delete_each(ask, "network", |ask, wanted| {
        let (id, network) = found(ask, wanted)?;
        let (id, owner) = (id.clone(), network.project_id.clone());
        let path = format!("/v2.0/networks/{id}");
        if !ask.caller.is_admin && ask.caller.project_id.as_ref() != Some(&owner) {
            return Err(ask.refused(403, &path, "rule:delete_network is disallowed by policy"));
        }
        drop_idle_floating_ips(ask, &id);
        let ports: Vec<String> = used_ports(ask, &id);
        if !ports.is_empty() {
            let words = format!(
                "Unable to complete operation on network {id}. There are one or more ports still in use on the \
                 network, id for these ports is: {}.",
                ports.join(",")
            );
            return Err(ask.refused(409, &path, &words));
        }
        let neutron = &mut ask.state.openstack.neutron;
        neutron.subnets.retain(|_, subnet| subnet.network_id != id);
        neutron.networks.remove(&id);
        Ok(())
    })
}

/// A refused delete has this effect too: Neutron drops them before it looks.
fn drop_idle_floating_ips(ask: &mut Ask<'_>, network_id: &str) {
    let all = &mut ask.state.openstack.neutron.floating_ips;
    all.retain(|_, floating| floating.network_id != network_id || floating.port_id.is_some());
}

fn used_ports(ask: &Ask<'_>, network_id: &str) -> Vec<String> {
    let all = ask.state.openstack.neutron.ports.iter();
    let used = all.filter(|(_, port)| port.network_id == network_id && port.device_owner != "network:distributed");
    used.map(|(id, _)| id.clone()).collect()
}

fn agent_list(ask: &mut Ask<'_>) -> Answered {
    let host = ask.asked.one("--host");
    let agents = ask.state.openstack.neutron.agents.iter();
    let rows = agents.filter(|(_, agent)| host.is_none_or(|host| host == agent.host)).map(|(id, agent)| {
        vec![
            json!(id),
            json!(agent.kind),
            json!(agent.host),
            json!(""),
            json!(agent.alive),
            json!(true),
            json!(agent.binary),
        ]
    });
    let columns = vec!["ID", "Agent Type", "Host", "Availability Zone", "Alive", "State", "Binary"];
    Ok(Shown::Rows(columns, rows.collect()))
}

fn extension_list(ask: &mut Ask<'_>) -> Answered {
    let rows = ask.state.openstack.neutron.extensions.iter();
    let rows = rows.map(|(alias, name)| vec![json!(name), json!(alias), json!(format!("{name} API"))]);
    Ok(Shown::Rows(vec!["Name", "Alias", "Description"], rows.collect()))
}
