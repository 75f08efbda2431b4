//! `omega test --mutate`: what mutants of healthy runs came to, a runbook at a time, and the survivors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context;

use super::{place, tell};
use crate::cases::{self, Cases, Found};
use crate::cli::{Cli, TestArgs};
use crate::mutate::{Mutation, Report, Study, Survivor};
use crate::runbook::Repo;

/// How many of a hundred mutants some gate must notice, over all runbooks; a part of them may lie below it.
const BOUND: usize = 95;

/// What came of one runbook.
#[derive(Default)]
struct Sum {
    mutants: usize,
    noticed: usize,
    open: usize,
    idle: usize,
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
        all.mutants += sum.mutants;
        all.noticed += sum.noticed;
        all.open += sum.open;
        all.idle += sum.idle;
    }
    tell(format!(
        "{} mutants, {} noticed ({}); {} survivors open, {} entries of no use",
        all.mutants,
        all.noticed,
        share(all.noticed, all.mutants),
        all.open,
        all.idle
    ));
    let enough = !filter.is_empty() || all.noticed * 100 >= all.mutants * BOUND;
    if !enough {
        tell(format!("fewer than {BOUND} of 100 were noticed"));
    }
    Ok(u8::from(all.open + all.idle > 0 || !enough))
}

fn one(repo: &Repo, runbook: &str, found: &[Found], args: &TestArgs) -> anyhow::Result<Sum> {
    let loaded = cases::load(repo, runbook)?;
    let stage = loaded.header.stage.clone();
    let cases = Cases::of(repo, &loaded, &stage, &place::SETTINGS);
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
        listed.iter().for_each(|(reason, count)| tell(format!("    {count:>6} survive, listed: {reason}")));
        let mut kinds: BTreeMap<(&str, &str), Vec<&Survivor>> = BTreeMap::new();
        open.iter().for_each(|survivor| kinds.entry((&survivor.class, survivor.word)).or_default().push(survivor));
        kinds.values().for_each(|alike| survive(alike));
        sum.mutants += report.mutants;
        sum.noticed += report.noticed;
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
    tell(format!("        {}", first.asked));
    let more = if alike.len() > 1 { format!(" (and {} more)", alike.len() - 1) } else { String::new() };
    tell(format!("        {}{more}; steps {}; nearest gate {}", first.shown, first.steps.join(", "), first.gate));
}

/// A share as a person reads it, never rounded up to all of it.
fn share(part: usize, whole: usize) -> String {
    match whole {
        0 => "none".to_string(),
        _ => format!("{}.{} %", part * 100 / whole, part * 1000 / whole % 10),
    }
}
