//! Phase-04 on a real API: plan, apply, second apply, and each fault that it corrects or stops at.

use serde_json::json;

use crate::desk::{Desk, Run};

const APPLY: [&str; 4] = ["--apply", "--yes", "--adopt", "live test"];

fn apply(desk: &Desk) -> Run {
    desk.run(&APPLY)
}

#[test]
#[ignore = "needs a rig"]
fn a_plan_changes_nothing() {
    let desk = Desk::new();
    let before = desk.everything();
    let run = desk.run(&[]).ends(0, "planned");
    assert_eq!(run.planned(), ["make provider-ext", "make provider-ext-fip"]);
    assert_eq!(run.sent(), 0);
    run.tells(&["PLANNED  2 changes", "(id of network provider-ext, known after step 4.1)"]);
    assert_eq!(desk.everything(), before);
}

#[test]
#[ignore = "needs a rig"]
fn an_apply_makes_it_and_a_second_one_changes_nothing() {
    let desk = Desk::new();
    let run = apply(&desk).ends(0, "pass").tells(&["2 changes made"]);
    assert_eq!(run.sent(), 2);
    let network = desk.json("network show provider-ext");
    let subnet = desk.json("subnet show provider-ext-fip");
    assert_eq!(
        [&network["router:external"], &network["provider:network_type"], &network["provider:physical_network"]],
        [&json!(true), &json!("flat"), &json!("physnet1")]
    );
    assert_eq!([&network["shared"], &network["tags"]], [&json!(false), &json!(["role=provider"])]);
    assert_eq!(subnet["network_id"], network["id"]);
    assert_eq!(subnet["allocation_pools"], json!([{"start": "10.12.5.0", "end": "10.12.7.254"}]));
    assert_eq!([&subnet["gateway_ip"], &subnet["enable_dhcp"]], [&json!("10.12.4.1"), &json!(false)]);

    let before = desk.revisions();
    let again = apply(&desk).ends(0, "pass").tells(&["nothing was changed"]);
    assert_eq!((again.planned().len(), again.sent(), again.events("as-wanted").count()), (0, 0, 2));
    assert_eq!(desk.revisions(), before);
    assert_eq!(again.gates(), run.gates());
}

#[test]
#[ignore = "needs a rig"]
fn only_the_plan_that_was_read_is_carried_out() {
    let desk = Desk::new();
    let digest = desk.run(&[]).ends(0, "planned").digest();
    assert_eq!(desk.run(&[]).digest(), digest, "the same facts, the same plan");
    let out_of_order =
        desk.run(&[&format!("--apply={digest}")]).ends(3, "precondition").tells(&["phase-03 has not passed"]);
    assert_eq!(out_of_order.events("call").count(), 0);
    let other = desk.run(&["--apply=00000000", "--adopt", "live test"]).ends(1, "refused").tells(&["not 00000000"]);
    assert_eq!(other.sent(), 0);
    desk.client(
        "network create provider-ext --external --provider-network-type flat --provider-physical-network physnet1",
    );
    let stale = desk.run(&[&format!("--apply={digest}"), "--adopt", "live test"]).ends(1, "refused");
    assert_eq!(stale.sent(), 0);
    let fresh = stale.digest();
    let run = desk.run(&[&format!("--apply={fresh}"), "--adopt", "live test"]).ends(0, "pass");
    assert_eq!(run.planned(), ["set provider-ext", "make provider-ext-fip"]);
}

/// What somebody did, which object's change the plan shows, and how the difference reads.
const FAULTS: [(&str, &str, &str); 7] = [
    ("network set --share provider-ext", "set provider-ext", "for_all_projects: true -> false"),
    ("network set --internal provider-ext", "set provider-ext", "is_external: false -> true"),
    ("network unset --tag role=provider provider-ext", "set provider-ext", "tags: none -> role=provider"),
    ("subnet set --gateway 10.12.4.9 provider-ext-fip", "set provider-ext-fip", "gateway: 10.12.4.9 -> 10.12.4.1"),
    ("subnet set --dhcp provider-ext-fip", "set provider-ext-fip", "dhcp: true -> false"),
    (
        "subnet set --no-allocation-pool --allocation-pool start=10.12.6.0,end=10.12.7.254 provider-ext-fip",
        "set provider-ext-fip",
        "pools: 10.12.6.0-10.12.7.254 -> 10.12.5.0-10.12.7.254",
    ),
    ("subnet unset --all-tag provider-ext-fip", "set provider-ext-fip", "tags: none -> "),
];

#[test]
#[ignore = "needs a rig"]
fn what_somebody_changed_is_put_back() {
    let desk = Desk::new();
    apply(&desk).ends(0, "pass");
    let wanted = desk.everything();
    for (fault, planned, difference) in FAULTS {
        desk.client(fault);
        if fault.contains("--share") {
            let found = desk.everything();
            desk.run(&[]).ends(0, "planned").tells(&[difference, "--no-share"]);
            assert_eq!(desk.everything(), found, "a plan changes nothing");
        }
        let run = apply(&desk).ends(0, "pass").tells(&[difference]);
        assert_eq!((run.planned(), run.sent()), (vec![planned.to_string()], 1), "{fault}");
    }
    // Each fault has a field of its own, so one that was not put back is seen here.
    assert_eq!(desk.everything(), wanted);
}

