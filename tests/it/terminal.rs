//! What comes out, where, and with which exit status.

use std::io::Read;
use std::os::fd::AsRawFd;
use std::process::Stdio;

use serde_json::Value as Json;

use crate::desk::{Desk, FLAT, READ_ONLY};

fn mixed() -> Desk {
    Desk::reading(
        "gate(\"good\", true); gate(\"bad\", false, #{ issue: \"KI-1\" }); note(\"a <b> & \\\"c\\\"\"); warn(\"w\");",
    )
}

#[test]
fn off_a_terminal_there_are_no_escape_codes() {
    for done in [
        mixed().run().done(),
        mixed().run().env("CLICOLOR_FORCE", "1").env("FORCE_COLOR", "1").env("TERM", "xterm-256color").done(),
        Desk::reading("gate(\"x\", treu);").run().done(),
        mixed().omega(["--help"]).done(),
        mixed().omega(["nonsense"]).done(),
    ] {
        assert!(
            !done.stderr.contains('\u{1b}') && !done.stdout.contains('\u{1b}'),
            "{:?}\n{:?}",
            done.stdout,
            done.stderr
        );
    }
}

#[test]
fn a_script_or_a_cloud_cannot_steer_the_terminal() {
    let body = r#"note("\x1b[2Jred \x07 \r over"); gate("evil \x1b[31m", false); fail("\x1b]0;title\x07");"#;
    let done = Desk::reading(body).run().done().exits(1);
    assert!(!done.stderr.contains(['\u{1b}', '\u{7}', '\r']), "{:?}", done.stderr);
    let reply = serde_json::json!([{ "on": "maas admin subnets read", "what": { "reply": { "status": 2, "stdout": "\u{1b}[2J gone" } } }]);
    let desk = Desk::reading("let s = maas::subnets(); gate(\"x\", true);").lab().faults(reply);
    let done = desk.run_on_disk().done().exits(5);
    assert!(!done.stderr.contains('\u{1b}'), "{:?}", done.stderr);
}

#[test]
fn json_lines_begin_with_their_schema() {
    let done = mixed().run().arg("--format").arg("json").done().exits(1);
    let lines: Vec<Json> = done.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines[0]["schema"], "omega/journal");
    assert!(lines[0]["version"].is_number());
    assert_eq!(lines.len() - 1, done.journal.len());
    assert_eq!(lines.last().expect("a line")["event"], "end");
    assert_eq!(lines.last().expect("a line")["exit"], 1);
}

#[test]
fn junit_shows_every_failure() {
    let text = |desk: &Desk| {
        let done = desk.run().arg("--format").arg("junit").done();
        (done.status, done.stdout)
    };
    let (status, xml) = text(&mixed());
    assert_eq!(status, Some(1));
    assert!(xml.starts_with("<?xml") && xml.matches("<testcase").count() >= 2, "{xml}");
    assert!(xml.contains("failures=\"1\""), "{xml}");
    for body in [
        "return; gate(\"x\", true);",
        "gate(\"x\", true); fail(\"no\");",
        "note(\"nothing\");",
        "gate(\"x\", true); maas::subnet(1);",
    ] {
        let (status, xml) = text(&Desk::reading(body));
        assert_eq!(status, Some(1), "{body}");
        assert!(xml.contains("<failure") || xml.contains("<error"), "{body}: a run that failed looks green\n{xml}");
    }
    let newer = READ_ONLY.replace("\"0.1\"", "\"99.0\"");
    let (status, xml) = text(&Desk::with(&format!("{newer}step(\"1\", \"One\", || {{ gate(\"x\", true); }});\n")));
    assert_eq!(status, Some(3));
    assert!(xml.contains("<failure") || xml.contains("<error"), "{xml}");
    let (status, xml) = text(&Desk::reading("gate(\"x\", true);"));
    assert_eq!(status, Some(0));
    assert!(!xml.contains("<failure") && !xml.contains("<error") && xml.contains("<testcase"), "{xml}");
}

#[test]
fn what_is_no_runbook_is_refused() {
    let step = "step(\"1\", \"One\", || { gate(\"x\", true); });\n";
    let desk =
        Desk::with(&format!("{READ_ONLY}{step}")).file("runbooks/empty.rhai", "").file("runbooks/folder/x.txt", "");
    let desk =
        desk.file("runbooks/binary.rhai", [0u8, 159, 146, 150, 255]).file("outside.rhai", format!("{READ_ONLY}{step}"));
    for (path, status) in [
        ("runbooks/missing.rhai", 64),
        ("missing.rhai", 64),
        ("runbooks/folder", 64),
        ("runbooks", 64),
        ("/etc/passwd", 64),
        ("/dev/null", 64),
        ("outside.rhai", 64),
        ("", 64),
        ("runbooks/empty.rhai", 4),
        ("runbooks/binary.rhai", 4),
    ] {
        let done = desk.omega(["run", path, "--unpinned", "--lab"]).done();
        assert_eq!(done.status, Some(status), "{path:?}\n{}", done.stderr);
        assert!(!done.stderr.trim().is_empty(), "{path:?}: no word");
    }
    let pinned = desk.omega(["run", "runbooks/missing.rhai", "--lab"]).done();
    assert_eq!(pinned.status, Some(64), "{}", pinned.stderr);
}

