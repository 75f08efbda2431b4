//! One call of a primitive by a script: the only way in which primitives reach the host.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rhai::{Dynamic, NativeCallContext};
use serde::de::{Deserialize, DeserializeOwned};

use super::state::Place;
use super::{Host, Mode, Setting, Stop};
use crate::journal::{CallOutcome, Event};
use crate::script::{Absent, Effect, Handle, Object, Primitive, Source, canonical, place_of, shown};
use crate::transport::{Failure, FailureKind, Input, Reply, Request, Secret};

/// A place in a runbook or library.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The file, from the root.
    pub file: String,
    /// The line, from 1; 0 when not known.
    pub line: u32,
    /// The column, from 1; 0 when not known.
    pub column: u32,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl At {
    /// The place of a native call.
    pub fn of(context: &NativeCallContext<'_>) -> Self {
        let (line, column) = place_of(context.call_position());
        At { file: context.call_source().unwrap_or_default().to_string(), line, column }
    }
}

/// One call of a primitive.
pub struct Call<'a> {
    /// The host of the pass.
    pub host: Host,
    /// Where the script calls.
    pub at: At,
    /// What it calls.
    pub primitive: &'a Primitive,
    /// The engine's side, for closures.
    pub context: &'a NativeCallContext<'a>,
}

impl<'a> Call<'a> {
    /// Begins a call: asks the latch, the place and the capability.
    pub fn begin(host: Host, primitive: &'a Primitive, context: &'a NativeCallContext<'a>) -> Result<Self, Stop> {
        let call = Call { host, at: At::of(context), primitive, context };
        call.may_run()?;
        Ok(call)
    }

    fn may_run(&self) -> Result<(), Stop> {
        if self.primitive.effect == Effect::Pure {
            return Ok(());
        }
        let state = self.host.state();
        if let Some(stop) = state.latch.as_ref().or(state.deferral.as_ref()) {
            return Err(stop.clone());
        }
        self.is_in_place(&state.place)?;
        if state.looks > 0 && self.primitive.effect == Effect::Change {
            let words = format!("{} is called where only a look is meant", self.primitive.full_name());
            return Err(
                Stop::refused(words).with("next", "make the change in a statement of its own, outside the closure")
            );
        }
        let needs =
            matches!(self.primitive.effect, Effect::Read | Effect::Acts | Effect::Change) && !self.primitive.is_field;
        match &state.header {
            Some(header) if needs => self.is_declared(header),
            _ => Ok(()),
        }
    }

    fn is_in_place(&self, place: &Place) -> Result<(), Stop> {
        let name = self.primitive.full_name();
        let at_top = matches!(name.as_str(), "runbook" | "step" | "exit_gate");
        match place {
            Place::Import => Err(Stop::refused(format!("a library may not call {name} while it is imported"))),
            Place::Top if !at_top => Err(Stop::refused(format!("{name} runs only inside a step"))),
            Place::Step { id } if at_top => Err(Stop::refused(format!("{name} inside step {id}: steps do not nest"))),
            Place::Expression if self.primitive.effect == Effect::Change || at_top => {
                Err(Stop::refused(format!("an expression only reads; {name} does not")))
            }
            _ => Ok(()),
        }
    }

    fn is_declared(&self, header: &super::Header) -> Result<(), Stop> {
        let namespace = self.primitive.namespace;
        let change = self.primitive.effect == Effect::Change;
        if namespace.is_empty() || header.allows(namespace, change) {
            return Ok(());
        }
        let need = format!("{namespace}: {}", if change { "change" } else { "read" });
        Err(Stop::refused(format!(
            "{} needs the capability \"{need}\", which {} does not declare",
            self.primitive.full_name(),
            header.id
        ))
        .with("next", format!("add \"{need}\" to `needs` in the runbook's header, after a review")))
    }

    /// The step that the call is in; empty outside steps.
    pub fn step(&self) -> String {
        self.host.state().step()
    }

    /// A setting of the run; the error says how to give it.
    pub fn setting(&self, setting: Setting) -> Result<String, Stop> {
        self.host.session.settings.get(setting).map(str::to_string).ok_or_else(|| {
            let name = setting.name();
            Stop::precondition(format!("{} needs the setting `{name}`", self.primitive.full_name()))
                .with("next", format!("give it with --set {name}=VALUE"))
        })
    }

