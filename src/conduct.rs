//! Conducts a run: plan, agree, apply, in rounds until nothing is undecided. It decides order; what is allowed is the
//! guard's, how it ended is the verdict's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rhai::{AST, Dynamic, Engine};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::check::sites::{Role, Site};
use crate::engine::{self, Remains};
use crate::host::{Change, Host, Mode, Session, Stop};
use crate::journal::{Begin, Event, hex};
use crate::runbook::Loaded;
use crate::verdict::{Tally, Verdict};

/// A plan, as it is agreed to.
pub struct Plan {
    /// Eight digits that stand for facts, changes and undecided steps.
    pub digest: String,
    /// The changes in order.
    pub changes: Vec<Change>,
    /// What the digest is made from.
    pub document: Json,
}

/// What the operator says to a plan.
pub enum Agreement {
    /// Carry it out; how it was given (`--yes`, a digest, a name typed on the terminal).
    Yes(String),
    /// Not; nothing is changed.
    No(Stop),
    /// Nobody asked for it: the plan is all.
    PlanOnly,
}

/// One run of a runbook.
pub struct Conduct<'r> {
    /// The checked runbook.
    pub loaded: &'r Loaded,
    /// What the run stands on.
    pub session: Arc<Session>,
    /// How the run begins in the journal; the header fills the rest.
    pub begin: Begin,
    /// The only step to run.
    pub only: Option<String>,
    /// Whether reads may be started ahead.
    pub ahead: bool,
    /// Asked after each plan that has changes.
    pub agree: &'r dyn Fn(&Plan) -> Agreement,
    /// Asked once the header is known; a reason stops the run before its first call.
    pub admit: &'r dyn Fn(&crate::host::Header) -> Result<(), Stop>,
    /// Called once a plan is agreed to and can be carried out, before its first change; a reason stops the run.
    pub commit: &'r dyn Fn() -> Result<(), Stop>,
}

/// The value of an expression.
pub struct Told {
    /// As JSON, where it has that form: an object of a cloud with every field.
    pub json: Option<Json>,
    /// As a person reads it.
    pub text: String,
    /// Whether it is an absence: what was asked for is not there to be told.
    pub is_absent: bool,
}

/// The most rounds of one run.
const ROUNDS: u32 = 10;

