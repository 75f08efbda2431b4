//! Events, append only, chained by hash: one JSON line each. The record of a run, and what every report is fed from.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::host::{Change, Clock, Header, Ruling, Stop, Verb};
use crate::transport::{Failure, FailureKind, Redaction, Reply, Request, Secret};

/// The version of the journal's lines. A reader refuses another.
pub const VERSION: u32 = 1;

/// One fact of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields say themselves")]
pub enum Event {
    /// The run begins: who, where, which bytes.
    Begin(Box<Begin>),
    /// What an apply is about to touch, as far as the clients tell.
    Target(Box<Target>),
    /// A pass begins: `plan` or `apply`, and its round.
    Pass { kind: String, round: u32 },
    /// A step begins.
    StepOpen { step: String, title: String, exit: bool },
    /// A request was sent and answered, or not.
    Call { step: String, primitive: String, request: String, millis: u64, outcome: CallOutcome, leaves_record: bool },
    /// A gate ruled.
    Gate {
        step: String,
        name: String,
        subject: String,
        ruling: Ruling,
        wanted: String,
        seen: String,
        from: String,
        /// Named apart from the line's own `at`: two keys of one name cannot be read back.
        #[serde(rename = "place")]
        at: String,
        issue: Option<String>,
        means: Option<String>,
        next: Option<String>,
    },
    /// A changer found nothing to do.
    AsWanted { step: String, what: String, source: String },
    /// A change was planned.
    Planned { change: Box<Change> },
    /// A change is about to be sent; synced before it is.
    Intent { change: Box<Change> },
    /// A change ended: `done`, `failed` or `unknown`.
    Settled {
        step: String,
        what: String,
        verb: Verb,
        differences: Vec<String>,
        outcome: String,
        source: Option<String>,
    },
    /// A wait: what for, how far.
    Wait { step: String, what: String, seen: String, met: bool, waited_seconds: u64 },
    /// A note or a warning of the runbook.
    Note { step: String, text: String, warn: bool },
    /// A person attested, or nobody could.
    Attest { step: String, id: String, question: String, by: Option<String>, declined: bool },
    /// A step could not be decided before an earlier change; what it would still have asked or changed.
    Undecided { step: String, cause: String, remaining: Vec<String> },
    /// Something stopped the step.
    Trouble { step: String, kind: TroubleKind, lines: Vec<String>, frames: Vec<String> },
    /// A step ended.
    StepClose { step: String, gates: usize, outcome: String },
    /// Steps that did not run, because an earlier one stopped the run.
    NotRun { steps: Vec<String> },
    /// Gate sites that were not reached; those under a condition are only listed.
    NotReached { sites: Vec<String>, conditional: Vec<String> },
    /// A plan is complete.
    PlanReady { digest: String, changes: usize },
    /// A person typed the name of a change that cannot be undone, or nobody did.
    Confirmed { step: String, what: String, name: String, by: Option<String> },
    /// The operator agreed to carry out a plan.
    Agreed { digest: String, how: String },
    /// The run ends.
    End { verdict: crate::verdict::Verdict, exit: u8, took_millis: u64 },
}

/// How a run began.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields say themselves")]
pub struct Begin {
    pub run: String,
    pub runbook: String,
    pub id: String,
    pub title: String,
    pub version: i64,
    pub needs: Vec<String>,
    pub omega: String,
    pub who: String,
    pub host: String,
    pub deployment: Option<String>,
    pub transport: String,
    pub simulated: bool,
    pub pins: String,
    pub pinned_files: usize,
    /// Files that the run takes and that are not pinned, with their permissions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
    pub unpinned: bool,
    pub changes: bool,
    pub apply: bool,
    pub step_only: Option<String>,
    pub adopted: Option<String>,
    pub again: String,
    /// The guard by which the runbook refuses when it is applied again, as its header names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refuses_again: Option<String>,
}

