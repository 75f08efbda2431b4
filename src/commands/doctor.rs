//! `omega doctor`: whether this jumphost is fit for a night. It only looks, and changes nothing.

mod certificates;
mod host;
mod logins;

use anyhow::Context;

use super::{place, say};
use crate::cli::{Cli, WhereArgs};
use crate::deployment::State;
use crate::host::Setting;
use crate::transport::{Command, Live, PROGRAMS, Reply, Transport};

/// What was found out of one thing.
enum Found {
    /// It is fit.
    Fit(String),
    /// It will do, and may not for long.
    Warn(String, &'static str),
    /// It is not fit: what is wrong, and what to do.
    Lack(String, &'static str),
    /// It could not be told.
    Unknown(String),
}

/// Programs without which no phase runs.
const NEEDED: [&str; 4] = ["maas", "juju", "openstack", "ssh"];

pub(super) fn run(cli: &Cli, where_args: &WhereArgs) -> anyhow::Result<u8> {
    let interrupt = place::interrupt()?;
    let settings = place::settings(where_args)?;
    let profile = settings.get(Setting::MaasProfile).context("no profile of the MAAS client")?;
    let live = Live::new(interrupt.clone());
    let transport = place::transport(where_args, "settled", &interrupt)?;
    let state = State::at(place::state_dir(cli, None));
    say(format!("omega {}", env!("CARGO_PKG_VERSION")));
    let mut found: Vec<Found> = PROGRAMS.iter().filter_map(|program| self::program(&live, program)).collect();
    found.extend(absent(&live));
    found.extend(host::confinement(&live));
    let is_live = where_args.lab.is_none() && where_args.replay.is_none();
    found.extend(logins::look(&*transport, profile, is_live));
    found.push(host::clock(&live));
    found.extend(host::room(state.root()));
    found.extend(certificates::look(where_args, &place::repo(cli, None).root));
    found.extend(kept(&state));
    found.extend(pins(cli));
    found.iter().for_each(show);
    let lacking = found.iter().filter(|found| matches!(found, Found::Lack(..))).count();
    let warnings = found.iter().filter(|found| matches!(found, Found::Warn(..) | Found::Unknown(_))).count();
    say(match (lacking, warnings) {
        (0, 0) => "fit".to_string(),
        (0, warnings) => format!("fit, with {warnings} to look at"),
        (lacking, _) => format!("NOT FIT: {lacking} to put right first"),
    });
    Ok(if lacking == 0 { 0 } else { 3 })
}

fn show(found: &Found) {
    let (verb, words, next) = match found {
        Found::Fit(words) => ("ok", words, None),
        Found::Warn(words, next) => ("warn", words, Some(next)),
        Found::Lack(words, next) => ("LACK", words, Some(next)),
        Found::Unknown(words) => ("unknown", words, None),
    };
    say(format!("{verb:>10}  {words}"));
    next.into_iter().for_each(|next| say(format!("            next     {next}")));
}

/// A program omega may run. One that only some runbook wants is named when it is there.
fn program(live: &Live, program: &crate::transport::Program) -> Option<Found> {
    match live.resolve(program.name) {
        Ok(path) => Some(Found::Fit(format!("{:<12} {}{}", program.name, path.display(), version(live, program.name)))),
        Err(_) if NEEDED.contains(&program.name) => {
            let words = format!("{:<12} is not on the search path: {}", program.name, program.purpose);
            Some(Found::Lack(words, "install it, or add its folder to PATH"))
        }
        Err(_) => None,
    }
}

/// Programs that only some runbooks want, and that are not here.
fn absent(live: &Live) -> Option<Found> {
    let names: Vec<&str> = PROGRAMS.iter().map(|program| program.name).filter(|name| !NEEDED.contains(name)).collect();
    let absent: Vec<&str> = names.into_iter().filter(|name| live.resolve(name).is_err()).collect();
    let words = format!("not on the search path: {}", absent.join(", "));
    (!absent.is_empty()).then_some(Found::Warn(words, "install them before a runbook that wants them"))
}

fn version(live: &Live, program: &str) -> String {
    let words: &[&str] = match program {
        "juju" => &["version"],
        "openstack" | "git" | "qemu-img" | "curl" => &["--version"],
        "ssh" => &["-V"],
        _ => return String::new(),
    };
    match asked(live, program, words) {
        Some((0, text)) => format!("   {}", text.lines().next().unwrap_or_default()),
        _ => "   (its version could not be read)".to_string(),
    }
}

/// The status of a program and what it printed, on whichever stream; none when it could not be run.
fn asked(transport: &dyn Transport, program: &str, words: &[&str]) -> Option<(i32, String)> {
    match transport.read(&Command::new(program, words.iter().copied()).into()) {
        Ok(Reply::Command { status, stdout, stderr }) => {
            let text = if stdout.is_empty() { stderr } else { stdout };
            Some((status, String::from_utf8_lossy(&text).trim().to_string()))
        }
        _ => None,
    }
}

/// The state folder, and what the runs before left in it.
fn kept(state: &State) -> Vec<Found> {
    let root = state.root();
    let tried = std::fs::create_dir_all(root).and_then(|()| tempfile::NamedTempFile::new_in(root).map(drop));
    if let Err(error) = tried {
        let words = format!("the state folder {} cannot be written: {error}", root.display());
        return vec![Found::Lack(words, "put its permissions right, or give another with --state")];
    }
    let mut found = vec![Found::Fit(format!("state is kept in {}", root.display()))];
    if let Some(holder) = state.holder() {
        found.push(Found::Warn(format!("an apply is under way: {holder}"), "wait for it, or talk to its owner"));
    }
    let (runs, faults) = state.runs();
    found.extend(faults.into_iter().map(|fault| {
        Found::Warn(format!("a journal is damaged: {fault}"), "omega log shows what is left; look at the cloud itself")
    }));
    if let Some(run) = runs.last().filter(|run| run.verdict.is_none() && !run.damaged && state.holder().is_none()) {
        let words = format!("the last run has no end: {}", run.begin.run);
        found.push(Found::Warn(words, "omega log tells how far it came; plan that runbook again before anything else"));
    }
    found
}

/// Whether a run would be refused for its bytes.
fn pins(cli: &Cli) -> Vec<Found> {
    let repo = place::repo(cli, None);
    if repo.files.iter().next().is_none() {
        return Vec::new();
    }
    let wrong = repo.problems.len() + usize::from(repo.no_pins.is_some());
    vec![match wrong {
        0 => Found::Fit(format!("{} files are as pinned  ({})", repo.files.iter().count(), repo.files.id())),
        wrong => Found::Warn(
            format!("{wrong} files are not as pinned: a run refuses"),
            "omega check --sha, then review and omega pin",
        ),
    }]
}
