//! What lies below all layers: `GET /call/17` of the top's call 17, `GET /mood/hangs`, `GET /log`.
//!
//! Its work is waiting, as for a disk, and its workers do not look whether anybody still listens, as a statement that runs in a database
//! does not. So what was asked for and abandoned is worked off all the same; that is what a hang leaves behind.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use fastrand::Rng;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, oneshot, watch};

use crate::clock::Clock;
use crate::scenario::{Mood, WORK};
use crate::tally::Arrival;

#[derive(Debug)]
struct Dependency {
    clock: Clock,
    mood: watch::Sender<Mood>,
    /// A permit for each worker; whoever comes first is served first.
    workers: Semaphore,
    book: Mutex<Book>,
    worked: AtomicU64,
    for_nobody: AtomicU64,
}

#[derive(Debug)]
struct Book {
    rng: Rng,
    arrivals: Vec<Arrival>,
}

/// Its routes.
pub fn router(seed: u64, workers: usize) -> Router {
    let dependency = Arc::new(Dependency {
        clock: Clock::start(),
        mood: watch::Sender::new(Mood::Well),
        workers: Semaphore::new(workers),
        book: Mutex::new(Book {
            rng: Rng::with_seed(seed),
            arrivals: Vec::new(),
        }),
        worked: AtomicU64::new(0),
        for_nobody: AtomicU64::new(0),
    });
    Router::new()
        .route("/call/{id}", get(call))
        .route("/mood/{name}", get(set))
        .route("/log", get(log))
        .with_state(dependency)
}

async fn call(State(own): State<Arc<Dependency>>, Path(id): Path<usize>) -> StatusCode {
    let mood = *own.mood.borrow();
    let refused = {
        let mut book = lock(&own.book);
        let at = own.clock.now();
        book.arrivals.push(Arrival { at, id });
        match mood {
            Mood::Well | Mood::Hangs => false,
            Mood::Refuses => true,
            Mood::RefusesHalf => book.rng.bool(),
        }
    };
    if refused {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let (reply, answer) = oneshot::channel();
    tokio::spawn(work(own, reply));
    match answer.await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A task of its own: whoever hangs up does not end it.
async fn work(own: Arc<Dependency>, reply: oneshot::Sender<()>) {
    let mut mood = own.mood.subscribe();
    // Neither is ever closed.
    let _worker = own.workers.acquire().await;
    let _ = mood.wait_for(|mood| *mood != Mood::Hangs).await;
    tokio::time::sleep(WORK).await;
    own.worked.fetch_add(1, Ordering::Relaxed);
    if reply.send(()).is_err() {
        own.for_nobody.fetch_add(1, Ordering::Relaxed);
    }
}

/// Answers with its clock and what it has done so far.
async fn set(
    State(own): State<Arc<Dependency>>,
    Path(name): Path<String>,
) -> Result<String, StatusCode> {
    let mood = Mood::named(&name).ok_or(StatusCode::NOT_FOUND)?;
    own.mood.send_replace(mood);
    Ok(own.account().to_string())
}

async fn log(State(own): State<Arc<Dependency>>) -> String {
    let mut account = own.account();
    let book = lock(&own.book);
    account["arrivals"] = book.arrivals.iter().map(Arrival::json).collect();
    account.to_string()
}

impl Dependency {
    fn account(&self) -> Value {
        json!({
            "now_us": self.clock.now().as_micros() as u64,
            "worked": self.worked.load(Ordering::Relaxed),
            "for_nobody": self.for_nobody.load(Ordering::Relaxed),
        })
    }
}

/// No panic can leave it half-written.
fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}
