//! What callers were told, against what their attempts came to; and of attempts beside each other one counts.

use chaos::Violation;

use super::{Case, first, ms};
use crate::calls::Kind;
use crate::facts::{Attempt, AttemptEnd, Call, CallEnd, Cause, Facts, Why};

/// Two attempts that end so close to each other ended at once: either is the last.
const AT_ONCE_US: u64 = 1_000;

/// INV-5: a caller is told that it is done by an attempt that was not.
pub(super) fn an_answer_is_an_attempts(facts: &Facts) -> Option<Violation> {
    let cases = facts.calls.iter().filter_map(|call| {
        let CallEnd::Answered { attempt: number } = call.end else {
            return None;
        };
        let done = |attempt: &Attempt| attempt.number == number && attempt.end == AttemptEnd::Done;
        (!call.attempts.iter().any(done)).then(|| Case {
            at_us: call.ended_us,
            sentence: format!(
                "{}, is answered by attempt {number}, which was not done",
                call.name()
            ),
            ops: shown(call),
            evidence: Vec::new(),
        })
    });
    first(5, cases.collect())
}

/// INV-5: a caller is told that a write is done, and it is not there.
pub(super) fn what_is_answered_is_done(facts: &Facts) -> Option<Violation> {
    let cases = facts.calls.iter().filter_map(|call| {
        let answered = matches!(call.end, CallEnd::Answered { .. });
        let write = matches!(call.kind, Kind::Keyed | Kind::Plain);
        let there = facts.effects.get(&call.id).is_some_and(|&times| times > 0);
        (answered && write && !there).then(|| Case {
            at_us: call.ended_us,
            sentence: format!(
                "{}, is told to be done, and is not in the store",
                call.name()
            ),
            ops: shown(call),
            evidence: Vec::new(),
        })
    });
    first(5, cases.collect())
}

/// INV-5: an error tells of other attempts than there were, or hides what the last one died of.
pub(super) fn the_error_says_what_and_how_often(facts: &Facts) -> Option<Violation> {
    let cases = facts.calls.iter().filter_map(|call| {
        let CallEnd::GaveUp {
            cause, attempts, ..
        } = call.end
        else {
            return None;
        };
        let made = call.attempts.len();
        let sentence = if attempts as usize != made {
            format!(
                "{}, is given up after {made} attempts, and its error says {attempts}",
                call.name()
            )
        } else if !is_last_cause(call, cause) {
            let says = match cause {
                Cause::Failed { attempt } => format!("tells what attempt {attempt} died of"),
                Cause::TimedOut => "says that it had no answer in time".to_owned(),
                Cause::NotSent => "says that nothing was sent".to_owned(),
            };
            format!(
                "the error of {}, {says}, and not the last cause",
                call.name()
            )
        } else {
            return None;
        };
        Some(Case {
            at_us: call.ended_us,
            sentence,
            ops: shown(call),
            evidence: last(call)
                .map(|attempt| format!("attempt {} ended last: {:?}", attempt.number, attempt.end))
                .into_iter()
                .collect(),
        })
    });
    first(5, cases.collect())
}

fn is_last_cause(call: &Call, cause: Cause) -> bool {
    let Some(last) = last(call) else {
        return cause == Cause::NotSent;
    };
    let mut latest = call
        .attempts
        .iter()
        .filter(|attempt| attempt.ended_us + AT_ONCE_US >= last.ended_us);
    match cause {
        Cause::Failed { attempt: number } => {
            latest.any(|attempt| attempt.number == number && failed(attempt.end))
        }
        Cause::TimedOut => latest.any(|attempt| attempt.end == AttemptEnd::Dropped),
        Cause::NotSent => false,
    }
}

