//! Stage 3: which advice a plan calls for, and which it does not.

use proptest::prelude::*;
use slow_query::core::advice::existing::{Usage, is_unused, redundant};
use slow_query::core::advice::health::{is_healthy, is_small, step_is_healthy};
use slow_query::core::advice::index::{Candidate, Ends, Wanted, order_columns, serves};
use slow_query::core::advice::{self, Advice, Case, Remedy, Seen};
use slow_query::core::plan::{Access, Plan, Step};
use slow_query::core::schema::{Column, Index, Kind, Method, Schema, Table};
use slow_query::core::statement::access::{Role, Sorted, role};
use slow_query::core::statement::facts::{ColumnRef, Test, Value};

use crate::shop::{
    advise, by, columns, cut, down, index, index_of, indexes, moment, nullable, number, of_type,
    parse, part, plan, primary, rules, scan, schema, schema_with, seen, step, table, text, unique,
};

// Invariant 5: no literal leaves.

/// Whatever is said of statements full of secrets, in plans full of them, none of it is a secret.
#[test]
fn inv5_no_advice_holds_a_literal() {
    let mut fired = Vec::new();
    for sql in [
        "SELECT * FROM orders WHERE status = 'canary' AND total > 31337 ORDER BY placed LIMIT 31337 OFFSET 31337",
        "SELECT id, 'canary' FROM orders WHERE DATE(placed) = 'canary' OR status IN ('canary', \"canary\") GROUP BY 'canary' HAVING status = 'canary'",
        "SELECT id FROM orders WHERE reference = 31337 AND note LIKE '%canary' AND status <> 'canary' AND total + 31337 = 31337 LIMIT 31337",
        "SELECT o.id FROM orders o JOIN customers c ON c.email = CONCAT(o.status, 'canary') AND c.country = 'canary' WHERE o.total IN (31337, 31338) ORDER BY RAND(31337)",
        "SELECT id FROM orders WHERE customer_id NOT IN (SELECT parent_id FROM customers WHERE name = 'canary') UNION SELECT 31337 FROM customers WHERE email = x'canary'",
        "SELECT id FROM customers c WHERE (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id AND o.status = 'canary') > 0",
        "UPDATE orders SET status = 'canary', total = 31337 WHERE status = 'canary' /* canary */ -- canary",
        "DELETE FROM orders WHERE placed BETWEEN 'canary' AND N'canary' AND status LIKE 'canary%'",
        "INSERT INTO settings SELECT 'canary', status FROM orders WHERE status = 'canary' AND total = -31337",
    ] {
        let statement = parse(&sql.replace("x'canary'", "x'c0ffee'"));
        let condition = Some("(`shop`.`orders`.`status` = 'canary' and total > 31337)".to_owned());
        let mut plan = plan(vec![
            Step {
                condition,
                ..step("orders", Access::FullScan, 20_000.0)
            },
            step("customers", Access::FullScan, 5_000.0),
        ]);
        (
            plan.filesort,
            plan.temporary_table,
            plan.materialised,
            plan.dependent_subquery,
        ) = (true, true, true, true);
        let seen = Seen {
            lock_time: std::time::Duration::from_secs(150),
            temporary_on_disk: 7,
            filesort_on_disk: 7,
            ..seen(9_000_000)
        };
        let schema = schema();
        let case = Case {
            seen,
            statement: &statement,
            plan: Some(&plan),
            schema: &schema,
        };
        let mut all = advice::advise(&case);
        all.extend(advice::over_all(&[case], &schema));
        let shown = format!(
            "{all:?} {} {statement:?}",
            all.iter()
                .map(|advice| advice.why.as_str())
                .collect::<String>()
        );
        for secret in ["canary", "31337", "c0ffee"] {
            assert!(
                !shown.contains(secret),
                "the literal {secret} of this statement is in what is said of it: {sql}\n{shown}"
            );
        }
        fired.extend(rules(&all));
    }
    fired.sort_unstable();
    fired.dedup();
    assert!(
        fired.len() >= 20,
        "only {} rules were heard: {fired:?}",
        fired.len()
    );
}

// Invariant 6: a healthy plan gets no advice, and neither does a small table.

#[test]
fn inv6_a_table_of_three_rows_gets_no_advice() {
    let plan = plan(vec![step("settings", Access::FullScan, 3.0)]);
    let said = advise(
        "SELECT * FROM settings WHERE value = 'x' LIMIT 1",
        &plan,
        &schema(),
    );
    assert_eq!(
        rules(&said),
        [] as [&str; 0],
        "a scan of 3 rows reads one page, and so would an index: {said:?}"
    );
}

#[test]
fn inv6_small_is_what_some_pages_hold() {
    for (rows, times, small) in [
        (0.0, 1.0, true),
        (500.0, 1.0, true),
        (501.0, 1.0, false),
        (5.0, 100.0, true),
        (5.0, 101.0, false),
        (501.0, 0.5, false),
        (500.0, 0.0, true),
    ] {
        assert_eq!(is_small(rows, times), small, "{rows} rows, {times} times");
    }
}

/// Three rows that are read for each of 5,000 customers are 15,000.
#[test]
fn inv6_a_small_table_that_is_read_again_and_again_is_not_small() {
    let plan = plan(vec![
        step("c", Access::FullScan, 5_000.0),
        step("s", Access::FullScan, 3.0),
    ]);
    let said = advise(
        "SELECT s.name FROM customers c JOIN settings s ON s.value = c.country",
        &plan,
        &schema(),
    );
    assert_eq!(indexes(&said), ["settings(value)"]);
}

