//! What a statement asks of one table: the columns that equal, lie in a range, join, sort and group, by the schema's names.
//!
//! Which column of which table a name means is decided here, since only the schema knows. A name that could mean two is left out.

use super::Statement;
use super::facts::{Block, ColumnRef, Key, Kind, Predicate, Selected, Test, Value};
use crate::core::schema::{Column, Kind as Holds, Schema, Table};

/// What an index can do for a predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Role {
    /// Rows of one value: whatever comes after it in an index is sorted among them.
    Equality,
    /// Rows of some values: found by the index, and not sorted.
    List,
    /// Rows between two values: columns after it in an index find nothing.
    Range,
    /// Nothing: a function, a conversion or the pattern hides the value, or too many rows remain.
    None,
}

/// A predicate of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// The schema's name of the column.
    pub column: String,
    /// What an index can do.
    pub role: Role,
    /// What is asked.
    pub test: Test,
    /// The other table of a join: its alias, and its column where that is known.
    pub other: Option<(String, Option<Column>)>,
}

/// A column that is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    /// The schema's name.
    pub column: String,
    /// DESC.
    pub descending: bool,
}

/// What a block asks of one of its tables.
#[derive(Debug, Clone, PartialEq)]
pub struct TableAccess {
    /// The block's number.
    pub block: usize,
    /// The table's name.
    pub table: String,
    /// What it is called in the statement, and in its plan.
    pub alias: String,
    /// Its predicates.
    pub uses: Vec<Use>,
    /// ORDER BY, if all of it is columns of this table; else nothing.
    pub sort: Vec<Sorted>,
    /// GROUP BY or DISTINCT, if all of it is columns of this table; else nothing.
    pub group: Vec<String>,
    /// Every column of it that the block names; `None` if it takes them all (`*`).
    pub needed: Option<Vec<String>>,
}

/// What `test` lets an index on `column` do. `other` is the column of the other table, of a join.
///
/// A value is looked for in an index as it was put there. So nothing may be done to the column before it is compared: no function, and
/// none of the conversions that the server makes by itself. It compares a text with a number as two floating numbers (`'07'` and `'7.0'` are both 7, so
/// no place of the index is theirs), and a text of one character set or collation with one of another by converting one of them. A number
/// or a moment that is compared with a text is no such case: there the text is converted, once.
pub fn role(test: &Test, column: &Column, other: Option<&Column>) -> Role {
    // ANCHOR: stage3_role
    let comparable = |value: Value| !(column.kind == Holds::Text && value == Value::Number);
    match test {
        Test::IsNull => Role::Equality,
        Test::Equals(value) if comparable(*value) => Role::Equality,
        Test::OneOf { value, .. } if comparable(*value) => Role::List,
        Test::Range(value) if comparable(*value) => Role::Range,
        Test::Prefix if column.kind == Holds::Text => Role::Range,
        Test::Joins(_) => match other {
            Some(other) if column.kind != other.kind && column.kind == Holds::Text => Role::None,
            Some(other) if column.kind == other.kind && column.collation != other.collation => {
                Role::None
            }
            Some(_) | None => Role::Equality,
        },
        Test::Equals(_) | Test::OneOf { .. } | Test::Range(_) | Test::Prefix => Role::None,
        Test::IsNotNull | Test::Pattern { .. } | Test::Differs => Role::None,
        Test::InSubquery { .. } | Test::Inside { .. } => Role::None,
    }
    // ANCHOR_END: stage3_role
}

/// What `statement` asks of the tables of `schema`, block by block. Tables that the schema does not know are left out.
#[must_use]
pub fn of(statement: &Statement, schema: &Schema) -> Vec<TableAccess> {
    let names = Names {
        blocks: statement.blocks(),
        schema,
    };
    let mut all = Vec::new();
    for (number, block) in statement.blocks().iter().enumerate() {
        for place in 0..block.tables.len() {
            all.extend(names.table(number, place, statement.kind()));
        }
    }
    all
}

/// What names mean.
pub(crate) struct Names<'a> {
    pub(crate) blocks: &'a [Block],
    pub(crate) schema: &'a Schema,
}

