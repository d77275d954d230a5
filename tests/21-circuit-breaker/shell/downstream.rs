//! A downstream that does as it is told, and a breaker with round numbers in front of it.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use circuit_breaker::core::breaker::Breaker;
use circuit_breaker::core::config::{HalfOpen, Settings, WindowKind};
use circuit_breaker::shell::clock::TokioClock;
use tokio::time::sleep;
use tower::Service;

/// A second.
pub const S: Duration = Duration::from_secs(1);

/// What the next call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// An answer at once.
    Well,
    /// An answer after so long.
    Slow(Duration),
    /// An error at once.
    Failing,
    /// An error that says nothing of the downstream's health.
    NotFound,
    /// No answer, ever.
    Hanging,
    /// A panic at its first poll.
    Panicking,
    /// A panic before there is a future.
    PanickingAtOnce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    Broken,
    NotFound,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Error {}

/// Its mood, and how many calls it has had and how many of them are still in flight.
#[derive(Clone, Debug)]
pub struct Downstream(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    mood: Mutex<Mood>,
    calls: AtomicU64,
    in_flight: AtomicU64,
}

/// One less in flight, however it ends.
struct Flight(Arc<Inner>);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Downstream {
    pub fn new(mood: Mood) -> Self {
        Self(Arc::new(Inner {
            mood: Mutex::new(mood),
            calls: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
        }))
    }

    pub fn set(&self, mood: Mood) {
        *self.0.mood.lock().unwrap() = mood;
    }

    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    pub fn in_flight(&self) -> u64 {
        self.0.in_flight.load(Ordering::SeqCst)
    }
}

impl Service<()> for Downstream {
    type Response = &'static str;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<&'static str, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, (): ()) -> Self::Future {
        let mood = *self.0.mood.lock().unwrap();
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        if mood == Mood::PanickingAtOnce {
            panic!("no future for you");
        }
        self.0.in_flight.fetch_add(1, Ordering::SeqCst);
        let flight = Flight(Arc::clone(&self.0));
        Box::pin(async move {
            let _flight = flight;
            match mood {
                Mood::Well => Ok("fresh"),
                Mood::Slow(by) => {
                    sleep(by).await;
                    Ok("fresh")
                }
                Mood::Failing => Err(Error::Broken),
                Mood::NotFound => Err(Error::NotFound),
                Mood::Hanging => pending().await,
                Mood::Panicking | Mood::PanickingAtOnce => panic!("the client has a bug"),
            }
        })
    }
}

/// Half of the last ten calls, at least four of them; open for 10 s; one probe at once, two successes, a lease of 5 s.
pub fn settings() -> Settings {
    Settings {
        window: WindowKind::Count(10),
        minimum_calls: 4,
        failure_rate: 0.5,
        slow_calls: None,
        open_for: 10 * S,
        half_open: HalfOpen {
            permits: 1,
            successes: 2,
            lease: 5 * S,
        },
    }
}

pub fn breaker(settings: Settings) -> Arc<Breaker<TokioClock>> {
    let config = settings.build().expect("settings of a test make sense");
    Arc::new(Breaker::new("downstream", config, TokioClock::start()))
}
