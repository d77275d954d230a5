//! Stage 4: that the rows are the same, on a server, with rows that are full of what rewrites get wrong.

use slow_query::core::rewrite::{Rewrite, rewrites};
use slow_query::core::schema::Schema;
use slow_query::core::statement::Statement;
use sqlx::{AssertSqlSafe, Executor};

use crate::rows::{MOMENTS, Shop};

fn rewritten(sql: &str, schema: &Schema) -> Vec<Rewrite> {
    let statement = Statement::parse(sql).unwrap_or_else(|error| panic!("{sql}\n{error}"));
    rewrites(&statement, schema)
}

/// Runs `sql` and what it is rewritten to; how many rows it has, and by which rules it was rewritten.
async fn same(shop: &mut Shop, sql: &str) -> (usize, Vec<&'static str>) {
    let mut expected = shop.rows(sql).await;
    let mut rules = Vec::new();
    for rewrite in rewritten(sql, &shop.schema) {
        let mut found = shop.rows(&rewrite.sql).await;
        if !rewrite.keeps_order {
            expected.sort_unstable();
            found.sort_unstable();
        }
        assert!(
            expected == found,
            "{} of {} rows are the same; the statement:\n  {sql}\nand its rewrite by {}:\n  {}",
            expected
                .iter()
                .zip(&found)
                .filter(|(one, other)| one == other)
                .count(),
            expected.len(),
            rewrite.rule.0,
            rewrite.sql
        );
        rules.push(rewrite.rule.0);
    }
    (expected.len(), rules)
}

/// For each rewrite, statements that are close to where it would go wrong.
#[tokio::test]
async fn inv9_a_server_returns_the_same_rows() {
    let mut shop = Shop::open(19).await;
    let mut all = 0;
    for (rule, sqls) in [
        (
            "SQL001",
            vec![
                "SELECT * FROM orders WHERE DATE(placed) = '2024-02-29'".to_owned(),
                "SELECT * FROM orders WHERE DATE(placed) <= '2023-12-31' OR DATE(paid) > '2024-12-31' ORDER BY placed DESC, id".into(),
                "SELECT id FROM orders WHERE YEAR(placed) = 2024 AND YEAR(day) BETWEEN 2023 AND 2024".into(),
                "SELECT id FROM orders WHERE CAST(paid AS DATE) BETWEEN '2024-02-28' AND '2024-02-29' ORDER BY id LIMIT 5".into(),
                "SELECT COUNT(*) FROM orders WHERE DATE(day) = '2024-02-29'".into(),
                "SELECT id FROM orders WHERE YEAR(placed) >= 2024 AND id > 7".into(),
            ],
        ),
        (
            "SQL005",
            vec![
                "SELECT * FROM orders WHERE status = 'new' OR total = 5".into(),
                "SELECT id, status FROM orders WHERE (status = 'new' OR total IN (1, 2) OR customer_id IS NULL) AND pieces < 3 ORDER BY status, id DESC".into(),
                "SELECT id, placed FROM orders WHERE placed > '2024-03-01' OR total = 5 ORDER BY placed".into(),
            ],
        ),
        (
            "SQL008",
            vec![
                "SELECT * FROM orders ORDER BY placed, id LIMIT 20 OFFSET 100".into(),
                "SELECT o.status AS s, o.* FROM orders o WHERE o.total > 1 ORDER BY o.total DESC, o.placed, o.id DESC LIMIT 90, 20".into(),
                "SELECT id, number FROM customers ORDER BY country, number LIMIT 7 OFFSET 35".into(),
            ],
        ),
        (
            "SQL014",
            vec![
                "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)".into(),
                "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders WHERE customer_id IS NOT NULL)".into(),
                "SELECT id FROM customers WHERE parent_id NOT IN (SELECT id FROM orders WHERE id <> 2)".into(),
                "SELECT id FROM customers WHERE parent_id NOT IN (SELECT total FROM orders WHERE total > 1)".into(),
                "SELECT id FROM customers WHERE parent_id NOT IN (SELECT x FROM nobody)".into(),
                "SELECT id FROM customers WHERE country NOT IN (SELECT status FROM orders WHERE pieces = 1 OR status = 'sent')".into(),
                "SELECT id FROM customers WHERE country NOT IN (SELECT status FROM orders WHERE customer_id = customers.id) ORDER BY id".into(),
            ],
        ),
        (
            "SQL015",
            vec![
                "SELECT id FROM customers c WHERE (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id) > 0".into(),
                "SELECT id FROM customers c WHERE (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id) = 0 AND c.number > 960".into(),
                "SELECT id FROM customers c WHERE 1 > (SELECT COUNT(1) FROM nobody) OR country = 'de'".into(),
            ],
        ),
        (
            "SQL018",
            vec![
                "SELECT id FROM orders WHERE total + 5 > 7".into(),
                "SELECT id FROM orders WHERE 5 + total = 0 OR id = 1".replace(" OR id = 1", ""),
                "SELECT id FROM orders WHERE total - 5 <> 0 AND pieces + 3 >= 2".into(),
            ],
        ),
        (
            "SQL019",
            vec![
                "SELECT customer_id, COUNT(*), SUM(total) FROM orders GROUP BY customer_id HAVING customer_id > 2 AND COUNT(*) > 3".into(),
                "SELECT total, MAX(placed) FROM orders WHERE pieces = 1 OR pieces = 2 GROUP BY total HAVING total IS NULL".into(),
                "SELECT day, COUNT(*) FROM orders GROUP BY day HAVING day BETWEEN '2024-01-01' AND '2024-03-01' ORDER BY day".into(),
            ],
        ),
        (
            "SQL012",
            vec!["SELECT DISTINCT customer_id, COUNT(*), total FROM orders GROUP BY total, customer_id".into()],
        ),
        (
            "SQL023",
            vec![
                "SELECT * FROM orders WHERE customer_id IN (SELECT parent_id FROM customers WHERE country = 'de')".into(),
                "SELECT id FROM customers WHERE country IN (SELECT status FROM orders) ORDER BY id".into(),
                "SELECT COUNT(*) FROM orders o WHERE o.total IN (SELECT x FROM nobody)".into(),
            ],
        ),
    ] {
        for sql in sqls {
            let (rows, rules) = same(&mut shop, &sql).await;
            assert_eq!(rules, [rule], "{sql}");
            all += rows;
        }
    }
    assert!(all > 1_000, "{all} rows were compared");
}

