//! Whether a sort leaves nothing open.
//!
//! Rows that are equal in all that is sorted by come in any order, and another plan gives another one. Then "the twenty rows from the
//! thousandth on" are not a set of rows, and a rewrite that pages may return others: some twice on two pages, some never.

use crate::core::schema::{Index, Table};

/// A key of `table` that makes a sort by `columns` total: one that is unique, all of whose columns are sorted by, are whole, and are never NULL (NULLs are
/// not duplicates of each other, so a unique key may have many).
#[must_use]
pub fn total_key<'a>(columns: &[&str], table: &'a Table) -> Option<&'a Index> {
    // ANCHOR: stage4_total_key
    todo!("stage 4: total key")
    // ANCHOR_END: stage4_total_key
}