/// What an apply is about to touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The deployment that it belongs to, or opens.
    pub deployment: Option<String>,
    /// Whether the deployment begins with it.
    pub opens: bool,
    /// The Juju model, for a runbook that needs Juju.
    pub model: Option<String>,
    /// The model's UUID and controller, when the model is there.
    pub bound: Option<Bound>,
    /// The MAAS profile, for a runbook that needs MAAS.
    pub profile: Option<String>,
    /// The identity service, where credentials name one.
    pub cloud: Option<String>,
}

/// What an apply is about to touch, in a line.
impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let model = self.model.as_ref().map(|model| match &self.bound {
            Some(bound) => format!("model {model} ({}) on {}", &bound.uuid, bound.controller),
            None => format!("model {model}, which is not there"),
        });
        let deployment = self.deployment.as_ref().map(|name| {
            let opens = if self.opens { "opens " } else { "" };
            format!("{opens}deployment {name}")
        });
        let profile = self.profile.as_ref().map(|profile| format!("maas profile {profile}"));
        let cloud = self.cloud.as_ref().map(|cloud| format!("cloud {cloud}"));
        let parts: Vec<String> = [cloud, model, profile, deployment].into_iter().flatten().collect();
        if parts.is_empty() { f.write_str("nothing that a client names") } else { f.write_str(&parts.join(", ")) }
    }
}

/// A model, told apart from every other that had or will have its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The name of its controller.
    pub controller: String,
    /// Its UUID.
    pub uuid: String,
}

impl Begin {
    /// Takes over what the header says.
    pub fn with_header(mut self, header: &Header) -> Self {
        self.id = header.id.clone();
        self.title = header.title.clone();
        self.version = header.version;
        self.needs = header.needs.clone();
        self.changes = header.changes();
        self.refuses_again = header.refuses_again.clone();
        self
    }
}

/// Why a step stopped, as far as the verdict needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TroubleKind {
    /// The runbook's text is wrong.
    Script,
    /// What it asked for is not there, or it said `fail`.
    Failed,
    /// A read could not be answered.
    Unanswered,
    /// Something must be put right first.
    Precondition,
    /// The guard refused.
    Refused,
    /// A change was sent and its outcome is not known.
    Unconfirmed,
    /// The operator interrupted.
    Interrupted,
    /// A defect of omega.
    Defect,
}

/// What a call brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields say themselves")]
pub enum CallOutcome {
    /// An exit status or an HTTP status, and how many bytes came.
    Answered { status: i32, bytes: usize },
    /// No answer.
    Failed { kind: FailureKind, detail: String },
}

impl CallOutcome {
    /// Of a transport's result.
    pub fn of(result: &Result<Reply, Failure>) -> Self {
        match result {
            Ok(Reply::Command { status, stdout, stderr }) => {
                CallOutcome::Answered { status: *status, bytes: stdout.len() + stderr.len() }
            }
            Ok(Reply::Http { status, body, .. }) => {
                CallOutcome::Answered { status: i32::from(*status), bytes: body.len() }
            }
            Err(failure) => CallOutcome::Failed { kind: failure.kind, detail: failure.detail.clone() },
        }
    }
}

/// One line of a journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// The version of the format.
    pub v: u32,
    /// The line's number, from 1.
    pub n: u64,
    /// When, in UTC.
    pub at: String,
    /// The SHA-256 of the line before, in hex; empty for the first.
    pub prev: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Who listens to events as they happen.
pub trait Listener: Send + Sync {
    /// One event.
    fn hear(&self, line: &Line);
}

/// The journal of one run.
pub struct Journal {
    inner: Mutex<Inner>,
    listeners: Vec<Box<dyn Listener>>,
}

/// What a journal in memory held at one place.
#[derive(Clone)]
pub(crate) struct Marked {
    pub lines: Vec<Arc<Line>>,
    head: String,
    redaction: Redaction,
}

struct Inner {
    file: Option<(File, PathBuf)>,
    count: u64,
    head: String,
    lines: Vec<Arc<Line>>,
    broken: Option<String>,
    redaction: Redaction,
}

