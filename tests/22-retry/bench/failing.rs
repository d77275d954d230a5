//! Calls that fail: a retry without a wait, beside backon's; and a retry that the budget refuses.

use measure::{Run, Spread};

use crate::calls::{Contest, more, nanos, times_as_long, turns};
use crate::reference;
use crate::rival::BackonRetries;

const ROUNDS: usize = 60;
const WARM_UP: usize = 5;
/// A few milliseconds.
const SLICE: usize = 20_000;
/// Of the learner's stages, the last ones that a retry and a refusal need.
const STAGES: [u32; 2] = [3, 4];

/// One retry, then none.
pub async fn compare(run: &mut Run) {
    one_retry(run).await;
    refused(run).await;
}

async fn one_retry(run: &mut Run) {
    run.part("a call that fails once, and is retried at once");
    #[allow(unused_mut, reason = "without yours it is complete")]
    let mut contest: Contest = vec![
        ("backon", Box::new(BackonRetries)),
        ("retry", Box::new(reference::variant::FailsOnce::new())),
    ];
    if run.yours(STAGES[0]) {
        #[cfg(feature = "yours")]
        contest.push(("yours", Box::new(crate::yours::variant::FailsOnce::new())));
    }
    let slice = run.times(SLICE) as u64;
    let turns = turns(
        &contest,
        slice,
        slice,
        run.times(WARM_UP),
        run.times(ROUNDS),
    )
    .await;
    for (who, (name, _)) in contest.iter().enumerate() {
        if who != 0 {
            let to_backon = times_as_long(&turns, who, 0);
            run.add(format!("{name}_fails_once_to_backon"), "ratio", to_backon);
        }
        let nanos = Spread::of(nanos(&turns, who));
        run.add(format!("{name}_fails_once"), "ns each", nanos);
    }
}

async fn refused(run: &mut Run) {
    run.part("a retry that the budget refuses");
    #[allow(unused_mut, reason = "without yours it is complete")]
    let mut contest: Contest = vec![
        (
            "tried_once",
            Box::new(reference::variant::Fails::tried_once()),
        ),
        (
            "retry_refused",
            Box::new(reference::variant::Fails::refused()),
        ),
    ];
    if run.yours(STAGES[1]) {
        #[cfg(feature = "yours")]
        contest.push((
            "yours_retry_refused",
            Box::new(crate::yours::variant::Fails::refused()),
        ));
    }
    let slice = run.times(SLICE) as u64;
    let turns = turns(&contest, slice, 0, run.times(WARM_UP), run.times(ROUNDS)).await;
    for (who, (name, _)) in contest.iter().enumerate() {
        run.add(*name, "ns each", Spread::of(nanos(&turns, who)));
    }
    run.add("refusal_adds", "ns each", more(&turns, 1, 0));
}
