//! What one call through a breaker costs, in ns, admitted and rejected, by one thread and by two, beside recloser and failsafe.
//!
//! All of them are called as a function around a function that does nothing. Ours has a count window of 100 without slow calls; recloser has
//! one of the same length; failsafe counts failures in a row, which is the cheapest of what it has. `mixed` is a healthy service that fails
//! once in ten calls, so that no window is ever all well.
//!
//! `cargo bench -p circuit-breaker-solution --features bench`

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use circuit_breaker::core::breaker::Breaker;
use circuit_breaker::core::config::{Config, Settings, WindowKind};
use circuit_breaker::core::outcome::EveryError;
use circuit_breaker::shell::clock::StdClock;
use criterion::{Criterion, criterion_group, criterion_main};
use failsafe::CircuitBreaker;
use recloser::Recloser;

/// Long enough that nothing that is open closes while it is measured.
const LONG: Duration = Duration::from_secs(3600);

fn count_window() -> Config {
    Settings {
        open_for: LONG,
        ..Settings::default()
    }
    .build()
    .expect("in range")
}

fn time_window() -> Config {
    Settings {
        window: WindowKind::Time {
            length: Duration::from_secs(10),
            buckets: 10,
        },
        ..Settings::default()
    }
    .build()
    .expect("in range")
}

fn ours(config: Config) -> Breaker<StdClock> {
    Breaker::new("bench", config, StdClock::start())
}

fn rival() -> Recloser {
    Recloser::custom()
        .error_rate(0.5)
        .closed_len(100)
        .open_wait(LONG)
        .build()
}

/// Time per call when `threads` call at once.
#[allow(clippy::disallowed_methods, reason = "a bench measures time")]
fn timed(threads: usize, calls: u64, call: &(dyn Fn(u64) + Sync)) -> Duration {
    let barrier = Barrier::new(threads);
    let spent: Vec<Duration> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let began = Instant::now();
                    for number in 0..calls {
                        call(black_box(number));
                    }
                    began.elapsed()
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("no call panics"))
            .collect()
    });
    spent.iter().sum::<Duration>() / threads as u32
}

/// `answer` of call number n, through each breaker.
fn calls(criterion: &mut Criterion, name: &str, answer: fn(u64) -> Result<u64, u64>, open: bool) {
    let mut group = criterion.benchmark_group(name);
    group.warm_up_time(Duration::from_millis(300));
    group.measurement_time(Duration::from_millis(1500));
    let breakers = [
        ("count", ours(count_window())),
        ("time", ours(time_window())),
    ];
    let recloser = rival();
    let policy =
        failsafe::failure_policy::consecutive_failures(5, failsafe::backoff::constant(LONG));
    let failsafe = failsafe::Config::new().failure_policy(policy).build();
    if open {
        for _ in 0..200 {
            for (_, breaker) in &breakers {
                let _failed = breaker.call(&EveryError, || Err::<u64, u64>(0));
            }
            let _failed = recloser.call(|| Err::<u64, u64>(0));
            let _failed = failsafe.call(|| Err::<u64, u64>(0));
        }
    }
    for threads in [1, 2] {
        let mut bench = |of: &str, call: &(dyn Fn(u64) + Sync)| {
            group.bench_function(format!("{of}/{threads}"), |bench| {
                bench.iter_custom(|iters| timed(threads, iters, call));
            });
        };
        for (of, breaker) in &breakers {
            bench(of, &|number| {
                let _answer = black_box(breaker.call(&EveryError, || answer(number)));
            });
        }
        bench("recloser", &|number| {
            let _answer = black_box(recloser.call(|| answer(number)));
        });
        bench("failsafe", &|number| {
            let _answer = black_box(failsafe.call(|| answer(number)));
        });
    }
    group.finish();
}

fn all(criterion: &mut Criterion) {
    calls(criterion, "admitted", Ok, false);
    let one_in_ten = |number: u64| {
        if number.is_multiple_of(10) {
            Err(number)
        } else {
            Ok(number)
        }
    };
    calls(criterion, "mixed", one_in_ten, false);
    calls(criterion, "rejected", Ok, true);
}

criterion_group!(benches, all);
criterion_main!(benches);
