//! Stage 5: a second attempt beside a slow one.

use std::time::Duration;

use retry::core::budget::Income;
use retry::core::class::Safety;
use retry::core::error::{Cause, GaveUp, Stop};
use retry::core::hedge::{Hedge, When};
use retry::core::throttle::Terms;
use retry::shell::budget::Budget;
use retry::shell::policy::{Builder, Policy};
use retry::shell::retry::retry;

use crate::server::{End, MS, Meets, No, Server, after, at_once, classify, ten_ms, tries};

const SECOND: Duration = Duration::from_secs(1);

/// A hedge after 20 ms, and up to four attempts.
fn builder() -> Builder {
    let hedge = Hedge::new(When::After(20 * MS)).unwrap();
    Policy::builder(ten_ms(), tries(4)).hedge(hedge)
}

async fn ask(policy: &Policy, server: &Server, safety: Safety) -> Result<u32, GaveUp<No>> {
    retry(policy, safety, classify, || server.call()).await
}

fn ended(server: &Server) -> Vec<End> {
    let end = |seen: crate::server::Seen| seen.ended.expect("an attempt runs on");
    server.seen().into_iter().map(end).collect()
}

fn slow(ms: u32, answer: Result<u32, No>) -> Meets {
    after(ms * MS, answer)
}

#[tokio::test(start_paused = true)]
async fn inv6_a_fast_answer_is_not_hedged() {
    let policy = builder().build();
    let server = Server::new([slow(19, Ok(7))]);
    assert_eq!(ask(&policy, &server, Safety::Idempotent).await.unwrap(), 7);
    assert_eq!(ended(&server), [End::Answered(19 * MS)]);
    assert_eq!(policy.counters().hedges.get(), 0);
}

