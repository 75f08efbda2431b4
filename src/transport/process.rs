//! One child process: started in a group of its own, read up to a bound, ended with its whole group.
//!
//! It knows no program, no environment rule and no request: it is given an absolute path and everything else whole.

use std::collections::BTreeMap;
use std::io::{PipeReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::{Failure, FailureKind, Interrupt, Reply};

/// How often a raised interrupt is looked for.
const LOOK: Duration = Duration::from_millis(50);
/// How long a group may take to end by itself after SIGTERM.
const TERM_GRACE: Duration = Duration::from_secs(2);
/// How long the pipes of a child that has ended may stay open in the hands of its own children.
const PIPE_GRACE: Duration = Duration::from_millis(500);
/// How long the system may take to end a group after SIGKILL.
const KILL_GRACE: Duration = Duration::from_secs(2);
/// How much of each stream a failure carries.
const SHOWN: usize = 64 * 1024;

/// Everything a child is started with.
pub(super) struct Launch {
    pub(super) program: PathBuf,
    pub(super) args: Vec<String>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) cwd: Option<PathBuf>,
    pub(super) stdin: Option<Vec<u8>>,
    pub(super) time_limit: Duration,
    pub(super) output_limit: usize,
}

/// Runs the child to its end, or ends it: at its time limit, at its output bound, or when the operator interrupts.
pub(super) fn run(launch: Launch, interrupt: &Interrupt) -> Result<Reply, Failure> {
    let (time_limit, output_limit) = (launch.time_limit, launch.output_limit);
    let mut child = Child::start(launch).map_err(|words| Failure::new(FailureKind::Start, words))?;
    let end = child.follow(now() + time_limit, interrupt);
    let (kind, detail) = match end {
        End::Finished => return child.reply(),
        End::Abandoned => {
            child.stop(PIPE_GRACE);
            return child.reply();
        }
        End::TimedOut => (FailureKind::TimedOut, format!("no end after {time_limit:?}; it was killed")),
        End::Asked => (FailureKind::TimedOut, ASKED.to_string()),
        End::Full => {
            (FailureKind::TooMuchOutput, format!("more than {output_limit} bytes on one stream; it was killed"))
        }
        End::Interrupted => (FailureKind::Interrupted, "interrupted by the operator; it was killed".to_string()),
    };
    child.stop(TERM_GRACE);
    Err(child.failure(kind, detail))
}

const ASKED: &str = "it stopped to ask something on the terminal, which nobody can answer here, and was killed; \
                     run it by hand, log in where it asks, and run omega again";

enum End {
    Finished,
    /// The child ended, and something it started holds its pipes.
    Abandoned,
    TimedOut,
    Asked,
    Full,
    Interrupted,
}

enum Event {
    Ended,
    Asked,
    Full,
    Closed,
}

type Captured = Arc<Mutex<Option<Vec<u8>>>>;

struct Child {
    handle: duct::Handle,
    group: Pid,
    events: Receiver<Event>,
    stdout: Captured,
    stderr: Captured,
    ended: Option<Instant>,
    open_pipes: u8,
}

impl Child {
    fn start(launch: Launch) -> Result<Self, String> {
        let shown = launch.program.display().to_string();
        if let Some(cwd) = launch.cwd.as_ref().filter(|cwd| !cwd.is_dir()) {
            return Err(format!("cannot start {shown} in {}: no such directory", cwd.display()));
        }
        Self::try_start(launch).map_err(|error| format!("cannot start {shown}: {error}"))
    }

    fn try_start(launch: Launch) -> std::io::Result<Self> {
        let (sender, events) = channel();
        let (stdout_end, stdout) = drained(launch.output_limit, &sender)?;
        let (stderr_end, stderr) = drained(launch.output_limit, &sender)?;
        let expression = expression(&launch.program, &launch.args)
            .full_env(launch.environment)
            .stdout_file(stdout_end)
            .stderr_file(stderr_end)
            .unchecked()
            .before_spawn(|command| {
                command.process_group(0);
                Ok(())
            });
        let expression = match launch.cwd {
            Some(cwd) => expression.dir(cwd),
            None => expression,
        };
        let (expression, input) = with_stdin(expression, launch.stdin)?;
        let handle = start_when_not_busy(&expression, &events)?;
        drop(expression); // closes our ends of the pipes, without which no reader would ever see the end
        let group = group_of(&handle)?;
        let mut child = Child { handle, group, events, stdout, stderr, ended: None, open_pipes: 2 };
        if let Err(error) = child.attend(sender, input) {
            child.stop(Duration::ZERO);
            return Err(error);
        }
        Ok(child)
    }

    /// Starts the threads that feed the child and wait for it.
    fn attend(&self, sender: Sender<Event>, input: Option<(std::io::PipeWriter, Vec<u8>)>) -> std::io::Result<()> {
        let group = self.group;
        Builder::new().name("child".into()).spawn(move || await_end(group, &sender))?;
        if let Some((mut pipe, bytes)) = input {
            // A child may end without reading its input: a broken pipe is its choice, not an error.
            Builder::new().name("stdin".into()).spawn(move || drop(pipe.write_all(&bytes)))?;
        }
        Ok(())
    }

    fn follow(&mut self, deadline: Instant, interrupt: &Interrupt) -> End {
        loop {
            let (limit, at_limit) = match self.ended {
                Some(_) if self.open_pipes == 0 => return End::Finished,
                Some(ended) => (ended + PIPE_GRACE, End::Abandoned),
                None => (deadline, End::TimedOut),
            };
            if interrupt.is_raised() {
                return End::Interrupted;
            }
            let left = limit.saturating_duration_since(now());
            if left.is_zero() {
                return at_limit;
            }
            match self.next_event(left.min(LOOK)) {
                Some(Event::Full) => return End::Full,
                Some(Event::Asked) => return End::Asked,
                _ => {}
            }
        }
    }

