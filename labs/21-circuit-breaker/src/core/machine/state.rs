//! The states of a circuit, what moves it from one to the next, and what it says to who asks.

use std::time::Duration;

use super::super::error::Rejection;

/// Where the circuit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Every call is admitted and counted.
    Closed,
    /// No call is admitted before `until`.
    Open {
        /// The first moment at which a call is admitted, as a probe.
        until: Duration,
    },
    /// A few calls are admitted, as probes.
    HalfOpen,
    /// An operator wants no call to be admitted.
    ForcedOpen,
    /// An operator wants every call to be admitted, and none to be counted.
    ForcedClosed,
}

/// What an operator may want, whatever the downstream does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forced {
    /// No call is admitted.
    Open,
    /// Every call is admitted.
    Closed,
}

/// Why the circuit went from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Too many calls in the window failed, or were slow.
    Tripped,
    /// It was open for as long as it had to be.
    Waited,
    /// A probe failed, or was slow.
    ProbeFailed,
    /// A probe had not answered at the end of its lease.
    LeaseEnded,
    /// Enough probes succeeded.
    Recovered,
    /// An operator wanted it.
    Forced,
    /// An operator let go.
    Released,
}

/// One step from a state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The generation that begins with it: one more than the last.
    pub generation: u64,
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
    /// Why.
    pub cause: Cause,
}

/// What one admitted call must bring back: the generation that it belongs to, and if it is a probe, which.
///
/// It cannot be copied, and is used up by [`super::Machine::settle`]: one call settles once.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    pub(crate) generation: u64,
    pub(crate) probe: u64,
}

/// What the machine says to who wants to call.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Admission {
    /// Call, and bring the ticket back.
    Admit(Ticket),
    /// Do not call.
    Reject(Rejection),
}

/// What the machine made of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Settled {
    /// It was of this generation.
    InTime,
    /// It was of an earlier one, or of a probe whose lease had ended: it changed nothing.
    Late,
}

impl State {
    /// In metrics and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen => "half_open",
            Self::ForcedOpen => "forced_open",
            Self::ForcedClosed => "forced_closed",
        }
    }
}

impl Cause {
    /// In logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tripped => "tripped",
            Self::Waited => "waited",
            Self::ProbeFailed => "probe_failed",
            Self::LeaseEnded => "lease_ended",
            Self::Recovered => "recovered",
            Self::Forced => "forced",
            Self::Released => "released",
        }
    }
}
