//! Histories by hand: for every rule one in which it holds and one in which it is broken, and what is excused.
//!
//! Times are in milliseconds. Calls may take 900, attempts 300; Redis' waits end at 200, its budget has 5 tokens at first.

use chaos::Struck;

use super::*;
use crate::calls::{Kind, Server};
use crate::facts::{Attempt, AttemptEnd, Call, CallEnd, Cause, ServerTerms, Terms, Waits, Why};
use AttemptEnd::{Ambiguous, Done, Dropped, Left, Permanent, Transient};
use Kind::{Keyed, Plain, Read, Wrong};

const MS: u64 = 1_000;
const NOTHING: [u32; 0] = [];

fn facts() -> Facts {
    Facts {
        terms: Terms {
            deadline_us: 900 * MS,
            attempt_timeout_us: 300 * MS,
            attempts: 5,
            redis: ServerTerms {
                waits: Waits::Full { base_us: 100 * MS },
                cap_us: 200 * MS,
                ratio: 0.1,
                per_second: 5,
                capacity: 15,
            },
            mysql: ServerTerms {
                waits: Waits::Decorrelated { base_us: 50 * MS },
                cap_us: 250 * MS,
                ratio: 1.0,
                per_second: 20,
                capacity: 100,
            },
        },
        calls: Vec::new(),
        effects: std::collections::BTreeMap::new(),
        late: Vec::new(),
        faults: Vec::new(),
    }
}

/// A call to Redis from the first of its attempts to `ended`; its write is there once if an attempt was done.
fn call(
    facts: &mut Facts,
    kind: Kind,
    attempts: &[(u64, u64, AttemptEnd)],
    ended: u64,
    end: CallEnd,
) {
    call_to(facts, Server::Redis, kind, attempts, ended, end);
}

fn call_to(
    facts: &mut Facts,
    server: Server,
    kind: Kind,
    attempts: &[(u64, u64, AttemptEnd)],
    ended: u64,
    end: CallEnd,
) {
    let id = facts.calls.len() as u64 + 1;
    let attempts: Vec<Attempt> = (1..)
        .zip(attempts)
        .map(|(number, &(began, ended, end))| Attempt {
            op: id * 100 + u64::from(number),
            number,
            began_us: began * MS,
            ended_us: ended * MS,
            end,
        })
        .collect();
    let done = attempts.iter().any(|attempt| attempt.end == Done);
    if done && matches!(kind, Keyed | Plain) {
        facts.effects.insert(id, 1);
    }
    facts.calls.push(Call {
        op: id * 100,
        id,
        server,
        kind,
        began_us: attempts.first().map_or(ended * MS, |first| first.began_us),
        ended_us: ended * MS,
        end,
        attempts,
    });
}

fn answered(attempt: u32) -> CallEnd {
    CallEnd::Answered { attempt }
}

/// Given up with the error of the last of `attempts`.
fn gave_up(attempts: u32, stop: Why) -> CallEnd {
    let cause = Cause::Failed { attempt: attempts };
    with_cause(cause, attempts, stop)
}

fn with_cause(cause: Cause, attempts: u32, stop: Why) -> CallEnd {
    CallEnd::GaveUp {
        cause,
        attempts,
        waited_us: 0,
        stop,
    }
}

/// A fault of Redis; nobody expects an answer from then to a second after it.
fn fault(facts: &mut Facts, began: u64, ended: u64) {
    facts.faults.push(Struck {
        what: "cut".into(),
        target: "redis".into(),
        began_us: began * MS,
        ended_us: ended * MS,
        fired: 1,
        counted: String::new(),
    });
}

fn broken(facts: &Facts) -> Vec<u32> {
    check(facts)
        .iter()
        .map(|violation| violation.invariant)
        .collect()
}

/// What a history of one call breaks, while Redis is not well.
fn breaks(kind: Kind, attempts: &[(u64, u64, AttemptEnd)], ended: u64, end: CallEnd) -> Vec<u32> {
    let mut facts = facts();
    fault(&mut facts, 0, 10_000);
    call(&mut facts, kind, attempts, ended, end);
    broken(&facts)
}

