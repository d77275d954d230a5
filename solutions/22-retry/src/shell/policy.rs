//! What a call is told: how to wait, how often and how long to try, and what it shares with other calls.
//!
//! A policy is made once and cloned (it is an `Arc`): its throttle, its histogram and its counters are those of all its calls. A budget
//! may be shared by several policies. Each part was checked when it was built, so nothing here can fail.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;

use crate::core::backoff::Backoff;
use crate::core::class::Class;
use crate::core::hedge::{Answer, Hedge, When};
use crate::core::histogram::Histogram;
use crate::core::limits::Limits;
use crate::core::throttle::{Admission, Terms, Throttle};

use super::budget::{Budget, Token};
use super::clock::Clock;
use super::counters::Counters;

/// How calls are retried.
#[derive(Clone, Debug)]
pub struct Policy {
    inner: Arc<Inner>,
}

/// A policy that is being put together.
#[derive(Debug)]
pub struct Builder {
    backoff: Backoff,
    limits: Limits,
    budget: Option<Budget>,
    throttle: Option<Terms>,
    hedge: Option<Hedge>,
    seed: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) backoff: Backoff,
    pub(crate) limits: Limits,
    pub(crate) budget: Option<Budget>,
    throttle: Option<Mutex<Throttle>>,
    hedge: Option<Hedging>,
    /// `None`: each call that needs random numbers seeds its own generator.
    dice: Option<Mutex<Rng>>,
    /// `None` if no option wants the time: then nobody can read it.
    clock: Option<Clock>,
    pub(crate) counters: Counters,
}

#[derive(Debug)]
enum Hedging {
    After(Duration),
    Percentile {
        percentile: f64,
        latencies: Mutex<Histogram>,
    },
}

impl Policy {
    /// Waits by `backoff`, within `limits`; without a budget, a throttle or hedges.
    #[must_use]
    pub fn new(backoff: Backoff, limits: Limits) -> Self {
        Self::builder(backoff, limits).build()
    }

    /// As [`Policy::new`], to be added to.
    #[must_use]
    pub fn builder(backoff: Backoff, limits: Limits) -> Builder {
        Builder {
            backoff,
            limits,
            budget: None,
            throttle: None,
            hedge: None,
            seed: None,
        }
    }

    /// What its calls have come to.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    #[inline]
    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl Builder {
    /// Retries and hedges take their tokens from `budget`.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Attempts are throttled here when the server rejects too much.
    #[must_use]
    pub fn throttle(mut self, terms: Terms) -> Self {
        self.throttle = Some(terms);
        self
    }

    /// A slow attempt gets a second one beside it.
    #[must_use]
    pub fn hedge(mut self, hedge: Hedge) -> Self {
        self.hedge = Some(hedge);
        self
    }

    /// Random numbers come from this seed: for tests, and for a simulation that is to be repeated.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The policy.
    #[must_use]
    pub fn build(self) -> Policy {
        let timed =
            self.limits.deadline().is_some() || self.throttle.is_some() || self.hedge.is_some();
        let hedge = self.hedge.map(|hedge| match hedge.when() {
            When::After(delay) => Hedging::After(delay),
            When::Percentile { percentile, window } => Hedging::Percentile {
                percentile,
                latencies: Mutex::new(Histogram::new(window)),
            },
        });
        Policy {
            inner: Arc::new(Inner {
                backoff: self.backoff,
                limits: self.limits,
                budget: self.budget,
                throttle: self.throttle.map(|terms| Mutex::new(Throttle::new(terms))),
                hedge,
                dice: self.seed.map(|seed| Mutex::new(Rng::with_seed(seed))),
                clock: timed.then(Clock::start),
                counters: Counters::default(),
            }),
        }
    }
}

impl Inner {
    /// Now, for whoever asked for time.
    pub(crate) fn now(&self) -> Duration {
        self.clock.map_or(Duration::ZERO, |clock| clock.elapsed())
    }

    /// Now, if there is a deadline to hold against it.
    #[inline]
    pub(crate) fn now_for_deadline(&self) -> Duration {
        match self.limits.deadline() {
            Some(_) => self.now(),
            None => Duration::ZERO,
        }
    }

    /// A generator for one call.
    pub(crate) fn rng(&self) -> Rng {
        match &self.dice {
            Some(dice) => lock(dice).fork(),
            None => Rng::new(),
        }
    }

    /// Whether an attempt may be sent, as far as the throttle is concerned.
    #[inline]
    pub(crate) fn admits(&self) -> bool {
        match &self.throttle {
            None => true,
            Some(throttle) => self.ask(throttle),
        }
    }

    fn ask(&self, throttle: &Mutex<Throttle>) -> bool {
        let dice = match &self.dice {
            Some(dice) => lock(dice).f64(),
            None => fastrand::f64(),
        };
        match lock(throttle).ask(self.now(), dice) {
            Admission::Send => true,
            Admission::Reject { probability } => {
                self.counters.throttled.add_one();
                tracing::debug!(probability, "throttled here");
                false
            }
        }
    }

    /// The token of a retry or a hedge; one for nothing if there is no budget.
    pub(crate) fn token(&self) -> Option<Token> {
        let Some(budget) = &self.budget else {
            return Some(Token::free());
        };
        let token = budget.withdraw();
        if token.is_none() {
            self.counters.budget_refused.add_one();
        }
        token
    }

    /// An attempt has ended. The throttle, if there is one, counts whether the server has dealt with it, whatever it answered.
    #[inline]
    pub(crate) fn heard(&self, answer: impl FnOnce() -> Answer) {
        if let Some(throttle) = &self.throttle {
            let answer = answer();
            let (now, mut throttle) = (self.now(), lock(throttle));
            match answer {
                Answer::Succeeded | Answer::Failed(Class::Permanent) => throttle.accepted(now),
                Answer::Failed(Class::Transient | Class::Throttled { .. } | Class::Ambiguous) => {
                    throttle.refused(now);
                }
            }
        }
    }

    /// Whether attempts are hedged at all.
    #[inline]
    pub(crate) fn hedges(&self) -> bool {
        self.hedge.is_some()
    }

    /// How long to wait for an attempt that began at `began` before it gets another beside it.
    ///
    /// A percentile is read off the whole histogram, for each call: the dearest of the options.
    pub(crate) fn hedge_delay(&self, began: Option<Duration>) -> Option<Duration> {
        match self.hedge.as_ref()? {
            Hedging::After(delay) => Some(*delay),
            Hedging::Percentile {
                percentile,
                latencies,
            } => lock(latencies).percentile(*percentile, began?),
        }
    }

    /// When to start measuring how long a first attempt takes, if anybody wants to know.
    pub(crate) fn stopwatch(&self) -> Option<Duration> {
        match self.hedge.as_ref()? {
            Hedging::After(_) => None,
            Hedging::Percentile { .. } => Some(self.now()),
        }
    }

    /// A call whose attempt began at `began` has its result, from that attempt or from its hedge.
    ///
    /// One that was cancelled because its hedge was faster counts with the time it had: left out, the slow would drop out of the percentile, and more and
    /// more calls be hedged. A failure does not count: a server that refuses in a millisecond would make every later call look slow.
    pub(crate) fn took(&self, began: Option<Duration>) {
        if let (Some(began), Some(Hedging::Percentile { latencies, .. })) = (began, &self.hedge) {
            let now = self.now();
            lock(latencies).record(now.saturating_sub(began), now);
        }
    }
}

/// Nothing that is done under these locks can leave them half done.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
