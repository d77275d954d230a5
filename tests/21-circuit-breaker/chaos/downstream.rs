//! The downstream: a small HTTP service that says the price of a thing, and fails as its master says.
//!
//! It is this program started again, so that kill -9 means what it means. Its master speaks on stdin (a [`Mood`] a line) and when that
//! closes it ends: no downstream outlives its run. On stdout it says where it listens, and then each request that arrived and how
//! it was answered, before it answers.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::run::Result;

/// A flapping downstream is well for so long: a handful of calls.
const WELL_MS: u128 = 70;
/// And well again so long after it was: twice as many calls fail.
const FLAPS_EVERY_MS: u128 = 210;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// With a price; of some things there is none.
    Well,
    /// With 500.
    Failing,
    /// With 500 for a third of all.
    PartlyFailing,
    /// With 500 for a while, and well for a while, and again.
    Flapping,
    /// With an answer that has no price: what reads it panics.
    Garbled,
    /// With 404 for everything.
    Empty,
}

/// What it says on stdout, a line each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// It listens there.
    Listening(std::net::SocketAddr),
    /// A request has arrived, and is answered so.
    Arrived {
        /// Which call.
        call: u64,
        /// How.
        answer: Given,
    },
}

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// A price.
    Price,
    /// There is no such thing.
    NotFound,
    /// 500.
    Failed,
    /// 200, and no price.
    Garbled,
}

impl Mood {
    /// The answer to that call, so long after the start. Of one thing in twenty-five there is no price.
    fn answer(self, call: u64, since: Duration) -> Given {
        let fails = since.as_millis() % FLAPS_EVERY_MS >= WELL_MS;
        match self {
            Self::Failing => Given::Failed,
            Self::Flapping if fails => Given::Failed,
            Self::PartlyFailing if call.is_multiple_of(3) => Given::Failed,
            Self::Garbled => Given::Garbled,
            Self::Empty => Given::NotFound,
            Self::Well | Self::PartlyFailing | Self::Flapping if call % 25 == 7 => Given::NotFound,
            Self::Well | Self::PartlyFailing | Self::Flapping => Given::Price,
        }
    }
}

/// Serves until stdin closes.
///
/// # Errors
/// There is no port.
pub async fn serve() -> Result<()> {
    let mood = Arc::new(Mutex::new(Mood::Well));
    let router = Router::new()
        .route("/price/{call}", get(price))
        .with_state((Arc::clone(&mood), Instant::now()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    say(&Said::Listening(listener.local_addr()?));
    std::thread::spawn(move || obey(&mood));
    Ok(axum::serve(listener, router).await?)
}

/// A thread of its own: a read of stdin blocks.
fn obey(mood: &Mutex<Mood>) {
    for line in std::io::stdin().lines().map_while(std::result::Result::ok) {
        if let Ok(told) = serde_json::from_str(&line) {
            *mood.lock().unwrap_or_else(PoisonError::into_inner) = told;
        }
    }
    // The master is gone.
    std::process::exit(0);
}

async fn price(
    State((mood, began)): State<(Arc<Mutex<Mood>>, Instant)>,
    Path(call): Path<u64>,
) -> (StatusCode, String) {
    let mood = *mood.lock().unwrap_or_else(PoisonError::into_inner);
    let answer = mood.answer(call, began.elapsed());
    say(&Said::Arrived { call, answer });
    tokio::time::sleep(Duration::from_millis(2 + call % 9)).await;
    match answer {
        Given::Price => (StatusCode::OK, format!(r#"{{"price":{}}}"#, call % 100)),
        Given::NotFound => (StatusCode::NOT_FOUND, String::new()),
        Given::Failed => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        Given::Garbled => (StatusCode::OK, r#"{"cost":1}"#.to_owned()),
    }
}

/// At once: a process that is killed says nothing later.
fn say(said: &Said) {
    let line = serde_json::to_string(said).expect("it has string keys only");
    let mut out = std::io::stdout().lock();
    // Nobody listens any more: the run is over.
    let _heard = writeln!(out, "{line}").and_then(|()| out.flush());
}
