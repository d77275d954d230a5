//! Every rule: where it is heard, and where it is not. No text of any of them holds a literal (that is the suite's, stage 3).

use std::time::Duration;

use crate::shop::{
    advise, by, cut, index, index_of, moment, nullable, number, of_type, parse, plan, primary,
    rules, scan, schema, schema_with, seen, step, table, text, unique,
};
use slow_query::core::advice::index::{Candidate, Ends, MAX_KEY_BYTES, MAX_PARTS, fit, named};
use slow_query::core::advice::look::{Look, is_wrong};
use slow_query::core::advice::{self, Advice, Case, RULES, RuleId, Seen};
use slow_query::core::digest::{Digest, Limits};
use slow_query::core::log::entry::{Command, Entry, PlanFlags};
use slow_query::core::plan::{Access, Plan, Step};
use slow_query::core::schema::{Column, Schema};

/// Whether `rule` is heard of `sql`, and why.
fn why(rule: &str, sql: &str, plan: &Plan, schema: &Schema) -> Option<String> {
    let all = advise(sql, plan, schema);
    all.into_iter()
        .find(|advice| advice.rule.0 == rule)
        .map(|advice| advice.why)
}

/// `rule` is heard of `loud`, and not of `quiet`, with the same plan.
#[track_caller]
fn tells(rule: &str, plan: &Plan, schema: &Schema, loud: &str, quiet: &str) -> String {
    assert_eq!(why(rule, quiet, plan, schema), None, "{rule}: {quiet}");
    why(rule, loud, plan, schema).unwrap_or_else(|| {
        panic!(
            "{rule} is not heard of {loud}: {:?}",
            rules(&advise(loud, plan, schema))
        )
    })
}

fn filesort(plan: Plan) -> Plan {
    Plan {
        filesort: true,
        ..plan
    }
}

fn grouping(plan: Plan) -> Plan {
    Plan {
        temporary_table: true,
        ..plan
    }
}

fn seen_of(sql: &str, seen: Seen, plan: Option<&Plan>) -> Vec<Advice> {
    let (statement, schema) = (parse(sql), schema());
    advice::advise(&Case {
        seen,
        statement: &statement,
        plan,
        schema: &schema,
    })
}

#[test]
fn there_are_many_rules_and_each_is_explained() {
    assert!(RULES.len() >= 25, "{}", RULES.len());
    assert!(
        RULES.is_sorted_by(|one, other| one.id < other.id),
        "sorted by name, and no name twice"
    );
    for rule in RULES {
        let (kind, number) = rule.id.0.split_at(3);
        assert!(
            ["IDX", "ROW", "SQL"].contains(&kind)
                && number.len() == 3
                && number.parse::<u16>().is_ok(),
            "{rule:?}"
        );
        assert!(
            !rule.title.is_empty() && !rule.title.ends_with('.') && rule.why.ends_with('.'),
            "{rule:?}"
        );
    }
    assert_eq!(
        advice::rules::find(RuleId("SQL009")).map(|rule| rule.title),
        Some("ORDER BY RAND()")
    );
    assert_eq!(advice::rules::find(RuleId("SQL999")), None);
}

#[test]
fn idx001_to_idx004_and_idx013_by_what_is_missing() {
    let rule = |sql: &str, plan: &Plan| {
        let all = advise(sql, plan, &schema());
        let found = all
            .into_iter()
            .find(|advice| matches!(advice.remedy, advice::Remedy::CreateIndex { .. }));
        found.map(|advice| (advice.rule.0, advice.why))
    };
    let read = "About 20000 rows of `orders` are read each time; an index on";
    for (sql, name, rest) in [
        (
            "SELECT id FROM orders WHERE total = 5",
            "IDX001",
            "(`total`) would find the rows.",
        ),
        (
            "SELECT id FROM orders WHERE total > 5",
            "IDX002",
            "(`total`) would find the rows between the two values.",
        ),
        (
            "SELECT id FROM orders WHERE total = 5 ORDER BY placed, status DESC LIMIT 1",
            "IDX003",
            "(`total`, `placed`, `status` DESC) would find the rows in the order that is asked for.",
        ),
        (
            "SELECT status, COUNT(*) FROM orders GROUP BY status",
            "IDX013",
            "(`status`) would find the rows group by group.",
        ),
        (
            "UPDATE orders SET paid = 1 WHERE total = 5",
            "IDX006",
            "(`total`) would find the rows to change, and lock no others.",
        ),
        (
            "DELETE FROM orders WHERE total > 5",
            "IDX006",
            "(`total`) would find the rows to change, and lock no others.",
        ),
    ] {
        assert_eq!(
            rule(sql, &scan()),
            Some((name, format!("{read} {rest}"))),
            "{sql}"
        );
    }
    let join = plan(vec![
        by("c", Access::FullScan, "PRIMARY", 5_000.0),
        step("o", Access::FullScan, 20_000.0),
    ]);
    let sql = "SELECT c.id FROM customers c JOIN orders o ON o.reference = c.name";
    assert_eq!(rule(sql, &join).unwrap().0, "IDX004");
    // A condition of the inner table alone is no join.
    let sql = "SELECT c.id FROM customers c JOIN orders o ON o.id > c.id WHERE o.total = 5";
    assert_eq!(rule(sql, &join).unwrap().0, "IDX001");
    for sql in [
        "SELECT id FROM orders WHERE customer_id = 5",
        "SELECT id FROM orders",
    ] {
        assert_eq!(rule(sql, &scan()), None, "{sql}");
    }
}

