//! What must not be tried twice was not, by the attempts and by what the stores hold.

use chaos::Violation;

use super::{Case, first, ms};
use crate::calls::Kind;
use crate::facts::{Attempt, AttemptEnd, Call, Facts};

/// INV-4: another attempt after one that was permanent.
pub(super) fn permanent_is_tried_once(facts: &Facts) -> Option<Violation> {
    let cases = facts.calls.iter().filter_map(|call| {
        let permanent = |attempt: &&Attempt| attempt.end == AttemptEnd::Permanent;
        let over = call.attempts.iter().find(permanent)?;
        let again = call
            .attempts
            .iter()
            .find(|attempt| attempt.began_us >= over.ended_us && attempt.number != over.number)?;
        Some(Case {
            at_us: again.began_us,
            sentence: format!("{}, is permanent, and is tried again", call.name()),
            ops: vec![call.op, over.op, again.op],
            evidence: vec![format!("{} attempts", call.attempts.len())],
        })
    });
    first(4, cases.collect())
}

/// INV-4: another attempt of a plain write beside or after one that may have happened.
pub(super) fn unsafe_is_tried_once(facts: &Facts) -> Option<Violation> {
    let plain = facts.calls.iter().filter(|call| call.kind == Kind::Plain);
    let cases = plain.filter_map(|call| {
        let (again, before, how) = call.attempts.iter().find_map(|again| {
            let earlier = |other: &&Attempt| other.number < again.number;
            let how = |other: &Attempt| may_have_happened(other, again);
            let before = call.attempts.iter().filter(earlier);
            let mut known = before.filter_map(|other| Some((other, how(other)?)));
            known.next().map(|(other, how)| (again, other, how))
        })?;
        Some(Case {
            at_us: again.began_us,
            sentence: format!("{}, is sent again {how}", call.name()),
            ops: vec![call.op, before.op, again.op],
            evidence: vec![effects(facts, call)],
        })
    });
    first(4, cases.collect())
}

/// How `before` may have happened when `again` began, if it may.
fn may_have_happened(before: &Attempt, again: &Attempt) -> Option<String> {
    let age = again.began_us - before.began_us;
    if before.ended_us > again.began_us {
        return Some(format!(
            "while attempt {} is under way, after {}",
            before.number,
            ms(age)
        ));
    }
    match before.end {
        AttemptEnd::Ambiguous => Some("after a connection that died before the answer".to_owned()),
        AttemptEnd::Dropped | AttemptEnd::Left => Some(format!(
            "after {} without an answer",
            ms(before.ended_us - before.began_us)
        )),
        AttemptEnd::Done => Some("after it was done".to_owned()),
        AttemptEnd::Transient | AttemptEnd::Permanent => None,
    }
}

/// INV-4: a write of one call is in the store more than once.
pub(super) fn no_write_is_there_twice(facts: &Facts) -> Option<Violation> {
    let cases = facts.calls.iter().filter_map(|call| {
        let times = facts.effects.get(&call.id).copied().unwrap_or(0);
        (times > 1).then(|| Case {
            at_us: call.ended_us,
            sentence: format!("{}, is in the store {times} times", call.name()),
            ops: std::iter::once(call.op)
                .chain(call.attempts.iter().map(|attempt| attempt.op))
                .collect(),
            evidence: vec![format!("{} attempts", call.attempts.len())],
        })
    });
    first(4, cases.collect())
}

fn effects(facts: &Facts, call: &Call) -> String {
    let times = facts.effects.get(&call.id).copied().unwrap_or(0);
    format!("in the end it is in the store {times} times")
}
