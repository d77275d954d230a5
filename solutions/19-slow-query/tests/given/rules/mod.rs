//! Every rule: where it is heard, and where it is not. No text of any of them holds a literal (that is the suite's, stage 3).

mod conditions;
mod figures;
mod indexes;
mod statements;

use std::time::Duration;

use crate::shop::{advise, by, parse, plan, rules, schema, seen, step};
use slow_query::core::advice::look::Look;
use slow_query::core::advice::{self, Advice, Case, RULES, RuleId, Seen};
use slow_query::core::digest::{Digest, Limits};
use slow_query::core::log::entry::{Command, Entry, PlanFlags};
use slow_query::core::plan::{Access, Plan, Step};
use slow_query::core::schema::Schema;

/// Whether `rule` is heard of `sql`, and why.
fn why(rule: &str, sql: &str, plan: &Plan, schema: &Schema) -> Option<String> {
    let all = advise(sql, plan, schema);
    all.into_iter()
        .find(|advice| advice.rule.0 == rule)
        .map(|advice| advice.why)
}

/// `rule` is heard of `loud`, and not of `quiet`, with the same plan.
#[track_caller]
fn tells(rule: &str, plan: &Plan, schema: &Schema, loud: &str, quiet: &str) -> String {
    assert_eq!(why(rule, quiet, plan, schema), None, "{rule}: {quiet}");
    why(rule, loud, plan, schema).unwrap_or_else(|| {
        panic!(
            "{rule} is not heard of {loud}: {:?}",
            rules(&advise(loud, plan, schema))
        )
    })
}

fn filesort(plan: Plan) -> Plan {
    Plan {
        filesort: true,
        ..plan
    }
}

fn grouping(plan: Plan) -> Plan {
    Plan {
        temporary_table: true,
        ..plan
    }
}

fn seen_of(sql: &str, seen: Seen, plan: Option<&Plan>) -> Vec<Advice> {
    let (statement, schema) = (parse(sql), schema());
    advice::advise(&Case {
        seen,
        statement: &statement,
        plan,
        schema: &schema,
    })
}

#[test]
fn there_are_many_rules_and_each_is_explained() {
    assert!(RULES.len() >= 25, "{}", RULES.len());
    assert!(
        RULES.is_sorted_by(|one, other| one.id < other.id),
        "sorted by name, and no name twice"
    );
    for rule in RULES {
        let (kind, number) = rule.id.0.split_at(3);
        assert!(
            ["IDX", "ROW", "SQL"].contains(&kind)
                && number.len() == 3
                && number.parse::<u16>().is_ok(),
            "{rule:?}"
        );
        assert!(
            !rule.title.is_empty() && !rule.title.ends_with('.') && rule.why.ends_with('.'),
            "{rule:?}"
        );
    }
    assert_eq!(
        advice::rules::find(RuleId("SQL009")).map(|rule| rule.title),
        Some("ORDER BY RAND()")
    );
    assert_eq!(advice::rules::find(RuleId("SQL999")), None);
}

#[test]
fn each_rule_is_heard_once_for_each_table() {
    let both = plan(vec![
        step("o", Access::FullScan, 20_000.0),
        step("c", Access::FullScan, 5_000.0),
    ]);
    let said = advise(
        "SELECT o.id FROM orders o JOIN customers c ON o.total > c.id WHERE LOWER(o.status) = 'a' AND LOWER(o.note) = 'b' AND LOWER(c.email) = 'c'",
        &both,
        &schema(),
    );
    let tables: Vec<_> = said
        .iter()
        .filter(|advice| advice.rule.0 == "SQL001")
        .map(|advice| advice.table.as_deref())
        .collect();
    assert_eq!(tables, [Some("orders"), Some("customers")]);
}

