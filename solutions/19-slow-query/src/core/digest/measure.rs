//! One figure of all statements of a class: how much, how little, how much together, and percentiles.

use std::time::Duration;

use super::histogram::Histogram;

/// Values of one kind: rows, or microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measure {
    count: u64,
    total: u64,
    min: u64,
    max: u64,
    histogram: Histogram,
}

impl Measure {
    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// All of them together; the largest number there is, if they are more.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The smallest; 0 if there is none.
    #[must_use]
    pub fn min(&self) -> u64 {
        self.min
    }

    /// The largest; 0 if there is none.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The mean; 0 if there is none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.total as f64 / self.count.max(1) as f64
    }

    /// The value that `per_cent` of the values do not exceed: never below it, at most a sixteenth above. 0 if there is none.
    #[must_use]
    pub fn percentile(&self, per_cent: f64) -> u64 {
        // ANCHOR: stage2_percentile
        // The smallest rank with at least this share at or below it.
        let rank = (self.count as f64 * per_cent / 100.0).ceil() as u64;
        let rank = rank.clamp(1, self.count.max(1));
        let upper_end = self.histogram.of_rank(rank).unwrap_or(self.max);
        upper_end.min(self.max)
        // ANCHOR_END: stage2_percentile
    }

    pub(super) fn add(&mut self, value: u64) {
        self.min = if self.count == 0 {
            value
        } else {
            self.min.min(value)
        };
        self.max = self.max.max(value);
        self.count += 1;
        self.total = self.total.saturating_add(value);
        self.histogram.add(value);
    }

    pub(super) fn add_time(&mut self, time: Duration) {
        self.add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// Takes in the values of another.
    pub fn merge(&mut self, other: &Self) {
        // ANCHOR: stage2_merge
        if other.count == 0 {
            return;
        }
        self.min = if self.count == 0 {
            other.min
        } else {
            self.min.min(other.min)
        };
        self.max = self.max.max(other.max);
        self.count += other.count;
        self.total = self.total.saturating_add(other.total);
        self.histogram.merge(&other.histogram);
        // ANCHOR_END: stage2_merge
    }
}
