//! The record: it says what happened, after a kill and a full disk too, and nobody can alter it unseen.

use std::path::Path;
use std::process::Child;

use omega::journal::Event;
use omega::lab::Lab;
use serde_json::{Value as Json, json};

use crate::desk::{Desk, FLAT, until};

fn passing() -> Desk {
    Desk::steps(&[
        &format!("openstack::ensure_network(\"n\", {FLAT}); gate(\"one\", true);"),
        "gate_eq(\"two\", maas::subnet(\"10.12.4.0/22\").vid, 0);",
    ])
}

fn journal_text(desk: &Desk) -> String {
    std::fs::read_to_string(desk.journals().last().expect("a journal")).expect("text")
}

fn put_journal(desk: &Desk, text: &str) {
    std::fs::write(desk.journals().last().expect("a journal"), text).expect("written");
}

fn log(desk: &Desk) -> crate::desk::Done {
    desk.omega(["log", "--state", "state/omega"]).done()
}

fn board(desk: &Desk) -> crate::desk::Done {
    desk.omega(["status", "--state", "state/omega"]).done()
}

#[test]
fn the_chain_holds_and_the_log_tells_the_run_again() {
    let desk = passing();
    let live = desk.run().apply().done().exits(0);
    let path = desk.journals().pop().expect("a journal");
    let back = omega::journal::read(&path).expect("read");
    assert!(back.faults.is_empty(), "{:?}", back.faults);
    assert!(matches!(back.lines.last().map(|line| &line.event), Some(Event::End { exit: 0, .. })));
    let told = log(&desk).exits(0);
    let run: Vec<&str> = live.stderr.lines().filter(|line| !line.contains("journal ")).collect();
    assert_eq!(told.stderr.lines().collect::<Vec<_>>(), run);
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(path).expect("there")) & 0o777;
    assert_eq!(mode, 0o600);
}

#[test]
fn an_altered_line_is_seen() {
    let desk = Desk::reading("gate(\"one\", false); gate(\"two\", true);");
    desk.run().done().exits(1);
    let whole = journal_text(&desk);
    let count = whole.lines().count();
    let alterations: Vec<String> = vec![
        whole.replacen("\"ruling\":\"failed\"", "\"ruling\":\"passed\"", 1),
        whole.replace("\"verdict\":\"fail\",\"exit\":1", "\"verdict\":\"pass\",\"exit\":0"),
        whole.lines().enumerate().filter(|(n, _)| *n != 2).map(|(_, line)| format!("{line}\n")).collect(),
        whole.lines().skip(1).map(|line| format!("{line}\n")).collect(),
        whole.lines().take(count - 1).map(|line| format!("{line}\n")).collect(),
    ];
    for altered in alterations {
        assert_ne!(altered, whole);
        put_journal(&desk, &altered);
        let told = log(&desk);
        assert_ne!(told.status, Some(0), "{altered}\n{}", told.stderr);
        assert!(told.stderr.contains("DAMAGED") || told.stderr.contains("UNKNOWN"), "{}", told.stderr);
        let board = board(&desk);
        let row = board.stdout.lines().find(|line| line.starts_with(" it")).unwrap_or_default();
        assert!(!row.contains("PASS") && !row.contains("FAIL"), "{}", board.stdout);
    }
    put_journal(&desk, &whole);
    log(&desk).exits(0);
}

#[test]
fn an_altered_journal_opens_no_phase_and_is_named_on_the_board() {
    let desk = Desk::reading("gate(\"one\", true);");
    desk.run().done().exits(0);
    let whole = journal_text(&desk);
    put_journal(&desk, &whole.replacen("\"seen\":\"true\"", "\"seen\":\"TRUE\"", 1));
    board(&desk).prints("altered").prints("DAMAGED");
    log(&desk).exits(5).says("DAMAGED").says("altered").never_says("killed");
}

#[test]
fn a_torn_last_line_loses_only_itself() {
    let desk = passing();
    desk.run().apply().done().exits(0);
    let whole = journal_text(&desk);
    for cut in [1, 2, 30, 200] {
        put_journal(&desk, &whole[..whole.len() - cut]);
        let back = omega::journal::read(desk.journals().last().expect("a journal")).expect("read");
        let told = log(&desk);
        if cut > 1 {
            assert_eq!(back.faults.len(), 1);
            assert_eq!(told.status, Some(5), "{}", told.stderr);
            assert!(told.stderr.contains("make  network n"), "{}", told.stderr);
        }
        assert!(back.lines.len() >= whole.lines().count() - 2);
    }
    put_journal(&desk, "");
    assert_ne!(log(&desk).status, Some(0));
    put_journal(&desk, "\u{0}\u{0}\u{0}\n");
    assert_ne!(log(&desk).status, Some(0));
    board(&desk).prints("damaged");
}

