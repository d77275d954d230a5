//! Indexes that exist and should not: unused, redundant, duplicate; and tables without a primary key. The whole log decides.
//!
//! The sketch takes the plan of one statement and proposes to drop whatever that one does not use. An index is for some statements, never for all. And one that is
//! unique is a promise about the data, one of a foreign key is what the server itself reads: neither is dropped because nobody reads it.

use std::collections::BTreeMap;

use super::health::is_small;
use super::index::extended;
use super::{Advice, Case, Remedy, RuleId};
use crate::core::schema::{Index, Method, Schema, Table};
use crate::core::statement::access::{self, Role};

/// What one statement of the log does with one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// The indexes that its plan uses; `None` if it was not explained, so that it may use any.
    pub keys: Option<Vec<String>>,
    /// The columns that it sorts by, groups by, or delimits.
    pub ordered: Vec<String>,
}

/// All of it.
pub(super) fn advise(cases: &[Case<'_>], schema: &Schema) -> Vec<Advice> {
    let usages = usages(cases, schema);
    let mut all = Vec::new();
    for (name, table) in &schema.tables {
        let Some(usages) = usages.get(name) else {
            continue;
        };
        for index in &table.indexes {
            let drop = |rule, why: String| Advice {
                rule: RuleId(rule),
                table: Some(name.clone()),
                remedy: Remedy::DropIndex {
                    table: name.clone(),
                    name: index.name.clone(),
                },
                why,
            };
            if let Some(other) = redundant(index, table, usages) {
                let same = other.parts == index.parts;
                let what = if same {
                    "has the same columns"
                } else {
                    "begins with the same columns"
                };
                let rule = if same { "IDX008" } else { "IDX007" };
                all.push(drop(
                    rule,
                    format!(
                        "`{}` of `{name}` is redundant: `{}` {what}.",
                        index.name, other.name
                    ),
                ));
            } else if is_unused(index, usages) {
                let why = format!(
                    "None of the {} statements of the log that read `{name}` uses `{}`. What is not slow is not in the log: make it invisible first.",
                    usages.len(),
                    index.name
                );
                all.push(drop("IDX009", why));
            }
        }
        let keyed = table.primary().is_some()
            || table
                .indexes
                .iter()
                .any(|index| index.unique && is_total(index, table));
        if table.is_innodb() && !keyed && !is_small(table.rows as f64, 1.0) {
            all.push(Advice::tell(
                "IDX012",
                Some(name),
                format!("`{name}` has no primary key, and no unique one that could be."),
            ));
        }
    }
    all
}

/// Whether none of its columns may be NULL, or is there in part only.
fn is_total(index: &Index, table: &Table) -> bool {
    index.parts.iter().all(|part| {
        let column = part.column.as_deref().and_then(|name| table.column(name));
        part.prefix.is_none() && column.is_some_and(|column| !column.nullable)
    })
}

/// What the statements of the log do, table by table.
fn usages(cases: &[Case<'_>], schema: &Schema) -> BTreeMap<String, Vec<Usage>> {
    let mut usages: BTreeMap<String, Vec<Usage>> = BTreeMap::new();
    for case in cases {
        let accesses = access::of(case.statement, schema);
        for access in &accesses {
            // A table may stand in a statement several times: any of its steps may use an index.
            let aliases = accesses.iter().filter(|other| other.table == access.table);
            let aliases: Vec<_> = aliases.map(|other| other.alias.as_str()).collect();
            let keys = case.plan.map(|plan| {
                let steps = plan
                    .steps
                    .iter()
                    .filter(|step| aliases.contains(&step.table.as_str()));
                steps.flat_map(|step| step.keys.iter().cloned()).collect()
            });
            let ranges = access.uses.iter().filter(|used| used.role == Role::Range);
            let ordered = access.sort.iter().map(|sorted| sorted.column.clone());
            let ordered = ordered
                .chain(access.group.iter().cloned())
                .chain(ranges.map(|used| used.column.clone()));
            let usage = Usage {
                keys,
                ordered: ordered.collect(),
            };
            usages.entry(access.table.clone()).or_default().push(usage);
        }
    }
    usages
}

/// Whether `index` may be called unused: `log` has every statement of the log that reads its table, and all were explained.
///
/// Never one that is unique or of a foreign key; and where no statement reads the table, nothing is known.
#[must_use]
pub fn is_unused(index: &Index, log: &[Usage]) -> bool {
    // ANCHOR: stage3_unused
    let uses = |usage: &Usage| {
        usage
            .keys
            .as_ref()
            .is_none_or(|keys| keys.contains(&index.name))
    };
    !index.unique && !index.foreign_key && !log.is_empty() && !log.iter().any(uses)
    // ANCHOR_END: stage3_unused
}

/// An index of `table` that does all that `index` does for the statements of `log`, if there is one.
///
/// The other has the same parts at its beginning, is of the same kind, and may be used. That finds the same values. But in InnoDB every index ends with
/// the primary key: `(a)` has its rows of one `a` sorted by `id`, and `(a, b)` has not. So where a statement that uses `index`, or was not explained, orders by a column
/// of the primary key, the other must go on with that too.
///
/// Of two that are the same, the one that stays is unique, else the first. Never redundant is one that is unique, of a foreign key, or has no order.
#[must_use]
pub fn redundant<'a>(index: &Index, table: &'a Table, log: &[Usage]) -> Option<&'a Index> {
    // ANCHOR: stage3_redundant
    if index.unique || index.foreign_key || index.method != Method::BTree {
        return None;
    }
    let whole = extended(index, table);
    let hidden = &whole[index.parts.len()..];
    let relies = log.iter().any(|usage| {
        let uses = usage
            .keys
            .as_ref()
            .is_none_or(|keys| keys.contains(&index.name));
        uses && usage.ordered.iter().any(|column| {
            hidden
                .iter()
                .any(|part| part.column.as_ref() == Some(column))
        })
    });
    let names = table.indexes.iter().map(|index| &index.name);
    let earlier: Vec<&String> = names.take_while(|name| **name != index.name).collect();
    table.indexes.iter().find(|other| {
        let usable = other.name != index.name && other.visible && other.method == Method::BTree;
        let begins = other.parts.starts_with(&index.parts);
        let stays = other.parts.len() > index.parts.len()
            || other.unique
            || other.foreign_key
            || earlier.contains(&&other.name);
        let goes_on = !relies || extended(other, table).starts_with(&whole);
        usable && begins && stays && goes_on
    })
    // ANCHOR_END: stage3_redundant
}
