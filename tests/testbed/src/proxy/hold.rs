//! A hold: a number of chunks of one direction, then nothing moves.
//!
//! This is how a test reaches every point at which a process can crash: hold after chunk 0, 1, 2, .. and kill the
//! process each time, instead of killing at random and hoping. The count is taken when a chunk sets out, so that two
//! connections cannot both be the last, and the hold closes when the last has arrived, so that what it let through is
//! with its receiver.

use super::plan::Direction;

/// A hold that closes after some chunks.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) number: u64,
    direction: Direction,
    left: u64,
    on_the_way: u64,
}

/// A hold's answer to a chunk.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// It may pass, and is one of the number: it stays so to its end.
    Counted,
    /// It may pass as long as the hold has not closed.
    Free,
    /// It waits.
    No,
}

impl Hold {
    pub(super) fn new(number: u64, direction: Direction, chunks: u64) -> Self {
        Self {
            number,
            direction,
            left: chunks,
            on_the_way: 0,
        }
    }

    /// Whether nothing moves any more.
    pub(super) fn is_closed(&self) -> bool {
        self.left == 0 && self.on_the_way == 0
    }

    /// May something of `direction` go on? `sets_out`: it is a chunk of which nothing has gone yet.
    pub(super) fn ask(&mut self, direction: Direction, sets_out: bool) -> Pass {
        if self.is_closed() {
            return Pass::No;
        }
        if direction != self.direction {
            return Pass::Free;
        }
        if self.left == 0 {
            return Pass::No;
        }
        if !sets_out {
            return Pass::Free;
        }
        self.left -= 1;
        self.on_the_way += 1;
        Pass::Counted
    }

    /// A counted chunk has arrived.
    pub(super) fn passed(&mut self) {
        self.on_the_way -= 1;
    }

    /// A counted chunk went down with its connection: another takes its place.
    pub(super) fn failed(&mut self) {
        self.on_the_way -= 1;
        self.left += 1;
    }
}