#[test]
fn usage_errors_are_64() {
    let desk = mixed();
    let lines: [&[&str]; 12] = [
        &[],
        &["nonsense"],
        &["run"],
        &["run", "runbooks/it.rhai", "--nonsense"],
        &["run", "runbooks/it.rhai", "--yes"],
        &["run", "runbooks/it.rhai", "--lab", "--replay", "x"],
        &["run", "runbooks/it.rhai", "--stage", "settled"],
        &["run", "runbooks/it.rhai", "--lab", "--unpinned", "--stage", "nowhere"],
        &["run", "runbooks/it.rhai", "--lab", "--unpinned", "--set", "nonsense"],
        &["run", "runbooks/it.rhai", "--lab", "--unpinned", "--format", "sarif"],
        &["run", "runbooks/it.rhai", "--lab", "--unpinned", "--secret-file", "nonsense"],
        &["log", "nothing"],
    ];
    for line in lines {
        let mut run = desk.omega([]);
        for word in line {
            run = run.arg(word);
        }
        let done = run.done();
        assert_eq!(done.status, Some(64), "{line:?}\n{}", done.stderr);
    }
    assert_eq!(desk.omega(["--help"]).done().status, Some(0));
    assert_eq!(desk.omega(["--version"]).done().status, Some(0));
}

#[test]
fn an_apply_off_a_terminal_must_be_told_yes() {
    let desk = Desk::step(&format!("openstack::ensure_network(\"n\", {FLAT}); gate(\"x\", true);"));
    let done = desk.run().arg("--apply").done().exits(64).says("--yes");
    assert!(done.intents().is_empty());
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    for format in ["json", "junit", "text"] {
        for close_errors in [false, true] {
            let desk = mixed();
            let mut command = desk.run().arg("--format").arg(format).command();
            let mut child = command.spawn().expect("started");
            drop(child.stdout.take());
            let mut errors = child.stderr.take();
            if close_errors {
                errors = None;
            }
            let mut text = String::new();
            if let Some(mut errors) = errors {
                errors.read_to_string(&mut text).expect("text");
            }
            let status = child.wait().expect("ended").code();
            assert_eq!(status, Some(1), "{format}\n{text}");
            assert!(!text.contains("panicked"), "{text}");
        }
    }
    let desk = mixed();
    let mut child = desk.omega(["run", "runbooks/none.rhai", "--unpinned"]).command().spawn().expect("started");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("ended").code(), Some(64));
}

#[test]
fn a_full_disk_behind_standard_output_is_no_panic() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    assert!(full.as_raw_fd() > 2);
    let desk = mixed();
    let output = desk.run().arg("--format").arg("json").command().stdout(Stdio::from(full)).output().expect("ended");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn results_go_to_standard_output_and_words_to_standard_error() {
    let done = mixed().run().done();
    assert!(done.stdout.is_empty(), "{}", done.stdout);
    let done = mixed().omega(["eval", "1 + 1", "--lab"]).done();
    assert_eq!((done.status, done.stdout.trim()), (Some(0), "2"), "{}", done.stderr);
    let change = format!("openstack::ensure_network(\"n\", {FLAT})");
    mixed().omega(["eval", &change, "--lab"]).done().exits(1);
    mixed().omega(["eval", "maas::subnt()", "--lab"]).done().exits(64).says("did you mean `subnet`?");
    mixed()
        .omega(["eval", "maas::subnet(\"10.12.4.0/22\").vlann", "--lab"])
        .done()
        .exits(64)
        .says("has no field `vlann`");
    let object = mixed().omega(["eval", "maas::subnet(\"10.12.4.0/22\")", "--lab"]).done().exits(0);
    object.prints("\"gateway\": \"10.12.4.1\"").prints("\"fabric\": \"provider\"");
    mixed().omega(["eval", "maas::subnets()", "--lab"]).done().exits(0).prints("\"cidr\": \"10.12.4.0/22\"");
    mixed().omega(["eval", "loop {}", "--lab"]).done().exits(64);
}

#[test]
fn a_change_that_failed_says_what_was_asked_what_is_there_and_what_to_do() {
    let fault =
        serde_json::json!([{ "on": "openstack network create", "what": { "reply": { "status": 1, "stderr": "No" } } }]);
    let desk = Desk::step(&format!("openstack::ensure_network(\"n1\", {FLAT});")).lab().faults(fault);
    let done = desk.run_on_disk().apply().done().exits(1);
    done.says("asked    openstack network create")
        .says("seen     read again: ")
        .says("next     put right what it says, then run it again");
}

#[test]
fn an_error_of_a_run_underlines_the_call_or_the_option_as_the_check_does() {
    let spec = "#{ external: true,\n type: \"flat\", physnt: \"x\", physnet: \"x\", all_projects: false }";
    let done = Desk::step(&format!("openstack::ensure_network(\"n1\", {spec});")).run().done().exits(1);
    let underlined = |line: &str, mark: &str| {
        let lines: Vec<&str> = done.stderr.lines().collect();
        let at = lines.iter().rposition(|text| text.contains(line)).expect("the line is quoted");
        assert_eq!(lines[at + 1].trim_end().chars().filter(|c| *c == '^').collect::<String>(), mark, "{}", done.stderr);
        assert_eq!(lines[at + 1].find('^'), lines[at].find(line), "{}", done.stderr);
    };
    underlined("physnt", "^^^^^^");
    let done =
        Desk::reading("let s = openstack::network(\"gone\");\ngate(\"x\", s.is_external);").run().done().exits(1);
    assert!(done.stderr.contains("^^^^^^^^^^^^^^^^^^\n"), "{}", done.stderr);
}
