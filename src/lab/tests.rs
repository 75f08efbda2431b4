//! The lab as a transport: stages, doors, faults, time, and a lab on disk.

use std::time::Duration;

use super::*;
use serde_json::json;

const CREATE: &str = "admin ipranges create type=reserved start_ip=10.12.16.2 end_ip=10.12.16.9";

fn maas(line: &str) -> Request {
    Request::from(Command::new("maas", line.split(' ')))
}

fn with_fault(fault: serde_json::Value) -> Lab {
    let mut lab = Lab::embedded("ready").expect("the stage loads");
    let patch = json!([{"op": "add", "path": "/faults/-", "value": fault}]);
    lab.patch(&serde_json::from_value(patch).expect("a patch")).expect("it applies");
    lab
}

fn ranges(lab: &Lab) -> usize {
    lab.state().expect("a state").maas.ranges.len()
}

fn text(reply: Reply) -> (i32, String) {
    let Reply::Command { status, stdout, .. } = reply else { panic!("not a command's reply") };
    (status, String::from_utf8(stdout).expect("text"))
}

#[test]
fn every_stage_loads_and_an_unknown_one_names_them() {
    for stage in Lab::stages() {
        let lab = Lab::embedded(stage).unwrap_or_else(|error| panic!("{stage}: {error:#}"));
        assert_eq!(lab.describe(), format!("lab, stage {stage}"));
    }
    let error = Lab::embedded("nosuch").expect_err("an error").to_string();
    assert_eq!(
        error,
        "the lab has no stage `nosuch`; it has lost, released, ready, pre-vault, settled, carved, octavia"
    );
}

#[test]
fn a_value_that_is_not_known_yet_is_never_sent() {
    let after = Arg::After { what: "id of network provider-ext".into(), step: "4.1".into() };
    let request = Request::from(Command::new("openstack", ["network", "show"]).arg(after));
    let lab = Lab::embedded("settled").expect("the stage loads");
    let failure = lab.change(&request, Permit::for_test()).expect_err("a refusal");
    assert!(failure.detail.contains("known after step 4.1"), "{}", failure.detail);
}

#[test]
fn an_unknown_program_is_named() {
    let lab = Lab::embedded("ready").expect("the stage loads");
    let failure = lab.read(&Request::from(Command::new("kubectl", ["get", "pods"]))).expect_err("no answer");
    assert_eq!(
        (failure.kind, failure.detail.as_str()),
        (FailureKind::NotAnswered, "the lab does not answer `kubectl get pods`")
    );
}

#[test]
fn a_missing_program_and_a_timeout_do_no_work() {
    for (what, kind) in [
        ("missing", FailureKind::Missing),
        ("timeout", FailureKind::TimedOut),
        ("unreachable", FailureKind::Unreachable),
    ] {
        let lab = with_fault(json!({"on": "maas admin ipranges create", "what": {what: true}}));
        let before = ranges(&lab);
        let failure = lab.change(&maas(CREATE), Permit::for_test()).expect_err("a failure");
        assert_eq!((failure.kind, ranges(&lab)), (kind, before));
    }
}

#[test]
fn a_call_may_do_its_work_and_report_failure() {
    let lab =
        with_fault(json!({"on": "maas", "what": {"then_fail": {"status": 2, "stdout": "Internal Server Error"}}}));
    let before = ranges(&lab);
    let said = text(lab.change(&maas(CREATE), Permit::for_test()).expect("an answer"));
    assert_eq!((said, ranges(&lab)), ((2, "Internal Server Error".to_string()), before + 1));
}

#[test]
fn a_call_may_report_success_and_do_nothing() {
    let lab = with_fault(json!({"on": "maas", "what": {"pretend": true}}));
    let before = ranges(&lab);
    let (status, stdout) = text(lab.change(&maas(CREATE), Permit::for_test()).expect("an answer"));
    assert_eq!((status, ranges(&lab)), (0, before));
    assert!(stdout.contains("10.12.16.9"), "it says what the service would have said");
}

#[test]
fn half_a_document_comes_from_the_nth_call() {
    let lab = with_fault(json!({"on": "maas admin subnets read", "nth": 2, "what": {"truncate_stdout_to": 40}}));
    let lengths: Vec<usize> =
        (0..3).map(|_| text(lab.read(&maas("admin subnets read")).expect("an answer")).1.len()).collect();
    assert_eq!(lengths[1], 40);
    assert!(lengths[0] == lengths[2] && lengths[0] > 40);
}

#[test]
fn a_fault_in_place_of_an_answer() {
    let lab = with_fault(json!({"on": "maas", "what": {"reply": {"status": 1, "stderr": "no"}}}));
    let Reply::Command { status, stderr, .. } = lab.read(&maas("admin subnets read")).expect("an answer") else {
        panic!("not a command's reply")
    };
    assert_eq!((status, stderr.as_slice()), (1, b"no".as_slice()));
}

#[test]
fn time_moves_when_told() {
    let lab = Lab::embedded("ready").expect("the stage loads");
    let before = lab.state().expect("a state").clock.now();
    lab.advance(Duration::from_secs(3600));
    assert_eq!(lab.state().expect("a state").clock.now().duration_since(before).as_hours(), 1);
}

#[test]
fn equal_labs_answer_alike() {
    let answers = || -> Vec<Reply> {
        let lab = Lab::embedded("settled").expect("the stage loads");
        let network = Request::from(Command::new("openstack", "network create x -f json".split(' ')));
        vec![
            lab.change(&network, Permit::for_test()).expect("an answer"),
            lab.read(&maas("admin machines read")).expect("an answer"),
        ]
    };
    assert_eq!(answers(), answers());
}

#[test]
fn two_processes_share_a_lab_on_disk() {
    let directory = tempfile::tempdir().expect("a directory");
    let one = Lab::create(directory.path(), "ready").expect("it is written");
    let other = Lab::on_disk(directory.path()).expect("it opens");
    let before = ranges(&other);
    one.change(&maas(CREATE), Permit::for_test()).expect("an answer");
    assert_eq!(ranges(&other), before + 1);
    let again = Lab::create(directory.path(), "ready").expect_err("an error");
    assert!(again.to_string().contains("exists already"), "{again}");
}

#[test]
fn many_writers_lose_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    Lab::create(directory.path(), "ready").expect("it is written");
    let before = ranges(&Lab::on_disk(directory.path()).expect("it opens"));
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let directory = directory.path();
            scope.spawn(move || {
                let lab = Lab::on_disk(directory).expect("it opens");
                for at in 0..3 {
                    let ip = format!("10.12.16.{}", 100 + worker * 10 + at);
                    let line = format!("admin ipranges create type=reserved start_ip={ip} end_ip={ip}");
                    lab.change(&maas(&line), Permit::for_test()).expect("an answer");
                }
            });
        }
    });
    assert_eq!(ranges(&Lab::on_disk(directory.path()).expect("it opens")), before + 12);
}

#[test]
fn a_torn_or_foreign_file_is_refused_with_its_reason() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("state.json");
    let refused = |text: &str| {
        std::fs::write(&file, text).expect("written");
        format!("{:#}", Lab::on_disk(directory.path()).expect_err("an error"))
    };
    assert!(refused(r#"{"format": 1, "state": {"#).contains("torn"));
    assert!(refused(r#"{"format": 9, "state": {}}"#).contains("this omega knows format 1"));
    assert!(refused(r#"{"format": 1, "state": {"invented": 1}}"#).contains("invented"));
    assert!(refused("{}").contains("names no format"));
}
