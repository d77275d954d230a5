//! The rewrites that the learner is given, by the statements that they write, and what they leave alone. That the rows are the same is shown on servers
//! (`tests/19-slow-query/services/stage4.rs`).

use crate::shop::{index, moment, nullable, number, of_type, parse, schema, text};
use slow_query::core::rewrite::date::Day;
use slow_query::core::rewrite::{Rewrite, rewrites};
use slow_query::core::schema::{Column, Kind, Schema};

fn all(sql: &str, schema: &Schema) -> Vec<Rewrite> {
    rewrites(&parse(sql), schema)
}

/// What `rule` makes of `sql`.
fn by(rule: &str, sql: &str, schema: &Schema) -> Option<String> {
    let mut all = all(sql, schema).into_iter();
    all.find(|rewrite| rewrite.rule.0 == rule)
        .map(|rewrite| rewrite.sql)
}

#[track_caller]
fn becomes(rule: &str, cases: &[(&str, &str)]) {
    for (sql, rewritten) in cases {
        assert_eq!(
            by(rule, sql, &schema()).as_deref(),
            Some(*rewritten),
            "{sql}"
        );
    }
}

#[track_caller]
fn stays(rule: &str, schema: &Schema, sqls: &[&str]) {
    for sql in sqls {
        assert_eq!(by(rule, sql, schema), None, "{sql}");
    }
}

#[test]
fn days_of_the_calendar() {
    let next = |text: &str| Day::parse(text).map(|day| day.next().to_string());
    for (day, after) in [
        ("2024-02-28", Some("2024-02-29")),
        ("2024-02-29", Some("2024-03-01")),
        ("2023-02-28", Some("2023-03-01")),
        ("1900-02-28", Some("1900-03-01")),
        ("2000-02-28", Some("2000-02-29")),
        ("2024-04-30", Some("2024-05-01")),
        ("2024-06-30", Some("2024-07-01")),
        ("2024-09-30", Some("2024-10-01")),
        ("2024-11-30", Some("2024-12-01")),
        ("2024-01-31", Some("2024-02-01")),
        ("2024-12-31", Some("2025-01-01")),
        ("9998-12-31", Some("9999-01-01")),
        ("1000-01-01", Some("1000-01-02")),
        ("2024-05-17", Some("2024-05-18")),
        ("2023-02-29", None),
        ("1900-02-29", None),
        ("2024-04-31", None),
        ("2024-13-01", None),
        ("2024-00-01", None),
        ("2024-01-00", None),
        ("2024-01-32", None),
        ("9999-01-01", None),
        ("0999-01-01", None),
        ("2024-1-1", None),
        ("2024-01-1a", None),
        ("2024/01/01", None),
        ("2024-01-01 ", None),
        ("+024-01-01", None),
        ("２０２４", None),
        ("", None),
    ] {
        assert_eq!(next(day).as_deref(), after, "{day}");
        if let Some(after) = after
            && let Some(after) = Day::parse(after)
        {
            assert_eq!(after.previous().to_string(), day);
        }
    }
    assert_eq!(
        Day::new(1_000, 1, 1).unwrap().previous().to_string(),
        "0999-12-31"
    );
}

#[test]
fn sql018_a_number_moves_to_the_other_side() {
    becomes(
        "SQL018",
        &[
            (
                "SELECT id FROM orders WHERE total + 5 > 7",
                "SELECT id FROM orders WHERE total > 2",
            ),
            (
                "SELECT id FROM orders WHERE 5 + total = 7",
                "SELECT id FROM orders WHERE total = 2",
            ),
            (
                "SELECT id FROM orders WHERE total - 5 <= 7",
                "SELECT id FROM orders WHERE total <= 12",
            ),
            (
                "SELECT id FROM orders WHERE total + 5 <> 3",
                "SELECT id FROM orders WHERE total <> -2",
            ),
            (
                "SELECT id FROM orders WHERE (total + 5) >= (5)",
                "SELECT id FROM orders WHERE total >= 0",
            ),
            (
                "SELECT id FROM orders WHERE (orders.total) + 2147483647 < 0",
                "SELECT id FROM orders WHERE (orders.total) < -2147483647",
            ),
            (
                "SELECT id FROM orders WHERE (paid = 1 OR id = 2) AND total + 5 > 7 AND id - 1 = 6",
                "SELECT id FROM orders WHERE (paid = 1 OR id = 2) AND total > 2 AND id = 7",
            ),
        ],
    );
    stays(
        "SQL018",
        &schema(),
        &[
            "SELECT id FROM orders WHERE total = 7",
            "SELECT id FROM orders WHERE 5 - total = 7",
            "SELECT id FROM orders WHERE 7 = total + 5",
            "SELECT id FROM orders WHERE total * 5 = 7",
            "SELECT id FROM orders WHERE total + 5 <=> 7",
            "SELECT id FROM orders WHERE total + 5 = '7'",
            "SELECT id FROM orders WHERE total + 5 = -7",
            "SELECT id FROM orders WHERE total + 5.5 = 7",
            "SELECT id FROM orders WHERE total + 5 = 2147483648",
            "SELECT id FROM orders WHERE total + 2147483648 = 7",
            "SELECT id FROM orders WHERE total + id = 7",
            "SELECT id FROM orders WHERE 5 + 6 = 7",
            "SELECT id FROM orders WHERE nothing + 5 = 7",
            "SELECT id FROM orders WHERE status + 5 = 7",
            "SELECT id FROM orders WHERE paid = 1 OR total + 5 > 7",
            "SELECT id FROM orders",
        ],
    );
}

