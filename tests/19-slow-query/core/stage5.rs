//! Stage 5: what becomes of advice, what is copied, what a report holds, and what is wrong with a pool. No server.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use slow_query::core::advice::{Advice, Remedy, RuleId};
use slow_query::core::digest::{Digest, Limits as DigestLimits};
use slow_query::core::log::Summary;
use slow_query::core::log::entry::{Command, Entry, Timestamp};
use slow_query::core::plan::Plan;
use slow_query::core::pool::{Book, Finding, Limits as PoolLimits, Snapshot, findings};
use slow_query::core::report::{Examined, Literals, Missing, Report, Rest, shown, untried};
use slow_query::core::rewrite::Rewrite;
use slow_query::core::rows::{Compared, Row, compare};
use slow_query::core::runnable::Refusal;
use slow_query::core::sample::{Join, Limits, Portion, Take, Wanted, plan, slices};
use slow_query::core::schema::{Index, Part};
use slow_query::core::verdict::{
    Figures, Run, Trial, Tried, Untried, Verdict, Withdrawn, fell, judge_drop, judge_index,
    judge_rewrite,
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn run(examined: u64, elapsed: Duration) -> Run {
    Run {
        examined,
        returned: 7,
        elapsed,
    }
}

fn trial(before: u64, after: u64) -> Trial {
    Trial {
        before: run(before, 10 * MS),
        after: run(after, 10 * MS),
    }
}

fn kept(before: u64, after: u64) -> Verdict {
    Verdict::Keep {
        figures: Figures { before, after },
    }
}

fn withdrawn(why: Withdrawn, before: u64, after: u64) -> Verdict {
    Verdict::Withdraw {
        why,
        figures: Figures { before, after },
    }
}

/// The second run is fast because the first one has filled the buffer pool.
#[test]
fn inv10_rows_decide_and_time_does_not() {
    let warm = Trial {
        before: run(10_000, 900 * MS),
        after: run(10_000, 5 * MS),
    };
    assert_eq!(
        judge_index(&warm),
        withdrawn(Withdrawn::NotFewerRows, 10_000, 10_000),
        "10,000 rows are read with the index and without it; that the second run took 5 ms instead of 900 is no merit of the index"
    );
    let cold = Trial {
        before: run(10_000, 5 * MS),
        after: run(10, 50 * MS),
    };
    assert_eq!(
        judge_index(&cold),
        kept(10_000, 10),
        "10 rows instead of 10,000, on a server that was busy"
    );
}

#[test]
fn inv10_a_fifth_fewer_is_the_least() {
    for (before, after, less) in [
        (100, 80, true),
        (100, 81, false),
        (5, 4, true),
        (9, 8, false),
        (1, 0, true),
        (0, 0, false),
        (0, 1, false),
        (100, 100, false),
        (100, u64::MAX, false),
        (u64::MAX, u64::MAX, false),
        (u64::MAX, u64::MAX / 2, true),
    ] {
        assert_eq!(fell(before, after), less, "from {before} to {after}");
    }
    assert_eq!(judge_index(&trial(1_000, 800)), kept(1_000, 800));
    assert_eq!(
        judge_index(&trial(1_000, 801)),
        withdrawn(Withdrawn::NotFewerRows, 1_000, 801)
    );
}

#[test]
fn inv10_too_few_rows_are_no_evidence() {
    assert_eq!(
        judge_index(&trial(99, 1)),
        Verdict::untried(Untried::TooFewRows { examined: 99 })
    );
    assert_eq!(judge_index(&trial(100, 1)), kept(100, 1));
}

/// An index changes no answer: whoever answers otherwise was not asked the same.
#[test]
fn inv10_runs_with_other_answers_are_not_compared() {
    let mut other = trial(10_000, 10);
    other.after.returned = 8;
    assert_eq!(
        judge_index(&other),
        Verdict::untried(Untried::NotRepeatable)
    );
}

#[test]
fn inv10_an_index_goes_only_if_every_statement_agrees() {
    let of = |name: &str, before, after| (name.to_owned(), trial(before, after));
    assert_eq!(
        judge_drop(&[of("A", 500, 500), of("B", 20, 20)], 0),
        kept(520, 520)
    );
    // As a class that reads two rows more than before.
    assert_eq!(judge_drop(&[of("A", 500, 502)], 0), kept(500, 502));
    let worse = Withdrawn::Worse {
        class: "B".to_owned(),
    };
    assert_eq!(
        judge_drop(&[of("A", 5_000, 10), of("B", 20, 500), of("C", 1, 9)], 0),
        withdrawn(worse.clone(), 5_021, 519),
        "B reads 25 times as many rows: that A reads fewer is no comfort"
    );
    assert_eq!(
        judge_drop(&[of("B", 80, 100)], 3),
        withdrawn(worse, 80, 100),
        "a fifth fewer with it"
    );
    assert_eq!(
        judge_drop(&[of("A", 500, 500)], 2),
        Verdict::untried(Untried::OtherStatements { untried: 2, of: 3 }),
        "two statements that could not be run may need it"
    );
    assert_eq!(
        judge_drop(&[], 1),
        Verdict::untried(Untried::OtherStatements { untried: 1, of: 1 })
    );
    assert_eq!(judge_drop(&[], 0), Verdict::untried(Untried::NoStatement));
}

#[test]
fn inv10_a_rewrite_that_returns_other_rows_is_withdrawn() {
    assert_eq!(
        judge_rewrite(&trial(10_000, 10), Compared::Other),
        withdrawn(Withdrawn::OtherRows, 10_000, 10),
        "a thousand times fewer rows are read, and the answer is another one"
    );
    assert_eq!(
        judge_rewrite(&trial(10_000, 10), Compared::OtherOrder),
        withdrawn(Withdrawn::OtherOrder, 10_000, 10)
    );
    assert_eq!(
        judge_rewrite(&trial(10_000, 10), Compared::NotRepeatable),
        Verdict::untried(Untried::NotRepeatable)
    );
    assert_eq!(
        judge_rewrite(&trial(10_000, 10), Compared::Same),
        kept(10_000, 10)
    );
    assert_eq!(
        judge_rewrite(&trial(10_000, 10_000), Compared::Same),
        withdrawn(Withdrawn::NotFewerRows, 10_000, 10_000)
    );
    let mut empty = trial(10_000, 10);
    (empty.before.returned, empty.after.returned) = (0, 0);
    assert_eq!(
        judge_rewrite(&empty, Compared::Same),
        Verdict::untried(Untried::NothingReturned)
    );
    assert_eq!(
        judge_rewrite(&empty, Compared::Other),
        withdrawn(Withdrawn::OtherRows, 10_000, 10)
    );
}

fn rows(texts: &[Option<&str>]) -> Vec<Row> {
    texts
        .iter()
        .map(|text| vec![text.map(|text| text.as_bytes().to_vec())])
        .collect()
}

#[test]
fn inv10_duplicates_and_nulls_and_order_are_compared() {
    let original = rows(&[Some("a"), Some("b"), Some("b"), None]);
    let turned = rows(&[None, Some("b"), Some("a"), Some("b")]);
    for (what, rewritten, ordered, expected) in [
        ("the same", original.clone(), true, Compared::Same),
        (
            "another order, of a statement that does not order",
            turned.clone(),
            false,
            Compared::Same,
        ),
        (
            "another order, of one that does",
            turned.clone(),
            true,
            Compared::OtherOrder,
        ),
        (
            "a duplicate lost",
            rows(&[Some("a"), Some("b"), None]),
            false,
            Compared::Other,
        ),
        (
            "a duplicate of another row",
            rows(&[Some("a"), Some("a"), Some("b"), None]),
            false,
            Compared::Other,
        ),
        (
            "an empty text for a NULL",
            rows(&[Some("a"), Some("b"), Some("b"), Some("")]),
            false,
            Compared::Other,
        ),
        ("nothing", Vec::new(), false, Compared::Other),
    ] {
        assert_eq!(
            compare(&original, &original, &rewritten, ordered),
            expected,
            "{what}"
        );
    }
    assert_eq!(
        compare(&original, &turned, &turned, false),
        Compared::Same,
        "no order was promised"
    );
    let random = rows(&[Some("0.1")]);
    assert_eq!(
        compare(&random, &rows(&[Some("0.7")]), &rows(&[Some("0.3")]), false),
        Compared::NotRepeatable
    );
}

fn table(name: &str, rows: u64) -> Wanted {
    Wanted {
        table: name.to_owned(),
        rows,
        row_bytes: 100,
        key: vec!["id".to_owned()],
        key_is_number: true,
        indexed: BTreeSet::from(["id".to_owned(), "customer_id".to_owned()]),
    }
}

fn join(left: (&str, &str), right: (&str, &str)) -> Join {
    let column = |(table, column): (&str, &str)| (table.to_owned(), column.to_owned());
    Join {
        left: column(left),
        right: column(right),
    }
}

fn limits(rows: u64) -> Limits {
    Limits::new(rows, 1 << 30).unwrap()
}

fn named<'a>(portions: &'a [Portion], name: &str) -> &'a Portion {
    portions
        .iter()
        .find(|portion| portion.table == name)
        .unwrap()
}

