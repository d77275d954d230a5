//! `DATE(c) = '2024-05-17'` and `YEAR(c) = 2024`: a range of `c`, which an index finds.
//!
//! The range is half-open: from the first moment on, up to the first moment of the next day and without it. Why not BETWEEN with a last moment: there is none that could
//! be written down. `23:59:59` loses what happened in the second after it, `23:59:59.999` what has microseconds; and a last moment with more digits than the
//! column has may be rounded up, into the next day.
//!
//! A DATETIME or a DATE, not a TIMESTAMP: where clocks go back at midnight, a date begins twice. And where dates may have no day
//! (`2024-05-00`, which lies behind April and before the first of May), the original condition stays beside a wider range.

use sqlparser::ast::{
    self, BinaryOperator, CastKind, DataType, Expr, FunctionArg, FunctionArgExpr,
    FunctionArguments, Value,
};

use super::build::{binary, nested, text, with_select};
use super::subject::Subject;
use crate::core::schema::{Column, Kind};

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// A day of the years 1000 to 9998, so that the days around it can be written too; `None` if there is no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let there = (1000..=9998).contains(&year)
            && (1..=12).contains(&month)
            && (1..=last(year, month)).contains(&day);
        there.then_some(Self { year, month, day })
    }

    /// Exactly `2024-05-17`: the server reads other ways to write it too, which are not rewritten.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let digits = bytes.iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if bytes.len() != 10 || !digits {
            return None;
        }
        Self::new(
            text[..4].parse().ok()?,
            text[5..7].parse().ok()?,
            text[8..].parse().ok()?,
        )
    }

    /// The day after it.
    #[must_use]
    pub fn next(self) -> Self {
        let Self { year, month, day } = self;
        if day < last(year, month) {
            Self {
                day: day + 1,
                ..self
            }
        } else if month < 12 {
            Self {
                month: month + 1,
                day: 1,
                ..self
            }
        } else {
            Self {
                year: year + 1,
                month: 1,
                day: 1,
            }
        }
    }

    /// The day before it.
    #[must_use]
    pub fn previous(self) -> Self {
        let Self { year, month, day } = self;
        if day > 1 {
            Self {
                day: day - 1,
                ..self
            }
        } else if month > 1 {
            Self {
                month: month - 1,
                day: last(year, month - 1),
                ..self
            }
        } else {
            Self {
                year: year - 1,
                month: 12,
                day: 31,
            }
        }
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn last(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// How the day of a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// `=`
    Equal,
    /// `<`
    Before,
    /// `<=`
    UpTo,
    /// `>`
    After,
    /// `>=`
    From,
}

/// A bound of a column: `c >= '2024-05-17'`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// `>=` or `<`.
    pub op: BinaryOperator,
    /// A moment, as it is written.
    pub moment: String,
}

/// The bounds of a column whose day (or year) compares as `how` with the days (or years) that begin with `first` and end before `next`.
#[must_use]
pub fn half_open(how: Compared, first: Day, next: Day) -> Vec<Bound> {
    // ANCHOR: stage4_half_open
    todo!("stage 4: half open")
    // ANCHOR_END: stage4_half_open
}

/// Every such condition of WHERE.
pub(super) fn rewrite(subject: &Subject<'_>) -> Option<ast::Query> {
    let selection = subject.select.selection.as_ref()?;
    let changed = condition(subject, selection)?;
    let select = ast::Select {
        selection: Some(changed),
        ..subject.select.clone()
    };
    Some(with_select(subject.query, select))
}

/// `expr` with what is in it rewritten, or `None` if there is nothing. AND and OR of what is true, false or unknown for the same rows are so too.
fn condition(subject: &Subject<'_>, expr: &Expr) -> Option<Expr> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "sixty kinds of expressions, of which four are rewritten"
    )]
    match expr {
        Expr::Nested(inner) => condition(subject, inner).map(nested),
        Expr::BinaryOp {
            left,
            op: op @ (BinaryOperator::And | BinaryOperator::Or),
            right,
        } => {
            let (one, other) = (condition(subject, left), condition(subject, right));
            if one.is_none() && other.is_none() {
                return None;
            }
            Some(binary(
                one.unwrap_or_else(|| (**left).clone()),
                op.clone(),
                other.unwrap_or_else(|| (**right).clone()),
            ))
        }
        Expr::BinaryOp { left, op, right } => {
            let (inside, how, value) = match compared(op) {
                Some(how) if unit(left).is_some() => (left, how, right),
                Some(how) => (right, turned(how), left),
                None => return None,
            };
            let (unit, column) = unit(inside)?;
            let (first, next) = unit.days(value)?;
            bounds(
                subject,
                expr,
                column,
                half_open(how, first, next),
                (how == Compared::Equal).then_some((first, next)),
            )
        }
        Expr::Between {
            expr: inside,
            negated: false,
            low,
            high,
        } => {
            let (unit, column) = unit(inside)?;
            let (first, _) = unit.days(low)?;
            let (_, next) = unit.days(high)?;
            let mut both = half_open(Compared::From, first, first);
            both.extend(half_open(Compared::Before, next, next));
            bounds(subject, expr, column, both, Some((first, next)))
        }
        _ => None,
    }
}

