//! One circuit, shared: a machine behind a short lock, and a word in front of it that answers most callers.
//!
//! Why not only the lock: everybody who calls passes here twice, and an open circuit is asked most when there is most to do. So a caller
//! looks at the word first. A closed circuit admits by it, an open one rejects by it; only what changes the machine takes the lock. One
//! result needs no lock either: a quick success, when the window is full of them. The ring would look the same after it.
//!
//! What must stay true: every decision is one that the machine would have made at some moment between the call's beginning and its end.
//! Both words are written under the lock, `until` first: so a reader who sees that it is open sees until when, or until when it was opened
//! again in the meantime.

mod counter;
mod permit;
mod tally;
mod word;

pub use permit::Permit;
pub use tally::Tally;

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use super::config::Config;
use super::error::{BreakerError, Rejection};
use super::machine::{Admission, Forced, Machine, Settled, State, Ticket, Transition};
use super::outcome::{Call, Classify, Ending, Outcome};
use super::sync::{AtomicU64, Mutex, MutexGuard};
use super::window::Counts;
use counter::{Count, Counters};
use word::{Glance, Word};

/// Hears of every change of state, after it, on the thread that caused it and without the lock. Two threads may be heard in either order:
/// [`Transition::generation`] says which was first.
pub type Listener = Box<dyn Fn(&Transition) + Send + Sync>;

/// One circuit, shared among threads.
pub struct Breaker<C> {
    name: String,
    config: Config,
    clock: C,
    listener: Option<Listener>,
    word: AtomicU64,
    /// Until when it is open, in nanoseconds, if the word says that it is.
    until: AtomicU64,
    counters: Counters,
    guarded: Mutex<Guarded>,
}

/// What only one thread touches at a time.
struct Guarded {
    machine: Machine,
    tally: Tally,
}

/// A clock that may have been read already: nobody reads it twice for one call.
struct ReadOnce<'a, C> {
    read: Option<Duration>,
    clock: &'a C,
}

impl<C: Clock> Clock for ReadOnce<'_, C> {
    fn now(&self) -> Duration {
        self.read.unwrap_or_else(|| self.clock.now())
    }
}

/// A breaker as it is at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snapshot {
    /// Where the circuit is.
    pub state: State,
    /// How many changes of state there were.
    pub generation: u64,
    /// The calls in the window.
    pub window: Counts,
    /// Probes that hold a permit.
    pub probes_in_flight: usize,
    /// Everything counted since it was made.
    pub tally: Tally,
}

impl<C: Clock> Breaker<C> {
    /// A closed circuit called `name`, which is what logs and metrics call it.
    #[must_use]
    pub fn new(name: impl Into<String>, config: Config, clock: C) -> Self {
        let machine = Machine::new(config);
        Self {
            name: name.into(),
            config,
            clock,
            listener: None,
            word: AtomicU64::new(Word::of(&machine).0),
            until: AtomicU64::new(0),
            counters: Counters::default(),
            guarded: Mutex::new(Guarded {
                machine,
                tally: Tally::default(),
            }),
        }
    }