impl Journal {
    /// A journal kept in memory alone: labs and tests.
    pub fn in_memory(listeners: Vec<Box<dyn Listener>>) -> Self {
        Journal {
            inner: Mutex::new(Inner {
                file: None,
                count: 0,
                head: String::new(),
                lines: Vec::new(),
                broken: None,
                redaction: Redaction::new(),
            }),
            listeners,
        }
    }

    /// A journal in a new file, readable by its owner alone.
    pub fn create(path: &Path, listeners: Vec<Box<dyn Listener>>) -> anyhow::Result<Self> {
        use anyhow::Context;
        use std::os::unix::fs::OpenOptionsExt;
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("cannot make the journal's folder {}", parent.display()))?;
        }
        let file = OpenOptions::new().create_new(true).append(true).mode(0o600).open(path);
        let file = file.with_context(|| format!("cannot make the journal {}", path.display()))?;
        let journal = Journal::in_memory(listeners);
        journal.inner.lock().file = Some((file, path.to_path_buf()));
        Ok(journal)
    }

    /// Hides a secret wherever a service or a program prints it back: what is recorded from here on shows a mask.
    pub fn conceal(&self, secret: &Secret) {
        let mut inner = self.inner.lock();
        inner.redaction.learn(secret);
    }

    /// Hides the secrets of a request that is about to be sent.
    pub fn conceal_all_of(&self, request: &Request) {
        self.inner.lock().redaction.learn_from(request);
    }

    /// Puts a mask in place of every known secret in the texts of a document.
    pub fn mask(&self, document: &mut serde_json::Value) {
        mask(document, &self.inner.lock().redaction);
    }

    /// Where it is kept.
    pub fn path(&self) -> Option<PathBuf> {
        self.inner.lock().file.as_ref().map(|(_, path)| path.clone())
    }

    /// Appends an event. A disk that fails is remembered: the next synced event stops the run.
    pub fn record(&self, event: Event) {
        let line = self.append(event, false);
        self.listeners.iter().for_each(|listener| listener.hear(&line));
    }

    /// Appends an event and waits until it is on disk; without that nothing may be changed.
    pub fn record_synced(&self, event: Event) -> Result<(), Stop> {
        let line = self.append(event, true);
        self.listeners.iter().for_each(|listener| listener.hear(&line));
        match &self.inner.lock().broken {
            None => Ok(()),
            Some(why) => Err(Stop::precondition("the journal cannot be written, so nothing may be changed")
                .with("seen", why.clone())
                .with("next", "make room on the disk of the state folder; nothing was sent")),
        }
    }

    fn append(&self, event: Event, sync: bool) -> Arc<Line> {
        let mut inner = self.inner.lock();
        inner.count += 1;
        let event = without_secrets(event, &inner.redaction);
        let line = Arc::new(Line { v: VERSION, n: inner.count, at: Clock::now(), prev: inner.head.clone(), event });
        let text = serde_json::to_string(&*line)
            .unwrap_or_else(|error| format!("{{\"v\":{VERSION},\"unwritable\":\"{error}\"}}"));
        inner.head = hex(&Sha256::digest(text.as_bytes()));
        let written = inner.file.as_mut().map(|(file, _)| {
            file.write_all(format!("{text}\n").as_bytes()).and_then(|()| if sync { file.sync_data() } else { Ok(()) })
        });
        if let Some(Err(error)) = written {
            inner.broken.get_or_insert(error.to_string());
        }
        inner.lines.push(line.clone());
        line
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<Line> {
        self.inner.lock().lines.iter().map(|line| Line::clone(line)).collect()
    }

    /// The same, shared with the journal.
    pub(crate) fn shared(&self) -> Vec<Arc<Line>> {
        self.inner.lock().lines.clone()
    }

    /// What a journal in memory holds at this place.
    pub(crate) fn mark(&self) -> Marked {
        let inner = self.inner.lock();
        Marked { lines: inner.lines.clone(), head: inner.head.clone(), redaction: inner.redaction.clone() }
    }

    /// Whether it hides now what it hid at this place: else what is recorded from here on reads otherwise.
    pub(crate) fn hides_as(&self, at: &Marked) -> bool {
        self.inner.lock().redaction == at.redaction
    }

    /// Puts a journal in memory to such a place; one that is kept on disk holds what happened, and stays.
    pub(crate) fn resume(&self, at: &Marked) {
        let mut inner = self.inner.lock();
        if inner.file.is_none() {
            let Marked { lines, head, redaction } = at.clone();
            inner.count = lines.len() as u64;
            (inner.lines, inner.head, inner.redaction) = (lines, head, redaction);
        }
    }

    /// The hash of the last line.
    pub fn head(&self) -> String {
        self.inner.lock().head.clone()
    }

    /// Why the disk failed, if it did.
    pub fn broken(&self) -> Option<String> {
        self.inner.lock().broken.clone()
    }

    /// Waits until everything is on disk.
    pub fn sync(&self) {
        let mut inner = self.inner.lock();
        let synced = inner.file.as_ref().map(|(file, _)| file.sync_all());
        if let Some(Err(error)) = synced {
            inner.broken.get_or_insert(error.to_string());
        }
    }
}

