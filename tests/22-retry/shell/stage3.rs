//! Stage 3: the loop, its deadline, and the tower layer.

use std::error::Error;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use retry::core::backoff::{Backoff, Strategy};
use retry::core::class::{Safety, Unclassified};
use retry::core::error::{Cause, GaveUp, Stop};
use retry::shell::layer::RetryLayer;
use retry::shell::policy::Policy;
use retry::shell::retry::retry;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::server::{End, MS, Meets, No, Server, after, at_once, classify, ten_ms, tries};

// ANCHOR: call
/// Calls the server by a policy of ten milliseconds' wait, five attempts and a deadline of 100 ms.
async fn call(server: &Server, safety: Safety) -> Result<u32, GaveUp<No>> {
    let limits = tries(5).with_deadline(100 * MS).unwrap();
    let policy = Policy::new(ten_ms(), limits);
    retry(&policy, safety, classify, || server.call()).await
}
// ANCHOR_END: call

fn busy(number: u32) -> Meets {
    at_once(Err(No::Busy(number)))
}

#[tokio::test(start_paused = true)]
async fn inv5_an_answer_is_given_as_it_came() {
    for failures in 0..5 {
        let script = (0..failures).map(busy).chain([at_once(Ok(7))]);
        let server = Server::new(script);
        assert_eq!(call(&server, Safety::Unsafe).await.unwrap(), 7);
        let expected: Vec<_> = (0..=failures).map(|n| n * 10 * MS).collect();
        assert_eq!(server.began(), expected);
    }
}

/// The source's loop gives "failed after 3 attempts" for a call that was never made, and `ctx.Err()` for one whose server said why.
#[tokio::test(start_paused = true)]
async fn inv5_the_last_cause_is_in_the_error() {
    let server = Server::new((1..=20).map(busy));
    let gave_up = call(&server, Safety::Unsafe).await.unwrap_err();
    assert_eq!(gave_up.attempts, 5);
    assert_eq!(gave_up.stop, Stop::AttemptsSpent);
    assert_eq!(gave_up.cause.error(), Some(&No::Busy(5)));
    assert_eq!((gave_up.elapsed, gave_up.waited), (Some(40 * MS), 40 * MS));
    assert_eq!(
        gave_up.to_string(),
        "gave up after 5 attempts in 40ms, because all attempts are used up; last: busy, number 5"
    );
    let source = gave_up.source().and_then(|source| source.downcast_ref());
    assert_eq!(source, Some(&No::Busy(5)));
}

#[tokio::test(start_paused = true)]
async fn inv5_a_deadline_does_not_hide_the_last_cause() {
    // Each attempt takes 25 ms: the third ends at 95 ms, and a fourth would start at 105 ms.
    let script = (1..=20).map(|n| after(25 * MS, Err(No::Busy(n))));
    let server = Server::new(script);
    let gave_up = call(&server, Safety::Unsafe).await.unwrap_err();
    let stop = Stop::PastDeadline {
        wait: 10 * MS,
        left: 5 * MS,
    };
    assert_eq!((gave_up.attempts, gave_up.stop), (3, stop));
    assert_eq!(gave_up.cause.error(), Some(&No::Busy(3)), "{gave_up}");
    assert_eq!(gave_up.elapsed, Some(95 * MS), "nobody waits for nothing");
    assert_eq!(server.now(), 95 * MS);
}

/// The wait had its place, and the caller slept on: the machine was busy, or its lid closed.
#[tokio::test(start_paused = true)]
async fn inv5_a_caller_who_wakes_too_late_learns_the_last_cause() {
    let server = Server::new([busy(1)]);
    let mut call = pin!(call(&server, Safety::Unsafe));
    let first = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(first.is_pending(), "it waits for its second attempt");
    tokio::time::advance(200 * MS).await;
    let gave_up = call.await.unwrap_err();
    assert_eq!((gave_up.attempts, gave_up.stop), (1, Stop::DeadlinePassed));
    assert_eq!(gave_up.cause.error(), Some(&No::Busy(1)), "{gave_up}");
}

