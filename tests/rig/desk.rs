//! The place from which a test works: an emptied cloud, the client, omega with a search path and a state of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use omega::lab::{Lab, shims};
use serde_json::Value;

/// The networks that the tests make.
const NAMES: [&str; 2] = ["provider-ext", "other-ext"];

pub struct Desk {
    pub directory: tempfile::TempDir,
    pub openrc: PathBuf,
    client: PathBuf,
}

/// What a program left.
pub struct Said {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A run of omega.
pub struct Run {
    pub said: Said,
    /// The lines of its journal.
    pub events: Vec<Value>,
}

impl Desk {
    /// Empties the cloud; refuses one that is not the tests' own.
    pub fn new() -> Desk {
        let [openrc, client] = ["OMEGA_RIG_OPENRC", "OMEGA_RIG_CLIENT"].map(path_from);
        let text = std::fs::read_to_string(&openrc).unwrap_or_else(|error| panic!("{}: {error}", openrc.display()));
        assert!(is_on_this_machine(&text), "{}: its OS_AUTH_URL is not on 127.0.0.1; refused", openrc.display());
        let desk = Desk { directory: tempfile::tempdir().expect("a directory"), openrc, client };
        desk.put_maas_in_place();
        desk.empty();
        desk
    }

    fn put_maas_in_place(&self) {
        let lab = self.at("lab");
        Lab::create(&lab, "settled").expect("a lab");
        let made = shims::write(&lab, Path::new(env!("CARGO_BIN_EXE_omega"))).expect("executables");
        std::fs::create_dir(self.at("bin")).expect("a directory");
        std::os::unix::fs::symlink(made.bin.join("maas"), self.at("bin/maas")).expect("a link");
        std::os::unix::fs::symlink(&self.client, self.at("bin/openstack")).expect("a link");
    }

    fn empty(&self) {
        let networks = self.json("network list");
        let networks = networks.as_array().expect("a list");
        let others: Vec<&Value> = networks.iter().filter(|row| !is_ours(row)).collect();
        assert!(others.is_empty(), "this cloud holds networks that the tests did not make; refused: {others:?}");
        if !networks.is_empty() {
            let ids: Vec<&str> = networks.iter().filter_map(|row| row["ID"].as_str()).collect();
            self.client(&format!("network delete {}", ids.join(" ")));
        }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What the client says; `NAME=VALUE` words before the command are variables over those of the openrc.
    pub fn ask<W: AsRef<std::ffi::OsStr>>(&self, variables: &[String], words: &[W]) -> Said {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", ". \"$0\" && exec env \"$@\""])
            .arg(&self.openrc)
            .args(variables)
            .arg(&self.client)
            .args(words);
        self.end(shell)
    }

    /// The client's words for a command that must succeed.
    pub fn client(&self, line: &str) -> String {
        let said = self.ask(&[], &line.split(' ').collect::<Vec<_>>());
        assert_eq!(said.status, 0, "openstack {line}: {}{}", said.stdout, said.stderr);
        said.stdout
    }

    pub fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.client(&format!("{line} -f json"))).expect("JSON")
    }

    /// Every network and subnet with all fields that tell a change.
    pub fn everything(&self) -> [Value; 2] {
        ["network list --long", "subnet list --long"].map(|line| sorted(self.json(line)))
    }

    /// Revision and time of the last change of both objects of phase-04.
    pub fn revisions(&self) -> [Value; 4] {
        let network = self.json("network show provider-ext");
        let subnet = self.json("subnet show provider-ext-fip");
        let [n, s] = [&network, &subnet];
        [n["revision_number"].clone(), n["updated_at"].clone(), s["revision_number"].clone(), s["updated_at"].clone()]
    }

    /// `omega run runbooks/phase-04.rhai` with the rig's openrc.
    pub fn run(&self, words: &[&str]) -> Run {
        let openrc = self.openrc.display().to_string();
        self.omega(&self.at("bin"), &[&["--openrc", &openrc], words].concat())
    }

    /// The same with another openrc: this one with a line in place of the variable's own.
    pub fn run_with(&self, variable: &str, value: &str) -> Run {
        let text = std::fs::read_to_string(&self.openrc).expect("readable");
        let is_other = |line: &&str| !line.contains(&format!("{variable}="));
        let mut text: String = text.lines().filter(is_other).map(|line| format!("{line}\n")).collect();
        text.push_str(&format!("export {variable}={value}\n"));
        let path = self.at("other-openrc");
        std::fs::write(&path, text).expect("written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, mode).expect("mode set");
        self.omega(&self.at("bin"), &["--openrc", &path.display().to_string()])
    }

    /// Phase-04 with these programs alone on the search path, and nothing else of this process's environment.
    pub fn omega(&self, programs: &Path, words: &[&str]) -> Run {
        let mut omega = Command::new(env!("CARGO_BIN_EXE_omega"));
        omega.args(["--state", &self.at("state").display().to_string(), "run", "runbooks/phase-04.rhai"]);
        omega.args(["--format", "json"]).args(words).current_dir(env!("CARGO_MANIFEST_DIR"));
        omega.env_clear().env("PATH", programs);
        let said = self.end(omega);
        let events = said.stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
        Run { said, events }
    }

    fn end(&self, mut command: Command) -> Said {
        command.env("HOME", self.directory.path()).stdin(Stdio::null());
        let Output { status, stdout, stderr } = command.output().expect("it starts");
        let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
        Said { status: status.code().unwrap_or(-1), stdout, stderr }
    }
}

