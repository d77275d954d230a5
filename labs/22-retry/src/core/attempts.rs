//! What follows from a failure: another attempt after a wait, or the end.
//!
//! One value per call, told of each attempt and each failure, at moments that the caller reads off its clock. A moment that is before an
//! earlier one counts as that one: a clock that stands still or steps back postpones no deadline that was seen to pass. What must
//! stay true: the reasons are asked in one order (the failure, the attempts, the cap, the deadline; the budget last, by the shell, so that nothing is taken from
//! it for a retry that will not be).

use std::time::Duration;

use fastrand::Rng;

use super::backoff::{Backoff, Steps};
use super::class::{Class, Safety};
use super::deadline::Deadline;
use super::error::{Cause, GaveUp, Stop};
use super::limits::Limits;
use super::retry_after::Pushback;

/// Whether an attempt may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Begin {
    /// It may.
    Go {
        /// How long it may take; `None` is for ever.
        timeout: Option<Duration>,
    },
    /// It may not.
    Stop(Stop),
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Next {
    /// Another attempt.
    Retry {
        /// How long from now.
        after: Duration,
    },
    /// None.
    Stop(Stop),
}

/// The attempts of one call.
#[derive(Clone, Debug)]
pub struct Attempts<'p> {
    backoff: &'p Backoff,
    limits: &'p Limits,
    safety: Safety,
    deadline: Option<Deadline>,
    started: Duration,
    latest: Duration,
    made: u32,
    steps: Steps,
    waited: Duration,
    may_have_happened: bool,
}

impl<'p> Attempts<'p> {
    /// A call that starts at `now`. Without a deadline in `limits`, every moment may be zero.
    #[must_use]
    #[inline]
    pub fn start(backoff: &'p Backoff, limits: &'p Limits, safety: Safety, now: Duration) -> Self {
        Self {
            backoff,
            limits,
            safety,
            deadline: limits.deadline().map(|limit| Deadline::after(now, limit)),
            started: now,
            latest: now,
            made: 0,
            steps: Steps::default(),
            waited: Duration::ZERO,
            may_have_happened: false,
        }
    }

    /// Asks for an attempt at `now`, and counts it if it may start.
    #[inline]
    pub fn begin(&mut self, now: Duration) -> Begin {
        let now = self.observe(now);
        let begin = match &self.deadline {
            None => Begin::Go {
                timeout: self.limits.attempt_timeout(),
            },
            Some(deadline) => deadline.begin(self.limits.attempt_timeout(), now),
        };
        match begin {
            Begin::Go { .. } => self.made += 1,
            Begin::Stop(_) => {}
        }
        begin
    }

    /// Decides what follows from a failure of class `class` at `now`. `rng` is for the jitter.
    // ANCHOR: next
    pub fn next(&mut self, class: Class, now: Duration, rng: &mut Rng) -> Next {
        let now = self.observe(now);
        self.may_have_happened |= class == Class::Ambiguous;
        if let Some(stop) = self.verdict(class) {
            return Next::Stop(stop);
        }
        if self.made >= self.limits.attempts() {
            return Next::Stop(Stop::AttemptsSpent);
        }
        let wait = self.steps.next(self.backoff, rng);
        let wait = self.pushed_back(wait, class);
        let next = match &self.deadline {
            None if wait > self.backoff.cap() => Next::Stop(Stop::PastCap {
                wait,
                cap: self.backoff.cap(),
            }),
            None => Next::Retry { after: wait },
            Some(deadline) => deadline.allows(wait, now),
        };
        match next {
            Next::Retry { after } => self.waited = self.waited.saturating_add(after),
            Next::Stop(_) => {}
        }
        next
    }
    // ANCHOR_END: next

    /// A wait that was decided is not begun, because nothing pays for the retry after it.
    pub fn not_begun(&mut self, wait: Duration) {
        self.waited = self.waited.saturating_sub(wait);
    }

    /// An attempt was dropped while it ran, because the one beside it had settled the call.
    pub fn dropped(&mut self) {
        self.may_have_happened = true;
    }

    /// Whether a failure of `class` ends the call by what it is, however much time and budget there is.
    fn verdict(&self, class: Class) -> Option<Stop> {
        // ANCHOR: stage2_verdict
        todo!("stage 2: verdict")
        // ANCHOR_END: stage2_verdict
    }

    /// The wait before the next attempt: `wait`, or what the server asks for if that is longer.
    ///
    /// A server may ask for more than the cap. It may not ask for more than the caller has; that is decided after this.
    fn pushed_back(&self, wait: Duration, class: Class) -> Duration {
        // ANCHOR: stage2_pushed_back
        todo!("stage 2: pushed back")
        // ANCHOR_END: stage2_pushed_back
    }

    /// Whether a hedge may be sent at `now` beside the attempt that runs: the operation may happen twice, an attempt is left, and the
    /// deadline has not passed.
    #[must_use]
    pub fn may_hedge(&self, now: Duration) -> bool {
        // ANCHOR: stage5_may_hedge
        todo!("stage 5: may hedge")
        // ANCHOR_END: stage5_may_hedge
    }

    /// Attempts so far, hedges among them.
    #[must_use]
    pub fn made(&self) -> u32 {
        self.made
    }

    /// The error of a call that ends at `now`.
    #[must_use]
    pub fn gave_up<E>(&self, stop: Stop, cause: Cause<E>, now: Duration) -> GaveUp<E> {
        // ANCHOR: stage3_gave_up
        todo!("stage 3: gave up")
        // ANCHOR_END: stage3_gave_up
    }

    #[inline]
    fn observe(&mut self, now: Duration) -> Duration {
        self.latest = self.latest.max(now);
        self.latest
    }
}
