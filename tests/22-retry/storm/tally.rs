//! What was seen at the top and at the bottom, and what is counted of it.
//!
//! A call is counted in the phase in which it was *sent*: what its attempts come to, and whether it succeeds, is its own, however late.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use crate::scenario::AGAIN;

/// A call, by the clock of whoever made it.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub id: usize,
    /// When it was to be sent.
    pub at: Duration,
    /// From that moment until it ended.
    pub took: Duration,
    /// Whether it was answered in time.
    pub ok: bool,
}

/// An attempt that has reached the dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: Duration,
    /// Of which call at the top.
    pub id: usize,
}

impl Arrival {
    /// As the dependency says it.
    pub fn json(&self) -> Value {
        json!([self.at.as_micros() as u64, self.id])
    }

    /// As it was said.
    pub fn read(value: &Value) -> Option<Self> {
        Some(Self {
            at: Duration::from_micros(value[0].as_u64()?),
            id: usize::try_from(value[1].as_u64()?).ok()?,
        })
    }
}

/// What a layer has counted: calls that came, attempts that it sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ledger {
    pub calls: u64,
    pub attempts: u64,
}

impl Ledger {
    /// As it was said.
    ///
    /// # Errors
    /// It is none.
    pub fn read(value: &Value) -> io::Result<Self> {
        Ok(Self {
            calls: count(value, "calls")?,
            attempts: count(value, "attempts")?,
        })
    }
}

/// Work that the dependency has done, and how much of it after its caller had left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worked {
    pub all: u64,
    pub for_nobody: u64,
}

impl Worked {
    /// As it was said.
    ///
    /// # Errors
    /// It is none.
    pub fn read(value: &Value) -> io::Result<Self> {
        Ok(Self {
            all: count(value, "worked")?,
            for_nobody: count(value, "for_nobody")?,
        })
    }

    /// What came on top of `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            all: self.all - before.all,
            for_nobody: self.for_nobody - before.for_nobody,
        }
    }
}

fn count(value: &Value, key: &str) -> io::Result<u64> {
    let count = value[key].as_u64();
    count.ok_or_else(|| io::Error::other(format!("no `{key}` in {value}")))
}

/// A run of one design.
#[derive(Clone, Debug)]
pub struct Run {
    /// By id.
    pub seen: Vec<Seen>,
    pub arrivals: Vec<Arrival>,
    /// When each phase has begun.
    pub begins: [Duration; 6],
    /// Of the layers, from the top.
    pub ledgers: Vec<Ledger>,
    /// How long the processes have lived, at the most.
    pub alive: Duration,
    /// By the dependency, since it was well again.
    pub after_recovery: Worked,
}

/// The calls of a phase.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Row {
    pub calls: usize,
    pub ok: usize,
    /// Attempts at the dependency that these calls came to.
    pub bottom: usize,
}

impl Row {
    /// Calls at the bottom for each at the top.
    pub fn amplification(&self) -> f64 {
        self.bottom as f64 / self.calls.max(1) as f64
    }

    /// Answered in time, of all.
    pub fn success(&self) -> f64 {
        self.ok as f64 / self.calls.max(1) as f64
    }
}

impl Run {
    /// Attempts at the bottom by the call that they belong to.
    fn by_call(&self) -> HashMap<usize, usize> {
        let mut counts = HashMap::new();
        for arrival in &self.arrivals {
            *counts.entry(arrival.id).or_default() += 1;
        }
        counts
    }

    /// When the phase ends; the last never does.
    fn end(&self, phase: usize) -> Duration {
        self.begins.get(phase + 1).copied().unwrap_or(Duration::MAX)
    }

    /// The calls of each phase.
    pub fn rows(&self) -> [Row; 6] {
        let by_call = self.by_call();
        let mut rows = [Row::default(); 6];
        for seen in &self.seen {
            let phase = self.begins.iter().rposition(|begin| *begin <= seen.at);
            let row = &mut rows[phase.unwrap_or(0)];
            row.calls += 1;
            row.ok += usize::from(seen.ok);
            row.bottom += by_call.get(&seen.id).copied().unwrap_or(0);
        }
        rows
    }

    /// The most that one call has come to.
    pub fn most_of_one(&self) -> usize {
        self.by_call().into_values().max().unwrap_or(0)
    }

    /// How long it takes from the beginning of a phase until its last call has ended, and how many calls run at any time of that.
    pub fn until_all_ended(&self, phase: usize) -> (Duration, usize) {
        let (begin, end) = (self.begins[phase], self.end(phase));
        let of_phase = self
            .seen
            .iter()
            .filter(|seen| (begin..end).contains(&seen.at));
        let last = of_phase
            .map(|seen| seen.at + seen.took)
            .max()
            .unwrap_or(begin);
        let runs = |seen: &&Seen| seen.at <= last && seen.at + seen.took >= begin;
        (last - begin, self.seen.iter().filter(runs).count())
    }

