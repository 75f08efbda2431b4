//! `omega test --mutate`: what mutants of healthy runs came to, a runbook at a time, and the survivors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context;

use super::{place, tell};
use crate::cases::{self, Cases, Found};
use crate::cli::{Cli, TestArgs};
use crate::mutate::{Mutation, Report, Study, Survivor};
use crate::runbook::Repo;

/// How many of a hundred mutants some gate must notice, over all runbooks; a part of them may lie below it. Of what is
/// read in a step that makes a change which cannot be undone, each must be noticed, listed or not.
const BOUND: usize = 95;

/// What came of one runbook.
#[derive(Default)]
struct Sum {
    mutants: usize,
    noticed: usize,
    irreversible: (usize, usize),
    open: usize,
    idle: usize,
}

impl Sum {
    fn add(&mut self, other: &Sum) {
        self.mutants += other.mutants;
        self.noticed += other.noticed;
        self.irreversible.0 += other.irreversible.0;
        self.irreversible.1 += other.irreversible.1;
        self.open += other.open;
        self.idle += other.idle;
    }

    /// What is short, in plain numbers; the share is asked of all runbooks together.
    fn short(&self, is_all: bool) -> Vec<String> {
        let mut short = Vec::new();
        if is_all && self.noticed * 100 < self.mutants * BOUND {
            let (noticed, mutants, wanted) = (self.noticed, self.mutants, (self.mutants * BOUND).div_ceil(100));
            short.push(format!(
                "{noticed} of {mutants} mutants were noticed; {BOUND} of 100 are asked for, which is {wanted}"
            ));
        }
        let (mutants, noticed) = self.irreversible;
        if noticed < mutants {
            let unnoticed = mutants - noticed;
            short.push(format!(
                "{unnoticed} of {mutants} mutants before what cannot be undone were not noticed; all must be"
            ));
        }
        short
    }
}

pub(super) fn run(cli: &Cli, args: &TestArgs) -> anyhow::Result<u8> {
    let repo = place::repo(cli, None);
    let mut by_runbook: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    for found in cases::find(&repo.root, None)? {
        by_runbook.entry(found.runbook.clone()).or_default().push(found);
    }
    let filter = args.filter.as_deref().unwrap_or_default();
    by_runbook.retain(|runbook, _| runbook.contains(filter));
    anyhow::ensure!(!by_runbook.is_empty(), "no runbook with cases matches {filter:?}");
    let mut all = Sum::default();
    for (runbook, found) in &by_runbook {
        let sum = one(&repo, runbook, found, args).with_context(|| format!("mutants of {runbook}"))?;
        all.add(&sum);
    }
    tell(format!(
        "{} mutants, {} noticed ({}); before what cannot be undone {} of {}; {} survivors open, {} entries of no use",
        all.mutants,
        all.noticed,
        share(all.noticed, all.mutants),
        all.irreversible.1,
        all.irreversible.0,
        all.open,
        all.idle
    ));
    let short = all.short(filter.is_empty());
    short.iter().for_each(|line| tell(line.clone()));
    Ok(u8::from(all.open + all.idle + short.len() > 0))
}

fn one(repo: &Repo, runbook: &str, found: &[Found], args: &TestArgs) -> anyhow::Result<Sum> {
    let loaded = cases::load(repo, runbook)?;
    let stage = loaded.header.stage.clone();
    let cases = Cases::of(repo, &loaded, &stage);
    let folder = found.first().and_then(|found| found.path.parent()).map(|folder| repo.root.join(folder));
    let mutation = Mutation::read(&folder.context("a case lies nowhere")?)?;
    let mut reports = Vec::new();
    for name in &mutation.from {
        let case = found.iter().find(|found| found.path.file_name().is_some_and(|file| file == name.as_str()));
        let case = case.with_context(|| format!("{} names {name}, which is no case", cases::MUTATION))?;
        let mut study = Study::of(&cases, &case.case).with_context(|| name.clone())?;
        reports.push((case.path.clone(), study.report(args.few)?));
    }
    Ok(print(runbook, &mutation, &reports))
}

