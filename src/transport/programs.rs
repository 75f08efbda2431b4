//! The programs omega may run, and where they are.
//!
//! The table is the whole list: a program that is not in it is never looked for, whatever a runbook says.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use super::{Failure, FailureKind};

/// A program omega may run.
#[derive(Debug)]
pub struct Program {
    /// Its name on the search path.
    pub name: &'static str,
    /// What omega wants of it.
    pub purpose: &'static str,
    /// Variables of omega's own environment that this program is given besides the ones every program gets; a name that
    /// ends in `*` stands for all that begin so.
    pub inherits: &'static [&'static str],
}

const PROXIES: [&str; 6] = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/// Every program omega may run, by name.
pub const PROGRAMS: &[Program] = &[
    Program { name: "cat", purpose: "key material of Vault, to be counted", inherits: &[] },
    Program { name: "chronyc", purpose: "whether the clock is in step, from chrony", inherits: &[] },
    Program { name: "cmp", purpose: "whether a file holds what it should, without reading it out", inherits: &[] },
    Program { name: "curl", purpose: "downloads, and what a web server answers here", inherits: &PROXIES },
    Program { name: "df", purpose: "room left on a file system", inherits: &[] },
    Program { name: "getent", purpose: "names and addresses as this host resolves them", inherits: &[] },
    Program { name: "git", purpose: "which files are tracked or ignored, and at which commit", inherits: &[] },
    Program { name: "install", purpose: "a file put in place with its mode, at once", inherits: &[] },
    Program { name: "juju", purpose: "the Juju client", inherits: &JUJU },
    Program { name: "lsblk", purpose: "the block devices of a host", inherits: &[] },
    Program { name: "maas", purpose: "the MAAS client", inherits: &PROXIES },
    Program { name: "openstack", purpose: "the OpenStack client; the only one that sees OS_*", inherits: &OPENSTACK },
    Program { name: "qemu-img", purpose: "facts about disk images", inherits: &[] },
    Program { name: "sha256sum", purpose: "whether a download is what was published", inherits: &[] },
    Program { name: "snap", purpose: "which snaps are installed, and how confined", inherits: &[] },
    Program { name: "ssh", purpose: "reads on a host", inherits: &["SSH_AUTH_SOCK"] },
    Program { name: "ssh-keygen", purpose: "fingerprints and known hosts", inherits: &[] },
    Program { name: "stat", purpose: "mode, owner and size of a file", inherits: &[] },
    Program { name: "timedatectl", purpose: "whether the clock is in step, from systemd", inherits: &[] },
    Program { name: "virsh", purpose: "the hypervisor's guests", inherits: &["SSH_AUTH_SOCK"] },
];

