//! The host itself: confinement of the clients, the clock, room on its file systems.

use std::path::{Path, PathBuf};

use super::{Found, asked};
use crate::transport::Live;

/// Clients that come as snaps. A strictly confined one has a /tmp of its own and sees no hidden folder at home.
pub(super) fn confinement(live: &Live) -> Vec<Found> {
    let is_snap = |program: &&str| live.resolve(program).is_ok_and(|path| path.starts_with("/snap"));
    let snaps: Vec<&str> = ["maas", "juju", "openstack"].into_iter().filter(is_snap).collect();
    snaps.into_iter().map(|program| confined(program, asked(live, "snap", &["list"]))).collect()
}

/// `snap list` is a table whose columns are told apart by spaces; the notes come last.
fn confined(program: &str, listed: Option<(i32, String)>) -> Found {
    let Some((0, table)) = listed else {
        return Found::Unknown(format!("{program} is a snap, and snapd does not tell how confined"));
    };
    let row = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).find(|row| is_of(row, program));
    match row.as_deref() {
        Some([_, version, .., notes]) if notes.split(',').any(|note| note == "classic") => {
            Found::Fit(format!("{program} is a classic snap ({version}): it sees the whole file system"))
        }
        Some([_, version, .., notes]) if notes.split(',').any(|note| note == "disabled") => {
            Found::Lack(format!("the snap of {program} ({version}) is disabled"), "snap enable it")
        }
        Some([_, version, ..]) => Found::Warn(
            format!("{program} is a strictly confined snap ({version})"),
            "keep what it reads (openrc, CA files, bundles) under your home folder, not hidden and not in /tmp",
        ),
        _ => Found::Unknown(format!("{program} is a snap that snapd does not list")),
    }
}

/// Clients by the name of their snap.
fn is_of(row: &[&str], program: &str) -> bool {
    let snap = if program == "openstack" { "openstackclients" } else { program };
    row.first().is_some_and(|name| *name == snap)
}

/// A clock that is off makes certificates and tokens look ended, or not begun.
pub(super) fn clock(live: &Live) -> Found {
    let next = "start chrony or systemd-timesyncd and wait until it is in step";
    match asked(live, "timedatectl", &["show", "--property", "NTPSynchronized", "--value"]) {
        Some((0, word)) if word == "yes" => return Found::Fit("the clock is in step (systemd)".to_string()),
        Some((0, word)) if word == "no" => return Found::Lack("the clock is not in step (systemd)".to_string(), next),
        _ => (),
    }
    match asked(live, "chronyc", &["-n", "tracking"]) {
        Some((0, text)) => tracking(&text),
        _ => Found::Unknown("neither timedatectl nor chronyc tells whether the clock is in step".to_string()),
    }
}

/// `Leap status : Normal` and `System time : 0.000012 seconds slow of NTP time`.
fn tracking(text: &str) -> Found {
    let field = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_string())
    };
    match (field("Leap status"), field("System time")) {
        (Some(leap), Some(off)) if leap != "Not synchronised" => Found::Fit(format!("the clock is in step ({off})")),
        (Some(_), _) => Found::Lack("the clock is not in step (chrony)".to_string(), "wait until chrony has a source"),
        _ => Found::Unknown("what chronyc printed does not tell whether the clock is in step".to_string()),
    }
}

/// Below this a journal or a download may not fit.
const LITTLE: u64 = 1 << 30;
/// Below this nothing may begin.
const TOO_LITTLE: u64 = 64 << 20;

/// Room where omega and its clients write.
pub(super) fn room(state: &Path) -> Vec<Found> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let mut places: Vec<PathBuf> =
        [Some(state.to_path_buf()), home, Some(std::env::temp_dir())].into_iter().flatten().collect();
    places.dedup();
    let mut seen = Vec::new();
    places.into_iter().filter_map(|place| room_at(&place, &mut seen)).collect()
}

/// The room of the file system that holds a folder, told once a file system.
fn room_at(place: &Path, seen: &mut Vec<u64>) -> Option<Found> {
    let existing = place.ancestors().find(|folder| folder.exists())?;
    let Ok(facts) = rustix::fs::statvfs(existing) else {
        return Some(Found::Unknown(format!("the room at {} could not be read", existing.display())));
    };
    if seen.contains(&facts.f_fsid) {
        return None;
    }
    seen.push(facts.f_fsid);
    let free = facts.f_bavail.saturating_mul(facts.f_frsize);
    let words = format!("{} MiB free at {}", free >> 20, existing.display());
    Some(match free {
        free if free < TOO_LITTLE => Found::Lack(words, "free some: a run whose journal does not fit stops"),
        free if free < LITTLE => Found::Warn(words, "free some before images are downloaded"),
        _ => Found::Fit(words),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "Name              Version   Rev    Tracking       Publisher    Notes\n\
        core22            20250612  2045   latest/stable  canonical**  base\n\
        juju              3.6.5     31050  3/stable       canonical**  -\n\
        maas              3.5.6     38888  3.5/stable     canonical**  disabled\n\
        openstackclients  yoga      9      yoga/stable    canonical**  classic\n";

    fn kind(found: &Found) -> &'static str {
        match found {
            Found::Fit(_) => "fit",
            Found::Warn(..) => "warn",
            Found::Lack(..) => "lack",
            Found::Unknown(_) => "unknown",
        }
    }

    #[test]
    fn confinement_is_read_from_the_table_and_never_guessed() {
        let of = |program, status, text: &str| kind(&confined(program, Some((status, text.to_string()))));
        assert_eq!(of("juju", 0, LIST), "warn");
        assert_eq!(of("openstack", 0, LIST), "fit");
        assert_eq!(of("maas", 0, LIST), "lack");
        assert_eq!(of("juju", 0, "Name  Version\n"), "unknown");
        assert_eq!(of("juju", 1, LIST), "unknown");
        assert_eq!(kind(&confined("juju", None)), "unknown");
    }

    #[test]
    fn chrony_is_in_step_only_when_it_says_so() {
        let text =
            |leap: &str| format!("System time     : 0.000012 seconds slow of NTP time\nLeap status     : {leap}\n");
        assert_eq!(kind(&tracking(&text("Normal"))), "fit");
        assert_eq!(kind(&tracking(&text("Not synchronised"))), "lack");
        assert_eq!(kind(&tracking("506 Cannot talk to daemon\n")), "unknown");
    }

    #[test]
    fn a_file_system_is_told_once() {
        let mut seen = Vec::new();
        assert!(room_at(Path::new("/"), &mut seen).is_some());
        assert!(room_at(Path::new("/no/such/folder"), &mut seen).is_none());
    }
}
