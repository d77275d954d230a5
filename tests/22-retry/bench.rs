//! What a retry costs: a call that succeeds at once beside backon's, what each option adds, a retry, a refusal; and what the broken
//! designs send.
//!
//!     cargo lab bench retry
//!
//! It is composed as a package of its own, in which each variant of the lab is a crate by its own name. What is measured of all
//! of them is written once, in `bench/variant.rs`, and stands here once for each: there is no second copy of any design. This
//! file says what is compared; how turns are taken and what a spread is, is in tools/measure. There is no server: a call is a function
//! that answers at once, so that nothing but the retry takes time.
#![allow(
    clippy::duplicate_mod,
    reason = "one file, once for each variant: that is the point"
)]

use std::process::ExitCode;

use measure::Run;

#[path = "bench/at_once.rs"]
mod at_once;
#[path = "bench/calls.rs"]
mod calls;
#[path = "bench/designs.rs"]
mod designs;
#[path = "bench/failing.rs"]
mod failing;
#[path = "bench/options.rs"]
mod options;
#[path = "bench/rival.rs"]
mod rival;

/// The reference.
#[path = "bench"]
mod reference {
    use ::reference as retry;
    pub mod variant;
}

/// The learner's code, if it has passed.
#[cfg(feature = "yours")]
#[path = "bench"]
#[allow(dead_code, reason = "what an option adds is measured of the reference")]
mod yours {
    use ::yours as retry;
    pub mod variant;
}

/// `broken/no-budget.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod no_budget {
    use ::no_budget as retry;
    pub mod variant;
}

/// `broken/refusals-do-not-count.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod refusals_do_not_count {
    use ::refusals_do_not_count as retry;
    pub mod variant;
}

/// `broken/retry-the-unretryable.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod retry_the_unretryable {
    use ::retry_the_unretryable as retry;
    pub mod variant;
}

/// `broken/deadline-per-attempt.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod deadline_per_attempt {
    use ::deadline_per_attempt as retry;
    pub mod variant;
}

/// `broken/hedge-for-free.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod hedge_for_free {
    use ::hedge_for_free as retry;
    pub mod variant;
}

/// `broken/loser-runs-on.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod loser_runs_on {
    use ::loser_runs_on as retry;
    pub mod variant;
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Run::from_args(std::env::args().skip(1)) {
        Ok(mut run) => {
            compare(&mut run).await;
            run.end(Ok::<(), String>(()))
        }
        Err(usage) => Run::default().end(Err(usage)),
    }
}

async fn compare(run: &mut Run) {
    at_once::compare(run).await;
    options::compare(run).await;
    failing::compare(run).await;
    // The last: it stops tokio's clock, and a process that has done so once reads it by a longer way from then on.
    designs::compare(run).await;
}
