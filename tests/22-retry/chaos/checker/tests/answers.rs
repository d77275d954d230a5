//! What was tried again, what callers were told, and of two attempts which one counts.

use super::*;

#[test]
fn inv4_what_is_permanent_is_tried_once() {
    let once = [(0, 1, Permanent)];
    assert_eq!(breaks(Wrong, &once, 1, gave_up(1, Why::Permanent)), NOTHING);
    let twice = [(0, 1, Permanent), (60, 61, Permanent)];
    assert_eq!(breaks(Wrong, &twice, 61, gave_up(2, Why::Permanent)), [4]);
}

#[test]
fn inv4_what_may_have_happened_is_repeated_only_with_a_key() {
    for end in [Ambiguous, Dropped] {
        let attempts = [(0, 300, end), (350, 352, Done)];
        assert_eq!(
            breaks(Keyed, &attempts, 352, answered(2)),
            NOTHING,
            "{end:?}"
        );
        assert_eq!(breaks(Plain, &attempts, 352, answered(2)), [4], "{end:?}");
    }
    let refused = [(0, 1, Transient), (60, 61, Done)];
    assert_eq!(breaks(Plain, &refused, 61, answered(2)), NOTHING);
}

#[test]
fn inv4_what_is_not_safe_is_not_hedged() {
    let hedged = [(0, 130, Done), (100, 130, Dropped)];
    assert_eq!(breaks(Keyed, &hedged, 130, answered(1)), NOTHING);
    assert_eq!(breaks(Plain, &hedged, 130, answered(1)), [4]);
}

#[test]
fn inv4_a_write_is_in_the_store_once() {
    let mut facts = facts();
    call(&mut facts, Plain, &[(0, 1, Done)], 1, answered(1));
    assert_eq!(broken(&facts), NOTHING);
    facts.effects.insert(1, 2);
    assert_eq!(broken(&facts), [4]);
}

#[test]
fn inv5_an_answer_is_that_of_an_attempt_and_the_write_is_there() {
    let attempts = [(0, 1, Transient), (60, 61, Done)];
    assert_eq!(breaks(Read, &attempts, 61, answered(2)), NOTHING);
    assert_eq!(breaks(Read, &attempts, 61, answered(1)), [5]);
    let mut facts = facts();
    call(&mut facts, Keyed, &[(0, 1, Done)], 1, answered(1));
    assert_eq!(broken(&facts), NOTHING);
    facts.effects.clear();
    assert_eq!(broken(&facts), [5]);
}

#[test]
fn inv5_the_error_has_the_last_cause_and_the_attempts() {
    let attempts = [(0, 1, Ambiguous), (60, 360, Dropped)];
    let of = |cause, count| {
        let end = with_cause(cause, count, Why::PastDeadline);
        breaks(Read, &attempts, 360, end)
    };
    assert_eq!(of(Cause::TimedOut, 2), NOTHING);
    assert_eq!(of(Cause::TimedOut, 1), [5]);
    assert_eq!(
        of(Cause::Failed { attempt: 1 }, 2),
        [5],
        "that was the first one"
    );
    assert_eq!(of(Cause::NotSent, 2), [5]);
    // Of two that end at once either is the last.
    let pair = [(0, 150, Ambiguous), (100, 150, Ambiguous)];
    for attempt in [1, 2] {
        let end = with_cause(Cause::Failed { attempt }, 2, Why::PastDeadline);
        assert_eq!(breaks(Read, &pair, 150, end), NOTHING);
    }
}

#[test]
fn inv5_the_reason_fits() {
    let one: [_; 1] = [(0, 1, Ambiguous)];
    assert_eq!(breaks(Plain, &one, 1, gave_up(1, Why::NotSafe)), NOTHING);
    assert_eq!(breaks(Keyed, &one, 1, gave_up(1, Why::NotSafe)), [5]);
    assert_eq!(breaks(Keyed, &one, 1, gave_up(1, Why::AttemptsSpent)), [5]);
    assert_eq!(breaks(Keyed, &one, 1, gave_up(1, Why::Permanent)), [5]);
    assert_eq!(breaks(Keyed, &one, 1, gave_up(1, Why::Throttled)), [5]);
}

#[test]
fn inv6_what_is_settled_is_over() {
    let of = |until| {
        breaks(
            Read,
            &[(0, 130, Done), (100, until, Dropped)],
            until,
            answered(1),
        )
    };
    assert_eq!(of(130), NOTHING);
    assert_eq!(of(136), NOTHING, "7 ms are allowed");
    assert_eq!(of(160), [6]);
    // Joined: both run to their ends.
    let joined = [(0, 240, Done), (100, 130, Done)];
    assert_eq!(breaks(Read, &joined, 240, answered(2)), [6]);
    // Nobody is left running when the caller has gone.
    assert_eq!(breaks(Read, &[(0, 90, Dropped)], 50, CallEnd::Left), [6, 6]);
}

#[test]
fn inv6_nothing_is_dropped_before_its_time() {
    // Time is up after 300, or at the deadline; or another has the answer.
    let timed_out = with_cause(Cause::TimedOut, 1, Why::PastDeadline);
    assert_eq!(breaks(Read, &[(0, 300, Dropped)], 300, timed_out), NOTHING);
    let last = [(0, 300, Dropped), (450, 750, Dropped), (850, 900, Dropped)];
    let late = with_cause(Cause::TimedOut, 3, Why::DeadlinePassed);
    assert_eq!(breaks(Read, &last, 900, late), NOTHING);
    let won = [(0, 190, Dropped), (100, 190, Done)];
    assert_eq!(breaks(Read, &won, 190, answered(2)), NOTHING);
    // The hedge failed, and took the other one with it.
    let failed = [(0, 120, Dropped), (100, 120, Ambiguous), (150, 151, Done)];
    assert_eq!(breaks(Read, &failed, 151, answered(3)), [6]);
}

#[test]
fn inv6_what_the_run_was_late_is_not_taken_from_an_attempt() {
    let of = |late: &[(u64, u64)]| {
        let mut facts = facts();
        fault(&mut facts, 0, 10_000);
        let timed_out = with_cause(Cause::TimedOut, 1, Why::PastDeadline);
        call(&mut facts, Read, &[(20, 300, Dropped)], 300, timed_out);
        facts.late = late
            .iter()
            .map(|&(at, late)| (at * MS, late * MS))
            .collect();
        broken(&facts)
    };
    assert_eq!(of(&[]), [6]);
    assert_eq!(of(&[(21, 14)]), NOTHING, "its timer ran before it did");
    assert_eq!(of(&[(290, 14)]), [6], "late, but not when it began");
}
