//! Tests of the lab's Juju against its stages and the bundle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::host::Permit;
use crate::lab::Lab;
use crate::transport::{Command, Failure, FailureKind, Input, Reply, Transport};

fn words(line: &str) -> Vec<String> {
    shlex::split(line).expect("a command line")
}

/// Status and both streams of a command through the reading door.
fn juju(lab: &Lab, line: &str) -> (i32, String, String) {
    let request = Command::new("juju", words(line)).into();
    // An action that changes something goes through the other door, whether or not it succeeds.
    if line.contains("generate-root-ca") {
        return ended(lab.change(&request, Permit::for_test()));
    }
    ended(lab.read(&request))
}

fn ended(reply: Result<Reply, Failure>) -> (i32, String, String) {
    match reply {
        Ok(Reply::Command { status, stdout, stderr }) => {
            (status, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
        }
        other => panic!("no end of a program: {other:?}"),
    }
}

pub(super) fn document(lab: &Lab, line: &str) -> Value {
    let (status, stdout, stderr) = juju(lab, line);
    assert_eq!(status, 0, "{line}: {stderr}");
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{line}: {error}: {stdout}"))
}

pub(super) fn settled() -> Lab {
    Lab::embedded("settled").expect("the stage loads")
}

fn patched(stage: &str, patch: Value) -> Lab {
    let mut lab = Lab::embedded(stage).expect("the stage loads");
    lab.patch(&serde_json::from_value(patch).unwrap()).expect("the patch applies");
    lab
}

/// Every unit by name, subordinates included.
fn units(status: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for app in status["applications"].as_object().unwrap().values() {
        for (name, unit) in app.get("units").and_then(Value::as_object).into_iter().flatten() {
            found.insert(name.clone(), unit.clone());
            for (name, unit) in unit.get("subordinates").and_then(Value::as_object).into_iter().flatten() {
                found.insert(name.clone(), unit.clone());
            }
        }
    }
    found
}

#[test]
fn at_settled_every_unit_of_the_bundle_is_there_and_says_what_its_charm_says() {
    let status = document(&settled(), "status --format json -m openstack");
    let all = units(&status);
    let principals = all.values().filter(|unit| unit.get("machine").is_some()).count();
    assert_eq!((principals, all.len() - principals), (31, 32));
    let not_active: BTreeMap<&str, &str> = all
        .iter()
        .filter(|(_, unit)| unit["workload-status"]["current"] != "active")
        .map(|(name, unit)| (name.as_str(), unit["workload-status"]["current"].as_str().unwrap()))
        .collect();
    assert_eq!(not_active, BTreeMap::from([("glance-simplestreams-sync/0", "unknown"), ("octavia/0", "blocked")]));
    let text = |unit: &str| all[unit]["workload-status"]["message"].as_str().unwrap_or_default().to_string();
    assert!(text("octavia/0").contains("`configure-resources`"));
    assert_eq!(text("keystone/0"), "PO (broken): Unit is ready");
    assert_eq!(text("glance-simplestreams-sync/0"), "");
    let writers =
        all.keys().filter(|name| name.starts_with("mysql-innodb-cluster/") && text(name).contains("Mode: R/W"));
    assert_eq!(writers.count(), 1);
    let parts: String = all.keys().filter(|name| name.starts_with("ovn-central/")).map(|name| text(name)).collect();
    assert!(["ovnnb_db", "ovnsb_db", "northd: active"].iter().all(|part| parts.contains(part)), "{parts}");
}

#[test]
fn machines_are_numbered_from_zero_and_not_in_the_order_of_the_hosts() {
    let status = document(&settled(), "status --format json -m openstack");
    let machines = status["machines"].as_object().unwrap();
    let hosts: Vec<&str> = machines.values().map(|machine| machine["hostname"].as_str().unwrap()).collect();
    assert_eq!(hosts, ["openstack0", "openstack1", "openstack3", "openstack2"]);
    let containers: usize = machines.values().map(|machine| machine["containers"].as_object().unwrap().len()).sum();
    assert_eq!(containers, 24);
}

/// The bundle at the root, as far as the model must agree with it.
fn bundle() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/bundle.yaml");
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_settled_model_is_the_bundle_deployed() {
    let (bundle, lab) = (bundle(), settled());
    let state = lab.state().unwrap();
    let model = &state.juju.models["openstack"];
    let apps = bundle["applications"].as_object().unwrap();
    assert_eq!(
        model.applications.keys().collect::<Vec<_>>(),
        apps.keys().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    );
    let machine_of = BTreeMap::from([("8", "0"), ("9", "1"), ("10", "2"), ("11", "3")]);
    for (name, app) in apps {
        let deployed = &model.applications[name];
        assert_eq!(format!("ch:{}", deployed.charm), app["charm"], "{name}");
        assert_eq!(deployed.channel, app["channel"], "{name}");
        let options = app.get("options").cloned().unwrap_or_else(|| serde_json::json!({}));
        let own = deployed.config.iter().filter(|(key, _)| !key.starts_with("lb-mgmt-"));
        assert_eq!(own.map(|(key, value)| (key.clone(), value.clone())).collect::<Value>(), options, "{name}");
        for (endpoint, space) in app["bindings"].as_object().unwrap() {
            assert_eq!(deployed.bindings[endpoint], *space, "{name}:{endpoint}");
        }
        let placed: Vec<String> = app
            .get("to")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|to| {
                let to = to.as_str().unwrap();
                to.strip_prefix("lxd:").map_or(machine_of[to.trim_start_matches("lxd:")].to_string(), |key| {
                    format!("{}/lxd", machine_of[key])
                })
            })
            .collect();
        let found: Vec<String> = deployed
            .units
            .values()
            .filter_map(|unit| unit.machine.clone())
            .map(|machine| machine.rsplit_once('/').map_or(machine.clone(), |(host, _)| host.to_string()))
            .collect();
        assert_eq!(found, placed, "{name}");
        assert_eq!(deployed.subordinate, app.get("num_units").is_none(), "{name}");
    }
    let relations: BTreeSet<BTreeSet<String>> = bundle["relations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| pair.as_array().unwrap().iter().map(|end| end.as_str().unwrap().to_string()).collect())
        .collect();
    let related: BTreeSet<BTreeSet<String>> =
        model.relations.iter().map(|relation| relation.endpoints.iter().cloned().collect()).collect();
    assert_eq!((related.len(), &related), (97, &relations));
}

#[test]
fn at_ready_the_controller_is_up_and_there_is_no_model_yet() {
    let lab = Lab::embedded("ready").unwrap();
    let models = document(&lab, "models --format json");
    let names: Vec<&str> =
        models["models"].as_array().unwrap().iter().map(|model| model["short-name"].as_str().unwrap()).collect();
    assert_eq!(names, ["controller"]);
    assert_eq!(document(&lab, "whoami --format json")["controller"], "juju-controller");
    let (status, stdout, stderr) = juju(&lab, "status --format json -m openstack");
    assert_eq!((status, stdout.as_str()), (1, "{}\n"));
    assert_eq!(stderr, "ERROR model juju-controller:admin/openstack not found\n");
    let (status, stdout, _) = juju(&lab, "spaces --format json -m openstack");
    assert_eq!((status, stdout.as_str()), (1, ""));
    let default = document(&lab, "model-defaults default-space --cloud omega-maas --format json");
    assert_eq!(default["default-space"]["controller"], "metal-admin");
}

#[test]
fn several_clouds_need_one_to_be_named() {
    let (status, stdout, stderr) = juju(&settled(), "model-defaults default-space --format json");
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert!(stderr.starts_with("ERROR You haven't specified a cloud and more than one exists on this controller.\n"));
    assert!(stderr.contains("    capi-k8s,omega-maas\n"));
}

#[test]
fn a_login_that_is_gone_is_prose_for_whoami_and_an_error_for_the_rest() {
    let lab = patched("settled", serde_json::json!([{"op": "replace", "path": "/juju/logged_in", "value": false}]));
    let (status, stdout, stderr) = juju(&lab, "whoami --format json");
    assert_eq!((status, stdout.as_str()), (0, ""));
    assert!(stderr.contains("You are not logged in to controller \"juju-controller\""));
    let (status, stdout, stderr) = juju(&lab, "status --format json");
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert!(stderr.contains("please enter password for admin"), "{stderr}");
}

#[test]
fn a_command_on_a_unit_leaves_an_operation_and_does_not_fail_the_task() {
    let lab = settled();
    let (status, stdout, stderr) = juju(&lab, "exec --unit vault/0 --format json -- cat /nowhere");
    let shown: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(status, 1);
    assert_eq!(shown["vault/0"]["status"], "completed");
    assert_eq!(shown["vault/0"]["results"]["return-code"], 1);
    assert_eq!(shown["vault/0"]["results"]["stderr"], "cat: /nowhere: No such file or directory\n");
    assert!(stderr.contains("ERROR the following task failed:\n - id \"2\" with return code 1\n"), "{stderr}");
    let operations = document(&lab, "operations --format json");
    assert_eq!(operations["1"]["tasks"]["2"]["host"], "vault/0");
    assert_eq!(document(&lab, "show-task 2 --format json")["results"]["return-code"], 1);
}

#[test]
fn a_unit_that_is_not_there_queues_nothing_and_exits_0() {
    let (status, stdout, stderr) = juju(&settled(), "exec --unit vault/7 --format json -- true");
    assert_eq!((status, stdout.as_str()), (0, ""));
    assert!(stderr.contains("failed to schedule any tasks:\nunit \"vault/7\" not found\n"), "{stderr}");
}

#[test]
fn actions_end_in_the_ways_of_the_outcome_table() {
    let lab = settled();
    let (status, stdout, stderr) = juju(&lab, "run vault/leader get-root-ca --format json --wait=2m");
    let shown: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((status, &shown["vault/0"]["status"]), (0, &Value::from("completed")));
    assert!(stderr.starts_with("Running operation 1 with 1 task\n"), "{stderr}");
    let pem = shown["vault/0"]["results"]["output"].as_str().unwrap();
    let (_, parsed) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).expect("a PEM");
    let certificate = parsed.parse_x509().expect("a certificate");
    assert!(certificate.is_ca() && certificate.verify_signature(None).is_ok());

    let (_, stdout, _) = juju(&lab, "run keystone/leader get-admin-password --format json");
    let shown: Value = serde_json::from_str(&stdout).unwrap();
    let admin = &lab.state().unwrap().openstack.keystone.domains["admin_domain"].users["admin"];
    assert_eq!(shown["keystone/0"]["results"]["admin-password"], admin.password.as_str());

    let (status, stdout, _) = juju(&lab, "run vault/0 generate-root-ca --format json");
    let shown: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((status, &shown["vault/0"]["status"]), (0, &Value::from("failed")));
    assert_eq!(shown["vault/0"]["message"], "PKI CA already configured");
    assert_eq!(shown["vault/0"]["results"]["return-code"], 0);

    let (status, stdout, stderr) = juju(&lab, "run keystone/0 no-such-action --format json");
    assert_eq!((status, stdout.as_str()), (0, ""));
    assert!(stderr.contains("action \"no-such-action\" not defined on unit \"keystone/0\""), "{stderr}");
}

