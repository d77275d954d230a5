//! The calls of the last T, in k buckets of T/k each: a ring of counts.
//!
//! Why not the moment of every call: at 50,000 calls a second a window of ten seconds would keep half a million of them. Buckets cost the
//! same at every rate, and one step of the past: what is seen reaches back for T less at most one bucket.
//!
//! What must stay true: the sum is that of the buckets. A bucket that has left is taken away once, however long nobody called. A moment
//! before the newest one counts as the newest.

use std::time::Duration;

use super::super::outcome::Call;
use super::Counts;

/// The calls of the last so long.
#[derive(Clone, Debug)]
pub struct TimeWindow {
    /// T / k.
    width: Duration,
    /// The ring; `current` is being filled, the one after it is the oldest.
    buckets: Box<[Counts]>,
    current: usize,
    /// The first moment that is no longer the current bucket's: a multiple of `width`.
    ends: Duration,
    /// The newest moment that was recorded.
    newest: Duration,
    sum: Counts,
}

impl TimeWindow {
    /// An empty window of `length` in `buckets` steps.
    ///
    /// # Panics
    /// If there are no buckets, or they are not a whole number of nanoseconds: a configuration never says so.
    #[must_use]
    pub fn new(length: Duration, buckets: u32) -> Self {
        let width = length / buckets;
        assert_eq!(width * buckets, length, "buckets divide the window evenly");
        Self {
            width,
            buckets: vec![Counts::default(); buckets as usize].into_boxed_slice(),
            current: 0,
            ends: width,
            newest: Duration::ZERO,
            sum: Counts::default(),
        }
    }

    /// One call more, at `now`.
    // ANCHOR: time_record
    pub fn record(&mut self, call: Call, now: Duration) {
        // ANCHOR: stage3_record
        todo!("stage 3: record")
        // ANCHOR_END: stage3_record
    }

    /// Makes the bucket of `newest` the current one. Those that it passes on the way have left the window, and are empty.
    fn advance(&mut self) {
        // ANCHOR: stage3_advance
        todo!("stage 3: advance")
        // ANCHOR_END: stage3_advance
    }
    // ANCHOR_END: time_record

    /// The calls in the window, as of the newest moment.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.sum
    }

    /// Forgets every call, and no moment.
    pub fn clear(&mut self) {
        self.buckets.fill(Counts::default());
        self.sum = Counts::default();
    }

    /// The newest moment that was recorded.
    #[must_use]
    pub fn newest(&self) -> Duration {
        self.newest
    }
}

/// A remainder of nanoseconds: less than a day, so it fits.
fn nanos(nanos: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