#[test]
fn sql018_only_of_small_whole_numbers() {
    let with = |type_name: &str, sql: &str| {
        let mut schema = schema();
        schema.tables.get_mut("orders").unwrap().columns[4] = of_type(number("total"), type_name);
        by("SQL018", sql, &schema).is_some()
    };
    let sum = "SELECT id FROM orders WHERE total + 5 = 7";
    for (type_name, moves) in [
        ("tinyint(4)", true),
        ("smallint", true),
        ("MEDIUMINT(9)", true),
        ("int(11)", true),
        ("integer", true),
        ("int(10) unsigned", true),
        ("int(10) unsigned zerofill", true),
        ("bigint(20)", false),
        ("decimal(10,0)", false),
        ("double", false),
        ("year(4)", false),
    ] {
        assert_eq!(with(type_name, sum), moves, "{type_name}");
    }
    // Below 0 an unsigned column has nothing but errors.
    for unsigned in ["int(10) unsigned", "int(10) zerofill"] {
        assert!(!with(unsigned, "SELECT id FROM orders WHERE total - 5 = 7"));
        assert!(!with(unsigned, "SELECT id FROM orders WHERE total + 5 = 4"));
        assert!(with(unsigned, "SELECT id FROM orders WHERE total + 5 = 5"));
    }
}

#[test]
fn sql015_a_count_becomes_exists() {
    let count = |condition: &str| format!("SELECT id FROM customers WHERE {condition}");
    for (condition, rewritten) in [
        (
            "(SELECT COUNT(*) FROM orders WHERE total = customers.id) > 0",
            "EXISTS (SELECT 1 FROM orders WHERE total = customers.id)",
        ),
        (
            "(SELECT COUNT(1) FROM orders) >= 1",
            "EXISTS (SELECT 1 FROM orders)",
        ),
        (
            "(SELECT COUNT(*) FROM orders) <> 0",
            "EXISTS (SELECT 1 FROM orders)",
        ),
        (
            "0 < (SELECT COUNT(*) FROM orders)",
            "EXISTS (SELECT 1 FROM orders)",
        ),
        (
            "1 <= (SELECT COUNT(*) FROM orders)",
            "EXISTS (SELECT 1 FROM orders)",
        ),
        (
            "(SELECT COUNT(*) FROM orders) = 0",
            "NOT EXISTS (SELECT 1 FROM orders)",
        ),
        (
            "(SELECT COUNT(*) FROM orders) < 1",
            "NOT EXISTS (SELECT 1 FROM orders)",
        ),
        (
            "1 > (SELECT COUNT(*) FROM orders)",
            "NOT EXISTS (SELECT 1 FROM orders)",
        ),
        (
            "0 = (SELECT COUNT(*) FROM orders)",
            "NOT EXISTS (SELECT 1 FROM orders)",
        ),
        (
            "id = 5 AND ((SELECT COUNT(*) FROM orders) > 0 OR name = 'x')",
            "id = 5 AND (EXISTS (SELECT 1 FROM orders) OR name = 'x')",
        ),
        (
            "(SELECT COUNT(*) FROM orders ORDER BY id) > 0",
            "EXISTS (SELECT 1 FROM orders)",
        ),
    ] {
        assert_eq!(
            by("SQL015", &count(condition), &schema()),
            Some(count(rewritten)),
            "{condition}"
        );
    }
    for condition in [
        "(SELECT COUNT(*) FROM orders) > 1",
        "(SELECT COUNT(total) FROM orders) > 0",
        "((SELECT COUNT(*) FROM orders) > 0) = 1",
        "NOT (SELECT COUNT(*) FROM orders) > 0",
        "id = 5",
    ] {
        assert_eq!(
            by("SQL015", &count(condition), &schema()),
            None,
            "{condition}"
        );
    }
    stays(
        "SQL015",
        &schema(),
        &[
            "SELECT (SELECT COUNT(*) FROM orders) > 0 FROM customers",
            "SELECT id FROM customers",
        ],
    );
}

