//! `omega test --faults`: everything that can go wrong at every change of the cases that pass.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;

use super::tell;
use crate::cases::trials::{self, Known, Tally};
use crate::cases::{self, Cases, Found};
use crate::runbook::Repo;

pub(super) fn run(repo: &Repo, found: &[Found], whole: bool) -> anyhow::Result<u8> {
    let mut runbooks: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    for case in trials::worth(found) {
        runbooks.entry(&case.runbook).or_default().push(case);
    }
    anyhow::ensure!(!runbooks.is_empty(), "no case that matches passes and makes a change");
    let (mut changes, mut all, mut failures) = (0, 0, 0);
    for (runbook, cases) in runbooks {
        let tally = of_runbook(repo, runbook, &cases, whole)?;
        changes += tally.changes;
        all += tally.trials;
        failures += tally.wrong.len();
        tell(line(runbook, &tally));
        for (name, why) in &tally.wrong {
            tell(format!("    FAIL  {name}"));
            why.iter().for_each(|why| tell(format!("            {why}")));
        }
    }
    tell(format!("{changes} changes, {all} faults, {failures} failed"));
    Ok(u8::from(failures > 0))
}

fn line(runbook: &str, tally: &Tally) -> String {
    let name = runbook.trim_start_matches("runbooks/").trim_end_matches(".rhai");
    let mut line =
        format!(" {name:<14} {} changes, {} faults: {} converged", tally.changes, tally.trials, tally.converged);
    let others = [(tally.stopped, "rightly stopped"), (tally.harmless, "did no harm"), (tally.wrong.len(), "FAILED")];
    for (number, word) in others.into_iter().filter(|(number, _)| *number > 0) {
        line.push_str(&format!(", {number} {word}"));
    }
    line
}

fn of_runbook(repo: &Repo, runbook: &str, found: &[&Found], whole: bool) -> anyhow::Result<Tally> {
    let loaded = cases::load(repo, runbook)?;
    let stage = loaded.header.stage.clone();
    let known: Vec<Known> = trials::known(&repo.root, runbook)?;
    let met = Mutex::new(BTreeSet::new());
    let mut sum = Tally::default();
    for found in found {
        let cases = Cases::of(repo, &loaded, &stage);
        let tally = trials::try_all(&cases, &found.case, &known, &met)?;
        let named = |(name, why): (String, Vec<String>)| (format!("{}: {name}", found.path.display()), why);
        sum.changes += tally.changes;
        sum.trials += tally.trials;
        sum.converged += tally.converged;
        sum.harmless += tally.harmless;
        sum.stopped += tally.stopped;
        sum.wrong.extend(tally.wrong.into_iter().map(named));
    }
    let met = met.into_inner();
    let unmet = known.iter().enumerate().filter(|(index, _)| whole && !met.contains(index));
    sum.wrong.extend(unmet.map(|(_, known)| {
        (format!("{runbook}: {}", known.change), vec![format!("the listed stop {:?} never came", known.stops)])
    }));
    Ok(sum)
}
