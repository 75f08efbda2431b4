//! What plan, apply, gates and steps mean: a gate cannot vanish, a plan changes nothing and tells everything, an apply
//! makes what was planned and no more.

use omega::journal::Event;
use serde_json::json;

use crate::desk::{Desk, Done, FLAT, HEADER, READ_ONLY, flat};

/// A network of the lab's client, as `openstack network show -f json` prints it.
fn network(name: &str) -> String {
    json!({
        "id": "5d1f5f4e-0000-4000-8000-000000000001", "name": name, "router:external": true,
        "provider:network_type": "flat", "provider:physical_network": "physnet1", "shared": false, "tags": [],
        "status": "ACTIVE", "mtu": 1500,
    })
    .to_string()
}

fn undecided(done: &Done) -> Vec<(String, Vec<String>)> {
    let each = done.events().filter_map(|event| match event {
        Event::Undecided { step, remaining, .. } => Some((step.clone(), remaining.clone())),
        _ => None,
    });
    each.collect()
}

#[test]
fn a_plan_changes_nothing_and_shows_everything() {
    let body =
        format!("openstack::ensure_network(\"n\", {FLAT}); gate(\"after\", openstack::network(\"n\").is_external);");
    let desk = Desk::step(&body).lab();
    let before = desk.cloud();
    let done =
        desk.run_on_disk().done().exits(0).says("make  network n").says("openstack network create").says(" PLANNED ");
    assert_eq!(desk.cloud(), before);
    assert!(done.intents().is_empty());
    assert_eq!(done.gates().get("after").map(String::as_str), Some("predicted"));
    desk.run_on_disk().arg("--detailed-exit").done().exits(6);
}

#[test]
fn an_apply_makes_the_plan_and_a_second_one_makes_nothing() {
    let body =
        format!("openstack::ensure_network(\"n\", {FLAT}); gate(\"after\", openstack::network(\"n\").is_external);");
    let desk = Desk::step(&body).lab();
    let done = desk.run_on_disk().apply().done().exits(0).says(" PASS ");
    assert_eq!(done.intents(), ["make network n"]);
    assert_eq!(done.gates().get("after").map(String::as_str), Some("passed"));
    let after = desk.cloud();
    let done = desk.run_on_disk().apply().done().exits(0).says(" PASS ");
    assert!(done.intents().is_empty());
    assert_eq!(desk.cloud(), after);
    desk.run_on_disk().arg("--detailed-exit").done().exits(0);
}

#[test]
fn reading_what_only_the_change_yields_defers_the_step_and_the_plan_goes_on() {
    let first = format!("let n = openstack::ensure_network(\"n\", {FLAT}); gate(\"asked\", n.is_external);");
    let second = format!(
        "gate(\"before\", true); let mtu = openstack::network(\"n\").mtu; gate_eq(\"mtu\", mtu, 1500); openstack::ensure_network(\"m\", {});",
        flat(2)
    );
    let desk = Desk::steps(&[&first, &second, "gate(\"third\", true);"]).lab().physnets(2);
    let done = desk.run_on_disk().done().exits(0).says("undecided").says("known only after step 1");
    assert_eq!(done.gates().get("third").map(String::as_str), Some("passed"));
    assert!(!done.gates().contains_key("mtu"));
    let (step, remaining) = undecided(&done).pop().expect("an undecided step");
    assert_eq!(step, "2");
    assert!(remaining.iter().any(|item| item.contains("mtu")), "{remaining:?}");
    assert!(remaining.iter().any(|item| item.contains("openstack::ensure_network m")), "{remaining:?}");
    let done = desk.run_on_disk().apply().done().exits(0).says("plan, round 2").says(" PASS ");
    assert_eq!(done.intents(), ["make network n", "make network m"]);
    let done = desk.run_on_disk().apply().done().exits(0);
    assert!(done.intents().is_empty());
}

