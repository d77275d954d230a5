//! The probes of one half-open state: who is out, and until when.
//!
//! Why a list and not a number: a probe that never answers would hold its permit for ever, and a circuit whose permits are all held never
//! closes. So each probe is lent its permit until a moment, and the list knows the nearest one. What must stay true: the list is in the
//! order of the leases' ends, because all leases are equally long and time does not step back.

use std::collections::VecDeque;
use std::time::Duration;

/// The probes of one half-open state.
#[derive(Clone, Debug, Default)]
pub(super) struct Probes {
    /// Those in flight, by their numbers and the ends of their leases, the nearest first.
    out: VecDeque<(u64, Duration)>,
    /// How many were sent.
    sent: u64,
}

impl Probes {
    /// How many are in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.out.len()
    }

    /// When the nearest lease ends.
    pub(super) fn nearest_end(&self) -> Option<Duration> {
        self.out.front().map(|(_, ends)| *ends)
    }

    /// One more goes out, until `ends`. Its number.
    pub(super) fn send(&mut self, ends: Duration) -> u64 {
        self.sent += 1;
        self.out.push_back((self.sent, ends));
        self.sent
    }

    /// This one is back.
    pub(super) fn take_back(&mut self, probe: u64) {
        self.out.retain(|(number, _)| *number != probe);
    }

    /// Nobody is out: the state that they probed for has ended.
    pub(super) fn clear(&mut self) {
        self.out.clear();
    }
}
