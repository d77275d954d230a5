//! What an analysis says: one value that the terminal, the page and the JSON show.
//!
//! Why one value and not three writers that look at the digest: what must not leave is decided once, here. A log holds what users typed: names, addresses,
//! passwords in an INSERT. So a class is shown by its fingerprint, a rewrite by its shape, a plan without its conditions, and a server's refusal by its
//! number; the statements themselves only on an explicit wish. What must stay true: without that wish no literal is in a report; and whatever was
//! not explained or not tried is in it, with the reason.

use serde::Serialize;

use super::advice::{Advice, Remedy, rules};
use super::ddl;
use super::digest::{Class, Digest, Flags, Measure};
use super::log::Summary;
use super::log::entry::{Dialect, Timestamp};
use super::plan::Plan;
use super::sample::Portion;
use super::verdict::{Tried, Untried, Verdict};

/// Whether statements are shown as they were sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Literals {
    /// Their shapes are.
    #[default]
    Hidden,
    /// Somebody asked for it.
    Shown,
}

/// A class, and what was found out about it.
#[derive(Debug)]
pub struct Examined<'a> {
    /// The class.
    pub class: &'a Class,
    /// The server's plan of its sample, or why there is none.
    pub plan: Result<Plan, Untried>,
    /// What is advised, and what came of it.
    pub advice: Vec<(Advice, Tried)>,
}

/// A whole analysis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What was read.
    pub log: Log,
    /// The server that was asked, if one was.
    pub server: Option<About>,
    /// Where advice was tried, if it was.
    pub scratch: Option<About>,
    /// What was copied there.
    pub samples: Vec<Copied>,
    /// The classes that took longest, as many as were asked for.
    pub classes: Vec<Shape>,
    /// The statements of all other classes.
    pub rest: Rest,
    /// Advice that is about no single class.
    pub over_all: Vec<Tip>,
    /// What was not explained or not tried, and why; all of it, also of classes that are not shown.
    pub untried: Vec<Missing>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Log {
    /// How many files.
    pub files: u64,
    /// Their bytes, uncompressed.
    pub bytes: u64,
    /// Who wrote them, if it shows.
    pub dialect: Option<&'static str>,
    /// Statements.
    pub statements: u64,
    /// Administrator commands, which are no statements.
    pub administrator: u64,
    /// Statements that are not whole.
    pub truncated: u64,
    /// Lines that belong to nothing.
    pub garbage_lines: u64,
    /// When the first ended, in UTC, if the log says.
    pub first: Option<String>,
    /// When the last did.
    pub last: Option<String>,
    /// How long the statements took, in microseconds.
    pub query_time_us: Spread,
    /// How long they waited for locks, in microseconds.
    pub lock_time_us: Spread,
    /// Rows that were read.
    pub rows_examined: Spread,
    /// Rows that went to clients.
    pub rows_sent: Spread,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// Its version, as it says.
    pub version: String,
    /// Schemas that were read, or made.
    pub schemas: Vec<String>,
}

/// A table that was copied.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Copied {
    /// Of which schema.
    pub schema: String,
    /// Which table, and how its rows were chosen.
    #[serde(flatten)]
    pub portion: Portion,
    /// How many came.
    pub copied: u64,
    /// Of about so many. (`of` alone is the table that it follows.)
    #[serde(rename = "of_rows")]
    pub of: u64,
}

/// A figure of many statements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Spread {
    /// All of them.
    pub total: u64,
    /// The mean, to a thousandth.
    pub mean: f64,
    /// The median.
    pub p50: u64,
    /// Exceeded by one in twenty.
    pub p95: u64,
    /// Exceeded by one in a hundred.
    pub p99: u64,
    /// The largest.
    pub max: u64,
}

/// A class as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shape {
    /// From 1, by the time that its statements took.
    pub rank: u64,
    /// The fingerprint's number.
    pub id: String,
    /// The fingerprint; the slowest statement of the class, if literals were asked for.
    pub statement: String,
    /// How many statements.
    pub count: u64,
    /// Their part of the whole log's time, 0 to 1.
    pub share: f64,
    /// Microseconds.
    pub query_time_us: Spread,
    /// Microseconds.
    pub lock_time_us: Spread,
    /// Rows.
    pub rows_examined: Spread,
    /// Rows.
    pub rows_sent: Spread,
    /// How many ended in an error, where the log says.
    pub errors: u64,
    /// When the first ended.
    pub first: Option<String>,
    /// When the last did.
    pub last: Option<String>,
    /// In which schemas, some of them.
    pub schemas: Vec<String>,
    /// By whom, some of them.
    pub users: Vec<String>,
    /// From where, some of them.
    pub hosts: Vec<String>,
    /// What the optimiser did, where the log says.
    pub flags: Flags,
    /// The plan, if there is one.
    pub plan: Option<Plan>,
    /// Why there is none.
    pub plan_untried: Option<Untried>,
    /// What is advised.
    pub advice: Vec<Tip>,
}

