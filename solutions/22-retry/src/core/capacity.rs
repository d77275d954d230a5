//! The estimate: what retries buy, and what they do to a server that is failing.
//!
//! Why in code: an estimate in prose is never wrong, because nobody runs it. Each step below is a doctest, and where it
//! speaks of waits it asks this crate's own backoff.
//!
//! All figures are assumptions, round on purpose and named where they are used. What must stay true: nothing here is measured, and
//! nothing that makes a call reads it.

use std::time::Duration;

use super::backoff::Backoff;

/// The share of requests that fail for good, if each attempt fails with probability `failing` and by itself.
///
// ANCHOR: attempts
/// ```
/// use retry::core::capacity::{calls, lost};
///
/// // Assumed: one call in a hundred fails, each by itself. Three attempts
/// // leave one request in a million without an answer,
/// assert_eq!((1.0 / lost(0.01, 3)).round(), 1_000_000.0);
/// // for one call in a hundred more.
/// assert!((calls(0.01, 3) - 1.0101).abs() < 1e-9);
///
/// // The database is down: now nothing fails by itself. Three times the
/// // calls, and not one request more is answered.
/// assert_eq!((lost(1.0, 3), calls(1.0, 3)), (1.0, 3.0));
/// ```
// ANCHOR_END: attempts
#[must_use]
pub fn lost(failing: f64, attempts: u32) -> f64 {
    failing.powf(f64::from(attempts))
}

/// Calls that one request makes on average, under the same assumption.
#[must_use]
pub fn calls(failing: f64, attempts: u32) -> f64 {
    (0..attempts).map(|before| lost(failing, before)).sum()
}

/// Calls that one request makes at the bottom when everything there fails: each of `layers` layers tries `attempts` times.
///
// ANCHOR: layers
/// ```
/// use retry::core::capacity::with_attempts;
///
/// // Assumed: three services one behind the other, each tries three times,
/// // and a database behind them that can do 10,000 calls a second.
/// assert_eq!(with_attempts(3, 3), 27); // for one request
/// // It has 6,000 requests a second, and fails for one second:
/// assert_eq!(6_000 * with_attempts(3, 3), 162_000); // 16 times what it can
/// // Only one of the three services retries:
/// assert_eq!(6_000 * with_attempts(3, 1), 18_000); // still too much
/// ```
// ANCHOR_END: layers
#[must_use]
pub fn with_attempts(attempts: u32, layers: u32) -> u64 {
    u64::from(attempts).saturating_pow(layers)
}

/// The same when each layer has a budget that pays `ratio` of a retry for each call.
///
// ANCHOR: budget
/// ```
/// use retry::core::capacity::{retries_at_most, with_budget};
///
/// // A tenth in each of the three services: 1.1 x 1.1 x 1.1.
/// let calls = with_budget(0.1, 3);
/// assert!((calls - 1.331).abs() < 1e-9);
/// assert_eq!((6_000.0 * calls).round(), 7_986.0); // it can do 10,000
///
/// // A floor, so that who seldom calls may retry: 10 a second. A minute of
/// // outage, in one process that makes 1,000 calls a second:
/// assert_eq!(retries_at_most(0.1, 10, 60_000, 60), 6_610);
/// // The same calls from 200 processes, 5 a second each. The floor is each
/// // process's own: more retries than calls, and no budget any more.
/// assert_eq!(200 * retries_at_most(0.1, 10, 300, 60), 128_000);
/// ```
// ANCHOR_END: budget
#[must_use]
pub fn with_budget(ratio: f64, layers: u32) -> f64 {
    (1.0 + ratio).powf(f64::from(layers))
}

/// What a budget may have paid for after `calls` calls in `seconds`: what it started with, the ratio, the floor.
#[must_use]
pub fn retries_at_most(ratio: f64, per_second: u64, calls: u64, seconds: u64) -> u64 {
    per_second + (ratio * calls as f64).round() as u64 + per_second * seconds
}