#[test]
fn sql019_having_becomes_where() {
    becomes(
        "SQL019",
        &[
            (
                "SELECT customer_id, COUNT(*) FROM orders GROUP BY customer_id HAVING customer_id > 5",
                "SELECT customer_id, COUNT(*) FROM orders WHERE customer_id > 5 GROUP BY customer_id",
            ),
            (
                "SELECT customer_id FROM orders WHERE total = 1 OR paid = 2 GROUP BY customer_id HAVING COUNT(*) > 1 AND 5 < customer_id AND SUM(total) > 6",
                "SELECT customer_id FROM orders WHERE (total = 1 OR paid = 2) AND 5 < customer_id GROUP BY customer_id HAVING COUNT(*) > 1 AND SUM(total) > 6",
            ),
            (
                "SELECT customer_id FROM orders GROUP BY orders.customer_id HAVING (customer_id IN (1, 2)) AND orders.customer_id BETWEEN 1 AND 5 AND customer_id IS NOT NULL",
                "SELECT customer_id FROM orders WHERE (customer_id IN (1, 2)) AND orders.customer_id BETWEEN 1 AND 5 AND customer_id IS NOT NULL GROUP BY orders.customer_id",
            ),
            (
                "SELECT placed FROM orders GROUP BY placed HAVING placed IS NULL",
                "SELECT placed FROM orders WHERE placed IS NULL GROUP BY placed",
            ),
        ],
    );
    stays(
        "SQL019",
        &schema(),
        &[
            "SELECT customer_id FROM orders HAVING customer_id > 5",
            "SELECT customer_id FROM orders GROUP BY customer_id",
            "SELECT customer_id FROM orders GROUP BY customer_id HAVING COUNT(*) > 5",
            "SELECT customer_id, total FROM orders GROUP BY customer_id HAVING total > 5",
            "SELECT customer_id FROM orders GROUP BY customer_id HAVING customer_id > total",
            "SELECT customer_id FROM orders GROUP BY customer_id HAVING total < customer_id",
            "SELECT customer_id FROM orders GROUP BY customer_id HAVING 5 < COUNT(*)",
            "SELECT customer_id FROM orders GROUP BY customer_id HAVING customer_id IN (1, total)",
            "SELECT customer_id FROM orders GROUP BY customer_id HAVING customer_id BETWEEN 1 AND total",
            "SELECT customer_id FROM orders GROUP BY customer_id HAVING customer_id BETWEEN total AND 5",
            "SELECT customer_id FROM orders GROUP BY customer_id HAVING customer_id + 1 > 5",
            "SELECT customer_id FROM orders GROUP BY customer_id HAVING customer_id > 5 OR COUNT(*) > 5",
            "SELECT total AS customer_id FROM orders GROUP BY customer_id, total HAVING customer_id > 5",
            "SELECT customer_id FROM orders GROUP BY customer_id WITH ROLLUP HAVING customer_id > 5",
            "SELECT customer_id FROM orders GROUP BY customer_id, YEAR(placed) HAVING customer_id > 5",
            // Rows of one group may differ in a text.
            "SELECT status FROM orders GROUP BY status HAVING status = 'new'",
        ],
    );
}

#[test]
fn sql012_distinct_over_groups_goes() {
    becomes(
        "SQL012",
        &[
            (
                "SELECT DISTINCT COUNT(*), customer_id, orders.total FROM orders GROUP BY total, customer_id",
                "SELECT COUNT(*), customer_id, orders.total FROM orders GROUP BY total, customer_id",
            ),
            (
                "SELECT DISTINCT customer_id AS x FROM orders GROUP BY x",
                "SELECT customer_id AS x FROM orders GROUP BY x",
            ),
        ],
    );
    stays(
        "SQL012",
        &schema(),
        &[
            "SELECT DISTINCT customer_id FROM orders",
            "SELECT customer_id FROM orders GROUP BY customer_id",
            "SELECT ALL customer_id FROM orders GROUP BY customer_id",
            "SELECT DISTINCT customer_id FROM orders GROUP BY customer_id, total",
            "SELECT DISTINCT COUNT(*) FROM orders GROUP BY customer_id",
            "SELECT DISTINCT customer_id + 1 FROM orders GROUP BY customer_id",
            "SELECT DISTINCT customer_id, COUNT(*) FROM orders GROUP BY customer_id WITH ROLLUP",
            "SELECT DISTINCT status FROM orders GROUP BY status",
            "SELECT DISTINCT o.id FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY c.id",
        ],
    );
}

