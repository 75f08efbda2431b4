//! Time and interruption: the one place that reads the clock or sleeps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::transport::Interrupt;

/// The run's clock. Where the cloud is simulated, waiting moves the simulation and takes no time.
#[derive(Clone, Debug)]
pub struct Clock {
    started: Instant,
    simulated: bool,
    skipped: Arc<parking_lot::Mutex<Duration>>,
}

impl Clock {
    /// A clock that starts now.
    #[expect(clippy::disallowed_methods, reason = "the door of time")]
    pub fn start(simulated: bool) -> Self {
        Clock { started: Instant::now(), simulated, skipped: Arc::default() }
    }

    /// Time since the start, waits of the simulation included.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed() + *self.skipped.lock()
    }

    /// How far waits of the simulation went.
    pub(super) fn skipped(&self) -> Duration {
        *self.skipped.lock()
    }

    /// Puts the simulation's waits to what they were elsewhere.
    pub(super) fn set_skipped(&self, to: Duration) {
        *self.skipped.lock() = to;
    }

    /// Waits; returns early when interrupted. Answers how long the simulation must be moved.
    #[expect(clippy::disallowed_methods, reason = "the door of sleep")]
    pub fn sleep(&self, length: Duration, interrupt: &Interrupt) -> Option<Duration> {
        if self.simulated {
            *self.skipped.lock() += length;
            return Some(length);
        }
        let until = Instant::now() + length;
        while !interrupt.is_raised() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
        None
    }

    /// The wall clock, as RFC 3339 in UTC with milliseconds.
    #[expect(clippy::disallowed_methods, reason = "the door of time")]
    pub fn now() -> String {
        let now = jiff::Timestamp::now();
        format!("{now:.3}")
    }

    /// The wall clock, in seconds since 1970.
    #[expect(clippy::disallowed_methods, reason = "the door of time")]
    pub fn seconds() -> i64 {
        jiff::Timestamp::now().as_second()
    }
}
