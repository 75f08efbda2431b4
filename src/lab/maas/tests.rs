//! What the lab's MAAS answers, and what its changes leave behind.

use serde_json::Value;

use crate::host::Permit;
use crate::lab::Lab;
use crate::transport::{Command, FailureKind, Reply, Request, Transport};

fn lab() -> Lab {
    Lab::embedded("ready").expect("the stage loads")
}

pub(super) fn request(line: &str) -> Request {
    Request::from(Command::new("maas", line.split(' ')))
}

pub(super) fn parts(reply: Reply) -> (i32, String, String) {
    let Reply::Command { status, stdout, stderr } = reply else { panic!("not a command's reply") };
    (status, String::from_utf8(stdout).expect("text"), String::from_utf8(stderr).expect("text"))
}

pub(super) fn read(lab: &Lab, line: &str) -> (i32, String, String) {
    parts(lab.read(&request(line)).expect("an answer"))
}

pub(super) fn change(lab: &Lab, line: &str) -> (i32, String, String) {
    parts(lab.change(&request(line), Permit::for_test()).expect("an answer"))
}

pub(super) fn json(lab: &Lab, line: &str) -> Value {
    let (status, stdout, stderr) = read(lab, line);
    assert_eq!((status, stderr.as_str()), (0, ""), "{line}: {stdout}");
    serde_json::from_str(&stdout).expect("JSON")
}

fn names(rows: &Value, key: &str) -> Vec<String> {
    let mut names: Vec<String> =
        rows.as_array().expect("a list").iter().map(|row| row[key].as_str().expect("text").to_string()).collect();
    names.sort();
    names
}

#[test]
fn six_planes_by_cidr_with_the_ids_of_today() {
    let lab = lab();
    let rows = json(&lab, "admin subnets read");
    let mut ids: Vec<(String, i64)> = rows
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| (row["cidr"].as_str().expect("a cidr").to_string(), row["id"].as_i64().expect("an id")))
        .collect();
    let printed = ids.clone();
    ids.sort_by_key(|(_, id)| *id);
    assert_ne!(printed, ids, "the list is not in the order of ids");
    let cidrs: Vec<&str> = ids.iter().map(|(cidr, _)| cidr.as_str()).collect();
    assert_eq!(
        cidrs,
        ["10.12.4.0/22", "10.12.8.0/22", "10.12.16.0/22", "10.12.32.0/22", "10.12.36.0/22", "10.12.12.0/22"]
    );
    assert_eq!(ids.iter().map(|(_, id)| *id).collect::<Vec<_>>(), [1, 2, 6, 7, 8, 10]);
}

#[test]
fn no_banner_and_no_newline_on_a_pipe() {
    let (_, stdout, _) = read(&lab(), "admin subnet read 10.12.4.0/22");
    assert!(stdout.starts_with('{') && stdout.ends_with('}'), "{stdout}");
}

#[test]
fn errors_are_on_standard_output_with_status_two() {
    let lab = lab();
    let said = read(&lab, "admin subnet read 9999");
    assert_eq!(said, (2, "No Subnet matches the given query.".into(), String::new()));
    let (status, stdout, stderr) = read(&lab, "nosuch subnets read");
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(
        stderr
            .trim_end()
            .ends_with("invalid choice: 'nosuch' (choose from 'login', 'logout', 'list', 'refresh', 'admin')")
    );
}

