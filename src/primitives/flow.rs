//! Flow: the header, steps, gates, waits, notes. Global functions, so that a runbook reads like its document.

use std::time::Duration;

use rhai::{Array, Dynamic};

use crate::host::{Asked, Call, GateOptions, Header, Mode, Section, Stop};
use crate::journal::Event;
use crate::options;
use crate::primitives::forms;
use crate::script::{
    Absence, Absent, Answer, Block, Declared, Limits, Listing, Measure, Value, canonical, describe, equal, shown,
    unlike,
};
use crate::transport::Secret;

/// Versions of a runbook.
pub static VERSION: Limits = Limits::between("versions of a runbook", 1, 1_000_000);

options! {
    /// What a runbook says of itself.
    RunbookOptions {
        /// Its version; raised with every change that an operator must know of.
        version in VERSION: i64,
        /// The least version of omega that runs it.
        omega: String,
        /// The lab stage it starts from.
        stage: String,
        /// The runbooks that must have passed before.
        after: Vec<String> = Vec::new(),
        /// Capabilities such as "maas: read" or "openstack: change"; it gets no others.
        needs: Vec<String>,
        /// The guard by which it refuses when it is applied again, where it does not find everything done.
        refuses_again: Option<String> = None,
        /// The name of the deployment that an apply of it opens, to which the day is added; a rebuild begins there.
        opens: Option<String> = None,
        /// Whether it is no phase: run when it is called for, and never what comes next.
        on_demand: bool = false,
    }
}

/// A wait lasts a day at most; what takes longer is a step of its own.
pub static SECONDS: Limits = Limits::between("seconds of a wait", 1, 86_400).counted_in(Measure::SECONDS);

options! {
    /// How a wait waits.
    WaitOptions {
        /// Seconds between looks.
        every in SECONDS: i64 = 10,
        /// Seconds after which it is given up.
        at_most in SECONDS: i64,
    }
}

fn declare_section(call: &Call<'_>, id: String, title: String, body: Block, exit: bool) -> Result<(), Stop> {
    #[expect(deprecated, reason = "rhai's word for volatile; the version is pinned")]
    let context = call.context.store_data();
    call.host.add_section(Section { id, title, exit, at: call.at.clone(), body: body.0, context })
}

/// An id names files and reports.
fn plain_id(id: &str) -> Result<(), Stop> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !id.is_empty() && id.len() <= 64 && id.chars().all(plain) {
        return Ok(());
    }
    Err(Stop::script(format!("{id:?} cannot be the id of a runbook"))
        .with("wanted", "letters, digits, - and _, at most 64 of them"))
}

/// A capability that nothing asks for is a mistake: the one that was meant is missing.
fn known_need(need: &str) -> Result<(), Stop> {
    let namespaces = super::namespaces();
    if let Some((name, "read" | "change")) = need.split_once(": ")
        && namespaces.contains(name)
    {
        return Ok(());
    }
    let known: Vec<String> =
        namespaces.iter().flat_map(|name| [format!("{name}: read"), format!("{name}: change")]).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Err(Stop::script(format!("no capability is called {need:?}{}", crate::script::did_you_mean(need, &known)))
        .with("wanted", known.join(", ")))
}

/// A plain bool, or an answer with its evidence.
fn judged(call: &Call<'_>, value: &Dynamic) -> Result<Answer, Stop> {
    if let Some(answer) = value.read_lock::<Answer>() {
        return Ok(answer.clone());
    }
    let seen = match (value.as_bool(), value.read_lock::<Absent>()) {
        (Ok(_), _) => call.evidence(),
        (Err(_), Some(absent)) => absent.to_string(),
        (Err(_), None) => {
            return Err(Stop::script(format!(
                "a gate takes true, false or an answer; it was given {}",
                describe(value)
            )));
        }
    };
    let holds = value.as_bool().unwrap_or(false);
    let seen = if seen.is_empty() { holds.to_string() } else { seen };
    Ok(Answer { holds, wanted: "true".to_string(), seen, source: String::new() })
}

/// A member of a list: its type, what it compares by, and how it is shown.
struct Member {
    value: Dynamic,
    key: String,
    shown: String,
}

impl Member {
    fn of(value: &Dynamic) -> Result<Self, Stop> {
        let key = canonical(value).ok_or_else(|| Stop::script(format!("a gate cannot compare {}", describe(value))))?;
        Ok(Member { value: value.clone(), key: key.to_string(), shown: shown(value) })
    }
}