/// Whoever copies the whole of a large table does to the analysed server what a slow statement does.
#[test]
fn inv11_a_sample_is_capped() {
    let tables = [
        table("orders", 5_000_000),
        table("items", 20_000_000),
        table("customers", 300_000),
    ];
    let portions = plan(&tables, &[], &limits(10_000));
    let copied: u64 = portions.iter().map(|portion| portion.rows).sum();
    assert!(
        copied <= 30_000,
        "three tables of 25,300,000 rows, at most 10,000 of each: {copied} rows would be copied"
    );
    assert_eq!(portions.len(), 3);
}

#[test]
fn inv11_a_sample_is_capped_in_bytes() {
    let mut wide = table("documents", 50_000);
    wide.row_bytes = 64 << 10;
    let bytes = Limits::new(10_000, 2 << 20).unwrap();
    // Half of 2 MiB for each of two tables: 16 rows of 64 KiB.
    let portions = plan(&[wide.clone(), table("orders", 40_000)], &[], &bytes);
    assert_eq!(named(&portions, "documents").rows, 16);
    assert_eq!(named(&portions, "orders").rows, 10_000);
    wide.row_bytes = 1 << 40;
    assert_eq!(
        plan(&[wide.clone()], &[], &bytes)[0].rows,
        1,
        "a row that is larger than everything is still one"
    );
    wide.row_bytes = 0;
    assert_eq!(
        plan(&[wide], &[], &bytes)[0].rows,
        10_000,
        "nothing is known of its size"
    );
    assert_eq!(plan(&[], &[], &bytes), []);
}

