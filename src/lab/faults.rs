//! What goes wrong on purpose. A fault says which request it meets and what happens in place of, or after, the work.

use serde::{Deserialize, Serialize};

use crate::transport::{Arg, Failure, FailureKind, Reply, Request};

/// One fault, e.g. `{"on": "maas admin subnets read", "nth": 2, "what": {"timeout": true}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The beginning of the request as it is printed, in whole words: `maas admin subnet` meets `maas admin subnet
    /// read 1` but not `maas admin subnets read`. For HTTP, `GET https://...` likewise, where `/`, `?` and `&` end a
    /// word too.
    pub on: String,
    /// Only the request that is this one among those that match, counted from 1; without it, every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// What happens.
    pub what: What,
    /// How many requests matched so far; the lab counts.
    #[serde(default)]
    pub met: u64,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// The program is not installed; no work is done.
    Missing(bool),
    /// The time limit passes; no work is done.
    Timeout(bool),
    /// The host cannot be reached; no work is done.
    Unreachable(bool),
    /// This answer of a program; no work is done. As it says nothing of success, so `pretend` is this with status 0.
    Reply(Words),
    /// This answer of a server; no work is done.
    Http(Page),
    /// The work is done, and standard output (or the body) ends after so many bytes.
    TruncateStdoutTo(usize),
    /// The work is done, and a text of an output (of a header, of the body) reads otherwise, wherever it stands.
    Replace(Swap),
    /// The work is done, but the answer says that it failed.
    ThenFail(Words),
    /// The work is done, but the server's answer says that it failed.
    ThenHttp(Page),
    /// The work is done, but the answer never arrives: the time limit passes.
    ThenTimeout(bool),
    /// The first half of its members is done (machines of a list, changes of a bundle), and the answer says that it
    /// failed.
    Half(Words),
    /// Nothing is done, but the answer is that of success: what the service would have said.
    Pretend(bool),
}

/// A text of an answer, and what stands in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swap {
    /// The text; an answer without it is no answer, so that no fault passes by unseen.
    pub from: String,
    /// What stands there.
    pub to: String,
}

/// What a program printed and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Exit status.
    pub status: i32,
    /// Standard output.
    #[serde(default)]
    pub stdout: String,
    /// Standard error.
    #[serde(default)]
    pub stderr: String,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// The body.
    #[serde(default)]
    pub body: String,
}

impl Fault {
    fn matches(&self, printed: &str) -> bool {
        let Some(rest) = printed.strip_prefix(self.on.as_str()) else { return false };
        let is_http = printed.contains("://");
        match rest.chars().next() {
            None | Some(' ') => true,
            Some('/' | '?' | '&') => is_http,
            Some(_) => self.on.ends_with([' ', '/', '=']),
        }
    }
}

/// Counts the request with every fault it matches, and gives the first that is due.
pub(super) fn due(faults: &mut [Fault], request: &Request) -> Option<What> {
    if faults.is_empty() {
        return None;
    }
    let printed = request.to_string();
    let mut found = None;
    for fault in faults.iter_mut().filter(|fault| fault.matches(&printed)) {
        fault.met += 1;
        if found.is_none() && fault.nth.is_none_or(|nth| nth == fault.met) {
            found = Some(fault.what.clone());
        }
    }
    found
}

impl What {
    /// The answer that stands in place of the work, if the fault is of that kind.
    pub(super) fn instead(&self, request: &Request) -> Option<Result<Reply, Failure>> {
        let fail = |kind, detail: String| Some(Err(Failure::new(kind, detail)));
        match self {
            What::Missing(true) => {
                fail(FailureKind::Missing, format!("no program {} on the search path", name(request)))
            }
            What::Timeout(true) => fail(FailureKind::TimedOut, timed_out(request)),
            What::Unreachable(true) => fail(FailureKind::Unreachable, format!("{} cannot be reached", name(request))),
            What::Reply(words) => Some(Ok(words.to_reply())),
            What::Half(_) if Members::of(request).is_none() => {
                fail(FailureKind::NotAnswered, format!("the fault halves {request}, which has no members"))
            }
            What::Http(page) => Some(Ok(page.to_reply())),
            _ => None,
        }
    }

    /// The answer after the work was done.
    pub(super) fn after(&self, request: &Request, reply: Result<Reply, Failure>) -> Result<Reply, Failure> {
        match self {
            What::TruncateStdoutTo(length) => reply.map(|reply| truncated(reply, *length)),
            What::Replace(swap) => reply.and_then(|reply| swapped(reply, swap)),
            What::ThenFail(words) | What::Half(words) => Ok(words.to_reply()),
            What::ThenHttp(page) => Ok(page.to_reply()),
            What::ThenTimeout(true) => Err(Failure::new(FailureKind::TimedOut, timed_out(request))),
            _ => reply,
        }
    }
}

impl Words {
    fn to_reply(&self) -> Reply {
        Reply::Command {
            status: self.status,
            stdout: self.stdout.clone().into_bytes(),
            stderr: self.stderr.clone().into_bytes(),
        }
    }
}

impl Page {
    fn to_reply(&self) -> Reply {
        Reply::Http { status: self.status, headers: Vec::new(), body: self.body.clone().into_bytes() }
    }
}

/// What a request does one by one.
#[derive(Debug)]
pub enum Members {
    /// What is listed in its arguments, such as `machines=A machines=B`: the same request with half of them.
    Listed(Request),
    /// The changes of a bundle's deploy.
    OfBundle,
}

