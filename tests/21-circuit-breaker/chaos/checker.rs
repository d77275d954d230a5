//! Judges a recorded run by the invariants of the lab. It reads the history and nothing else, so it may be wrong about
//! nothing but the history.
//!
//! | | what is judged |
//! |---|---|
//! | INV-1 | an open circuit admits nobody before its time, and everybody's first call from then on; what was rejected never arrives |
//! | INV-2 | of the calls since it was open at most as many probe at once as there are permits, and none is rejected while a permit is free |
//! | INV-3 | a result of an earlier state changes nothing |
//! | INV-4 | it trips with the very call with which a plain recount says that it must, and with no other |
//! | INV-5 | as many quick probes close it as were asked for, none less; and when all is healed it is closed |
//! | INV-6 | a caller who goes away opens nothing |
//! | INV-8 | no call outlasts its time-out; a panic and a time-out count; who gets no answer gets the fallback's |
//! | INV-9 | what an operator wants, happens |
//! | INV-10 | each reading of the metrics says what the record says |
//!
//! INV-7 and INV-11 speak of clocks that misbehave and of how often they are read: this clock does not, and the suite has both.
//!
//! **Why there is no tolerance.** One thread meets the breaker, and the time stands still while it does, so the record has the order and
//! the times that the breaker had ([`crate::recorder`]). Two bounds are by the wall clock: how long a call may take, and how soon a
//! healed downstream is noticed. Both are generous, and the second says nothing if the record shows that the downstream was not well.

#[path = "checker/answers.rs"]
mod answers;
#[path = "checker/circuit.rs"]
mod circuit;
#[path = "checker/metrics.rs"]
mod metrics;
#[path = "checker/recount.rs"]
mod recount;
#[path = "checker/replay.rs"]
mod replay;

#[cfg(test)]
#[path = "checker/tests.rs"]
mod tests;

use chaos::Violation;

use crate::facts::Facts;

/// Everything that `facts` show to be broken; of each rule the first time.
#[must_use]
pub fn check(facts: &Facts) -> Vec<Violation> {
    let rules: [fn(&Facts) -> Option<Violation>; 6] = [
        answers::what_is_rejected_never_arrives,
        answers::no_call_outlasts_its_time_out,
        answers::who_gets_no_answer_gets_the_fallbacks,
        answers::a_healed_downstream_is_called,
        metrics::tell_the_truth,
        metrics::changes_follow_each_other,
    ];
    let mut found = replay::replay(facts);
    found.extend(rules.iter().filter_map(|rule| rule(facts)));
    found
}

/// `1.234 s`.
fn at(us: u64) -> String {
    format!("{}.{:03} s", us / 1_000_000, us / 1000 % 1000)
}

/// `12.3 ms`.
fn ms(us: u64) -> String {
    format!("{}.{} ms", us / 1000, us / 100 % 10)
}
