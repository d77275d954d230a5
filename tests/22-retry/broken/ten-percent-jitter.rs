//! The sketch's jitter, kept below the cap: a tenth of the wait. Whoever failed together comes back within that tenth.
// ANCHOR: stage1_wait
match self.0 {
    Strategy::None => Duration::ZERO,
    Strategy::Constant { wait } => wait,
    Strategy::Exponential { .. } => self.ceiling(retry),
    Strategy::FullJitter { .. } | Strategy::EqualJitter { .. } => {
        let ceiling = self.ceiling(retry);
        between(ceiling.mul_f64(0.9), ceiling, rng)
    }
    Strategy::Decorrelated { base, cap } => {
        let longest = previous.max(base).saturating_mul(3).min(cap);
        between(base.max(longest.mul_f64(0.9)), longest, rng)
    }
}
// ANCHOR_END: stage1_wait