/// The mistakes that people make, made here: on these rows each of them shows.
#[tokio::test]
async fn inv9_the_rows_tell_mistakes_from_rewrites() {
    let mut shop = Shop::open(19).await;
    for (sql, mistake) in [
        (
            "SELECT id FROM orders WHERE DATE(placed) = '2024-02-29'",
            "SELECT id FROM orders WHERE placed BETWEEN '2024-02-29' AND '2024-02-29 23:59:59'",
        ),
        (
            "SELECT id FROM orders WHERE status = 'new' OR total = 5",
            "SELECT id FROM orders WHERE status = 'new' UNION ALL SELECT id FROM orders WHERE total = 5",
        ),
        (
            "SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)",
            "SELECT id FROM customers WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.customer_id = customers.id)",
        ),
        (
            "SELECT id FROM customers WHERE parent_id NOT IN (SELECT id FROM orders)",
            "SELECT id FROM customers WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = customers.parent_id)",
        ),
        (
            "SELECT id FROM orders WHERE customer_id IN (SELECT parent_id FROM customers)",
            "SELECT orders.id FROM orders JOIN customers ON customers.parent_id = orders.customer_id",
        ),
        (
            "SELECT id FROM orders WHERE placed IS NOT NULL ORDER BY placed, id",
            "SELECT id FROM orders WHERE placed IS NOT NULL ORDER BY placed, id DESC",
        ),
    ] {
        let (rows, _) = same(&mut shop, sql).await;
        let (mut expected, mut found) = (shop.numbers(sql).await, shop.numbers(mistake).await);
        if !sql.contains("ORDER BY") {
            expected.sort_unstable();
            found.sort_unstable();
        }
        assert!(
            expected != found,
            "the same {rows} rows, by a statement that is wrong:\n{mistake}"
        );
    }
    // Without an index the two are compared as numbers, and '017' is 17: quoting the number is no rewrite.
    let number = "SELECT id FROM orders WHERE code = 17";
    assert_eq!(rewritten(number, &shop.schema), []);
    let (numbers, texts) = (
        shop.numbers(number).await.len(),
        shop.numbers("SELECT id FROM orders WHERE code = '17'")
            .await
            .len(),
    );
    assert!(
        texts > 0 && numbers > texts,
        "{numbers} rows as a number, {texts} as a text"
    );
}

