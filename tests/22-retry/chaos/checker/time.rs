//! Waits and deadlines: none longer than was allowed, and waits that take a herd apart.

use std::collections::BTreeMap;

use chaos::Violation;

use super::{Case, first, ms};
use crate::calls::Server;
use crate::facts::{Call, CallEnd, Facts, Waits, Why};

/// Fewer waits say nothing about how they are spread.
const ENOUGH: usize = 40;
/// The end of an interval: of an even draw a tenth lies there, and a little more for what is measured late.
const END: f64 = 0.9;
/// More of them are no accident: of forty even draws, half lie there less often than once in a million times.
const MOST: f64 = 0.5;
/// Waits are compared with their interval only while the run was no later than this.
const PUNCTUAL_US: u64 = 6_000;

/// INV-1: an attempt begins more than the cap after those before it had ended, or the error tells of more waiting than that.
pub(super) fn no_wait_above_the_cap(facts: &Facts) -> Option<Violation> {
    let mut cases = Vec::new();
    for call in &facts.calls {
        let cap = facts.terms.of(call.server).cap_us;
        for (attempt, over) in call.further() {
            let Some(over) = over else { continue };
            let wait = attempt.began_us - over;
            let late = facts.slack_us(over, attempt.began_us);
            if wait > cap + late {
                cases.push(Case {
                    at_us: attempt.began_us,
                    sentence: format!(
                        "{}, waits for {}, and the cap is {}",
                        call.name(),
                        ms(wait),
                        ms(cap)
                    ),
                    ops: vec![call.op, attempt.op],
                    evidence: vec![format!(
                        "the wait before attempt {}; the run itself was late by no more than {}",
                        attempt.number,
                        ms(late)
                    )],
                });
            }
        }
        cases.extend(waited_too_long(call, cap));
    }
    first(1, cases)
}

/// INV-2: a caller is held for longer than its deadline, with an attempt or without one.
pub(super) fn nobody_is_held_past_the_deadline(facts: &Facts) -> Option<Violation> {
    let cases = facts.calls.iter().filter_map(|call| {
        let deadline = call.began_us + facts.terms.deadline_us;
        let late = facts.slack_us(call.began_us, call.ended_us);
        (call.ended_us > deadline + late).then(|| Case {
            at_us: call.ended_us,
            sentence: format!(
                "{}, ends {} after it began, and the deadline is {}",
                call.name(),
                ms(call.ended_us - call.began_us),
                ms(facts.terms.deadline_us)
            ),
            ops: vec![call.op],
            evidence: vec![format!(
                "the run itself was late by no more than {}",
                ms(late)
            )],
        })
    });
    first(2, cases.collect())
}

/// The error's own sum of the waits, to which no machine adds anything.
fn waited_too_long(call: &Call, cap: u64) -> Option<Case> {
    let CallEnd::GaveUp {
        waited_us, stop, ..
    } = call.end
    else {
        return None;
    };
    let begun = call.further().filter(|(_, over)| over.is_some()).count() as u64;
    // A wait after which the deadline had passed has no attempt.
    let waits = begun + u64::from(stop == Why::DeadlinePassed);
    (waited_us > waits * cap).then(|| Case {
        at_us: call.ended_us,
        sentence: format!(
            "{}, waited {} in {waits} waits, and the cap is {}",
            call.name(),
            ms(waited_us),
            ms(cap)
        ),
        ops: vec![call.op],
        evidence: vec!["by its own error".to_owned()],
    })
}

/// INV-2: an attempt begins after its call's deadline, or runs past it.
pub(super) fn no_attempt_past_the_deadline(facts: &Facts) -> Option<Violation> {
    let mut cases = Vec::new();
    for call in &facts.calls {
        let deadline = call.began_us + facts.terms.deadline_us;
        for attempt in &call.attempts {
            let late = |at| at > deadline + facts.slack_us(call.began_us, at);
            let (at_us, does) = if late(attempt.began_us) {
                (attempt.began_us, "begins")
            } else if late(attempt.ended_us) {
                (attempt.ended_us, "runs until")
            } else {
                continue;
            };
            cases.push(Case {
                at_us,
                sentence: format!(
                    "attempt {} of {}, {does} {} after the call did, and the deadline is {}",
                    attempt.number,
                    call.name(),
                    ms(at_us - call.began_us),
                    ms(facts.terms.deadline_us)
                ),
                ops: vec![call.op, attempt.op],
                evidence: Vec::new(),
            });
        }
    }
    first(2, cases)
}

/// INV-8: most waits at a server lie at the end of the interval that they are drawn from.
pub(super) fn waits_are_spread(facts: &Facts) -> Option<Violation> {
    let mut by_server: BTreeMap<Server, Vec<Drawn>> = BTreeMap::new();
    for call in &facts.calls {
        by_server
            .entry(call.server)
            .or_default()
            .extend(drawn(facts, call));
    }
    let herds = by_server.into_iter().filter_map(|(server, waits)| {
        let late: Vec<&Drawn> = waits.iter().filter(|wait| wait.place >= END).collect();
        let share = late.len() as f64 / waits.len().max(1) as f64;
        (waits.len() >= ENOUGH && share > MOST).then(|| Case {
            at_us: late.last().map_or(0, |wait| wait.at_us),
            sentence: format!(
                "{} of {} waits for {} are in the last tenth of their interval",
                late.len(),
                waits.len(),
                server.name()
            ),
            ops: late.iter().map(|wait| wait.op).collect(),
            evidence: vec!["drawn evenly, a tenth of them would be".to_owned()],
        })
    });
    first(8, herds.collect())
}

/// A wait, and where in its interval it lies: 0 is its shortest, 1 its longest.
struct Drawn {
    at_us: u64,
    op: u64,
    place: f64,
}

/// The waits of a call whose interval says something about the draw.
fn drawn(facts: &Facts, call: &Call) -> Vec<Drawn> {
    let terms = facts.terms.of(call.server);
    let mut previous = 0;
    let mut all = Vec::new();
    let waits = call
        .further()
        .filter_map(|(attempt, over)| Some((attempt, over?)));
    for (retry, (attempt, over)) in (0_u32..).zip(waits) {
        let wait = attempt.began_us - over;
        let (shortest, longest) = match terms.waits {
            Waits::Full { base_us } => (0, (base_us << retry.min(20)).min(terms.cap_us)),
            Waits::Decorrelated { base_us } => {
                (base_us, (previous.max(base_us) * 3).min(terms.cap_us))
            }
        };
        if facts.late_us(over, attempt.began_us) <= PUNCTUAL_US {
            all.push(Drawn {
                at_us: attempt.began_us,
                op: attempt.op,
                place: wait.saturating_sub(shortest) as f64 / (longest - shortest).max(1) as f64,
            });
        }
        previous = wait;
    }
    all
}
