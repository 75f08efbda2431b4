//! Runs of a kept healthy run with one document altered: the steps alone that meet it, or the whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;

use super::course::Part;
use super::mutant::{Changed, Origin};
use super::study::Study;
use super::watch::{Noticed, Watch, came};
use super::world::{Altered, Cursor, Mutated};
use crate::cases::Stand;
use crate::host::{Course, Reads};
use crate::journal::Journal;
use crate::transport::Interrupt;

/// What one mutant came to.
pub(super) struct Ran {
    pub noticed: Option<Noticed>,
    /// Whether scripts were told something else than in the healthy run, or asked for something else.
    pub told_else: bool,
}

/// Pinned files and others, by path.
pub(super) type Files = (BTreeMap<String, Arc<[u8]>>, BTreeMap<String, Arc<[u8]>>);

/// The places of the healthy run from which a document is met.
pub(super) type Meets = Arc<BTreeSet<usize>>;

/// What one run of the kept world is watched by.
pub(super) struct Serving {
    pub cursor: Cursor,
    pub reads: Arc<Reads>,
    pub ends: Interrupt,
    pub noticed: Arc<Mutex<Option<Noticed>>>,
}

impl Study<'_> {
    /// Runs one mutant.
    pub(super) fn run(&self, meets: &Meets, changed: Changed) -> Ran {
        let (mut files, mut inputs) = (self.files.clone(), self.inputs.clone());
        let altered = match changed {
            Changed::File(path, bytes) => {
                let place = if files.contains_key(&path) { &mut files } else { &mut inputs };
                place.insert(path, bytes);
                None
            }
            Changed::Reply(altered) => altered,
        };
        match self.way.step_of_first(meets, 0) {
            Some(first) => self.run_parts(altered.as_ref(), (files, inputs), meets, first),
            None => self.run_whole(altered, (files, inputs)),
        }
    }

    /// The places of the healthy run from which a document is met.
    pub(super) fn meets(&self, origin: &Origin) -> BTreeSet<usize> {
        match origin {
            Origin::File(path, _) => self.way.reads(path),
            Origin::Reply(document) => {
                self.way.meets(&document.asked, &self.world.met(&document.key, &document.brought))
            }
        }
    }

    /// Runs the steps that meet what is altered, and those after them for as long as anything is otherwise.
    fn run_parts(&self, altered: Option<&Altered>, with: Files, meets: &Meets, first: usize) -> Ran {
        let (mut from, mut told_else) = (first, false);
        loop {
            let serving = self.serving();
            let Serving { cursor, reads, ends, .. } = &serving;
            let on_way = (self.way.clone(), meets.clone());
            let part = Arc::new(Part::new(on_way, from, cursor.clone(), reads.clone(), ends.clone()));
            let journal = self.serve(&serving, altered.cloned(), with.clone(), Some(part.clone()));
            match part.left() {
                Some(left) => {
                    told_else |= left.told_else;
                    let Some(next) = left.next else { return Ran { noticed: None, told_else } };
                    from = next;
                }
                None => {
                    let elsewhere = || part.differs(&journal.shared()).then(Noticed::at_the_end);
                    let noticed = serving.noticed.lock().take().or_else(elsewhere);
                    return Ran { noticed, told_else: told_else || reads.told() != self.told };
                }
            }
        }
    }

    fn run_whole(&self, altered: Option<Altered>, with: Files) -> Ran {
        let serving = self.serving();
        let lines = self.serve(&serving, altered, with, None).lines();
        let noticed = serving.noticed.lock().take().or_else(|| self.differs(&came(&lines)));
        Ran { noticed, told_else: serving.reads.told() != self.told }
    }

    /// What a run of the kept world needs; it knows what the healthy run made of payloads.
    pub(super) fn serving(&self) -> Serving {
        Serving {
            cursor: Cursor::default(),
            reads: Arc::new(Reads::remembering(self.made.clone())),
            ends: Interrupt::new(),
            noticed: Arc::default(),
        }
    }

    /// The kept run, served once more.
    pub(super) fn serve(
        &self,
        serving: &Serving,
        altered: Option<Altered>,
        (files, inputs): Files,
        course: Option<Arc<dyn Course>>,
    ) -> Arc<Journal> {
        let Serving { cursor, reads, ends, noticed } = serving;
        let transport = Box::new(Mutated::new(self.world.clone(), altered, cursor.clone(), ends.clone()));
        let watch = Watch::new(self.signs.clone(), ends.clone(), noticed.clone());
        let stand = Stand {
            inputs,
            files,
            apply: self.case.apply,
            reads: Some(reads.clone()),
            interrupt: ends.clone(),
            listeners: vec![Box::new(watch)],
            course,
            ..Stand::over(transport)
        };
        self.cases.journal_on(self.case, stand)
    }
}
