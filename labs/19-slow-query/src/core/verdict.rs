//! Whether advice stays: what was read before and after, and nothing else.
//!
//! Why rows examined and not time: a second run is faster than the first whatever was changed between them (its pages are in the buffer pool by
//! then), and a scratch server has other disks, other neighbours and a sample of the rows. How many rows are read is the plan's own work, and the
//! same in every run. What must stay true: advice that was not tried is never kept, and what could not be tried has a reason. A reason
//! holds no word of the server's, whose messages repeat literals (`near 'secret'`).

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::plan::Plan;
use super::rows::Compared;
use super::runnable::Refusal;

/// One run of a statement on the scratch server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Rows that the storage engine was asked for: the sum of the session's `Handler_read_*`.
    pub examined: u64,
    /// Rows that came back.
    pub returned: u64,
    /// How long it took. Told, and never what decides.
    pub elapsed: Duration,
}

/// A statement before a change and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// As it is.
    pub before: Run,
    /// As it would be.
    pub after: Run,
}

/// Rows examined, before and after. Of several statements: their sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// As it is.
    pub before: u64,
    /// As it would be.
    pub after: u64,
}

/// What becomes of advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
#[must_use]
pub enum Verdict {
    /// It was tried, and fewer rows are read; of an index that is to go, no more.
    Keep {
        /// The sums.
        figures: Figures,
    },
    /// It was tried, and does not help.
    Withdraw {
        /// Why not. Beside a piece of advice, which says why itself.
        #[serde(rename = "because")]
        why: Withdrawn,
        /// The sums.
        figures: Figures,
    },
    /// It was not tried.
    Untried {
        /// Why not.
        #[serde(rename = "because")]
        why: Untried,
    },
}

/// Why advice that was tried is withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Withdrawn {
    /// About as many rows are read as before.
    NotFewerRows,
    /// Without the index this class of statements reads more.
    Worse {
        /// The class: its fingerprint's id.
        class: String,
    },
    /// The rewrite returns other rows.
    OtherRows,
    /// The rewrite returns the same rows in another order, of a statement that orders.
    OtherOrder,
}

/// Why something was not tried. No variant has room for a text of the statement or of the server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Untried {
    /// Nothing can be run for it: it is for a person to decide.
    ForAPerson,
    /// No server was given to ask.
    NoServer,
    /// No scratch server was given.
    NoScratch,
    /// The log does not hold the statement whole.
    NotWhole,
    /// It is not one that may be run.
    Refused {
        /// Why not.
        why: Refusal,
    },
    /// The log does not say in which schema it ran, and none was given.
    NoSchema,
    /// Its tables could not be copied.
    NoSample,
    /// A change of one of its tables failed in an earlier trial: what they are now is not known.
    Spoiled,
    /// It reads too few rows of the sample to tell.
    TooFewRows {
        /// So many.
        examined: u64,
    },
    /// It returns no row of the sample: two empty answers are no evidence.
    NothingReturned,
    /// It returns more than is compared.
    TooManyRows {
        /// The most rows that are compared.
        limit: u64,
    },
    /// It returns other rows when it is run again.
    NotRepeatable,
    /// The time-out was reached.
    TimedOut {
        /// Milliseconds.
        limit_ms: u64,
    },
    /// The server refused it.
    Server {
        /// The number of its error, if it gave one.
        number: Option<u16>,
    },
    /// What the server says of its plan is not understood.
    PlanNotUnderstood,
    /// The index has a part that cannot be made again from what is known of it.
    Expression,
    /// Of the statements that use its table some could not be run.
    OtherStatements {
        /// So many could not.
        untried: u64,
        /// Of so many.
        of: u64,
    },
    /// No statement of the log uses its table.
    NoStatement,
}

/// Advice, and what came of trying it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tried {
    /// What becomes of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The runs, if there were two of one statement.
    pub trial: Option<Trial>,
    /// The plans before and after, on the scratch server.
    pub plans: Option<(Plan, Plan)>,
    /// The index that was there in both runs and is not there yet, as the statement that makes it: a rewrite may be of use only with one.
    pub with: Option<String>,
}

/// Fewer than this are about one page (16 KiB) of rows of 160 bytes: below it, no index is worth a test.
pub const LEAST_EXAMINED: u64 = 100;

/// Advice stays if at least one row in so many is no longer read. The counts themselves are exact; what is not is how well the sample stands for
/// the table, and an index is paid for by every write. A fifth is a choice.
const ONE_IN: u128 = 5;

/// Whether `after` is less than `before` by at least one row in five. None is not less than none; no number is too large.
#[must_use]
pub fn fell(before: u64, after: u64) -> bool {
    // ANCHOR: stage5_fell
    todo!("stage 5: fell")
    // ANCHOR_END: stage5_fell
}

/// Of an index that was made for a statement: it stays if the rows examined [`fell`].
///
/// Not tried, if the two runs returned different numbers of rows (an index changes no answer, so the statement does not repeat itself), or if
/// fewer than [`LEAST_EXAMINED`] rows are read without it.
pub fn judge_index(trial: &Trial) -> Verdict {
    // ANCHOR: stage5_judge_index
    todo!("stage 5: judge index")
    // ANCHOR_END: stage5_judge_index
}

