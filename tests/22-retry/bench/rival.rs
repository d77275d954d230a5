//! The call without a retry, and backon: as close to the lab's own as its options go.
//!
//! backon too is told of backoff and classes only: exponential with jitter, at most so many retries, and which errors are worth one. It builds
//! its backoff for each call, and so does whoever uses it. Its sleeper is tokio's; for no wait, one that does not sleep, since tokio's shortest
//! takes up to a millisecond.

use std::future::ready;
use std::hint::black_box;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

use crate::calls::{Calling, EverySecond, No, Slice, succeed};

/// Attempts of a call; backon counts retries.
pub const ATTEMPTS: u32 = 4;
pub const BASE: Duration = Duration::from_millis(5);
pub const CAP: Duration = Duration::from_secs(2);

/// The call itself.
pub struct Bare;

impl Calling for Bare {
    fn calls(&self, times: u64) -> Slice<'_> {
        Box::pin(async move {
            let mut succeeded = 0;
            for _ in 0..times {
                succeeded += succeed().await.unwrap_or(0);
            }
            succeeded
        })
    }
}

/// backon around a call that succeeds at once.
pub struct Backon;

fn builder() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_jitter()
        .with_max_delay(CAP)
        .with_max_times(ATTEMPTS as usize - 1)
}

fn is_transient(_: &No) -> bool {
    true
}

impl Calling for Backon {
    fn calls(&self, times: u64) -> Slice<'_> {
        Box::pin(async move {
            let backoff = builder().with_min_delay(BASE);
            let mut succeeded = 0;
            for _ in 0..times {
                let call = succeed
                    .retry(black_box(&backoff))
                    .sleep(tokio::time::sleep)
                    .when(is_transient);
                succeeded += call.await.unwrap_or(0);
            }
            succeeded
        })
    }
}

/// backon around a call that fails once.
pub struct BackonRetries;

impl Calling for BackonRetries {
    fn calls(&self, times: u64) -> Slice<'_> {
        Box::pin(async move {
            let backoff = builder().with_min_delay(Duration::ZERO);
            let server = EverySecond::default();
            let mut succeeded = 0;
            for _ in 0..times {
                let call = (|| server.attempt())
                    .retry(black_box(&backoff))
                    .sleep(|_| ready(()))
                    .when(is_transient);
                succeeded += call.await.unwrap_or(0);
            }
            succeeded
        })
    }
}
