//! Waiting for something to become true, with a deadline, instead of sleeping and hoping.

use std::time::{Duration, Instant};

/// Asks every 10 ms until there is an answer.
///
/// # Panics
/// When the deadline has passed: with `what` was expected, and how long it was waited for.
pub async fn eventually<T>(
    deadline: Duration,
    what: &str,
    mut f: impl AsyncFnMut() -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = f().await {
            return answer;
        }
        let waited = begun.elapsed();
        assert!(waited < deadline, "not within {waited:.1?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
