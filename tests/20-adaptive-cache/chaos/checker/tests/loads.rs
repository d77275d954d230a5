//! INV-9.

use super::*;

#[test]
fn inv9_one_load_at_a_time() {
    let of = |second: (Instance, u32, u64)| {
        let mut facts = facts();
        let (by, key, began) = second;
        load(&mut facts, A, 1, (0, 20), LoadEnd::Failed);
        load(&mut facts, by, key, (began, began + 1), LoadEnd::Failed);
        broken(&facts)
    };
    assert_eq!(of((A, 1, 20)), NOTHING);
    assert_eq!(of((A, 1, 19)), [9]);
    assert_eq!(of((B, 1, 19)), NOTHING, "each instance has its own");
    assert_eq!(of((A, 2, 19)), NOTHING, "another key");
}

#[test]
fn inv9_a_short_load_within_a_long_one_does_not_hide_it() {
    let mut facts = facts();
    load(&mut facts, A, 1, (0, 100), LoadEnd::Failed);
    load(&mut facts, A, 1, (10, 20), LoadEnd::Failed);
    load(&mut facts, A, 1, (50, 60), LoadEnd::Failed);
    let violations = check(&facts);
    assert_eq!(violations[0].evidence[1], "2 of them in all");
}

#[test]
fn inv9_no_load_is_dropped_early() {
    let of = |ended| {
        let mut facts = facts();
        load(&mut facts, A, 1, (0, ended), LoadEnd::Dropped);
        broken(&facts)
    };
    // It may take 600, and its timer was set up to 42 before it was recorded.
    assert_eq!(of(558), NOTHING);
    assert_eq!(of(557), [9]);
}

/// A read from 10 to 30 that is told `end`, beside a load of k1 at `by` that ends so then.
fn told_beside(end: ReadEnd, by: Instance, ended: u64, load_end: LoadEnd) -> Vec<u32> {
    let mut facts = facts();
    let began = ended.saturating_sub(700);
    load(&mut facts, by, 1, (began, ended), load_end);
    read(&mut facts, A, (10, 30), end);
    broken(&facts)
}

#[test]
fn inv9_an_error_is_that_of_a_load() {
    use LoadEnd::{Brought, Failed, Panicked};
    let failed = || ReadEnd::LoadFailed { number: 0 };
    assert_eq!(told_beside(failed(), A, 20, Failed), NOTHING);
    assert_eq!(told_beside(failed(), A, 9, Failed), [9], "it was over");
    assert_eq!(told_beside(failed(), A, 31, Failed), [9], "it went on");
    assert_eq!(told_beside(failed(), B, 20, Failed), [9], "another one's");
    assert_eq!(told_beside(failed(), A, 20, Brought { version: 0 }), [9]);
    let other = ReadEnd::LoadFailed { number: 7 };
    assert_eq!(told_beside(other, A, 20, Failed), [9], "another number");
    assert_eq!(told_beside(ReadEnd::LoadLost, A, 20, Panicked), NOTHING);
    assert_eq!(told_beside(ReadEnd::LoadLost, A, 20, Failed), [9]);
    let redis = ReadEnd::Other("redis: timed out".to_owned());
    assert_eq!(told_beside(redis, A, 20, Failed), [11]);
    let panicked = told_beside(ReadEnd::Panicked, A, 20, Panicked);
    assert_eq!(
        panicked,
        [9],
        "a panic is the loader's, and not the reader's"
    );
}

#[test]
fn inv9_a_load_that_timed_out_had_its_time() {
    let mut facts = facts();
    load(&mut facts, A, 1, (0, 600), LoadEnd::Dropped);
    read(&mut facts, A, (10, 601), ReadEnd::LoadTimedOut);
    assert_eq!(broken(&facts), NOTHING);
    facts.loads[0].began_us = 42 * MS + 1;
    assert_eq!(
        broken(&facts),
        [9, 9],
        "dropped early, and nobody's time-out"
    );
}

#[test]
fn inv9_nobody_waits_too_long() {
    // Two fetches of 900, and the grain of six timers.
    let reads = |took, end, late: &[(u64, u64)]| {
        let mut facts = facts();
        had(&mut facts, 0, "one");
        read(&mut facts, A, (0, took), end);
        facts.late = late
            .iter()
            .map(|&(at, late)| (at * MS, late * MS))
            .collect();
        broken(&facts)
    };
    assert_eq!(reads(1_842, given("one"), &[]), NOTHING);
    assert_eq!(reads(1_843, given("one"), &[]), [9]);
    assert_eq!(reads(1_900, given("one"), &[(500, 30), (900, 30)]), NOTHING);
    assert_eq!(reads(8_000, ReadEnd::Hung, &[]), [9]);
    assert_eq!(reads(8_000, ReadEnd::Left, &[]), NOTHING);
    let writes = |took, end| {
        let mut facts = facts();
        had(&mut facts, 0, "one");
        write(&mut facts, A, How::Put, (0, took), "two", end);
        broken(&facts)
    };
    assert_eq!(writes(242, refused()), NOTHING, "two commands");
    assert_eq!(writes(243, refused()), [9]);
    assert_eq!(writes(8_000, WriteEnd::Hung), [9]);
    assert_eq!(writes(8_000, WriteEnd::Left), NOTHING);
}
