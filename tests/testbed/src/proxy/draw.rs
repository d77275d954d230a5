//! The proxy's randomness: number `index` of a stream, as a function.
//!
//! Why not `rand` with a seed: a generator is a sequence, so one draw more for a new fault or another connection
//! shifts all that come after it, and a recorded seed no longer means the same run. Here every decision has its
//! own coordinates (seed, connection, direction, kind, number) and nothing else moves it. And `rand` does not
//! promise that its `StdRng` gives the same values in its next version; these five lines do.
//!
//! The function is splitmix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014),
//! whose state is a plain counter, so its n-th output costs as much as its first.

use std::ops::RangeInclusive;

/// The step of splitmix64's counter: 2^64 divided by the golden ratio, odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Number `index` of the stream `key`; also how a key is made from another.
pub(super) const fn draw(key: u64, index: u64) -> u64 {
    let mut z = key.wrapping_add(index.wrapping_add(1).wrapping_mul(STEP));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Number `index` of the stream `key`, as a number of `range`.
///
/// By multiplication and not by remainder: the bias is below one in 2^64 / range, far below what a test can see.
pub(super) fn draw_in(key: u64, index: u64, range: &RangeInclusive<u64>) -> u64 {
    let span = u128::from(range.end() - range.start()) + 1;
    let offset = (u128::from(draw(key, index)) * span) >> 64;
    // `offset < span`, and span - 1 is a u64.
    range.start() + offset as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_splitmix64() {
        // The first outputs of the published algorithm for the state 1234567.
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!([0, 1, 2].map(|i| draw(1_234_567, i)), expected);
    }

    proptest! {
        #[test]
        fn a_draw_stays_in_its_range(key: u64, index: u64, a: u64, b: u64) {
            let range = a.min(b)..=a.max(b);
            prop_assert!(range.contains(&draw_in(key, index, &range)));
        }
    }

    #[test]
    fn both_ends_of_a_range_are_reached() {
        let seen: Vec<u64> = (0..1_000).map(|i| draw_in(7, i, &(3..=5))).collect();
        for value in 3..=5 {
            let times = seen.iter().filter(|&&v| v == value).count();
            assert!(
                (250..420).contains(&times),
                "{value} came {times} times in 1,000"
            );
        }
    }
}
