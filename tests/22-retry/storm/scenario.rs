//! What happens to the dependency, when calls are sent, and who retries: everything that is fixed before the run begins.
//!
//! Two faults, because they are two lessons. A dependency that *refuses* costs nothing to call and is well the moment it stops; there the
//! storm is a number. One that *hangs* takes every call in line, also those whose callers have left, and has to work them off before it
//! can be well: there the storm outlives its cause.

use std::time::Duration;

use fastrand::Rng;

pub const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Services above the dependency.
pub const LAYERS: usize = 3;
/// Of a call, in a layer that retries.
pub const ATTEMPTS: u32 = 3;
/// How long an attempt may take, from the top. Each leaves the layer below the time for its own three: 3 x 80 ms and two waits are below 280.
pub const TIMEOUTS: [Duration; LAYERS] = [ms(900), ms(280), ms(80)];
/// What a worker of the dependency does for a call.
pub const WORK: Duration = ms(20);
/// How long whoever calls the top waits.
pub const PATIENCE: Duration = ms(1000);
/// The budget of a layer: a tenth of its calls,
pub const RATIO: f64 = 0.1;
/// so many a second in any case,
pub const PER_SECOND: u32 = 1;
/// and no more than this at once.
pub const CAPACITY: u32 = 5;

/// What the dependency is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It answers after [`WORK`], or when a worker is free.
    Well,
    /// It refuses everything, at once.
    Refuses,
    /// It refuses a half, drawn by lot.
    RefusesHalf,
    /// It takes every call in line and answers none.
    Hangs,
}

impl Mood {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Well, "well"),
        (Self::Refuses, "refuses"),
        (Self::RefusesHalf, "refuses-half"),
        (Self::Hangs, "hangs"),
    ];

    /// Its name in a path.
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(mood, _)| *mood == self);
        named.expect("all of them are there").1
    }

    /// The mood of that name.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, own)| *own == name);
        found.map(|(mood, _)| *mood)
    }
}

/// A stretch of the run.
#[derive(Clone, Copy, Debug)]
pub struct Phase {
    /// As a word in a table.
    pub name: &'static str,
    pub mood: Mood,
    pub lasts: Duration,
}

/// The phases by their index.
pub const REFUSES: usize = 1;
pub const HALF: usize = 2;
pub const HANGS: usize = 4;
pub const AGAIN: usize = 5;

/// A load and what befalls it.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Calls at the top, a second.
    pub rate: u32,
    /// Of the dependency: so many that it can do five times the load.
    pub workers: usize,
    pub phases: [Phase; 6],
}

impl Scenario {
    /// The whole one, or one of a quarter of the calls.
    pub fn of(quick: bool) -> Self {
        let (rate, workers, lasts) = if quick {
            (20, 2, [500, 1500, 1000, 500, 1000, 3000])
        } else {
            (80, 8, [1000, 2500, 2000, 1000, 1500, 4000])
        };
        let names = ["well", "refuses", "half", "well", "hangs", "well"];
        let moods = [
            Mood::Well,
            Mood::Refuses,
            Mood::RefusesHalf,
            Mood::Well,
            Mood::Hangs,
            Mood::Well,
        ];
        let phases = std::array::from_fn(|index| Phase {
            name: names[index],
            mood: moods[index],
            lasts: ms(lasts[index]),
        });
        Self {
            rate,
            workers,
            phases,
        }
    }

    /// How long calls are sent.
    pub fn whole(&self) -> Duration {
        self.phases.iter().map(|phase| phase.lasts).sum()
    }

    /// When each phase begins, if nothing is late.
    pub fn begins(&self) -> [Duration; 6] {
        let mut at = Duration::ZERO;
        self.phases.map(|phase| {
            let begin = at;
            at += phase.lasts;
            begin
        })
    }

