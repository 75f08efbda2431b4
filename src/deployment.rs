//! What is kept between runs: journals, plans, the deployment that they belong to, and the lock of an apply.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value as Json;

use crate::host::Stop;
use crate::journal::{self, Begin, Event, Line};
use crate::verdict::Verdict;

/// The folder in which omega keeps its state.
#[derive(Clone, Debug)]
pub struct State {
    root: PathBuf,
}

/// The lock of one apply; let go when dropped.
pub struct Lock {
    _file: File,
}

/// A run as its journal tells it.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where the journal is.
    pub path: PathBuf,
    /// How it began.
    pub begin: Begin,
    /// When, in UTC.
    pub at: String,
    /// How it ended; none when the journal has no end.
    pub verdict: Option<Verdict>,
    /// Whether the journal is torn or was altered; then it tells no verdict.
    pub damaged: bool,
    /// Its lines.
    pub lines: Vec<Line>,
}

impl State {
    /// The state kept in this folder.
    pub fn at(root: PathBuf) -> Self {
        State { root }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the journal of a run is written.
    pub fn journal(&self, run: &str) -> PathBuf {
        self.root.join("journals").join(format!("{run}.jsonl"))
    }

    /// The open deployment's name, if one is open.
    pub fn deployment(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.root.join("deployment")).ok()?;
        Some(text.trim().to_string()).filter(|name| !name.is_empty())
    }

    /// Takes the lock of an apply, or says who holds it.
    pub fn lock(&self, who: &str) -> anyhow::Result<Lock> {
        std::fs::create_dir_all(&self.root)
            .with_context(|| format!("cannot make the state folder {}", self.root.display()))?;
        let path = self.root.join("lock");
        let mut file = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)?;
        if file.try_lock().is_err() {
            let mut owner = String::new();
            let _ = file.read_to_string(&mut owner);
            return Err(Stop::precondition(format!("another apply holds {}", path.display()))
                .with("seen", owner.trim())
                .into());
        }
        file.set_len(0)?;
        writeln!(file, "{who}, process {}, since {}", std::process::id(), crate::host::Clock::now())?;
        Ok(Lock { _file: file })
    }

    /// Every run, in the order of their beginnings. A journal that cannot be read is left out and named.
    pub fn runs(&self) -> (Vec<Run>, Vec<String>) {
        let (mut runs, mut faults) = (Vec::new(), Vec::new());
        let entries = std::fs::read_dir(self.root.join("journals")).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
            .collect();
        paths.sort();
        for path in paths {
            match journal::read(&path) {
                Ok(back) => {
                    faults.extend(back.faults.iter().map(|fault| format!("{}: {fault}", path.display())));
                    runs.extend(run_of(path, back.lines, !back.faults.is_empty()));
                }
                Err(error) => faults.push(format!("{error:#}")),
            }
        }
        (runs, faults)
    }

    /// The latest whole run of each runbook in this deployment, `--step` and adopted runs left out. What a
    /// lab passed says nothing of the real cloud, and the other way round.
    pub fn latest(&self, id: &str, pins: &str, simulated: bool) -> Option<Run> {
        let deployment = self.deployment();
        let counts = |run: &Run| {
            let begin = &run.begin;
            begin.id == id
                && begin.simulated == simulated
                && begin.pins == pins
                && begin.deployment == deployment
                && begin.step_only.is_none()
                && begin.adopted.is_none()
                && !begin.unpinned
        };
        self.runs().0.into_iter().rfind(counts)
    }

    /// Those of the phases that have not passed under these pins.
    pub fn missing(&self, phases: &[String], pins: &str, simulated: bool) -> Vec<String> {
        let passed =
            |id: &String| self.latest(id, pins, simulated).and_then(|run| run.verdict).is_some_and(Verdict::opens);
        phases.iter().filter(|id| !passed(id)).cloned().collect()
    }

    /// Keeps a plan's facts, so that a later difference can be shown.
    pub fn keep_plan(&self, digest: &str, document: &Json) -> anyhow::Result<()> {
        let folder = self.root.join("plans");
        std::fs::create_dir_all(&folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(document.to_string().as_bytes())?;
        file.persist(folder.join(format!("{digest}.json")))?;
        Ok(())
    }

    /// What differs between a kept plan and another, one line a fact.
    pub fn differences(&self, digest: &str, now: &Json) -> Option<Vec<String>> {
        let kept = std::fs::read(self.root.join("plans").join(format!("{digest}.json"))).ok()?;
        let kept: Json = serde_json::from_slice(&kept).ok()?;
        let mut lines = Vec::new();
        compare("", &kept, now, &mut lines);
        Some(lines)
    }
}

fn run_of(path: PathBuf, lines: Vec<Line>, torn: bool) -> Option<Run> {
    let (begin, at) = lines.iter().find_map(|line| match &line.event {
        Event::Begin(begin) => Some(((**begin).clone(), line.at.clone())),
        _ => None,
    })?;
    let verdict = lines.iter().rev().find_map(|line| match &line.event {
        Event::End { verdict, .. } => Some(*verdict),
        _ => None,
    });
    Some(Run { path, begin, at, verdict: verdict.filter(|_| !torn), damaged: torn, lines })
}

fn compare(at: &str, kept: &Json, now: &Json, lines: &mut Vec<String>) {
    match (kept, now) {
        (Json::Object(a), Json::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let (a, b) = (a.get(key).unwrap_or(&Json::Null), b.get(key).unwrap_or(&Json::Null));
                compare(&format!("{at}/{key}"), a, b, lines);
            }
        }
        (a, b) if a != b => lines.push(format!("{at}: {a} -> {b}")),
        _ => (),
    }
}
