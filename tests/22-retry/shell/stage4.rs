//! Stage 4: the budget that callers share, and the throttle.

use std::time::Duration;

use retry::core::budget::Income;
use retry::core::class::{Class, Safety};
use retry::core::error::{Cause, GaveUp, Stop};
use retry::core::throttle::Terms;
use retry::shell::budget::Budget;
use retry::shell::layer::RetryLayer;
use retry::shell::policy::Policy;
use retry::shell::retry::retry;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::server::{End, MS, No, Server, after, at_once, classify, ten_ms, tries};

const SECOND: Duration = Duration::from_secs(1);

fn budget(ratio: f64, per_second: u32) -> Budget {
    Budget::new(Income::new(ratio, per_second, 1000).unwrap())
}

fn paid_by(budget: &Budget) -> Policy {
    Policy::builder(ten_ms(), tries(3))
        .budget(budget.clone())
        .build()
}

async fn call(policy: &Policy, server: &Server) -> Result<u32, GaveUp<No>> {
    retry(policy, Safety::Unsafe, classify, || server.call()).await
}

fn dead() -> Server {
    Server::new([at_once(Err(No::Busy(1)))])
}

/// A dead server and a hundred callers: without a budget it hears 300 calls.
#[tokio::test(start_paused = true)]
async fn inv3_a_dead_server_hears_little_more_than_the_calls() {
    let (budget, server) = (budget(0.1, 0), dead());
    let policy = paid_by(&budget);
    let mut refused = 0;
    for _ in 0..100 {
        match call(&policy, &server).await.unwrap_err().stop {
            Stop::BudgetSpent => refused += 1,
            other => assert_eq!(other, Stop::AttemptsSpent),
        }
    }
    assert_eq!(server.seen().len(), 110, "a tenth of 100 calls is retried");
    assert!(refused >= 90, "{refused}");
    assert_eq!(policy.counters().retries.get(), 10);
    assert_eq!(policy.counters().budget_refused.get(), refused);
    assert_eq!(policy.counters().gave_up.get(), 100);
}

#[tokio::test(start_paused = true)]
async fn inv3_callers_of_two_policies_share_one_budget() {
    let (budget, server) = (budget(0.1, 0), dead());
    let policies = [paid_by(&budget), paid_by(&budget.clone())];
    for _ in 0..50 {
        for policy in &policies {
            let _gave_up = call(policy, &server).await.unwrap_err();
        }
    }
    assert_eq!(server.seen().len(), 110);
}

#[tokio::test(start_paused = true)]
async fn inv3_callers_at_once_share_one_budget() {
    let (budget, server) = (budget(0.1, 0), dead());
    let policy = paid_by(&budget);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (policy, server) = (policy.clone(), server.clone());
        calls.spawn(async move { call(&policy, &server).await.is_err() });
    }
    assert!(calls.join_all().await.into_iter().all(|failed| failed));
    let heard = server.seen().len();
    assert!((101..=110).contains(&heard), "{heard}");
}

/// A call pays in once; if every attempt did, retries would pay for retries.
#[tokio::test(start_paused = true)]
async fn inv3_a_retry_pays_nothing_in() {
    let budget = Budget::new(Income::new(1.0, 0, 1000).unwrap());
    let server = dead();
    let policy = paid_by(&budget);
    for _ in 0..10 {
        let gave_up = call(&policy, &server).await.unwrap_err();
        assert_eq!((gave_up.attempts, gave_up.stop), (2, Stop::BudgetSpent));
    }
    assert_eq!(budget.tokens(), 0);
}

/// Three layers that try three times each: without budgets the server hears 27 calls for one, with a tenth in each layer 1.331.
#[tokio::test(start_paused = true)]
async fn inv3_budgets_do_not_multiply_from_layer_to_layer() {
    fn transient<E>(_: &E) -> Class {
        Class::Transient
    }
    let server = dead();
    let at_the_bottom = server.clone();
    let service = service_fn(move |()| {
        let server = at_the_bottom.clone();
        async move { server.call().await }
    });
    let [top, middle, bottom] = [(); 3].map(|()| paid_by(&budget(0.1, 0)));
    let safety = |(): &()| Safety::Unsafe;
    let service = RetryLayer::new(bottom, transient::<No>, safety).layer(service);
    let service = RetryLayer::new(middle, transient::<GaveUp<No>>, safety).layer(service);
    let mut service = RetryLayer::new(top, transient::<GaveUp<GaveUp<No>>>, safety).layer(service);
    for _ in 0..1000 {
        let gave_up = service.ready().await.unwrap().call(()).await.unwrap_err();
        assert!(gave_up.attempts <= 3);
    }
    assert_eq!(server.seen().len(), 1331);
}

