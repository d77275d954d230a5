//! What is known of the tables: columns, indexes, sizes. Read by the shell, or given by a test.

use std::collections::BTreeMap;

/// Tables by name, of one schema.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Schema {
    /// Its name.
    pub name: String,
    /// Its tables, by their names.
    pub tables: BTreeMap<String, Table>,
    /// Whether dates without a day or a month may be stored (`2024-05-00`): `sql_mode` without NO_ZERO_IN_DATE, or with ALLOW_INVALID_DATES.
    pub partial_dates: bool,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Table {
    /// In their order.
    pub columns: Vec<Column>,
    /// The primary key first.
    pub indexes: Vec<Index>,
    /// How many rows there are, about: InnoDB's own estimate.
    pub rows: u64,
    /// `InnoDB`, for one.
    pub engine: String,
}

/// What kind of value a column holds: as far as advice needs it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub enum Kind {
    /// Whole numbers, exact and floating ones.
    Number,
    /// Texts with a collation.
    #[default]
    Text,
    /// Bytes without one.
    Bytes,
    /// DATE, DATETIME, TIMESTAMP.
    Moment,
    /// TIME, YEAR, ENUM, SET, JSON, geometry and whatever comes.
    Other,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// As the server writes it: `varchar(64)`.
    pub type_name: String,
    /// Of a text.
    pub collation: Option<String>,
    /// Whether NULL may stand in it.
    pub nullable: bool,
    /// The most bytes that a value takes in an index, if bounded: a TEXT has none.
    pub index_bytes: Option<u32>,
}

/// A part of an index.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Part {
    /// The column; `None` where the index is on an expression.
    pub column: Option<String>,
    /// Only so many characters of it.
    pub prefix: Option<u32>,
    /// Sorted downwards.
    pub descending: bool,
}

/// An index.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Index {
    /// `PRIMARY`, or its name.
    pub name: String,
    /// In their order.
    pub parts: Vec<Part>,
    /// Whether it forbids duplicates.
    pub unique: bool,
    /// How many different values its first part has, about.
    pub cardinality: Option<u64>,
    /// Whether the optimiser may use it.
    pub visible: bool,
    /// Whether a foreign key rests on it.
    pub foreign_key: bool,
    /// BTREE, or FULLTEXT, SPATIAL, HASH.
    pub method: Method,
}

/// How an index looks up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub enum Method {
    /// Sorted: finds, ranges, sorts.
    #[default]
    BTree,
    /// Anything else: no order that a query could use.
    Other,
}

impl Table {
    /// The column of that name, however it is written: the server does not distinguish case in columns.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        let mut columns = self.columns.iter();
        columns.find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The index of that name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<&Index> {
        let mut indexes = self.indexes.iter();
        indexes.find(|index| index.name.eq_ignore_ascii_case(name))
    }

    /// The primary key.
    #[must_use]
    pub fn primary(&self) -> Option<&Index> {
        self.index("PRIMARY")
    }

    /// Whether it is InnoDB's: rows lie in the primary key, and every other index ends with it.
    #[must_use]
    pub fn is_innodb(&self) -> bool {
        self.engine.eq_ignore_ascii_case("InnoDB")
    }
}
