//! A call that succeeds at once, backoff and classes only: what everybody pays for a retry that they do not need.

use measure::{Run, Spread, Target};

use crate::calls::{Contest, more, nanos, times_as_long, turns};
use crate::options::Adds;
use crate::reference;
use crate::rival::{Backon, Bare};

const ROUNDS: usize = 100;
const WARM_UP: usize = 5;
/// About a millisecond.
const SLICE: usize = 100_000;
/// Of the learner's stages, the last one that a call needs.
const STAGE: u32 = 3;

/// Bare, backon, the reference and yours.
pub async fn compare(run: &mut Run) {
    run.part("a call that succeeds at once");
    #[allow(unused_mut, reason = "without yours it is complete")]
    let mut contest: Contest = vec![
        ("bare_call", Box::new(Bare)),
        ("backon", Box::new(Backon)),
        (
            "retry",
            Box::new(reference::variant::AtOnce::new(Adds::Nothing)),
        ),
    ];
    if run.yours(STAGE) {
        #[cfg(feature = "yours")]
        contest.push((
            "yours",
            Box::new(crate::yours::variant::AtOnce::new(Adds::Nothing)),
        ));
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
        if who >= 2 {
            let to_backon = times_as_long(&turns, who, 1);
            let target = Target::at_most(1.1);
            run.promise(format!("{name}_to_backon"), "ratio", to_backon, target);
        }
    }
    for (who, (name, _)) in contest.iter().enumerate() {
        run.add(*name, "ns each", Spread::of(nanos(&turns, who)));
    }
    run.add("retry_adds", "ns each", more(&turns, 2, 0));
}