/// Nothing to wait for is no sleep of zero: the timer counts in milliseconds, and rounds up. Polled once, the call is done.
#[tokio::test(start_paused = true)]
async fn inv1_without_a_wait_nobody_sleeps() {
    tokio::time::advance(MS / 2).await;
    let policy = Policy::new(Backoff::new(Strategy::None).unwrap(), tries(3));
    let op = || async { Err::<(), _>(No::Busy(1)) };
    let call = pin!(retry(&policy, Safety::Unsafe, classify, op));
    let polled = call.poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(gave_up)) = polled else {
        panic!("a wait of zero was slept: three attempts are not done at once, but {polled:?}");
    };
    assert_eq!((gave_up.attempts, gave_up.stop), (3, Stop::AttemptsSpent));
}

#[tokio::test(start_paused = true)]
async fn inv2_an_attempt_that_runs_into_the_deadline_is_dropped_there() {
    let server = Server::new([after(60 * MS, Err(No::Busy(1))), after(60 * MS, Ok(7))]);
    let gave_up = call(&server, Safety::Unsafe).await.unwrap_err();
    let ended: Vec<_> = server.seen().iter().map(|seen| seen.ended).collect();
    assert_eq!(
        ended,
        [Some(End::Answered(60 * MS)), Some(End::Dropped(100 * MS))]
    );
    assert!(
        matches!(gave_up.cause, Cause::TimedOut { after } if after == 30 * MS),
        "the second attempt has 30 ms, and is the last: {gave_up}"
    );
    assert_eq!((gave_up.attempts, gave_up.elapsed), (2, Some(100 * MS)));
}

/// A time-out says nothing about what the server did: only what may happen twice is tried again.
#[tokio::test(start_paused = true)]
async fn inv4_a_time_out_may_have_happened() {
    let limits = tries(3).with_attempt_timeout(20 * MS).unwrap();
    let policy = Policy::new(ten_ms(), limits);
    for (safety, began, stop) in [
        (Safety::Unsafe, vec![0], Stop::NotSafe),
        (Safety::Idempotent, vec![0, 30, 60], Stop::AttemptsSpent),
        (Safety::Keyed, vec![0, 30, 60], Stop::AttemptsSpent),
    ] {
        let server = Server::new([after(50 * MS, Ok(7))]);
        let gave_up = retry(&policy, safety, classify, || server.call())
            .await
            .unwrap_err();
        let began: Vec<_> = began.into_iter().map(|ms| ms * MS).collect();
        assert_eq!((server.began(), gave_up.stop), (began, stop), "{safety:?}");
        assert!(
            matches!(gave_up.cause, Cause::TimedOut { after } if after == 20 * MS),
            "{gave_up}"
        );
        assert!(gave_up.may_have_happened, "{gave_up}");
        // The reason says so itself when it is that it is not safe.
        let end = match stop {
            Stop::NotSafe => "last: no answer within 20ms",
            _other => "last: no answer within 20ms; it may have happened",
        };
        assert!(gave_up.to_string().ends_with(end), "{gave_up}");
    }
}

#[tokio::test(start_paused = true)]
async fn inv2_the_last_attempt_has_what_is_left() {
    let limits = tries(5)
        .with_attempt_timeout(40 * MS)
        .unwrap()
        .with_deadline(100 * MS)
        .unwrap();
    let wait = Strategy::Constant { wait: 5 * MS };
    let policy = Policy::new(Backoff::new(wait).unwrap(), limits);
    let server = Server::new([after(500 * MS, Ok(7))]);
    let gave_up = retry(&policy, Safety::Keyed, classify, || server.call())
        .await
        .unwrap_err();
    let ended: Vec<_> = server.seen().iter().map(|seen| seen.ended).collect();
    // Two attempts of 40 ms, at 0 and 45 ms, and one at 90 ms that has 10.
    assert_eq!(
        ended,
        [
            Some(End::Dropped(40 * MS)),
            Some(End::Dropped(85 * MS)),
            Some(End::Dropped(100 * MS))
        ]
    );
    assert_eq!(gave_up.stop, Stop::DeadlinePassed);
}