const JUJU: [&str; 8] =
    ["JUJU_DATA", "SSH_AUTH_SOCK", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

const OPENSTACK: [&str; 7] = ["OS_*", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/// The table's entry of that name.
pub(super) fn program(name: &str) -> Option<&'static Program> {
    PROGRAMS.iter().find(|program| program.name == name)
}

/// Finds each program once and remembers where it was.
#[derive(Debug)]
pub(super) struct SearchPath {
    directories: Vec<PathBuf>,
    found: Mutex<BTreeMap<&'static str, PathBuf>>,
}

impl SearchPath {
    /// The absolute entries of a `PATH`, in order. A relative or empty entry means another program in another working
    /// directory, so it is left out.
    pub(super) fn new(path: &str) -> Self {
        let directories = std::env::split_paths(path).filter(|entry| entry.is_absolute()).collect();
        SearchPath { directories, found: Mutex::default() }
    }

    /// The entries as a `PATH` for children: what a client starts itself is then found where omega would find it.
    pub(super) fn as_variable(&self) -> String {
        let entries: Vec<_> = self.directories.iter().map(|entry| entry.to_string_lossy()).collect();
        entries.join(":")
    }

    /// The absolute path of a program of the table. Links are not followed: a snap's programs are all links to one
    /// binary, which looks at the name it was called by.
    pub(super) fn resolve(&self, name: &str) -> Result<PathBuf, Failure> {
        let program = program(name).ok_or_else(|| not_in_table(name))?;
        let mut found = self.found.lock();
        if let Some(path) = found.get(program.name) {
            return Ok(path.clone());
        }
        let path = self.search(program.name).ok_or_else(|| self.not_found(program))?;
        found.insert(program.name, path.clone());
        Ok(path)
    }

    fn search(&self, name: &str) -> Option<PathBuf> {
        self.directories.iter().map(|directory| directory.join(name)).find(|path| is_executable_file(path))
    }

    fn not_found(&self, program: &Program) -> Failure {
        let searched = if self.directories.is_empty() { "no absolute directory".into() } else { self.as_variable() };
        let words = format!(
            "no program {} on the search path ({searched}); it is needed for: {}. Install it, or add its directory to PATH",
            program.name, program.purpose
        );
        Failure::new(FailureKind::Missing, words)
    }
}

fn is_executable_file(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn not_in_table(name: &str) -> Failure {
    let names: Vec<_> = PROGRAMS.iter().map(|program| program.name).collect();
    let words = format!("omega does not run `{name}`; the programs it may run are {}", names.join(", "));
    Failure::new(FailureKind::Missing, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn executable(directory: &Path, name: &str, mode: u32) -> PathBuf {
        let path = directory.join(name);
        std::fs::write(&path, "#!/bin/sh\n").expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("mode set");
        path
    }

    #[test]
    fn the_table_is_sorted_and_says_what_each_is_for() {
        assert!(PROGRAMS.is_sorted_by(|a, b| a.name < b.name));
        assert!(PROGRAMS.iter().all(|program| !program.purpose.is_empty() && !program.name.contains('/')));
    }

    #[test]
    fn a_program_outside_the_table_is_missing_though_installed() {
        let search = SearchPath::new("/bin:/usr/bin");
        for name in ["sh", "rm", "/bin/sh", "../bin/ssh", ""] {
            let failure = search.resolve(name).expect_err("not in the table");
            assert_eq!(failure.kind, FailureKind::Missing);
            assert!(failure.detail.contains("omega does not run"), "{}", failure.detail);
        }
    }

    #[test]
    fn a_relative_entry_is_not_searched() {
        let directory = tempfile::tempdir_in(".").expect("a directory below the working directory");
        executable(directory.path(), "maas", 0o755);
        let relative = directory.path().file_name().expect("named").to_string_lossy().into_owned();
        assert!(Path::new(&relative).join("maas").exists(), "the relative path does lead there");
        for path in [relative.clone(), format!("./{relative}"), format!("{relative}::.")] {
            assert_eq!(SearchPath::new(&path).resolve("maas").expect_err("skipped").kind, FailureKind::Missing);
        }
    }

    #[test]
    fn a_link_is_kept_as_it_is_named() {
        let directory = tempfile::tempdir().expect("directory");
        executable(directory.path(), "snap-like", 0o755);
        let link = directory.path().join("openstack");
        std::os::unix::fs::symlink("snap-like", &link).expect("link");
        let search = SearchPath::new(&directory.path().to_string_lossy());
        assert_eq!(search.resolve("openstack").expect("found"), link);
    }

    #[test]
    fn what_cannot_be_run_is_passed_over() {
        let (first, second) = (tempfile::tempdir().expect("directory"), tempfile::tempdir().expect("directory"));
        executable(first.path(), "juju", 0o644);
        std::fs::create_dir(first.path().join("ssh")).expect("directory");
        std::os::unix::fs::symlink("nowhere", first.path().join("maas")).expect("dangling link");
        for name in ["juju", "ssh", "maas"] {
            executable(second.path(), name, 0o755);
        }
        let search = SearchPath::new(&format!("{}:{}", first.path().display(), second.path().display()));
        for name in ["juju", "ssh", "maas"] {
            assert_eq!(search.resolve(name).expect("found in the second"), second.path().join(name));
        }
    }

    #[test]
    fn a_program_is_found_once() {
        let directory = tempfile::tempdir().expect("directory");
        let path = executable(directory.path(), "virsh", 0o755);
        let search = SearchPath::new(&directory.path().to_string_lossy());
        assert_eq!(search.resolve("virsh").expect("found"), path);
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(search.resolve("virsh").expect("remembered"), path);
    }
}