fn bounds(
    subject: &Subject<'_>,
    original: &Expr,
    column: &Expr,
    bounds: Vec<Bound>,
    days: Option<(Day, Day)>,
) -> Option<Expr> {
    let known = subject.column(column)?;
    if !is_local(known) {
        return None;
    }
    let bound = |bound: Bound| binary(column.clone(), bound.op, text(&bound.moment));
    let conditions: Vec<Expr> = if subject.names.schema.partial_dates {
        // Wider by a day on each side, so that a date without a day or a month lies in it; the original condition decides.
        let (first, next) = days?;
        let wide = half_open(Compared::Equal, first.previous(), next.next());
        wide.into_iter()
            .map(bound)
            .chain([original.clone()])
            .collect()
    } else {
        bounds.into_iter().map(bound).collect()
    };
    let all = conditions
        .into_iter()
        .reduce(|all, next| binary(all, BinaryOperator::And, next))?;
    Some(nested(all))
}

/// Whether a column's moments are written without a time zone.
fn is_local(column: &Column) -> bool {
    let name = column.type_name.to_ascii_lowercase();
    column.kind == Kind::Moment && (name == "date" || name.starts_with("datetime"))
}

fn compared(op: &BinaryOperator) -> Option<Compared> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "operators that compare nothing, or for which NULL is a value"
    )]
    match op {
        BinaryOperator::Eq => Some(Compared::Equal),
        BinaryOperator::Lt => Some(Compared::Before),
        BinaryOperator::LtEq => Some(Compared::UpTo),
        BinaryOperator::Gt => Some(Compared::After),
        BinaryOperator::GtEq => Some(Compared::From),
        _ => None,
    }
}

fn turned(how: Compared) -> Compared {
    match how {
        Compared::Equal => Compared::Equal,
        Compared::Before => Compared::After,
        Compared::UpTo => Compared::From,
        Compared::After => Compared::Before,
        Compared::From => Compared::UpTo,
    }
}

/// What is taken of a moment.
#[derive(Clone, Copy)]
enum Unit {
    Day,
    Year,
}

impl Unit {
    /// The first day of what `value` is, and the first one after it.
    fn days(self, value: &Expr) -> Option<(Day, Day)> {
        let Expr::Value(value) = value else {
            return None;
        };
        match (self, &value.value) {
            (Self::Day, Value::SingleQuotedString(text) | Value::DoubleQuotedString(text)) => {
                let day = Day::parse(text)?;
                Some((day, day.next()))
            }
            (Self::Year, Value::Number(number, false)) => {
                let year: u16 = number.parse().ok()?;
                Some((Day::new(year, 1, 1)?, Day::new(year, 12, 31)?.next()))
            }
            _ => None,
        }
    }
}

/// `DATE(c)`, `CAST(c AS DATE)`, `YEAR(c)`: the unit, and the column.
fn unit(expr: &Expr) -> Option<(Unit, &Expr)> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "expressions that take nothing of a moment"
    )]
    match expr {
        Expr::Nested(inner) => unit(inner),
        Expr::Cast {
            kind: CastKind::Cast,
            expr,
            data_type: DataType::Date,
            format: None,
        } => Some((Unit::Day, expr)),
        Expr::Function(function) => {
            let name = function.name.to_string();
            let unit = match name.to_ascii_uppercase().as_str() {
                "DATE" => Unit::Day,
                "YEAR" => Unit::Year,
                _ => return None,
            };
            let FunctionArguments::List(list) = &function.args else {
                return None;
            };
            match list.args.as_slice() {
                [FunctionArg::Unnamed(FunctionArgExpr::Expr(column))] => Some((unit, column)),
                _ => None,
            }
        }
        _ => None,
    }
}
