//! What may be run, in which form, and what is refused.

use super::*;

fn read(sql: &str) -> Result<Runnable, Refusal> {
    Runnable::read(sql, "shop")
}

#[test]
fn a_select_is_run_as_it_was_sent() {
    for sql in [
        "SELECT a, 'it''s', \"x\\\"y\" FROM t WHERE b = 'c\\\\d' /* why */",
        "select * from `t` where `a` in (1, 2) order by a limit 5, 10",
        "SELECT a FROM t UNION ALL SELECT a FROM u",
        "WITH c AS (SELECT a FROM t) SELECT a FROM c",
        "SELECT t.a FROM t JOIN u USING (id) WHERE EXISTS (SELECT 1 FROM v)",
        "SELECT COUNT(*), Concat(a, 'x') FROM t WHERE DATE(b) = '2026-03-01' GROUP BY a",
    ] {
        let runnable = read(sql).unwrap();
        assert_eq!(runnable.sql(), sql);
        assert!(!runnable.stands_for(), "{sql}");
    }
    assert_eq!(
        read("  SELECT a FROM t;  ").unwrap().sql(),
        "SELECT a FROM t"
    );
}

#[test]
fn its_tables_and_its_order_are_known() {
    let tables =
        |sql: &str| -> Vec<String> { read(sql).unwrap().tables().iter().cloned().collect() };
    assert_eq!(
        tables("SELECT 1 FROM b, a x WHERE EXISTS (SELECT 1 FROM c)"),
        ["a", "b", "c"]
    );
    assert_eq!(
        tables("WITH w AS (SELECT a FROM t) SELECT w.a FROM w JOIN u"),
        ["t", "u"]
    );
    assert_eq!(tables("SELECT 1 FROM (SELECT a FROM `t`) AS d"), ["t"]);
    assert_eq!(
        tables("DELETE FROM t WHERE a IN (SELECT a FROM u)"),
        ["t", "u"]
    );
    for (sql, ordered) in [
        ("SELECT a FROM t ORDER BY a", true),
        ("SELECT a FROM t", false),
        (
            "SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 3) d",
            false,
        ),
        ("(SELECT a FROM t) UNION (SELECT a FROM u) ORDER BY a", true),
    ] {
        assert_eq!(read(sql).unwrap().ordered(), ordered, "{sql}");
    }
}

#[test]
fn a_change_is_run_as_the_select_that_finds_its_rows() {
    for (change, finds) in [
        (
            "UPDATE t SET a = 1, b = 'x' WHERE c = 2",
            "SELECT 1 FROM t WHERE c = 2",
        ),
        (
            "UPDATE t SET a = 1 ORDER BY c DESC LIMIT 5",
            "SELECT 1 FROM t ORDER BY c DESC LIMIT 5",
        ),
        (
            "UPDATE t JOIN u ON t.id = u.id SET t.a = u.a WHERE u.b > 3",
            "SELECT 1 FROM t JOIN u ON t.id = u.id WHERE u.b > 3",
        ),
        ("DELETE FROM t", "SELECT 1 FROM t"),
        (
            "DELETE FROM t WHERE a = 'it\\'s' ORDER BY b LIMIT 9",
            "SELECT 1 FROM t WHERE a = 'it\\'s' ORDER BY b LIMIT 9",
        ),
        (
            "DELETE t FROM t JOIN u ON t.id = u.id WHERE u.a = 1",
            "SELECT 1 FROM t JOIN u ON t.id = u.id WHERE u.a = 1",
        ),
        (
            "DELETE FROM t USING t JOIN u ON t.id = u.id WHERE u.a = 1",
            "SELECT 1 FROM t JOIN u ON t.id = u.id WHERE u.a = 1",
        ),
    ] {
        let runnable = read(change).unwrap();
        assert_eq!(runnable.sql(), finds);
        assert!(runnable.stands_for(), "{change}");
    }
}

#[test]
fn the_schemas_name_and_locks_are_taken_away() {
    for (sql, without) in [
        (
            "SELECT shop.t.a FROM shop.t WHERE shop.t.b = 1",
            "SELECT t.a FROM t WHERE t.b = 1",
        ),
        ("SELECT a FROM `shop`.`t`", "SELECT a FROM `t`"),
        ("SELECT shop.t.a FROM t", "SELECT t.a FROM t"),
        ("SELECT a FROM t FOR UPDATE", "SELECT a FROM t"),
        (
            "SELECT a FROM t WHERE b IN (SELECT b FROM u FOR UPDATE) FOR SHARE",
            "SELECT a FROM t WHERE b IN (SELECT b FROM u)",
        ),
        (
            "SELECT a FROM t WHERE b IN (SELECT b FROM u FOR UPDATE)",
            "SELECT a FROM t WHERE b IN (SELECT b FROM u)",
        ),
        (
            "DELETE FROM t WHERE b IN (SELECT b FROM u FOR UPDATE)",
            "SELECT 1 FROM t WHERE b IN (SELECT b FROM u)",
        ),
        (
            "SELECT shop.t.a FROM t WHERE b IN (SELECT b FROM u FOR UPDATE)",
            "SELECT t.a FROM t WHERE b IN (SELECT b FROM u)",
        ),
    ] {
        assert_eq!(read(sql).unwrap().sql(), without);
    }
}

