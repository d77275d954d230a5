//! The sketch gives back `ctx.Err()` when time runs out: that it was late, and not what the server had said.
// ANCHOR: stage3_retry
let mut run = Run::start(policy, safety);
let mut last = Cause::NotSent;
loop {
    let timeout = match run.begin() {
        Begin::Go { timeout } => timeout,
        Begin::Stop(stop) => return Err(run.gave_up(stop, Cause::NotSent)),
    };
    match run.attempt(timeout, &classify, &mut op).await {
        Ok(value) => return Ok(value),
        Err(cause) => last = cause,
    }
    match run.next(class_of(&last, &classify)) {
        Then::Retry { after, token } => {
            run.spend(token);
            if !after.is_zero() {
                tokio::time::sleep(after).await;
            }
        }
        Then::Stop(stop) => {
            use crate::core::error::Stop::{DeadlinePassed, PastDeadline};
            let late = matches!(stop, DeadlinePassed | PastDeadline { .. });
            return Err(run.gave_up(stop, if late { Cause::NotSent } else { last }));
        }
    }
}
// ANCHOR_END: stage3_retry
