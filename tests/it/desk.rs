//! A desk: a temporary repository with runbooks and libraries, a state folder, and omega run in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use omega::journal::{Event, Line};
use omega::lab::Lab;
use serde_json::Value as Json;
use tempfile::TempDir;

/// The header of most runbooks here.
pub const HEADER: &str = r#"// omega: allow E0304: what is tested here comes before any exit gate
runbook("it", "A test", #{ version: 1, omega: "0.1", stage: "settled", needs: ["maas: read", "openstack: change"] });
"#;

/// The header of a runbook that may change nothing.
pub const READ_ONLY: &str = r#"runbook("it", "A test", #{ version: 1, omega: "0.1", stage: "settled", needs: ["maas: read", "openstack: read"] });
"#;

/// The options of a network that the lab's cloud can have.
pub const FLAT: &str = r#"#{ external: true, type: "flat", physnet: "physnet1", all_projects: false }"#;

/// The options of a flat network on the physical network of that number.
pub fn flat(number: usize) -> String {
    FLAT.replace("physnet1", &format!("physnet{number}"))
}

/// A temporary repository and its state folder.
#[must_use]
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    /// An empty repository.
    pub fn new() -> Self {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        for folder in ["runbooks", "lib"] {
            std::fs::create_dir(desk.path(folder)).expect("made");
        }
        desk
    }

    /// A repository with one runbook, whole.
    pub fn with(runbook: &str) -> Self {
        Desk::new().file("runbooks/it.rhai", runbook)
    }

    /// A runbook of one step that may change things.
    pub fn step(body: &str) -> Self {
        Desk::with(&format!("{HEADER}step(\"1\", \"One\", || {{\n{body}\n}});\n"))
    }

    /// A runbook of one step that reads only.
    pub fn reading(body: &str) -> Self {
        Desk::with(&format!("{READ_ONLY}step(\"1\", \"One\", || {{\n{body}\n}});\n"))
    }

    /// Several steps, numbered from 1, after the changing header.
    pub fn steps(bodies: &[&str]) -> Self {
        let steps =
            bodies.iter().zip(1..).map(|(body, n)| format!("step(\"{n}\", \"Step {n}\", || {{\n{body}\n}});\n"));
        Desk::with(&std::iter::once(HEADER.to_string()).chain(steps).collect::<String>())
    }

    /// Writes a file of the repository.
    pub fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
        self
    }

    /// Writes a library.
    pub fn library(self, name: &str, text: &str) -> Self {
        self.file(&format!("lib/{name}.rhai"), text)
    }

    /// Pins everything.
    pub fn pinned(self) -> Self {
        self.omega(["pin"]).done().exits(0);
        self
    }

    /// Makes a lab on disk, in `lab`.
    pub fn lab(self) -> Self {
        Lab::create(&self.path("lab"), "settled").expect("a lab");
        self
    }

    /// Sets what goes wrong in the lab on disk.
    pub fn faults(self, faults: Json) -> Self {
        let lab = Lab::on_disk(&self.path("lab")).expect("a lab");
        lab.set_faults(serde_json::from_value(faults).expect("faults")).expect("set");
        self
    }

    /// Gives the lab on disk more physical networks: a flat network takes one whole.
    pub fn physnets(self, count: usize) -> Self {
        let names: Vec<String> = (1..=count).map(|n| format!("physnet{n}")).collect();
        let patch =
            serde_json::json!([{ "op": "replace", "path": "/openstack/neutron/physical_networks", "value": names }]);
        let mut lab = Lab::on_disk(&self.path("lab")).expect("a lab");
        lab.patch(&serde_json::from_value(patch).expect("a patch")).expect("patched");
        self
    }

    /// Makes shims of the lab on disk.
    pub fn shims(self) -> Self {
        self.omega(["lab", "shims", "lab"]).done().exits(0);
        self
    }

    /// A path of the repository.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The state of the lab on disk, as it is kept.
    pub fn cloud(&self) -> Json {
        let lab = Lab::on_disk(&self.path("lab")).expect("a lab");
        let mut state = serde_json::to_value(lab.state().expect("a state")).expect("JSON");
        state.as_object_mut().expect("an object").remove("faults");
        state
    }

    /// Any command line of omega.
    pub fn omega<const N: usize>(&self, args: [&str; N]) -> Run<'_> {
        let state = self.path("state").display().to_string();
        Run { desk: self, args: args.map(str::to_string).to_vec(), env: [("XDG_STATE_HOME".to_string(), state)].into() }
    }

    /// `omega run --unpinned` on the lab in memory, with its journal kept.
    pub fn run(&self) -> Run<'_> {
        self.live().arg("--unpinned").arg("--draft").arg("--lab")
    }

    /// `omega run --unpinned` on the lab on disk.
    pub fn run_on_disk(&self) -> Run<'_> {
        self.live().arg("--unpinned").arg("--draft").arg("--lab").arg("lab")
    }

    /// `omega run --unpinned` on real processes: the lab's shims.
    pub fn run_on_shims(&self) -> Run<'_> {
        let path = format!("{}:/usr/bin:/bin", self.path("lab/bin").display());
        self.live().arg("--unpinned").arg("--openrc").arg("lab/openrc").env("PATH", &path)
    }

    /// `omega run` with nothing but the state folder given.
    pub fn live(&self) -> Run<'_> {
        self.omega(["run", "runbooks/it.rhai", "--state", "state/omega"])
    }

    /// The journals, oldest first.
    pub fn journals(&self) -> Vec<PathBuf> {
        let folder = self.path("state/omega/journals");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    }

    /// The lines of the last journal; none when there is no journal that can be read.
    pub fn journal(&self) -> Vec<Line> {
        let read = self.journals().last().map(|path| omega::journal::read(path));
        read.and_then(Result::ok).map_or_else(Vec::new, |read| read.lines)
    }
}

