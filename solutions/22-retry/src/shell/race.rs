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
    let mut first = pin!(first);
    tokio::select! {
        biased;
        result = &mut first => return Finish { result, winner: Winner::Alone, cancelled: false },
        () = tokio::time::sleep(delay) => {}
    }
    let Some(hedge) = hedge() else {
        let result = first.await;
        return Finish {
            result,
            winner: Winner::Alone,
            cancelled: false,
        };
    };
    let mut hedge = pin!(hedge);
    let (result, winner) = tokio::select! {
        biased;
        result = &mut first => (result, Winner::First),
        result = &mut hedge => (result, Winner::Hedge),
    };
    match (judge(answer(&result)), winner) {
        (Race::Settled, _) => Finish {
            result,
            winner,
            cancelled: true,
        },
        (Race::WaitForOther, Winner::First) => Finish {
            result: hedge.await,
            winner: Winner::Hedge,
            cancelled: false,
        },
        (Race::WaitForOther, Winner::Hedge | Winner::Alone) => Finish {
            result: first.await,
            winner: Winner::First,
            cancelled: false,
        },
    }
    // ANCHOR_END: stage5_race
}