#[tokio::test(start_paused = true)]
async fn inv9_a_server_that_asks_for_too_much_is_given_up_at_once() {
    let server = Server::new([at_once(Err(No::Throttled(100 * MS)))]);
    let gave_up = call(&server, Safety::Unsafe).await.unwrap_err();
    let stop = Stop::PastDeadline {
        wait: 100 * MS,
        left: 100 * MS,
    };
    assert_eq!((gave_up.attempts, gave_up.stop), (1, stop));
    assert_eq!(server.now(), Duration::ZERO);

    let patient = Server::new([at_once(Err(No::Throttled(99 * MS))), at_once(Ok(7))]);
    assert_eq!(call(&patient, Safety::Unsafe).await.unwrap(), 7);
    assert_eq!(patient.began(), [Duration::ZERO, 99 * MS]);
}

#[tokio::test(start_paused = true)]
async fn inv4_what_nobody_classified_is_called_once() {
    struct Nobodys;
    let policy = Policy::new(ten_ms(), tries(5));
    let calls = AtomicU32::new(0);
    let op = || async {
        calls.fetch_add(1, Ordering::Relaxed);
        Err::<(), _>(Nobodys)
    };
    let gave_up = retry(&policy, Safety::Idempotent, Unclassified, op).await;
    let stop = gave_up.map_err(|gave_up| (gave_up.attempts, gave_up.stop));
    assert_eq!(stop, Err((1, Stop::Permanent)));
    assert_eq!(calls.into_inner(), 1);
}

/// Whoever goes away takes the attempt along.
#[tokio::test(start_paused = true)]
async fn inv2_a_caller_who_goes_away_cancels_the_attempt() {
    // At 55 ms the caller waits for the second attempt, which then never begins.
    for (leaves, expected) in [(5, End::Dropped(5 * MS)), (55, End::Answered(50 * MS))] {
        let server = Server::new([after(50 * MS, Err(No::Busy(1))), after(50 * MS, Ok(7))]);
        let left = tokio::time::timeout(leaves * MS, call(&server, Safety::Unsafe)).await;
        assert!(left.is_err());
        tokio::time::sleep(1000 * MS).await;
        let ended: Vec<_> = server.seen().iter().map(|seen| seen.ended).collect();
        assert_eq!(ended, [Some(expected)], "left at {leaves} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn inv5_a_panic_is_no_failure_to_retry() {
    let policy = Policy::new(ten_ms(), tries(5));
    let calls = AtomicU32::new(0);
    let op = || async {
        calls.fetch_add(1, Ordering::Relaxed);
        assert!(
            calls.load(Ordering::Relaxed) > 1,
            "the operation's own panic"
        );
        Ok::<_, No>(7)
    };
    let mut call = Box::pin(retry(&policy, Safety::Keyed, classify, op));
    let mut cx = Context::from_waker(Waker::noop());
    let polled = std::panic::catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut cx)));
    let panic = polled.expect_err("the panic goes through");
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or(panic.downcast_ref::<&str>().copied());
    assert_eq!(text, Some("the operation's own panic"));
    drop(call);
    assert_eq!(calls.into_inner(), 1);
}

/// No clock, no timer, no random number: polled once, outside of any runtime, it is done; and the next draw is what it would have been.
#[test]
fn inv11_a_call_that_succeeds_at_once_asks_for_nothing() {
    let jitter = Strategy::FullJitter {
        base: 10 * MS,
        factor: 2.0,
        cap: 1000 * MS,
    };
    let seeded = || {
        Policy::builder(Backoff::new(jitter).unwrap(), tries(3))
            .seed(7)
            .build()
    };
    let policy = seeded();
    for _ in 0..100 {
        let op = || async { Ok::<_, No>(7) };
        let call = pin!(retry(&policy, Safety::Unsafe, classify, op));
        let polled = call.poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Ok(7))));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let waited = |policy: &Policy| {
        runtime.block_on(async {
            let server = Server::new([at_once(Err(No::Busy(1)))]);
            let call = retry(policy, Safety::Unsafe, classify, || server.call());
            call.await.unwrap_err().waited
        })
    };
    assert_eq!(waited(&policy), waited(&seeded()));
}