#[test]
fn a_range_is_reserved_and_then_holds_its_place() {
    let lab = lab();
    let line = "admin ipranges create type=reserved start_ip=10.12.16.2 end_ip=10.12.16.9 comment=test";
    assert_eq!(change(&lab, line).0, 0);
    let clash = "admin ipranges create type=reserved start_ip=10.12.16.5 end_ip=10.12.16.20";
    let words = "Requested reserved range conflicts with an existing range.";
    let said = change(&lab, clash);
    assert_eq!(said, (2, format!(r#"{{"start_ip": ["{words}"], "end_ip": ["{words}"]}}"#), String::new()));
    assert!(names(&json(&lab, "admin ipranges read"), "start_ip").contains(&"10.12.16.2".to_string()));
}

#[test]
fn a_dynamic_range_may_not_cover_a_held_address() {
    let said = change(&lab(), "admin ipranges create type=dynamic start_ip=10.12.16.30 end_ip=10.12.16.50");
    assert!(said.1.contains("conflicts with an existing IP address or range."), "{said:?}");
}

#[test]
fn the_reading_door_refuses_a_change_and_changes_nothing() {
    let lab = lab();
    let before = lab.state().expect("a state");
    let line = "admin ipranges create type=reserved start_ip=10.12.16.2 end_ip=10.12.16.9";
    let failure = lab.read(&request(line)).expect_err("a refusal");
    assert_eq!(failure.kind, FailureKind::NotAnswered);
    assert!(failure.detail.contains("reading door"), "{}", failure.detail);
    assert_eq!(lab.state().expect("a state"), before);
}

#[test]
fn the_holder_of_an_address_is_told() {
    let rows = json(&lab(), "admin subnet ip-addresses 10.12.8.0/22");
    let row = rows.as_array().expect("a list").iter().find(|row| row["ip"] == "10.12.8.41").expect("the address");
    assert_eq!((&row["alloc_type"], &row["node_summary"]["via"]), (&1.into(), &"br-metal".into()));
}

#[test]
fn a_discovered_record_goes_only_with_force_and_discovered() {
    let mut lab = lab();
    let patch = serde_json::json!([
        {"op": "add", "path": "/maas/addresses/10.12.8.200", "value":
            {"how": "discovered", "since": "2026-11-20T21:00:00Z"}},
    ]);
    lab.patch(&serde_json::from_value(patch).expect("a patch")).expect("it applies");
    assert_eq!(change(&lab, "admin ipaddresses release ip=10.12.8.200 force=true").0, 2);
    let said = change(&lab, "admin ipaddresses release ip=10.12.8.200 force=true discovered=true");
    assert_eq!(said, (0, String::new(), String::new()));
    assert!(lab.state().expect("a state").maas.addresses.is_empty());
}

#[test]
fn an_invented_key_does_not_load_and_is_named() {
    let mut lab = lab();
    let patch = serde_json::json!([{"op": "add", "path": "/maas/machines/openstack0/agent-status", "value": "up"}]);
    let error = lab.patch(&serde_json::from_value(patch).expect("a patch")).expect_err("an error");
    let words = format!("{error:#}");
    assert!(words.contains("agent-status") && words.contains("maas.machines.openstack0"), "{words}");
}

#[test]
fn settled_hosts_are_deployed_and_on() {
    let lab = Lab::embedded("settled").expect("the stage loads");
    let rows = json(&lab, "admin machines read");
    assert_eq!(names(&rows, "hostname"), ["openstack0", "openstack1", "openstack2", "openstack3"]);
    assert!(rows.as_array().expect("a list").iter().all(|row| {
        (&row["status_name"], &row["status"], &row["power_state"]) == (&"Deployed".into(), &6.into(), &"on".into())
    }));
    assert_eq!(json(&lab, "admin tag machines openstack").as_array().map(Vec::len), Some(4));
}

#[test]
fn a_bridge_knows_its_parent_and_its_address() {
    let lab = lab();
    let id = lab.state().expect("a state").maas.machines["openstack2"].system_id.clone();
    let bridge = json(&lab, &format!("admin interface read {id} br-internal"));
    assert_eq!(bridge["parents"], serde_json::json!(["br-metal.103"]));
    assert_eq!(bridge["links"][0]["ip_address"], "10.12.12.42");
    assert_eq!(bridge["vlan"]["vid"], 103);
    assert_eq!(bridge["params"]["bridge_type"], "standard");
}

#[test]
fn what_is_reserved_and_what_is_free_cover_the_subnet() {
    let lab = lab();
    let count = |line: &str| -> i64 {
        let rows = json(&lab, line);
        rows.as_array().expect("a list").iter().map(|row| row["num_addresses"].as_i64().expect("a number")).sum()
    };
    let taken = count("admin subnet reserved-ip-ranges 2");
    assert_eq!(taken + count("admin subnet unreserved-ip-ranges 2"), 1022);
    assert!(taken > 0);
}

#[test]
fn what_is_real_but_not_answered_is_said_so() {
    let failure = lab().read(&request("admin machine deploy abc123")).expect_err("no answer");
    assert!(failure.detail.contains("maas admin machine deploy abc123"), "{}", failure.detail);
}

/// Everything but the cards and the idle one is made anew, as a host is carved after its commissioning.
#[test]
fn the_interface_tree_can_be_carved_again() {
    let lab = lab();
    let before = lab.state().expect("a state").maas.machines["openstack1"].clone();
    let id = before.system_id.clone();
    let run = |line: &str| {
        let said = change(&lab, &line.replace("ID", &id));
        assert_eq!(said.0, 0, "{line}: {}", said.1);
        serde_json::from_str::<Value>(&said.1).unwrap_or(Value::Null)
    };
    run("admin interface delete ID br-metal");
    let left = lab.state().expect("a state").maas.machines["openstack1"].interfaces.len();
    assert_eq!(left, 6, "what stood on the bridge went with it");
    run("admin interfaces create-bridge ID name=br-metal parent=enp7s0 bridge_type=standard");
    run("admin interfaces create-vlan ID parent=br-metal vlan=5010");
    run("admin interfaces create-bridge ID name=br-internal parent=br-metal.103 bridge_type=standard");
    run("admin interface link-subnet ID br-metal mode=STATIC subnet=2 ip_address=10.12.8.41");
    let bridge = run("admin interface link-subnet ID br-internal mode=STATIC subnet=10 ip_address=10.12.12.41");
    assert_eq!(bridge["vlan"]["vid"], 103);
    let after = &lab.state().expect("a state").maas.machines["openstack1"];
    let tree = |machine: &crate::lab::maas::Machine| -> Vec<_> {
        let row = |(name, found): (&String, &crate::lab::maas::Interface)| {
            let addresses: Vec<_> = found.links.iter().map(|link| (link.mode, link.ip_address)).collect();
            (name.clone(), found.parents.clone(), found.vlan.clone(), addresses)
        };
        machine.interfaces.iter().map(row).collect()
    };
    assert_eq!(tree(after), tree(&before));
}

#[test]
fn a_ghost_of_commissioning_stands_in_the_way_of_a_link() {
    let mut lab = lab();
    let patch = serde_json::json!([
        {"op": "remove", "path": "/maas/machines/openstack1/interfaces/br-metal/links/0"},
        {"op": "add", "path": "/maas/addresses/10.12.8.41", "value":
            {"how": "discovered", "since": "2026-11-20T21:00:00Z"}},
    ]);
    lab.patch(&serde_json::from_value(patch).expect("a patch")).expect("it applies");
    let id = lab.state().expect("a state").maas.machines["openstack1"].system_id.clone();
    let link = format!("admin interface link-subnet {id} br-metal mode=STATIC subnet=2 ip_address=10.12.8.41");
    assert_eq!(change(&lab, &link), (2, "IP address is already in use.".into(), String::new()));
    let holder = json(&lab, "admin subnet ip-addresses 2");
    let ghost = holder.as_array().expect("a list").iter().find(|row| row["ip"] == "10.12.8.41").expect("a holder");
    assert_eq!((&ghost["alloc_type"], ghost.get("node_summary")), (&6.into(), None));
    change(&lab, "admin ipaddresses release ip=10.12.8.41 force=true discovered=true");
    assert_eq!(change(&lab, &link).0, 0);
}
