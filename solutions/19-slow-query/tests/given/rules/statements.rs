//! SQL007 and on: how a statement is written.

use super::{filesort, grouping, tells, why};
use crate::shop::{by, plan, scan, schema, step};
use slow_query::core::advice::{self, RuleId};
use slow_query::core::plan::{Access, Plan};

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
        Some("About 5,001 rows are read, and locked, to insert what is selected.")
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