/// Aliases may repeat from one SELECT to the next, and tables may be unknown.
#[test]
fn each_table_has_its_own_step() {
    let statement = parse(
        "SELECT 1 FROM orders WHERE total = 5 AND id IN (SELECT id FROM orders WHERE note = 'x') AND EXISTS (SELECT 1 FROM unknown)",
    );
    let schema = schema();
    let steps = vec![
        by("orders", Access::Range, "by_customer", 9.0),
        Step {
            block: 1,
            ..step("orders", Access::FullScan, 20_000.0)
        },
    ];
    let plan = plan(steps);
    let case = Case {
        seen: seen(9),
        statement: &statement,
        plan: Some(&plan),
        schema: &schema,
    };
    let look = Look::new(&case);
    let found: Vec<_> = look
        .tables
        .iter()
        .map(|of| (of.access.block, of.step.unwrap().0, of.small, of.healthy))
        .collect();
    assert_eq!(found, [(0, 0, true, true), (1, 1, false, false)]);
    assert!(look.is_first(&look.tables[0]) && look.is_first(&look.tables[1]));
    assert!(
        !look.is_before("orders", &look.tables[0]),
        "a table is not before itself"
    );
    assert!(
        look.is_before("outside", &look.tables[1]),
        "what is of no table here is of the SELECT outside"
    );
}

/// Without a plan nobody knows which table comes first, unless there is one.
#[test]
fn without_a_plan_there_are_no_steps() {
    let schema = schema();
    let first = |sql: &str| {
        let statement = parse(sql);
        let case = Case {
            seen: seen(9),
            statement: &statement,
            plan: None,
            schema: &schema,
        };
        let look = Look::new(&case);
        look.tables
            .iter()
            .map(|of| {
                (
                    look.is_first(of),
                    of.small,
                    of.healthy,
                    look.is_before("orders", of),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(first("SELECT 1 FROM orders"), [(true, false, false, false)]);
    assert_eq!(
        first("SELECT 1 FROM settings, orders"),
        [(false, true, true, false), (false, false, false, false)]
    );
}

#[test]
fn a_scan_is_as_large_as_the_table() {
    let schema = schema();
    let statement = parse("SELECT id FROM orders WHERE note = 'x'");
    let small = |step: Step| {
        let plan = plan(vec![step]);
        let case = Case {
            seen: seen(9),
            statement: &statement,
            plan: Some(&plan),
            schema: &schema,
        };
        Look::new(&case).tables[0].small
    };
    assert!(
        !small(step("orders", Access::FullScan, 7.0)),
        "the table has more than the estimate says"
    );
    // By an index, a LIMIT may end it early.
    assert!(small(by("orders", Access::FullScan, "PRIMARY", 7.0)));
    assert!(small(by("orders", Access::IndexScan, "by_customer", 7.0)));
    assert!(small(step("orders", Access::Lookup, 7.0)));
}

/// The figures of a class of the digest, as rules see them.
#[test]
fn what_a_class_has_seen() {
    let mut digest = Digest::new(Limits::default());
    for (number, disk) in [(1, true), (3, false)] {
        digest.add(&Entry {
            at: None,
            user: None,
            host: None,
            connection: None,
            schema: None,
            query_time: Duration::from_secs(number),
            lock_time: Duration::from_millis(number),
            rows_sent: number,
            rows_examined: 10 * number,
            rows_affected: None,
            plan: PlanFlags {
                temporary_table_on_disk: Some(disk),
                filesort_on_disk: Some(!disk),
                ..PlanFlags::default()
            },
            command: Command::Statement(b"SELECT 1"),
            truncated: false,
            ..Entry::default()
        });
    }
    let seen = Seen::from(digest.by_total_time()[0]);
    let expected = Seen {
        executions: 2,
        query_time: Duration::from_secs(4),
        lock_time: Duration::from_millis(4),
        rows_sent: 4,
        rows_examined: 40,
        temporary_on_disk: 1,
        filesort_on_disk: 1,
    };
    assert_eq!(seen, expected);
    assert_eq!((seen.examined_each(), seen.sent_each()), (20, 2));
    assert_eq!(Seen::default().examined_each(), 0, "nothing ran");
}
