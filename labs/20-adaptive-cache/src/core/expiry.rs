//! When entries expire, and which of them is next.
//!
//! Why a heap and not a look at every entry: what has expired should make room before anything that has not, and that must not cost a
//! walk through the cache. Why nothing is removed from the middle of the heap: an entry that goes leaves its mark behind, the mark is
//! recognised when it comes up (no entry expires then in that slot), and when two thirds are such marks the heap is built anew. What
//! must stay true: each entry that expires has a mark in the heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::slab::Slot;

/// A moment in nanoseconds since the caller's origin; of 584 years and later the last one.
///
/// Half as large as a `Duration`, and there is one in each entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// What never expires expires then: no moment that a clock tells is as late.
    pub const NEVER: Self = Self(u64::MAX);

    /// The moment that long after the origin.
    #[must_use]
    pub fn at(since_origin: Duration) -> Self {
        let nanos = u64::try_from(since_origin.as_nanos()).unwrap_or(u64::MAX);
        Self(nanos.min(u64::MAX - 1))
    }

    /// The moment of an expiry, or [`Moment::NEVER`].
    #[must_use]
    pub fn of_expiry(expires_at: Option<Duration>) -> Self {
        expires_at.map_or(Self::NEVER, Self::at)
    }
}

/// Marks of expiries, the earliest on top.
#[derive(Clone, Debug, Default)]
pub struct Expiries {
    heap: BinaryHeap<Reverse<(Moment, Slot)>>,
}

impl Expiries {
    /// A heap this small is not worth building anew: 64 marks are a kilobyte.
    pub const SMALL: usize = 64;

    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
        }
    }

    /// How many marks there are, those that are left behind among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// An entry that expires `at` is in `slot`.
    pub fn push(&mut self, at: Moment, slot: Slot) {
        self.heap.push(Reverse((at, slot)));
    }

    /// Takes the earliest mark off, if it is due at `now`.
    pub fn pop_due(&mut self, now: Moment) -> Option<(Moment, Slot)> {
        let Reverse(mark) = *self.heap.peek()?;
        if mark.0 > now {
            return None;
        }
        self.heap.pop();
        Some(mark)
    }

    /// Whether more than two thirds of the marks are left behind by entries that are gone, if `live` entries expire.
    #[must_use]
    pub fn is_stale(&self, live: usize) -> bool {
        self.heap.len() > Self::SMALL && self.heap.len() / 3 > live
    }

    /// Builds the heap anew, of these marks.
    pub fn rebuild(&mut self, marks: impl Iterator<Item = (Moment, Slot)>) {
        self.heap.clear();
        self.heap.extend(marks.map(Reverse));
    }
}