#[test]
fn inv11_a_sample_is_spread_over_the_key() {
    let by_two = Wanted {
        key: vec!["day".to_owned(), "id".to_owned()],
        key_is_number: false,
        ..table("visits", 30_000)
    };
    let by_text = Wanted {
        key: vec!["code".to_owned()],
        key_is_number: false,
        ..table("codes", 20_000)
    };
    let without = Wanted {
        key: Vec::new(),
        key_is_number: false,
        ..table("heap", 15_000)
    };
    let (edge, small) = (table("edge", 10_000), table("small", 3));
    let portions = plan(
        &[
            small,
            edge,
            without,
            by_text,
            by_two,
            table("orders", 40_000),
        ],
        &[],
        &limits(10_000),
    );
    let takes: Vec<(&str, &Take)> = portions
        .iter()
        .map(|portion| (portion.table.as_str(), &portion.take))
        .collect();
    let ends = |columns: &[&str]| Take::Ends {
        columns: columns.iter().map(|&name| name.to_owned()).collect(),
    };
    assert_eq!(
        takes,
        [
            (
                "orders",
                &Take::Slices {
                    column: "id".to_owned()
                }
            ),
            ("visits", &ends(&["day", "id"])),
            ("codes", &ends(&["code"])),
            ("heap", &Take::First),
            ("edge", &Take::Whole),
            ("small", &Take::Whole),
        ],
        "the largest first"
    );
    assert!(
        portions.iter().all(|portion| portion.rows == 10_000),
        "also of a table that is taken whole: {portions:?}"
    );
}

/// Tables that are as large come by their names, whatever order they were given in.
#[test]
fn inv11_two_plans_are_the_same() {
    let (one, other) = (table("a", 90_000), table("b", 90_000));
    assert_eq!(
        plan(&[one.clone(), other.clone()], &[], &limits(100)),
        plan(&[other, one], &[], &limits(100))
    );
}

