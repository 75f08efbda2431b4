//! What is kept between runs: journals, plans, the deployment that they belong to, and the lock of an apply.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::host::{Ruling, Stop};
use crate::journal::{self, Begin, Bound, Event, Line};
use crate::verdict::Verdict;

/// The folder in which omega keeps its state.
#[derive(Clone, Debug)]
pub struct State {
    root: PathBuf,
}

/// Where the open deployment is kept, in the state folder.
const DEPLOYMENT: &str = "deployment.json";

/// One generation of one cloud: journals belong to it, and phases look for the passes before them in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Its name.
    pub name: String,
    /// When it was opened, in UTC.
    pub opened: String,
    /// The model that it is bound to, once the model is there.
    pub model: Option<Bound>,
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

impl Run {
    /// Whether it found its work done and refused by the guard that its header names: an earlier pass stands.
    pub fn is_refused_again(&self) -> bool {
        self.verdict == Some(Verdict::Fail) && refused_again(&self.lines)
    }
}

/// Whether the only gate that failed is the one by which the runbook refuses when applied again, and nothing was changed.
pub fn refused_again(lines: &[Line]) -> bool {
    let named = lines.iter().find_map(|line| match &line.event {
        Event::Begin(begin) => begin.refuses_again.clone(),
        _ => None,
    });
    let Some(named) = named else { return false };
    let mut failed = lines.iter().filter_map(|line| match &line.event {
        Event::Gate { step, name, ruling: Ruling::Failed | Ruling::WouldFail, .. } => Some(format!("{step} {name}")),
        _ => None,
    });
    let is_alone = failed.next().is_some_and(|first| first == named) && failed.all(|other| other == named);
    let stopped = |line: &Line| matches!(line.event, Event::Intent { .. } | Event::Trouble { .. });
    is_alone && !lines.iter().any(stopped)
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

    /// The open deployment, if one is open. A file that cannot be read is not the same as none.
    pub fn deployment(&self) -> anyhow::Result<Option<Deployment>> {
        let path = self.root.join(DEPLOYMENT);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let deployment = serde_json::from_slice(&bytes).with_context(|| {
            format!(
                "{} does not tell which deployment is open; its journals name it: put it right first",
                path.display()
            )
        })?;
        Ok(Some(deployment))
    }

    /// The deployment that an apply which opens one belongs to: a new one, unless the open one has seen nothing yet but
    /// the opening runbook itself.
    pub fn opened_by(&self, id: &str, name: &str, day: &str) -> anyhow::Result<Deployment> {
        let runs = self.runs().0;
        if let Some(open) = self.deployment()? {
            let of_it = |run: &&Run| run.begin.deployment.as_ref() == Some(&open.name);
            if !runs.iter().filter(of_it).any(|run| run.begin.apply && run.begin.id != id) {
                return Ok(open);
            }
        }
        let taken = |name: &String| runs.iter().any(|run| run.begin.deployment.as_ref() == Some(name));
        let first = format!("{name}-{day}");
        let mut names = std::iter::once(first.clone()).chain((2..).map(|number| format!("{first}-{number}")));
        let name = names.find(|name| !taken(name)).unwrap_or(first);
        Ok(Deployment { name, opened: crate::host::Clock::now(), model: None })
    }

    /// Makes this the open deployment, on disk before anything is changed in it.
    pub fn keep_deployment(&self, deployment: &Deployment) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.root)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.root)?;
        serde_json::to_writer_pretty(&mut file, deployment)?;
        file.as_file().sync_all()?;
        file.persist(self.root.join(DEPLOYMENT))?;
        Ok(())
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

    /// Who holds the lock of an apply, if anybody does.
    pub fn holder(&self) -> Option<String> {
        let mut file = File::options().read(true).write(true).open(self.root.join("lock")).ok()?;
        if file.try_lock().is_ok() {
            return None;
        }
        let mut owner = String::new();
        file.read_to_string(&mut owner).ok()?;
        Some(owner.trim().to_string())
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

    /// The latest whole run of each runbook in this deployment, `--step` and adopted runs left out, and
    /// those that only found their work done. What a lab passed says nothing of the real cloud, and the other way round.
    pub fn latest(&self, id: &str, pins: &str, simulated: bool) -> anyhow::Result<Option<Run>> {
        let deployment = self.deployment()?.map(|deployment| deployment.name);
        let counts = |run: &Run| {
            let begin = &run.begin;
            begin.id == id
                && begin.simulated == simulated
                && begin.pins == pins
                && begin.deployment == deployment
                && begin.step_only.is_none()
                && begin.adopted.is_none()
                && !begin.unpinned
                && !run.is_refused_again()
        };
        Ok(self.runs().0.into_iter().rfind(counts))
    }

    /// Those of the phases that have not passed under these pins.
    pub fn missing(&self, phases: &[String], pins: &str, simulated: bool) -> anyhow::Result<Vec<String>> {
        let mut missing = Vec::new();
        for id in phases {
            let verdict = self.latest(id, pins, simulated)?.and_then(|run| run.verdict);
            if !verdict.is_some_and(Verdict::opens) {
                missing.push(id.clone());
            }
        }
        Ok(missing)
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