/// 2024-02-00 is of February and lies before its first day.
#[tokio::test]
async fn inv9_days_that_are_missing_are_found() {
    let mut shop = Shop::open(19).await;
    let put = "SET SESSION sql_mode = ''; UPDATE orders SET placed = '2024-02-00 10:00:00', day = '2024-00-00' WHERE id % 7 = 0; \
        UPDATE orders SET placed = '2024-03-00', day = '2024-02-00' WHERE id % 7 = 1";
    shop.connection
        .execute(sqlx::raw_sql(AssertSqlSafe(put)))
        .await
        .unwrap();
    let sqls = [
        "SELECT id FROM orders WHERE YEAR(placed) = 2024",
        "SELECT id FROM orders WHERE YEAR(day) = 2024",
        "SELECT id FROM orders WHERE DATE(placed) = '2024-02-29'",
        "SELECT id FROM orders WHERE DATE(placed) BETWEEN '2024-02-29' AND '2024-03-01'",
    ];
    let mut wrong = 0;
    for sql in sqls {
        let plain = rewritten(sql, &shop.schema).remove(0).sql;
        let (mut expected, mut found) = (shop.numbers(sql).await, shop.numbers(&plain).await);
        expected.sort_unstable();
        found.sort_unstable();
        wrong += usize::from(expected != found);
    }
    assert!(wrong > 0, "no row shows the difference");
    shop.schema.partial_dates = true;
    for sql in sqls {
        assert_eq!(same(&mut shop, sql).await.1, ["SQL001"], "{sql}");
    }
}

/// Draws statements of a small grammar.
struct Draw(fastrand::Rng);