#[test]
fn inv11_what_joins_is_copied_to_match() {
    let tables = [
        table("orders", 900_000),
        table("customers", 200_000),
        table("cities", 50),
    ];
    let joins = [
        join(("orders", "city"), ("cities", "id")),
        join(("customers", "id"), ("orders", "customer_id")),
        join(("customers", "city"), ("cities", "id")),
    ];
    let portions = plan(&tables, &joins, &limits(5_000));
    let follows = Take::Following {
        column: "id".to_owned(),
        of: "orders".to_owned(),
        of_column: "customer_id".to_owned(),
    };
    assert_eq!(
        named(&portions, "orders").take,
        Take::Slices {
            column: "id".to_owned()
        }
    );
    assert_eq!(
        named(&portions, "customers").take,
        follows,
        "the customers of the orders that were copied"
    );
    assert_eq!(named(&portions, "customers").rows, 5_000);
    assert_eq!(named(&portions, "cities").take, Take::Whole);

    // The other way round it is the larger one that would follow: it comes first and follows nobody.
    let turned = plan(
        &[table("orders", 900_000), table("customers", 1_000_000)],
        &joins,
        &limits(5_000),
    );
    assert_eq!(
        named(&turned, "customers").take,
        Take::Slices {
            column: "id".to_owned()
        }
    );
    assert!(
        matches!(&named(&turned, "orders").take, Take::Following { column, of, .. } if column == "customer_id" && of == "customers")
    );
}

#[test]
fn inv11_no_join_is_followed_that_would_scan() {
    let follow = |joins: &[Join], small: u64| {
        let tables = [table("orders", small), table("customers", 20_000)];
        named(&plan(&tables, joins, &limits(5_000)), "customers")
            .take
            .clone()
    };
    let own = Take::Slices {
        column: "id".to_owned(),
    };
    let by_name = join(("customers", "name"), ("orders", "name"));
    assert_eq!(
        follow(std::slice::from_ref(&by_name), 900_000),
        own,
        "no index begins with customers.name"
    );
    let by_id = join(("orders", "customer_id"), ("customers", "id"));
    assert!(matches!(
        follow(&[by_name, by_id.clone()], 900_000),
        Take::Following { .. }
    ));
    // All of the other table is there: there is nothing to match.
    let whole = [table("orders", 10_000), table("customers", 5_000)];
    let portions = plan(&whole, std::slice::from_ref(&by_id), &limits(5_000));
    assert_eq!(named(&portions, "customers").take, Take::Whole);
    let whole = [table("customers", 4_000), table("orders", 5_001)];
    let portions = plan(
        &whole,
        &[join(("orders", "id"), ("customers", "id"))],
        &limits(5_000),
    );
    assert_eq!(named(&portions, "orders").take, own);
}

