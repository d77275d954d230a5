//! What the log has measured.

use super::Advice;
use super::Seen;
use super::health::is_small;
use super::look::{Look, is_wrong};
use crate::core::digits::thousands;
use crate::core::statement::facts::Kind;

/// Rows examined for each one sent from which on it is told. A join of three tables examines three; a thousand is no join.
pub const EXAMINED_PER_SENT: u64 = 1_000;
/// Rows sent each time from which on it is told: a hundred pages of a hundred.
pub const MANY_SENT: u64 = 10_000;

/// All of them.
#[must_use]
pub fn advise(look: &Look<'_>) -> Vec<Advice> {
    let seen = &look.case.seen;
    let told = [
        vain(look),
        on_disk(seen),
        sorts(seen),
        locks(seen),
        wrong(look),
        sends(look),
    ];
    told.into_iter().flatten().collect()
}

/// Whether more than half of the time went into waiting for locks.
#[must_use]
pub fn waits_for_locks(seen: &Seen) -> bool {
    seen.lock_time > seen.query_time / 2
}

fn vain(look: &Look<'_>) -> Option<Advice> {
    let seen = &look.case.seen;
    let blocks = look.case.statement.blocks();
    let collects = blocks
        .iter()
        .any(|block| block.aggregate || !block.group.is_empty() || block.distinct);
    let (examined, sent) = (seen.examined_each(), seen.sent_each());
    let vain = look.case.statement.kind() == Kind::Select
        && !collects
        && !is_small(examined as f64, 1.0)
        && examined / sent.max(1) >= EXAMINED_PER_SENT;
    vain.then(|| {
        Advice::tell(
            "ROW001",
            None,
            format!(
                "{} rows are examined each time, and {} sent.",
                thousands(examined),
                thousands(sent)
            ),
        )
    })
}

fn on_disk(seen: &Seen) -> Option<Advice> {
    let (some, all) = (seen.temporary_on_disk, seen.executions);
    (some > 0).then(|| {
        Advice::tell(
            "ROW002",
            None,
            format!("A temporary table went to disk in {some} of {all} executions."),
        )
    })
}

fn sorts(seen: &Seen) -> Option<Advice> {
    let (some, all) = (seen.filesort_on_disk, seen.executions);
    (some > 0).then(|| {
        Advice::tell(
            "ROW003",
            None,
            format!("A sort went to disk in {some} of {all} executions."),
        )
    })
}

fn locks(seen: &Seen) -> Option<Advice> {
    waits_for_locks(seen).then(|| {
        let part = seen.lock_time.as_secs_f64()
            / seen.query_time.as_secs_f64().max(f64::MIN_POSITIVE)
            * 100.0;
        Advice::tell(
            "ROW004",
            None,
            format!(
                "{:.0} % of the time was waiting for locks.",
                part.min(100.0)
            ),
        )
    })
}

fn wrong(look: &Look<'_>) -> Option<Advice> {
    let plan = look.case.plan?;
    // How often a subquery runs again is in no plan.
    (is_wrong(plan, &look.case.seen) && !plan.dependent_subquery).then(|| {
        let why = format!(
            "About {} rows were to be read, and {} were examined each time.",
            thousands(plan.rows_read().round() as u64),
            thousands(look.case.seen.examined_each())
        );
        Advice::tell("ROW005", None, why)
    })
}

fn sends(look: &Look<'_>) -> Option<Advice> {
    let sent = look.case.seen.sent_each();
    let many = look.case.statement.kind() == Kind::Select && sent >= MANY_SENT;
    many.then(|| {
        Advice::tell(
            "ROW006",
            None,
            format!("{} rows are sent each time.", thousands(sent)),
        )
    })
}
