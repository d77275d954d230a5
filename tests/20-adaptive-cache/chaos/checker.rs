//! Judges a recorded run by the invariants of the lab. It reads the history and nothing else, so it may be wrong about
//! nothing but the history.
//!
//! | | what is judged | and what is not held against the code |
//! |---|---|---|
//! | INV-3 | no look at an instance shows copies that weigh more than its capacity | |
//! | INV-5 | nobody is given what the source has not had for longer than a value may be on its way, in Redis and in an instance together | what the run itself was late (below) |
//! | INV-7 | a key's class does not change twice within a dwell time; no more keys have a class than may | |
//! | INV-9 | no two loads of a key run at once at an instance; none is dropped before its time; an error is that of a load which its reader waited for; nobody waits for longer than two fetches, or one write | the same |
//! | INV-10 | loads of warm-ups never begin faster than the rate and one batch, nor out of their order, nor after their caller has left; every key is in the report, and those that it calls kept were loaded | two commands to Redis, which lie between a batch and its loads |
//! | INV-11 | what is given was written, and has its type; no reader gets an error of Redis; after a write at an instance, taken or refused, nothing older is given there; after one that was taken, nothing older than a copy may be is given anywhere; in the end all is as the source has it | what is not promised (below) |
//!
//! **What is not promised** (the head of `shell/cache.rs`). Which of two writes under way at the same time Redis takes last is not known, and the older
//! one may be read. A write that was not taken may still arrive after a later one, and is read until its time is over. And a Redis that forgets, because
//! it was emptied or has no memory, forgets that something newer was there: a load that was under way then may bring the older value back, until its time is over. How
//! long, the checker knows from the terms; everything else stands.
//!
//! **What the run itself was late.** Callers, proxies, source and a metronome share one thread. A stall of it makes a wait longer than was
//! meant, and a beat later than was due by the same time; so a rule about time allows what the beats within it were late all in all, and 7 ms for
//! each of six timers.
//!
//! **What a run does not show.** INV-1, 2, 4, 6 and 8 are about which keys are kept, and no answer tells: a scan that pushes out what is hot costs loads, and
//! the crowd has no right to any number of those. Nor to the knowledge that there is nothing; whoever does not keep that asks more often, and gets the same. A copy
//! that stays behind when its key is hot no more has expired before it can be hot again: a dwell time is longer than a copy lives here.

#[path = "checker/bounds.rs"]
mod bounds;
#[path = "checker/loads.rs"]
mod loads;
#[path = "checker/values.rs"]
mod values;
#[path = "checker/warm.rs"]
mod warm;

#[cfg(test)]
#[path = "checker/tests.rs"]
mod tests;

use chaos::{Struck, Violation};

use crate::facts::{Facts, LoadEnd, ReadEnd, Terms, WriteEnd};
use crate::faults::{DELAYS, FORGETS};
use crate::plan::Instance;

/// Everything that `facts` show to be broken; at most one of each rule.
#[must_use]
pub fn check(facts: &Facts) -> Vec<Violation> {
    let rules: [fn(&Facts) -> Option<Violation>; 18] = [
        bounds::copies_weigh_no_more_than_the_capacity,
        bounds::no_more_keys_are_tracked_than_may_be,
        bounds::a_class_dwells,
        bounds::a_change_is_not_taken_back,
        values::nothing_comes_from_nowhere,
        values::nothing_outlives_its_time,
        values::nobody_reads_older_than_was_written_there,
        values::nobody_reads_older_than_was_taken,
        values::in_the_end_all_is_as_the_source_has_it,
        loads::one_load_at_a_time,
        loads::no_load_is_dropped_early,
        loads::an_error_is_that_of_a_load,
        loads::redis_is_no_reason_to_fail,
        loads::nobody_waits_too_long,
        warm::loads_keep_their_rate,
        warm::loads_keep_their_order,
        warm::nobody_loads_after_the_caller_left,
        warm::every_key_is_in_the_report,
    ];
    rules.iter().filter_map(|rule| rule(facts)).collect()
}

