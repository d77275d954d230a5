//! What is compared: five strategies of the reference, and the jitter of the book's source.

use std::time::Duration;

use fastrand::Rng;
use retry::core::backoff::{Backoff, Steps, Strategy, between};

/// As in the article.
pub const BASE: Duration = Duration::from_millis(5);
/// As in the article.
pub const CAP: Duration = Duration::from_secs(2);
/// Doubling.
const FACTOR: f64 = 2.0;

/// How a contender waits.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// For people.
    pub name: &'static str,
    backoff: Backoff,
    /// The source adds up to a tenth of the wait, after the cap. The reference has no such strategy; broken/jitter-past-cap.rs has it.
    tenth: bool,
}

/// Where one contender is in its waits.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    steps: Steps,
}

impl Waiting {
    fn new(name: &'static str, strategy: Strategy) -> Self {
        Self {
            name,
            backoff: Backoff::new(strategy).expect("numbers that make sense"),
            tenth: false,
        }
    }

    /// Comes back at once.
    pub fn none() -> Self {
        Self::new("none", Strategy::None)
    }

    /// The ceiling itself.
    pub fn exponential() -> Self {
        let (base, factor, cap) = (BASE, FACTOR, CAP);
        Self::new("no jitter", Strategy::Exponential { base, factor, cap })
    }

    /// From nothing to the ceiling.
    pub fn full() -> Self {
        let (base, factor, cap) = (BASE, FACTOR, CAP);
        Self::new("full", Strategy::FullJitter { base, factor, cap })
    }

    /// All six, in the order in which they are shown.
    pub fn all() -> [Self; 6] {
        let (base, factor, cap) = (BASE, FACTOR, CAP);
        [
            Self::none(),
            Self::exponential(),
            Self {
                name: "ten per cent",
                tenth: true,
                ..Self::exponential()
            },
            Self::new("equal", Strategy::EqualJitter { base, factor, cap }),
            Self::new("decorrelated", Strategy::Decorrelated { base, cap }),
            Self::full(),
        ]
    }

    /// The wait before a contender's next attempt.
    pub fn next(&self, waits: &mut Waits, rng: &mut Rng) -> Duration {
        let wait = waits.steps.next(&self.backoff, rng);
        if self.tenth {
            wait + between(Duration::ZERO, wait / 10, rng)
        } else {
            wait
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first ten waits.
    fn ten(waiting: Waiting, seed: u64) -> Vec<Duration> {
        let (mut waits, mut rng) = (Waits::default(), Rng::with_seed(seed));
        (0..10)
            .map(|_| waiting.next(&mut waits, &mut rng))
            .collect()
    }

    #[test]
    fn the_ceilings_are_five_ms_doubled_up_to_two_seconds() {
        let ceilings = [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2000].map(Duration::from_millis);
        assert_eq!(ten(Waiting::exponential(), 1), ceilings);
        assert_eq!(ten(Waiting::none(), 1), [Duration::ZERO; 10]);
    }

    #[test]
    fn the_sources_jitter_is_up_to_a_tenth_on_top() {
        let [_, _, tenth, ..] = Waiting::all();
        let ceilings = ten(Waiting::exponential(), 1);
        let mut past_cap = 0;
        for seed in 0..100 {
            for (wait, ceiling) in ten(tenth, seed).into_iter().zip(&ceilings) {
                assert!(wait >= *ceiling && wait <= *ceiling * 11 / 10, "{wait:?}");
                past_cap += u32::from(wait > CAP);
            }
        }
        assert!(past_cap > 90, "the source adds after the cap: {past_cap}");
    }
}