/// INV-5: the reason to stop does not fit what the attempts came to.
pub(super) fn the_reason_fits(facts: &Facts) -> Option<Violation> {
    let cases = facts.calls.iter().filter_map(|call| {
        let CallEnd::GaveUp { stop, attempts, .. } = call.end else {
            return None;
        };
        let ended = |end| call.attempts.iter().any(|attempt| attempt.end == end);
        let unanswered = ended(AttemptEnd::Ambiguous) || ended(AttemptEnd::Dropped);
        let fits = match stop {
            Why::Permanent => ended(AttemptEnd::Permanent),
            Why::NotSafe => call.kind == Kind::Plain && unanswered,
            Why::AttemptsSpent => attempts == facts.terms.attempts,
            Why::DeadlinePassed | Why::PastDeadline | Why::BudgetSpent => !call.attempts.is_empty(),
            // No server here says when to come back, and nothing is throttled.
            Why::PushedBack | Why::PastCap | Why::Throttled => false,
        };
        (!fits).then(|| Case {
            at_us: call.ended_us,
            sentence: format!(
                "{}, is given up for a reason that it has not: {stop:?}",
                call.name()
            ),
            ops: shown(call),
            evidence: vec![format!("{attempts} attempts")],
        })
    });
    first(5, cases.collect())
}

/// INV-6: an attempt runs on though another one's answer has settled the call, or though the call is over.
pub(super) fn what_is_settled_is_over(facts: &Facts) -> Option<Violation> {
    let cases = facts.calls.iter().filter_map(|call| {
        let settled = call.attempts.iter().filter(|attempt| settles(attempt.end));
        let settled = settled.min_by_key(|attempt| attempt.ended_us);
        let over_us = settled.map_or(call.ended_us, |attempt| attempt.ended_us.min(call.ended_us));
        let runs_on = |other: &&Attempt| {
            other.began_us < over_us
                && other.ended_us > over_us + facts.slack_us(over_us, other.ended_us)
        };
        let other = call.attempts.iter().find(runs_on)?;
        Some(Case {
            at_us: other.ended_us,
            sentence: format!(
                "attempt {} of {}, runs on for {} after the answer was there",
                other.number,
                call.name(),
                ms(other.ended_us - over_us)
            ),
            ops: shown(call),
            evidence: settled
                .map(|attempt| format!("attempt {} had settled it", attempt.number))
                .into_iter()
                .collect(),
        })
    });
    first(6, cases.collect())
}

/// INV-6: an attempt is dropped before its time was up, and no other one had settled the call.
pub(super) fn nothing_is_dropped_early(facts: &Facts) -> Option<Violation> {
    let mut cases = Vec::new();
    for call in &facts.calls {
        let deadline = call.began_us + facts.terms.deadline_us;
        let dropped = |attempt: &&Attempt| attempt.end == AttemptEnd::Dropped;
        for attempt in call.attempts.iter().filter(dropped) {
            let left = deadline.saturating_sub(attempt.began_us);
            let limit = facts.terms.attempt_timeout_us.min(left);
            let age = attempt.ended_us - attempt.began_us;
            let settled = call.attempts.iter().any(|other| {
                settles(other.end)
                    && other.ended_us <= attempt.ended_us
                    && other.ended_us >= attempt.began_us
            });
            // Its timer was set just before it was recorded; if the run stood still between, it looks younger than it is.
            let slack = facts.slack_us(attempt.began_us, attempt.began_us);
            if age + slack >= limit || settled {
                continue;
            }
            cases.push(Case {
                at_us: attempt.ended_us,
                sentence: format!(
                    "attempt {} of {}, is dropped after {}, and no other had an answer",
                    attempt.number,
                    call.name(),
                    ms(age)
                ),
                ops: shown(call),
                evidence: vec![format!("it had {}", ms(limit))],
            });
        }
    }
    first(6, cases)
}

fn settles(end: AttemptEnd) -> bool {
    matches!(end, AttemptEnd::Done | AttemptEnd::Permanent)
}

fn failed(end: AttemptEnd) -> bool {
    matches!(
        end,
        AttemptEnd::Transient | AttemptEnd::Permanent | AttemptEnd::Ambiguous
    )
}

fn last(call: &Call) -> Option<&Attempt> {
    call.attempts.iter().max_by_key(|attempt| attempt.ended_us)
}

fn shown(call: &Call) -> Vec<u64> {
    let attempts = call.attempts.iter().map(|attempt| attempt.op);
    std::iter::once(call.op).chain(attempts).collect()
}
