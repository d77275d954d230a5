//! Which columns an expression names.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Ident, Query, Visit, Visitor};

use super::facts::ColumnRef;

/// The column that `expr` is, if it is one. `@x` is a variable, and no column.
pub(crate) fn column(expr: &Expr) -> Option<ColumnRef> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "sixty kinds of expressions, of which three are a column"
    )]
    match expr {
        Expr::Nested(inner) => column(inner),
        Expr::Identifier(name) => of(std::slice::from_ref(name)),
        Expr::CompoundIdentifier(names) => of(names),
        _ => None,
    }
}

fn of(names: &[Ident]) -> Option<ColumnRef> {
    let (name, before) = names.split_last()?;
    // `'x'` in single quotes is a text wherever it stands.
    let variable = name.value.starts_with('@') && name.quote_style.is_none();
    (!variable).then(|| ColumnRef {
        table: before.last().map(|table| table.value.clone()),
        name: name.value.clone(),
    })
}

/// The columns that `part` names, in their order, each once; those of subqueries are not among them.
pub(crate) fn columns(part: &impl Visit) -> Vec<ColumnRef> {
    let mut found = Columns {
        found: Vec::new(),
        depth: 0,
    };
    let _ = part.visit(&mut found);
    found.found
}

/// Whether `part` has a subquery in it.
pub(crate) fn has_subquery(part: &impl Visit) -> bool {
    struct Any;
    impl Visitor for Any {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    part.visit(&mut Any).is_break()
}

struct Columns {
    found: Vec<ColumnRef>,
    depth: usize,
}

impl Visitor for Columns {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.depth == 0
            && let Some(column) = column(expr)
            && !self.found.contains(&column)
        {
            self.found.push(column);
        }
        ControlFlow::Continue(())
    }
}