#[test]
fn inv11_slices_of_a_key() {
    assert_eq!(slices(1, 100, 4), [(1, 25), (26, 50), (51, 75), (76, 100)]);
    assert_eq!(slices(-5, 4, 3), [(-5, -3), (-2, 0), (1, 4)]);
    assert_eq!(slices(7, 7, 16), [(7, 7)]);
    assert_eq!(slices(1, 3, 16), [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(slices(1, 100, 0), []);
    assert_eq!(slices(2, 1, 16), []);
    let (least, most) = (i128::from(i64::MIN), i128::from(u64::MAX));
    let all = slices(least, most, 16);
    assert_eq!((all.len(), all[0].0, all[15].1), (16, least, most));
}

proptest! { #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    /// Every value of the key lies in exactly one of them, and none is much longer than another.
    #[test]
    fn inv11_slices_touch_and_do_not_overlap(low in -1_000_i128..1_000, values in 1_i128..500, count in 1_u64..40) {
        let high = low + values - 1;
        let all = slices(low, high, count);
        prop_assert_eq!(all.len() as i128, values.min(i128::from(count)));
        prop_assert_eq!((all[0].0, all[all.len() - 1].1), (low, high));
        for pair in all.windows(2) {
            prop_assert_eq!(pair[0].1 + 1, pair[1].0);
        }
        let lengths = || all.iter().map(|(low, high)| high - low + 1);
        prop_assert!(lengths().max().unwrap() - lengths().min().unwrap() <= 1);
    }
}

/// What a user typed.
const SECRET: &str = "anna@example.com";

fn digest(statements: &[(&str, u64)]) -> Digest {
    let mut digest = Digest::new(DigestLimits::default());
    for (statement, millis) in statements {
        digest.add(&Entry {
            at: Some(Timestamp(1_780_000_000_000_000)),
            user: Some(b"shop"),
            host: Some(b"web1"),
            schema: Some(b"shop"),
            query_time: *millis as u32 * MS,
            rows_sent: 1,
            rows_examined: 1_000,
            command: Command::Statement(statement.as_bytes()),
            ..Entry::default()
        });
    }
    digest
}

fn advice(rule: &'static str, remedy: Remedy) -> Advice {
    Advice {
        rule: RuleId(rule),
        table: None,
        remedy,
        why: "Because.".to_owned(),
    }
}

fn index(column: &str) -> Index {
    let part = Part {
        column: Some(column.to_owned()),
        prefix: None,
        descending: false,
    };
    Index {
        name: format!("by_{column}"),
        parts: vec![part],
        visible: true,
        ..Index::default()
    }
}

fn tried(verdict: Verdict) -> Tried {
    Tried::new(verdict)
}

#[test]
fn inv5_no_literal_is_in_a_report_unless_asked() {
    let statement = format!(
        "SELECT id FROM users WHERE DATE(seen) = '2026-05-09' AND email = '{SECRET}' AND pin = 4711"
    );
    let digest = digest(&[(&statement, 20)]);
    let rewrite = Rewrite {
        rule: RuleId("SQL001"),
        sql: statement.replace("DATE(seen)", "seen"),
        shape: "select id from users where seen = ?".to_owned(),
        keeps_order: false,
    };
    let report = |literals| {
        let classes = digest.by_total_time();
        let examined = [Examined {
            class: classes[0],
            plan: Err(Untried::Server { number: Some(1054) }),
            advice: vec![(
                advice("SQL001", Remedy::Rewrite(rewrite.clone())),
                tried(kept(10, 1)),
            )],
        }];
        let report = Report::new(
            (&digest, &Summary::default(), 1),
            &examined,
            &[],
            10,
            literals,
        );
        serde_json::to_string(&report).unwrap()
    };
    let hidden = report(Literals::Hidden);
    for literal in [SECRET, "4711", "2026-05-09"] {
        assert!(
            !hidden.contains(literal),
            "nobody asked for literals, and the report has {literal}: {hidden}"
        );
    }
    assert!(
        hidden.contains("select id from users where date(seen) = ? and email = ? and pin = ?"),
        "{hidden}"
    );
    assert!(hidden.contains(&rewrite.shape), "{hidden}");
    let asked = report(Literals::Shown);
    assert!(
        asked.contains(&statement) && asked.contains(&rewrite.sql),
        "{asked}"
    );
    assert_eq!(shown(Literals::Hidden, "a", "b"), "a");
    assert_eq!(shown(Literals::Shown, "a", "b"), "b");
    assert_eq!(shown(Literals::default(), "a", "b"), "a");
}

/// The sketch goes on to the next statement when EXPLAIN fails; whoever reads its report takes silence for health.
#[test]
fn inv10_what_was_not_explained_or_not_tried_is_listed() {
    let digest = digest(&[
        ("SELECT a FROM t", 30),
        ("SELECT b FROM t", 20),
        ("SELECT c FROM t", 10),
    ]);
    let classes = digest.by_total_time();
    let create = || {
        advice(
            "IDX001",
            Remedy::CreateIndex {
                table: "t".to_owned(),
                index: index("a"),
            },
        )
    };
    let drop = || {
        advice(
            "IDX009",
            Remedy::DropIndex {
                table: "t".to_owned(),
                name: "by_a".to_owned(),
            },
        )
    };
    let timed_out = Untried::TimedOut { limit_ms: 5_000 };
    let examined = [
        Examined {
            class: classes[0],
            plan: Err(timed_out.clone()),
            advice: Vec::new(),
        },
        Examined {
            class: classes[1],
            plan: Ok(Plan::default()),
            advice: vec![
                (create(), tried(kept(10, 1))),
                (
                    advice("SQL004", Remedy::Tell),
                    tried(Verdict::untried(Untried::ForAPerson)),
                ),
                (create(), tried(withdrawn(Withdrawn::NotFewerRows, 10, 10))),
                (create(), tried(Verdict::untried(Untried::NoSample))),
            ],
        },
        Examined {
            class: classes[2],
            plan: Err(Untried::Refused { why: Refusal::Kind }),
            advice: vec![(create(), tried(Verdict::untried(Untried::NoScratch)))],
        },
    ];
    let over_all = [
        (drop(), tried(Verdict::untried(Untried::NoStatement))),
        (drop(), tried(kept(5, 5))),
    ];
    let ids: Vec<String> = classes.iter().map(|class| class.id.to_string()).collect();
    let missing = |class: Option<usize>, what: &str, why: Untried| Missing {
        class: class.map(|class| ids[class].clone()),
        what: what.to_owned(),
        why,
    };
    let expected = [
        missing(Some(0), "plan", timed_out),
        missing(Some(1), "IDX001", Untried::NoSample),
        missing(Some(2), "plan", Untried::Refused { why: Refusal::Kind }),
        missing(Some(2), "IDX001", Untried::NoScratch),
        missing(None, "IDX009", Untried::NoStatement),
    ];
    assert_eq!(
        untried(&examined, &over_all),
        expected,
        "two statements were not explained, and three pieces of advice were not tried"
    );
    // Also of classes that are not shown.
    let report = Report::new(
        (&digest, &Summary::default(), 1),
        &examined,
        &over_all,
        1,
        Literals::Hidden,
    );
    assert_eq!(report.untried, expected);
    assert_eq!(report.classes.len(), 1);
    assert_eq!(
        report.rest,
        Rest {
            classes: 2,
            statements: 2,
            query_time_us: 30_000
        }
    );
    assert_eq!(
        report.classes[0].plan_untried,
        Some(Untried::TimedOut { limit_ms: 5_000 })
    );
}

#[test]
fn inv5_a_report_shows_what_to_do_and_by_how_much() {
    let digest = digest(&[
        ("SELECT a FROM t WHERE a = 1", 30),
        ("SELECT a FROM t WHERE a = 2", 10),
        ("SELECT b FROM t", 60),
    ]);
    let classes = digest.by_total_time();
    let create = advice(
        "IDX001",
        Remedy::CreateIndex {
            table: "t".to_owned(),
            index: index("a"),
        },
    );
    let drop = advice(
        "IDX009",
        Remedy::DropIndex {
            table: "t".to_owned(),
            name: "by_a".to_owned(),
        },
    );
    let verdicts = [withdrawn(Withdrawn::NotFewerRows, 9, 9), kept(9, 1)];
    let [nothing, something] = verdicts.map(|verdict| {
        let examined = [
            Examined {
                class: classes[0],
                plan: Ok(Plan::default()),
                advice: Vec::new(),
            },
            Examined {
                class: classes[1],
                plan: Ok(Plan::default()),
                advice: vec![
                    (create.clone(), tried(verdict)),
                    (
                        advice("SQL004", Remedy::Tell),
                        tried(Verdict::untried(Untried::ForAPerson)),
                    ),
                ],
            },
        ];
        let over_all = [(drop.clone(), tried(Verdict::untried(Untried::NoStatement)))];
        Report::new(
            (&digest, &Summary::default(), 3),
            &examined,
            &over_all,
            9,
            Literals::Hidden,
        )
    });
    assert!(!nothing.advises(), "it was tried and withdrawn");
    assert!(something.advises());
    assert_eq!((something.log.files, something.log.statements), (3, 3));
    assert_eq!(something.log.query_time_us.total, 100_000);
    assert_eq!(
        something.log.first.as_deref(),
        Some("2026-05-28 20:26:40 UTC")
    );
    let [first, second] = &something.classes[..] else {
        panic!("{something:?}")
    };
    assert_eq!((first.rank, first.count, first.share), (1, 1, 0.6));
    assert_eq!((second.rank, second.count, second.share), (2, 2, 0.4));
    assert_eq!(
        (second.query_time_us.max, second.rows_examined.total),
        (30_000, 2_000)
    );
    assert_eq!(second.query_time_us.mean, 20_000.0);
    let remedies: Vec<Option<&str>> = second
        .advice
        .iter()
        .map(|tip| tip.remedy.as_deref())
        .collect();
    assert_eq!(
        remedies,
        [Some("ALTER TABLE `t` ADD INDEX `by_a` (`a`)"), None]
    );
    assert_eq!(second.advice[0].title, "No index finds these values");
    assert_eq!(
        something.over_all[0].remedy.as_deref(),
        Some("ALTER TABLE `t` DROP INDEX `by_a`")
    );
    assert_eq!(something.rest, Rest::default());
    let tally = something.tally();
    assert_eq!((tally.kept, tally.withdrawn, tally.untried), (1, 0, 1));
    let tally = nothing.tally();
    assert_eq!((tally.kept, tally.withdrawn, tally.untried), (0, 1, 1));
}

/// Waits above 100 ms, connections held for more than 10 s, nine tenths of the time without a free one.
fn pool_limits() -> PoolLimits {
    PoolLimits::new(100 * MS, 10 * SECOND, 0.9).unwrap()
}

/// What a pool looks like all day.
fn healthy() -> Snapshot {
    Snapshot {
        max: 10,
        open: 10,
        idle: 8,
        held: vec![
            ("src/a.rs:1".to_owned(), 10 * SECOND),
            ("src/b.rs:2".to_owned(), MS),
        ],
        waiting: vec![100 * MS],
        longest_wait: 100 * MS,
        acquired: 5_000,
        gave_up: 3,
        saturated: 8 * SECOND,
        watched: 100 * SECOND,
    }
}

/// Eight connections that nobody uses are what a pool keeps for the next eight callers.
#[test]
fn inv12_a_healthy_pool_has_nothing_to_report() {
    let found = findings(&healthy(), &pool_limits());
    assert_eq!(
        found,
        [],
        "8 of 10 connections are idle, 2 are held for no longer than the limit, and it was reported"
    );
    assert_eq!(findings(&Snapshot::default(), &pool_limits()), []);
    let resting = Snapshot {
        held: Vec::new(),
        waiting: Vec::new(),
        idle: 10,
        ..healthy()
    };
    assert_eq!(findings(&resting, &pool_limits()), []);
}

#[test]
fn inv12_leaks_are_found_by_the_place_that_took_them() {
    let (a, b) = ("src/a.rs:1".to_owned(), "src/b.rs:2".to_owned());
    let over = 10 * SECOND + Duration::from_nanos(1);
    let snapshot = Snapshot {
        held: vec![
            (b.clone(), 20 * SECOND),
            (a.clone(), over),
            (b.clone(), 40 * SECOND),
            (a.clone(), MS),
            (b.clone(), 30 * SECOND),
        ],
        ..healthy()
    };
    assert_eq!(
        findings(&snapshot, &pool_limits()),
        [
            Finding::Leak {
                place: a,
                connections: 1,
                longest: over
            },
            Finding::Leak {
                place: b,
                connections: 3,
                longest: 40 * SECOND
            },
        ]
    );
}

#[test]
fn inv12_saturation_and_waits_are_found_from_the_limit_on() {
    let full = Snapshot {
        saturated: 90 * SECOND,
        ..healthy()
    };
    assert_eq!(
        findings(&full, &pool_limits()),
        [Finding::Saturated { share: 0.9 }]
    );
    let nearly = Snapshot {
        saturated: 89 * SECOND,
        ..healthy()
    };
    assert_eq!(findings(&nearly, &pool_limits()), []);
    let longer = 100 * MS + Duration::from_nanos(1);
    let now = Snapshot {
        waiting: vec![MS, longer, 50 * MS],
        ..healthy()
    };
    assert_eq!(
        findings(&now, &pool_limits()),
        [Finding::Waiters {
            now: 3,
            longest: longer
        }]
    );
    let before = Snapshot {
        waiting: Vec::new(),
        longest_wait: longer,
        ..healthy()
    };
    assert_eq!(
        findings(&before, &pool_limits()),
        [Finding::Waiters {
            now: 0,
            longest: longer
        }]
    );
    let all = Snapshot {
        held: vec![("x".to_owned(), 11 * SECOND)],
        saturated: 99 * SECOND,
        longest_wait: SECOND,
        ..healthy()
    };
    assert_eq!(findings(&all, &pool_limits()).len(), 3);
}

#[test]
fn inv12_a_share_is_of_the_time_that_was_watched() {
    let book = Book::new(1).snapshot(0, 0, Duration::ZERO);
    assert_eq!(book.saturation(), 0.0, "before any time has passed");
    let mut book = Book::new(1);
    assert_eq!(book.snapshot(0, 0, SECOND).saturation(), 0.0);
    let ticket = book.asks(SECOND);
    book.has(ticket, "x".to_owned(), SECOND);
    assert_eq!(book.snapshot(1, 0, 4 * SECOND).saturation(), 0.75);
    let odd = Snapshot {
        saturated: 3 * SECOND,
        watched: SECOND,
        ..Snapshot::default()
    };
    assert_eq!(odd.saturation(), 1.0);
}

#[test]
fn inv12_saturated_is_the_time_without_a_free_connection() {
    let mut book = Book::new(2);
    let (a, b) = (book.asks(SECOND), book.asks(SECOND));
    book.has(a, "a".to_owned(), 2 * SECOND);
    book.has(b, "b".to_owned(), 5 * SECOND);
    let c = book.asks(6 * SECOND);
    book.returns(a, 9 * SECOND);
    book.has(c, "c".to_owned(), 9 * SECOND);
    book.returns(b, 11 * SECOND);
    let snapshot = book.snapshot(2, 1, 20 * SECOND);
    assert_eq!(
        snapshot.saturated,
        6 * SECOND,
        "both were taken from the fifth second to the eleventh"
    );
    assert_eq!((snapshot.max, snapshot.open, snapshot.idle), (2, 2, 1));
    assert_eq!(snapshot.held, [("c".to_owned(), 11 * SECOND)]);
    assert_eq!(
        snapshot.longest_wait,
        4 * SECOND,
        "b waited from the first second to the fifth"
    );
    assert_eq!(
        (snapshot.acquired, snapshot.gave_up, snapshot.waiting.len()),
        (3, 0, 0)
    );
    assert_eq!(snapshot.watched, 20 * SECOND);
}

#[test]
fn inv12_who_goes_away_is_no_waiter() {
    let mut book = Book::new(1);
    let (a, b) = (book.asks(SECOND), book.asks(2 * SECOND));
    assert_eq!(
        book.snapshot(1, 0, 4 * SECOND).waiting,
        [3 * SECOND, 2 * SECOND]
    );
    book.gives_up(a, 5 * SECOND);
    // Told twice, or of somebody who never waited.
    book.gives_up(a, 6 * SECOND);
    book.has(a, "a".to_owned(), 6 * SECOND);
    book.returns(a, 6 * SECOND);
    let snapshot = book.snapshot(1, 0, 6 * SECOND);
    assert_eq!(snapshot.waiting, [4 * SECOND]);
    assert_eq!(
        (snapshot.gave_up, snapshot.acquired, snapshot.held.len()),
        (1, 0, 0)
    );
    assert_eq!(
        snapshot.longest_wait,
        4 * SECOND,
        "a's, though it came to nothing"
    );
    book.has(b, "b".to_owned(), 6 * SECOND);
    assert_eq!(
        book.snapshot(1, 0, 7 * SECOND).held,
        [("b".to_owned(), SECOND)]
    );
}

#[test]
fn inv12_a_clock_that_steps_back_stands_still() {
    let mut book = Book::new(1);
    let a = book.asks(10 * SECOND);
    book.has(a, "a".to_owned(), 4 * SECOND);
    let snapshot = book.snapshot(1, 0, 3 * SECOND);
    assert_eq!(
        (snapshot.watched, snapshot.saturated),
        (10 * SECOND, Duration::ZERO)
    );
    assert_eq!(snapshot.held, [("a".to_owned(), Duration::ZERO)]);
    assert_eq!(book.snapshot(1, 0, 12 * SECOND).saturated, 2 * SECOND);
}

/// All of the larger table is there, because its rows are short: there is nothing to match, though another table is there in part.
#[test]
fn inv11_nobody_follows_a_table_that_is_whole() {
    let mut wide = table("documents", 4_000);
    wide.row_bytes = 64 << 10;
    let tables = [table("orders", 900_000), table("events", 4_500), wide];
    let joins = [join(("documents", "id"), ("events", "document"))];
    let bytes = Limits::new(5_000, 6 << 20).unwrap();
    let portions = plan(&tables, &joins, &bytes);
    assert_eq!(named(&portions, "events").take, Take::Whole);
    let documents = named(&portions, "documents");
    assert_eq!(documents.rows, 32);
    assert_eq!(
        documents.take,
        Take::Slices {
            column: "id".to_owned()
        },
        "a sample of its own"
    );
}
