//! Heavy hitters: who is asked for most, in room for k counters, whatever the number of keys.
//!
//! Why not the sketch of stage 1: its counters end at 15 and it knows no keys. Why not a map with a counter for each key: it grows with the
//! keys, and a scan fills it. This is Space-Saving (Metwally, Agrawal, El Abbadi: "Efficient Computation of Frequent and Top-k Elements in
//! Data Streams", ICDT 2005): a key that has no counter takes the smallest one over, with what is on it. So its count may be too high, by
//! what it took over, which is written down beside it; it is never too low. What must stay true: the counts add up to what was recorded, so the
//! smallest is at most 1/k of it, and whoever was asked for more often than that has a counter.
//!
//! [`Traffic`] keeps two summaries, of this window and of the one before: what is older has no say.

use std::cmp::Reverse;
use std::time::Duration;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::settings::SettingError;

/// A key's counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The key's hash.
    pub key: u64,
    /// How often it was asked for, at most.
    pub count: u64,
    /// How much of `count` it took over from another key, at most.
    pub over: u64,
}

impl Counted {
    /// How often the key was asked for, at least.
    #[must_use]
    pub fn at_least(&self) -> u64 {
        self.count - self.over
    }
}

/// The Space-Saving summary of a stream of keys.
#[derive(Clone, Debug)]
pub struct Summary {
    counters: usize,
    /// A binary heap: no counter is above those below it, so the smallest lies first.
    heap: Vec<Counted>,
    /// Where in the heap a key lies.
    index: HashMap<u64, usize, FixedState>,
    total: u64,
}

impl Summary {
    /// More counters than that are no summary.
    pub const MAX_COUNTERS: u32 = 1_000_000;

    /// An empty summary of at most `counters` keys.
    ///
    /// # Errors
    /// [`SettingError::Counters`] unless they are 1 to [`Summary::MAX_COUNTERS`].
    pub fn new(counters: u32) -> Result<Self, SettingError> {
        if !(1..=Self::MAX_COUNTERS).contains(&counters) {
            return Err(SettingError::Counters(counters));
        }
        Ok(Self {
            counters: counters as usize,
            heap: Vec::new(),
            index: HashMap::with_hasher(FixedState::default()),
            total: 0,
        })
    }

    /// Counts a request for `key`; its counter as it is now. Takes O(log k).
    pub fn record(&mut self, key: u64) -> Counted {
        // ANCHOR: stage4_record
        todo!("stage 4: record")
        // ANCHOR_END: stage4_record
    }

    /// The counter of `key`, if it has one.
    #[must_use]
    pub fn get(&self, key: u64) -> Option<Counted> {
        self.index.get(&key).map(|&at| self.heap[at])
    }

    /// All counters, the highest first; keys of one count in the order of their hashes.
    #[must_use]
    pub fn top(&self) -> Vec<Counted> {
        let mut top = self.heap.clone();
        top.sort_unstable_by_key(|counted| (Reverse(counted.count), counted.key));
        top
    }

    /// What was recorded altogether.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How often a key without a counter was asked for, at most.
    #[must_use]
    pub fn unseen_at_most(&self) -> u64 {
        if self.heap.len() < self.counters {
            0
        } else {
            self.heap[0].count
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.heap.clear();
        self.index.clear();
        self.total = 0;
    }

    /// Appends a counter; where it lies until it is settled.
    fn add(&mut self, counted: Counted) -> usize {
        let at = self.heap.len();
        self.heap.push(counted);
        self.index.insert(counted.key, at);
        at
    }

    /// Puts `heir` into the place of the smallest counter, whose key is forgotten; where it lies until it is settled.
    fn replace_least(&mut self, heir: Counted) -> usize {
        self.index.remove(&self.heap[0].key);
        self.heap[0] = heir;
        self.index.insert(heir.key, 0);
        0
    }

    /// Moves the counter at `at`, which alone may lie wrong, to where it belongs; the counter.
    fn settle(&mut self, mut at: usize) -> Counted {
        while at > 0 && self.heap[at].count < self.heap[(at - 1) / 2].count {
            at = self.swap(at, (at - 1) / 2);
        }
        while let Some(child) = self.smaller_child(at)
            && self.heap[child].count < self.heap[at].count
        {
            at = self.swap(at, child);
        }
        self.heap[at]
    }

    fn smaller_child(&self, at: usize) -> Option<usize> {
        let children = 2 * at + 1..(2 * at + 3).min(self.heap.len());
        children.min_by_key(|&child| self.heap[child].count)
    }

    /// Exchanges two counters; where the one at `from` lies now.
    fn swap(&mut self, from: usize, to: usize) -> usize {
        self.heap.swap(from, to);
        for at in [from, to] {
            self.index.insert(self.heap[at].key, at);
        }
        to
    }
}

/// How often keys are asked for, in this window and the one before.
#[derive(Clone, Debug)]
pub struct Traffic {
    window: Duration,
    /// The number of the present window, counted from the origin of time.
    number: u128,
    current: Summary,
    last: Summary,
}

impl Traffic {
    /// Windows of `window` each, with `counters` counters each.
    ///
    /// # Errors
    /// [`SettingError::Counters`] as for [`Summary::new`], [`SettingError::Window`] unless it is 1 ms to 24 hours.
    pub fn new(counters: u32, window: Duration) -> Result<Self, SettingError> {
        if window < Duration::from_millis(1) || window > Duration::from_secs(24 * 3600) {
            return Err(SettingError::Window(window));
        }
        Ok(Self {
            window,
            number: 0,
            current: Summary::new(counters)?,
            last: Summary::new(counters)?,
        })
    }

    /// Counts a request for `key` at `now`; how often it was asked for in this window or in the last, whichever is more, and at least.
    ///
    /// At least, because nobody should be hot by what it took over. Whichever is more, because a window that has just begun says nothing yet.
    pub fn record(&mut self, key: u64, now: Duration) -> u64 {
        // ANCHOR: stage4_rate
        todo!("stage 4: rate")
        // ANCHOR_END: stage4_rate
    }

    /// The present window's summary, as of the last request.
    #[must_use]
    pub fn current(&self) -> &Summary {
        &self.current
    }

    /// The summary of the window before.
    #[must_use]
    pub fn last(&self) -> &Summary {
        &self.last
    }

    /// Begins the window of `now`, if it is a later one than the present. A clock that steps back stays in the present window.
    fn turn(&mut self, now: Duration) {
        // ANCHOR: stage4_turn
        todo!("stage 4: turn")
        // ANCHOR_END: stage4_turn
    }
}
