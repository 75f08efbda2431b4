//! What runs is what was pinned.

use std::process::Command;

use omega::journal::Event;

use crate::desk::{Desk, Done, FLAT, HEADER};

fn repository() -> Desk {
    let text = format!(
        "import \"net\" as net;\n{HEADER}step(\"1\", \"One\", || {{ openstack::ensure_network(net::NAME, {FLAT}); gate(\"x\", true); }});\n"
    );
    let desk = Desk::with(&text).library("net", "export const NAME = \"from-lib\";\n");
    desk.library("unused", "export const X = 1;\n").file("bundle.yaml", "applications: {}\n").lab().pinned()
}

fn apply(desk: &Desk) -> Done {
    desk.live().arg("--lab").arg("lab").apply().done()
}

#[test]
fn what_is_pinned_runs() {
    let desk = repository();
    apply(&desk).exits(0);
    desk.omega(["check", "--sha"]).done().exits(0);
    let sums =
        Command::new("/usr/bin/sha256sum").args(["-c", "--strict", "SHA256SUMS"]).current_dir(desk.path("")).output();
    assert!(sums.expect("sha256sum").status.success());
}

/// Lesson: bytes-lost-after-the-test.
#[test]
fn a_flipped_bit_in_any_pinned_file_is_refused_before_any_call() {
    let desk = repository();
    let sums = std::fs::read_to_string(desk.path("SHA256SUMS")).expect("pins");
    let paths: Vec<&str> = sums.lines().filter_map(|line| line.split_once("  ")).map(|(_, path)| path).collect();
    assert_eq!(paths, ["bundle.yaml", "lib/net.rhai", "lib/unused.rhai", "runbooks/it.rhai"]);
    let before = desk.cloud();
    for path in paths.into_iter().chain(["SHA256SUMS"]) {
        let bytes = std::fs::read(desk.path(path)).expect("read");
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            std::fs::write(desk.path(path), &flipped).expect("written");
            apply(&desk).exits(4).says("REFUSED");
            desk.omega(["check", "--sha"]).done().exits(4);
            assert!(desk.journals().is_empty(), "{path} at {at}");
            assert_eq!(desk.cloud(), before, "{path} at {at}");
        }
        std::fs::write(desk.path(path), bytes).expect("written");
    }
    apply(&desk).exits(0);
}

#[test]
fn a_file_more_or_less_is_refused() {
    for extra in ["lib/extra.rhai", "runbooks/extra.rhai", "runbooks/deep/notes.txt", "lib/.hidden"] {
        let desk = repository().file(extra, "x\n");
        apply(&desk).exits(4).says(extra);
        assert!(desk.journals().is_empty());
    }
    for gone in ["lib/unused.rhai", "bundle.yaml", "SHA256SUMS"] {
        let desk = repository();
        std::fs::remove_file(desk.path(gone)).expect("removed");
        apply(&desk).exits(4).says(gone);
    }
    let desk = repository();
    std::fs::remove_file(desk.path("lib/unused.rhai")).expect("removed");
    std::os::unix::fs::symlink("/etc/hostname", desk.path("lib/unused.rhai")).expect("linked");
    apply(&desk).exits(4);
}

/// Lesson: stale-copy.
#[test]
fn running_the_unpinned_marks_every_record() {
    let desk = repository().file("lib/net.rhai", "export const NAME = \"edited\";\n");
    let done = desk.live().arg("--lab").arg("lab").arg("--unpinned").apply().done().exits(0).says("UNPINNED");
    assert!(done.events().any(|event| matches!(event, Event::Begin(begin) if begin.unpinned)));
    assert_eq!(done.intents(), ["make network edited"]);
    let board = desk.omega(["status", "--state", "state/omega"]).done();
    board.prints("UNPINNED");
}

#[test]
fn the_bytes_that_were_hashed_are_the_bytes_that_run() {
    let desk = repository();
    std::fs::create_dir(desk.path("other")).expect("made");
    std::fs::write(desk.path("other/net.rhai"), "export const NAME = \"evil\";\n").expect("written");
    let done = desk.live().arg("--lab").arg("lab").apply().arg("--site").arg("../other").done();
    assert!(done.intents().iter().all(|intent| !intent.contains("evil")), "{}", done.stderr);
    let outside = tempfile::tempdir().expect("a folder");
    let path = outside.path().join("it.rhai");
    std::fs::copy(desk.path("runbooks/it.rhai"), &path).expect("copied");
    let path = path.display().to_string();
    let done = desk.omega(["run", &path, "--root", ".", "--lab"]).done();
    assert!(matches!(done.status, Some(4 | 64)), "{done:?}");
}