#[test]
fn a_changing_command_does_not_pass_the_reading_door() {
    let lab = settled();
    let line = words("exec --unit keystone/0 --format json -- sudo systemctl reload haproxy");
    let command = Command::new("juju", line);
    let refused = lab.read(&command.clone().into()).unwrap_err();
    assert_eq!(refused.kind, FailureKind::NotAnswered);
    assert!(document(&lab, "operations --format json").as_object().unwrap().is_empty(), "nothing was recorded");
    let (status, ..) = ended(lab.change(&command.into(), Permit::for_test()));
    assert_eq!(status, 0);
}

#[test]
fn setting_an_option_changes_it_and_one_key_prints_bare() {
    let lab = settled();
    assert_eq!(juju(&lab, "config octavia amp-image-tag --format json").1, "octavia-amphora\n");
    let set = Command::new("juju", words("config octavia amp-image-tag=other"));
    ended(lab.change(&set.into(), Permit::for_test()));
    assert_eq!(juju(&lab, "config octavia amp-image-tag").1, "other\n");
    let (status, _, stderr) = juju(&lab, "config octavia no-such-key");
    assert_eq!(status, 1);
    assert!(stderr.contains("\"no-such-key\" not found in \"octavia\""), "{stderr}");
}

#[test]
fn juju_ssh_carries_standard_input_into_a_file_on_the_unit() {
    let lab = settled();
    let path = "/usr/share/openstack-dashboard/openstack_dashboard/local/local_settings.d/_99_internal_http_cookies.py";
    let line = format!("ssh openstack-dashboard/0 sudo install -m 0644 /dev/stdin {path}");
    let command = Command::new("juju", words(&line)).stdin(Input::Text("CSRF_COOKIE_SECURE = False\n".into()));
    ended(lab.change(&command.into(), Permit::for_test()));
    assert_eq!(juju(&lab, &format!("ssh openstack-dashboard/0 cat {path}")).1, "CSRF_COOKIE_SECURE = False\n");
}

