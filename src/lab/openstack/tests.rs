//! What the lab's OpenStack answers, and what its changes leave behind.

use serde_json::{Value, json};

use crate::host::Permit;
use crate::lab::Lab;
use crate::transport::{Command, Input, Reply, Request, Secret, Transport};

fn lab() -> Lab {
    Lab::embedded("settled").expect("the stage loads")
}

fn command(line: &str) -> Command {
    Command::new("openstack", line.split(' '))
}

fn parts(reply: Reply) -> (i32, String, String) {
    let Reply::Command { status, stdout, stderr } = reply else { panic!("not a command's reply") };
    (status, String::from_utf8(stdout).expect("text"), String::from_utf8(stderr).expect("text"))
}

fn read(lab: &Lab, line: &str) -> (i32, String, String) {
    parts(lab.read(&Request::from(command(line))).expect("an answer"))
}

fn change(lab: &Lab, line: &str) -> (i32, String, String) {
    parts(lab.change(&Request::from(command(line)), Permit::for_test()).expect("an answer"))
}

fn json_of(lab: &Lab, line: &str) -> Value {
    let (status, stdout, stderr) = read(lab, &format!("{line} -f json"));
    assert_eq!((status, stderr.as_str()), (0, ""), "{line}: {stdout}");
    serde_json::from_str(&stdout).expect("JSON")
}

const NETWORK: &str = "network create --external --provider-network-type flat --provider-physical-network physnet1 \
                       --tag role=provider provider-ext -f json";
const SUBNET: &str = "subnet create --network provider-ext --subnet-range 10.12.4.0/22 --gateway 10.12.4.1 --no-dhcp \
                      --allocation-pool start=10.12.5.0,end=10.12.7.254 --tag role=provider provider-ext-fip -f json";

#[test]
fn the_carve_of_phase_four_can_be_made_and_read_again() {
    let lab = lab();
    assert_eq!(change(&lab, NETWORK).0, 0);
    assert_eq!(change(&lab, SUBNET).0, 0);
    let network = json_of(&lab, "network show provider-ext");
    assert_eq!(network["router:external"], true);
    assert_eq!(network["provider:physical_network"], "physnet1");
    assert_eq!(network["tags"], json!(["role=provider"]));
    let subnet = json_of(&lab, "subnet show provider-ext-fip");
    assert_eq!(network["subnets"], json!([subnet["id"]]));
    assert_eq!(subnet["allocation_pools"], json!([{"end": "10.12.7.254", "start": "10.12.5.0"}]));
    assert_eq!(json_of(&lab, "subnet list --subnet-range 10.12.4.0/22").as_array().map(Vec::len), Some(1));
}

#[test]
fn a_physical_network_holds_one_flat_network() {
    let lab = lab();
    change(&lab, NETWORK);
    let (status, stdout, stderr) = change(&lab, NETWORK);
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert_eq!(
        stderr,
        "Error while executing command: ConflictException: 409, Unable to create the flat network. Physical network \
         physnet1 is in use.\n"
    );
}

#[test]
fn two_networks_of_one_name_are_told_apart_by_id_only() {
    let lab = lab();
    let ids: Vec<String> = (0..2)
        .map(|_| serde_json::from_str::<Value>(&change(&lab, "network create twin -f json").1).expect("JSON"))
        .map(|network| network["id"].as_str().expect("an id").to_string())
        .collect();
    assert_eq!(read(&lab, "network show twin -f json").2, "More than one Network exists with the name 'twin'.\n");
    assert_eq!(json_of(&lab, &format!("network show {}", ids[0]))["name"], "twin");
    assert_eq!(change(&lab, &format!("network delete {} nope", ids[1])).2.lines().count(), 2);
    assert_eq!(json_of(&lab, "network list --name twin")[0]["ID"], ids[0].as_str());
}

