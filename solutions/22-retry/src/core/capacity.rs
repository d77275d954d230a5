//! The estimate: what retries do to a server that is failing.
//!
//! Why two numbers: attempts multiply from layer to layer, and a budget's ratios add up to little more than one. Nothing else of this
//! lab explains an outage that outlives its cause.
//!
//! A request goes through three layers before it reaches the database, and each of them tries three times. The database fails:
//!
//! ```
//! use retry::core::capacity::{with_attempts, with_budget};
//!
//! assert_eq!(with_attempts(3, 3), 27); // calls at the database for one request
//! assert_eq!(with_attempts(3, 1), 3); // if only one layer retries
//!
//! // With a budget of a tenth in each layer: 1.1 x 1.1 x 1.1.
//! let calls = with_budget(0.1, 3);
//! assert!((calls - 1.331).abs() < 1e-9);
//!
//! // A database that can do 10,000 calls a second, at 6,000 requests a second, and one second of failure:
//! let (can, requests) = (10_000.0, 6_000.0);
//! assert!(requests * with_attempts(3, 3) as f64 > 16.0 * can); // 162,000: it does not come back
//! assert!(requests * calls < can); // 7,986: it does
//! ```

/// Calls that one request makes at the bottom when everything there fails: each of `layers` layers tries `attempts` times.
#[must_use]
pub fn with_attempts(attempts: u32, layers: u32) -> u64 {
    u64::from(attempts).saturating_pow(layers)
}

/// The same when each layer has a budget that pays `ratio` of a retry for each call.
#[must_use]
pub fn with_budget(ratio: f64, layers: u32) -> f64 {
    (1.0 + ratio).powf(f64::from(layers))
}
