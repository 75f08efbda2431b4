//! Virtual machines and their disks, read on the hypervisor over ssh.

use serde::Deserialize;

use super::ssh::{self, SshHost};
use crate::host::{Call, Deed, Member, Stop, Verb};
use crate::primitives::forms;
use crate::script::{Answer, Declared, Handle, Limits, List, Measure, Primitive, Script, Source, Told, Ty, Vocabulary};
use crate::transport::Request;
use crate::{handle, options};

/// The disks that a machine is given here.
pub static GIB: Limits = Limits::between("GiB of a disk", 1, 65_536).counted_in(Measure::GIB);

/// The formats that QEMU brings; it may be built with others.
pub static FORMAT: Vocabulary =
    Vocabulary::open("format of a disk in QEMU", &["qcow2", "raw", "vmdk", "vdi", "vpc", "vhdx", "qed", "luks"]);

/// The states of a virtual machine; another is no answer.
pub static DOMAIN: Vocabulary = Vocabulary::closed(
    "state of a virtual machine in libvirt",
    &["running", "idle", "paused", "in shutdown", "shut off", "crashed", "pmsuspended"],
);

/// One of the states of [`DOMAIN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DomainState(&'static str);

impl Script for DomainState {
    fn ty() -> Ty {
        Ty::Word(&DOMAIN)
    }
    fn take(_: rhai::Dynamic) -> Result<Self, Stop> {
        Err(Stop::script("a state is read, never given"))
    }
    fn give(self) -> rhai::Dynamic {
        self.0.into()
    }
}

/// A new qcow2 takes some 200 KiB; one that a machine has written to takes more, and never shrinks again.
const BLANK_AT_MOST: i64 = 1 << 20;

handle! {
    /// A disk image, by path.
    Disk("libvirt disk") by path {
        /// Its path on the hypervisor.
        path in forms::PATH: String,
        /// Whether a running machine holds it: then nothing else is known of it.
        is_locked: bool,
        /// Its format in QEMU's words.
        format in FORMAT: Told<String>,
        /// What the machine sees, in bytes.
        virtual_size in forms::BYTES: Told<i64>,
        /// What it takes on the hypervisor, in bytes.
        used in forms::USED: Told<i64>,
    }
}

/// The top level alone: what is under `children` has sizes of its own.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Info {
    #[serde(deserialize_with = "size")]
    virtual_size: i64,
    #[serde(deserialize_with = "size")]
    actual_size: i64,
    format: String,
}

/// A size is neither negative nor nothing: a wrapped number would pass for an empty disk, and even a new image takes
/// the room of its header.
fn size<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let size = u64::deserialize(deserializer)?;
    let size = i64::try_from(size).ok().filter(|size| *size > 0);
    size.ok_or_else(|| serde::de::Error::custom("an image of 0 bytes, or of more than there can be, tells no size"))
}

fn request(host: &Handle<SshHost>, path: &str) -> Request {
    ssh::request(host.identity(), &["sudo", "-n", "qemu-img", "info", "--output=json", path])
}

fn disk(call: &Call<'_>, host: &Handle<SshHost>, path: &str) -> Result<Handle<Disk>, Stop> {
    let request = request(host, path);
    let ended = ssh::run(call, &request)?;
    let source = Source::from(request.to_string());
    let told = |info: Info| Disk {
        path: path.to_string(),
        is_locked: false,
        format: Ok(info.format),
        virtual_size: Ok(info.virtual_size),
        used: Ok(info.actual_size),
    };
    let disk = match ended.status {
        0 => told(call.parse(&request, ended.stdout.as_bytes())?),
        _ if ended.stderr.contains("Failed to get shared \"write\" lock") => locked(path),
        _ if ended.stderr.contains("No such file or directory") => {
            return Err(Stop::failed(format!("{} has no disk {path}", host.identity()))
                .with("asked", request.to_string())
                .with("stderr", ended.stderr.trim()));
        }
        _ => return Err(ended.unanswered(&request)),
    };
    Ok(Handle::seen(disk, source))
}

