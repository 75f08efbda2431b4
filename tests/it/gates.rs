//! What gates mean: one that was not asked, or cannot be told, never passes.

use omega::journal::Event;

use crate::desk::{Desk, FLAT, READ_ONLY};

#[test]
fn a_runbook_whose_gates_hold_passes() {
    let done =
        Desk::reading("gate(\"a\", true); gate_eq(\"b\", 1, 1); gate_set(\"c\", [\"x\"], [\"x\"]);").run().done();
    let done = done.exits(0).says(" PASS ");
    assert_eq!(done.gates().len(), 3);
}

#[test]
fn a_gate_that_vanishes_is_a_failure() {
    let ways = [
        "return; gate(\"x\", false);",
        "gate(\"y\", true); return; gate(\"x\", false);",
        "for i in [] { gate(`x${i}`, false); }",
        "for i in maas::subnets().filter(|s| false) { gate(`x${i.cidr}`, false); }",
        "let x = [].any(|v| { gate(\"x\", false); true });",
        "let x = [].map(|v| gate(\"x\", false));",
        "let f = || gate(\"x\", false);",
        "gate(\"y\", true); if true { return; } gate(\"x\", false);",
        "for i in 0..3 { break; gate(`x${i}`, false); }",
    ];
    for body in ways {
        let done = Desk::reading(body).run().done();
        assert_eq!(done.status, Some(1), "{body}\n{}", done.stderr);
        assert!(done.stderr.contains("not reached"), "{body}\n{}", done.stderr);
    }
}

#[test]
fn a_gate_under_a_condition_is_listed_and_alone_proves_nothing() {
    let done = Desk::reading("gate(\"y\", true); if false { gate(\"x\", false); }").run().done().exits(0);
    done.says("not asked (under a condition)").says("\"x\"");
    for body in [
        "if false { gate(\"x\", false); }",
        "while false { gate(\"x\", false, #{ subject: \"s\" }); }",
        "switch 1 { 2 => gate(\"x\", false), _ => () }",
        "false && { gate(\"x\", false); true };",
        "",
    ] {
        let done = Desk::reading(body).run().done();
        assert_eq!(done.status, Some(1), "{body}\n{}", done.stderr);
    }
}

#[test]
fn a_gate_asked_in_an_odd_way_cannot_vanish_either() {
    for body in ["if false { \"x\".gate(false); } gate(\"y\", true);", "if true { return; } \"x\".gate(false);"] {
        let done = Desk::reading(&format!("gate(\"first\", true);\n{body}")).run().done();
        let listed = done.stderr.contains("\"x\"") || done.status == Some(4);
        assert!(listed, "{body}\n{}", done.stderr);
    }
}

#[test]
fn a_step_that_proves_nothing_does_not_pass_the_run() {
    Desk::reading("note(\"hello\");").run().done().exits(1);
    let exit = format!(
        "{READ_ONLY}step(\"1\", \"One\", || {{ gate(\"x\", true); }});\nexit_gate(\"2\", \"Two\", || {{ note(\"x\"); }});\n"
    );
    Desk::with(&exit).run().done().exits(1);
    Desk::with(READ_ONLY).run().done().exits(1);
}

#[test]
fn a_gate_asked_twice_fails_the_run() {
    let twice = "for i in 0..2 { gate(\"x\", true, #{ subject: \"s\" }); }";
    Desk::reading(twice).run().done().exits(1).says("asked twice");
    let by_name = "for i in 0..2 { let n = \"x\"; gate(n, true); }";
    Desk::reading(by_name).run().done().exits(1).says("asked twice");
    Desk::reading("gate(\"x\", true); gate(\"x\", true);").run().done().exits(4);
    Desk::reading("for i in 0..2 { gate(\"x\", true, #{ subject: `${i}` }); }").run().done().exits(0);
}

#[test]
fn a_gate_in_a_library_is_a_site_of_that_library() {
    let text = format!("import \"checks\" as checks;\n{READ_ONLY}step(\"1\", \"One\", || {{ checks::verify(1); }});\n");
    let desk = Desk::with(&text)
        .library("checks", "fn verify(n) {\n    gate_eq(\"one\", n, 1);\n}\nfn unused() { gate(\"never\", false); }\n");
    let done = desk.run().done().exits(0);
    let at = done.events().find_map(|event| match event {
        Event::Gate { at, .. } => Some(at.clone()),
        _ => None,
    });
    assert_eq!(at.as_deref(), Some("lib/checks.rhai:2:5"), "{}", done.stderr);
    let gone = "fn verify(n) {\n    if n == 1 { return; }\n    gate_eq(\"one\", n, 1);\n}\n";
    let done = Desk::with(&text).library("checks", gone).run().done().exits(1);
    done.says("not reached").says("lib/checks.rhai:3:5");
}

