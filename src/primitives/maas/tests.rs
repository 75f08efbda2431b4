use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::*;
use crate::primitives::net::{Cidr, Ip};

fn row<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

const ADDRESSES: &str = r#"[
    {"ip": "10.12.8.43", "alloc_type": 6, "created": "Fri, 20 Nov. 2026 22:02:16", "updated": "x",
     "node_summary": {"system_id": "", "node_type": 0, "fqdn": "a", "hostname": "openstack3", "is_container": false, "via": "enp7s0"}},
    {"ip": "10.12.8.43", "alloc_type": 1, "node_summary": {"system_id": "abc", "hostname": "openstack1", "via": "br-metal"}},
    {"ip": "10.12.8.1", "alloc_type": 1, "bmcs": [{"id": 1, "power_type": "virsh",
     "nodes": [{"system_id": "b", "hostname": "openstack2"}, {"system_id": "a", "hostname": "openstack0"}]}]},
    {"ip": "10.12.8.9", "alloc_type": 4, "user": "anna"},
    {"ip": "10.12.8.8", "alloc_type": 5}
]"#;

fn holding(address: &str) -> address::AddressUse {
    let ip: Ip = address.parse().expect("an address");
    let cidr: Cidr = "10.12.8.0/22".parse().expect("a network");
    address::address_use(ip, cidr, row(ADDRESSES))
}

#[test]
fn an_address_tells_holder_kind_and_evidence() {
    let power = holding("10.12.8.1");
    assert_eq!((power.kind.as_deref(), power.holder.as_deref()), (Some("sticky"), Some("openstack0, openstack2")));
    assert!(power.evidence.contains("virsh power address"), "{}", power.evidence);
    let reserved = holding("10.12.8.9");
    assert_eq!((reserved.kind.as_deref(), reserved.holder.as_deref()), (Some("user-reserved"), Some("anna")));
    let leased = holding("10.12.8.8");
    assert_eq!((leased.is_held, leased.kind.as_deref(), leased.holder), (true, Some("dhcp"), None));
}

#[test]
fn a_probe_counts_less_than_what_was_given_and_both_are_evidence() {
    let both = holding("10.12.8.43");
    assert_eq!(
        (both.kind.as_deref(), both.holder.as_deref(), both.interface.as_deref()),
        (Some("sticky"), Some("openstack1"), Some("br-metal"))
    );
    assert_eq!(both.evidence, "openstack1 on br-metal (sticky); openstack3 on enp7s0 (discovered)");
}

#[test]
fn nobody_is_an_answer_of_its_own_and_a_longer_address_is_another() {
    let nobody = holding("10.12.8.4");
    assert_eq!((nobody.is_held, nobody.kind, nobody.holder), (false, None, None));
}

#[test]
fn an_unknown_kind_of_allocation_is_an_error() {
    let error = serde_json::from_str::<Vec<address::Row>>(r#"[{"ip": "10.12.8.4", "alloc_type": 2}]"#)
        .map(|_| ())
        .expect_err("no such kind");
    assert!(error.to_string().contains("alloc_type 2"), "{error}");
}

const SUBNET: &str = r#"{"id": 3, "cidr": "10.12.12.0/22", "gateway_ip": null, "dns_servers": ["10.12.8.1"], "space": "undefined",
    "vlan": {"vid": 103, "dhcp_on": false, "fabric": "metal", "id": 9}}"#;

#[test]
fn a_subnet_without_gateway_and_space_has_none() {
    let subnet = subnet::subnet(row(SUBNET)).expect("sound").expect("IPv4");
    assert_eq!((subnet.gateway, subnet.space, subnet.vid), (None, None, 103));
}