    fn next_event(&mut self, wait: Duration) -> Option<Event> {
        let event = match self.events.recv_timeout(wait) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        };
        match event {
            Event::Ended => self.ended = Some(now()),
            Event::Closed => self.open_pipes -= 1,
            Event::Asked | Event::Full => {}
        }
        Some(event)
    }

    /// Ends the group. The leader is not reaped yet, so its number cannot have passed to a stranger.
    fn stop(&mut self, grace: Duration) {
        let _ = kill_process_group(self.group, Signal::TERM);
        let _ = kill_process_group(self.group, Signal::CONT);
        self.settle(grace);
        let _ = kill_process_group(self.group, Signal::KILL);
        self.settle(KILL_GRACE.min(grace + PIPE_GRACE));
    }

    fn settle(&mut self, patience: Duration) {
        let until = now() + patience;
        while self.ended.is_none() || self.open_pipes > 0 {
            let left = until.saturating_duration_since(now());
            if left.is_zero() {
                return;
            }
            self.next_event(left);
        }
    }

    fn reply(self) -> Result<Reply, Failure> {
        let waited = self.handle.wait().map(|output| output.status);
        let status = match waited {
            Ok(status) => status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
            Err(error) => return Err(self.failure(FailureKind::Start, format!("its exit status was lost: {error}"))),
        };
        Ok(Reply::Command { status, stdout: taken(&self.stdout), stderr: taken(&self.stderr) })
    }

    fn failure(self, kind: FailureKind, detail: String) -> Failure {
        if self.ended.is_some() {
            let _ = self.handle.wait(); // reaps it
        }
        let output = [taken(&self.stdout), taken(&self.stderr)].map(|bytes| last_part(&bytes)).concat();
        Failure { kind, detail, output }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one door to a process")]
fn expression(program: &std::path::Path, args: &[String]) -> duct::Expression {
    duct::cmd(program, args)
}

/// A pipe whose reading end is drained up to the bound; the writing end is for the child.
fn drained(bound: usize, events: &Sender<Event>) -> std::io::Result<(std::io::PipeWriter, Captured)> {
    let (reader, writer) = std::io::pipe()?;
    let captured: Captured = Arc::new(Mutex::new(Some(Vec::new())));
    let (into, events) = (captured.clone(), events.clone());
    Builder::new().name("output".into()).spawn(move || drain(reader, &into, bound, &events))?;
    Ok((writer, captured))
}

fn drain(mut pipe: PipeReader, into: &Captured, bound: usize, events: &Sender<Event>) {
    let mut chunk = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = pipe.read(&mut chunk) {
        let mut into = into.lock();
        let Some(kept) = into.as_mut() else { return }; // taken: nobody listens any more
        let room = bound.saturating_sub(kept.len());
        kept.extend_from_slice(&chunk[..read.min(room)]);
        if read > room && events.send(Event::Full).is_err() {
            return;
        }
    }
    let _ = events.send(Event::Closed);
}

type Fed = (duct::Expression, Option<(std::io::PipeWriter, Vec<u8>)>);

fn with_stdin(expression: duct::Expression, input: Option<Vec<u8>>) -> std::io::Result<Fed> {
    let Some(bytes) = input else {
        return Ok((expression.stdin_null(), None)); // nothing can prompt
    };
    let (reader, writer) = std::io::pipe()?;
    Ok((expression.stdin_file(reader), Some((writer, bytes))))
}

/// An executable that is just being replaced (an upgrade) is busy for a moment.
fn start_when_not_busy(expression: &duct::Expression, pause: &Receiver<Event>) -> std::io::Result<duct::Handle> {
    for _ in 0..10 {
        match expression.start() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                let _ = pause.recv_timeout(Duration::from_millis(20));
            }
            other => return other,
        }
    }
    expression.start()
}

fn group_of(handle: &duct::Handle) -> std::io::Result<Pid> {
    let pid = handle.pids().first().and_then(|pid| i32::try_from(*pid).ok()).and_then(Pid::from_raw);
    pid.ok_or_else(|| std::io::Error::other("it has no process number"))
}

/// Waits for the leader without reaping it, and notices when it stops to read from the terminal.
fn await_end(leader: Pid, events: &Sender<Event>) {
    let (mut watched, asked) = (WaitIdOptions::EXITED | WaitIdOptions::STOPPED, [Signal::TTIN, Signal::TTOU]);
    loop {
        match waitid(WaitId::Pid(leader), watched | WaitIdOptions::NOWAIT) {
            Err(rustix::io::Errno::INTR) => continue,
            Ok(Some(status)) if status.stopped() => {
                watched = WaitIdOptions::EXITED;
                if status.stopping_signal().is_some_and(|signal| asked.iter().any(|asked| asked.as_raw() == signal)) {
                    let _ = events.send(Event::Asked);
                }
            }
            _ => break,
        }
    }
    let _ = events.send(Event::Ended);
}

#[expect(clippy::disallowed_methods, reason = "a child's limits are real time")]
fn now() -> Instant {
    Instant::now()
}

fn taken(captured: &Captured) -> Vec<u8> {
    captured.lock().take().unwrap_or_default()
}

fn last_part(bytes: &[u8]) -> String {
    let left_out = bytes.len().saturating_sub(SHOWN);
    let shown = String::from_utf8_lossy(&bytes[left_out..]);
    if left_out == 0 { shown.into_owned() } else { format!("({left_out} bytes left out)\n{shown}") }
}