#[test]
fn idx005_an_index_could_have_it_all() {
    let lookup = |rows| {
        filesort(plan(vec![by(
            "orders",
            Access::Lookup,
            "by_customer",
            rows,
        )]))
    };
    let told = tells(
        "IDX005",
        &lookup(2_000.0),
        &schema(),
        "SELECT total, id FROM orders WHERE customer_id = 5 ORDER BY RAND()",
        "SELECT id FROM orders WHERE customer_id = 5 ORDER BY RAND()",
    );
    assert_eq!(
        told,
        "For each of about 2000 entries of `by_customer` the row of `orders` is looked up; with `total` in the index none would be."
    );
    let sql = |columns: &str| {
        format!("SELECT {columns} FROM orders WHERE customer_id = 5 ORDER BY RAND()")
    };
    let heard =
        |columns: &str, plan: &Plan| why("IDX005", &sql(columns), plan, &schema()).is_some();
    assert!(
        heard("total, status, placed, paid", &lookup(2_000.0)),
        "five columns"
    );
    assert!(
        !heard("total, status, placed, paid, reference", &lookup(2_000.0)),
        "six columns"
    );
    assert!(!heard("note", &lookup(2_000.0)), "a text without bounds");
    assert!(!heard("*", &lookup(2_000.0)), "all of it");
    assert!(!heard("total", &lookup(500.0)), "few rows");
    let loops = filesort(plan(vec![
        by("c", Access::FullScan, "PRIMARY", 900.0),
        by("orders", Access::Lookup, "by_customer", 2.0),
    ]));
    assert!(
        why(
            "IDX005",
            "SELECT total FROM customers c JOIN orders ON customer_id = c.id ORDER BY RAND()",
            &loops,
            &schema()
        )
        .is_some(),
        "few rows, again and again"
    );
    let mut covering = lookup(2_000.0);
    covering.steps[0].covering = true;
    assert!(!heard("total", &covering));
    let primary = filesort(plan(vec![by("orders", Access::Range, "PRIMARY", 2_000.0)]));
    assert!(
        why(
            "IDX005",
            "SELECT total FROM orders WHERE id > 5 ORDER BY RAND()",
            &primary,
            &schema()
        )
        .is_none(),
        "the primary key has all columns"
    );
    // A prefix of a column is not the column.
    let prefix = schema_with("orders", index_of("short", vec![cut("status", 3)]));
    let short = filesort(plan(vec![by("orders", Access::Range, "short", 2_000.0)]));
    assert!(
        why(
            "IDX005",
            "SELECT status FROM orders WHERE status > 'a' ORDER BY RAND()",
            &short,
            &prefix
        )
        .is_some()
    );
}

fn over_all(sql: &str, plan: &Plan, schema: &Schema) -> Vec<(&'static str, String)> {
    let statement = parse(sql);
    let case = Case {
        seen: seen(9),
        statement: &statement,
        plan: Some(plan),
        schema,
    };
    advice::over_all(&[case], schema)
        .into_iter()
        .map(|advice| (advice.rule.0, advice.why))
        .collect()
}

#[test]
fn idx007_idx008_and_idx009_of_indexes_that_exist() {
    let used = plan(vec![by("orders", Access::Lookup, "by_customer", 9.0)]);
    let sql = "SELECT id FROM orders WHERE customer_id = 5";
    let told = |index| over_all(sql, &used, &schema_with("orders", index));
    assert_eq!(told(index("longer", &["customer_id", "status"])), [
        ("IDX007", "`by_customer` of `orders` is redundant: `longer` begins with the same columns.".to_owned()),
        ("IDX009", "None of the 1 statements of the log that read `orders` uses `longer`. What is not slow is not in the log: make it invisible first.".to_owned()),
    ]);
    assert_eq!(
        told(index("again", &["customer_id"])),
        [(
            "IDX008",
            "`again` of `orders` is redundant: `by_customer` has the same columns.".to_owned()
        )]
    );
    assert_eq!(told(unique("other", &["reference"])), []);
}

/// A range over the primary key behind an index is of use too.
#[test]
fn idx007_knows_what_is_delimited_sorted_and_grouped() {
    let longer = schema_with("orders", index("longer", &["customer_id", "status"]));
    let used = plan(vec![by("orders", Access::Range, "by_customer", 9.0)]);
    for (sql, redundant) in [
        ("SELECT total FROM orders WHERE customer_id = 5", true),
        (
            "SELECT total FROM orders WHERE customer_id = 5 AND id > 7",
            false,
        ),
        (
            "SELECT total FROM orders WHERE customer_id = 5 ORDER BY id",
            false,
        ),
        (
            "SELECT id, COUNT(*) FROM orders WHERE customer_id = 5 GROUP BY id",
            false,
        ),
        (
            "SELECT total FROM orders WHERE customer_id = 5 AND id = 7",
            true,
        ),
    ] {
        let told = over_all(sql, &used, &longer)
            .iter()
            .any(|(rule, _)| *rule == "IDX007");
        assert_eq!(told, redundant, "{sql}");
    }
}

