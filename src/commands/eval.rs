//! `omega eval`: one read-only expression.

use std::sync::Arc;

use super::answers::Operator;
use super::{place, say, tell};
use crate::cli::{Cli, EvalArgs};
use crate::conduct::{Told, evaluate};
use crate::host::{Stop, StopKind};
use crate::journal::Journal;
use crate::runbook::Site;

pub(super) fn run(cli: &Cli, args: &EvalArgs) -> anyhow::Result<u8> {
    let repo = place::repo(cli, None);
    if let Some(wrong) = repo.expression(&args.expression, &Site(args.place.site.clone()), place::colour()) {
        tell(wrong.trim_end());
        return Ok(super::USAGE);
    }
    let interrupt = place::interrupt()?;
    let transport = place::transport(&args.place, "settled", &interrupt)?;
    let operator = Operator::new(&[], &args.place.secret_files, true)?;
    let journal = Arc::new(Journal::in_memory(Vec::new()));
    let session = place::session(transport, journal, operator, interrupt, &args.place, &repo)?;
    match evaluate(Arc::new(session), &repo.sources(&Site(args.place.site.clone())), &args.expression) {
        Ok(Told { json: Some(json), .. }) => say(serde_json::to_string_pretty(&json)?),
        Ok(Told { text, .. }) => say(text),
        Err(stop) => {
            tell(stop.to_string());
            return Ok(status(&stop));
        }
    }
    Ok(0)
}

/// The exit status of a reason to stop.
pub(super) fn status(stop: &Stop) -> u8 {
    match stop.kind {
        StopKind::Precondition => 3,
        StopKind::Unanswered | StopKind::Interrupted | StopKind::Unconfirmed | StopKind::Deferred { .. } => 5,
        StopKind::Script => super::USAGE,
        StopKind::Defect => 70,
        StopKind::Failed | StopKind::Refused => 1,
    }
}
