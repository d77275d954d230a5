//! Stage 4: which statement returns the same rows, and where none is known to.
//!
//! That the rows are the same is shown on real servers (services/stage4.rs); here is what is written, and what is refused.

use slow_query::core::advice::{self, Case, RULES, Remedy};
use slow_query::core::plan::Access;
use slow_query::core::rewrite::date::{Bound, Compared, Day, half_open};
use slow_query::core::rewrite::order::total_key;
use slow_query::core::rewrite::rewrites;
use slow_query::core::schema::{Column, Kind, Schema};
use slow_query::core::statement::Statement;

use crate::shop::{
    by, cut, index, index_of, moment, nullable, number, of_type, parse, plan, rules, scan, schema,
    schema_with, seen, table, text, unique,
};

/// The shop with indexes for an OR.
fn shop() -> Schema {
    let mut shop = schema_with("orders", index("by_status", &["status"]));
    let orders = shop.tables.get_mut("orders").unwrap();
    orders.indexes.push(index("by_total", &["total"]));
    shop
}

/// What `sql` is rewritten to, with the names of the rules.
fn all(sql: &str, schema: &Schema) -> Vec<(&'static str, String)> {
    let rewritten = rewrites(&parse(sql), schema).into_iter();
    rewritten
        .map(|rewrite| (rewrite.rule.0, rewrite.sql))
        .collect()
}

/// The one rewrite of `sql`.
#[track_caller]
fn one(rule: &str, sql: &str, schema: &Schema) -> String {
    match all(sql, schema).as_slice() {
        [(found, rewritten)] if *found == rule => rewritten.clone(),
        other => panic!("{sql}\n{other:?}"),
    }
}

