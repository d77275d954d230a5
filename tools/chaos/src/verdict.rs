//! What a history shows: every invariant held, one was violated, or the run says nothing.
//!
//! A run whose fault did not fire says nothing about that fault, however well all went: it is an error of the run, not a
//! verdict. A violation stands all the same, because the history shows it whatever else failed to happen.

use serde::{Deserialize, Serialize};

use crate::history::History;

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
#[must_use]
pub enum Verdict {
    /// Every invariant that the checker judges held, and every fault fired.
    Holds,
    /// At least one did not hold; the first to show comes first.
    Violated {
        /// At least one.
        violations: Vec<Violation>,
    },
    /// The run tested less than it was to.
    Inconclusive {
        /// Which fault did not fire, or what else was missing.
        reason: String,
    },
}

/// One invariant, broken once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// INV-`invariant` of the lab.
    pub invariant: u32,
    /// What happened, in one sentence.
    pub sentence: String,
    /// The first moment at which the history shows it.
    pub at_us: u64,
    /// The operations that show it, by id.
    pub ops: Vec<u64>,
    /// What was seen, a line each.
    pub evidence: Vec<String>,
}

impl Verdict {
    /// The verdict about `history`, in which a checker has found `violations`.
    pub fn of(history: &History, mut violations: Vec<Violation>) -> Self {
        if !violations.is_empty() {
            violations.sort_by_key(|violation| (violation.at_us, violation.invariant));
            return Self::Violated { violations };
        }
        match history.faults.iter().find(|fault| fault.fired == 0) {
            Some(idle) => Self::Inconclusive {
                reason: format!(
                    "the fault \"{}\" at {} did not fire: 0 {}",
                    idle.name(),
                    seconds(idle.began_us),
                    idle.counted
                ),
            },
            None => Self::Holds,
        }
    }

    /// The violation to show: that of `breaks`, if there is one, or the first.
    #[must_use]
    pub fn shown(&self, breaks: Option<u32>) -> Option<&Violation> {
        match self {
            Self::Violated { violations } => violations
                .iter()
                .find(|violation| Some(violation.invariant) == breaks)
                .or(violations.first()),
            Self::Holds | Self::Inconclusive { .. } => None,
        }
    }
}

/// `12.34 s`.
#[must_use]
pub fn seconds(us: u64) -> String {
    format!("{:.2} s", us as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Struck;

    fn history(fired: &[u64]) -> History {
        let fault = |(i, &fired): (usize, &u64)| Struck {
            what: "cut".into(),
            target: format!("link-{i}"),
            began_us: 1_500_000,
            ended_us: 1_600_000,
            fired,
            counted: "connections cut".into(),
        };
        History {
            faults: fired.iter().enumerate().map(fault).collect(),
            ..History::default()
        }
    }

    fn violation(invariant: u32, at_us: u64) -> Violation {
        Violation {
            invariant,
            sentence: String::new(),
            at_us,
            ops: Vec::new(),
            evidence: Vec::new(),
        }
    }

    #[test]
    fn a_run_whose_fault_did_not_fire_is_no_success() {
        assert_eq!(Verdict::of(&history(&[2, 1]), Vec::new()), Verdict::Holds);
        let Verdict::Inconclusive { reason } = Verdict::of(&history(&[2, 0]), Vec::new()) else {
            panic!("one of two faults did nothing");
        };
        assert_eq!(
            reason,
            "the fault \"cut link-1\" at 1.50 s did not fire: 0 connections cut"
        );
    }

    #[test]
    fn a_violation_stands_though_a_fault_did_not_fire() {
        let verdict = Verdict::of(&history(&[0]), vec![violation(2, 9), violation(3, 4)]);
        let Verdict::Violated { violations } = &verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(
            violations.iter().map(|v| v.invariant).collect::<Vec<_>>(),
            [3, 2]
        );
        assert_eq!(verdict.shown(Some(2)).map(|v| v.at_us), Some(9));
        assert_eq!(verdict.shown(Some(7)).map(|v| v.at_us), Some(4));
    }
}
