//! Cases: a runbook, a healthy lab with a patch, and the verdict, gates and changes that must come of it.
//!
//! A case goes through the same types as a run: a patch that does not fit the lab, a gate that no runbook has and a key
//! that nobody reads are errors of the case.

mod likeness;
pub mod trials;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::conduct::{Agreement, Conduct};
use crate::host::{Answers, Asked, Reads, Ruling, Session, Setting};
use crate::journal::{Begin, Event, Journal, Line, Listener};
use crate::lab::Lab;
use crate::lab::faults::Fault;
use crate::runbook::{Loaded, Repo, Site};
use crate::transport::{Header, Interrupt, Record, Replay, Secret, Transport};
use crate::verdict::Verdict;

/// The version of the case format.
const VERSION: u32 = 1;

/// One case, as its file says it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The format's version.
    pub case: u32,
    /// What it finds, in one sentence.
    pub about: String,
    /// The lesson whose name it bears, as lessons are listed.
    #[serde(default)]
    pub lesson: Option<String>,
    /// Another stage than the runbook's own.
    #[serde(default)]
    pub stage: Option<String>,
    /// An RFC 6902 patch on the lab's state.
    #[serde(default)]
    pub lab: Option<json_patch::Patch>,
    /// Edits of pinned files besides runbooks and libraries, such as the bundle, by path.
    #[serde(default)]
    pub files: BTreeMap<String, Vec<Edit>>,
    /// Settings besides the usual ones, by name.
    #[serde(default)]
    pub settings: BTreeMap<Setting, String>,
    /// What goes wrong on purpose.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// Carry the plan out.
    #[serde(default)]
    pub apply: bool,
    /// The only step to run, as `--step` names it.
    #[serde(default)]
    pub step: Option<String>,
    /// Attestations that are given.
    #[serde(default)]
    pub attest: Vec<String>,
    /// Names of changes that cannot be undone and are confirmed.
    #[serde(default)]
    pub irreversible: Vec<String>,
    /// Secrets that are given, by name; those of the lab are made up.
    #[serde(default)]
    pub secrets: std::collections::BTreeMap<String, String>,
    /// What must come of it.
    pub expect: Expected,
}

/// One edit of a file's text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The text that must be there, once.
    pub from: String,
    /// What stands there instead.
    pub to: String,
}

/// What must come of a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The verdict.
    pub verdict: Verdict,
    /// Exactly the gates that fail, as `step name` or `step name (subject)`.
    #[serde(default)]
    pub failed: BTreeSet<String>,
    /// Exactly the gates that only warn.
    #[serde(default)]
    pub warned: BTreeSet<String>,
    /// Exactly the changes, planned or made, as `make network provider-ext`.
    #[serde(default)]
    pub changes: Vec<String>,
    /// Words that the reason to stop must hold; without it nothing may stop the run.
    #[serde(default)]
    pub stopped: Option<String>,
    /// Words that a failed or warning gate must show as seen.
    #[serde(default)]
    pub seen: Option<String>,
    /// Exactly the steps that cannot be decided.
    #[serde(default)]
    pub undecided: BTreeSet<String>,
}

/// A case with its place.
pub struct Found {
    /// Its file, from the root.
    pub path: PathBuf,
    /// Its runbook's path.
    pub runbook: String,
    /// The case.
    pub case: Case,
}

/// Finds the cases under `fixtures/cases/RUNBOOK/`, sorted.
pub fn find(root: &Path, filter: Option<&str>) -> anyhow::Result<Vec<Found>> {
    let cases = root.join("fixtures/cases");
    let mut found = Vec::new();
    for folder in sorted(&cases)? {
        let runbook = folder.file_name().and_then(|name| name.to_str()).context("a folder of cases is not UTF-8")?;
        let runbook = format!("runbooks/{runbook}.rhai");
        for path in sorted(&folder)?.into_iter().filter(|path| is_case(path)) {
            let shown = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
            if filter.is_some_and(|filter| !shown.to_string_lossy().contains(filter)) {
                continue;
            }
            let case = read(&path).with_context(|| format!("{} is no case", shown.display()))?;
            found.push(Found { path: shown, runbook: runbook.clone(), case });
        }
    }
    Ok(found)
}

fn is_case(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "json") && path.file_name().is_none_or(|name| name != MUTATION)
}

/// What beside the cases says from which of them mutants are made, and which survivors do not matter.
pub const MUTATION: &str = "mutation.json";