    /// How long after the recovery the last call was sent that failed; `None` if none did.
    pub fn last_failure(&self) -> Option<Duration> {
        let recovery = self.begins[AGAIN];
        let failed = self.seen.iter().filter(|seen| !seen.ok);
        failed
            .filter_map(|seen| seen.at.checked_sub(recovery))
            .max()
    }

    /// Of each stretch of `step`: calls sent, how many succeeded, and attempts that *arrived* in it. For the picture.
    pub fn timeline(&self, step: Duration) -> Vec<Row> {
        let slot = |at: Duration| (at.as_micros() / step.as_micros()) as usize;
        let last = self.seen.iter().map(|seen| slot(seen.at)).max();
        let mut rows = vec![Row::default(); last.map_or(0, |last| last + 1)];
        for seen in &self.seen {
            rows[slot(seen.at)].calls += 1;
            rows[slot(seen.at)].ok += usize::from(seen.ok);
        }
        for arrival in &self.arrivals {
            if let Some(row) = rows.get_mut(slot(arrival.at)) {
                row.bottom += 1;
            }
        }
        rows
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::scenario::{REFUSES, ms};

    fn seen(id: usize, at: u64, took: u64, ok: bool) -> Seen {
        Seen {
            id,
            at: ms(at),
            took: ms(took),
            ok,
        }
    }

    fn arrival(at: u64, id: usize) -> Arrival {
        Arrival { at: ms(at), id }
    }

    /// Call 1 of the refusing phase comes to three attempts, the last of them in the phase after.
    pub fn run() -> Run {
        Run {
            seen: vec![
                seen(0, 10, 5, true),
                seen(1, 150, 70, false),
                seen(2, 220, 5, true),
                seen(3, 520, 5, false),
                seen(4, 540, 5, true),
            ],
            arrivals: [(11, 0), (151, 1), (170, 1), (210, 1), (221, 2), (541, 4)]
                .map(|(at, id)| arrival(at, id))
                .to_vec(),
            begins: [0, 100, 200, 300, 400, 500].map(ms),
            ledgers: vec![
                Ledger {
                    calls: 5,
                    attempts: 5
                };
                3
            ],
            alive: ms(600),
            after_recovery: Worked {
                all: 4,
                for_nobody: 1,
            },
        }
    }

    #[test]
    fn a_call_counts_where_it_was_sent_with_all_that_it_came_to() {
        let rows = run().rows();
        let of = |index: usize| (rows[index].calls, rows[index].ok, rows[index].bottom);
        assert_eq!(
            [of(0), of(1), of(2), of(3), of(5)],
            [(1, 1, 1), (1, 0, 3), (1, 1, 1), (0, 0, 0), (2, 1, 1)]
        );
        assert_eq!(
            (rows[REFUSES].amplification(), rows[5].success()),
            (3.0, 0.5)
        );
        assert_eq!((rows[3].amplification(), rows[3].success()), (0.0, 0.0));
        assert_eq!(run().most_of_one(), 3);
    }

    #[test]
    fn a_phase_is_over_when_its_last_call_has_ended() {
        // Call 1 ends at 220, when call 2 is sent.
        assert_eq!(run().until_all_ended(REFUSES), (ms(120), 2));
        assert_eq!(run().until_all_ended(3), (ms(0), 0));
        // Call 1 still runs when the phase of call 2 begins.
        assert_eq!(run().until_all_ended(2), (ms(25), 2));
        assert_eq!(run().until_all_ended(AGAIN), (ms(45), 2));
    }

    #[test]
    fn the_last_failure_counts_from_the_recovery() {
        assert_eq!(run().last_failure(), Some(ms(20)));
        let mut well = run();
        well.seen[3].ok = true;
        assert_eq!(
            well.last_failure(),
            None,
            "what failed before is another matter"
        );
    }

    #[test]
    fn a_stretch_of_the_picture_has_what_arrived_in_it() {
        let rows = run().timeline(ms(200));
        let of = |row: &Row| (row.calls, row.ok, row.bottom);
        assert_eq!(
            rows.iter().map(of).collect::<Vec<_>>(),
            [(2, 1, 3), (1, 1, 2), (2, 1, 1)]
        );
    }

    #[test]
    fn what_is_said_is_read() {
        let said = arrival(12, 7).json();
        assert_eq!(Arrival::read(&said), Some(arrival(12, 7)));
        assert_eq!(Arrival::read(&json!([1])), None);
        let ledger = Ledger::read(&json!({ "calls": 2, "attempts": 5 })).unwrap();
        assert_eq!(
            ledger,
            Ledger {
                calls: 2,
                attempts: 5
            }
        );
        assert!(Ledger::read(&json!({ "calls": 2 })).is_err());
        let worked = |all, for_nobody| Worked { all, for_nobody };
        let read = Worked::read(&json!({ "worked": 9, "for_nobody": 4 })).unwrap();
        assert_eq!(read.since(worked(5, 3)), worked(4, 1));
    }
}
