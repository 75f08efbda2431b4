//! Neutron's ports, as far as somebody puts one on a network by hand.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::cli::Spec;
use super::{
    Answered, Ask, Effect, FixedIp, Missing, Needs, Port, Trouble, by_id_or_name, delete_each, network, one, subnet,
};

const NEUTRON: Needs = Needs::Service("network");
const PATH: &str = "/v2.0/ports";

/// What Neutron answers about ports.
pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        positionals: &["<name>"],
        takes: &["--network", "--fixed-ip"],
        required: &["--network"],
        unanswered: &[
            "--description",
            "--device",
            "--mac-address",
            "--device-owner",
            "--vnic-type",
            "--host",
            "--no-fixed-ip",
            "--project",
            "--project-domain",
            "--security-group",
            "--no-security-group",
            "--disable-port-security",
            "--tag",
        ],
        ..Spec::new("port create", Effect::Change, NEUTRON, create)
    },
    Spec { positionals: &["<port>..."], ..Spec::new("port delete", Effect::Change, NEUTRON, delete) },
];

fn create(ask: &mut Ask<'_>) -> Answered {
    let wanted = ask.asked.one("--network").unwrap_or_default();
    let network_id = network::found(ask, wanted)?.0.clone();
    let fixed_ips = ask.asked.all("--fixed-ip").map(|text| fixed(ask, text)).collect::<Result<Vec<_>, _>>()?;
    let port = Port {
        name: ask.asked.positionals[0].clone(),
        network_id,
        mac: ask.state.seed.mac().replacen("52:54:00", "fa:16:3e", 1),
        device_id: String::new(),
        device_owner: String::new(),
        fixed_ips,
        status: "DOWN".into(),
        tags: Default::default(),
    };
    let id = ask.state.seed.uuid();
    let printed = whole(ask, &id, &port);
    ask.state.openstack.neutron.ports.insert(id, port);
    Ok(one(printed))
}

/// `subnet=NAME,ip-address=ADDRESS`; the lab chooses no address by itself.
fn fixed(ask: &Ask<'_>, text: &str) -> Result<FixedIp, Trouble> {
    let field = |name: &str| text.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let (subnet_id, found) = subnet::found(ask, field("subnet").unwrap_or_default())?;
    let address = field("ip-address").unwrap_or_default();
    match address.parse::<IpAddr>() {
        Ok(ip_address) if found.cidr.contains(&ip_address) => Ok(FixedIp { subnet_id: subnet_id.clone(), ip_address }),
        _ => {
            let words = format!("IP address {address} is not a valid IP for the specified subnet.");
            Err(ask.refused(400, PATH, &words))
        }
    }
}

fn whole(ask: &Ask<'_>, id: &str, port: &Port) -> Value {
    let now = ask.state.clock.now().to_string();
    let project = ask.caller.project_id.as_deref().unwrap_or_default();
    let mut object = json!({
        "admin_state_up": true,
        "allowed_address_pairs": [],
        "created_at": now,
        "description": "",
        "device_id": port.device_id,
        "device_owner": port.device_owner,
        "dns_assignment": [],
        "extra_dhcp_opts": [],
        "fixed_ips": port.fixed_ips,
        "hints": "",
        "id": id,
        "ip_allocation": "immediate",
        "mac_address": port.mac,
        "name": port.name,
        "network_id": port.network_id,
        "port_security_enabled": true,
        "project_id": project,
        "revision_number": 1,
        // The project's default group, which the lab keeps nothing else of.
        "security_group_ids": [project],
        "status": port.status,
        "tags": ask.tags(&port.tags),
        "updated_at": now,
    });
    let unset = ["data_plane_status", "device_profile", "dns_domain", "dns_name", "hardware_offload_type"];
    let unset = unset.iter().chain(&["numa_affinity_policy", "propagate_uplink_status", "qos_network_policy_id"]);
    unset.chain(&["qos_policy_id", "resource_request", "trunk_details"]).for_each(|key| object[*key] = Value::Null);
    object["binding_host_id"] = json!("");
    object["binding_profile"] = json!({});
    object["binding_vif_details"] = json!({});
    object["binding_vif_type"] = json!("unbound");
    object["binding_vnic_type"] = json!("normal");
    object
}

fn delete(ask: &mut Ask<'_>) -> Answered {
    delete_each(ask, "port", |ask, wanted| {
        let all = &ask.state.openstack.neutron.ports;
        let id = by_id_or_name("Port", wanted, all, |port| &port.name).map_err(Missing::words)?.0.clone();
        ask.state.openstack.neutron.ports.remove(&id);
        Ok(())
    })
}
