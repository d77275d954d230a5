//! Stage 3: one deadline over all attempts.

use std::cell::Cell;
use std::time::Duration;

use retry::core::backoff::{Backoff, Strategy};
use retry::core::class::{Class, Safety};
use retry::core::limits::Limits;
use retry::shell::policy::Policy;
use retry::shell::retry::retry;

const MS: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn inv2_a_call_that_succeeds_at_the_third_attempt() {
    let backoff = Backoff::new(Strategy::Constant { wait: 10 * MS }).unwrap();
    let limits = Limits::new(5).unwrap().with_deadline(100 * MS).unwrap();
    let policy = Policy::new(backoff, limits);
    let made = Cell::new(0);
    let answer = retry(
        &policy,
        Safety::Unsafe,
        |_: &&str| Class::Transient,
        || async {
            made.set(made.get() + 1);
            if made.get() < 3 { Err("no") } else { Ok(7) }
        },
    )
    .await;
    assert_eq!((answer.unwrap(), made.get()), (7, 3));
}
