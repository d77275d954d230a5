//! Whether two answers hold the same rows.
//!
//! As multisets, since SQL promises no order that was not asked for, and a row that comes twice has to come twice: a rewrite that loses a
//! duplicate is the classic one. In their order where the statement orders.

/// A row: each value as it is compared, `None` for NULL. A NULL equals a NULL here, and nothing else does.
pub type Row = Vec<Option<Vec<u8>>>;

/// How two answers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Compared {
    /// The same rows, in the same order if that was asked for.
    Same,
    /// The same rows in another order, where the order counts.
    OtherOrder,
    /// Other rows.
    Other,
    /// The original does not return the same rows twice: nothing can be said.
    NotRepeatable,
}

/// Compares what a statement returned, twice, with what its rewrite returned. `ordered`: the order counts, of the rewrite against the first answer.
///
/// A statement that does not return the same rows twice (`RAND()`, `LIMIT` without an order) cannot be compared with anything.
pub fn compare(first: &[Row], again: &[Row], rewritten: &[Row], ordered: bool) -> Compared {
    // ANCHOR: stage5_compare
    todo!("stage 5: compare")
    // ANCHOR_END: stage5_compare
}

fn sorted(rows: &[Row]) -> Vec<&Row> {
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_unstable();
    rows
}
