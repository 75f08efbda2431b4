//! `omega doctor`: whether this jumphost is fit. It only looks.

use super::{place, say};
use crate::cli::{Cli, WhereArgs};
use crate::transport::{Command, Live, PROGRAMS, Reply, Transport};

pub(super) fn run(cli: &Cli, where_args: &WhereArgs) -> anyhow::Result<u8> {
    let interrupt = place::interrupt()?;
    let live = Live::new(interrupt.clone());
    let mut lacking = 0;
    say(format!("omega {}", env!("CARGO_PKG_VERSION")));
    for program in PROGRAMS {
        match live.resolve(program.name) {
            Ok(path) => {
                say(format!("      ok  {:<12} {}{}", program.name, path.display(), version(&live, program.name)))
            }
            Err(failure) => {
                lacking += usize::from(matches!(program.name, "maas" | "juju" | "openstack" | "ssh"));
                say(format!("    lack  {:<12} {} ({})", program.name, failure.detail, program.purpose));
            }
        }
    }
    let transport = place::transport(where_args, "settled", &interrupt)?;
    lacking += logins(&*transport);
    lacking += usize::from(!state(cli));
    Ok(if lacking == 0 { 0 } else { 3 })
}

fn version(live: &Live, program: &str) -> String {
    let words: &[&str] = match program {
        "juju" => &["version"],
        "openstack" | "git" | "qemu-img" | "curl" => &["--version"],
        "ssh" => &["-V"],
        _ => return String::new(),
    };
    match live.read(&Command::new(program, words.iter().copied()).into()) {
        Ok(Reply::Command { status: 0, stdout, stderr }) => {
            let text = if stdout.is_empty() { stderr } else { stdout };
            format!("   {}", String::from_utf8_lossy(&text).lines().next().unwrap_or_default())
        }
        _ => "   (its version could not be read)".to_string(),
    }
}

/// Whether the clients are logged in: asked of each, with nothing shown but its own words.
fn logins(transport: &dyn Transport) -> usize {
    let probes: [(&str, &[&str]); 3] = [
        ("maas", &["admin", "users", "whoami"]),
        ("juju", &["whoami", "--format", "json"]),
        ("openstack", &["catalog", "list", "-f", "json"]),
    ];
    let failed = probes.iter().filter(|(program, words)| !login(transport, program, words));
    failed.count()
}

fn login(transport: &dyn Transport, program: &str, words: &[&str]) -> bool {
    let request = Command::new(program, words.iter().copied()).into();
    match transport.read(&request) {
        Ok(Reply::Command { status: 0, .. }) => {
            say(format!("      ok  {program} is logged in"));
            true
        }
        Ok(Reply::Command { status, stdout, stderr }) => {
            let text = [stderr, stdout].concat();
            let last = String::from_utf8_lossy(&text).trim().lines().last().unwrap_or("no word").to_string();
            say(format!("    lack  {program} is not logged in or cannot reach its service: status {status}: {last}"));
            false
        }
        Ok(Reply::Http { .. }) => false,
        Err(failure) => {
            say(format!("    lack  {program} could not be asked: {}", failure.detail));
            false
        }
    }
}

fn state(cli: &Cli) -> bool {
    let root = place::state_dir(cli, None);
    let tried = std::fs::create_dir_all(&root).and_then(|()| tempfile::NamedTempFile::new_in(&root).map(drop));
    match tried {
        Ok(()) => say(format!("      ok  state is kept in {}", root.display())),
        Err(ref error) => say(format!("    lack  the state folder {} cannot be written: {error}", root.display())),
    }
    tried.is_ok()
}
