//! Figures, plans and verdicts in words, the same on a terminal and on a page.

use crate::core::digits::thousands;
use crate::core::plan::{Access, Plan, Step};
use crate::core::report::{Copied, Missing};
use crate::core::sample::Take;
use crate::core::verdict::{Figures, Tried, Verdict};

/// Between a number and its unit, so that no line ends there.
pub const NBSP: char = '\u{a0}';

/// `340 µs`, `12.3 ms`, `4.10 s`, `3 min 20 s`, `2 h 5 min`.
#[must_use]
pub fn time(micros: u64) -> String {
    let float = micros as f64;
    match micros {
        0..1_000 => format!("{micros}{NBSP}µs"),
        1_000..100_000 => format!("{:.1}{NBSP}ms", float / 1e3),
        100_000..1_000_000 => format!("{:.0}{NBSP}ms", float / 1e3),
        1_000_000..60_000_000 => format!("{:.2}{NBSP}s", float / 1e6),
        60_000_000..3_600_000_000 => {
            format!(
                "{}{NBSP}min {}{NBSP}s",
                micros / 60_000_000,
                micros / 1_000_000 % 60
            )
        }
        _ => format!(
            "{}{NBSP}h {}{NBSP}min",
            thousands(micros / 3_600_000_000),
            micros / 60_000_000 % 60
        ),
    }
}

/// `1.2 MiB`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    let float = bytes as f64;
    match bytes {
        0..1_024 => format!("{bytes}{NBSP}bytes"),
        1_024..1_048_576 => format!("{:.1}{NBSP}KiB", float / 1_024.0),
        1_048_576..1_073_741_824 => format!("{:.1}{NBSP}MiB", float / 1_048_576.0),
        _ => format!("{:.1}{NBSP}GiB", float / 1_073_741_824.0),
    }
}

/// `43.2 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.1}{NBSP}%", share * 100.0)
}

/// `3 files`, `1 file`.
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    let unit = if number == 1 { one } else { many };
    format!("{}{NBSP}{unit}", thousands(number))
}

/// How the rows of a table are found, in words.
#[must_use]
pub fn access(access: Access) -> &'static str {
    match access {
        Access::Constant => "one row",
        Access::UniqueLookup => "one row by",
        Access::Lookup => "rows of a value by",
        Access::FullText => "words by",
        Access::Merge => "several indexes:",
        Access::Range => "a range of",
        Access::IndexScan => "the whole index",
        Access::FullScan => "the whole table",
    }
}

/// `orders: rows of a value by by_customer, 20 rows`.
#[must_use]
pub fn step(step: &Step) -> String {
    let mut text = format!("{}: {}", step.table, access(step.access));
    // A table is read whole in the order of its primary key.
    let by = if step.access == Access::FullScan {
        " by"
    } else {
        ""
    };
    let keys = if step.keys.is_empty() {
        step.key.iter().cloned().collect()
    } else {
        step.keys.clone()
    };
    if !keys.is_empty() {
        text = format!("{text}{by} {}", keys.join(", "));
    }
    if step.covering {
        text.push_str(", covering");
    }
    format!("{text}, {}", count(step.rows.round() as u64, "row", "rows"))
}

/// What a plan does besides reading: `sorts`, `a temporary table`.
#[must_use]
pub fn also(plan: &Plan) -> Vec<&'static str> {
    [
        (plan.filesort, "sorts"),
        (plan.temporary_table, "a temporary table"),
        (plan.dependent_subquery, "a subquery for each row"),
        (plan.materialised, "a table made first"),
    ]
    .into_iter()
    .filter_map(|(is, what)| is.then_some(what))
    .collect()
}

/// A plan in one line.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    let mut parts: Vec<String> = plan.steps.iter().map(step).collect();
    parts.extend(also(plan).into_iter().map(str::to_owned));
    parts.extend(plan.message.clone());
    parts.join("; ")
}

/// `confirmed`, `withdrawn`, `not tried`; advice for which there is nothing to run has none.
#[must_use]
pub fn verdict(tried: &Tried) -> (&'static str, String) {
    let figures = |Figures { before, after }: &Figures| {
        format!(
            "{} read before, {} after",
            count(*before, "row", "rows"),
            thousands(*after)
        )
    };
    match &tried.verdict {
        Verdict::Keep { figures: read } => ("confirmed", figures(read)),
        Verdict::Withdraw { why, figures: read } => {
            ("withdrawn", format!("{why}: {}", figures(read)))
        }
        Verdict::Untried { why } => ("not tried", why.to_string()),
    }
}

/// `shop.orders: 10,000 of about 2,000,000 rows, from 16 places of id`.
#[must_use]
pub fn copied(copied: &Copied) -> String {
    let Copied {
        schema,
        portion,
        copied,
        of,
    } = copied;
    let how = match &portion.take {
        Take::Whole => "the whole table".to_owned(),
        Take::Slices { column } => format!("from places spread over {column}"),
        Take::Ends { columns } => format!("from both ends of {}", columns.join(", ")),
        Take::First => "the first that came".to_owned(),
        Take::Following {
            column,
            of,
            of_column,
        } => format!("those whose {column} is a copied {of}.{of_column}"),
    };
    let rows = thousands(*copied);
    format!(
        "{schema}.{}: {rows} of about {}, {how}",
        portion.table,
        count(*of.max(copied), "row", "rows")
    )
}

/// The first few of many names: a report's reader looks at some, and the JSON has all.
#[must_use]
pub fn some(names: &[String]) -> String {
    const SOME: usize = 8;
    let shown = names
        .iter()
        .take(SOME)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().checked_sub(SOME) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// What was not tried, by reason: `(why, what, classes)`, the most frequent first.
#[must_use]
pub fn by_reason(missing: &[Missing]) -> Vec<(String, String, Vec<String>)> {
    let mut reasons: Vec<(String, String, Vec<String>)> = Vec::new();
    for Missing { class, what, why } in missing {
        let why = why.to_string();
        let class = class.clone().unwrap_or_else(|| "the whole log".to_owned());
        match reasons
            .iter_mut()
            .find(|(known, of, _)| *known == why && of == what)
        {
            Some((_, _, classes)) => classes.push(class),
            None => reasons.push((why, what.clone(), vec![class])),
        }
    }
    // Stable: reasons as frequent stay in the order of the classes.
    reasons.sort_by_key(|(_, _, classes)| std::cmp::Reverse(classes.len()));
    reasons
}

/// A text of somebody else's without what a terminal would obey: control characters, and marks that turn the direction of writing.
#[must_use]
pub fn clean(text: &str) -> String {
    let obeyed = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| match c {
            '\n' | '\t' | '\r' => ' ',
            c if obeyed(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}
