//! IDX: indexes that are missing, that could be more, and that are too many.

use super::{filesort, grouping, tells, why};
use crate::shop::{
    advise, by, cut, index, index_of, nullable, number, parse, plan, primary, rules, scan, schema,
    schema_with, seen, step, table, text, unique,
};
use slow_query::core::advice::index::{Candidate, Ends, MAX_KEY_BYTES, MAX_PARTS, fit, named};
use slow_query::core::advice::{self, Case};
use slow_query::core::plan::{Access, Plan};
use slow_query::core::schema::{Column, Schema};

#[test]
fn idx001_to_idx004_and_idx013_by_what_is_missing() {
    let rule = |sql: &str, plan: &Plan| {
        let all = advise(sql, plan, &schema());
        let found = all
            .into_iter()
            .find(|advice| matches!(advice.remedy, advice::Remedy::CreateIndex { .. }));
        found.map(|advice| (advice.rule.0, advice.why))
    };
    let read = "About 20,000 rows of `orders` are read each time; an index on";
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
        "For each of about 2,000 entries of `by_customer` the row of `orders` is looked up; with `total` in the index none would be."
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
    for (sql, heard) in [
        (
            "UPDATE orders SET paid = 1 WHERE customer_id = 5 AND total = 7",
            false,
        ),
        (
            "DELETE FROM orders WHERE customer_id = 5 AND total = 7",
            false,
        ),
        (
            "UPDATE customers SET name = 'x' WHERE id IN (SELECT total FROM orders WHERE customer_id = 5)",
            true,
        ),
    ] {
        assert_eq!(
            why("IDX005", sql, &lookup(2_000.0), &schema()).is_some(),
            heard,
            "what is changed is needed as a whole, what is looked up for it is not: {sql}"
        );
    }
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
        "About 240,000 rows of `items` are read each time; an index on (`order_id`) would find the rows of the join."
    );
    // The orders would have to be read whole in its place, or nothing is asked of them.
    assert_eq!(of("o.total = 5"), None);
    assert_eq!(of("o.id = i.order_id"), None);
    // Neither another table that is found, nor one of the same name elsewhere, is the one that the items are joined with.
    assert_eq!(
        of("o.total = 5 AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = 5)"),
        None
    );
    let beside = "SELECT o.id, i.quantity FROM orders o JOIN items i ON i.order_id = o.id JOIN customers c ON c.email = o.note WHERE c.id = 5";
    assert!(!rules(&advise(beside, &plan, &schema)).contains(&"IDX004"));
    // What the items are asked for by themselves is another index.
    assert_eq!(of("o.customer_id = 5 AND i.quantity = 2"), None);
}

/// What a table is joined with must be read before it: that something else is does not help.
#[test]
fn a_join_finds_rows_by_what_is_read_before() {
    let read = |order: [&str; 3]| {
        let steps = order.map(|alias| step(alias, Access::FullScan, 5_000.0));
        let sql = "SELECT o.id FROM orders o JOIN customers c JOIN settings s ON o.status = s.name";
        rules(&advise(sql, &plan(steps.to_vec()), &schema())).contains(&"IDX004")
    };
    assert!(!read(["c", "o", "s"]), "the settings come after the orders");
    assert!(!read(["o", "s", "c"]));
    assert!(read(["s", "c", "o"]));
    assert!(read(["c", "s", "o"]));
}
