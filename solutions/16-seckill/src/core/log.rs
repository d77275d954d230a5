//! A short queue of moments that lies where its owner lies.
//!
//! Why not a `VecDeque<Duration>`: its moments lie elsewhere, and twice as wide. A decision of the limiter costs little but
//! waiting for memory (a million buyers, in random order), so each line of cache that it touches counts: this halves the
//! decision (`benches/limiter.rs`). The sale's limit is 5 in a second, so five lie in place; a longer log moves to a `VecDeque`
//! and stays there. The methods have the `VecDeque`'s names.

use std::collections::VecDeque;
use std::time::Duration;

const IN_PLACE: usize = 5;

/// Moments, oldest first, from any fixed origin; kept in nanoseconds, so exact for 584 years.
#[derive(Clone, Debug)]
pub struct Log(Moments);

#[derive(Clone, Debug)]
enum Moments {
    Few { nanos: [u64; IN_PLACE], len: u8 },
    Many(VecDeque<u64>),
}

impl Default for Log {
    fn default() -> Self {
        Self(Moments::Few {
            nanos: [0; IN_PLACE],
            len: 0,
        })
    }
}

impl Log {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Moments::Few { len, .. } => usize::from(*len),
            Moments::Many(nanos) => nanos.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The oldest.
    #[must_use]
    pub fn front(&self) -> Option<Duration> {
        let nanos = match &self.0 {
            Moments::Few { nanos, len } => nanos[..usize::from(*len)].first(),
            Moments::Many(nanos) => nanos.front(),
        };
        nanos.copied().map(Duration::from_nanos)
    }

    /// The newest.
    #[must_use]
    pub fn back(&self) -> Option<Duration> {
        let nanos = match &self.0 {
            Moments::Few { nanos, len } => nanos[..usize::from(*len)].last(),
            Moments::Many(nanos) => nanos.back(),
        };
        nanos.copied().map(Duration::from_nanos)
    }

    /// Takes the oldest out.
    pub fn pop_front(&mut self) -> Option<Duration> {
        let oldest = self.front()?;
        match &mut self.0 {
            Moments::Few { nanos, len } => {
                // Five words in one line of cache: moving them all is cheaper than a ring's arithmetic.
                nanos.copy_within(1.., 0);
                *len -= 1;
            }
            Moments::Many(nanos) => {
                nanos.pop_front();
            }
        }
        Some(oldest)
    }

    /// Adds one that is the newest now.
    pub fn push_back(&mut self, moment: Duration) {
        let moment = u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX);
        match &mut self.0 {
            Moments::Few { nanos, len } if usize::from(*len) < IN_PLACE => {
                nanos[usize::from(*len)] = moment;
                *len += 1;
            }
            Moments::Few { nanos, .. } => {
                let all = nanos.iter().copied().chain([moment]).collect();
                self.0 = Moments::Many(all);
            }
            Moments::Many(nanos) => nanos.push_back(moment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The oracle is the queue that it replaces.
    #[test]
    fn a_log_is_a_queue_however_long_it_gets() {
        for pops_per_push in 0..3_u32 {
            let (mut log, mut queue) = (Log::default(), VecDeque::new());
            for i in 0..40_u32 {
                let moment = Duration::new(u64::from(i), i);
                log.push_back(moment);
                queue.push_back(moment);
                for _ in 0..(i * pops_per_push) % 4 {
                    assert_eq!(log.pop_front(), queue.pop_front());
                }
                assert_eq!(
                    (log.len(), log.is_empty(), log.front(), log.back()),
                    (
                        queue.len(),
                        queue.is_empty(),
                        queue.front().copied(),
                        queue.back().copied()
                    )
                );
            }
        }
    }
}
