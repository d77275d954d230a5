//! What stands where in one run, and the breaker's terms.
//!
//! The terms are small, so that twenty seconds hold several outages: a circuit that is open for less than a call may take, so that calls
//! from before the trip come back while it probes. A seed's parity chooses the kind of window.

use std::sync::Arc;
use std::time::Duration;

use circuit_breaker::core::breaker::Breaker;
use circuit_breaker::core::config::{Config, HalfOpen, Settings, SlowCalls, WindowKind};
use circuit_breaker::core::registry::Registry;
use serde_json::{Value, json};
use testbed::Proxy;

use crate::process::Process;
use crate::recorder::{Recorder, StepClock};
use crate::run::Result;

/// What logs and metrics call the breaker.
pub const NAME: &str = "prices";
/// The layer's time-out.
pub const TIME_OUT: Duration = Duration::from_millis(400);
/// A call that took longer is slow.
const SLOW: Duration = Duration::from_millis(120);
/// How long it stays open: less than the time-out.
const OPEN_FOR: Duration = Duration::from_millis(300);
/// How long a probe may hold its permit: more than the time-out.
const LEASE: Duration = Duration::from_millis(900);

/// Everything that runs.
pub struct Bed {
    /// The service, in a process of its own.
    pub downstream: Process,
    /// The way to it.
    pub link: Proxy,
    /// The breakers of this process: there is one.
    pub registry: Arc<Registry<StepClock>>,
    /// That one.
    pub breaker: Arc<Breaker<StepClock>>,
}

/// The lanes of the history: what the circuit was when it was asked, and whom faults hit.
pub const LANES: [&str; 6] = [
    "closed",
    "half-open",
    "open",
    "forced",
    "link",
    "downstream",
];

impl Bed {
    /// Starts the downstream, the proxy and a closed breaker.
    ///
    /// # Errors
    /// A process or a port cannot be had.
    pub async fn start(seed: u64, recorder: &Arc<Recorder>) -> Result<Self> {
        let downstream = Process::start(recorder).await?;
        let link = testbed::proxy(downstream.addr(), seed).await?;
        let heard = Arc::clone(recorder);
        let registry = Registry::new(StepClock(Arc::clone(recorder)), 1)
            .with_listener(Arc::new(move |_, transition| heard.transition(transition)));
        let breaker = registry.get(NAME, config(seed)?)?;
        Ok(Self {
            downstream,
            link,
            registry: Arc::new(registry),
            breaker,
        })
    }
}

/// Odd seeds count calls, even ones count over time.
fn window(seed: u64) -> WindowKind {
    if seed % 2 == 1 {
        WindowKind::Count(25)
    } else {
        WindowKind::Time {
            length: Duration::from_secs(1),
            buckets: 10,
        }
    }
}

fn config(seed: u64) -> Result<Config> {
    let settings = Settings {
        window: window(seed),
        minimum_calls: 10,
        // Of 25 calls that is 14 exactly, and in floating point a little more.
        failure_rate: 0.56,
        slow_calls: Some(SlowCalls {
            longer_than: SLOW,
            rate: 0.6,
        }),
        open_for: OPEN_FOR,
        half_open: HalfOpen {
            permits: 2,
            successes: 3,
            lease: LEASE,
        },
    };
    Ok(settings.build()?)
}

/// The same for the record, in whole numbers: rates in percent, times in microseconds.
pub fn terms(seed: u64) -> Value {
    let window = match window(seed) {
        WindowKind::Count(calls) => json!({"count": calls}),
        WindowKind::Time { length, buckets } => {
            json!({"time": {"length_us": us(length), "buckets": buckets}})
        }
    };
    json!({
        "window": window,
        "minimum_calls": 10,
        "failure_percent": 56,
        "slow_percent": 60,
        "slow_us": us(SLOW),
        "open_for_us": us(OPEN_FOR),
        "permits": 2,
        "successes": 3,
        "lease_us": us(LEASE),
        "time_out_us": us(TIME_OUT),
    })
}

fn us(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
