//! What is called, and whoever calls it: variants of the lab, backon, and nobody.

use std::hint::black_box;
use std::pin::Pin;

use measure::{Spread, Turns, rate, timed_async};

/// Why a call failed.
#[derive(Debug)]
pub struct No;

/// A slice of calls: how many of them came to a success.
pub type Slice<'a> = Pin<Box<dyn Future<Output = u64> + 'a>>;

/// Whoever calls, and looks at each answer. The compiler knows none of them, nor who retries how. A slice is one call, so what is virtual about it costs a request nothing.
pub trait Calling {
    /// Calls so many times, one after the other.
    fn calls(&self, times: u64) -> Slice<'_>;
}

/// Who takes turns, by name.
pub type Contest = Vec<(&'static str, Box<dyn Calling>)>;

/// A call that succeeds at once.
pub async fn succeed() -> Result<u64, No> {
    black_box(Ok(1))
}

/// A call that fails every time.
pub async fn fail() -> Result<u64, No> {
    black_box(Err(No))
}

/// A server whose every second attempt succeeds: a call that is retried once.
#[derive(Debug, Default)]
pub struct EverySecond(std::cell::Cell<u64>);

impl EverySecond {
    /// One attempt.
    pub fn attempt(&self) -> impl Future<Output = Result<u64, No>> + use<> {
        let number = self.0.get();
        self.0.set(number + 1);
        async move {
            black_box(if number.is_multiple_of(2) {
                Err(No)
            } else {
                Ok(1)
            })
        }
    }
}

/// Lets all of them take turns, `slice` calls each; `succeed` of them must come to a success.
pub async fn turns(
    contest: &Contest,
    slice: u64,
    succeed: u64,
    warm_up: usize,
    rounds: usize,
) -> Turns {
    let mut turns = Turns::new(contest.len(), warm_up, rounds);
    while let Some(who) = turns.next() {
        let (name, caller) = &contest[who];
        let (took, succeeded) = timed_async(caller.calls(slice)).await;
        assert_eq!(succeeded, succeed, "{name}");
        turns.record(rate(slice, took));
    }
    turns
}

/// How long a call took, in each round.
pub fn nanos(turns: &Turns, who: usize) -> impl Iterator<Item = f64> {
    turns.rates(who).into_iter().map(|rate| 1e9 / rate)
}

/// How much longer than `that`'s, in each round.
pub fn more(turns: &Turns, this: usize, that: usize) -> Spread {
    let pairs = nanos(turns, this).zip(nanos(turns, that));
    Spread::of(pairs.map(|(this, that)| this - that))
}

/// How many times as long as `that`'s, in each round.
pub fn times_as_long(turns: &Turns, this: usize, that: usize) -> Spread {
    // That one's rate in terms of this one's.
    Spread::of(turns.ratios(that, this))
}
