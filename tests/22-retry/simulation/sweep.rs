//! All strategies, at all numbers of contenders, by all seeds; and what is promised of them.

use std::time::Duration;

use crate::strategy::Waiting;
use crate::world::{NETWORK, Tally, World};

/// So many contenders.
pub const CONTENDERS: [usize; 20] = [
    10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200,
];
/// Each of them twenty times.
pub const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;
/// Where the strategies are compared.
pub const COMPARED: usize = 100;
/// Full jitter needs at most so much of the writes of no backoff there.
pub const PROMISED: f64 = 0.4;

/// The median of the seeds, and their first and last tenth, as in the bench.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub low: f64,
    pub high: f64,
}

/// The runs of one strategy.
pub struct Series {
    pub waiting: Waiting,
    /// By the number of contenders, in the order of the sweep.
    pub points: Vec<Point>,
}

/// The runs of one strategy with so many contenders, by seed.
pub struct Point {
    pub contenders: usize,
    runs: Vec<Tally>,
}

/// All of it; the first strategy is no backoff, the last full jitter.
pub struct Sweep {
    pub series: Vec<Series>,
}

impl Spread {
    fn of(samples: impl Iterator<Item = f64>) -> Self {
        let mut samples: Vec<f64> = samples.collect();
        samples.sort_by(f64::total_cmp);
        let last = samples.len() - 1;
        Self {
            median: samples[last / 2],
            low: samples[last / 10],
            high: samples[last - last / 10],
        }
    }
}

/// A run's conditional writes.
pub fn writes(tally: &Tally) -> f64 {
    tally.writes as f64
}

/// A run's length.
pub fn seconds(tally: &Tally) -> f64 {
    Duration::as_secs_f64(&tally.completed)
}

impl Point {
    fn run(waiting: Waiting, contenders: usize) -> Self {
        let run = |seed| World::new(waiting, contenders, NETWORK, seed).run();
        Self {
            contenders,
            runs: SEEDS.map(run).collect(),
        }
    }

    /// Of all seeds.
    pub fn spread(&self, of: fn(&Tally) -> f64) -> Spread {
        Spread::of(self.runs.iter().map(of))
    }

    /// How many times that of `other`, seed by seed.
    pub fn to(&self, other: &Self, of: fn(&Tally) -> f64) -> Spread {
        let pairs = self.runs.iter().zip(&other.runs);
        Spread::of(pairs.map(|(this, other)| of(this) / of(other)))
    }
}

impl Series {
    /// Its point at so many contenders.
    ///
    /// # Panics
    /// If the sweep had none.
    pub fn at(&self, contenders: usize) -> &Point {
        let mut points = self.points.iter();
        points
            .find(|point| point.contenders == contenders)
            .expect("a number of the sweep")
    }
}

impl Sweep {
    /// Runs all strategies at these numbers of contenders. They share nothing, so they may run at once.
    pub fn run(contenders: &[usize]) -> Self {
        let series = std::thread::scope(|scope| {
            let running = Waiting::all().map(|waiting| {
                let points = move || contenders.iter().map(|&n| Point::run(waiting, n)).collect();
                (waiting, scope.spawn(points))
            });
            running.map(|(waiting, points)| Series {
                waiting,
                points: points
                    .join()
                    .expect("a run ends, or says why on its way down"),
            })
        });
        Self {
            series: series.into(),
        }
    }

    /// No backoff.
    pub fn none(&self) -> &Series {
        &self.series[0]
    }

    /// What full jitter needs of the writes of no backoff.
    pub fn full_to_none(&self) -> Spread {
        let full = &self.series[self.series.len() - 1];
        full.at(COMPARED).to(self.none().at(COMPARED), writes)
    }

    /// Whether that is as promised.
    pub fn holds(&self) -> bool {
        self.full_to_none().median <= PROMISED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the program exits by; and what a tenth of jitter does not reach, or the promise would be an easy one.
    #[test]
    fn full_jitter_at_a_hundred_needs_at_most_two_fifths_of_the_writes() {
        let sweep = Sweep::run(&[COMPARED]);
        let of = |name| {
            let mut series = sweep.series.iter();
            let series = series.find(|series| series.waiting.name == name);
            series.expect("a strategy").at(COMPARED)
        };
        assert!(sweep.holds(), "{:?}", sweep.full_to_none());
        assert_eq!(of("full").to(of("none"), writes), sweep.full_to_none());
        let tenth = of("ten per cent").to(of("none"), writes);
        assert!(tenth.low > PROMISED, "{tenth:?}");
        let longer = of("full").to(of("none"), seconds);
        assert!(longer.low > 1.0, "it costs time: {longer:?}");
    }

    #[test]
    fn a_spread_leaves_a_tenth_out_on_either_side() {
        let spread = Spread::of((1..=20).rev().map(f64::from));
        assert_eq!((spread.low, spread.median, spread.high), (2.0, 10.0, 19.0));
    }
}
