//! Which columns an index should have, in which order, and whether one that exists does it already.
//!
//! The order is equality, then range or sort. Rows of one value lie together, and among them the index is sorted by what comes next. A
//! range breaks that: behind `a > 5` the values of `b` begin anew for each `a`, so a column behind a range finds nothing. The book that says it best is Winand's
//! "SQL Performance Explained" (use-the-index-luke.com, "The Equals Operator").

use crate::core::schema::{Index, Method, Part, Table};
use crate::core::statement::access::Sorted;

/// The most bytes of an index's key: InnoDB with the DYNAMIC row format.
pub const MAX_KEY_BYTES: u32 = 3_072;
/// The most columns that advice puts into an index. The server takes 16; each makes every write dearer.
pub const MAX_PARTS: usize = 5;

/// What a statement asks of a table, by the schema's names of columns. A column may stand in several lists.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// Columns of one value: `a = 1`, and joins with tables that are read before.
    pub equality: Vec<String>,
    /// Columns of some values: `a IN (1, 2)`.
    pub lists: Vec<String>,
    /// Columns between two values.
    pub ranges: Vec<String>,
    /// ORDER BY.
    pub sort: Vec<Sorted>,
    /// GROUP BY.
    pub group: Vec<String>,
}

/// What the last columns of an index are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Ends {
    /// There are none but those that equal.
    Equality,
    /// A range.
    Range,
    /// A sort.
    Sort,
    /// A group.
    Group,
}

/// An index that would serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its parts.
    pub parts: Vec<Part>,
    /// How many of them, at the beginning, are for equality: any order of these serves.
    pub equality: usize,
    /// What the rest is for.
    pub ends: Ends,
}

fn part(column: &str, descending: bool) -> Part {
    Part {
        column: Some(column.to_owned()),
        prefix: None,
        descending,
    }
}

/// The columns of the index that serves `wanted` best.
///
/// 1. Columns that equal, as they are written; then those with a list of values. Each once.
/// 2. One of: the first range that is on none of these; the sort; the group. A sort that begins with the column of the range is
///    served by the same index, so all of it follows. A list of values, which is not sorted, leaves no sort to be served.
///
/// Columns that equal are left out of sort and group: they do not vary. A sort that goes in two directions needs an index that does; an
/// index can be read backwards, so its first direction is up.
#[must_use]
pub fn order_columns(wanted: &Wanted) -> Candidate {
    // ANCHOR: stage3_order_columns
    let mut fixed: Vec<&String> = Vec::new();
    for column in wanted.equality.iter().chain(&wanted.lists) {
        if !fixed.contains(&column) {
            fixed.push(column);
        }
    }
    let one_value = |column: &String| wanted.equality.contains(column);
    let sort: Vec<&Sorted> = wanted
        .sort
        .iter()
        .filter(|sorted| !one_value(&sorted.column))
        .collect();
    let group: Vec<&String> = wanted
        .group
        .iter()
        .filter(|column| !one_value(column))
        .collect();
    let range = wanted.ranges.iter().find(|column| !fixed.contains(column));
    let lists = fixed.iter().any(|column| !one_value(column));

    let sorts = match (sort.first(), range) {
        (None, _) => false,
        (Some(first), Some(range)) => first.column == *range && !lists,
        (Some(_), None) => !lists,
    };
    let mut parts: Vec<Part> = fixed.iter().map(|column| part(column, false)).collect();
    let equality = parts.len();
    let ends = match (range, group.is_empty()) {
        _ if sorts => {
            let backwards = sort[0].descending;
            parts.extend(
                sort.iter()
                    .map(|sorted| part(&sorted.column, sorted.descending != backwards)),
            );
            if range.is_some() {
                Ends::Range
            } else {
                Ends::Sort
            }
        }
        (Some(range), _) => {
            parts.push(part(range, false));
            Ends::Range
        }
        (None, false) if !lists => {
            parts.extend(group.iter().map(|column| part(column, false)));
            Ends::Group
        }
        (None, _) => Ends::Equality,
    };
    Candidate {
        parts,
        equality,
        ends,
    }
    // ANCHOR_END: stage3_order_columns
}

