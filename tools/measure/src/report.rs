//! Figures as data: what a bench says, and what the book keeps.

use serde::{Deserialize, Serialize};

use crate::{Curves, Machine, Spread};
use std::collections::BTreeMap;

/// One figure. `value` is the median of its samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Which way the target bounds it, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// Whether the value meets the target; `None` without one, or if this run cannot tell.
    pub holds: Option<bool>,
    /// Its name, by which the book shows it; words are joined by `_`.
    pub name: String,
    /// First and last tenth of the samples.
    pub spread: [f64; 2],
    /// What is promised.
    pub target: Option<f64>,
    /// `ratio`, or what it counts.
    pub unit: String,
    /// The median.
    pub value: f64,
}

/// Which way a target bounds a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The figure is no less.
    AtLeast,
    /// The figure is no more.
    AtMost,
}

/// A promise about a figure.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    bound: Bound,
    value: f64,
    counted: bool,
}

impl Target {
    /// At least this, by the clock.
    #[must_use]
    pub fn at_least(value: f64) -> Self {
        Self {
            bound: Bound::AtLeast,
            value,
            counted: false,
        }
    }

    /// At most this, by the clock.
    #[must_use]
    pub fn at_most(value: f64) -> Self {
        Self {
            bound: Bound::AtMost,
            value,
            counted: false,
        }
    }

    /// At least this; a count, so it holds on any machine and in any build.
    #[must_use]
    pub fn counts_at_least(value: f64) -> Self {
        Self {
            bound: Bound::AtLeast,
            value,
            counted: true,
        }
    }

    /// At most this; a count, so it holds on any machine and in any build.
    #[must_use]
    pub fn counts_at_most(value: f64) -> Self {
        Self {
            bound: Bound::AtMost,
            value,
            counted: true,
        }
    }
}

impl Figure {
    /// A figure with its promise. A quick run is a debug build: what its clock says is nobody's promise, what it counts is.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        unit: &str,
        value: Spread,
        target: Option<Target>,
        quick: bool,
    ) -> Self {
        let holds = |target: Target| match target.bound {
            Bound::AtLeast => value.median >= target.value,
            Bound::AtMost => value.median <= target.value,
        };
        Self {
            bound: target.map(|target| target.bound),
            holds: target.filter(|target| target.counted || !quick).map(holds),
            name: name.into(),
            spread: [value.low, value.high],
            target: target.map(|target| target.value),
            unit: unit.to_owned(),
            value: value.median,
        }
    }
}

/// What a bench says of a run: no word about the machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Of a trace that was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curves: Option<Curves>,
    /// In the order in which they were measured.
    pub figures: Vec<Figure>,
    /// The services that took part, and their versions.
    pub services: BTreeMap<String, String>,
}

/// What is printed by `--json` and kept in book/data: the figures with command, day and machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What to run to get such figures.
    pub command: String,
    /// Of a trace that was asked about; never saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curves: Option<Curves>,
    /// The day, `2026-01-31`, in UTC.
    pub date: String,
    /// All of them.
    pub figures: Vec<Figure>,
    /// Where.
    pub machine: Machine,
    /// A debug build and a tenth of the rounds: for trying out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quick: bool,
}

impl Document {
    /// The figures whose target is missed.
    pub fn missed(&self) -> impl Iterator<Item = &Figure> {
        let missed = |figure: &&Figure| figure.holds == Some(false);
        self.figures.iter().filter(missed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(value: f64, target: Target, quick: bool) -> Option<bool> {
        Figure::new("f", "ratio", Spread::exactly(value), Some(target), quick).holds
    }

    #[test]
    fn a_target_is_met_at_its_very_value() {
        for least in [Target::at_least(0.8), Target::counts_at_least(0.8)] {
            assert_eq!(holds(0.8, least, false), Some(true));
            assert_eq!(holds(0.79, least, false), Some(false));
        }
        for most in [Target::at_most(1.0), Target::counts_at_most(1.0)] {
            assert_eq!(holds(1.0, most, false), Some(true));
            assert_eq!(holds(1.01, most, false), Some(false));
        }
    }

    #[test]
    fn a_quick_run_judges_counts_and_no_clock() {
        assert_eq!(holds(0.1, Target::at_least(0.8), true), None);
        assert_eq!(holds(4.0, Target::at_most(1.0), true), None);
        assert_eq!(holds(4.0, Target::counts_at_most(1.0), true), Some(false));
        assert_eq!(holds(0.1, Target::counts_at_least(0.8), true), Some(false));
        assert_eq!(holds(0.9, Target::counts_at_least(0.8), true), Some(true));
    }

    #[test]
    fn a_ratio_that_is_no_number_misses() {
        assert_eq!(holds(f64::NAN, Target::at_least(0.8), false), Some(false));
        assert_eq!(
            holds(f64::NAN, Target::counts_at_most(1.0), false),
            Some(false)
        );
    }

    #[test]
    fn saved_data_of_before_is_still_read() {
        let old = r#"{ "command": "c", "date": "2026-11-23", "figures": [{ "holds": true, "name": "a_to_b",
            "spread": [0.8, 0.9], "target": 0.8, "unit": "ratio", "value": 0.85 }], "machine": { "busy": false,
            "cores": 2, "cpu": "AMD EPYC", "kernel": "6.18", "load": 0.55, "services": { "redis": "7.0.15" } } }"#;
        let document: Document = serde_json::from_str(old).unwrap();
        assert_eq!(document.figures[0].value, 0.85);
        assert_eq!(document.missed().count(), 0);
        let again = serde_json::to_string(&document).unwrap();
        assert_eq!(serde_json::from_str::<Document>(&again).unwrap(), document);
    }
}