#[test]
fn a_unit_that_juju_cannot_read_is_its_error_and_nothing_else() {
    let path = "/juju/models/openstack/applications/cinder/units/cinder~10/status_error";
    let lab = patched("settled", serde_json::json!([{"op": "add", "path": path, "value": "no agent"}]));
    let status = document(&lab, "status --format json -m openstack");
    assert_eq!(status["applications"]["cinder"]["units"]["cinder/0"], serde_json::json!({"status-error": "no agent"}));
}

#[test]
fn utc_changes_the_form_of_since() {
    let lab = settled();
    let local = document(&lab, "status --format json -m openstack");
    let utc = document(&lab, "status --format json --utc -m openstack");
    let since = |status: &Value| status["model"]["model-status"]["since"].as_str().unwrap().to_string();
    assert_eq!((since(&local).as_str(), since(&utc).as_str()), ("20 Nov 2026 19:02:11Z", "2026-11-20 19:02:11Z"));
    assert_eq!(local["controller"]["timestamp"], "22:00:00Z");
}

#[test]
fn a_space_shows_its_subnets_as_a_list_and_who_is_bound_to_it() {
    let lab = settled();
    let shown = document(&lab, "show-space storage --format json -m openstack");
    assert_eq!(shown["space"]["subnets"][0]["cidr"], "10.12.32.0/22");
    let bound: Vec<&str> = shown["applications"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(bound.contains(&"ceph-osd") && !bound.contains(&"keystone"), "{bound:?}");
    let listed = document(&lab, "spaces --format json -m openstack");
    assert_eq!(listed["spaces"].as_array().unwrap().len(), 7);
}

#[test]
fn the_bundle_counts_as_the_cloud_does() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/bundle.yaml")).unwrap();
    assert!(text.is_ascii() && !text.contains('\r'));
    let bundle = bundle();
    let apps = bundle["applications"].as_object().unwrap();
    let count = |app: &Value, key: &str| app.get(key).and_then(Value::as_u64).unwrap_or(0);
    let placed = |app: &Value| app.get("to").and_then(Value::as_array).cloned().unwrap_or_default();
    let containers = apps.values().flat_map(placed).filter(|to| to.as_str().unwrap().starts_with("lxd:")).count();
    let relations = bundle["relations"].as_array().unwrap();
    let machines: Vec<&String> = bundle["machines"].as_object().unwrap().keys().collect();
    assert_eq!((apps.len(), relations.len(), containers), (50, 97, 24));
    assert_eq!(
        machines.iter().map(|key| key.as_str()).collect::<BTreeSet<_>>(),
        BTreeSet::from(["8", "9", "10", "11"])
    );
    assert_eq!(apps.values().map(|app| count(app, "num_units")).sum::<u64>(), 31);
    assert!(apps.values().all(|app| placed(app).len() as u64 == count(app, "num_units")));
    for relation in relations {
        for end in relation.as_array().unwrap() {
            let (app, endpoint) = end.as_str().unwrap().split_once(':').expect("a colon");
            assert!(apps.contains_key(app) && !endpoint.is_empty(), "{end}");
        }
    }
    assert!(!text.contains("\"vault:ha\"") && !apps.keys().any(|name| name.contains("designate")));
}

