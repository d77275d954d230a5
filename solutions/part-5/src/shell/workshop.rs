//! A service with a few workers and a queue: `GET /work/25000`, in microseconds.
//!
//! Work is waiting (a timer), as for a disk or another service, not computing: the run is about the queue, and its capacity is
//! then the number of workers over the mean work on any machine that is not itself overloaded. A worker does not look whether
//! its client still listens, as a thread that computes or a statement that runs in a database does not.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use super::client::TIMEOUT_HEADER;
use super::clock::Clock;
use crate::core::queue::{Offer, Queue, Rules};
use crate::core::schedule::Arrival;

/// What a client hears.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Done,
    Refused,
}

#[derive(Debug)]
struct Job {
    work: Duration,
    reply: oneshot::Sender<Answer>,
}

/// What the service knows of itself.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// From when to when a worker was at work.
    pub spans: Vec<Range<Duration>>,
    /// How many works ended after their client had left.
    pub for_nobody: usize,
    /// The most that waited at once.
    pub longest: usize,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    queue: Mutex<Queue<Job>>,
    /// A permit for each job that was put in line.
    queued: Semaphore,
    ledger: Mutex<Ledger>,
}

/// The service; its workers end with it.
#[derive(Debug)]
pub struct Workshop {
    shared: Arc<Shared>,
    _workers: JoinSet<()>,
}

impl Workshop {
    /// So many workers behind a queue with these rules.
    #[must_use]
    pub fn open(clock: Clock, workers: usize, rules: Rules) -> Self {
        let shared = Arc::new(Shared {
            clock,
            queue: Mutex::new(Queue::new(rules)),
            queued: Semaphore::new(0),
            ledger: Mutex::default(),
        });
        let mut set = JoinSet::new();
        for _ in 0..workers {
            set.spawn(worker(Arc::clone(&shared)));
        }
        Self {
            shared,
            _workers: set,
        }
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/work/{us}", get(work))
            .with_state(Arc::clone(&self.shared))
    }

    /// What it knows of itself so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        lock(&self.shared.ledger).clone()
    }
}

/// What to ask for.
#[must_use]
pub fn path(arrival: &Arrival) -> String {
    format!("/work/{}", arrival.work.as_micros())
}

async fn work(
    State(shared): State<Arc<Shared>>,
    Path(us): Path<u64>,
    headers: HeaderMap,
) -> StatusCode {
    let left = headers
        .get(TIMEOUT_HEADER)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let Some(left) = left else {
        return StatusCode::BAD_REQUEST;
    };
    let deadline = shared.clock.now() + Duration::from_millis(left);
    let (reply, answer) = oneshot::channel();
    let job = Job {
        work: Duration::from_micros(us),
        reply,
    };
    let (offer, waiting) = {
        let mut queue = lock(&shared.queue);
        (queue.offer(job, deadline), queue.len())
    };
    match offer {
        Offer::Refused(_) => return StatusCode::SERVICE_UNAVAILABLE,
        Offer::Waits => shared.queued.add_permits(1),
    }
    {
        let mut ledger = lock(&shared.ledger);
        ledger.longest = ledger.longest.max(waiting);
    }
    match answer.await {
        Ok(Answer::Done) => StatusCode::OK,
        Ok(Answer::Refused) | Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn worker(shared: Arc<Shared>) {
    while let Ok(permit) = shared.queued.acquire().await {
        permit.forget();
        let turn = lock(&shared.queue).next(shared.clock.now());
        for job in turn.late {
            // The client may have left already.
            let _ = job.reply.send(Answer::Refused);
        }
        // Nobody there: a colleague has refused whom this permit was for.
        let Some(job) = turn.job else { continue };
        let began = shared.clock.now();
        tokio::time::sleep(job.work).await;
        let left = job.reply.send(Answer::Done).is_err();
        let mut ledger = lock(&shared.ledger);
        ledger.spans.push(began..shared.clock.now());
        ledger.for_nobody += usize::from(left);
    }
}

/// No panic can leave these half-written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
