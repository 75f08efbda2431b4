//! Deployments: opened by a runbook that says so, the passes that belong to them, and the model that they keep to.

use omega::journal::{Event, Target};

use crate::desk::{Desk, Done, HEADER};

const NETWORK: &str = r#"
step("1", "One", || { openstack::ensure_network("n1", #{ external: true, type: "flat", physnet: "physnet1", all_projects: false }); });
exit_gate("9", "Done", || { gate("external", openstack::network("n1").is_external); });
"#;

/// A runbook that opens a deployment, and one that comes after it and needs Juju.
fn desk() -> Desk {
    let first = HEADER.replace("stage:", "opens: \"cloud\", stage:");
    let second = HEADER.replace("\"it\"", "\"next\"").replace("stage:", "after: [\"it\"], stage:");
    let second = second.replace("\"maas: read\"", "\"maas: read\", \"juju: read\"");
    let look = "exit_gate(\"9\", \"Looked at\", || { gate(\"a model\", juju::has_model(\"openstack\")); });\n";
    Desk::with(&format!("{first}{NETWORK}")).file("runbooks/next.rhai", format!("{second}{look}")).lab().pinned()
}

fn apply(desk: &Desk, runbook: &str) -> Done {
    let path = format!("runbooks/{runbook}.rhai");
    desk.omega(["run", &path, "--state", "state/omega", "--lab", "lab"]).apply().done()
}

fn target(done: &Done) -> Target {
    let targets = done.events().filter_map(|event| match event {
        Event::Target(target) => Some((**target).clone()),
        _ => None,
    });
    targets.last().expect("an apply says what it touches")
}

fn status(desk: &Desk) -> String {
    desk.omega(["status", "--state", "state/omega"]).done().exits(0).stdout
}

#[test]
fn an_apply_opens_a_deployment_and_another_after_more_has_happened_in_it() {
    let desk = desk();
    assert!(status(&desk).contains("deployment none is open"));
    desk.live().arg("--lab").arg("lab").done().exits(0);
    assert!(status(&desk).contains("deployment none is open"), "a plan opens nothing");
    let first = target(&apply(&desk, "it").exits(0).says("opens deployment cloud-20"));
    assert!(first.opens);
    let again = target(&apply(&desk, "it").exits(0));
    assert_eq!((again.opens, &again.deployment), (false, &first.deployment), "nothing else has happened in it yet");
    assert!(status(&desk).contains(&format!("deployment {}", first.deployment.clone().expect("a name"))));
    apply(&desk, "next").exits(0);
    let rebuilt = target(&apply(&desk, "it").exits(0));
    assert!(rebuilt.opens && rebuilt.deployment != first.deployment, "{rebuilt:?}");
    let board = status(&desk);
    let next = |line: &&str| line.starts_with(" next ");
    assert!(board.lines().find(next).is_some_and(|line| line.contains("may run")), "{board}");
    assert!(board.contains("next:  omega run runbooks/next.rhai"), "{board}");
}

#[test]
fn an_opening_that_is_declined_opens_nothing() {
    let desk = desk();
    let path = "runbooks/it.rhai";
    let args = ["run", path, "--state", "state/omega", "--lab", "lab"];
    desk.omega(args).arg("--apply=00000000").done().exits(1).says("the plan is");
    assert!(status(&desk).contains("deployment none is open"));
}

#[test]
fn an_opening_that_cannot_be_carried_out_opens_nothing() {
    let gone = "step(\"1\", \"One\", || { juju::destroy_model(\"openstack\", \"openstack\"); });\n\
        exit_gate(\"9\", \"Done\", || { gate(\"gone\", !juju::has_model(\"openstack\")); });\n";
    let header = HEADER.replace("stage:", "opens: \"cloud\", stage:").replace("\"maas: read\"", "\"juju: change\"");
    let desk = Desk::with(&format!("{header}{gone}")).lab().pinned();
    apply(&desk, "it").exits(3).says("--irreversible openstack");
    assert!(status(&desk).contains("deployment none is open"), "nothing was carried out");
    let args = ["run", "runbooks/it.rhai", "--state", "state/omega", "--lab", "lab", "--irreversible", "openstack"];
    desk.omega(args).apply().done().exits(0).says("opens deployment cloud-20");
    assert!(status(&desk).contains("deployment cloud-20"));
}

#[test]
fn a_deployment_keeps_to_the_model_that_it_met() {
    let desk = desk();
    apply(&desk, "it").exits(0);
    let bound = target(&apply(&desk, "next").exits(0)).bound.expect("a model");
    assert!(!bound.uuid.is_empty() && !bound.controller.is_empty());
    apply(&desk, "next").exits(0);
    let kept = desk.path("state/omega/deployment.json");
    let other = std::fs::read_to_string(&kept).expect("kept").replace(&bound.uuid, "another");
    std::fs::write(&kept, other).expect("written");
    let refused = apply(&desk, "next").exits(3);
    refused
        .says("is not the one that deployment")
        .says("wanted   another on")
        .says(&format!("seen     {}", bound.uuid));
}

#[test]
fn a_torn_deployment_file_is_not_none() {
    let desk = desk();
    apply(&desk, "it").exits(0);
    std::fs::write(desk.path("state/omega/deployment.json"), "{\"name\": \"cl").expect("written");
    let torn = apply(&desk, "next");
    assert_ne!(torn.status, Some(0));
    torn.says("does not tell which deployment is open");
    assert_ne!(desk.omega(["status", "--state", "state/omega"]).done().status, Some(0));
}

#[test]
fn the_board_tells_what_failed_and_how_to_look_at_it_alone() {
    let desk = desk();
    let text = std::fs::read_to_string(desk.path("runbooks/next.rhai")).expect("read");
    let desk =
        desk.file("runbooks/next.rhai", text.replace("has_model(\"openstack\")", "has_model(\"other\")")).pinned();
    apply(&desk, "it").exits(0);
    apply(&desk, "next").exits(1);
    let board = status(&desk);
    assert!(board.contains("FAIL") && board.contains("9 a model: juju model other: false"), "{board}");
    assert!(board.contains("next:  omega run runbooks/next.rhai      (the failing step alone: --step 9)"), "{board}");
}
