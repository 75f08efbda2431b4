//! Deeds: one planned change on several objects, or one that an object's fields do not tell: a release of machines, a
//! disk made anew, a model destroyed. Like every changer a deed reads, acts on what is left to do, and reads again.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::Dynamic;
use serde_json::Value as Json;

use super::ensure::must_be_a_name;
use super::guard::Sending;
use super::settle::{Left, Outcome};
use super::{Call, Change, Mode, Stop, Verb};
use crate::journal::Event;
use crate::script::{Handle, Object};
use crate::transport::Request;

/// One of the objects of a deed, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The operator's key of it.
    pub name: String,
    /// Its state in words, e.g. `Deployed`.
    pub state: String,
    /// Whether nothing is left to do on it.
    pub done: bool,
}

/// One act on the members of a kind: all requests are one planned change.
pub struct Deed<'e> {
    kind: &'static str,
    name: String,
    verb: Verb,
    reason: String,
    wanted: String,
    touches: Vec<String>,
    irreversible: Option<String>,
    read: Box<ReadMembers<'e>>,
    requests: Box<Act<'e>>,
}

/// Reads the members as they are.
type ReadMembers<'e> = dyn Fn() -> Result<Vec<Member>, Stop> + 'e;

/// Builds the requests for the members that are left.
type Act<'e> = dyn Fn(&[Member]) -> Result<Vec<Request>, Stop> + 'e;

impl<'e> Deed<'e> {
    /// A deed on objects of a kind (`maas machine`), shown under `name`, after which each of them is `wanted`.
    pub fn new(
        kind: &'static str,
        name: &str,
        verb: Verb,
        wanted: &str,
        read: impl Fn() -> Result<Vec<Member>, Stop> + 'e,
    ) -> Self {
        Deed {
            kind,
            name: name.to_string(),
            verb,
            reason: String::new(),
            wanted: wanted.to_string(),
            touches: vec![kind.to_string()],
            irreversible: None,
            read: Box::new(read),
            requests: Box::new(|_| Ok(Vec::new())),
        }
    }

    /// Why, in words.
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = reason.to_string();
        self
    }

    /// A kind that the deed may alter besides its own.
    pub fn touches(mut self, kind: &str) -> Self {
        self.touches.push(kind.to_string());
        self
    }

    /// The deed cannot be undone: a person types this name before it is sent.
    pub fn irreversible(mut self, name: &str) -> Self {
        self.irreversible = Some(name.to_string());
        self
    }

    /// How the requests are made for the members that are left.
    pub fn by(mut self, requests: impl Fn(&[Member]) -> Result<Vec<Request>, Stop> + 'e) -> Self {
        self.requests = Box::new(requests);
        self
    }

    fn change(&self, call: &Call<'_>, left: &[Member], requests: &[Request]) -> Change {
        let member = |member: &Member| (member.name.clone(), Json::from(member.state.clone()));
        let wanted = |member: &Member| (member.name.clone(), Json::from(self.wanted.clone()));
        Change {
            step: call.step(),
            primitive: call.primitive.full_name(),
            kind: self.kind.to_string(),
            name: self.name.clone(),
            verb: self.verb,
            before: left.iter().map(member).collect(),
            after: left.iter().map(wanted).collect::<BTreeMap<_, _>>(),
            requests: requests.iter().map(ToString::to_string).collect(),
            reason: self.reason.clone(),
            touches: self.touches.clone(),
            irreversible: self.irreversible.clone(),
            awaits_secret: requests.iter().any(Request::awaits_secret),
        }
    }
}

impl Call<'_> {
    /// Does a deed, or plans it. Answers whether anything was left to do.
    pub fn undertake(&self, deed: &Deed<'_>) -> Result<bool, Stop> {
        must_be_a_name(deed.kind, &deed.name)?;
        self.unless_swept(deed.kind, &format!("{} {}", thing(deed.kind), deed.name))?;
        let members = (deed.read)()?;
        for member in &members {
            let key = format!("{}|{}|{}", deed.kind, member.name, deed.wanted);
            self.tell(&key, &member.name, &Dynamic::from(member.state.clone()), "");
        }
        let left: Vec<Member> = members.into_iter().filter(|member| !member.done).collect();
        if left.is_empty() {
            let what = format!("{} {}", thing(deed.kind), deed.name);
            self.host.record(Event::AsWanted { step: self.step(), what, source: String::new() });
            return Ok(false);
        }
        let requests = (deed.requests)(&left)?;
        requests.iter().try_for_each(super::guard::deny)?;
        let change = deed.change(self, &left, &requests);
        match self.host.mode {
            Mode::Ahead => Err(Stop::deferred(change.label(), "this pass")),
            Mode::Plan => self.plan(&change).map(|()| true),
            Mode::Apply => self.do_deed(deed, &change, &requests).map(|()| true),
        }
    }

    fn do_deed(&self, deed: &Deed<'_>, change: &Change, requests: &[Request]) -> Result<(), Stop> {
        let intended = self.intend(change, requests)?;
        let sent = self.carry_out(intended, &Sending { then: None, tries: 1, finally: &[] });
        let left = (deed.read)().map(|members| {
            let of_this = members.into_iter().filter(|member| change.before.contains_key(&member.name));
            let undone: Vec<String> = of_this
                .filter(|member| !member.done)
                .map(|member| format!("{} {}", member.name, member.state))
                .collect();
            (!undone.is_empty()).then(|| Left::members(&undone))
        });
        self.judge(change, Outcome { failed: sent.err(), left, source: None, follows: &[] })
    }

    /// In a plan: from here on the object answers as its planned change will leave it.
    pub fn promise<T: Object>(&self, handle: Handle<T>) {
        if self.host.mode == Mode::Plan {
            let key = (T::KIND.to_string(), handle.identity().to_string());
            self.host.state().overlay.insert(key, Arc::new(handle));
        }
    }

    /// Puts the step off when a planned change touches the kind's whole namespace.
    fn unless_swept(&self, kind: &str, what: &str) -> Result<(), Stop> {
        match self.host.state().swept_by(kind) {
            Some(step) => Err(Stop::deferred(what, step)),
            None => Ok(()),
        }
    }

    /// Puts the step off when a planned change touches the kind: what it holds is known only afterwards.
    pub fn unless_touched(&self, kind: &str, what: &str) -> Result<(), Stop> {
        match self.host.state().touched_by(kind) {
            Some(step) => Err(Stop::deferred(what, step)),
            None => Ok(()),
        }
    }
}

fn thing(kind: &str) -> &str {
    kind.split_once(' ').map_or(kind, |(_, thing)| thing)
}