fn locked(path: &str) -> Disk {
    let why = Box::new(Stop::unanswered(format!("a running machine holds {path}; its size cannot be read")));
    Disk {
        path: path.to_string(),
        is_locked: true,
        format: Err(why.clone()),
        virtual_size: Err(why.clone()),
        used: Err(why),
    }
}

/// Asks side by side: each call is a process of its own, and most of its time is the way there.
fn disks(call: &Call<'_>, host: &Handle<SshHost>, paths: &[String]) -> Result<Vec<Handle<Disk>>, Stop> {
    let asked: Vec<Request> = paths.iter().map(|path| request(host, path)).collect();
    call.ask_all(&asked)?;
    paths.iter().map(|path| disk(call, host, path)).collect()
}

/// A disk made anew takes what a new qcow2 takes; one that was written to never shrinks back.
fn is_anew(disk: &Disk, gib: i64) -> bool {
    let blank =
        matches!((&disk.format, &disk.used), (Ok(format), Ok(used)) if format == "qcow2" && *used <= BLANK_AT_MOST);
    blank && matches!(disk.virtual_size, Ok(size) if size == gib << 30)
}

fn told_state(disk: &Disk) -> String {
    match (&disk.format, &disk.used, &disk.virtual_size) {
        (Ok(format), Ok(used), Ok(size)) => {
            format!("{format} of {} GiB, {} KiB used", size >> 30, used / 1024)
        }
        _ => LOCKED.to_string(),
    }
}

const LOCKED: &str = "held by a running machine";

options! {
    /// How disks are made anew.
    Blanking {
        /// The size that a machine sees, in GiB.
        gib in GIB: i64,
        /// What a person types to confirm that the data is lost.
        confirm: String,
    }
}

fn ensure_blank(call: &Call<'_>, host: &Handle<SshHost>, paths: &[String], spec: &Blanking) -> Result<(), Stop> {
    if paths.is_empty() || spec.gib < 1 || spec.confirm.is_empty() {
        return Err(Stop::script("disks are made anew by path, with a size of 1 GiB or more and a name to confirm by"));
    }
    let members = || {
        let disks = disks(call, host, paths)?;
        disks
            .iter()
            .map(|disk| {
                let now = disk.now()?;
                Ok(Member { name: now.path.clone(), state: told_state(now), done: is_anew(now, spec.gib) })
            })
            .collect()
    };
    let anew = format!("blank, {} GiB", spec.gib);
    let deed = Deed::new("libvirt disk", &format!("of {} machines", paths.len()), Verb::Make, &anew, members)
        .because("made anew on the hypervisor: all data on them is lost")
        .irreversible(&spec.confirm)
        .by(|left| {
            if let Some(disk) = left.iter().find(|disk| disk.state == LOCKED) {
                // What is planned before may let it go.
                call.unless_touched(<Disk as crate::script::Object>::KIND, &format!("the disk {}", disk.name))?;
                return Err(Stop::refused(format!("{} is {LOCKED}", disk.name))
                    .with("next", "release the machine and wait until it is off; then run this again"));
            }
            let size = format!("{}G", spec.gib);
            let words = |path| ["sudo", "-n", "qemu-img", "create", "-f", "qcow2", path, size.as_str()];
            Ok(left.iter().map(|disk| ssh::request(host.identity(), &words(disk.name.as_str()))).collect())
        });
    call.undertake(&deed).map(drop)
}

fn is_blank(call: &Call<'_>, disk: &Handle<Disk>) -> Result<Answer, Stop> {
    let now = disk.now()?;
    let wanted = format!("a qcow2 of at most {} KiB", BLANK_AT_MOST / 1024);
    let (holds, seen) = match (&now.format, &now.used) {
        (Ok(format), Ok(used)) => {
            (format == "qcow2" && *used <= BLANK_AT_MOST, format!("{format}, {} KiB used", used / 1024))
        }
        _ => (false, "locked by a running machine".to_string()),
    };
    let source = disk.source().to_string();
    call.tell(&format!("libvirt disk|{}|is blank", now.path), &now.path, &rhai::Dynamic::from(seen.clone()), &source);
    Ok(Answer { holds, wanted, seen, source })
}