#[test]
fn a_deferral_cannot_be_decided_around() {
    let uses = [
        "if openstack::network(\"n\").mtu == 9000 { gate(\"x\", true); } else { gate(\"y\", true); }",
        "let x = [openstack::network(\"n\")].filter(|n| n.mtu > 1);",
        "let x = `${openstack::network(\"n\").mtu}`;",
        "gate_eq(\"x\", openstack::network(\"n\").mtu, 1500);",
        "wait_until(\"x\", #{ at_most: 5 }, || openstack::network(\"n\").mtu > 1);",
        "gate(\"x\", openstack::has_network(\"other\"));",
        "let x = [1].map(|v| openstack::network(\"n\").status);",
    ];
    for body in uses {
        let first = format!("openstack::ensure_network(\"n\", {FLAT}); gate(\"first\", true);");
        let done = Desk::steps(&[&first, body]).run().done();
        assert_eq!(done.status, Some(0), "{body}\n{}", done.stderr);
        assert_eq!(undecided(&done).len(), 1, "{body}\n{}", done.stderr);
        assert_eq!(done.gates().len(), 1, "{body}\n{}", done.stderr);
    }
}

#[test]
fn a_change_that_no_plan_showed_is_refused_before_its_call() {
    let first = format!("openstack::ensure_network(\"a\", {FLAT}); gate(\"first\", true);");
    let second = format!(
        "if !openstack::has_network(\"b\") {{ openstack::ensure_network(\"c\", {FLAT}); }} gate(\"second\", true);"
    );
    let seen_once = json!([{ "on": "openstack network show b", "nth": 1, "what": { "reply": { "status": 0, "stdout": network("b") } } }]);
    let desk = Desk::steps(&[&first, &second]).lab().faults(seen_once);
    let done = desk.run_on_disk().apply().done().exits(1).says("make network c is not in the plan").says("plan again");
    assert_eq!(done.intents(), ["make network a"]);
    let sent = done.events().any(
        |event| matches!(event, Event::Call { request, .. } if request.contains("create") && request.contains(" c ")),
    );
    assert!(!sent, "{}", done.stderr);
    assert!(!desk.cloud().to_string().contains("\"c\""));
}

#[test]
fn a_planned_change_that_is_not_asked_for_is_told() {
    let first = format!("openstack::ensure_network(\"a\", {FLAT}); gate(\"first\", true);");
    let second = format!(
        "if openstack::has_network(\"b\") {{ openstack::ensure_network(\"c\", {FLAT}); }} gate(\"second\", true);"
    );
    let seen_once = json!([{ "on": "openstack network show b", "nth": 1, "what": { "reply": { "status": 0, "stdout": network("b") } } }]);
    let desk = Desk::steps(&[&first, &second]).lab().faults(seen_once);
    desk.run_on_disk().apply().done().exits(1).says("planned, and not asked for in the apply: make network c");
}

#[test]
fn a_list_or_an_absence_after_a_change_of_its_kind_is_undecided() {
    let first = format!("openstack::ensure_network(\"n\", {FLAT}); gate(\"first\", true);");
    for body in [
        "gate(\"x\", !openstack::has_network(\"other\"));",
        "let x = openstack::network(\"other\"); gate(\"x\", true);",
    ] {
        let done = Desk::steps(&[&first, body]).run().done().exits(0);
        assert_eq!(undecided(&done).len(), 1, "{}", done.stderr);
    }
    let untouched = Desk::steps(&[&first, "gate(\"x\", maas::subnets().len() > 0);"]).run().done().exits(0);
    assert!(undecided(&untouched).is_empty());
}

#[test]
fn rounds_that_never_end_do_not_end_in_a_pass() {
    let first = format!("openstack::ensure_network(\"n0\", {FLAT}); gate(\"first\", true);");
    let mut bodies = vec![first];
    for n in 1..14 {
        bodies.push(format!(
            "let mtu = openstack::network(\"n{}\").mtu; openstack::ensure_network(\"n{n}\", {}); gate(\"g{n}\", mtu > 0);",
            n - 1,
            flat(n + 1)
        ));
    }
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let desk = Desk::steps(&bodies).lab().physnets(14);
    let done = desk.run_on_disk().apply().done().exits(1).says("still undecided");
    assert_eq!(done.intents().len(), 10);
    let done = desk.run_on_disk().apply().done().exits(0).says(" PASS ");
    assert_eq!(done.intents().len(), 4);
}

#[test]
fn a_step_that_looks_at_its_own_change_is_told_of_in_its_first_plan() {
    let body = format!("openstack::ensure_network(\"n\", {FLAT}); gate(\"mtu\", openstack::network(\"n\").mtu > 0);");
    let desk = Desk::steps(&[&body]).lab();
    for run in [desk.run_on_disk(), desk.run_on_disk().apply()] {
        let done = run.done().exits(1).says("known only after the change that this step makes itself");
        let done = done.says("part step 1 in two").says("nothing was changed");
        assert!(done.intents().is_empty());
        assert_eq!(done.events().filter(|event| matches!(event, Event::Pass { .. })).count(), 1);
    }
}