#[test]
fn calls_as_they_should_be_break_nothing() {
    let mut facts = facts();
    fault(&mut facts, 0, 3_000);
    // At once; after a retry; hedged and won by the hedge; and each way to be given up.
    call(&mut facts, Read, &[(1, 3, Done)], 3, answered(1));
    call(
        &mut facts,
        Keyed,
        &[(10, 12, Ambiguous), (90, 93, Done)],
        93,
        answered(2),
    );
    call(
        &mut facts,
        Read,
        &[(20, 190, Dropped), (120, 190, Done)],
        190,
        answered(2),
    );
    call(
        &mut facts,
        Wrong,
        &[(30, 31, Permanent)],
        31,
        gave_up(1, Why::Permanent),
    );
    call(
        &mut facts,
        Plain,
        &[(40, 41, Transient), (99, 101, Ambiguous)],
        101,
        gave_up(2, Why::NotSafe),
    );
    let timed_out = with_cause(Cause::TimedOut, 1, Why::NotSafe);
    call(&mut facts, Plain, &[(50, 350, Dropped)], 350, timed_out);
    call(&mut facts, Read, &[(60, 61, Transient)], 100, CallEnd::Left);
    call(&mut facts, Read, &[(70, 90, Left)], 90, CallEnd::Left);
    call(
        &mut facts,
        Plain,
        &[(4_100, 4_102, Done)],
        4_102,
        answered(1),
    );
    assert_eq!(broken(&facts), NOTHING);
    assert_eq!(untested(&facts), None);
}

#[test]
fn inv1_a_wait_is_at_most_the_cap() {
    let one = |began| [(0, 2, Transient), (began, began + 1, Done)];
    assert_eq!(breaks(Read, &one(202), 203, answered(2)), NOTHING);
    // A timer's grain and a beat are allowed, 7 ms together.
    assert_eq!(breaks(Read, &one(208), 209, answered(2)), NOTHING);
    assert_eq!(breaks(Read, &one(215), 216, answered(2)), [1]);
}

#[test]
fn inv1_what_the_run_itself_was_late_is_no_wait() {
    let mut facts = facts();
    fault(&mut facts, 0, 10_000);
    call(
        &mut facts,
        Read,
        &[(0, 2, Transient), (240, 241, Done)],
        241,
        answered(2),
    );
    assert_eq!(broken(&facts), [1]);
    facts.late = vec![(150 * MS, 20 * MS), (900 * MS, 80 * MS)];
    assert_eq!(
        broken(&facts),
        [1],
        "20 ms do not explain 38, and the 80 were later"
    );
    facts.late = vec![(150 * MS, 35 * MS)];
    assert_eq!(broken(&facts), NOTHING);
}

#[test]
fn inv1_an_error_tells_of_no_more_waiting_than_the_cap() {
    let told = |waited: u64| CallEnd::GaveUp {
        cause: Cause::Failed { attempt: 2 },
        attempts: 2,
        waited_us: waited * MS,
        stop: Why::BudgetSpent,
    };
    let attempts: [_; 2] = [(0, 1, Transient), (190, 191, Transient)];
    let of = |waited| {
        let mut facts = facts();
        // No token is left, or the refusal would be wrong.
        facts.terms.redis.per_second = 1;
        fault(&mut facts, 0, 10_000);
        call(&mut facts, Read, &attempts, 191, told(waited));
        broken(&facts)
    };
    assert_eq!(of(200), NOTHING);
    assert_eq!(of(201), [1]);
}

#[test]
fn inv2_no_attempt_begins_or_runs_past_the_deadline() {
    let calls = |began, ended| {
        let attempts = [
            (0, 300, Dropped),
            (450, 750, Dropped),
            (began, ended, Dropped),
        ];
        let late = with_cause(Cause::TimedOut, 3, Why::DeadlinePassed);
        breaks(Read, &attempts, ended, late)
    };
    assert_eq!(calls(890, 900), NOTHING);
    assert_eq!(calls(890, 906), NOTHING, "7 ms are allowed");
    assert_eq!(calls(890, 950), [2], "it runs past it");
    assert_eq!(calls(920, 921), [2], "it begins after it");
}

#[test]
fn inv3_a_retry_has_a_token() {
    // Five tokens at first, half a one more by the calls, and half a one by the time: the eighth retry has none, with one to spare.
    let of = |retries: u64| {
        let mut facts = facts();
        fault(&mut facts, 0, 10_000);
        for n in 0..retries {
            let attempts = [(n, n + 1, Transient), (n + 50, n + 51, Done)];
            call(&mut facts, Read, &attempts, n + 51, answered(2));
        }
        broken(&facts)
    };
    assert_eq!(of(6), NOTHING);
    assert_eq!(of(8), [3]);
}

#[test]
fn inv3_a_hedge_has_a_token() {
    let of = |hedges: u64| {
        let mut facts = facts();
        fault(&mut facts, 0, 10_000);
        for n in 0..hedges {
            let attempts = [(n, n + 150, Done), (n + 100, n + 150, Dropped)];
            call(&mut facts, Read, &attempts, n + 150, answered(1));
        }
        broken(&facts)
    };
    assert_eq!(of(6), NOTHING);
    assert_eq!(of(9), [3]);
}

