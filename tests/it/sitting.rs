//! The sitting: the README's tour from lost machines to load balancers, command by command on one lab in a folder. After
//! each apply that passed the same command is given once more. At the end the board is looked at, and the lab beside one
//! that begins at stage `octavia`: every gate of every runbook rules alike on both.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use omega::host::Ruling;
use omega::journal::{Event, Line};
use omega::verdict::Verdict;

use super::readme;

/// The heading of the README under which the tour stands.
pub const TOUR: &str = "## From lost machines to a carved cloud";

/// Phases that refuse when they are applied again, with the gate that does it; the others make no change.
const REFUSE_AGAIN: [(&str, &str); 1] = [("phase-01", "1.0 nothing is deployed in the model")];

/// A folder with a copy of the repository, and omega on the path.
struct Sitting {
    folder: tempfile::TempDir,
}

impl Sitting {
    fn new() -> Self {
        let sitting = Sitting { folder: tempfile::tempdir().expect("a temporary folder") };
        for made in ["home", "repository", "bin"] {
            std::fs::create_dir(sitting.folder.path().join(made)).expect("made");
        }
        readme::copy(&sitting.repository());
        symlink(env!("CARGO_BIN_EXE_omega"), sitting.folder.path().join("bin/omega")).expect("linked");
        sitting
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    fn sh(&self, line: &str) -> Output {
        let path = format!("{}:/usr/bin:/bin", self.folder.path().join("bin").display());
        Command::new("sh")
            .args(["-c", line])
            .current_dir(self.repository())
            .env_clear()
            .envs([
                ("HOME", self.folder.path().join("home").as_os_str()),
                ("PATH", path.as_ref()),
                ("USER", "operator".as_ref()),
            ])
            .output()
            .expect("sh runs")
    }

    /// The lines of the newest journal of a lab.
    fn journal(&self, lab: &str) -> Vec<Line> {
        let folder = self.repository().join(lab).join("omega/journals");
        let entries = std::fs::read_dir(&folder).expect("journals").map(|entry| entry.expect("an entry").path());
        omega::journal::read(&entries.max().expect("a journal")).expect("it is read").lines
    }
}

fn exit(output: &Output) -> i32 {
    output.status.code().expect("no signal")
}

fn words(output: &Output) -> String {
    [&output.stderr, &output.stdout].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

fn verdict(lines: &[Line]) -> Option<Verdict> {
    lines.iter().rev().find_map(|line| match &line.event {
        Event::End { verdict, .. } => Some(*verdict),
        _ => None,
    })
}

/// Gates that did not hold, as `step name`.
fn failed(lines: &[Line]) -> Vec<String> {
    let failed = lines.iter().filter_map(|line| match &line.event {
        Event::Gate { step, name, ruling: Ruling::Failed | Ruling::WouldFail, .. } => Some(format!("{step} {name}")),
        _ => None,
    });
    failed.collect()
}

/// The runbook that a command applies.
fn applied(command: &str) -> Option<&str> {
    let rest = command.strip_prefix("omega run runbooks/")?;
    command.contains(" --apply").then(|| rest.split('.').next().unwrap_or(rest))
}

/// The same command once more: nothing is changed, and where it refuses, the guard is the one that is named.
fn again(sitting: &Sitting, command: &str, phase: &str) {
    let output = sitting.sh(command);
    let lines = sitting.journal("night");
    let intents = lines.iter().filter(|line| matches!(line.event, Event::Intent { .. })).count();
    assert_eq!(intents, 0, "{phase}, applied again, changes something:\n{}", words(&output));
    match REFUSE_AGAIN.iter().find(|(id, _)| *id == phase) {
        Some((_, guard)) => {
            assert_eq!((exit(&output), failed(&lines)), (1, vec![(*guard).to_string()]), "{}", words(&output));
        }
        None => assert_eq!((exit(&output), verdict(&lines)), (0, Some(Verdict::Pass)), "{}", words(&output)),
    }
}

fn tour(sitting: &Sitting) {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the README");
    let commands = readme::commands_under(&text, TOUR);
    let breaks =
        commands.iter().position(|command| command.contains(" new spoilt ")).expect("the lab is broken at the end");
    for command in &commands[..breaks] {
        let output = sitting.sh(command);
        assert!(
            readme::wanted(command).contains(&exit(&output)),
            "`{command}` exited {}:\n{}",
            exit(&output),
            words(&output)
        );
        match applied(command) {
            Some(phase) if exit(&output) == 0 => again(sitting, command, phase),
            _ => (),
        }
    }
    board(sitting);
    beside_the_stage(sitting);
    let mut stops = Vec::new();
    for command in &commands[breaks..] {
        let output = sitting.sh(command);
        assert!(
            readme::wanted(command).contains(&exit(&output)),
            "`{command}` exited {}:\n{}",
            exit(&output),
            words(&output)
        );
        if exit(&output) == 1 {
            let lab = command.split(" --lab ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a lab");
            stops.extend(failed(&sitting.journal(lab)));
        }
    }
    assert_eq!(stops, ["0.3 links", "5.2 o-hm0 is up"]);
}

/// Every phase of the night has passed on the board, those that refused again among them. What enrolled the hosts came
/// before the deployment that phase-00 opens.
fn board(sitting: &Sitting) {
    let shown = words(&sitting.sh("omega status --state night/omega"));
    for phase in [
        "phase-00",
        "preflight",
        "octavia-pki",
        "phase-01",
        "juju-spaces",
        "phase-02",
        "phase-03",
        "phase-04",
        "phase-05",
    ] {
        let line = shown.lines().find(|line| line.split_whitespace().next() == Some(phase)).expect("a line");
        assert!(line.contains("PASS"), "{phase} has passed:\n{shown}");
    }
}

/// What a runbook's gates say of a lab: rulings and what was seen. Ids and addresses that a lab draws are left out.
fn gates(sitting: &Sitting, runbook: &str, lab: &str) -> BTreeMap<(String, String, String), (Ruling, String)> {
    sitting.sh(&format!("omega run {runbook} --lab {lab}"));
    let gate = |line: Line| match line.event {
        Event::Gate { step, name, subject, ruling, seen, .. } => Some(((step, name, subject), (ruling, masked(&seen)))),
        _ => None,
    };
    sitting.journal(lab).into_iter().filter_map(gate).collect()
}

fn masked(seen: &str) -> String {
    let drawn = |word: &str| word.starts_with("fc00:") || word.starts_with("fe80:");
    let mut after_range = false;
    let words = seen.split(' ').map(|word| {
        let number = std::mem::replace(&mut after_range, word == "range");
        if drawn(word) || (number && word.starts_with(|c: char| c.is_ascii_digit())) { "..." } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The lab is what stage `octavia` says, as far as any runbook looks. The stage knows nothing of what the operator of this
/// night keeps on the jumphost (openrc, CA, Vault's keys, an image): it is laid there first.
fn beside_the_stage(sitting: &Sitting) {
    let files = sitting.sh("omega lab show night /hosts/jumphost/files");
    let files: serde_json::Value = serde_json::from_slice(&files.stdout).expect("JSON");
    // Vault's keys lie by the UUID of the night's model.
    let uuid = sitting.sh("omega lab show night /juju/models/openstack/uuid");
    let uuid: serde_json::Value = serde_json::from_slice(&uuid.stdout).expect("JSON");
    let patch = serde_json::json!([
        { "op": "add", "path": "/hosts/jumphost/files", "value": files },
        { "op": "replace", "path": "/juju/models/openstack/uuid", "value": uuid },
    ]);
    std::fs::write(sitting.repository().join("patch.json"), patch.to_string()).expect("written");
    let made = sitting.sh("omega lab new reference --stage octavia && omega lab patch reference patch.json");
    assert_eq!(exit(&made), 0, "{}", words(&made));
    let runbooks = std::fs::read_dir(sitting.repository().join("runbooks")).expect("runbooks");
    let mut names: Vec<String> =
        runbooks.map(|entry| format!("runbooks/{}", entry.expect("an entry").file_name().to_string_lossy())).collect();
    names.sort();
    let mut looked = 0;
    for runbook in names {
        let (night, reference) = (gates(sitting, &runbook, "night"), gates(sitting, &runbook, "reference"));
        looked += night.len();
        assert_eq!(night, reference, "{runbook}");
    }
    assert!(looked > 250, "only {looked} gates were compared");
}

#[test]
fn a_lab_goes_from_lost_to_octavia_in_one_sitting() {
    tour(&Sitting::new());
}
