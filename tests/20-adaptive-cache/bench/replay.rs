//! A trace against a cache: each key is asked for, and inserted if it was not there, as whoever reads through a cache does.

use traces::{Access, Hits, Trace};

/// A cache of a variant, or a rival's.
pub trait Replayed {
    /// Asks for a key, and inserts it if it is not there; whether it was.
    fn is_hit(&mut self, access: Access) -> bool;
}

/// Hits of a whole trace, from an empty cache.
pub fn replay(trace: &Trace, cache: &mut dyn Replayed) -> Hits {
    let hits = trace
        .accesses()
        .iter()
        .filter(|access| cache.is_hit(**access));
    Hits::of(hits.count() as u64, trace)
}

/// How large a cache is to be.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// In units of weight.
    pub capacity: u64,
    /// About.
    pub entries: u32,
}

impl Size {
    /// So many entries, each of weight 1.
    pub fn entries(entries: u32) -> Self {
        Self {
            capacity: u64::from(entries),
            entries,
        }
    }
}
