//! What happened in a run, as it was recorded: operations, faults as they really struck, and looks into the stores.
//!
//! Times are microseconds after the run began, by one clock of the recording process. An operation's *end* is when its client had the
//! answer: what it did on a server happened somewhere between began and ended, or later still if nobody got an answer. That gap is why
//! a checker speaks of intervals and never of the moment at which something "was done".

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything that a run has recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The rows of the picture, from the top: processes, servers, clients.
    pub lanes: Vec<String>,
    /// When the run began, by the wall clock: milliseconds since 1970.
    pub began_unix_ms: u64,
    /// How long it took.
    pub lasted_us: u64,
    /// What was asked, in the order of `began_us`; `ops[i].id` is `i`.
    pub ops: Vec<Op>,
    /// The faults, in their order.
    pub faults: Vec<Struck>,
    /// Looks into the stores, in their order.
    pub seen: Vec<Seen>,
    /// Figures over time, for the picture.
    pub series: Vec<Series>,
}

/// One operation of one client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Op {
    /// Its place in the history.
    pub id: u64,
    /// Who asked: `buyer 17`.
    pub who: String,
    /// Whom: a lane.
    pub lane: String,
    /// What for: `buy`.
    pub what: String,
    /// When it was sent.
    pub began_us: u64,
    /// When the client had its answer, or gave up.
    pub ended_us: u64,
    /// How it ended, for whoever looks at the picture.
    pub ending: Ending,
    /// In one or two words: `accepted`, `sold out`.
    pub word: String,
    /// The outcome as the lab's own value, for its checker.
    pub outcome: Value,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It got what it wanted.
    Done,
    /// It was told no: an answer too.
    Refused,
    /// It was told that it failed, or that nobody knows.
    Failed,
    /// No answer: the client gave up, or the connection died. It may have been done.
    Unknown,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Done, Self::Refused, Self::Failed, Self::Unknown];
}

/// A fault as it really was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Struck {
    /// What was done.
    pub what: String,
    /// To whom.
    pub target: String,
    /// When it began.
    pub began_us: u64,
    /// When all was whole again, as far as the fault goes.
    pub ended_us: u64,
    /// How many times it struck: connections cut, bytes kept back, processes killed. 0: it tested nothing.
    pub fired: u64,
    /// What was counted: `connections cut`.
    pub counted: String,
}

/// A look into a store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// When it began.
    pub began_us: u64,
    /// When the answer was there.
    pub ended_us: u64,
    /// Into what: `redis`.
    pub what: String,
    /// What was there, as the lab's own value.
    pub value: Value,
}

/// A figure over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What it is: `sold, by the ledger`.
    pub name: String,
    /// Microseconds and value.
    pub points: Vec<(u64, f64)>,
    /// Where it may not go beyond, and that line's name.
    pub limit: Option<(f64, String)>,
}

impl Op {
    /// Whether it may have been under way at some moment of `[from, to]`.
    #[must_use]
    pub fn overlaps(&self, from: u64, to: u64) -> bool {
        self.began_us <= to && self.ended_us >= from
    }
}

impl Struck {
    /// `kill -9 serve-1`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.what, self.target)
    }

    /// Whether it was on at some moment of `[from, to]`.
    #[must_use]
    pub fn overlaps(&self, from: u64, to: u64) -> bool {
        self.began_us <= to && self.ended_us >= from
    }
}

/// A line of a history that is no record.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the history: {error}")]
pub struct NotAHistory {
    line: usize,
    error: serde_json::Error,
}

/// One record, a line each.
#[derive(Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
enum Record {
    Run {
        lanes: Vec<String>,
        began_unix_ms: u64,
        lasted_us: u64,
    },
    Op(Op),
    Fault(Struck),
    Seen(Seen),
    Series(Series),
}

impl History {
    /// Everything by when it began, and each operation's id is its place: what was recorded as it ended.
    pub fn put_in_order(&mut self) {
        self.ops.sort_by_key(|op| (op.began_us, op.ended_us));
        for (id, op) in (0..).zip(&mut self.ops) {
            op.id = id;
        }
        self.faults.sort_by_key(|fault| fault.began_us);
        self.seen.sort_by_key(|seen| seen.began_us);
    }

