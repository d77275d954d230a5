//! x
use slow_query::core::statement::Statement;
#[test]
fn deep() {
    for n in [16, 20, 24, 30] {
        let go = |name: &str, sql: String| {
            let t = std::time::Instant::now();
            let r = Statement::parse(&sql).is_ok();
            eprintln!("{n} {name} {r} {:?}", t.elapsed());
        };
        go("(", format!("SELECT {}1{}", "(".repeat(n), ")".repeat(n)));
        go(
            "(sel",
            format!("SELECT {}1{}", "(select ".repeat(n), ")".repeat(n)),
        );
        go(
            "from",
            format!("SELECT * FROM {}t{}", "(".repeat(n), ")".repeat(n)),
        );
        go(
            "from sel",
            format!("SELECT * FROM {}select 1{}", "(".repeat(n), ") x".repeat(n)),
        );
        go(
            "from broken",
            format!(
                "SELECT * FROM {}select 1 from t where (((a = 1{}",
                "(".repeat(n - 3),
                ")".repeat(n)
            ),
        );
        go(
            "from broken2",
            format!(
                "SELECT * FROM {}select 1 from t where (((a = 1{}",
                "(select * from ".repeat(n - 3),
                ")".repeat(n)
            ),
        );
        go("f(", format!("SELECT {}1", "f(a, (".repeat(n / 2)));
        go("f", format!("SELECT {}1", "f(".repeat(n)));
        go(
            "cast",
            format!("SELECT {}1", "cast(case when (a in (".repeat(n / 3)),
        );
        go(
            "in",
            format!("SELECT 1 from t where a in {}1", "(a in ".repeat(n)),
        );
        go("vals", format!("INSERT INTO t {}", "(".repeat(n)));
        go(
            "union",
            format!("{}select 1{}", "(".repeat(n), ") union select 1".repeat(n)),
        );
        go(
            "union broken",
            format!("{}select 1{}", "(".repeat(n), ") union select ".repeat(n)),
        );
        go(
            "ex",
            format!(
                "SELECT 1 from t where {}1",
                "exists (select 1 from (t join ".repeat(n / 2)
            ),
        );
        go(
            "interval",
            format!("SELECT 1 from t where {}1", "interval (a + (".repeat(n / 2)),
        );
    }
}
#[test]
fn chain() {
    for n in [100, 200, 300, 400, 500, 1000, 1900, 1990] {
        for op in [" OR ", "+", " AND ", " = "] {
            let sql = format!("SELECT * FROM t WHERE a = 1{}", format!("{op}b").repeat(n));
            let t = std::time::Instant::now();
            let r = Statement::parse(&sql);
            eprintln!("{n} {op} {:?} {:?}", r.is_ok(), t.elapsed());
            eprintln!("dropping");
            if n < 0 {
                let s = r.clone();
                assert!(s == r);
            }
            drop(r);
            eprintln!("ok");
        }
        let sql = format!("SELECT 1{}", " UNION SELECT 1".repeat(n / 2 - 2));
        let t = std::time::Instant::now();
        let r = Statement::parse(&sql);
        eprintln!("union {:?} {:?}", r.map(|r| r.blocks().len()), t.elapsed());
        let sql = format!(
            "SELECT 1 FROM t{}",
            " JOIN u ON a.b = c.d".repeat(n / 3 - 3)
        );
        let t = std::time::Instant::now();
        let r = Statement::parse(&sql);
        eprintln!("join {:?} {:?}", r.map(|r| r.blocks().len()), t.elapsed());
        for pre in ["NOT ", "- ", "!", "@", "a.", "BINARY ", "INTERVAL "] {
            let sql = format!("SELECT {}1", pre.repeat(n));
            let t = std::time::Instant::now();
            let r = Statement::parse(&sql);
            eprintln!("{pre} {:?} {:?}", r.map(|r| r.blocks().len()), t.elapsed());
        }
        let sql = format!(
            "SELECT {}1{}",
            "CASE WHEN a THEN ".repeat(n / 4),
            " END".repeat(n / 4)
        );
        let t = std::time::Instant::now();
        let r = Statement::parse(&sql);
        eprintln!("case {:?} {:?}", r.map(|r| r.blocks().len()), t.elapsed());
    }
}
#[test]
fn cloning() {
    for n in [100, 150, 200, 250, 300, 350, 400, 450] {
        for op in ["+", " OR "] {
            let sql = format!("SELECT * FROM t WHERE a = 1{}", format!("{op}b").repeat(n));
            let r = Statement::parse(&sql).unwrap();
            let s = r.clone();
            eprintln!("cloned {n}");
            assert!(s == r);
            eprintln!("eq {n}");
        }
    }
}
