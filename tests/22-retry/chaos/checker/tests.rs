//! Histories by hand: for every rule one in which it holds and one in which it is broken, and what is excused.
//!
//! Times are in milliseconds. Calls may take 900, attempts 300; Redis' waits end at 200, its budget has 5 tokens at first.

#[path = "tests/answers.rs"]
mod answers;
#[path = "tests/budget.rs"]
mod budget;
#[path = "tests/time.rs"]
mod time;

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
