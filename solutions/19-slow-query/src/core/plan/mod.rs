//! What the optimiser says it will do: EXPLAIN's JSON, of MySQL and of MariaDB, as one thing.
//!
//! Why JSON and not the table that EXPLAIN prints: `Extra` is a text that changes from version to version, and what it says of a sort does not
//! say of which SELECT. What must stay true: no text of a server makes this panic, and what it does not understand is an error,
//! never a plan without steps that looks healthy.

mod block;
mod operations;

use serde_json::Value;

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
    /// Which SELECT of the statement it belongs to, counted from 0 in the order of the plan.
    pub block: u32,
    /// Its alias in the statement, or its name; `<derived2>` and the like for what is made on the way.
    pub table: String,
    /// How its rows are found.
    pub access: Access,
    /// The index that is used.
    pub key: Option<String>,
    /// All indexes that are used: more than one of a merge.
    pub keys: Vec<String>,
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
    #[serde(skip)]
    pub condition: Option<String>,
}

/// A plan.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Plan {
    /// Tables, in the order of the join; those of subqueries after them.
    pub steps: Vec<Step>,
    /// Rows are sorted.
    pub filesort: bool,
    /// A temporary table is made: to group, to remove duplicates, to sort what is joined.
    pub temporary_table: bool,
    /// A subquery that is run again for rows of the outer one.
    pub dependent_subquery: bool,
    /// What is made into a table first: derived tables, subqueries of IN, views that are not merged.
    pub materialised: bool,
    /// Why there are no steps: `Impossible WHERE`, for one.
    pub message: Option<String>,
}

/// A plan that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Longer than any plan.
    #[error("a plan of {bytes} bytes: at most {MAX_BYTES} are read")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// Not JSON, or nested too deeply.
    #[error("not JSON, at line {line}, column {column}")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// JSON, and not a plan.
    #[error("JSON without a query_block or a query_plan")]
    NotAPlan,
    /// MySQL's second format has nothing to say of an UPDATE or a DELETE of one table: ask for the first one.
    #[error("the server did not explain it in this format: SET explain_json_format_version = 1")]
    NotExplained,
    /// Neither tables nor a reason why there are none.
    #[error("a plan without tables, and without a word why")]
    Empty,
}

/// The longest plan that is read, in bytes. A table takes about 1 KiB; a join has at most 61 of them, and a UNION some hundred.
pub const MAX_BYTES: usize = 4 << 20;

/// Reads a plan: `EXPLAIN FORMAT=JSON` of MariaDB, or of MySQL in format version 1 or 2.
///
/// # Errors
///
/// What is too long, no JSON, or no plan.
pub fn parse(json: &str) -> Result<Plan, PlanError> {
    if json.len() > MAX_BYTES {
        return Err(PlanError::TooLong { bytes: json.len() });
    }
    // serde_json refuses what is nested more than 128 deep, so the walks below are bounded too.
    let value: Value = serde_json::from_str(json).map_err(|error| PlanError::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    let plan = match (value.get("query_plan"), value.get("query_block")) {
        (Some(root), _) => operations::read(root)?,
        (None, Some(root)) => block::read(root),
        (None, None) => return Err(PlanError::NotAPlan),
    };
    if plan.steps.is_empty() && plan.message.is_none() {
        return Err(PlanError::Empty);
    }
    Ok(plan)
}

impl Plan {
    /// How often the rows of step `number` are looked for: once for each row that the steps before it leave, in the same SELECT.
    ///
    /// A subquery that is run again and again counts once here: the plan does not say how often that is.
    #[must_use]
    pub fn loops(&self, number: usize) -> f64 {
        let Some(step) = self.steps.get(number) else {
            return 1.0;
        };
        let before = self.steps[..number].iter();
        let before = before.filter(|other| other.block == step.block);
        before
            .map(|other| other.rows * other.filtered / 100.0)
            .product::<f64>()
            .max(1.0)
    }

    /// Rows that the whole statement reads, as estimated.
    #[must_use]
    pub fn rows_read(&self) -> f64 {
        (0..self.steps.len())
            .map(|number| self.steps[number].rows * self.loops(number))
            .sum()
    }
}

/// A text at `name`.
fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

/// A number at `name`: MySQL writes some as texts.
fn number(value: &Value, name: &str) -> Option<f64> {
    let value = value.get(name)?;
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// The texts of a list at `name`.
fn texts(value: &Value, name: &str) -> Vec<String> {
    let list = value.get(name).and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// Whether `name` is there and true.
fn is(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool) == Some(true)
}
