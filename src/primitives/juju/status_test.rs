//! The status document: versions, errors in the place of objects, subordinates, containers.

use super::status::{JujuStatus, read};
use super::unit::Unit;
use crate::host::Stop;
use crate::transport::{Command, Request};

const MODERN: &str = r#"{
  "model": {"name": "openstack", "type": "iaas", "controller": "lab", "cloud": "maas", "version": "3.6.5"},
  "machines": {"0": {"juju-status": {"current": "started"}, "hostname": "openstack0", "instance-id": "openstack0",
    "machine-status": {}, "base": {"name": "ubuntu", "channel": "22.04"},
    "containers": {"0/lxd/1": {"juju-status": {"current": "started"}, "hostname": "juju-1-lxd-1"}}}},
  "applications": {
    "octavia": {"charm": "ch:octavia", "charm-name": "octavia", "charm-rev": 9, "charm-origin": "charmhub", "exposed": false,
      "application-status": {}, "relations": {"shared-db": [{"related-application": "octavia-mysql-router", "interface": "mysql-shared", "scope": "container"}]},
      "endpoint-bindings": {"": "metal-admin", "overlay": "data-tenant"},
      "units": {"octavia/0": {"workload-status": {"current": "blocked", "message": "Awaiting"}, "juju-status": {"current": "idle"},
        "leader": true, "machine": "0/lxd/1", "public-address": "10.12.8.70",
        "subordinates": {"octavia-mysql-router/0": {"workload-status": {"current": "active"}, "juju-status": {"current": "idle"}, "leader": true}}}}},
    "octavia-mysql-router": {"charm": "x", "charm-name": "mysql-router", "charm-rev": 1, "charm-origin": "charmhub", "exposed": false,
      "application-status": {"current": "active"}, "subordinate-to": ["octavia"]}
  },
  "storage": {}, "controller": {"timestamp": "14:22:35Z"}
}"#;

fn parsed(text: &str) -> JujuStatus {
    read(&request(), text.as_bytes()).unwrap()
}

fn request() -> Request {
    Command::new("juju", ["status"]).into()
}

fn unit<'s>(status: &'s JujuStatus, name: &str) -> &'s Unit {
    status.units().unwrap().iter().find(|unit| unit.identity() == name).unwrap().now().unwrap()
}

#[test]
fn subordinates_are_units_on_their_principals_machine() {
    let status = parsed(MODERN);
    let router = unit(&status, "octavia-mysql-router/0");
    assert!(router.is_subordinate);
    assert_eq!(router.principal.as_deref(), Some("octavia/0"));
    assert_eq!(router.application, "octavia-mysql-router");
    assert_eq!(router.machine.as_ref().unwrap().as_deref(), Some("0/lxd/1"));
    assert!(router.is_settled().unwrap());
    assert!(!unit(&status, "octavia/0").is_settled().unwrap());
}

#[test]
fn containers_are_machines_of_their_own() {
    let status = parsed(MODERN);
    let ids: Vec<&str> = status.machines().unwrap().iter().map(|machine| machine.identity()).collect();
    assert_eq!(ids, ["0", "0/lxd/1"]);
    let host = status.machines().unwrap()[0].now().unwrap();
    assert_eq!(host.base.as_ref().unwrap().as_deref(), Some("ubuntu@22.04"));
    assert_eq!(host.instance.as_ref().unwrap(), &None, "an unset status is no state");
}

#[test]
fn relations_are_names_on_old_clients_and_objects_on_new_ones() {
    let old = MODERN.replace(
        r#"[{"related-application": "octavia-mysql-router", "interface": "mysql-shared", "scope": "container"}]"#,
        r#"["octavia-mysql-router"]"#,
    );
    let related = |text: &str| parsed(text).applications()[0].now().unwrap().related.clone().unwrap();
    assert_eq!(related(MODERN), related(&old));
}

fn workload_error(text: &str) -> Stop {
    *unit(&parsed(text), "octavia/0").workload.clone().unwrap_err()
}

#[test]
fn a_state_that_juju_does_not_have_is_an_error_with_field_and_version() {
    let stop = workload_error(&MODERN.replace("\"blocked\"", "\"Blocked\""));
    assert!(stop.what.contains("workload-status.current of unit octavia/0 is \"Blocked\""), "{stop}");
    assert!(stop.to_string().contains("3.6.5"), "{stop}");
}

#[test]
fn a_key_that_is_not_jujus_leaves_the_field_missing_and_never_empty() {
    // A bash check once read agent-status, which the client never prints, got nothing, and could not fail.
    let status = parsed(
        &MODERN.replace("\"juju-status\": {\"current\": \"idle\"},\n", "\"agent-status\": {\"current\": \"idle\"},\n"),
    );
    let stop = unit(&status, "octavia/0").agent.clone().unwrap_err();
    assert!(stop.what.contains("juju-status.current"), "{stop}");
}

#[test]
fn an_error_in_the_place_of_a_unit_makes_its_fields_errors_and_no_others() {
    let broken = MODERN.replace(
        r#""subordinates": {"octavia-mysql-router/0": {"workload-status": {"current": "active"}, "juju-status": {"current": "idle"}, "leader": true}}"#,
        r#""subordinates": {"octavia-mysql-router/0": {"status-error": "gone"}}"#,
    );
    let status = parsed(&broken);
    let router = unit(&status, "octavia-mysql-router/0");
    assert!(router.workload.as_ref().unwrap_err().what.contains("unit octavia-mysql-router/0: gone"));
    assert!(router.leader.is_err());
    assert!(unit(&status, "octavia/0").workload.is_ok());
}

#[test]
fn an_error_in_the_place_of_an_application_leaves_no_list_of_units() {
    let start = MODERN.find(r#""octavia-mysql-router": {"charm""#).unwrap();
    let end = MODERN.find("\"storage\"").unwrap();
    let broken =
        format!("{}\"octavia-mysql-router\": {{\"status-error\": \"x\"}}}},{}", &MODERN[..start], &MODERN[end..]);
    assert!(parsed(&broken).units().unwrap_err().what.contains("octavia-mysql-router"));
}

#[test]
fn the_empty_object_of_a_missing_model_is_no_status() {
    let stop = read(&request(), b"{}\n").unwrap_err();
    assert!(stop.what.contains("missing field `model`"), "{stop}");
}
