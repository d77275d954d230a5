//! The state machine of one circuit: who may call, and what a result changes. It decides alone; [`super::breaker`] only shares it.
//!
//! Why a generation: a call takes its time, and the circuit may have opened, probed and closed before it answers. Its result speaks of a
//! downstream that is no longer asked about. So every change of state begins a generation, a ticket says which one its call belongs to,
//! and a result of an earlier one changes nothing.
//!
//! What must stay true: an open circuit admits nobody before its time, a half-open one at most as many as it has permits, and every permit
//! comes back: with a result, with a cancel, or when its lease ends. Time never runs backwards here: a clock that steps back is held at the
//! newest moment that the machine has kept (a change of state, a probe, a call in a window over time). A moment later than
//! [`Machine::LAST_MOMENT`] counts as that one.

mod probes;
mod state;

pub use state::{Admission, Cause, Forced, Settled, State, Ticket, Transition};

use std::time::Duration;

use super::clock::Clock;
use super::config::Config;
use super::error::Rejection;
use super::outcome::{Call, Outcome};
use super::window::{Counts, Window};
use probes::Probes;

/// One circuit.
#[derive(Clone, Debug)]
pub struct Machine {
    config: Config,
    state: State,
    generation: u64,
    window: Window,
    probes: Probes,
    /// How many probes of this half-open state have succeeded.
    successes: u32,
    /// The newest moment of a change of state or of a probe.
    newest: Duration,
    /// What has happened since [`Machine::take_transitions`].
    transitions: Vec<Transition>,
}

/// A clock that is held between the newest moment and the last one there is.
struct Held<C> {
    clock: C,
    newest: Duration,
}

impl<C: Clock> Clock for Held<C> {
    fn now(&self) -> Duration {
        self.clock.now().clamp(self.newest, Machine::LAST_MOMENT)
    }
}

impl Machine {
    /// 146 years after the origin: so no moment plus a wait overflows, in nanoseconds of 64 bits.
    pub const LAST_MOMENT: Duration = Duration::from_nanos(u64::MAX / 4);

