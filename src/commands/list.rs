//! `omega list`: the runbooks in order, with what they need.

use super::{place, say};
use crate::cli::Cli;
use crate::runbook::Site;

pub(super) fn run(cli: &Cli) -> anyhow::Result<u8> {
    let repo = place::repo(cli, None);
    let mut worst = 0;
    for path in repo.runbooks() {
        match repo.load(&path, &Site::default()) {
            Ok(loaded) => {
                let header = &loaded.header;
                let after = if header.after.is_empty() {
                    String::new()
                } else {
                    format!("  after {}", header.after.join(", "))
                };
                say(format!(
                    "{:<16} v{:<3} {:<36} needs {}{after}",
                    header.id,
                    header.version,
                    header.title,
                    header.needs.join(", ")
                ));
            }
            Err(found) => {
                worst = 4;
                say(format!("{path:<16} does not pass the check: {} mistakes (omega check {path})", found.len()));
            }
        }
    }
    Ok(worst)
}
