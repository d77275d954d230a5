//! Stage 1: how long to wait.

use std::time::Duration;

use fastrand::Rng;
use retry::core::backoff::{Backoff, Strategy};

const MS: Duration = Duration::from_millis(1);

#[test]
fn inv1_the_ceiling_doubles_up_to_the_cap() {
    let backoff = Backoff::new(Strategy::Exponential {
        base: 5 * MS,
        factor: 2.0,
        cap: 2000 * MS,
    })
    .unwrap();
    let waits: Vec<_> = backoff.waits(Rng::with_seed(1)).take(11).collect();
    assert_eq!(
        waits,
        [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2000, 2000].map(|ms| ms * MS)
    );
}
