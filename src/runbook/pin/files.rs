//! One read of everything that is or must be pinned. The bytes stay, so that what was hashed is what is used.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::Arc,
};

use rustix::fs::OFlags;

use super::{Problem, Scope, Sum, id, plain_path};

/// The files as they were read, by their path below the root.
#[derive(Clone, Debug, Default)]
pub struct PinnedFiles {
    bytes: BTreeMap<String, Arc<[u8]>>,
    sums: BTreeMap<String, Sum>,
    problems: Vec<Problem>,
}

impl PinnedFiles {
    /// Reads all that the scope names and all that is pinned besides. What cannot be read is a problem, not an absence.
    #[must_use]
    pub fn read<'p>(root: &Path, scope: &'p Scope, pinned: impl IntoIterator<Item = &'p str>) -> Self {
        let mut files = Self::default();
        for tree in &scope.trees {
            files.tree(root, tree);
        }
        let named = scope.files.iter().map(String::as_str).chain(pinned);
        for path in named.collect::<BTreeSet<_>>() {
            files.single(root, path);
        }
        files.problems.sort();
        files.problems.dedup();
        files
    }

    /// The bytes of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.bytes.get(path)
    }

    /// All files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<[u8]>)> {
        self.bytes.iter().map(|(path, bytes)| (path.as_str(), bytes))
    }

    /// Lays an editor's unsaved text over a file. It was not hashed, so the file has no sum any more.
    pub fn lay(&mut self, path: &str, text: &str) {
        self.sums.remove(path);
        self.bytes.insert(path.to_owned(), Arc::from(text.as_bytes()));
    }

    /// The sums of the bytes that were read.
    #[must_use]
    pub const fn sums(&self) -> &BTreeMap<String, Sum> {
        &self.sums
    }

    /// What could not be read.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Eight digits that stand for what was read, pinned or not.
    #[must_use]
    pub fn id(&self) -> String {
        id(&self.sums)
    }

    fn tree(&mut self, root: &Path, path: &str) {
        let entries = match fs::symlink_metadata(root.join(path)) {
            Ok(found) if found.is_dir() => fs::read_dir(root.join(path)),
            Ok(found) if found.is_symlink() => return self.problems.push(Problem::Link { path: path.to_owned() }),
            Ok(_) => return self.problems.push(Problem::NotAFile { path: path.to_owned() }),
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            Err(error) => Err(error),
        };
        match entries {
            Ok(entries) => entries.for_each(|entry| self.entry(root, path, entry)),
            Err(error) => self.unreadable(path, &error),
        }
    }

    fn entry(&mut self, root: &Path, parent: &str, entry: io::Result<fs::DirEntry>) {
        let (entry, kind) = match entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind))) {
            Ok(found) => found,
            Err(error) => return self.unreadable(parent, &error),
        };
        let name = entry.file_name();
        let path = format!("{parent}/{}", name.to_string_lossy());
        if name.to_str().is_none() || plain_path(&path).is_err() {
            self.problems.push(Problem::Name { path });
        } else if kind.is_symlink() {
            self.problems.push(Problem::Link { path });
        } else if kind.is_dir() {
            self.tree(root, &path);
        } else if kind.is_file() {
            self.file(root, &path);
        } else {
            self.problems.push(Problem::NotAFile { path });
        }
    }

    /// A file named by itself; no directory on the way to it may be a link. Its absence is for the pins to judge.
    fn single(&mut self, root: &Path, path: &str) {
        if self.bytes.contains_key(path) {
            return;
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for prefix in ends.map(|end| &path[..end]) {
            match fs::symlink_metadata(root.join(prefix)) {
                Ok(found) if found.is_symlink() => return self.problems.push(Problem::Link { path: path.to_owned() }),
                Ok(found) if prefix == path && found.is_file() => self.file(root, path),
                Ok(_) if prefix == path => self.problems.push(Problem::NotAFile { path: path.to_owned() }),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return,
                Err(error) => return self.unreadable(path, &error),
            }
        }
    }

    fn file(&mut self, root: &Path, path: &str) {
        match read_file(&root.join(path)) {
            Ok(bytes) => {
                self.sums.insert(path.to_owned(), Sum::of(&bytes));
                self.bytes.insert(path.to_owned(), bytes.into());
            }
            Err(error) => self.unreadable(path, &error),
        }
    }

    fn unreadable(&mut self, path: &str, error: &io::Error) {
        self.problems.push(Problem::Unreadable { path: path.to_owned(), error: error.to_string() });
    }
}

/// Reads a plain file. A link or a pipe that took its place since it was listed is an error, not a wait.
pub(super) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let mut file: File = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
