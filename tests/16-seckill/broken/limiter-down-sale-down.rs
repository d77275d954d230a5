//! The sketch answers "not allowed" when the limiter's Redis answers nothing.
// ANCHOR: stage2_check
match self {
    Self::PerInstance(limiter) => limiter.check(buyer, now),
    Self::Shared { store, .. } => match store.check(buyer).await {
        Ok(verdict) => verdict,
        Err(_) => Verdict::Refuse { retry_after: Duration::from_secs(1) },
    },
}
// ANCHOR_END: stage2_check
