//! The callers: a bounded crowd, each of whom asks, waits, thinks and asks again; all by seed.
//!
//! A third of the calls is made by somebody in a hurry: whoever waits for longer than that goes away. While the downstream is well nobody
//! has to; while it hangs, many do, probes among them. All others would wait for much longer than the time-out lets them.

use std::sync::Arc;
use std::time::Duration;

use chaos::Dice;
use circuit_breaker::core::error::BreakerError;
use tokio::task::JoinSet;
use tower::{Service, ServiceExt as _};

use crate::client::{Ask, NoPrice, Told};
use crate::recorder::Recorder;
use crate::watched::Watched;

/// At most so many calls at once.
const CALLERS: u64 = 16;
/// What a caller does between two calls.
const THINKS_MS: std::ops::RangeInclusive<u64> = 60..=180;
/// Of a hundred calls.
const IN_A_HURRY: u64 = 33;
/// How long one in a hurry waits.
const HURRY_MS: std::ops::RangeInclusive<u64> = 25..=160;
/// How long the others would.
const PATIENCE: Duration = Duration::from_secs(2);

/// Everybody calls until `until_ms`, and hears the end of their last call.
pub async fn crowd<S>(seed: u64, service: &S, recorder: &Arc<Recorder>, until_ms: u64)
where
    S: Service<Ask, Response = Told, Error = BreakerError<NoPrice>> + Clone + Send + 'static,
    S::Future: Send,
{
    let mut crowd = JoinSet::new();
    for number in 0..CALLERS {
        let dice = Dice::of(seed, &format!("caller {number}"));
        let caller = Caller {
            number,
            dice,
            recorder: Arc::clone(recorder),
        };
        crowd.spawn(caller.calls(service.clone(), until_ms));
    }
    while let Some(ended) = crowd.join_next().await {
        if let Err(panic) = ended {
            std::panic::resume_unwind(panic.into_panic());
        }
    }
}

struct Caller {
    number: u64,
    dice: Dice,
    recorder: Arc<Recorder>,
}

impl Caller {
    async fn calls<S>(mut self, mut service: S, until_ms: u64)
    where
        S: Service<Ask, Response = Told, Error = BreakerError<NoPrice>>,
    {
        for nth in 0.. {
            let thinks_ms = self.dice.within(&THINKS_MS);
            let patience = if self.dice.percent(IN_A_HURRY) {
                Duration::from_millis(self.dice.within(&HURRY_MS))
            } else {
                PATIENCE
            };
            tokio::time::sleep(Duration::from_millis(thinks_ms)).await;
            if self.recorder.now_us() > until_ms * 1000 {
                return;
            }
            // No number is used twice.
            let call = nth * CALLERS + self.number;
            let Ok(service) = service.ready().await else {
                return;
            };
            let who = format!("caller {}", self.number);
            let watched = Watched::begin(&self.recorder, who, call, || service.call(Ask(call)));
            let _answered_or_gone = tokio::time::timeout(patience, watched).await;
        }
    }
}