impl Conduct<'_> {
    /// Runs to the end and answers how it ended.
    pub fn run(&self) -> Verdict {
        if self.session.begins().is_some() {
            self.rounds();
            return self.end();
        }
        let host = Host::new(self.session.clone(), Mode::Plan, Vec::new());
        let engine = engine::build_over(self.loaded.libraries.sharing(), Some(&host));
        let top = engine::top_level(&engine, &self.loaded.ast, &host);
        let header = host.header().unwrap_or_default();
        self.session.journal.record(Event::Begin(Box::new(self.begin.clone().with_header(&header))));
        let admitted = top.and_then(|()| (self.admit)(&header).map_err(|stop| (stop, Vec::new())));
        if let Err((stop, frames)) = admitted {
            self.session.journal.record(engine::trouble(&self.session, "", &stop, &frames));
            return self.end();
        }
        self.rounds();
        self.end()
    }

    fn rounds(&self) {
        let begins = self.session.begins().filter(|mark| mark.station().applies);
        let mut agreed = begins.map(|mark| (mark.permitted(), mark.not_yet()));
        for round in self.session.begins().map_or(1, |mark| mark.station().round)..=ROUNDS {
            let Some((changes, not_yet)) = agreed.take().or_else(|| self.agreed(round)) else { return };
            let ended = self.apply(round, changes, not_yet);
            if ended || self.failed() {
                return;
            }
        }
        let stop = Stop::refused(format!("after {ROUNDS} rounds some steps are still undecided, and did not run"))
            .with("next", "run it again: what was made stays, and it goes on from there");
        self.session.journal.record(engine::trouble(&self.session, "", &stop, &[]));
    }

    /// The changes of a plan that is agreed to, and the steps that its apply may not enter yet.
    fn agreed(&self, round: u32) -> Option<(Vec<Change>, BTreeSet<String>)> {
        let (plan, not_yet, next) = self.plan(round);
        let verdict = self.verdict();
        self.session.journal.record(Event::PlanReady { digest: plan.digest.clone(), changes: plan.changes.len() });
        let goes_on = verdict == Verdict::Planned
            && !self.is_stuck(&plan, &not_yet)
            && self.is_agreed(&plan, next.as_deref(), &not_yet);
        goes_on.then_some((plan.changes, not_yet))
    }

    /// Whether the apply could not even begin: an undecided step that changes something is never entered, so one whose
    /// own change makes it undecided would stay so in every round. Said in the plan, before anybody is asked.
    fn is_stuck(&self, plan: &Plan, not_yet: &BTreeSet<String>) -> bool {
        let Some(change) = plan.changes.first().filter(|change| not_yet.contains(&change.step)) else { return false };
        let step = &change.step;
        let words =
            format!("step {step} changes something and then looks at it: no plan can show how the step goes on");
        let stop = Stop::refused(words)
            .with("change", format!("{} {}", change.verb.word(), change.label()))
            .with("next", format!("part step {step} in two: what comes after the change goes into a step of its own"));
        self.session.journal.record(engine::trouble(&self.session, "", &stop, &[]));
        true
    }

    /// Whether an apply follows the plan. Without changes nobody need be asked: it waits for what the plan only looked at.
    fn is_agreed(&self, plan: &Plan, next: Option<&str>, not_yet: &BTreeSet<String>) -> bool {
        if plan.changes.is_empty() {
            return self.begin.apply && next.is_some_and(|step| self.may_wait(step, not_yet));
        }
        match (self.agree)(plan) {
            Agreement::PlanOnly => false,
            Agreement::No(stop) => {
                self.session.journal.record(engine::trouble(&self.session, "", &stop, &[]));
                false
            }
            Agreement::Yes(how) => {
                self.session.journal.record(Event::Agreed { digest: plan.digest.clone(), how });
                let asked = self.can_be_carried_out(plan).and_then(|()| (self.commit)());
                asked.as_ref().err().into_iter().for_each(|stop| {
                    self.session.journal.record(engine::trouble(&self.session, "", stop, &[]));
                });
                asked.is_ok()
            }
        }
    }

    /// An undecided step that changes something is never entered without a plan, so it would stay undecided for ever.
    fn may_wait(&self, step: &str, not_yet: &BTreeSet<String>) -> bool {
        if !not_yet.contains(step) {
            return true;
        }
        let stop = Stop::refused(format!("step {step} waits and changes; no plan can show what it will change"))
            .with("next", "wait in a step of its own before it, or run this again when what it waits for is there");
        self.session.journal.record(engine::trouble(&self.session, "", &stop, &[]));
        false
    }

    /// What the apply will ask of a person must be there before its first change, or it would end in the midst.
    fn can_be_carried_out(&self, plan: &Plan) -> Result<(), Stop> {
        let names = plan.changes.iter().filter_map(|change| Some((change, change.irreversible.as_ref()?)));
        for (change, name) in names {
            if !self.session.answers.may_confirm(name) {
                return Err(crate::host::unconfirmable(change, name));
            }
        }
        match self.session.awaited_secrets().first() {
            Some(name) if plan.changes.iter().any(|change| change.awaits_secret) => {
                Err(crate::host::unknown_secret(name))
            }
            _ => Ok(()),
        }
    }

    fn failed(&self) -> bool {
        !matches!(self.verdict(), Verdict::Pass | Verdict::Warn | Verdict::Planned)
    }

    /// The plan, the undecided steps that an apply may not enter yet, and the first undecided one.
    fn plan(&self, round: u32) -> (Plan, BTreeSet<String>, Option<String>) {
        self.session.journal.record(Event::Pass { kind: "plan".to_string(), round });
        let host = self.pass(Mode::Plan, round, Vec::new(), BTreeSet::new()).0;
        let undecided = host.undecided();
        let document = self.document(&host, &undecided);
        let digest = hex(&Sha256::digest(document.to_string().as_bytes()))[..8].to_string();
        let not_yet = undecided.keys().filter(|step| self.may_change(step)).cloned().collect();
        let next = host.sections().into_iter().map(|section| section.id).find(|id| undecided.contains_key(id));
        (Plan { digest, changes: host.changes(), document }, not_yet, next)
    }

    /// Answers whether the pass came to the end of the runbook.
    fn apply(&self, round: u32, changes: Vec<Change>, not_yet: BTreeSet<String>) -> bool {
        self.session.journal.record(Event::Pass { kind: "apply".to_string(), round });
        let (host, ended) = self.pass(Mode::Apply, round, changes, not_yet);
        let left = host.changes_left();
        if ended && !left.is_empty() && !self.failed() {
            let labels: Vec<String> =
                left.iter().map(|change| format!("{} {}", change.verb.word(), change.label())).collect();
            let stop = Stop::refused(format!("planned, and not asked for in the apply: {}", labels.join(", ")))
                .with("next", "plan again and read the difference");
            self.session.journal.record(engine::trouble(&self.session, "", &stop, &[]));
        }
        ended
    }

    fn pass(&self, mode: Mode, round: u32, changes: Vec<Change>, not_yet: BTreeSet<String>) -> (Host, bool) {
        let host = Host::new(self.session.clone(), mode, changes);
        let engine = engine::build_over(self.loaded.libraries.sharing(), Some(&host));
        if let Err((stop, frames)) = engine::top_level(&engine, &self.loaded.ast, &host) {
            self.session.journal.record(engine::trouble(&self.session, "", &stop, &frames));
            return (host, true);
        }
        host.begin_pass(round, &not_yet);
        self.session
            .begins()
            .filter(|mark| mark.station().is_within(host.station()))
            .into_iter()
            .for_each(|mark| host.resume(mark));
        let remaining = |step: &str| self.remaining(step);
        let ahead = (self.ahead && mode == Mode::Plan).then(|| self.reads());
        let remains = Remains { of_step: &remaining, not_yet, only: self.only.clone(), ahead };
        let ended = engine::run_pass(&engine, &host, &remains);
        if ended {
            self.note_unreached(&host);
        }
        (host, ended)
    }

    fn may_change(&self, step: &str) -> bool {
        self.loaded.sites().iter().any(|sites| sites.id == step && sites.of(Role::Change).next().is_some())
    }

    /// Gates and changes of a step, from the text.
    fn remaining(&self, step: &str) -> Vec<String> {
        let Some(sites) = self.loaded.sites().iter().find(|sites| sites.id == step) else { return Vec::new() };
        let listed = sites.sites.iter().filter(|site| matches!(site.role, Role::Gate | Role::Change));
        let named = |site: &Site| match (&site.name, site.role, site.args.first()) {
            (Some(name), ..) => name.clone(),
            (None, Role::Gate, Some(name)) => name.trim_matches('`').to_string(),
            _ => site.args.join(", "),
        };
        listed.map(|site| format!("{} {}", site.function, named(site))).collect()
    }

    /// The unconditional reads whose arguments stand in the text.
    fn reads(&self) -> Vec<engine::Read> {
        let steps = self.loaded.sites().iter().filter(|step| self.only.as_ref().is_none_or(|only| *only == step.id));
        let sites = steps.flat_map(|step| step.of(Role::Read)).filter(|site| !site.conditional && !site.call.is_method);
        let reads = sites.filter_map(|site| {
            let imports = self.loaded.imports.get(&site.file)?.clone();
            let call = format!("{}({})", site.function, site.args.join(", "));
            Some(engine::Read { imports, call, turns: site.turns.clone() })
        });
        let mut seen = BTreeSet::new();
        reads.filter(|read| seen.insert(read.clone())).collect()
    }

    /// Gate sites of finished steps that nobody asked: a gate can vanish behind a `return` or an empty list.
    fn note_unreached(&self, host: &Host) {
        let done = self.finished();
        let asked = host.sites_asked();
        let (mut sites, mut conditional) = (BTreeSet::new(), BTreeSet::new());
        for step in self.loaded.sites().iter().filter(|step| done.contains(&step.id)) {
            for site in step.of(Role::Gate) {
                let at = format!("{}:{}:{}", site.file, site.span.line, site.span.column);
                if asked.contains(&at) {
                    continue;
                }
                let text =
                    format!("{at}  {} {:?} of step {}", site.function, site.name.as_deref().unwrap_or(""), step.id);
                if site.conditional {
                    conditional.insert(text)
                } else {
                    sites.insert(text)
                };
            }
        }
        if !sites.is_empty() || !conditional.is_empty() {
            host.record(Event::NotReached {
                sites: sites.into_iter().collect(),
                conditional: conditional.into_iter().collect(),
            });
        }
    }

    /// Steps that ran to their end in the last pass.
    fn finished(&self) -> BTreeSet<String> {
        let lines = self.session.journal.shared();
        let last = lines.iter().rposition(|line| matches!(line.event, Event::Pass { .. })).unwrap_or(0);
        let done = lines[last..].iter().filter_map(|line| match &line.event {
            Event::StepClose { step, outcome, .. } if outcome == "done" => Some(step.clone()),
            _ => None,
        });
        done.collect()
    }

    fn document(&self, host: &Host, undecided: &BTreeMap<String, String>) -> Json {
        let mut document = json!({
            "version": 1,
            "deployment": self.begin.deployment,
            "runbook": self.loaded.path,
            "step": self.only,
            "pins": self.begin.pins,
            "facts": host.facts(),
            "changes": host.changes(),
            "undecided": undecided,
        });
        self.session.journal.mask(&mut document);
        document
    }

    fn verdict(&self) -> Verdict {
        self.tally().verdict()
    }

    fn tally(&self) -> Tally {
        let lines = self.session.journal.shared();
        Tally::of(lines.iter().map(|line| &line.event))
    }

    fn end(&self) -> Verdict {
        let mut verdict = self.verdict();
        if let Some(why) = self.session.journal.broken() {
            let words = "the journal could not be written to its end";
            let stop = if self.tally().touched() { Stop::unconfirmed(words) } else { Stop::precondition(words) };
            let stop = stop.with("seen", why).with("next", "make room on the disk of the state folder");
            self.session.journal.record(engine::trouble(&self.session, "", &stop, &[]));
            verdict = self.verdict();
        }
        let took_millis = u64::try_from(self.session.clock.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.session.journal.record(Event::End { verdict, exit: verdict.exit(), took_millis });
        self.session.journal.sync();
        verdict
    }
}

