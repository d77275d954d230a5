//! ROW: what was read, against what came of it.

use std::time::Duration;

use super::seen_of;
use crate::shop::{by, plan, scan};
use slow_query::core::advice::Seen;
use slow_query::core::advice::look::is_wrong;
use slow_query::core::plan::{Access, Plan};

#[test]
fn row001_many_rows_read_for_one() {
    let said = |sql: &str, examined: u64, sent: u64| {
        let seen = Seen {
            executions: 10,
            rows_examined: 10 * examined,
            rows_sent: 10 * sent,
            query_time: Duration::from_secs(9),
            ..Seen::default()
        };
        seen_of(sql, seen, Some(&scan()))
            .into_iter()
            .find(|advice| advice.rule.0 == "ROW001")
            .map(|advice| advice.why)
    };
    let sql = "SELECT id FROM orders WHERE note = 'x'";
    assert_eq!(
        said(sql, 20_000, 20).as_deref(),
        Some("20,000 rows are examined each time, and 20 sent.")
    );
    assert_eq!(said(sql, 20_000, 21), None);
    assert!(said(sql, 1_000, 0).is_some());
    assert_eq!(said(sql, 999, 0), None);
    for sql in [
        "SELECT COUNT(*) FROM orders",
        "SELECT status FROM orders GROUP BY status",
        "SELECT DISTINCT note FROM orders",
        "DELETE FROM orders WHERE note = 'x'",
    ] {
        assert_eq!(said(sql, 20_000, 1), None, "{sql}");
    }
}

#[test]
fn row002_row003_and_row004_what_the_log_measured() {
    let healthy = plan(vec![by("orders", Access::Constant, "PRIMARY", 1.0)]);
    let sql = "SELECT id FROM orders WHERE id = 5";
    let base = Seen {
        executions: 10,
        query_time: Duration::from_secs(10),
        rows_sent: 10,
        rows_examined: 10,
        ..Seen::default()
    };
    let said = |seen| {
        seen_of(sql, seen, Some(&healthy))
            .into_iter()
            .map(|advice| (advice.rule.0, advice.why))
            .collect::<Vec<_>>()
    };
    assert_eq!(said(base), []);
    assert_eq!(
        said(Seen {
            temporary_on_disk: 3,
            ..base
        }),
        [(
            "ROW002",
            "A temporary table went to disk in 3 of 10 executions.".to_owned()
        )]
    );
    assert_eq!(
        said(Seen {
            filesort_on_disk: 4,
            ..base
        }),
        [(
            "ROW003",
            "A sort went to disk in 4 of 10 executions.".to_owned()
        )]
    );
    assert_eq!(
        said(Seen {
            lock_time: Duration::from_secs(5),
            ..base
        }),
        []
    );
    assert_eq!(
        said(Seen {
            lock_time: Duration::from_millis(5_100),
            ..base
        }),
        [(
            "ROW004",
            "51 % of the time was waiting for locks.".to_owned()
        )]
    );
    // More waiting than time, where a log says so.
    assert_eq!(
        said(Seen {
            lock_time: Duration::from_secs(50),
            ..base
        })[0]
            .1,
        "100 % of the time was waiting for locks."
    );
}

#[test]
fn row005_an_estimate_that_is_wrong() {
    let estimate = plan(vec![by("orders", Access::Range, "by_customer", 1_000.0)]);
    let with = |examined: u64| Seen {
        executions: 2,
        rows_examined: 2 * examined,
        rows_sent: 2_000,
        ..Seen::default()
    };
    let said = |plan: &Plan, examined| {
        let all = seen_of(
            "SELECT id FROM orders WHERE customer_id > 5",
            with(examined),
            Some(plan),
        );
        all.into_iter()
            .find(|advice| advice.rule.0 == "ROW005")
            .map(|advice| advice.why)
    };
    assert_eq!(said(&estimate, 10_000), None);
    assert_eq!(
        said(&estimate, 10_001).as_deref(),
        Some("About 1,000 rows were to be read, and 10,001 were examined each time.")
    );
    // A few rows more than few are few.
    let few = plan(vec![by("orders", Access::Range, "by_customer", 1.0)]);
    assert_eq!(
        (said(&few, 5_000), said(&few, 5_001).is_some()),
        (None, true)
    );
    let again = Plan {
        dependent_subquery: true,
        ..estimate
    };
    assert_eq!(
        said(&again, 99_000),
        None,
        "how often a subquery runs is in no plan"
    );
    let nothing = Plan {
        message: Some("Impossible WHERE".into()),
        ..Plan::default()
    };
    assert!(!is_wrong(&nothing, &with(99_000)));
}

#[test]
fn row006_many_rows_sent() {
    let sent = |rows: u64| Seen {
        executions: 2,
        rows_sent: 2 * rows,
        rows_examined: 40_000,
        ..Seen::default()
    };
    let said = |sql: &str, rows| {
        seen_of(sql, sent(rows), Some(&scan()))
            .into_iter()
            .find(|advice| advice.rule.0 == "ROW006")
            .map(|advice| advice.why)
    };
    assert_eq!(
        said("SELECT id FROM orders", 10_000).as_deref(),
        Some("10,000 rows are sent each time.")
    );
    assert_eq!(said("SELECT id FROM orders", 9_999), None);
    assert_eq!(said("DELETE FROM orders", 10_000), None);
}
