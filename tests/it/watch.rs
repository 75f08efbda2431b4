//! `omega watch` and `omega doctor`, as an operator leaves them running.

use std::io::Read;

use crate::desk::{Desk, HEADER, READ_ONLY, until};

const LOOK: &str = "exit_gate(\"1\", \"Looked at\", || { gate(\"networks\", openstack::has_network(\"n1\")); });\n";

fn desk() -> Desk {
    Desk::with(&format!("{READ_ONLY}{LOOK}"))
        .file("runbooks/change.rhai", HEADER.replace("\"it\"", "\"change\""))
        .lab()
        .pinned()
}

#[test]
fn a_watch_tells_what_changed_between_looks_and_ends_when_it_is_met() {
    let desk = desk();
    let watch = ["watch", "openstack::has_network(\"n1\")", "--lab", "lab", "--every", "1", "--until"];
    let mut child = desk.omega(watch).start();
    let mut seen = String::new();
    let out = child.stdout.as_mut().expect("a pipe");
    let mut byte = [0_u8];
    while !seen.ends_with('\n') {
        out.read_exact(&mut byte).expect("a first line");
        seen.push(char::from(byte[0]));
    }
    assert!(seen.contains("false"), "{seen}");
    let make = format!(
        "{}openstack::ensure_network(\"n1\", {}); }});\nexit_gate(\"2\", \"x\", || {{ gate(\"x\", openstack::network(\"n1\").is_external); }});\n",
        HEADER.to_string() + "step(\"1\", \"One\", || { ",
        crate::desk::FLAT
    );
    let desk = desk.file("runbooks/it.rhai", make);
    desk.run_on_disk().apply().done().exits(0);
    until("the watch ends", || child.try_wait().expect("asked"));
    let mut rest = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut rest).expect("read");
    assert!(rest.contains("false  ->  true"), "{rest}");
}

#[test]
fn a_runbook_is_watched_by_its_gates_and_one_that_changes_is_refused() {
    let desk = desk();
    let watch = |target: &'static str| desk.omega(["watch", target, "--lab", "lab", "--every", "0", "--times", "2"]);
    let done = watch("runbooks/it.rhai").done();
    assert_eq!(done.status, Some(1), "{}", done.stderr);
    done.prints("1 networks").prints("FAIL").says("nothing changed");
    watch("runbooks/change.rhai").done().exits(3).says("may change things");
    watch("juju::no_such()").done().exits(64);
    let desk = desk.file("runbooks/it.rhai", format!("{READ_ONLY}{LOOK}\n"));
    desk.omega(["watch", "runbooks/it.rhai", "--lab"]).done().exits(3).says("not as pinned");
}

#[test]
fn only_what_is_met_ends_a_watch_well() {
    let attested = READ_ONLY.replace("\"it\"", "\"asked\"")
        + "exit_gate(\"1\", \"Asked\", || { attest(\"seen\", \"Is it there?\"); gate(\"networks\", !openstack::has_network(\"n1\")); });\n";
    let desk = desk().file("runbooks/asked.rhai", attested).pinned();
    let until = |target: &'static str| {
        desk.omega(["watch", target, "--lab", "lab", "--every", "0", "--times", "2", "--until"]).done()
    };
    until("!openstack::has_network(\"n1\")").exits(0).prints("true");
    until("openstack::has_network(\"n1\")").exits(1).prints("false").says("nothing changed");
    // Planned is not met: what a person must attest was not attested.
    until("runbooks/asked.rhai").exits(1).prints("PLANNED").says("nothing changed");
    until("maas::subnets().names()").exits(64).says("neither true nor false");
}

#[test]
fn the_doctor_names_what_is_lacking_and_what_it_cannot_tell() {
    let desk = desk().shims();
    let path = desk.path("lab/bin").display().to_string();
    let fit = desk.omega(["doctor", "--state", "state/omega"]).env("PATH", &format!("{path}:/usr/bin:/bin")).done();
    assert!(
        fit.stdout.contains("ok  maas is logged in") && fit.stdout.contains("files are as pinned"),
        "{}",
        fit.stdout
    );
    assert!(fit.stdout.contains("MiB free at"), "{}", fit.stdout);
    let with = |setting| {
        let args = ["doctor", "--state", "state/omega", "--set", setting];
        desk.omega(args).env("PATH", &format!("{path}:/usr/bin:/bin")).done()
    };
    with("maas-profile=nobody").exits(3).prints("LACK  maas").prints("log in with the client");
    with("maas-profil=admin")
        .exits(64)
        .says("there is no such setting; there are maas-profile, juju-model, juju-cloud, netbox-url");
    let bare = desk.omega(["doctor", "--state", "state/omega"]).env("PATH", "/nonexistent").done().exits(3);
    bare.prints("LACK  maas").prints("neither timedatectl nor chronyc").prints("NOT FIT");
    std::fs::write(desk.path("journal"), "no folder").expect("written");
    desk.omega(["doctor", "--state", "journal/omega"]).done().exits(3).prints("cannot be written");
}
