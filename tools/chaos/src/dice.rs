//! Random numbers by seed: SplitMix64 (Steele, Lea and Flood, 2014).
//!
//! Written here and not taken from `rand`, whose generators may change with a release: a seed that is printed in the book must
//! mean the same run next year. Each purpose gets dice of its own ([`Dice::of`]), so that one more throw for the buyers
//! does not change the faults.

use std::ops::RangeInclusive;

/// A generator.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of one purpose of a run: `Dice::of(seed, "faults")`.
    #[must_use]
    pub fn of(seed: u64, purpose: &str) -> Self {
        // FNV-1a, so that purposes that look alike start far apart.
        let name = purpose
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let mut dice = Self(seed ^ name);
        Self(dice.roll())
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// 0 to `bound` - 1; 0 if `bound` is 0. The bias is below `bound` / 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.roll()) * u128::from(bound)) >> 64) as u64
    }

    /// One of the range, both ends included.
    pub fn within(&mut self, range: &RangeInclusive<u64>) -> u64 {
        let width = range.end().saturating_sub(*range.start());
        range.start() + self.below(width.saturating_add(1))
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_do_not_share_their_numbers() {
        let rolls = |purpose| {
            let mut dice = Dice::of(7, purpose);
            [dice.roll(), dice.roll()]
        };
        assert_ne!(rolls("faults"), rolls("buyers"));
        assert_eq!(rolls("faults"), rolls("faults"));
    }

    #[test]
    fn both_ends_of_a_range_come_up() {
        let mut dice = Dice::of(1, "ends");
        let seen: std::collections::BTreeSet<u64> =
            (0..200).map(|_| dice.within(&(3..=5))).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(dice.within(&(9..=9)), 9);
    }
}
