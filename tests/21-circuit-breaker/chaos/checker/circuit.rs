//! The circuit as the replay knows it: where it is by what the breaker has said, and what must come of the next thing that meets it.

use crate::facts::{Call, Change, Ending, Says, State, Terms};

use super::recount::{self, Counted, Kind, Over, RIGHT};

/// Where the circuit is.
#[derive(Clone, Debug)]
pub(super) struct Circuit<'t> {
    pub(super) terms: &'t Terms,
    pub(super) state: State,
    /// How many changes of state there were.
    pub(super) generation: u64,
    /// Until when it is open, if it is.
    pub(super) until_us: u64,
    /// The probes that are out: the call, and when its lease ends.
    pub(super) probes: Vec<(u64, u64)>,
    /// Probes that have succeeded.
    pub(super) successes: u64,
    /// Calls that were over since it closed.
    pub(super) over: Vec<Over>,
}

/// What must come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Must {
    /// The states it goes through.
    pub(super) become_: Vec<State>,
    /// Whether a call is made, or what is said to it.
    pub(super) made: Result<(), Ending>,
}

impl Must {
    fn make(become_: &[State]) -> Self {
        Self {
            become_: become_.to_vec(),
            made: Ok(()),
        }
    }

    fn reject(become_: &[State], ending: Ending) -> Self {
        Self {
            become_: become_.to_vec(),
            made: Err(ending),
        }
    }
}

impl<'t> Circuit<'t> {
    pub(super) fn new(terms: &'t Terms) -> Self {
        Self {
            terms,
            state: State::Closed,
            generation: 0,
            until_us: 0,
            probes: Vec::new(),
            successes: 0,
            over: Vec::new(),
        }
    }

    /// What must come of a call that is asked for now.
    pub(super) fn asked(&self, now_us: u64) -> Must {
        match self.state {
            State::Closed | State::ForcedClosed => Must::make(&[]),
            State::ForcedOpen => Must::reject(&[], Ending::ForcedOpen),
            State::Open if now_us < self.until_us => Must::reject(&[], Ending::Open),
            State::Open => Must::make(&[State::HalfOpen]),
            State::HalfOpen => match self.lease_ended(now_us) {
                Some(ended) if now_us < ended + self.terms.open_for_us => {
                    Must::reject(&[State::Open], Ending::Open)
                }
                Some(_) => Must::make(&[State::Open, State::HalfOpen]),
                None if self.probes.len() >= self.terms.permits => {
                    Must::reject(&[], Ending::HalfOpen)
                }
                None => Must::make(&[]),
            },
        }
    }

    /// Which states it must go through when this call, of the present generation, is over.
    pub(super) fn ended(&self, call: &Call) -> Vec<State> {
        match self.state {
            State::Closed if call.says() == Says::Nothing => Vec::new(),
            State::Closed => {
                let mut over = self.over.clone();
                over.push(self.weighed(call, false));
                let counted = recount::count(&over, &RIGHT, self.terms, call.ended_us);
                if counted.trip(self.terms) {
                    vec![State::Open]
                } else {
                    Vec::new()
                }
            }
            State::HalfOpen if self.lease_ended(call.ended_us).is_some() => vec![State::Open],
            State::HalfOpen => match call.says() {
                Says::Nothing => Vec::new(),
                Says::Success if !call.is_slow(self.terms) => {
                    if self.successes + 1 == self.terms.successes {
                        vec![State::Closed]
                    } else {
                        Vec::new()
                    }
                }
                Says::Success | Says::Failure => vec![State::Open],
            },
            State::Open | State::ForcedOpen | State::ForcedClosed => Vec::new(),
        }
    }

    /// The call is over: what is remembered of it.
    pub(super) fn remember(&mut self, call: &Call, late: bool) {
        if call.says() != Says::Nothing || call.ending == Ending::GaveUp {
            self.over.push(self.weighed(call, late));
        }
        if late {
            return;
        }
        self.probes.retain(|(probe, _)| *probe != call.call);
        if call.says() == Says::Success && !call.is_slow(self.terms) {
            self.successes += 1;
        }
    }

    /// A call that the breaker has let through now.
    pub(super) fn made(&mut self, call: u64, now_us: u64) {
        if matches!(self.state, State::Open | State::HalfOpen) {
            self.probes.push((call, now_us + self.terms.lease_us));
        }
    }

    /// What the breaker said to have become of it.
    pub(super) fn follow(&mut self, change: &Change, now_us: u64) {
        if change.to == State::Open {
            let ended = self.lease_ended(now_us);
            let since = ended.filter(|_| change.cause == "lease_ended");
            self.until_us = since.unwrap_or(now_us) + self.terms.open_for_us;
        }
        self.generation += 1;
        self.state = change.to;
        self.probes.clear();
        self.successes = 0;
        self.over.clear();
    }

    /// What the window has, if calls of these kinds count.
    pub(super) fn count(&self, kinds: &[Kind], now_us: u64) -> Counted {
        recount::count(&self.over, kinds, self.terms, now_us)
    }

    /// When the nearest lease ended, if one has.
    fn lease_ended(&self, now_us: u64) -> Option<u64> {
        let ends = self.probes.iter().map(|(_, ends)| *ends);
        ends.filter(|ends| *ends <= now_us).min()
    }

    /// A caller who goes away, and a late result, would count as what a breaker that counts them would take them for.
    fn weighed(&self, call: &Call, late: bool) -> Over {
        let kind = match call.ending {
            _ if late => Kind::Late,
            Ending::GaveUp => Kind::GaveUp,
            Ending::TimedOut => Kind::TimedOut,
            Ending::Panicked => Kind::Panicked,
            Ending::Answered
            | Ending::Failed
            | Ending::NoConnection
            | Ending::NotFound
            | Ending::Open
            | Ending::HalfOpen
            | Ending::ForcedOpen => Kind::Counts,
        };
        Over {
            at_us: call.ended_us,
            kind,
            failed: call.says() == Says::Failure || call.ending == Ending::GaveUp,
            slow: call.is_slow(self.terms),
        }
    }
}