#[test]
fn another_version_is_refused_by_its_number() {
    let desk = Desk::reading("gate(\"one\", true);");
    desk.run().done().exits(0);
    let line = "{\"v\":2,\"n\":1,\"at\":\"2030-01-01T00:00:00Z\",\"previous\":\"\",\"what\":{\"event\":\"new\"}}\n";
    put_journal(&desk, line);
    let words = omega::journal::read(desk.journals().last().expect("a journal")).err().expect("refused").to_string();
    assert!(words.contains("version 2"), "{words}");
    board(&desk).prints("version 2");
    assert_ne!(log(&desk).status, Some(0));
}

/// Processes whose command line names this desk's lab.
fn children(desk: &Desk) -> Vec<i32> {
    let wanted = desk.path("lab").display().to_string();
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.contains(&wanted) && line.contains(" answer ")
    })
    .collect()
}

fn signal(pid: i32, signal: rustix::process::Signal) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

fn hanging(on: &str) -> Desk {
    let body = format!("gate(\"before\", true); openstack::ensure_network(\"n\", {FLAT}); gate(\"x\", true);");
    let desk = Desk::step(&body).lab().shims();
    desk.faults(json!([{ "on": on, "what": { "timeout": true } }]))
}

fn hung(desk: &Desk, on: &str) -> Child {
    let run = desk.run_on_shims().apply().start();
    let words: Vec<&str> = on.split(' ').skip(1).collect();
    until("the shim hangs", || {
        children(desk).into_iter().find(|pid| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).replace('\0', " ").contains(&words.join(" "))
        })
    });
    run
}

/// Lesson: half-of-a-paste.
#[test]
fn a_killed_run_leaves_a_journal_that_says_unknown() {
    let on = "openstack network create";
    let desk = hanging(on);
    let mut run = hung(&desk, on);
    run.kill().expect("killed");
    run.wait().expect("ended");
    children(&desk).into_iter().for_each(|pid| signal(pid, rustix::process::Signal::KILL));
    let back = omega::journal::read(desk.journals().last().expect("a journal")).expect("read");
    assert!(back.faults.is_empty(), "{:?}", back.faults);
    assert!(
        matches!(back.lines.last().map(|line| &line.event), Some(Event::Intent { .. })),
        "intent is on disk before the act"
    );
    let told = log(&desk).exits(5).says("UNKNOWN").says("network n");
    assert!(told.stderr.contains("Look") || told.stderr.contains("look at the cloud"), "{}", told.stderr);
    board(&desk).prints("no end");
}

#[test]
fn an_interrupt_closes_the_journal_and_leaves_no_child() {
    for (on, unknown) in [("openstack network create", true), ("openstack network show n", false)] {
        for by in [rustix::process::Signal::INT, rustix::process::Signal::TERM, rustix::process::Signal::HUP] {
            let desk = hanging(on);
            let run = hung(&desk, on);
            signal(i32::try_from(run.id()).expect("a pid"), by);
            let output = run.wait_with_output().expect("ended");
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(5), "{by:?} {on}\n{text}");
            assert!(text.contains("nterrupted"), "{text}");
            assert_eq!(text.contains("network n was sent") || text.contains("UNKNOWN  network n"), unknown, "{text}");
            assert!(children(&desk).is_empty(), "a child is left");
            let journal = desk.journal();
            assert!(matches!(journal.last().map(|line| &line.event), Some(Event::End { exit: 5, .. })), "{text}");
        }
    }
}

#[test]
fn without_a_journal_nothing_is_changed() {
    let body = format!("gate(\"before\", true); openstack::ensure_network(\"n\", {FLAT}); gate(\"x\", true);");
    let desk = Desk::step(&body).lab();
    let before = desk.cloud();
    // The journal's folder cannot be made.
    let desk = desk.file("state/omega", "a file in the way");
    let done = desk.run_on_disk().apply().done();
    assert!(matches!(done.status, Some(3 | 64)), "{:?}\n{}", done.status, done.stderr);
    assert_eq!(desk.cloud(), before);
}

#[test]
fn a_full_disk_stops_before_the_change() {
    let body = format!("gate(\"before\", true); openstack::ensure_network(\"n\", {FLAT}); gate(\"x\", true);");
    // Blocks of 512 bytes: from a journal that cannot begin to one that ends within the apply.
    for blocks in [1, 2, 3, 4, 5] {
        let desk = Desk::step(&body).lab().shims();
        let before = desk.cloud();
        let run = desk.run_on_shims().apply();
        let mut limited = std::process::Command::new("/bin/sh");
        let words: Vec<String> = std::iter::once(env!("CARGO_BIN_EXE_omega").to_string())
            .chain(run.command().get_args().map(|arg| arg.to_string_lossy().into_owned()))
            .map(|word| format!("'{word}'"))
            .collect();
        // The shims must still write their lab, which is larger than the limit: they are run without it by `prlimit`.
        limited.args(["-c", &format!("trap '' XFSZ; ulimit -S -f {blocks}; exec {}", words.join(" "))]);
        limited
            .current_dir(desk.path(""))
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", desk.path("lab/bin").display()));
        let output =
            limited.env("HOME", desk.path("home")).env("OMEGA_TEST_GUARD_ALONE", "1").output().expect("started");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        if desk.cloud() == before {
            assert!(matches!(output.status.code(), Some(3 | 5 | 64)), "{blocks}: {:?}\n{text}", output.status);
            assert!(!text.contains(" PASS "), "{text}");
            continue;
        }
        panic!("{blocks}: the cloud was changed without a record\n{text}");
    }
}

