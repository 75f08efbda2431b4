//! `ssh [-o K=V ...] [USER@]HOST [--] WORD ...` from the jumphost.

use super::{Outcome, Place};
use crate::lab::State;

/// Options that take a value.
const VALUED: &str = "bcDEeFIiJLlmOopQRSWw";

/// Connects, and runs the words there as the remote shell splits them.
pub(super) fn run(state: &mut State, args: &[String], stdin: Option<&str>) -> Option<Outcome> {
    let (mut at, mut login) = (0, None);
    while let Some(option) = args.get(at).filter(|arg| arg.starts_with('-') && *arg != "--") {
        let letter = option.chars().nth(1)?;
        let takes_next = VALUED.contains(letter) && option.len() == 2;
        if letter == 'l' && takes_next {
            login = args.get(at + 1).cloned();
        }
        at += 1 + usize::from(takes_next);
    }
    let rest = args.get(at..)?;
    let rest = if rest.first().is_some_and(|word| word == "--") { &rest[1..] } else { rest };
    let (destination, words) = rest.split_first()?;
    let words = if words.first().is_some_and(|word| word == "--") { &words[1..] } else { words };
    let (user, host) =
        destination.split_once('@').map_or((login.as_deref(), destination.as_str()), |(u, h)| (Some(u), h));
    let user = user.unwrap_or("operator").to_string();
    match connect(state, &user, host) {
        Err(words) => Some(Outcome::failed(255, words)),
        Ok(address) => super::run(state, &Place::Remote(address), &super::split(&words.join(" "))?, stdin),
    }
}

/// The address behind a host name or address, if that user is let in.
fn connect(state: &State, user: &str, host: &str) -> Result<String, String> {
    let address = match host.parse::<std::net::IpAddr>() {
        Ok(_) => host.to_string(),
        Err(_) => {
            let found = state.hosts.jumphost.names.get(host).and_then(|addresses| addresses.first());
            let words = || format!("ssh: Could not resolve hostname {host}: Name or service not known\r\n");
            found.cloned().ok_or_else(words)?
        }
    };
    let remote = state.hosts.remote.get(&address).filter(|remote| !remote.unreachable);
    let Some(remote) = remote else {
        return Err(format!("ssh: connect to host {host} port 22: No route to host\r\n"));
    };
    if !remote.users.iter().any(|known| known == user) {
        return Err(format!("{user}@{host}: Permission denied (publickey).\r\n"));
    }
    Ok(address)
}
