//! When requests are sent and how much work each is: drawn from a seed before the run begins.
//!
//! Open loop: a request is sent when the schedule says so, whether or not earlier ones are answered. People who open a page do not wait
//! for each other. A closed loop (N callers, each waiting for its answer) asks less the slower the service is, and never overloads it.

use std::ops::RangeInclusive;
use std::time::Duration;

use chaos::Dice;

/// A stretch of even load.
#[derive(Clone, Copy, Debug)]
pub struct Phase {
    /// How long.
    pub lasts: Duration,
    /// Requests a second on average; 0 is silence.
    pub a_second: u32,
}

/// One request that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When, since the run began.
    pub at: Duration,
    /// How much work it is.
    pub work: Duration,
}

/// Work in whole microseconds, drawn evenly from a range.
fn work(range: &RangeInclusive<Duration>, dice: &mut Dice) -> Duration {
    let us = |end: &Duration| end.as_micros() as u64;
    Duration::from_micros(dice.within(&(us(range.start())..=us(range.end()))))
}

/// Until the next of them, if so many come in a second; for ever, if none does.
fn gap(a_second: u32, dice: &mut Dice) -> Duration {
    // 53 random bits: above 0, at most 1.
    let unit = ((dice.roll() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
    Duration::try_from_secs_f64(-unit.ln() / f64::from(a_second)).unwrap_or(Duration::MAX)
}

/// Arrivals that know nothing of each other (Poisson), phase after phase.
#[must_use]
pub fn poisson(
    phases: &[Phase],
    works: &RangeInclusive<Duration>,
    dice: &mut Dice,
) -> Vec<Arrival> {
    let mut arrivals = Vec::new();
    let mut begin = Duration::ZERO;
    for phase in phases {
        let mut at = gap(phase.a_second, dice);
        while at < phase.lasts {
            arrivals.push(Arrival {
                at: begin + at,
                work: work(works, dice),
            });
            at = at.saturating_add(gap(phase.a_second, dice));
        }
        begin += phase.lasts;
    }
    arrivals
}

/// `count` bursts, `every` so often, of `of` requests at one moment.
#[must_use]
pub fn bursts(
    count: u32,
    of: usize,
    every: Duration,
    works: &RangeInclusive<Duration>,
    dice: &mut Dice,
) -> Vec<Arrival> {
    let mut arrivals = Vec::new();
    for burst in 0..count {
        arrivals.extend((0..of).map(|_| Arrival {
            at: every * burst,
            work: work(works, dice),
        }));
    }
    arrivals
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn works() -> RangeInclusive<Duration> {
        Duration::from_millis(10)..=Duration::from_millis(30)
    }

    #[test]
    fn the_same_seed_is_the_same_load() {
        let phases = [Phase {
            lasts: SECOND,
            a_second: 200,
        }];
        let load = |seed| poisson(&phases, &works(), &mut Dice::of(seed, "load"));
        assert_eq!(load(1), load(1));
        assert_ne!(load(1), load(2));
    }

    #[test]
    fn a_phase_has_its_rate_and_ends_in_time() {
        let phase = |a_second| Phase {
            lasts: SECOND * 10,
            a_second,
        };
        let phases = [phase(100), phase(0), phase(300)];
        let load = poisson(&phases, &works(), &mut Dice::of(3, "load"));
        let within = |from: u32, to: u32| {
            let inside = |a: &&Arrival| (SECOND * from..SECOND * to).contains(&a.at);
            load.iter().filter(inside).count()
        };
        // Five standard deviations of a Poisson count.
        assert!(within(0, 10).abs_diff(1000) < 160, "{}", within(0, 10));
        assert_eq!(within(10, 20), 0);
        assert!(within(20, 30).abs_diff(3000) < 275, "{}", within(20, 30));
        assert_eq!(load.len(), within(0, 30));
        assert!(load.is_sorted_by_key(|arrival| arrival.at));
        assert!(load.iter().all(|arrival| works().contains(&arrival.work)));
    }

    #[test]
    fn a_burst_is_one_moment() {
        let load = bursts(3, 7, SECOND, &works(), &mut Dice::of(1, "bursts"));
        assert_eq!(load.len(), 21);
        assert!(load.iter().skip(7).take(7).all(|a| a.at == SECOND));
    }
}