/// Every fault in one go: each object is corrected by one change.
#[test]
#[ignore = "needs a rig"]
fn several_differences_are_one_change_of_each_object() {
    let desk = Desk::new();
    apply(&desk).ends(0, "pass");
    let wanted = desk.everything();
    desk.client("network set --share --no-tag --internal provider-ext");
    desk.client("subnet set --gateway none --dhcp --no-allocation-pool --allocation-pool start=10.12.4.100,end=10.12.4.150 provider-ext-fip");
    let run = apply(&desk).ends(0, "pass");
    assert_eq!((run.planned().len(), run.sent()), (2, 2));
    assert_eq!(desk.everything(), wanted);
}

fn stops(desk: &Desk, words: &[&str]) {
    let before = desk.everything();
    let run = apply(desk).ends(1, words[0]).tells(&words[1..]);
    assert_eq!(run.sent(), 0);
    assert_eq!(desk.everything(), before, "nothing was changed");
}

#[test]
#[ignore = "needs a rig"]
fn what_a_name_does_not_tell_is_left_alone() {
    let desk = Desk::new();
    apply(&desk).ends(0, "pass");
    desk.client("subnet create --network provider-ext --subnet-range 10.98.0.0/24 provider-ext-fip");
    stops(&desk, &["fail", "2 subnets called provider-ext-fip", "the name must tell one"]);
    desk.client("network create provider-ext");
    stops(&desk, &["fail", "several networks are called provider-ext", "openstack network list --name provider-ext"]);
}

#[test]
#[ignore = "needs a rig"]
fn what_cannot_be_changed_is_refused() {
    let desk = Desk::new();
    desk.client("network create provider-ext");
    stops(&desk, &["refused", "cannot be changed", "find out who made it"]);
    desk.client("network delete provider-ext");
    desk.client(
        "network create --external --provider-network-type flat --provider-physical-network physnet1 provider-ext",
    );
    desk.client("subnet create --network provider-ext --subnet-range 10.12.8.0/22 provider-ext-fip");
    stops(&desk, &["refused", "is not 10.12.4.0/22 and cannot be changed to it"]);
}

/// A flat network takes its physical network whole, so the make is refused by Neutron: the change failed, and no more
/// is tried.
#[test]
#[ignore = "needs a rig"]
fn a_change_that_neutron_refuses_stops_the_rest() {
    let desk = Desk::new();
    desk.client("network create --provider-network-type flat --provider-physical-network physnet1 other-ext");
    let before = desk.everything();
    let run = apply(&desk).tells(&["Physical network physnet1 is in use"]);
    assert_eq!((run.said.status, run.sent()), (1, 1), "{}", run.said.stderr);
    assert_eq!(desk.everything(), before);
}

#[test]
#[ignore = "needs a rig"]
fn a_login_to_put_right_is_three_and_no_answer_is_five() {
    let desk = Desk::new();
    let next = "give an openrc with --openrc FILE";
    desk.run_with("OS_PASSWORD", "wrong").ends(3, "precondition").tells(&["(HTTP 401)", next]);
    desk.run_with("OS_PROJECT_NAME", "nope").ends(3, "precondition").tells(&["(HTTP 401)", next]);
    desk.run_with("OS_REGION_NAME", "Nowhere").ends(3, "precondition").tells(&["Nowhere region not found"]);
    desk.run_with("OS_AUTH_URL", "http://127.0.0.1:1/v3").ends(5, "unknown").tells(&["Connection refused"]);
    let no_openrc = desk.omega(&desk.at("bin"), &[]).ends(3, "precondition");
    no_openrc.tells(&["Missing value auth-url", next]);
    std::fs::remove_file(desk.at("bin/openstack")).expect("removed");
    desk.run(&[]).ends(3, "precondition").tells(&["no program openstack on the search path"]);
}

#[test]
#[ignore = "needs a rig"]
fn an_apply_replays_without_a_cloud() {
    let desk = Desk::new();
    let cassette = desk.at("apply.cassette").display().to_string();
    let recorded = desk.run(&[&APPLY[..], &["--record", &cassette]].concat()).ends(0, "pass");
    let text = std::fs::read_to_string(&cassette).expect("a cassette");
    let openrc = std::fs::read_to_string(&desk.openrc).expect("readable");
    let password = openrc.lines().find_map(|line| line.strip_prefix("export OS_PASSWORD=")).expect("a password");
    assert!(!text.contains(password.trim_matches(['"', '\''])), "the password is in the cassette");

    let empty = desk.at("empty");
    std::fs::create_dir(&empty).expect("a directory");
    desk.client("network delete provider-ext");
    let again = desk.omega(&empty, &[&APPLY[..], &["--replay", &cassette]].concat()).ends(0, "pass");
    assert_eq!((again.gates(), again.digest()), (recorded.gates(), recorded.digest()));
    assert_eq!(again.sent(), recorded.sent());
    assert_eq!(desk.json("network list"), json!([]), "a replay asks nobody");
}
