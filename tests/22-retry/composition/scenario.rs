//! The orders, the faults, and what all of them share.

use std::time::Duration;

use fastrand::Rng;

pub const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Of a call, the first among them.
pub const ATTEMPTS: u32 = 3;
/// A time-out next to the call, or around one attempt.
pub const SHORT: Duration = ms(60);
/// A time-out around a whole call: three short ones, and the waits between them.
pub const LONG: Duration = ms(220);
/// The breaker looks at this many results,
pub const WINDOW: u32 = 20;
/// trips on no fewer than these,
pub const MINIMUM: u32 = 10;
/// if so many of them failed,
pub const FAILURE_RATE: f64 = 0.5;
/// and is open for this long; then one probe at a time, two of which must succeed.
pub const OPEN_FOR: Duration = ms(250);
/// Calls a second.
pub const RATE: u32 = 40;
/// For all attempts, where a refusal of the breaker is waited for: longer than it is open.
pub const DEADLINE: Duration = ms(400);

/// What stands around what, from the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    RetryBreakerTimeout,
    RetryTimeoutBreaker,
    TimeoutRetryBreaker,
    BreakerRetryTimeout,
    BreakerTimeoutRetry,
    TimeoutBreakerRetry,
}

impl Order {
    pub const ALL: [Self; 6] = [
        Self::RetryBreakerTimeout,
        Self::RetryTimeoutBreaker,
        Self::TimeoutRetryBreaker,
        Self::BreakerRetryTimeout,
        Self::BreakerTimeoutRetry,
        Self::TimeoutBreakerRetry,
    ];

    /// As words, and with `_` in names of figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::RetryBreakerTimeout => "retry breaker time-out",
            Self::RetryTimeoutBreaker => "retry time-out breaker",
            Self::TimeoutRetryBreaker => "time-out retry breaker",
            Self::BreakerRetryTimeout => "breaker retry time-out",
            Self::BreakerTimeoutRetry => "breaker time-out retry",
            Self::TimeoutBreakerRetry => "time-out breaker retry",
        }
    }

    /// Whether the time-out drops a call that the breaker has let in: to the breaker that is a caller who went away.
    pub fn breaker_hears_of_a_timeout(self) -> bool {
        match self {
            Self::RetryBreakerTimeout | Self::BreakerRetryTimeout | Self::BreakerTimeoutRetry => {
                true
            }
            Self::RetryTimeoutBreaker | Self::TimeoutRetryBreaker | Self::TimeoutBreakerRetry => {
                false
            }
        }
    }

    /// Whether the breaker sees attempts, or only what came of all of them.
    pub fn breaker_sees_attempts(self) -> bool {
        match self {
            Self::RetryBreakerTimeout | Self::RetryTimeoutBreaker | Self::TimeoutRetryBreaker => {
                true
            }
            Self::BreakerRetryTimeout | Self::BreakerTimeoutRetry | Self::TimeoutBreakerRetry => {
                false
            }
        }
    }
}

/// What is wrong with the downstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It answers every call with 503, at once.
    Refuses,
    /// It takes every call, and answers none until it is well again.
    Hangs,
}

impl Fault {
    pub const ALL: [Self; 2] = [Self::Refuses, Self::Hangs];

    pub fn name(self) -> &'static str {
        match self {
            Self::Refuses => "refuses",
            Self::Hangs => "hangs",
        }
    }
}

/// What the retry makes of a refusal of the breaker. Each has its classifier in `stack.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// Nothing more is tried.
    Stops,
    /// It waits for as long as the breaker says, if the deadline allows it.
    Waits,
    /// It is a failure like any other.
    Retried,
}

impl Rejected {
    pub const ALL: [Self; 3] = [Self::Stops, Self::Waits, Self::Retried];

    pub fn name(self) -> &'static str {
        match self {
            Self::Stops => "stops",
            Self::Waits => "waits",
            Self::Retried => "retries",
        }
    }

    /// For a table.
    pub fn words(self) -> &'static str {
        match self {
            Self::Stops => "ends the call",
            Self::Waits => "is a time to wait",
            Self::Retried => "is one more failure",
        }
    }
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// An order; a refusal of the breaker stops the retry.
    Order(Order, Fault),
    /// Retry around breaker around time-out, with a deadline, over a downstream that refuses.
    Rejected(Rejected),
}

impl Case {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let orders = |fault| Order::ALL.map(|order| Self::Order(order, fault));
        let orders = Fault::ALL.into_iter().flat_map(orders);
        orders.chain(Rejected::ALL.map(Self::Rejected)).collect()
    }

    pub fn fault(self) -> Fault {
        match self {
            Self::Order(_, fault) => fault,
            Self::Rejected(_) => Fault::Refuses,
        }
    }
}

/// How long it is well, ill, and well again.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub well: Duration,
    pub dead: Duration,
    pub again: Duration,
}

impl Scenario {
    /// Long enough for the breaker to be full of good results before, and to close after it.
    pub fn of(quick: bool) -> Self {
        let [well, dead, again] = if quick {
            [600, 1200, 1500]
        } else {
            [1000, 3000, 2500]
        }
        .map(ms);
        Self { well, dead, again }
    }

    /// When calls are sent: one in each slot of time, at a moment of its middle half that is drawn by lot, so that nobody is on the way when the
    /// downstream changes, which is between two slots.
    pub fn schedule(&self, rng: &mut Rng) -> Vec<Duration> {
        let slot = Duration::from_secs(1) / RATE;
        let mut begin = Duration::ZERO;
        let mut calls = Vec::new();
        while begin < self.well + self.dead + self.again {
            calls.push(begin + slot.mul_f64(0.25 + rng.f64() / 2.0));
            begin += slot;
        }
        calls
    }
}

/// The most probes that a dead downstream can see in this time, if each fails and opens the circuit again.
pub fn most_probes(dead: Duration) -> f64 {
    (dead.as_secs_f64() / OPEN_FOR.as_secs_f64()).ceil()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_has_one_call_and_the_window_is_full_before_the_fault() {
        for scenario in [true, false].map(Scenario::of) {
            let calls = scenario.schedule(&mut Rng::with_seed(1));
            let slot = |at: &Duration| at.as_millis() / 25;
            let all = (scenario.well + scenario.dead + scenario.again).as_millis() / 25;
            assert!(calls.iter().map(slot).eq(0..all));
            let before = calls.iter().filter(|at| **at < scenario.well).count();
            assert!(before >= WINDOW as usize, "{before}");
        }
    }

    #[test]
    fn each_order_and_each_answer_is_run_once() {
        let all = Case::all();
        assert_eq!(all.len(), 15);
        assert!(
            all.iter()
                .enumerate()
                .all(|(at, case)| !all[..at].contains(case))
        );
        let hears = Order::ALL.map(Order::breaker_hears_of_a_timeout);
        assert_eq!(hears.iter().filter(|hears| **hears).count(), 3);
    }

    #[test]
    fn a_long_time_out_has_room_for_three_short_ones() {
        let waits = crate::stack::CAP * (ATTEMPTS - 1);
        assert!(LONG >= SHORT * ATTEMPTS + waits && DEADLINE > OPEN_FOR);
    }
}