#[test]
fn a_failed_gate_lets_its_step_finish_and_then_nothing_is_changed() {
    let same_step = format!("gate(\"a\", false); gate(\"b\", true); openstack::ensure_network(\"n\", {FLAT});");
    let done = Desk::step(&same_step).run().apply().done().exits(1).says("a gate failed before it");
    assert_eq!(done.gates().len(), 2);
    assert!(done.intents().is_empty());
    let change = format!("openstack::ensure_network(\"n\", {FLAT});");
    let desk = Desk::steps(&["gate(\"a\", false); gate(\"b\", true);", &change, "gate(\"c\", true);"]);
    let done = desk.run().apply().done().exits(1).says("not run  2").says("not run  3");
    assert_eq!(done.gates().keys().collect::<Vec<_>>(), ["a", "b"]);
    assert!(done.intents().is_empty());
}

#[test]
fn a_failed_gate_before_a_deferral_ends_the_plan_too() {
    let first = format!("let n = openstack::ensure_network(\"n\", {FLAT});");
    let second = "gate(\"a\", false); let mtu = openstack::network(\"n\").mtu;";
    let third = format!("openstack::ensure_network(\"m\", {FLAT});");
    let done = Desk::steps(&[&first, second, &third]).run().done().exits(1);
    done.never_says("network m").says("not run  3");
}

#[test]
fn a_read_only_runbook_shows_every_failure() {
    let text = format!(
        "{READ_ONLY}step(\"1\", \"One\", || {{ gate(\"a\", false); gate(\"b\", false); }});\n\
         step(\"2\", \"Two\", || {{ let s = maas::subnet(\"10.99.0.0/16\"); gate(\"never\", true); }});\n\
         step(\"3\", \"Three\", || {{ gate(\"c\", false); }});\nexit_gate(\"4\", \"Four\", || {{ gate(\"d\", true); }});\n"
    );
    let done = Desk::with(&text).run().done().exits(1).says("MAAS has no subnet 10.99.0.0/16");
    let gates = done.gates();
    assert_eq!(
        gates.iter().map(|(name, ruling)| format!("{name} {ruling}")).collect::<Vec<_>>(),
        ["a failed", "b failed", "c failed", "d passed"]
    );
}

#[test]
fn a_warning_passes_with_its_own_status() {
    let desk = Desk::reading("gate(\"a\", true); gate(\"b\", false, #{ warn: true });");
    desk.run().done().exits(2).says(" WARN ");
    desk.run().arg("--warn-as").arg("pass").done().exits(0);
    desk.run().arg("--warn-as").arg("fail").done().exits(1);
    Desk::reading("gate(\"a\", true); warn(\"careful\");").run().done().exits(2).says("careful");
}

#[test]
fn what_a_planned_change_promises_is_predicted() {
    let first = format!("openstack::ensure_network(\"n\", {FLAT});");
    let second = "gate(\"known\", true); gate(\"there\", openstack::has_network(\"n\")); gate(\"external\", openstack::network(\"n\").is_external);";
    let done = Desk::steps(&[&first, second]).run().done().exits(0);
    let gates = done.gates();
    assert_eq!(gates["known"], "passed");
    assert_eq!(gates["there"], "predicted", "{}", done.stderr);
    assert_eq!(gates["external"], "predicted");
}

#[test]
fn a_gate_that_contradicts_the_change_fails_the_plan() {
    let body = format!(
        "let n = openstack::ensure_network(\"n\", {FLAT}); gate_eq(\"type\", n.type, \"vlan\"); openstack::ensure_network(\"m\", {FLAT});"
    );
    let desk = Desk::step(&body).lab();
    let before = desk.cloud();
    let done = desk.run_on_disk().apply().done().exits(1).says("would fail").says("contradict");
    assert!(done.intents().is_empty());
    assert_eq!(desk.cloud(), before);
}
