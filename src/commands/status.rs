//! `omega status`: the board, from journals.

use super::{place, say};
use crate::cli::Cli;
use crate::deployment::{Run, State};
use crate::host::Header;
use crate::runbook::Site;

pub(super) fn run(cli: &Cli) -> anyhow::Result<u8> {
    let repo = place::repo(cli, None);
    let state = State::at(place::state_dir(cli, None));
    let pins = repo.files.id();
    say(format!(
        "deployment {}   pins {pins}   state {}",
        state.deployment().unwrap_or_else(|| "none is open".to_string()),
        state.root().display()
    ));
    let headers: Vec<Header> = repo
        .runbooks()
        .iter()
        .filter_map(|path| repo.load(path, &Site::default()).ok())
        .map(|loaded| loaded.header)
        .collect();
    let (runs, faults) = state.runs();
    let simulated = runs.iter().all(|run| run.begin.simulated);
    let mut next = None;
    for header in &headers {
        let last = runs.iter().rfind(|run| run.begin.id == header.id);
        let missing = state.missing(&header.after, &pins, simulated);
        say(format!(" {:<14} {:<34} {}", header.id, header.title, cell(last, &missing, &pins)));
        let passed = state.missing(std::slice::from_ref(&header.id), &pins, simulated).is_empty();
        if !passed && missing.is_empty() && next.is_none() {
            next = Some(header.id.clone());
        }
    }
    faults.iter().for_each(|fault| say(format!(" journal damaged: {fault}")));
    if let Some(next) = next {
        say(format!(" next:  omega run runbooks/{next}.rhai"));
    }
    Ok(0)
}

fn cell(last: Option<&Run>, missing: &[String], pins: &str) -> String {
    let Some(run) = last else {
        return if missing.is_empty() {
            "-      may run".to_string()
        } else {
            format!("-      waits for {}", missing.join(", "))
        };
    };
    let word = match (run.damaged, run.verdict) {
        (true, _) => "DAMAGED",
        (false, None) => "no end: interrupted or killed",
        (false, Some(verdict)) => verdict.word(),
    };
    let marks = [
        (run.begin.simulated, "lab"),
        (run.begin.unpinned, "UNPINNED"),
        (run.begin.adopted.is_some(), "adopted"),
        (run.begin.step_only.is_some(), "one step"),
        (run.begin.pins != pins, "under other pins"),
    ];
    let marks: Vec<&str> = marks.iter().filter(|(marked, _)| *marked).map(|(_, word)| *word).collect();
    let when = run.at.get(..16).unwrap_or(&run.at).replace('T', " ");
    format!("{word:<8} {when}   {}@{}   pins {}   {}", run.begin.who, run.begin.host, run.begin.pins, marks.join(", "))
}