/// Of an index that was dropped: `trials` are those of all classes that use its table and could be run, `untried` is how many could not.
///
/// One class that reads more without it (the index makes its rows [`fell`]) is enough to keep the index, whatever the others read; the first such one is
/// named. Without one it may go, if every statement on its table was run, and there is one.
pub fn judge_drop(trials: &[(String, Trial)], untried: u64) -> Verdict {
    // ANCHOR: stage5_judge_drop
    todo!("stage 5: judge drop")
    // ANCHOR_END: stage5_judge_drop
}

/// Of a statement that was run in another form, with `rows` as [`super::rows::compare`] found them: it stays if they are the same, and fewer rows
/// are read, as for an index. Two answers without a row are the same, and no evidence.
pub fn judge_rewrite(trial: &Trial, rows: Compared) -> Verdict {
    // ANCHOR: stage5_judge_rewrite
    todo!("stage 5: judge rewrite")
    // ANCHOR_END: stage5_judge_rewrite
}

impl Trial {
    /// What a report shows of it.
    #[must_use]
    pub fn figures(&self) -> Figures {
        Figures {
            before: self.before.examined,
            after: self.after.examined,
        }
    }
}

impl Tried {
    /// Judged, without more to show.
    #[must_use]
    pub fn new(verdict: Verdict) -> Self {
        Self {
            verdict,
            trial: None,
            plans: None,
            with: None,
        }
    }

    /// Not tried, for this reason.
    #[must_use]
    pub fn untried(why: Untried) -> Self {
        Self::new(Verdict::untried(why))
    }
}

impl Verdict {
    /// Not tried, for this reason.
    pub fn untried(why: Untried) -> Self {
        Self::Untried { why }
    }

    /// Whether it was tried and stays.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::Keep { .. })
    }
}

impl fmt::Display for Withdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFewerRows => f.write_str("about as many rows are read with it"),
            Self::Worse { class } => write!(f, "{class} reads more without it"),
            Self::OtherRows => f.write_str("it returns other rows"),
            Self::OtherOrder => f.write_str("it returns the rows in another order"),
        }
    }
}

impl fmt::Display for Untried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForAPerson => f.write_str("nothing to run: it is yours to decide"),
            Self::NoServer => f.write_str("no server was given (--dsn)"),
            Self::NoScratch => f.write_str("no scratch server was given (--scratch-dsn)"),
            Self::NotWhole => f.write_str("the log does not hold the statement whole"),
            Self::Refused { why } => write!(f, "{why}"),
            Self::NoSchema => f.write_str("the log does not say in which schema it ran"),
            Self::NoSample => f.write_str("its tables could not be copied"),
            Self::Spoiled => f.write_str("an earlier trial left its tables in doubt"),
            Self::TooFewRows { examined } => {
                write!(f, "it reads {examined} rows of the sample, too few to tell")
            }
            Self::NothingReturned => f.write_str("it returns no row of the sample"),
            Self::TooManyRows { limit } => write!(f, "it returns more than {limit} rows"),
            Self::NotRepeatable => f.write_str("it returns other rows each time it is run"),
            Self::TimedOut { limit_ms } => write!(f, "it ran into the time-out of {limit_ms} ms"),
            Self::Server {
                number: Some(number),
            } => write!(f, "the server refused it (error {number})"),
            Self::Server { number: None } => f.write_str("the server did not answer"),
            Self::PlanNotUnderstood => f.write_str("the server's plan was not understood"),
            Self::Expression => f.write_str("a part of the index is an expression"),
            Self::OtherStatements { untried, of } => write!(
                f,
                "{untried} of {of} statements on its table could not be run"
            ),
            Self::NoStatement => f.write_str("no statement of the log uses its table"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_sentence_with_its_figures() {
        for (reason, sentence) in [
            (Untried::ForAPerson, "nothing to run: it is yours to decide"),
            (
                Untried::TooFewRows { examined: 7 },
                "it reads 7 rows of the sample, too few to tell",
            ),
            (
                Untried::TooManyRows { limit: 9 },
                "it returns more than 9 rows",
            ),
            (
                Untried::TimedOut { limit_ms: 5 },
                "it ran into the time-out of 5 ms",
            ),
            (
                Untried::Server { number: Some(1054) },
                "the server refused it (error 1054)",
            ),
            (
                Untried::Server { number: None },
                "the server did not answer",
            ),
            (
                Untried::Refused { why: Refusal::Kind },
                "only SELECT, UPDATE and DELETE are tried",
            ),
            (
                Untried::OtherStatements { untried: 1, of: 2 },
                "1 of 2 statements on its table could not be run",
            ),
        ] {
            assert_eq!(reason.to_string(), sentence);
        }
        let worse = Withdrawn::Worse {
            class: "AB".to_owned(),
        };
        assert_eq!(worse.to_string(), "AB reads more without it");
        assert_eq!(Withdrawn::OtherRows.to_string(), "it returns other rows");
    }

    #[test]
    fn only_what_was_tried_and_stays_is_kept() {
        let figures = Figures::default();
        assert!(Verdict::Keep { figures }.is_kept());
        let why = Withdrawn::NotFewerRows;
        assert!(!Verdict::Withdraw { why, figures }.is_kept());
        let tried = Tried::untried(Untried::NoSample);
        assert!(!tried.verdict.is_kept() && tried.trial.is_none() && tried.plans.is_none());
    }
}
