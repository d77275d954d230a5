//! How long something takes: by the clock, or by the core that it kept busy.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::time::{Duration, Instant};

/// How often a second, if `count` took this long.
#[must_use]
pub fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// How long `work` takes.
pub fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

/// How long `work` takes, and what it gives.
pub async fn timed_async<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let start = Instant::now();
    let done = std::hint::black_box(work.await);
    (start.elapsed(), done)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_count_a_second() {
        assert_eq!(rate(50, Duration::from_millis(250)), 200.0);
    }

    /// Whoever waits keeps no core busy, and whoever computes does.
    #[test]
    fn waiting_costs_no_core() {
        let wait = || std::thread::park_timeout(Duration::from_millis(50));
        assert!(timed(wait) >= Duration::from_millis(50));
        if on_core().is_some() {
            assert!(core_time(wait) < Duration::from_millis(25));
        }
    }
}