    /// A field of a handle, as a script reads it.
    pub fn field<T: Object>(&self, value: &Dynamic, name: &str, get: fn(&T) -> Dynamic) -> Result<Dynamic, Stop> {
        let handle = value
            .read_lock::<Handle<T>>()
            .ok_or_else(|| Stop::defect(format!("a field of {} was read from something else", T::NAME)))?;
        use crate::script::Known;
        match handle.known(name) {
            Known::Seen(object, source) => {
                let what = format!("{name} of {} {}", T::KIND, handle.identity());
                let seen = name_absence(told(get(object), source)?, &what);
                self.tell(
                    &format!("{}|{}|{name}", T::KIND, handle.identity()),
                    &format!("{name} of {}", handle.label()),
                    &seen,
                    source,
                );
                Ok(seen)
            }
            Known::Promised(value) => {
                self.host.state().predicted = true;
                Ok(value.clone())
            }
            Known::After(step) => Err(Stop::deferred(format!("{name} of {}", handle.label()), step)),
        }
    }

    /// Records what a script is told: a fact for the digest, evidence for the next gate.
    pub fn tell(&self, key: &str, label: &str, value: &Dynamic, source: &str) {
        if let Some(reads) = &self.host.session.reads {
            reads.note_told(key, &shown(value));
        }
        let mut state = self.host.state();
        if let Some(value) = canonical(value) {
            state.facts.insert(key.to_string(), value);
        }
        state.told.push((format!("{label}: {}", shown(value)), source.to_string()));
    }

    /// Sends a read, or answers from what was read since the last change.
    pub fn ask(&self, request: impl Into<Request>) -> Result<Arc<Reply>, Stop> {
        let request = self.in_time(request.into());
        self.deny(&request)?;
        self.interrupted()?;
        let key = self.note_asked(&request);
        self.host.session.cache.get(&key, || self.send(&request)).map_err(|failure| not_asked(&request, &failure))
    }

    /// Sends a read for which a peer that is not there is an answer too: refused, silent, or a certificate not accepted.
    pub fn reach(&self, request: &Request) -> Result<Result<Arc<Reply>, Failure>, Stop> {
        self.deny(request)?;
        self.interrupted()?;
        let key = self.note_asked(request);
        match self.host.session.cache.get(&key, || self.send(request)) {
            Err(failure) if is_answer(failure.kind) => Ok(Err(failure)),
            other => other.map(Ok).map_err(|failure| not_asked(request, &failure)),
        }
    }

    /// What the reply is kept under; noted as asked, where somebody wants to know.
    fn note_asked(&self, request: &Request) -> String {
        let key = key(request);
        if let Some(reads) = &self.host.session.reads {
            reads.note_asked(&self.step(), &request.to_string());
        }
        key
    }

    /// Parses a payload, and notes which parts of it the type asks for.
    pub(crate) fn parse<'b, T: Deserialize<'b>>(&self, request: &Request, bytes: &'b [u8]) -> Result<T, Stop> {
        parse_noting(self.host.session.reads.as_deref(), request, bytes)
    }