    /// When calls are sent: one in each slot of time, even enough for a ratio in a quarter of a second; at a moment of its middle half that is
    /// drawn by lot, so that nobody is on the way when the mood changes, which is between two slots.
    pub fn schedule(&self, rng: &mut Rng) -> Vec<Duration> {
        let slot = Duration::from_secs(1) / self.rate;
        let mut begin = Duration::ZERO;
        let mut calls = Vec::new();
        while begin < self.whole() {
            calls.push(begin + slot.mul_f64(0.25 + rng.f64() / 2.0));
            begin += slot;
        }
        calls
    }
}

/// Who retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// Each layer, as often as its attempts allow.
    EveryLayer,
    /// Each layer, within a budget that its calls share.
    Budgets,
    /// Only the service at the top.
    TopOnly,
    /// Nobody.
    Nobody,
}

impl Design {
    pub const ALL: [Self; 4] = [Self::EveryLayer, Self::Budgets, Self::TopOnly, Self::Nobody];

    /// As words; with `_` the name of its figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::EveryLayer => "every layer",
            Self::Budgets => "with budgets",
            Self::TopOnly => "top only",
            Self::Nobody => "nobody",
        }
    }

    /// What the layer of that number does, counted from the top.
    pub fn retries(self, layer: usize) -> Retries {
        match self {
            Self::EveryLayer => Retries::Freely,
            Self::Budgets => Retries::WithinBudget,
            Self::TopOnly if layer == 0 => Retries::Freely,
            Self::TopOnly | Self::Nobody => Retries::Never,
        }
    }

    /// The most that one call at the top can become.
    pub fn most(self) -> u32 {
        match self {
            Self::EveryLayer | Self::Budgets => ATTEMPTS.pow(LAYERS as u32),
            Self::TopOnly => ATTEMPTS,
            Self::Nobody => 1,
        }
    }
}

/// How a layer retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    Never,
    Freely,
    WithinBudget,
}

impl Retries {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Never, "never"),
        (Self::Freely, "freely"),
        (Self::WithinBudget, "within-budget"),
    ];

    /// Its name on a command line.
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(retries, _)| *retries == self);
        named.expect("all of them are there").1
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, own)| *own == name);
        found.map(|(retries, _)| *retries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_has_one_call_and_a_seed_its_own() {
        let scenario = Scenario::of(true);
        let of = |seed| scenario.schedule(&mut Rng::with_seed(seed));
        let calls = of(1);
        let slots: Vec<u128> = calls.iter().map(|at| at.as_millis() / 50).collect();
        assert_eq!(slots, (0..150).collect::<Vec<u128>>());
        assert!(
            calls
                .iter()
                .all(|at| (12..38).contains(&(at.as_millis() % 50)))
        );
        assert_eq!(of(1), calls);
        assert_ne!(of(2), calls);
    }

    #[test]
    fn a_phase_begins_where_the_one_before_it_ends() {
        let scenario = Scenario::of(false);
        assert_eq!(
            scenario.begins().map(|at| at.as_millis()),
            [0, 1000, 3500, 5500, 6500, 8000]
        );
        assert_eq!(scenario.whole(), ms(12_000));
    }

    /// What makes the hang a storm, and keeps it one: five times the load, below which the 27 fit six times.
    #[test]
    fn a_time_out_leaves_room_for_the_attempts_below() {
        let waits = crate::layer::CAP * (ATTEMPTS - 1);
        for pair in TIMEOUTS.windows(2) {
            assert!(pair[0] > pair[1] * ATTEMPTS + waits, "{pair:?}");
        }
        for quick in [false, true] {
            let scenario = Scenario::of(quick);
            let can = scenario.workers as f64 / WORK.as_secs_f64();
            assert_eq!(can, 5.0 * f64::from(scenario.rate));
        }
    }

    #[test]
    fn names_lead_back() {
        for (mood, name) in Mood::ALL {
            assert_eq!((Mood::named(name), mood.name()), (Some(mood), name));
        }
        for (retries, name) in Retries::ALL {
            assert_eq!(Retries::named(name), Some(retries));
            assert_eq!(retries.name(), name);
        }
        assert_eq!((Mood::named("?"), Retries::named("?")), (None, None));
    }
}
