//! What a statement asks for, in the words of an index: columns that equal, lie in a range, join, sort and group.
//!
//! No value of a statement is here: only of what kind it was.

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Kind {
    /// It reads.
    Select,
    /// It adds rows, or replaces some.
    Insert,
    /// It changes rows.
    Update,
    /// It removes rows.
    Delete,
    /// Anything else: DDL, CALL, SET.
    Other,
}

/// Where a SELECT stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is the statement, or one of the arms of its UNION.
    Outer,
    /// In FROM, or a WITH.
    Derived,
    /// In an expression: IN, EXISTS, or as a value.
    Subquery,
}

/// One SELECT with its tables; an UPDATE or a DELETE is one too.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Where it stands.
    pub place: Place,
    /// The block that it stands in.
    pub parent: Option<usize>,
    /// In the order in which they are written.
    pub tables: Vec<TableRef>,
    /// Conditions that all must hold: of WHERE, and of ON.
    pub predicates: Vec<Predicate>,
    /// Conditions of which one must hold: `a = 1 OR b = 2`, each arm with its own predicates.
    pub alternatives: Vec<Vec<Vec<Predicate>>>,
    /// ORDER BY.
    pub sort: Vec<Key>,
    /// GROUP BY.
    pub group: Vec<Key>,
    /// What is selected.
    pub selected: Vec<Selected>,
    /// Every column that is named anywhere in it, once, except in its subqueries.
    pub columns: Vec<ColumnRef>,
    /// SELECT DISTINCT.
    pub distinct: bool,
    /// Whether it counts, sums or the like: a function of many rows.
    pub aggregate: bool,
    /// HAVING without a function of many rows: it could be a WHERE.
    pub plain_having: bool,
    /// LIMIT, if any.
    pub limit: Option<Limit>,
    /// How it is joined with the arm before, where it is an arm of a UNION.
    pub union: Option<Union>,
    /// A join without a condition: every row with every row.
    pub cross_join: bool,
    /// `(SELECT COUNT(*) ..) > 0`: it counts where it could stop at the first row.
    pub counts_to_exist: bool,
}

/// A table that is named in FROM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRef {
    /// Its name; `None` for a derived table.
    pub name: Option<String>,
    /// What it is called in this statement: its alias, else its name.
    pub alias: String,
    /// The schema, where it is written.
    pub schema: Option<String>,
    /// Whether rows without a match stay: the inner side of a LEFT JOIN.
    pub optional: bool,
}

/// A column as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnRef {
    /// The table's alias, if written.
    pub table: Option<String>,
    /// Its name.
    pub name: String,
}

/// What kind of value stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// `17`
    Number,
    /// `'17'`
    Text,
    /// `x'17'`
    Bytes,
    /// `DATE '2024-05-17'`
    Moment,
    /// `NULL`
    Null,
    /// A parameter, a function of none of the block's columns, a subquery.
    Unknown,
}

/// A condition on one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predicate {
    /// The column.
    pub column: ColumnRef,
    /// What is asked of it.
    pub test: Test,
    /// Whether it decides about rows of an outer join only: the ON of a LEFT JOIN.
    pub optional: bool,
}

/// What is asked of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// `c = 17`, `c <=> 17`
    Equals(Value),
    /// `c IN (17, 18)`: how many, and of what kind.
    OneOf {
        /// How many values.
        count: usize,
        /// Their kind; `Unknown` if they differ.
        value: Value,
    },
    /// `c < 17`, `c BETWEEN 17 AND 18`
    Range(Value),
    /// `c IS NULL`
    IsNull,
    /// `c IS NOT NULL`
    IsNotNull,
    /// `c LIKE '17%'`
    Prefix,
    /// `c LIKE '%17'`, or a pattern that is not known.
    Pattern {
        /// Whether it begins with a wildcard for certain.
        leading_wildcard: bool,
    },
    /// `c <> 17`, `c NOT IN (..)`, `c NOT LIKE ..`
    Differs,
    /// `c = d.e`
    Joins(ColumnRef),
    /// `c IN (SELECT ..)`
    InSubquery {
        /// `NOT IN`
        negated: bool,
        /// The subquery's number among the blocks.
        block: usize,
        /// The column that it selects, if it is one.
        selects: Option<ColumnRef>,
    },
    /// `DATE(c) = ..`, `c + 1 < ..`: compared is what a function makes of it.
    Inside {
        /// The function, in capitals; `+` and the like for arithmetic.
        function: String,
    },
}

/// What is sorted or grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A column.
    Column {
        /// Which one.
        column: ColumnRef,
        /// DESC.
        descending: bool,
    },
    /// `RAND()`.
    Random,
    /// Anything else.
    Expression,
}

/// One thing that is selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected {
    /// `*`
    Star,
    /// `t.*`
    StarOf(String),
    /// A column.
    Column(ColumnRef),
    /// Anything else.
    Expression,
}

/// How many rows a LIMIT skips. The number itself is a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// None.
    FromTheFirst,
    /// Some.
    Skips,
    /// At least [`DEEP_OFFSET`].
    SkipsMany,
    /// A parameter.
    Unknown,
}

/// An OFFSET that is deep: ten pages of a hundred rows. Below it, what is thrown away is not what takes the time.
pub const DEEP_OFFSET: u64 = 1_000;

/// How the arms of a UNION are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Union {
    /// UNION ALL.
    All,
    /// UNION: duplicates are looked for.
    Distinct,
    /// EXCEPT, INTERSECT.
    Other,
}
