//! Which rows of which tables are copied to the scratch server, and how many at most.
//!
//! The server that is analysed pays for the copy, so it is bounded before it begins, in rows for each table and in bytes for all of them, by the
//! estimates of the schema; and again while it runs, because estimates are wrong. Never `ORDER BY RAND()`: that reads the whole table and sorts
//! it. Instead, short runs of neighbours from places spread evenly over the primary key: sixteen descents of a B-tree. What joins is copied
//! to match: of the largest table a sample, and of a table that is joined to it by an indexed column those rows that its values point
//! to. A join on a column without an index is not followed, or copying would scan the table once for each batch.

use std::collections::BTreeSet;

use serde::Serialize;

/// The most that is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    rows: u64,
    bytes: u64,
}

/// A limit that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitsError {
    /// Of rows.
    #[error("sample rows: {0} is not in 100..=1000000")]
    Rows(u64),
    /// Of bytes.
    #[error("sample bytes: {0} is not in 1048576..=17179869184")]
    Bytes(u64),
}

/// A table that is to be copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub table: String,
    /// About how many rows it has.
    pub rows: u64,
    /// About how many bytes a row takes.
    pub row_bytes: u64,
    /// Its primary key's columns, in their order; empty if it has none.
    pub key: Vec<String>,
    /// Whether the key is one whole number, so that places in it can be computed.
    pub key_is_number: bool,
    /// The columns that an index begins with.
    pub indexed: BTreeSet<String>,
}

/// Two columns that some statement joins by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Join {
    /// A table and its column.
    pub left: (String, String),
    /// The other.
    pub right: (String, String),
}

/// How a table's rows are chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "take", rename_all = "snake_case")]
#[must_use]
pub enum Take {
    /// All of them; the limit holds all the same, should there be more than was estimated.
    Whole,
    /// From evenly spread places of a numeric key, the same number from each.
    Slices {
        /// The key.
        column: String,
    },
    /// Half from each end of the key.
    Ends {
        /// The key's columns.
        columns: Vec<String>,
    },
    /// Whichever come first: there is no key.
    First,
    /// Those that the rows of another table point to.
    Following {
        /// This table's column; an index begins with it.
        column: String,
        /// The table that was copied before.
        of: String,
        /// Its column.
        of_column: String,
    },
}

/// A table, how to choose its rows, and how many at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Portion {
    /// Its name.
    pub table: String,
    /// How.
    #[serde(flatten)]
    pub take: Take,
    /// At most so many rows.
    pub rows: u64,
}

/// From how many places of a numeric key rows are taken: each costs a descent of the B-tree, and more than a few say nothing new.
pub const SLICES: u64 = 16;

impl Limits {
    /// At most `rows` of a table, and `bytes` altogether.
    ///
    /// # Errors
    /// [`LimitsError`] unless there are 100 to a million rows and 1 MiB to 16 GiB.
    pub fn new(rows: u64, bytes: u64) -> Result<Self, LimitsError> {
        if !(100..=1_000_000).contains(&rows) {
            return Err(LimitsError::Rows(rows));
        }
        if !(1 << 20..=1 << 34).contains(&bytes) {
            return Err(LimitsError::Bytes(bytes));
        }
        Ok(Self { rows, bytes })
    }

    /// The most rows of a table.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The most bytes of all tables.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// What to copy of `tables`, in the order to copy it: the largest first, those of one size by their names.
///
/// Of each at most the limit of rows, and at most what fits into its share of the bytes, which is the same for all; but at least one row. A table whose
/// estimate is not above that is taken whole. Any other one follows a table before it, if a join leads there by an indexed column and only a
/// part of that table is copied; else its rows are spread over its own key.
#[must_use]
pub fn plan(tables: &[Wanted], joins: &[Join], limits: &Limits) -> Vec<Portion> {
    // ANCHOR: stage5_plan
    todo!("stage 5: plan")
    // ANCHOR_END: stage5_plan
}

/// Cuts `low..=high` into at most `count` parts that touch and do not overlap, as equal as whole numbers allow; fewer, if there are fewer values. Of
/// nothing, nothing. The ends are those of a 64 bit key, signed or not, so that nothing here overflows.
#[must_use]
pub fn slices(low: i128, high: i128, count: u64) -> Vec<(i128, i128)> {
    // ANCHOR: stage5_slices
    todo!("stage 5: slices")
    // ANCHOR_END: stage5_slices
}

/// The first join by an indexed column to a table of which a part was taken.
fn follow(wanted: &Wanted, joins: &[Join], before: &[Portion]) -> Option<Take> {
    let sampled = |table: &str| {
        let is_part = |portion: &Portion| portion.table == table && portion.take != Take::Whole;
        before.iter().any(is_part)
    };
    let sides = joins
        .iter()
        .flat_map(|join| [(&join.left, &join.right), (&join.right, &join.left)]);
    sides
        .into_iter()
        .find(|((table, column), (of, _))| {
            *table == wanted.table && wanted.indexed.contains(column) && sampled(of)
        })
        .map(|((_, column), (of, of_column))| Take::Following {
            column: column.clone(),
            of: of.clone(),
            of_column: of_column.clone(),
        })
}

fn spread(wanted: &Wanted) -> Take {
    match wanted.key.as_slice() {
        [] => Take::First,
        [column] if wanted.key_is_number => Take::Slices {
            column: column.clone(),
        },
        columns => Take::Ends {
            columns: columns.to_vec(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_make_no_sense_are_refused_by_name() {
        for rows in [0, 99, 1_000_001] {
            assert_eq!(Limits::new(rows, 1 << 20), Err(LimitsError::Rows(rows)));
        }
        for bytes in [0, (1 << 20) - 1, (1 << 34) + 1] {
            assert_eq!(Limits::new(100, bytes), Err(LimitsError::Bytes(bytes)));
        }
        for (rows, bytes) in [(100, 1 << 20), (1_000_000, 1 << 34)] {
            let limits = Limits::new(rows, bytes).unwrap();
            assert_eq!((limits.rows(), limits.bytes()), (rows, bytes));
        }
    }
}
