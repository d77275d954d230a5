//! A row of bits: what a count window keeps of a call is whether it failed and whether it was slow.
//!
//! Why not a `Vec<bool>`: a window of 65,536 calls would be 64 KiB instead of 8, and out of the cache.

/// Bits by index, all off at first.
#[derive(Clone, Debug)]
pub(super) struct Bits(Box<[u64]>);

impl Bits {
    /// `len` bits.
    pub(super) fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)].into_boxed_slice())
    }

    /// Sets the bit at `index`, and says what it was.
    pub(super) fn replace(&mut self, index: usize, bit: bool) -> bool {
        let word = &mut self.0[index / 64];
        let was = *word >> (index % 64) & 1;
        *word ^= (was ^ u64::from(bit)) << (index % 64);
        was == 1
    }

    /// All off.
    pub(super) fn clear(&mut self) {
        self.0.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_is_what_it_was_set_to_and_its_neighbours_stay() {
        let mut bits = Bits::new(130);
        for index in (0..130).step_by(3) {
            assert!(!bits.replace(index, true));
        }
        for index in 0..130 {
            assert_eq!(bits.replace(index, index % 2 == 0), index % 3 == 0);
        }
        for index in 0..130 {
            assert_eq!(bits.replace(index, false), index % 2 == 0);
        }
        bits.replace(129, true);
        bits.clear();
        assert!(!bits.replace(129, false));
    }
}