/// The rate a second of `callers` who come within `interval`.
///
// ANCHOR: herd
/// ```
/// # use std::time::Duration;
/// use retry::core::backoff::{Backoff, Strategy};
/// use retry::core::capacity::arrivals;
///
/// // Assumed: 1,000 callers fail at one moment; the server can do 1,000
/// // calls a second. Waits from 100 ms on, doubled, at most 10 s.
/// let (base, factor) = (Duration::from_millis(100), 2.0);
/// let cap = Duration::from_secs(10);
/// let backoff = Backoff::new(Strategy::FullJitter { base, factor, cap })?;
/// let ceiling = |retry| backoff.ceiling(retry);
///
/// // The first retry, spread over the whole interval, and over a tenth:
/// assert_eq!(arrivals(1_000, ceiling(1)), 10_000);
/// assert_eq!(arrivals(1_000, ceiling(1) / 10), 100_000);
/// // The whole interval is long enough at the fifth retry. Its callers have
/// // waited half of the ceilings, on average: 1.55 s.
/// assert_eq!(arrivals(1_000, ceiling(5)), 625);
/// let waited: Duration = (1..=5).map(ceiling).sum();
/// assert_eq!(waited / 2, Duration::from_millis(1_550));
/// // A tenth is long enough at the eighth, which is the cap: after 22.7 s.
/// assert_eq!(arrivals(1_000, ceiling(8) / 10), 1_000);
/// let waited: Duration = (1..=8).map(ceiling).sum();
/// assert_eq!(waited, Duration::from_millis(22_700));
/// # Ok::<(), retry::core::error::ConfigError>(())
/// ```
// ANCHOR_END: herd
#[must_use]
pub fn arrivals(callers: u64, interval: Duration) -> u64 {
    (callers as f64 / interval.as_secs_f64()).round() as u64
}

/// How long a call may take that has `attempts` attempts of `timeout` each, and no deadline over all of them.
///
// ANCHOR: deadline
/// ```
/// # use std::time::Duration;
/// use retry::core::backoff::{Backoff, Strategy};
/// use retry::core::capacity::longest;
///
/// let (base, factor) = (Duration::from_millis(100), 2.0);
/// let cap = Duration::from_secs(10);
/// let backoff = Backoff::new(Strategy::FullJitter { base, factor, cap })?;
/// // Three attempts of a second, waits of up to 100 and 200 ms:
/// let bottom = longest(&backoff, 3, Duration::from_secs(1));
/// assert_eq!(bottom, Duration::from_millis(3_300));
/// // Whoever calls that, and wants to hear its answer, needs a time-out
/// // of 3.3 s; and whoever calls them, of 10.2 s.
/// let middle = longest(&backoff, 3, bottom);
/// assert_eq!(middle, Duration::from_millis(10_200));
/// let top = longest(&backoff, 3, middle);
/// assert_eq!(top, Duration::from_millis(30_900));
/// # Ok::<(), retry::core::error::ConfigError>(())
/// ```
// ANCHOR_END: deadline
#[must_use]
pub fn longest(backoff: &Backoff, attempts: u32, timeout: Duration) -> Duration {
    let waits: Duration = (1..attempts).map(|retry| backoff.ceiling(retry)).sum();
    timeout * attempts + waits
}

