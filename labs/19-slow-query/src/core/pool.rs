//! What a pool of connections says when somebody watches it: who waits, how long all were taken, and which were never given back.
//!
//! Why not only the pool's own size and idle count: a pool that is full says the same whether its connections work, or were forgotten by
//! code that returned early. The difference is how long each has been held, and by whom. And an idle connection is no leak: it is what a pool
//! is for. What must stay true: of a healthy pool nothing is found; a caller who goes away while waiting is no waiter any more.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// What is worth a warning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    wait: Duration,
    held: Duration,
    saturation: f64,
}

/// A limit that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LimitsError {
    /// Of a wait.
    #[error("wait: {0:?} is not in 1ms..=1h")]
    Wait(Duration),
    /// Of holding a connection.
    #[error("held: {0:?} is not in 1ms..=24h")]
    Held(Duration),
    /// Of the time without a free connection.
    #[error("saturation: {0} is not in 0.01..=1")]
    Saturation(f64),
}

/// Where in the code a connection was taken: `src/orders.rs:41`.
pub type Place = String;

/// What is known of a pool at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Snapshot {
    /// The most connections it may have.
    pub max: u32,
    /// Connections that it has.
    pub open: u32,
    /// Of these, those that nobody uses.
    pub idle: u32,
    /// Connections that were taken and not given back: where, and for how long so far.
    pub held: Vec<(Place, Duration)>,
    /// How long each of those who wait now has waited.
    pub waiting: Vec<Duration>,
    /// How long the longest wait was that has ended, with a connection or without.
    pub longest_wait: Duration,
    /// How often a connection was taken.
    pub acquired: u64,
    /// How often a wait ended without one: a time-out, or a caller who went away.
    pub gave_up: u64,
    /// How long all connections were taken at once.
    pub saturated: Duration,
    /// How long the pool has been watched.
    pub watched: Duration,
}

/// What is wrong with a pool.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// Callers wait longer than the limit, now or at the worst.
    Waiters {
        /// How many wait now.
        now: u64,
        /// The longest wait, of those who still wait too.
        longest: Duration,
    },
    /// All connections were taken for too large a share of the time.
    Saturated {
        /// 0 to 1.
        share: f64,
    },
    /// Connections that were taken in one place and are held for longer than the limit.
    Leak {
        /// Where.
        place: Place,
        /// How many.
        connections: u64,
        /// The longest that one has been held.
        longest: Duration,
    },
}

impl Limits {
    /// Waits above `wait`, connections held for longer than `held`, and a share of the time without a free connection of `saturation` or more.
    ///
    /// # Errors
    /// [`LimitsError`] with the field and its range.
    pub fn new(wait: Duration, held: Duration, saturation: f64) -> Result<Self, LimitsError> {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        if !(Duration::from_millis(1)..=hours(1)).contains(&wait) {
            return Err(LimitsError::Wait(wait));
        }
        if !(Duration::from_millis(1)..=hours(24)).contains(&held) {
            return Err(LimitsError::Held(held));
        }
        if !(0.01..=1.0).contains(&saturation) {
            return Err(LimitsError::Saturation(saturation));
        }
        Ok(Self {
            wait,
            held,
            saturation,
        })
    }
}

/// What is wrong with a pool, worst first: leaks by place, then saturation, then waiters. Of a healthy one, nothing.
///
/// A connection that is held for longer than the limit is a leak, and one that is idle is none. Saturation counts from the limit on. The longest wait is that
/// of those who wait now or of anybody before.
#[must_use]
pub fn findings(snapshot: &Snapshot, limits: &Limits) -> Vec<Finding> {
    // ANCHOR: stage5_findings
    todo!("stage 5: findings")
    // ANCHOR_END: stage5_findings
}

impl Snapshot {
    /// The share of the time in which all connections were taken: 0 to 1, and 0 before any time has passed.
    #[must_use]
    pub fn saturation(&self) -> f64 {
        if self.watched.is_zero() {
            return 0.0;
        }
        (self.saturated.as_secs_f64() / self.watched.as_secs_f64()).min(1.0)
    }
}