fn sorted(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> anyhow::Result<Case> {
    let case: Case = serde_json::from_slice(&std::fs::read(path)?)?;
    ensure!(case.case == VERSION, "it is of case version {}, this omega reads version {VERSION}", case.case);
    Ok(case)
}

/// Whoever answers in a case: what it lists and nothing else.
struct Listed {
    attested: Vec<String>,
    irreversible: Vec<String>,
    secrets: std::collections::BTreeMap<String, String>,
}

impl Listed {
    fn of(case: &Case) -> Self {
        Listed { attested: case.attest.clone(), irreversible: case.irreversible.clone(), secrets: case.secrets.clone() }
    }
}

impl Answers for Listed {
    fn attest(&self, id: &str, _: &str) -> Asked {
        if self.attested.iter().any(|given| given == id) {
            Asked::Answered("the case".to_string())
        } else {
            Asked::Nobody
        }
    }
    fn secret(&self, name: &str, _: &str) -> anyhow::Result<Option<Secret>> {
        Ok(self.secrets.get(name).map(Secret::new))
    }
    fn may_confirm(&self, name: &str) -> bool {
        self.irreversible.iter().any(|given| given == name)
    }
    fn confirm(&self, name: &str, _: &[String]) -> Asked {
        if self.may_confirm(name) { Asked::Answered("the case".to_string()) } else { Asked::Nobody }
    }
}

/// Runs cases against a repository.
pub struct Cases<'r> {
    repo: &'r Repo,
    loaded: &'r Loaded,
    stage: String,
}

impl<'r> Cases<'r> {
    /// For one runbook.
    pub fn of(repo: &'r Repo, loaded: &'r Loaded, stage: &str) -> Self {
        Cases { repo, loaded, stage: stage.to_string() }
    }

    /// What is wrong with a case's outcome; nothing when all is as expected.
    pub fn run(&self, case: &Case) -> anyhow::Result<Vec<String>> {
        let lab = Arc::new(self.lab(case)?);
        let before = lab.state()?;
        let lines = self.conduct(case, Box::new(lab.clone()), case.apply)?;
        let mut wrong = judge(case, &lines);
        let after = lab.state()?;
        if !case.apply && !before.same_cloud(&after) {
            wrong.push("the plan changed the lab".to_string());
        }
        if case.apply && matches!(case.expect.verdict, Verdict::Pass | Verdict::Warn) {
            wrong.extend(self.again(case, lab)?);
        }
        Ok(wrong)
    }

    /// An apply that passed, applied again, changes nothing: it passes, or refuses by the guard that its header names.
    fn again(&self, case: &Case, lab: Arc<Lab>) -> anyhow::Result<Vec<String>> {
        let before = lab.state()?;
        let lines = self.conduct(case, Box::new(lab.clone()), true)?;
        let made = changes(&lines, true);
        let mut wrong: Vec<String> =
            made.iter().map(|change| format!("applied again, it made a change: {change}")).collect();
        if !verdict(&lines).is_some_and(Verdict::opens) && !crate::deployment::refused_again(&lines) {
            let why =
                [gates(&lines, &[Ruling::Failed, Ruling::WouldFail]).into_iter().collect(), troubles(&lines)].concat();
            wrong.push(format!(
                "applied again, it neither passed nor refused by the guard of its header: {}",
                why.join("; ")
            ));
        }
        if !before.same_cloud(&lab.state()?) {
            wrong.push("applied again, it changed the lab".to_string());
        }
        Ok(wrong)
    }

    /// Records the case's run and replays it: the same verdict, gates and changes, and nothing left over.
    pub fn round_trip(&self, case: &Case) -> anyhow::Result<Vec<String>> {
        let folder = tempfile::tempdir()?;
        let cassette = folder.path().join("cassette");
        let lab = self.lab(case)?;
        let now = jiff::Timestamp::from_second(lab.now().unwrap_or_default())?;
        let record = Record::create(&cassette, Box::new(lab), Header::new(now.to_string(), Default::default()))?;
        let recorded = self.conduct(case, Box::new(record), case.apply)?;
        let replay = Arc::new(Replay::load(&cassette)?);
        let replayed = self.conduct(case, Box::new(replay.clone()), case.apply)?;
        let mut wrong = Vec::new();
        if outcome(&recorded) != outcome(&replayed) {
            wrong.push(format!("replayed, it ended otherwise: {:?} and {:?}", outcome(&recorded), outcome(&replayed)));
        }
        wrong.extend(replay.unused().iter().map(|unused| format!("replayed, it did not ask {}", unused.text)));
        Ok(wrong)
    }

