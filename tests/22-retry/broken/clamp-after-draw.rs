//! Decorrelated jitter as the article has it: drawn from up to three times the last wait, then cut at the cap.
// ANCHOR: stage1_wait
match self.0 {
    Strategy::None => Duration::ZERO,
    Strategy::Constant { wait } => wait,
    Strategy::Exponential { .. } => self.ceiling(retry),
    Strategy::FullJitter { .. } => between(Duration::ZERO, self.ceiling(retry), rng),
    Strategy::EqualJitter { .. } => {
        let ceiling = self.ceiling(retry);
        between(ceiling / 2, ceiling, rng)
    }
    Strategy::Decorrelated { base, cap } => {
        let longest = previous.max(base).saturating_mul(3);
        between(base, longest, rng).min(cap)
    }
}
// ANCHOR_END: stage1_wait
