//! What every rule looks at: a case, with what follows from it once.

use super::Case;
use super::Seen;
use super::health::{SMALL_ROWS, WRONG_BY, is_healthy, is_small, step_is_healthy};
use crate::core::plan::{Plan, Step};
use crate::core::schema::Table;
use crate::core::statement::access::{self, TableAccess};
use crate::core::statement::facts::Block;

/// A case, prepared.
pub struct Look<'a> {
    /// The case.
    pub case: &'a Case<'a>,
    /// Each table of each block, as far as the schema knows it.
    pub tables: Vec<Looked<'a>>,
}

/// One table of a statement.
pub struct Looked<'a> {
    /// What is asked of it.
    pub access: TableAccess,
    /// What it is.
    pub table: &'a Table,
    /// Its step in the plan: the number, and the step.
    pub step: Option<(usize, &'a Step)>,
    /// Whether reading all that is read of it costs nothing.
    pub small: bool,
    /// Whether its step is as it should be; if there is none, whether it is small.
    pub healthy: bool,
}

impl<'a> Look<'a> {
    /// Prepares `case`.
    #[must_use]
    pub fn new(case: &'a Case<'a>) -> Self {
        let mut taken = Vec::new();
        let tables = access::of(case.statement, case.schema).into_iter();
        let tables = tables.filter_map(|access| {
            let table = case.schema.tables.get(&access.table)?;
            let step = case
                .plan
                .and_then(|plan| step(plan, &access.alias, &mut taken));
            let (small, healthy) = match (step, case.plan) {
                (Some((number, step)), Some(plan)) => {
                    let rows = step
                        .rows
                        .max(if scans(step) { table.rows as f64 } else { 0.0 });
                    (
                        is_small(rows, plan.loops(number)),
                        step_is_healthy(plan, number),
                    )
                }
                (Some(_) | None, _) => {
                    let small = is_small(table.rows as f64, 1.0);
                    (small, small)
                }
            };
            Some(Looked {
                access,
                table,
                step,
                small,
                healthy,
            })
        });
        let tables = tables.collect();
        Self { case, tables }
    }

    /// The SELECT that a table stands in.
    #[must_use]
    pub fn block(&self, of: &Looked<'_>) -> &'a Block {
        &self.case.statement.blocks()[of.access.block]
    }

    /// Whether there is nothing to say: by the plan, and by what the log says happened. Without a plan, by the log alone.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let seen = &self.case.seen;
        let figures = !super::figures::waits_for_locks(seen)
            && seen.temporary_on_disk + seen.filesort_on_disk == 0;
        figures
            && match self.case.plan {
                Some(plan) => is_healthy(plan) && !is_wrong(plan, seen),
                None => is_small(seen.examined_each() as f64, 1.0),
            }
    }

    /// The step of `of` is the first of its SELECT: only then does the order of its rows last.
    #[must_use]
    pub fn is_first(&self, of: &Looked<'_>) -> bool {
        match (self.case.plan, of.step) {
            (Some(plan), Some((number, step))) => plan.steps[..number]
                .iter()
                .all(|other| other.block != step.block),
            (Some(_) | None, _) => self.block(of).tables.len() == 1,
        }
    }

    /// Whether `alias` is read before `of`, so that its columns are known when rows of `of` are looked for.
    #[must_use]
    pub fn is_before(&self, alias: &str, of: &Looked<'_>) -> bool {
        let outer = self
            .block(of)
            .tables
            .iter()
            .all(|table| table.alias != alias);
        outer
            || match (self.case.plan, of.step) {
                (Some(plan), Some((number, step))) => plan.steps[..number]
                    .iter()
                    .any(|other| other.block == step.block && other.table == alias),
                (Some(_) | None, _) => false,
            }
    }
}

/// Whether far more rows are examined than the optimiser thinks. A plan without tables says nothing about rows.
#[must_use]
pub fn is_wrong(plan: &Plan, seen: &Seen) -> bool {
    !plan.steps.is_empty()
        && seen.examined_each() as f64 > WRONG_BY * plan.rows_read().max(SMALL_ROWS)
}

fn scans(step: &Step) -> bool {
    use crate::core::plan::Access::{
        Constant, FullScan, FullText, IndexScan, Lookup, Merge, Range, UniqueLookup,
    };
    match step.access {
        // A LIMIT may end a scan early: then the optimiser says how many rows it expects, and that counts.
        FullScan => step.key.is_none(),
        IndexScan | Constant | UniqueLookup | Lookup | FullText | Merge | Range => false,
    }
}

/// The first step of that name that no other table has taken: aliases may repeat from block to block.
fn step<'a>(plan: &'a Plan, alias: &str, taken: &mut Vec<usize>) -> Option<(usize, &'a Step)> {
    let mut steps = plan.steps.iter().enumerate();
    let found = steps.find(|(number, step)| step.table == alias && !taken.contains(number))?;
    taken.push(found.0);
    Some(found)
}