#[test]
fn idx010_an_index_that_finds_too_much() {
    let lookup = |rows| {
        filesort(plan(vec![by(
            "orders",
            Access::Lookup,
            "by_customer",
            rows,
        )]))
    };
    let told = why(
        "IDX010",
        "SELECT id FROM orders WHERE customer_id = 5 ORDER BY note",
        &lookup(5_000.0),
        &schema(),
    );
    assert_eq!(
        told.as_deref(),
        Some("`by_customer` finds about 25 % of the rows of `orders` for one value.")
    );
    let heard = |plan: &Plan| {
        why(
            "IDX010",
            "SELECT id FROM orders WHERE customer_id = 5 ORDER BY note",
            plan,
            &schema(),
        )
        .is_some()
    };
    assert!(heard(&lookup(4_000.0)) && !heard(&lookup(3_999.0)));
    assert!(
        heard(&lookup(90_000.0)),
        "an estimate may be above the table's"
    );
    let mut covering = lookup(5_000.0);
    covering.steps[0].covering = true;
    assert!(!heard(&covering), "no row is looked up");
    assert!(
        !heard(&filesort(plan(vec![by(
            "orders",
            Access::Range,
            "by_customer",
            5_000.0
        )]))),
        "a range is several values"
    );
}

#[test]
fn idx011_a_prefix_cannot_sort() {
    let prefix = schema_with("orders", index_of("short", vec![cut("note", 10)]));
    let told = tells(
        "IDX011",
        &filesort(scan()),
        &prefix,
        "SELECT id FROM orders ORDER BY note",
        "SELECT id FROM orders ORDER BY total",
    );
    assert_eq!(
        told,
        "Only a prefix of `orders`.`note` is indexed: it finds values, and does not sort them."
    );
    assert!(
        why(
            "IDX011",
            "SELECT note FROM orders GROUP BY note",
            &grouping(scan()),
            &prefix
        )
        .is_some()
    );
    assert!(
        why(
            "IDX011",
            "SELECT id FROM orders ORDER BY note",
            &scan(),
            &prefix
        )
        .is_none(),
        "nothing is sorted"
    );
    assert!(
        why(
            "IDX011",
            "SELECT id FROM orders ORDER BY note",
            &filesort(scan()),
            &schema()
        )
        .is_none(),
        "no index has it"
    );
}

#[test]
fn idx012_a_table_without_a_primary_key() {
    let columns = || vec![number("a"), nullable(number("b")), text("c")];
    let told = |rows, engine: &str, indexes| {
        let mut schema = Schema::default();
        let mut table = table(rows, columns(), indexes);
        table.engine = engine.into();
        schema.tables.insert("t".into(), table);
        over_all(
            "SELECT a FROM t",
            &plan(vec![step("t", Access::FullScan, 9.0)]),
            &schema,
        )
    };
    let said = [(
        "IDX012",
        "`t` has no primary key, and no unique one that could be.".to_owned(),
    )];
    assert_eq!(told(501, "InnoDB", vec![]), said);
    assert_eq!(
        told(501, "innodb", vec![unique("k", &["b"])]),
        said,
        "NULLs are no key"
    );
    let prefix = slow_query::core::schema::Index {
        unique: true,
        ..index_of("k", vec![cut("c", 3)])
    };
    assert_eq!(
        told(501, "InnoDB", vec![prefix]),
        said,
        "a prefix is no key"
    );
    assert_eq!(
        told(501, "InnoDB", vec![unique("k", &["x"])]),
        said,
        "an expression is no key"
    );
    assert_eq!(told(501, "InnoDB", vec![primary(&["a"])]), []);
    assert_eq!(
        told(501, "InnoDB", vec![unique("k", &["a", "c"])]),
        [],
        "a key that could be the primary one is"
    );
    assert_eq!(told(500, "InnoDB", vec![]), [], "small");
    assert_eq!(told(501, "MyISAM", vec![]), [], "another engine");
    let mut schema = schema();
    schema.tables.get_mut("orders").unwrap().indexes.clear();
    assert_eq!(
        over_all("SELECT name FROM settings", &scan(), &schema),
        [],
        "no statement reads it"
    );
}

#[test]
fn sql001_and_sql018_what_is_done_to_a_column() {
    let told = tells(
        "SQL001",
        &scan(),
        &schema(),
        "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17'",
        "SELECT id FROM orders WHERE placed >= '2024-05-17'",
    );
    assert_eq!(
        told,
        "`orders`.`placed` is compared inside of DATE: compare the column itself, or index the expression."
    );
    let told = tells(
        "SQL018",
        &scan(),
        &schema(),
        "SELECT id FROM orders WHERE total + 5 > 7",
        "SELECT id FROM orders WHERE LOWER(status) = 'new'",
    );
    assert_eq!(
        told,
        "`orders`.`total` is compared after an arithmetic operation (+): move the number to the other side."
    );
    // Beside a column that is found, one that is hidden hurts nobody.
    let found = filesort(plan(vec![by(
        "orders",
        Access::Lookup,
        "by_customer",
        900.0,
    )]));
    assert_eq!(
        why(
            "SQL001",
            "SELECT id FROM orders WHERE customer_id = 5 AND DATE(placed) = '2024-05-17' ORDER BY note",
            &found,
            &schema()
        ),
        None
    );
}

#[test]
fn sql002_a_text_and_a_number() {
    let told = tells(
        "SQL002",
        &scan(),
        &schema(),
        "SELECT id FROM orders WHERE reference = 17",
        "SELECT id FROM orders WHERE reference = '17'",
    );
    assert_eq!(
        told,
        "`orders`.`reference` is a text and is compared with a number: quote the number if texts are what is meant."
    );
    for sql in [
        "SELECT id FROM orders WHERE reference IN (17, 18)",
        "SELECT id FROM orders WHERE reference > 17",
    ] {
        assert!(why("SQL002", sql, &scan(), &schema()).is_some(), "{sql}");
    }
    let join = plan(vec![
        step("c", Access::FullScan, 5_000.0),
        step("o", Access::FullScan, 20_000.0),
    ]);
    let told = tells(
        "SQL002",
        &join,
        &schema(),
        "SELECT o.id FROM customers c JOIN orders o ON o.reference = c.id",
        "SELECT o.id FROM customers c JOIN orders o ON o.total = c.parent_id",
    );
    assert_eq!(
        told,
        "`orders`.`reference` is a text and is joined with `id`, which is none: give both the same type."
    );
}

