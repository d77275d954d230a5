//! What a breaker has counted since it was made. Each of these only grows.
//!
//! Why counts by ending and not by outcome: "failures" does not tell an operator whether the downstream answers with errors, does not
//! answer, or panics. What must stay true: every admitted call that has ended is in exactly one of the endings.

use super::super::machine::State;
use super::super::outcome::{Call, Ending, Outcome};

/// What has been counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls that were answered, and well.
    pub successes: u64,
    /// Calls that were answered with what a classifier calls a failure.
    pub failures: u64,
    /// Calls whose answer says nothing about the downstream.
    pub ignored: u64,
    /// Calls that had no answer in time.
    pub timed_out: u64,
    /// Calls in which the service below panicked.
    pub panicked: u64,
    /// Calls whose caller went away.
    pub cancelled: u64,
    /// Of all these, how many took too long.
    pub slow: u64,
    /// Of all these, how many ended in a later generation, or after their lease, and changed nothing.
    pub late: u64,
    /// Calls that an open circuit rejected.
    pub rejected_open: u64,
    /// Calls that a half-open circuit rejected.
    pub rejected_half_open: u64,
    /// Calls that a circuit rejected because an operator held it open.
    pub rejected_forced: u64,
    /// Answers given by a fallback.
    pub fallbacks: u64,
    /// How often it has come into each state, by [`Tally::STATES`].
    pub entered: [u64; 5],
}

impl Tally {
    /// The states by name, in the order of [`Tally::entered`].
    pub const STATES: [&'static str; 5] = [
        "closed",
        "open",
        "half_open",
        "forced_open",
        "forced_closed",
    ];

    /// Calls that were admitted and have ended.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.successes
            + self.failures
            + self.ignored
            + self.timed_out
            + self.panicked
            + self.cancelled
    }

    /// Calls that were not admitted.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejected_open + self.rejected_half_open + self.rejected_forced
    }

    /// It has come into this state.
    pub(super) fn enter(&mut self, state: State) {
        let index = match state {
            State::Closed => 0,
            State::Open { .. } => 1,
            State::HalfOpen => 2,
            State::ForcedOpen => 3,
            State::ForcedClosed => 4,
        };
        self.entered[index] += 1;
    }

    /// One call has ended.
    pub(super) fn end(&mut self, ending: Ending, call: Call, late: bool) {
        let count = match ending {
            Ending::Answered(Outcome::Success) => &mut self.successes,
            Ending::Answered(Outcome::Failure) => &mut self.failures,
            Ending::Answered(Outcome::Ignored) => &mut self.ignored,
            Ending::TimedOut => &mut self.timed_out,
            Ending::Panicked => &mut self.panicked,
            Ending::Cancelled => &mut self.cancelled,
        };
        *count += 1;
        self.slow += u64::from(call.slow && call.outcome != Outcome::Ignored);
        self.late += u64::from(late);
    }
}