#[track_caller]
fn none(sql: &str, schema: &Schema) {
    let found = all(sql, schema);
    assert_eq!(found, [], "this may return other rows: {sql}");
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

// Half-open ranges of moments.

/// Moments around the seventeenth of May, each with its day.
const MOMENTS: [&str; 9] = [
    "2024-05-16 00:00:00.000000",
    "2024-05-16 23:59:59.999999",
    "2024-05-17 00:00:00.000000",
    "2024-05-17 00:00:00.000001",
    "2024-05-17 12:00:00.000000",
    "2024-05-17 23:59:59.000000",
    "2024-05-17 23:59:59.500000",
    "2024-05-17 23:59:59.999999",
    "2024-05-18 00:00:00.000000",
];

/// Whether `moment` is within all `bounds`, as the server compares them: a day is its first moment.
fn within(moment: &str, bounds: &[Bound]) -> bool {
    bounds.iter().all(|bound| {
        let (op, limit) = (bound.op.to_string(), bound.moment.as_str());
        // As text the order is that of time, if both have all digits.
        let limit = format!(
            "{limit}{}",
            &" 00:00:00.000000"[limit.len().saturating_sub(10)..]
        );
        match op.as_str() {
            ">=" => moment >= limit.as_str(),
            ">" => moment > limit.as_str(),
            "<" => moment < limit.as_str(),
            "<=" => moment <= limit.as_str(),
            other => panic!("{other}"),
        }
    })
}

#[test]
fn inv9_a_day_has_all_its_moments() {
    let (first, next) = (day("2024-05-17"), day("2024-05-18"));
    for (how, sign) in [
        (Compared::Equal, "="),
        (Compared::Before, "<"),
        (Compared::UpTo, "<="),
        (Compared::After, ">"),
        (Compared::From, ">="),
    ] {
        let bounds = half_open(how, first, next);
        for moment in MOMENTS {
            let of_day = &moment[..10];
            let asked = match how {
                Compared::Equal => of_day == "2024-05-17",
                Compared::Before => of_day < "2024-05-17",
                Compared::UpTo => of_day <= "2024-05-17",
                Compared::After => of_day > "2024-05-17",
                Compared::From => of_day >= "2024-05-17",
            };
            let found = within(moment, &bounds);
            assert_eq!(
                found, asked,
                "DATE(c) {sign} '2024-05-17' for c = '{moment}': {asked}, but the range says {found}: {bounds:?}"
            );
        }
    }
}

#[test]
fn inv9_a_range_is_half_open() {
    let bounds = |how| {
        let bounds = half_open(how, day("2024-05-17"), day("2024-05-18"));
        bounds
            .iter()
            .map(|bound| format!("{} {}", bound.op, bound.moment))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(bounds(Compared::Equal), ">= 2024-05-17 < 2024-05-18");
    assert_eq!(bounds(Compared::Before), "< 2024-05-17");
    assert_eq!(bounds(Compared::UpTo), "< 2024-05-18");
    assert_eq!(bounds(Compared::After), ">= 2024-05-18");
    assert_eq!(bounds(Compared::From), ">= 2024-05-17");
}

#[test]
fn inv9_a_function_of_a_moment_becomes_a_range() {
    for (condition, rewritten) in [
        (
            "DATE(placed) = '2024-05-17'",
            "(placed >= '2024-05-17' AND placed < '2024-05-18')",
        ),
        (
            "date(placed) = \"2024-12-31\"",
            "(placed >= '2024-12-31' AND placed < '2025-01-01')",
        ),
        (
            "CAST(placed AS DATE) = '2024-02-28'",
            "(placed >= '2024-02-28' AND placed < '2024-02-29')",
        ),
        ("DATE(placed) <= '2023-02-28'", "(placed < '2023-03-01')"),
        ("DATE(placed) < '2023-02-28'", "(placed < '2023-02-28')"),
        ("DATE(placed) > '2023-02-28'", "(placed >= '2023-03-01')"),
        ("'2023-02-28' < DATE(placed)", "(placed >= '2023-03-01')"),
        ("'2023-02-28' >= DATE(placed)", "(placed < '2023-03-01')"),
        (
            "'2023-02-28' = DATE(placed)",
            "(placed >= '2023-02-28' AND placed < '2023-03-01')",
        ),
        (
            "'2023-02-28' <= DATE((placed))",
            "((placed) >= '2023-02-28')",
        ),
        (
            "'2023-02-28' > DATE(orders.placed)",
            "(orders.placed < '2023-02-28')",
        ),
        (
            "YEAR(placed) = 2024",
            "(placed >= '2024-01-01' AND placed < '2025-01-01')",
        ),
        ("YEAR(placed) > 2024", "(placed >= '2025-01-01')"),
        ("2024 > YEAR(placed)", "(placed < '2024-01-01')"),
        (
            "YEAR(placed) BETWEEN 2023 AND 2024",
            "(placed >= '2023-01-01' AND placed < '2025-01-01')",
        ),
        (
            "DATE(placed) BETWEEN '2024-02-29' AND '2024-03-31'",
            "(placed >= '2024-02-29' AND placed < '2024-04-01')",
        ),
        (
            "id = 1 AND (total = 2 OR DATE(placed) = '2024-05-17')",
            "id = 1 AND (total = 2 OR (placed >= '2024-05-17' AND placed < '2024-05-18'))",
        ),
    ] {
        let sql = one(
            "SQL001",
            &format!("SELECT id FROM orders WHERE {condition}"),
            &schema(),
        );
        assert_eq!(sql, format!("SELECT id FROM orders WHERE {rewritten}"));
    }
}

/// Another way to write a day, a moment of another type, or an operator that treats NULL as a value.
#[test]
fn inv9_what_is_no_day_of_a_local_moment_stays() {
    for condition in [
        "DATE(placed) = '2024-5-17'",
        "DATE(placed) = '2024-05-17 10:00:00'",
        "DATE(placed) = '2024-02-30'",
        "DATE(placed) = '20240517'",
        "DATE(placed) = 20240517",
        "DATE(placed) = '2024/05/17'",
        "DATE(placed) = '9999-12-31'",
        "DATE(placed) = '0999-12-31'",
        "DATE(placed) = CURDATE()",
        "DATE(placed) <> '2024-05-17'",
        "DATE(placed) <=> '2024-05-17'",
        "DATE(placed) NOT BETWEEN '2024-05-17' AND '2024-05-18'",
        "DATE(placed) IN ('2024-05-17')",
        "YEAR(placed) = '2024'",
        "YEAR(placed) = 24",
        "YEAR(placed) = 2024.5",
        "MONTH(placed) = 5",
        "DATE(DATE(placed)) = '2024-05-17'",
        "DATE(status) = '2024-05-17'",
        "DATE(nothing) = '2024-05-17'",
        "placed = '2024-05-17'",
        "NOT DATE(placed) = '2024-05-17'",
    ] {
        none(
            &format!("SELECT id FROM orders WHERE {condition}"),
            &schema(),
        );
    }
    let with = |type_name: &str| {
        let mut schema = schema();
        schema.tables.get_mut("orders").unwrap().columns[3] = of_type(moment("placed"), type_name);
        all(
            "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17'",
            &schema,
        )
        .len()
    };
    let types = [
        "datetime",
        "datetime(3)",
        "DATETIME(6)",
        "date",
        "timestamp",
        "timestamp(6)",
        "time",
    ];
    assert_eq!(
        types.map(with),
        [1, 1, 1, 1, 0, 0, 0],
        "where clocks go back, a day of a timestamp begins twice"
    );
}

/// 2024-05-00 lies behind April and before May, and is of both May and 2024.
#[test]
fn inv9_where_days_may_be_missing_the_condition_stays_too() {
    let partial = Schema {
        partial_dates: true,
        ..schema()
    };
    let sql = |condition: &str| {
        one(
            "SQL001",
            &format!("SELECT id FROM orders WHERE {condition}"),
            &partial,
        )
    };
    assert_eq!(
        sql("DATE(placed) = '2024-05-01'"),
        "SELECT id FROM orders WHERE (placed >= '2024-04-30' AND placed < '2024-05-03' AND DATE(placed) = '2024-05-01')"
    );
    assert_eq!(
        sql("YEAR(placed) = 2024"),
        "SELECT id FROM orders WHERE (placed >= '2023-12-31' AND placed < '2025-01-02' AND YEAR(placed) = 2024)"
    );
    assert_eq!(
        sql("DATE(placed) BETWEEN '2024-03-01' AND '2024-03-05'"),
        "SELECT id FROM orders WHERE (placed >= '2024-02-29' AND placed < '2024-03-07' AND DATE(placed) BETWEEN '2024-03-01' AND '2024-03-05')"
    );
    for how in ["<", "<=", ">", ">="] {
        none(
            &format!("SELECT id FROM orders WHERE DATE(placed) {how} '2024-05-01'"),
            &partial,
        );
    }
}

// Paging.

#[test]
fn inv9_a_page_is_found_by_its_keys() {
    for (sql, rewritten) in [
        (
            "SELECT * FROM orders ORDER BY placed, id LIMIT 20 OFFSET 1000",
            "SELECT `orders`.* FROM orders JOIN (SELECT `orders`.`id` AS `page_key_0` FROM orders ORDER BY placed, id LIMIT 20 OFFSET 1000) AS `page` \
             ON `page`.`page_key_0` = `orders`.`id` ORDER BY placed, id",
        ),
        (
            "SELECT status AS s, *, total + 1 FROM orders AS o WHERE total > 5 ORDER BY o.id DESC LIMIT 40, 20",
            "SELECT status AS s, `o`.*, total + 1 FROM orders AS o JOIN (SELECT `o`.`id` AS `page_key_0` FROM orders AS o WHERE total > 5 ORDER BY o.id DESC LIMIT 40, 20) \
             AS `page` ON `page`.`page_key_0` = `o`.`id` ORDER BY o.id DESC",
        ),
    ] {
        assert_eq!(one("SQL008", sql, &schema()), rewritten);
    }
    // By whichever key the sort is total; with all its columns, in any order.
    let mut schema = schema();
    let orders = schema.tables.get_mut("orders").unwrap();
    orders
        .indexes
        .push(unique("number", &["reference", "status"]));
    let sql = one(
        "SQL008",
        "SELECT id FROM orders ORDER BY status, total, reference LIMIT 1 OFFSET 2",
        &schema,
    );
    let expected = "SELECT id FROM orders JOIN (SELECT `orders`.`reference` AS `page_key_0`, `orders`.`status` AS `page_key_1` FROM orders \
        ORDER BY status, total, reference LIMIT 1 OFFSET 2) AS `page` ON `page`.`page_key_0` = `orders`.`reference` AND `page`.`page_key_1` = `orders`.`status` \
        ORDER BY status, total, reference";
    assert_eq!(sql, expected);
    // A table that is called page already.
    let sql = one(
        "SQL008",
        "SELECT id FROM orders page ORDER BY id LIMIT 1 OFFSET 2",
        &schema,
    );
    assert!(
        sql.ends_with(") AS `page_` ON `page_`.`page_key_0` = `page`.`id` ORDER BY id"),
        "{sql}"
    );
}

/// Rows that are equal in what is sorted by come in any order: two statements may page through two of them.
#[test]
fn inv9_a_sort_with_ties_is_not_paged() {
    for order in [
        "ORDER BY placed",
        "ORDER BY placed, status",
        "ORDER BY total",
        "",
    ] {
        let sql = format!("SELECT id FROM orders {order} LIMIT 20 OFFSET 1000");
        let found = all(&sql, &schema());
        assert_eq!(
            found,
            [],
            "rows that are equal in the sort come in any order, so this page may have other rows than: {sql}"
        );
    }
    assert_eq!(
        all(
            "SELECT id FROM orders ORDER BY placed, id LIMIT 20 OFFSET 1000",
            &schema()
        )
        .len(),
        1
    );
}

#[test]
fn inv9_a_total_sort_has_a_key_without_nulls() {
    let columns = vec![number("id"), number("a"), nullable(number("b")), text("c")];
    let keys = |indexes| table(9, columns.clone(), indexes);
    let found = |sort: &[&str], index| total_key(sort, &keys(vec![index])).is_some();
    assert!(found(&["id"], unique("k", &["id"])));
    assert!(found(&["a", "id"], unique("k", &["id"])));
    assert!(found(&["a", "c", "id"], unique("k", &["id", "a"])));
    assert!(
        !found(&["a"], unique("k", &["id", "a"])),
        "half of a key is none"
    );
    assert!(!found(&["id"], index("k", &["id"])), "it is not unique");
    assert!(
        !found(&["b"], unique("k", &["b"])),
        "two NULLs are no duplicates of each other"
    );
    assert!(!found(&["a", "b"], unique("k", &["a", "b"])));
    let prefix = slow_query::core::schema::Index {
        unique: true,
        ..index_of("k", vec![cut("c", 5)])
    };
    assert!(!found(&["c"], prefix));
    assert!(!found(&[], unique("k", &["id"])));
    assert!(!found(&["id"], unique("k", &[])), "a key without columns");
    assert!(
        !found(&["x"], unique("k", &["x"])),
        "an expression, or a column that is not known"
    );
    // The first that does.
    let two = keys(vec![unique("one", &["a"]), unique("two", &["id"])]);
    assert_eq!(
        total_key(&["id"], &two).map(|index| index.name.as_str()),
        Some("two")
    );
}

#[test]
fn inv9_what_is_not_row_by_row_is_not_paged() {
    for sql in [
        "SELECT id FROM orders ORDER BY id LIMIT 20",
        "SELECT id FROM orders ORDER BY id",
        "SELECT id AS x FROM orders ORDER BY x LIMIT 20 OFFSET 40",
        "SELECT id FROM orders ORDER BY 1 LIMIT 20 OFFSET 40",
        "SELECT id FROM orders ORDER BY id + 1, id LIMIT 20 OFFSET 40",
        "SELECT DISTINCT id FROM orders ORDER BY id LIMIT 20 OFFSET 40",
        "SELECT id, COUNT(*) FROM orders GROUP BY id ORDER BY id LIMIT 20 OFFSET 40",
        "SELECT id FROM orders HAVING id > 5 ORDER BY id LIMIT 20 OFFSET 40",
        "SELECT id, (SELECT 1 FROM customers WHERE customers.id = orders.id) FROM orders ORDER BY id LIMIT 20 OFFSET 40",
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.id LIMIT 20 OFFSET 40",
        "SELECT id FROM orders FORCE INDEX (by_customer) ORDER BY id LIMIT 20 OFFSET 40",
        "SELECT id FROM orders PARTITION (p0) ORDER BY id LIMIT 20 OFFSET 40",
        "SELECT id FROM orders ORDER BY id LIMIT 20 OFFSET 40 FOR UPDATE",
        "SELECT id FROM elsewhere ORDER BY id LIMIT 20 OFFSET 40",
        "SELECT id FROM orders ORDER BY id LIMIT 20 OFFSET 40 UNION SELECT 1",
    ] {
        if let Ok(statement) = Statement::parse(sql) {
            assert_eq!(rewrites(&statement, &schema()), [], "{sql}");
        }
    }
    let mut schema = schema();
    schema
        .tables
        .get_mut("orders")
        .unwrap()
        .columns
        .push(number("page_key_0"));
    none(
        "SELECT id FROM orders ORDER BY id LIMIT 20 OFFSET 40",
        &schema,
    );
    assert_eq!(
        all(
            "SELECT id FROM orders ORDER BY id LIMIT 20 OFFSET 40",
            &shop()
        )
        .len(),
        1
    );
}

// NOT IN.

/// The shop in which `customers.parent_id` and `orders.total` may be NULL, or not.
fn nulls(outer: bool, inner: bool) -> Schema {
    let mut schema = schema();
    let column = |name: &str, null: bool| {
        if null {
            nullable(number(name))
        } else {
            number(name)
        }
    };
    schema.tables.get_mut("customers").unwrap().columns[4] = column("parent_id", outer);
    schema.tables.get_mut("orders").unwrap().columns[4] = column("total", inner);
    schema
}

const NOT_IN: &str = "SELECT id FROM customers WHERE parent_id NOT IN (SELECT total FROM orders)";

/// Every value of one row against every set of up to two values, with what SQL says of NULL.
#[test]
fn inv9_not_exists_is_true_where_not_in_is() {
    let values = [None, Some(1), Some(2)];
    for (outer, inner) in [(false, false), (false, true), (true, false), (true, true)] {
        let rewritten = one("SQL014", NOT_IN, &nulls(outer, inner));
        let y_null = rewritten.contains("`orders`.`total` IS NULL");
        let x_null = rewritten.contains("`customers`.`parent_id` IS NULL");
        assert!(
            rewritten.contains("`orders`.`total` = `customers`.`parent_id`"),
            "{rewritten}"
        );
        let sets = [
            vec![],
            vec![None],
            vec![Some(1)],
            vec![Some(1), None],
            vec![Some(1), Some(2)],
        ];
        for x in values.into_iter().filter(|x| outer || x.is_some()) {
            for set in sets.iter().filter(|set| inner || !set.contains(&None)) {
                let not_in = set.iter().all(|y| x.is_some() && y.is_some() && x != *y);
                let finds = |y: &Option<i32>| {
                    (x.is_some() && x == *y) || (y_null && y.is_none()) || (x_null && x.is_none())
                };
                let not_exists = !set.iter().any(finds);
                assert_eq!(
                    not_exists, not_in,
                    "a row with {x:?} and the values {set:?}: NOT IN lets it through: {not_in}, but this does: {not_exists}\n{rewritten}"
                );
            }
        }
    }
}

#[test]
fn inv9_not_in_says_what_null_means() {
    let found = |outer, inner| {
        one("SQL014", NOT_IN, &nulls(outer, inner)).replace(
            "SELECT id FROM customers WHERE NOT EXISTS (SELECT 1 FROM orders WHERE ",
            "",
        )
    };
    assert_eq!(
        found(false, false),
        "`orders`.`total` = `customers`.`parent_id`)"
    );
    assert_eq!(
        found(false, true),
        "(`orders`.`total` = `customers`.`parent_id` OR `orders`.`total` IS NULL))"
    );
    assert_eq!(
        found(true, false),
        "(`orders`.`total` = `customers`.`parent_id` OR `customers`.`parent_id` IS NULL))"
    );
    assert_eq!(
        found(true, true),
        "(`orders`.`total` = `customers`.`parent_id` OR `orders`.`total` IS NULL OR `customers`.`parent_id` IS NULL))"
    );
    let sql = "SELECT c.id FROM customers c WHERE c.name = 'x' AND c.id NOT IN (SELECT DISTINCT o.customer_id AS x FROM orders o WHERE o.id = 1 OR o.paid) AND c.country = 'de'";
    assert_eq!(
        one("SQL014", sql, &schema()),
        "SELECT c.id FROM customers c WHERE c.name = 'x' AND c.country = 'de' AND \
         NOT EXISTS (SELECT 1 FROM orders o WHERE (o.id = 1 OR o.paid) AND `o`.`customer_id` = `c`.`id`)"
    );
}

#[test]
fn inv9_not_in_stays_where_it_means_more() {
    for sql in [
        // Not a condition of WHERE: unknown and false are not the same there.
        "SELECT id NOT IN (SELECT customer_id FROM orders) FROM customers",
        "SELECT id FROM customers WHERE id = 1 OR id NOT IN (SELECT customer_id FROM orders)",
        // Other rows than those of the table.
        "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders LIMIT 5)",
        "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders GROUP BY customer_id)",
        "SELECT id FROM customers WHERE id NOT IN (SELECT MAX(customer_id) FROM orders)",
        "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders HAVING customer_id > 5)",
        "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders UNION SELECT 1)",
        "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders FOR UPDATE)",
        "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id + 1 FROM orders)",
        "SELECT id FROM customers WHERE id + 1 NOT IN (SELECT customer_id FROM orders)",
        "SELECT id FROM customers WHERE id NOT IN (SELECT * FROM orders)",
        // Inside, the name would mean the inner table.
        "SELECT id FROM customers WHERE id NOT IN (SELECT parent_id FROM customers)",
        // Compared by conversion.
        "SELECT id FROM customers WHERE id NOT IN (SELECT status FROM orders)",
        "SELECT id FROM customers WHERE id NOT IN (SELECT nothing FROM orders)",
        "SELECT id FROM customers WHERE created NOT IN (SELECT note FROM orders)",
    ] {
        none(sql, &schema());
    }
    let mut schema = schema();
    let orders = schema.tables.get_mut("orders").unwrap();
    orders.columns.push(Column {
        collation: Some("utf8mb4_bin".into()),
        ..text("binary")
    });
    orders
        .columns
        .push(of_type(number("exact"), "decimal(20,2)"));
    orders
        .columns
        .push(of_type(number("big"), "bigint unsigned"));
    orders.columns.push(of_type(moment("stamp"), "timestamp"));
    orders.columns.push(of_type(moment("second"), "datetime"));
    orders.columns.push(Column {
        kind: Kind::Other,
        ..of_type(text("choice"), "enum('a')")
    });
    for (column, of, count) in [
        ("country", "binary", 0),
        ("country", "status", 1),
        ("country", "choice", 0),
        ("id", "exact", 0),
        ("id", "big", 1),
        ("created", "stamp", 0),
        ("created", "second", 1),
    ] {
        let sql =
            format!("SELECT id FROM customers WHERE {column} NOT IN (SELECT {of} FROM orders)");
        assert_eq!(all(&sql, &schema).len(), count, "{column} with {of}");
    }
}

// OR.

/// A row for which both arms hold is found by both.
#[test]
fn inv9_a_row_that_two_arms_find_is_returned_once() {
    let sql = one(
        "SQL005",
        "SELECT id, total FROM orders WHERE status = 'new' OR total = 5",
        &shop(),
    );
    // (id, whether it is new, whether its total is 5)
    let rows = [
        (1, true, false),
        (2, true, true),
        (3, false, true),
        (4, false, false),
    ];
    let mut found: Vec<i32> = rows
        .iter()
        .filter(|row| row.1)
        .chain(rows.iter().filter(|row| row.2))
        .map(|row| row.0)
        .collect();
    if !sql.contains(" UNION ALL ") {
        found.sort_unstable();
        found.dedup();
    }
    let expected: Vec<i32> = rows
        .iter()
        .filter(|row| row.1 || row.2)
        .map(|row| row.0)
        .collect();
    assert_eq!(
        found,
        expected,
        "the row for which both conditions hold is returned {} times by\n{sql}",
        found.iter().filter(|id| **id == 2).count()
    );
}

#[test]
fn inv9_or_becomes_a_union_with_a_key() {
    for (sql, rewritten) in [
        (
            "SELECT * FROM orders WHERE status = 'new' OR total > 5",
            "SELECT * FROM orders WHERE status = 'new' UNION SELECT * FROM orders WHERE total > 5",
        ),
        (
            "SELECT id, placed FROM orders WHERE paid = 1 AND (status = 'new' OR (total = 5) OR customer_id IS NULL) AND note IS NULL ORDER BY placed DESC",
            "SELECT id, placed FROM orders WHERE paid = 1 AND note IS NULL AND status = 'new' UNION SELECT id, placed FROM orders WHERE paid = 1 AND note IS NULL AND total = 5 \
             UNION SELECT id, placed FROM orders WHERE paid = 1 AND note IS NULL AND customer_id IS NULL ORDER BY placed DESC",
        ),
        (
            "SELECT o.id FROM orders o WHERE o.status LIKE 'n%' OR o.total IN (1, 2)",
            "SELECT o.id FROM orders o WHERE o.status LIKE 'n%' UNION SELECT o.id FROM orders o WHERE o.total IN (1, 2)",
        ),
    ] {
        assert_eq!(one("SQL005", sql, &shop()), rewritten);
    }
}

#[test]
fn inv9_or_stays_where_a_union_would_lose_rows_or_win_nothing() {
    for sql in [
        // Without a key, two rows of the table may be one of the result.
        "SELECT status FROM orders WHERE status = 'new' OR total = 5",
        "SELECT customer_id, total FROM orders WHERE status = 'new' OR total = 5",
        "SELECT id, id FROM orders WHERE status = 'new' OR total = 5",
        "SELECT id AS x FROM orders WHERE status = 'new' OR total = 5",
        "SELECT id, total + 1 FROM orders WHERE status = 'new' OR total = 5",
        "SELECT orders.*, 1 FROM orders WHERE status = 'new' OR total = 5",
        // One index finds it, or none does.
        "SELECT id FROM orders WHERE status = 'new' OR status LIKE 'p%'",
        "SELECT id FROM orders WHERE status = 'new' OR placed > '2024-05-17'",
        "SELECT id FROM orders WHERE status = 'new' OR total <> 5",
        "SELECT id FROM orders WHERE status = 17 OR total = 5",
        "SELECT id FROM orders WHERE status = 'new' OR (total = 5 AND paid = 1)",
        "SELECT id FROM orders WHERE status = 'new' OR 1 = 1",
        // Cut, counted, or sorted by what a UNION cannot sort by.
        "SELECT id FROM orders WHERE status = 'new' OR total = 5 ORDER BY id LIMIT 5",
        "SELECT COUNT(*) FROM orders WHERE status = 'new' OR total = 5",
        "SELECT DISTINCT id FROM orders WHERE status = 'new' OR total = 5",
        "SELECT id FROM orders WHERE status = 'new' OR total = 5 ORDER BY placed",
        "SELECT id FROM orders WHERE status = 'new' OR total = 5 ORDER BY orders.id",
        "SELECT id FROM orders WHERE status = 'new' OR total = 5 ORDER BY id + 1",
        "SELECT id FROM orders WHERE status = 'new' OR total = 5 ORDER BY 1",
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'new' OR o.total = 5",
    ] {
        none(sql, &shop());
    }
    let mut shop = shop();
    let orders = shop.tables.get_mut("orders").unwrap();
    orders.columns.push(Column {
        kind: Kind::Other,
        ..of_type(text("choice"), "enum('b','a')")
    });
    // An ENUM is sorted by its number in a table, and by its text in a UNION.
    none(
        "SELECT id, choice FROM orders WHERE status = 'new' OR total = 5 ORDER BY choice",
        &shop,
    );
    assert_eq!(
        all(
            "SELECT id, choice FROM orders WHERE status = 'new' OR total = 5 ORDER BY id",
            &shop
        )
        .len(),
        1
    );
    shop.tables.get_mut("orders").unwrap().indexes[2].visible = false;
    none(
        "SELECT id FROM orders WHERE status = 'new' OR total = 5",
        &shop,
    );
}

// What is true of every rewrite.

/// Rows that nobody determined cannot be the same.
#[test]
fn inv9_what_depends_on_chance_is_not_rewritten() {
    let rewritten =
        |with: &str| all(&with.replace('#', "DATE(placed) = '2024-05-17'"), &schema()).len();
    assert_eq!(rewritten("SELECT id FROM orders WHERE #"), 1);
    for sql in [
        "SELECT id, RAND() FROM orders WHERE #",
        "SELECT id FROM orders WHERE # AND id > @x",
        "SELECT id, UUID() FROM orders WHERE #",
        "SELECT id FROM orders WHERE # AND shop.stored(id)",
        "SELECT id FROM orders WHERE # AND unknown(id)",
        "SELECT id FROM orders WHERE # LIMIT 5",
        "SELECT id FROM orders WHERE # ORDER BY placed LIMIT 5",
        "SELECT id FROM orders WHERE # AND EXISTS (SELECT 1 FROM customers LIMIT 1)",
        "SELECT id INTO OUTFILE 'x' FROM orders WHERE #",
        "SELECT id FROM orders WHERE # FOR UPDATE",
        "SELECT SQL_CALC_FOUND_ROWS id FROM orders WHERE #",
        "SELECT /*+ NO_INDEX(orders) */ id FROM orders WHERE #",
        "WITH x AS (SELECT 1) SELECT id FROM orders WHERE #",
        "SELECT status, COUNT(*) FROM orders WHERE # GROUP BY status",
        "SELECT YEAR(placed), COUNT(*) FROM orders WHERE # GROUP BY YEAR(placed)",
        "SELECT DISTINCT status FROM orders WHERE #",
        "SELECT DISTINCT * FROM orders WHERE #",
        "SELECT MAX(status) FROM orders WHERE #",
        "SELECT GROUP_CONCAT(id) FROM orders WHERE #",
        "DELETE FROM orders WHERE #",
    ] {
        if let Ok(statement) = Statement::parse(&sql.replace('#', "DATE(placed) = '2024-05-17'")) {
            assert_eq!(rewrites(&statement, &schema()), [], "{sql}");
        }
    }
    for sql in [
        "SELECT id FROM orders WHERE # ORDER BY placed, id LIMIT 5",
        "SELECT customer_id, COUNT(*), SUM(total), MAX(placed) FROM orders WHERE # GROUP BY customer_id",
        "SELECT DISTINCT customer_id FROM orders WHERE #",
        "SELECT UPPER(status) FROM orders WHERE # AND id IN (SELECT MAX(id) FROM customers)",
    ] {
        assert_eq!(rewritten(sql), 1, "{sql}");
    }
    let mut schema = schema();
    schema.tables.get_mut("orders").unwrap().columns[4] = of_type(number("total"), "double");
    none(
        "SELECT SUM(total) FROM orders WHERE DATE(placed) = '2024-05-17'",
        &schema,
    );
}

#[test]
fn inv9_the_order_is_determined_where_the_sort_is_total() {
    let keeps = |sql: &str| {
        rewrites(&parse(sql), &shop())
            .iter()
            .map(|rewrite| rewrite.keeps_order)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        keeps("SELECT id FROM orders WHERE DATE(placed) = '2024-05-17'"),
        [false]
    );
    assert_eq!(
        keeps("SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' ORDER BY placed"),
        [false]
    );
    assert_eq!(
        keeps("SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' ORDER BY placed, id DESC"),
        [true]
    );
    assert_eq!(
        keeps("SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' ORDER BY placed, id + 1"),
        [false]
    );
    assert_eq!(
        keeps(
            "SELECT customer_id FROM orders WHERE DATE(placed) = '2024-05-17' GROUP BY customer_id ORDER BY customer_id"
        ),
        [false]
    );
}

/// Several rules may have something to say of one statement: each says it alone.
#[test]
fn inv9_each_rewrite_is_applied_alone() {
    let sql = "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' AND total + 1 = 6 AND (status = 'new' OR total = 5) ORDER BY id";
    let found = all(sql, &shop());
    assert_eq!(
        found.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(),
        ["SQL001", "SQL005", "SQL018"]
    );
    assert_eq!(
        found[2].1,
        "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' AND total = 5 AND (status = 'new' OR total = 5) ORDER BY id"
    );
}

#[test]
fn inv9_a_literal_is_written_as_it_was_read() {
    for literal in [
        "'it''s'",
        r"'a\'b'",
        r"'a\\b'",
        r"'\n\0'",
        r#""double ""quoted"" 'x'""#,
        "'ä 🦀'",
        r"x'c0ffee'",
        "N'x'",
        r"'a\\'",
        r"'a\\''b'",
    ] {
        let sql = format!(
            "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' AND status = {literal}"
        );
        let rewritten = one("SQL001", &sql, &schema());
        let literal = literal.replace("x'c0ffee'", "X'c0ffee'");
        assert!(
            rewritten.ends_with(&format!(" AND status = {literal}")),
            "{rewritten}"
        );
    }
}

/// What the parser takes for something else than the server does is not taken apart.
#[test]
fn inv9_what_the_parser_misreads_is_not_rewritten() {
    let count = |with: &str| {
        let sql = format!("SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' {with}");
        all(&sql, &schema()).len()
    };
    assert_eq!(count("AND total = 0x0F"), 1);
    for with in [
        // OR to the server, which binds weaker than AND.
        "|| total = 5",
        "XOR total = 5",
        "AND BINARY status = 'x'",
        "AND CAST(status AS BINARY) = 'x'",
        "AND total = 0xF",
        "/*!99999 AND total = 5 */",
        "/*M!100000 AND total = 5 */",
    ] {
        assert_eq!(count(with), 0, "{with}");
    }
}

#[test]
fn inv9_what_is_written_is_read_as_the_same_again() {
    for sql in [
        "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' ORDER BY id",
        "SELECT id FROM orders ORDER BY id LIMIT 5 OFFSET 10",
        NOT_IN,
        "SELECT id FROM orders WHERE status = 'new' OR total = 5",
        "SELECT id FROM customers WHERE id IN (SELECT customer_id FROM orders)",
    ] {
        let found = rewrites(&parse(sql), &shop());
        assert_eq!(found.len(), 1, "{sql}");
        // Rewritten once, there is nothing left to rewrite by the same rule.
        let again = rewrites(&parse(&found[0].sql), &shop());
        assert!(
            again.iter().all(|rewrite| rewrite.rule != found[0].rule),
            "{}",
            found[0].sql
        );
    }
}

// The rules that are told are replaced by the rewrites that answer them.

#[test]
fn inv9_a_rewrite_takes_the_place_of_what_was_told() {
    let statement = parse("SELECT id FROM orders WHERE DATE(placed) = '2024-05-17'");
    let (schema, plan) = (schema(), scan());
    let case = Case {
        seen: seen(20_000),
        statement: &statement,
        plan: Some(&plan),
        schema: &schema,
    };
    assert_eq!(rules(&advice::advise(&case)), ["SQL001", "ROW001"]);
    let all = advice::with_rewrites(&case);
    assert_eq!(rules(&all), ["ROW001", "SQL001"]);
    assert!(
        matches!(&all[1].remedy, Remedy::Rewrite(rewrite) if rewrite.rule == all[1].rule),
        "{all:?}"
    );
    assert_eq!(
        all[1].why,
        "A function hides the column from its index: there is a statement that returns the same rows."
    );
}

/// Every rewrite answers a rule that there is.
#[test]
fn inv9_every_rewrite_has_its_rule() {
    let mut found: Vec<&str> = [
        "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' AND total + 1 = 6 AND (status = 'new' OR total = 5) ORDER BY id",
        "SELECT id FROM orders ORDER BY id LIMIT 5 OFFSET 10",
        "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)",
        "SELECT id FROM customers WHERE id IN (SELECT customer_id FROM orders) AND (SELECT COUNT(*) FROM orders) > 0",
        "SELECT DISTINCT customer_id FROM orders GROUP BY customer_id HAVING customer_id > 5",
    ]
    .iter()
    .flat_map(|sql| all(sql, &shop()).into_iter().map(|(rule, _)| rule))
    .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "SQL001", "SQL005", "SQL008", "SQL012", "SQL014", "SQL015", "SQL018", "SQL019",
            "SQL023"
        ]
    );
    assert!(
        found
            .iter()
            .all(|rule| RULES.iter().any(|known| known.id.0 == *rule))
    );
}

