//! Fingerprints and the digest: one class for each shape, and figures that are the log's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use slow_query::core::digest::{Class, Digest, Flags, Limits, Measure};
use slow_query::core::fingerprint::{Id, fingerprint};
use slow_query::core::log::entry::{Command, Entry, PlanFlags, Timestamp};
use slow_query::core::log::reader::Reader;

use crate::logs::{ALL, Done, MARIADB_EXPLAIN, MYSQL, Server, any_day, any_statement, write};

fn shape(sql: impl AsRef<[u8]>) -> String {
    let mut out = "what was there before".to_owned();
    fingerprint(sql.as_ref(), &mut out);
    out
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

/// A statement of one second, in a schema.
fn entry(statement: &[u8]) -> Entry<'_> {
    Entry {
        schema: Some(b"shop"),
        query_time: Duration::from_secs(1),
        command: Command::Statement(statement),
        ..Entry::default()
    }
}

fn digest<'a>(limits: Limits, entries: impl IntoIterator<Item = Entry<'a>>) -> Digest {
    let mut digest = Digest::new(limits);
    for entry in entries {
        digest.add(&entry);
    }
    digest
}

fn digest_of(log: &[u8]) -> Digest {
    let mut digest = Digest::new(Limits::default());
    let mut reader = Reader::new(slow_query::core::log::Limits::default());
    let mut each = |entry: &Entry<'_>| digest.add(entry);
    reader.feed(log, &mut each);
    reader.finish(&mut each);
    digest
}

/// What pt-fingerprint makes of the same statements, and where this differs on purpose.
#[test]
fn inv3_fingerprints_are_those_of_pt_query_digest() {
    let table = include_str!("../fingerprints.toml");
    let mut checked = 0;
    for part in table.split("[[statement]]").skip(1) {
        // The texts are written as JSON would.
        let values: BTreeMap<&str, String> = part
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(name, text)| (name, serde_json::from_str(text).unwrap()))
            .collect();
        let (sql, wanted) = (&values["sql"], &values["fingerprint"]);
        let found = shape(sql);
        assert_eq!(&found, wanted, "{sql}");
        assert_eq!(Id::of(&found).to_string(), values["id"], "{sql}");
        assert_eq!(
            values.contains_key("pt") && &values["pt"] != wanted,
            values.contains_key("why"),
            "each difference has its reason, and only those: {sql}"
        );
        checked += 1;
    }
    assert_eq!(checked, 74);
}

/// Statements that differ in their literals alone are one shape.
#[test]
fn inv3_literals_make_no_difference() {
    let wanted = "select a from t where b = ? and c = ?";
    for literal in [
        "1",
        "0",
        "-1",
        "+1",
        "- 1",
        "- -1",
        "1.5",
        "1.",
        ".5",
        "1e9",
        "1E+9",
        "1.5e-9",
        ".5e3",
        "0x1f",
        "0XAB",
        "0b101",
        "x'1F'",
        "X'1F'",
        "b'01'",
        "B'01'",
        "n'x'",
        "N'x'",
        "''",
        "'x'",
        "\"x\"",
        "'it''s'",
        "\"say \"\"hi\"\"\"",
        "'it\\'s'",
        "\"say \\\"hi\\\"\"",
        "'\\\\'",
        "'a\\\\\\'b'",
        "'a' 'b'",
        "'a'\n\"b\"",
        "'a' /* and */ 'b'",
        "'-- x'",
        "'# x'",
        "'/* x'",
        "'a;b'",
        "'(a, b)'",
        "_utf8'x'",
        "_utf8mb4 'x'",
        "_UTF8MB4\"x\"",
        "_binary'\\0'",
        "_latin1 x'ff'",
        "_binary b'1'",
        "_utf8mb3'a' 'b'",
        "?",
        "null",
        "NULL",
        "true",
        "FALSE",
        "\\N",
        "-null",
        "18446744073709551616",
    ] {
        // Whatever follows: the other literal shows whether its end was found.
        let sql = format!("select a from t where b = {literal} and c = 'y'");
        let sql = sql.replace("0XAB", "0xAB");
        assert_eq!(shape(&sql), wanted, "{sql}");
    }
    assert_eq!(shape("select a from t where b ='x'and c=2"), wanted);
}

/// The first quote after a text's first is not always its last.
#[test]
fn inv3_a_text_ends_where_it_ends() {
    for (sql, wanted) in [
        (
            "select 'O\\'Brien', secret from t",
            "select ?, secret from t",
        ),
        ("select 'it''s', 'a' from t", "select ?, ? from t"),
        ("select \"a'b\", 'c\"d' from t", "select ?, ? from t"),
        ("select 'a\\\\', b, 'c' from t", "select ?, b, ? from t"),
        ("select 'a\\\\\\', b, 'c' from t", "select ? c ?"),
        ("select '', '''', '\\'' from t", "select ?, ?, ? from t"),
        ("select 'no end", "select ?"),
        ("select 'no end\\", "select ?"),
        ("select 'no end''", "select ?"),
        ("select `a'b`, 'c`d' from t", "select `a'b`, ? from t"),
        ("select `a``b`, 'c' from t", "select `a``b`, ? from t"),
        ("select `a\\`, 'c' from t", "select `a\\`, ? from t"),
        ("select `no end", "select `no end"),
        ("select `no end``", "select `no end``"),
        (
            "select 'a' as 'b', 'c' 'd' from t",
            "select ? as ?, ? from t",
        ),
    ] {
        assert_eq!(shape(sql), wanted, "of the statement {sql}");
    }
}

