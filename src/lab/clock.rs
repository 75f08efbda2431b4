//! Simulated time: an epoch and the seconds since. Nothing here asks the real clock.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The time in the lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// When the lab's world begins, RFC 3339, e.g. `2026-11-20T22:00:00Z`.
    pub epoch: Timestamp,
    /// Seconds since the epoch.
    pub seconds: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Clock { epoch: Timestamp::constant(1_795_212_000, 0), seconds: 0 }
    }
}

impl Clock {
    /// The time now, in the lab.
    pub fn now(&self) -> Timestamp {
        self.epoch.saturating_add(jiff::SignedDuration::from_secs(self.seconds as i64)).unwrap_or(Timestamp::MAX)
    }

    /// Moves on; a part of a second counts as a whole one, so that waiting always gets somewhere.
    pub(super) fn advance(&mut self, by: Duration) {
        let whole = by.as_secs() + u64::from(by.subsec_nanos() > 0);
        self.seconds = self.seconds.saturating_add(whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_of_a_second_still_moves_the_clock() {
        let mut clock = Clock::default();
        clock.advance(Duration::from_millis(1500));
        assert_eq!((clock.seconds, clock.now().to_string().as_str()), (2, "2026-11-20T22:00:02Z"));
    }
}
