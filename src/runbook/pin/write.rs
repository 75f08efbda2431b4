//! Writing the pins anew, after a review.
//!
//! Only what a review can have seen is pinned: where the root is in a git work tree, every file must be tracked.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use super::{PinError, PinnedFiles, Pins, Problem, SUMS, Scope, Sum, id, text};

/// Runs git in the root with these arguments; answers with its status and its standard output.
pub type GitRunner<'g> = &'g dyn Fn(&[&str]) -> anyhow::Result<(i32, Vec<u8>)>;

/// Whether git could vouch for the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitAnswer {
    /// All of them are tracked.
    Tracked,
    /// The root is in no work tree: nobody was asked.
    NoWorkTree,
    /// git could not be run: nobody was asked.
    NoGit(String),
}

/// What `write` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The id of the new set.
    pub id: String,
    /// How many files are pinned now.
    pub files: usize,
    /// Paths that had no pin.
    pub added: Vec<String>,
    /// Paths whose pin is gone.
    pub removed: Vec<String>,
    /// Paths whose pin changed.
    pub changed: Vec<String>,
    /// What was wrong with the lines of the old file.
    pub mended: Vec<Problem>,
    /// Whether git vouched.
    pub git: GitAnswer,
}

/// Pins everything in the scope, and says what changed. Pins of files outside the scope are dropped.
pub fn write(root: &Path, scope: &Scope, git: GitRunner) -> Result<Written, PinError> {
    let files = PinnedFiles::read(root, scope, []);
    if !files.problems().is_empty() {
        return Err(PinError::Refused(files.problems().to_vec()));
    }
    let answer = vouched(root, scope, files.sums(), git)?;
    let old = match Pins::load(root) {
        Ok(pins) => pins,
        Err(PinError::Absent { .. }) => Pins::default(),
        Err(error) => return Err(error),
    };
    replace(root, &text(files.sums())).map_err(|error| PinError::Unwritten { path: root.join(SUMS), error })?;
    Ok(report(&old, files.sums(), answer))
}

fn report(old: &Pins, new: &BTreeMap<String, Sum>, git: GitAnswer) -> Written {
    let names = |paths: Vec<&String>| paths.into_iter().cloned().collect();
    let was = old.sums();
    Written {
        id: id(new),
        files: new.len(),
        added: names(new.keys().filter(|path| !was.contains_key(*path)).collect()),
        removed: names(was.keys().filter(|path| !new.contains_key(*path)).collect()),
        changed: names(
            new.iter().filter(|(path, sum)| was.get(*path).is_some_and(|w| w != *sum)).map(|(p, _)| p).collect(),
        ),
        mended: old.problems().to_vec(),
        git,
    }
}

/// Asks git for each file; refuses what it ignores or does not know.
fn vouched(root: &Path, scope: &Scope, sums: &BTreeMap<String, Sum>, git: GitRunner) -> Result<GitAnswer, PinError> {
    match git(&["rev-parse", "--is-inside-work-tree"]) {
        Err(error) => return Ok(GitAnswer::NoGit(format!("{error:#}"))),
        Ok((0, said)) if said.trim_ascii() == b"true" => {}
        // git also fails so where it distrusts the owner of a tree; that is no answer.
        Ok((status, _)) if has_repository(root) => {
            return Err(PinError::Git {
                asked: "rev-parse".to_owned(),
                said: format!("status {status}, and there is a .git"),
            });
        }
        Ok(_) => return Ok(GitAnswer::NoWorkTree),
    }
    let tracked = listed(scope, &["ls-files", "-z", "--cached"], git)?;
    let ignored = listed(scope, &["ls-files", "-z", "--others", "--ignored", "--exclude-standard"], git)?;
    let unknown = sums.keys().filter(|path| !tracked.contains(*path));
    let problems: Vec<_> = unknown
        .map(|path| match ignored.contains(path) {
            true => Problem::Ignored { path: path.clone() },
            false => Problem::Untracked { path: path.clone() },
        })
        .collect();
    if problems.is_empty() { Ok(GitAnswer::Tracked) } else { Err(PinError::Refused(problems)) }
}

fn has_repository(root: &Path) -> bool {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    root.ancestors().any(|above| above.join(".git").exists())
}

fn listed(scope: &Scope, command: &[&str], git: GitRunner) -> Result<BTreeSet<String>, PinError> {
    let paths = scope.trees.iter().chain(&scope.files).map(String::as_str);
    let args: Vec<&str> = command.iter().copied().chain(["--"]).chain(paths).collect();
    let failed = |said: String| PinError::Git { asked: command.join(" "), said };
    match git(&args) {
        Ok((0, out)) => {
            Ok(out.split(|byte| *byte == 0).map(|path| String::from_utf8_lossy(path).into_owned()).collect())
        }
        Ok((status, _)) => Err(failed(format!("status {status}"))),
        Err(error) => Err(failed(format!("{error:#}"))),
    }
}

/// The old file or the new one, never a part of one.
fn replace(root: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".SHA256SUMS.").tempfile_in(root)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(Permissions::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(root.join(SUMS))?;
    File::open(root)?.sync_all()
}