/// What is written badly and costs nothing is left alone.
#[test]
fn inv6_a_healthy_plan_gets_no_advice() {
    let sorted = |mut plan: Plan| {
        plan.filesort = true;
        plan
    };
    for (sql, plan) in [
        (
            "SELECT * FROM orders WHERE id = 5",
            plan(vec![by("orders", Access::Constant, "PRIMARY", 1.0)]),
        ),
        (
            "SELECT * FROM orders WHERE customer_id = 5 LIMIT 3",
            plan(vec![by("orders", Access::Lookup, "by_customer", 12.0)]),
        ),
        (
            "SELECT * FROM orders WHERE customer_id = 5 ORDER BY placed",
            sorted(plan(vec![by(
                "orders",
                Access::Lookup,
                "by_customer",
                12.0,
            )])),
        ),
        (
            "SELECT * FROM orders WHERE id BETWEEN 5 AND 9000",
            plan(vec![by("orders", Access::Range, "PRIMARY", 9_000.0)]),
        ),
        (
            "SELECT * FROM orders WHERE id IN (1, 2) OR customer_id = 3",
            plan(vec![by("orders", Access::Merge, "by_customer", 14.0)]),
        ),
        (
            "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id < 9000",
            plan(vec![
                by("o", Access::Range, "PRIMARY", 9_000.0),
                by("c", Access::UniqueLookup, "PRIMARY", 1.0),
            ]),
        ),
        (
            "SELECT id FROM orders ORDER BY id LIMIT 10",
            plan(vec![by("orders", Access::FullScan, "PRIMARY", 10.0)]),
        ),
        (
            "SELECT 1",
            Plan {
                message: Some("No tables used".into()),
                ..Plan::default()
            },
        ),
    ] {
        let said = advise(sql, &plan, &schema());
        assert_eq!(
            rules(&said),
            [] as [&str; 0],
            "every step of this plan finds its rows by an index, and is told all the same: {sql}"
        );
    }
}

#[test]
fn inv6_how_rows_are_found_decides() {
    for (access, rows, healthy) in [
        (Access::Constant, 1e6, true),
        (Access::UniqueLookup, 1e6, true),
        (Access::FullText, 1e6, true),
        (Access::Lookup, 1e6, true),
        (Access::Merge, 1e6, true),
        (Access::Range, 1e6, true),
        (Access::IndexScan, 501.0, false),
        (Access::FullScan, 501.0, false),
        (Access::IndexScan, 500.0, true),
        (Access::FullScan, 500.0, true),
    ] {
        let plan = plan(vec![step("t", access, rows)]);
        assert_eq!(
            step_is_healthy(&plan, 0),
            healthy,
            "{access:?} of {rows} rows"
        );
        assert_eq!(is_healthy(&plan), healthy, "{access:?} of {rows} rows");
    }
    assert!(
        step_is_healthy(&Plan::default(), 3),
        "what is not there does no harm"
    );
}

/// An index that finds 2,000 rows, of which 1,000 are thrown away, is the wrong one.
#[test]
fn inv6_rows_that_are_read_in_vain_are_not_healthy() {
    for (access, counts) in [
        (Access::Lookup, true),
        (Access::Range, true),
        (Access::Merge, true),
        (Access::UniqueLookup, false),
        (Access::Constant, false),
    ] {
        let with = |filtered| {
            plan(vec![Step {
                filtered,
                ..by("t", access, "k", 2_000.0)
            }])
        };
        assert!(
            is_healthy(&with(75.0)),
            "{access:?}: 500 rows in vain are nothing"
        );
        assert_eq!(
            is_healthy(&with(74.0)),
            !counts,
            "{access:?}: 520 rows in vain"
        );
    }
    // In all loops together.
    let joined = plan(vec![
        by("t", Access::Range, "k", 1_000.0),
        Step {
            filtered: 40.0,
            ..by("u", Access::Lookup, "k", 1.0)
        },
    ]);
    assert!(
        !is_healthy(&joined),
        "600 of 1,000 rows of u are thrown away"
    );
}

#[test]
fn inv6_one_step_that_is_not_healthy_is_enough() {
    let steps = [
        by("a", Access::Range, "k", 9.0),
        step("b", Access::FullScan, 9_000.0),
        by("c", Access::UniqueLookup, "k", 1.0),
    ];
    for unhealthy in 0..3 {
        let mut order = steps.to_vec();
        order.swap(1, unhealthy);
        assert!(!is_healthy(&plan(order)), "the scan is step {unhealthy}");
    }
}

#[test]
fn inv6_what_is_sorted_or_collected_counts_if_it_is_much() {
    let flags: [fn(&mut Plan); 4] = [
        |plan| plan.filesort = true,
        |plan| plan.temporary_table = true,
        |plan| plan.materialised = true,
        |plan| {
            plan.dependent_subquery = true;
        },
    ];
    for (number, flag) in flags.iter().enumerate() {
        for (rows, healthy) in [(500.0, true), (501.0, false)] {
            let mut plan = plan(vec![by("t", Access::Range, "k", rows)]);
            assert!(is_healthy(&plan));
            flag(&mut plan);
            assert_eq!(is_healthy(&plan), healthy, "flag {number} with {rows} rows");
        }
    }
}

/// What was not explained is judged by what the log saw.
#[test]
fn inv6_without_a_plan_the_log_decides() {
    let statement = parse("SELECT id FROM orders WHERE YEAR(placed) = 2024");
    let schema = schema();
    let said = |examined| {
        let case = Case {
            seen: seen(examined),
            statement: &statement,
            plan: None,
            schema: &schema,
        };
        rules(&advice::advise(&case))
    };
    assert_eq!(said(500), [] as [&str; 0]);
    assert_eq!(said(20_000), ["SQL001", "ROW001"]);
}

