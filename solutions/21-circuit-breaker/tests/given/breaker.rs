//! A breaker alone and breakers by name: what they tell, and what they do without the lock.

use std::cell::RefCell;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use circuit_breaker::core::breaker::Breaker;
use circuit_breaker::core::clock::Clock;
use circuit_breaker::core::config::{Settings, WindowKind};
use circuit_breaker::core::error::Rejection;
use circuit_breaker::core::machine::{Cause, Forced, State};
use circuit_breaker::core::outcome::{Call, Ending, Outcome};
use circuit_breaker::core::registry::Registry;
use circuit_breaker::core::window::{Counts, Window};

use crate::{Hand, S, slow};

/// A window that is full of quick successes is the one that one more does not change.
#[test]
fn only_a_full_count_window_of_quick_successes_is_all_well() {
    let quick = Call::quick(Outcome::Success);
    let slow = Call {
        slow: true,
        ..quick
    };
    for (calls, is_all_well) in [
        (vec![quick; 2], false),
        (vec![quick; 3], true),
        (vec![quick; 10], true),
        (vec![Call::quick(Outcome::Failure), quick, quick], false),
        (
            vec![Call::quick(Outcome::Failure), quick, quick, quick],
            true,
        ),
        (vec![quick, quick, slow], false),
        (vec![slow, quick, quick, quick], true),
    ] {
        let mut window = Window::new(WindowKind::Count(3));
        calls.iter().for_each(|call| window.record(*call, S));
        assert_eq!(window.is_all_well(), is_all_well, "{calls:?}");
        assert_eq!(window.newest(), Duration::ZERO);
        window.clear();
        assert_eq!(window.counts(), Counts::default());
        assert!(!window.is_all_well());
        // What was there before is not taken away from what comes.
        (0..3).for_each(|_| window.record(quick, S));
        assert!(window.is_all_well());
    }
    let mut window = Window::new(WindowKind::Time {
        length: S,
        buckets: 1,
    });
    (0..100).for_each(|_| window.record(quick, S));
    assert!(!window.is_all_well());
    window.clear();
    assert_eq!((window.counts(), window.newest()), (Counts::default(), S));
}

#[test]
fn a_clock_is_a_clock_behind_a_pointer_too() {
    let hand = Hand::default();
    hand.0.store(7, Ordering::SeqCst);
    let shared: Arc<dyn Clock> = Arc::new(hand.clone());
    let read = |clock: &dyn Clock| clock.now();
    let pointers: [&dyn Clock; 4] = [&hand, &&hand, &shared, &(7 * S)];
    assert_eq!(pointers.map(read), [7 * S; 4]);
}

