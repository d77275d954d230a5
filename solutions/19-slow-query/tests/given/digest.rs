//! Of the digest: what a class adds up, which sample and which names it keeps.

use std::time::Duration;

use slow_query::core::digest::{Digest, Flags, Limits, Measure};
use slow_query::core::log::entry::{Command, Entry, PlanFlags, Timestamp};

/// A statement of one second, in a schema.
fn entry(statement: &[u8]) -> Entry<'_> {
    Entry {
        schema: Some(b"shop"),
        query_time: Duration::from_secs(1),
        command: Command::Statement(statement),
        ..Entry::default()
    }
}

fn digest<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Digest {
    let mut digest = Digest::new(Limits::default());
    for entry in entries {
        digest.add(&entry);
    }
    digest
}

#[test]
fn a_class_keeps_a_few_names() {
    let users: Vec<String> = (0..20).map(|number| format!("u{number:02}")).collect();
    let with = |user: &'static str| Entry {
        user: Some(user.as_bytes()),
        ..entry(b"select 1")
    };
    let named = |names: &[String]| {
        let mut digest = Digest::new(Limits::default());
        for user in names {
            digest.add(&Entry {
                user: Some(user.as_bytes()),
                ..entry(b"select 1")
            });
        }
        let class = digest.by_total_time()[0].users.clone();
        (class.kept().to_vec(), class.more())
    };
    assert_eq!(named(&users[..8]), (users[..8].to_vec(), false));
    assert_eq!(named(&users[..9]), (users[..8].to_vec(), true));
    assert_eq!(named(&users), (users[..8].to_vec(), true));
    let reversed: Vec<String> = users.iter().rev().cloned().collect();
    assert_eq!(
        named(&reversed),
        (users[..8].to_vec(), true),
        "whatever the order"
    );
    // A ninth that is the same as one of eight is none.
    assert_eq!(
        named(&[&users[..8], &users[..1]].concat()),
        (users[..8].to_vec(), false)
    );
    let long = "x".repeat(1000);
    assert_eq!(named(&[long]).0[0].len(), 255);
    let digest = digest([
        with("b"),
        with("a"),
        with("b"),
        Entry {
            user: None,
            host: Some(b"\xff"),
            schema: None,
            ..entry(b"select 1")
        },
    ]);
    let class = digest.by_total_time()[0];
    assert_eq!(class.users.kept(), ["a", "b"]);
    assert_eq!(class.hosts.kept(), ["\u{fffd}"]);
    assert_eq!(class.schemas.kept(), ["shop"]);
}

#[test]
fn a_class_has_the_figures_of_its_statements() {
    let at = |micros| Some(Timestamp(micros));
    let first = Entry {
        at: at(50),
        user: Some(b"app"),
        host: Some(b"web1"),
        lock_time: Duration::from_millis(2),
        rows_sent: 3,
        rows_examined: 40,
        rows_affected: Some(5),
        error: Some(0),
        plan: PlanFlags {
            full_scan: Some(true),
            filesort: Some(true),
            full_join: Some(false),
            ..PlanFlags::default()
        },
        ..entry(b"select 1")
    };
    let second = Entry {
        at: at(20),
        query_time: Duration::from_micros(7),
        rows_sent: 1,
        rows_examined: 2,
        error: Some(1205),
        truncated: true,
        plan: PlanFlags {
            full_scan: Some(true),
            full_join: Some(true),
            temporary_table: Some(true),
            temporary_table_on_disk: Some(true),
            filesort_on_disk: Some(true),
            filesort: Some(false),
        },
        ..entry(b"select 2")
    };
    let third = Entry {
        at: None,
        ..entry(b"select 3")
    };
    let digest = digest([first, second, third]);
    let class = digest.by_total_time()[0];
    let figures = |measure: &Measure| {
        [
            measure.count(),
            measure.total(),
            measure.min(),
            measure.max(),
        ]
    };
    assert_eq!(class.count, 3);
    assert_eq!(figures(&class.query_time), [3, 2_000_007, 7, 1_000_000]);
    assert_eq!(figures(&class.lock_time), [3, 2_000, 0, 2_000]);
    assert_eq!(figures(&class.rows_sent), [3, 4, 0, 3]);
    assert_eq!(figures(&class.rows_examined), [3, 42, 0, 40]);
    assert_eq!(figures(&class.rows_affected), [1, 5, 5, 5]);
    assert_eq!(
        (class.query_time.mean(), Measure::default().mean()),
        (2_000_007.0 / 3.0, 0.0)
    );
    assert_eq!((class.first, class.last), (at(20), at(50)));
    assert_eq!((class.errors, class.truncated), (1, 1));
    let flags = Flags {
        known: 2,
        full_scan: 2,
        full_join: 1,
        temporary_table: 1,
        temporary_table_on_disk: 1,
        filesort: 1,
        filesort_on_disk: 1,
    };
    assert_eq!(class.flags, flags);
    assert_eq!(Measure::default().percentile(99.0), 0);
}

