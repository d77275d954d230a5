//! Single flight: of all who want the same key at the same time, one loads, and the others wait for it.
//!
//! The load runs in a task of its own. Why not in the future of whoever came first: that one may go away, and then those who wait have nobody
//! who loads, or begin again from the start. What must stay true: at most one flight of a key is in the air; each ends, by an outcome, a panic or a
//! time-out, and leaves the key free; whoever comes after a write never gets what was read before it.
//!
//! For that last one, [`Flights::detach`] turns newcomers away from a flight that has begun to read: they get a flight of their own, which
//! waits on the runway until the other one has landed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::error::Error;

/// What a flight brings: to all who wait for it.
pub(crate) type Outcome<T> = Result<T, Error>;

type Landed<T> = watch::Receiver<Option<Outcome<T>>>;

/// The flights of all keys.
pub(crate) struct Flights<T>(Arc<Mutex<Board<T>>>);

struct Board<T> {
    /// The flight of a key that newcomers are sent to, if there is one.
    flights: HashMap<String, Flight<T>>,
    /// How many there have been.
    number: u64,
}

struct Flight<T> {
    number: u64,
    landed: Landed<T>,
    /// It has begun to read.
    reading: bool,
    /// The key was written since it began to read.
    stale: bool,
}

/// A seat on a flight.
pub(crate) struct Seat<T>(Landed<T>);

/// Whoever flies it. Dropped without an outcome, as by a panic, it lands with an error.
pub(crate) struct Pilot<T> {
    flights: Flights<T>,
    key: String,
    number: u64,
    outcome: watch::Sender<Option<Outcome<T>>>,
    /// The flight of this key that is still in the air.
    before: Option<Landed<T>>,
    has_landed: bool,
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Board {
            flights: HashMap::new(),
            number: 0,
        })))
    }

    /// The outcome of `work`, or of the same work for the same key that is under way. Says whether it was somebody else's.
    pub(crate) async fn run<W>(&self, key: &str, work: W) -> (Outcome<T>, bool)
    where
        W: Future<Output = Outcome<T>> + Send + 'static,
    {
        // ANCHOR: stage5_run
        todo!("stage 5: run")
        // ANCHOR_END: stage5_run
    }

    /// A seat on the flight of `key`; with the pilot of a new one, if there is none that may be joined.
    pub(crate) fn board(&self, key: &str) -> (Seat<T>, Option<Pilot<T>>) {
        // ANCHOR: stage5_board
        todo!("stage 5: board")
        // ANCHOR_END: stage5_board
    }

    /// `key` was written: whoever comes from now on does not get what was read before.
    pub(crate) fn detach(&self, key: &str) {
        // ANCHOR: stage5_detach
        todo!("stage 5: detach")
        // ANCHOR_END: stage5_detach
    }

    fn lock(&self) -> MutexGuard<'_, Board<T>> {
        lock(&self.0)
    }
}

/// Nothing that is done under this lock can panic half-way.
fn lock<T>(board: &Mutex<Board<T>>) -> MutexGuard<'_, Board<T>> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Clone> Seat<T> {
    /// Waits for the landing.
    pub(crate) async fn outcome(mut self) -> Outcome<T> {
        let landed = self.0.wait_for(Option::is_some).await;
        // A pilot lands before it goes, so there is an outcome.
        landed.map_or(Err(Error::LoadLost), |outcome| {
            outcome.clone().unwrap_or(Err(Error::LoadLost))
        })
    }
}

impl<T> Pilot<T> {
    /// Waits until the flight before has landed. From then on a write makes this one stale.
    pub(crate) async fn take_off(&mut self) {
        if let Some(mut before) = self.before.take() {
            let _landed = before.wait_for(Option::is_some).await;
        }
        if let Some(flight) = lock(&self.flights.0).flights.get_mut(&self.key)
            && flight.number == self.number
        {
            flight.reading = true;
        }
    }

    /// Frees the key, and gives the outcome to all who wait.
    pub(crate) fn land(&mut self, outcome: Outcome<T>) {
        // ANCHOR: stage5_land
        todo!("stage 5: land")
        // ANCHOR_END: stage5_land
    }
}

impl<T> Drop for Pilot<T> {
    fn drop(&mut self) {
        if !self.has_landed {
            self.land(Err(Error::LoadLost));
        }
    }
}
