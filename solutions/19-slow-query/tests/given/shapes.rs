//! Of fingerprints: signs, operators, comments, parentheses, LIMIT, CALL and USE.

use std::collections::BTreeSet;

use slow_query::core::fingerprint::fingerprint;

fn shape(sql: impl AsRef<[u8]>) -> String {
    let mut out = String::new();
    fingerprint(sql.as_ref(), &mut out);
    out
}

#[test]
fn a_limit_has_one_number() {
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

/// Signs belong to a literal where no operator can stand.
#[test]
fn a_sign_is_an_operator_after_a_value() {
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
fn operators_are_told_apart() {
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
fn comments_are_no_part_of_a_shape() {
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
fn a_call_is_its_procedure_and_a_use_is_any() {
    for (sql, wanted) in [
        ("call f", "call f"),
        ("CALL  F ( 1, 'x' )", "call f"),
        ("call `a b`.`f`(1)", "call `a b`.`f`"),
        ("call a.f(1); select 1", "call a.f"),
        ("call f 'x'", "call f"),
        ("call `a\nb`(1)", "call `a b`"),
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
fn parentheses_are_written_as_one_would() {
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

/// After a word that an expression follows, a parenthesis stands apart and a sign belongs to its number.
#[test]
fn keywords_are_no_names() {
    let words = "against all and any as between by case distinct div else escape exists from having index intersect interval into is join key like mod not offset on or order over partition recursive regexp return rlike select set some straight_join table then using when where with xor";
    for word in words.split(' ') {
        let upper = word.to_uppercase();
        assert_eq!(shape(format!("x {upper}(a)")), format!("x {word} (a)"));
        assert_eq!(shape(format!("x {upper} -1")), format!("x {word} ?"));
    }
    // As long as one, and no keyword.
    for word in [
        "it",
        "ask",
        "frog",
        "whose",
        "select1",
        "betwixt",
        "distance",
        "recursion",
        "straight_joint",
    ] {
        assert_eq!(shape(format!("x {word} (a)")), format!("x {word}(a)"));
        assert_eq!(shape(format!("x {word} -1")), format!("x {word} - ?"));
    }
}

/// Also where nothing stands before it: a log may begin in the middle.
#[test]
fn a_dot_before_digits_is_of_the_number() {
    for (sql, wanted) in [
        (".4711", "?"),
        ("select .4711", "select ?"),
        (
            "select a from t where b = .4711",
            "select a from t where b = ?",
        ),
        ("select a from t.4711", "select a from t.4711"),
    ] {
        assert_eq!(shape(sql), wanted);
    }
}

/// Deeper than anybody counts parentheses, and out again: what comes behind belongs where it stands.
#[test]
fn parentheses_deeper_than_are_counted_close_in_their_order() {
    let deep = |inside: &str| format!("{}{inside}{}", "(".repeat(300), ")".repeat(300));
    assert_eq!(
        shape(format!("select a from t where b in ({}, 2)", deep("1"))),
        "select a from t where b in(?+)"
    );
    let kept = shape(format!("select a from t where b in ({}, c)", deep("1")));
    assert!(kept.ends_with(")))), c)"), "{kept}");
}

/// A statement that was cut in a list: what is open is a list of literals, or it is not.
#[test]
fn a_list_that_was_cut_is_one_of_what_it_holds() {
    for (sql, wanted) in [
        (
            "select a from t where b in (1, 2",
            "select a from t where b in(?+)",
        ),
        (
            "select a from t where b in (1, (2",
            "select a from t where b in(?+)",
        ),
        (
            "select a from t where b in (1, (c",
            "select a from t where b in (?, (c",
        ),
        (
            "select a from t where b in (c, (1",
            "select a from t where b in (c, (?",
        ),
    ] {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

/// `row` is a word of VALUES, and elsewhere a name like any other.
#[test]
fn a_column_may_be_called_row() {
    for (sql, wanted) in [
        ("select row - 1 from t", "select row - ? from t"),
        (
            "insert into t values row(1), row(2)",
            "insert into t values row(?+)",
        ),
    ] {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

/// A subquery in a SELECT of a UNION is not where that begins.
#[test]
fn selects_of_a_union_are_compared_as_wholes() {
    for sql in [
        "select a from (select b from u) x union select c from (select b from u) x",
        "select a from t where b in (select b from u) union select c from t where b in (select b from u)",
    ] {
        assert_eq!(shape(sql), sql);
    }
}
