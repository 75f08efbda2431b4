//! The guard: it refuses, plans, or mints the permit for a planned change. The only place where permits are made.

use super::{Asked, Call, Change, Mode, Permit, Stop};
use crate::journal::Event;
use crate::transport::{Arg, Reply, Request};

/// What comes of the answers to a change: a reason why it failed all the same, or more to send under the same change.
pub(super) type Follow<'s> = dyn Fn(&[Reply]) -> Result<Vec<Request>, Stop> + 's;

/// Proof that a change was planned, is due, was confirmed where it cannot be undone, and is on disk as intended; and the
/// requests that it was said of. Only [`Call::intend`] makes one, and sending uses it up.
pub(super) struct Intended<'r> {
    requests: &'r [Request],
}

/// What else is sent under a change, after its requests.
pub(super) struct Sending<'s> {
    /// Made from the answers.
    pub then: Option<&'s Follow<'s>>,
    /// How often what is made from the answers is tried, all of it together.
    pub tries: u32,
    /// Sent however it went.
    pub finally: &'s [Request],
}

/// How often it is tried to do what may not be left undone.
pub(super) const INSIST: u32 = 3;

/// Refuses requests that no runbook may send, whatever it says.
pub(super) fn deny(request: &Request) -> Result<(), Stop> {
    let Request::Command(command) = request else { return Ok(()) };
    let words: Vec<String> = command.argv();
    let has = |word: &str| words.iter().any(|w| w == word);
    let refusal = match command.program.as_str() {
        "maas" if words.first().is_some_and(|word| word == "list") => "maas list prints the API key",
        "maas" if has("power-parameters") => "power-parameters prints the power password",
        "juju" if words.iter().any(|word| word.starts_with("--destroy-storage")) => {
            "--destroy-storage deleted virtual machines once; it is refused until every host is proven physical"
        }
        _ if words.iter().any(|word| word.starts_with("--password=") || word == "--password") => {
            "a password on a command line shows in the process list"
        }
        _ => return Ok(()),
    };
    Err(Stop::refused(refusal).with("asked", request.to_string()))
}

