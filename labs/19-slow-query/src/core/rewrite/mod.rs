//! Statements that return the same rows and let an index be used.
//!
//! The sketch prints a rewritten statement by string replacement and never looks whether it means the same. Here each rewrite has a
//! precondition that the schema must fulfil, and where that is not known the rewrite is not offered: a statement that is slow is better than one that is wrong.
//! What must stay true: the same rows, duplicates and NULLs included, and in the same order where the statement orders all of it.
//!
//! What is never offered, because no rewrite of it is exact: quoting the number in `text_column = 17` (the column may hold `'017'`, which is 17 and not `'17'`), moving an interval
//! in `c + INTERVAL 7 DAY > NOW()` (past the year 9999 the sum is NULL), and a range instead of `DATE(c)` for a TIMESTAMP (where clocks go back, a date comes twice).

mod arithmetic;
mod build;
mod count;
pub mod date;
mod distinct;
mod exact;
mod having;
mod join;
mod not_in;
mod or;
pub mod order;
mod paging;
mod subject;

use std::fmt;

use sqlparser::ast;

use super::advice::RuleId;
use super::fingerprint::fingerprint;
use super::schema::Schema;
use super::statement::{self, Statement};
use subject::Subject;

/// Another statement with the same rows.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct Rewrite {
    /// The rule that it answers.
    pub rule: RuleId,
    /// The statement, with the literals of the original: to be run, never shown unless asked.
    #[serde(skip)]
    pub sql: String,
    /// Its fingerprint: what a report shows.
    pub shape: String,
    /// Whether the order of the rows is determined, so that they must be the same row by row. Else the statement does not order them, or leaves ties: then they
    /// are the same as a multiset.
    pub keeps_order: bool,
}

/// Without literals.
impl fmt::Debug for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            shape,
            keeps_order,
            ..
        } = self;
        f.debug_struct("Rewrite")
            .field("rule", rule)
            .field("shape", shape)
            .field("keeps_order", keeps_order)
            .finish_non_exhaustive()
    }
}

/// A rule that rewrites: the name, and what it makes of a statement.
type Rule = (&'static str, fn(&Subject<'_>) -> Option<ast::Query>);

/// All of them, in the order of their names.
const REWRITES: [Rule; 9] = [
    ("SQL001", date::rewrite),
    ("SQL005", or::rewrite),
    ("SQL008", paging::rewrite),
    ("SQL012", distinct::rewrite),
    ("SQL014", not_in::rewrite),
    ("SQL015", count::rewrite),
    ("SQL018", arithmetic::rewrite),
    ("SQL019", having::rewrite),
    ("SQL023", join::rewrite),
];

/// Every rewrite of `statement` that is exact for `schema`, each applied alone.
#[must_use]
pub fn rewrites(statement: &Statement, schema: &Schema) -> Vec<Rewrite> {
    let Some(subject) = Subject::of(statement, schema) else {
        return Vec::new();
    };
    let keeps_order = subject.total_key().is_some();
    let rewrites = REWRITES.iter().filter_map(|(rule, rewrite)| {
        let sql = written(rewrite(&subject)?)?;
        let mut shape = String::new();
        fingerprint(sql.as_bytes(), &mut shape);
        Some(Rewrite {
            rule: RuleId(rule),
            sql,
            shape,
            keeps_order,
        })
    });
    rewrites.collect()
}

/// `query` as a text, if that text is read as the same query. What the parser writes is not always what it has read (a quote behind a
/// backslash), and parentheses that a tree needs may be missing in its text.
fn written(query: ast::Query) -> Option<String> {
    let tree = ast::Statement::Query(Box::new(query));
    let sql = tree.to_string();
    let (read, _) = statement::tree(&sql).ok()?;
    (read == tree).then_some(sql)
}

#[cfg(test)]
mod tests {
    use super::written;
    use crate::core::statement;

    /// A tree that needs parentheses and has none: its text means something else.
    #[test]
    fn a_text_that_is_read_as_something_else_is_not_written() {
        use sqlparser::ast::{BinaryOperator, Expr, Select, Statement};
        let (tree, _) =
            statement::tree("SELECT 1 FROM t WHERE a = 1 AND (b = 2 OR c = 3)").unwrap();
        let Statement::Query(query) = tree else {
            panic!("{tree:?}")
        };
        assert!(written((*query).clone()).is_some());
        let select = query.body.as_select().unwrap();
        let Some(Expr::BinaryOp { left, op, right }) = select.selection.clone() else {
            panic!("{select:?}")
        };
        let Expr::Nested(inner) = *right else {
            panic!("{right:?}")
        };
        assert_eq!(op, BinaryOperator::And);
        let selection = Some(Expr::BinaryOp {
            left,
            op,
            right: inner,
        });
        let bare = super::build::with_select(
            &query,
            Select {
                selection,
                ..select.clone()
            },
        );
        assert_eq!(
            bare.to_string(),
            "SELECT 1 FROM t WHERE a = 1 AND b = 2 OR c = 3"
        );
        assert_eq!(written(bare), None);
    }
}
