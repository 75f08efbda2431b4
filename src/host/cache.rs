//! Replies of reads within one stretch without a change: nothing is asked twice, and two that ask at once share one
//! call.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::transport::{Failure, Reply};

/// What a read brought.
pub(super) type Brought = Result<Arc<Reply>, Failure>;

/// How long a reply may serve.
const FRESH: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(super) struct Cache {
    slots: Mutex<Slots>,
    done: Condvar,
}

#[derive(Default)]
struct Slots {
    generation: u64,
    by_key: HashMap<String, Slot>,
}

enum Slot {
    Pending,
    Done(Brought, Instant),
}

impl Cache {
    /// The reply kept for `key`, or that of `ask`, which runs once however many ask at the same time.
    pub(super) fn get(&self, key: &str, ask: impl FnOnce() -> Brought) -> Brought {
        let mut slots = self.slots.lock();
        loop {
            match slots.by_key.get(key) {
                Some(Slot::Done(brought, at)) if at.elapsed() < FRESH => return brought.clone(),
                Some(Slot::Pending) => self.done.wait(&mut slots),
                _ => break,
            }
        }
        let generation = slots.generation;
        slots.by_key.insert(key.to_string(), Slot::Pending);
        drop(slots);
        let brought = ask();
        self.keep(key, generation, brought.clone());
        brought
    }

    #[expect(clippy::disallowed_methods, reason = "the age of a reply is real time, not the run's")]
    fn keep(&self, key: &str, generation: u64, brought: Brought) {
        let mut slots = self.slots.lock();
        if slots.generation == generation {
            slots.by_key.insert(key.to_string(), Slot::Done(brought, Instant::now()));
        }
        drop(slots);
        self.done.notify_all();
    }

    /// Forgets everything: a change or a wait came between. What is still under way will not be kept.
    pub(super) fn forget(&self) {
        let mut slots = self.slots.lock();
        slots.generation += 1;
        slots.by_key.clear();
        drop(slots);
        self.done.notify_all();
    }
}
