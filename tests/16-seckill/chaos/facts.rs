//! The history as the checker reads it: the recorder's JSON as values with types, and times by one clock.
//!
//! A record that does not parse is an error of the run and never skipped: a checker that overlooks what it does not understand
//! finds nothing.

use std::collections::BTreeMap;

use chaos::{History, Struck};
use serde::Deserialize;

use crate::run::Result;

/// All that is known of a run.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The terms of the sale.
    pub terms: Terms,
    /// When the run began, by the wall clock.
    pub began_unix_ms: u64,
    /// Every request for a unit, by its beginning.
    pub asked: Vec<Asked>,
    /// Looks at the counts, in order.
    pub redis: Vec<Look<Buckets>>,
    /// Looks at the ledger's counts, in order.
    pub ledger: Vec<Look<Counts>>,
    /// When the crowd had gone and nothing was in flight.
    pub quiet: Option<Look<Full>>,
    /// When the last buyers had gone too.
    pub last: Option<Look<Full>>,
    /// When a repair of Redis from the ledger was begun.
    pub repairs: Vec<u64>,
    /// What went wrong.
    pub faults: Vec<Struck>,
}

/// The terms of the sale.
#[derive(Clone, Debug, Deserialize)]
pub struct Terms {
    /// Units on sale.
    pub units: i64,
    /// Units in each bucket at first.
    pub shares: Vec<i64>,
    /// The hours, by the wall clock.
    pub opens_at_ms: u64,
    /// Its end.
    pub closes_at_ms: u64,
    /// Requests of a buyer in a window.
    pub limit: usize,
    /// The window.
    pub window_ms: u64,
    /// Instances that count in their own memory.
    pub own_window: Vec<String>,
}

/// One request for a unit.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The operation's id.
    pub op: u64,
    /// Who.
    pub buyer: u64,
    /// Which instance.
    pub door: String,
    /// When it was sent.
    pub began_us: u64,
    /// When it was answered, or given up.
    pub ended_us: u64,
    /// What was said; `None`: nothing.
    pub answer: Option<Answer>,
}

/// What a buyer was told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Answer {
    /// A unit, and the order's id.
    Accepted {
        /// The id.
        order: String,
    },
    /// No unit is free.
    SoldOut,
    /// Asked too often.
    TooManyRequests {},
    /// Before the hour.
    NotYet {},
    /// After it.
    Closed,
    /// Nobody knows.
    TryAgain,
    /// The instance was down: nothing was asked.
    NoDoor,
}

/// A look into a store.
#[derive(Clone, Debug)]
pub struct Look<T> {
    /// When it began.
    pub began_us: u64,
    /// When the answer was there.
    pub ended_us: u64,
    /// What was there.
    pub value: T,
}

/// Redis's counts.
#[derive(Clone, Debug, Deserialize)]
pub struct Buckets {
    /// A bucket each.
    pub buckets: Vec<Bucket>,
}

/// One bucket's.
#[derive(Clone, Debug, Deserialize)]
pub struct Bucket {
    /// `open`, or not laid out.
    pub state: Option<String>,
    /// Units on the shelf.
    pub stock: i64,
    /// Units that are out twice.
    pub debt: i64,
    /// How often one came back.
    pub epoch: u64,
    /// What it began with, if nothing was lost or made: shelf less debt, and what is out.
    pub balance: i64,
}

/// The ledger's counts.
#[derive(Clone, Debug, Deserialize)]
pub struct Counts {
    /// By the sale's own count.
    pub sold: i64,
    /// Orders to be paid for.
    #[serde(default)]
    pub placed: i64,
    /// Orders that are paid for.
    #[serde(default)]
    pub paid: i64,
}

/// Both stores, whole.
#[derive(Clone, Debug, Deserialize)]
pub struct Full {
    /// Redis's counts.
    pub buckets: Vec<Bucket>,
    /// Claims in Redis: the order, and whose.
    pub claims: BTreeMap<String, String>,
    /// Every order that the ledger knows.
    pub orders: Vec<Row>,
}

/// An order in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// Its id.
    pub order: String,
    /// Whose.
    pub buyer: u64,
    /// Where it stands.
    pub status: Status,
    /// When its unit was reserved, by Redis's clock.
    pub reserved_at_ms: u64,
    /// Until when it may be paid for.
    pub pay_by_ms: u64,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// To be paid for.
    Placed,
    /// Paid for.
    Paid,
    /// Not paid for in time.
    Cancelled,
    /// Never was one.
    Refused,
}

#[derive(Deserialize)]
struct Buy {
    buyer: u64,
    answer: Option<Answer>,
}

impl Facts {
    /// What `history` says.
    ///
    /// # Errors
    /// A record is not what the recorder writes.
    pub fn of(history: &History) -> Result<Self> {
        let mut asked = Vec::new();
        for op in history.ops.iter().filter(|op| op.what == "buy") {
            let buy: Buy = serde_json::from_value(op.outcome.clone())
                .map_err(|error| format!("operation {}: {}: {error}", op.id, op.outcome))?;
            asked.push(Asked {
                op: op.id,
                buyer: buy.buyer,
                door: op.lane.clone(),
                began_us: op.began_us,
                ended_us: op.ended_us,
                answer: buy.answer,
            });
        }
        let terms: Vec<Look<Terms>> = looks(history, "terms")?;
        let terms = terms
            .into_iter()
            .next()
            .ok_or("the history has no terms of sale")?;
        Ok(Self {
            terms: terms.value,
            began_unix_ms: history.began_unix_ms,
            asked,
            redis: looks(history, "redis")?,
            ledger: looks(history, "ledger")?,
            quiet: looks(history, "quiet")?.pop(),
            last: looks(history, "final")?.pop(),
            repairs: history
                .seen
                .iter()
                .filter(|seen| seen.what == "repair")
                .map(|seen| seen.began_us)
                .collect(),
            faults: history.faults.clone(),
        })
    }

    /// A moment of the wall clock as one of the run; 0 if it lies before.
    #[must_use]
    pub fn us(&self, unix_ms: u64) -> u64 {
        unix_ms.saturating_sub(self.began_unix_ms) * 1000
    }

    /// The ledger's row of that order, when all was over.
    #[must_use]
    pub fn row(&self, order: &str) -> Option<&Row> {
        self.last
            .as_ref()?
            .value
            .orders
            .iter()
            .find(|row| row.order == order)
    }

    /// Every request that was accepted, with the order's id.
    pub fn accepted(&self) -> impl Iterator<Item = (&Asked, &str)> {
        self.asked.iter().filter_map(|asked| match &asked.answer {
            Some(Answer::Accepted { order }) => Some((asked, order.as_str())),
            _ => None,
        })
    }
}

impl Bucket {
    /// Whether it is on sale.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state.as_deref() == Some("open")
    }
}

impl Status {
    /// Whether the unit is sold.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Placed | Self::Paid)
    }
}

fn looks<T: for<'de> Deserialize<'de>>(history: &History, what: &str) -> Result<Vec<Look<T>>> {
    let mut looks = Vec::new();
    for seen in history.seen.iter().filter(|seen| seen.what == what) {
        let value =
            T::deserialize(&seen.value).map_err(|error| format!("a look at {what}: {error}"))?;
        looks.push(Look {
            began_us: seen.began_us,
            ended_us: seen.ended_us,
            value,
        });
    }
    Ok(looks)
}
