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

pub(super) struct Cache {
    /// How long a reply may serve; a simulated cloud changes by what is sent alone, so there it serves on.
    fresh: Option<Duration>,
    slots: Mutex<Slots>,
    done: Condvar,
}

/// One that asks. If it breaks, those who wait for its answer must not wait for ever.
struct Asking<'c> {
    cache: &'c Cache,
    key: &'c str,
    is_over: bool,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.cache.slots.lock().by_key.remove(self.key);
            self.cache.done.notify_all();
        }
    }
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
    pub(super) fn new(simulated: bool) -> Self {
        Cache { fresh: (!simulated).then_some(FRESH), slots: Mutex::default(), done: Condvar::new() }
    }

    /// The reply kept for `key`, or that of `ask`, which runs once however many ask at the same time.
    pub(super) fn get(&self, key: &str, ask: impl FnOnce() -> Brought) -> Brought {
        let mut slots = self.slots.lock();
        loop {
            match slots.by_key.get(key) {
                Some(Slot::Done(brought, at)) if self.fresh.is_none_or(|fresh| at.elapsed() < fresh) => {
                    return brought.clone();
                }
                Some(Slot::Pending) => self.done.wait(&mut slots),
                _ => break,
            }
        }
        let generation = slots.generation;
        slots.by_key.insert(key.to_string(), Slot::Pending);
        drop(slots);
        let mut asking = Asking { cache: self, key, is_over: false };
        let brought = ask();
        asking.is_over = true;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::FailureKind;

    fn nothing() -> Brought {
        Err(Failure::new(FailureKind::Unreachable, "nothing"))
    }

    #[test]
    fn one_that_breaks_leaves_nobody_waiting() {
        let cache = Cache::new(true);
        std::thread::scope(|scope| {
            let broken = scope.spawn(|| cache.get("a", || panic!("while it asks")));
            assert!(broken.join().is_err());
        });
        let mut asked = 0;
        assert!(
            cache
                .get("a", || {
                    asked += 1;
                    nothing()
                })
                .is_err()
        );
        assert!(cache.get("a", || unreachable!("kept")).is_err());
        assert_eq!(asked, 1);
    }

    #[test]
    fn what_was_asked_before_a_change_is_not_kept_after_it() {
        let cache = Cache::new(true);
        let _ = cache.get("a", || {
            cache.forget();
            nothing()
        });
        let mut asked = 0;
        let _ = cache.get("a", || {
            asked += 1;
            nothing()
        });
        assert_eq!(asked, 1);
    }
}
