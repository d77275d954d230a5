//! How often keys were asked for lately, about: a count-min sketch of 4-bit counters that ages.
//!
//! Why not a map from keys to counts: it would need an entry for every key that ever came, and most come once. Here a key has four
//! counters that it shares with others, and the smallest of them is its estimate: never too low, seldom too high. (Cormode and
//! Muthukrishnan 2005; Einziger, Friedman and Manes, "TinyLFU", 2017; the layout is Caffeine's, four counters in one cache line.) What
//! must stay true: an estimate is never below the count since the last ageing, up to 15.

use super::hash::Hashed;

/// A key has one counter in each of so many rows.
const ROWS: u32 = 4;
/// A counter has 4 bits: whoever is asked for 15 times within a sample is hot, and more makes no difference.
const CAP: u64 = 15;
/// The lowest bit of each of the 16 counters in a word.
const LOWEST_BITS: u64 = 0x1111_1111_1111_1111;
/// All but the highest bit of each: what a neighbour's lowest bit was shifted into is cut off.
const HALVED: u64 = 0x7777_7777_7777_7777;
/// Ageing comes after so many recorded keys for each expected one. Caffeine's, from the paper's measurements.
const SAMPLE: u64 = 10;

/// One cache line: two words of 16 counters for each row.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Block([u64; 8]);

/// Where a counter is: the word in its block, and the bit at which it begins.
#[derive(Clone, Copy, Debug)]
struct Counter {
    word: usize,
    shift: u32,
}

/// The counters.
#[derive(Clone, Debug)]
pub struct Sketch {
    blocks: Box<[Block]>,
    /// What was recorded since the last ageing, and half of that before.
    recorded: u64,
    sample: u64,
    ageings: u64,
}

impl Sketch {
    /// For so many keys that matter; 0 counts as 1. It has 8 bytes for each, up to the next power of two.
    #[must_use]
    pub fn new(expected_entries: u32) -> Self {
        let words = u64::from(expected_entries).max(8).next_power_of_two();
        Self {
            blocks: vec![Block::default(); (words / 8) as usize].into_boxed_slice(),
            recorded: 0,
            sample: SAMPLE * u64::from(expected_entries.max(1)),
            ageings: 0,
        }
    }

    /// Counts `key` once, and ages after a whole sample.
    pub fn record(&mut self, key: Hashed) {
        // ANCHOR: stage1_record
        todo!("stage 1: record")
        // ANCHOR_END: stage1_record
    }

    /// How often `key` was recorded lately: at least, up to 15.
    #[must_use]
    pub fn estimate(&self, key: Hashed) -> u8 {
        // ANCHOR: stage1_estimate
        todo!("stage 1: estimate")
        // ANCHOR_END: stage1_estimate
    }

    /// Halves every counter, and what was recorded: what was counted long ago counts for less and less.
    pub fn age(&mut self) {
        // ANCHOR: stage1_age
        todo!("stage 1: age")
        // ANCHOR_END: stage1_age
    }

    /// How often it has aged.
    #[must_use]
    pub fn ageings(&self) -> u64 {
        self.ageings
    }

    /// What counts towards the next ageing.
    #[must_use]
    pub fn recorded(&self) -> u64 {
        self.recorded
    }

    /// After how many recorded keys it ages.
    #[must_use]
    pub fn sample(&self) -> u64 {
        self.sample
    }

    /// The bytes of all counters.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.blocks)
    }

    /// The lower half of the bits chooses the block: there are at most 2^24.
    fn block(&self, mixed: u64) -> usize {
        mixed as u32 as usize & (self.blocks.len() - 1)
    }
}

/// Spreads a hash over all 64 bits: the last step of MurmurHash3. The index uses the hash as it is, and whoever shares a bucket there
/// should not share counters too.
fn mix(key: Hashed) -> u64 {
    let mut bits = key.bits();
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}

/// A key's counter in `row`: of the upper half, a byte for each row says which of the row's two words, and which of the 16 counters in it.
fn counter(mixed: u64, row: u32) -> Counter {
    let byte = (mixed >> (32 + 8 * row)) as u32;
    Counter {
        word: (2 * row + (byte & 1)) as usize,
        shift: ((byte >> 1) & 15) * 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The finalizer's own vectors: `fmix64` of 0, 1, 2 and of all ones.
    #[test]
    fn hashes_are_mixed_as_murmur_does() {
        let mixed = [0, 1, 2, u64::MAX].map(|bits| mix(Hashed::from_bits(bits)));
        let vectors = [
            0,
            0xb456_bcfc_34c2_cb2c,
            0x3abf_2a20_6506_83e7,
            0x64b5_720b_4b82_5f21,
        ];
        assert_eq!(mixed, vectors);
    }

    /// Byte 4 for row 0, byte 7 for row 3; the lowest bit chooses between two words, the next four the counter.
    #[test]
    fn each_row_has_a_byte_of_the_upper_half() {
        let at = |row| {
            let Counter { word, shift } = counter(0xff25_0a01_ffff_ffff, row);
            (word, shift)
        };
        assert_eq!([0, 1, 2, 3].map(at), [(1, 0), (2, 20), (5, 8), (7, 60)]);
    }

    #[test]
    fn the_lower_half_chooses_the_block() {
        let blocks = |expected_entries, bits| Sketch::new(expected_entries).block(bits);
        assert_eq!(blocks(8, u64::MAX), 0);
        assert_eq!(blocks(9, 0xffff_ffff_0000_0001), 1);
        assert_eq!(blocks(1000, 0xffff_ffff_0000_0123), 0x23);
        assert_eq!(blocks(1000, 0xffff_ffff_0000_007f), 0x7f);
    }

    #[test]
    fn it_has_eight_bytes_for_each_up_to_the_next_power_of_two() {
        let bytes = [0, 1, 8, 9, 16, 17, 1000, 1024].map(|n| Sketch::new(n).bytes());
        assert_eq!(bytes, [64, 64, 64, 128, 128, 256, 8192, 8192]);
        let samples = [0, 1, 1000].map(|n| Sketch::new(n).sample());
        assert_eq!(samples, [10, 10, 10_000]);
    }
}
