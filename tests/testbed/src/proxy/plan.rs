//! What goes wrong on the way: the faults of a connection's bytes, and the lane that decides them by seed.
//!
//! Pure: no tokio, no clock. A [`Lane`] is one direction of one connection, and every answer it gives is a
//! function of (seed, connection's number, direction, kind of fault, number of the chunk). What must stay true:
//! asking twice gives the same answer, so a change of plan in the middle of a wait can simply ask again.
//!
//! Duplicated, reordered or corrupted bytes are left out: TCP shields an application from the first two, and on a byte
//! stream only someone who knows the protocol could do them in a way that a real network does.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::draw::{draw, draw_in};

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the server: requests.
    ToServer,
    /// From the server to the client: responses.
    ToClient,
}

impl Direction {
    pub(super) const BOTH: [Self; 2] = [Self::ToServer, Self::ToClient];

    pub(super) fn index(self) -> usize {
        match self {
            Self::ToServer => 0,
            Self::ToClient => 1,
        }
    }
}

/// The faults of one direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) delay: Option<(Duration, Duration)>,
    pub(super) bandwidth: Option<u64>,
    pub(super) slice: Option<u64>,
    pub(super) drop_after: Option<(u64, u64)>,
    pub(super) partition: bool,
}

/// A set of faults, in both directions unless [`only`](Faults::only) says otherwise.
///
/// ```
/// use std::time::Duration;
/// use testbed::{Direction, Faults};
///
/// let slow = Faults::none().delay(Duration::from_millis(5)..=Duration::from_millis(50)).bandwidth(100_000);
/// let answers_in_pieces = Faults::none().slice(7).only(Direction::ToClient);
/// let both = slow.and(answers_in_pieces);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults([Rules; 2]);

impl Faults {
    /// A network that works.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Every chunk arrives later by a time drawn from `range`; chunks do not overtake each other.
    ///
    /// # Panics
    /// When the range is empty.
    #[must_use]
    pub fn delay(self, range: RangeInclusive<Duration>) -> Self {
        assert!(
            range.start() <= range.end(),
            "delay: the range {range:?} is empty"
        );
        self.each(|rules| rules.delay = Some((*range.start(), *range.end())))
    }

    /// All connections together move at most so many bytes a second in a direction, as on one slow link.
    ///
    /// # Panics
    /// When it is zero: that is a [`partition`](Faults::partition).
    #[must_use]
    pub fn bandwidth(self, bytes_per_second: u64) -> Self {
        assert!(
            bytes_per_second > 0,
            "bandwidth: 0 bytes a second is a partition"
        );
        self.each(|rules| rules.bandwidth = Some(bytes_per_second))
    }

    /// What arrives in one piece goes on in pieces of 1 to `max_bytes` bytes, each a segment of its own.
    ///
    /// # Panics
    /// When it is zero.
    #[must_use]
    pub fn slice(self, max_bytes: u64) -> Self {
        assert!(max_bytes > 0, "slice: a piece has at least 1 byte");
        self.each(|rules| rules.slice = Some(max_bytes))
    }

    /// Every connection is closed once it has moved a number of bytes, drawn from `range` for each direction of
    /// it and counted from now on: the receiver gets exactly so many, the rest is lost.
    ///
    /// # Panics
    /// When the range is empty.
    #[must_use]
    pub fn drop_after(self, range: RangeInclusive<u64>) -> Self {
        assert!(
            range.start() <= range.end(),
            "drop_after: the range {range:?} is empty"
        );
        self.each(|rules| rules.drop_after = Some((*range.start(), *range.end())))
    }

    /// Nothing arrives, connections stay open. What is sent waits, as it does for TCP's retransmission, and
    /// arrives when the partition is over.
    #[must_use]
    pub fn partition(self) -> Self {
        self.each(|rules| rules.partition = true)
    }

    /// These faults in one direction, none in the other.
    #[must_use]
    pub fn only(mut self, direction: Direction) -> Self {
        for other in Direction::BOTH {
            if other != direction {
                self.0[other.index()] = Rules::default();
            }
        }
        self
    }

    /// These faults and `more`; where both say something about the same, `more` is right.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        for (rules, more) in self.0.iter_mut().zip(more.0) {
            *rules = Rules {
                delay: more.delay.or(rules.delay),
                bandwidth: more.bandwidth.or(rules.bandwidth),
                slice: more.slice.or(rules.slice),
                drop_after: more.drop_after.or(rules.drop_after),
                partition: more.partition || rules.partition,
            };
        }
        self
    }

    pub(super) fn toward(&self, direction: Direction) -> &Rules {
        &self.0[direction.index()]
    }

    fn each(mut self, set: impl Fn(&mut Rules)) -> Self {
        self.0.iter_mut().for_each(set);
        self
    }
}

/// The streams of draws of a lane, one for each kind, so that none disturbs another.
#[derive(Clone, Copy)]
enum Stream {
    Delay = 1,
    Slice = 2,
    Drop = 3,
}

/// One direction of one connection: what has passed there, and what the seed has in store for the rest.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) direction: Direction,
    key: u64,
    chunks: u64,
    pieces: u64,
    /// Which plan `bytes` is counted in.
    plan: u64,
    bytes: u64,
}

impl Lane {
    pub(super) fn new(seed: u64, connection: u64, direction: Direction) -> Self {
        let key = draw(draw(seed, connection), direction.index() as u64);
        Self {
            direction,
            key,
            chunks: 0,
            pieces: 0,
            plan: 0,
            bytes: 0,
        }
    }

    /// How much later the chunk at hand arrives.
    pub(super) fn delay(&self, rules: &Rules) -> Duration {
        rules.delay.map_or(Duration::ZERO, |(min, max)| {
            let nanos = |d: Duration| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX);
            Duration::from_nanos(draw_in(
                self.stream(Stream::Delay),
                self.chunks,
                &(nanos(min)..=nanos(max)),
            ))
        })
    }

    /// How much of the `left` bytes of the chunk at hand go in the next piece: at least 1 of at least 1.
    pub(super) fn slice(&self, rules: &Rules, left: u64) -> u64 {
        rules.slice.map_or(left, |max| {
            draw_in(self.stream(Stream::Slice), self.pieces, &(1..=max)).min(left)
        })
    }

    /// How many bytes may still pass before the connection is dropped in plan number `plan`.
    pub(super) fn before_drop(&mut self, plan: u64, rules: &Rules) -> Option<u64> {
        if self.plan != plan {
            (self.plan, self.bytes) = (plan, 0);
        }
        let (min, max) = rules.drop_after?;
        Some(draw_in(self.stream(Stream::Drop), plan, &(min..=max)).saturating_sub(self.bytes))
    }

    /// A piece has gone.
    pub(super) fn wrote(&mut self, bytes: u64) {
        self.pieces += 1;
        self.bytes += bytes;
    }

    /// The chunk at hand has gone: on to the next.
    pub(super) fn next_chunk(&mut self) {
        self.chunks += 1;
    }

    fn stream(&self, stream: Stream) -> u64 {
        draw(self.key, stream as u64)
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