/// Half of the rows are paid: an index would find half of the table.
#[test]
fn inv6_a_flag_alone_is_not_indexed() {
    for type_name in ["tinyint(1)", "TINYINT(1)", "bit(1)", "enum('a','b')"] {
        let mut schema = schema();
        let orders = schema.tables.get_mut("orders").unwrap();
        orders.columns.push(of_type(number("flag"), type_name));
        assert_eq!(
            indexes(&advise(
                "SELECT id FROM orders WHERE flag = 1",
                &scan(),
                &schema
            )),
            [] as [&str; 0],
            "{type_name}"
        );
        let both = advise(
            "SELECT id FROM orders WHERE flag = 1 AND total = 2",
            &scan(),
            &schema,
        );
        assert_eq!(indexes(&both), ["orders(flag, total)"], "{type_name}");
    }
    assert_eq!(
        indexes(&advise(
            "SELECT id FROM orders WHERE total = 1",
            &scan(),
            &schema()
        )),
        ["orders(total)"]
    );
}

// Invariant 7: equality, then range or sort; and not where an index serves already.

fn other() -> Test {
    Test::Joins(ColumnRef {
        table: None,
        name: "x".into(),
    })
}

/// What the server would have to convert, row by row, no index finds.
#[test]
fn inv7_a_value_is_looked_for_as_it_is_stored() {
    use Role::{Equality, List, None, Range};
    let list = |value| Test::OneOf { count: 2, value };
    let inside = Test::Inside {
        function: "DATE".into(),
    };
    let within = Test::InSubquery {
        negated: false,
        block: 1,
        selects: Option::None,
    };
    let kinds = [
        Column {
            kind: Kind::Number,
            ..number("c")
        },
        text("c"),
        Column {
            kind: Kind::Bytes,
            ..number("c")
        },
        moment("c"),
        Column {
            kind: Kind::Other,
            ..number("c")
        },
    ];
    let same = |role| [role; 5];
    let not_of_text = |role| [role, None, role, role, role];
    for (test, roles) in [
        (Test::IsNull, same(Equality)),
        (Test::Equals(Value::Number), not_of_text(Equality)),
        (Test::Equals(Value::Text), same(Equality)),
        (Test::Equals(Value::Bytes), same(Equality)),
        (Test::Equals(Value::Moment), same(Equality)),
        (Test::Equals(Value::Unknown), same(Equality)),
        (Test::Equals(Value::Null), same(Equality)),
        (list(Value::Number), not_of_text(List)),
        (list(Value::Text), same(List)),
        (list(Value::Unknown), same(List)),
        (Test::Range(Value::Number), not_of_text(Range)),
        (Test::Range(Value::Text), same(Range)),
        (Test::Prefix, [None, Range, None, None, None]),
        (
            Test::Pattern {
                leading_wildcard: true,
            },
            same(None),
        ),
        (
            Test::Pattern {
                leading_wildcard: false,
            },
            same(None),
        ),
        (Test::Differs, same(None)),
        (Test::IsNotNull, same(None)),
        (inside, same(None)),
        (within, same(None)),
    ] {
        for (column, expected) in kinds.iter().zip(roles) {
            assert_eq!(
                role(&test, column, Option::None),
                expected,
                "{test:?} of a column of kind {:?}: what the server converts row by row, no index finds",
                column.kind
            );
        }
    }
}

#[test]
fn inv7_a_join_compares_what_is_of_one_type() {
    let collated = |collation: &str| Column {
        collation: Some(collation.into()),
        ..text("c")
    };
    let bytes = Column {
        kind: Kind::Bytes,
        ..number("c")
    };
    for (column, with, expected) in [
        (number("c"), number("x"), Role::Equality),
        (text("c"), text("x"), Role::Equality),
        // The text is converted, whichever side it is on: its own index is of no use, the number's is.
        (text("c"), number("x"), Role::None),
        (number("c"), text("x"), Role::Equality),
        (text("c"), moment("x"), Role::None),
        (moment("c"), text("x"), Role::Equality),
        (text("c"), bytes.clone(), Role::None),
        (bytes, text("x"), Role::Equality),
        (collated("latin1_swedish_ci"), text("x"), Role::None),
        (text("c"), collated("utf8mb4_bin"), Role::None),
        (
            collated("utf8mb4_bin"),
            collated("utf8mb4_bin"),
            Role::Equality,
        ),
    ] {
        let what = format!(
            "{:?} {:?} with {:?} {:?}",
            column.kind, column.collation, with.kind, with.collation
        );
        assert_eq!(role(&other(), &column, Some(&with)), expected, "{what}");
    }
    assert_eq!(
        role(&other(), &text("c"), None),
        Role::Equality,
        "nothing is known of the other side"
    );
}

/// `=abc` equal, `inabc` a list, `<abc` ranges, `^` sorted, `v` sorted downwards, `#` grouped.
fn wanted(words: &str) -> Wanted {
    let mut wanted = Wanted::default();
    for word in words.split_whitespace() {
        let (kind, names) = word.split_at(1);
        for name in names.chars().map(String::from) {
            match kind {
                "=" => wanted.equality.push(name),
                "i" => wanted.lists.push(name),
                "<" => wanted.ranges.push(name),
                "#" => wanted.group.push(name),
                kind => wanted.sort.push(Sorted {
                    column: name,
                    descending: kind == "v",
                }),
            }
        }
    }
    wanted
}

fn ordered(words: &str) -> (String, usize, Ends) {
    let Candidate {
        parts,
        equality,
        ends,
    } = order_columns(&wanted(words));
    (columns(&parts), equality, ends)
}

