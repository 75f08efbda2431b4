//! What may be asked of the outside world, and what comes back.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A value that must never be seen: no `Display`, no `Serialize`, no comparison, and no way into an [`Arg`].
#[derive(Clone)]
pub struct Secret {
    text: std::sync::Arc<str>,
    awaited: bool,
}

impl Secret {
    /// Takes a text into the type.
    pub fn new(text: impl Into<String>) -> Self {
        Secret { text: std::sync::Arc::from(text.into()), awaited: false }
    }

    /// The text itself, for the live transport (standard input, a body, one child's environment, a 0600 file) and for
    /// checks that answer without showing it.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }

    /// One that nobody has given yet: it stands in a plan's changes and must never be sent.
    pub(crate) fn awaited() -> Self {
        Secret { text: std::sync::Arc::from(""), awaited: true }
    }

    /// Whether nobody has given it yet.
    pub(crate) fn is_awaited(&self) -> bool {
        self.awaited
    }

    /// Tells two secrets of this process apart without their texts: a hash under keys that no other process has.
    pub(crate) fn mark(&self) -> u64 {
        use std::hash::{BuildHasher, RandomState};
        static KEYS: std::sync::LazyLock<RandomState> = std::sync::LazyLock::new(RandomState::new);
        KEYS.hash_one(self.expose())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// One argument of a command. A secret cannot become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// Known text.
    Text(String),
    /// Known only after an earlier planned change; printed in a plan, never sent.
    After {
        /// What it will be, e.g. `id of network provider-ext`.
        what: String,
        /// The step whose change yields it.
        step: String,
    },
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Arg::Text(text.to_string())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Arg::Text(text)
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Arg::Text(text.clone())
    }
}

impl fmt::Display for Arg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Arg::Text(text) if !text.is_empty() && text.chars().all(is_plain) => f.write_str(text),
            Arg::Text(text) => write!(f, "'{}'", text.replace('\'', r"'\''")),
            Arg::After { what, step } => write!(f, "({what}, known after step {step})"),
        }
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c)
}

/// What a child reads on standard input.
#[derive(Clone, Debug)]
pub enum Input {
    /// Text that may be seen.
    Text(String),
    /// Text that may not.
    Secret(Secret),
}

/// A program to run. `program` is its plain name (`maas`); the live transport resolves it once to an absolute path.
#[derive(Clone, Debug)]
pub struct Command {
    /// The program's name, without a path.
    pub program: String,
    /// Its arguments, one element each; never a shell string.
    pub args: Vec<Arg>,
    /// What it reads on standard input; without it, nothing.
    pub stdin: Option<Input>,
    /// Added to the allow-listed environment of the child.
    pub env: BTreeMap<String, Input>,
    /// Where it runs; without it, where omega runs.
    pub cwd: Option<std::path::PathBuf>,
    /// When it is killed.
    pub time_limit: Duration,
}

impl Command {
    /// A command with the given arguments and a limit of two minutes.
    pub fn new<A: Into<Arg>>(program: &str, args: impl IntoIterator<Item = A>) -> Self {
        Command {
            program: program.to_string(),
            args: args.into_iter().map(Into::into).collect(),
            stdin: None,
            env: BTreeMap::new(),
            cwd: None,
            time_limit: Duration::from_secs(120),
        }
    }

