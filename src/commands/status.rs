//! `omega status`: the board, from journals.

use super::{list, place, say};
use crate::cli::Cli;
use crate::deployment::{Deployment, Run, State};
use crate::host::{Header, Ruling};
use crate::journal::Event;
use crate::lab::Lab;
use crate::runbook::in_order;
use crate::verdict::Verdict;

pub(super) fn run(cli: &Cli) -> anyhow::Result<u8> {
    let repo = place::repo(cli, None);
    let state = State::at(place::state_dir(cli, None));
    let open = state.deployment()?;
    let pins = repo.files.id();
    say(headline(open.as_ref(), state.holder().as_deref()));
    let (headers, broken) = list::headers(&repo);
    let (runs, faults) = state.runs();
    let name = open.map(|open| open.name);
    let runs: Vec<&Run> = runs.iter().filter(|run| run.begin.deployment == name).collect();
    let simulated = runs.iter().all(|run| run.begin.simulated);
    let mut next = None;
    for header in in_order(headers, Lab::stages()) {
        let own = |run: &&&Run| run.begin.id == header.id;
        let last =
            runs.iter().rfind(|run| own(run) && !run.is_refused_again()).or_else(|| runs.iter().rfind(own)).copied();
        let missing = state.missing(&header.after, &pins, simulated)?;
        say(format!(" {:<14} {:<34} {}", header.id, header.title, cell(&header, last, &missing, &pins)).trim_end());
        let passed = state.missing(std::slice::from_ref(&header.id), &pins, simulated)?.is_empty();
        if !passed && missing.is_empty() && !header.on_demand && next.is_none() {
            next = Some((header.id, last.and_then(failing_step)));
        }
    }
    broken.iter().for_each(say);
    faults.iter().for_each(|fault| say(format!(" journal damaged: {fault}")));
    if let Some((id, step)) = next {
        let alone = step.map_or_else(String::new, |step| format!("      (the failing step alone: --step {step})"));
        say(format!(" next:  omega run runbooks/{id}.rhai{alone}"));
    }
    Ok(0)
}

/// Which deployment, which model, and who is changing it right now.
fn headline(open: Option<&Deployment>, holder: Option<&str>) -> String {
    let held = format!("held by {}", holder.unwrap_or("nobody"));
    let Some(open) = open else { return format!("deployment none is open   {held}") };
    let model = match &open.model {
        Some(model) => format!("controller {}   model {}", model.controller, model.uuid),
        None => "no model yet".to_string(),
    };
    format!("deployment {}   {model}   {held}", open.name)
}

fn cell(header: &Header, last: Option<&Run>, missing: &[String], pins: &str) -> String {
    let Some(run) = last else {
        return match (missing, header.on_demand) {
            ([], false) => "-        may run".to_string(),
            ([], true) => "-        on demand".to_string(),
            (missing, _) => format!("-        waits for {}", missing.join(", ")),
        };
    };
    let word = match (run.damaged, run.verdict) {
        (true, _) => "DAMAGED",
        (false, None) => "no end: interrupted or killed; look at the cloud first",
        (false, Some(verdict)) => verdict.word(),
    };
    let begin = &run.begin;
    let marks = [
        (begin.simulated, "lab".to_string()),
        (begin.unpinned, "UNPINNED".to_string()),
        (begin.adopted.is_some(), format!("adopted: {}", begin.adopted.as_deref().unwrap_or_default())),
        (begin.step_only.is_some(), format!("step {} alone", begin.step_only.as_deref().unwrap_or_default())),
        (begin.pins != pins, "under other pins".to_string()),
    ];
    let marks = marks.into_iter().filter(|(marked, _)| *marked).map(|(_, word)| word);
    let marks: Vec<String> = marks.chain(remarks(run)).collect();
    let when = run.at.get(..16).unwrap_or(&run.at).replace('T', " ");
    format!("{word:<8} {when}   {}@{}   pins {}   {}", begin.who, begin.host, begin.pins, marks.join(", "))
}

/// What a reader of the board wants to know of the last pass: what failed, what warns, who attested.
fn remarks(run: &Run) -> Vec<String> {
    let (mut remarks, mut attested) = (Vec::new(), 0);
    for event in last_pass(run) {
        match event {
            Event::Gate { step, name, subject, ruling: Ruling::Failed | Ruling::WouldFail, seen, .. } => {
                let of = if subject.is_empty() { String::new() } else { format!(" ({subject})") };
                remarks.push(format!("{step} {name}{of}: {}", short(seen)));
            }
            Event::Gate { name, ruling: Ruling::Warned, .. } => remarks.push(format!("warns: {name}")),
            Event::Note { text, warn: true, .. } => remarks.push(format!("warns: {}", short(text))),
            Event::Trouble { step, lines, .. } => {
                let words = lines.first().map(|line| short(line)).unwrap_or_default();
                remarks.push(format!("{step} {words}").trim_start().to_string());
            }
            Event::Attest { by: Some(_), .. } => attested += 1,
            _ => (),
        }
    }
    let more = remarks.len().saturating_sub(SHOWN);
    remarks.truncate(SHOWN);
    if more > 0 {
        remarks.push(format!("{more} more (omega log {})", run.begin.run));
    }
    if attested > 0 {
        remarks.push(format!("{attested} attestation{}", if attested == 1 { "" } else { "s" }));
    }
    remarks
}

/// As many remarks as one line of the board bears.
const SHOWN: usize = 2;

fn last_pass(run: &Run) -> impl Iterator<Item = &Event> {
    let begun = run.lines.iter().rposition(|line| matches!(line.event, Event::Pass { .. })).unwrap_or(0);
    run.lines[begun..].iter().map(|line| &line.event)
}

/// The first step of a run that failed, by which it may be looked at again.
fn failing_step(run: &Run) -> Option<String> {
    if run.verdict.is_none_or(Verdict::opens) {
        return None;
    }
    last_pass(run).find_map(|event| match event {
        Event::Gate { step, ruling: Ruling::Failed, .. } | Event::Trouble { step, .. } if !step.is_empty() => {
            Some(step.clone())
        }
        _ => None,
    })
}

fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(60).collect();
    if cut.len() < text.len() { format!("{cut} ...") } else { cut }
}