#[test]
fn inv7_equality_comes_before_a_range() {
    for words in ["=a <b", "<b =a"] {
        let (parts, equality, ends) = ordered(words);
        assert_eq!(
            parts, "a, b",
            "behind a range of b, the values of a begin anew for each b: an index on ({parts}) reads the whole range"
        );
        assert_eq!((equality, ends), (1, Ends::Range));
    }
    assert_eq!(ordered("=ab <c"), ("a, b, c".into(), 2, Ends::Range));
    assert_eq!(ordered("=ba"), ("b, a".into(), 2, Ends::Equality));
    assert_eq!(ordered("<b"), ("b".into(), 0, Ends::Range));
    assert_eq!(ordered(""), ("".into(), 0, Ends::Equality));
}

#[test]
fn inv7_one_range_is_all_that_an_index_delimits() {
    assert_eq!(ordered("=a <bcd"), ("a, b".into(), 1, Ends::Range));
    assert_eq!(ordered("=a <bb"), ("a, b".into(), 1, Ends::Range));
    // A range of what equals already delimits nothing more.
    assert_eq!(ordered("=a <ab"), ("a, b".into(), 1, Ends::Range));
    assert_eq!(ordered("ia <ab"), ("a, b".into(), 1, Ends::Range));
    assert_eq!(ordered("=a <a"), ("a".into(), 1, Ends::Equality));
}

#[test]
fn inv7_equality_comes_before_a_sort() {
    assert_eq!(ordered("=a ^bc"), ("a, b, c".into(), 1, Ends::Sort));
    assert_eq!(ordered("^b"), ("b".into(), 0, Ends::Sort));
    // What equals does not vary, wherever it stands in the sort.
    assert_eq!(ordered("=a ^abc"), ("a, b, c".into(), 1, Ends::Sort));
    assert_eq!(ordered("=a ^bac"), ("a, b, c".into(), 1, Ends::Sort));
    assert_eq!(ordered("=a ^a"), ("a".into(), 1, Ends::Equality));
}

#[test]
fn inv7_a_range_and_a_sort_go_together_only_on_one_column() {
    assert_eq!(ordered("=a <b ^bc"), ("a, b, c".into(), 1, Ends::Range));
    assert_eq!(ordered("=a <b ^cb"), ("a, b".into(), 1, Ends::Range));
    assert_eq!(ordered("=a <bc ^c"), ("a, b".into(), 1, Ends::Range));
    assert_eq!(ordered("<b vb"), ("b".into(), 0, Ends::Range));
}

#[test]
fn inv7_a_list_finds_rows_and_does_not_sort_them() {
    assert_eq!(ordered("ib =a"), ("a, b".into(), 2, Ends::Equality));
    assert_eq!(ordered("ib =a <c"), ("a, b, c".into(), 2, Ends::Range));
    assert_eq!(ordered("ib =a ^c"), ("a, b".into(), 2, Ends::Equality));
    assert_eq!(ordered("ib =a <c ^c"), ("a, b, c".into(), 2, Ends::Range));
    assert_eq!(ordered("ib #c"), ("b".into(), 1, Ends::Equality));
    assert_eq!(ordered("ib ^b"), ("b".into(), 1, Ends::Equality));
    // One of these values is the value: the list is none.
    assert_eq!(ordered("=a ia ^c"), ("a, c".into(), 1, Ends::Sort));
}

#[test]
fn inv7_a_sort_in_two_directions_has_an_index_in_two_directions() {
    assert_eq!(ordered("^a vb"), ("a, b DESC".into(), 0, Ends::Sort));
    // Read backwards.
    assert_eq!(ordered("va ^b"), ("a, b DESC".into(), 0, Ends::Sort));
    assert_eq!(ordered("va vb"), ("a, b".into(), 0, Ends::Sort));
    assert_eq!(
        ordered("=c va vb ^d"),
        ("c, a, b, d DESC".into(), 1, Ends::Sort)
    );
}

#[test]
fn inv7_groups_lie_together_behind_what_equals() {
    assert_eq!(ordered("=a #bc"), ("a, b, c".into(), 1, Ends::Group));
    assert_eq!(ordered("=a #ab"), ("a, b".into(), 1, Ends::Group));
    assert_eq!(ordered("=a #b ^c"), ("a, c".into(), 1, Ends::Sort));
    assert_eq!(ordered("=a #b <c"), ("a, c".into(), 1, Ends::Range));
    assert_eq!(ordered("=a #a"), ("a".into(), 1, Ends::Equality));
}

/// Rows that an index on `order` reads: those that equal in the columns before the first that does not equal, and lie in its range.
fn reads(rows: &[[u8; 4]], order: &[usize], equal: &[bool; 4]) -> usize {
    let mut fixed = Vec::new();
    let mut range = None;
    for &column in order {
        if equal[column] {
            fixed.push(column);
        } else {
            range = Some(column);
            break;
        }
    }
    let found = |row: &&[u8; 4]| {
        fixed.iter().all(|&column| row[column] == 1) && range.is_none_or(|column| row[column] >= 1)
    };
    rows.iter().filter(found).count()
}

proptest! { #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    /// The index that is advised reads no more rows than any other order of its columns.
    #[test]
    fn inv7_no_other_order_of_its_columns_reads_less(
        equal in any::<[bool; 4]>(),
        written in Just([0_usize, 1, 2, 3]).prop_shuffle(),
        rows in proptest::collection::vec(proptest::array::uniform4(0..3_u8), 0..60),
        other in Just([0_usize, 1, 2, 3]).prop_shuffle(),
    ) {
        let name = |column: usize| format!("c{column}");
        let mut wanted = Wanted::default();
        for column in written {
            if equal[column] { wanted.equality.push(name(column)) } else { wanted.ranges.push(name(column)) }
        }
        let candidate = order_columns(&wanted);
        let order: Vec<usize> = candidate.parts.iter().map(|part| part.column.as_ref().unwrap()[1..].parse().unwrap()).collect();
        let turned: Vec<usize> = other.into_iter().filter(|column| order.contains(column)).collect();
        let (ours, theirs) = (reads(&rows, &order, &equal), reads(&rows, &turned, &equal));
        prop_assert!(ours <= theirs, "an index on {order:?} reads {ours} rows, one on {turned:?} {theirs}");
    }
}