    /// Adds one argument.
    pub fn arg(mut self, arg: impl Into<Arg>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds several arguments.
    pub fn args<A: Into<Arg>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Gives the child text on standard input.
    pub fn stdin(mut self, input: Input) -> Self {
        self.stdin = Some(input);
        self
    }

    /// Sets the time after which the child is killed.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// The known argument texts; an argument that is not known yet yields its printed form.
    pub fn argv(&self) -> Vec<String> {
        self.args
            .iter()
            .map(|arg| match arg {
                Arg::Text(text) => text.clone(),
                after => after.to_string(),
            })
            .collect()
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// An HTTP call. Redirects are never followed: a 302 is an answer.
#[derive(Clone, Debug)]
pub struct Http {
    /// The method.
    pub method: Method,
    /// Absolute URL.
    pub url: String,
    /// Header name and value; a value may be secret.
    pub headers: Vec<(String, Input)>,
    /// The body, if any.
    pub body: Option<Input>,
    /// PEM of the authority to trust in place of the public ones.
    pub ca_pem: Option<String>,
    /// Address to connect to in place of resolving the host name.
    pub connect_to: Option<std::net::SocketAddr>,
    /// When it is given up.
    pub time_limit: Duration,
}

impl Http {
    /// A GET with a limit of thirty seconds.
    pub fn get(url: impl Into<String>) -> Self {
        Http {
            method: Method::Get,
            url: url.into(),
            headers: Vec::new(),
            body: None,
            ca_pem: None,
            connect_to: None,
            time_limit: Duration::from_secs(30),
        }
    }
}

/// A command or an HTTP call.
#[derive(Clone, Debug)]
pub enum Request {
    /// A program to run.
    Command(Command),
    /// An HTTP call to make.
    Http(Http),
}

impl Request {
    /// Whether it holds a secret that nobody has given yet.
    pub(crate) fn awaits_secret(&self) -> bool {
        let awaits = |input: &Input| matches!(input, Input::Secret(secret) if secret.is_awaited());
        match self {
            Request::Command(command) => command.stdin.iter().chain(command.env.values()).any(awaits),
            Request::Http(http) => {
                http.headers.iter().any(|(_, value)| awaits(value)) || http.body.as_ref().is_some_and(awaits)
            }
        }
    }
}

impl From<Command> for Request {
    fn from(command: Command) -> Self {
        Request::Command(command)
    }
}

impl From<Http> for Request {
    fn from(http: Http) -> Self {
        Request::Http(http)
    }
}

impl fmt::Display for Request {
    /// The request as a person would type it; secrets show as `(secret)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Command(command) => {
                f.write_str(&command.program)?;
                command.args.iter().try_for_each(|arg| write!(f, " {arg}"))?;
                match &command.stdin {
                    None => Ok(()),
                    Some(Input::Text(_)) => f.write_str(" < (text)"),
                    Some(Input::Secret(_)) => f.write_str(" < (secret)"),
                }
            }
            Request::Http(http) => {
                write!(f, "{} {}", http.method.as_str(), http.url)?;
                match &http.body {
                    None => Ok(()),
                    Some(Input::Text(text)) => write!(f, " {text}"),
                    Some(Input::Secret(_)) => f.write_str(" (secret)"),
                }
            }
        }
    }
}

/// What came back. A status other than 0 or 2xx is an answer too; whether it is an error is the primitive's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A program ended by itself.
    Command {
        /// Exit status; a child killed by signal N ends with 128 + N.
        status: i32,
        /// Standard output.
        stdout: Vec<u8>,
        /// Standard error.
        stderr: Vec<u8>,
    },
    /// A server answered.
    Http {
        /// HTTP status.
        status: u16,
        /// Header name (lower case) and value, in order.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
}

/// No reply: what stood in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind, on which exit status and advice depend.
    pub kind: FailureKind,
    /// In words, e.g. `no program maas on the search path`.
    pub detail: String,
    /// What the child had printed on both streams before it failed, as far as captured.
    pub output: String,
}

impl Failure {
    /// A failure without captured output.
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Failure { kind, detail: detail.into(), output: String::new() }
    }
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The program is not installed.
    Missing,
    /// The program could not be started.
    Start,
    /// The time limit passed; the whole process group was killed.
    TimedOut,
    /// More output than the bound.
    TooMuchOutput,
    /// The host could not be resolved or reached, or refused the connection.
    Unreachable,
    /// The peer's certificate was not accepted.
    Tls,
    /// The operator interrupted.
    Interrupted,
    /// A replayed cassette or the lab has no such request.
    NotAnswered,
}