#[test]
fn what_leaves_the_tables_is_refused() {
    for (sql, refusal) in [
        ("SELECT a FROM t INTO OUTFILE '/tmp/x'", Refusal::NotParsed),
        ("SELECT a INTO x FROM t", Refusal::Into),
        ("SELECT a FROM (SELECT a INTO x FROM t) d", Refusal::Into),
        ("SELECT SLEEP(9) FROM t", Refusal::Function),
        (
            "SELECT a FROM t WHERE a = (SELECT get_lock('x', 1))",
            Refusal::Function,
        ),
        ("SELECT LOAD_FILE('/etc/passwd') FROM t", Refusal::Function),
        (
            "UPDATE t SET a = 1 WHERE b = BENCHMARK(1000000, MD5('x'))",
            Refusal::Function,
        ),
        ("SELECT shop.audit(a) FROM t", Refusal::StoredFunction),
        ("SELECT audit(a) FROM t", Refusal::StoredFunction),
        (
            "SELECT a FROM t WHERE a = sys_exec('id')",
            Refusal::StoredFunction,
        ),
        ("SELECT @a FROM t", Refusal::Variable),
        ("SELECT @@version FROM t", Refusal::Variable),
        ("SELECT @@global.version FROM t", Refusal::Variable),
        ("SELECT a FROM t WHERE b = ?", Refusal::Placeholder),
        ("SELECT a FROM other.t", Refusal::AnotherSchema),
        ("SELECT other.t.a FROM t", Refusal::AnotherSchema),
        (
            "SELECT a FROM t WHERE a IN (SELECT a FROM mysql.user)",
            Refusal::AnotherSchema,
        ),
        ("DELETE FROM other.t", Refusal::AnotherSchema),
        ("SELECT 1", Refusal::NoTable),
        ("INSERT INTO t VALUES (1)", Refusal::Kind),
        ("INSERT INTO t SELECT a FROM u", Refusal::Kind),
        ("REPLACE INTO t VALUES (1)", Refusal::Kind),
        ("DROP TABLE t", Refusal::Kind),
        ("SET GLOBAL general_log = 1", Refusal::Kind),
        ("EXPLAIN SELECT a FROM t", Refusal::Kind),
        ("SELECT a FROM t; DROP TABLE t", Refusal::NotParsed),
        ("", Refusal::NotParsed),
        ("SELEC a FROM t", Refusal::NotParsed),
        (
            "SELECT a FROM t /*!50000 INTO OUTFILE 'x' */",
            Refusal::ExecutableComment,
        ),
        (
            "SELECT a FROM t /*M! INTO OUTFILE 'x' */",
            Refusal::ExecutableComment,
        ),
    ] {
        assert_eq!(read(sql), Err(refusal), "{sql}");
    }
    let longest = format!("SELECT a FROM t WHERE a = '{}'", "x".repeat(LONGEST));
    assert_eq!(read(&longest[..longest.len()]), Err(Refusal::TooLong));
    let fits = format!("{}'", &longest[..LONGEST - 1]);
    assert!(read(&fits).is_ok());
    let ids: Vec<String> = (1_000_000..1_005_000).map(|id| id.to_string()).collect();
    let list = format!("SELECT a FROM t WHERE id IN ({})", ids.join(", "));
    assert!(read(&list).is_ok(), "a list of 5,000 ids is looked at");
}

/// Each refusal says something of its own, and nothing of a statement.
#[test]
fn every_refusal_is_a_sentence() {
    let all = [
        Refusal::TooLong,
        Refusal::ExecutableComment,
        Refusal::NotParsed,
        Refusal::Kind,
        Refusal::Into,
        Refusal::Function,
        Refusal::StoredFunction,
        Refusal::Variable,
        Refusal::Placeholder,
        Refusal::AnotherSchema,
        Refusal::NoTable,
    ];
    let sentences: BTreeSet<String> = all.iter().map(Refusal::to_string).collect();
    assert_eq!(sentences.len(), all.len());
    assert!(
        sentences
            .iter()
            .all(|sentence| sentence.contains("statement") || sentence.contains("SELECT"))
    );
}
