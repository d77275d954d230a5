//! One call while it runs: the core's attempts, with the clock, the dice and the budget that they need.
//!
//! What must stay true: whatever no option asks for is not touched before the first failure. What a call that succeeds goes through is
//! `#[inline]` (here, in the policy and in the core's attempts): none of it is generic, so the caller's crate would not see into it.

use std::future::Future;
use std::time::Duration;

use fastrand::Rng;

use crate::core::attempts::{Attempts, Begin, Next};
use crate::core::class::{Class, Classify, Safety};
use crate::core::error::{Cause, GaveUp, Stop};
use crate::core::hedge::{Answer, Race, judge};
use crate::core::retry_after::Pushback;

use super::budget::Token;
use super::policy::{Inner, Policy};
use super::race::{Finish, Winner, race};

/// What follows from a failure, with the token that pays for it.
#[must_use]
pub(crate) enum Then {
    Retry { after: Duration, token: Token },
    Stop(Stop),
}

pub(crate) struct Run<'p> {
    policy: &'p Inner,
    attempts: Attempts<'p>,
    rng: Option<Rng>,
    /// What the other attempt of a hedged pair was told about coming back.
    pushback: Option<Pushback>,
}

impl<'p> Run<'p> {
    /// A call starts; the budget is paid its share, even if the throttle should send nothing of it.
    #[inline]
    pub(crate) fn start(policy: &'p Policy, safety: Safety) -> Self {
        let policy = policy.inner();
        if let Some(budget) = &policy.budget {
            budget.deposit();
        }
        Self {
            policy,
            attempts: Attempts::start(
                &policy.backoff,
                &policy.limits,
                safety,
                policy.now_for_deadline(),
            ),
            rng: None,
            pushback: None,
        }
    }

    /// Asks for an attempt: of the deadline, and of the throttle.
    #[inline]
    pub(crate) fn begin(&mut self) -> Begin {
        if !self.policy.admits() {
            return Begin::Stop(Stop::Throttled);
        }
        self.attempts.begin(self.policy.now_for_deadline())
    }

    /// Decides what follows from a failure; a retry has its token.
    pub(crate) fn next(&mut self, class: Class) -> Then {
        let now = self.policy.now_for_deadline();
        let class = match self.pushback.take() {
            None => class,
            Some(pushback) => class.pushed_back(pushback),
        };
        let rng = self.rng.get_or_insert_with(|| self.policy.rng());
        match self.attempts.next(class, now, rng) {
            Next::Stop(stop) => Then::Stop(stop),
            Next::Retry { after } => match self.policy.token() {
                Some(token) => {
                    tracing::debug!(attempts = self.attempts.made(), ?class, ?after, "retry");
                    Then::Retry { after, token }
                }
                None => {
                    self.attempts.not_begun(after);
                    Then::Stop(Stop::BudgetSpent)
                }
            },
        }
    }

    /// One attempt, hedged if the policy says so.
    pub(crate) async fn attempt<T, E, C, F, Fut>(
        &mut self,
        timeout: Option<Duration>,
        classify: &C,
        op: &mut F,
    ) -> Result<T, Cause<E>>
    where
        C: Classify<E>,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        if self.policy.hedges() {
            // Boxed: or every call would carry the state of a race, hedged or not, and be twice as large.
            Box::pin(self.hedged(timeout, classify, op)).await
        } else {
            let result = timed(timeout, op()).await;
            self.policy.heard(|| answer(&result, classify));
            result
        }
    }

    async fn hedged<T, E, C, F, Fut>(
        &mut self,
        timeout: Option<Duration>,
        classify: &C,
        op: &mut F,
    ) -> Result<T, Cause<E>>
    where
        C: Classify<E>,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let policy = self.policy;
        let began = policy.stopwatch();
        let first = timed(timeout, op());
        let mut told = None;
        let result = match policy.hedge_delay(began) {
            None => first.await,
            Some(delay) => {
                let finish = race(
                    first,
                    delay,
                    || {
                        let timeout = self.begin_hedge()?;
                        Some(timed(timeout, op()))
                    },
                    |result| {
                        let answer = answer(result, classify);
                        if judge(answer) == Race::WaitForOther {
                            policy.heard(|| answer);
                            told = answer.pushback();
                        }
                        answer
                    },
                )
                .await;
                self.finished(&finish);
                finish.result
            }
        };
        policy.heard(|| answer(&result, classify));
        self.pushback = told;
        if result.is_ok() {
            policy.took(began);
        }
        result
    }

    /// Asks for a hedge: of the operation and the limits, the budget, and then the throttle and the deadline; it counts as an attempt from
    /// there on. The inner `Option` is its time-out.
    fn begin_hedge(&mut self) -> Option<Option<Duration>> {
        // ANCHOR: stage5_begin_hedge
        let now = self.policy.now_for_deadline();
        if !self.attempts.may_hedge(now) {
            return None;
        }
        let token = self.policy.token()?;
        match self.begin() {
            Begin::Go { timeout } => {
                token.spend();
                self.policy.counters.hedges.add_one();
                tracing::debug!(attempts = self.attempts.made(), "hedge");
                Some(timeout)
            }
            Begin::Stop(_) => None,
        }
        // ANCHOR_END: stage5_begin_hedge
    }

    fn finished<R>(&mut self, finish: &Finish<R>) {
        let counters = &self.policy.counters;
        if finish.cancelled {
            counters.losers_cancelled.add_one();
            self.attempts.dropped();
        }
        match finish.winner {
            Winner::Hedge => counters.hedges_won.add_one(),
            Winner::Alone | Winner::First => {}
        }
    }

    /// A retry starts: its token is gone, and it is counted. A hedge is counted elsewhere.
    pub(crate) fn spend(&self, token: Token) {
        token.spend();
        self.policy.counters.retries.add_one();
    }

    /// The error of a call that ends here.
    pub(crate) fn gave_up<E>(&self, stop: Stop, cause: Cause<E>) -> GaveUp<E> {
        self.policy.counters.gave_up.add_one();
        let gave_up = self
            .attempts
            .gave_up(stop, cause, self.policy.now_for_deadline());
        tracing::debug!(attempts = gave_up.attempts, %stop, "gave up");
        gave_up
    }
}

fn answer<T, E, C: Classify<E>>(result: &Result<T, Cause<E>>, classify: &C) -> Answer {
    match result {
        Ok(_) => Answer::Succeeded,
        Err(cause) => Answer::Failed(class_of(cause, classify)),
    }
}

/// The class of a cause. An attempt that had no time to answer may have happened.
pub(crate) fn class_of<E, C: Classify<E>>(cause: &Cause<E>, classify: &C) -> Class {
    // ANCHOR: stage3_class_of
    match cause {
        Cause::Failed(error) => classify.classify(error),
        Cause::TimedOut { .. } => Class::Ambiguous,
        Cause::NotSent => Class::Transient,
    }
    // ANCHOR_END: stage3_class_of
}

/// One attempt, dropped when its time is up.
async fn timed<T, E>(
    timeout: Option<Duration>,
    attempt: impl Future<Output = Result<T, E>>,
) -> Result<T, Cause<E>> {
    // ANCHOR: stage3_timed
    let Some(after) = timeout else {
        return attempt.await.map_err(Cause::Failed);
    };
    match tokio::time::timeout(after, attempt).await {
        Ok(result) => result.map_err(Cause::Failed),
        Err(_) => Err(Cause::TimedOut { after }),
    }
    // ANCHOR_END: stage3_timed
}
