//! What the crates that one would use instead do at two moments: when the wait is over, and after a good day.
//!
//! Why run and not quoted: a README says "half-open" and "sliding window", and what that means shows when somebody asks. Nothing is
//! measured here, everything is counted, so it prints the same on every machine: `cargo run -p circuit-breaker-solution --features bench
//! --example rivals`. All of them have a window of 100 calls and open at one half; ours has a minimum of 20, and the others have none to set
//! below the window.
#![allow(clippy::print_stdout, reason = "a command speaks to its terminal")]

use std::cell::Cell;
use std::future::{Future, pending, ready};
use std::task::{Context, Waker};
use std::time::Duration;

use circuit_breaker::core::breaker::Breaker;
use circuit_breaker::core::config::{HalfOpen, Settings};
use circuit_breaker::core::outcome::EveryError;
use circuit_breaker::shell::clock::StdClock;
use failsafe::CircuitBreaker as _;
use tower::{Layer as _, Service as _, service_fn};
use tower_resilience_circuitbreaker::{CircuitBreakerError, CircuitBreakerLayer};

const WINDOW: u32 = 100;
/// Over before anybody asks.
const WAIT: Duration = Duration::from_nanos(1);
const CALLERS: u32 = 50;
const GOOD_CALLS: [u32; 4] = [0, 100, 1_000, 10_000];

fn main() {
    println!("calls under way at once in half-open, when {CALLERS} ask");
    println!("  recloser          {:>7}", recloser_at_once());
    println!("  failsafe          {:>7}", failsafe_at_once());
    println!("  tower-resilience  {:>7}", tower_resilience_at_once());
    println!("  this lab          {:>7}", ours_at_once());
    println!("failures until it opens, after so many good calls");
    let row = |name: &str, failures: [u32; 4]| {
        println!(
            "  {name:<18}{}",
            failures.map(|n| format!("{n:>7}")).concat()
        );
    };
    row("good calls", GOOD_CALLS);
    row("recloser", GOOD_CALLS.map(recloser_failures));
    row(
        "tower-resilience",
        GOOD_CALLS.map(tower_resilience_failures),
    );
    row("this lab", GOOD_CALLS.map(ours_failures));
}

/// Calls one inside the other, until one is rejected.
fn nested(most: u32, call: &dyn Fn(&dyn Fn())) -> u32 {
    let under_way = Cell::new(0);
    enter(most, call, &under_way);
    under_way.get()
}

fn enter(most: u32, call: &dyn Fn(&dyn Fn()), under_way: &Cell<u32>) {
    if under_way.get() < most {
        call(&|| {
            under_way.set(under_way.get() + 1);
            enter(most, call, under_way);
        });
    }
}

/// How often `fails` says that a call was made and failed, before one is not made.
fn count(mut fails: impl FnMut() -> bool) -> u32 {
    (0..).take_while(|_| fails()).count() as u32
}

fn recloser(wait: Duration) -> recloser::Recloser {
    recloser::Recloser::custom()
        .closed_len(WINDOW as usize)
        .half_open_len(3)
        .error_rate(0.5)
        .open_wait(wait)
        .build()
}

fn recloser_fails(breaker: &recloser::Recloser) -> bool {
    let answer = breaker.call(|| Err::<(), ()>(()));
    matches!(answer, Err(recloser::Error::Inner(())))
}

fn recloser_at_once() -> u32 {
    let breaker = recloser(WAIT);
    for _ in 0..=WINDOW {
        let _fails = recloser_fails(&breaker);
    }
    nested(CALLERS, &|inner| {
        let _answered = breaker.call(|| {
            inner();
            Ok::<(), ()>(())
        });
    })
}

fn recloser_failures(good: u32) -> u32 {
    let breaker = recloser(Duration::from_secs(3600));
    for _ in 0..good {
        let _well = breaker.call(|| Ok::<(), ()>(()));
    }
    count(|| recloser_fails(&breaker))
}

fn failsafe_at_once() -> u32 {
    let policy =
        failsafe::failure_policy::consecutive_failures(3, failsafe::backoff::constant(WAIT));
    let breaker = failsafe::Config::new().failure_policy(policy).build();
    for _ in 0..3 {
        let _failed = breaker.call(|| Err::<(), ()>(()));
    }
    nested(CALLERS, &|inner| {
        let _answered = breaker.call(|| {
            inner();
            Ok::<(), ()>(())
        });
    })
}

fn tower_resilience(wait: Duration) -> CircuitBreakerLayer {
    CircuitBreakerLayer::builder()
        .failure_rate_threshold(0.5)
        .sliding_window_size(WINDOW as usize)
        .permitted_calls_in_half_open(2)
        .wait_duration_in_open(wait)
        .build()
        .expect("these settings make sense")
}

/// Polls once: all of these calls are over at once, or never.
fn poll_once<F: Future>(call: F) -> std::task::Poll<F::Output> {
    std::pin::pin!(call).poll(&mut Context::from_waker(Waker::noop()))
}

fn tower_resilience_at_once() -> u32 {
    let under_way = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = under_way.clone();
    let mut service = tower_resilience(WAIT).layer(service_fn(move |hangs: bool| {
        let counted = counted.clone();
        async move {
            if hangs {
                counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                pending::<()>().await;
            }
            Err::<(), ()>(())
        }
    }));
    for _ in 0..WINDOW {
        let _failed = poll_once(service.call(false));
    }
    let mut calls: Vec<_> = (0..CALLERS).map(|_| Box::pin(service.call(true))).collect();
    for call in &mut calls {
        let _under_way = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    under_way.load(std::sync::atomic::Ordering::Relaxed)
}

fn tower_resilience_failures(good: u32) -> u32 {
    let layer = tower_resilience(Duration::from_secs(3600));
    let mut service = layer.layer(service_fn(|answer: Result<(), ()>| ready(answer)));
    for _ in 0..good {
        let _well = poll_once(service.call(Ok(())));
    }
    count(|| {
        let answer = poll_once(service.call(Err(())));
        matches!(
            answer,
            std::task::Poll::Ready(Err(CircuitBreakerError::Inner(())))
        )
    })
}

fn ours(wait: Duration) -> Breaker<StdClock> {
    let half_open = HalfOpen {
        permits: 2,
        ..Settings::default().half_open
    };
    let settings = Settings {
        open_for: wait,
        half_open,
        ..Settings::default()
    };
    let config = settings.build().expect("these settings make sense");
    Breaker::new("ours", config, StdClock::start())
}

fn ours_at_once() -> u32 {
    let breaker = ours(WAIT);
    for _ in 0..20 {
        let _failed = breaker.call(&EveryError, || Err::<(), ()>(()));
    }
    let probes: Vec<_> = (0..CALLERS).map_while(|_| breaker.admit().ok()).collect();
    probes.len() as u32
}

fn ours_failures(good: u32) -> u32 {
    let breaker = ours(Duration::from_secs(3600));
    for _ in 0..good {
        let _well = breaker.call(&EveryError, || Ok::<(), ()>(()));
    }
    count(|| {
        let permit = breaker.admit();
        permit.is_ok_and(|permit| {
            permit.answered(circuit_breaker::core::outcome::Outcome::Failure);
            true
        })
    })
}
