//! A lab kept in a file, so that several processes (the shims) share it.
//!
//! Every request reads, answers and writes under one lock. The file is replaced, never edited, so a reader without the
//! lock sees a whole state too.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::State;

/// The version of the file's form. Another one is refused.
const FORMAT: u64 = 1;
const FILE: &str = "state.json";
const LOCK: &str = "state.lock";
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a lab is kept.
#[derive(Debug)]
pub(super) struct Disk {
    directory: PathBuf,
}

#[derive(Serialize)]
struct Saved<'a> {
    format: u64,
    state: &'a State,
}

#[derive(Deserialize)]
struct Head {
    format: Option<u64>,
    state: Option<serde_json::Value>,
}

impl Disk {
    /// Writes a new lab; an existing one is not overwritten.
    pub(super) fn create(directory: &Path, state: &State) -> anyhow::Result<Disk> {
        std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let disk = Disk { directory: directory.to_path_buf() };
        let _held = disk.lock()?;
        if disk.file().exists() {
            bail!("{} exists already: a lab is kept there; remove it or name another directory", disk.file().display());
        }
        disk.write(state)?;
        Ok(disk)
    }

    /// Opens a lab that was written before, and reads it once to be sure that it can be read.
    pub(super) fn open(directory: &Path) -> anyhow::Result<Disk> {
        let disk = Disk { directory: directory.to_path_buf() };
        disk.read()?;
        Ok(disk)
    }

    /// Reads the state, lets `work` change it, and writes it back if it did.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> anyhow::Result<T> {
        let _held = self.lock()?;
        let before = self.read()?;
        let mut state = before.clone();
        let outcome = work(&mut state);
        if state != before {
            self.write(&state)?;
        }
        Ok(outcome)
    }

    /// The state as it is now.
    pub(super) fn read(&self) -> anyhow::Result<State> {
        let file = self.file();
        let text = std::fs::read(&file)
            .with_context(|| format!("no lab in {}: cannot read {FILE}", self.directory.display()))?;
        let head: Head = serde_json::from_slice(&text)
            .with_context(|| format!("{} is torn or not a lab's state; make the lab anew", file.display()))?;
        match (head.format, head.state) {
            (Some(FORMAT), Some(state)) => super::stages::parse(state).with_context(|| file.display().to_string()),
            (Some(FORMAT), None) => bail!("{} has no state; make the lab anew", file.display()),
            (Some(other), _) => {
                bail!("{} has format {other}; this omega knows format {FORMAT}; make the lab anew", file.display())
            }
            (None, _) => bail!("{} names no format, so it is not a lab's state", file.display()),
        }
    }

    fn write(&self, state: &State) -> anyhow::Result<()> {
        let text = serde_json::to_vec_pretty(&Saved { format: FORMAT, state })?;
        let mut temporary = tempfile::NamedTempFile::new_in(&self.directory)?;
        temporary.write_all(&text)?;
        temporary.as_file().sync_all()?;
        temporary.persist(self.file()).with_context(|| format!("cannot replace {}", self.file().display()))?;
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "processes wait for one another in real time")]
    fn lock(&self) -> anyhow::Result<File> {
        let path = self.directory.join(LOCK);
        let file = File::create(&path).with_context(|| format!("cannot open {}", path.display()))?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => {
                    return Err(error).context(format!("cannot lock {}", path.display()));
                }
                Err(TryLockError::WouldBlock) if begun.elapsed() > PATIENCE => {
                    bail!("{} is held by another process for {} s", path.display(), PATIENCE.as_secs())
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    /// The directory it is kept in.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    fn file(&self) -> PathBuf {
        self.directory.join(FILE)
    }
}