#[test]
fn neutron_checks_pools_and_gateways() {
    let lab = lab();
    change(&lab, "network create net");
    let create = "subnet create --network net --subnet-range 10.99.0.0/24";
    let outside = change(&lab, &format!("{create} --allocation-pool start=10.98.0.10,end=10.98.0.20 bad")).2;
    assert!(outside.contains("The allocation pool 10.98.0.10-10.98.0.20 spans beyond the subnet cidr 10.99.0.0/24."));
    let inside =
        change(&lab, &format!("{create} --gateway 10.99.0.10 --allocation-pool start=10.99.0.2,end=10.99.0.20 bad")).2;
    assert!(inside.starts_with("ConflictException: 409: Client Error for url: https://10.12.4.55:9696/v2.0/subnets, "));
    assert_eq!(json_of(&lab, "subnet list"), json!([]));
    assert_eq!(change(&lab, &format!("{create} good")).0, 0);
    assert!(change(&lab, &format!("{create} again")).2.contains("overlaps with another subnet."));
    let pools = json_of(&lab, "subnet show good")["allocation_pools"].clone();
    assert_eq!(pools, json!([{"start": "10.99.0.2", "end": "10.99.0.254"}]));
}

#[test]
fn every_api_service_has_three_planes() {
    let rows = json_of(&lab(), "endpoint list");
    let rows = rows.as_array().expect("a list");
    assert_eq!(rows.len(), 33);
    let admin = rows.iter().find(|row| row["Service Name"] == "keystone" && row["Interface"] == "admin");
    assert_eq!(admin.map(|row| &row["URL"]), Some(&json!("https://10.12.8.50:35357/v3")));
    let catalog = json_of(&lab(), "catalog show volumev3");
    let url = catalog["endpoints"][0]["url"].as_str().expect("a url").to_string();
    assert!(!url.contains("tenant_id"), "{url}");
}

#[test]
fn a_service_that_is_not_in_the_catalog_is_no_failure() {
    let said = read(&lab(), "catalog show image-stream -f json");
    assert_eq!(said, (0, "{}\n".into(), "service image-stream not found\n".into()));
}

#[test]
fn nothing_answers_before_the_cloud_is_there() {
    let lab = Lab::embedded("ready").expect("the stage loads");
    let (status, stdout, stderr) = read(&lab, "network list -f json");
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert!(stderr.contains("Unable to establish connection to https://10.12.4.50:5000/v3/auth/tokens"), "{stderr}");
}

fn with_openrc(changed: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = command("token issue -f json");
    let usual = [
        ("OS_AUTH_URL", "https://10.12.4.50:5000/v3"),
        ("OS_USERNAME", "admin"),
        ("OS_PASSWORD", "lab-admin-password"),
        ("OS_PROJECT_NAME", "admin"),
        ("OS_USER_DOMAIN_NAME", "admin_domain"),
        ("OS_PROJECT_DOMAIN_NAME", "admin_domain"),
    ];
    for (name, text) in usual.iter().chain(changed) {
        let value = match *name {
            "OS_PASSWORD" => Input::Secret(Secret::new(*text)),
            _ => Input::Text(text.to_string()),
        };
        command.env.insert(name.to_string(), value);
    }
    parts(lab().read(&Request::from(command)).expect("an answer"))
}

#[test]
fn keystone_checks_the_whole_openrc() {
    assert_eq!(with_openrc(&[]).0, 0);
    let unauthorized = "The request you have made requires authentication. (HTTP 401) (Request-ID: req-";
    for wrong in
        [("OS_PASSWORD", "no"), ("OS_USERNAME", "no"), ("OS_PROJECT_NAME", "no"), ("OS_PROJECT_DOMAIN_NAME", "default")]
    {
        let (status, stdout, stderr) = with_openrc(&[wrong]);
        assert_eq!((status, stdout.as_str()), (1, ""), "{wrong:?}");
        assert!(stderr.starts_with(unauthorized), "{wrong:?}: {stderr}");
    }
    assert_eq!(with_openrc(&[("OS_AUTH_URL", "")]).2, "Missing value auth-url required for auth plugin password\n");
    assert!(with_openrc(&[("OS_AUTH_URL", "https://10.12.4.50:5000/v9")]).2.contains("Not Found (HTTP 404)"));
}

