//! The estimate: what a downstream that hangs costs its caller, what a breaker leaves of it, and what the breaker itself costs.
//!
//! Why in code: an estimate in prose is never wrong, because nobody runs it. Each step below is a doctest; the two that speak of a
//! breaker's behaviour are held against the machine by the tests at the end.
//!
//! All figures are assumptions, round on purpose and named where they are used. What must stay true: nothing here is measured, and
//! nothing that makes a call reads it.

/// Calls in flight at `per_second` calls of `seconds` each: Little's law.
///
// ANCHOR: held
/// ```
/// use circuit_breaker::core::capacity::in_flight;
///
/// // Assumed: 1,000 requests a second, each makes one call that is
/// // answered after 50 ms. 500 workers, ten times what that needs.
/// assert_eq!(in_flight(1_000.0, 0.050), 50.0);
/// // The downstream hangs. The time-out of a call is 2 s:
/// assert_eq!(in_flight(1_000.0, 2.0), 2_000.0);
/// // There are 500 workers. Half a second, and all of them wait:
/// assert_eq!(500.0 / 1_000.0, 0.5);
/// ```
// ANCHOR_END: held
#[must_use]
pub fn in_flight(per_second: f64, seconds: f64) -> f64 {
    per_second * seconds
}

/// Seconds until the circuit opens, if every call hangs from now on: the first of `failures` ends with its time-out, the others
/// follow at the rate of the calls.
///
// ANCHOR: trip
/// ```
/// use circuit_breaker::core::capacity::to_trip;
///
/// // Half of the last 100 calls must fail. 50 of them do so:
/// assert_eq!(to_trip(50, 1_000.0, 2.0), 2.05);
/// // Nearly all of it is the time-out. With one of 200 ms:
/// assert_eq!(to_trip(50, 1_000.0, 0.2), 0.25);
/// // A window of 1,000 calls hardly matters at this rate,
/// assert_eq!(to_trip(500, 1_000.0, 0.2), 0.7);
/// // but it does in each of 50 processes: 20 calls a second each.
/// assert_eq!(to_trip(50, 20.0, 0.2), 2.7);
/// assert_eq!(to_trip(500, 20.0, 0.2), 25.2);
/// ```
// ANCHOR_END: trip
#[must_use]
pub fn to_trip(failures: u32, per_second: f64, timeout: f64) -> f64 {
    timeout + f64::from(failures) / per_second
}

/// Probes a second that go down while the downstream hangs: `processes`, each of which sends `probes` and then is open again.
///
// ANCHOR: open
/// ```
/// use circuit_breaker::core::capacity::{in_flight, probes_per_second};
///
/// // Open for 5 s, then one probe that hangs for 2 s, and so on:
/// let one = probes_per_second(1, 1, 5.0, 2.0);
/// assert_eq!(one * 7.0, 1.0); // 1 call in 7 s where there were 7,000
/// assert!(in_flight(one, 2.0) < 1.0); // less than one worker waits
/// // 50 processes do not know of each other:
/// assert_eq!(probes_per_second(50, 1, 5.0, 2.0) * 7.0, 50.0);
/// ```
// ANCHOR_END: open
#[must_use]
pub fn probes_per_second(processes: u32, probes: u32, open_for: f64, timeout: f64) -> f64 {
    f64::from(processes) * f64::from(probes) / (open_for + timeout)
}

/// Seconds until the circuit is closed, at worst, after the downstream is well again: it was so right after a probe was sent, which
/// still hangs for `timeout`; then the wait, and `successes` probes one by one, each of which somebody must ask for.
///
// ANCHOR: close
/// ```
/// use circuit_breaker::core::capacity::to_close;
///
/// // 3 probes must succeed, one by one, each answered after 50 ms.
/// let busy = to_close(5.0, 2.0, 3, 0.050, 1_000.0);
/// assert!((busy - 7.153).abs() < 1e-9);
/// // Meanwhile some 7,000 calls are refused by a service that is well.
/// // Probes are callers: where one comes in 20 s, so does the answer.
/// let quiet = to_close(5.0, 2.0, 3, 0.050, 1.0 / 20.0);
/// assert!((quiet - 67.15).abs() < 1e-9);
/// ```
// ANCHOR_END: close
#[must_use]
pub fn to_close(open_for: f64, timeout: f64, successes: u32, answer: f64, per_second: f64) -> f64 {
    timeout + open_for + f64::from(successes) * (answer + 1.0 / per_second)
}

/// The chance that at least `needed` of `calls` calls fail, if each fails with probability `failing` and by itself.
///
// ANCHOR: chance
/// ```
/// use circuit_breaker::core::capacity::chance;
///
/// // A well service: one call in 100 fails, each by itself. Half of the
/// // calls must fail to open the circuit. Of no fewer than 1 call:
/// assert_eq!(chance(0.01, 1, 1), 0.01); // every hundredth call
/// // Of no fewer than 4, so 2: once in 1,700 windows.
/// assert_eq!((1.0 / chance(0.01, 4, 2)).round(), 1_689.0);
/// // Of no fewer than 20, so 10. With 1,000 calls a second, each of them
/// // a new chance, that is once in many years:
/// let years = 1.0 / chance(0.01, 20, 10) / 1_000.0 / 31_557_600.0;
/// assert!(years > 15_000.0);
/// // A low threshold takes it all back: a twentieth, so 1 of 20.
/// assert_eq!((chance(0.01, 20, 1) * 100.0).round(), 18.0); // percent
/// // Then the window must be larger: 50 of 1,000 are rare again.
/// assert!(chance(0.01, 1_000, 50) < 1e-15);
/// ```
// ANCHOR_END: chance
#[must_use]
pub fn chance(failing: f64, calls: u32, needed: u32) -> f64 {
    let exactly = |failed: u32| {
        let well = calls - failed;
        let ways = (1..=failed).map(|one| f64::from(well + one) / f64::from(one));
        let each = ways.map(|way| way * failing).product::<f64>();
        each * (1.0 - failing).powf(f64::from(well))
    };
    (needed..=calls).map(exactly).sum()
}