#[test]
fn an_apply_waits_where_the_plan_only_looked() {
    let body = "wait_until(\"a network comes\", #{ every: 1, at_most: 3 }, || openstack::has_network(\"late\")); gate(\"there\", openstack::has_network(\"late\"));";
    let late = json!([{ "on": "openstack network show late", "nth": 3, "what": { "reply": { "status": 0, "stdout": network("late") } } },
                      { "on": "openstack network show late", "nth": 4, "what": { "reply": { "status": 0, "stdout": network("late") } } }]);
    let desk = Desk::step(body).lab().faults(late);
    let done = desk.run_on_disk().done().exits(0).says("undecided");
    assert_eq!(undecided(&done).len(), 1);
    desk.run_on_disk().apply().done().exits(0).says(" PASS ");
    let never = Desk::step(body);
    never.run().apply().done().exits(1).says("not within 3 s");
}

#[test]
fn capabilities_that_were_not_declared_are_refused() {
    let change = format!("openstack::ensure_network(\"n\", {FLAT}); gate(\"x\", true);");
    Desk::reading(&change).run().apply().done().exits(1).says("needs the capability \"openstack: change\"");
    let bare = HEADER.replace("[\"maas: read\", \"openstack: change\"]", "[]");
    for body in ["let s = maas::subnets();", "let n = openstack::has_network(\"n\");", "[1].map(|v| maas::subnets());"]
    {
        let text = format!("{bare}step(\"1\", \"One\", || {{ {body} gate(\"x\", true); }});\n");
        let done = Desk::with(&text).run().done().exits(1).says("needs the capability");
        assert_eq!(done.calls(), 0);
    }
    for needs in ["maas: write", "maas", "maas:read", "mas: read", "openstack: change, maas: read", ""] {
        let text = HEADER.replace("\"maas: read\"", &format!("{needs:?}"));
        let done = Desk::with(&format!("{text}step(\"1\", \"One\", || {{ gate(\"x\", true); }});\n")).run().done();
        assert!(matches!(done.status, Some(1 | 4)), "{needs:?}: {:?}\n{}", done.status, done.stderr);
    }
}

#[test]
fn primitives_run_inside_steps_alone() {
    for top in [
        "const X = maas::subnets();",
        "maas::subnets();",
        "let x = 1;",
        "for i in 0..2 { step(`${i}`, \"x\", || { gate(\"x\", true); }); }",
        "fn make() { step(\"9\", \"x\", || { gate(\"x\", true); }); }\nmake();",
        "gate(\"x\", true);",
        "fn all() { maas::subnets() }\nconst X = all();",
        "step(\"1\" + \"2\", \"x\", || { gate(\"x\", true); });",
        "if true { step(\"7\", \"x\", || { gate(\"x\", true); }); }",
    ] {
        let text = format!("{READ_ONLY}{top}\nstep(\"1\", \"One\", || {{ gate(\"x\", true); }});\n");
        let done = Desk::with(&text).run().done();
        assert!(matches!(done.status, Some(1 | 4)), "{top}: {:?}\n{}", done.status, done.stderr);
        assert_eq!(done.calls(), 0, "{top}");
    }
    for inner in [
        "step(\"2\", \"x\", || { gate(\"y\", true); });",
        "runbook(\"b\", \"B\", #{});",
        "exit_gate(\"2\", \"x\", || { });",
    ] {
        let done = Desk::reading(&format!("gate(\"x\", true); {inner}")).run().done();
        assert!(matches!(done.status, Some(1 | 4)), "{inner}: {:?}\n{}", done.status, done.stderr);
    }
}

#[test]
fn a_library_calls_nothing_while_it_is_imported() {
    let text = format!("import \"evil\" as evil;\n{HEADER}step(\"1\", \"One\", || {{ gate(\"x\", true); }});\n");
    let libraries = [
        "export const X = maas::subnets();".to_string(),
        format!("fn make() {{ openstack::ensure_network(\"n\", {FLAT}) }}\nexport const X = make();"),
        "export const X = [1].map(|v| maas::subnets());".to_string(),
        "maas::subnets();".to_string(),
        "gate(\"x\", true);".to_string(),
        "runbook(\"b\", \"B\", #{});".to_string(),
        "step(\"2\", \"x\", || { });".to_string(),
        "const F = || maas::subnets();\nexport const X = F.call();".to_string(),
    ];
    for library in libraries {
        let done = Desk::with(&text).library("evil", &library).run().apply().done();
        assert!(matches!(done.status, Some(1 | 4)), "{library}: {:?}\n{}", done.status, done.stderr);
        assert_eq!(done.calls(), 0, "{library}");
    }
}

