//! A machine's life in the lab: enlisted, commissioned, released, deleted.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Status, tests::*};
use crate::lab::Lab;
use crate::transport::{Http, Input, Method, Reply, Secret, Transport};

fn at(stage: &str) -> Lab {
    Lab::embedded(stage).expect("the stage loads")
}

fn patched(stage: &str, patch: Value) -> Lab {
    let mut lab = at(stage);
    lab.patch(&serde_json::from_value(patch).expect("a patch")).expect("it fits");
    lab
}

const CREATE: &str = "admin machines create hostname=openstack0 architecture=amd64/generic \
    mac_addresses=52:54:00:4c:00:07 power_type=virsh \
    power_parameters_power_address=qemu+ssh://libvirt-user@10.12.64.1/system power_parameters_power_id=openstack0 \
    power_parameters_power_pass=not-a-real-password";

fn create(lab: &Lab) -> Value {
    let (status, stdout, _) = change(lab, CREATE);
    assert_eq!(status, 0, "{stdout}");
    serde_json::from_str(&stdout).expect("JSON")
}

fn status(lab: &Lab, hostname: &str) -> Status {
    read(lab, "admin version read");
    lab.state().expect("a state").maas.machines[hostname].status
}

fn id(lab: &Lab, hostname: &str) -> String {
    lab.state().expect("a state").maas.machines[hostname].system_id.clone()
}

#[test]
fn a_machine_that_is_created_commissions_at_once_tests_and_is_ready() {
    let lab = at("lost");
    let made = create(&lab);
    assert_eq!((&made["status_name"], &made["interface_set"][0]["name"]), (&json!("Commissioning"), &json!("eth0")));
    lab.advance(Duration::from_secs(250));
    assert_eq!(status(&lab, "openstack0"), Status::Testing);
    lab.advance(Duration::from_secs(120));
    assert_eq!(status(&lab, "openstack0"), Status::Ready);
    let state = lab.state().expect("a state");
    let machine = &state.maas.machines["openstack0"];
    assert_eq!(machine.boot_interface, "enp7s0");
    let cards: Vec<&String> = machine.interfaces.keys().collect();
    assert_eq!(cards, ["enp10s0", "enp11s0", "enp1s0", "enp7s0", "enp8s0", "enp9s0"]);
    let loose = machine.interfaces.values().filter(|card| card.vlan.is_none()).count();
    assert_eq!(loose, 5, "only the card that it started from is known to be in a VLAN");
    let domains = &state.hosts.remote["10.12.64.1"].hypervisor.as_ref().expect("a hypervisor").domains;
    assert_eq!(domains["openstack0"].state, "shut off");
}

#[test]
fn one_long_wait_passes_through_all_states() {
    let lab = at("lost");
    create(&lab);
    lab.advance(Duration::from_secs(3600));
    assert_eq!(status(&lab, "openstack0"), Status::Ready);
}

#[test]
fn commissioning_leaves_a_ghost_on_the_hosts_own_address() {
    let lab = at("lost");
    create(&lab);
    lab.advance(Duration::from_secs(3600));
    let rows = json(&lab, "admin subnet ip-addresses 10.12.8.0/22");
    let row = rows.as_array().expect("a list").iter().find(|row| row["ip"] == "10.12.8.40").expect("a ghost");
    assert_eq!((&row["alloc_type"], &row["node_summary"]["hostname"]), (&json!(6), &json!("openstack0")));
    let id = id(&lab, "openstack0");
    let link = format!("admin interface link-subnet {id} enp7s0 mode=STATIC subnet=10.12.8.0/22 ip_address=10.12.8.40");
    assert_eq!(change(&lab, &link).1, "IP address is already in use.");
    let alone = change(&lab, "admin ipaddresses release ip=10.12.8.40 force=true");
    assert!(alone.1.contains("does not exist, is not the correct type of address"), "{alone:?}");
    let freed = change(&lab, "admin ipaddresses release ip=10.12.8.40 force=true discovered=true");
    assert_eq!(freed, (0, String::new(), String::new()));
    assert_eq!(change(&lab, &link).0, 0);
}

#[test]
fn a_wrong_power_password_leaves_it_new() {
    let lab = at("lost");
    let line = CREATE.replace("not-a-real-password", "mistyped");
    assert_eq!(change(&lab, &line).0, 0, "errors in starting are swallowed");
    assert_eq!(status(&lab, "openstack0"), Status::New);
}

#[test]
fn a_password_in_a_file_is_as_if_it_were_not_given() {
    let lab = at("lost");
    let line = CREATE.replace("power_pass=not-a-real-password", "power_pass@=/home/operator/secret");
    assert_eq!(change(&lab, &line).0, 0);
    assert_eq!(lab.state().expect("a state").maas.machines["openstack0"].power.pass, "");
}

#[test]
fn a_machine_that_fails_its_tests_waits_for_a_person() {
    let fails = json!([{"op": "add", "path": "/maas/life", "value": {"ends": {"openstack0": "Failed testing"}}}]);
    let lab = patched("lost", fails);
    create(&lab);
    lab.advance(Duration::from_secs(3600));
    assert_eq!(status(&lab, "openstack0"), Status::FailedTesting);
    let said = change(&lab, &format!("admin machine release {}", id(&lab, "openstack0")));
    assert_eq!(said.1, "Machine cannot be released in its current state ('Failed testing').");
}