#[test]
fn a_refused_router_delete_has_taken_the_gateway() {
    let lab = lab();
    for line in [NETWORK, SUBNET, "network create net", "subnet create --network net --subnet-range 10.99.0.0/24 sub"] {
        assert_eq!(change(&lab, line).0, 0, "{line}");
    }
    assert_eq!(change(&lab, "router create --external-gateway provider-ext r1").0, 0);
    assert_eq!(change(&lab, "router add subnet r1 sub"), (0, String::new(), String::new()));
    assert_eq!(
        json_of(&lab, "router show r1")["external_gateway_info"]["external_fixed_ips"][0]["ip_address"],
        "10.12.5.0"
    );
    assert!(change(&lab, "router delete r1").2.contains("has ports still attached: "));
    assert_eq!(json_of(&lab, "router show r1")["external_gateway_info"], Value::Null);
    assert!(change(&lab, "network delete net").2.contains("There are one or more ports still in use on the network"));
}

#[test]
fn tags_are_added_kept_and_taken_away() {
    let lab = lab();
    change(&lab, "network create --tag a=1 net");
    assert_eq!(change(&lab, "network set --tag b=2 net"), (0, String::new(), String::new()));
    let mut tags: Vec<String> =
        serde_json::from_value(json_of(&lab, "network show net")["tags"].clone()).expect("tags");
    tags.sort();
    assert_eq!(tags, ["a=1", "b=2"]);
    change(&lab, "network unset --tag a=1 --tag never net");
    assert_eq!(json_of(&lab, "network show net")["tags"], json!(["b=2"]));
    assert_eq!(json_of(&lab, "network list --tags b=2 --long")[0]["Router Type"], false);
}

#[test]
fn wrong_usage_is_two_and_says_which_argument() {
    let lab = lab();
    let (status, stdout, stderr) = read(&lab, "network show -f json");
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.ends_with("openstack network show: error: the following arguments are required: <network>\n"));
    assert!(read(&lab, "network list --frobnicate").2.ends_with("error: unrecognized arguments: --frobnicate\n"));
    assert!(read(&lab, "netwrok list").1.contains("is not an openstack command"));
    let said = read(&lab, "network list -c nope -f json");
    assert_eq!(
        (said.0, said.2.as_str()),
        (1, "No recognized column names in ['nope']. Recognized columns are ('ID', 'Name', 'Subnets').\n")
    );
}

#[test]
fn a_document_may_add_networks_and_an_old_client_prints_pools_as_text() {
    let mut lab = lab();
    let patch = json!([
        {"op": "add", "path": "/openstack/client_prints_pools_as_text", "value": true},
        {"op": "add", "path": "/openstack/neutron/networks", "value": {
            "n1": {"name": "twin", "project_id": "p", "type": "flat", "physical_network": "physnet1", "shared": true},
            "n2": {"name": "twin", "project_id": "p", "type": "geneve"}}},
        {"op": "add", "path": "/openstack/neutron/subnets", "value": {
            "s1": {"name": "sub", "network_id": "n1", "project_id": "p", "cidr": "10.12.4.0/22", "allocation_pools":
                [{"start": "10.12.5.0", "end": "10.12.7.254"}]}}},
    ]);
    lab.patch(&serde_json::from_value(patch).expect("a patch")).expect("it applies");
    assert_eq!(json_of(&lab, "network list --name twin").as_array().map(Vec::len), Some(2));
    assert_eq!(json_of(&lab, "network show n1")["shared"], true);
    assert_eq!(json_of(&lab, "subnet show sub")["allocation_pools"], json!(["10.12.5.0-10.12.7.254"]));
}

#[test]
fn a_command_that_shows_nothing_takes_no_format() {
    let lab = lab();
    change(&lab, "network create net");
    let (status, _, stderr) = change(&lab, "network set --tag a=1 net -f json");
    assert_eq!(status, 2);
    assert!(stderr.ends_with("openstack network set: error: unrecognized arguments: -f json\n"), "{stderr}");
}

#[test]
fn without_a_format_a_table_is_drawn() {
    let lab = lab();
    assert_eq!(read(&lab, "network list").1, "\n", "an empty list is an empty line");
    change(&lab, "network create net");
    let table = read(&lab, "network list -c Name").1;
    assert_eq!(table, "+------+\n| Name |\n+------+\n| net  |\n+------+\n");
    assert_eq!(read(&lab, "network list -c Name -f value").1, "net\n");
}
