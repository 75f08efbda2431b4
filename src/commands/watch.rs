//! `omega watch`: a read-only runbook or expression again and again, telling what changed between two looks.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::answers::Operator;
use super::eval::status;
use super::{place, say, tell};
use crate::cli::{Cli, WatchArgs};
use crate::conduct::{Agreement, Conduct, Told, evaluate};
use crate::host::{Clock, Ruling, Stop, StopKind};
use crate::journal::{Begin, Event, Journal};
use crate::runbook::{Loaded, Repo, Site};
use crate::transport::{Interrupt, Transport};

/// What one look saw: facts by their name, whether what is waited for is met, and the exit status that a run would have had.
struct Look {
    facts: BTreeMap<String, String>,
    met: Met,
    exit: u8,
}

/// Whether what a watch waits for is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    Yes,
    NotYet,
    /// The value is not of a kind that can be waited for.
    Never,
}

/// What is looked at.
enum Watched {
    Runbook(Box<Loaded>),
    Expression(String),
}

pub(super) fn run(cli: &Cli, args: &WatchArgs) -> anyhow::Result<u8> {
    let path = Path::new(&args.target);
    let is_runbook = path.extension().is_some_and(|extension| extension == "rhai");
    let repo = place::repo(cli, is_runbook.then_some(path));
    let watched = match is_runbook {
        true => Watched::Runbook(Box::new(runbook(&repo, path, &args.place.site)?)),
        false => {
            if let Some(wrong) = repo.expression(&args.target, &Site(args.place.site.clone()), place::colour()) {
                tell(wrong.trim_end());
                return Ok(super::USAGE);
            }
            Watched::Expression(args.target.clone())
        }
    };
    let interrupt = place::interrupt()?;
    let stage = match &watched {
        Watched::Runbook(loaded) => loaded.header.stage.clone(),
        Watched::Expression(_) => "settled".to_string(),
    };
    let transport: Arc<dyn Transport> = Arc::from(place::transport_in(&args.place, &repo.root, &stage, &interrupt)?);
    let watch = Watch { args, repo: &repo, watched, transport, interrupt };
    watch.go()
}

/// A pinned, checked runbook that may change nothing: it is run again and again with nobody looking.
fn runbook(repo: &Repo, path: &Path, site: &Option<String>) -> anyhow::Result<Loaded> {
    if !repo.problems.is_empty() || repo.no_pins.is_some() {
        return Err(Stop::precondition("what is in runbooks/ and lib/ is not as pinned")
            .with("next", "omega check --sha shows the difference; review it, then omega pin")
            .into());
    }
    let loaded = repo.load(&repo.path_of(path)?, &Site(site.clone())).map_err(|found| {
        super::check::print(&found, repo, 1);
        Stop::precondition("the runbook does not pass the check")
    })?;
    if loaded.header.changes() {
        let words = format!("{} may change things; only a runbook that reads is watched", loaded.header.id);
        return Err(Stop::precondition(words).with("next", "plan it with omega run; or watch an expression").into());
    }
    Ok(loaded)
}

struct Watch<'w> {
    args: &'w WatchArgs,
    repo: &'w Repo,
    watched: Watched,
    transport: Arc<dyn Transport>,
    interrupt: Interrupt,
}

impl Watch<'_> {
    fn go(&self) -> anyhow::Result<u8> {
        let every = Duration::from_secs(self.args.every);
        let mut before: Option<Look> = None;
        for number in 1.. {
            let look = self.look()?;
            show(before.as_ref(), &look);
            if self.args.until && look.met == Met::Never {
                tell(
                    "this is neither true nor false, so --until would wait for ever; compare it with what you wait for",
                );
                return Ok(super::USAGE);
            }
            let is_last = self.args.times == Some(number) || (self.args.until && look.met == Met::Yes);
            let exit = if self.args.until && look.met != Met::Yes { look.exit.max(1) } else { look.exit };
            before = Some(look);
            if is_last {
                return Ok(exit);
            }
            Clock::start(false).sleep(every, &self.interrupt);
            if self.interrupt.is_raised() {
                return Ok(exit);
            }
            self.transport.advance(every);
        }
        Ok(0)
    }

    fn look(&self) -> anyhow::Result<Look> {
        let journal = Arc::new(Journal::in_memory(Vec::new()));
        let operator = Operator::new(&[], &self.args.place.secret_files, false)?;
        let transport = Box::new(self.transport.clone());
        let interrupt = self.interrupt.clone();
        let session =
            Arc::new(place::session(transport, journal.clone(), operator, interrupt, &self.args.place, self.repo)?);
        match &self.watched {
            Watched::Expression(text) => {
                let sources = self.repo.sources(&Site(self.args.place.site.clone()));
                match evaluate(session, &sources, text) {
                    Ok(told) => Ok(value(told)),
                    Err(stop) if stop.kind == StopKind::Script => Err(stop.into()),
                    Err(stop) => Ok(stopped(&stop)),
                }
            }
            Watched::Runbook(loaded) => {
                let conduct = Conduct {
                    loaded,
                    session,
                    begin: Begin::default(),
                    only: None,
                    ahead: !self.transport.is_simulated(),
                    agree: &|_| Agreement::PlanOnly,
                    admit: &|_| Ok(()),
                    commit: &|| Ok(()),
                };
                let verdict = conduct.run();
                let mut facts: BTreeMap<String, String> =
                    journal.lines().iter().filter_map(|line| fact(&line.event)).collect();
                facts.insert("verdict".to_string(), verdict.word().to_string());
                let met = if verdict.opens() { Met::Yes } else { Met::NotYet };
                Ok(Look { facts, met, exit: verdict.exit() })
            }
        }
    }
}