    /// The lab of a case.
    pub(crate) fn lab(&self, case: &Case) -> anyhow::Result<Lab> {
        let mut lab = Lab::embedded(case.stage.as_deref().unwrap_or(&self.stage))?;
        if let Some(patch) = &case.lab {
            lab.patch(patch)?;
        }
        // The clients read the same edited files as omega: they lie on the jumphost.
        let files = self.files(case)?;
        for path in case.files.keys() {
            lab.put_file(path, std::str::from_utf8(&files[path])?)?;
        }
        lab.set_faults(case.faults.clone())?;
        Ok(lab)
    }

    /// The pinned files, with the case's edits.
    pub(crate) fn files(&self, case: &Case) -> anyhow::Result<BTreeMap<String, Arc<[u8]>>> {
        let mut files: BTreeMap<String, Arc<[u8]>> =
            self.repo.files.iter().map(|(path, bytes)| (path.to_string(), bytes.clone())).collect();
        for (path, edits) in &case.files {
            let file = files.get_mut(path).with_context(|| format!("the case edits {path}, which is not pinned"))?;
            let mut text = String::from_utf8(file.to_vec())?;
            for Edit { from, to } in edits {
                let times = text.matches(from.as_str()).count();
                ensure!(times == 1, "the case edits {from:?} in {path}, which is there {times} times");
                text = text.replace(from, to);
            }
            *file = Arc::from(text.into_bytes());
        }
        Ok(files)
    }

    fn conduct(&self, case: &Case, transport: Box<dyn Transport>, apply: bool) -> anyhow::Result<Vec<Line>> {
        let inputs = match transport.inputs() {
            Some(inputs) => inputs,
            None => self.lab(case)?.inputs().unwrap_or_default(),
        };
        let stand = Stand { inputs, files: self.files(case)?, apply, ..Stand::over(transport) };
        Ok(self.conduct_on(case, stand))
    }

    /// Conducts the runbook on what it is given, with the case's answers.
    pub(crate) fn conduct_on(&self, case: &Case, stand: Stand) -> Vec<Line> {
        self.journal_on(case, stand).lines()
    }

    /// The journal of a case's run.
    pub(crate) fn journal_on(&self, case: &Case, stand: Stand) -> Arc<Journal> {
        let Stand { transport, inputs, files, apply, reads, interrupt, listeners, course } = stand;
        let journal = Arc::new(Journal::in_memory(listeners));
        let mut session = Session::new(transport, journal.clone(), Box::new(Listed::of(case)), interrupt);
        for (setting, value) in &case.settings {
            session.settings.give(*setting, value.clone());
        }
        session.inputs = inputs;
        session.files = files;
        session.reads = reads;
        session.follow(course);
        let agree =
            |_: &crate::conduct::Plan| if apply { Agreement::Yes("the case".to_string()) } else { Agreement::PlanOnly };
        let conduct = Conduct {
            loaded: self.loaded,
            session: Arc::new(session),
            begin: Begin { apply, ..Begin::default() },
            only: case.step.clone(),
            ahead: false,
            agree: &agree,
            admit: &|_| Ok(()),
            commit: &|| Ok(()),
        };
        conduct.run();
        journal
    }
}

/// What a run of a case stands on.
pub(crate) struct Stand {
    pub transport: Box<dyn Transport>,
    pub inputs: BTreeMap<String, Arc<[u8]>>,
    pub files: BTreeMap<String, Arc<[u8]>>,
    pub apply: bool,
    pub reads: Option<Arc<Reads>>,
    pub interrupt: Interrupt,
    pub listeners: Vec<Box<dyn Listener>>,
    pub course: Option<Arc<dyn crate::host::Course>>,
}

impl Stand {
    /// Over a transport: a plan, without files.
    pub fn over(transport: Box<dyn Transport>) -> Self {
        Stand {
            transport,
            inputs: BTreeMap::new(),
            files: BTreeMap::new(),
            apply: false,
            reads: None,
            interrupt: Interrupt::new(),
            listeners: Vec::new(),
            course: None,
        }
    }
}

