//! `omega explain`: what a rule or a known issue means and what to do.

use super::{place, say, tell};
use crate::check::rules;
use crate::cli::Cli;
use crate::runbook::issue;

pub(super) fn run(cli: &Cli, id: &str) -> anyhow::Result<u8> {
    if let Some(rule) = rules::explain(id) {
        say(format!("{}  {}\n\n{}", rule.id, rule.title, rule.text));
        return Ok(0);
    }
    let repo = place::repo(cli, None);
    let issues =
        repo.files.get("lib/issues.md").map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    match issue(&issues, id) {
        Some(text) => {
            say(text);
            Ok(0)
        }
        None => {
            tell(format!(
                "nothing is known of {id}: rules are E.... and W....; known issues of the site stand in lib/issues.md"
            ));
            Ok(1)
        }
    }
}