/// What an expression gave. Only `true` is met; what is absent is not, and may come.
fn value(told: Told) -> Look {
    let mut facts = BTreeMap::new();
    let (met, exit) = match told.json {
        Some(Json::Bool(true)) => (Met::Yes, 0),
        Some(Json::Bool(false)) => (Met::NotYet, 1),
        _ if told.is_absent => (Met::NotYet, 1),
        _ => (Met::Never, 0),
    };
    match told.json {
        Some(json) if !told.is_absent => flatten("", &json, &mut facts),
        _ => drop(facts.insert(String::new(), told.text)),
    }
    Look { facts, met, exit }
}

fn stopped(stop: &Stop) -> Look {
    Look { facts: [("STOP".to_string(), stop.what.clone())].into(), met: Met::NotYet, exit: status(stop) }
}

fn flatten(at: &str, json: &Json, facts: &mut BTreeMap<String, String>) {
    match json {
        Json::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(name, value)| flatten(&format!("{at}.{name}"), value, facts));
        }
        Json::Array(items) if !items.is_empty() && items.iter().all(Json::is_string) => {
            // Members by themselves: one that comes does not move the others.
            items
                .iter()
                .filter_map(Json::as_str)
                .for_each(|item| drop(facts.insert(format!("{at} {item}"), "there".into())));
        }
        Json::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(index, value)| flatten(&format!("{at}[{index}]"), value, facts));
        }
        Json::String(text) => drop(facts.insert(at.to_string(), text.clone())),
        other => drop(facts.insert(at.to_string(), other.to_string())),
    }
}

/// What a run tells that may differ from look to look.
fn fact(event: &Event) -> Option<(String, String)> {
    match event {
        Event::Gate { step, name, subject, ruling, seen, .. } => {
            let of = if subject.is_empty() { String::new() } else { format!(" ({subject})") };
            let word = match ruling {
                Ruling::Passed => "pass",
                Ruling::Warned => "warn",
                Ruling::Failed | Ruling::WouldFail => "FAIL",
                Ruling::Predicted => "predicted",
            };
            Some((format!("{step} {name}{of}"), format!("{word}  {seen}")))
        }
        Event::Trouble { step, lines, .. } => {
            Some((format!("{step} STOP"), lines.first().cloned().unwrap_or_default()))
        }
        Event::Wait { step, what, seen, met, .. } => {
            Some((format!("{step} {what}"), if *met { format!("met  {seen}") } else { seen.clone() }))
        }
        _ => None,
    }
}

/// The first look in full, then what differs from the look before.
fn show(before: Option<&Look>, look: &Look) {
    let now = Clock::now();
    let time = now.get(11..19).unwrap_or(&now);
    let Some(before) = before else {
        look.facts.iter().for_each(|(name, value)| say(format!(" {time}  {}", said(name, value))));
        return;
    };
    let mut quiet = true;
    for (name, value) in &look.facts {
        match before.facts.get(name) {
            Some(old) if old == value => continue,
            Some(old) => say(format!(" {time}  {}", said(name, &format!("{old}  ->  {value}")))),
            None => say(format!(" {time}  + {}", said(name, value))),
        }
        quiet = false;
    }
    for (name, value) in before.facts.iter().filter(|(name, _)| !look.facts.contains_key(*name)) {
        say(format!(" {time}  - {}", said(name, value)));
        quiet = false;
    }
    if quiet {
        tell(format!(" {time}  nothing changed"));
    }
}

fn said(name: &str, value: &str) -> String {
    let name = name.trim_start_matches('.').trim();
    if name.is_empty() { value.to_string() } else { format!("{name:<44} {value}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: Json) -> Told {
        Told { json: Some(json), text: String::new(), is_absent: false }
    }

    fn facts(json: Json) -> Vec<(String, String)> {
        value(told(json)).facts.into_iter().collect()
    }

    #[test]
    fn a_value_is_told_by_its_parts() {
        let fact = |name: &str, value: &str| (name.to_string(), value.to_string());
        assert_eq!(facts(serde_json::json!({"a": {"b": 1}, "c": []})), [fact(".a.b", "1"), fact(".c", "[]")]);
        assert_eq!(facts(serde_json::json!(["x", "y"])), [fact(" x", "there"), fact(" y", "there")]);
        assert_eq!(facts(serde_json::json!("up")), [fact("", "up")]);
        assert_eq!(facts(serde_json::json!([1, {"a": true}])), [fact("[0]", "1"), fact("[1].a", "true")]);
    }

    #[test]
    fn only_true_is_met() {
        let ended = |look: Look| (look.met, look.exit);
        assert_eq!(ended(value(told(Json::Bool(true)))), (Met::Yes, 0));
        assert_eq!(ended(value(told(Json::Bool(false)))), (Met::NotYet, 1));
        assert_eq!(ended(value(told("active".into()))), (Met::Never, 0));
        let absent = Told { json: None, text: "absent: no such unit".to_string(), is_absent: true };
        assert_eq!(ended(value(absent)), (Met::NotYet, 1));
        assert_eq!(ended(stopped(&Stop::unanswered("no answer"))), (Met::NotYet, 5));
    }
}
