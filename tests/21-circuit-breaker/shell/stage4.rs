//! Stage 4: a tower layer. Every way in which a call can end is settled, once; and a fallback.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use circuit_breaker::core::breaker::{Breaker, Tally};
use circuit_breaker::core::config::{Settings, SlowCalls};
use circuit_breaker::core::error::{BreakerError, Rejection, Retry};
use circuit_breaker::core::machine::State;
use circuit_breaker::core::outcome::{EveryError, Outcome};
use circuit_breaker::shell::clock::TokioClock;
use circuit_breaker::shell::fallback::{FallbackLayer, On};
use circuit_breaker::shell::layer::BreakerLayer;
use circuit_breaker::shell::service::BreakerService;
use tokio::time::{Instant, advance, timeout};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::downstream::{Downstream, Error, Mood, S, breaker, settings};

type Guarded = BreakerService<Downstream, TokioClock, EveryError>;
type Shared = Arc<Breaker<TokioClock>>;

/// A downstream behind a breaker with a time-out of a second.
fn guarded(mood: Mood) -> (Guarded, Downstream, Shared) {
    let (downstream, breaker) = (Downstream::new(mood), breaker(settings()));
    let layer = BreakerLayer::new(Arc::clone(&breaker)).timeout(S);
    (layer.layer(downstream.clone()), downstream, breaker)
}

/// One call, which must not take longer than a minute: a call that hangs is a failed assertion here and no test that never ends.
async fn call<V, T, E>(service: &V) -> Result<T, BreakerError<E>>
where
    V: Service<(), Response = T, Error = BreakerError<E>> + Clone,
{
    let answer = timeout(60 * S, service.clone().oneshot(())).await;
    assert!(
        answer.is_ok(),
        "INV-8: no answer within a minute of a call whose time-out is a second"
    );
    answer.expect("that was just asserted")
}

/// Opened at the present moment.
async fn open(service: &Guarded, downstream: &Downstream, breaker: &Shared) {
    downstream.set(Mood::Failing);
    while breaker.state() == State::Closed {
        assert_eq!(call(service).await, Err(BreakerError::Inner(Error::Broken)));
    }
    assert!(matches!(breaker.state(), State::Open { .. }));
}

fn tally(breaker: &Shared) -> Tally {
    breaker.snapshot().tally
}

#[tokio::test(start_paused = true)]
async fn inv8_an_answer_passes_through_and_counts() {
    let (service, _, breaker) = guarded(Mood::Well);
    assert_eq!(call(&service).await, Ok("fresh"));
    assert_eq!(
        (tally(&breaker).successes, breaker.snapshot().window.calls),
        (1, 1)
    );
}

/// Uses up the task's turn, each time, and has no answer.
async fn busy(_: ()) -> Result<(), Error> {
    loop {
        tokio::task::consume_budget().await;
    }
}

/// Whoever is never idle is timed out too. In real time: a paused clock moves only when everybody waits.
#[tokio::test]
async fn inv8_a_call_that_takes_every_turn_is_timed_out() {
    let (breaker, time) = (breaker(settings()), Duration::from_millis(20));
    let layer = BreakerLayer::new(Arc::clone(&breaker)).timeout(time);
    let answer = timeout(10 * S, layer.layer(service_fn(busy)).oneshot(())).await;
    assert_eq!(
        answer.expect("INV-8: no answer within ten seconds of a call whose time-out is 20 ms"),
        Err(BreakerError::TimedOut { after: time })
    );
    assert_eq!(tally(&breaker).timed_out, 1);
}

#[tokio::test(start_paused = true)]
async fn inv1_an_open_circuit_does_not_call() {
    let (service, downstream, breaker) = guarded(Mood::Well);
    open(&service, &downstream, &breaker).await;
    for _ in 0..100 {
        let retry_after = 10 * S;
        let rejected = Rejection::Open { retry_after };
        assert_eq!(call(&service).await, Err(BreakerError::Rejected(rejected)));
    }
    assert_eq!(downstream.calls(), 4);
    assert_eq!(tally(&breaker).rejected_open, 100);
}

