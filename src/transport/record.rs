//! Writes down what another transport does, as it happens, without secrets.
//!
//! It decides nothing and changes no reply. A secret that becomes known late (one read from a reply and used in a later
//! request) is taken out of the lines before it as well, before the next line is written.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::cassette::{Asked, Door, Header, Interaction, Outcome};
use super::redact::Redaction;
use super::{Failure, Reply, Request, Secret, Transport};
use crate::host::Permit;

/// Another transport, with a record of all it was asked.
pub struct Record {
    inner: Box<dyn Transport>,
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    file: File,
    header: Header,
    redaction: Redaction,
    interactions: Vec<Interaction>,
    /// The first thing that could not be written.
    broken: Option<std::io::Error>,
}

/// Why a record could not be begun or ended.
#[derive(Debug)]
pub enum RecordError {
    /// The file is there already; a record is never written over.
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be written.
    NotWritten {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
}

impl Record {
    /// Begins a record in a new file that only its owner can read.
    pub fn create(path: &Path, inner: Box<dyn Transport>, header: Header) -> Result<Self, RecordError> {
        let mut redaction = Redaction::new();
        for secret in inner.secrets() {
            redaction.learn(&secret);
        }
        let header = Header { from: redaction.text(&inner.describe()), ..header };
        let mut file = new_file(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::AlreadyExists => RecordError::Exists { path: path.into() },
            _ => RecordError::NotWritten { path: path.into(), source },
        })?;
        let not_written = |source| RecordError::NotWritten { path: path.into(), source };
        file.write_all(&line(&header).map_err(not_written)?).map_err(not_written)?;
        let state = State { file, header, redaction, interactions: Vec::new(), broken: None };
        Ok(Record { inner, path: path.into(), state: Mutex::new(state) })
    }

    /// Syncs the file and says how many interactions it holds, or what could not be written.
    pub fn finish(&self) -> Result<usize, RecordError> {
        let mut state = self.state.lock();
        let written = match state.broken.take() {
            Some(error) => Err(error),
            None => state.file.sync_all(),
        };
        match written {
            Ok(()) => Ok(state.interactions.len()),
            Err(source) => Err(RecordError::NotWritten { path: self.path.clone(), source }),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "how long a call took is real time, not the run's")]
    fn noted(
        &self,
        door: Door,
        request: &Request,
        call: impl FnOnce() -> Result<Reply, Failure>,
    ) -> Result<Reply, Failure> {
        let begun = Instant::now();
        let result = call();
        self.note(door, request, &result, begun.elapsed());
        result
    }

    fn note(&self, door: Door, request: &Request, result: &Result<Reply, Failure>, elapsed: Duration) {
        let mut state = self.state.lock();
        if state.redaction.learn_from(request) {
            state.redact_again(&self.path);
        }
        let redaction = &state.redaction;
        let asked = Asked::of(request, redaction);
        let interaction = Interaction {
            door,
            text: asked.shown(),
            request: asked,
            outcome: Outcome::of(result, redaction),
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        };
        state.append(interaction);
    }
}

impl State {
    fn append(&mut self, interaction: Interaction) {
        let written = line(&interaction).and_then(|bytes| self.file.write_all(&bytes));
        self.interactions.push(interaction);
        self.keep_error(written);
    }

    /// Rewrites what was written when a secret that has just become known stands in it.
    fn redact_again(&mut self, path: &Path) {
        let redacted: Vec<_> =
            self.interactions.iter().map(|interaction| interaction.redacted(&self.redaction)).collect();
        if redacted == self.interactions {
            return;
        }
        self.interactions = redacted;
        let replaced = self.replace(path);
        self.keep_error(replaced);
    }

    fn replace(&mut self, path: &Path) -> std::io::Result<()> {
        let mut bytes = line(&self.header)?;
        for interaction in &self.interactions {
            bytes.extend(line(interaction)?);
        }
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(directory)?; // 0600 from the start
        file.write_all(&bytes)?;
        self.file = file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    fn keep_error(&mut self, written: std::io::Result<()>) {
        if let Err(error) = written {
            self.broken.get_or_insert(error);
        }
    }
}

impl Transport for Record {
    fn read(&self, request: &Request) -> Result<Reply, Failure> {
        self.noted(Door::Read, request, || self.inner.read(request))
    }

    fn change(&self, request: &Request, permit: Permit) -> Result<Reply, Failure> {
        self.noted(Door::Change, request, || self.inner.change(request, permit))
    }

    fn describe(&self) -> String {
        format!("{}, recorded in {}", self.inner.describe(), self.path.display())
    }

    fn cloud(&self) -> Option<String> {
        self.inner.cloud()
    }

    fn is_simulated(&self) -> bool {
        self.inner.is_simulated()
    }

    fn advance(&self, by: Duration) {
        self.inner.advance(by);
    }

    fn now(&self) -> Option<i64> {
        self.inner.now()
    }

    fn inputs(&self) -> Option<BTreeMap<String, Arc<[u8]>>> {
        self.inner.inputs()
    }

    fn secrets(&self) -> Vec<Secret> {
        self.inner.secrets()
    }

    fn conceal(&self, secret: &Secret) {
        self.inner.conceal(secret);
        let mut state = self.state.lock();
        if state.redaction.learn(secret) {
            state.redact_again(&self.path);
        }
    }
}

fn new_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn line(value: &impl serde::Serialize) -> std::io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordError::Exists { path } => {
                write!(f, "{} exists, and a record is never written over; name another file", path.display())
            }
            RecordError::NotWritten { path, source } => {
                write!(f, "the record {} is not complete: {source}; do not replay it", path.display())
            }
        }
    }
}

impl std::error::Error for RecordError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RecordError::NotWritten { source, .. } => Some(source),
            RecordError::Exists { .. } => None,
        }
    }
}
