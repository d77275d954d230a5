//! The crowd: sends what the schedule says at the moment that it says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use super::client;
use super::clock::Clock;
use crate::core::schedule::Arrival;
use crate::core::tally::{Outcome, Seen};

/// Sends every request, each as a task of its own, and waits for the last to end. `path` says what to ask for; its client waits
/// `patience` from the moment at which the schedule has it, so a crowd that is late itself gets no more time.
pub async fn fire(
    clock: Clock,
    addr: SocketAddr,
    arrivals: Vec<Arrival>,
    patience: Duration,
    path: fn(&Arrival) -> String,
) -> Vec<Seen> {
    let mut crowd = JoinSet::new();
    for arrival in arrivals {
        clock.until(arrival.at).await;
        crowd.spawn(async move {
            let left = (arrival.at + patience).saturating_sub(clock.now());
            let outcome = client::get(addr, &path(&arrival), left).await;
            Seen {
                at: arrival.at,
                took: clock.now() - arrival.at,
                outcome,
            }
        });
    }
    crowd.join_all().await
}

/// How many answers a second come within `lasts` when `callers` ask one after the other: what a service can do.
pub async fn closed_loop(
    addr: SocketAddr,
    callers: usize,
    lasts: Duration,
    works: Vec<Arrival>,
    path: fn(&Arrival) -> String,
) -> f64 {
    let clock = Clock::start();
    let works = Arc::new(works);
    let asked = Arc::new(AtomicUsize::new(0));
    let mut crowd = JoinSet::new();
    for _ in 0..callers {
        let (works, asked) = (Arc::clone(&works), Arc::clone(&asked));
        crowd.spawn(async move {
            let mut answers = 0_usize;
            loop {
                let next = asked.fetch_add(1, Ordering::Relaxed) % works.len();
                let outcome = client::get(addr, &path(&works[next]), lasts).await;
                if clock.now() >= lasts {
                    return answers;
                }
                answers += usize::from(outcome == Outcome::InTime);
            }
        });
    }
    let answers: usize = crowd.join_all().await.into_iter().sum();
    answers as f64 / lasts.as_secs_f64()
}
