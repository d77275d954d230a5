//! A service that calls two others: `GET /prices` and `GET /reviews`.
//!
//! A call to a dependency needs a permit, which stands for whatever is scarce: a thread, a connection, memory. The design is
//! in [`Permits`] alone: one pool for both dependencies, or one each. Everything else is the same, and one thing is done
//! badly on purpose, as it often is: the time-out of a call is longer than the client's patience, and a call that has begun runs to its
//! own end although the client has left.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::client;
use super::serve::Door;
use crate::core::tally::Outcome;

// ANCHOR: permits
/// Who may call: the whole difference between the two designs.
#[derive(Clone, Debug)]
pub struct Permits {
    prices: Arc<Semaphore>,
    reviews: Arc<Semaphore>,
}

impl Permits {
    /// One pool of `all` for both dependencies.
    #[must_use]
    pub fn shared(all: usize) -> Self {
        let pool = Arc::new(Semaphore::new(all));
        Self {
            prices: Arc::clone(&pool),
            reviews: pool,
        }
    }

    /// A bulkhead between them: half of `all` each.
    #[must_use]
    pub fn apart(all: usize) -> Self {
        Self {
            prices: Arc::new(Semaphore::new(all / 2)),
            reviews: Arc::new(Semaphore::new(all - all / 2)),
        }
    }
}
// ANCHOR_END: permits

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a permit.
    pub permit: Duration,
    /// For a dependency's answer.
    pub call: Duration,
}

/// A service that answers after a while.
#[derive(Debug)]
pub struct Dependency {
    door: Door,
    delay_us: Arc<AtomicU64>,
}

impl Dependency {
    /// Answers after `delay`.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn open(delay: Duration) -> io::Result<Self> {
        let delay_us = Arc::new(AtomicU64::new(0));
        let answer = |State(delay): State<Arc<AtomicU64>>| async move {
            tokio::time::sleep(Duration::from_micros(delay.load(Ordering::Relaxed))).await;
            StatusCode::OK
        };
        let router = Router::new()
            .route("/", get(answer))
            .with_state(Arc::clone(&delay_us));
        let opened = Self {
            door: Door::open(router).await?,
            delay_us,
        };
        opened.set(delay);
        Ok(opened)
    }

    /// From now on it takes so long.
    pub fn set(&self, delay: Duration) {
        let us = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        self.delay_us.store(us, Ordering::Relaxed);
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.door.addr
    }
}

/// How often a price was not asked for because no permit came, and how many permits of the reviews lay idle at those moments.
#[derive(Debug, Default)]
pub struct Idle {
    refusals: AtomicUsize,
    permits: AtomicUsize,
}

impl Idle {
    /// Idle permits next door for each refusal; `None` if nobody was refused.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let refusals = self.refusals.load(Ordering::Relaxed);
        (refusals > 0).then(|| self.permits.load(Ordering::Relaxed) as f64 / refusals as f64)
    }
}

/// One route of the front.
#[derive(Clone, Debug)]
struct Way {
    permits: Arc<Semaphore>,
    next_door: Arc<Semaphore>,
    addr: SocketAddr,
    patience: Patience,
    idle: Arc<Idle>,
}

/// The front's routes, and what is counted of `/prices`.
pub fn router(
    permits: &Permits,
    prices: SocketAddr,
    reviews: SocketAddr,
    patience: Patience,
) -> (Router, Arc<Idle>) {
    let way = |permits: &Arc<Semaphore>, next_door: &Arc<Semaphore>, addr| Way {
        permits: Arc::clone(permits),
        next_door: Arc::clone(next_door),
        addr,
        patience,
        idle: Arc::default(),
    };
    let to_prices = way(&permits.prices, &permits.reviews, prices);
    let to_reviews = way(&permits.reviews, &permits.prices, reviews);
    let idle = Arc::clone(&to_prices.idle);
    let router = Router::new()
        .route("/prices", get(call).with_state(to_prices))
        .route("/reviews", get(call).with_state(to_reviews));
    (router, idle)
}

async fn call(State(way): State<Way>) -> StatusCode {
    let permit = timeout(
        way.patience.permit,
        Arc::clone(&way.permits).acquire_owned(),
    )
    .await;
    let Ok(Ok(permit)) = permit else {
        way.idle.refusals.fetch_add(1, Ordering::Relaxed);
        let idle = way.next_door.available_permits();
        way.idle.permits.fetch_add(idle, Ordering::Relaxed);
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    // A task of its own: whoever hangs up does not end it.
    match tokio::spawn(ask(permit, way.addr, way.patience.call)).await {
        Ok(Outcome::InTime) => StatusCode::OK,
        Ok(Outcome::Refused | Outcome::TooLate) | Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn ask(permit: OwnedSemaphorePermit, addr: SocketAddr, patience: Duration) -> Outcome {
    let outcome = client::get(addr, "/", patience).await;
    drop(permit);
    outcome
}
