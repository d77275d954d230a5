//! The sketch's order: cut at the cap, then add the jitter.
// ANCHOR: stage1_wait
match self.0 {
    Strategy::None => Duration::ZERO,
    Strategy::Constant { wait } => wait,
    Strategy::Exponential { .. } => self.ceiling(retry),
    Strategy::FullJitter { .. } | Strategy::EqualJitter { .. } => {
        let delay = self.ceiling(retry);
        delay + delay.mul_f64(0.1 * rng.f64())
    }
    Strategy::Decorrelated { base, cap } => {
        let longest = previous.max(base).saturating_mul(3).min(cap);
        let delay = between(base, longest, rng);
        delay + delay.mul_f64(0.1 * rng.f64())
    }
}
// ANCHOR_END: stage1_wait
