//! A recorded run on disk: JSON lines, a header and then one interaction a line, in the order in which they ended.
//!
//! The format carries a version and refuses one it does not know. It never holds a secret's text, only that there was
//! one. What is written here is redacted before it comes here.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::redact::Redaction;
use super::{Command, Failure, FailureKind, Http, Input, Reply, Request, places};

/// The version this omega writes, and the only one it reads.
pub const VERSION: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The format's version.
    pub cassette: u32,
    /// The omega that recorded.
    pub omega: String,
    /// When, as RFC 3339 in UTC.
    pub recorded: String,
    /// The transport that was recorded, e.g. `live`.
    pub from: String,
    /// Versions of the clients, by program, where known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clients: BTreeMap<String, String>,
}

impl Header {
    /// The header of a record that begins now.
    pub fn new(recorded: impl Into<String>, clients: BTreeMap<String, String>) -> Self {
        let omega = env!("CARGO_PKG_VERSION").to_string();
        Header { cassette: VERSION, omega, recorded: recorded.into(), from: String::new(), clients }
    }
}

/// The door a request passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// It changes nothing.
    Read,
    /// It may change something.
    Change,
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Door::Read => "read",
            Door::Change => "change",
        })
    }
}

/// One request and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Interaction {
    pub(super) door: Door,
    /// The request as a person would type it.
    pub(super) text: String,
    pub(super) request: Asked,
    pub(super) outcome: Outcome,
    pub(super) elapsed_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Asked {
    Command {
        program: String,
        args: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stdin: Option<Given>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        env: BTreeMap<String, Given>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cwd: Option<String>,
    },
    Http {
        method: String,
        url: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<(String, Given)>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Given>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connect_to: Option<String>,
    },
}

/// A text, or the bare fact that there was a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Given {
    Text(String),
    Secret { secret: bool },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    Reply(Answer),
    Failure { kind: FailureKind, detail: String, output: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Answer {
    Command { status: i32, stdout: Content, stderr: Content },
    Http { status: u16, headers: Vec<(String, String)>, body: Content },
}

/// Bytes, as text where they are text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Base64 { base64: String },
}

impl Asked {
    /// The request as it is kept: without secrets.
    pub(super) fn of(request: &Request, redaction: &Redaction) -> Self {
        match request {
            Request::Command(command) => Self::command(command, redaction),
            Request::Http(http) => Self::http(http, redaction),
        }
    }

    fn command(command: &Command, redaction: &Redaction) -> Self {
        let keep = |input: &Input| Given::of(input, redaction);
        Asked::Command {
            program: command.program.clone(),
            args: kept_args(&command.argv(), redaction),
            stdin: command.stdin.as_ref().map(keep),
            env: command.env.iter().map(|(name, value)| (name.clone(), Given::named(name, value, redaction))).collect(),
            cwd: command.cwd.as_ref().map(|cwd| cwd.to_string_lossy().into_owned()),
        }
    }

    fn http(http: &Http, redaction: &Redaction) -> Self {
        Asked::Http {
            method: http.method.as_str().to_string(),
            url: redaction.text(&http.url),
            headers: http
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), Given::named(name, value, redaction)))
                .collect(),
            body: http.body.as_ref().map(|body| Given::of(body, redaction)),
            connect_to: http.connect_to.map(|address| address.to_string()),
        }
    }

    /// The request as a person would type it.
    pub(super) fn shown(&self) -> String {
        let given = |given: &Given| match given {
            Given::Text(text) => text.clone(),
            Given::Secret { .. } => super::MASK.to_string(),
        };
        match self {
            Asked::Command { program, args, stdin, .. } => {
                let mut command = Command::new(program, args);
                command.stdin = stdin.as_ref().map(Given::input);
                Request::from(command).to_string()
            }
            Asked::Http { method, url, body, .. } => {
                let body = body.as_ref().map(|body| format!(" {}", given(body))).unwrap_or_default();
                format!("{method} {url}{body}")
            }
        }
    }

    /// What makes two requests the same: the program with its arguments and input, or method, URL and body. Headers,
    /// environment and working directory may differ from one host to the next.
    pub(super) fn key(&self) -> Asked {
        let mut key = self.clone();
        match &mut key {
            Asked::Command { env, cwd, .. } => (*env, *cwd) = (BTreeMap::new(), None),
            Asked::Http { headers, connect_to, .. } => (*headers, *connect_to) = (Vec::new(), None),
        }
        key
    }

    /// The same request after more secrets became known.
    fn redacted(&self, redaction: &Redaction) -> Self {
        let keep = |given: &Given| given.redacted(redaction);
        match self.clone() {
            Asked::Command { program, args, stdin, env, cwd } => Asked::Command {
                program,
                args: kept_args(&args, redaction),
                stdin: stdin.as_ref().map(keep),
                env: env.iter().map(|(name, value)| (name.clone(), keep(value))).collect(),
                cwd,
            },
            Asked::Http { method, url, headers, body, connect_to } => Asked::Http {
                method,
                url: redaction.text(&url),
                headers: headers.iter().map(|(name, value)| (name.clone(), keep(value))).collect(),
                body: body.as_ref().map(keep),
                connect_to,
            },
        }
    }
}

