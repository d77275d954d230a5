//! What is counted while the sale runs, in steps of a tenth of a second.

use crate::queue::Nanos;
use crate::scenario::{MS, SECOND};

/// A row of the timeline covers this long.
pub const STEP: Nanos = 100 * MS;
/// So many of them are a second, over which a peak is taken.
const STEPS_A_SECOND: usize = (SECOND / STEP) as usize;

/// What a buyer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A unit.
    Accepted { replayed: bool },
    /// None left, says this instance by itself.
    SoldOutByGate,
    /// None left, says Redis.
    SoldOutByRedis,
    /// Too many requests; when to ask again.
    TooMany(Nanos),
    /// Before the hour; how long until it.
    NotYet(Nanos),
    /// After it.
    Closed,
    /// Nobody knows.
    TryAgain,
}

/// A step of the timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub requests: u64,
    pub redis_calls: u64,
    pub accepted: u64,
    /// Told again of the unit they have.
    pub accepted_again: u64,
    pub sold_out_by_gate: u64,
    pub sold_out_by_redis: u64,
    pub too_many: u64,
    pub not_yet: u64,
    pub try_again: u64,
    /// The most units on shelves in it.
    pub on_shelf_max: u32,
}

/// A run's figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub rows: Vec<Row>,
    /// Buyers who have a unit at the end.
    pub sold: u32,
    pub returned: u32,
    pub events: u64,
    /// When the shelves were first empty.
    pub sold_out_at: Option<Nanos>,
    pub drained_at: Option<Nanos>,
    /// A buyer was told "sold out" while a unit had been lying on a shelf this long.
    pub stalest: Nanos,
    pub stale_answers: u64,
    latencies_us: Vec<u32>,
}

impl Tally {
    /// Before each event: what lies on the shelves now.
    pub fn see(&mut self, now: Nanos, on_shelf: u32) {
        let row = self.row(now);
        row.on_shelf_max = row.on_shelf_max.max(on_shelf);
        if on_shelf == 0 && self.sold_out_at.is_none() {
            self.sold_out_at = Some(now);
        }
    }

    pub fn request(&mut self, now: Nanos) {
        self.row(now).requests += 1;
    }

    pub fn redis_call(&mut self, now: Nanos) {
        self.row(now).redis_calls += 1;
    }

    /// How long a request that went to Redis took.
    pub fn latency(&mut self, took: Nanos) {
        self.latencies_us.push((took / 1_000) as u32);
    }

    /// A buyer is told; `stale`: how long a unit had been lying on a shelf, if they were told that there is none.
    pub fn answer(&mut self, now: Nanos, outcome: Outcome, stale: Option<Nanos>) {
        if let Some(stale) = stale {
            self.stalest = self.stalest.max(stale);
            self.stale_answers += 1;
        }
        let row = self.row(now);
        match outcome {
            Outcome::Accepted { replayed: false } => row.accepted += 1,
            Outcome::Accepted { replayed: true } => row.accepted_again += 1,
            Outcome::SoldOutByGate => row.sold_out_by_gate += 1,
            Outcome::SoldOutByRedis => row.sold_out_by_redis += 1,
            Outcome::TooMany(_) => row.too_many += 1,
            Outcome::NotYet(_) | Outcome::Closed => row.not_yet += 1,
            Outcome::TryAgain => row.try_again += 1,
        }
    }

    /// The sum of a column.
    pub fn total(&self, column: impl Fn(&Row) -> u64) -> u64 {
        self.rows.iter().map(column).sum()
    }

    /// The most of a column in any second (in steps of a tenth).
    pub fn peak(&self, column: impl Fn(&Row) -> u64) -> u64 {
        let column: Vec<u64> = self.rows.iter().map(column).collect();
        let seconds = column.windows(STEPS_A_SECOND.min(column.len().max(1)));
        seconds.map(|second| second.iter().sum()).max().unwrap_or(0)
    }

    /// So many in a hundred of the requests that went to Redis took at most this long, in microseconds.
    pub fn latency_us(&self, percent: usize) -> u32 {
        let mut sorted = self.latencies_us.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        sorted.get(last * percent / 100).copied().unwrap_or(0)
    }

    fn row(&mut self, now: Nanos) -> &mut Row {
        let step = (now / STEP) as usize;
        if step >= self.rows.len() {
            self.rows.resize(step + 1, Row::default());
        }
        &mut self.rows[step]
    }
}