/// About how many windows an adaptive throttle needs after a long outage, until it holds nothing back; the client wants `wanted` calls a
/// window.
///
/// At first one call a window gets through. What is accepted lets through K times as much, within the same window already: a steady
/// growth by e^x a window, where x = K (1 - e^-x).
///
// ANCHOR: throttle
/// ```
/// use retry::core::capacity::windows_until_well;
///
/// // The SRE book's K of 2 and its window of two minutes; a client that
/// // wants 100 calls a second. The server is well, and is asked by it as
/// // before after seven windows, a quarter of an hour.
/// assert_eq!(windows_until_well(2.0, 100 * 120).round(), 7.0);
/// // A window of ten seconds: five of them, less than a minute.
/// assert_eq!(windows_until_well(2.0, 100 * 10).round(), 5.0);
/// // A K of 1.1 spares the server the most, and the way back is more than
/// // an hour and a half.
/// assert_eq!(windows_until_well(1.1, 100 * 120).round(), 49.0);
/// ```
// ANCHOR_END: throttle
#[must_use]
pub fn windows_until_well(k: f64, wanted: u32) -> f64 {
    let growth = (0..1000).fold(k, |x, _| k * (1.0 - (-x).exp()));
    1.0 + f64::from(wanted).ln() / growth
}

/// The share of requests that are slow, if they wait for `asked` calls of which a share of `slow` is, each by itself.
///
// ANCHOR: hedge
/// ```
/// use retry::core::capacity::slow_of;
///
/// // One call in a hundred is slow, and a page asks a hundred servers and
/// // waits for all of them: most pages are slow.
/// assert_eq!((slow_of(0.01, 100) * 100.0).round(), 63.0);
/// // With a hedge, both attempts must be slow, if each is by itself.
/// assert_eq!((slow_of(0.01 * 0.01, 100) * 100.0).round(), 1.0);
/// ```
// ANCHOR_END: hedge
#[must_use]
pub fn slow_of(slow: f64, asked: u32) -> f64 {
    1.0 - (1.0 - slow).powf(f64::from(asked))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;
    use crate::core::backoff::Strategy;
    use crate::core::throttle::{Admission, Terms, Throttle};

    /// The doctests use round numbers, which hide a swapped operator; these do not.
    #[test]
    fn sums_of_numbers_that_are_not_round() {
        let ms = Duration::from_millis;
        assert_eq!((lost(0.5, 3), calls(0.5, 3)), (0.125, 1.75));
        assert_eq!(calls(0.5, 0), 0.0);
        assert_eq!(retries_at_most(0.3, 7, 110, 13), 7 + 33 + 91);
        assert_eq!(arrivals(7, ms(250)), 28);
        let (base, cap) = (ms(3), ms(10));
        let factor = 2.0;
        let backoff = Backoff::new(Strategy::Exponential { base, factor, cap }).unwrap();
        assert_eq!(longest(&backoff, 4, ms(11)), ms(44 + 3 + 6 + 10));
        assert_eq!(longest(&backoff, 1, ms(11)), ms(11));
        assert!((slow_of(0.25, 2) - 0.4375).abs() < 1e-12);
    }

    /// The throttle itself, a server that was dead for two windows, and a client that wants 1000 calls in each.
    #[test]
    fn a_throttle_recovers_in_about_so_many_windows() {
        const WANTED: u32 = 1000;
        for (k, seeds) in [(1.5, 0..8), (2.0, 8..16), (3.0, 16..24)] {
            let expected = windows_until_well(k, WANTED);
            let needed: Vec<u32> = seeds
                .map(|seed| {
                    let mut rng = Rng::with_seed(seed);
                    let terms = Terms::new(k, Duration::from_secs(1)).unwrap();
                    let mut throttle = Throttle::new(terms);
                    let mut held = 0;
                    for call in 0..40 * WANTED {
                        let now = Duration::from_secs(1) * call / WANTED;
                        match throttle.ask(now, rng.f64()) {
                            Admission::Send if call >= 2 * WANTED => throttle.accepted(now),
                            Admission::Send => throttle.refused(now),
                            Admission::Reject { .. } => held = call,
                        }
                    }
                    held / WANTED - 1
                })
                .collect();
            let mean = f64::from(needed.iter().sum::<u32>()) / needed.len() as f64;
            assert!(
                (expected - mean).abs() < 0.35 * expected,
                "K {k}: {expected} windows expected, {needed:?} needed"
            );
        }
    }
}
