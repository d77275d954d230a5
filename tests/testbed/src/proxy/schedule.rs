//! A chaos run as data: which fault, when, for how long, all by seed.
//!
//! Faults of a schedule do not overlap, so that each can be found by its own effect and its own count.

use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::Proxy;
use super::draw::{draw, draw_in};
use super::plan::{Direction, Faults};
use super::stats::{Kind, Stats};

/// What a schedule does to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disruption {
    /// [`Proxy::plan`] with these faults.
    Faults(Faults),
    /// [`Proxy::cut`].
    Cut,
    /// [`Proxy::reset`].
    Reset,
}

impl Disruption {
    /// The kinds of faults it consists of.
    #[must_use]
    pub fn kinds(&self) -> Vec<Kind> {
        match self {
            Self::Faults(faults) => faults.kinds(),
            Self::Cut => vec![Kind::Cut],
            Self::Reset => vec![Kind::Reset],
        }
    }
}

/// One disruption of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incident {
    /// When it begins, after the start of the run.
    pub at: Duration,
    /// How long it lasts; then the network heals.
    pub lasts: Duration,
    /// What it is.
    pub disruption: Disruption,
}

/// Incidents, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Vec<Incident>);

/// An incident that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    /// What it was.
    pub incident: Incident,
    /// How many times its faults struck. With 0 it has tested nothing: no bytes moved in its time.
    pub fired: u64,
}

impl Faults {
    /// A schedule of `count` disruptions of all kinds within `horizon`, the same for the same seed.
    ///
    /// Each lies within its own part of the horizon and lasts between an eighth and a half of it, so that the system
    /// has time to recover before the next. The strengths are such that a test of some seconds notices them
    /// and still gets work done.
    #[must_use]
    pub fn random(seed: u64, count: u32, horizon: Duration) -> Schedule {
        let part = horizon / count.max(1);
        let incident = |i: u32| {
            let key = draw(seed, u64::from(i));
            let between = |index, low: Duration, high: Duration| {
                let nanos = |d: Duration| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX);
                Duration::from_nanos(draw_in(key, index, &(nanos(low)..=nanos(high))))
            };
            Incident {
                at: part * i + between(0, Duration::ZERO, part / 2),
                lasts: between(1, part / 8, part / 2),
                disruption: random_disruption(key),
            }
        };
        Schedule((0..count).map(incident).collect())
    }
}

fn random_disruption(key: u64) -> Disruption {
    // From what a network in one building does to one that somebody is about to repair.
    const DELAY_MS: RangeInclusive<u64> = 1..=50;
    const BYTES_PER_SECOND: RangeInclusive<u64> = 4_000..=400_000;
    const SLICE_BYTES: RangeInclusive<u64> = 1..=64;
    const DROP_BYTES: u64 = 4_096;

    let strength = |range| draw_in(key, 2, &range);
    let faults = Faults::none();
    let faults = match draw_in(key, 3, &(0..=7)) {
        0 => return Disruption::Cut,
        1 => return Disruption::Reset,
        2 => faults.delay(Duration::ZERO..=Duration::from_millis(strength(DELAY_MS))),
        3 => faults.bandwidth(strength(BYTES_PER_SECOND)),
        4 => faults.slice(strength(SLICE_BYTES)),
        5 => faults.drop_after(0..=DROP_BYTES),
        6 => faults.partition().only(Direction::ToServer),
        _ => faults.partition().only(Direction::ToClient),
    };
    Disruption::Faults(faults)
}

impl Schedule {
    /// A schedule of one's own, applied in the order of `at`; an incident that begins before the one before it has ended
    /// begins when that has.
    #[must_use]
    pub fn new(mut incidents: Vec<Incident>) -> Self {
        incidents.sort_by_key(|incident| incident.at);
        Self(incidents)
    }

    /// What will happen, in order.
    #[must_use]
    pub fn incidents(&self) -> &[Incident] {
        &self.0
    }
}

impl Proxy {
    /// Lets a schedule happen, beside the workload. The network is whole at its end, also when the run is given up.
    pub async fn run(&self, schedule: &Schedule) -> Vec<Ran> {
        let _healed = HealAtTheEnd(self);
        let began = Instant::now();
        let mut ran = Vec::with_capacity(schedule.0.len());
        for &incident in &schedule.0 {
            sleep_until(began + incident.at).await;
            let before = self.stats();
            match incident.disruption {
                Disruption::Faults(faults) => self.plan(faults),
                Disruption::Cut => self.cut(),
                Disruption::Reset => self.reset(),
            }
            sleep_until(began + incident.at + incident.lasts).await;
            self.heal();
            let fired = fired_between(&before, &self.stats(), &incident.disruption);
            ran.push(Ran { incident, fired });
        }
        ran
    }
}

fn fired_between(before: &Stats, after: &Stats, disruption: &Disruption) -> u64 {
    disruption
        .kinds()
        .into_iter()
        .map(|kind| after.fired(kind) - before.fired(kind))
        .sum()
}

struct HealAtTheEnd<'a>(&'a Proxy);

impl Drop for HealAtTheEnd<'_> {
    fn drop(&mut self) {
        let _ = self.0.try_heal(); // no second panic if this is one's unwinding
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn incidents_do_not_overlap_and_end_in_time(seed: u64, count in 0u32..50, horizon_ms in 0u64..100_000) {
            let horizon = Duration::from_millis(horizon_ms);
            let schedule = Faults::random(seed, count, horizon);
            prop_assert_eq!(schedule.incidents().len(), count as usize);
            let mut free = Duration::ZERO;
            for incident in schedule.incidents() {
                prop_assert!(incident.at >= free);
                free = incident.at + incident.lasts;
            }
            prop_assert!(free <= horizon);
            prop_assert_eq!(&Faults::random(seed, count, horizon), &schedule);
            prop_assert_eq!(&Schedule::new(schedule.incidents().to_vec()), &schedule);
        }
    }

    #[test]
    fn every_kind_of_a_schedule_comes_up() {
        let schedule = Faults::random(1, 200, Duration::from_secs(200));
        let seen: Vec<Kind> = schedule
            .incidents()
            .iter()
            .flat_map(|i| i.disruption.kinds())
            .collect();
        for kind in Kind::ALL.into_iter().filter(|&kind| kind != Kind::Hold) {
            assert!(seen.contains(&kind), "{kind:?} never came");
        }
        assert_ne!(schedule, Faults::random(2, 200, Duration::from_secs(200)));
    }
}
