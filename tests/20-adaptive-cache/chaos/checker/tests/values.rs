//! INV-5 and INV-11.

use super::*;

#[test]
fn inv11_nothing_comes_from_nowhere() {
    let of = |end| {
        let mut facts = facts();
        had(&mut facts, 0, "1");
        had(&mut facts, 500, "2");
        read(&mut facts, A, (100, 101), end);
        broken(&facts)
    };
    assert_eq!(of(given("1")), NOTHING);
    assert_eq!(of(given("3")), [11]);
    assert_eq!(of(given("2")), [11], "not yet");
    assert_eq!(of(ReadEnd::Given(told("integer", "1"))), [11], "a type");
}

#[test]
fn inv11_the_sentence_names_the_type() {
    let mut facts = facts();
    had(&mut facts, 0, "1");
    let integer = ReadEnd::Given(told("integer", "1"));
    read(&mut facts, A, (100, 101), integer);
    let sentence = &check(&facts)[0].sentence;
    assert_eq!(sentence, "k1 at a is the integer 1: the text 1 was written");
}

/// "one", and from 1,000 on "two", of which nobody was told; then "one" again at that time.
fn read_at(began: u64) -> Vec<u32> {
    let mut facts = facts();
    had(&mut facts, 0, "one");
    had(&mut facts, 1_000, "two");
    read(&mut facts, A, (began, began + 1), given("one"));
    broken(&facts)
}

#[test]
fn inv5_nothing_outlives_its_time() {
    // A load of 600, 1,000 on its way, 3,000 in Redis, 800 in an instance, four commands of 100, and 42 of timers.
    assert_eq!(read_at(6_842), NOTHING);
    assert_eq!(read_at(6_843), [5]);
}

/// A load brings "one" at the end of `loaded`; "two" is written at 1,000, and an instance reads "one" then.
fn reads_older(
    (written_at, end): (Instance, WriteEnd),
    (reads_at, began): (Instance, u64),
    faults: &[(&str, u64, u64)],
) -> Vec<u32> {
    let mut facts = facts();
    had(&mut facts, 0, "one");
    let version = 0;
    load(&mut facts, A, 1, (900, 950), LoadEnd::Brought { version });
    write(&mut facts, written_at, How::Put, (1_000, 1_010), "two", end);
    read(&mut facts, reads_at, (began, began + 1), given("one"));
    for &(what, began, ended) in faults {
        fault(&mut facts, what, "redis", began, ended);
    }
    broken(&facts)
}

#[test]
fn inv11_nobody_reads_older_than_was_written_there() {
    assert_eq!(
        reads_older((A, WriteEnd::Taken), (A, 1_009), &[]),
        NOTHING,
        "it goes on"
    );
    for end in [WriteEnd::Taken, refused(), WriteEnd::Left] {
        assert_eq!(reads_older((A, end.clone()), (A, 1_011), &[]), [11]);
        assert_eq!(
            reads_older((A, end), (B, 1_011), &[]),
            NOTHING,
            "another one's copy"
        );
    }
}

#[test]
fn inv11_nobody_reads_older_than_was_taken() {
    // 800 for a copy, 600 for a load, three commands of 100, and 42 of timers, after 1,010.
    let taken = || (A, WriteEnd::Taken);
    assert_eq!(reads_older(taken(), (B, 2_751), &[]), NOTHING);
    assert_eq!(reads_older(taken(), (B, 2_752), &[]), [11]);
    let refused = (A, refused());
    assert_eq!(
        reads_older(refused, (B, 2_752), &[]),
        NOTHING,
        "Redis has not taken it"
    );
}

#[test]
fn inv11_what_redis_forgot_is_not_held_against_the_cache() {
    let with = |began, faults: &[_]| reads_older((A, WriteEnd::Taken), (A, began), faults);
    assert_eq!(with(1_500, &[("flush", 1_100, 1_101)]), NOTHING);
    assert_eq!(
        with(1_500, &[("flush", 998, 999)]),
        [11],
        "before the write"
    );
    assert_eq!(
        with(2_500, &[("flush", 2_051, 2_052)]),
        [11],
        "the load was there long before"
    );
    assert_eq!(
        with(1_500, &[("cut from", 1_100, 1_101)]),
        [11],
        "that forgets nothing"
    );
    assert_eq!(
        with(1_500, &[("pause", 1_100, 1_900)]),
        [11],
        "nor does that"
    );
    assert_eq!(
        with(2_500, &[("pause", 1_100, 2_200)]),
        NOTHING,
        "longer than a mark lives"
    );
    let long_after = with(6_200, &[("flush", 1_100, 1_101)]);
    assert_eq!(
        long_after,
        [11, 11],
        "its time is over: for the writer and for all"
    );
}

/// Two puts: of "two" from 1,000 on, and of "three" from `began` on. Then "two" is read at A.
fn after_two_puts(first: (u64, WriteEnd), began: u64, reads: u64) -> Vec<u32> {
    let mut facts = facts();
    had(&mut facts, 0, "one");
    let (ended, end) = first;
    write(&mut facts, B, How::Put, (1_000, ended), "two", end);
    let taken = (began, began + 10);
    write(&mut facts, A, How::Put, taken, "three", WriteEnd::Taken);
    read(&mut facts, A, (reads, reads + 1), given("two"));
    broken(&facts)
}

#[test]
fn inv11_of_two_writes_at_once_either_may_stay() {
    assert_eq!(
        after_two_puts((1_100, WriteEnd::Taken), 1_050, 1_200),
        NOTHING
    );
    assert_eq!(after_two_puts((1_100, WriteEnd::Taken), 1_101, 1_200), [11]);
}

#[test]
fn inv11_what_was_not_taken_may_arrive_later() {
    assert_eq!(after_two_puts((1_100, refused()), 1_500, 1_600), NOTHING);
    assert_eq!(
        after_two_puts((1_100, WriteEnd::Left), 1_500, 6_300),
        NOTHING
    );
    assert_eq!(
        after_two_puts((1_100, refused()), 1_500, 6_301),
        [11, 11],
        "its time is over"
    );
}

#[test]
fn inv11_what_looks_alike_counts_as_the_newest() {
    let mut facts = facts();
    had(&mut facts, 0, "yes");
    had(&mut facts, 500, "no");
    write(
        &mut facts,
        A,
        How::Delete,
        (1_000, 1_001),
        "yes",
        WriteEnd::Taken,
    );
    read(&mut facts, A, (1_002, 1_003), given("yes"));
    assert_eq!(broken(&facts), NOTHING);
    read(&mut facts, A, (1_004, 1_005), given("no"));
    assert_eq!(broken(&facts), [11]);
}

#[test]
fn inv11_in_the_end_all_is_as_the_source_has_it() {
    let of = |text, began| {
        let mut facts = facts();
        had(&mut facts, 0, "one");
        had(&mut facts, 1_000, "two");
        facts.settled_us = 5_000 * MS;
        read(&mut facts, A, (began, began + 1), given(text));
        broken(&facts)
    };
    assert_eq!(of("two", 5_000), NOTHING);
    assert_eq!(of("one", 5_000), [11]);
    assert_eq!(of("one", 4_999), NOTHING);
}