impl Draw {
    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.0.usize(..words.len())]
    }

    fn day(&mut self) -> String {
        MOMENTS[self.0.usize(..MOMENTS.len() - 1)][..10].to_owned()
    }

    fn number(&mut self) -> i32 {
        self.0.i32(-6..9)
    }

    /// A condition on a column of `orders`, which is called `orders`.
    fn atom(&mut self) -> String {
        let how = self.of(&["=", "<", "<=", ">", ">=", "<>"]);
        match self.0.u8(..13) {
            0 => format!(
                "DATE({}) {how} '{}'",
                self.of(&["placed", "paid", "day", "orders.placed"]),
                self.day()
            ),
            1 => format!("DATE(placed) BETWEEN '{}' AND '{}'", self.day(), self.day()),
            2 => format!(
                "YEAR({}) {how} {}",
                self.of(&["placed", "paid", "day"]),
                2023 + self.0.i32(0..3)
            ),
            3 => format!(
                "total {} {} {how} {}",
                self.of(&["+", "-"]),
                self.0.i32(0..9),
                self.0.i32(0..9)
            ),
            4 => format!("pieces + {} {how} {}", self.0.i32(0..9), self.0.i32(0..9)),
            5 => format!("status = '{}'", self.of(&["new", "NEW", "paid", "none"])),
            6 => format!("total {how} {}", self.number()),
            7 => format!("customer_id IN ({}, {})", self.number(), self.number()),
            8 => format!(
                "{} IS {}NULL",
                self.of(&["total", "placed", "customer_id"]),
                self.of(&["", "NOT "])
            ),
            9 => format!("placed {how} '{}'", self.of(&MOMENTS)),
            10 => format!("id {how} {}", self.0.i32(0..300)),
            11 => format!(
                "(SELECT COUNT(*) FROM customers c WHERE c.{} = orders.customer_id) {}",
                self.of(&["id", "parent_id"]),
                self.of(&["> 0", "= 0", ">= 1", "> 1"])
            ),
            _ => format!(
                "NOT ({})",
                self.of(&["total = 5", "placed IS NULL", "status = 'new'"])
            ),
        }
    }

    fn within(&mut self) -> String {
        let (column, of) = match self.0.u8(..3) {
            0 => (
                "customer_id",
                self.of(&[
                    "id FROM customers",
                    "parent_id FROM customers",
                    "x FROM nobody",
                    "number FROM customers",
                ]),
            ),
            1 => (
                "total",
                self.of(&["id FROM customers", "parent_id FROM customers"]),
            ),
            _ => (
                "status",
                self.of(&["country FROM customers", "country FROM nobody"]),
            ),
        };
        let condition = self.of(&[
            "",
            " WHERE id < 9",
            " WHERE country IS NOT NULL OR id > 30",
            " WHERE parent_id IS NOT NULL AND number > 970",
            " WHERE id IS NULL",
        ]);
        let condition = if of.contains("nobody") { "" } else { condition };
        format!(
            "{column} {}IN (SELECT {of}{condition})",
            self.of(&["", "NOT "])
        )
    }

    fn condition(&mut self) -> String {
        let parts: Vec<String> = (0..1 + self.0.usize(..3))
            .map(|_| match self.0.u8(..6) {
                0 => self.within(),
                1 | 2 => format!("({} OR {})", self.atom(), self.atom()),
                3 => format!("({} AND {} OR {})", self.atom(), self.atom(), self.atom()),
                _ => self.atom(),
            })
            .collect();
        parts.join(" AND ")
    }

    fn statement(&mut self) -> String {
        let condition = self.condition();
        if self.0.u8(..6) == 0 {
            let key = self.of(&["customer_id", "total", "day", "status"]);
            let distinct = self.of(&["", "DISTINCT "]);
            let value = match key {
                "day" => "'2024-02-29'".to_owned(),
                _ => self.0.i32(0..6).to_string(),
            };
            let how = self.of(&["=", ">", "<", "<>"]);
            let having = match self.0.u8(..3) {
                0 => format!("{key} {how} {value}"),
                1 => format!("{key} IS NOT NULL AND COUNT(*) > 1"),
                _ => "COUNT(*) > 2".into(),
            };
            return format!(
                "SELECT {distinct}{key}, COUNT(*), MAX(id), SUM(total) FROM orders WHERE {condition} GROUP BY {key} HAVING {having}"
            );
        }
        let selected = self.of(&[
            "*",
            "id",
            "id, total, placed",
            "status, total",
            "id, total + 1 AS next",
            "orders.*",
            "COUNT(*)",
            "DISTINCT customer_id",
        ]);
        let order = match selected {
            "COUNT(*)" => "",
            "DISTINCT customer_id" => self.of(&["", " ORDER BY customer_id"]),
            "status, total" => self.of(&["", " ORDER BY status"]),
            "id" => self.of(&["", " ORDER BY id DESC"]),
            _ => self.of(&[
                "",
                " ORDER BY id",
                " ORDER BY placed DESC, id",
                " ORDER BY total, id",
                " ORDER BY total",
            ]),
        };
        // A LIMIT of rows that are in no order is another set of rows each time.
        let limit = if order.contains("id") && !order.contains("customer_id") {
            self.of(&["", " LIMIT 5", " LIMIT 5 OFFSET 3", " LIMIT 40, 100"])
        } else {
            ""
        };
        format!("SELECT {selected} FROM orders WHERE {condition}{order}{limit}")
    }
}

/// Statements of a small grammar: whatever is rewritten, by whichever rule, has the same rows.
#[tokio::test]
#[expect(clippy::print_stdout, reason = "a random test prints its seed")]
async fn inv9_random_statements_have_the_same_rows() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(4);
    println!("SEED={seed}");
    let mut shop = Shop::open(seed).await;
    let mut draw = Draw(fastrand::Rng::with_seed(seed));
    let mut by_rule = std::collections::BTreeMap::new();
    let mut with_rows = 0;
    for _ in 0..600 {
        let sql = draw.statement();
        if rewritten(&sql, &shop.schema).is_empty() {
            continue;
        }
        let (rows, rules) = same(&mut shop, &sql).await;
        with_rows += usize::from(rows > 0);
        for rule in rules {
            *by_rule.entry(rule).or_insert(0) += 1;
        }
    }
    println!("{with_rows} statements with rows; rewritten: {by_rule:?}");
    assert!(
        by_rule.len() == 9 && by_rule.values().sum::<i32>() >= 200,
        "the grammar draws too little of this: {by_rule:?}"
    );
    assert!(with_rows >= 100, "{with_rows} statements have rows");
}
