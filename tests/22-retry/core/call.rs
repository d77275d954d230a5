//! A call that every attempt of fails, played through the core: no wait is waited, the moments are added up.

use std::time::Duration;

use fastrand::Rng;
use retry::core::attempts::{Attempts, Begin, Next};
use retry::core::backoff::{Backoff, Strategy};
use retry::core::class::{Class, Safety};
use retry::core::error::Stop;
use retry::core::limits::Limits;

pub const MS: Duration = Duration::from_millis(1);

/// A wait of 10 ms, each time.
pub fn ten_ms() -> Backoff {
    Backoff::new(Strategy::Constant { wait: 10 * MS }).unwrap()
}

/// How a call went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Went {
    /// When each attempt started.
    pub attempts: Vec<Duration>,
    /// The waits between them.
    pub waits: Vec<Duration>,
    /// Why it ended.
    pub stop: Stop,
}

/// Plays a call that starts at 0 and whose attempts fail after 1 ms each with what `fails` says for the attempt (1 is the first).
pub fn play(
    backoff: &Backoff,
    limits: &Limits,
    safety: Safety,
    fails: impl Fn(u32) -> Class,
) -> Went {
    let mut now = Duration::ZERO;
    let mut rng = Rng::with_seed(7);
    let mut call = Attempts::start(backoff, limits, safety, now);
    let (mut attempts, mut waits) = (Vec::new(), Vec::new());
    let stop = loop {
        match call.begin(now) {
            Begin::Go { .. } => attempts.push(now),
            Begin::Stop(stop) => break stop,
        }
        now += MS;
        match call.next(fails(call.made()), now, &mut rng) {
            Next::Retry { after } => {
                waits.push(after);
                now = now.saturating_add(after);
            }
            Next::Stop(stop) => break stop,
        }
    };
    Went {
        attempts,
        waits,
        stop,
    }
}
