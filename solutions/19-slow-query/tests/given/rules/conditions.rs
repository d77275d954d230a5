//! SQL001 to SQL006 and SQL018: what a condition does to a column.

use super::{filesort, tells, why};
use crate::shop::{by, moment, of_type, plan, scan, schema, step, text};
use slow_query::core::plan::Access;
use slow_query::core::schema::Column;

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