/// What an index of InnoDB really has: the columns of the primary key come last, unless they are in it already.
#[must_use]
pub fn extended(index: &Index, table: &Table) -> Vec<Part> {
    let mut parts = index.parts.clone();
    if table.is_innodb()
        && let Some(primary) = table.primary()
    {
        for own in &primary.parts {
            if !parts
                .iter()
                .any(|part| part.column == own.column && part.prefix.is_none())
            {
                parts.push(own.clone());
            }
        }
    }
    parts
}

/// Whether `index` of `table` does what `candidate` would: it may be longer, and its columns for equality in another order.
///
/// An index that the optimiser may not use serves nobody, and neither does one without an order (full text, hash). A prefix of a column finds values, and
/// cannot sort or delimit them. An index can be read backwards, but only all of it. What lies behind its columns in InnoDB is the primary key.
#[must_use]
pub fn serves(index: &Index, candidate: &Candidate, table: &Table) -> bool {
    // ANCHOR: stage3_serves
    if !index.visible || index.method != Method::BTree {
        return false;
    }
    let has = extended(index, table);
    let Some(rest) = has
        .get(candidate.equality..)
        .filter(|_| has.len() >= candidate.parts.len())
    else {
        return false;
    };
    let (equal, ends) = candidate.parts.split_at(candidate.equality);
    let found = has[..candidate.equality]
        .iter()
        .all(|part| equal.iter().any(|wanted| wanted.column == part.column));
    let in_order = ends
        .iter()
        .zip(rest)
        .all(|(wanted, part)| wanted.column == part.column && part.prefix.is_none());
    let mut as_is = ends
        .iter()
        .zip(rest)
        .map(|(wanted, part)| wanted.descending == part.descending);
    let mut turned = ends
        .iter()
        .zip(rest)
        .map(|(wanted, part)| wanted.descending != part.descending);
    let one_way = as_is.all(|same| same) || turned.all(|differs| differs);
    found && in_order && one_way
    // ANCHOR_END: stage3_serves
}

/// `candidate` cut to what the server can index: columns of bounded length, [`MAX_PARTS`] of them, [`MAX_KEY_BYTES`] together. `None` if nothing is left of it.
#[must_use]
pub fn fit(candidate: &Candidate, table: &Table) -> Option<Candidate> {
    let mut fitted = Candidate {
        parts: Vec::new(),
        equality: 0,
        ends: Ends::Equality,
    };
    let mut bytes = 0;
    for (place, part) in candidate.parts.iter().enumerate() {
        let column = table.column(part.column.as_deref()?)?;
        let equal = place < candidate.equality;
        let room = column
            .index_bytes
            .filter(|own| bytes + own <= MAX_KEY_BYTES && fitted.parts.len() < MAX_PARTS);
        match room {
            Some(own) => bytes += own,
            // The others that equal are found without it.
            None if equal => continue,
            None => break,
        }
        fitted.parts.push(part.clone());
        if equal {
            fitted.equality += 1;
        } else {
            fitted.ends = candidate.ends;
        }
    }
    (!fitted.parts.is_empty()).then_some(fitted)
}

/// An index of these parts, with a name that the table does not have yet.
#[must_use]
pub fn named(candidate: &Candidate, table: &Table) -> Index {
    let columns = candidate
        .parts
        .iter()
        .filter_map(|part| part.column.as_deref());
    let all = columns.collect::<Vec<_>>().join("_");
    // A name has at most 64 characters; some are left for a number.
    let base: String = format!("idx_{all}").chars().take(58).collect();
    let mut name = base.clone();
    let mut number = 2;
    while table.index(&name).is_some() {
        name = format!("{base}_{number}");
        number += 1;
    }
    Index {
        name,
        parts: candidate.parts.clone(),
        visible: true,
        ..Index::default()
    }
}