#[test]
fn a_breaker_says_what_it_is() {
    let config = Settings::default().build().unwrap();
    let breaker = Breaker::new("stock", config, Hand::default());
    breaker.clock().0.store(3, Ordering::SeqCst);
    assert_eq!((breaker.name(), breaker.config()), ("stock", &config));
    assert_eq!(breaker.clock().now(), 3 * S);
    assert_eq!(format!("{breaker:?}"), r#"Breaker { name: "stock", .. }"#);
    let permit = breaker.admit().unwrap();
    assert_eq!(permit.breaker().name(), "stock");
    permit.answered(Outcome::Ignored);
    let is = breaker.snapshot();
    assert_eq!((is.tally.ignored, is.tally.ended()), (1, 1));
}

/// An operator opens and closes it again and again: whoever asks in between is told so, and the time that it counts is the clock's.
#[test]
fn an_open_circuit_tells_the_same_whoever_asks() {
    let settings = Settings {
        window: WindowKind::Count(1),
        minimum_calls: 1,
        ..Settings::default()
    };
    let clock = Hand::default();
    let breaker = Breaker::new("stock", settings.build().unwrap(), clock.clone());
    clock.0.store(100, Ordering::SeqCst);
    breaker.admit().unwrap().answered(Outcome::Failure);
    for (second, retry_after) in [(100, 5 * S), (104, S), (1, 5 * S), (102, 3 * S)] {
        clock.0.store(second, Ordering::SeqCst);
        let rejected = Rejection::Open { retry_after };
        assert_eq!(breaker.admit().err(), Some(rejected), "at {second} s");
    }
    assert_eq!(breaker.snapshot().tally.rejected_open, 4);
    breaker.force(Forced::Closed);
    assert_eq!(breaker.admit().map(drop), Ok(()));
    breaker.force(Forced::Open);
    assert_eq!(breaker.admit().err(), Some(Rejection::ForcedOpen));
    breaker.release();
    assert_eq!(breaker.admit().map(drop), Ok(()));
    assert_eq!(breaker.snapshot().tally.entered, [1, 1, 0, 1, 1]);
}

/// A circuit that is well takes successes without a look at the machine, and nothing else.
#[test]
fn a_circuit_that_is_well_still_counts_what_is_not() {
    let settings = Settings {
        window: WindowKind::Count(4),
        minimum_calls: 4,
        slow_calls: slow(2 * S, 0.5),
        ..Settings::default()
    };
    let slow_success = Ending::Answered(Outcome::Success);
    for (ending, takes, failures, slow) in [
        (slow_success, 3, 0, 1),
        (slow_success, 2, 0, 0),
        (Ending::Answered(Outcome::Failure), 0, 1, 0),
        (Ending::TimedOut, 3, 1, 1),
        (Ending::Panicked, 0, 1, 0),
    ] {
        let clock = Hand::default();
        let breaker = Breaker::new("stock", settings.build().unwrap(), clock.clone());
        for _ in 0..10 {
            breaker.admit().unwrap().answered(Outcome::Success);
        }
        let permit = breaker.admit().unwrap();
        clock.0.store(takes, Ordering::SeqCst);
        permit.settle(ending);
        let calls = 4;
        let expected = Counts {
            calls,
            failures,
            slow,
        };
        let is = breaker.snapshot();
        assert_eq!(is.window, expected, "{ending:?} after {takes} s");
        assert_eq!((is.tally.ended(), is.tally.slow), (11, slow));
        let counted = is.tally.failures + is.tally.timed_out + is.tally.panicked;
        assert_eq!(counted, failures);
    }
}

thread_local! {
    /// Where this thread waits when it reads a [`Gated`] clock: it says that it is there, and goes on when the other end is dropped.
    static GATE: RefCell<Option<(Sender<()>, Receiver<()>)>> = const { RefCell::new(None) };
}

/// A clock that stands still, and so do the threads that have a gate.
struct Gated;

impl Clock for Gated {
    fn now(&self) -> Duration {
        if let Some((there, gate)) = GATE.take() {
            there.send(()).expect("the test waits for it");
            // Nothing is ever sent: the test lets go.
            let _let_go = gate.recv();
        }
        S
    }
}

/// What `ask` is answered while another thread stands in the middle of a decision, with the lock in its hand.
fn beside_a_decision<T: Send>(breaker: &Breaker<Gated>, ask: impl FnOnce() -> T + Send) -> T {
    // What reads the clock: to force what is not so already.
    let forced = match breaker.state() {
        State::ForcedClosed => Forced::Open,
        State::Closed | State::Open { .. } | State::HalfOpen | State::ForcedOpen => Forced::Closed,
    };
    let (there, is_there) = channel();
    let (let_go, gate) = channel();
    thread::scope(|scope| {
        let deciding = scope.spawn(move || {
            GATE.set(Some((there, gate)));
            breaker.force(forced);
        });
        is_there.recv().expect("it reads the clock to decide");
        let (answer, answered) = channel();
        scope.spawn(move || answer.send(ask()));
        let said = answered.recv_timeout(10 * S);
        drop(let_go);
        deciding.join().unwrap();
        assert!(said.is_ok(), "it waited for the lock");
        said.expect("that was just asserted")
    })
}

#[test]
fn most_callers_do_not_wait_for_who_decides() {
    let settings = Settings {
        window: WindowKind::Count(4),
        minimum_calls: 4,
        ..Settings::default()
    };
    let new = || Breaker::new("stock", settings.build().unwrap(), Gated);

    let closed = new();
    let permit = beside_a_decision(&closed, || closed.admit().map(std::mem::forget));
    assert_eq!(permit, Ok(()));

    let well = new();
    for _ in 0..4 {
        well.admit().unwrap().answered(Outcome::Success);
    }
    beside_a_decision(&well, || well.admit().unwrap().answered(Outcome::Success));
    assert_eq!(well.snapshot().tally.successes, 5);

    let open = new();
    for _ in 0..4 {
        open.admit().unwrap().answered(Outcome::Failure);
    }
    let said = beside_a_decision(&open, || open.admit().map(drop));
    let retry_after = 5 * S;
    assert_eq!(said, Err(Rejection::Open { retry_after }));

    let forced = new();
    forced.force(Forced::Open);
    let said = beside_a_decision(&forced, || forced.admit().map(drop));
    assert_eq!(said, Err(Rejection::ForcedOpen));

    let held = new();
    held.force(Forced::Closed);
    beside_a_decision(&held, || held.admit().unwrap().answered(Outcome::Success));
    assert_eq!(held.snapshot().tally.successes, 1);
}

/// A listener of a breaker alone hears what a registry's does.
#[test]
fn a_breaker_alone_may_have_a_listener() {
    let heard: Arc<Mutex<Vec<Cause>>> = Arc::default();
    let listener = Arc::clone(&heard);
    let config = Settings::default().build().unwrap();
    let breaker = Breaker::new("stock", config, Hand::default())
        .with_listener(Box::new(move |is| listener.lock().unwrap().push(is.cause)));
    breaker.force(Forced::Open);
    breaker.release();
    assert_eq!(*heard.lock().unwrap(), [Cause::Forced, Cause::Released]);
}

#[test]
fn a_registry_has_its_breakers_by_name() {
    let config = Settings::default().build().unwrap();
    let registry = Registry::new(Hand::default(), 3);
    for name in ["stock", "ledger", "mail"] {
        registry.get(name, config).unwrap();
    }
    let names: Vec<_> = registry
        .all()
        .iter()
        .map(|is| is.name().to_owned())
        .collect();
    assert_eq!(names, ["ledger", "mail", "stock"]);
    assert_eq!(
        registry.find("mail").map(|is| is.name().to_owned()),
        Some("mail".into())
    );
    assert!(registry.find("nobody").is_none());
}
