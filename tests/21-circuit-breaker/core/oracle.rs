//! A breaker that is plainly right and slow: it keeps every call, looks at all of them each time, and has no lock, word or ring.
//!
//! What it shares with the reference is the configuration alone. Moments are nanoseconds.

use std::time::Duration;

use circuit_breaker::core::config::{Settings, WindowKind};
use circuit_breaker::core::error::Rejection;
use circuit_breaker::core::machine::{Forced, State};
use circuit_breaker::core::outcome::{Call, Outcome};
use circuit_breaker::core::window::Counts;

/// What an admitted call brings back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    generation: u64,
    probe: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct Oracle {
    settings: Settings,
    pub state: State,
    pub generation: u64,
    /// Every call counted in this generation, and when.
    calls: Vec<(Duration, Call)>,
    /// Every probe in flight: its number, and when its lease ends.
    pub probes: Vec<(u64, Duration)>,
    successes: u32,
    sent: u64,
    /// The newest moment of a change of state, of a probe, or in a window over time.
    newest: Duration,
}

impl Oracle {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            state: State::Closed,
            generation: 0,
            calls: Vec::new(),
            probes: Vec::new(),
            successes: 0,
            sent: 0,
            newest: Duration::ZERO,
        }
    }

    pub fn admit(&mut self, now: Duration) -> Result<Ticket, Rejection> {
        let now = now.max(self.newest);
        self.end_leases(now);
        if let State::Open { until } = self.state {
            if now < until {
                let retry_after = until - now;
                return Err(Rejection::Open { retry_after });
            }
            self.change(State::HalfOpen, now);
        }
        match self.state {
            State::ForcedOpen => Err(Rejection::ForcedOpen),
            State::HalfOpen if self.probes.len() as u32 >= self.settings.half_open.permits => {
                Err(Rejection::HalfOpen)
            }
            State::HalfOpen => {
                self.newest = now;
                self.sent += 1;
                self.probes
                    .push((self.sent, now + self.settings.half_open.lease));
                Ok(self.ticket(Some(self.sent)))
            }
            State::Closed | State::ForcedClosed | State::Open { .. } => Ok(self.ticket(None)),
        }
    }

    /// Whether it was in time.
    pub fn settle(&mut self, ticket: Ticket, call: Call, now: Duration) -> bool {
        if ticket.generation != self.generation {
            return false;
        }
        let now = now.max(self.newest);
        self.end_leases(now);
        if ticket.generation != self.generation {
            return false;
        }
        self.probes
            .retain(|(number, _)| Some(*number) != ticket.probe);
        if call.outcome == Outcome::Ignored {
            return true;
        }
        let bad = call.outcome == Outcome::Failure || call.slow;
        match self.state {
            State::Closed => {
                self.calls.push((now, call));
                if let WindowKind::Time { .. } = self.settings.window {
                    self.newest = now;
                }
                if self.trips() {
                    self.open(now);
                }
            }
            State::HalfOpen if bad => self.open(now),
            State::HalfOpen => {
                self.successes += 1;
                if self.successes == self.settings.half_open.successes {
                    self.change(State::Closed, now);
                }
            }
            State::Open { .. } | State::ForcedOpen | State::ForcedClosed => {}
        }
        true
    }

    pub fn force(&mut self, forced: Forced, now: Duration) {
        let to = match forced {
            Forced::Open => State::ForcedOpen,
            Forced::Closed => State::ForcedClosed,
        };
        if self.state != to {
            self.change(to, now.max(self.newest));
        }
    }

    pub fn release(&mut self, now: Duration) {
        if matches!(self.state, State::ForcedOpen | State::ForcedClosed) {
            self.change(State::Closed, now.max(self.newest));
        }
    }

    /// Counts by looking at every call.
    pub fn counts(&self) -> Counts {
        let inside = self.inside();
        Counts {
            calls: inside.len() as u64,
            failures: inside
                .iter()
                .filter(|call| call.outcome == Outcome::Failure)
                .count() as u64,
            slow: inside.iter().filter(|call| call.slow).count() as u64,
        }
    }

    fn inside(&self) -> Vec<Call> {
        let last = self.calls.last().map_or(Duration::ZERO, |(when, _)| *when);
        let first = match self.settings.window {
            WindowKind::Count(len) => self.calls.len().saturating_sub(len as usize),
            WindowKind::Time { length, buckets } => {
                let width = (length / buckets).as_nanos();
                let oldest = (last.as_nanos() / width + 1).saturating_sub(u128::from(buckets));
                self.calls
                    .partition_point(|(when, _)| when.as_nanos() / width < oldest)
            }
        };
        self.calls[first..].iter().map(|(_, call)| *call).collect()
    }

    /// The rates of these settings are whole percents.
    fn trips(&self) -> bool {
        let Counts {
            calls,
            failures,
            slow,
        } = self.counts();
        let percent = |rate: f64| (rate * 100.0).round() as u64;
        calls >= u64::from(self.settings.minimum_calls)
            && (100 * failures >= percent(self.settings.failure_rate) * calls
                || self
                    .settings
                    .slow_calls
                    .is_some_and(|limit| 100 * slow >= percent(limit.rate) * calls))
    }

    /// All that are over by `now`: the first of them opens the circuit, at its own moment.
    fn end_leases(&mut self, now: Duration) {
        if let Some(first) = self.probes.iter().map(|(_, ends)| *ends).min()
            && first <= now
        {
            self.open(first);
        }
    }

    fn open(&mut self, since: Duration) {
        let until = since + self.settings.open_for;
        self.change(State::Open { until }, since);
    }

    fn change(&mut self, to: State, at: Duration) {
        self.generation += 1;
        self.state = to;
        self.calls.clear();
        self.probes.clear();
        self.successes = 0;
        self.newest = at;
    }

    fn ticket(&self, probe: Option<u64>) -> Ticket {
        Ticket {
            generation: self.generation,
            probe,
        }
    }
}
