//! How long a message travels.
//!
//! The article takes a normal distribution with a mean of 10 ms and a deviation of 2 ms, and its absolute value. Here it is the sum of
//! twelve uniform numbers, which has the same mean and deviation, ends 12 ms from the mean, and needs no logarithm: those differ between machines,
//! and a seed must mean the same run everywhere.

use std::time::Duration;

use fastrand::Rng;

/// A network whose delays vary around a mean; each message is delayed by itself, so one may overtake another.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// One way, on average.
    pub mean: Duration,
    /// The standard deviation of that.
    pub deviation: Duration,
}

/// So many uniform numbers from 0 to s add up to a mean of 6 s and a deviation of s.
const UNIFORM: u64 = 12;

impl Network {
    /// The delay of one message.
    pub fn delay(&self, rng: &mut Rng) -> Duration {
        let nanos = |time: Duration| time.as_nanos() as u64;
        let (mean, deviation) = (nanos(self.mean), nanos(self.deviation));
        let drawn: u64 = (0..UNIFORM).map(|_| rng.u64(0..=deviation)).sum();
        Duration::from_nanos((mean + drawn).abs_diff(UNIFORM / 2 * deviation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::NETWORK;

    #[test]
    fn ten_milliseconds_and_two_are_what_was_asked_for() {
        let mut rng = Rng::with_seed(1);
        let delays: Vec<f64> = (0..100_000)
            .map(|_| NETWORK.delay(&mut rng).as_secs_f64() * 1e3)
            .collect();
        let mean = delays.iter().sum::<f64>() / delays.len() as f64;
        let squares = delays.iter().map(|delay| (delay - mean).powi(2));
        let deviation = (squares.sum::<f64>() / delays.len() as f64).sqrt();
        // Of 100,000 the mean's own deviation is 0.006 ms.
        assert!((mean - 10.0).abs() < 0.05, "{mean}");
        assert!((deviation - 2.0).abs() < 0.05, "{deviation}");
        // Normal, as far as three deviations tell: 0.13 per cent lie beyond on either side.
        let late = delays.iter().filter(|delay| **delay > 16.0).count();
        assert!((60..260).contains(&late), "{late}");
    }

    #[test]
    fn without_a_deviation_all_messages_take_the_same() {
        let even = Network {
            deviation: Duration::ZERO,
            ..NETWORK
        };
        let mut rng = Rng::with_seed(1);
        assert!((0..100).all(|_| even.delay(&mut rng) == NETWORK.mean));
    }
}
