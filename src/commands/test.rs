//! `omega test`: the cases, side by side, one line a failure.

use std::collections::BTreeMap;

use super::{place, tell};
use crate::cases::{self, Cases, Found};
use crate::cli::{Cli, TestArgs};
use crate::runbook::{Loaded, Repo};

/// One failed case: its file and what was wrong.
type Failure = (String, Vec<String>);

pub(super) fn run(cli: &Cli, args: &TestArgs) -> anyhow::Result<u8> {
    let repo = place::repo(cli, None);
    let found = cases::find(&repo.root, args.filter.as_deref())?;
    if args.faults {
        return super::trials::run(&repo, &found, args.filter.is_none());
    }
    let mut loaded: BTreeMap<&str, Loaded> = BTreeMap::new();
    for case in &found {
        if !loaded.contains_key(case.runbook.as_str()) {
            loaded.insert(&case.runbook, cases::load(&repo, &case.runbook)?);
        }
    }
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = found.len().div_ceil(threads).max(1);
    let failures: Vec<Failure> = std::thread::scope(|scope| {
        let workers: Vec<_> = found
            .chunks(share)
            .map(|chunk| {
                let worker = std::thread::Builder::new().stack_size(crate::engine::STACK);
                worker.spawn_scoped(scope, || {
                    chunk.iter().filter_map(|case| fails(&repo, &loaded, case, args)).collect::<Vec<_>>()
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| {
                worker.map(|worker| worker.join().unwrap_or_else(|_| vec![broke()])).unwrap_or_else(|_| vec![broke()])
            })
            .collect()
    });
    for (path, wrong) in &failures {
        tell(format!("    FAIL  {path}"));
        wrong.iter().for_each(|wrong| tell(format!("            {wrong}")));
    }
    let passed = found.len() - failures.len().min(found.len());
    tell(format!("{passed} passed, {} failed", failures.len()));
    anyhow::ensure!(!found.is_empty(), "no case matches");
    Ok(u8::from(!failures.is_empty()))
}

fn broke() -> Failure {
    ("a worker".to_string(), vec!["it broke while a case ran".to_string()])
}

fn fails(repo: &Repo, loaded: &BTreeMap<&str, Loaded>, found: &Found, args: &TestArgs) -> Option<Failure> {
    let runbook = loaded.get(found.runbook.as_str())?;
    let stage = runbook.header.stage.clone();
    let cases = Cases::of(repo, runbook, &stage);
    let mut wrong = cases.run(&found.case).unwrap_or_else(|error| vec![format!("{error:#}")]);
    if args.round_trip {
        wrong.extend(cases.round_trip(&found.case).unwrap_or_else(|error| vec![format!("{error:#}")]));
    }
    (!wrong.is_empty()).then(|| (found.path.display().to_string(), wrong))
}