fn print(runbook: &str, mutation: &Mutation, reports: &[(PathBuf, Report)]) -> Sum {
    tell(runbook);
    let mut sum = Sum::default();
    let mut used = BTreeSet::new();
    for (path, report) in reports {
        figures(path, report);
        let known =
            |survivor: &Survivor| mutation.reason(&survivor.asked, [&survivor.class, &survivor.part], survivor.word);
        let (mut listed, mut open): (BTreeMap<&str, usize>, Vec<&Survivor>) = Default::default();
        for survivor in &report.survivors {
            match known(survivor) {
                Some((entry, reason)) => {
                    used.insert(entry);
                    *listed.entry(reason).or_default() += 1;
                }
                None => open.push(survivor),
            }
        }
        let undone = report.survivors.iter().filter(|one| one.irreversible && known(one).is_some());
        undone.for_each(|one| tell(format!("    LISTED  before what cannot be undone: {}: {}", one.asked, one.shown)));
        listed.iter().for_each(|(reason, count)| tell(format!("    {count:>6} survive, listed: {reason}")));
        let mut kinds: BTreeMap<(&str, &str), Vec<&Survivor>> = BTreeMap::new();
        open.iter().for_each(|survivor| kinds.entry((&survivor.class, survivor.word)).or_default().push(survivor));
        kinds.values().for_each(|alike| survive(alike));
        sum.mutants += report.mutants;
        sum.noticed += report.noticed;
        sum.irreversible.0 += report.irreversible.0;
        sum.irreversible.1 += report.irreversible.1;
        sum.open += open.len();
    }
    let idle = mutation.idle(&used);
    idle.iter().for_each(|entry| tell(format!("    {}: of no use: {entry}", cases::MUTATION)));
    sum.idle = idle.len();
    sum
}

fn figures(path: &std::path::Path, report: &Report) {
    let (runs, took) = report.runs;
    let speed = runs as u128 * 1_000 / took.as_millis().max(1);
    tell(format!(
        "    {}: {} mutants, {} noticed ({}){}; {runs} runs, {speed} a second",
        path.file_name().unwrap_or_default().to_string_lossy(),
        report.mutants,
        report.noticed,
        share(report.noticed, report.mutants),
        match report.irreversible {
            (0, _) => String::new(),
            (mutants, noticed) => format!("; before what cannot be undone {noticed} of {mutants}"),
        },
    ));
    tell(format!(
        "        {} documents ({} more made a wait go on); {} leaves, {} never asked for; {} asked for, in {} classes; {} of {} representatives are told to no gate",
        report.documents.0,
        report.documents.1,
        report.leaves,
        report.unread,
        report.asked.1,
        report.asked.0,
        report.untold.1,
        report.untold.0,
    ));
}

/// Survivors of one class, by the first of them.
fn survive(alike: &[&Survivor]) {
    let Some(first) = alike.first() else { return };
    let undone = if alike.iter().any(|one| one.irreversible) { "  BEFORE WHAT CANNOT BE UNDONE" } else { "" };
    let class = if first.class.is_empty() { "the whole" } else { &first.class };
    tell(format!("    SURVIVES  {class}: {}{undone}", first.word));
    let others: BTreeSet<&str> = alike.iter().skip(1).map(|one| one.part.as_str()).collect();
    let more = match alike.len() {
        1 => String::new(),
        count => {
            let others: Vec<&str> = others.into_iter().filter(|part| *part != first.part).take(4).collect();
            let at = if others.is_empty() { String::new() } else { format!(", as {}", others.join(", ")) };
            format!(" (and {} more{at})", count - 1)
        }
    };
    let since = first.since.as_ref().map(|since| format!(" (as it was after {since})")).unwrap_or_default();
    tell(format!("        {}{since}", first.asked));
    tell(format!("        {}{more}; steps {}; nearest gate {}", first.shown, first.steps.join(", "), first.gate));
}

/// A share as a person reads it, never rounded up to all of it.
fn share(part: usize, whole: usize) -> String {
    match whole {
        0 => "none".to_string(),
        _ => format!("{}.{} %", part * 100 / whole, part * 1000 / whole % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_is_told_in_numbers() {
        let sum = |noticed, irreversible| Sum { mutants: 200, noticed, irreversible, ..Sum::default() };
        assert!(sum(190, (7, 7)).short(true).is_empty());
        let short = sum(189, (7, 5)).short(true);
        assert!(short[0].starts_with("189 of 200") && short[0].ends_with("which is 190"), "{short:?}");
        assert!(short[1].starts_with("2 of 7"), "{short:?}");
        assert_eq!(sum(100, (0, 0)).short(false), [] as [String; 0], "one runbook alone may lie below");
    }
}