#[tokio::test(start_paused = true)]
async fn inv5_it_closes_when_the_downstream_is_well() {
    let (service, downstream, breaker) = guarded(Mood::Well);
    open(&service, &downstream, &breaker).await;
    downstream.set(Mood::Well);
    advance(10 * S).await;
    for _ in 0..2 {
        assert_eq!(call(&service).await, Ok("fresh"));
    }
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn inv8_a_call_without_an_answer_is_ended_and_a_failure() {
    let (service, downstream, breaker) = guarded(Mood::Hanging);
    let began = Instant::now();
    for _ in 0..4 {
        assert_eq!(
            call(&service).await,
            Err(BreakerError::TimedOut { after: S })
        );
    }
    assert_eq!(began.elapsed(), 4 * S);
    assert_eq!((tally(&breaker).timed_out, downstream.in_flight()), (4, 0));
    assert!(matches!(breaker.state(), State::Open { .. }));
}

/// It is asked once more at the very moment of the time-out, and an answer that is there counts.
#[tokio::test(start_paused = true)]
async fn inv8_an_answer_in_time_is_no_time_out() {
    for took in [S - Duration::from_millis(1), S] {
        let (service, _, breaker) = guarded(Mood::Slow(took));
        assert_eq!(call(&service).await, Ok("fresh"), "after {took:?} of {S:?}");
        assert_eq!(
            (tally(&breaker).successes, tally(&breaker).timed_out),
            (1, 0)
        );
    }
}

/// Notes, when it is dropped, how many calls the breaker has heard the end of.
struct Noted {
    breaker: Shared,
    heard: Arc<Mutex<Vec<u64>>>,
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.heard
            .lock()
            .unwrap()
            .push(tally(&self.breaker).ended());
    }
}

/// The caller keeps the future after its answer. The call itself is gone by then, and was settled before it went.
#[tokio::test(start_paused = true)]
async fn inv8_a_call_that_has_ended_is_settled_and_then_dropped() {
    for answers in [true, false] {
        let (breaker, heard) = (breaker(settings()), Arc::default());
        let noted = || Noted {
            breaker: Arc::clone(&breaker),
            heard: Arc::clone(&heard),
        };
        let downstream = service_fn(|()| {
            let noted = noted();
            poll_fn(move |_| {
                let _held = &noted;
                if answers {
                    Poll::Ready(Ok::<_, Error>("fresh"))
                } else {
                    Poll::Pending
                }
            })
        });
        let layer = BreakerLayer::new(Arc::clone(&breaker)).timeout(S);
        let mut kept = Box::pin(layer.layer(downstream).call(()));
        let answer = timeout(60 * S, kept.as_mut()).await;
        assert_eq!(answer.map(|answer| answer.is_ok()), Ok(answers));
        let heard = heard.lock().unwrap().clone();
        assert_eq!(
            heard,
            [1],
            "ended calls that the breaker had heard of, each time that a call was dropped; the answer is there"
        );
        drop(kept);
    }
}

/// There is no runtime here, and a timer cannot be made without one.
#[test]
fn inv11_a_call_that_answers_at_once_makes_no_timer() {
    let (mut service, _, breaker) = guarded(Mood::Well);
    let mut call = pin!(service.call(()));
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(call.as_mut().poll(&mut cx), Poll::Ready(Ok("fresh")));
    assert_eq!(tally(&breaker).successes, 1);
}

#[tokio::test(start_paused = true)]
async fn inv8_without_a_time_out_a_call_takes_its_time() {
    let (downstream, breaker) = (Downstream::new(Mood::Slow(30 * S)), breaker(settings()));
    let service = BreakerLayer::new(Arc::clone(&breaker)).layer(downstream);
    assert_eq!(call(&service).await, Ok("fresh"));
    assert_eq!(tally(&breaker).successes, 1);
}

#[tokio::test(start_paused = true)]
async fn inv2_a_probe_that_hangs_brings_its_permit_back() {
    let (service, downstream, breaker) = guarded(Mood::Well);
    open(&service, &downstream, &breaker).await;
    downstream.set(Mood::Hanging);
    advance(10 * S).await;
    assert_eq!(
        call(&service).await,
        Err(BreakerError::TimedOut { after: S })
    );
    assert_eq!(breaker.snapshot().probes_in_flight, 0);
    downstream.set(Mood::Well);
    advance(10 * S).await;
    assert_eq!(call(&service).await, Ok("fresh"));
}

/// Dropped before its first poll, and after it.
#[tokio::test(start_paused = true)]
async fn inv6_a_caller_who_goes_away_is_no_failure() {
    let (mut service, downstream, breaker) = guarded(Mood::Hanging);
    for polls in [0, 1] {
        for _ in 0..50 {
            let mut call = Box::pin(service.ready().await.unwrap().call(()));
            for _ in 0..polls {
                let polled = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await;
                assert!(polled.is_pending());
            }
            drop(call);
        }
    }
    let after = breaker.snapshot();
    assert_eq!((after.state, after.window.calls), (State::Closed, 0));
    assert_eq!((after.tally.cancelled, downstream.in_flight()), (100, 0));
}