// Invariant 6 and 5 hold of rewrites too.

#[test]
fn inv6_a_healthy_statement_is_not_rewritten() {
    let statement = parse("SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' AND id = 5");
    let schema = schema();
    let with = |plan: &_, examined| {
        let case = Case {
            seen: seen(examined),
            statement: &statement,
            plan: Some(plan),
            schema: &schema,
        };
        rules(&advice::with_rewrites(&case))
    };
    assert_eq!(
        with(
            &plan(vec![by("orders", Access::Constant, "PRIMARY", 1.0)]),
            1
        ),
        [] as [&str; 0]
    );
    assert_eq!(with(&scan(), 20_000), ["ROW001", "SQL001"]);
}

/// A rewrite holds the literals, since it is to be run; what is shown of it does not.
#[test]
fn inv5_a_rewrite_is_shown_by_its_shape() {
    let statement = parse(
        "SELECT id, 'canary' FROM orders WHERE DATE(placed) = '2024-05-17' AND status = 'canary'",
    );
    let (schema, plan) = (schema(), scan());
    let case = Case {
        seen: seen(20_000),
        statement: &statement,
        plan: Some(&plan),
        schema: &schema,
    };
    let all = advice::with_rewrites(&case);
    let Some(Remedy::Rewrite(rewrite)) = all
        .iter()
        .map(|advice| &advice.remedy)
        .find(|remedy| matches!(remedy, Remedy::Rewrite(_)))
    else {
        panic!("{all:?}")
    };
    assert!(
        rewrite.sql.contains("'canary'") && rewrite.sql.contains("'2024-05-18'"),
        "{}",
        rewrite.sql
    );
    assert_eq!(
        rewrite.shape,
        "select id, ? from orders where (placed >= ? and placed < ?) and status = ?"
    );
    let shown = format!("{all:?}");
    for secret in ["canary", "2024"] {
        assert!(
            !shown.contains(secret),
            "{secret} is in what is shown: {shown}"
        );
    }
}
