//! Pins: what runs is what was reviewed.
//!
//! `SHA256SUMS` lists every file a run may read from the repository, in the format of coreutils, so that
//! `sha256sum -c SHA256SUMS` reads it too. The files are read once: the bytes that were hashed are handed out, and
//! nothing else may be compiled. This module decides nothing about running; it says what differs.

mod files;
mod problem;
mod write;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    io::ErrorKind,
    path::Path,
};

use sha2::{Digest, Sha256};

pub use files::PinnedFiles;
pub use problem::{PinError, Problem};
pub use write::{GitAnswer, GitRunner, Written, write};

/// The name of the file of pins, at the root.
pub const SUMS: &str = "SHA256SUMS";

/// A SHA-256 sum; it shows as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sum([u8; 32]);

impl Sum {
    /// The sum of those bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// From 64 hexadecimal digits, upper or lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut sum = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (at, byte) in sum.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(Self(sum))
    }

    /// Its first eight digits, for reports.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sum({self})")
    }
}

/// What must be pinned: whole directories, and single files where they exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Directories below the root; every file in them, at any depth, must be pinned.
    pub trees: Vec<String>,
    /// Single files below the root.
    pub files: Vec<String>,
}

impl Default for Scope {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self { trees: owned(&["lib", "runbooks"]), files: owned(&["bundle.yaml"]) }
    }
}

/// The pins as they are written down.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    sums: BTreeMap<String, Sum>,
    problems: Vec<Problem>,
}

impl Pins {
    /// Reads `SHA256SUMS` at the root. Lines that cannot be read are kept as problems, not left out.
    pub fn load(root: &Path) -> Result<Self, PinError> {
        let path = root.join(SUMS);
        match files::read_file(&path) {
            Ok(bytes) => Ok(Self::parse(&bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(PinError::Absent { path }),
            Err(error) => Err(PinError::Unreadable { path, error }),
        }
    }

    /// Reads the text of a file of sums.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let mut pins = Self::default();
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        if bytes.is_empty() {
            return pins;
        }
        for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            pins.line(at + 1, line);
        }
        pins
    }

    fn line(&mut self, number: usize, line: &[u8]) {
        match parse_line(line) {
            Ok(None) => {}
            Ok(Some((path, _))) if self.sums.contains_key(&path) => {
                self.problems.push(Problem::Twice { line: number, path });
            }
            Ok(Some((path, sum))) => _ = self.sums.insert(path, sum),
            Err(why) => self.problems.push(Problem::Malformed { line: number, why }),
        }
    }

    /// The pinned paths with their sums.
    #[must_use]
    pub const fn sums(&self) -> &BTreeMap<String, Sum> {
        &self.sums
    }

    /// The lines that could not be read.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The canonical text: sorted by path, lower case, LF.
    #[must_use]
    pub fn text(&self) -> String {
        text(&self.sums)
    }

    /// Eight digits that stand for the whole set.
    #[must_use]
    pub fn id(&self) -> String {
        id(&self.sums)
    }

    /// Compares with what was read: what is wrong, sorted; nothing when all is as pinned.
    #[must_use]
    pub fn verify(&self, files: &PinnedFiles) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        problems.extend_from_slice(files.problems());
        let unread: BTreeSet<&str> = files.problems().iter().filter_map(Problem::path).collect();
        let seen = files.sums();
        for path in self.sums.keys().chain(seen.keys()).collect::<BTreeSet<_>>() {
            match (self.sums.get(path), seen.get(path)) {
                (Some(wanted), Some(seen)) if wanted == seen => {}
                (Some(wanted), Some(seen)) => {
                    problems.push(Problem::Differs { path: path.clone(), wanted: *wanted, seen: *seen });
                }
                (Some(_), None) if !unread.contains(path.as_str()) => {
                    problems.push(Problem::Missing { path: path.clone() });
                }
                (None, Some(_)) => problems.push(Problem::Unpinned { path: path.clone() }),
                _ => {}
            }
        }
        problems.sort();
        problems
    }
}

/// What a verification read and found.
#[derive(Debug)]
pub struct Verified {
    /// The pins.
    pub pins: Pins,
    /// The bytes that were hashed: compile these.
    pub files: PinnedFiles,
    /// What is wrong; nothing when all is as pinned.
    pub problems: Vec<Problem>,
}

/// Loads the pins, reads every file once, and compares.
pub fn verify(root: &Path, scope: &Scope) -> Result<Verified, PinError> {
    let pins = Pins::load(root)?;
    let files = PinnedFiles::read(root, scope, pins.sums().keys().map(String::as_str));
    let problems = pins.verify(&files);
    Ok(Verified { pins, files, problems })
}

pub(crate) fn text(sums: &BTreeMap<String, Sum>) -> String {
    sums.iter().map(|(path, sum)| format!("{sum}  {path}\n")).collect()
}

pub(crate) fn id(sums: &BTreeMap<String, Sum>) -> String {
    Sum::of(text(sums).as_bytes()).short()
}

/// One line; nothing for a comment.
fn parse_line(line: &[u8]) -> Result<Option<(String, Sum)>, String> {
    let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8 text".to_owned())?;
    if line.starts_with('#') {
        return Ok(None);
    }
    if line.starts_with('\\') {
        return Err("it is in the escaped form; a name with a backslash or a line end cannot be pinned".to_owned());
    }
    if line.ends_with('\r') {
        return Err("it ends in a carriage return; save the file with LF line ends".to_owned());
    }
    let form = || "it is not of the form `HASH  PATH`".to_owned();
    let (hash, rest) = line.split_once(' ').ok_or_else(form)?;
    let path = rest.strip_prefix([' ', '*']).ok_or_else(form)?;
    let sum = Sum::parse(hash).ok_or_else(|| "it does not begin with 64 hexadecimal digits".to_owned())?;
    plain_path(path).map(|()| Some((path.to_owned(), sum)))
}

/// A path stays below the root and has one spelling only.
pub(crate) fn plain_path(path: &str) -> Result<(), String> {
    if path.starts_with('/') {
        return Err(format!("{path} is an absolute path; pins name files below the root"));
    }
    if path.chars().any(|c| c.is_control() || c == '\\') {
        return Err(format!("{path:?} holds a backslash or a control character"));
    }
    if path.split('/').any(|part| part == "..") {
        return Err(format!("{path} leads out of the root"));
    }
    if path.split('/').any(|part| part.is_empty() || part == ".") {
        return Err(format!("{path:?} is not in its plain form, such as runbooks/phase-04.rhai"));
    }
    Ok(())
}

#[cfg(test)]
#[path = "pin/tests.rs"]
mod tests;