#[test]
fn sql003_two_collations() {
    let mut schema = schema();
    let orders = schema.tables.get_mut("orders").unwrap();
    orders.columns.push(Column {
        collation: Some("latin1_swedish_ci".into()),
        ..text("old")
    });
    orders.columns.push(Column {
        collation: None,
        ..text("older")
    });
    let join = plan(vec![
        step("c", Access::FullScan, 5_000.0),
        step("o", Access::FullScan, 20_000.0),
    ]);
    let told = tells(
        "SQL003",
        &join,
        &schema,
        "SELECT o.id FROM customers c JOIN orders o ON o.old = c.country",
        "SELECT o.id FROM customers c JOIN orders o ON o.status = c.country",
    );
    let expected = "`customers`.`country` has the collation utf8mb4_unicode_ci and is joined with a column of latin1_swedish_ci: one of them is converted for each row.";
    assert_eq!(told, expected);
    let none = why(
        "SQL003",
        "SELECT o.id FROM orders o JOIN customers c ON o.older = c.country",
        &join,
        &schema,
    )
    .unwrap();
    assert!(none.contains("none"), "{none}");
}

#[test]
fn sql004_a_leading_wildcard() {
    let told = tells(
        "SQL004",
        &scan(),
        &schema(),
        "SELECT id FROM orders WHERE status LIKE '%new'",
        "SELECT id FROM orders WHERE status LIKE ?",
    );
    assert_eq!(
        told,
        "The pattern for `orders`.`status` begins with a wildcard: a full-text index finds words inside of a text."
    );
    assert_eq!(
        why(
            "SQL004",
            "SELECT id FROM orders WHERE status LIKE 'new%'",
            &scan(),
            &schema()
        ),
        None
    );
}

#[test]
fn sql005_one_column_or_the_other() {
    let told = tells(
        "SQL005",
        &scan(),
        &schema(),
        "SELECT id FROM orders WHERE status = 'new' OR total = 5",
        "SELECT id FROM orders WHERE status = 'new' OR status LIKE 'p%'",
    );
    assert_eq!(
        told,
        "Rows of `orders` are found by the one column or the other, so all of them are read."
    );
    let merge = filesort(plan(vec![by(
        "orders",
        Access::Merge,
        "by_customer",
        900.0,
    )]));
    assert_eq!(
        why(
            "SQL005",
            "SELECT id FROM orders WHERE customer_id = 5 OR id = 6 ORDER BY note",
            &merge,
            &schema()
        ),
        None,
        "the server merges two indexes"
    );
    let scanned = plan(vec![by(
        "orders",
        Access::IndexScan,
        "by_customer",
        20_000.0,
    )]);
    assert!(
        why(
            "SQL005",
            "SELECT id FROM orders WHERE customer_id = 5 OR total = 6",
            &scanned,
            &schema()
        )
        .is_some()
    );
    let join = plan(vec![
        step("o", Access::FullScan, 20_000.0),
        step("c", Access::FullScan, 5_000.0),
    ]);
    assert_eq!(
        why(
            "SQL005",
            "SELECT o.id FROM orders o JOIN customers c ON o.id = c.id WHERE o.total = 5 OR c.email = 'x'",
            &join,
            &schema()
        ),
        None,
        "columns of two tables"
    );
}

#[test]
fn sql006_what_is_different() {
    let told = tells(
        "SQL006",
        &scan(),
        &schema(),
        "SELECT id FROM orders WHERE status <> 'new'",
        "SELECT id FROM orders WHERE status IS NOT NULL",
    );
    assert_eq!(
        told,
        "Of `orders`.`status` all values but some are asked for."
    );
}

#[test]
fn sql007_all_columns() {
    let told = tells(
        "SQL007",
        &scan(),
        &schema(),
        "SELECT * FROM orders WHERE note = 'x'",
        "SELECT id, note FROM orders WHERE note = 'x'",
    );
    assert_eq!(told, "All 8 columns of `orders` are selected.");
    assert!(
        why(
            "SQL007",
            "SELECT orders.* FROM orders WHERE note = 'x'",
            &scan(),
            &schema()
        )
        .is_some()
    );
    for sql in [
        "SELECT id FROM (SELECT * FROM orders) x",
        "DELETE FROM orders WHERE note = 'x'",
        "INSERT INTO settings SELECT * FROM orders",
    ] {
        assert_eq!(why("SQL007", sql, &scan(), &schema()), None, "{sql}");
    }
    let lookup = filesort(plan(vec![by(
        "orders",
        Access::Lookup,
        "by_customer",
        900.0,
    )]));
    assert_eq!(
        why(
            "SQL007",
            "SELECT * FROM orders WHERE customer_id = 5 ORDER BY note",
            &lookup,
            &schema()
        ),
        None,
        "its rows are found"
    );
}

