//! `omega log`: a journal replayed on the terminal, through the same report as the live run.

use anyhow::Context;

use super::{place, tell};
use crate::cli::Cli;
use crate::deployment::State;
use crate::journal::Listener;
use crate::report::{Paint, Text};

pub(super) fn run(cli: &Cli, run: Option<&str>) -> anyhow::Result<u8> {
    let state = State::at(place::state_dir(cli, None));
    let (runs, faults) = state.runs();
    let wanted = match run {
        Some(name) => runs.iter().rfind(|known| known.begin.run.contains(name)),
        None => runs.last(),
    };
    if wanted.is_none() && !faults.is_empty() {
        faults.iter().for_each(|fault| tell(format!(" DAMAGED  {fault}")));
        return Ok(5);
    }
    let wanted = wanted.with_context(|| format!("no such run in {}", state.root().display()))?;
    let text = Text::new(Paint::for_stderr());
    wanted.lines.iter().for_each(|line| text.hear(line));
    let path = wanted.path.display().to_string();
    faults.iter().filter(|fault| fault.starts_with(&path)).for_each(|fault| tell(format!(" DAMAGED  {fault}")));
    if wanted.damaged {
        tell(
            " UNKNOWN  this journal is not what was written; do not build on it, and look at the cloud before anything else",
        );
        return Ok(5);
    }
    if wanted.verdict.is_none() {
        tell(
            " UNKNOWN  the journal has no end: the run was killed or the disk was full; look at the cloud before anything else",
        );
        return Ok(5);
    }
    Ok(0)
}
