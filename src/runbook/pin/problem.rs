//! What can be wrong with pins, worded in one place.

use std::{fmt, io, path::PathBuf};

use super::{SUMS, Sum};

/// One thing that is not as pinned. They sort by kind, then by path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// A line of the sums that cannot be read.
    Malformed {
        /// Its number, from 1.
        line: usize,
        /// Why not.
        why: String,
    },
    /// A path that is listed a second time.
    Twice {
        /// The second line.
        line: usize,
        /// The path.
        path: String,
    },
    /// A file whose bytes are others.
    Differs {
        /// The file.
        path: String,
        /// Its pin.
        wanted: Sum,
        /// What it is now.
        seen: Sum,
    },
    /// A pinned file that is not there.
    Missing {
        /// The file.
        path: String,
    },
    /// A file without a pin.
    Unpinned {
        /// The file.
        path: String,
    },
    /// A symbolic link, which could come to point elsewhere after the check.
    Link {
        /// The link.
        path: String,
    },
    /// A device, a pipe, or a directory where a file is pinned.
    NotAFile {
        /// What it is called.
        path: String,
    },
    /// A name that a line of sums cannot hold.
    Name {
        /// The name, as far as it can be shown.
        path: String,
    },
    /// A file or directory that could not be read.
    Unreadable {
        /// It.
        path: String,
        /// What the system said.
        error: String,
    },
    /// A file that git ignores: a review would never see it.
    Ignored {
        /// The file.
        path: String,
    },
    /// A file that git does not track.
    Untracked {
        /// The file.
        path: String,
    },
}

impl Problem {
    /// The file it concerns, unless it concerns a line of the sums.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Malformed { .. } => None,
            Self::Twice { path, .. }
            | Self::Differs { path, .. }
            | Self::Missing { path }
            | Self::Unpinned { path }
            | Self::Link { path }
            | Self::NotAFile { path }
            | Self::Name { path }
            | Self::Unreadable { path, .. }
            | Self::Ignored { path }
            | Self::Untracked { path } => Some(path),
        }
    }

    /// What is safe to do about it.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self {
            Self::Malformed { .. } | Self::Twice { .. } => {
                "see what changed in SHA256SUMS; omega pin writes it anew after a review"
            }
            Self::Differs { .. } | Self::Missing { .. } | Self::Unpinned { .. } => "review the change, then omega pin",
            Self::Link { .. } | Self::NotAFile { .. } => "put a plain file in its place",
            Self::Name { .. } => "rename it in plain ASCII",
            Self::Unreadable { .. } => "give the operator's account the right to read it",
            Self::Ignored { .. } => "move it out, or take it off .gitignore and commit it",
            Self::Untracked { .. } => "git add it, so that a review sees it; or move it out",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { line, why } => write!(f, "{SUMS}:{line}: {why}"),
            Self::Twice { line, path } => write!(f, "{SUMS}:{line}: {path} is listed a second time"),
            Self::Differs { path, wanted, seen } => {
                write!(f, "{path} differs: pinned {}, seen {}", wanted.short(), seen.short())
            }
            Self::Missing { path } => write!(f, "{path} is pinned and not there"),
            Self::Unpinned { path } => write!(f, "{path} is not pinned"),
            Self::Link { path } => write!(f, "{path} is a symbolic link"),
            Self::NotAFile { path } => write!(f, "{path} is not a plain file"),
            Self::Name { path } => write!(f, "{path:?} has a name that cannot be pinned"),
            Self::Unreadable { path, error } => write!(f, "{path} cannot be read: {error}"),
            Self::Ignored { path } => write!(f, "{path} is ignored by git"),
            Self::Untracked { path } => write!(f, "{path} is not tracked by git"),
        }
    }
}

/// Why pins could not be read or written at all.
#[derive(Debug)]
pub enum PinError {
    /// There is no `SHA256SUMS`.
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It could not be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// What is there may not be pinned.
    Refused(Vec<Problem>),
    /// git is there, the root is in its work tree, and it did not answer.
    Git {
        /// What was asked.
        asked: String,
        /// What it said.
        said: String,
    },
    /// The new file could not be put in place; the old one stands.
    Unwritten {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl fmt::Display for PinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { path } => {
                write!(f, "{} is not there: nothing is pinned; review, then omega pin", path.display())
            }
            Self::Unreadable { path, error } => write!(f, "{} cannot be read: {error}", path.display()),
            Self::Refused(problems) => {
                let list: Vec<_> = problems.iter().map(|problem| format!("{problem}: {}", problem.next())).collect();
                write!(f, "these cannot be pinned:\n{}", list.join("\n"))
            }
            Self::Git { asked, said } => write!(f, "git {asked} did not answer, so nothing was pinned: {said}"),
            Self::Unwritten { path, error } => {
                write!(f, "{} could not be written, the old one stands: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for PinError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } | Self::Unwritten { error, .. } => Some(error),
            _ => None,
        }
    }
}
