//! Plans that servers wrote, read: MariaDB 10.11, and MySQL 9.7 in both of its formats (`tests/19-slow-query/plans`). Bad input gets an error.

use std::path::PathBuf;

use proptest::prelude::*;
use slow_query::core::plan::{Access, MAX_BYTES, Plan, PlanError, parse};

const SERVERS: [&str; 3] = ["mariadb-10.11", "mysql-9.7-v1", "mysql-9.7-v2"];

fn text(server: &str, name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = path
        .join("../../tests/19-slow-query/plans")
        .join(server)
        .join(format!("{name}.json"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn plan(server: &str, name: &str) -> Plan {
    parse(&text(server, name)).unwrap_or_else(|error| panic!("{server} {name}: {error}"))
}

/// The tables in their order, how they are read, and by which indexes.
fn steps(plan: &Plan) -> Vec<(&str, Access, String)> {
    let steps = plan.steps.iter();
    steps
        .map(|step| (step.table.as_str(), step.access, step.keys.join("+")))
        .collect()
}

fn rows(plan: &Plan) -> Vec<u64> {
    plan.steps
        .iter()
        .map(|step| step.rows.round() as u64)
        .collect()
}

/// filesort, temporary table, dependent subquery, materialised
fn flags(plan: &Plan) -> (bool, bool, bool, bool) {
    (
        plan.filesort,
        plan.temporary_table,
        plan.dependent_subquery,
        plan.materialised,
    )
}

const NOTHING: (bool, bool, bool, bool) = (false, false, false, false);

/// All servers say the same of `name`.
#[track_caller]
fn all_say(name: &str, expected: &[(&str, Access, &str)], flagged: (bool, bool, bool, bool)) {
    for server in SERVERS {
        says(server, name, expected, flagged);
    }
}

#[track_caller]
fn says(
    server: &str,
    name: &str,
    expected: &[(&str, Access, &str)],
    flagged: (bool, bool, bool, bool),
) {
    let plan = plan(server, name);
    let expected: Vec<_> = expected
        .iter()
        .map(|(table, access, keys)| (*table, *access, (*keys).to_owned()))
        .collect();
    assert_eq!(steps(&plan), expected, "{server} {name}");
    assert_eq!(flags(&plan), flagged, "{server} {name}");
}

#[test]
fn a_scan_has_its_rows_and_what_remains_of_them() {
    all_say("full_scan", &[("orders", Access::FullScan, "")], NOTHING);
    let scan = plan("mysql-9.7-v1", "full_scan");
    assert_eq!((rows(&scan), scan.steps[0].filtered), (vec![20_131], 3.33));
    assert_eq!(
        scan.steps[0].condition.as_deref(),
        Some("((`shop`.`orders`.`status` = 'paid') and (`shop`.`orders`.`total` > 900))")
    );
    let scan = plan("mysql-9.7-v2", "full_scan");
    assert_eq!(rows(&scan), [19_842]);
    assert!(
        (3.3..3.4).contains(&scan.steps[0].filtered),
        "{}",
        scan.steps[0].filtered
    );
    let scan = plan("mariadb-10.11", "full_scan");
    assert_eq!((rows(&scan), scan.steps[0].filtered), (vec![19_588], 100.0));
}

#[test]
fn what_is_read_before_the_rest_is_constant() {
    let both = [
        ("o", Access::Constant, "PRIMARY"),
        ("c", Access::Constant, "PRIMARY"),
    ];
    says("mariadb-10.11", "constant_join", &both, NOTHING);
    says("mysql-9.7-v1", "constant_join", &both, NOTHING);
    // MySQL's second format has read them already, and says no more.
    let read = plan("mysql-9.7-v2", "constant_join");
    assert_eq!(
        (read.steps, read.message.as_deref()),
        (Vec::new(), Some("Rows fetched before execution"))
    );
}

#[test]
fn ranges_lookups_and_merges_name_their_indexes() {
    all_say(
        "index_range",
        &[("orders", Access::Range, "by_placed")],
        NOTHING,
    );
    all_say(
        "index_merge",
        &[("orders", Access::Merge, "by_customer+by_placed")],
        NOTHING,
    );
    for server in SERVERS {
        let range = plan(server, "index_range");
        let step = &range.steps[0];
        assert_eq!(
            (step.used_parts.join(","), step.covering),
            ("placed".into(), false),
            "{server}"
        );
        let covering = plan(server, "covering");
        assert!(covering.steps[0].covering, "{server}");
        assert_eq!(
            steps(&covering),
            [("orders", Access::Range, "by_customer".into())],
            "{server}"
        );
    }
    assert_eq!(
        plan("mariadb-10.11", "index_range").steps[0].possible_keys,
        ["by_placed"]
    );
    assert_eq!(
        plan("mysql-9.7-v2", "index_merge").steps[0].key,
        None,
        "no single one"
    );
}

#[test]
fn a_join_is_in_its_order_and_loops_multiply() {
    for server in SERVERS {
        let join = plan(server, "join_lookup");
        let [first, second] = join.steps.as_slice() else {
            panic!("{server}: {join:?}")
        };
        assert_eq!(
            (first.table.as_str(), first.access),
            ("c", Access::FullScan),
            "{server}"
        );
        assert_eq!(
            (second.table.as_str(), second.access),
            ("o", Access::Lookup),
            "{server}"
        );
        let loops = first.rows * first.filtered / 100.0;
        assert!(
            (join.loops(1) - loops).abs() < 1.0,
            "{server}: {} and {loops}",
            join.loops(1)
        );
        assert_eq!(
            (join.loops(0), join.loops(7)),
            (1.0, 1.0),
            "{server}: what is not there is looked for once"
        );
        let read = first.rows + second.rows * loops;
        assert!((join.rows_read() - read).abs() < 1.0, "{server}");
    }
}

#[test]
fn a_unique_lookup_is_told_from_a_lookup() {
    for server in SERVERS {
        let join = plan(server, "join_buffer");
        assert_eq!(
            steps(&join)[1],
            ("c", Access::UniqueLookup, "PRIMARY".into()),
            "{server}"
        );
    }
}

#[test]
fn sorts_and_temporary_tables_are_seen() {
    all_say(
        "filesort",
        &[("orders", Access::FullScan, "")],
        (true, false, false, false),
    );
    all_say(
        "group_temporary",
        &[("orders", Access::FullScan, "")],
        (true, true, false, false),
    );
    for server in SERVERS {
        assert_eq!(
            flags(&plan(server, "distinct_temporary")),
            (false, true, false, false),
            "{server}"
        );
        assert!(plan(server, "window").filesort, "{server}");
        assert!(!plan(server, "index_range").filesort, "{server}");
    }
}

#[test]
fn a_subquery_stands_behind_what_it_stands_in() {
    for server in SERVERS {
        says(
            server,
            "dependent_subquery",
            &[("c", Access::FullScan, ""), ("o", Access::FullScan, "")],
            (false, false, true, false),
        );
        let plan = plan(server, "dependent_subquery");
        assert_ne!(plan.steps[0].block, plan.steps[1].block, "{server}");
        assert_eq!(
            plan.loops(1),
            1.0,
            "{server}: how often it runs is in no plan"
        );
    }
}

#[test]
fn what_is_made_into_a_table_is_told_from_a_temporary_one() {
    for server in SERVERS {
        let within = plan(server, "in_materialised");
        assert_eq!(flags(&within), (false, false, false, true), "{server}");
        assert_eq!(steps(&within)[0].0, "customers", "{server}");
        assert_eq!(within.steps.last().unwrap().table, "orders", "{server}");
        let derived = plan(server, "derived");
        assert!(
            derived.materialised && derived.temporary_table,
            "{server}: grouped, and made into a table"
        );
        assert_eq!(derived.steps.last().unwrap().table, "customers", "{server}");
        assert!(plan(server, "not_in").materialised, "{server}");
    }
}

#[test]
fn a_union_has_all_its_arms() {
    all_say(
        "union",
        &[
            ("orders", Access::FullScan, ""),
            ("customers", Access::FullScan, ""),
        ],
        (false, true, false, false),
    );
    for server in SERVERS {
        let union = plan(server, "union");
        assert_ne!(union.steps[0].block, union.steps[1].block, "{server}");
    }
}

#[test]
fn without_tables_there_is_a_reason() {
    for (server, name, message) in [
        ("mariadb-10.11", "impossible", "Impossible WHERE"),
        ("mysql-9.7-v1", "impossible", "Impossible WHERE"),
        ("mysql-9.7-v2", "impossible", "Zero rows (Impossible WHERE)"),
        ("mariadb-10.11", "no_tables", "No tables used"),
        ("mysql-9.7-v1", "no_tables", "No tables used"),
        ("mariadb-10.11", "count_min", "Select tables optimized away"),
        ("mysql-9.7-v1", "count_min", "Select tables optimized away"),
        ("mysql-9.7-v2", "count_min", "Rows fetched before execution"),
    ] {
        let plan = plan(server, name);
        assert_eq!(
            (plan.steps.len(), plan.message.as_deref()),
            (0, Some(message)),
            "{server} {name}"
        );
    }
}

/// InnoDB's primary key is the table: a scan of it is a scan of the table.
#[test]
fn a_change_without_an_index_is_a_scan_of_the_table() {
    for server in &SERVERS[..2] {
        says(
            server,
            "update_scan",
            &[("orders", Access::FullScan, "PRIMARY")],
            NOTHING,
        );
        says(
            server,
            "delete_range",
            &[("orders", Access::Range, "by_placed")],
            NOTHING,
        );
    }
    for name in ["update_scan", "delete_range"] {
        assert_eq!(
            parse(&text("mysql-9.7-v2", name)),
            Err(PlanError::NotExplained)
        );
    }
}

#[test]
fn what_an_insert_writes_to_is_not_read() {
    all_say(
        "insert_select",
        &[("orders", Access::FullScan, "")],
        NOTHING,
    );
}

#[test]
fn an_index_that_is_read_whole_is_told_from_the_table() {
    // MySQL's second format does not say how it counts.
    assert_eq!(
        plan("mysql-9.7-v2", "index_scan").message.as_deref(),
        Some("Count rows in orders")
    );
    for server in &SERVERS[..2] {
        let count = plan(server, "index_scan");
        assert_eq!(count.steps[0].access, Access::IndexScan, "{server}");
        assert!(count.steps[0].covering, "{server}");
    }
}

#[test]
fn every_plan_of_every_server_is_read() {
    let mut read = 0;
    for server in SERVERS {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../tests/19-slow-query/plans")
            .join(server);
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let result = parse(&std::fs::read_to_string(&path).unwrap());
            assert!(
                matches!(result, Ok(_) | Err(PlanError::NotExplained)),
                "{}: {result:?}",
                path.display()
            );
            read += 1;
        }
    }
    assert_eq!(read, 3 * 26);
}

#[test]
fn the_worst_access_is_the_greatest() {
    let best_to_worst = [
        Access::Constant,
        Access::UniqueLookup,
        Access::Lookup,
        Access::FullText,
        Access::Merge,
        Access::Range,
        Access::IndexScan,
        Access::FullScan,
    ];
    assert!(best_to_worst.is_sorted());
}

fn block(table: &str) -> Plan {
    parse(&format!(r#"{{"query_block": {{"table": {table}}}}}"#)).unwrap()
}

#[test]
fn every_access_type_has_its_name() {
    for (name, access) in [
        ("system", Access::Constant),
        ("const", Access::Constant),
        ("eq_ref", Access::UniqueLookup),
        ("unique_subquery", Access::UniqueLookup),
        ("ref", Access::Lookup),
        ("ref_or_null", Access::Lookup),
        ("index_subquery", Access::Lookup),
        ("fulltext", Access::FullText),
        ("range", Access::Range),
        ("index", Access::IndexScan),
        ("ALL", Access::FullScan),
        // What is not known is taken for the worst, so that it is looked at.
        ("whatever", Access::FullScan),
    ] {
        let plan = block(&format!(
            r#"{{"table_name": "t", "access_type": "{name}", "key": "k"}}"#
        ));
        assert_eq!(
            (plan.steps[0].access, &plan.steps[0].keys),
            (access, &vec!["k".to_owned()]),
            "{name}"
        );
    }
}

#[test]
fn nested_merges_name_every_index() {
    let plan = block(
        r#"{"table_name": "t", "access_type": "index_merge", "key": "sort_union(a,intersect(b, c))"}"#,
    );
    assert_eq!(plan.steps[0].keys, ["a", "b", "c"]);
}

/// A name may hold what a merge is written with.
#[test]
fn an_index_that_is_named_like_a_merge_is_one() {
    let plan = block(r#"{"table_name": "t", "access_type": "ref", "key": "by(a, b)"}"#);
    assert_eq!(plan.steps[0].keys, ["by(a, b)"]);
}

#[test]
fn figures_that_make_no_sense_are_replaced() {
    let plan =
        block(r#"{"table_name": "t", "access_type": "ALL", "rows": -3, "filtered": "250.5"}"#);
    assert_eq!((plan.steps[0].rows, plan.steps[0].filtered), (1.0, 100.0));
    let plan = block(
        r#"{"table_name": "t", "access_type": "ALL", "rows": 1e999999}"#
            .replace("1e999999", "\"inf\"")
            .as_str(),
    );
    assert_eq!(plan.steps[0].rows, 1.0);
    let plan = block(
        r#"{"table_name": "t", "access_type": "ALL", "rows": 7, "rows_examined_per_scan": "8"}"#,
    );
    assert_eq!(plan.steps[0].rows, 8.0);
}

#[test]
fn a_materialised_subquery_may_depend_too() {
    let table = r#"{"table_name": "t", "access_type": "ALL", "materialized_from_subquery": {"dependent": true, "using_temporary_table": true,
        "query_block": {"table": {"table_name": "u", "access_type": "ALL"}}}}"#;
    let plan = block(table);
    assert_eq!(flags(&plan), (false, false, true, true));
    assert_eq!((plan.steps[0].block, plan.steps[1].block), (0, 1));
}

#[test]
fn full_text_and_unknown_operations_of_the_second_format() {
    let leaf = |kind: &str, operation: &str| {
        let json = format!(
            r#"{{"query_plan": {{"access_type": "index", "operation": "{operation}", "index_access_type": "{kind}", "table_name": "t", "index_name": "k", "estimated_rows": 5}}}}"#
        );
        parse(&json).unwrap().steps[0].access
    };
    assert_eq!(
        leaf("full_text_search", "Full-text index search on t"),
        Access::FullText
    );
    assert_eq!(leaf("index_lookup", "Index lookup on t"), Access::Lookup);
    assert_eq!(
        leaf("index_lookup", "Single-row index lookup on t"),
        Access::UniqueLookup
    );
    assert_eq!(leaf("index_scan", "Index scan on t"), Access::IndexScan);
    assert_eq!(
        leaf("multi_range_read", "Multi-range index lookup on t"),
        Access::Range
    );
}

/// A condition may stand in what an operation is called: it is not told.
#[test]
fn a_reason_has_no_literal() {
    let json =
        r#"{"query_plan": {"access_type": "filter", "operation": "Filter: (rand() > 'secret')"}}"#;
    assert_eq!(
        parse(json).unwrap().message.as_deref(),
        Some("No tables used")
    );
}

#[test]
fn what_is_no_plan_is_refused() {
    assert_eq!(parse("{"), Err(PlanError::NotJson { line: 1, column: 1 }));
    assert_eq!(
        parse("\n  }"),
        Err(PlanError::NotJson { line: 2, column: 3 })
    );
    for json in ["{}", "[]", "1", "null", r#"{"a": {"query_block": 1}}"#] {
        assert_eq!(parse(json), Err(PlanError::NotAPlan), "{json}");
    }
    for json in [
        r#"{"query_block": {}}"#,
        r#"{"query_block": [1, "a", null, true]}"#,
        r#"{"query_block": {"table": {"table_name": "t"}}}"#,
    ] {
        assert_eq!(parse(json), Err(PlanError::Empty), "{json}");
    }
    let long = format!("{}{}", " ".repeat(MAX_BYTES - 2), "{}");
    assert_eq!(parse(&long), Err(PlanError::NotAPlan));
    assert_eq!(
        parse(&format!(" {long}")),
        Err(PlanError::TooLong {
            bytes: MAX_BYTES + 1
        })
    );
    let deep = format!(
        r#"{{"query_block": {}1{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(matches!(parse(&deep), Err(PlanError::NotJson { .. })));
}

#[test]
fn errors_say_what_to_do() {
    assert_eq!(
        PlanError::NotExplained.to_string(),
        "the server did not explain it in this format: SET explain_json_format_version = 1"
    );
    assert_eq!(
        PlanError::TooLong { bytes: 9 }.to_string(),
        "a plan of 9 bytes: at most 4194304 are read"
    );
}

/// What a server writes of the condition holds literals: it is not part of what is shown.
#[test]
fn a_plan_in_a_report_has_no_condition() {
    let plan = plan("mysql-9.7-v1", "full_scan");
    assert!(plan.steps[0].condition.is_some());
    let shown = serde_json::to_string(&plan).unwrap();
    assert!(
        shown.contains("FullScan") && !shown.contains("paid") && !shown.contains("900"),
        "{shown}"
    );
}

proptest! {
    /// Cut anywhere, or with any byte changed, a plan is an error or another plan, and no panic.
    #[test]
    fn no_text_panics(server in 0..3_usize, cut in 0..3_000_usize, byte in any::<u8>()) {
        let mut bytes = text(SERVERS[server], "derived").into_bytes();
        let place = cut.min(bytes.len() - 1);
        let _ = parse(&String::from_utf8_lossy(&bytes[..place]));
        bytes[place] = byte;
        let _ = parse(&String::from_utf8_lossy(&bytes));
    }
}