#[test]
fn sql023_in_becomes_a_join() {
    becomes(
        "SQL023",
        &[
            (
                "SELECT * FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE country = 'de' OR name IS NULL) AND total > 5 ORDER BY id LIMIT 5",
                "SELECT `orders`.* FROM orders JOIN (SELECT DISTINCT `customers`.`id` AS `found_value` FROM customers WHERE country = 'de' OR name IS NULL) AS `found` \
                 ON `found`.`found_value` = `orders`.`customer_id` WHERE total > 5 ORDER BY id LIMIT 5",
            ),
            (
                "SELECT COUNT(*) FROM orders AS found WHERE found.customer_id IN (SELECT c.parent_id AS x FROM customers c JOIN settings s ON s.name = c.name)",
                "SELECT COUNT(*) FROM orders AS found JOIN (SELECT DISTINCT `c`.`parent_id` AS `found_value` FROM customers c JOIN settings s ON s.name = c.name) AS `found_` \
                 ON `found_`.`found_value` = `found`.`customer_id`",
            ),
        ],
    );
    stays(
        "SQL023",
        &schema(),
        &[
            "SELECT id FROM orders WHERE customer_id NOT IN (SELECT id FROM customers)",
            "SELECT id FROM orders WHERE customer_id IN (1, 2)",
            "SELECT id FROM orders WHERE total = 1 OR customer_id IN (SELECT id FROM customers)",
            // It names what a derived table cannot see.
            "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE parent_id = orders.id)",
            "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE placed > created)",
            "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE EXISTS (SELECT 1 FROM settings WHERE value = orders.note))",
            "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers LIMIT 1)",
            "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers UNION SELECT 1)",
            "SELECT id FROM orders WHERE customer_id IN (SELECT MAX(id) FROM customers)",
            "SELECT id FROM orders WHERE customer_id IN (SELECT email FROM customers)",
            "SELECT id FROM orders WHERE id IN (SELECT id FROM orders WHERE paid = 1)",
            "SELECT orders.*, 1 FROM orders WHERE customer_id IN (SELECT id FROM customers)",
            "SELECT o.id FROM orders o JOIN settings s ON s.name = o.note WHERE o.customer_id IN (SELECT id FROM customers)",
            "SELECT id FROM orders WHERE customer_id + 1 IN (SELECT id FROM customers)",
            "SELECT id FROM orders",
        ],
    );
    let mut schema = schema();
    schema
        .tables
        .get_mut("orders")
        .unwrap()
        .columns
        .push(number("found_value"));
    stays(
        "SQL023",
        &schema,
        &["SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers)"],
    );
}

/// Two subqueries that look alike: it is not known which is which.
#[test]
fn two_subqueries_that_look_alike_stay() {
    let one = "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers) AND customer_id NOT IN (SELECT id FROM customers WHERE name = 'x')";
    let rules: Vec<_> = all(one, &schema())
        .iter()
        .map(|rewrite| rewrite.rule.0)
        .collect();
    assert_eq!(
        rules,
        ["SQL014", "SQL023"],
        "one asks for what the other excludes"
    );
    let two = "SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers) AND customer_id IN (SELECT id FROM customers WHERE name = 'x')";
    assert_eq!(all(two, &schema()), []);
}

/// Sums of floating numbers, and the greatest of texts, depend on the order in which rows are read.
#[test]
fn what_depends_on_the_order_of_reading_stays() {
    let mut schema = schema();
    let orders = schema.tables.get_mut("orders").unwrap();
    for type_name in ["float", "double(10,2)", "REAL"] {
        orders
            .columns
            .push(of_type(number(&type_name[..4].to_lowercase()), type_name));
    }
    orders.columns.push(Column {
        kind: Kind::Bytes,
        ..number("raw")
    });
    orders.columns.push(Column {
        kind: Kind::Other,
        ..text("choice")
    });
    let count = |selected: &str| {
        all(
            &format!("SELECT {selected} FROM orders WHERE DATE(placed) = '2024-05-17'"),
            &schema,
        )
        .len()
    };
    for (selected, rewritten) in [
        ("SUM(total)", 1),
        ("AVG(total)", 1),
        ("MIN(placed)", 1),
        ("MAX(raw)", 1),
        ("COUNT(status)", 1),
        ("SUM(floa)", 0),
        ("SUM(doub)", 0),
        ("AVG(total + real)", 0),
        ("MIN(status)", 0),
        ("MAX(choice)", 0),
        ("MAX(nothing)", 0),
        ("DISTINCT raw, total", 1),
        ("DISTINCT floa", 0),
        ("DISTINCT choice", 0),
        ("DISTINCT total + 1", 0),
        ("DISTINCT orders.*", 0),
        ("DISTINCT *", 0),
    ] {
        assert_eq!(count(selected), rewritten, "{selected}");
    }
    // Of a condition only the values count, whatever stands for them.
    let within = "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' AND status IN (SELECT DISTINCT country FROM customers GROUP BY country)";
    assert_eq!(all(within, &schema).len(), 1);
    let derived = "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' AND id < (SELECT COUNT(*) FROM (SELECT country FROM customers GROUP BY country) x)";
    assert_eq!(all(derived, &schema).len(), 0);
}