/// Arguments one by one, and the one after a flag such as `--password` whole.
fn kept_args(args: &[String], redaction: &Redaction) -> Vec<String> {
    let mut after_flag = false;
    let mut keep = |arg: &String| {
        let hidden = std::mem::replace(&mut after_flag, arg.starts_with("--") && places::conceals(arg));
        if hidden { super::MASK.to_string() } else { redaction.text(arg) }
    };
    args.iter().map(&mut keep).collect()
}

impl Given {
    fn of(input: &Input, redaction: &Redaction) -> Self {
        match input {
            Input::Text(text) => Given::Text(redaction.text(text)),
            Input::Secret(_) => Given::Secret { secret: true },
        }
    }

    /// A value whose name may tell that it is secret.
    fn named(name: &str, input: &Input, redaction: &Redaction) -> Self {
        if places::conceals(name) { Given::Secret { secret: true } } else { Given::of(input, redaction) }
    }

    /// An input that shows as this one does.
    fn input(&self) -> Input {
        match self {
            Given::Text(text) => Input::Text(text.clone()),
            Given::Secret { .. } => Input::Secret(super::Secret::new("")),
        }
    }

    fn redacted(&self, redaction: &Redaction) -> Self {
        match self {
            Given::Text(text) => Given::Text(redaction.text(text)),
            secret => secret.clone(),
        }
    }
}

