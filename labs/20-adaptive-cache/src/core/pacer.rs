//! How fast a warm-up may go: after n loads, none for n / rate seconds.
//!
//! Why not a token bucket: what it saves up while nobody takes is spent at once, and a warm-up whose first batches were slow ends in a
//! storm on the source that was already slow. Here nothing is saved; the time counts from when the last batch began. What must stay true: in
//! any interval, at most rate x its length loads begin, and one batch.

use std::time::Duration;

use super::settings::SettingError;

/// When the next batch may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacer {
    per_second: u32,
    next: Duration,
}

/// What the pacer says to a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Pace {
    /// Begin: its time is taken.
    Go,
    /// Nothing is taken; ask again then.
    Wait {
        /// When the next batch may begin.
        until: Duration,
    },
}

impl Pacer {
    /// At most `per_second` loads a second.
    ///
    /// # Errors
    /// [`SettingError::Rate`] unless it is 1 to a million.
    pub fn new(per_second: u32) -> Result<Self, SettingError> {
        if !(1..=1_000_000).contains(&per_second) {
            return Err(SettingError::Rate(per_second));
        }
        Ok(Self {
            per_second,
            next: Duration::ZERO,
        })
    }

    /// A batch of `loads` wants to begin at `now`.
    pub fn take(&mut self, loads: u32, now: Duration) -> Pace {
        // ANCHOR: stage5_take
        todo!("stage 5: take")
        // ANCHOR_END: stage5_take
    }

    /// How long `loads` loads take at the rate, rounded up.
    #[must_use]
    pub fn time_for(&self, loads: u32) -> Duration {
        let nanos = (u64::from(loads) * 1_000_000_000).div_ceil(u64::from(self.per_second));
        Duration::from_nanos(nanos)
    }
}
