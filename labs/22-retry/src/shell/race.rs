//! Two attempts at once: the second starts when the first is slow, one answer counts, the other attempt is dropped.
//!
//! Why futures and not tasks: a future that is dropped has ended when the answer is given; a task that is told to abort may still be
//! writing.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use crate::core::hedge::{Answer, Race, judge};

/// Whose answer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Winner {
    /// The only attempt there was.
    Alone,
    /// The first attempt; the hedge was dropped, or had failed.
    First,
    /// The hedge; the first attempt was dropped, or had failed.
    Hedge,
}

/// An answer that counts.
#[derive(Debug)]
pub struct Finish<R> {
    /// The answer.
    pub result: R,
    /// Whose it is.
    pub winner: Winner,
    /// Whether the other attempt was still running, and was dropped.
    pub cancelled: bool,
}

/// Runs `first`; if it has not answered after `delay`, asks `hedge` for a second attempt and runs both.
///
/// `answer` says what a result is; it is asked of the first of two. A failure that does not settle the race waits for the other attempt; if both fail, the later failure
/// counts. A `hedge` that gives none leaves the first attempt alone.
pub async fn race<R, F, H>(
    first: F,
    delay: Duration,
    hedge: impl FnOnce() -> Option<H>,
    mut answer: impl FnMut(&R) -> Answer,
) -> Finish<R>
where
    F: Future<Output = R>,
    H: Future<Output = R>,
{
    // ANCHOR: stage5_race
    todo!("stage 5: race")
    // ANCHOR_END: stage5_race
}
