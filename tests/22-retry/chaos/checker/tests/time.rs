//! Waits, deadlines and how waits are spread.

use super::*;

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

/// No attempt runs, and the caller waits for nothing.
#[test]
fn inv2_nobody_is_held_past_the_deadline() {
    let of = |ended: u64, late: &[(u64, u64)]| {
        let mut facts = facts();
        fault(&mut facts, 0, 10_000);
        let attempts = [(0, 300, Dropped)];
        let told = with_cause(Cause::TimedOut, 1, Why::PastDeadline);
        call(&mut facts, Read, &attempts, ended, told);
        facts.late = late
            .iter()
            .map(|&(at, late)| (at * MS, late * MS))
            .collect();
        broken(&facts)
    };
    assert_eq!(of(900, &[]), NOTHING);
    assert_eq!(of(907, &[]), NOTHING, "7 ms are allowed");
    assert_eq!(of(920, &[]), [2]);
    assert_eq!(of(920, &[(921, 14)]), NOTHING, "the run was as late");
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
    // Its caller is held as long: one rule for each.
    assert_eq!(calls(890, 950), [2, 2], "it runs past it");
    assert_eq!(calls(920, 921), [2, 2], "it begins after it");
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