/// What a run has to show before it says anything.
#[must_use]
pub fn untested(facts: &Facts) -> Option<String> {
    let healed = facts.faults.iter().map(|fault| fault.ended_us).max();
    let healed = healed.unwrap_or(0);
    let ended = |end: fn(&LoadEnd) -> bool| facts.loads.iter().any(|load| end(&load.record.end));
    let general = [
        (
            facts
                .writes
                .iter()
                .any(|write| matches!(write.record.end, WriteEnd::Refused(_))),
            "no write was refused",
        ),
        (ended(|end| *end == LoadEnd::Failed), "no load failed"),
        (ended(|end| *end == LoadEnd::Panicked), "no load panicked"),
        (ended(|end| *end == LoadEnd::Dropped), "no load timed out"),
        (
            facts.warm_ups.iter().any(|warm| {
                let report = warm.record.report();
                report.is_some_and(|report| report.loaded > 0)
            }),
            "no warm-up loaded anything",
        ),
    ];
    let general = general.into_iter().find(|(shown, _)| !shown);
    if let Some((_, reason)) = general {
        return Some(reason.to_owned());
    }
    Instance::ALL
        .into_iter()
        .find_map(|at| untested_at(facts, at, healed))
}

fn untested_at(facts: &Facts, at: Instance, healed: u64) -> Option<String> {
    let held = facts.held.iter().rev().map(|(_, held)| held);
    let last = held.clone().find(|held| held.by == at);
    let taken = facts.writes.iter().any(|write| {
        write.record.at == at && write.record.end == WriteEnd::Taken && write.began_us > healed
    });
    let given = facts.reads.iter().filter(|read| {
        read.record.at == at
            && read.began_us >= facts.settled_us
            && matches!(read.record.end, ReadEnd::Given(_))
    });
    let shown = [
        (taken, "took no write after the last fault"),
        (given.count() > 0, "gave no value in the end"),
        (last.is_some_and(|held| held.local_hits > 0), "had no copy"),
        (
            last.is_some_and(|held| held.redis_hits > 0),
            "found nothing in Redis",
        ),
        (
            held.clone().any(|held| held.by == at && held.dirty > 0),
            "had no dirty key",
        ),
        (
            held.clone()
                .any(|held| held.by == at && held.tracked == facts.terms.max_tracked),
            "never kept a class for as many keys as it may",
        ),
        (
            // As full as it gets with entries of that size: a new copy finds no room.
            held.clone()
                .any(|held| held.by == at && held.weight * 8 >= facts.terms.capacity * 7),
            "was never full of copies",
        ),
        (
            bounds::changed_twice(facts, at),
            "changed no key's class twice",
        ),
    ];
    let missing = shown.into_iter().find(|(shown, _)| !shown);
    missing.map(|(_, reason)| format!("instance {} {reason}", at.name()))
}

/// How long after the last write and the last fault everything is as the source has it: what a load had under way arrives, is in Redis for its
/// time, and in an instance after that.
#[must_use]
pub fn settles_within_us(terms: &Terms) -> u64 {
    terms.load_timeout_us + terms.redis_ttl_us + terms.local_ttl_us + 4 * terms.redis_timeout_us
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
        ops: first.ops.into_iter().take(SHOWN).collect(),
        evidence,
    })
}

/// How long a command was on its way at most before Redis took it.
fn kept_back_us(facts: &Facts) -> u64 {
    let delays = facts
        .faults
        .iter()
        .filter(|fault| DELAYS.contains(&fault.what.as_str()));
    let longest = delays.map(|fault| fault.ended_us - fault.began_us).max();
    facts.terms.late_at_most_us.max(longest.unwrap_or(0))
}

/// What made Redis forget within `[from, to]`; also a command that was on its way for longer than the mark of a deletion lives.
fn forgot(facts: &Facts, from: u64, to: u64) -> Option<&Struck> {
    facts.faults.iter().find(|fault| {
        let what = fault.what.as_str();
        let too_long = fault.ended_us - fault.began_us > facts.terms.late_at_most_us;
        let forgets = FORGETS.contains(&what) || (DELAYS.contains(&what) && too_long);
        forgets && fault.overlaps(from, to)
    })
}

/// `204.1 ms`.
fn ms(us: u64) -> String {
    format!("{:.1} ms", us as f64 / 1e3)
}
