//! What a service of the lab answers, and what answering it meant.

use crate::transport::{Failure, FailureKind, Reply};

/// What a request does to the cloud. Each service says so for each request it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Changes nothing.
    Read,
    /// A read that leaves a record behind (a Juju task, a token); the reading door lets it pass.
    Acts,
    /// Changes something; the changing door alone lets it pass.
    Change,
}

/// A reply together with its effect.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// What the request does, whether or not it succeeded.
    pub effect: Effect,
    /// What the caller sees.
    pub reply: Result<Reply, Failure>,
}

impl Answer {
    /// A program that ended with this status and these streams.
    pub(super) fn ended(effect: Effect, status: i32, stdout: impl Into<Vec<u8>>, stderr: impl Into<Vec<u8>>) -> Self {
        let reply = Reply::Command { status, stdout: stdout.into(), stderr: stderr.into() };
        Answer { effect, reply: Ok(reply) }
    }

    /// A server's answer with a content type.
    pub(super) fn served(effect: Effect, status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_string(), content_type.to_string())];
        Answer { effect, reply: Ok(Reply::Http { status, headers, body: body.into() }) }
    }

    /// No reply, for a reason the real world has too.
    pub(super) fn failed(effect: Effect, kind: FailureKind, detail: impl Into<String>) -> Self {
        Answer { effect, reply: Err(Failure::new(kind, detail)) }
    }

    /// The lab does not know the request, and says which.
    pub(super) fn unknown(request: impl std::fmt::Display) -> Self {
        let detail = format!("the lab does not answer `{request}`");
        Answer::failed(Effect::Read, FailureKind::NotAnswered, detail)
    }
}