/// The slow one of a pair is dropped, and nothing of it goes on.
#[tokio::test(start_paused = true)]
async fn inv6_the_faster_answer_counts_and_the_other_attempt_is_cancelled() {
    let policy = builder().build();
    let server = Server::new([slow(500, Ok(7)), slow(30, Ok(8))]);
    assert_eq!(ask(&policy, &server, Safety::Idempotent).await.unwrap(), 8);
    assert_eq!(server.began(), [Duration::ZERO, 20 * MS]);
    assert_eq!(
        ended(&server),
        [End::Dropped(50 * MS), End::Answered(50 * MS)]
    );
    assert_eq!(server.now(), 50 * MS);
    let counters = policy.counters();
    assert_eq!((counters.hedges.get(), counters.hedges_won.get()), (1, 1));
    assert_eq!(counters.losers_cancelled.get(), 1);
    tokio::time::sleep(SECOND).await;
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn inv6_a_hedge_that_is_slower_is_the_loser() {
    let policy = builder().build();
    let server = Server::new([slow(40, Ok(7)), slow(30, Ok(8))]);
    assert_eq!(ask(&policy, &server, Safety::Keyed).await.unwrap(), 7);
    assert_eq!(
        ended(&server),
        [End::Answered(40 * MS), End::Dropped(40 * MS)]
    );
    let counters = policy.counters();
    assert_eq!((counters.hedges.get(), counters.hedges_won.get()), (1, 0));
    assert_eq!(counters.losers_cancelled.get(), 1);
}

/// Answers of the same moment: one of them counts, and it is the first attempt's.
#[tokio::test(start_paused = true)]
async fn inv6_of_two_answers_at_once_one_counts() {
    let policy = builder().build();
    let server = Server::new([slow(50, Ok(7)), slow(30, Ok(8))]);
    assert_eq!(ask(&policy, &server, Safety::Idempotent).await.unwrap(), 7);
    assert_eq!(server.seen().len(), 2);
}

/// The server that fails is often the one that fails fast.
#[tokio::test(start_paused = true)]
async fn inv6_an_attempt_that_fails_waits_for_the_other() {
    let policy = builder().build();
    for (script, answer, won) in [
        ([slow(100, Ok(7)), slow(10, Err(No::Busy(2)))], 7, 0),
        ([slow(30, Err(No::Busy(1))), slow(100, Ok(8))], 8, 1),
    ] {
        let before = policy.counters().hedges_won.get();
        let server = Server::new(script);
        let got = ask(&policy, &server, Safety::Idempotent).await.ok();
        assert_eq!(got, Some(answer), "the other attempt's answer");
        assert_eq!(server.seen().len(), 2);
        assert_eq!(policy.counters().hedges_won.get() - before, won);
    }
    assert_eq!(
        policy.counters().losers_cancelled.get(),
        0,
        "both had answered"
    );
}

#[tokio::test(start_paused = true)]
async fn inv6_a_permanent_failure_settles_it() {
    let policy = builder().build();
    let server = Server::new([slow(500, Ok(7)), slow(10, Err(No::Bad))]);
    let gave_up = ask(&policy, &server, Safety::Idempotent).await.unwrap_err();
    assert_eq!((gave_up.attempts, gave_up.stop), (2, Stop::Permanent));
    assert_eq!(
        ended(&server),
        [End::Dropped(30 * MS), End::Answered(30 * MS)]
    );
}

/// If both fail, the later failure is the pair's, and is retried like any other.
#[tokio::test(start_paused = true)]
async fn inv6_a_pair_that_fails_is_retried_as_one() {
    let policy = builder().build();
    let server = Server::new([
        slow(30, Err(No::Busy(1))),
        slow(30, Err(No::Busy(2))),
        at_once(Err(No::Busy(3))),
        at_once(Err(No::Busy(4))),
    ]);
    let gave_up = ask(&policy, &server, Safety::Idempotent).await.unwrap_err();
    assert_eq!(server.began(), [0, 20, 60, 70].map(|ms| ms * MS));
    assert_eq!((gave_up.attempts, gave_up.stop), (4, Stop::AttemptsSpent));
    assert_eq!(gave_up.cause.error(), Some(&No::Busy(4)));
}

/// What either of the two was told about coming back holds for both, whoever failed last.
#[tokio::test(start_paused = true)]
async fn inv9_what_one_of_a_pair_was_told_holds_for_both() {
    let throttled = || Err(No::Throttled(SECOND));
    for pair in [
        [throttled(), Err(No::Busy(2))],
        [Err(No::Busy(1)), throttled()],
    ] {
        let in_time = tries(4).with_deadline(10 * SECOND).unwrap();
        let hedge = Hedge::new(When::After(20 * MS)).unwrap();
        let policy = Policy::builder(ten_ms(), in_time).hedge(hedge).build();
        let [first, hedge] = pair.clone();
        let server = Server::new([slow(30, first), slow(30, hedge), at_once(Ok(7))]);
        assert_eq!(ask(&policy, &server, Safety::Idempotent).await.unwrap(), 7);
        let again = server.began().pop();
        assert_eq!(
            again,
            Some(SECOND + 50 * MS),
            "both have failed after 50 ms: {pair:?}"
        );
    }
}

/// The hedge says "never", and the first attempt was dropped while it ran: it may have been done.
#[tokio::test(start_paused = true)]
async fn inv5_a_loser_that_was_dropped_may_have_happened() {
    let policy = builder().build();
    let server = Server::new([slow(500, Ok(7)), slow(10, Err(No::Bad))]);
    let gave_up = ask(&policy, &server, Safety::Keyed).await.unwrap_err();
    assert_eq!((gave_up.attempts, gave_up.stop), (2, Stop::Permanent));
    assert!(gave_up.may_have_happened, "{gave_up}");
}

/// A loser is cancelled by us. That says nothing of the server, which accepts all that it is asked.
#[tokio::test(start_paused = true)]
async fn inv10_a_loser_is_no_rejection() {
    let terms = Terms::new(1.1, 10 * SECOND).unwrap();
    let policy = builder().throttle(terms).seed(7).build();
    for _ in 0..100 {
        let server = Server::new([slow(500, Ok(7)), slow(10, Ok(8))]);
        assert_eq!(ask(&policy, &server, Safety::Idempotent).await.unwrap(), 8);
    }
    assert_eq!(policy.counters().throttled.get(), 0);
}

/// A payment is not sent twice to be faster.
#[tokio::test(start_paused = true)]
async fn inv4_what_is_not_safe_to_repeat_is_sent_once() {
    let policy = builder().build();
    let server = Server::new([slow(500, Ok(7)), slow(1, Ok(8))]);
    assert_eq!(ask(&policy, &server, Safety::Unsafe).await.unwrap(), 7);
    assert_eq!(ended(&server), [End::Answered(500 * MS)]);
}

/// A server that slows down makes every call slow; hedges that nobody pays for double its load.
#[tokio::test(start_paused = true)]
async fn inv3_hedges_are_paid_for() {
    let budget = Budget::new(Income::new(0.1, 0, 1000).unwrap());
    let policy = builder().budget(budget.clone()).build();
    let server = Server::new([slow(100, Ok(7))]);
    for _ in 0..100 {
        assert_eq!(ask(&policy, &server, Safety::Idempotent).await.unwrap(), 7);
    }
    assert_eq!(server.seen().len(), 110, "a tenth of 100 calls is hedged");
    assert_eq!(policy.counters().hedges.get(), 10);
    assert_eq!(policy.counters().retries.get(), 0, "a hedge is no retry");
    assert_eq!(policy.counters().budget_refused.get(), 90);
    assert_eq!(budget.tokens(), 0);
}

/// No token, no hedge: what was not sent is not in the error's count, and takes no attempt from a retry.
#[tokio::test(start_paused = true)]
async fn inv5_a_hedge_that_nobody_pays_for_is_no_attempt() {
    let budget = Budget::new(Income::new(0.1, 0, 1000).unwrap());
    let policy = builder().budget(budget).build();
    let server = Server::new([slow(50, Err(No::Busy(1)))]);
    let gave_up = ask(&policy, &server, Safety::Idempotent).await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
    assert_eq!((gave_up.attempts, gave_up.stop), (1, Stop::BudgetSpent));
}

/// The last attempt has no other beside it.
#[tokio::test(start_paused = true)]
async fn inv5_a_hedge_is_counted_as_an_attempt() {
    let hedge = Hedge::new(When::After(20 * MS)).unwrap();
    let policy = Policy::builder(ten_ms(), tries(3)).hedge(hedge).build();
    let server = Server::new([slow(50, Err(No::Reset))]);
    let gave_up = ask(&policy, &server, Safety::Idempotent).await.unwrap_err();
    assert_eq!(server.began(), [0, 20, 80].map(|ms| ms * MS));
    assert_eq!((gave_up.attempts, gave_up.stop), (3, Stop::AttemptsSpent));
}

#[tokio::test(start_paused = true)]
async fn inv2_both_attempts_end_at_the_deadline() {
    let limits = tries(4).with_deadline(100 * MS).unwrap();
    let hedge = Hedge::new(When::After(20 * MS)).unwrap();
    let policy = Policy::builder(ten_ms(), limits).hedge(hedge).build();
    let server = Server::new([slow(500, Ok(7))]);
    let gave_up = ask(&policy, &server, Safety::Idempotent).await.unwrap_err();
    assert_eq!(ended(&server), [End::Dropped(100 * MS); 2]);
    assert_eq!((gave_up.attempts, gave_up.stop), (2, Stop::DeadlinePassed));
    assert!(matches!(gave_up.cause, Cause::TimedOut { .. }));
    assert_eq!(gave_up.elapsed, Some(100 * MS));
}

#[tokio::test(start_paused = true)]
async fn inv6_a_caller_who_goes_away_cancels_both() {
    let policy = builder().build();
    let server = Server::new([slow(500, Ok(7))]);
    let left = tokio::time::timeout(50 * MS, ask(&policy, &server, Safety::Idempotent)).await;
    assert!(left.is_err());
    assert_eq!(ended(&server), [End::Dropped(50 * MS); 2]);
}

/// A hedge asks the throttle like any attempt, and gives its token back if it is held back.
#[tokio::test(start_paused = true)]
async fn inv10_a_hedge_is_throttled_like_a_call() {
    let budget = Budget::new(Income::new(1.0, 0, 1000).unwrap());
    let hedge = Hedge::new(When::After(20 * MS)).unwrap();
    let policy = Policy::builder(ten_ms(), tries(2))
        .hedge(hedge)
        .budget(budget.clone())
        .throttle(Terms::new(2.0, 3600 * SECOND).unwrap())
        .seed(7)
        .build();
    let dead = Server::new([slow(30, Err(No::Reset))]);
    let mut sent = 0;
    for _ in 0..100 {
        let gave_up = ask(&policy, &dead, Safety::Idempotent).await.unwrap_err();
        sent += u64::from(gave_up.attempts > 0);
    }
    let (hedges, retries) = (
        policy.counters().hedges.get(),
        policy.counters().retries.get(),
    );
    assert!(
        hedges < sent,
        "{hedges} hedges of {sent} attempts: none was held back"
    );
    assert_eq!(policy.counters().budget_refused.get(), 0);
    assert_eq!(budget.tokens(), 100 - hedges - retries);
    assert_eq!(dead.seen().len() as u64, sent + hedges + retries);
}

// The percentile.

fn by_percentile(percentile: f64) -> Policy {
    let window = 3600 * SECOND;
    let when = When::Percentile { percentile, window };
    Policy::builder(ten_ms(), tries(2))
        .hedge(Hedge::new(when).unwrap())
        .build()
}

#[tokio::test(start_paused = true)]
async fn inv6_only_the_slowest_are_hedged() {
    let policy = by_percentile(95.0);
    // Of any hundred calls 96 take 10 ms, and four 200 ms: the 95th percentile is 10 ms.
    let script = (0..1000).map(|n| slow(if n % 25 == 0 { 200 } else { 10 }, Ok(7)));
    let server = Server::new(script);
    for call in 0..100 {
        let _answer = ask(&policy, &server, Safety::Idempotent).await.unwrap();
        assert_eq!(
            policy.counters().hedges.get(),
            0,
            "call {call}: too few are known"
        );
    }
    for _ in 0..100 {
        let _answer = ask(&policy, &server, Safety::Idempotent).await.unwrap();
    }
    // A hedge takes a line of the script too, so these are lines 100 to 204, of which five are slow.
    assert_eq!(policy.counters().hedges.get(), 5);
    assert_eq!(policy.counters().hedges_won.get(), 5);
}

/// A first attempt that lost counts as slow as it was seen to be. Left out, only the fast would be remembered, and in the end
/// everybody be hedged.
#[tokio::test(start_paused = true)]
async fn inv6_a_cancelled_attempt_is_remembered_as_slow() {
    let policy = by_percentile(50.0);
    let seed = 22;
    let mut rng = fastrand::Rng::with_seed(seed);
    for _ in 0..3000 {
        // A first attempt takes 10 to 160 ms, its hedge 1 ms.
        let mut takes = rng.u32(10..=160);
        let op = || {
            let takes = std::mem::replace(&mut takes, 1) * MS;
            async move {
                tokio::time::sleep(takes).await;
                Ok::<_, No>(7)
            }
        };
        let answer = retry(&policy, Safety::Idempotent, classify, op).await;
        assert_eq!(answer.unwrap(), 7);
    }
    let hedges = policy.counters().hedges.get();
    assert_eq!(policy.counters().losers_cancelled.get(), hedges);
    // The median is 85 ms, its bucket ends at 92: 45 in a hundred are slower. Five standard deviations are 135.
    assert!(
        (1170..=1440).contains(&hedges),
        "seed {seed}: {hedges} of 3000 were hedged"
    );
}