/// A run to be.
#[must_use]
pub struct Run<'d> {
    desk: &'d Desk,
    args: Vec<String>,
    env: BTreeMap<String, String>,
}

impl<'d> Run<'d> {
    /// One more argument.
    pub fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_string());
        self
    }

    /// `--apply --yes`.
    pub fn apply(self) -> Self {
        self.arg("--apply").arg("--yes")
    }

    /// A variable of the environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_string(), value.to_string());
        self
    }

    /// The process to start, with both outputs on pipes.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_omega"));
        command
            .args(&self.args)
            .current_dir(self.desk.folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.desk.path("home"))
            .env("USER", "tester")
            // The engine and the guard must hold by themselves; the check in front of them has its own tests.
            .env("OMEGA_TEST_GUARD_ALONE", "1")
            .envs(&self.env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts it and does not wait.
    pub fn start(self) -> Child {
        self.command().spawn().expect("omega starts")
    }

    /// Runs it to its end.
    pub fn done(self) -> Done {
        let output = self.command().output().expect("omega starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Done {
            status: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            journal: self.desk.journal(),
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Done {
    /// The exit status; none after a signal.
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The last journal's lines.
    pub journal: Vec<Line>,
}

impl Done {
    /// It ended with this status.
    #[track_caller]
    pub fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard error holds this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "not said: {text:?}\n{}", self.stderr);
        self
    }

    /// Standard error does not hold this.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "said: {text:?}\n{}", self.stderr);
        self
    }

    /// Standard output holds this.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "not printed: {text:?}\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The journal's events.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.journal.iter().map(|line| &line.event)
    }

    /// How many requests were sent.
    pub fn calls(&self) -> usize {
        self.events().filter(|event| matches!(event, Event::Call { .. })).count()
    }

    /// The changes that were about to be sent.
    pub fn intents(&self) -> Vec<String> {
        let intent = |event: &Event| match event {
            Event::Intent { change } => Some(format!("{} {}", change.verb.word(), change.label())),
            _ => None,
        };
        self.events().filter_map(intent).collect()
    }

    /// The digest of the last plan.
    pub fn digest(&self) -> String {
        let ready = self.events().filter_map(|event| match event {
            Event::PlanReady { digest, .. } => Some(digest.clone()),
            _ => None,
        });
        ready.last().expect("a plan")
    }

    /// Gates by their name: the ruling's word of the last time each was asked.
    pub fn gates(&self) -> BTreeMap<String, String> {
        let gate = |event: &Event| match event {
            Event::Gate { name, ruling, .. } => {
                let word = serde_json::to_value(ruling).expect("JSON").as_str().expect("a word").to_string();
                Some((name.clone(), word))
            }
            _ => None,
        };
        self.events().filter_map(gate).collect()
    }
}

/// Waits until something is there, or fails after a time that is far beyond need.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}
