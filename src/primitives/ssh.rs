//! Reads on hosts over ssh: files, services, listening ports. Nothing here changes a host.
//!
//! The remote shell splits what it gets, so each word is quoted for it; a program's arguments stay a list on this side.

use std::borrow::Cow;

use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::script::{Answer, Declared, Handle, Primitive, Source};
use crate::transport::{Command, Reply, Request};

handle! {
    /// A host over ssh, by `USER@ADDRESS`.
    SshHost("ssh host") by destination {
        /// Where ssh connects, e.g. `ubuntu@10.12.4.7`.
        destination: String,
    }
}

/// Words as the remote shell must read them.
pub(crate) fn remote_words<'w>(words: impl IntoIterator<Item = &'w str>) -> Vec<String> {
    // A NUL cannot be in a word: it could not be in an argument either.
    words.into_iter().map(|word| shlex::try_quote(word).unwrap_or(Cow::Borrowed("''")).into_owned()).collect()
}

/// The command that runs words on a host.
pub(crate) fn request(host: &str, words: &[&str]) -> Request {
    let options = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", host, "--"];
    Command::new("ssh", options).args(remote_words(words.iter().copied())).into()
}

/// How a command ended on a host.
pub(crate) struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs words on a host. ssh's own 255 is no answer; any other status is the command's.
pub(crate) fn run(call: &Call<'_>, request: &Request) -> Result<Ended, Stop> {
    let reply = call.ask(request.clone())?;
    let Reply::Command { status, stdout, stderr } = &*reply else {
        return Err(Stop::defect(format!("{request} is no command")));
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if *status != 255 {
        return Ok(Ended { status: *status, stdout: text(stdout), stderr: text(stderr) });
    }
    let said = text(stderr);
    let refused = ["Permission denied", "Host key verification failed"].iter().any(|words| said.contains(words));
    let stop = match refused {
        true => Stop::precondition("ssh was not let in")
            .with("next", "ssh to the host by hand once: key, user and host key must be right without a question"),
        false => Stop::unanswered("ssh did not reach the host"),
    };
    Err(stop.with("asked", request.to_string()).with("stderr", said.trim()))
}

impl Ended {
    /// The command's failure, with both outputs.
    pub(crate) fn unanswered(&self, request: &Request) -> Stop {
        Stop::unanswered(format!("the command on the host ended with status {}", self.status))
            .with("asked", request.to_string())
            .with("stdout", crate::host::excerpt(self.stdout.as_bytes()))
            .with("stderr", crate::host::excerpt(self.stderr.as_bytes()))
    }
}

/// A file's text, or none when there is no such file.
pub(crate) fn file(call: &Call<'_>, host: &Handle<SshHost>, path: &str) -> Result<(Option<String>, Source), Stop> {
    let request = request(host.identity(), &["cat", path]);
    let ended = run(call, &request)?;
    let source = Source::from(request.to_string());
    match ended.status {
        0 => Ok((Some(ended.stdout), source)),
        1 if ended.stderr.contains("No such file or directory") => Ok((None, source)),
        _ => Err(ended.unanswered(&request)),
    }
}

fn is_active(call: &Call<'_>, host: &Handle<SshHost>, service: &str) -> Result<Answer, Stop> {
    let request = request(host.identity(), &["systemctl", "is-active", service]);
    let ended = run(call, &request)?;
    let state = ended.stdout.trim().to_string();
    let known = ["active", "inactive", "failed", "activating", "deactivating", "reloading", "maintenance", "unknown"];
    if !known.contains(&state.as_str()) {
        return Err(ended.unanswered(&request));
    }
    Ok(told(call, host, &format!("{service} is active"), state == "active", format!("{service} is {state}"), &request))
}

/// Whether a TCP socket listens on the port, at any address that is not loopback alone.
fn listens(call: &Call<'_>, host: &Handle<SshHost>, port: i64) -> Result<Answer, Stop> {
    let request = request(host.identity(), &["ss", "-H", "-ltn"]);
    let ended = run(call, &request)?;
    if ended.status != 0 {
        return Err(ended.unanswered(&request));
    }
    let sockets = sockets(&ended.stdout).ok_or_else(|| ended.unanswered(&request))?;
    let on_port: Vec<&(String, i64)> = sockets.iter().filter(|(_, listening)| *listening == port).collect();
    let outside = on_port.iter().any(|(address, _)| !address.starts_with("127.") && address != "[::1]");
    let seen = match (on_port.is_empty(), outside) {
        (true, _) => format!("nothing listens on {port}"),
        (false, true) => on_port.iter().map(|(address, _)| format!("{address}:{port}")).collect::<Vec<_>>().join(", "),
        (false, false) => format!("{port} listens on loopback alone"),
    };
    Ok(told(call, host, &format!("listens on {port}"), outside, seen, &request))
}

/// Address and port of every line of `ss -H -ltn`; none when a line is not of that form.
fn sockets(text: &str) -> Option<Vec<(String, i64)>> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["LISTEN", _, _, local, ..] = words.as_slice() else { return None };
        let (address, port) = local.rsplit_once(':')?;
        is_address(address).then_some(())?;
        Some((address.to_string(), port.parse().ok()?))
    };
    text.lines().filter(|text| !text.trim().is_empty()).map(line).collect()
}