    /// A closed circuit that has seen no call.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            window: Window::new(config.window()),
            config,
            state: State::Closed,
            generation: 0,
            probes: Probes::default(),
            successes: 0,
            newest: Duration::ZERO,
            transitions: Vec::new(),
        }
    }

    /// Somebody wants to call.
    ///
    /// The clock is read only where the circuit is open or half-open.
    // ANCHOR: admit
    pub fn admit(&mut self, clock: impl Clock) -> Admission {
        match self.state {
            State::Closed | State::ForcedClosed => Admission::Admit(self.ticket()),
            State::Open { until } => self.admit_open(until, clock),
            State::HalfOpen => self.admit_half_open(clock),
            State::ForcedOpen => Admission::Reject(Rejection::ForcedOpen),
        }
    }
    // ANCHOR_END: admit

    /// Somebody wants to call while the circuit is open until `until`: rejected before that moment, the first probe from it on.
    // ANCHOR: admit_open
    fn admit_open(&mut self, until: Duration, clock: impl Clock) -> Admission {
        // ANCHOR: stage1_admit_open
        let now = self.held(clock).now();
        if now < until {
            return Admission::Reject(Rejection::Open {
                retry_after: until - now,
            });
        }
        self.begin_half_open(now);
        self.admit_half_open(now)
        // ANCHOR_END: stage1_admit_open
    }
    // ANCHOR_END: admit_open

    /// It has been open for long enough: no probe has succeeded yet.
    // ANCHOR: begin_half_open
    fn begin_half_open(&mut self, now: Duration) {
        // ANCHOR: stage2_begin_half_open
        self.change(State::HalfOpen, Cause::Waited, now);
        self.successes = 0;
        // ANCHOR_END: stage2_begin_half_open
    }
    // ANCHOR_END: begin_half_open

    /// Somebody wants to call while the circuit is half-open: a probe, if there is a permit.
    // ANCHOR: admit_half_open
    fn admit_half_open(&mut self, clock: impl Clock) -> Admission {
        // ANCHOR: stage2_admit_half_open
        let now = self.held(clock).now();
        self.end_leases(now);
        if let State::Open { until } = self.state {
            return self.admit_open(until, now);
        }
        if self.probes.in_flight() >= self.config.half_open().permits as usize {
            return Admission::Reject(Rejection::HalfOpen);
        }
        self.newest = now;
        let probe = self.probes.send(now + self.config.half_open().lease);
        Admission::Admit(Ticket {
            generation: self.generation,
            probe,
        })
        // ANCHOR_END: stage2_admit_half_open
    }
    // ANCHOR_END: admit_half_open

    /// An admitted call has ended.
    ///
    /// The clock is read only where the window is over time, where the circuit is half-open, and where the call trips it.
    // ANCHOR: settle
    #[inline]
    pub fn settle(&mut self, ticket: Ticket, call: Call, clock: impl Clock) -> Settled {
        // ANCHOR: stage1_settle
        if ticket.generation != self.generation {
            return Settled::Late;
        }
        match self.state {
            State::Closed => self.settle_closed(call, clock),
            State::HalfOpen => self.settle_probe(ticket, call, clock),
            // Nobody was admitted while it was open, and what an operator holds is not counted.
            State::Open { .. } | State::ForcedOpen | State::ForcedClosed => Settled::InTime,
        }
        // ANCHOR_END: stage1_settle
    }
    // ANCHOR_END: settle

    /// A call of the closed circuit has ended: it is counted, unless it says nothing, and may be the one that trips.
    // ANCHOR: settle_closed
    #[inline]
    fn settle_closed(&mut self, call: Call, clock: impl Clock) -> Settled {
        // ANCHOR: stage1_settle_closed
        if call.outcome == Outcome::Ignored {
            return Settled::InTime;
        }
        let clock = self.held(clock);
        self.window.record(call, &clock);
        if self.window.counts().trip(&self.config) {
            let now = clock.now();
            self.open(now, Cause::Tripped);
        }
        Settled::InTime
        // ANCHOR_END: stage1_settle_closed
    }
    // ANCHOR_END: settle_closed

    /// A probe has ended: its permit is back, and it opens the circuit again, or is one of those that close it.
    // ANCHOR: settle_probe
    fn settle_probe(&mut self, probe: Ticket, call: Call, clock: impl Clock) -> Settled {
        // ANCHOR: stage2_settle_probe
        let now = self.held(clock).now();
        self.end_leases(now);
        if self.state != State::HalfOpen {
            return Settled::Late;
        }
        self.probes.take_back(probe.probe);
        match call.outcome {
            Outcome::Ignored => {}
            Outcome::Success if !call.slow => {
                self.successes += 1;
                if self.successes == self.config.half_open().successes {
                    self.change(State::Closed, Cause::Recovered, now);
                }
            }
            Outcome::Success | Outcome::Failure => self.open(now, Cause::ProbeFailed),
        }
        Settled::InTime
        // ANCHOR_END: stage2_settle_probe
    }
    // ANCHOR_END: settle_probe

    /// A probe whose lease has ended by `now` has failed: the circuit opens, as if somebody had looked at that very moment.
    // ANCHOR: end_leases
    fn end_leases(&mut self, now: Duration) {
        // ANCHOR: stage2_end_leases
        if let Some(ended) = self.probes.nearest_end().filter(|ends| *ends <= now) {
            self.open(ended, Cause::LeaseEnded);
        }
        // ANCHOR_END: stage2_end_leases
    }
    // ANCHOR_END: end_leases

    /// An operator wants this, whatever the downstream does. Calls in flight are of an earlier generation from now on.
    pub fn force(&mut self, forced: Forced, clock: impl Clock) {
        // ANCHOR: stage5_force
        let state = match forced {
            Forced::Open => State::ForcedOpen,
            Forced::Closed => State::ForcedClosed,
        };
        if self.state != state {
            let now = self.held(clock).now();
            self.change(state, Cause::Forced, now);
        }
        // ANCHOR_END: stage5_force
    }

    /// The operator lets go: closed, with an empty window, because what was counted before says nothing of now. A circuit that nobody holds
    /// stays as it is.
    pub fn release(&mut self, clock: impl Clock) {
        // ANCHOR: stage5_release
        match self.state {
            State::ForcedOpen | State::ForcedClosed => {
                let now = self.held(clock).now();
                self.change(State::Closed, Cause::Released, now);
            }
            State::Closed | State::Open { .. } | State::HalfOpen => {}
        }
        // ANCHOR_END: stage5_release
    }

    /// Where the circuit is. An open one whose time is over is open until somebody asks to call.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// How many changes of state there were.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The calls in the window, as of the last one that was counted. Empty unless the circuit is closed.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.window.counts()
    }

    /// How many probes are in flight, and hold a permit.
    #[must_use]
    pub fn probes_in_flight(&self) -> usize {
        self.probes.in_flight()
    }

    /// Closed, and one more quick success would change nothing.
    #[must_use]
    pub fn is_all_well(&self) -> bool {
        self.state == State::Closed && self.window.is_all_well()
    }

    /// What the machine was told.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What has happened since this was last asked, in order.
    pub fn take_transitions(&mut self) -> Vec<Transition> {
        std::mem::take(&mut self.transitions)
    }

    /// A ticket of a state that has no probes.
    fn ticket(&self) -> Ticket {
        Ticket {
            generation: self.generation,
            probe: 0,
        }
    }

    /// Opens the circuit as of `since`.
    fn open(&mut self, since: Duration, cause: Cause) {
        let until = since + self.config.open_for();
        self.change(State::Open { until }, cause, since);
    }

    /// Every change of state goes through here: a new generation, an empty window, nobody out.
    // ANCHOR: change
    fn change(&mut self, to: State, cause: Cause, now: Duration) {
        self.generation += 1;
        self.transitions.push(Transition {
            generation: self.generation,
            from: self.state,
            to,
            cause,
        });
        self.state = to;
        self.window.clear();
        self.probes.clear();
        self.newest = now;
    }
    // ANCHOR_END: change

    /// The clock, held.
    fn held<C: Clock>(&self, clock: C) -> Held<C> {
        Held {
            clock,
            newest: self.newest.max(self.window.newest()),
        }
    }
}
