//! What each option adds to a call that succeeds at once.

use measure::{Run, Spread};

use crate::calls::{Contest, more, nanos, turns};
use crate::reference::variant::{AtOnce, Layered, Reading};

const ROUNDS: usize = 60;
const WARM_UP: usize = 5;
/// A few milliseconds.
const SLICE: usize = 20_000;

/// An option of a policy.
#[derive(Clone, Copy, Debug)]
pub enum Adds {
    Nothing,
    Deadline,
    AttemptTimeout,
    Budget,
    Throttle,
    HedgeAfter,
    HedgePercentile,
}

/// The reference with one option each, and without.
pub async fn compare(run: &mut Run) {
    run.part("what each option adds");
    let with = |adds| Box::new(AtOnce::new(adds));
    let contest: Contest = vec![
        ("nothing", with(Adds::Nothing)),
        ("deadline", with(Adds::Deadline)),
        ("attempt_timeout", with(Adds::AttemptTimeout)),
        ("budget", with(Adds::Budget)),
        ("throttle", with(Adds::Throttle)),
        ("hedge_after_a_delay", with(Adds::HedgeAfter)),
        ("hedge_after_a_percentile", with(Adds::HedgePercentile)),
        ("tower_layer", Box::new(Layered::new())),
        ("clock_reading", Box::new(Reading::new())),
    ];
    let slice = run.times(SLICE) as u64;
    let turns = turns(
        &contest,
        slice,
        slice,
        run.times(WARM_UP),
        run.times(ROUNDS),
    )
    .await;
    let clock = contest.len() - 1;
    for (who, (name, _)) in contest.iter().enumerate().take(clock).skip(1) {
        run.add(format!("{name}_adds"), "ns each", more(&turns, who, 0));
    }
    run.add("clock_reading", "ns each", Spread::of(nanos(&turns, clock)));
}
