//! Logins of the clients: whether each is good, and how old it is. A client writes its file of logins when somebody logs in.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::Found;
use crate::host::Clock;
use crate::transport::{Command, Reply, Transport};

/// Whether the clients are logged in: asked of each, with nothing shown but its own words. On the jumphost itself the age
/// of a login is told too.
pub(super) fn look(transport: &dyn Transport, profile: &str, is_live: bool) -> Vec<Found> {
    let probes: [(&str, &[&str]); 3] = [
        ("maas", &[profile, "users", "whoami"]),
        ("juju", &["whoami", "--format", "json"]),
        ("openstack", &["catalog", "list", "-f", "json"]),
    ];
    let age = |program: &str| if is_live { age(program) } else { String::new() };
    probes.iter().map(|(program, words)| login(transport, program, words, &age(program))).collect()
}

fn login(transport: &dyn Transport, program: &str, words: &[&str], age: &str) -> Found {
    let next = "log in with the client itself, or give credentials with --openrc";
    match transport.read(&Command::new(program, words.iter().copied()).into()) {
        Ok(Reply::Command { status: 0, .. }) => Found::Fit(format!("{program} is logged in{age}")),
        Ok(Reply::Command { status, stdout, stderr }) => {
            let text = [stderr, stdout].concat();
            let last = String::from_utf8_lossy(&text).trim().lines().last().unwrap_or("no word").to_string();
            Found::Lack(
                format!("{program} is not logged in or cannot reach its service: status {status}: {last}"),
                next,
            )
        }
        Ok(Reply::Http { .. }) => Found::Unknown(format!("{program} answered with something that is no command's")),
        Err(failure) => Found::Lack(format!("{program} could not be asked: {}", failure.detail), next),
    }
}

/// How old the login is, in words; that of openstack is made anew for every call.
fn age(program: &str) -> String {
    let files = kept_in(program, &|name| std::env::var_os(name).map(PathBuf::from));
    let Some(first) = files.first() else { return String::new() };
    match files.iter().find_map(|file| days_since_written(file)) {
        Some(days) => format!(", since {days} days"),
        None => format!("; since when cannot be told from {}", first.display()),
    }
}

/// Where a client keeps its logins; a snap has a home of its own.
fn kept_in(program: &str, variable: &dyn Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    let home = variable("HOME").unwrap_or_default();
    match program {
        "juju" => {
            let data = variable("JUJU_DATA").unwrap_or_else(|| home.join(".local/share/juju"));
            vec![data.join("accounts.yaml")]
        }
        "maas" => vec![home.join(".maascli.db"), home.join("snap/maas/current/.maascli.db")],
        _ => Vec::new(),
    }
}

fn days_since_written(path: &Path) -> Option<i64> {
    let written = std::fs::metadata(path).and_then(|file| file.modified()).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((Clock::seconds() - i64::try_from(written.as_secs()).ok()?).div_euclid(86_400))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_login_is_as_old_as_the_file_that_keeps_it() {
        let home = tempfile::tempdir().expect("a folder");
        let named = |name: &str| (name == "HOME").then(|| home.path().to_path_buf());
        let [accounts] = kept_in("juju", &named).try_into().expect("one file");
        assert_eq!(days_since_written(&accounts), None);
        std::fs::create_dir_all(accounts.parent().expect("a folder")).expect("made");
        let file = std::fs::File::create(&accounts).expect("written");
        let now = UNIX_EPOCH + Duration::from_secs(Clock::seconds().unsigned_abs());
        file.set_modified(now - Duration::from_secs(3 * 86_400 + 60)).expect("set");
        assert_eq!(days_since_written(&accounts), Some(3));
        let elsewhere = |name: &str| (name == "JUJU_DATA").then(|| PathBuf::from("/data"));
        assert_eq!(kept_in("juju", &elsewhere), [PathBuf::from("/data/accounts.yaml")]);
        assert!(kept_in("openstack", &named).is_empty());
    }
}