    /// The same, heard by `listener`.
    #[must_use]
    pub fn with_listener(mut self, listener: Listener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Asks for the right to make one call.
    ///
    /// # Errors
    /// [`Rejection`] says why there is none, and for how long.
    // ANCHOR: permit
    #[inline]
    pub fn admit(&self) -> Result<Permit<&Self, C>, Rejection> {
        self.ticket()
            .map(|ticket| Permit::new(self, ticket, self.began()))
    }
    // ANCHOR_END: permit

    /// The same, for a call that outlives this borrow: a future.
    ///
    /// # Errors
    /// [`Rejection`] says why there is none, and for how long.
    #[inline]
    pub fn admit_owned(self: &Arc<Self>) -> Result<Permit<Arc<Self>, C>, Rejection> {
        self.ticket()
            .map(|ticket| Permit::new(Arc::clone(self), ticket, self.began()))
    }

    /// Makes one call, if it is admitted.
    ///
    /// # Errors
    /// [`BreakerError::Rejected`] if it was not made, [`BreakerError::Inner`] if it was and failed.
    #[inline]
    pub fn call<T, E>(
        &self,
        classify: &impl Classify<T, E>,
        call: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, BreakerError<E>> {
        let permit = self.admit()?;
        let answer = call();
        permit.answered(classify.classify(answer.as_ref()));
        answer.map_err(BreakerError::Inner)
    }

    /// An operator wants this, whatever the downstream does.
    pub fn force(&self, forced: Forced) {
        self.decide(|guarded| guarded.machine.force(forced, &self.clock));
    }

    /// The operator lets go.
    pub fn release(&self) {
        self.decide(|guarded| guarded.machine.release(&self.clock));
    }

    /// A fallback has answered for it.
    pub fn count_fallback(&self) {
        self.counters.add_one(Count::Fallbacks);
    }

    /// What logs and metrics call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it was told.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What time it is for this breaker.
    #[must_use]
    pub fn clock(&self) -> &C {
        &self.clock
    }

    /// Where the circuit is. An open one whose time is over is open until somebody asks to call.
    #[must_use]
    pub fn state(&self) -> State {
        self.lock().machine.state()
    }

    /// Everything at one moment, but for calls that are being counted right now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let guarded = self.lock();
        let mut tally = guarded.tally;
        tally.successes += self.counters.sum(Count::QuickSuccesses);
        tally.rejected_open += self.counters.sum(Count::RejectedOpen);
        tally.rejected_forced += self.counters.sum(Count::RejectedForced);
        tally.fallbacks += self.counters.sum(Count::Fallbacks);
        Snapshot {
            state: guarded.machine.state(),
            generation: guarded.machine.generation(),
            window: guarded.machine.counts(),
            probes_in_flight: guarded.machine.probes_in_flight(),
            tally,
        }
    }

    /// A closed circuit admits by its word.
    // ANCHOR: ticket
    #[inline]
    fn ticket(&self) -> Result<Ticket, Rejection> {
        let word = Word(self.word.load(Ordering::Acquire));
        if word.glance().admits() {
            return Ok(Ticket {
                generation: word.generation(),
                probe: 0,
            });
        }
        self.reject_or_ask(word.glance())
    }

    /// An open circuit rejects by its word until its time has come. Whatever else there is, the machine decides.
    #[inline(never)]
    fn reject_or_ask(&self, glance: Glance) -> Result<Ticket, Rejection> {
        if glance == Glance::ForcedOpen {
            self.counters.add_one(Count::RejectedForced);
            return Err(Rejection::ForcedOpen);
        }
        // Only an open circuit needs the time here; whatever else it is, the machine reads it itself.
        if glance == Glance::Open
            && let Some(retry_after) = self.still_open()
        {
            self.counters.add_one(Count::RejectedOpen);
            return Err(Rejection::Open { retry_after });
        }
        self.ask()
    }
    // ANCHOR_END: ticket

    /// How long an open circuit stays so. A clock that has stepped back is held where the circuit opened, as the machine holds it.
    #[inline]
    fn still_open(&self) -> Option<Duration> {
        let until = Duration::from_nanos(self.until.load(Ordering::Acquire));
        let now = self.clock.now();
        (now < until).then(|| (until - now).min(self.config.open_for()))
    }

    /// Asks the machine.
    #[cold]
    fn ask(&self) -> Result<Ticket, Rejection> {
        self.decide(|guarded| match guarded.machine.admit(&self.clock) {
            Admission::Admit(ticket) => Ok(ticket),
            Admission::Reject(rejection) => {
                match rejection {
                    Rejection::Open { .. } => guarded.tally.rejected_open += 1,
                    Rejection::HalfOpen => guarded.tally.rejected_half_open += 1,
                    Rejection::ForcedOpen => guarded.tally.rejected_forced += 1,
                }
                Err(rejection)
            }
        })
    }

    /// When a call begins, if anybody wants to know.
    #[inline]
    fn began(&self) -> Option<Duration> {
        self.config.slow_calls().map(|_| self.clock.now())
    }

    /// A call has ended: without the lock if it changes nothing.
    // ANCHOR: end
    #[inline]
    fn end(&self, ticket: Ticket, ending: Ending, began: Option<Duration>) {
        let ended = began.map(|_| self.clock.now());
        let call = Call {
            outcome: ending.outcome(),
            slow: self.is_slow(began, ended),
        };
        let quick_success = ending == Ending::Answered(Outcome::Success) && !call.slow;
        if quick_success && self.changes_nothing(&ticket) {
            self.counters.add_one(Count::QuickSuccesses);
        } else {
            self.settle(ticket, ending, call, ended);
        }
    }

    /// The machine decides what a call changes.
    #[inline(never)]
    fn settle(&self, ticket: Ticket, ending: Ending, call: Call, ended: Option<Duration>) {
        let clock = ReadOnce {
            read: ended,
            clock: &self.clock,
        };
        self.decide(|guarded| {
            let settled = guarded.machine.settle(ticket, call, clock);
            guarded.tally.end(ending, call, settled == Settled::Late);
        });
    }
    // ANCHOR_END: end

    /// Whether a quick success of this ticket leaves everything as it is.
    #[inline]
    fn changes_nothing(&self, ticket: &Ticket) -> bool {
        let word = Word(self.word.load(Ordering::Acquire));
        word.glance().is_unmoved() && word.generation() == ticket.generation
    }

    /// Whether a call that began and ended then was slow.
    #[inline]
    fn is_slow(&self, began: Option<Duration>, ended: Option<Duration>) -> bool {
        match (self.config.slow_calls(), began, ended) {
            (Some(limit), Some(began), Some(ended)) => limit.is_slow(ended.saturating_sub(began)),
            (None, _, _) | (_, None, _) | (_, _, None) => false,
        }
    }

    /// Whatever changes the machine: under the lock, with the word written after it, and heard of after that.
    // ANCHOR: decide
    fn decide<T>(&self, decision: impl FnOnce(&mut Guarded) -> T) -> T {
        let mut guarded = self.lock();
        let before = guarded.machine.generation();
        let decided = decision(&mut guarded);
        let word = Word::of(&guarded.machine);
        if let State::Open { until } = guarded.machine.state() {
            let nanos = u64::try_from(until.as_nanos()).unwrap_or(u64::MAX);
            self.until.store(nanos, Ordering::Release);
        }
        self.word.store(word.0, Ordering::Release);
        if word.generation() == before {
            return decided;
        }
        let transitions = guarded.machine.take_transitions();
        for transition in &transitions {
            guarded.tally.enter(transition.to);
        }
        drop(guarded);
        if let Some(listener) = &self.listener {
            transitions.iter().for_each(listener);
        }
        decided
    }
    // ANCHOR_END: decide

    /// No decision panics half-way, so a poisoned lock guards a machine as good as any.
    fn lock(&self) -> MutexGuard<'_, Guarded> {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> fmt::Debug for Breaker<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
