//! All rules, by their names: `IDX` about indexes, `SQL` about how a statement is written, `ROW` about what the log measured.

/// The name of a rule: `IDX001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct RuleId(pub &'static str);

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name. It never changes its meaning.
    pub id: RuleId,
    /// What it says, in some words.
    pub title: &'static str,
    /// Why that matters.
    pub why: &'static str,
}

const fn new(id: &'static str, title: &'static str, why: &'static str) -> Rule {
    Rule {
        id: RuleId(id),
        title,
        why,
    }
}

/// The rule of that name.
#[must_use]
pub fn find(id: RuleId) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// Every rule, sorted by name.
pub const RULES: &[Rule] = &[
    new(
        "IDX001",
        "No index finds these values",
        "Every row is read to find those of one value; an index reads these alone.",
    ),
    new(
        "IDX002",
        "No index finds this range",
        "Columns that equal come first in an index, the range last: behind a range nothing is found.",
    ),
    new(
        "IDX003",
        "No index has this order",
        "Columns that equal come first in an index, then those of the sort: rows come out sorted, and a LIMIT ends the reading.",
    ),
    new(
        "IDX004",
        "A join without an index",
        "The inner table is read once for each row of the outer one.",
    ),
    new(
        "IDX005",
        "An index could have all that is needed",
        "For each entry of the index the row itself is looked up; an index with all columns spares that.",
    ),
    new(
        "IDX006",
        "A change without an index",
        "UPDATE and DELETE lock every row that they read, not only those that they change.",
    ),
    new(
        "IDX007",
        "A redundant index",
        "A longer index begins with the same columns and does all that this one does; each index makes every write dearer.",
    ),
    new(
        "IDX008",
        "A duplicate index",
        "Two indexes on the same columns in the same order: one of them is only written.",
    ),
    new(
        "IDX009",
        "An index that no statement of the log uses",
        "An index that is not read is only written. A slow log has slow statements only: ask the server's own counters (sys.schema_unused_indexes, INDEX_STATISTICS) before it is dropped.",
    ),
    new(
        "IDX010",
        "An index that finds too much",
        "Where a value has many rows, each of them is looked up on its own: from about a fifth of the table on, reading the table is cheaper.",
    ),
    new(
        "IDX011",
        "A prefix of a column cannot sort",
        "An index on the first characters of a column finds values; their order and their rest are not in it.",
    ),
    new(
        "IDX012",
        "A table without a primary key",
        "InnoDB makes a hidden one: replicas search for rows by reading the table, and no statement can name a row.",
    ),
    new(
        "IDX013",
        "No index has these groups together",
        "Rows that come group by group need no temporary table.",
    ),
    new(
        "ROW001",
        "Many rows read for each one that is sent",
        "What is read and thrown away is the work that an index would spare.",
    ),
    new(
        "ROW002",
        "Temporary tables on disk",
        "What does not fit into tmp_table_size is written and read again.",
    ),
    new(
        "ROW003",
        "Sorts on disk",
        "What does not fit into sort_buffer_size is sorted in pieces and merged.",
    ),
    new(
        "ROW004",
        "Most of the time goes into waiting for locks",
        "The statement itself is fast; who holds the locks is another one.",
    ),
    new(
        "ROW005",
        "The optimiser's estimate is far from what happened",
        "It chooses by statistics. If they are stale, ANALYZE TABLE; if they are not, the plan is of other values than the slow ones.",
    ),
    new(
        "ROW006",
        "More rows are sent than anybody reads",
        "Time goes into sending; a page has some hundred rows, a job reads in portions by a key.",
    ),
    new(
        "SQL001",
        "A function hides the column from its index",
        "An index has the column's values, not the function's: compare the column itself, or index the expression.",
    ),
    new(
        "SQL002",
        "A text is compared with a number",
        "Both become floating numbers, so no place of the index is the value's; and '07' is found for 7.",
    ),
    new(
        "SQL003",
        "Columns of different collations are joined",
        "One side is converted for each row, and its index is of no use.",
    ),
    new(
        "SQL004",
        "A pattern that begins with a wildcard",
        "An index is sorted from the first character on, which the pattern leaves open.",
    ),
    new(
        "SQL005",
        "OR over different columns",
        "No single index finds rows by the one or the other; a UNION of two statements lets each use its own.",
    ),
    new(
        "SQL006",
        "Asking for what is different",
        "<>, NOT IN and NOT LIKE leave most of an index: ask for what is wanted instead.",
    ),
    new(
        "SQL007",
        "All columns, where some would do",
        "SELECT * reads and sends what nobody asked for, and no index has it all.",
    ),
    new(
        "SQL008",
        "Paging by OFFSET",
        "The rows of all pages before are read and thrown away: page by the last key that was seen, or join the page by its keys.",
    ),
    new(
        "SQL009",
        "ORDER BY RAND()",
        "A random number for every row, and all of them sorted, to take a few.",
    ),
    new(
        "SQL010",
        "A sort in two directions",
        "An index is read forwards or backwards, not both: it needs the same directions (MySQL 8.0, MariaDB 10.8).",
    ),
    new(
        "SQL011",
        "A temporary table to group",
        "Groups by an expression, or by columns of several tables, are collected in a table first.",
    ),
    new(
        "SQL012",
        "DISTINCT over rows that are distinct",
        "Duplicates are looked for where there are none.",
    ),
    new(
        "SQL013",
        "A subquery that runs again and again",
        "It depends on the outer row, so it runs for each: a join, or a derived table, runs once.",
    ),
    new(
        "SQL014",
        "NOT IN over a column that may be NULL",
        "One NULL among the values, and no row is returned; and no index can be used. NOT EXISTS says what is meant.",
    ),
    new(
        "SQL015",
        "Counting to learn whether there is one",
        "COUNT reads them all, EXISTS ends at the first.",
    ),
    new(
        "SQL016",
        "UNION where UNION ALL would do",
        "UNION looks for duplicates in a temporary table, also where there can be none.",
    ),
    new(
        "SQL017",
        "A long list of values",
        "From 200 on (eq_range_index_dive_limit) the optimiser no longer looks at each value and may choose badly.",
    ),
    new(
        "SQL018",
        "Arithmetic hides the column from its index",
        "An index has the column's values: move the number to the other side.",
    ),
    new(
        "SQL019",
        "HAVING that could be WHERE",
        "HAVING throws away groups that were collected; WHERE does not read them.",
    ),
    new(
        "SQL020",
        "LIMIT without ORDER BY",
        "Which rows are returned is left to the plan, and changes with it.",
    ),
    new(
        "SQL021",
        "A large INSERT .. SELECT",
        "It locks all that it reads until it ends: write in portions.",
    ),
    new(
        "SQL022",
        "A join without a condition",
        "Every row of the one with every row of the other.",
    ),
    new(
        "SQL023",
        "IN over a subquery that is made into a table",
        "All its rows are collected before the first is compared.",
    ),
];