impl<'a> Names<'a> {
    /// The table that a block names in place `place`, if the schema knows it.
    pub(crate) fn known(&self, block: usize, place: usize) -> Option<&'a Table> {
        let of = &self.blocks.get(block)?.tables.get(place)?;
        if of
            .schema
            .as_ref()
            .is_some_and(|schema| *schema != self.schema.name)
        {
            return None;
        }
        self.schema.tables.get(of.name.as_ref()?)
    }

    /// The place of the table in `block` that `column` belongs to, and the schema's column.
    ///
    /// Without a qualifier, all tables of the block must be known, and one of them have it.
    pub(crate) fn resolve(&self, block: usize, column: &ColumnRef) -> Option<(usize, &'a Column)> {
        let tables = &self.blocks.get(block)?.tables;
        let place = match &column.table {
            Some(alias) => tables.iter().position(|table| table.alias == *alias)?,
            None => {
                let mut having =
                    (0..tables.len()).filter(|&place| match self.known(block, place) {
                        Some(table) => table.column(&column.name).is_some(),
                        // It could have a column of any name.
                        None => true,
                    });
                match (having.next(), having.next()) {
                    (Some(place), None) => place,
                    (Some(_) | None, _) => return None,
                }
            }
        };
        Some((place, self.known(block, place)?.column(&column.name)?))
    }

    /// As [`Self::resolve`], looking in the blocks around it too: a subquery may name what its outer query has.
    pub(crate) fn resolve_outwards(
        &self,
        block: usize,
        column: &ColumnRef,
    ) -> Option<(usize, usize, &'a Column)> {
        let mut at = Some(block);
        while let Some(number) = at {
            if let Some((place, column)) = self.resolve(number, column) {
                return Some((number, place, column));
            }
            at = self.blocks.get(number)?.parent;
        }
        None
    }

    fn table(&self, number: usize, place: usize, kind: Kind) -> Option<TableAccess> {
        let block = &self.blocks[number];
        let named = &block.tables[place];
        let table = self.known(number, place)?;
        let own = |column: &ColumnRef| match self.resolve(number, column) {
            Some((at, column)) if at == place => Some(column.name.clone()),
            Some(_) | None => None,
        };
        let uses = block.predicates.iter();
        // The ON of a LEFT JOIN finds rows of its inner side only.
        let uses = uses.filter(|predicate| !predicate.optional || named.optional);
        let uses = uses
            .filter_map(|predicate| self.used(number, place, predicate))
            .collect();
        let sort: Option<Vec<_>> = block
            .sort
            .iter()
            .map(|key| match key {
                Key::Column { column, descending } => own(column).map(|column| Sorted {
                    column,
                    descending: *descending,
                }),
                Key::Random | Key::Expression => None,
            })
            .collect();
        let group: Option<Vec<_>> = block
            .group
            .iter()
            .map(|key| match key {
                Key::Column { column, .. } => own(column),
                Key::Random | Key::Expression => None,
            })
            .collect();
        let star = block.selected.iter().any(|selected| match selected {
            Selected::Star => true,
            Selected::StarOf(alias) => *alias == named.alias,
            Selected::Column(_) | Selected::Expression => false,
        });
        // An UPDATE or a DELETE needs the whole row.
        let all = star
            || (block.place == super::facts::Place::Outer
                && matches!(kind, Kind::Update | Kind::Delete));
        let mut needed: Vec<_> = block.columns.iter().filter_map(own).collect();
        needed.sort_unstable();
        needed.dedup();
        Some(TableAccess {
            block: number,
            table: named.name.clone()?,
            alias: named.alias.clone(),
            uses,
            sort: sort.unwrap_or_default(),
            group: group.unwrap_or_default(),
            needed: (!all).then_some(needed),
        })
        .filter(|_| !table.columns.is_empty())
    }

    fn used(&self, block: usize, place: usize, predicate: &Predicate) -> Option<Use> {
        let (at, column) = self.resolve(block, &predicate.column)?;
        if at != place {
            return None;
        }
        let mut other = None;
        if let Test::Joins(column) = &predicate.test {
            other = Some(self.other(block, place, column)?);
        }
        let role = role(
            &predicate.test,
            column,
            other.as_ref().and_then(|(_, column)| column.as_ref()),
        );
        Some(Use {
            column: column.name.clone(),
            role,
            test: predicate.test.clone(),
            other,
        })
    }

    /// The other side of a join; `None` if it is the same table.
    fn other(
        &self,
        block: usize,
        place: usize,
        column: &ColumnRef,
    ) -> Option<(String, Option<Column>)> {
        let found = self.resolve_outwards(block, column);
        if found.is_some_and(|(number, at, _)| (number, at) == (block, place)) {
            return None;
        }
        let alias = match found {
            Some((number, at, _)) => self.blocks[number].tables[at].alias.clone(),
            None => column.table.clone().unwrap_or_default(),
        };
        Some((alias, found.map(|(_, _, column)| column.clone())))
    }
}
