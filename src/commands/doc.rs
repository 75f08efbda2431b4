//! `omega doc`: the reference, from the declarations.

use super::{say, tell};
use crate::cli::Cli;
use crate::reference;

pub(super) fn run(_cli: &Cli, name: Option<&str>) -> anyhow::Result<u8> {
    match name {
        None => say(reference::markdown()),
        Some(name) => match reference::entry(name) {
            Some(text) => say(text),
            None => {
                tell(format!("no primitive is called {name}{}", reference::nearest(name)));
                return Ok(1);
            }
        },
    }
    Ok(0)
}
