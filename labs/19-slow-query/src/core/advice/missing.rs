//! Indexes that are missing.

use super::index::{Candidate, Ends, Wanted, fit, named, order_columns, serves};
use super::look::{Look, Looked};
use super::{Advice, Remedy, RuleId};
use crate::core::digits::thousands;
use crate::core::schema::{Index, Method};
use crate::core::statement::access::Role;
use crate::core::statement::facts::Kind;

/// Every table that is read without an index it could have.
#[must_use]
pub fn advise(look: &Look<'_>) -> Vec<Advice> {
    look.tables
        .iter()
        .filter_map(|of| missing_index(look, of))
        .collect()
}

/// What `of` asks for. Joins count where the other table is read before; a sort and a group where this table is read first.
#[must_use]
pub fn wanted(look: &Look<'_>, of: &Looked<'_>) -> Wanted {
    let mut wanted = Wanted::default();
    for used in &of.access.uses {
        let list = match used.role {
            Role::Equality => match &used.other {
                Some((alias, _)) if !look.is_before(alias, of) => continue,
                Some(_) | None => &mut wanted.equality,
            },
            Role::List => &mut wanted.lists,
            Role::Range => &mut wanted.ranges,
            Role::None => continue,
        };
        list.push(used.column.clone());
    }
    if look.is_first(of) {
        wanted.sort.clone_from(&of.access.sort);
        wanted.group.clone_from(&of.access.group);
    }
    wanted
}

/// What [`wanted`] says. If nothing of `of` is known when it is read: what it would ask for if it came after another table of its joins, which is
/// found by an index without it. The optimiser reads `of` first for want of just this one.
fn asked(look: &Look<'_>, of: &Looked<'_>) -> Wanted {
    let mut wanted = wanted(look, of);
    if wanted == Wanted::default() {
        for used in &of.access.uses {
            if used.role == Role::Equality
                && let Some((alias, _)) = &used.other
                && is_found_without(look, of, alias)
            {
                wanted.equality.push(used.column.clone());
            }
        }
    }
    wanted
}

/// Whether the table `alias`, in the block of `of`, is found by an index and a value that no other table gives.
fn is_found_without(look: &Look<'_>, of: &Looked<'_>, alias: &str) -> bool {
    let mut beside = look
        .tables
        .iter()
        .filter(|other| other.access.block == of.access.block && other.access.alias == alias);
    beside.any(|other| {
        other.access.uses.iter().any(|used| {
            let finds = |index: &Index| {
                index.visible
                    && index.method == Method::BTree
                    && index.parts.first().and_then(|part| part.column.as_ref())
                        == Some(&used.column)
            };
            used.other.is_none() && used.role != Role::None && other.table.indexes.iter().any(finds)
        })
    })
}

/// The index that `of` lacks, if one: not for a small table, not where its step is healthy and nothing is sorted, and not where an index that exists would do.
///
/// The optimiser need not use what would serve: that is no reason for a second index like it.
fn missing_index(look: &Look<'_>, of: &Looked<'_>) -> Option<Advice> {
    // ANCHOR: stage3_missing_index
    todo!("stage 3: missing index")
    // ANCHOR_END: stage3_missing_index
}

/// Whether all that the index would have is one column of two values or so: it finds half of the table.
#[must_use]
pub fn is_flag(candidate: &Candidate, of: &Looked<'_>) -> bool {
    let [part] = candidate.parts.as_slice() else {
        return false;
    };
    let column = part
        .column
        .as_deref()
        .and_then(|name| of.table.column(name));
    column.is_some_and(|column| {
        let name = column.type_name.to_ascii_lowercase();
        name == "tinyint(1)" || name == "bit(1)" || name.starts_with("enum(")
    })
}

fn advice(look: &Look<'_>, of: &Looked<'_>, candidate: &Candidate, rows: f64) -> Advice {
    let index = named(candidate, of.table);
    let joins = of.access.uses.iter().any(|used| {
        let part = |part: &crate::core::schema::Part| part.column.as_ref() == Some(&used.column);
        used.other.is_some() && candidate.parts.iter().any(part)
    });
    let (rule, gain) = match (look.case.statement.kind(), candidate.ends) {
        (Kind::Update | Kind::Delete, _) => {
            ("IDX006", "find the rows to change, and lock no others")
        }
        (_, _) if joins => ("IDX004", "find the rows of the join"),
        (_, Ends::Equality) => ("IDX001", "find the rows"),
        (_, Ends::Range) => ("IDX002", "find the rows between the two values"),
        (_, Ends::Sort) => ("IDX003", "find the rows in the order that is asked for"),
        (_, Ends::Group) => ("IDX013", "find the rows group by group"),
    };
    let columns = candidate.parts.iter().map(|part| {
        let name = part.column.as_deref().unwrap_or_default();
        format!("`{name}`{}", if part.descending { " DESC" } else { "" })
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let table = of.access.table.clone();
    let why = format!(
        "About {} rows of `{table}` are read each time; an index on ({columns}) would {gain}.",
        thousands(rows.round() as u64)
    );
    Advice {
        rule: RuleId(rule),
        table: Some(table.clone()),
        remedy: Remedy::CreateIndex { table, index },
        why,
    }
}
