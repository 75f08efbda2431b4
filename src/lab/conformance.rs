//! Holds the lab to captures of the real programs.
//!
//! The captures lie outside the project; `OMEGA_CAPTURES` names their directory. Each row of a table names a capture
//! and a command line that asks the lab the same; the two answers must have the same exit status, use the same stream,
//! say the same words on failure (ids, addresses and URLs masked), and have the same JSON keys and types on success.
//! Values are the lab's own.

mod recorded;
mod sequence;
pub(super) mod shape;
mod tables;

use std::path::PathBuf;

use super::Lab;
use crate::host::Permit;
use crate::transport::{Command, Reply, Request, Transport};
use shape::Said;
use tables::Row;

fn captures(directory: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("OMEGA_CAPTURES") else {
        eprintln!("OMEGA_CAPTURES is not set: the lab was not compared with captures of the real programs");
        return None;
    };
    let path = PathBuf::from(root).join(directory);
    if !path.is_dir() {
        eprintln!("{} is not there: the lab was not compared with it", path.display());
        return None;
    }
    Some(path)
}

fn captured(directory: &std::path::Path, name: &str) -> Said {
    let text = |end: &str| {
        let path = directory.join(format!("{name}.{end}"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let status = text("rc").trim().parse().unwrap_or_else(|_| panic!("{name}.rc is no number"));
    Said { status, stdout: text("json"), stderr: text("stderr") }
}

fn lab(row: &Row, program: &str) -> Lab {
    let mut lab = Lab::embedded(row.stage).expect("the stage loads");
    let patch = serde_json::from_str(row.patch).expect("a patch");
    lab.patch(&patch).unwrap_or_else(|error| panic!("{}: {error:#}", row.capture));
    for line in row.before {
        let said = ask(&lab, program, line);
        assert_eq!(said.status, 0, "{}: {line}: {}{}", row.capture, said.stdout, said.stderr);
    }
    lab
}

/// Sends a line through the changing door; `{openstack0}` stands for that machine's system_id.
fn ask(lab: &Lab, program: &str, line: &str) -> Said {
    let machines = &lab.state().expect("a state").maas.machines.clone();
    let line = machines
        .iter()
        .fold(line.to_string(), |line, (name, machine)| line.replace(&format!("{{{name}}}"), &machine.system_id));
    let words: Vec<String> = line.split(' ').filter(|word| !word.is_empty()).map(ToString::to_string).collect();
    let (env, args): (Vec<String>, Vec<String>) = words.into_iter().partition(|word| word.starts_with("OS_"));
    let mut command = Command::new(program, args);
    for pair in env {
        let (name, value) = pair.split_once('=').expect("NAME=VALUE");
        command.env.insert(name.to_string(), crate::transport::Input::Text(value.to_string()));
    }
    let reply = lab.change(&Request::from(command), Permit::for_test());
    match reply.unwrap_or_else(|failure| panic!("{line}: {}", failure.detail)) {
        Reply::Command { status, stdout, stderr } => Said {
            status,
            stdout: String::from_utf8(stdout).expect("text"),
            stderr: String::from_utf8(stderr).expect("text"),
        },
        Reply::Http { .. } => panic!("{line}: not a command's reply"),
    }
}

/// Every difference, in words; an empty list is agreement.
fn differences(row: &Row, real: &Said, lab: &Said) -> Vec<String> {
    let found = shape::compare(real, lab, row.optional);
    found.into_iter().map(|line| format!("{}: {line}", row.capture)).collect()
}

fn hold(directory: &str, program: &str, rows: &[Row]) {
    let Some(directory) = captures(directory) else { return };
    let mut found = Vec::new();
    for row in rows {
        let real = captured(&directory, row.capture);
        let lab = ask(&lab(row, program), program, row.line);
        found.extend(differences(row, &real, &lab));
    }
    assert!(found.is_empty(), "{} of {} rows differ:\n{}", found.len(), rows.len(), found.join("\n"));
}

#[test]
fn maas_answers_as_captured() {
    hold("maas-live", "maas", tables::MAAS);
}

#[test]
fn openstack_answers_as_captured() {
    hold("openstack-live", "openstack", tables::OPENSTACK);
}

#[test]
fn a_difference_is_seen() {
    let said = |stdout: &str| Said { status: 0, stdout: stdout.to_string(), stderr: String::new() };
    let row = tables::row("made-up", "");
    let real = said(r#"[{"id": 1, "name": "a", "extra": null}]"#);
    assert_eq!(differences(&row, &real, &said(r#"[{"id": 7, "name": "b", "extra": 1}]"#)), Vec::<String>::new());
    assert_eq!(differences(&row, &real, &said(r#"[{"id": "7", "name": "b", "extra": 1}]"#)).len(), 1);
    assert_eq!(differences(&row, &real, &said(r#"[{"id": 7, "nam": "b", "extra": 1}]"#)).len(), 2);
    assert_eq!(differences(&row, &real, &said("")).len(), 2);
}