#[test]
fn a_second_apply_is_told_who_holds_the_first() {
    let on = "openstack network show n";
    let desk = hanging(on);
    let mut first = hung(&desk, on);
    let before = desk.journals().len();
    let second = desk.run_on_disk().apply().done().exits(3);
    assert!(second.stderr.contains("another apply") && second.stderr.contains("tester"), "{}", second.stderr);
    assert!(second.stderr.contains(&first.id().to_string()), "{}", second.stderr);
    assert_eq!(desk.journals().len(), before, "a run that never began left a journal");
    signal(i32::try_from(first.id()).expect("a pid"), rustix::process::Signal::INT);
    first.wait().expect("ended");
    Lab::on_disk(&desk.path("lab")).expect("a lab").set_faults(Vec::new()).expect("set");
    desk.run_on_disk().apply().done().exits(0);
}

#[test]
fn equal_facts_give_an_equal_digest() {
    let desk = passing().lab();
    let first = desk.run_on_disk().done().exits(0).digest();
    assert_eq!(desk.run_on_disk().done().exits(0).digest(), first);
    let other = Desk::steps(&[&format!("openstack::ensure_network(\"m\", {FLAT}); gate(\"one\", true);")]);
    assert_ne!(other.run().done().exits(0).digest(), first);
}

#[test]
fn an_old_digest_shows_what_differs_and_changes_nothing() {
    let desk = Desk::steps(&[
        &format!("openstack::ensure_network(\"n\", {FLAT}); gate(\"one\", true);"),
        "note(`${maas::subnet(\"10.12.4.0/22\").vid}`); gate(\"two\", true);",
    ])
    .lab();
    let digest = desk.run_on_disk().done().exits(0).digest();
    let other = other_vid(&desk);
    let desk = desk.faults(other);
    let before = desk.cloud();
    let done = desk.run_on_disk().arg(&format!("--apply={digest}")).done().exits(1);
    let done = done.says("nothing was changed").says("10.12.4.0/22|vid: 0 -> 7");
    assert!(done.intents().is_empty() && desk.cloud() == before, "{}", done.stderr);
    let digest = done.digest();
    let done = desk.run_on_disk().arg(&format!("--apply={digest}")).done().exits(0);
    assert_eq!(done.intents(), ["make network n"]);
}

/// The subnets as the lab lists them, with another VLAN on one.
fn other_vid(desk: &Desk) -> Json {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_omega"))
        .args(["lab", "answer", "lab", "maas", "--", "admin", "subnets", "read"])
        .current_dir(desk.path(""))
        .output()
        .expect("started");
    let mut subnets: Json = serde_json::from_slice(&output.stdout).expect("JSON");
    for subnet in subnets.as_array_mut().expect("a list").iter_mut().filter(|subnet| subnet["cidr"] == "10.12.4.0/22") {
        subnet["vlan"]["vid"] = 7.into();
    }
    json!([{ "on": "maas admin subnets read", "what": { "reply": { "status": 0, "stdout": subnets.to_string() } } }])
}

#[test]
fn a_pass_of_the_lab_opens_no_real_phase() {
    let first = "runbook(\"phase-a\", \"A\", #{ version: 1, omega: \"0.1\", stage: \"settled\", needs: [\"maas: read\", \"openstack: change\"] });\n\
                 step(\"1\", \"One\", || { gate(\"x\", true); });\n";
    let second = format!(
        "runbook(\"phase-b\", \"B\", #{{ version: 1, omega: \"0.1\", stage: \"settled\", after: [\"phase-a\"], needs: [\"openstack: change\"] }});\n\
         step(\"1\", \"One\", || {{ openstack::ensure_network(\"n\", {FLAT}); gate(\"x\", true); }});\n"
    );
    let desk = Desk::new().file("runbooks/phase-a.rhai", first).file("runbooks/it.rhai", second).lab().shims().pinned();
    let path = format!("{}:/usr/bin:/bin", desk.path("lab/bin").display());
    let state = ["--state", "state/omega"];
    desk.omega(["run", "runbooks/phase-a.rhai", "--lab", state[0], state[1]]).done().exits(0);
    let live = || desk.live().arg("--openrc").arg("lab/openrc").env("PATH", &path).apply();
    let done = live().done().exits(3).says("phase-a has not passed");
    assert!(done.intents().is_empty());
    desk.omega(["run", "runbooks/phase-a.rhai", state[0], state[1]]).env("PATH", &path).done().exits(0);
    live().done().exits(0);
    let text = std::fs::read_dir(Path::new(&desk.path("state/omega/journals"))).expect("there").count();
    assert_eq!(text, 4);
}