    /// As JSON lines: one record a line, so that grep and jq find their way.
    #[must_use]
    pub fn to_json_lines(&self) -> String {
        let head = Record::Run {
            lanes: self.lanes.clone(),
            began_unix_ms: self.began_unix_ms,
            lasted_us: self.lasted_us,
        };
        let records = std::iter::once(head)
            .chain(self.faults.iter().cloned().map(Record::Fault))
            .chain(self.ops.iter().cloned().map(Record::Op))
            .chain(self.seen.iter().cloned().map(Record::Seen))
            .chain(self.series.iter().cloned().map(Record::Series));
        let line =
            |record| serde_json::to_string(&record).expect("records have string keys only") + "\n";
        records.map(line).collect()
    }

    /// The history in JSON lines.
    ///
    /// # Errors
    /// A line is no record.
    pub fn from_json_lines(text: &str) -> Result<Self, NotAHistory> {
        let mut history = Self::default();
        for (index, line) in text.lines().enumerate() {
            match serde_json::from_str(line).map_err(|error| NotAHistory {
                line: index + 1,
                error,
            })? {
                Record::Run {
                    lanes,
                    began_unix_ms,
                    lasted_us,
                } => {
                    (history.lanes, history.began_unix_ms, history.lasted_us) =
                        (lanes, began_unix_ms, lasted_us);
                }
                Record::Op(op) => history.ops.push(op),
                Record::Fault(fault) => history.faults.push(fault),
                Record::Seen(seen) => history.seen.push(seen),
                Record::Series(series) => history.series.push(series),
            }
        }
        Ok(history)
    }

    /// The operation of that id.
    #[must_use]
    pub fn op(&self, id: u64) -> Option<&Op> {
        usize::try_from(id)
            .ok()
            .and_then(|index| self.ops.get(index))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_history_survives_its_lines() {
        let history = History {
            lanes: vec!["serve-1".into()],
            began_unix_ms: 1_769_854_830_000,
            lasted_us: 9,
            ops: vec![Op {
                id: 0,
                who: "buyer 1".into(),
                lane: "serve-1".into(),
                what: "buy".into(),
                began_us: 1,
                ended_us: 2,
                ending: Ending::Unknown,
                word: "no answer".into(),
                outcome: Value::Null,
            }],
            faults: vec![Struck {
                what: "cut".into(),
                target: "mysql".into(),
                began_us: 1,
                ended_us: 4,
                fired: 3,
                counted: "connections cut".into(),
            }],
            seen: vec![Seen {
                began_us: 5,
                ended_us: 6,
                what: "redis".into(),
                value: json!({"stock": 3}),
            }],
            series: vec![Series {
                name: "sold".into(),
                points: vec![(6, 2.0)],
                limit: Some((5.0, "stock".into())),
            }],
        };
        let lines = history.to_json_lines();
        assert_eq!(lines.lines().count(), 5);
        assert_eq!(History::from_json_lines(&lines).unwrap(), history);
        let error = History::from_json_lines("{}\n").unwrap_err().to_string();
        assert!(error.starts_with("line 1 of the history"), "{error}");
    }

    #[test]
    fn what_was_recorded_at_its_end_is_put_in_order_by_its_beginning() {
        let op = |who: &str, began_us, ended_us| Op {
            id: 0,
            who: who.into(),
            lane: "serve-1".into(),
            what: "buy".into(),
            began_us,
            ended_us,
            ending: Ending::Unknown,
            word: "no answer".into(),
            outcome: Value::Null,
        };
        let mut history = History {
            ops: vec![op("short", 5, 6), op("longer", 5, 8), op("long", 1, 9)],
            ..History::default()
        };
        history.put_in_order();
        let order: Vec<_> = history.ops.iter().map(|op| (op.id, &*op.who)).collect();
        assert_eq!(order, [(0, "long"), (1, "short"), (2, "longer")]);
    }
}