#[test]
fn rules_about_how_a_statement_is_written() {
    for (rule, loud, quiet) in [
        (
            "SQL008",
            "SELECT id FROM orders ORDER BY note LIMIT 20 OFFSET 1000",
            "SELECT id FROM orders ORDER BY note LIMIT 20 OFFSET 999",
        ),
        (
            "SQL009",
            "SELECT id FROM orders ORDER BY RAND() LIMIT 1",
            "SELECT RAND() FROM orders ORDER BY note LIMIT 1",
        ),
        (
            "SQL012",
            "SELECT DISTINCT status FROM orders GROUP BY status",
            "SELECT DISTINCT status FROM orders",
        ),
        (
            "SQL012",
            "SELECT DISTINCT status FROM orders GROUP BY status",
            "SELECT status FROM orders GROUP BY status",
        ),
        (
            "SQL015",
            "SELECT id FROM orders WHERE (SELECT COUNT(*) FROM customers) > 0",
            "SELECT id FROM orders WHERE (SELECT COUNT(*) FROM customers) > 1",
        ),
        (
            "SQL016",
            "SELECT id FROM orders UNION SELECT id FROM customers",
            "SELECT id FROM orders UNION ALL SELECT id FROM customers",
        ),
        (
            "SQL019",
            "SELECT status FROM orders GROUP BY status HAVING status > 'a'",
            "SELECT status FROM orders GROUP BY status HAVING COUNT(*) > 1",
        ),
        (
            "SQL020",
            "SELECT id FROM orders LIMIT 5",
            "SELECT id FROM orders ORDER BY note LIMIT 5",
        ),
        (
            "SQL020",
            "SELECT status, COUNT(*) FROM orders GROUP BY status LIMIT 5",
            "SELECT COUNT(*) FROM orders LIMIT 5",
        ),
        (
            "SQL020",
            "SELECT id FROM orders LIMIT 5",
            "SELECT id FROM (SELECT id FROM orders LIMIT 5) x",
        ),
        (
            "SQL020",
            "SELECT id FROM orders LIMIT 5",
            "INSERT INTO settings SELECT id, id FROM orders LIMIT 5",
        ),
        (
            "SQL020",
            "SELECT id FROM orders LIMIT 5",
            "SELECT id FROM orders",
        ),
        (
            "SQL022",
            "SELECT orders.id FROM orders, customers",
            "SELECT orders.id FROM orders, customers WHERE orders.id = customers.id",
        ),
    ] {
        let told = tells(rule, &scan(), &schema(), loud, quiet);
        let rule = advice::rules::find(RuleId(rule)).unwrap();
        assert_eq!(told, format!("{}: {}", rule.title, rule.why));
    }
}

#[test]
fn sql010_a_sort_in_two_directions() {
    let told = tells(
        "SQL010",
        &filesort(scan()),
        &schema(),
        "SELECT id FROM orders ORDER BY placed, total DESC",
        "SELECT id FROM orders ORDER BY placed DESC, total DESC",
    );
    assert_eq!(
        told,
        "`orders` is sorted upwards by one column and downwards by another."
    );
    assert_eq!(
        why(
            "SQL010",
            "SELECT id FROM orders ORDER BY placed, total DESC",
            &scan(),
            &schema()
        ),
        None,
        "nothing is sorted"
    );
}

#[test]
fn sql011_groups_that_no_index_keeps_together() {
    let told = tells(
        "SQL011",
        &grouping(scan()),
        &schema(),
        "SELECT YEAR(placed), COUNT(*) FROM orders GROUP BY YEAR(placed)",
        "SELECT status, COUNT(*) FROM orders GROUP BY status",
    );
    assert_eq!(told, "Groups are collected in a temporary table.");
    // An index that is there and does not help.
    assert!(
        why(
            "SQL011",
            "SELECT customer_id, COUNT(*) FROM orders GROUP BY customer_id",
            &grouping(scan()),
            &schema()
        )
        .is_some()
    );
    assert_eq!(
        why(
            "SQL011",
            "SELECT YEAR(placed), COUNT(*) FROM orders GROUP BY YEAR(placed)",
            &scan(),
            &schema()
        ),
        None,
        "no table is made"
    );
    assert_eq!(
        why(
            "SQL011",
            "SELECT DISTINCT YEAR(placed) FROM orders",
            &grouping(scan()),
            &schema()
        ),
        None,
        "nothing is grouped"
    );
}

#[test]
fn sql013_and_sql023_subqueries() {
    let again = Plan {
        dependent_subquery: true,
        ..scan()
    };
    let sql = "SELECT id FROM orders WHERE total = (SELECT MAX(id) FROM customers WHERE parent_id = orders.id)";
    assert_eq!(
        why("SQL013", sql, &again, &schema()).as_deref(),
        Some("A subquery runs again for each row of the outer statement.")
    );
    assert_eq!(why("SQL013", sql, &scan(), &schema()), None);
    let made = Plan {
        materialised: true,
        ..scan()
    };
    let told = tells(
        "SQL023",
        &made,
        &schema(),
        "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers)",
        "SELECT id FROM orders WHERE customer_id NOT IN (SELECT id FROM customers)",
    );
    assert_eq!(
        told,
        "The rows of a subquery of IN are collected in a table first."
    );
    assert_eq!(
        why(
            "SQL023",
            "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers)",
            &scan(),
            &schema()
        ),
        None,
        "nothing is collected"
    );
}