impl Members {
    /// The members of a request; none when it does one thing.
    pub fn of(request: &Request) -> Option<Self> {
        let Request::Command(command) = request else { return None };
        let texts: Vec<String> = command.args.iter().map(Arg::to_string).collect();
        if command.program == "juju"
            && texts.first().is_some_and(|first| first == "deploy")
            && texts.iter().any(|text| text.ends_with(".yaml"))
        {
            return Some(Members::OfBundle);
        }
        let key = |text: &String| text.split_once('=').map(|(key, _)| key.to_string());
        let of_key = |wanted: &String| texts.iter().filter(|text| key(text).as_ref() == Some(wanted)).count();
        let listed = texts.iter().filter_map(key).find(|name| of_key(name) > 1)?;
        let (mut kept, mut half) = (0, command.clone());
        half.args.retain(|arg| {
            let is_member = key(&arg.to_string()).as_ref() == Some(&listed);
            kept += usize::from(is_member);
            !is_member || kept <= of_key(&listed) / 2
        });
        Some(Members::Listed(half.into()))
    }
}

fn name(request: &Request) -> &str {
    match request {
        Request::Command(command) => &command.program,
        Request::Http(http) => &http.url,
    }
}

fn timed_out(request: &Request) -> String {
    let limit = match request {
        Request::Command(command) => command.time_limit,
        Request::Http(http) => http.time_limit,
    };
    format!("no end within {} s", limit.as_secs())
}

fn truncated(reply: Reply, length: usize) -> Reply {
    match reply {
        Reply::Command { status, mut stdout, stderr } => {
            stdout.truncate(length);
            Reply::Command { status, stdout, stderr }
        }
        Reply::Http { status, headers, mut body } => {
            body.truncate(length);
            Reply::Http { status, headers, body }
        }
    }
}

fn swapped(reply: Reply, swap: &Swap) -> Result<Reply, Failure> {
    let met = std::cell::Cell::new(false);
    let swap_in = |bytes: Vec<u8>| match std::str::from_utf8(&bytes) {
        Ok(text) if text.contains(&swap.from) => {
            met.set(true);
            text.replace(&swap.from, &swap.to).into_bytes()
        }
        _ => bytes,
    };
    let reply = match reply {
        Reply::Command { status, stdout, stderr } => {
            Reply::Command { status, stdout: swap_in(stdout), stderr: swap_in(stderr) }
        }
        Reply::Http { status, headers, body } => {
            let text = |value: String| String::from_utf8(swap_in(value.into_bytes())).unwrap_or_default();
            let headers = headers.into_iter().map(|(name, value)| (name, text(value))).collect();
            Reply::Http { status, headers, body: swap_in(body) }
        }
    };
    let unmet = || format!("the fault replaces {:?}, and the answer has no such text", swap.from);
    if met.get() { Ok(reply) } else { Err(Failure::new(FailureKind::NotAnswered, unmet())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Command;

    fn fault(on: &str, nth: Option<u64>) -> Fault {
        Fault { on: on.to_string(), nth, what: What::Timeout(true), met: 0 }
    }

    #[test]
    fn a_fault_meets_whole_words_only() {
        assert!(fault("maas admin subnet", None).matches("maas admin subnet read 1"));
        assert!(!fault("maas admin subnet", None).matches("maas admin subnets read"));
        assert!(fault("GET http://netbox/api", None).matches("GET http://netbox/api/ipam/prefixes/?limit=5"));
    }

    #[test]
    fn nth_counts_the_requests_that_match() {
        let mut faults = [fault("maas", Some(2))];
        let request = Request::from(Command::new("maas", ["list"]));
        let met: Vec<bool> = (0..3).map(|_| due(&mut faults, &request).is_some()).collect();
        assert_eq!(met, [false, true, false]);
    }

    #[test]
    fn a_text_is_replaced_and_one_that_is_not_there_is_no_answer() {
        let reply = || Ok(Reply::Command { status: 0, stdout: b"a DOWN, b DOWN".to_vec(), stderr: Vec::new() });
        let request = Request::from(Command::new("maas", ["list"]));
        let met = |from: &str| {
            let swap = Swap { from: from.to_string(), to: "UP".to_string() };
            What::Replace(swap).after(&request, reply())
        };
        assert!(matches!(met("DOWN"), Ok(Reply::Command { stdout, .. }) if stdout == b"a UP, b UP"));
        assert!(met("AWAY").is_err());
    }

    #[test]
    fn a_request_of_several_members_is_halved() {
        let release = |ids: &[&str]| {
            let ids = ids.iter().map(|id| format!("machines={id}"));
            Request::from(Command::new("maas", ["admin", "machines", "release"]).args(ids))
        };
        let half = |request: &Request| match Members::of(request)? {
            Members::Listed(half) => Some(half.to_string()),
            Members::OfBundle => Some("of a bundle".to_string()),
        };
        assert_eq!(half(&release(&["a", "b", "c", "d"])), Some(release(&["a", "b"]).to_string()));
        assert_eq!(half(&release(&["a"])), None);
        let deploy = Request::from(Command::new("juju", ["deploy", "-m", "openstack", "./bundle.yaml"]));
        assert_eq!(half(&deploy).as_deref(), Some("of a bundle"));
    }

    #[test]
    fn an_invented_fault_does_not_load() {
        let bad = serde_json::json!({"on": "maas", "what": {"explode": true}});
        let error = serde_json::from_value::<Fault>(bad).unwrap_err().to_string();
        assert!(error.contains("explode"), "{error}");
    }

    #[test]
    fn the_documented_faults_load() {
        let text = include_str!("../../fixtures/lab/README.md");
        let entries: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert!(entries.len() > 8);
        for entry in entries {
            serde_json::from_str::<Fault>(entry).unwrap_or_else(|error| panic!("{entry}: {error}"));
        }
    }
}
