//! Statements, read into facts. No fact holds a literal, and no text makes the parser panic, hang, or overflow the stack.

use proptest::prelude::*;
use slow_query::core::statement::facts::{
    Block, ColumnRef, Key, Kind, Limit, Place, Selected, Test, Union, Value,
};
use slow_query::core::statement::{MAX_BYTES, MAX_DEPTH, MAX_OPERATORS, ParseError, Statement};

fn parse(sql: &str) -> Statement {
    Statement::parse(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn block(sql: &str) -> Block {
    parse(sql).blocks()[0].clone()
}

fn col(name: &str) -> ColumnRef {
    let (table, name) = match name.split_once('.') {
        Some((table, name)) => (Some(table.to_owned()), name),
        None => (None, name),
    };
    ColumnRef {
        table,
        name: name.to_owned(),
    }
}

/// The predicates of `SELECT 1 FROM t WHERE condition`.
fn tests(condition: &str) -> Vec<(String, Test)> {
    let block = block(&format!("SELECT 1 FROM t WHERE {condition}"));
    block
        .predicates
        .into_iter()
        .map(|predicate| (predicate.column.name, predicate.test))
        .collect()
}

fn one(condition: &str) -> Test {
    match tests(condition).as_slice() {
        [(name, test)] if name == "c" => test.clone(),
        other => panic!("{condition}: {other:?}"),
    }
}

fn inside(function: &str) -> Test {
    Test::Inside {
        function: function.into(),
    }
}

#[test]
fn comparisons_of_a_column() {
    for (condition, test) in [
        ("c = 17", Test::Equals(Value::Number)),
        ("17 = c", Test::Equals(Value::Number)),
        ("c <=> '17'", Test::Equals(Value::Text)),
        ("c = \"17\"", Test::Equals(Value::Text)),
        ("c = N'17'", Test::Equals(Value::Text)),
        ("c = x'17'", Test::Equals(Value::Bytes)),
        ("c = DATE '2024-05-17'", Test::Equals(Value::Moment)),
        ("c = NULL", Test::Equals(Value::Null)),
        ("c = TRUE", Test::Equals(Value::Number)),
        ("c = ?", Test::Equals(Value::Unknown)),
        ("c = @x", Test::Equals(Value::Unknown)),
        ("c = NOW()", Test::Equals(Value::Unknown)),
        ("c = 1 + 2", Test::Equals(Value::Unknown)),
        ("c = -17", Test::Equals(Value::Number)),
        ("c = (17)", Test::Equals(Value::Number)),
        ("((c = 17))", Test::Equals(Value::Number)),
        ("t.c = 17", Test::Equals(Value::Number)),
        ("c = (SELECT MAX(d) FROM u)", Test::Equals(Value::Unknown)),
        ("c < 17", Test::Range(Value::Number)),
        ("c <= '17'", Test::Range(Value::Text)),
        ("c > 17", Test::Range(Value::Number)),
        ("17 >= c", Test::Range(Value::Number)),
        ("c BETWEEN 17 AND 18", Test::Range(Value::Number)),
        ("c BETWEEN 17 AND '18'", Test::Range(Value::Unknown)),
        ("c NOT BETWEEN 17 AND 18", Test::Differs),
        ("c <> 17", Test::Differs),
        ("c != 17", Test::Differs),
        ("c IN (17)", Test::Equals(Value::Number)),
        (
            "c IN (17, 18)",
            Test::OneOf {
                count: 2,
                value: Value::Number,
            },
        ),
        (
            "c IN (17, '18', 19)",
            Test::OneOf {
                count: 3,
                value: Value::Unknown,
            },
        ),
        ("c NOT IN (17, 18)", Test::Differs),
        ("c NOT IN (17)", Test::Differs),
        ("c IS NULL", Test::IsNull),
        ("c IS NOT NULL", Test::IsNotNull),
        ("c LIKE '17%'", Test::Prefix),
        (
            "c LIKE '%17'",
            Test::Pattern {
                leading_wildcard: true,
            },
        ),
        (
            "c LIKE '_17'",
            Test::Pattern {
                leading_wildcard: true,
            },
        ),
        (
            "c LIKE ?",
            Test::Pattern {
                leading_wildcard: false,
            },
        ),
        (
            "c LIKE CONCAT('%', ?)",
            Test::Pattern {
                leading_wildcard: false,
            },
        ),
        ("c NOT LIKE '17%'", Test::Differs),
    ] {
        assert_eq!(one(condition), test, "{condition}");
    }
}

#[test]
fn what_is_done_to_a_column_is_named() {
    for (condition, function) in [
        ("DATE(c) = '2024-05-17'", "DATE"),
        ("'2024-05-17' = date(c)", "DATE"),
        ("shop.f(c) = 1", "F"),
        ("LOWER(c) LIKE 'a%'", "LOWER"),
        ("IFNULL(c, 0) IN (1, 2)", "IFNULL"),
        ("YEAR(c) BETWEEN 1 AND 2", "YEAR"),
        ("YEAR(c) IS NULL", "YEAR"),
        ("CAST(c AS DATE) = '2024-05-17'", "CAST"),
        ("CONVERT(c USING utf8mb4) = 'a'", "CONVERT"),
        ("c COLLATE utf8mb4_bin = 'a'", "COLLATE"),
        ("EXTRACT(YEAR FROM c) = 2024", "EXTRACT"),
        ("SUBSTRING(c, 1, 2) = 'ab'", "SUBSTRING"),
        ("TRIM(c) = 'a'", "TRIM"),
        ("CEIL(c) = 1", "CEIL"),
        ("FLOOR(c) = 1", "FLOOR"),
        ("c + 1 = 5", "+"),
        ("(c + 1) = 5", "+"),
        ("c - 1 = 5", "-"),
        ("-c = 5", "-"),
        ("c * 2 < 5", "*"),
        ("5 > c / 2", "/"),
        ("c % 2 = 1", "an expression"),
        ("CASE WHEN c THEN 1 END = 1", "an expression"),
    ] {
        assert_eq!(one(condition), inside(function), "{condition}");
    }
}

#[test]
fn what_is_no_condition_on_one_column_is_left_out() {
    for condition in [
        "1 = 1",
        "c + d = 5",
        "CONCAT(c, d) = 'ab'",
        "c < d",
        "c = d + 1",
        "c & 4",
        "c",
        "NOT c",
        "NOT (c = 1)",
        "EXISTS (SELECT 1 FROM u)",
        "(c, d) IN ((1, 2))",
        "(SELECT c FROM u) = 5",
        "c BETWEEN d AND 5",
        "c IN (1, d)",
    ] {
        assert_eq!(tests(condition), [], "{condition}");
    }
}

#[test]
fn conditions_that_all_must_hold() {
    let all = tests("a = 1 AND (b > 2 AND c IS NULL) AND 1 = 1");
    let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn one_of_several_conditions() {
    let or = block("SELECT 1 FROM t WHERE a = 1 AND (b = 2 OR c > 3 AND d = 4 OR e LIKE f)");
    assert_eq!(or.predicates.len(), 1);
    let arms: Vec<Vec<_>> = or.alternatives[0]
        .iter()
        .map(|arm| {
            arm.iter()
                .map(|predicate| predicate.column.name.as_str())
                .collect()
        })
        .collect();
    assert_eq!(arms, [vec!["b"], vec!["c", "d"], vec!["e"]]);
    // A subquery in an arm is no predicate of it.
    let within = block("SELECT 1 FROM t WHERE a = 1 OR b IN (SELECT c FROM u)");
    assert_eq!(
        within.alternatives[0]
            .iter()
            .map(Vec::len)
            .collect::<Vec<_>>(),
        [1, 0]
    );
}

#[test]
fn an_or_over_one_column_is_a_list() {
    assert_eq!(
        one("(c = 17 OR c = 18)"),
        Test::OneOf {
            count: 2,
            value: Value::Number
        }
    );
    assert_eq!(
        one("c = 17 OR (c = 18 OR c = '19')"),
        Test::OneOf {
            count: 3,
            value: Value::Unknown
        }
    );
    for condition in [
        "c = 17 OR c > 18",
        "c = 17 OR d = 18",
        "c = 17 OR 1 = 1",
        "1 = 1 OR c = 17",
        "c = 17 OR t.c = 18",
    ] {
        let block = block(&format!("SELECT 1 FROM t WHERE {condition}"));
        assert_eq!(
            (block.predicates.len(), block.alternatives.len()),
            (0, 1),
            "{condition}"
        );
    }
}

#[test]
fn a_join_is_a_condition_on_both_sides() {
    let join = block("SELECT 1 FROM a JOIN b ON a.id = b.a_id");
    let expected = [
        (col("a.id"), Test::Joins(col("b.a_id"))),
        (col("b.a_id"), Test::Joins(col("a.id"))),
    ];
    let found: Vec<_> = join
        .predicates
        .iter()
        .map(|predicate| (predicate.column.clone(), predicate.test.clone()))
        .collect();
    assert_eq!(found, expected);
    assert!(join.predicates.iter().all(|predicate| !predicate.optional) && !join.cross_join);
    let using = block("SELECT 1 FROM a JOIN b USING (id)");
    assert_eq!(using.predicates[0].column, col("a.id"));
    assert_eq!(using.predicates[1].test, Test::Joins(col("a.id")));
    assert!(!using.cross_join);
}

#[test]
fn the_inner_side_of_an_outer_join_is_optional() {
    let optional = |sql: &str| {
        let block = block(sql);
        let tables: Vec<_> = block.tables.iter().map(|table| table.optional).collect();
        (
            tables,
            block.predicates.iter().all(|predicate| predicate.optional),
        )
    };
    assert_eq!(
        optional("SELECT 1 FROM a LEFT JOIN b ON a.id = b.a_id"),
        (vec![false, true], true)
    );
    assert_eq!(
        optional("SELECT 1 FROM a LEFT OUTER JOIN b USING (id)"),
        (vec![false, true], true)
    );
    assert_eq!(
        optional("SELECT 1 FROM a RIGHT JOIN b ON a.id = b.a_id"),
        (vec![true, false], true)
    );
    assert_eq!(
        optional("SELECT 1 FROM a STRAIGHT_JOIN b ON a.id = b.a_id"),
        (vec![false, false], false)
    );
    assert_eq!(
        optional("SELECT 1 FROM a LEFT JOIN (b JOIN c ON b.x = c.x) ON a.id = b.a_id"),
        (vec![false, true, true], true)
    );
}

#[test]
fn a_join_without_a_condition_is_seen() {
    for (sql, cross) in [
        ("SELECT 1 FROM a, b", true),
        ("SELECT 1 FROM a CROSS JOIN b", true),
        ("SELECT 1 FROM a JOIN b", true),
        ("SELECT 1 FROM a, b WHERE a.id = b.a_id", false),
        ("SELECT 1 FROM a JOIN b WHERE a.id = b.a_id", false),
        ("SELECT 1 FROM a, b WHERE a.id = 1", true),
        ("SELECT 1 FROM a, b WHERE a.from <= b.at", false),
        ("SELECT 1 FROM a, b WHERE a.id + 1 = b.id", false),
        ("SELECT 1 FROM a, b WHERE a.at BETWEEN b.from AND 5", false),
        ("SELECT 1 FROM a, b WHERE a.at BETWEEN 5 AND b.to", false),
        ("SELECT 1 FROM a, b WHERE a.at BETWEEN 5 AND 6", true),
        ("SELECT 1 FROM a", false),
        ("SELECT 1 FROM a NATURAL JOIN b", false),
    ] {
        assert_eq!(block(sql).cross_join, cross, "{sql}");
    }
}

#[test]
fn tables_have_the_names_that_they_have_here() {
    let block = block(
        "SELECT 1 FROM shop.orders o JOIN customers AS c ON 1 = 1 JOIN `order items` ON 1 = 1 JOIN (SELECT 1) d ON 1 = 1",
    );
    let tables: Vec<_> = block
        .tables
        .iter()
        .map(|table| {
            (
                table.schema.as_deref(),
                table.name.as_deref(),
                table.alias.as_str(),
            )
        })
        .collect();
    assert_eq!(
        tables,
        [
            (Some("shop"), Some("orders"), "o"),
            (None, Some("customers"), "c"),
            (None, Some("order items"), "order items"),
            (None, None, "d"),
        ]
    );
}

/// A table of the schema that is called the same is not meant.
#[test]
fn a_name_of_with_is_no_table() {
    let with = parse(
        "WITH orders AS (SELECT 1 FROM customers) SELECT * FROM orders JOIN shop.orders x ON 1 = 1",
    );
    let [inner, outer] = with.blocks() else {
        panic!("{with:?}")
    };
    assert_eq!(
        (inner.place, inner.tables[0].name.as_deref()),
        (Place::Derived, Some("customers"))
    );
    assert_eq!(
        (
            outer.tables[0].name.as_deref(),
            outer.tables[1].name.as_deref()
        ),
        (None, Some("orders"))
    );
}

#[test]
fn sorts_and_groups_are_columns_where_they_can_be() {
    let key = |name: &str, descending| Key::Column {
        column: col(name),
        descending,
    };
    let block = block(
        "SELECT a, b AS x, a + b AS y, COUNT(*) FROM t GROUP BY a, x, 2, YEAR(c) ORDER BY t.a, x DESC, 1 ASC, y, 3, 9, RAND(), a + 1",
    );
    assert_eq!(
        block.group,
        [
            key("a", false),
            key("b", false),
            key("b", false),
            Key::Expression
        ]
    );
    let sort = [
        key("t.a", false),
        key("b", true),
        key("a", false),
        Key::Expression,
        Key::Expression,
        Key::Expression,
        Key::Random,
        Key::Expression,
    ];
    assert_eq!(block.sort, sort);
}

#[test]
fn what_is_selected() {
    let block = block("SELECT *, t.*, `t 2`.*, a, b AS c, 1, (d) FROM t");
    let expected = [
        Selected::Star,
        Selected::StarOf("t".into()),
        Selected::StarOf("t 2".into()),
        Selected::Column(col("a")),
        Selected::Column(col("b")),
        Selected::Expression,
        Selected::Column(col("d")),
    ];
    assert_eq!(block.selected, expected);
}

#[test]
fn every_column_is_named_once_and_those_of_subqueries_are_not() {
    let sql = "SELECT a, MAX(b) FROM t JOIN u ON t.c = u.c WHERE d = 1 AND a IN (SELECT z FROM v WHERE y = t.x) GROUP BY a HAVING MAX(e) > 1 ORDER BY f";
    let mut names: Vec<_> = block(sql)
        .columns
        .into_iter()
        .map(|column| column.name)
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b", "c", "c", "d", "e", "f"]);
    assert_eq!(
        parse(sql).blocks()[1].columns,
        [col("z"), col("y"), col("t.x")]
    );
}

#[test]
fn functions_of_many_rows_are_told_from_others() {
    for (sql, aggregate) in [
        ("SELECT COUNT(*) FROM t", true),
        ("SELECT sum(a) + 1 FROM t", true),
        ("SELECT STDDEV_POP(a) FROM t", true),
        ("SELECT ROW_NUMBER() OVER (ORDER BY a) FROM t", true),
        ("SELECT a FROM t HAVING COUNT(*) > 1", true),
        ("SELECT ABS(a) FROM t", false),
        ("SELECT (SELECT COUNT(*) FROM u) FROM t", false),
        ("SELECT (SELECT 1 FROM u) + COUNT(*) FROM t", true),
        ("SELECT (SELECT (SELECT 1)) + COUNT(*) FROM t", true),
        ("SELECT count FROM t", false),
    ] {
        assert_eq!(block(sql).aggregate, aggregate, "{sql}");
    }
}

#[test]
fn having_that_could_be_where() {
    for (having, plain) in [
        ("a > 1", true),
        ("COUNT(*) > 1", false),
        ("a > 1 AND COUNT(*) > 1", false),
        ("1 = 1", false),
    ] {
        assert_eq!(
            block(&format!("SELECT a FROM t GROUP BY a HAVING {having}")).plain_having,
            plain,
            "{having}"
        );
    }
    assert!(!block("SELECT a FROM t GROUP BY a").plain_having);
}

#[test]
fn limits_and_offsets() {
    let limit = |sql: &str| block(&format!("SELECT a FROM t {sql}")).limit;
    assert_eq!(limit(""), None);
    for (sql, expected) in [
        ("LIMIT 20", Limit::FromTheFirst),
        ("LIMIT 20 OFFSET 0", Limit::FromTheFirst),
        ("LIMIT 20 OFFSET 1", Limit::Skips),
        ("LIMIT 20 OFFSET 999", Limit::Skips),
        ("LIMIT 20 OFFSET 1000", Limit::SkipsMany),
        ("LIMIT 18446744073709551615, 20", Limit::SkipsMany),
        ("LIMIT 40, 20", Limit::Skips),
        ("LIMIT ?, ?", Limit::Unknown),
    ] {
        assert_eq!(limit(sql), Some(expected), "{sql}");
    }
}

#[test]
fn counting_to_learn_whether_there_is_one() {
    for (condition, counts) in [
        ("(SELECT COUNT(*) FROM u) > 0", true),
        ("0 < (SELECT COUNT(*) FROM u)", true),
        ("(SELECT count(1) FROM u WHERE b = 2) >= 1", true),
        ("(SELECT COUNT(*) FROM u) <> 0", true),
        ("(SELECT COUNT(*) FROM u) = 0", true),
        ("1 > (SELECT COUNT(*) FROM u)", true),
        ("(SELECT COUNT(*) FROM u) > 1", false),
        ("(SELECT COUNT(*) FROM u) = 1", false),
        ("(SELECT COUNT(*) FROM u) <= 0", false),
        ("(SELECT COUNT(b) FROM u) > 0", false),
        ("(SELECT COUNT(DISTINCT b) FROM u) > 0", false),
        ("(SELECT MAX(b) FROM u) > 0", false),
        ("(SELECT COUNT(*) FROM u GROUP BY b) > 0", false),
        ("(SELECT COUNT(*) FROM u HAVING COUNT(*) > 5) > 0", false),
        ("(SELECT COUNT(*) FROM u LIMIT 0) > 0", false),
        ("(SELECT COUNT(*), 1 FROM u) > 0", false),
        ("(SELECT COUNT(*) FROM u UNION SELECT 1) > 0", false),
        ("(SELECT COUNT(*) FROM u FOR UPDATE) > 0", false),
    ] {
        assert_eq!(
            block(&format!("SELECT 1 FROM t WHERE {condition}")).counts_to_exist,
            counts,
            "{condition}"
        );
    }
}

#[test]
fn a_subquery_knows_where_it_stands() {
    let sql = "SELECT (SELECT 1 FROM a) FROM (SELECT 1 FROM b) d JOIN e ON e.x IN (SELECT y FROM f) \
        WHERE e.z NOT IN (SELECT MAX(w) FROM g WHERE EXISTS (SELECT 1 FROM h)) UNION ALL SELECT 1 FROM i UNION SELECT 2 FROM j";
    let statement = parse(sql);
    let found: Vec<_> = statement
        .blocks()
        .iter()
        .map(|block| {
            (
                block.tables[0].name.clone().unwrap_or_default(),
                block.place,
                block.parent,
                block.union,
            )
        })
        .collect();
    let at = |name: &str, place, parent, union| (name.to_owned(), place, parent, union);
    let expected = [
        at("", Place::Outer, None, None),
        at("b", Place::Derived, Some(0), None),
        at("g", Place::Subquery, Some(0), None),
        at("h", Place::Subquery, Some(2), None),
        at("f", Place::Subquery, Some(0), None),
        at("a", Place::Subquery, Some(0), None),
        at("i", Place::Outer, None, Some(Union::All)),
        at("j", Place::Outer, None, Some(Union::Distinct)),
    ];
    assert_eq!(found, expected);
    let tests: Vec<_> = statement.blocks()[0]
        .predicates
        .iter()
        .map(|predicate| predicate.test.clone())
        .collect();
    assert_eq!(
        tests,
        [
            Test::InSubquery {
                negated: false,
                block: 4,
                selects: Some(col("y"))
            },
            Test::InSubquery {
                negated: true,
                block: 2,
                selects: None
            },
        ]
    );
}

#[test]
fn of_a_union_the_whole_is_sorted_and_cut() {
    let union = parse("SELECT a FROM t UNION SELECT a FROM u ORDER BY a LIMIT 5");
    assert!(
        union
            .blocks()
            .iter()
            .all(|block| block.sort.is_empty() && block.limit.is_none())
    );
    let one = parse("(SELECT a FROM t ORDER BY a LIMIT 5) UNION SELECT a FROM u");
    assert_eq!(one.blocks()[0].limit, Some(Limit::FromTheFirst));
    assert_eq!(
        parse("SELECT a FROM t EXCEPT SELECT a FROM u").blocks()[1].union,
        Some(Union::Other)
    );
}

#[test]
fn changes_are_blocks_too() {
    let update = parse("UPDATE t SET a = 1, b = (SELECT 2 FROM u) WHERE c = 3 ORDER BY d LIMIT 1");
    assert_eq!((update.kind(), update.blocks().len()), (Kind::Update, 2));
    let block = &update.blocks()[0];
    assert_eq!(
        (
            block.predicates.len(),
            block.sort.len(),
            block.tables[0].alias.as_str()
        ),
        (1, 1, "t")
    );
    let delete = parse("DELETE FROM t WHERE c = 3 ORDER BY d DESC");
    assert_eq!(delete.kind(), Kind::Delete);
    assert_eq!(
        delete.blocks()[0].sort,
        [Key::Column {
            column: col("d"),
            descending: true
        }]
    );
    let several = parse("DELETE a FROM a JOIN b ON a.id = b.id");
    assert_eq!(several.blocks()[0].tables.len(), 2);
    let insert = parse("INSERT INTO t (a) SELECT b FROM u WHERE c = 1");
    assert_eq!(
        (insert.kind(), insert.blocks()[0].tables[0].alias.as_str()),
        (Kind::Insert, "u")
    );
    let values = parse("INSERT INTO t VALUES (1), (2)");
    assert_eq!((values.kind(), values.blocks().len()), (Kind::Insert, 0));
    assert_eq!(parse("DROP TABLE t").kind(), Kind::Other);
    assert_eq!(parse("SELECT 1").kind(), Kind::Select);
}

#[test]
fn distinct_is_seen() {
    assert!(block("SELECT DISTINCT a FROM t").distinct);
    assert!(!block("SELECT a FROM t").distinct);
}

#[test]
fn facts_hold_no_literal() {
    let sql = "SELECT 'canary', a AS x FROM t JOIN u ON t.a = u.a AND u.b = 'canary' WHERE c = 'canary' AND d IN ('canary', \"canary\") AND e LIKE '%canary%' \
        AND f BETWEEN 'canary' AND N'canary' AND g(h, 'canary') = 'canary' AND (i = 'canary' OR j > 'canary') AND k = (SELECT 'canary' FROM v WHERE l = 'canary') \
        GROUP BY m, 'canary' HAVING n = 'canary' ORDER BY o, 'canary' LIMIT 7";
    let statement = parse(sql);
    assert!(
        !format!("{statement:?}").contains("canary"),
        "{statement:?}"
    );
}

#[test]
fn a_refusal_says_where_and_not_what() {
    assert_eq!(
        Statement::parse("SELECT 1 FROM t\nWHERE a 'canary'").unwrap_err(),
        ParseError::NotUnderstood { line: 2, column: 9 }
    );
    assert_eq!(
        Statement::parse("SELECT 'canary").unwrap_err(),
        ParseError::NotUnderstood { line: 1, column: 8 }
    );
    assert_eq!(
        Statement::parse("SELECT 1 FROM").unwrap_err(),
        ParseError::NotUnderstood { line: 0, column: 0 }
    );
    let messages = [
        "SELECT 1 FROM t WHERE a 'canary'",
        "canary",
        "SELECT 'canary",
    ]
    .map(|sql| Statement::parse(sql).unwrap_err().to_string());
    assert_eq!(
        messages,
        [
            "not understood, at line 1, column 25",
            "not understood, at line 1, column 1",
            "not understood, at line 1, column 8"
        ]
    );
}

#[test]
fn one_statement_is_expected() {
    assert_eq!(Statement::parse("").unwrap_err(), ParseError::NotOne(0));
    assert_eq!(Statement::parse(" ; ").unwrap_err(), ParseError::NotOne(0));
    assert_eq!(
        Statement::parse("SELECT 1; SELECT 2").unwrap_err(),
        ParseError::NotOne(2)
    );
    assert!(Statement::parse("SELECT 1;").is_ok());
}

#[test]
fn what_is_too_long_or_too_deep_is_refused() {
    let padded = |bytes: usize| format!("SELECT 1{}", " ".repeat(bytes - 8));
    assert!(Statement::parse(&padded(MAX_BYTES)).is_ok());
    assert_eq!(
        Statement::parse(&padded(MAX_BYTES + 1)).unwrap_err(),
        ParseError::TooLong {
            bytes: MAX_BYTES + 1
        }
    );
    let nested = |depth: usize| format!("SELECT {}1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Statement::parse(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(
        Statement::parse(&nested(MAX_DEPTH + 1)).unwrap_err(),
        ParseError::TooDeep
    );
    // SELECT is one, and each pair of parentheses is closed before the next.
    let chain = |operators: usize| format!("SELECT (1){}", "+(1)".repeat(operators - 1));
    assert!(Statement::parse(&chain(MAX_OPERATORS)).is_ok());
    assert_eq!(
        Statement::parse(&chain(MAX_OPERATORS + 1)).unwrap_err(),
        ParseError::TooManyOperators
    );
}

/// Values, names and commas are no operators: a long list is flat.
#[test]
fn a_long_list_is_no_deep_one() {
    let list = ["17", "'a'", "x'17'", "N'a'", "\"a\"", "b.c"]
        .map(|value| format!("{value}, "))
        .concat()
        .repeat(MAX_OPERATORS + 100);
    let statement = parse(&format!("SELECT 1 FROM t WHERE a IN ({list} 1);"));
    assert_eq!(statement.blocks()[0].predicates, []);
    let list = "17, ".repeat(20_000);
    let statement = parse(&format!("SELECT 1 FROM t WHERE a IN ({list} 1)"));
    assert_eq!(
        statement.blocks()[0].predicates[0].test,
        Test::OneOf {
            count: 20_001,
            value: Value::Number
        }
    );
}

#[test]
fn chains_do_not_overflow_the_stack() {
    for link in [
        " OR b",
        " AND b = 1",
        " OR b = 1",
        "+b",
        " = b",
        "||b",
        " IS NULL",
    ] {
        let words = link.split_whitespace().count().max(1) + usize::from(link.contains('='));
        let sql = format!(
            "SELECT * FROM t WHERE a = 1{}",
            link.repeat((MAX_OPERATORS - 5) / words)
        );
        // Some are no SQL: that is found out without an overflow too.
        let _ = Statement::parse(&sql);
    }
    for prefix in [
        "NOT ",
        "- ",
        "! ",
        "BINARY ",
        "CASE WHEN ",
        "INTERVAL ",
        "EXISTS SELECT ",
        "CAST ",
    ] {
        let _ = Statement::parse(&format!("SELECT {}1", prefix.repeat(900)));
    }
    let unions = parse(&format!("SELECT 1{}", " UNION SELECT 1".repeat(900)));
    assert_eq!(unions.blocks().len(), 901);
    let joins = parse(&format!(
        "SELECT 1 FROM t{}",
        " JOIN u ON a.b = c.d".repeat(600)
    ));
    assert_eq!(joins.blocks()[0].predicates.len(), 1_200);
}

proptest! {
    #[test]
    fn no_text_panics(sql in "\\PC{0,60}") {
        let _ = Statement::parse(&sql);
    }

    /// Words of the language in any order.
    #[test]
    fn no_order_of_words_panics(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..40)) {
        let _ = Statement::parse(&words.join(" "));
        let _ = Statement::parse(&format!("SELECT {}", words.join(" ")));
    }
}

const WORDS: &[&str] = &[
    "SELECT", "FROM", "WHERE", "t", "u", "a", "b", "t.a", "*", ",", "(", ")", "=", "<", "AND",
    "OR", "NOT", "IN", "EXISTS", "BETWEEN", "LIKE", "IS", "NULL", "1", "'x'", "JOIN", "LEFT", "ON",
    "USING", "GROUP", "ORDER", "BY", "HAVING", "LIMIT", "OFFSET", "UNION", "ALL", "DISTINCT", "AS",
    "WITH", "CASE", "WHEN", "THEN", "END", "COUNT(*)", "RAND()", "+", "-", "INSERT", "INTO",
    "VALUES", "UPDATE", "SET", "DELETE", "?", "@x", ";", "CAST(", "INTERVAL", "DAY", "FOR", "`",
];

/// Those of a subquery are its own; those behind it are not.
#[test]
fn columns_behind_a_subquery_are_named() {
    let sql =
        "SELECT 1 FROM t WHERE a = 1 AND b IN (SELECT x FROM u WHERE y IN (SELECT 1)) AND c > 2";
    assert_eq!(block(sql).columns, [col("a"), col("b"), col("c")]);
}

/// What is logged by `{:?}` says what it is, and tells no literal.
#[test]
fn a_statement_is_logged_without_its_literals() {
    let shown = format!("{:?}", parse("SELECT a FROM t WHERE b = 'secret'"));
    assert!(
        shown.contains("Select") && shown.contains("\"b\"") && !shown.contains("secret"),
        "{shown}"
    );
}