#[test]
fn the_form_says_what_is_wrong() {
    let lab = at("released");
    let said = change(&lab, "admin machines create");
    assert_eq!(
        said,
        (
            2,
            r#"{"architecture": ["This field is required."], "mac_addresses": ["This field is required."]}"#.into(),
            String::new()
        )
    );
    let said = change(
        &lab,
        "admin machines create hostname=openstack0 architecture=amd64/generic mac_addresses=52:54:00:12:0f:01",
    );
    assert_eq!(said.1, r#"{"hostname": ["Node with this Hostname already exists."]}"#);
}

#[test]
fn release_takes_its_time_and_keeps_what_a_person_carved() {
    let lab = at("settled");
    let before = lab.state().expect("a state").maas.machines["openstack1"].interfaces.clone();
    let ids: Vec<String> = ["openstack0", "openstack1"].iter().map(|name| id(&lab, name)).collect();
    let line = format!("admin machines release machines={} machines={}", ids[0], ids[1]);
    let said = change(&lab, &line);
    let mut released: Vec<String> = serde_json::from_str(&said.1).expect("a list of ids");
    released.sort();
    let mut wanted = ids.clone();
    wanted.sort();
    assert_eq!(released, wanted);
    assert_eq!(status(&lab, "openstack1"), Status::Releasing);
    lab.advance(Duration::from_secs(60));
    assert_eq!(status(&lab, "openstack1"), Status::Ready);
    let state = lab.state().expect("a state");
    let machine = &state.maas.machines["openstack1"];
    assert_eq!((machine.interfaces.clone(), machine.owner.clone()), (before, None));
    assert_eq!(change(&lab, &line).1, "[]", "what is free is passed over");
}

#[test]
fn a_deleted_machine_loses_its_id_and_can_be_enlisted_anew() {
    let lab = at("released");
    let was = id(&lab, "openstack0");
    assert_eq!(change(&lab, &format!("admin machine delete {was}")), (0, String::new(), String::new()));
    assert_eq!(read(&lab, &format!("admin machine read {was}")).1, "No Machine matches the given query.");
    create(&lab);
    assert_ne!(id(&lab, "openstack0"), was);
    assert!(lab.state().expect("a state").maas.machines["openstack0"].tags.is_empty());
}

#[test]
fn a_locked_machine_says_nothing_and_other_states_are_refused_in_words() {
    let lab = at("settled");
    let id = id(&lab, "openstack3");
    change(&lab, &format!("admin machine lock {id}"));
    assert_eq!(change(&lab, &format!("admin machine release {id}")), (2, String::new(), String::new()));
    change(&lab, &format!("admin machine unlock {id}"));
    let said = change(&lab, &format!("admin machine commission {id}"));
    assert!(said.1.contains("Commission is not available because of the current state of the node."), "{said:?}");
    let said = change(&lab, &format!("admin machine abort {id}"));
    assert_eq!(said.1, format!("Cannot abort in current state: node {id} is in state Deployed."));
}

#[test]
fn allocated_deployed_and_given_back() {
    let lab = at("ready");
    let id = id(&lab, "openstack2");
    assert_eq!(change(&lab, &format!("admin machines allocate system_id={id}")).0, 0);
    let said = change(&lab, &format!("admin machines allocate system_id={id}"));
    assert_eq!(said.1, format!("No machine with system ID {id} available."));
    assert_eq!(change(&lab, &format!("admin machine deploy {id}")).0, 0);
    lab.advance(Duration::from_secs(600));
    assert_eq!(status(&lab, "openstack2"), Status::Deployed);
}

fn post(lab: &Lab, key: &str) -> (u16, String) {
    let signature = key.rsplit(':').next().expect("a secret part");
    let header = format!(
        "OAuth oauth_version=\"1.0\", oauth_signature_method=\"PLAINTEXT\", oauth_consumer_key=\"consumer\", \
         oauth_token=\"token\", oauth_signature=\"%26{signature}\", oauth_nonce=\"1\", oauth_timestamp=\"2\""
    );
    let body = CREATE.split_whitespace().skip(3).collect::<Vec<_>>().join("&");
    let mut http = Http::get("http://10.12.8.10:5240/MAAS/api/2.0/machines/");
    http.method = Method::Post;
    http.headers = vec![("authorization".to_string(), Input::Secret(Secret::new(header)))];
    http.body = Some(Input::Secret(Secret::new(body)));
    let reply = lab.change(&http.into(), crate::host::Permit::for_test()).expect("an answer");
    let Reply::Http { status, body, .. } = reply else { panic!("not a page") };
    (status, String::from_utf8(body).expect("text"))
}

#[test]
fn over_http_the_key_decides_and_the_answer_is_the_same() {
    let lab = at("lost");
    assert_eq!(post(&lab, "consumer:token:wrong"), (401, "Authorization Error: Invalid API key.".to_string()));
    let (code, body) = post(&lab, "consumer:token:not-a-real-key");
    assert_eq!(code, 200, "{body}");
    assert_eq!(status(&lab, "openstack0"), Status::Commissioning);
}
