//! What callers were told and how soon, what reached the downstream, and whether it is called again when it is well.

use std::collections::BTreeSet;

use chaos::Violation;

use super::{at, ms};
use crate::facts::{Call, Ending, Facts, Says, State};

/// What a machine that is busy may add to a time-out.
const BUSY_US: u64 = 600_000;
/// How long after the last fault a circuit may take to close: open once more, and the probes.
const WELL_WITHIN_US: u64 = 2_500_000;
/// What was made so soon after it may still have met it.
const AFTER_EFFECTS_US: u64 = 500_000;

/// INV-1: the downstream sees what was let through, each call once, and nothing else.
pub(super) fn what_is_rejected_never_arrives(facts: &Facts) -> Option<Violation> {
    let mut seen = BTreeSet::new();
    facts.arrivals.iter().find_map(|arrival| {
        let call = facts.calls.get(&arrival.call);
        let sentence = match call {
            Some(call) if !call.made => "a call that was rejected reaches the downstream",
            Some(_) if !seen.insert(arrival.call) => "a call reaches the downstream twice",
            Some(_) => return None,
            None => "a call that nobody made reaches the downstream",
        };
        Some(Violation {
            invariant: 1,
            sentence: sentence.to_owned(),
            at_us: arrival.at_us,
            ops: call.map(|call| call.op).into_iter().collect(),
            evidence: vec![format!("call {}", arrival.call)],
        })
    })
}

/// INV-8: a call that is not answered in time is ended, and not by its caller.
pub(super) fn no_call_outlasts_its_time_out(facts: &Facts) -> Option<Violation> {
    let may_take = facts.terms.time_out_us + BUSY_US;
    let too_long = |call: &&Call| call.made && call.ended_us - call.asked_us > may_take;
    let call = facts.calls.values().find(too_long)?;
    Some(Violation {
        invariant: 8,
        sentence: "a call outlasts its time-out".to_owned(),
        at_us: call.asked_us + may_take,
        ops: vec![call.op],
        evidence: vec![format!(
            "the time-out is {}, and after {} it ends with \"{:?}\"",
            ms(facts.terms.time_out_us),
            ms(call.ended_us - call.asked_us),
            call.ending
        )],
    })
}

/// INV-8: a fallback answers for what was not made or not answered in time, and for nothing else.
pub(super) fn who_gets_no_answer_gets_the_fallbacks(facts: &Facts) -> Option<Violation> {
    let call = facts.calls.values().find(|call| {
        let should = match call.ending {
            Ending::Open | Ending::HalfOpen | Ending::ForcedOpen | Ending::TimedOut => true,
            Ending::Answered
            | Ending::NotFound
            | Ending::Failed
            | Ending::NoConnection
            | Ending::Panicked
            | Ending::GaveUp => false,
        };
        call.fallback != should
    })?;
    let sentence = if call.fallback {
        "the fallback answers for what it was not asked to"
    } else {
        "a call has no answer, and the fallback gives none"
    };
    Some(Violation {
        invariant: 8,
        sentence: sentence.to_owned(),
        at_us: call.ended_us,
        ops: vec![call.op],
        evidence: vec![format!("it ended with \"{:?}\"", call.ending)],
    })
}

/// INV-5: some time after the last fault calls are made again, and the circuit is closed. Not held against it: a downstream that by the
/// record was not well.
pub(super) fn a_healed_downstream_is_called(facts: &Facts) -> Option<Violation> {
    let healed_us = facts.faults.iter().map(|fault| fault.ended_us).max()?;
    let by_us = healed_us + WELL_WITHIN_US;
    let unwell = |call: &Call| {
        call.asked_us > healed_us + AFTER_EFFECTS_US
            && call.made
            && (call.says() == Says::Failure
                || (call.says() == Says::Success && call.is_slow(&facts.terms)))
    };
    if facts.calls.values().any(unwell) {
        return None;
    }
    let evidence = vec![format!(
        "all was healed at {}, and no call that was made since then failed or was slow",
        at(healed_us)
    )];
    let rejected = |call: &&Call| call.asked_us > by_us && !call.made;
    if let Some(call) = facts
        .calls
        .values()
        .filter(rejected)
        .min_by_key(|call| call.asked)
    {
        return Some(Violation {
            invariant: 5,
            sentence: "the downstream is well again, and is not called".to_owned(),
            at_us: call.asked_us,
            ops: vec![call.op],
            evidence,
        });
    }
    let last = facts.changes.values().flatten().last()?;
    (last.to != State::Closed).then(|| Violation {
        invariant: 5,
        sentence: "the downstream is well again, and the circuit does not close".to_owned(),
        at_us: by_us,
        ops: Vec::new(),
        evidence: evidence
            .into_iter()
            .chain([format!("the circuit is {:?} in the end", last.to)])
            .collect(),
    })
}