#[tokio::test(start_paused = true)]
async fn inv2_a_probe_whose_caller_goes_away_brings_its_permit_back() {
    let (service, downstream, breaker) = guarded(Mood::Well);
    open(&service, &downstream, &breaker).await;
    downstream.set(Mood::Hanging);
    advance(10 * S).await;
    for _ in 0..10 {
        let impatient = timeout(S / 2, service.clone().oneshot(())).await;
        assert!(impatient.is_err(), "{impatient:?}");
    }
    assert_eq!(
        (breaker.state(), tally(&breaker).cancelled),
        (State::HalfOpen, 10)
    );
    downstream.set(Mood::Well);
    assert_eq!(call(&service).await, Ok("fresh"));
}

/// Polled by hand, so that the future outlives its own panic: it is settled while the panic passes, and not when it is dropped.
#[tokio::test(start_paused = true)]
async fn inv8_a_panic_is_a_failure_at_once() {
    let (mut service, _, breaker) = guarded(Mood::Panicking);
    let mut kept = Vec::new();
    for _ in 0..4 {
        let mut call = Box::pin(service.ready().await.unwrap().call(()));
        let mut cx = Context::from_waker(Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut cx)));
        assert!(polled.is_err());
        kept.push(call);
    }
    let after = breaker.snapshot();
    assert_eq!(after.tally.panicked, 4, "four calls have panicked");
    assert_eq!(after.tally.cancelled, 0);
    assert!(matches!(after.state, State::Open { .. }));
    drop(kept);
    assert_eq!(tally(&breaker).ended(), 4);
}

#[tokio::test(start_paused = true)]
async fn inv2_a_probe_that_panics_brings_its_permit_back() {
    let (service, downstream, breaker) = guarded(Mood::Well);
    open(&service, &downstream, &breaker).await;
    for mood in [Mood::Panicking, Mood::PanickingAtOnce] {
        downstream.set(mood);
        advance(10 * S).await;
        let service = service.clone();
        let panicked = tokio::spawn(async move { call(&service).await }).await;
        assert!(panicked.is_err_and(|error| error.is_panic()));
        let after = breaker.snapshot();
        assert_eq!(after.probes_in_flight, 0);
        assert!(matches!(after.state, State::Open { .. }));
    }
    assert_eq!(tally(&breaker).panicked, 2);
}