/// Evaluates one read-only expression. An object with a field that cannot be told is an error, never a part of it.
pub fn evaluate(session: Arc<Session>, sources: &engine::Sources, expression: &str) -> Result<Told, Stop> {
    let host = Host::new(session, Mode::Plan, Vec::new());
    host.set_place(crate::host::Place::Expression);
    let engine: Engine = engine::build(sources, Some(&host));
    let ast: AST = engine.compile(expression).map_err(|error| Stop::script(error.to_string()))?;
    let value = engine.eval_ast::<Dynamic>(&ast).map_err(|error| {
        host.latched().or_else(|| host.deferral()).unwrap_or_else(|| Stop::script(engine::cause(&error)))
    })?;
    let json = laid_open(&engine, &host, &value)?.or_else(|| crate::script::canonical(&value));
    Ok(Told { json, text: crate::script::shown(&value), is_absent: value.is::<crate::script::Absent>() })
}

/// An object of a cloud, or a list of them, with every field that a script may read: what a person asked to see.
fn laid_open(engine: &Engine, host: &Host, value: &Dynamic) -> Result<Option<Json>, Stop> {
    if let Some(list) = value.read_lock::<crate::script::Listing>() {
        let items: Result<Option<Vec<Json>>, Stop> =
            list.items.iter().map(|item| laid_open(engine, host, item)).collect();
        return items.map(|items| items.map(Json::from));
    }
    let of_it = |primitive: &&crate::script::Primitive| {
        primitive.is_field && primitive.receiver.as_ref().is_some_and(|receiver| receiver.id == value.type_id())
    };
    let mut fields = serde_json::Map::new();
    for field in crate::primitives::table().iter().filter(of_it) {
        let mut scope = rhai::Scope::new();
        scope.push_dynamic("it", value.clone());
        let told = engine.eval_with_scope::<Dynamic>(&mut scope, &format!("it.{}", field.name));
        let why = host.latched().or_else(|| host.deferral());
        let untold = |stop: Stop| {
            stop.with("seen", format!("the field {}, which cannot be told", field.name))
                .with("next", "ask for single fields: those that were read well can be told")
        };
        let json = match (told, why) {
            (Ok(told), None) => crate::script::canonical(&told).unwrap_or_else(|| crate::script::shown(&told).into()),
            (_, Some(stop)) => return Err(untold(stop)),
            (Err(error), None) => return Err(untold(Stop::script(engine::cause(&error)))),
        };
        fields.insert(field.name.to_string(), json);
    }
    Ok((!fields.is_empty()).then_some(Json::Object(fields)))
}
