//! The estimate: what a downstream that hangs costs its caller, and what a breaker leaves of it.
//!
//! Why by Little's law: calls in flight = calls a second x seconds each. Nothing else of an outage says so plainly how a slow dependency takes
//! down a healthy service.
//!
//! 1,000 requests a second call a downstream that answers in 50 ms. It hangs; the time-out is 2 s, and there are 500 workers:
//!
//! ```
//! use circuit_breaker::core::capacity::{in_flight, probed_share, to_trip};
//!
//! assert_eq!(in_flight(1000.0, 0.050), 50.0); // on a good day
//! assert_eq!(in_flight(1000.0, 2.0), 2000.0); // while it hangs: four times the workers there are
//!
//! // A count window of 100 and a rate of one half trips after 50 failures, and the first comes after one time-out:
//! let seconds = to_trip(50, 1000.0, 2.0);
//! assert!((seconds - 2.05).abs() < 1e-9);
//!
//! // Open for 5 s, then one probe that hangs for 2 s, and again: one call in 7 s goes down instead of 7,000.
//! let share = probed_share(1, 1000.0, 5.0, 2.0);
//! assert!((share - 1.0 / 7000.0).abs() < 1e-12);
//! assert!(in_flight(1000.0 * share, 2.0) < 1.0); // less than one worker waits
//! ```

/// Calls in flight at `per_second` calls of `seconds` each.
#[must_use]
pub fn in_flight(per_second: f64, seconds: f64) -> f64 {
    per_second * seconds
}

/// Seconds until the circuit opens, if every call hangs from now on: the first of `failures` needs the whole time-out, the others follow it.
#[must_use]
pub fn to_trip(failures: u32, per_second: f64, timeout: f64) -> f64 {
    timeout + f64::from(failures) / per_second
}

/// The share of all calls that goes down as probes, while the downstream hangs.
#[must_use]
pub fn probed_share(probes: u32, per_second: f64, open_for: f64, timeout: f64) -> f64 {
    f64::from(probes) / (per_second * (open_for + timeout))
}