// The tower layer.

#[tokio::test(start_paused = true)]
async fn inv5_the_layer_retries_each_request_by_itself() {
    let server = Server::new([
        busy(1),
        busy(2),
        at_once(Ok(7)),
        busy(3),
        at_once(Ok(8)),
        busy(4),
    ]);
    let inner = server.clone();
    let layer = RetryLayer::new(
        Policy::new(ten_ms(), tries(3)),
        classify,
        |_: &&'static str| Safety::Unsafe,
    );
    let mut service = layer.layer(service_fn(move |request: &'static str| {
        let server = inner.clone();
        async move { server.call().await.map(|answer| (request, answer)) }
    }));
    let mut ask = async |request| service.ready().await.unwrap().call(request).await;
    assert_eq!(ask("first").await.unwrap(), ("first", 7));
    assert_eq!(ask("second").await.unwrap(), ("second", 8));
    let gave_up = ask("third").await.unwrap_err();
    assert_eq!((gave_up.attempts, gave_up.stop), (3, Stop::AttemptsSpent));
    assert_eq!(gave_up.cause.error(), Some(&No::Busy(4)));
    assert_eq!(server.seen().len(), 8);
}

/// Whether a request may happen twice is asked of the request.
#[tokio::test(start_paused = true)]
async fn inv4_the_layer_asks_whether_a_request_may_be_repeated() {
    let policy = Policy::new(ten_ms(), tries(3));
    let layer = RetryLayer::new(policy, classify, |method: &&'static str| {
        Safety::of_http(method, false)
    });
    for (method, attempts, stop) in [
        ("GET", 3, Stop::AttemptsSpent),
        ("PUT", 3, Stop::AttemptsSpent),
        ("POST", 1, Stop::NotSafe),
    ] {
        let server = Server::new([at_once(Err(No::Reset))]);
        let inner = server.clone();
        let service = layer.layer(service_fn(move |_| {
            let server = inner.clone();
            async move { server.call().await }
        }));
        let gave_up = service.oneshot(method).await.unwrap_err();
        assert_eq!(
            (gave_up.attempts, gave_up.stop),
            (attempts, stop),
            "{method}"
        );
        assert_eq!(server.seen().len(), attempts as usize);
    }
}

/// A service that fails if it is called without having been made ready, as tower's contract allows.
struct Strict {
    ready: bool,
    server: Server,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self {
            ready: false,
            server: self.server.clone(),
        }
    }
}

impl Service<()> for Strict {
    type Response = u32;
    type Error = No;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<u32, No>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), No>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, (): ()) -> Self::Future {
        assert!(
            std::mem::take(&mut self.ready),
            "called before it was ready"
        );
        let server = self.server.clone();
        Box::pin(async move { server.call().await })
    }
}

#[tokio::test(start_paused = true)]
async fn inv5_the_layer_calls_only_what_is_ready() {
    let server = Server::new([busy(1), busy(2), at_once(Ok(7))]);
    let strict = Strict {
        ready: false,
        server: server.clone(),
    };
    let layer = RetryLayer::new(Policy::new(ten_ms(), tries(5)), classify, |(): &()| {
        Safety::Unsafe
    });
    let mut service = layer.layer(strict);
    assert_eq!(service.ready().await.unwrap().call(()).await.unwrap(), 7);
    assert_eq!(service.ready().await.unwrap().call(()).await.unwrap(), 7);
    assert_eq!(server.began(), [0, 10, 20, 20].map(|ms| ms * MS));
}