#[test]
fn a_key_that_gates_rely_on_is_named_when_it_is_missing() {
    for key in ["cidr", "gateway_ip", "dns_servers", "vlan", "space"] {
        let mut json: Json = row(SUBNET);
        json.as_object_mut().expect("an object").remove(key);
        let error = serde_json::from_value::<subnet::Row>(json).map(|_| ()).expect_err("missing");
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn ipv6_beside_the_planes_is_passed_over() {
    let six = SUBNET.replace("10.12.12.0/22", "2602:f3e2:ff::/64");
    assert!(subnet::subnet(row(&six)).expect("sound").is_none());
    let unsound = SUBNET.replace("10.12.12.0/22", "10.12.12.1/22");
    assert!(subnet::subnet(row(&unsound)).is_err());
}

const MACHINE: &str = r#"{"hostname": "openstack1", "system_id": "abc", "status_name": "Ready", "power_state": "off", "power_type": "virsh",
    "tag_names": ["virtual", "openstack"], "pod": null, "virtualmachine_id": null, "interface_set": [
    {"name": "enp1s0", "type": "physical", "mac_address": "52:54:00:0C:04:29", "parents": [], "vlan": {"vid": 0, "dhcp_on": false, "fabric": "p"},
     "links": [{"id": 1, "mode": "static", "ip_address": "10.12.4.41", "subnet": {"cidr": "10.12.4.0/22"}}], "enabled": true, "params": ""},
    {"name": "enp8s0", "type": "physical", "mac_address": "52:54:00:0c:04:2a", "parents": [], "vlan": null,
     "links": [{"id": 2, "mode": "auto", "subnet": {"cidr": "10.12.16.0/22"}}], "enabled": true, "params": {}},
    {"name": "br-metal", "type": "bridge", "mac_address": "52:54:00:0c:04:2b", "parents": ["enp7s0"], "vlan": {"vid": 0, "dhcp_on": true, "fabric": "m"},
     "links": [{"id": 3, "mode": "link_up"}], "enabled": true, "params": {"bridge_type": "standard", "bridge_fd": 15}}]}"#;

#[test]
fn links_have_one_spelling() {
    let machine = machine::machine(row(MACHINE), &Arc::from("maas")).expect("sound");
    assert_eq!(machine::link_texts(&machine), ["enp1s0 10.12.4.41 10.12.4.0/22", "enp8s0 auto 10.12.16.0/22"]);
    assert_eq!(machine.tags, ["openstack", "virtual"]);
    assert!(matches!(machine.is_composed, Ok(false)));
    let untold = MACHINE.replace("\"pod\"", "\"nothing\"").replace("\"virtualmachine_id\"", "\"nothing_more\"");
    let untold = machine::machine(row(&untold), &Arc::from("maas")).expect("sound");
    assert!(untold.is_composed.is_err(), "what nobody tells is not `no`");
}

#[test]
fn a_space_without_subnets_is_dead_and_what_lies_in_none_is_no_space() {
    let space = |text| place::space(row(text)).expect("sound");
    let dead = space(r#"{"id": 4, "name": "metal", "subnets": [], "vlans": []}"#).expect("a space");
    assert!(dead.subnets.is_empty());
    assert!(space(r#"{"id": -1, "name": "undefined", "subnets": [{"cidr": "10.12.12.0/22"}]}"#).is_none());
}

/// Files of a capture directory whose names begin so.
fn captured(root: &Path, folder: &str, prefixes: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root.join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_string();
        let status = std::fs::read_to_string(file.with_extension("rc")).unwrap_or_else(|_| "0".to_string());
        name.ends_with(".json") && status.trim() == "0" && prefixes.iter().any(|prefix| name.starts_with(prefix))
    });
    files.sort();
    files
}

/// Everything in the files, a lone object as a list of one.
fn rows<T: DeserializeOwned>(root: &Path, folder: &str, prefixes: &[&str]) -> Vec<(String, T)> {
    let mut all = Vec::new();
    for file in captured(root, folder, prefixes) {
        let name = file.display().to_string();
        let json: Json = serde_json::from_slice(&std::fs::read(&file).expect("readable"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let items = if let Json::Array(items) = json { items } else { vec![json] };
        for item in items {
            let text = item.to_string();
            all.push((
                name.clone(),
                serde_json::from_value(item).unwrap_or_else(|error| panic!("{name}: {error}: {text}")),
            ));
        }
    }
    assert!(!all.is_empty(), "{folder}: nothing of {prefixes:?}");
    all
}

#[test]
fn captured_replies_parse() {
    let Some(captures) = std::env::var_os("OMEGA_CAPTURES") else {
        eprintln!("OMEGA_CAPTURES is not set: the captured replies of MAAS were not read");
        return;
    };
    let root = Path::new(&captures);
    let none: Source = Arc::from("a capture");
    let folders = [("maas-live", ""), ("maas/api-examples", "subnets--"), ("maas/gomaasclient", "")];
    for (folder, before) in folders {
        let subnets: &[&str] = match folder {
            "maas-live" => &["subnets-read", "subnet-read", "cli37-subnets-read."],
            "maas/gomaasclient" => &["subnet.", "subnets."],
            _ => &["subnets--subnets-read", "subnets--subnets-create"],
        };
        for (name, row) in rows(root, folder, subnets) {
            subnet::subnet(row).unwrap_or_else(|stop| panic!("{name}: {stop}"));
        }
        let addresses: &[&str] = match folder {
            "maas-live" => &["subnet-ip-addresses", "cli37-subnet-ip"],
            "maas/gomaasclient" => &["subnets-ipaddresses"],
            _ => &["subnets--subnets-ip-addresses"],
        };
        assert!(!rows::<address::Row>(root, folder, addresses).is_empty(), "{before}");
    }
    rows::<subnet::Row>(root, "maas/gomaasapi", &["subnet-subnetResponse"]);
    for (folder, prefixes) in [
        ("maas-live", &["ipranges-read", "iprange-read"]),
        ("maas/api-examples", &["ipranges--ipranges-read", "ipranges--ipranges-create"]),
    ] {
        for (name, row) in rows(root, folder, prefixes) {
            range::address_range(row).unwrap_or_else(|stop| panic!("{name}: {stop}"));
        }
    }
    let machines: [(&str, &[&str]); 3] = [
        ("maas-live", &["machines-read", "machine-read", "tag-machines"]),
        (
            "maas/api-examples",
            &[
                "machines--machines-a",
                "machines--machines-c",
                "machines--machines-d",
                "machines--machines-l",
                "machines--machines-m",
                "machines--machines-r",
                "machines--machines-u",
                "tags--get-machines",
            ],
        ),
        ("maas/gomaasclient", &["machine."]),
    ];
    for (folder, prefixes) in machines {
        for (name, row) in rows(root, folder, prefixes) {
            machine::machine(row, &none).unwrap_or_else(|stop| panic!("{name}: {stop}"));
        }
    }
    let interfaces: [(&str, &[&str]); 4] = [
        ("maas-live", &["interfaces-read", "interface-read"]),
        ("maas/api-examples", &["nodes--interfaces-read"]),
        ("maas/gomaasclient", &["interface.", "interfaces."]),
        ("maas/gomaasapi", &["interface-interface"]),
    ];
    for (folder, prefixes) in interfaces {
        for (name, row) in rows(root, folder, prefixes) {
            machine::interface(row, &none).unwrap_or_else(|stop| panic!("{name}: {stop}"));
        }
    }
    for (folder, prefixes) in [
        ("maas-live", &["spaces-read"]),
        ("maas/api-examples", &["spaces--read"]),
        ("maas/gomaasapi", &["space-spaces"]),
    ] {
        for (name, row) in rows(root, folder, prefixes) {
            place::space(row).unwrap_or_else(|stop| panic!("{name}: {stop}"));
        }
    }
    for (folder, prefixes) in [("maas-live", &["fabrics-read"]), ("maas/api-examples", &["fabrics--fabrics-read"])] {
        let fabrics: Vec<(String, place::FabricRow)> = rows(root, folder, prefixes);
        assert!(fabrics.into_iter().flat_map(|(_, fabric)| place::vlans(fabric)).count() > 0);
    }
}