/// The events of the last pass.
fn last_pass(lines: &[Line]) -> impl Iterator<Item = &Event> {
    let start = lines.iter().rposition(|line| matches!(line.event, Event::Pass { .. })).unwrap_or(0);
    lines[start..].iter().map(|line| &line.event)
}

fn gates(lines: &[Line], rulings: &[Ruling]) -> BTreeSet<String> {
    let named = last_pass(lines).filter_map(|event| match event {
        Event::Gate { step, name, subject, ruling, .. } if rulings.contains(ruling) => {
            Some(if subject.is_empty() { format!("{step} {name}") } else { format!("{step} {name} ({subject})") })
        }
        _ => None,
    });
    named.collect()
}

fn changes(lines: &[Line], made: bool) -> Vec<String> {
    let named = lines.iter().filter_map(|line| match &line.event {
        Event::Planned { change } if !made => Some(format!("{} {}", change.verb.word(), change.label())),
        Event::Settled { verb, what, outcome, .. } if made && outcome == "done" => {
            Some(format!("{} {what}", verb.word()))
        }
        _ => None,
    });
    named.collect()
}

pub(crate) fn verdict(lines: &[Line]) -> Option<Verdict> {
    lines.iter().rev().find_map(|line| match &line.event {
        Event::End { verdict, .. } => Some(*verdict),
        _ => None,
    })
}

type Outcome = (Option<Verdict>, BTreeSet<String>, Vec<String>);

fn outcome(lines: &[Line]) -> Outcome {
    (verdict(lines), gates(lines, &[Ruling::Failed, Ruling::WouldFail]), changes(lines, true))
}

fn judge(case: &Case, lines: &[Line]) -> Vec<String> {
    let expect = &case.expect;
    let mut wrong = Vec::new();
    let mut differs = |what: &str, wanted: String, seen: String| {
        if wanted != seen {
            wrong.push(format!("{what}: wanted {wanted}, seen {seen}"));
        }
    };
    differs("verdict", expect.verdict.word().to_string(), verdict(lines).map_or("none", Verdict::word).to_string());
    differs(
        "gates that fail",
        format!("{:?}", expect.failed),
        format!("{:?}", gates(lines, &[Ruling::Failed, Ruling::WouldFail])),
    );
    differs("gates that warn", format!("{:?}", expect.warned), format!("{:?}", gates(lines, &[Ruling::Warned])));
    differs("changes", format!("{:?}", expect.changes), format!("{:?}", changes(lines, case.apply)));
    differs("undecided steps", format!("{:?}", expect.undecided), format!("{:?}", undecided(lines)));
    let stops = troubles(lines);
    match &expect.stopped {
        None if !stops.is_empty() => wrong.push(format!("it stopped: {}", stops.join(" | "))),
        Some(words) if !stops.iter().any(|stop| stop.contains(words.as_str())) => {
            wrong.push(format!("wanted a stop with {words:?}, seen {stops:?}"))
        }
        _ => (),
    }
    if let Some(words) = &expect.seen
        && !shown(lines).any(|seen| seen.contains(words.as_str()))
    {
        wrong.push(format!("no gate that failed or warned shows {words:?}: {:?}", shown(lines).collect::<Vec<_>>()));
    }
    wrong
}

fn undecided(lines: &[Line]) -> BTreeSet<String> {
    let steps = last_pass(lines).filter_map(|event| match event {
        Event::Undecided { step, .. } => Some(step.clone()),
        _ => None,
    });
    steps.collect()
}

fn troubles(lines: &[Line]) -> Vec<String> {
    let stops = lines.iter().filter_map(|line| match &line.event {
        Event::Trouble { lines, .. } => Some(lines.join("; ")),
        _ => None,
    });
    stops.collect()
}

fn shown(lines: &[Line]) -> impl Iterator<Item = &str> {
    last_pass(lines).filter_map(|event| match event {
        Event::Gate { ruling: Ruling::Failed | Ruling::WouldFail | Ruling::Warned, seen, .. } => Some(seen.as_str()),
        _ => None,
    })
}

/// Loads a runbook for its cases; what does not pass the check has none.
pub fn load(repo: &Repo, runbook: &str) -> anyhow::Result<Loaded> {
    repo.load(runbook, &Site::default()).map_err(|found| {
        anyhow::anyhow!("{runbook} does not pass the check: {}", found.first().map_or("", |first| &first.message))
    })
}
