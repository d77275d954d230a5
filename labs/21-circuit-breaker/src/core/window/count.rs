//! The last N calls: a ring of N places, and the counts of what lies in it.
//!
//! Why running counts and not a look at the ring: a decision follows every call, and must not cost N. What must stay true: the counts are
//! those of the ring, so a call that falls out is taken away again. An empty place reads as a quick success and is not counted as a call.

use super::super::outcome::{Call, Outcome};
use super::Counts;
use super::bits::Bits;

/// The last N calls.
#[derive(Clone, Debug)]
pub struct CountWindow {
    /// N.
    len: usize,
    /// Where the next call goes; when the ring is full, the oldest lies there.
    next: usize,
    /// Which places hold a call that failed.
    failed: Bits,
    /// Which places hold a call that was slow.
    slow: Bits,
    counts: Counts,
}

impl CountWindow {
    /// An empty window over the last `calls` calls.
    ///
    /// # Panics
    /// If `calls` is zero: a configuration never says so.
    #[must_use]
    pub fn new(calls: u32) -> Self {
        assert!(calls > 0, "a window holds at least one call");
        let len = calls as usize;
        Self {
            len,
            next: 0,
            failed: Bits::new(len),
            slow: Bits::new(len),
            counts: Counts::default(),
        }
    }

    /// One call more; the oldest of a full window leaves.
    // ANCHOR: count_record
    pub fn record(&mut self, call: Call) {
        // ANCHOR: stage1_record
        todo!("stage 1: record")
        // ANCHOR_END: stage1_record
    }
    // ANCHOR_END: count_record

    /// The calls in the window.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Forgets every call.
    pub fn clear(&mut self) {
        self.failed.clear();
        self.slow.clear();
        self.counts = Counts::default();
        self.next = 0;
    }

    /// Whether it is full, and of quick successes only: then one more changes nothing, wherever in the ring it goes.
    #[must_use]
    pub fn is_all_well(&self) -> bool {
        let Counts {
            calls,
            failures,
            slow,
        } = self.counts;
        calls == self.len as u64 && failures == 0 && slow == 0
    }
}