#[tokio::test(start_paused = true)]
async fn inv3_seconds_pay_for_a_retry_of_who_seldom_calls() {
    let (budget, server) = (budget(0.0, 1), dead());
    let policy = paid_by(&budget);
    for attempts in [2, 1] {
        assert_eq!(call(&policy, &server).await.unwrap_err().attempts, attempts);
    }
    tokio::time::sleep(SECOND).await;
    assert_eq!(call(&policy, &server).await.unwrap_err().attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn inv5_a_spent_budget_is_said_with_the_last_cause() {
    let (budget, server) = (
        budget(0.1, 1),
        Server::new((1..9).map(|n| at_once(Err(No::Busy(n))))),
    );
    let gave_up = call(&paid_by(&budget), &server).await.unwrap_err();
    assert_eq!((gave_up.attempts, gave_up.stop), (2, Stop::BudgetSpent));
    assert_eq!(gave_up.cause.error(), Some(&No::Busy(2)));
    assert_eq!(
        gave_up.to_string(),
        "gave up after 2 attempts, because the retry budget is spent; last: busy, number 2"
    );
    assert_eq!(
        (server.now(), gave_up.waited),
        (10 * MS, 10 * MS),
        "nobody waits for a retry that will not be"
    );
}

/// What will not be retried anyway takes nothing from those who will be.
#[tokio::test(start_paused = true)]
async fn inv3_who_stops_for_another_reason_takes_no_token() {
    let budget = budget(0.0, 5);
    let limits = tries(3).with_deadline(50 * MS).unwrap();
    let policy = Policy::builder(ten_ms(), limits)
        .budget(budget.clone())
        .build();
    for (no, stop) in [
        (No::Bad, Stop::Permanent),
        (No::Reset, Stop::NotSafe),
        (
            No::Throttled(SECOND),
            Stop::PastDeadline {
                wait: SECOND,
                left: 50 * MS,
            },
        ),
    ] {
        let server = Server::new([at_once(Err(no))]);
        assert_eq!(call(&policy, &server).await.unwrap_err().stop, stop);
    }
    assert_eq!(budget.tokens(), 5);
    let server = dead();
    let gave_up = call(&policy, &server).await.unwrap_err();
    assert_eq!((gave_up.stop, budget.tokens()), (Stop::AttemptsSpent, 3));
}

/// A hundred callers who go away while they wait for their retry leave the budget as it was.
#[tokio::test(start_paused = true)]
async fn inv3_a_caller_who_goes_away_leaves_its_token() {
    let (budget, server) = (budget(0.0, 1), dead());
    let policy = paid_by(&budget);
    let mut refused = 0;
    for _ in 0..100 {
        let left = tokio::time::timeout(5 * MS, call(&policy, &server)).await;
        refused += u32::from(left.is_ok());
    }
    assert_eq!(
        refused, 0,
        "callers found the budget spent by those who had gone"
    );
    assert_eq!(policy.counters().retries.get(), 0);
    assert_eq!(budget.tokens(), 1);
}

/// A token is gone with the attempt that it paid for, also if that is cancelled: the server has heard it.
#[tokio::test(start_paused = true)]
async fn inv3_a_retry_that_was_sent_is_paid() {
    let budget = budget(0.0, 1);
    let server = Server::new([at_once(Err(No::Busy(1))), after(SECOND, Ok(7))]);
    let policy = paid_by(&budget);
    let left = tokio::time::timeout(15 * MS, call(&policy, &server)).await;
    assert!(left.is_err());
    assert_eq!(server.seen()[1].ended, Some(End::Dropped(15 * MS)));
    assert_eq!((budget.tokens(), policy.counters().retries.get()), (0, 1));
}

// The throttle.

fn throttled(seed: u64) -> Policy {
    Policy::builder(ten_ms(), tries(1))
        .throttle(Terms::new(2.0, 10 * SECOND).unwrap())
        .seed(seed)
        .build()
}

#[tokio::test(start_paused = true)]
async fn inv10_a_dead_server_is_soon_left_alone() {
    for seed in 0..10 {
        let (policy, server) = (throttled(seed), dead());
        let mut kept = 0;
        for _ in 0..1000 {
            let gave_up = call(&policy, &server).await.unwrap_err();
            match gave_up.stop {
                Stop::Throttled => {
                    kept += 1;
                    assert!(matches!(gave_up.cause, Cause::NotSent));
                    assert_eq!(gave_up.attempts, 0);
                    assert_eq!(
                        gave_up.to_string(),
                        "gave up after 0 attempts, because throttled here, because the server rejects too much; last: nothing was sent"
                    );
                }
                other => assert_eq!(other, Stop::AttemptsSpent),
            }
        }
        let heard = server.seen().len();
        // The harmonic number of 1000 is 7.5; its spread is 2.4.
        assert!(
            (1..=20).contains(&heard),
            "seed {seed}: {heard} of 1000 were sent"
        );
        assert_eq!(heard as u64 + kept, 1000);
        assert_eq!(policy.counters().throttled.get(), kept);
    }
}

/// A server that answers, even with "bad request", is not overloaded.
#[tokio::test(start_paused = true)]
async fn inv10_a_server_that_answers_is_not_throttled() {
    for answer in [Ok(7), Err(No::Bad)] {
        let (policy, server) = (throttled(7), Server::new([at_once(answer.clone())]));
        for _ in 0..1000 {
            let _answered = call(&policy, &server).await;
        }
        assert_eq!(server.seen().len(), 1000, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn inv10_what_the_server_could_not_take_was_not_accepted() {
    for no in [No::Busy(1), No::Throttled(Duration::ZERO), No::Reset] {
        let (policy, server) = (throttled(7), Server::new([at_once(Err(no.clone()))]));
        for _ in 0..1000 {
            let _gave_up = call(&policy, &server).await.unwrap_err();
        }
        assert!(server.seen().len() <= 20, "{no:?}: {}", server.seen().len());
    }
}

/// A retry that the throttle holds back ends the call with what the attempt before it died of, and costs no token.
#[tokio::test(start_paused = true)]
async fn inv10_a_retry_is_throttled_like_a_call() {
    let budget = budget(1.0, 0);
    let policy = Policy::builder(ten_ms(), tries(3))
        .throttle(Terms::new(2.0, 10 * SECOND).unwrap())
        .budget(budget.clone())
        .seed(7)
        .build();
    let server = dead();
    let mut held_back = 0;
    for _ in 0..100 {
        let gave_up = call(&policy, &server).await.unwrap_err();
        if gave_up.stop == Stop::Throttled && gave_up.attempts > 0 {
            assert_eq!(gave_up.cause.error(), Some(&No::Busy(1)), "{gave_up}");
            held_back += 1;
        }
    }
    assert!(held_back > 0, "no retry was held back");
    assert_eq!(budget.tokens(), 100 - policy.counters().retries.get());
}

/// What gets through grows about fivefold with each window (K = 2) until nothing is held back: a long window is a slow recovery.
#[tokio::test(start_paused = true)]
async fn inv10_a_server_that_is_well_again_is_called_again() {
    for seed in 0..10 {
        let policy = throttled(seed);
        let (dead, well) = (dead(), Server::new([at_once(Ok(7))]));
        for _ in 0..1000 {
            let _gave_up = call(&policy, &dead).await.unwrap_err();
        }
        // Ten calls a second, for twelve windows.
        for _ in 0..1200 {
            tokio::time::sleep(100 * MS).await;
            let _maybe = call(&policy, &well).await;
        }
        let before = policy.counters().throttled.get();
        for _ in 0..100 {
            assert_eq!(call(&policy, &well).await.unwrap(), 7, "seed {seed}");
        }
        assert_eq!(policy.counters().throttled.get(), before);
    }
}
