//! The parsers against what real clients printed, where the captures are at hand.

use std::path::PathBuf;

use super::status::read;
use super::task::TaskRow;
use crate::transport::{Command, Request};

/// The captures under a folder; says so when there are none, because then nothing was proven.
pub(crate) fn captures(folder: &str, ending: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let Some(root) = std::env::var_os("OMEGA_CAPTURES") else {
        eprintln!("OMEGA_CAPTURES is not set: {folder} was not compared with real output");
        return Vec::new();
    };
    let folder = PathBuf::from(root).join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    assert!(!paths.is_empty(), "{} holds no {ending}", folder.display());
    paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
}

fn request() -> Request {
    Command::new("juju", ["status"]).into()
}

#[test]
fn every_status_parses_and_tells_all_its_units() {
    for (path, bytes) in captures("juju/status", ".json") {
        let status = read(&request(), &bytes).unwrap_or_else(|stop| panic!("{}: {stop}", path.display()));
        assert!(!status.version.is_empty());
        status.machines().unwrap_or_else(|stop| panic!("{}: {stop}", path.display()));
        if path.ends_with("jubilant-status_errors.json") {
            let stop = status.units().unwrap_err();
            assert!(stop.what.contains("app-failed"), "{stop}");
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        for unit in status.units().unwrap() {
            let unit = unit.now().unwrap();
            assert!(text.contains(&format!("\"{}\"", unit.name)));
            let workload = unit.workload.as_ref().unwrap_or_else(|stop| panic!("{}: {stop}", path.display()));
            assert!(text.contains(&format!("\"{}\"", workload.word())));
        }
    }
}

#[test]
fn every_expected_status_of_jujus_own_tests_parses() {
    for (path, bytes) in captures("juju/status-expected", ".json") {
        let cases: Vec<serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
        for case in cases {
            let status = case.get("status").unwrap_or(&case);
            if status.get("applications").is_none() {
                continue;
            }
            let text = serde_json::to_vec(status).unwrap();
            read(&request(), &text).unwrap_or_else(|stop| panic!("{}: {stop}\n{status}", path.display()));
        }
    }
}

#[test]
fn every_task_of_run_and_exec_parses() {
    for folder in ["juju/run", "juju/exec"] {
        for (path, bytes) in captures(folder, ".json") {
            let rows: std::collections::BTreeMap<String, TaskRow> =
                serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(rows.values().all(|row| row.return_code().is_some()), "{}", path.display());
        }
    }
}

#[test]
fn models_spaces_defaults_and_logins_parse() {
    for (path, bytes) in captures("juju/models", ".json") {
        super::model::model_names(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    for (path, bytes) in captures("juju/spaces", "list.json") {
        let names = super::model::space_names(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!names.is_empty(), "{}", path.display());
    }
    for (path, bytes) in captures("juju/model-defaults", ".json") {
        super::model::default_keys(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    for (path, bytes) in captures("juju/whoami", ".json") {
        let user = super::model::user(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(user, "admin");
    }
}