#[test]
fn inv3_a_budget_keeps_no_more_than_its_capacity() {
    let of = |retries: u64| {
        let mut facts = facts();
        fault(&mut facts, 0, 100_000);
        for n in 0..retries {
            // After a minute of silence: 15, and not 300.
            let began = 60_000 + n;
            let attempts = [
                (began, began + 1, Transient),
                (began + 50, began + 51, Done),
            ];
            call(&mut facts, Read, &attempts, began + 51, answered(2));
        }
        broken(&facts)
    };
    assert_eq!(of(16), NOTHING);
    assert_eq!(of(19), [3]);
}

#[test]
fn inv3_a_token_that_was_not_used_comes_back() {
    let of = |left_at: u64| {
        let mut facts = facts();
        fault(&mut facts, 0, 10_000);
        // Five callers who go away in their waits, or whose retry is sent.
        for n in 0..5 {
            call(
                &mut facts,
                Read,
                &[(n, n + 1, Transient)],
                left_at,
                CallEnd::Left,
            );
        }
        call(
            &mut facts,
            Read,
            &[(90, 91, Transient)],
            91,
            gave_up(1, Why::BudgetSpent),
        );
        broken(&facts)
    };
    assert_eq!(
        of(120),
        NOTHING,
        "they are still waiting, and have the tokens"
    );
    assert_eq!(of(60), [3], "they have gone, and their tokens are back");
}

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

/// Sixty calls with one retry each, `wait` after the first attempt.
fn herd(wait: impl Fn(u64) -> u64) -> Vec<u32> {
    let mut facts = facts();
    fault(&mut facts, 0, 100_000);
    for n in 0..60 {
        let began = 1_000 * n;
        let again = began + 1 + wait(n);
        let attempts = [(began, began + 1, Transient), (again, again + 1, Done)];
        call(&mut facts, Read, &attempts, again + 1, answered(2));
    }
    broken(&facts)
}

#[test]
fn inv8_waits_are_spread_over_their_interval() {
    assert_eq!(herd(|n| (n * 37) % 100), NOTHING);
    assert_eq!(herd(|n| 90 + n % 11), [8]);
}

#[test]
fn inv10_a_server_that_is_back_answers() {
    let of = |began: u64, late: &[(u64, u64)]| {
        let mut facts = facts();
        fault(&mut facts, 1_000, 2_000);
        let attempts = [(began, began + 1, Ambiguous)];
        call(
            &mut facts,
            Plain,
            &attempts,
            began + 1,
            gave_up(1, Why::NotSafe),
        );
        facts.late = late
            .iter()
            .map(|&(at, late)| (at * MS, late * MS))
            .collect();
        broken(&facts)
    };
    assert_eq!(of(1_500, &[]), NOTHING, "it is away");
    assert_eq!(of(2_900, &[]), NOTHING, "it is back for less than a second");
    assert_eq!(of(3_100, &[]), [10]);
    assert_eq!(of(500, &[]), [10], "it was never away");
    assert_eq!(
        of(3_100, &[(3_100, 80)]),
        NOTHING,
        "the machine was held up"
    );
}

#[test]
fn inv10_what_can_never_succeed_need_not() {
    let mut facts = facts();
    call(
        &mut facts,
        Wrong,
        &[(0, 1, Permanent)],
        1,
        gave_up(1, Why::Permanent),
    );
    call(&mut facts, Read, &[(0, 1, Left)], 1, CallEnd::Left);
    assert_eq!(broken(&facts), NOTHING);
}

#[test]
fn a_run_without_a_call_after_the_fault_says_nothing_of_recovery() {
    let mut facts = facts();
    call(&mut facts, Read, &[(500, 501, Done)], 501, answered(1));
    fault(&mut facts, 1_000, 2_000);
    assert!(untested(&facts).is_some());
    call(
        &mut facts,
        Read,
        &[(3_500, 3_501, Done)],
        3_501,
        answered(1),
    );
    assert_eq!(untested(&facts), None);
}

#[test]
fn the_first_of_many_is_told_and_all_are_counted() {
    let mut facts = facts();
    fault(&mut facts, 0, 10_000);
    for began in [500, 0, 900] {
        let twice = [
            (began, began + 1, Permanent),
            (began + 60, began + 61, Permanent),
        ];
        call(
            &mut facts,
            Wrong,
            &twice,
            began + 61,
            gave_up(2, Why::Permanent),
        );
    }
    let violations = check(&facts);
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].at_us, 60 * MS);
    assert_eq!(violations[0].evidence, ["2 attempts", "3 of them in all"]);
}
