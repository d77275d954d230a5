//! One case: its downstream, its breaker, its crowd.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use circuit_breaker::core::machine::{State, Transition};
use fastrand::Rng;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::clock::Clock;
use crate::downstream::Downstream;
use crate::scenario::{Case, LONG, OPEN_FOR, Scenario};
use crate::stack::{self, Stack};
use crate::tally::{Heard, Seen, Tally};

/// The openings of a circuit.
#[derive(Debug, Default)]
struct Opened {
    /// How many attempts there had been at the first.
    first: OnceLock<u64>,
    count: watch::Sender<u64>,
}

impl Opened {
    fn again(&self, attempts: u64) {
        self.first.get_or_init(|| attempts);
        self.count.send_modify(|count| *count += 1);
    }

    /// Waits for the next one, or for longer than any takes.
    async fn next(&self) {
        let mut count = self.count.subscribe();
        // If none comes, the recovery comes at any moment, which is as good.
        let _ = tokio::time::timeout(OPEN_FOR + LONG * 2, count.changed()).await;
    }
}

/// Runs it. The recovery comes at the worst moment, just after the circuit has opened again: or it would be chance how many calls are lost.
///
/// # Errors
/// There is no free port, or a constant is out of range.
pub async fn run(seed: u64, case: Case, scenario: Scenario) -> io::Result<Tally> {
    let downstream = Downstream::open().await?;
    let attempts = Arc::new(AtomicU64::new(0));
    let opened = Arc::new(Opened::default());
    let listener = {
        let (attempts, opened) = (Arc::clone(&attempts), Arc::clone(&opened));
        move |transition: &Transition| {
            if matches!(transition.to, State::Open { .. }) {
                opened.again(attempts.load(Ordering::Relaxed));
            }
        }
    };
    let breaker = stack::breaker().map_err(io::Error::other)?;
    let breaker = Arc::new(breaker.with_listener(Box::new(listener)));
    let policy = stack::policy(case, seed).map_err(io::Error::other)?;
    let service = stack::stack(
        case,
        downstream.addr,
        Arc::clone(&attempts),
        Arc::clone(&breaker),
        policy.clone(),
    );

    let clock = Clock::start();
    let heard = || Heard::of(breaker.snapshot().tally);
    let weather = async {
        clock.until(scenario.well).await;
        let before = (heard(), attempts.load(Ordering::Relaxed));
        downstream.set(Some(case.fault()));
        let begin = clock.now();
        clock.until(scenario.well + scenario.dead).await;
        if opened.first.get().is_some() {
            opened.next().await;
        }
        let after = heard();
        downstream.set(None);
        (begin..clock.now(), before, after)
    };
    let calls = scenario.schedule(&mut Rng::with_seed(seed));
    let (seen, (dead, (before, sent_before), after)) =
        tokio::join!(send(clock, service, calls), weather);
    Ok(Tally {
        seen,
        dead,
        reached: downstream.while_dead(),
        heard: after.since(before),
        until_open: opened.first.get().map(|attempts| attempts - sent_before),
        retries: policy.counters().retries.get(),
    })
}

/// The crowd: each call at its moment, whatever became of those before it.
async fn send(clock: Clock, service: Stack, calls: Vec<std::time::Duration>) -> Vec<Seen> {
    let mut crowd = JoinSet::new();
    for (id, at) in calls.into_iter().enumerate() {
        clock.until(at).await;
        let service = service.clone();
        crowd.spawn(async move {
            let answer = service.oneshot(id).await;
            Seen {
                at,
                took: clock.now() - at,
                answer,
            }
        });
    }
    crowd.join_all().await
}
