//! The loop: attempt, decide, wait, again.
//!
//! Why a function and not a macro or a trait on closures: who reads a call sees what is retried, by which policy, and that somebody
//! thought about whether it may happen twice. What must stay true: it starts an attempt only when the core says so, and an answer is
//! given as it came.

use std::future::Future;

use crate::core::attempts::Begin;
use crate::core::class::{Classify, Safety};
use crate::core::error::{Cause, GaveUp};

use super::policy::Policy;
use super::run::{Run, Then, class_of};

/// Calls `op` until it succeeds, or until `policy` has a reason to stop.
///
/// `safety` says whether the operation may happen twice, `classify` what its errors mean ([`Unclassified`] if nobody knows: then it is
/// tried once). Every call of `op` is one attempt; with hedging two of them may run at once.
///
/// # Errors
/// [`GaveUp`]: the last cause, the number of attempts, and why there was no further one.
///
/// [`Unclassified`]: crate::core::class::Unclassified
pub async fn retry<T, E, C, F, Fut>(
    policy: &Policy,
    safety: Safety,
    classify: C,
    mut op: F,
) -> Result<T, GaveUp<E>>
where
    C: Classify<E>,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    // ANCHOR: stage3_retry
    let mut run = Run::start(policy, safety);
    let mut last = Cause::NotSent;
    let mut paid = None;
    loop {
        let timeout = match run.begin() {
            Begin::Go { timeout } => timeout,
            Begin::Stop(stop) => return Err(run.gave_up(stop, last)),
        };
        if let Some(token) = paid.take() {
            run.spend(token);
        }
        match run.attempt(timeout, &classify, &mut op).await {
            Ok(value) => return Ok(value),
            Err(cause) => last = cause,
        }
        match run.next(class_of(&last, &classify)) {
            Then::Retry { after, token } => {
                paid = Some(token);
                if !after.is_zero() {
                    tokio::time::sleep(after).await;
                }
            }
            Then::Stop(stop) => return Err(run.gave_up(stop, last)),
        }
    }
    // ANCHOR_END: stage3_retry
}
