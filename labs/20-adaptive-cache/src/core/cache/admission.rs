//! Who may enter the main space.
//!
//! Why not let everybody in, as LRU does: a scan asks for each key once, and would push out all that is asked for again and again. What
//! must stay true: nobody is pushed out by a key that is asked for less often, or as often.

/// What is said to a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Admission {
    /// The victims go.
    Admit,
    /// The candidate goes.
    Reject,
}

/// Whether a candidate that was asked for `candidate` times may push out victims that were asked for `victims` times, all together.
///
/// All together, because that is what is lost: a heavy candidate must be worth as much as all the light entries in whose place it comes.
/// ("Lightweight Robust Size Aware Cache Management", Einziger et al. 2022: aggregated victims.) On equal terms who is there stays, or a loop that is
/// longer than the cache would push out each key shortly before it is asked for.
///
/// Caffeine admits one in 128 of the warm candidates that lose, because there whoever chooses the keys knows their hashes, and could hold the
/// places with keys that are as good as hot. Here the hash has a seed, and the lot would cost what it costs on a loop.
pub fn decide(candidate: u8, victims: u64) -> Admission {
    // ANCHOR: stage2_decide
    todo!("stage 2: decide")
    // ANCHOR_END: stage2_decide
}