/// The slowest, as it is the one to explain; a whole one, as half a statement cannot be.
#[test]
fn the_sample_is_the_slowest_that_is_whole() {
    let of = |seconds: u64, at: i64, truncated: bool, sql: &'static str| Entry {
        at: Some(Timestamp(at)),
        query_time: Duration::from_secs(seconds),
        truncated,
        ..entry(sql.as_bytes())
    };
    let slow = of(3, 5, false, "select 3");
    let entries = [
        of(1, 1, false, "select 1"),
        slow.clone(),
        of(9, 2, true, "select 9"),
        of(3, 7, false, "select 4"),
        of(2, 0, false, "select 2"),
    ];
    let mut reversed = entries.clone();
    reversed.reverse();
    for entries in [entries, reversed] {
        let digest = digest(entries);
        let sample = &digest.by_total_time()[0].sample;
        assert_eq!(sample.statement, "select 3");
        assert_eq!(sample.query_time, slow.query_time);
        assert_eq!(
            (sample.at, sample.schema.as_deref()),
            (slow.at, Some("shop"))
        );
        assert!(!sample.truncated && !sample.lossy);
    }
    let digest = digest([
        of(2, 1, true, "select 2"),
        of(9, 2, true, "select 9"),
        of(1, 1, true, "select 1"),
    ]);
    let sample = &digest.by_total_time()[0].sample;
    assert_eq!(
        (sample.statement.as_str(), sample.truncated),
        ("select 9", true)
    );
    // At once and equally slow: the text decides, not the order.
    let same = [
        of(1, 1, false, "select 5"),
        of(1, 1, false, "select 4"),
        of(1, 1, false, "select 6"),
    ];
    assert_eq!(
        self::digest(same).by_total_time()[0].sample.statement,
        "select 4"
    );
}

/// Of statements that have something in each figure: the class of two digests is that of all statements.
#[test]
fn a_merged_class_has_the_figures_of_all_statements() {
    let yes = Some(true);
    let of = |number: u64| {
        let seconds = Duration::from_secs(1 + number % 3);
        Entry {
            at: Some(Timestamp(100 - number as i64)),
            query_time: seconds,
            lock_time: Duration::from_micros(number),
            rows_sent: number,
            rows_examined: 10 * number,
            rows_affected: Some(100 * number),
            error: Some((number % 4) as u32),
            truncated: number % 5 == 1,
            plan: PlanFlags {
                full_scan: yes.filter(|_| number > 1),
                full_join: yes.filter(|_| number > 2),
                temporary_table: yes.filter(|_| number > 3),
                temporary_table_on_disk: yes.filter(|_| number > 4),
                filesort: yes.filter(|_| number > 5),
                filesort_on_disk: yes.filter(|_| number > 6),
            },
            ..entry(b"select 1")
        }
    };
    let whole = digest((0..20).map(of));
    for cut in [1, 5, 10, 19] {
        for turned in [false, true] {
            let (mut one, mut other) = (digest((0..cut).map(of)), digest((cut..20).map(of)));
            if turned {
                std::mem::swap(&mut one, &mut other);
            }
            one.merge(other);
            assert_eq!(one.by_total_time(), whole.by_total_time(), "cut at {cut}");
            assert_eq!(one.totals(), whole.totals());
        }
    }
    let class = whole.by_total_time()[0];
    assert_eq!(
        (class.errors, class.truncated, class.flags.known),
        (15, 4, 18)
    );
    assert_eq!(
        (class.flags.full_scan, class.flags.filesort_on_disk),
        (18, 13)
    );
}

/// What a `dbg!` or a panic prints of a class: how long its sample is, and not what is in it.
#[test]
fn a_sample_is_shown_without_its_statement() {
    let digest = digest([entry(b"select 'secret'")]);
    let shown = format!("{:?}", digest.by_total_time()[0].sample);
    assert_eq!(
        shown,
        "Sample { bytes: 15, truncated: false, lossy: false, schema: Some(\"shop\"), query_time: 1s, at: None }"
    );
}

/// Of two digests together there are more if there were more in either, or if both have too many.
#[test]
fn merged_names_know_that_there_are_more() {
    let of = |from: u32, to: u32| {
        let mut digest = Digest::new(Limits::default());
        for number in from..to {
            let user = format!("u{number:02}");
            digest.add(&Entry {
                user: Some(user.as_bytes()),
                ..entry(b"select 1")
            });
        }
        digest
    };
    for (one, two, more) in [
        ((0, 3), (3, 6), false),
        ((0, 5), (3, 8), false),
        ((0, 5), (5, 9), true),
        ((0, 9), (0, 2), true),
        ((0, 2), (0, 9), true),
        ((0, 8), (9, 10), true),
        ((0, 9), (0, 9), true),
    ] {
        let mut merged = of(one.0, one.1);
        merged.merge(of(two.0, two.1));
        let class = merged.by_total_time()[0];
        assert_eq!(class.users.more(), more, "{one:?} and {two:?}");
    }
}