/// A tree is copied and compared: a deep one would take the stack.
#[test]
fn long_statements_stay() {
    let chain = |links: usize| {
        let sql = format!(
            "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17'{}",
            " AND customer_id = 5".repeat(links)
        );
        all(&sql, &schema()).len()
    };
    assert_eq!(chain(30), 1);
    assert_eq!(chain(900), 0);
    // SELECT, FROM, WHERE, DATE and = are five operators and keywords, and each link is two more.
    assert_eq!((chain(57), chain(58)), (1, 0));
}

#[test]
fn what_is_no_single_select_stays() {
    for sql in [
        "INSERT INTO settings SELECT note, status FROM orders WHERE DATE(placed) = '2024-05-17'",
        "UPDATE orders SET paid = 1 WHERE DATE(placed) = '2024-05-17'",
        "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' UNION SELECT 1",
        "(SELECT id FROM orders WHERE DATE(placed) = '2024-05-17')",
        "SELECT 1",
        "DROP TABLE orders",
    ] {
        assert_eq!(all(sql, &schema()), [], "{sql}");
    }
    // A join may be rewritten where the rule needs no single table.
    let join = "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE DATE(o.placed) = '2024-05-17' AND YEAR(created) = 2024";
    assert_eq!(
        by("SQL001", join, &schema()).as_deref(),
        Some(
            "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE (o.placed >= '2024-05-17' AND o.placed < '2024-05-18') \
             AND (created >= '2024-01-01' AND created < '2025-01-01')"
        )
    );
}

/// Whatever shows a rewrite shows its shape.
#[test]
fn a_rewrite_is_shown_without_its_literals() {
    let found = all(
        "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' AND note = 'secret'",
        &schema(),
    );
    let shown = format!("{found:?} {}", serde_json::to_string(&found).unwrap());
    assert!(
        shown.contains("placed >= ?") && !shown.contains("secret") && !shown.contains("2024"),
        "{shown}"
    );
}

#[test]
fn columns_that_may_be_null_and_others_are_moved_alike() {
    let mut schema = schema();
    let orders = schema.tables.get_mut("orders").unwrap();
    orders.columns[3] = nullable(moment("placed"));
    orders.indexes.push(index("by_placed", &["placed"]));
    assert!(
        by(
            "SQL001",
            "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17'",
            &schema
        )
        .is_some()
    );
}

#[test]
fn parentheses_around_a_function_change_nothing() {
    becomes(
        "SQL001",
        &[(
            "SELECT id FROM orders WHERE (DATE(placed)) = '2024-05-17'",
            "SELECT id FROM orders WHERE (placed >= '2024-05-17' AND placed < '2024-05-18')",
        )],
    );
}

/// A key of one table orders its rows, and not those of a join.
#[test]
fn a_join_is_not_ordered_by_the_key_of_one_table() {
    for (from, keeps_order) in [
        ("orders o", true),
        ("orders o JOIN customers c ON c.id > o.customer_id", false),
    ] {
        let sql =
            format!("SELECT o.id FROM {from} WHERE DATE(o.placed) = '2024-05-17' ORDER BY o.id");
        let found = all(&sql, &schema());
        let rewrite = found
            .iter()
            .find(|rewrite| rewrite.rule.0 == "SQL001")
            .unwrap();
        assert_eq!(rewrite.keeps_order, keeps_order, "{sql}");
    }
}

/// What is logged by `{:?}` says what it is, and tells no literal.
#[test]
fn a_rewrite_is_logged_without_its_literals() {
    let found = all(
        "SELECT id FROM orders WHERE DATE(placed) = '2024-05-17' AND note = 'secret'",
        &schema(),
    );
    let shown = format!("{found:?}");
    assert!(
        shown.contains("SQL001")
            && shown.contains("select id from orders")
            && !shown.contains("secret"),
        "{shown}"
    );
}
