//! Ranks by Zipf's law: rank k is asked for in proportion to `1 / k^s`.
//!
//! By rejection-inversion (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions", ACM
//! TOMACS 6(3), 1996): the hat is the integral of `x^-s`, which is inverted in closed form, and a draw is rejected where the histogram lies below
//! it. Not by a table of cumulated weights: that takes 8 bytes a key and a binary search a draw, and this takes four numbers and about 1.1 draws
//! for a million keys. Both integrals are written so that s = 1 is no special case.

use fastrand::Rng;

/// Zipf's distribution over `1..=keys`.
#[derive(Clone, Debug)]
pub struct Zipf {
    keys: f64,
    exponent: f64,
    /// The hat's integral at 1.5, less the first rank's own weight: where draws begin.
    from: f64,
    /// The hat's integral at the last rank: where they end.
    to: f64,
    /// A draw this close below its rank is taken without a look at the histogram.
    sure: f64,
}

impl Zipf {
    /// `keys` at least 1, and `exponent` above 0: [`Load`](crate::Load) checks both.
    #[must_use]
    pub fn new(keys: u32, exponent: f64) -> Self {
        let keys = f64::from(keys.max(1));
        let mut zipf = Self {
            keys,
            exponent,
            from: 0.0,
            to: 0.0,
            sure: 0.0,
        };
        zipf.from = zipf.integral(1.5) - 1.0;
        zipf.to = zipf.integral(keys + 0.5);
        zipf.sure = 2.0 - zipf.inverse(zipf.integral(2.5) - zipf.weight(2.0));
        zipf
    }

    /// The next rank, from 1.
    pub fn draw(&self, rng: &mut Rng) -> u32 {
        loop {
            let at = self.to + rng.f64() * (self.from - self.to);
            let x = self.inverse(at);
            let rank = x.round().clamp(1.0, self.keys);
            if rank - x <= self.sure || at >= self.integral(rank + 0.5) - self.weight(rank) {
                return rank as u32;
            }
        }
    }

    /// `x^-s`.
    fn weight(&self, x: f64) -> f64 {
        (-self.exponent * x.ln()).exp()
    }

    /// The integral of `t^-s` from 1 to x: `(x^(1-s) - 1) / (1-s)`, and `ln x` for s = 1.
    fn integral(&self, x: f64) -> f64 {
        let log = x.ln();
        expm1_over((1.0 - self.exponent) * log) * log
    }

    /// The x of an integral.
    fn inverse(&self, integral: f64) -> f64 {
        // Rounding may bring it below -1, where there is no logarithm.
        let scaled = (integral * (1.0 - self.exponent)).max(-1.0);
        (ln_1p_over(scaled) * integral).exp()
    }
}

/// `(e^x - 1) / x`, also near 0.
fn expm1_over(x: f64) -> f64 {
    if x.abs() > 1e-8 {
        x.exp_m1() / x
    } else {
        1.0 + x / 2.0
    }
}

/// `ln(1 + x) / x`, also near 0.
fn ln_1p_over(x: f64) -> f64 {
    if x.abs() > 1e-8 {
        x.ln_1p() / x
    } else {
        1.0 - x / 2.0
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use proptest::prelude::*;

    use super::*;

    /// Every rank's share of a million draws, beside the law's.
    #[test]
    fn ranks_come_as_often_as_the_law_says() {
        const DRAWS: u32 = 1_000_000;
        for exponent in [0.7, 0.99, 1.0, 1.2] {
            let zipf = Zipf::new(50, exponent);
            let mut rng = Rng::with_seed(1);
            let mut counts = [0_u32; 50];
            for _ in 0..DRAWS {
                counts[zipf.draw(&mut rng) as usize - 1] += 1;
            }
            let all: f64 = (1..=50).map(|k| f64::from(k).powf(-exponent)).sum();
            for (index, &count) in counts.iter().enumerate() {
                let share = (index as f64 + 1.0).powf(-exponent) / all;
                let expected = share * f64::from(DRAWS);
                // Five standard deviations of a binomial count.
                let room = 5.0 * (expected * (1.0 - share)).sqrt();
                let off = (f64::from(count) - expected).abs();
                assert!(
                    off < room,
                    "s = {exponent}, rank {}: {count} of {expected:.0}",
                    index + 1
                );
            }
        }
    }

    #[test]
    fn one_key_is_always_the_same() {
        let mut rng = Rng::with_seed(1);
        let zipf = Zipf::new(1, 1.0);
        assert!((0..100).all(|_| zipf.draw(&mut rng) == 1));
    }

    proptest! {
        #[test]
        fn a_rank_is_one_of_the_keys(keys in 1_u32.., exponent in 0.01_f64..4.0, seed: u64) {
            let zipf = Zipf::new(keys, exponent);
            let mut rng = Rng::with_seed(seed);
            for _ in 0..100 {
                let rank = zipf.draw(&mut rng);
                prop_assert!((1..=keys).contains(&rank));
            }
        }
    }
}