fn candidate(words: &str) -> Candidate {
    order_columns(&wanted(words))
}

/// A table of columns a to e, with the primary key on `id`.
fn letters(indexes: Vec<Index>) -> Table {
    let columns = ["id", "a", "b", "c", "d", "e"].map(number).to_vec();
    let indexes = [vec![primary(&["id"])], indexes].concat();
    table(20_000, columns, indexes)
}

/// `abc` is the index on (a, b, c).
fn on(names: &str) -> Index {
    let names: Vec<String> = names.chars().map(String::from).collect();
    index("k", &names.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn inv7_a_longer_index_serves_what_a_shorter_one_would() {
    for (has, words, serve) in [
        ("a", "=a", true),
        ("abc", "=a", true),
        ("abc", "=ab", true),
        ("abc", "=ba", true),
        ("abc", "=a <b", true),
        ("bac", "=ab <c", true),
        ("abc", "=a ^bc", true),
        ("ab", "=abc", false),
        ("ba", "=a", false),
        ("acb", "=ab", false),
        ("ab", "=a <c", false),
        ("abc", "=a ^cb", false),
        ("ba", "=a <b", false),
        ("", "=a", false),
    ] {
        let served = serves(&on(has), &candidate(words), &letters(vec![]));
        assert_eq!(served, serve, "an index on ({has}) for {words}");
    }
}

#[test]
fn inv7_an_index_that_cannot_be_used_serves_nobody() {
    let table = letters(vec![]);
    assert!(serves(&on("a"), &candidate("=a"), &table));
    let invisible = Index {
        visible: false,
        ..on("a")
    };
    let full_text = Index {
        method: Method::Other,
        ..on("a")
    };
    for index in [invisible, full_text] {
        assert!(!serves(&index, &candidate("=a"), &table), "{index:?}");
    }
}

#[test]
fn inv7_a_prefix_finds_and_does_not_sort() {
    let table = letters(vec![]);
    let index = index_of("k", vec![cut("a", 10), part("b")]);
    assert!(serves(&index, &candidate("=a"), &table));
    assert!(serves(&index, &candidate("=a ^b"), &table));
    assert!(!serves(&index, &candidate("^a"), &table));
    assert!(!serves(&index, &candidate("<a"), &table));
}

#[test]
fn inv7_an_index_is_read_backwards_as_a_whole() {
    let table = letters(vec![]);
    let up = index_of("k", vec![part("a"), part("b"), part("c")]);
    let mixed = index_of("k", vec![part("a"), part("b"), down("c")]);
    let downwards = index_of("k", vec![part("a"), down("b"), down("c")]);
    for (words, expected) in [
        ("=a ^bc", [true, false, true]),
        ("=a vbc", [true, false, true]),
        ("=a ^b vc", [false, true, false]),
        ("=a vb ^c", [false, true, false]),
    ] {
        let served =
            [&up, &mixed, &downwards].map(|index| serves(index, &candidate(words), &table));
        assert_eq!(served, expected, "{words}");
    }
    // For what equals, the direction is nothing.
    assert!(serves(
        &index_of("k", vec![down("a"), part("b")]),
        &candidate("=a ^b"),
        &table
    ));
}

/// InnoDB's indexes end with the primary key.
#[test]
fn inv7_the_primary_key_is_at_the_end_of_every_index() {
    let candidate = Candidate {
        parts: vec![part("a"), part("id")],
        equality: 1,
        ends: Ends::Sort,
    };
    assert!(serves(&on("a"), &candidate, &letters(vec![])));
    assert!(!serves(&on("ab"), &candidate, &letters(vec![])));
    let memory = Table {
        engine: "MEMORY".into(),
        ..letters(vec![])
    };
    assert!(!serves(&on("a"), &candidate, &memory));
}

/// What is asked, and the index that is missing.
#[test]
fn inv7_the_index_that_is_missing_is_advised() {
    for (sql, index) in [
        (
            "SELECT id FROM orders WHERE status = 'new'",
            "orders(status)",
        ),
        (
            "SELECT id FROM orders WHERE total > 5 AND status = 'new'",
            "orders(status, total)",
        ),
        (
            "SELECT id FROM orders WHERE status IN ('new', 'paid') AND total > 5",
            "orders(status, total)",
        ),
        (
            "SELECT id FROM orders WHERE status = 'new' ORDER BY placed DESC LIMIT 10",
            "orders(status, placed)",
        ),
        (
            "SELECT id FROM orders WHERE status LIKE 'n%'",
            "orders(status)",
        ),
        (
            "SELECT id FROM orders WHERE total IS NULL AND reference = 'x'",
            "orders(total, reference)",
        ),
        (
            "SELECT id FROM orders ORDER BY status, total DESC LIMIT 10",
            "orders(status, total DESC)",
        ),
        (
            "SELECT id FROM orders WHERE YEAR(placed) = 2024 AND total = 5",
            "orders(total)",
        ),
        (
            "SELECT id FROM orders WHERE reference = 17 AND total = 5",
            "orders(total)",
        ),
        (
            "SELECT id FROM orders WHERE STATUS = 'new'",
            "orders(status)",
        ),
        (
            "SELECT o.id FROM orders AS o WHERE o.status = 'new'",
            "orders(status)",
        ),
        (
            "SELECT id FROM shop.orders WHERE status = 'new'",
            "orders(status)",
        ),
        (
            "UPDATE orders SET total = 1 WHERE status = 'new'",
            "orders(status)",
        ),
        (
            "DELETE FROM orders WHERE status = 'new' AND total < 5",
            "orders(status, total)",
        ),
        (
            "INSERT INTO settings SELECT status, note FROM orders WHERE status = 'new'",
            "orders(status)",
        ),
        // A text without bounds cannot be indexed whole.
        (
            "SELECT id FROM orders WHERE note = 'x' AND total = 5",
            "orders(total)",
        ),
    ] {
        let named = if sql.contains(" AS o") { "o" } else { "orders" };
        let plan = plan(vec![Step {
            filtered: 10.0,
            ..step(named, Access::FullScan, 20_000.0)
        }]);
        assert_eq!(indexes(&advise(sql, &plan, &schema())), [index], "{sql}");
    }
}

#[test]
fn inv7_where_no_index_would_help_none_is_advised() {
    for sql in [
        "SELECT id FROM orders",
        "SELECT id FROM orders WHERE status <> 'new'",
        "SELECT id FROM orders WHERE status LIKE '%new'",
        "SELECT id FROM orders WHERE reference = 17",
        "SELECT id FROM orders WHERE note = 'x'",
        "SELECT id FROM orders ORDER BY RAND() LIMIT 1",
        "SELECT id FROM elsewhere.orders WHERE status = 'new'",
        "SELECT id FROM orders WHERE id = 5 OR total = 6",
    ] {
        assert_eq!(
            indexes(&advise(sql, &scan(), &schema())),
            [] as [&str; 0],
            "{sql}"
        );
    }
}

#[test]
fn inv7_what_a_longer_index_serves_is_not_advised() {
    let sql = "SELECT id FROM orders WHERE status = 'new'";
    for columns in [
        &["status"][..],
        &["status", "total"],
        &["status", "placed", "total"],
    ] {
        let schema = schema_with("orders", index("longer", columns));
        let said = indexes(&advise(sql, &scan(), &schema));
        assert_eq!(
            said,
            [] as [&str; 0],
            "an index on {columns:?} finds one status too, but {said:?} is advised beside it"
        );
    }
    let other = schema_with("orders", index("other", &["total", "status"]));
    assert_eq!(indexes(&advise(sql, &scan(), &other)), ["orders(status)"]);
}

/// An index that is there and not used: another one like it would not be used either.
#[test]
fn inv7_an_index_that_is_not_used_is_not_advised_again() {
    let said = advise(
        "SELECT id FROM orders WHERE customer_id = 5 AND note = 'x'",
        &scan(),
        &schema(),
    );
    assert_eq!(indexes(&said), [] as [&str; 0]);
}

#[test]
fn inv7_a_join_is_served_where_the_other_side_is_known() {
    let sql = "SELECT o.id FROM customers c JOIN orders o ON o.reference = c.name WHERE c.country = 'de' ORDER BY o.placed";
    let (c, o) = (
        step("c", Access::FullScan, 5_000.0),
        step("o", Access::FullScan, 20_000.0),
    );
    let mut one = plan(vec![c.clone(), o.clone()]);
    one.filesort = true;
    // Of `o` the sort is of no use: its rows come customer by customer.
    assert_eq!(
        indexes(&advise(sql, &one, &schema())),
        ["customers(country)", "orders(reference)"]
    );
    let mut turned = plan(vec![o, c]);
    turned.filesort = true;
    assert_eq!(
        indexes(&advise(sql, &turned, &schema())),
        ["customers(name, country)", "orders(placed)"]
    );
}

#[test]
fn inv7_a_subquery_knows_the_columns_outside() {
    let sql = "SELECT c.id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.reference = c.name AND o.total > 5)";
    let inner = Step {
        block: 1,
        ..step("o", Access::FullScan, 20_000.0)
    };
    let plan = Plan {
        dependent_subquery: true,
        ..plan(vec![by("c", Access::FullScan, "PRIMARY", 5_000.0), inner])
    };
    assert_eq!(
        indexes(&advise(sql, &plan, &schema())),
        ["orders(reference, total)"]
    );
}

/// The step is healthy; only the order is missing.
#[test]
fn inv7_a_sort_alone_may_miss_an_index() {
    let sql = "SELECT id FROM orders WHERE customer_id = 5 ORDER BY placed LIMIT 10";
    let lookup = plan(vec![by("orders", Access::Lookup, "by_customer", 2_000.0)]);
    assert_eq!(indexes(&advise(sql, &lookup, &schema())), [] as [&str; 0]);
    let sorted = Plan {
        filesort: true,
        ..lookup.clone()
    };
    assert_eq!(
        indexes(&advise(sql, &sorted, &schema())),
        ["orders(customer_id, placed)"]
    );
    let grouped = Plan {
        temporary_table: true,
        ..lookup
    };
    let by_status = "SELECT status, COUNT(*) FROM orders WHERE customer_id = 5 GROUP BY status";
    assert_eq!(
        indexes(&advise(by_status, &grouped, &schema())),
        ["orders(customer_id, status)"]
    );
    // Healthy, sorted by what no index brings: nothing is missing here.
    let by_note = "SELECT id FROM orders WHERE customer_id = 5 AND total = 6 ORDER BY note";
    assert_eq!(
        indexes(&advise(by_note, &sorted, &schema())),
        [] as [&str; 0]
    );
}

#[test]
fn inv7_a_lookup_that_wastes_gets_a_longer_index() {
    let sql = "SELECT id FROM orders WHERE customer_id = 5 AND total > 6";
    let lookup = |filtered| {
        plan(vec![Step {
            filtered,
            ..by("orders", Access::Lookup, "by_customer", 2_000.0)
        }])
    };
    assert_eq!(
        indexes(&advise(sql, &lookup(10.0), &schema())),
        ["orders(customer_id, total)"]
    );
    assert_eq!(
        indexes(&advise(sql, &lookup(90.0), &schema())),
        [] as [&str; 0]
    );
}

/// Without a plan nobody knows what is read.
#[test]
fn inv7_what_was_not_explained_gets_no_index() {
    let statement = parse("SELECT id FROM orders WHERE status = 'new'");
    let schema = schema();
    let case = Case {
        seen: seen(20_000),
        statement: &statement,
        plan: None,
        schema: &schema,
    };
    assert_eq!(indexes(&advice::advise(&case)), [] as [&str; 0]);
}

// Invariant 8: what is called unused or redundant is so for the whole log.

fn uses(keys: &[&str]) -> Usage {
    Usage {
        keys: Some(keys.iter().map(|key| (*key).to_owned()).collect()),
        ordered: Vec::new(),
    }
}

fn not_explained() -> Usage {
    Usage::default()
}

#[test]
fn inv8_unused_is_what_no_statement_of_the_log_uses() {
    let key = index("k", &["a"]);
    let nobody = [uses(&[]), uses(&["PRIMARY"]), uses(&["other", "PRIMARY"])];
    assert!(is_unused(&key, &nobody));
    for user in 0..3 {
        let mut log = nobody.to_vec();
        log[user] = uses(&["other", "k"]);
        assert!(
            !is_unused(&key, &log),
            "statement {user} of 3 uses the index, and it is called unused because the others do not"
        );
    }
    for unknown in 0..3 {
        let mut log = nobody.to_vec();
        log[unknown] = not_explained();
        assert!(
            !is_unused(&key, &log),
            "statement {unknown} of 3 was not explained, and may use the index"
        );
    }
    assert!(
        !is_unused(&key, &[]),
        "no statement reads the table: nothing is known"
    );
}

#[test]
fn inv8_a_promise_is_kept_whoever_reads_it() {
    let log = [uses(&[])];
    assert!(is_unused(&index("k", &["a"]), &log));
    assert!(
        !is_unused(&unique("k", &["a"]), &log),
        "a unique index is a promise about the data"
    );
    let foreign = Index {
        foreign_key: true,
        ..index("k", &["a"])
    };
    assert!(
        !is_unused(&foreign, &log),
        "the server reads the index of a foreign key"
    );
}

/// The index that makes index number 1 of `indexes` redundant.
fn served(indexes: Vec<Index>, log: &[Usage]) -> Option<String> {
    let table = letters(indexes);
    redundant(&table.indexes[1], &table, log).map(|index| index.name.clone())
}

#[test]
fn inv8_redundant_is_the_beginning_of_another() {
    let log = [uses(&["k"])];
    let k = || index("k", &["a", "b"]);
    for (other, redundant) in [
        (index("o", &["a", "b", "c"]), true),
        (unique("o", &["a", "b", "c"]), true),
        (index("o", &["a"]), false),
        (index("o", &["b", "a", "c"]), false),
        (index("o", &["a", "c", "b"]), false),
        (
            Index {
                visible: false,
                ..index("o", &["a", "b", "c"])
            },
            false,
        ),
        (
            Index {
                method: Method::Other,
                ..index("o", &["a", "b", "c"])
            },
            false,
        ),
        (
            index_of("o", vec![part("a"), cut("b", 5), part("c")]),
            false,
        ),
        (index_of("o", vec![part("a"), down("b"), part("c")]), false),
    ] {
        let expected = redundant.then(|| "o".to_owned());
        assert_eq!(
            served(vec![k(), other.clone()], &log),
            expected,
            "({}) beside ({})",
            columns(&k().parts),
            columns(&other.parts)
        );
    }
    assert_eq!(
        served(vec![k()], &log),
        None,
        "an index is not redundant because of itself"
    );
}

#[test]
fn inv8_what_is_unique_or_foreign_is_not_redundant() {
    let longer = || index("o", &["a", "b", "c"]);
    let unique = unique("k", &["a", "b"]);
    assert_eq!(
        served(vec![unique, longer()], &[]),
        None,
        "an index on (a, b, c) finds what the unique one on (a, b) finds, but it lets (1, 2, 3) and (1, 2, 4) in, and the unique one does not"
    );
    let foreign = Index {
        foreign_key: true,
        ..index("k", &["a", "b"])
    };
    assert_eq!(served(vec![foreign, longer()], &[]), None);
    let full_text = Index {
        method: Method::Other,
        ..index("k", &["a", "b"])
    };
    assert_eq!(served(vec![full_text, longer()], &[]), None);
}

#[test]
fn inv8_of_two_that_are_the_same_one_stays() {
    let same = |name: &str| index(name, &["a", "b"]);
    assert_eq!(
        served(vec![same("k"), same("o")], &[]),
        None,
        "the first one stays"
    );
    let table = letters(vec![same("k"), same("o")]);
    assert_eq!(
        redundant(&table.indexes[2], &table, &[]).map(|index| index.name.as_str()),
        Some("k")
    );
    // But one that must stay does, wherever it is.
    assert_eq!(
        served(vec![same("k"), unique("o", &["a", "b"])], &[]),
        Some("o".into())
    );
    let foreign = Index {
        foreign_key: true,
        ..same("o")
    };
    assert_eq!(served(vec![same("k"), foreign], &[]), Some("o".into()));
}

/// `(a)` has the rows of one `a` sorted by `id`; `(a, b)` has not.
#[test]
fn inv8_the_hidden_primary_key_may_be_what_is_used() {
    let ordered = |keys: Option<&[&str]>, by: &str| Usage {
        keys: keys.map(|keys| keys.iter().map(|key| (*key).to_owned()).collect()),
        ordered: vec![by.to_owned()],
    };
    let beside = |other: &[&str], usage: Usage| {
        served(
            vec![index("k", &["a"]), index("o", other)],
            &[uses(&["k"]), usage],
        )
    };
    let some = Some("o".to_owned());
    assert_eq!(beside(&["a", "b"], ordered(Some(&["k"]), "c")), some);
    assert_eq!(
        beside(&["a", "b"], ordered(Some(&["o"]), "id")),
        some,
        "who sorts by id uses the other one"
    );
    assert_eq!(
        beside(&["a", "b"], ordered(Some(&["k"]), "id")),
        None,
        "a statement has the rows of one a sorted by id, and (a, b) does not sort them so"
    );
    assert_eq!(
        beside(&["a", "b"], ordered(None, "id")),
        None,
        "it was not explained, and may use it"
    );
    assert_eq!(
        beside(&["a", "id"], ordered(Some(&["k"]), "id")),
        some,
        "(a, id, ..) goes on with it"
    );
    assert_eq!(beside(&["a", "id", "b"], ordered(Some(&["k"]), "id")), some);
}

/// The rule of the sketch, on a whole log.
#[test]
fn inv8_the_log_as_a_whole_decides() {
    let mut shop: Schema = schema();
    let orders = shop.tables.get_mut("orders").unwrap();
    orders.indexes.extend([
        index("by_status", &["status"]),
        index("by_status_total", &["status", "total"]),
        index("by_total", &["total"]),
        unique("by_reference", &["reference"]),
        Index {
            foreign_key: true,
            ..index("by_paid", &["paid"])
        },
        index("again", &["customer_id"]),
    ]);
    let statements = [
        "SELECT id FROM orders WHERE status = 'new'",
        "SELECT id FROM orders WHERE customer_id = 5",
        "SELECT name FROM settings",
    ]
    .map(parse);
    let plans = [
        plan(vec![by("orders", Access::Lookup, "by_status", 9.0)]),
        plan(vec![by("orders", Access::Lookup, "by_customer", 9.0)]),
        plan(vec![step("settings", Access::FullScan, 3.0)]),
    ];
    let cases: Vec<_> = statements
        .iter()
        .zip(&plans)
        .map(|(statement, plan)| Case {
            seen: seen(9),
            statement,
            plan: Some(plan),
            schema: &shop,
        })
        .collect();
    let dropped = |cases: &[Case<'_>]| -> Vec<String> {
        let advice: Vec<Advice> = advice::over_all(cases, &shop);
        let dropped = advice.iter().filter_map(|advice| match &advice.remedy {
            Remedy::DropIndex { table, name } => Some(format!("{} {table}.{name}", advice.rule.0)),
            Remedy::CreateIndex { .. } | Remedy::Rewrite(_) | Remedy::Tell => None,
        });
        dropped.collect()
    };
    assert_eq!(
        dropped(&cases),
        [
            "IDX007 orders.by_status",
            "IDX009 orders.by_status_total",
            "IDX009 orders.by_total",
            "IDX008 orders.again"
        ]
    );
    // One that was not explained, and nothing is unused any more.
    let unknown = parse("SELECT id FROM orders WHERE total = 5");
    let mut with_unknown = cases.clone();
    with_unknown.push(Case {
        seen: seen(9),
        statement: &unknown,
        plan: None,
        schema: &shop,
    });
    assert_eq!(
        dropped(&with_unknown),
        ["IDX007 orders.by_status", "IDX008 orders.again"]
    );
    // None of it reads orders.
    assert_eq!(dropped(&cases[2..]), [] as [&str; 0]);
}

/// A merge uses several indexes, and a table may stand in a statement twice.
#[test]
fn inv8_every_index_of_a_plan_is_used() {
    let shop = schema_with("orders", index("by_total", &["total"]));
    let statement = parse("SELECT 1 FROM orders a JOIN orders b ON a.customer_id = b.total");
    let merge = Step {
        keys: vec!["by_total".into(), "PRIMARY".into()],
        key: None,
        ..step("a", Access::Merge, 9.0)
    };
    let unused = |steps: Vec<Step>| {
        let plan = plan(steps);
        let case = Case {
            seen: seen(9),
            statement: &statement,
            plan: Some(&plan),
            schema: &shop,
        };
        rules(&advice::over_all(&[case], &shop))
    };
    assert_eq!(
        unused(vec![merge, by("b", Access::Lookup, "by_customer", 1.0)]),
        [] as [&str; 0]
    );
    assert_eq!(
        unused(vec![
            by("a", Access::Lookup, "by_total", 1.0),
            step("b", Access::FullScan, 9.0)
        ]),
        ["IDX009"]
    );
    assert_eq!(
        unused(vec![
            step("a", Access::FullScan, 9.0),
            step("b", Access::FullScan, 9.0)
        ]),
        ["IDX009", "IDX009"]
    );
}

/// A nullable column and one that is not are the same for an index.
#[test]
fn inv7_null_is_a_value_that_an_index_finds() {
    for column in [number("c"), nullable(number("c"))] {
        assert_eq!(role(&Test::IsNull, &column, None), Role::Equality);
    }
}

/// Thousands of rows are sorted, and by a column of a table that has three: an index there would save nothing.
#[test]
fn inv6_a_small_table_of_a_large_sort_gets_no_index() {
    let mut plan = plan(vec![
        step("settings", Access::FullScan, 3.0),
        by("orders", Access::Lookup, "by_customer", 9_000.0),
    ]);
    plan.filesort = true;
    let said = advise(
        "SELECT orders.id FROM settings JOIN orders ON orders.status = settings.name WHERE orders.customer_id = 5 ORDER BY settings.value",
        &plan,
        &schema(),
    );
    assert_eq!(indexes(&said), [""; 0]);
}