/// A hundred values, or one: an ORM writes as many as there are.
#[test]
fn inv3_lists_of_any_length_are_one() {
    let lengths = [1, 2, 3, 10, 100];
    let of = |length: usize| {
        let values = vec!["5"; length].join(", ");
        shape(format!(
            "select a from t where b in ({values}) and c not in ({values})"
        ))
    };
    let shapes: BTreeSet<String> = lengths.into_iter().map(of).collect();
    assert_eq!(
        shapes.len(),
        1,
        "shapes of one statement with lists of 1, 2, 3, 10 and 100 values; the first is {:?}",
        shapes.first()
    );
    assert!(shapes.contains("select a from t where b in(?+) and c not in(?+)"));
    for length in lengths {
        let rows = vec!["(1, 'x', null)"; length].join(",");
        assert_eq!(
            shape(format!("insert into t (a) values {rows}")),
            "insert into t (a) values(?+)"
        );
        let rows = rows.replace('(', "ROW(");
        assert_eq!(
            shape(format!("insert into t values {rows}")),
            "insert into t values row(?+)"
        );
    }
    for (sql, wanted) in [
        ("select a in ()", "select a in(?+)"),
        ("select (a, b) in ((1, 2), (3, 4))", "select (a, b) in(?+)"),
        ("select a in (((1)), (2))", "select a in(?+)"),
        // What is no list of literals is written.
        ("select a in (1, b)", "select a in (?, b)"),
        ("select a in (1, `b`)", "select a in (?, `b`)"),
        ("select a in (1, 2 + 3)", "select a in (?, ? + ?)"),
        ("select a in (-1, +2, - 3)", "select a in(?+)"),
        ("select a in (-(1))", "select a in (-(?))"),
        ("select a in (1, (2, b), 3)", "select a in (?, (?, b), ?)"),
        ("select a in (f(1), 2)", "select a in (f(?), ?)"),
        (
            "select a in (select b from u where c in (1, 2))",
            "select a in (select b from u where c in(?+))",
        ),
        ("select a in (@x)", "select a in (@x)"),
        ("select a in (1; 2)", "select a in (?; ?)"),
        ("select a in (1 . 2)", "select a in (?.?)"),
        ("select f(1, 2, 3)", "select f(?, ?, ?)"),
        ("select t.in (1, 2)", "select t.in(?, ?)"),
        // The rows after the first are of its shape.
        (
            "insert into t values (1, now()), (2, now()), (3, 4)",
            "insert into t values (?, now())",
        ),
        (
            "insert into t values (1, f((2), 3)), (f(4), (5)), (6, 7) on duplicate key update a = 1",
            "insert into t values (?, f((?), ?)) on duplicate key update a = ?",
        ),
        (
            "insert into t values (1), (2), a",
            "insert into t values(?+), a",
        ),
        (
            "insert into t values (1), row a",
            "insert into t values(?+), row a",
        ),
        (
            "insert into t values (1), (2), (3",
            "insert into t values(?+)",
        ),
        ("insert into t value (1), (2)", "insert into t value(?+)"),
        (
            "insert into t values (1) on duplicate key update a = values(b), c = (values(d))",
            "insert into t values(?+) on duplicate key update a = values(b), c = (values(d))",
        ),
        // Cut in the list.
        ("select a in (1, 2, 3", "select a in(?+)"),
        ("select a in ((1, 2), (3", "select a in(?+)"),
        (
            "insert into t values (1, 2), (3, 'x",
            "insert into t values(?+)",
        ),
        ("select (a in (1, 2", "select (a in(?+)"),
        ("select a in (1, b", "select a in (?, b"),
        ("select a in (", "select a in(?+)"),
    ] {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

#[test]
fn inv3_a_limit_has_one_number() {
    for (sql, wanted) in [
        ("select a from t limit 10", "select a from t limit ?"),
        ("select a from t limit 5,10", "select a from t limit ?"),
        (
            "select a from t limit 10 OFFSET 5",
            "select a from t limit ?",
        ),
        ("select a from t limit ?, ?", "select a from t limit ?"),
        (
            "select a from t limit 5 for update",
            "select a from t limit ? for update",
        ),
        ("select a from t limit 5, b", "select a from t limit ?, b"),
        (
            "select a from t limit 5 offset b",
            "select a from t limit ? offset b",
        ),
        (
            "select a from t limit 5 of 3",
            "select a from t limit ? of ?",
        ),
        ("select a from t limit @x", "select a from t limit @x"),
        (
            "select (select 1 limit 2, 3), (select 1 limit 2)",
            "select (select ? limit ?), (select ? limit ?)",
        ),
        ("select t.limit, 5", "select t.limit, ?"),
    ] {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

/// SELECTs of a UNION that are the same but for their literals are one, however many there are.
#[test]
fn inv3_a_union_of_one_shape_is_one() {
    let select = "select a from t where b = 1";
    for joint in ["union", "union all", "union distinct"] {
        let note = if joint == "union all" {
            "union all"
        } else {
            "union"
        };
        for times in [2, 3, 10] {
            let sql = vec![select; times].join(&format!(" {joint} "));
            let wanted = format!("select a from t where b = ? /*repeat {note}*/");
            assert_eq!(shape(&sql), wanted);
            assert_eq!(
                shape(format!("{sql} order by a limit 3")),
                format!("{wanted} order by a limit ?")
            );
            assert_eq!(shape(format!("{sql} limit 3")), format!("{wanted} limit ?"));
            assert_eq!(
                shape(format!("insert into t {sql};")),
                format!("insert into t {wanted}")
            );
            assert_eq!(
                shape(format!("select x from ({sql}) y")),
                format!("select x from ({wanted}) y")
            );
        }
    }
    for (sql, wanted) in [
        ("select 1", "select ?"),
        ("select a union select b", "select a union select b"),
        (
            "select a union select b union select b",
            "select a union select b /*repeat union*/",
        ),
        (
            "select a union select a union select b",
            "select a /*repeat union*/ union select b",
        ),
        (
            "select a union select a union select b union select b",
            "select a /*repeat union*/ union select b /*repeat union*/",
        ),
        (
            "select a union all select a union select a",
            "select a /*repeat union all*/ union select a",
        ),
        (
            "select a union select a union all select a union all select a",
            "select a /*repeat union*/ union all select a /*repeat union all*/",
        ),
        (
            "select a union select b union select a",
            "select a union select b union select a",
        ),
        ("select a union select a, b", "select a union select a, b"),
        (
            "(select a limit 1) union (select a limit 2)",
            "(select a limit ?) /*repeat union*/",
        ),
        (
            "(select a order by b) union (select a order by b) order by c",
            "(select a order by b) /*repeat union*/ order by c",
        ),
        (
            "insert into t (select 1) union all (select 2)",
            "insert into t (select ?) /*repeat union all*/",
        ),
        (
            "select (select a union select a) union select (select a union select a)",
            "select (select a /*repeat union*/) /*repeat union*/",
        ),
        (
            "select (select 1), b union select (select 2), b",
            "select (select ?), b /*repeat union*/",
        ),
        (
            "select a union select a; select a union select a",
            "select a /*repeat union*/; select a /*repeat union*/",
        ),
        (
            "select a union select a in (1, 2",
            "select a union select a in(?+)",
        ),
        (
            "select a in (1) union select a in (2, 3",
            "select a in(?+) /*repeat union*/",
        ),
        (
            "with x as (select 1) select a union select a",
            "with x as (select ?) select a /*repeat union*/",
        ),
        ("union", " union"),
        ("union union", " union union"),
    ] {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

/// Names hold digits, and begin with them; a number ends where its digits do.
#[test]
fn inv3_a_name_is_no_literal() {
    for (sql, wanted) in [
        ("select a1, t2.b from t2", "select a1, t2.b from t2"),
        (
            "select 2fa, 0x, 0xg1, 0b, 0b12, 1e, 1ex, 1e5x from t",
            "select 2fa, 0x, 0xg1, 0b, 0b12, 1e, 1ex, ? x from t",
        ),
        (
            "select t.5a, t.5, `t`.5, t.1e5, t. 5 from t",
            "select t.5a, t.5, `t`.5, t.1e5, t.? from t",
        ),
        ("select 1.5e, 1.e5, 1.5.5, 1..5", "select ? e, ?, ? ?, ? ?"),
        (
            "select @a, @@b, @@global.c, @a5, @'x', 'u'@'h', @",
            "select @a, @@b, @@global.c, @a5, @ ?, ? @ ?, @",
        ),
        (
            "select _id 'x', _utf 'x', _utf8 from t",
            "select _id ?, _utf ?, _utf8 from t",
        ),
        (
            "select x 'a', bin'a', b\"1\" from t",
            "select x ?, bin ?, ? from t",
        ),
        ("select a$b, _c, grün from t", "select a$b, _c, grün from t"),
        (
            "select date'2024-01-01', time '10:00', timestamp\"2024-01-01\"",
            "select date ?, time ?, timestamp ?",
        ),
        (
            "select a is null, a is not null, a is true, a is not false, a is unknown, not true",
            "select a is ?, a is not ?, a is true, a is not false, a is unknown, not ?",
        ),
        (
            "select t.null, t.true from t",
            "select t.null, t.true from t",
        ),
        ("select \\n", "select \\ n"),
    ] {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

/// Signs belong to a literal where no operator can stand.
#[test]
fn inv3_a_sign_is_an_operator_after_a_value() {
    for (sql, wanted) in [
        (
            "select a-1, a - 1, a -1, a- 1",
            "select a - ?, a - ?, a - ?, a - ?",
        ),
        (
            "select 1-1, 1 - -1, 1+-+1, 'a'-1, ?-1",
            "select ? - ?, ? - ?, ? + ?, ? - ?, ? - ?",
        ),
        (
            "select f(-1), (-1), -1, a = -1, a in (-1)",
            "select f(?), (?), ?, a = ?, a in(?+)",
        ),
        (
            "select (a)-1, `a`-1, t.a-1",
            "select (a) - ?, `a` - ?, t.a - ?",
        ),
        (
            "select -a, -(1), - f(1), -t.a",
            "select -a, -(?), -f(?), -t.a",
        ),
        ("select !1, ~1, !-1, ! a, -~1", "select !?, ~?, !?, !a, -~?"),
        (
            "select a between -1 and -2, a or -1, a like -1, case -1 when -2 then -3 else -4 end",
            "select a between ? and ?, a or ?, a like ?, case ? when ? then ? else ? end",
        ),
        ("select 5--1, 5-- 1", "select ? - ?, ?"),
        ("select value-1, values - 1", "select value - ?, values - ?"),
        (
            "select a*-1, a * 1, count(*), t.*, *",
            "select a * ?, a * ?, count(*), t.*, *",
        ),
        ("-1; -1", "?; ?"),
        ("/*!40001 -1 */ -1", "/*!? ? */ ?"),
    ] {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

#[test]
fn inv3_operators_are_told_apart() {
    let operators = [
        "=", "<", ">", "<=", ">=", "<>", "!=", "<=>", "<<", ">>", "||", "&&", "|", "&", "^", "%",
        "/", "*", ":=", "->", "->>",
    ];
    let mut shapes = BTreeSet::new();
    for operator in operators {
        let tight = shape(format!("select a{operator}b"));
        assert_eq!(tight, format!("select a {operator} b"));
        assert_eq!(shape(format!("select a  {operator}\n b")), tight);
        shapes.insert(tight);
    }
    assert_eq!(shapes.len(), operators.len());
}

#[test]
fn inv3_comments_are_no_part_of_a_shape() {
    for sql in [
        "select a from t",
        "select a from t -- x",
        "select a from t --",
        "select a from t --\tx\n",
        "-- x\nselect a from t",
        "# x\nselect a from t",
        "select a # x\nfrom t#",
        "/* x */select/**/a/* 'x */from t/* no end",
        "select /*+ no_icp(t) */ a from t",
        "select a from t; -- x",
        "select a from t;;",
        "\u{0}select\u{1f}a\u{7f}from t",
        "/*traceparent='00-4bf92f-01'*/ select a from t",
    ] {
        assert_eq!(shape(sql), "select a from t", "{sql:?}");
    }
    for (sql, wanted) in [
        (
            "select /*!40001 sql_no_cache */ a",
            "select /*!? sql_no_cache */ a",
        ),
        (
            "select /*!sql_no_cache*/ a",
            "select /*!? sql_no_cache */ a",
        ),
        (
            "select /*M!100100 a */, /*m! 5 */ b",
            "select /*!? a */, /*!? ? */ b",
        ),
        ("select /*!99999999 a */ b", "select /*!? ? a */ b"),
        (
            "select a /*!50000 'secret' /* no */ */ b",
            "select a /*!? ? */ b",
        ),
        ("select a */ b", "select a * / b"),
        ("select a -b, a --b", "select a - b, a - -b"),
        ("select a / b, a /b", "select a / b, a / b"),
    ] {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

#[test]
fn inv3_a_call_is_its_procedure_and_a_use_is_any() {
    for (sql, wanted) in [
        ("call f", "call f"),
        ("CALL  F ( 1, 'x' )", "call f"),
        ("call `a b`.`f`(1)", "call `a b`.`f`"),
        ("call a.f(1); select 1", "call a.f"),
        ("call f 'x'", "call f"),
        ("call", "call"),
        ("select call", "select call"),
        ("use shop", "use ?"),
        ("USE `shop archive`;", "use ?"),
        (
            "select a from t use index (b)",
            "select a from t use index (b)",
        ),
    ] {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

/// The columns of a table stand apart from its name, the arguments of a function do not, however they were typed.
#[test]
fn inv3_parentheses_are_written_as_one_would() {
    for (sql, wanted) in [
        ("insert into t(a)values(1)", "insert into t (a) values(?+)"),
        (
            "insert into `s`.`t`(`a`) select 1",
            "insert into `s`.`t` (`a`) select ?",
        ),
        ("create table t(a int)", "create table t (a int)"),
        ("select count (*) , f ( a )", "select count(*), f(a)"),
        (
            "select a from t where(a)and(b)or not(c)",
            "select a from t where (a) and (b) or not (c)",
        ),
        ("select a from(select 1)x", "select a from (select ?) x"),
        (
            "select a from t join(u)using(id)",
            "select a from t join (u) using (id)",
        ),
        ("select a , b.c , ( d ) from t", "select a, b.c, (d) from t"),
        (
            "select a . b, exists(select 1), a=any(select 1)",
            "select a.b, exists (select ?), a = any (select ?)",
        ),
        ("select ( 1 )( 2 )", "select (?) (?)"),
        (")) select (", ")) select ("),
        ("", ""),
        ("  \n", ""),
        (";", ""),
        ("a;b", "a; b"),
    ] {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

#[test]
fn inv3_bytes_that_are_no_text_are_no_reason_to_stop() {
    assert_eq!(shape(b"select '\xff\x00\xfe' from t"), "select ? from t");
    assert_eq!(
        shape(b"select a\xff, `b\xfe` from t"),
        "select a\u{fffd}, `b\u{fffd}` from t"
    );
    assert_eq!(
        shape("select grün, Ä from t"),
        "select grün, Ä from t",
        "letters of ASCII alone have a case"
    );
    // What a terminal takes for a command, in a name.
    assert_eq!(
        shape("select `a\u{1b}[2J\n\tb` from t"),
        "select `a [2j  b` from t"
    );
}

/// Nobody writes such statements, but a log may hold them.
#[test]
fn inv3_deep_and_long_statements_have_a_shape() {
    let deep = 5_000;
    let open = "(".repeat(deep);
    let sql = format!("select {open}1{}", ")".repeat(deep));
    assert_eq!(shape(&sql).len(), "select ?".len() + 2 * deep);
    // As deep as anybody nests, and deeper.
    for (depth, wanted) in [(200, "a in(?+)"), (300, "a in (?, ?)")] {
        let sql = format!("{}a in (1, 2){}", "(".repeat(depth), ")".repeat(depth));
        assert!(
            shape(&sql).contains(wanted),
            "{depth} deep: {}",
            shape(&sql)
        );
    }
    let closing = ")".repeat(deep);
    assert_eq!(
        shape(format!("{open}{closing}{closing} in (1, 2)")).len(),
        3 * deep + " in(?+)".len()
    );
    for (sql, wanted) in [
        (format!("select {}1", "- ".repeat(100_000)), "select ?"),
        (format!("select {}", "'a' ".repeat(100_000)), "select ?"),
        (
            format!("select a in ({}", "1,".repeat(100_000)),
            "select a in(?+)",
        ),
        (
            format!("select 1{}", " union select 1".repeat(50_000)),
            "select ? /*repeat union*/",
        ),
    ] {
        assert_eq!(shape(&sql), wanted);
    }
}

/// Each of these is another statement to an optimiser.
#[test]
fn inv3_different_shapes_are_told_apart() {
    let statements = [
        "select a from t",
        "select b from t",
        "select a from u",
        "select a, b from t",
        "select a b from t",
        "select ab from t",
        "select a from t where a = 1",
        "select a from t where a > 1",
        "select a from t where a >= 1",
        "select a from t where a = b",
        "select a from t where a = 1 and b = 1",
        "select a from t where a = 1 or b = 1",
        "select a from t where (a = 1 or b = 1) and c = 1",
        "select a from t where a = 1 or (b = 1 and c = 1)",
        "select a from t where a in (1)",
        "select a from t where a not in (1)",
        "select a from t where a in (select 1)",
        "select a from t where a like 'x%'",
        "select a from t where f(a) = 1",
        "select a from t where a is null",
        "select a from t where a is not null",
        "select a from t where a is true",
        "select a from t where a is false",
        "select a from t order by a",
        "select a from t order by a desc",
        "select a from t group by a",
        "select a from t limit 1",
        "select a from t for update",
        "select distinct a from t",
        "select count(*) from t",
        "select t.a from t",
        "select `a` from t",
        "select a from t union select a from t",
        "select a from t union all select a from t",
        "select a from t union select b from t",
        "select a from t2",
        "select a from t3",
        "select a from orders_2024",
        "select a from orders_2025",
        "select a from t use index (b)",
        "select a from t join u on a = b",
        "select a from t left join u on a = b",
        "select a from t, u where a = b",
        "insert into t (a) values (1)",
        "insert into t (a) values (now())",
        "insert ignore into t (a) values (1)",
        "replace into t (a) values (1)",
        "insert into t (a, b) values (1, 2)",
        "insert into t (a) values (1) on duplicate key update a = 1",
        "update t set a = 1",
        "update t set b = 1",
        "update t set a = 1 where b = 1",
        "delete from t",
        "delete from t where a = 1",
        "call a(1)",
        "call b(1)",
        "use a",
        "begin",
        "commit",
        "select a - 1 from t",
        "select a + 1 from t",
        "select -a from t",
        "select @a from t",
        "select @@a from t",
        "select a from t; select b from t",
        "select /*!40001 sql_no_cache */ a from t",
        "set a = 1",
        "show tables",
        "",
    ];
    let mut shapes: BTreeMap<String, &str> = BTreeMap::new();
    for sql in statements {
        let found = shape(sql);
        if let Some(other) = shapes.insert(found.clone(), sql) {
            panic!("{sql:?} and {other:?} have one fingerprint: {found}");
        }
    }
}

/// Tokens of a statement, with what may stand between them.
fn spaced() -> impl Strategy<Value = (String, String)> {
    let word = prop_oneof![
        "[a-z][a-z0-9_]{0,4}",
        Just("select".to_owned()),
        Just("in".to_owned()),
        Just("values".to_owned()),
        Just("union".to_owned()),
        Just("limit".to_owned()),
        Just("not".to_owned()),
        Just("is".to_owned()),
        Just("order".to_owned()),
        Just("into".to_owned()),
    ];
    let token = prop_oneof![
        4 => word.prop_map(|word| (word.clone(), word.to_uppercase())),
        2 => "[0-9]{1,3}".prop_map(|number| (number, "0x7F".to_owned())),
        1 => "'[a-z ;]{0,5}'".prop_map(|text| (text, "\"other\"".to_owned())),
        2 => prop_oneof![Just("("), Just(")"), Just(","), Just("="), Just("<"), Just("+"), Just("*")].prop_map(|one| (one.to_owned(), one.to_owned())),
        1 => "`[a-z ]{1,4}`".prop_map(|name| (name.clone(), name.to_uppercase())),
    ];
    let space = prop_oneof![
        Just(" "),
        Just("\n\t "),
        Just("/* c */"),
        Just(" -- c\n"),
        Just("#c\n"),
        Just("/**/ "),
        Just("\r\n"),
    ];
    prop::collection::vec((token, space), 0..25).prop_map(|tokens| {
        let mut plain = String::new();
        let mut other = String::new();
        for ((one, two), space) in tokens {
            plain.push_str(&one);
            plain.push(' ');
            other.push_str(&two);
            other.push_str(space);
        }
        (plain, other)
    })
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn inv3_space_comments_case_and_literals_make_no_difference((plain, other) in spaced()) {
        prop_assert_eq!(shape(&plain), shape(&other), "{} and {}", plain, other);
    }

    /// A fingerprint is a statement too: its own shape is itself, where nothing was folded.
    #[test]
    fn inv3_any_bytes_have_a_shape_that_does_not_grow(sql in prop::collection::vec(any::<u8>(), 0..200), text in any_statement()) {
        for sql in [&sql, &text] {
            let found = shape(sql);
            // A byte that is no UTF-8 becomes three, and a space may stand before each.
            prop_assert!(found.len() <= 4 * sql.len() + 20, "{} bytes of {}", found.len(), sql.len());
            prop_assert!(!found.chars().any(char::is_control), "{:?}", found);
        }
    }

    /// Texts and numbers that could not be anything else are nowhere in a fingerprint, and neither in what a panic would print of a class.
    #[test]
    fn inv5_no_literal_is_in_a_fingerprint(parts in prop::collection::vec(any_part(), 1..12), cut in any::<prop::sample::Index>()) {
        let sql = parts.concat();
        let cut = cut.index(sql.len() + 1);
        // Also of a statement that was cut.
        for sql in [sql.as_bytes(), &sql.as_bytes()[..cut]] {
            let found = shape(sql);
            prop_assert!(!found.contains("secret") && !found.contains("47114711"), "{} of {}", found, sql.escape_ascii());
            let digest = digest(Limits::default(), [entry(sql)]);
            let shown = format!("{:?}", digest.by_total_time());
            prop_assert!(!shown.contains("secret") && !shown.contains("47114711"), "{}", shown);
        }
    }
}

/// A part of a statement in which every literal says `secret` or 4711.
fn any_part() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("select a from t where b = "),
        Just("'secret' "),
        Just("\"secret\" "),
        Just("'it''s secret' "),
        Just("'\\'secret' "),
        Just("'\\\\' "),
        Just("\"a'secret\" "),
        Just("47114711 "),
        Just("-47114711.4711e47114711 "),
        Just("0x47114711 "),
        Just("x'47114711' "),
        Just("_utf8mb4'secret' "),
        Just("N'secret' "),
        Just("date'47114711' "),
        Just("in ('secret', 47114711) "),
        Just("values (47114711, now(), 'secret'), (47114711, 'secret') "),
        Just("limit 47114711, 47114711 "),
        Just("limit 47114711 offset 47114711 "),
        Just("/* secret */ "),
        Just("-- secret 'x\n"),
        Just("# secret \" \n"),
        Just("/*!4711471 'secret' */ "),
        Just("call f('secret', 47114711) "),
        Just("`it's` "),
        Just("union all select 'secret' "),
        Just(", "),
        Just("= "),
        Just("- "),
        Just("( "),
        Just(") "),
        Just("a.b "),
    ]
    .prop_map(str::to_owned)
}

/// A day of calls of a few shapes: a class each, and not one for each statement.
#[test]
fn inv3_a_class_is_a_shape_and_no_statement() {
    let statements: Vec<String> = (0..1000)
        .map(|number| match number % 3 {
            0 => format!("select a from t where id = {number}"),
            1 => format!("SELECT a FROM t WHERE name = 'n{number}' -- {number}"),
            _ => format!("insert into t values ({number}), ({number})"),
        })
        .collect();
    let digest = digest(
        Limits::default(),
        statements.iter().map(|sql| entry(sql.as_bytes())),
    );
    let classes = digest.by_total_time();
    assert_eq!(
        classes.len(),
        3,
        "classes of 1,000 statements of three shapes"
    );
    let counts: BTreeMap<_, _> = classes
        .iter()
        .map(|class| (class.fingerprint.as_str(), class.count))
        .collect();
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [
            ("insert into t values(?+)", 333),
            ("select a from t where id = ?", 334),
            ("select a from t where name = ?", 333),
        ]
    );
    for class in classes {
        assert_eq!(class.id, Id::of(&class.fingerprint));
    }
}

/// A statement in every class, more shapes than there is room for.
#[test]
fn inv2_classes_are_bounded_and_the_rest_is_counted_together() {
    let limits = Limits::new(10, 4096, 4096).unwrap();
    let names: Vec<String> = (0..1000)
        .map(|number| format!("select a from t{number}"))
        .collect();
    let mut entries: Vec<_> = names.iter().map(|sql| entry(sql.as_bytes())).collect();
    // One that has a place keeps it.
    entries.push(entry(b"select a from t3"));
    let digest = digest(limits, entries);
    let classes = digest.by_total_time();
    assert_eq!(
        classes.len(),
        10,
        "classes of 1,000 shapes, where 10 are allowed"
    );
    assert_eq!(classes[0].fingerprint, "select a from t3");
    assert_eq!(classes[0].count, 2);
    let others = digest.others().unwrap();
    assert_eq!(
        (others.count, others.query_time.total()),
        (990, 990_000_000)
    );
    assert_eq!(others.fingerprint, "(all other shapes)");
    assert_eq!(digest.totals().statements, 1001);
    assert_eq!(digest.totals().query_time.total(), 1_001_000_000);
    assert!(digest_of(MYSQL).others().is_none());
}

#[test]
fn inv2_a_class_keeps_so_much_of_a_long_statement() {
    let limits = Limits::new(10, 64, 100).unwrap();
    let columns = |length: usize| "ä".repeat(length);
    let long = format!("select {} from t where a = 'x'", columns(200));
    let other = format!("select {} from u where a = 'x'", columns(200));
    let digest = digest(
        limits,
        [
            entry(long.as_bytes()),
            entry(other.as_bytes()),
            entry(long.as_bytes()),
        ],
    );
    let classes = digest.by_total_time();
    // Told apart by what is not kept, too.
    assert_eq!(classes.len(), 2);
    let class = classes[0];
    assert_eq!(class.count, 2);
    assert_eq!(class.id, Id::of(&shape(&long)));
    assert_eq!(
        class.fingerprint,
        format!("select {}…", columns(28)),
        "64 bytes, and no half letter"
    );
    assert_eq!(
        class.sample.statement.len(),
        100 + 2,
        "the last letter was cut"
    );
    assert!(class.sample.truncated && class.sample.lossy);
    assert_eq!(class.truncated, 0, "the log has all of it");
    // Exactly as long.
    let exact = format!("select {}", "a".repeat(57));
    let digest = self::digest(limits, [entry(exact.as_bytes())]);
    assert_eq!(digest.by_total_time()[0].fingerprint, exact);
    let sample = format!("select '{}'", "a".repeat(91));
    let digest = self::digest(limits, [entry(sample.as_bytes())]);
    let kept = &digest.by_total_time()[0].sample;
    assert_eq!(
        (kept.statement.as_str(), kept.truncated, kept.lossy),
        (sample.as_str(), false, false)
    );
}

#[test]
fn inv2_a_class_keeps_a_few_names() {
    let users: Vec<String> = (0..20).map(|number| format!("u{number:02}")).collect();
    let with = |user: &'static str| Entry {
        user: Some(user.as_bytes()),
        ..entry(b"select 1")
    };
    let named = |names: &[String]| {
        let mut digest = Digest::new(Limits::default());
        for user in names {
            digest.add(&Entry {
                user: Some(user.as_bytes()),
                ..entry(b"select 1")
            });
        }
        let class = digest.by_total_time()[0].users.clone();
        (class.kept().to_vec(), class.more())
    };
    assert_eq!(named(&users[..8]), (users[..8].to_vec(), false));
    assert_eq!(named(&users[..9]), (users[..8].to_vec(), true));
    assert_eq!(named(&users), (users[..8].to_vec(), true));
    let reversed: Vec<String> = users.iter().rev().cloned().collect();
    assert_eq!(
        named(&reversed),
        (users[..8].to_vec(), true),
        "whatever the order"
    );
    // A ninth that is the same as one of eight is none.
    assert_eq!(
        named(&[&users[..8], &users[..1]].concat()),
        (users[..8].to_vec(), false)
    );
    let long = "x".repeat(1000);
    assert_eq!(named(&[long]).0[0].len(), 255);
    let digest = digest(
        Limits::default(),
        [
            with("b"),
            with("a"),
            with("b"),
            Entry {
                user: None,
                host: Some(b"\xff"),
                schema: None,
                ..entry(b"select 1")
            },
        ],
    );
    let class = digest.by_total_time()[0];
    assert_eq!(class.users.kept(), ["a", "b"]);
    assert_eq!(class.hosts.kept(), ["\u{fffd}"]);
    assert_eq!(class.schemas.kept(), ["shop"]);
}

/// What a plain sum over the lines of a log gives.
#[test]
fn inv4_the_totals_are_the_logs() {
    for (name, log) in ALL {
        let mut sums = [0_u64; 5];
        let mut administrator = 0;
        let mut reader = Reader::new(slow_query::core::log::Limits::default());
        let mut each = |entry: &Entry<'_>| match entry.command {
            Command::Administrator(_) => administrator += entry.query_time.as_micros() as u64,
            Command::Statement(_) => {
                for (sum, value) in sums.iter_mut().zip([
                    1,
                    entry.query_time.as_micros() as u64,
                    entry.lock_time.as_micros() as u64,
                    entry.rows_sent,
                    entry.rows_examined,
                ]) {
                    *sum += value;
                }
            }
        };
        reader.feed(log, &mut each);
        reader.finish(&mut each);
        let digest = digest_of(log);
        let totals = digest.totals();
        let found = [
            totals.statements,
            totals.query_time.total(),
            totals.lock_time.total(),
            totals.rows_sent.total(),
            totals.rows_examined.total(),
        ];
        assert_eq!(
            found, sums,
            "{name}: statements, query time, lock time, rows sent, rows examined"
        );
        assert_eq!(totals.administrator.total(), administrator, "{name}");
        let of_classes = digest.by_total_time().iter().fold([0; 5], |sums, class| {
            let figures = [
                class.count,
                class.query_time.total(),
                class.lock_time.total(),
                class.rows_sent.total(),
                class.rows_examined.total(),
            ];
            [0, 1, 2, 3, 4].map(|at| sums[at] + figures[at])
        });
        assert_eq!(of_classes, sums, "{name}: the classes together");
    }
    let totals = digest_of(MARIADB_EXPLAIN);
    let affected: u64 = totals
        .by_total_time()
        .iter()
        .map(|class| class.rows_affected.total())
        .sum();
    assert_eq!(totals.totals().rows_affected.total(), affected);
    assert_eq!(
        totals.totals().rows_affected.count(),
        totals.totals().statements
    );
    assert_eq!(
        digest_of(MYSQL).totals().rows_affected.count(),
        0,
        "MySQL does not say it"
    );
}

/// MySQL leaves the rows of the statement before in the header of a Ping.
#[test]
fn inv4_an_administrator_command_is_in_no_class() {
    let ping = Entry {
        command: Command::Administrator(b"Ping"),
        rows_examined: 1_000_000,
        ..entry(b"")
    };
    let digest = digest(Limits::default(), [entry(b"select 1"), ping]);
    assert_eq!(digest.by_total_time().len(), 1);
    assert_eq!(digest.totals().statements, 1);
    assert_eq!(digest.totals().rows_examined.total(), 0);
    assert_eq!(
        (
            digest.totals().administrator.count(),
            digest.totals().administrator.total()
        ),
        (1, 1_000_000)
    );
}

#[test]
fn inv4_a_class_has_the_figures_of_its_statements() {
    let at = |micros| Some(Timestamp(micros));
    let first = Entry {
        at: at(50),
        user: Some(b"app"),
        host: Some(b"web1"),
        lock_time: Duration::from_millis(2),
        rows_sent: 3,
        rows_examined: 40,
        rows_affected: Some(5),
        error: Some(0),
        plan: PlanFlags {
            full_scan: Some(true),
            filesort: Some(true),
            full_join: Some(false),
            ..PlanFlags::default()
        },
        ..entry(b"select 1")
    };
    let second = Entry {
        at: at(20),
        query_time: Duration::from_micros(7),
        rows_sent: 1,
        rows_examined: 2,
        error: Some(1205),
        truncated: true,
        plan: PlanFlags {
            full_scan: Some(true),
            full_join: Some(true),
            temporary_table: Some(true),
            temporary_table_on_disk: Some(true),
            filesort_on_disk: Some(true),
            filesort: Some(false),
        },
        ..entry(b"select 2")
    };
    let third = Entry {
        at: None,
        ..entry(b"select 3")
    };
    let digest = digest(Limits::default(), [first, second, third]);
    let class = digest.by_total_time()[0];
    let figures = |measure: &Measure| {
        [
            measure.count(),
            measure.total(),
            measure.min(),
            measure.max(),
        ]
    };
    assert_eq!(class.count, 3);
    assert_eq!(figures(&class.query_time), [3, 2_000_007, 7, 1_000_000]);
    assert_eq!(figures(&class.lock_time), [3, 2_000, 0, 2_000]);
    assert_eq!(figures(&class.rows_sent), [3, 4, 0, 3]);
    assert_eq!(figures(&class.rows_examined), [3, 42, 0, 40]);
    assert_eq!(figures(&class.rows_affected), [1, 5, 5, 5]);
    assert_eq!(
        (class.query_time.mean(), Measure::default().mean()),
        (2_000_007.0 / 3.0, 0.0)
    );
    assert_eq!((class.first, class.last), (at(20), at(50)));
    assert_eq!((class.errors, class.truncated), (1, 1));
    let flags = Flags {
        known: 2,
        full_scan: 2,
        full_join: 1,
        temporary_table: 1,
        temporary_table_on_disk: 1,
        filesort: 1,
        filesort_on_disk: 1,
    };
    assert_eq!(class.flags, flags);
    assert_eq!(Measure::default().percentile(99.0), 0);
}

/// The slowest, as it is the one to explain; a whole one, as half a statement cannot be.
#[test]
fn inv4_the_sample_is_the_slowest_that_is_whole() {
    let of = |seconds: u64, at: i64, truncated: bool, sql: &'static str| Entry {
        at: Some(Timestamp(at)),
        query_time: Duration::from_secs(seconds),
        truncated,
        ..entry(sql.as_bytes())
    };
    let slow = of(3, 5, false, "select 3");
    let entries = [
        of(1, 1, false, "select 1"),
        slow.clone(),
        of(9, 2, true, "select 9"),
        of(3, 7, false, "select 4"),
        of(2, 0, false, "select 2"),
    ];
    let mut reversed = entries.clone();
    reversed.reverse();
    for entries in [entries, reversed] {
        let digest = digest(Limits::default(), entries);
        let sample = &digest.by_total_time()[0].sample;
        assert_eq!(sample.statement, "select 3");
        assert_eq!(sample.query_time, slow.query_time);
        assert_eq!(
            (sample.at, sample.schema.as_deref()),
            (slow.at, Some("shop"))
        );
        assert!(!sample.truncated && !sample.lossy);
    }
    let digest = digest(
        Limits::default(),
        [
            of(2, 1, true, "select 2"),
            of(9, 2, true, "select 9"),
            of(1, 1, true, "select 1"),
        ],
    );
    let sample = &digest.by_total_time()[0].sample;
    assert_eq!(
        (sample.statement.as_str(), sample.truncated),
        ("select 9", true)
    );
    // At once and equally slow: the text decides, not the order.
    let same = [
        of(1, 1, false, "select 5"),
        of(1, 1, false, "select 4"),
        of(1, 1, false, "select 6"),
    ];
    assert_eq!(
        self::digest(Limits::default(), same).by_total_time()[0]
            .sample
            .statement,
        "select 4"
    );
}

#[test]
fn inv4_classes_are_sorted_by_their_total_time() {
    let times = [
        ("select a", 5, 1),
        ("select b", 2, 3),
        ("select c", 1, 1),
        ("select d", 3, 2),
    ];
    let entries = times.iter().flat_map(|(sql, seconds, times)| {
        let one = Entry {
            query_time: Duration::from_secs(*seconds),
            ..entry(sql.as_bytes())
        };
        vec![one; *times]
    });
    let digest = digest(Limits::default(), entries);
    let order: Vec<_> = digest
        .by_total_time()
        .iter()
        .map(|class| {
            (
                class.fingerprint.as_str(),
                class.query_time.total() / 1_000_000,
            )
        })
        .collect();
    // Of b and d the number decides.
    let mut tied = [("select b", 6), ("select d", 6)];
    tied.sort_by_key(|(text, _)| Id::of(text));
    assert_eq!(order, [tied[0], tied[1], ("select a", 5), ("select c", 1)]);
}

/// A class of these values, in microseconds.
fn class_of(values: &[u64]) -> Digest {
    let of = |micros: &u64| Entry {
        query_time: Duration::from_micros(*micros),
        ..entry(b"select 1")
    };
    digest(Limits::default(), values.iter().map(of))
}

fn percentile(digest: &Digest, per_cent: f64) -> u64 {
    digest.totals().query_time.percentile(per_cent)
}

/// The value of that rank, by sorting.
fn exact(values: &[u64], per_cent: f64) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() as f64 * per_cent / 100.0).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// Two servers, one fast and one slow: the percentile of both is none of an average's.
#[test]
fn inv4_merged_percentiles_are_those_of_all_statements() {
    // A thousand statements of a millisecond; ten of ten seconds.
    let (fast, slow) = (vec![1_000; 1000], vec![10_000_000; 10]);
    let mut both = class_of(&fast);
    both.merge(class_of(&slow));
    let all = [fast, slow].concat();
    for (per_cent, what) in [
        (50.0, "half of the statements"),
        (95.0, "95 of 100"),
        (99.5, "995 of 1,000"),
    ] {
        let (found, wanted) = (percentile(&both, per_cent), exact(&all, per_cent));
        assert!(
            wanted <= found && found <= wanted + wanted / 16,
            "{what} took at most {wanted} µs, and the digest of two logs says {found} µs"
        );
    }
    assert_eq!(both.totals().query_time.max(), 10_000_000);
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn inv4_a_percentile_is_at_most_a_sixteenth_too_large(
        values in prop::collection::vec(prop_oneof![0_u64..40, 0_u64..100_000, 0_u64..10_000_000_000, any::<u64>()], 1..60),
        per_cent in 0.0_f64..=100.0,
    ) {
        let digest = class_of(&values);
        for per_cent in [per_cent, 0.0, 50.0, 95.0, 100.0] {
            let (found, wanted) = (percentile(&digest, per_cent), exact(&values, per_cent));
            prop_assert!(wanted <= found && found - wanted <= wanted / 16, "{}%: {} for {}", per_cent, found, wanted);
            prop_assert!(found <= *values.iter().max().unwrap());
        }
        let measure = &digest.totals().query_time;
        prop_assert_eq!(measure.total(), values.iter().fold(0_u64, |sum, value| sum.saturating_add(*value)));
        prop_assert_eq!((measure.min(), measure.max()), (*values.iter().min().unwrap(), *values.iter().max().unwrap()));
        prop_assert_eq!(measure.percentile(100.0), measure.max());
    }

    /// A log read in parts, merged in any order, is the log.
    #[test]
    fn inv4_digests_merged_in_any_order_give_the_same(
        done in any_day(30),
        parts in prop::collection::vec(0_usize..4, 30),
        order in Just([0_usize, 1, 2, 3]).prop_shuffle(),
    ) {
        let log = write(Server::Percona, &done);
        let whole = digest_of(&log);
        let mut digests = [(); 4].map(|()| Some(Digest::new(Limits::default())));
        let mut at = 0;
        let mut each = |entry: &Entry<'_>| {
            if let Some(digest) = &mut digests[parts[at]] {
                digest.add(entry);
            }
            at += 1;
        };
        let mut reader = Reader::new(slow_query::core::log::Limits::default());
        reader.feed(&log, &mut each);
        reader.finish(&mut each);
        let mut merged = Digest::new(Limits::default());
        for part in order {
            if let Some(digest) = digests[part].take() {
                merged.merge(digest);
            }
        }
        let classes = |digest: &Digest| -> Vec<Class> { digest.by_total_time().into_iter().cloned().collect() };
        prop_assert_eq!(classes(&merged), classes(&whole));
        prop_assert_eq!(merged.totals(), whole.totals());
    }
}

/// More classes together than there is room for: what is known stays right, the rest is counted together.
#[test]
fn inv4_what_has_no_room_after_merging_is_with_the_others() {
    let limits = Limits::new(3, 64, 64).unwrap();
    let of = |names: &[&'static str]| digest(limits, names.iter().map(|sql| entry(sql.as_bytes())));
    let mut one = of(&["select a", "select b"]);
    let two = of(&["select b", "select c", "select d", "select e", "select f"]);
    one.merge(two);
    let counts: BTreeMap<_, _> = one
        .by_total_time()
        .into_iter()
        .map(|class| (class.fingerprint.clone(), class.count))
        .collect();
    let wanted = [("select a", 1), ("select b", 2), ("select c", 1)];
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        wanted.map(|(text, count)| (text.to_owned(), count))
    );
    assert_eq!(one.others().unwrap().count, 3);
    assert_eq!(one.totals().statements, 7);
    let mut empty = Digest::new(limits);
    empty.merge(one);
    assert_eq!(
        (empty.by_total_time().len(), empty.others().unwrap().count),
        (3, 3)
    );
    empty.merge(of(&["select x", "select a"]));
    assert_eq!(
        (
            empty.by_total_time()[0].count,
            empty.others().unwrap().count
        ),
        (2, 4)
    );
    // Long ones are the same by their number.
    let long = format!("select {}", "a".repeat(200));
    let mut one = digest(limits, [entry(long.as_bytes())]);
    one.merge(digest(limits, [entry(long.as_bytes())]));
    one.add(&entry(long.as_bytes()));
    assert_eq!(one.by_total_time()[0].count, 3);
    assert_eq!(one.by_total_time()[0].id, Id::of(&shape(&long)));
    assert_eq!(done_at_once(&one), 1);
}

fn done_at_once(digest: &Digest) -> usize {
    digest.by_total_time().len()
}

/// What a client logged in a day, by a table that is filled by hand.
#[test]
fn inv4_a_real_day_has_its_classes() {
    let digest = digest_of(MYSQL);
    let of = |text: &str| {
        digest
            .by_total_time()
            .into_iter()
            .find(|class| class.fingerprint == text)
            .map(|class| class.count)
    };
    assert_eq!(
        of("select id, state from orders where customer = ? and state = ?"),
        Some(2)
    );
    assert_eq!(of("use ?"), Some(4));
    assert_eq!(of("select ?"), Some(7));
    assert_eq!(of("select id from orders where id in(?+)"), Some(1));
    assert_eq!(of("update orders set photo = ? where id = ?"), Some(1));
    let done = [Done::statement("select 1"), Done::statement("select 'x'")];
    assert_eq!(
        digest_of(&write(Server::MariaDb, &done)).by_total_time()[0].count,
        2
    );
}
