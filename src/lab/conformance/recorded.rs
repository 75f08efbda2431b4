//! Holds the lab to fixtures/recorded/openstack.json, which the rig's recorder wrote: what the real client, Keystone,
//! Neutron and Glance say to every command of the sequence, its refusals among them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::sequence::{self, Line, Side};
use super::shape::Said;
use crate::host::Permit;
use crate::lab::Lab;
use crate::transport::{Command, Input, Reply, Request, Transport};

const RECORDED: &str = include_str!("../../../fixtures/recorded/openstack.json");

#[derive(Deserialize)]
struct Recording {
    commands: Vec<Recorded>,
}

#[derive(Deserialize)]
struct Recorded {
    name: String,
    environment: Vec<String>,
    argv: Vec<String>,
    status: i32,
    stdout: String,
    stderr: String,
}

fn recorded() -> BTreeMap<String, Recorded> {
    let recording: Recording = serde_json::from_str(RECORDED).expect("the recording's form");
    recording.commands.into_iter().map(|command| (command.name.clone(), command)).collect()
}

fn lab() -> Lab {
    let mut lab = Lab::embedded("settled").expect("the stage loads");
    lab.patch(&serde_json::from_str(sequence::LIKE_THE_RIG).expect("a patch")).expect("the patch applies");
    lab
}

/// The openrc of the lab's administrator.
fn openrc() -> BTreeMap<String, Input> {
    let usual = [
        ("OS_AUTH_URL", "https://10.12.4.50:5000/v3"),
        ("OS_USERNAME", "admin"),
        ("OS_PASSWORD", "lab-admin-password"),
        ("OS_PROJECT_NAME", "admin"),
        ("OS_USER_DOMAIN_NAME", "admin_domain"),
        ("OS_PROJECT_DOMAIN_NAME", "admin_domain"),
        ("OS_REGION_NAME", "RegionOne"),
    ];
    usual.iter().map(|(name, value)| ((*name).to_string(), Input::Text((*value).to_string()))).collect()
}

fn ask(lab: &Lab, line: &Line, argv: Vec<String>) -> Said {
    let mut command = Command::new("openstack", argv);
    command.env = openrc();
    let variables = line.variables();
    let variables = variables.iter().filter_map(|pair| pair.split_once('='));
    command.env.extend(variables.map(|(name, value)| (name.to_string(), Input::Text(value.to_string()))));
    match lab.change(&Request::from(command), Permit::for_test()) {
        Ok(Reply::Command { status, stdout, stderr }) => Said {
            status,
            stdout: String::from_utf8(stdout).expect("text"),
            stderr: String::from_utf8(stderr).expect("text"),
        },
        Ok(Reply::Http { .. }) => panic!("{}: not a command's reply", line.name),
        Err(failure) => Said { status: -1, stdout: String::new(), stderr: failure.detail },
    }
}

#[test]
fn the_recording_is_of_the_sequence() {
    let recorded = recorded();
    let lines = sequence::lines();
    assert!(lines.len() >= 90, "{} commands", lines.len());
    assert_eq!(recorded.len(), lines.len(), "every name once");
    for line in lines {
        let real =
            recorded.get(&line.name).unwrap_or_else(|| panic!("{} is not recorded: rigs/openstack/record", line.name));
        assert_eq!(real.environment, line.variables(), "{}", line.name);
        let ours = line.words.iter().zip(&real.argv);
        assert!(line.words.len() == real.argv.len(), "{}", line.name);
        assert!(ours.clone().all(|(ours, real)| ours.starts_with('{') || ours == real), "{}", line.name);
    }
}

#[test]
fn the_lab_answers_as_the_rig_did() {
    let (lab, recorded, mut side) = (lab(), recorded(), Side::default());
    let mut found = Vec::new();
    for line in sequence::lines() {
        let said = ask(&lab, &line, side.argv(&line));
        side.heard(&line, &said);
        let Some(real) = recorded.get(&line.name) else { continue }; // the test above says so
        let real = Said { status: real.status, stdout: real.stdout.clone(), stderr: real.stderr.clone() };
        found.extend(sequence::differences(&line, &real, &said));
    }
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}