/// What happens at a pool, written down as it happens. Moments count from the start of the watch; one that steps back counts as the last.
#[derive(Debug)]
pub struct Book {
    max: u32,
    latest: Duration,
    next: u64,
    waiting: BTreeMap<u64, Duration>,
    held: BTreeMap<u64, (Place, Duration)>,
    longest_wait: Duration,
    acquired: u64,
    gave_up: u64,
    saturated: Duration,
}

/// A caller, from its first wait to the return of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(u64);

impl Book {
    /// Of a pool that may have `max` connections.
    #[must_use]
    pub fn new(max: u32) -> Self {
        Self {
            max,
            latest: Duration::ZERO,
            next: 0,
            waiting: BTreeMap::new(),
            held: BTreeMap::new(),
            longest_wait: Duration::ZERO,
            acquired: 0,
            gave_up: 0,
            saturated: Duration::ZERO,
        }
    }

    /// Somebody asks for a connection.
    pub fn asks(&mut self, now: Duration) -> Ticket {
        let now = self.turn(now);
        self.next += 1;
        self.waiting.insert(self.next, now);
        Ticket(self.next)
    }

    /// The one with this ticket has a connection, taken at `place`.
    pub fn has(&mut self, ticket: Ticket, place: Place, now: Duration) {
        let now = self.turn(now);
        if self.stops_waiting(ticket, now) {
            self.acquired += 1;
            self.held.insert(ticket.0, (place, now));
        }
    }

    /// The one with this ticket has stopped waiting without a connection.
    pub fn gives_up(&mut self, ticket: Ticket, now: Duration) {
        let now = self.turn(now);
        if self.stops_waiting(ticket, now) {
            self.gave_up += 1;
        }
    }

    /// The connection of this ticket is back.
    pub fn returns(&mut self, ticket: Ticket, now: Duration) {
        self.turn(now);
        self.held.remove(&ticket.0);
    }

    /// What is known at `now`, of a pool that has `open` connections, `idle` of them unused.
    #[must_use]
    pub fn snapshot(&mut self, open: u32, idle: u32, now: Duration) -> Snapshot {
        let now = self.turn(now);
        Snapshot {
            max: self.max,
            open,
            idle,
            held: self
                .held
                .values()
                .map(|(place, since)| (place.clone(), now - *since))
                .collect(),
            waiting: self.waiting.values().map(|since| now - *since).collect(),
            longest_wait: self.longest_wait,
            acquired: self.acquired,
            gave_up: self.gave_up,
            saturated: self.saturated,
            watched: now,
        }
    }

    /// Moves to `now`; the time since the last event counts as saturated if all connections were taken in it.
    fn turn(&mut self, now: Duration) -> Duration {
        // ANCHOR: stage5_turn
        todo!("stage 5: turn")
        // ANCHOR_END: stage5_turn
    }

    fn stops_waiting(&mut self, ticket: Ticket, now: Duration) -> bool {
        let Some(since) = self.waiting.remove(&ticket.0) else {
            return false;
        };
        self.longest_wait = self.longest_wait.max(now - since);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_make_no_sense_are_refused_by_name() {
        let (ms, second, hour) = (
            Duration::from_millis(1),
            Duration::from_secs(1),
            Duration::from_secs(3_600),
        );
        let nano = Duration::from_nanos(1);
        for wait in [Duration::ZERO, ms - nano, hour + nano] {
            assert_eq!(Limits::new(wait, second, 0.5), Err(LimitsError::Wait(wait)));
        }
        for held in [Duration::ZERO, ms - nano, 24 * hour + nano] {
            assert_eq!(Limits::new(second, held, 0.5), Err(LimitsError::Held(held)));
        }
        for share in [0.0, 0.009, 1.001, -0.5] {
            assert_eq!(
                Limits::new(second, second, share),
                Err(LimitsError::Saturation(share))
            );
        }
        assert!(matches!(
            Limits::new(second, second, f64::NAN),
            Err(LimitsError::Saturation(_))
        ));
        assert!(Limits::new(ms, ms, 0.01).is_ok());
        assert!(Limits::new(hour, 24 * hour, 1.0).is_ok());
    }
}
