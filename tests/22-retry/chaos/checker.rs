//! Judges a recorded run by the invariants of the lab. It reads the history and nothing else, so it may be wrong about
//! nothing but the history.
//!
//! | | what is judged | and what is not held against the code |
//! |---|---|---|
//! | INV-1 | from an attempt's end to the next one's beginning is no more than the cap; so are the waits that an error tells of | what the run itself was late (below) |
//! | INV-2 | no attempt begins, none runs, and no caller is held, past its call's deadline | the same |
//! | INV-3 | kept by hand beside the history, a server's budget never sells a token that is not there, nor refuses one that is | one token, for the instants at which both count |
//! | INV-4 | after an attempt that was permanent there is no other; after one that may have happened, and beside one, there is none of a plain write; no write is there twice | |
//! | INV-5 | an answer is that of an attempt that was done, and the write is there; an error tells the last cause, the attempts, and a reason that fits | |
//! | INV-6 | once an attempt has settled its call no other runs on; none is dropped while it had time and nothing was settled | |
//! | INV-8 | of the waits for one server at most half lie in the last tenth of their interval | waits while the run was late |
//! | INV-10 | a second after a server is back, and until its next fault, every call that can succeed does | calls while the run was late |
//!
//! **What the run itself was late.** Callers, proxies and a metronome share one thread. A stall of it makes a wait longer than was
//! meant, and a beat later than was due by the same time; so a rule about time allows what the beats around it were late, and 7 ms.
//!
//! **What a run does not show.** INV-7 and INV-11 are about configurations and calls that no run has: nothing senseless is configured here,
//! and nobody counts the clocks that are read. INV-9 wants a server that says when to come back; Redis and MySQL say nothing of the kind.
//! INV-10's throttle is not used. A call has five attempts: what shows at the 33rd does not. And a run has a hundred long waits, in
//! which a herd at the cap that takes a third of them (decorrelated, cut after the draw) cannot be told from chance.

#[path = "checker/answers.rs"]
mod answers;
#[path = "checker/budget.rs"]
mod budget;
#[path = "checker/once.rs"]
mod once;
#[path = "checker/recovery.rs"]
mod recovery;
#[path = "checker/time.rs"]
mod time;

#[cfg(test)]
#[path = "checker/tests.rs"]
mod tests;

pub use recovery::untested;

use chaos::Violation;

use crate::facts::Facts;

/// Everything that `facts` show to be broken; at most one of each rule.
#[must_use]
pub fn check(facts: &Facts) -> Vec<Violation> {
    let rules: [fn(&Facts) -> Option<Violation>; 16] = [
        time::no_wait_above_the_cap,
        time::no_attempt_past_the_deadline,
        time::nobody_is_held_past_the_deadline,
        time::waits_are_spread,
        budget::no_retry_is_unpaid,
        budget::no_token_is_lost,
        once::permanent_is_tried_once,
        once::unsafe_is_tried_once,
        once::no_write_is_there_twice,
        answers::an_answer_is_an_attempts,
        answers::what_is_answered_is_done,
        answers::the_error_says_what_and_how_often,
        answers::the_reason_fits,
        answers::what_is_settled_is_over,
        answers::nothing_is_dropped_early,
        recovery::servers_that_are_back_answer,
    ];
    rules.iter().filter_map(|rule| rule(facts)).collect()
}

/// As many operations as a person looks at.
const SHOWN: usize = 8;

/// What breaks a rule once.
struct Case {
    at_us: u64,
    sentence: String,
    /// The operations that show it.
    ops: Vec<u64>,
    evidence: Vec<String>,
}

/// The first of `cases`, and how many there are.
fn first(invariant: u32, mut cases: Vec<Case>) -> Option<Violation> {
    cases.sort_by_key(|case| case.at_us);
    let ops = cases
        .iter()
        .flat_map(|case| case.ops.iter().copied())
        .take(SHOWN)
        .collect();
    let count = cases.len();
    let first = cases.into_iter().next()?;
    let mut evidence = first.evidence;
    if count > 1 {
        evidence.push(format!("{count} of them in all"));
    }
    Some(Violation {
        invariant,
        sentence: first.sentence,
        at_us: first.at_us,
        ops,
        evidence,
    })
}

/// `204.1 ms`.
fn ms(us: u64) -> String {
    format!("{:.1} ms", us as f64 / 1e3)
}
