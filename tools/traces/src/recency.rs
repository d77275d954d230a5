//! A load that asks again for what it asked for a moment ago, and after that never: news, sessions, a queue's heads.
//!
//! An access is either a key that nobody has seen, or that of an access some way back in the history, near ones more often than far ones.
//! Frequency says little here: what was counted long ago is dead, so LRU is close to the best that there is, and a cache that trusts its counters
//! only does badly. Not a stack-distance model, which would need the whole LRU stack: going back in the history needs a ring.

use fastrand::Rng;

use crate::zipf::Zipf;

/// The last accesses, and how far back the next looks.
#[derive(Clone, Debug)]
pub(crate) struct Recency {
    ring: Vec<u64>,
    /// Accesses so far.
    done: u64,
    /// Keys so far.
    keys: u64,
    distance: Zipf,
    fresh: f64,
}

/// How steeply the distance falls: at 0.6 the nearer half of the reach has three quarters of the repeats.
const STEEPNESS: f64 = 0.6;

impl Recency {
    pub(crate) fn new(reach: u32, fresh: f64) -> Self {
        Self {
            ring: vec![0; reach as usize],
            done: 0,
            keys: 0,
            distance: Zipf::new(reach, STEEPNESS),
            fresh,
        }
    }

    pub(crate) fn next(&mut self, rng: &mut Rng) -> u64 {
        let reach = self.ring.len() as u64;
        let back = u64::from(self.distance.draw(rng));
        let key = if back > self.done || rng.f64() < self.fresh {
            self.keys += 1;
            self.keys - 1
        } else {
            self.ring[((self.done - back) % reach) as usize]
        };
        self.ring[(self.done % reach) as usize] = key;
        self.done += 1;
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_asked_for_from_beyond_the_reach() {
        let mut rng = Rng::with_seed(1);
        let mut recency = Recency::new(100, 0.2);
        let mut history: Vec<u64> = Vec::new();
        let mut fresh = 0;
        for _ in 0..10_000 {
            let key = recency.next(&mut rng);
            let from = history.len().saturating_sub(100);
            if history[from..].contains(&key) {
                history.push(key);
                continue;
            }
            assert!(
                !history.contains(&key),
                "{key} was forgotten, and came back"
            );
            history.push(key);
            fresh += 1;
        }
        assert!((1_900..2_300).contains(&fresh), "{fresh} of 10,000 are new");
    }
}
