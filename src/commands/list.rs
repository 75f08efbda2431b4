//! `omega list`: the runbooks in order, with what they need.

use super::{place, say, tell};
use crate::cli::Cli;
use crate::host::Header;
use crate::lab::Lab;
use crate::runbook::{Repo, Site, in_order};

pub(super) fn run(cli: &Cli) -> anyhow::Result<u8> {
    let repo = place::repo(cli, None);
    let (headers, broken) = headers(&repo);
    for header in in_order(headers, Lab::stages()) {
        let after = match header.after.as_slice() {
            [] => String::new(),
            after => format!("  after {}", after.join(", ")),
        };
        let demand = if header.on_demand { "  on demand" } else { "" };
        let needs = header.needs.join(", ");
        say(format!("{:<16} v{:<3} {:<36} needs {needs}{after}{demand}", header.id, header.version, header.title));
    }
    broken.iter().for_each(tell);
    Ok(if broken.is_empty() { 0 } else { 4 })
}

/// The headers of the runbooks that pass the check, and words on those that do not.
pub(super) fn headers(repo: &Repo) -> (Vec<Header>, Vec<String>) {
    let (mut headers, mut broken) = (Vec::new(), Vec::new());
    for path in repo.runbooks() {
        match repo.load(&path, &Site::default()) {
            Ok(loaded) => headers.push(loaded.header),
            Err(_) => broken
                .push(format!(" {path} does not pass the check, so nothing can be said of it: omega check {path}")),
        }
    }
    (headers, broken)
}