    /// What `make` makes of the payload of a request, or of other bytes that have a name; runs that are made again and
    /// again take what another made of the same.
    pub(crate) fn made<T: Clone + Send + Sync + 'static>(
        &self,
        of: &str,
        bytes: &[u8],
        make: impl FnOnce() -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        match &self.host.session.reads {
            Some(reads) => reads.made(of, bytes, make),
            None => make(),
        }
    }

    /// A file of the repository, as it was pinned.
    pub(crate) fn pinned(&self, path: &str) -> Option<&[u8]> {
        self.note_file(path);
        self.host.session.files.get(path).map(|bytes| &bytes[..])
    }

    /// A file that a run may read and that is not pinned: as it was at the start, or as the run made it.
    pub(crate) fn input(&self, path: &str) -> Option<Arc<[u8]>> {
        self.note_file(path);
        self.host.session.input(path)
    }

    fn note_file(&self, path: &str) {
        if let Some(reads) = &self.host.session.reads {
            reads.note_file(&self.step(), path);
        }
    }

    /// Sends reads side by side, at most eight at a time; each is then answered from what was read.
    pub fn ask_all(&self, requests: &[Request]) -> Result<(), Stop> {
        for request in requests {
            self.deny(request)?;
        }
        self.interrupted()?;
        let next = std::sync::atomic::AtomicUsize::new(0);
        let work = || {
            while let Some(request) = requests.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                let (key, request) = (key(request), self.in_time(request.clone()));
                // A failure is kept like a reply, and met again by the one who asks for it.
                let _ = self.host.session.cache.get(&key, || self.send(&request));
            }
        };
        std::thread::scope(|scope| (0..requests.len().min(8)).for_each(|_| drop(scope.spawn(work))));
        Ok(())
    }

    /// Sends a read that leaves a record; it is never answered from before, and a plan says that it was made.
    pub fn act(&self, request: impl Into<Request>) -> Result<Arc<Reply>, Stop> {
        let request = request.into();
        if self.host.mode == Mode::Ahead {
            return Err(Stop::deferred("a read that leaves a record", "this pass"));
        }
        self.ask(request)
    }

    /// No request may outlast the run.
    fn in_time(&self, mut request: Request) -> Request {
        let session = &self.host.session;
        let left = session.deadline.saturating_sub(session.clock.elapsed()).max(Duration::from_secs(1));
        match &mut request {
            Request::Command(command) => command.time_limit = command.time_limit.min(left),
            Request::Http(http) => http.time_limit = http.time_limit.min(left),
        }
        request
    }

    fn interrupted(&self) -> Result<(), Stop> {
        if self.host.session.must_halt() && self.host.mode != Mode::Ahead {
            return Err(self.host.latched().unwrap_or_else(|| self.host.session.halt_reason()));
        }
        Ok(())
    }

    fn send(&self, request: &Request) -> Result<Arc<Reply>, Failure> {
        let begun = self.host.session.clock.elapsed();
        self.host.session.journal.conceal_all_of(request);
        let result = self.host.session.transport.read(request);
        self.record_call(request, begun, &result, self.primitive.effect == Effect::Acts);
        result.map(Arc::new)
    }

    pub(super) fn record_call(
        &self,
        request: &Request,
        begun: Duration,
        result: &Result<Reply, Failure>,
        leaves_record: bool,
    ) {
        let elapsed = self.host.session.clock.elapsed().saturating_sub(begun);
        self.host.session.journal.record(Event::Call {
            step: self.step(),
            primitive: self.primitive.full_name(),
            request: request.to_string(),
            millis: elapsed.as_millis() as u64,
            outcome: CallOutcome::of(result),
            leaves_record,
        });
    }

    /// Sends a read and takes the JSON on standard output (status 0) or in the body (2xx).
    pub fn json<T: DeserializeOwned>(&self, request: impl Into<Request>) -> Result<(T, Source), Stop> {
        let request = request.into();
        let reply = self.ask(request.clone())?;
        let bytes = success(&request, &reply)?;
        Ok((self.parse(&request, bytes)?, source(&request)))
    }

    /// Refuses what no runbook may ask, whatever it says.
    pub(super) fn deny(&self, request: &Request) -> Result<(), Stop> {
        super::guard::deny(request).and_then(|()| super::guard::given_whole(request))
    }

    /// Asks `check` until it answers true or the time is over; forgets what was read before each look.
    pub fn forget_reads(&self) {
        self.host.session.cache.forget();
    }
}

/// Failures that say something about the peer.
fn is_answer(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Unreachable | FailureKind::TimedOut | FailureKind::Tls)
}

/// What a reply is kept under.
fn key(request: &Request) -> String {
    format!("{request} {}", request_extra(request))
}

/// The same for one that another run has sent: a login is signed anew each time.
pub(crate) fn key_without_login(request: &Request) -> String {
    let mut request = request.clone();
    match &mut request {
        Request::Http(http) => http.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization")),
        Request::Command(command) => {
            if let Some(Input::Secret(secret)) = &mut command.stdin {
                *secret = without_authorization(secret);
            }
        }
    }
    key(&request)
}

/// curl's configuration holds the login as a header of its own.
fn without_authorization(secret: &Secret) -> Secret {
    let is_login = |line: &str| line.to_ascii_lowercase().starts_with("header = \"authorization:");
    if !secret.expose().lines().any(is_login) {
        return secret.clone();
    }
    Secret::new(secret.expose().lines().filter(|line| !is_login(line)).collect::<Vec<_>>().join("\n"))
}