/// Advice as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tip {
    /// The rule's name.
    pub rule: &'static str,
    /// What it says, in some words.
    pub title: &'static str,
    /// What to do, as a statement; nothing, if it is only told.
    pub remedy: Option<String>,
    /// Why, of this class.
    pub why: String,
    /// What came of it.
    #[serde(flatten)]
    pub tried: Tried,
}

/// What is not shown one by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rest {
    /// Classes; those that had no room in the digest count as one.
    pub classes: u64,
    /// Their statements.
    pub statements: u64,
    /// How long these took, in microseconds.
    pub query_time_us: u64,
}

/// How much advice came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// It was tried and stays.
    pub kept: u64,
    /// It was tried and does not.
    pub withdrawn: u64,
    /// It could not be tried.
    pub untried: u64,
}

/// Something that was not explained or not tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Of which class; nothing, if it is about all of them.
    pub class: Option<String>,
    /// `plan`, or the rule whose advice it is.
    pub what: String,
    /// Why not.
    pub why: Untried,
}

/// What is shown of a statement: its shape, or the statement if literals were asked for. The one place that decides it, for classes and for rewrites.
#[must_use]
pub fn shown<'a>(literals: Literals, shape: &'a str, statement: &'a str) -> &'a str {
    // ANCHOR: stage5_shown
    match literals {
        Literals::Hidden => shape,
        Literals::Shown => statement,
    }
    // ANCHOR_END: stage5_shown
}

