//! A service that calls the next one through the lab's retry: `GET /call/17`, and `GET /log` for what it has counted.
//!
//! What it does is the lab's own; only the policy differs from design to design. A call that was given up is answered with 502, which the layer
//! above takes for a failure like any other: it cannot know that the attempts below are already spent. That is the whole
//! multiplication.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use retry::core::backoff::{Backoff, Strategy};
use retry::core::budget::Income;
use retry::core::class::{Class, Safety};
use retry::core::error::ConfigError;
use retry::core::limits::Limits;
use retry::shell::budget::Budget;
use retry::shell::layer::{Retry, RetryLayer};
use retry::shell::policy::Policy;
use serde_json::json;
use tower::{Layer as _, ServiceExt as _};

use crate::next::{Failure, Next};
use crate::scenario::{ATTEMPTS, CAPACITY, PER_SECOND, RATIO, Retries, ms};

/// The first wait is drawn from nothing to this,
const BASE: Duration = ms(5);
/// and none is above this.
pub const CAP: Duration = ms(10);

type Retried = Retry<Next, fn(&Failure) -> Class, fn(&usize) -> Safety>;

#[derive(Clone, Debug)]
struct Layer {
    next: Retried,
    calls: Arc<AtomicU64>,
    attempts: Arc<AtomicU64>,
}

/// How a layer retries; `timeout` is that of an attempt.
///
/// # Errors
/// None of the constants is out of range; if one were, it would be said here.
pub fn policy(retries: Retries, timeout: Duration, seed: u64) -> Result<Policy, ConfigError> {
    let attempts = match retries {
        Retries::Never => 1,
        Retries::Freely | Retries::WithinBudget => ATTEMPTS,
    };
    let backoff = Backoff::new(Strategy::FullJitter {
        base: BASE,
        factor: 2.0,
        cap: CAP,
    })?;
    let limits = Limits::new(attempts)?.with_attempt_timeout(timeout)?;
    let policy = Policy::builder(backoff, limits).seed(seed);
    Ok(match retries {
        Retries::Never | Retries::Freely => policy.build(),
        Retries::WithinBudget => {
            let income = Income::new(RATIO, PER_SECOND, CAPACITY)?;
            policy.budget(Budget::new(income)).build()
        }
    })
}

/// The routes of a layer above `next`.
pub fn router(next: SocketAddr, policy: Policy) -> Router {
    let attempts = Arc::new(AtomicU64::new(0));
    let next = Next::new(next, Arc::clone(&attempts));
    let classify: fn(&Failure) -> Class = Failure::class;
    let safety: fn(&usize) -> Safety = |_| Safety::of_http("GET", false);
    let layer = Layer {
        next: RetryLayer::new(policy, classify, safety).layer(next),
        calls: Arc::default(),
        attempts,
    };
    Router::new()
        .route("/call/{id}", get(call))
        .route("/log", get(log))
        .with_state(layer)
}

async fn call(State(own): State<Layer>, Path(id): Path<usize>) -> StatusCode {
    own.calls.fetch_add(1, Ordering::Relaxed);
    match own.next.oneshot(id).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::BAD_GATEWAY,
    }
}

async fn log(State(own): State<Layer>) -> String {
    json!({
        "calls": own.calls.load(Ordering::Relaxed),
        "attempts": own.attempts.load(Ordering::Relaxed),
    })
    .to_string()
}