/// What else tells two requests apart: environment, standard input, headers and body. A secret counts by which one it
/// is, never by its text.
fn request_extra(request: &Request) -> String {
    let input = |input: &Input| match input {
        Input::Text(text) => text.clone(),
        Input::Secret(secret) => format!("secret {}", secret.mark()),
    };
    match request {
        Request::Command(command) => {
            let env: Vec<String> = command.env.iter().map(|(name, value)| format!("{name}={}", input(value))).collect();
            format!("{env:?} {:?} {:?}", command.stdin.as_ref().map(input), command.cwd)
        }
        Request::Http(http) => {
            let headers: Vec<String> =
                http.headers.iter().map(|(name, value)| format!("{name}: {}", input(value))).collect();
            format!("{headers:?} {:?} {:?}", http.body.as_ref().map(input), http.connect_to)
        }
    }
}

/// A field that the service could not tell stops with the reason, and says where it was asked.
pub(super) fn told(value: Dynamic, source: &str) -> Result<Dynamic, Stop> {
    let untold = value.read_lock::<Stop>().map(|stop| stop.clone());
    untold.map_or(Ok(value), |stop| Err(stop.with("from", source)))
}

fn name_absence(value: Dynamic, what: &str) -> Dynamic {
    if value.read_lock::<Absent>().is_some() {
        return Dynamic::from(Absent { what: what.to_string() });
    }
    value
}

/// A request as the source of facts.
pub fn source(request: &Request) -> Source {
    Arc::from(request.to_string())
}

/// The payload of a reply that succeeded; else an error with both streams.
pub fn success<'r>(request: &Request, reply: &'r Reply) -> Result<&'r [u8], Stop> {
    match reply {
        Reply::Command { status: 0, stdout, .. } => Ok(stdout),
        Reply::Http { status: 200..300, body, .. } => Ok(body),
        _ => Err(refused_reply(request, reply)),
    }
}

/// A reply that is an error, in full: the request, the status and both outputs.
pub fn refused_reply(request: &Request, reply: &Reply) -> Stop {
    match reply {
        Reply::Command { status, stdout, stderr } => {
            Stop::unanswered(format!("{} ended with status {status}", program(request)))
                .with("asked", request.to_string())
                .with("stdout", excerpt(stdout))
                .with("stderr", excerpt(stderr))
        }
        Reply::Http { status, body, .. } => Stop::unanswered(format!("the server answered {status}"))
            .with("asked", request.to_string())
            .with("body", excerpt(body)),
    }
}

fn program(request: &Request) -> String {
    match request {
        Request::Command(command) => command.program.clone(),
        Request::Http(http) => http.url.clone(),
    }
}

/// The end of an output, at most 2,000 characters, on one or more lines. A usage text's last line says what was wrong.
pub fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    let start = text.char_indices().rev().nth(1999).map_or(0, |(index, _)| index);
    text[start..].replace('\n', "\n         ")
}

/// Parses a payload; what the type passes over is noted, where somebody wants to know.
pub fn parse_noting<'b, T: Deserialize<'b>>(
    reads: Option<&super::Reads>,
    request: &Request,
    bytes: &'b [u8],
) -> Result<T, Stop> {
    if let Some(reads) = reads {
        reads.note_parsed::<T>(bytes);
    }
    parse(request, bytes)
}

/// Parses a payload; an error names the field by its path, the request and the beginning of what came.
pub fn parse<'b, T: Deserialize<'b>>(request: &Request, bytes: &'b [u8]) -> Result<T, Stop> {
    // The common case first: following the path costs several times the parse.
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let unreadable = |what: String| {
        let text = String::from_utf8_lossy(bytes);
        let begin: String = text.trim().chars().take(300).collect();
        let seen = if begin.is_empty() { "nothing: the output is empty".to_string() } else { begin };
        Stop::unanswered(what)
            .with("asked", request.to_string())
            .with("seen", seen)
            .with("next", "nothing was decided on this reply; run the command by hand and compare it with the versions omega knows (omega doctor)")
    };
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { format!(" at {path}") };
        unreadable(format!("the reply of {} does not fit{path}: {}", program(request), error.inner()))
    })?;
    reader
        .end()
        .map_err(|error| unreadable(format!("the reply of {} goes on after its end: {error}", program(request))))?;
    Ok(value)
}

/// A request that brought no reply.
pub fn not_asked(request: &Request, failure: &Failure) -> Stop {
    let stop = match failure.kind {
        FailureKind::Missing => Stop::precondition(failure.detail.clone())
            .with("next", "omega doctor says which programs this jumphost lacks"),
        FailureKind::Interrupted => return Stop::interrupted(),
        _ => Stop::unanswered(failure.detail.clone()),
    };
    stop.with("asked", request.to_string()).with("output", failure.output.clone())
}
