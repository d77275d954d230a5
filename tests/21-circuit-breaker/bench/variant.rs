//! What is measured of a variant of the lab, in the variant's own types. `bench.rs` mounts this file once for each, with
//! `circuit_breaker` naming that variant's crate; to the rest of the bench they are all [`Calling`] or [`Serving`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tower::{Layer as _, Service};

use super::circuit_breaker::core::breaker::Breaker;
use super::circuit_breaker::core::clock::Clock;
use super::circuit_breaker::core::config::{Config, HalfOpen, Settings, SlowCalls, WindowKind};
use super::circuit_breaker::core::error::BreakerError;
use super::circuit_breaker::core::outcome::EveryError;
use super::circuit_breaker::core::registry::Registry;
use super::circuit_breaker::shell::clock::{StdClock, TokioClock};
use super::circuit_breaker::shell::fallback::{FallbackLayer, On};
use super::circuit_breaker::shell::layer::BreakerLayer;
use crate::calls::{Answer, Calling, LONG, WINDOW};
use crate::serving::{Inner, Refused, Serving, serve};

/// What is switched on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The calls of the last ten seconds weigh, and not the last hundred.
    pub time_window: bool,
    /// Slow calls count.
    pub slow_calls: bool,
    /// The layer ends a call that takes too long.
    pub time_out: bool,
    /// A fallback answers.
    pub fallback: bool,
}

fn config(options: Options) -> Config {
    Settings {
        window: if options.time_window {
            WindowKind::Time {
                length: Duration::from_secs(10),
                buckets: 10,
            }
        } else {
            WindowKind::Count(WINDOW)
        },
        minimum_calls: 20,
        failure_rate: 0.5,
        slow_calls: options.slow_calls.then_some(SlowCalls {
            longer_than: Duration::from_secs(1),
            rate: 0.5,
        }),
        open_for: LONG,
        half_open: HalfOpen {
            permits: 1,
            successes: 3,
            lease: LONG,
        },
    }
    .build()
    .expect("in range")
}

/// A breaker around functions.
pub struct Guarded {
    breaker: Breaker<StdClock>,
}

impl Guarded {
    /// A closed circuit.
    pub fn closed(options: Options) -> Self {
        Self {
            breaker: Breaker::new("bench", config(options), StdClock::start()),
        }
    }
}

impl<A: Answer> Calling<A> for Guarded {
    fn calls(&self, count: u64) {
        for number in 0..count {
            let answer = self
                .breaker
                .call(&EveryError, || A::answer(std::hint::black_box(number)));
            let _answer = std::hint::black_box(answer);
        }
    }
}

/// The layer around `inner`. With [`StdClock`]: tokio's own clock is the same in a program that does not build tokio's test tools.
pub fn layered<I: Inner>(inner: I, options: Options) -> Box<dyn Serving> {
    let breaker = Arc::new(Breaker::new("bench", config(options), StdClock::start()));
    let layer = BreakerLayer::new(Arc::clone(&breaker));
    let layer = if options.time_out {
        layer.timeout(Duration::from_secs(1))
    } else {
        layer
    };
    let service = layer.layer(inner);
    if options.fallback {
        let answer = |_: &BreakerError<Refused>| 0;
        Box::new(Layered(
            FallbackLayer::new(breaker, On::NoAnswer, answer).layer(service),
        ))
    } else {
        Box::new(Layered(service))
    }
}

struct Layered<S>(S);

impl<S> Serving for Layered<S>
where
    S: Service<u64, Response = u64, Error = BreakerError<Refused>>,
{
    fn serve(&mut self, count: u64) {
        serve(&mut self.0, count);
    }
}

/// The metrics of one breaker as text.
pub struct Metrics(Registry<StdClock>);

impl Metrics {
    /// A breaker that has seen some calls.
    pub fn of_one_breaker() -> Self {
        let registry = Registry::new(StdClock::start(), 1);
        let breaker = registry
            .get("bench", config(Options::default()))
            .expect("a name");
        for _ in 0..WINDOW {
            let _answer = breaker.call(&EveryError, || Ok::<_, Refused>(0));
        }
        Self(registry)
    }

    /// Writes it so often.
    pub fn write(&self, count: u64) {
        for _ in 0..count {
            std::hint::black_box(self.0.metrics());
        }
    }
}

/// Reads the lab's clocks.
pub fn read_std_clock(count: u64) {
    let clock = StdClock::start();
    for _ in 0..count {
        std::hint::black_box(clock.now());
    }
}

/// The same of tokio's, as it is when tokio's test tools are built in.
pub fn read_tokio_clock(count: u64) {
    let clock = TokioClock::start();
    for _ in 0..count {
        std::hint::black_box(clock.now());
    }
}

/// Shows what it is set to, and counts its readings.
#[derive(Clone, Default)]
struct HandClock(Arc<[AtomicU64; 2]>);

impl Clock for HandClock {
    fn now(&self) -> Duration {
        self.0[1].fetch_add(1, Ordering::Relaxed);
        Duration::from_nanos(self.0[0].load(Ordering::Relaxed))
    }
}

/// How many of so many calls go down at once when the circuit has been open for as long as it had to, all before the first is answered.
pub fn herd(callers: usize) -> u64 {
    let clock = HandClock::default();
    let breaker = Breaker::new("bench", config(Options::default()), clock.clone());
    for _ in 0..WINDOW {
        let _failed = breaker.call(&EveryError, || Err::<u64, _>(Refused));
    }
    assert!(breaker.admit().is_err(), "it is open");
    let nanos = u64::try_from(LONG.as_nanos()).expect("an hour");
    clock.0[0].store(nanos, Ordering::Relaxed);
    let admitted: Vec<_> = (0..callers).filter_map(|_| breaker.admit().ok()).collect();
    admitted.len() as u64
}

/// How often the clock is read for a hundred calls of which one in ten fails, by a closed circuit that counts calls.
pub fn readings() -> u64 {
    let clock = HandClock::default();
    let breaker = Breaker::new("bench", config(Options::default()), clock.clone());
    for number in 0..100 {
        let _answer = breaker.call(&EveryError, || crate::calls::Mixed::answer(number));
    }
    clock.0[1].load(Ordering::Relaxed)
}