/// The caller's own panic drops the call while the thread unwinds: that is a caller who went away, and no panic of the downstream.
#[tokio::test(start_paused = true)]
async fn inv6_a_callers_own_panic_is_no_failure() {
    let (mut service, _, breaker) = guarded(Mood::Hanging);
    for _ in 0..10 {
        let call = service.ready().await.unwrap().call(());
        let caught = catch_unwind(AssertUnwindSafe(move || {
            let mut call = pin!(call);
            let mut cx = Context::from_waker(Waker::noop());
            assert!(call.as_mut().poll(&mut cx).is_pending());
            panic!("the caller has a bug");
        }));
        assert!(caught.is_err());
    }
    assert_eq!(
        (tally(&breaker).cancelled, tally(&breaker).panicked),
        (10, 0)
    );
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn inv8_what_an_error_means_is_for_the_classifier_to_say() {
    let (downstream, breaker) = (Downstream::new(Mood::NotFound), breaker(settings()));
    let health = |answer: Result<&&str, &Error>| match answer {
        Ok(_) => Outcome::Success,
        Err(Error::NotFound) => Outcome::Ignored,
        Err(Error::Broken) => Outcome::Failure,
    };
    let layer = BreakerLayer::new(Arc::clone(&breaker)).classify(health);
    let service = layer.layer(downstream.clone());
    for _ in 0..100 {
        let answer = call(&service).await;
        assert_eq!(answer, Err(BreakerError::Inner(Error::NotFound)));
    }
    let after = breaker.snapshot();
    assert_eq!(
        (after.state, after.window.calls, after.tally.ignored),
        (State::Closed, 0, 100)
    );
    downstream.set(Mood::Failing);
    for _ in 0..4 {
        assert_eq!(
            call(&service).await,
            Err(BreakerError::Inner(Error::Broken))
        );
    }
    assert!(matches!(breaker.state(), State::Open { .. }));
}

#[tokio::test(start_paused = true)]
async fn inv8_an_error_that_nobody_classed_is_a_failure() {
    let (service, _, breaker) = guarded(Mood::NotFound);
    for _ in 0..4 {
        assert_eq!(
            call(&service).await,
            Err(BreakerError::Inner(Error::NotFound))
        );
    }
    assert!(matches!(breaker.state(), State::Open { .. }));
}

#[tokio::test(start_paused = true)]
async fn inv4_calls_that_answer_too_late_trip() {
    let slow_calls = Some(SlowCalls {
        longer_than: S / 2,
        rate: 0.5,
    });
    let breaker = breaker(Settings {
        slow_calls,
        ..settings()
    });
    let downstream = Downstream::new(Mood::Slow(S));
    let service = BreakerLayer::new(Arc::clone(&breaker)).layer(downstream);
    for _ in 0..4 {
        assert_eq!(call(&service).await, Ok("fresh"));
    }
    assert!(matches!(breaker.state(), State::Open { .. }));
    assert_eq!((tally(&breaker).slow, tally(&breaker).failures), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn inv3_a_call_that_outlives_its_state_is_answered_and_not_counted() {
    let (service, downstream, breaker) = guarded(Mood::Slow(S / 2));
    let slow = tokio::spawn(service.clone().oneshot(()));
    tokio::task::yield_now().await;
    assert_eq!(downstream.in_flight(), 1);
    open(&service, &downstream, &breaker).await;
    let opened = breaker.state();
    assert_eq!(slow.await.unwrap(), Ok("fresh"));
    assert_eq!((breaker.state(), tally(&breaker).late), (opened, 1));
}

/// Made ready a hundred times and never called: nobody holds a permit.
#[tokio::test(start_paused = true)]
async fn inv2_to_be_ready_takes_no_permit() {
    let (mut service, downstream, breaker) = guarded(Mood::Well);
    open(&service, &downstream, &breaker).await;
    downstream.set(Mood::Well);
    advance(10 * S).await;
    for _ in 0..100 {
        let _never_called = service.ready().await.unwrap();
    }
    assert_eq!(call(&service).await, Ok("fresh"));
}

#[tokio::test(start_paused = true)]
async fn inv8_a_fallback_answers_for_a_call_that_was_not_made() {
    let (service, downstream, breaker) = guarded(Mood::Well);
    let fallback = FallbackLayer::new(Arc::clone(&breaker), On::Rejected, |_: &_| "stale");
    let answering = fallback.layer(service.clone());
    assert_eq!(call(&answering).await, Ok("fresh"));
    open(&service, &downstream, &breaker).await;
    assert_eq!(call(&answering).await, Ok("stale"));
    assert_eq!(tally(&breaker).fallbacks, 1);
    // It is no success: the circuit stays as it is.
    assert!(matches!(breaker.state(), State::Open { .. }));
    assert_eq!(downstream.calls(), 4);
}

#[tokio::test(start_paused = true)]
async fn inv8_a_fallback_answers_for_the_errors_it_was_asked_to() {
    let moods = [Mood::Failing, Mood::Hanging, Mood::Well];
    for (on, answered) in [
        (On::Rejected, [false, false, true]),
        (On::NoAnswer, [false, true, true]),
        (On::AnyError, [true, true, true]),
    ] {
        let (service, downstream, breaker) = guarded(Mood::Well);
        let fallback = FallbackLayer::new(Arc::clone(&breaker), on, |_: &_| "stale");
        let answering = fallback.layer(service);
        let mut got = Vec::new();
        for mood in moods {
            downstream.set(mood);
            if mood == Mood::Well {
                while breaker.state() == State::Closed {
                    breaker.admit().unwrap().answered(Outcome::Failure);
                }
            }
            got.push(call(&answering).await == Ok("stale"));
        }
        assert_eq!(got, answered, "{on:?}");
    }
}

/// What a caller may do is told by the error.
#[tokio::test(start_paused = true)]
async fn inv8_every_error_says_whether_to_try_again() {
    let (service, downstream, breaker) = guarded(Mood::Hanging);
    let error = call(&service).await.unwrap_err();
    assert_eq!(error.retry(), Retry::IfIdempotent);
    downstream.set(Mood::Failing);
    let error = call(&service).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Ask(&Error::Broken));
    for _ in 0..2 {
        let _failed = call(&service).await;
    }
    advance(3 * S).await;
    let error = call(&service).await.unwrap_err();
    assert_eq!(error.retry(), Retry::After(7 * S));
    advance(7 * S).await;
    let _probe = breaker.admit().unwrap();
    let error = call(&service).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Later);
}
