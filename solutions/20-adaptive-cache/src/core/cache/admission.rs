//! Who may enter the main space.
//!
//! Why not let everybody in, as LRU does: a scan asks for each key once, and would push out all that is asked for again and again. What
//! must stay true: nobody is pushed out by a key that is asked for less often, or as often.

use fastrand::Rng;

/// What is said to a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Admission {
    /// The victims go.
    Admit,
    /// The candidate goes.
    Reject,
}

/// A candidate that is asked for so often may be lucky. Caffeine's.
pub const WARM: u8 = 6;
/// One of so many is. Caffeine's.
pub const LUCKY: u32 = 128;

/// Whether a candidate that was asked for `candidate` times may push out victims that were asked for `victims` times, all together.
///
/// All together, because that is what is lost: a heavy candidate must be worth as much as all the light entries in whose place it comes.
/// ("Lightweight Robust Size Aware Cache Management", Einziger et al. 2022: aggregated victims.) On equal terms who is there stays. Of the
/// warm candidates that lose, one in 128 enters all the same: else whoever knows the hash could, by keys whose counters are full, keep
/// the places for nothing forever.
pub fn decide(candidate: u8, victims: u64, dice: &mut Rng) -> Admission {
    // ANCHOR: stage2_admit
    if u64::from(candidate) > victims {
        return Admission::Admit;
    }
    if candidate >= WARM && dice.u32(..LUCKY) == 0 {
        return Admission::Admit;
    }
    Admission::Reject
    // ANCHOR_END: stage2_admit
}