impl Call<'_> {
    /// Plans a change: from here on its object answers as it will be, and what it touches is undecided.
    pub(super) fn plan(&self, change: &Change) -> Result<(), Stop> {
        self.refuse_after_failure(change)?;
        let mut state = self.host.state();
        state.touched.extend(change.touches.iter().map(|kind| (kind.clone(), change.step.clone())));
        state.changes.push(change.clone());
        drop(state);
        self.host.record(Event::Planned { change: Box::new(change.clone()) });
        Ok(())
    }

    fn refuse_after_failure(&self, change: &Change) -> Result<(), Stop> {
        if !self.host.gate_failed() {
            return Ok(());
        }
        Err(Stop::refused(format!("{} is not changed: a gate failed before it", change.label())))
    }

    /// Lets a planned change pass, or refuses it before its call.
    fn pass(&self, change: &Change) -> Result<(), Stop> {
        self.refuse_after_failure(change)?;
        if self.host.mode != Mode::Apply {
            return Err(Stop::defect("a change was attempted outside an apply"));
        }
        let mut state = self.host.state();
        match state.permitted.front() {
            Some(next) if next.same_intent(change) => {
                state.permitted.pop_front();
                state.changes.push(change.clone());
                Ok(())
            }
            next => Err(Stop::refused(format!("{} {} is not in the plan", change.verb.word(), change.label()))
                .with(
                    "wanted",
                    next.map_or("no further change".to_string(), |next| {
                        format!("{} {}", next.verb.word(), next.label())
                    }),
                )
                .with("seen", change.differences().join("; "))
                .with("next", "nothing was sent; plan again and read the difference")),
        }
    }

    /// Lets a planned change pass, or says why nothing is sent. Intent is on disk then.
    pub(super) fn intend<'r>(&self, change: &Change, requests: &'r [Request]) -> Result<Intended<'r>, Stop> {
        requests.iter().try_for_each(|request| {
            deny(request).and_then(|()| known_whole(request)).and_then(|()| given_whole(request))
        })?;
        self.pass(change)?;
        self.typed(change)?;
        let noted = self.host.session.journal.record_synced(Event::Intent { change: Box::new(change.clone()) });
        if let Err(stop) = noted {
            self.settle(change, "not-sent", None);
            return Err(stop);
        }
        Ok(Intended { requests })
    }

    /// What cannot be undone is shown alone, and a person types its name; no flag that answers everything does.
    fn typed(&self, change: &Change) -> Result<(), Stop> {
        let Some(name) = &change.irreversible else { return Ok(()) };
        let asked = self.host.session.answers.confirm(name, &self.alone(change));
        let by = if let Asked::Answered(by) = &asked { Some(by.clone()) } else { None };
        let what = change.label();
        self.host.record(Event::Confirmed { step: change.step.clone(), what, name: name.clone(), by });
        let not_sent = format!("{} cannot be undone, and its name was not given; nothing was sent", change.label());
        match asked {
            Asked::Answered(_) => Ok(()),
            Asked::Declined => Err(Stop::refused(not_sent)),
            Asked::Nobody => Err(unconfirmable(change, name)),
        }
    }

    /// A change on its own, with what it is done to.
    fn alone(&self, change: &Change) -> Vec<String> {
        let session = &self.host.session;
        let mut lines = vec![format!("{} {}", change.verb.word(), change.label())];
        lines.extend(change.differences());
        lines.extend(change.requests.iter().cloned());
        lines.push(format!("on {}", session.transport.describe()));
        let kept = session.journal.shared();
        let target = kept.iter().rev().find_map(|line| match &line.event {
            Event::Target(target) => Some(target),
            _ => None,
        });
        lines.extend(target.map(|target| format!("onto {target}")));
        lines
    }

    /// Sends all of a change that was intended, in order until one fails. What must be cleared away is, however it went.
    pub(super) fn carry_out(&self, intended: Intended<'_>, sending: &Sending<'_>) -> Result<(), Stop> {
        let sent = self.send_all(intended.requests).and_then(|replies| match sending.then {
            Some(then) => self.insist(&then(&replies)?, sending.tries),
            None => Ok(()),
        });
        // What must not stay is cleared away again and again: nobody comes back for it.
        let cleared = self.insist(sending.finally, INSIST);
        sent.and(cleared)
    }

    /// Sends all of them, from the first again when one fails.
    fn insist(&self, requests: &[Request], tries: u32) -> Result<(), Stop> {
        let mut sent = self.send_all(requests);
        for _ in 1..tries {
            if sent.is_ok() {
                break;
            }
            sent = self.send_all(requests);
        }
        sent.map(drop)
    }

    fn send_all(&self, requests: &[Request]) -> Result<Vec<Reply>, Stop> {
        requests.iter().map(|request| self.send_change(request, Permit::mint())).collect()
    }

    fn send_change(&self, request: &Request, permit: Permit) -> Result<Reply, Stop> {
        if self.host.mode != Mode::Apply {
            return Err(Stop::defect("a change was about to be sent outside an apply"));
        }
        deny(request)?;
        known_whole(request)?;
        given_whole(request)?;
        self.host.session.journal.conceal_all_of(request);
        let begun = self.host.session.clock.elapsed();
        let result = self.host.session.transport.change(request, permit);
        self.forget_reads();
        self.record_call(request, begun, &result, false);
        let reply = result.map_err(|failure| super::call::not_asked(request, &failure))?;
        super::call::success(request, &reply)?;
        Ok(reply)
    }
}

/// A request that holds a secret which nobody has given is never sent; a plan may show it.
pub(super) fn given_whole(request: &Request) -> Result<(), Stop> {
    if !request.awaits_secret() {
        return Ok(());
    }
    Err(Stop::precondition("a secret is needed for this and nobody can type it here")
        .with("asked", request.to_string())
        .with("next", "run on a terminal, or give it with --secret-file NAME=PATH (mode 0600)"))
}

/// Nobody is there to type the name of what cannot be undone.
pub(crate) fn unconfirmable(change: &Change, name: &str) -> Stop {
    Stop::precondition(format!("{} cannot be undone, and nobody can type {name:?} here", change.label())).with(
        "next",
        format!("read it alone; then run on a terminal, or give --irreversible {name} (--yes does not cover it)"),
    )
}

/// A request with a part that is not known yet must never be sent.
fn known_whole(request: &Request) -> Result<(), Stop> {
    let Request::Command(command) = request else { return Ok(()) };
    match command.args.iter().find(|arg| matches!(arg, Arg::After { .. })) {
        Some(arg) => Err(Stop::defect(format!("a request was to be sent without {arg}"))),
        None => Ok(()),
    }
}