#[test]
fn a_runbook_has_one_header_and_steps_of_their_own_names() {
    let step = "step(\"1\", \"One\", || { gate(\"x\", true); });\n";
    for text in [
        step.to_string(),
        format!("{HEADER}{HEADER}{step}"),
        format!("{step}{HEADER}"),
        format!("{HEADER}{step}{step}"),
        format!("{}{step}", HEADER.replace("version: 1, ", "")),
        format!("{}{step}", HEADER.replace("version: 1", "version: \"1\"")),
        format!("{}{step}", HEADER.replace("needs:", "need:")),
        format!("{}{step}", HEADER.replace("\"it\"", "\"../../../escaped\"")),
        format!("{}{step}", HEADER.replace("\"it\"", "\"\"")),
    ] {
        let desk = Desk::with(&text);
        let done = desk.run().done();
        assert!(matches!(done.status, Some(1 | 4)), "{text}: {:?}\n{}", done.status, done.stderr);
        assert_eq!(done.calls(), 0);
        let strays: Vec<_> =
            std::fs::read_dir(desk.path("")).expect("a folder").flatten().map(|e| e.file_name()).collect();
        assert!(strays.iter().all(|name| name != "escaped.jsonl"), "{strays:?}");
    }
}

#[test]
fn a_runbook_for_a_newer_omega_is_not_run() {
    let newer = HEADER.replace("omega: \"0.1\"", "omega: \"99.0\"");
    let done =
        Desk::with(&format!("{newer}step(\"1\", \"One\", || {{ gate(\"x\", true); }});\n")).run().done().exits(3);
    assert_eq!(done.says("wants omega 99.0").calls(), 0);
}

#[test]
fn a_read_without_an_answer_is_never_a_decision() {
    let body = "gate(\"there\", openstack::has_network(\"n\"));";
    let on = "openstack network show n";
    let replies = [
        json!({ "reply": { "status": 1, "stderr": "Internal Server Error (HTTP 500)" } }),
        json!({ "reply": { "status": 0, "stdout": "" } }),
        json!({ "reply": { "status": 0, "stdout": "{\"id\": \"x\", \"name\": \"n\"" } }),
        json!({ "reply": { "status": 0, "stdout": "{}" } }),
        json!({ "reply": { "status": 0, "stdout": "null" } }),
        json!({ "reply": { "status": 0, "stdout": format!("{} x", network("n")) } }),
        json!({ "reply": { "status": 0, "stdout": network("n").replace("true", "\"true\"") } }),
        json!({ "reply": { "status": 0, "stdout": network("n").replace("\"shared\":false,", "") } }),
        json!({ "timeout": true }),
        json!({ "unreachable": true }),
    ];
    for what in replies {
        let desk = Desk::reading(body).lab().faults(json!([{ "on": on, "what": what }]));
        let done = desk.run_on_disk().done();
        assert_eq!(done.status, Some(5), "{what}\n{}", done.stderr);
        assert!(done.gates().is_empty(), "{what}\n{}", done.stderr);
    }
    let missing = Desk::reading(body).lab().faults(json!([{ "on": on, "what": { "missing": true } }]));
    missing.run_on_disk().done().exits(3);
}

#[test]
fn a_change_is_confirmed_by_reading_again() {
    let body = format!("openstack::ensure_network(\"n\", {FLAT}); gate(\"x\", true);");
    let on = "openstack network create";
    let faulty = |what| Desk::step(&body).lab().faults(json!([{ "on": on, "what": what }]));
    let done = faulty(json!({ "pretend": true })).run_on_disk().apply().done().exits(1);
    done.says("reported success, but reading again");
    let done = faulty(json!({ "reply": { "status": 1, "stderr": "no" } })).run_on_disk().apply().done().exits(1);
    done.says("NOT DONE");
    let half = faulty(json!({ "then_fail": { "status": 1, "stderr": "Gateway Timeout (HTTP 504)" } }));
    half.run_on_disk().apply().done().says("as wanted all the same");
    half.run_on_disk().apply().done().exits(0);
    let blind = Desk::step(&body).lab().faults(json!([
        { "on": on, "what": { "then_timeout": true } },
        { "on": "openstack network show n", "nth": 2, "what": { "timeout": true } },
    ]));
    let done = blind.run_on_disk().apply().done().exits(5).says("UNKNOWN");
    assert_eq!(done.intents().len(), 1);
    let after = blind.omega(["log", "--state", "state/omega"]).done();
    assert!(after.stderr.contains("UNKNOWN"), "{}", after.stderr);
}

