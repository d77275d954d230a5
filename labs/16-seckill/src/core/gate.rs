//! The sold-out gate: after the last unit, a refusal costs one load of an atomic and no round trip.
//!
//! 900,000 of a million buyers get nothing, and each asks more than once: the gate is what makes that cheap. It is a cache of
//! one bit, with a cache's two dangers. *Closed too long*: an unpaid unit comes back, and the instance goes on
//! saying "sold out"; so someone has to look ([`Gate::observe`]). *Closed by old news*: a "sold out" read before a unit came
//! back arrives after it; so each carries the bucket's *epoch*, which counts the units that came back.
//!
//! A gate that is open for nothing costs one round trip; one that is closed for nothing is a lie. So what nobody has
//! looked at is open.

use std::sync::atomic::{AtomicU64, Ordering};

use super::ids::Bucket;

/// One bucket's gate. The state is one word: the epoch, then one bit for "closed".
#[derive(Debug, Default)]
pub struct Gate(AtomicU64);

/// The gates of a sale, one for each bucket.
#[derive(Debug)]
pub struct Gates(Box<[Gate]>);

const CLOSED: u64 = 1;

impl Gate {
    /// Whether it is worth asking the bucket.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::Acquire) & CLOSED == 0
    }

    /// The epoch of the newest news this gate has had; 0 if it has had none.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.0.load(Ordering::Acquire) >> 1
    }

    /// The bucket answered "sold out" when its epoch was `epoch`: closes, unless a unit is known to have come back since.
    pub fn sold_out(&self, epoch: u64) {
        // ANCHOR: stage3_sold_out
        todo!("stage 3: sold out")
        // ANCHOR_END: stage3_sold_out
    }

    /// The bucket was looked at: `stock` units, at `epoch`. Opens it if there are any.
    ///
    /// Whoever looks is believed even when its epoch is lower: after a fail-over the bucket may have been rebuilt.
    pub fn observe(&self, stock: u64, epoch: u64) {
        // ANCHOR: stage3_observe
        todo!("stage 3: observe")
        // ANCHOR_END: stage3_observe
    }
}

impl Gates {
    /// `buckets` gates, all open.
    #[must_use]
    pub fn open(buckets: u16) -> Self {
        Self((0..buckets).map(|_| Gate::default()).collect())
    }

    /// The gate of `bucket`.
    ///
    /// # Panics
    /// If the sale has no such bucket.
    #[must_use]
    pub fn of(&self, bucket: Bucket) -> &Gate {
        &self.0[usize::from(bucket.0)]
    }

    /// Whether every bucket is known to be empty: only then is "sold out" an answer this instance may give by itself.
    #[must_use]
    pub fn all_closed(&self) -> bool {
        // ANCHOR: stage3_all_closed
        todo!("stage 3: all closed")
        // ANCHOR_END: stage3_all_closed
    }
}