/// The share of calls that the source's breaker lets through after its first trip: all until one fails, then none for `open_for`.
///
// ANCHOR: sketch
/// ```
/// use circuit_breaker::core::capacity::let_through;
///
/// // A well service, one call in 1,000 fails; 1,000 calls a second, and
/// // 5 s until it tries again. One second of calls, then five of none:
/// assert_eq!((let_through(0.001, 1_000.0, 5.0) * 6.0).round(), 1.0);
/// // At 10 calls a second nobody notices for a while:
/// assert_eq!((let_through(0.001, 10.0, 5.0) * 100.0).round(), 95.0);
/// ```
// ANCHOR_END: sketch
#[must_use]
pub fn let_through(failing: f64, per_second: f64, open_for: f64) -> f64 {
    let until_one_fails = 1.0 / (failing * per_second);
    until_one_fails / (until_one_fails + open_for)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::core::config::{HalfOpen, Settings, WindowKind};
    use crate::core::machine::{Admission, Machine, State, Ticket};
    use crate::core::outcome::{Call, Outcome};

    fn machine(calls: u32, failure_rate: f64) -> Machine {
        let half_open = HalfOpen {
            permits: 1,
            successes: 3,
            lease: Duration::from_secs(60),
        };
        let settings = Settings {
            window: WindowKind::Count(calls),
            minimum_calls: calls,
            failure_rate,
            half_open,
            ..Settings::default()
        };
        Machine::new(settings.build().expect("these settings make sense"))
    }

    fn settle(machine: &mut Machine, ticket: Ticket, well: bool, now: Duration) {
        let outcome = if well {
            Outcome::Success
        } else {
            Outcome::Failure
        };
        let _in_time = machine.settle(ticket, Call::quick(outcome), now);
    }

    /// The doctests use round numbers, which hide a swapped operator; these do not.
    #[test]
    fn sums_of_numbers_that_are_not_round() {
        assert_eq!(in_flight(7.0, 0.5), 3.5);
        assert_eq!(to_trip(3, 4.0, 0.5), 1.25);
        assert_eq!(probes_per_second(3, 5, 1.5, 0.5), 7.5);
        assert_eq!(to_close(1.5, 0.25, 3, 0.5, 4.0), 4.0);
        assert_eq!(let_through(0.25, 2.0, 6.0), 0.25);
        assert_eq!(chance(0.5, 3, 0), 1.0);
        assert_eq!(chance(0.25, 3, 3), 0.015_625);
    }

    /// The machine itself, with every order in which ten calls can end, each weighed by how likely it is.
    #[test]
    fn the_chance_is_that_of_the_machine() {
        for (failing, rate, needed) in [(0.05, 0.2, 2), (0.3, 0.5, 5), (0.01, 0.1, 1)] {
            let mut trips = 0.0;
            for order in 0_u32..1024 {
                let mut machine = machine(10, rate);
                for call in 0..10 {
                    if let Admission::Admit(ticket) = machine.admit(Duration::ZERO) {
                        let well = order >> call & 1 == 0;
                        settle(&mut machine, ticket, well, Duration::ZERO);
                    }
                }
                if machine.state() != State::Closed {
                    let failed = order.count_ones() as i32;
                    trips += f64::powi(failing, failed) * f64::powi(1.0 - failing, 10 - failed);
                }
            }
            let expected = chance(failing, 10, needed);
            assert!(
                (trips - expected).abs() < 1e-12,
                "{failing}: {trips} of the orders trip it, {expected} expected"
            );
        }
    }

    /// The machine itself: it has been open for long enough, its first probe hangs, and right after that was sent the downstream is well.
    #[test]
    fn it_closes_as_soon_as_estimated() {
        const TIMEOUT: Duration = Duration::from_millis(2_000);
        const ANSWER: Duration = Duration::from_millis(50);
        for between in [1, 7, 300, 20_000].map(Duration::from_millis) {
            let mut machine = machine(1, 1.0);
            if let Admission::Admit(ticket) = machine.admit(Duration::ZERO) {
                settle(&mut machine, ticket, false, Duration::ZERO);
            }
            // Callers come every `between`; one probe at a time, of which the first fails.
            let well = machine.config().open_for();
            let (mut now, mut out) = (well, None);
            let mut ends = TIMEOUT;
            while machine.state() != State::Closed {
                if let Admission::Admit(ticket) = machine.admit(now) {
                    out = Some((ticket, now + ends));
                }
                let next = now + between;
                if let Some((ticket, ended)) = out.take_if(|(_, ended)| *ended < next) {
                    settle(&mut machine, ticket, ends == ANSWER, ended);
                    ends = ANSWER;
                    if machine.state() == State::Closed {
                        now = ended;
                        break;
                    }
                }
                now = next;
            }
            let needed = (now - well).as_secs_f64();
            let gap = between.as_secs_f64();
            let at_worst = to_close(5.0, 2.0, 3, 0.050, 1.0 / gap);
            let at_best = at_worst - 3.0 * gap;
            assert!(
                (at_best - 1e-9..=at_worst + 1e-9).contains(&needed),
                "{needed} s, between {at_best} and {at_worst} expected"
            );
        }
    }
}