#[test]
fn an_attestation_that_nobody_gave_opens_nothing() {
    let body = format!(
        "attest(\"keys\", \"Are the keys kept?\"); openstack::ensure_network(\"n\", {FLAT}); gate(\"x\", true);"
    );
    let desk = Desk::step(&body);
    let done = desk.run().apply().done().exits(3).says("--attest keys");
    assert!(done.intents().is_empty(), "{}", done.stderr);
    let done = desk.run().apply().arg("--attest").arg("keys").done().exits(0).says("tester");
    assert_eq!(done.intents().len(), 1);
    desk.run().apply().arg("--attest").arg("other").done().exits(3);
    let reading = Desk::reading("attest(\"page\", \"Does the page work?\"); gate(\"x\", true);");
    reading.run().done().exits(0).says(" PLANNED ");
    reading.run().arg("--attest").arg("page").done().exits(0).says(" PASS ");
}

#[test]
fn fail_ends_the_run_wherever_it_is_called() {
    for body in ["fail(\"no way\");", "let x = [1].map(|v| fail(\"no way\"));", "if true { fail(\"no way\") }"] {
        let done = Desk::step(&format!("gate(\"x\", true);\n{body}")).run().done().exits(1);
        done.says("no way").says("runbooks/it.rhai:5:");
    }
}

#[test]
fn one_step_alone_is_marked_and_runs_nothing_else() {
    let desk = Desk::steps(&["gate(\"a\", true);", "gate(\"b\", true);"]);
    let done = desk.run().arg("--step").arg("2").done().exits(0);
    assert_eq!(done.gates().keys().collect::<Vec<_>>(), ["b"]);
    let marked =
        done.events().any(|event| matches!(event, Event::Begin(begin) if begin.step_only.as_deref() == Some("2")));
    assert!(marked);
    let done = desk.run().arg("--step").arg("9").done().exits(3);
    assert!(done.gates().is_empty());
}

/// Lesson: password-printed.
#[test]
fn what_is_refused_whatever_a_runbook_says_is_not_sent() {
    for setting in ["maas-profile=list", "maas-profile=power-parameters", "maas-profile=--password=x"] {
        let done = Desk::reading("let s = maas::subnets(); gate(\"x\", true);").run().arg("--set").arg(setting).done();
        let done = done.exits(1);
        assert_eq!(done.calls(), 0, "{}", done.stderr);
    }
    let spec = FLAT.replace("physnet1", "--password");
    let body = format!("openstack::ensure_network(\"n1\", {spec}); gate(\"x\", true);");
    let done = Desk::step(&body).run().apply().done().exits(1).says("process list");
    assert!(done.intents().is_empty(), "{}", done.stderr);
}

#[test]
fn phases_that_wait_for_one_another_are_told() {
    let phase = |id: &str, after: &str| {
        let header =
            READ_ONLY.replace("\"it\"", &format!("{id:?}")).replace("needs:", &format!("after: [{after:?}], needs:"));
        format!("{header}step(\"1\", \"One\", || {{ gate(\"x\", true); }});\n")
    };
    let desk = Desk::with(&phase("it", "other")).file("runbooks/other.rhai", phase("other", "it"));
    desk.run().arg("--verify-previous").done().exits(3).says("it after other after it");
    let own = Desk::with(&phase("it", "it"));
    own.run().arg("--verify-previous").done().exits(3).says("it waits for itself");
}

#[test]
fn a_name_that_a_client_would_take_for_an_option_is_never_asked_for() {
    for name in ["-f", "", "a\\nb"] {
        let read =
            Desk::reading(&format!("gate(\"x\", openstack::network(\"{name}\").is_external);")).run().done().exits(1);
        assert_eq!(read.says("cannot name any openstack network").calls(), 0);
        let step = Desk::step(&format!("openstack::ensure_network(\"{name}\", {FLAT});"));
        assert_eq!(step.run().done().exits(1).says("cannot name any openstack network").calls(), 0);
    }
}
