//! What the optimiser says it will do: EXPLAIN's JSON, of MySQL and of MariaDB, as one thing.

/// How the rows of a table are found, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum Access {
    /// At most one row, read before the rest.
    Constant,
    /// One row for each of the tables before.
    UniqueLookup,
    /// All rows of one value.
    Lookup,
    /// Full text.
    FullText,
    /// Several indexes, merged.
    Merge,
    /// A range of an index.
    Range,
    /// The whole index.
    IndexScan,
    /// The whole table.
    FullScan,
}

/// One table of a plan, in the order of the join.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Step {
    /// Its alias in the statement, or its name; `<derived2>` and the like for what is made on the way.
    pub table: String,
    /// How its rows are found.
    pub access: Access,
    /// The index that is used.
    pub key: Option<String>,
    /// The columns of it that are used.
    pub used_parts: Vec<String>,
    /// Those that could be.
    pub possible_keys: Vec<String>,
    /// Rows read each time, as estimated.
    pub rows: f64,
    /// Of these, per cent that remain, as estimated.
    pub filtered: f64,
    /// The index has all that is needed.
    pub covering: bool,
    /// The rest of the condition, as the server writes it. It holds literals: never in a report.
    pub condition: Option<String>,
}

/// A plan.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Plan {
    /// Tables, in the order of the join; those of subqueries after them.
    pub steps: Vec<Step>,
    /// Rows are sorted.
    pub filesort: bool,
    /// A temporary table is made.
    pub temporary_table: bool,
    /// A subquery that is run again for rows of the outer one.
    pub dependent_subquery: bool,
    /// What is made into a table first: derived tables, views that are not merged.
    pub materialised: bool,
    /// Why there are no steps: `Impossible WHERE`, for one.
    pub message: Option<String>,
}
