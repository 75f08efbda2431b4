//! Reading replies strictly: what must be there, what may be null, and what prints as "" when it is not there.

use serde::{Deserialize, Deserializer};

use crate::host::{Call, Stop};
use crate::script::{Handle, Object};
use crate::transport::{Reply, Request};

/// A key that must be there and may be null.
pub(crate) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// A key that some versions do not have, told apart from one that is null.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A text that must be there; null and "" mean that the service has none.
pub(crate) fn text_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// A set of texts, sorted: services give it in any order.
pub(crate) fn sorted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let mut texts: Vec<String> = Vec::deserialize(deserializer)?;
    texts.sort();
    Ok(texts)
}

/// The one of that name. What is found by name must be told by it: of two, the first would be taken for the other.
pub(crate) fn the_one<T: Object>(all: Vec<Handle<T>>, name: &str) -> Result<Option<Handle<T>>, Stop> {
    let mut called = all.into_iter().filter(|one| one.identity() == name);
    let (first, second) = (called.next(), called.next());
    match (&first, second) {
        (Some(one), Some(_)) => {
            Err(Stop::failed(format!("several are called {}; the name must tell one", one.label()))
                .with("from", one.source().to_string())
                .with("next", "find out who made the other one; nothing was changed"))
        }
        _ => Ok(first),
    }
}

/// The outputs of a command that ended with an error.
pub(crate) struct Refused {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Sends a command and gives its standard output, or the outputs of its refusal for the namespace to judge.
pub(crate) fn outcome(call: &Call<'_>, request: &Request) -> Result<Result<Vec<u8>, Refused>, Stop> {
    judged(request, &*call.ask(request.clone())?)
}

/// The same for a read that leaves a record.
pub(crate) fn acted(call: &Call<'_>, request: &Request) -> Result<Result<Vec<u8>, Refused>, Stop> {
    judged(request, &*call.act(request.clone())?)
}

fn judged(request: &Request, reply: &Reply) -> Result<Result<Vec<u8>, Refused>, Stop> {
    match reply {
        Reply::Command { status: 0, stdout, .. } => Ok(Ok(stdout.clone())),
        Reply::Command { status, stdout, stderr } => {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
            Ok(Err(Refused { status: *status, stdout: text(stdout), stderr: text(stderr) }))
        }
        Reply::Http { .. } => Err(Stop::defect(format!("{request} is no command"))),
    }
}

impl Refused {
    /// The refusal in full, with both outputs.
    pub(crate) fn unanswered(self, request: &Request) -> Stop {
        self.facts(request, Stop::unanswered)
    }

    /// Something to put right first: a login, a profile, a model.
    pub(crate) fn precondition(self, request: &Request, next: &str) -> Stop {
        self.facts(request, Stop::precondition).with("next", next)
    }

    fn facts(self, request: &Request, stop: fn(String) -> Stop) -> Stop {
        let program = match request {
            Request::Command(command) => command.program.as_str(),
            Request::Http(http) => http.url.as_str(),
        };
        stop(format!("{program} ended with status {}", self.status))
            .with("asked", request.to_string())
            .with("stdout", crate::host::excerpt(self.stdout.as_bytes()))
            .with("stderr", crate::host::excerpt(self.stderr.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::primitives::libvirt::Disk;

    fn disk(path: &str) -> Handle<Disk> {
        let disk = Disk {
            path: path.to_string(),
            is_locked: false,
            format: Ok("qcow2".to_string()),
            virtual_size: Ok(1),
            used: Ok(1),
        };
        Handle::seen(disk, Arc::from("a list"))
    }

    #[test]
    fn two_of_one_name_are_never_taken_for_one() {
        let found = the_one(vec![disk("/a"), disk("/b")], "/b").expect("one").expect("there");
        assert_eq!(found.identity(), "/b");
        assert!(the_one(vec![disk("/a")], "/b").expect("none").is_none());
        let stop = the_one(vec![disk("/a"), disk("/b"), disk("/b")], "/b").expect_err("two");
        assert!(stop.what.contains("several are called"), "{}", stop.what);
    }
}
