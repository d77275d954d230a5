//! Samples, and what is said of them: the median, and how far the middle eight tenths lie apart.
//!
//! Two things are compared in slices that take turns (A B B A), in one process, on the same connections: what slows the
//! machine down slows both, and the ratio of each round is a sample. Never the ratio of two runs.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::time::{Duration, Instant};

/// The median of samples and their first and last tenth.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub median: f64,
    pub low: f64,
    pub high: f64,
}

impl Spread {
    /// # Panics
    /// If there are no samples.
    pub fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |tenths: usize| samples[(samples.len() - 1) * tenths / 10];
        Self {
            median: at(5),
            low: at(1),
            high: at(9),
        }
    }

    /// What is counted and cannot vary.
    pub fn exactly(value: f64) -> Self {
        Self::of(vec![value])
    }
}

/// How often a second, if `count` took this long.
pub fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// How long `work` takes.
pub fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

/// How long `work` keeps this thread's core busy: what it cost, whoever else was running. By Linux's own account, which
/// moves in steps of a few milliseconds; elsewhere by the clock.
pub fn core_time<T>(work: impl FnOnce() -> T) -> Duration {
    let before = on_core();
    let by_the_clock = timed(work);
    match (before, on_core()) {
        (Some(before), Some(after)) => after - before,
        (_, _) => by_the_clock,
    }
}

fn on_core() -> Option<Duration> {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = account.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// How long `work` takes.
pub async fn timed_async<T>(work: impl Future<Output = T>) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work.await);
    start.elapsed()
}