#[test]
fn sql014_not_in_and_null() {
    let told = tells(
        "SQL014",
        &scan(),
        &schema(),
        "SELECT id FROM orders WHERE customer_id NOT IN (SELECT parent_id FROM customers)",
        "SELECT id FROM orders WHERE customer_id NOT IN (SELECT id FROM customers)",
    );
    assert_eq!(
        told,
        "`customers`.`parent_id` may be NULL: one NULL, and NOT IN returns no row."
    );
    assert_eq!(
        why(
            "SQL014",
            "SELECT id FROM orders WHERE customer_id IN (SELECT parent_id FROM customers)",
            &scan(),
            &schema()
        ),
        None
    );
}

#[test]
fn sql017_a_long_list() {
    let list = |count: usize| {
        format!(
            "SELECT id FROM orders WHERE customer_id IN ({})",
            vec!["1"; count].join(", ")
        )
    };
    let told = tells("SQL017", &scan(), &schema(), &list(200), &list(199));
    assert_eq!(
        told,
        "A list of 200 values for `orders`.`customer_id`: put them into a table and join it, or ask in portions."
    );
}

#[test]
fn sql021_a_large_insert() {
    let read = |rows| plan(vec![step("orders", Access::FullScan, rows)]);
    let sql = "INSERT INTO settings SELECT note, status FROM orders";
    assert_eq!(
        why("SQL021", sql, &read(5_001.0), &schema()).as_deref(),
        Some("About 5001 rows are read, and locked, to insert what is selected.")
    );
    assert_eq!(why("SQL021", sql, &read(5_000.0), &schema()), None);
    assert_eq!(
        why(
            "SQL021",
            "SELECT note, status FROM orders",
            &read(5_001.0),
            &schema()
        ),
        None
    );
}

#[test]
fn row001_many_rows_read_for_one() {
    let said = |sql: &str, examined: u64, sent: u64| {
        let seen = Seen {
            executions: 10,
            rows_examined: 10 * examined,
            rows_sent: 10 * sent,
            query_time: Duration::from_secs(9),
            ..Seen::default()
        };
        seen_of(sql, seen, Some(&scan()))
            .into_iter()
            .find(|advice| advice.rule.0 == "ROW001")
            .map(|advice| advice.why)
    };
    let sql = "SELECT id FROM orders WHERE note = 'x'";
    assert_eq!(
        said(sql, 20_000, 20).as_deref(),
        Some("20,000 rows are examined each time, and 20 sent.")
    );
    assert_eq!(said(sql, 20_000, 21), None);
    assert!(said(sql, 1_000, 0).is_some());
    assert_eq!(said(sql, 999, 0), None);
    for sql in [
        "SELECT COUNT(*) FROM orders",
        "SELECT status FROM orders GROUP BY status",
        "SELECT DISTINCT note FROM orders",
        "DELETE FROM orders WHERE note = 'x'",
    ] {
        assert_eq!(said(sql, 20_000, 1), None, "{sql}");
    }
}

#[test]
fn row002_row003_and_row004_what_the_log_measured() {
    let healthy = plan(vec![by("orders", Access::Constant, "PRIMARY", 1.0)]);
    let sql = "SELECT id FROM orders WHERE id = 5";
    let base = Seen {
        executions: 10,
        query_time: Duration::from_secs(10),
        rows_sent: 10,
        rows_examined: 10,
        ..Seen::default()
    };
    let said = |seen| {
        seen_of(sql, seen, Some(&healthy))
            .into_iter()
            .map(|advice| (advice.rule.0, advice.why))
            .collect::<Vec<_>>()
    };
    assert_eq!(said(base), []);
    assert_eq!(
        said(Seen {
            temporary_on_disk: 3,
            ..base
        }),
        [(
            "ROW002",
            "A temporary table went to disk in 3 of 10 executions.".to_owned()
        )]
    );
    assert_eq!(
        said(Seen {
            filesort_on_disk: 4,
            ..base
        }),
        [(
            "ROW003",
            "A sort went to disk in 4 of 10 executions.".to_owned()
        )]
    );
    assert_eq!(
        said(Seen {
            lock_time: Duration::from_secs(5),
            ..base
        }),
        []
    );
    assert_eq!(
        said(Seen {
            lock_time: Duration::from_millis(5_100),
            ..base
        }),
        [(
            "ROW004",
            "51 % of the time was waiting for locks.".to_owned()
        )]
    );
    // More waiting than time, where a log says so.
    assert_eq!(
        said(Seen {
            lock_time: Duration::from_secs(50),
            ..base
        })[0]
            .1,
        "100 % of the time was waiting for locks."
    );
}

#[test]
fn row005_an_estimate_that_is_wrong() {
    let estimate = plan(vec![by("orders", Access::Range, "by_customer", 1_000.0)]);
    let with = |examined: u64| Seen {
        executions: 2,
        rows_examined: 2 * examined,
        rows_sent: 2_000,
        ..Seen::default()
    };
    let said = |plan: &Plan, examined| {
        let all = seen_of(
            "SELECT id FROM orders WHERE customer_id > 5",
            with(examined),
            Some(plan),
        );
        all.into_iter()
            .find(|advice| advice.rule.0 == "ROW005")
            .map(|advice| advice.why)
    };
    assert_eq!(said(&estimate, 10_000), None);
    assert_eq!(
        said(&estimate, 10_001).as_deref(),
        Some("About 1,000 rows were to be read, and 10,001 were examined each time.")
    );
    // A few rows more than few are few.
    let few = plan(vec![by("orders", Access::Range, "by_customer", 1.0)]);
    assert_eq!(
        (said(&few, 5_000), said(&few, 5_001).is_some()),
        (None, true)
    );
    let again = Plan {
        dependent_subquery: true,
        ..estimate
    };
    assert_eq!(
        said(&again, 99_000),
        None,
        "how often a subquery runs is in no plan"
    );
    let nothing = Plan {
        message: Some("Impossible WHERE".into()),
        ..Plan::default()
    };
    assert!(!is_wrong(&nothing, &with(99_000)));
}