/// The members of a list, sorted; handles by their names.
fn members(value: &Dynamic) -> Result<Vec<Member>, Stop> {
    let listed = value.read_lock::<Listing>().map(|list| {
        list.names.iter().map(|name| Member::of(&name.clone().into())).collect::<Result<Vec<Member>, Stop>>()
    });
    let mut members: Vec<Member> = match (listed, value.read_lock::<Array>()) {
        (Some(members), _) => members?,
        (None, Some(items)) => items.iter().map(Member::of).collect::<Result<_, Stop>>()?,
        (None, None) => {
            return Err(Stop::script(format!("gate_set compares two lists; it was given {}", describe(value))));
        }
    };
    members.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(members)
}

/// Members of unlike types would never meet; an absent one is merely not what is wanted.
fn of_one_type(seen: &[Member], wanted: &[Member]) -> Result<(), Stop> {
    let first = &wanted[0].value;
    let odd = seen
        .iter()
        .chain(wanted)
        .find(|member| member.value.type_id() != first.type_id() && member.value.read_lock::<Absent>().is_none());
    odd.map_or(Ok(()), |odd| Err(unlike("compare", &odd.value, first)))
}

fn set_answer(seen: &Dynamic, wanted: &Dynamic) -> Result<Answer, Stop> {
    let (seen, wanted) = (members(seen)?, members(wanted)?);
    if wanted.is_empty() {
        return Err(Stop::script("gate_set wants an empty set: that gate could not fail by what is missing"));
    }
    of_one_type(&seen, &wanted)?;
    let without = |these: &'_ [Member], those: &[Member]| -> Vec<String> {
        let alone = these.iter().filter(|member| those.iter().all(|other| other.key != member.key));
        alone.map(|member| member.shown.clone()).collect()
    };
    let (missing, surplus) = (without(&wanted, &seen), without(&seen, &wanted));
    let twice: Vec<String> =
        seen.windows(2).filter(|pair| pair[0].key == pair[1].key).map(|pair| pair[0].shown.clone()).collect();
    let parts = [("missing", &missing), ("surplus", &surplus), ("twice", &twice)];
    let wrong: Vec<String> = parts
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(word, names)| format!("{word}: {}", names.join(", ")))
        .collect();
    let holds = wrong.is_empty();
    let joined = |members: &[Member]| members.iter().map(|member| member.shown.as_str()).collect::<Vec<_>>().join(", ");
    let seen = if holds { joined(&seen) } else { wrong.join("; ") };
    Ok(Answer { holds, wanted: joined(&wanted), seen, source: String::new() })
}

fn wait(call: &Call<'_>, what: &str, options: &WaitOptions, look: &Block) -> Result<(), Stop> {
    if options.every < 1 || options.at_most < 1 {
        return Err(Stop::script("a wait looks every 1 s or more, for 1 s or more"));
    }
    let clock = &call.host.session.clock;
    let begun = clock.elapsed();
    let limit = Duration::from_secs(options.at_most.unsigned_abs());
    let mut looks = 0;
    loop {
        looks = call.host.arrive_at_look(looks, look.0.curry().is_empty()) + 1;
        let answer = look_once(call, look)?;
        let waited = clock.elapsed().saturating_sub(begun);
        call.host.record(Event::Wait {
            step: call.step(),
            what: what.to_string(),
            seen: answer.seen.clone(),
            met: answer.holds,
            waited_seconds: waited.as_secs(),
        });
        if answer.holds {
            return Ok(());
        }
        if call.host.mode != Mode::Apply {
            call.host.set_awaited();
            return Err(Stop::deferred(format!("{what} ({})", answer.seen), "of the wait"));
        }
        if waited >= limit {
            return Err(Stop::failed(format!("{what}: not within {} s", options.at_most))
                .with("seen", answer.seen)
                .with("wanted", answer.wanted));
        }
        call.pause(Duration::from_secs(options.every.unsigned_abs()).min(limit - waited))?;
    }
}

fn look_once(call: &Call<'_>, look: &Block) -> Result<Answer, Stop> {
    let result = call.host.looking(|| look.0.call_within_context::<Dynamic>(call.context, ()));
    let value = result.map_err(|error| {
        call.host.latched().or_else(|| call.host.deferral()).unwrap_or_else(|| Stop::script(error.to_string()))
    })?;
    judged(call, &value)
}

