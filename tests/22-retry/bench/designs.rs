//! What the broken designs send, and how long their callers wait: counts, and virtual time, so the same on any machine.

use measure::{Run, Spread, Target};

use crate::{
    deadline_per_attempt, hedge_for_free, loser_runs_on, no_budget, reference,
    refusals_do_not_count, retry_the_unretryable,
};

/// Calls of each count.
const CALLS: u32 = 10_000;
/// Calls that are slow: each of them moves the clock.
const SLOW_CALLS: u32 = 1_000;

/// What the learner's code gives, if it has passed so many stages.
macro_rules! yours {
    ($run:expr, $stage:expr, $call:ident($($times:expr)?)) => {{
        #[allow(unused_mut, reason = "without yours there is none")]
        let mut yours: Option<f64> = None;
        if $run.yours($stage) {
            #[cfg(feature = "yours")]
            {
                yours = Some(crate::yours::variant::$call($($times)?).await);
            }
        }
        yours
    }};
}

/// One thing that is counted of the reference, of a broken design, and of yours.
struct Counted {
    /// Of the figures, with who it is before it.
    name: &'static str,
    unit: &'static str,
    /// What the reference promises, and yours with it.
    at_most: f64,
    reference: f64,
    broken: (&'static str, f64),
    yours: Option<f64>,
}

impl Counted {
    fn report(self, run: &mut Run) {
        let Self {
            name,
            unit,
            at_most,
            ..
        } = self;
        let target = Target::counts_at_most(at_most);
        let reference = Spread::exactly(self.reference);
        run.promise(format!("retry_{name}"), unit, reference, target);
        if let Some(yours) = self.yours {
            run.promise(
                format!("yours_{name}"),
                unit,
                Spread::exactly(yours),
                target,
            );
        }
        let (design, broken) = self.broken;
        run.add(format!("{design}_{name}"), unit, Spread::exactly(broken));
    }
}

/// Each design where it differs.
pub async fn compare(run: &mut Run) {
    run.part("what the broken designs send");
    let all = [
        Counted {
            name: "attempts_at_a_dead_server",
            unit: "each",
            at_most: 1.1,
            reference: reference::variant::dead_with_a_budget(CALLS).await,
            broken: (
                "no_budget",
                no_budget::variant::dead_with_a_budget(CALLS).await,
            ),
            yours: yours!(run, 4, dead_with_a_budget(CALLS)),
        },
        Counted {
            name: "throttled_attempts_in_ten_thousand_calls",
            unit: "each",
            at_most: 25.0,
            reference: reference::variant::dead_with_a_throttle(CALLS).await,
            broken: (
                "refusals_do_not_count",
                refusals_do_not_count::variant::dead_with_a_throttle(CALLS).await,
            ),
            yours: yours!(run, 4, dead_with_a_throttle(CALLS)),
        },
        Counted {
            name: "attempts_of_a_bad_request",
            unit: "each",
            at_most: 1.0,
            reference: reference::variant::bad_requests(CALLS).await,
            broken: (
                "retry_the_unretryable",
                retry_the_unretryable::variant::bad_requests(CALLS).await,
            ),
            yours: yours!(run, 3, bad_requests(CALLS)),
        },
    ];
    for counted in all {
        counted.report(run);
    }
    tokio::time::pause();
    for counted in slow(run).await {
        counted.report(run);
    }
    tokio::time::resume();
}

/// Those that take time, which is virtual here.
async fn slow(run: &mut Run) -> [Counted; 3] {
    [
        Counted {
            name: "attempts_when_all_are_slow",
            unit: "each",
            at_most: 1.1,
            reference: reference::variant::all_slow(SLOW_CALLS).await,
            broken: (
                "hedge_for_free",
                hedge_for_free::variant::all_slow(SLOW_CALLS).await,
            ),
            yours: yours!(run, 5, all_slow(SLOW_CALLS)),
        },
        Counted {
            name: "takes_with_a_deadline_of_a_second",
            unit: "s",
            // Each of tokio's timers may be a millisecond late.
            at_most: 1.01,
            reference: reference::variant::no_answer().await,
            broken: (
                "deadline_per_attempt",
                deadline_per_attempt::variant::no_answer().await,
            ),
            yours: yours!(run, 3, no_answer()),
        },
        Counted {
            name: "takes_when_hedged_after_a_second",
            unit: "s",
            at_most: 1.11,
            reference: reference::variant::slow_then_fast().await,
            broken: (
                "loser_runs_on",
                loser_runs_on::variant::slow_then_fast().await,
            ),
            yours: yours!(run, 5, slow_then_fast()),
        },
    ]
}