#[test]
fn row006_many_rows_sent() {
    let sent = |rows: u64| Seen {
        executions: 2,
        rows_sent: 2 * rows,
        rows_examined: 40_000,
        ..Seen::default()
    };
    let said = |sql: &str, rows| {
        seen_of(sql, sent(rows), Some(&scan()))
            .into_iter()
            .find(|advice| advice.rule.0 == "ROW006")
            .map(|advice| advice.why)
    };
    assert_eq!(
        said("SELECT id FROM orders", 10_000).as_deref(),
        Some("10,000 rows are sent each time.")
    );
    assert_eq!(said("SELECT id FROM orders", 9_999), None);
    assert_eq!(said("DELETE FROM orders", 10_000), None);
}

#[test]
fn each_rule_is_heard_once_for_each_table() {
    let both = plan(vec![
        step("o", Access::FullScan, 20_000.0),
        step("c", Access::FullScan, 5_000.0),
    ]);
    let said = advise(
        "SELECT o.id FROM orders o JOIN customers c ON o.total > c.id WHERE LOWER(o.status) = 'a' AND LOWER(o.note) = 'b' AND LOWER(c.email) = 'c'",
        &both,
        &schema(),
    );
    let tables: Vec<_> = said
        .iter()
        .filter(|advice| advice.rule.0 == "SQL001")
        .map(|advice| advice.table.as_deref())
        .collect();
    assert_eq!(tables, [Some("orders"), Some("customers")]);
}

/// Aliases may repeat from one SELECT to the next, and tables may be unknown.
#[test]
fn each_table_has_its_own_step() {
    let statement = parse(
        "SELECT 1 FROM orders WHERE total = 5 AND id IN (SELECT id FROM orders WHERE note = 'x') AND EXISTS (SELECT 1 FROM unknown)",
    );
    let schema = schema();
    let steps = vec![
        by("orders", Access::Range, "by_customer", 9.0),
        Step {
            block: 1,
            ..step("orders", Access::FullScan, 20_000.0)
        },
    ];
    let plan = plan(steps);
    let case = Case {
        seen: seen(9),
        statement: &statement,
        plan: Some(&plan),
        schema: &schema,
    };
    let look = Look::new(&case);
    let found: Vec<_> = look
        .tables
        .iter()
        .map(|of| (of.access.block, of.step.unwrap().0, of.small, of.healthy))
        .collect();
    assert_eq!(found, [(0, 0, true, true), (1, 1, false, false)]);
    assert!(look.is_first(&look.tables[0]) && look.is_first(&look.tables[1]));
    assert!(
        !look.is_before("orders", &look.tables[0]),
        "a table is not before itself"
    );
    assert!(
        look.is_before("outside", &look.tables[1]),
        "what is of no table here is of the SELECT outside"
    );
}