#[test]
fn eleven_applications_have_a_vip_in_three_columns_with_one_last_octet() {
    let bundle = bundle();
    let vips: BTreeMap<&str, &str> = bundle["applications"]
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, app)| Some((name.as_str(), app.get("options")?.get("vip")?.as_str()?)))
        .collect();
    let order = [
        "keystone",
        "barbican",
        "cinder",
        "glance",
        "magnum",
        "neutron-api",
        "nova-cloud-controller",
        "octavia",
        "openstack-dashboard",
        "placement",
        "ceph-radosgw",
    ];
    assert_eq!(vips.len(), order.len());
    for (octet, name) in (50..).zip(order) {
        assert_eq!(vips[name], format!("10.12.4.{octet} 10.12.8.{octet} 10.12.12.{octet}"), "{name}");
    }
}

#[test]
fn machines_are_the_hosts_of_maas() {
    let state = settled().state().unwrap();
    for machine in state.juju.models["openstack"].machines.values() {
        let host = &state.maas.machines[&machine.hostname];
        assert_eq!(machine.instance_id, host.system_id, "{}", machine.hostname);
        let macs: BTreeSet<&String> = host.interfaces.values().map(|interface| &interface.mac).collect();
        assert!(machine.interfaces.values().all(|link| macs.contains(&link.mac)), "{}", machine.hostname);
    }
    let options = &bundle()["applications"]["ovn-chassis"]["options"];
    let mapped = options["bridge-interface-mappings"].as_str().unwrap();
    let macs: Vec<&str> = mapped.split_whitespace().map(|pair| pair.split_once(':').unwrap().1).collect();
    let wanted: Vec<&String> = state.maas.machines.values().map(|host| &host.interfaces["enp1s0"].mac).collect();
    assert_eq!(macs, wanted);
}
