//! `omega pin`: rewrites SHA256SUMS after a review.

use anyhow::anyhow;

use super::tell;
use crate::cli::Cli;
use crate::runbook::pin::{GitAnswer, Scope, write};
use crate::transport::{Command, Interrupt, Live, Reply, Transport};

pub(super) fn run(cli: &Cli) -> anyhow::Result<u8> {
    let root = cli.root.clone().unwrap_or_else(|| ".".into());
    let live = Live::new(Interrupt::new());
    let git = |words: &[&str]| {
        let mut command = Command::new("git", words.iter().copied());
        command.cwd = Some(root.clone());
        match live.read(&command.into()) {
            Ok(Reply::Command { status, stdout, .. }) => Ok((status, stdout)),
            Ok(Reply::Http { .. }) => Err(anyhow!("git answered over HTTP")),
            Err(failure) => Err(anyhow!(failure.detail)),
        }
    };
    let written = match write(&root, &Scope::default(), &git) {
        Ok(written) => written,
        Err(error) => {
            tell(format!(" REFUSED  {error}"));
            return Ok(4);
        }
    };
    let lists = [("+ add", &written.added), ("- drop", &written.removed), ("~ change", &written.changed)];
    for (word, paths) in lists {
        paths.iter().for_each(|path| tell(format!("{word:>10}  {path}")));
    }
    match &written.git {
        GitAnswer::Tracked => (),
        GitAnswer::NoWorkTree => {
            tell("      note  this is no git work tree: nobody vouched that the files are tracked")
        }
        GitAnswer::NoGit(why) => {
            tell(format!("      warn  git could not be asked whether the files are tracked: {why}"))
        }
    }
    tell(format!("  pinned  {} files  ({})", written.files, written.id));
    Ok(0)
}