/// Without a plan nobody knows which table comes first, unless there is one.
#[test]
fn without_a_plan_there_are_no_steps() {
    let schema = schema();
    let first = |sql: &str| {
        let statement = parse(sql);
        let case = Case {
            seen: seen(9),
            statement: &statement,
            plan: None,
            schema: &schema,
        };
        let look = Look::new(&case);
        look.tables
            .iter()
            .map(|of| {
                (
                    look.is_first(of),
                    of.small,
                    of.healthy,
                    look.is_before("orders", of),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(first("SELECT 1 FROM orders"), [(true, false, false, false)]);
    assert_eq!(
        first("SELECT 1 FROM settings, orders"),
        [(false, true, true, false), (false, false, false, false)]
    );
}

#[test]
fn a_scan_is_as_large_as_the_table() {
    let schema = schema();
    let statement = parse("SELECT id FROM orders WHERE note = 'x'");
    let small = |step: Step| {
        let plan = plan(vec![step]);
        let case = Case {
            seen: seen(9),
            statement: &statement,
            plan: Some(&plan),
            schema: &schema,
        };
        Look::new(&case).tables[0].small
    };
    assert!(
        !small(step("orders", Access::FullScan, 7.0)),
        "the table has more than the estimate says"
    );
    // By an index, a LIMIT may end it early.
    assert!(small(by("orders", Access::FullScan, "PRIMARY", 7.0)));
    assert!(small(by("orders", Access::IndexScan, "by_customer", 7.0)));
    assert!(small(step("orders", Access::Lookup, 7.0)));
}

fn candidate(names: &[&str], equality: usize) -> Candidate {
    let parts = names.iter().map(|name| crate::shop::part(name)).collect();
    Candidate {
        parts,
        equality,
        ends: if equality < names.len() {
            Ends::Range
        } else {
            Ends::Equality
        },
    }
}

#[test]
fn an_index_is_cut_to_what_the_server_takes() {
    let of = |name: &str, bytes: Option<u32>| Column {
        index_bytes: bytes,
        ..text(name)
    };
    let table = table(
        9,
        vec![
            of("a", Some(1_000)),
            of("b", Some(2_000)),
            of("c", Some(MAX_KEY_BYTES)),
            of("long", None),
            of("d", Some(72)),
            of("e", Some(73)),
        ],
        vec![],
    );
    let fitted = |names: &[&str], equality| {
        fit(&candidate(names, equality), &table).map(|fitted| {
            (
                crate::shop::columns(&fitted.parts),
                fitted.equality,
                fitted.ends,
            )
        })
    };
    let some = |columns: &str, equality, ends| Some((columns.to_owned(), equality, ends));
    assert_eq!(
        fitted(&["a", "b", "d"], 3),
        some("a, b, d", 3, Ends::Equality)
    );
    assert_eq!(
        fitted(&["a", "b", "e"], 3),
        some("a, b", 3 - 1, Ends::Equality),
        "one byte too many"
    );
    assert_eq!(fitted(&["c"], 1), some("c", 1, Ends::Equality));
    assert_eq!(
        fitted(&["a", "long", "d"], 3),
        some("a, d", 2, Ends::Equality),
        "the others are found without it"
    );
    assert_eq!(
        fitted(&["a", "long", "d"], 1),
        some("a", 1, Ends::Equality),
        "behind what is left out nothing is sorted"
    );
    assert_eq!(fitted(&["a", "d", "long"], 1), some("a, d", 1, Ends::Range));
    assert_eq!(fitted(&["long"], 1), None);
    assert_eq!(fitted(&["long", "a"], 0), None);
    assert_eq!(fitted(&[], 0), None);
    assert_eq!(fitted(&["unknown"], 1), None);
    let many: Vec<Column> = (0..9)
        .map(|number| of(&format!("c{number}"), Some(4)))
        .collect();
    let table = crate::shop::table(9, many.clone(), vec![]);
    let names: Vec<&str> = many.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        fit(&candidate(&names, 9), &table).unwrap().parts.len(),
        MAX_PARTS
    );
}

#[test]
fn an_index_has_a_name_of_its_own() {
    let table = |indexes| table(9, vec![number("a"), number("b")], indexes);
    let name = |indexes| named(&candidate(&["a", "b"], 2), &table(indexes)).name;
    assert_eq!(name(vec![]), "idx_a_b");
    assert_eq!(name(vec![index("IDX_A_B", &["b"])]), "idx_a_b_2");
    assert_eq!(
        name(vec![index("idx_a_b", &["b"]), index("idx_a_b_2", &["b"])]),
        "idx_a_b_3"
    );
    let long = "ä".repeat(64);
    let made = named(&candidate(&[&long], 1), &table(vec![]));
    assert_eq!(made.name.chars().count(), 58);
    assert!(made.visible && !made.unique && made.parts.len() == 1);
}

/// The figures of a class of the digest, as rules see them.
#[test]
fn what_a_class_has_seen() {
    let mut digest = Digest::new(Limits::default());
    for (number, disk) in [(1, true), (3, false)] {
        digest.add(&Entry {
            at: None,
            user: None,
            host: None,
            connection: None,
            schema: None,
            query_time: Duration::from_secs(number),
            lock_time: Duration::from_millis(number),
            rows_sent: number,
            rows_examined: 10 * number,
            rows_affected: None,
            plan: PlanFlags {
                temporary_table_on_disk: Some(disk),
                filesort_on_disk: Some(!disk),
                ..PlanFlags::default()
            },
            command: Command::Statement(b"SELECT 1"),
            truncated: false,
            ..Entry::default()
        });
    }
    let seen = Seen::from(digest.by_total_time()[0]);
    let expected = Seen {
        executions: 2,
        query_time: Duration::from_secs(4),
        lock_time: Duration::from_millis(4),
        rows_sent: 4,
        rows_examined: 40,
        temporary_on_disk: 1,
        filesort_on_disk: 1,
    };
    assert_eq!(seen, expected);
    assert_eq!((seen.examined_each(), seen.sent_each()), (20, 2));
    assert_eq!(Seen::default().examined_each(), 0, "nothing ran");
}

#[test]
fn columns_of_other_types_do_not_matter_here() {
    let mut schema = schema();
    schema
        .tables
        .get_mut("orders")
        .unwrap()
        .columns
        .push(of_type(moment("shipped"), "timestamp"));
    assert!(
        why(
            "SQL001",
            "SELECT id FROM orders WHERE YEAR(shipped) = 2024",
            &scan(),
            &schema
        )
        .is_some()
    );
}

/// MySQL reads the items first, whole, and the order of each by its primary key: for want of an index on what the items are joined by.
#[test]
fn a_table_that_is_read_first_for_want_of_an_index_gets_it() {
    let mut schema = schema();
    let items = table(
        240_000,
        vec![number("id"), number("order_id"), number("quantity")],
        vec![primary(&["id"])],
    );
    schema.tables.insert("items".into(), items);
    let plan = plan(vec![
        step("i", Access::FullScan, 240_000.0),
        by("o", Access::UniqueLookup, "PRIMARY", 1.0),
    ]);
    let of = |condition: &str| {
        let sql = format!(
            "SELECT o.id, i.quantity FROM orders o JOIN items i ON i.order_id = o.id WHERE {condition}"
        );
        let advice = advise(&sql, &plan, &schema);
        advice
            .into_iter()
            .find(|advice| advice.rule.0 == "IDX004")
            .map(|advice| advice.why)
    };
    assert_eq!(
        of("o.customer_id = 5").unwrap(),
        "About 240000 rows of `items` are read each time; an index on (`order_id`) would find the rows of the join."
    );
    // The orders would have to be read whole in its place, or nothing is asked of them.
    assert_eq!(of("o.total = 5"), None);
    assert_eq!(of("o.id = i.order_id"), None);
    // What the items are asked for by themselves is another index.
    assert_eq!(of("o.customer_id = 5 AND i.quantity = 2"), None);
}