/// All that was not explained or not tried: of every class, then of the advice that is about all of them.
///
/// Advice for which there is nothing to run is no such thing.
#[must_use]
pub fn untried(examined: &[Examined<'_>], over_all: &[(Advice, Tried)]) -> Vec<Missing> {
    // ANCHOR: stage5_untried
    let mut missing = Vec::new();
    let of_advice = |class: Option<String>, (advice, tried): &(Advice, Tried)| match &tried.verdict
    {
        Verdict::Untried {
            why: Untried::ForAPerson,
        } => None,
        Verdict::Untried { why } => Some(Missing {
            class,
            what: advice.rule.0.to_owned(),
            why: why.clone(),
        }),
        Verdict::Keep { .. } | Verdict::Withdraw { .. } => None,
    };
    for Examined {
        class,
        plan,
        advice,
    } in examined
    {
        let id = class.id.to_string();
        if let Err(why) = plan {
            missing.push(Missing {
                class: Some(id.clone()),
                what: "plan".to_owned(),
                why: why.clone(),
            });
        }
        missing.extend(
            advice
                .iter()
                .filter_map(|tip| of_advice(Some(id.clone()), tip)),
        );
    }
    missing.extend(over_all.iter().filter_map(|tip| of_advice(None, tip)));
    missing
    // ANCHOR_END: stage5_untried
}

impl Report {
    /// Of a digest whose classes were `examined`, from the one that took longest; the first `top` of them are shown.
    #[must_use]
    pub fn new(
        (digest, summary, files): (&Digest, &Summary, u64),
        examined: &[Examined<'_>],
        over_all: &[(Advice, Tried)],
        top: usize,
        literals: Literals,
    ) -> Self {
        let total = digest.totals().query_time.total();
        let shapes = examined.iter().take(top).zip(1..);
        Self {
            log: Log::new(digest, summary, files),
            server: None,
            scratch: None,
            samples: Vec::new(),
            classes: shapes
                .map(|(examined, rank)| Shape::new(examined, rank, total, literals))
                .collect(),
            rest: Rest::new(
                examined
                    .iter()
                    .skip(top)
                    .map(|examined| examined.class)
                    .chain(digest.others()),
            ),
            over_all: over_all.iter().map(|tip| Tip::new(tip, literals)).collect(),
            untried: untried(examined, over_all),
        }
    }

    /// Whether there is advice that was tried and stays.
    #[must_use]
    pub fn advises(&self) -> bool {
        self.tally().kept > 0
    }

    /// Of what is shown. Advice for which there is nothing to run does not count.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let of_classes = self.classes.iter().flat_map(|shape| &shape.advice);
        let mut tally = Tally::default();
        for tip in of_classes.chain(&self.over_all) {
            match &tip.tried.verdict {
                Verdict::Keep { .. } => tally.kept += 1,
                Verdict::Withdraw { .. } => tally.withdrawn += 1,
                Verdict::Untried {
                    why: Untried::ForAPerson,
                } => {}
                Verdict::Untried { .. } => tally.untried += 1,
            }
        }
        tally
    }
}

impl Log {
    fn new(digest: &Digest, summary: &Summary, files: u64) -> Self {
        let totals = digest.totals();
        let classes = || digest.by_total_time().into_iter().chain(digest.others());
        Self {
            files,
            bytes: summary.bytes,
            dialect: summary.dialect.map(|dialect| match dialect {
                Dialect::MySql => "MySQL",
                Dialect::MariaDb => "MariaDB",
                Dialect::Percona => "Percona Server",
            }),
            statements: totals.statements,
            administrator: summary.administrator,
            truncated: summary.truncated,
            garbage_lines: summary.garbage_lines,
            first: classes().filter_map(|class| class.first).min().map(moment),
            last: classes().filter_map(|class| class.last).max().map(moment),
            query_time_us: Spread::of(&totals.query_time),
            lock_time_us: Spread::of(&totals.lock_time),
            rows_examined: Spread::of(&totals.rows_examined),
            rows_sent: Spread::of(&totals.rows_sent),
        }
    }
}

impl Shape {
    fn new(examined: &Examined<'_>, rank: u64, total: u64, literals: Literals) -> Self {
        let Examined {
            class,
            plan,
            advice,
        } = examined;
        let statement = shown(literals, &class.fingerprint, &class.sample.statement);
        Self {
            rank,
            id: class.id.to_string(),
            statement: statement.to_owned(),
            count: class.count,
            share: share(class.query_time.total(), total),
            query_time_us: Spread::of(&class.query_time),
            lock_time_us: Spread::of(&class.lock_time),
            rows_examined: Spread::of(&class.rows_examined),
            rows_sent: Spread::of(&class.rows_sent),
            errors: class.errors,
            first: class.first.map(moment),
            last: class.last.map(moment),
            schemas: class.schemas.kept().to_vec(),
            users: class.users.kept().to_vec(),
            hosts: class.hosts.kept().to_vec(),
            flags: class.flags,
            plan: plan.as_ref().ok().cloned(),
            plan_untried: plan.as_ref().err().cloned(),
            advice: advice.iter().map(|tip| Tip::new(tip, literals)).collect(),
        }
    }
}

impl Tip {
    fn new((advice, tried): &(Advice, Tried), literals: Literals) -> Self {
        let remedy = match &advice.remedy {
            Remedy::CreateIndex { table, index } => ddl::add_index(table, index, &index.name),
            Remedy::DropIndex { table, name } => Some(ddl::drop_index(table, name)),
            Remedy::Rewrite(rewrite) => {
                Some(shown(literals, &rewrite.shape, &rewrite.sql).to_owned())
            }
            Remedy::Tell => None,
        };
        Self {
            rule: advice.rule.0,
            title: rules::find(advice.rule).map_or("", |rule| rule.title),
            remedy,
            why: advice.why.clone(),
            tried: tried.clone(),
        }
    }
}

impl Rest {
    fn new<'a>(classes: impl Iterator<Item = &'a Class>) -> Self {
        classes.fold(Self::default(), |rest, class| Self {
            classes: rest.classes + 1,
            statements: rest.statements + class.count,
            query_time_us: rest.query_time_us.saturating_add(class.query_time.total()),
        })
    }
}

impl Spread {
    fn of(measure: &Measure) -> Self {
        Self {
            total: measure.total(),
            mean: (measure.mean() * 1_000.0).round() / 1_000.0,
            p50: measure.percentile(50.0),
            p95: measure.percentile(95.0),
            p99: measure.percentile(99.0),
            max: measure.max(),
        }
    }
}

/// A part of a whole, 0 to 1; of nothing, 0.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// `2026-05-09 10:00:00 UTC`. The calendar is Hinnant's `civil_from_days`.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    let seconds = at.0.div_euclid(1_000_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 0000-03-01, in eras of 400 years.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day_of_month:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_of_the_calendar() {
        for (seconds, date) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_709_164_799, "2024-02-28 23:59:59 UTC"),
            (1_735_689_599, "2024-12-31 23:59:59 UTC"),
            (1_780_000_001, "2026-05-28 20:26:41 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (-2_203_891_200, "1900-03-01 00:00:00 UTC"),
            (13_601_088_000, "2401-01-01 00:00:00 UTC"),
        ] {
            assert_eq!(moment(Timestamp(seconds * 1_000_000)), date);
        }
        assert_eq!(moment(Timestamp(-1)), "1969-12-31 23:59:59 UTC");
        assert!(moment(Timestamp(i64::MAX)).starts_with("294247-01-10"));
        assert!(moment(Timestamp(i64::MIN)).starts_with("-290308-12-21"));
    }

    #[test]
    fn a_share_of_nothing_is_none() {
        assert_eq!(share(0, 0), 0.0);
        assert_eq!(share(1, 4), 0.25);
    }
}
