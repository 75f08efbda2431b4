//! The lab and the rig asked the same, side by side: every command of the sequence, its refusals among them. The lab
//! answers through its executable, as it answers a script; the recording holds it to the same words without a rig.

use std::process::{Command, Stdio};

use omega::lab::{Lab, shims};

use crate::desk::Desk;
use crate::sequence::{self, LIKE_THE_RIG, Line, Side};
use crate::shape::Said;

fn ask_lab(desk: &Desk, line: &Line, side: &Side) -> Said {
    let lab = desk.at("like-the-rig");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", ". \"$0\" && exec env \"$@\""]).arg(lab.join("openrc")).args(line.variables());
    shell.arg(lab.join("bin/openstack")).args(side.argv(line)).stdin(Stdio::null());
    let output = shell.output().expect("it starts");
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    Said { status: output.status.code().unwrap_or(-1), stdout, stderr }
}

fn ask_rig(desk: &Desk, line: &Line, side: &Side) -> Said {
    let said = desk.ask(&line.variables(), &side.argv(line));
    Said { status: said.status, stdout: said.stdout, stderr: said.stderr }
}

#[test]
#[ignore = "needs a rig"]
fn the_lab_answers_as_the_rig_does() {
    let desk = Desk::new();
    let directory = desk.at("like-the-rig");
    let mut lab = Lab::create(&directory, "settled").expect("a lab");
    lab.patch(&serde_json::from_str(LIKE_THE_RIG).expect("a patch")).expect("it applies");
    shims::write(&directory, std::path::Path::new(env!("CARGO_BIN_EXE_omega"))).expect("executables");

    let (mut ours, mut theirs, mut found) = (Side::default(), Side::default(), Vec::new());
    let lines = sequence::lines();
    for line in &lines {
        let (lab, rig) = (ask_lab(&desk, line, &ours), ask_rig(&desk, line, &theirs));
        ours.heard(line, &lab);
        theirs.heard(line, &rig);
        found.extend(sequence::differences(line, &rig, &lab));
    }
    eprintln!("{} commands compared", lines.len());
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}
