//! Latencies, in buckets: what a percentile is read from.
//!
//! Why buckets and not a list: a percentile of the last minute of a busy client would sort tens of thousands of numbers. A bucket is
//! an eighth of a power of two wide, so a percentile is at most an eighth too long. Why two generations: what is older than two
//! windows is forgotten, or a slow morning would set the pace all day. What must stay true: a percentile is never below the true one.

use std::time::Duration;

/// Latencies of the last one to two windows.
#[derive(Clone, Debug)]
pub struct Histogram {
    window: Duration,
    /// The window that is being filled, by number.
    number: u128,
    filling: Box<[u32; BUCKETS]>,
    before: Box<[u32; BUCKETS]>,
}

/// 8 buckets for each power of two of nanoseconds, up to 2^47 (39 hours); what is longer is in the last.
const BUCKETS: usize = 8 * 44;
/// Fewer say nothing about a tail: the 95th percentile of 100 has five beyond it.
const ENOUGH: u64 = 100;

impl Histogram {
    /// An empty one that forgets after `window` to twice that.
    #[must_use]
    pub fn new(window: Duration) -> Self {
        Self {
            window,
            number: 0,
            filling: Box::new([0; BUCKETS]),
            before: Box::new([0; BUCKETS]),
        }
    }

    /// Counts a call that took `latency` and ended at `now`.
    pub fn record(&mut self, latency: Duration, now: Duration) {
        self.turn(now);
        let count = &mut self.filling[bucket(latency)];
        *count = count.saturating_add(1);
    }

    /// The latency that `percentile` per cent of the calls did not exceed; `None` while fewer than 100 are known.
    ///
    /// It is the upper end of the bucket in which that call lies.
    #[must_use]
    pub fn percentile(&mut self, percentile: f64, now: Duration) -> Option<Duration> {
        self.turn(now);
        self.read(percentile)
    }

    fn read(&self, percentile: f64) -> Option<Duration> {
        // ANCHOR: stage5_read
        todo!("stage 5: read")
        // ANCHOR_END: stage5_read
    }

    fn turn(&mut self, now: Duration) {
        let number = now.as_nanos() / self.window.as_nanos().max(1);
        if number <= self.number {
            return;
        }
        std::mem::swap(&mut self.filling, &mut self.before);
        self.filling.fill(0);
        if number > self.number + 1 {
            self.before.fill(0);
        }
        self.number = number;
    }
}

/// The bucket of a latency: its power of two, and the three bits after the first.
fn bucket(latency: Duration) -> usize {
    let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX).max(8);
    let power = nanos.ilog2();
    let eighth = (nanos >> (power - 3)) & 7;
    ((power as usize - 3) * 8 + eighth as usize).min(BUCKETS - 1)
}

/// The longest latency of a bucket.
fn upper_end(bucket: usize) -> Duration {
    let (power, eighth) = (bucket / 8, bucket as u64 % 8);
    Duration::from_nanos(((8 + eighth + 1) << power) - 1)
}