/// The event with a mask in place of every known secret, in whatever text of it one stands.
fn without_secrets(event: Event, redaction: &Redaction) -> Event {
    if redaction.is_empty() {
        return event;
    }
    let masked = serde_json::to_value(&event).and_then(|mut json| {
        mask(&mut json, redaction);
        serde_json::from_value(json)
    });
    masked.unwrap_or_else(|_| Event::Trouble {
        step: String::new(),
        kind: TroubleKind::Defect,
        lines: vec!["an event could not be recorded without a secret, so it is not recorded".to_string()],
        frames: Vec::new(),
    })
}

fn mask(json: &mut serde_json::Value, redaction: &Redaction) {
    match json {
        serde_json::Value::String(text) => *text = redaction.known(text),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| mask(item, redaction)),
        serde_json::Value::Object(fields) => {
            fields.values_mut().for_each(|value| mask(value, redaction));
        }
        _ => (),
    }
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A journal read back: its lines, and what was wrong with it.
pub struct ReadBack {
    /// The lines that could be read.
    pub lines: Vec<Line>,
    /// A torn last line, a broken chain, an unknown version.
    pub faults: Vec<String>,
}

#[derive(Deserialize)]
struct Head {
    v: u32,
}

/// Reads a journal. A torn last line (a killed process, a full disk) is a fault, not a loss of the rest.
pub fn read(path: &Path) -> anyhow::Result<ReadBack> {
    use anyhow::Context;
    let text = std::fs::read(path).with_context(|| format!("cannot read the journal {}", path.display()))?;
    let mut back = ReadBack { lines: Vec::new(), faults: Vec::new() };
    let mut head = String::new();
    for (index, raw) in text.split(|byte| *byte == b'\n').enumerate().filter(|(_, raw)| !raw.is_empty()) {
        // The version is asked first: a line of another one may have any shape.
        if let Ok(Head { v }) = serde_json::from_slice(raw) {
            anyhow::ensure!(
                v == VERSION,
                "{} is of journal version {v}, this omega reads version {VERSION}",
                path.display()
            );
        }
        let line: Line = match serde_json::from_slice(raw) {
            Ok(line) => line,
            Err(error) => {
                back.faults.push(format!("line {} cannot be read: {error}", index + 1));
                break;
            }
        };
        if line.prev != head {
            back.faults.push(format!("line {} does not follow the one before it: the journal was altered", index + 1));
        }
        head = hex(&Sha256::digest(raw));
        back.lines.push(line);
    }
    back.faults.extend(false_end(&back.lines));
    Ok(back)
}

/// An end that does not follow from what the journal tells: the last line has no successor that would hold its hash.
fn false_end(lines: &[Line]) -> Option<String> {
    let Event::End { verdict, .. } = &lines.last()?.event else { return None };
    let told = crate::verdict::Tally::of(lines.iter().map(|line| &line.event)).verdict();
    (told != *verdict).then(|| {
        format!("its end says {}, and what it tells comes to {}: the journal was altered", verdict.word(), told.word())
    })
}