fn attested(call: &Call<'_>, id: &str, question: &str) -> Result<(), Stop> {
    if call.host.mode == Mode::Ahead {
        return Ok(());
    }
    let asked = call.host.session.answers.attest(id, question);
    if asked == Asked::Nobody && call.host.mode == Mode::Apply {
        return Err(Stop::precondition(format!("nobody attested: {question}"))
            .with("next", format!("let a person look, then answer on a terminal, or with --attest {id}")));
    }
    let (by, declined) = match asked {
        Asked::Answered(by) => (Some(by), false),
        Asked::Declined => (None, true),
        Asked::Nobody => (None, false),
    };
    call.host.record(Event::Attest {
        step: call.step(),
        id: id.to_string(),
        question: question.to_string(),
        by,
        declined,
    });
    call.host.note_site(&call.at);
    if declined {
        call.host.fail_gate();
    }
    Ok(())
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.with(structure()).with(gates()).with(words())
}

fn structure() -> Vec<crate::script::Primitive> {
    crate::primitives! { "";
        /// The header: first in every runbook, with literal id and title.
        flow fn runbook(call, id: String, title: String, options: RunbookOptions) {
            let RunbookOptions { version, omega, stage, after, needs, refuses_again, opens, on_demand } = options;
            plain_id(&id)?;
            needs.iter().try_for_each(|need| known_need(need))?;
            let header = Header { id, title, version, omega, stage, after, needs, refuses_again, on_demand, opens };
            call.host.set_header(header)
        }
        /// A step: planned whole, run in order. Its primitives run when the step's turn comes; it gives nothing back.
        flow fn step(call, id: String, title: String, body: Block) { declare_section(call, id, title, body, false) }
        /// A step that the next phase stands on; it must ask a gate.
        flow fn exit_gate(call, id: String, title: String, body: Block) { declare_section(call, id, title, body, true) }
        /// Looks until the closure answers true (or an answer that holds), sleeping between looks. In a plan it looks
        /// once; unmet, this step and those after it are undecided.
        flow fn wait_until(call, what: String, options: WaitOptions, look: Block) { wait(call, &what, &options, &look) }
    }
}

fn gates() -> Vec<crate::script::Primitive> {
    crate::primitives! { "";
        /// Passes when the value is true, or an answer that holds. A failed gate is recorded, the step goes on, and no
        /// change is made any more.
        flow fn gate(call, name: String, holds: Value, options: Option<GateOptions>) {
            let answer = judged(call, &holds.0)?;
            call.gate(&name, &options.unwrap_or_default(), &answer)
        }
        /// Passes when what was seen equals what is wanted; unlike types are an error, an absent value fails.
        flow fn gate_eq(call, name: String, seen: Value, wanted: Value, options: Option<GateOptions>) {
            let answer = Answer { holds: equal(&seen.0, &wanted.0, Absence::Differs)?, wanted: shown(&wanted.0), seen: shown(&seen.0), source: String::new() };
            call.gate(&name, &options.unwrap_or_default(), &answer)
        }
        /// Passes when two lists hold the same members, whatever their order; shows what is missing, surplus or there
        /// twice. The wanted list may not be empty.
        flow fn gate_set(call, name: String, seen: Value, wanted: Value, options: Option<GateOptions>) {
            let answer = set_answer(&seen.0, &wanted.0)?;
            call.gate(&name, &options.unwrap_or_default(), &answer)
        }
    }
}

fn words() -> Vec<crate::script::Primitive> {
    crate::primitives! { "";
        /// Ends the run as failed, with these words.
        flow fn fail(call, text: String) { Err(Stop::failed(text)) }
        /// Records a warning; the verdict is at best "passed with warnings".
        flow fn warn(call, text: String) { call.host.record(Event::Note { step: call.step(), text, warn: true }); Ok(()) }
        /// Records a note.
        flow fn note(call, text: String) { call.host.record(Event::Note { step: call.step(), text, warn: false }); Ok(()) }
        /// Asks what only a person can know; the answer is recorded with name and time. Off a terminal only
        /// `--attest ID` answers.
        flow fn attest(call, id in forms::ATTESTATION: String, question: String) { attested(call, &id, &question) }
        /// A secret by name: from --secret-file NAME=PATH or a hidden prompt.
        flow fn secret(call, name in forms::SECRET: String, prompt: String) -> Secret {
            if call.host.mode == Mode::Ahead {
                return Err(Stop::deferred("a secret that is asked for", "this pass"));
            }
            let changes = call.host.header().is_some_and(|header| header.changes());
            let given = call.host.session.secret(&name, &prompt, changes)?;
            call.host.session.conceal(&given);
            Ok(given)
        }
    }
}