fn domain_state(call: &Call<'_>, host: &Handle<SshHost>, name: &str) -> Result<DomainState, Stop> {
    call.unless_touched("libvirt domain", &format!("the state of {name}"))?;
    let request = ssh::request(host.identity(), &["sudo", "-n", "virsh", "domstate", name]);
    let ended = ssh::run(call, &request)?;
    if ended.status != 0 && ended.stderr.contains("failed to get domain") {
        return Err(Stop::failed(format!("{} has no machine {name}", host.identity()))
            .with("asked", request.to_string())
            .with("stderr", ended.stderr.trim()));
    }
    let state = ended.stdout.trim().to_string();
    let word = DOMAIN.words.iter().find(|word| **word == state).filter(|_| ended.status == 0);
    let Some(word) = word else { return Err(ended.unanswered(&request)) };
    call.tell(&format!("libvirt domain|{name}|state"), name, &rhai::Dynamic::from(state.clone()), &request.to_string());
    Ok(DomainState(word))
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<Disk>().with(functions())
}

fn functions() -> Vec<Primitive> {
    crate::primitives! { "libvirt";
        /// The disk image at that path on the hypervisor; an error when there is none.
        read fn disk(call, host: Handle<SshHost>, path: String) -> Handle<Disk> {
            call.unless_touched(<Disk as crate::script::Object>::KIND, &format!("the disk {path}"))?;
            call.find(&path, || disk(call, &host, &path).map(Some))?.ok_or_else(|| Stop::defect("a disk that is neither there nor missing"))
        }
        /// The disk images at those paths, asked side by side; an error when one is missing.
        read fn disks(call, host: Handle<SshHost>, paths: Vec<String>) -> List<Disk> { call.list(&paths.join(","), || disks(call, &host, &paths)) }
        /// Makes the disks anew where they are not blank: all data on them is lost, so a person types the name. A disk
        /// that a running machine holds is refused.
        #[seen_by("Disk.is_blank" = true, "Disk.virtual_size", "Disk.used")]
        change fn ensure_blank_disks(call, host: Handle<SshHost>, paths: Vec<String>, how: Blanking) { ensure_blank(call, &host, &paths, &how) }
        /// Whether the disk was never written to since it was made: a small qcow2 that no machine holds.
        read fn is_blank on Disk(call, disk: Handle<Disk>) -> Answer { is_blank(call, &disk) }
        /// The state of a virtual machine in libvirt's words.
        read fn domain_state(call, host: Handle<SshHost>, name: String) -> DomainState { domain_state(call, &host, &name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_of_nothing_is_no_size() {
        let info = |used: &str| {
            let text = format!(r#"{{"virtual-size": 549755813888, "actual-size": {used}, "format": "qcow2"}}"#);
            serde_json::from_str::<Info>(&text)
        };
        assert!(info("200704").is_ok());
        assert!(["0", "-200704", "18446744073709551615"].iter().all(|used| info(used).is_err()));
    }

    #[test]
    fn the_top_level_is_read_and_not_the_children() {
        for (path, bytes) in crate::primitives::juju::captures_test::captures("domain/qemu", ".info.json") {
            // With --backing-chain, which nobody asks for here, it is a list.
            if path.ends_with("backing-chain.info.json") {
                continue;
            }
            let info: Info =
                serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let blank = info.format == "qcow2" && info.actual_size <= BLANK_AT_MOST;
            if path.ends_with("blank-512g.info.json") {
                assert!(blank && info.virtual_size == 512 << 30);
            }
            if path.ends_with("used.info.json") || path.ends_with("rawguess.info.json") {
                assert!(!blank, "{}", path.display());
            }
        }
    }
}
