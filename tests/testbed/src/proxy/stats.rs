//! What a proxy has seen and done: a test of a fault asserts here that its fault happened.

use super::plan::{Direction, Faults};

/// The kinds of faults, as they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A chunk, or the end of a stream, had to wait for its delay, and not only for the chunk before it.
    Delay,
    /// A chunk had to wait for bandwidth.
    Bandwidth,
    /// A chunk went in more than one piece.
    Slice,
    /// A connection was dropped at its byte.
    Drop,
    /// A chunk, or the end of a stream, was kept back by a partition.
    Partition,
    /// A hold took effect.
    Hold,
    /// A connection was closed by a cut.
    Cut,
    /// A connection was reset.
    Reset,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Delay,
        Self::Bandwidth,
        Self::Slice,
        Self::Drop,
        Self::Partition,
        Self::Hold,
        Self::Cut,
        Self::Reset,
    ];
}

/// What has gone one way. A chunk is what one read gave, at most 16 KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Chunks that the proxy has read.
    pub chunks_in: u64,
    /// Bytes that the proxy has read.
    pub bytes_in: u64,
    /// Chunks that it has passed on whole.
    pub chunks_out: u64,
    /// Bytes that it has passed on.
    pub bytes_out: u64,
}

impl Traffic {
    /// Bytes that were read and not passed on: they wait for a fault to end, or went down with their connection.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.bytes_in - self.bytes_out
    }
}

/// What a proxy has seen and done since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections that were accepted to be served.
    pub connections: u64,
    /// Those of them that are open now.
    pub open: u64,
    /// Those of them that ended because the server did not accept.
    pub unreachable: u64,
    pub(super) traffic: [Traffic; 2],
    pub(super) fired: [u64; Kind::ALL.len()],
}

impl Stats {
    /// What has gone one way.
    #[must_use]
    pub fn toward(&self, direction: Direction) -> Traffic {
        self.traffic[direction.index()]
    }

    /// How many times a fault of this kind has struck.
    #[must_use]
    pub fn fired(&self, kind: Kind) -> u64 {
        self.fired[kind as usize]
    }

    pub(super) fn count(&mut self, kind: Kind, times: u64) {
        self.fired[kind as usize] += times;
    }
}

impl Faults {
    /// The kinds that are in this set, in the order of [`Kind::ALL`].
    #[must_use]
    pub fn kinds(&self) -> Vec<Kind> {
        let any = |has: fn(&super::plan::Rules) -> bool| {
            Direction::BOTH.iter().any(|&d| has(self.toward(d)))
        };
        [
            (Kind::Delay, any(|r| r.delay.is_some())),
            (Kind::Bandwidth, any(|r| r.bandwidth.is_some())),
            (Kind::Slice, any(|r| r.slice.is_some())),
            (Kind::Drop, any(|r| r.drop_after.is_some())),
            (Kind::Partition, any(|r| r.partition)),
        ]
        .into_iter()
        .filter_map(|(kind, is_in)| is_in.then_some(kind))
        .collect()
    }
}