/// `*`, an address, one in brackets, or one with the interface behind it.
fn is_address(text: &str) -> bool {
    let text = text.split('%').next().unwrap_or_default();
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    text == "*" || inner.parse::<std::net::IpAddr>().is_ok()
}

fn told(call: &Call<'_>, host: &Handle<SshHost>, what: &str, holds: bool, seen: String, request: &Request) -> Answer {
    let source = request.to_string();
    call.tell(
        &format!("ssh host|{}|{what}", host.identity()),
        host.identity(),
        &rhai::Dynamic::from(seen.clone()),
        &source,
    );
    Answer { holds, wanted: format!("{} {what}", host.identity()), seen, source }
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<SshHost>().with(functions())
}

fn functions() -> Vec<Primitive> {
    crate::primitives! { "ssh";
        /// A host by `USER@ADDRESS`. Nothing is asked yet; keys and host keys must be right without a question.
        read fn host(call, destination in forms::DESTINATION: String) -> Handle<SshHost> {
            if destination.starts_with('-') || destination.contains(char::is_whitespace) {
                return Err(Stop::script(format!("{destination:?} is no USER@ADDRESS")));
            }
            Ok(Handle::seen(SshHost { destination }, Source::from("the runbook")))
        }
        /// A file's text; absent when there is no such file.
        read fn read_file on SshHost(call, host: Handle<SshHost>, path: String) -> Option<String> { Ok(file(call, &host, &path)?.0) }
        /// Whether systemd says that the service is active.
        read fn is_active on SshHost(call, host: Handle<SshHost>, service: String) -> Answer { is_active(call, &host, &service) }
        /// Whether a TCP socket listens on the port, and not on loopback alone.
        read fn listens on SshHost(call, host: Handle<SshHost>, port in forms::PORT: i64) -> Answer { listens(call, &host, port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_quoted_for_the_remote_shell() {
        let request = request("u@h", &["cat", "/etc/a b"]);
        assert_eq!(request.to_string(), "ssh -o BatchMode=yes -o ConnectTimeout=10 u@h -- cat ''\\''/etc/a b'\\'''");
    }

    #[test]
    fn sockets_of_all_families_are_read() {
        let text = "LISTEN 0 511 0.0.0.0:9876 0.0.0.0:*\nLISTEN 0 511 *:80 *:*\nLISTEN 0 128 [::]:22 [::]:*\n\n";
        let ports: Vec<i64> = sockets(text).unwrap().into_iter().map(|(_, port)| port).collect();
        assert_eq!(ports, [9876, 80, 22]);
        assert_eq!(sockets("not ss\n"), None);
        assert!(sockets("LISTEN 0 4096 127.0.0.53%lo:53 0.0.0.0:*\nLISTEN 0 5 [fe80::1]%eth0:80 [::]:*\n").is_some());
        assert_eq!(sockets("LISTEN 0 511 somewhere:80 *:*\n"), None);
        assert_eq!(sockets("ESTAB 0 511 0.0.0.0:80 *:*\n"), None);
    }
}