impl Run {
    /// Holds the run to an exit status and a verdict.
    pub fn ends(self, status: i32, verdict: &str) -> Run {
        let end = self.events("end").last().map(|end| end["verdict"].clone());
        assert_eq!((self.said.status, end), (status, Some(verdict.into())), "{}", self.said.stderr);
        self
    }

    pub fn events(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Value> {
        self.events.iter().filter(move |event| event["event"] == kind)
    }

    /// `make network provider-ext` and so on, as planned in the first pass.
    pub fn planned(&self) -> Vec<String> {
        let changes = self.events("planned").map(|event| &event["change"]);
        changes.map(|change| format!("{} {}", text(&change["verb"]), text(&change["name"]))).collect()
    }

    /// How many changes were sent.
    pub fn sent(&self) -> usize {
        self.events("intent").count()
    }

    pub fn digest(&self) -> String {
        text(&self.events("plan-ready").next().unwrap_or_else(|| panic!("no plan: {}", self.said.stderr))["digest"])
    }

    /// Each gate's name, how the last pass ruled, and what it saw.
    pub fn gates(&self) -> Vec<String> {
        let last = self.events.iter().rposition(|event| event["event"] == "pass").unwrap_or(0);
        let gates = self.events[last..].iter().filter(|event| event["event"] == "gate");
        gates.map(|gate| format!("{} {} {}", text(&gate["name"]), text(&gate["ruling"]), text(&gate["seen"]))).collect()
    }

    /// Holds what a person reads to these words.
    pub fn tells(self, words: &[&str]) -> Run {
        for word in words {
            assert!(self.said.stderr.contains(word), "no `{word}` in\n{}", self.said.stderr);
        }
        self
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToString::to_string)
}

fn path_from(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    let path =
        path.unwrap_or_else(|| panic!("{variable} is not set: these tests need a rig; see rigs/openstack/README.md"));
    std::path::absolute(path).expect("a path")
}

/// The host of `OS_AUTH_URL`, to the letter: a name may lead anywhere.
fn is_on_this_machine(openrc: &str) -> bool {
    let url =
        openrc.lines().rev().find_map(|line| line.trim().trim_start_matches("export ").strip_prefix("OS_AUTH_URL="));
    let host = url.and_then(|url| url.trim_matches(['"', '\'']).split_once("://")).map(|(_, rest)| rest);
    host.and_then(|rest| rest.split([':', '/']).next()) == Some("127.0.0.1")
}

fn is_ours(row: &Value) -> bool {
    NAMES.iter().any(|name| row["Name"] == *name)
}

fn sorted(rows: Value) -> Value {
    let Value::Array(mut rows) = rows else { return rows };
    for list in rows.iter_mut().flat_map(|row| row.as_object_mut()).flat_map(|row| row.values_mut()) {
        if let Value::Array(items) = list {
            items.sort_by_key(Value::to_string);
        }
    }
    rows.sort_by_key(Value::to_string);
    Value::Array(rows)
}

#[test]
fn only_an_address_of_this_machine_is_accepted() {
    for url in ["http://127.0.0.1:15000/v3", "'https://127.0.0.1/v3'"] {
        assert!(is_on_this_machine(&format!("# rig\nexport OS_AUTH_URL={url}\nexport OS_USERNAME=admin\n")), "{url}");
    }
    for url in ["https://10.12.4.50:5000/v3", "http://127.0.0.1.example.invalid/v3", "http://localhost:5000/v3", ""] {
        assert!(!is_on_this_machine(&format!("export OS_AUTH_URL={url}\n")), "{url}");
    }
    assert!(!is_on_this_machine("export OS_CLOUD=rig\n"));
    let two = "export OS_AUTH_URL=http://127.0.0.1:1/v3\nexport OS_AUTH_URL=http://cloud:5000/v3\n";
    assert!(!is_on_this_machine(two), "the last one counts");
}