impl Content {
    fn of(bytes: &[u8], redaction: &Redaction) -> Self {
        match String::from_utf8(redaction.bytes(bytes)) {
            Ok(text) => Content::Text(text),
            Err(bytes) => Content::Base64 { base64: STANDARD.encode(bytes.into_bytes()) },
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, base64::DecodeError> {
        match self {
            Content::Text(text) => Ok(text.clone().into_bytes()),
            Content::Base64 { base64 } => STANDARD.decode(base64),
        }
    }
}

impl Outcome {
    pub(super) fn of(result: &Result<Reply, Failure>, redaction: &Redaction) -> Self {
        let keep = |bytes: &[u8]| Content::of(bytes, redaction);
        match result {
            Ok(Reply::Command { status, stdout, stderr }) => {
                Outcome::Reply(Answer::Command { status: *status, stdout: keep(stdout), stderr: keep(stderr) })
            }
            Ok(Reply::Http { status, headers, body }) => {
                let headers = headers.iter().map(|(name, value)| (name.clone(), kept_header(name, value, redaction)));
                Outcome::Reply(Answer::Http { status: *status, headers: headers.collect(), body: keep(body) })
            }
            Err(Failure { kind, detail, output }) => {
                Outcome::Failure { kind: *kind, detail: redaction.text(detail), output: redaction.text(output) }
            }
        }
    }

    /// What came back, as it is handed to the one who asks again.
    pub(super) fn result(&self) -> Result<Result<Reply, Failure>, base64::DecodeError> {
        Ok(match self {
            Outcome::Reply(Answer::Command { status, stdout, stderr }) => {
                Ok(Reply::Command { status: *status, stdout: stdout.bytes()?, stderr: stderr.bytes()? })
            }
            Outcome::Reply(Answer::Http { status, headers, body }) => {
                Ok(Reply::Http { status: *status, headers: headers.clone(), body: body.bytes()? })
            }
            Outcome::Failure { kind, detail, output } => {
                Err(Failure { kind: *kind, detail: detail.clone(), output: output.clone() })
            }
        })
    }
}

fn kept_header(name: &str, value: &str, redaction: &Redaction) -> String {
    match name {
        "set-cookie" => places::cookie(&redaction.known_values(value)),
        name if places::conceals(name) => super::MASK.to_string(),
        _ => redaction.text(value),
    }
}

impl Interaction {
    /// The same interaction after more secrets became known.
    pub(super) fn redacted(&self, redaction: &Redaction) -> Self {
        let outcome = match self.outcome.result() {
            Ok(result) => Outcome::of(&result, redaction),
            Err(_) => self.outcome.clone(),
        };
        let request = self.request.redacted(redaction);
        Interaction { text: request.shown(), request, outcome, ..self.clone() }
    }
}

/// A cassette that was read whole.
#[derive(Debug)]
pub(super) struct Cassette {
    pub(super) header: Header,
    pub(super) interactions: Vec<Interaction>,
}

impl Cassette {
    pub(super) fn load(path: &Path) -> Result<Self, CassetteError> {
        let place = |line| Place { path: path.to_path_buf(), line };
        let text = std::fs::read(path).map_err(|source| CassetteError::Unreadable { path: path.into(), source })?;
        let text = String::from_utf8(text).map_err(|_| CassetteError::NotACassette { path: path.into() })?;
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let torn = lines.last().is_none_or(|line| !line.ends_with('\n'));
        let (first, rest) = lines.split_first().ok_or_else(|| CassetteError::NotACassette { path: path.into() })?;
        let header = header(first, path)?;
        if torn {
            return Err(CassetteError::Torn { place: place(lines.len()) });
        }
        let interactions = rest.iter().enumerate().map(|(index, line)| interaction(line, || place(index + 2)));
        Ok(Cassette { header, interactions: interactions.collect::<Result<_, _>>()? })
    }
}

fn header(line: &str, path: &Path) -> Result<Header, CassetteError> {
    let not_ours = || CassetteError::NotACassette { path: path.into() };
    let value: serde_json::Value = serde_json::from_str(line).map_err(|_| not_ours())?;
    match value.get("cassette").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => {}
        Some(found) => return Err(CassetteError::UnknownVersion { path: path.into(), found }),
        None => return Err(not_ours()),
    }
    let malformed = |error: serde_json::Error| CassetteError::Malformed {
        place: Place { path: path.into(), line: 1 },
        words: error.to_string(),
    };
    serde_json::from_value(value).map_err(malformed)
}

fn interaction(line: &str, place: impl Fn() -> Place) -> Result<Interaction, CassetteError> {
    let malformed = |words: String| CassetteError::Malformed { place: place(), words };
    let interaction: Interaction = serde_json::from_str(line).map_err(|error| malformed(error.to_string()))?;
    match interaction.outcome.result() {
        Ok(_) => Ok(interaction),
        Err(error) => Err(malformed(error.to_string())),
    }
}

/// A line of a cassette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

/// Why a cassette cannot be replayed.
#[derive(Debug)]
pub enum CassetteError {
    /// The file could not be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The first line is no header.
    NotACassette {
        /// The file.
        path: PathBuf,
    },
    /// The format is newer, or foreign.
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version it says.
        found: u64,
    },
    /// The last line was not written to its end.
    Torn {
        /// The line.
        place: Place,
    },
    /// A line does not fit the format.
    Malformed {
        /// The line.
        place: Place,
        /// What is wrong with it.
        words: String,
    },
}

impl fmt::Display for CassetteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CassetteError::Unreadable { path, source } => write!(f, "{}: {source}", path.display()),
            CassetteError::NotACassette { path } => {
                write!(f, "{}: no cassette: the first line is not {{\"cassette\": {VERSION}, ...}}", path.display())
            }
            CassetteError::UnknownVersion { path, found } => write!(
                f,
                "{}: cassette version {found}; this omega reads version {VERSION}. Record again, or use the omega that recorded it",
                path.display()
            ),
            CassetteError::Torn { place } => write!(
                f,
                "{place}: the last line is cut short: the record broke off while it was written, so its end is unknown. \
                 Record again; or remove that line to replay what came before it"
            ),
            CassetteError::Malformed { place, words } => write!(f, "{place}: not an interaction: {words}"),
        }
    }
}

impl std::error::Error for CassetteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CassetteError::Unreadable { source, .. } => Some(source),
            _ => None,
        }
    }
}
