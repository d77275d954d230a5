//! What the learner is given of the core and does not write: configuration, errors, names, what is counted and how it is written down.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use circuit_breaker::core::breaker::{Breaker, Tally};
use circuit_breaker::core::capacity::{in_flight, probed_share, to_trip};
use circuit_breaker::core::clock::Clock;
use circuit_breaker::core::config::{Config, HalfOpen, Settings, SlowCalls, WindowKind};
use circuit_breaker::core::error::{BreakerError, ConfigError, RegistryError, Rejection, Retry};
use circuit_breaker::core::machine::{Cause, Forced, State};
use circuit_breaker::core::metrics;
use circuit_breaker::core::outcome::{Call, Classify, Ending, EveryError, Outcome};
use circuit_breaker::core::rate::Rate;
use circuit_breaker::core::registry::Registry;
use circuit_breaker::core::window::{Counts, Window};

const S: Duration = Duration::from_secs(1);
const NS: Duration = Duration::from_nanos(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The settings, changed, and what is said of them.
fn refused(change: impl FnOnce(&mut Settings)) -> ConfigError {
    let mut settings = Settings::default();
    change(&mut settings);
    settings.build().expect_err("that makes no sense")
}

fn accepted(change: impl FnOnce(&mut Settings)) -> Config {
    let mut settings = Settings::default();
    change(&mut settings);
    settings.build().expect("that makes sense")
}

fn time(length: Duration, buckets: u32) -> WindowKind {
    WindowKind::Time { length, buckets }
}

#[test]
fn a_count_window_holds_something_and_not_everything() {
    for calls in [0, Config::MAX_COUNT + 1, u32::MAX] {
        let error = refused(|is| is.window = WindowKind::Count(calls));
        assert_eq!(error, ConfigError::WindowCount(calls));
    }
    assert_eq!(
        ConfigError::WindowCount(0).to_string(),
        "window: a count must be 1 to 65536 calls, not 0"
    );
    for calls in [1, Config::MAX_COUNT] {
        let config = accepted(|is| (is.window, is.minimum_calls) = (WindowKind::Count(calls), 1));
        assert_eq!(config.window(), WindowKind::Count(calls));
    }
}

#[test]
fn a_time_window_is_a_millisecond_to_a_day_in_even_buckets() {
    for length in [Duration::ZERO, 999_999 * NS, DAY + NS, Duration::MAX] {
        let error = refused(|is| is.window = time(length, 1));
        assert_eq!(error, ConfigError::WindowLength(length));
    }
    assert_eq!(
        ConfigError::WindowLength(DAY + S).to_string(),
        "window: length must be 1 ms to 24 hours, not 86401s"
    );
    for buckets in [0, 3, 1001, u32::MAX] {
        let error = refused(|is| is.window = time(S, buckets));
        assert_eq!(error, ConfigError::WindowBuckets { buckets, length: S });
    }
    assert_eq!(
        ConfigError::WindowBuckets {
            buckets: 3,
            length: S
        }
        .to_string(),
        "window: buckets must be 1 to 1000 and divide 1s evenly, not 3"
    );
    for window in [
        time(Duration::from_millis(1), 1000),
        time(DAY, 1),
        time(DAY, 1000),
    ] {
        assert_eq!(accepted(|is| is.window = window).window(), window);
    }
}

#[test]
fn the_minimum_of_calls_fits_into_the_window() {
    for (window, given, most) in [
        (WindowKind::Count(10), 0, 10),
        (WindowKind::Count(10), 11, 10),
        (time(S, 10), 0, 1_000_000),
        (time(S, 10), 1_000_001, 1_000_000),
    ] {
        let error = refused(|is| (is.window, is.minimum_calls) = (window, given));
        assert_eq!(error, ConfigError::MinimumCalls { given, most });
        let most_calls = accepted(|is| (is.window, is.minimum_calls) = (window, most));
        assert_eq!(most_calls.minimum_calls(), most);
    }
    assert_eq!(
        ConfigError::MinimumCalls {
            given: 11,
            most: 10
        }
        .to_string(),
        "minimum_calls must be 1 to 10, not 11"
    );
}

#[test]
fn a_rate_is_a_share() {
    let none = [
        0.0,
        -0.0,
        -0.5,
        0.000_000_9,
        1.000_000_1,
        2.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE,
        f64::MAX,
    ];
    for rate in none {
        let error = refused(|is| is.failure_rate = rate);
        let field = "failure_rate";
        assert_eq!(error, ConfigError::Rate { field, rate });
        let error = refused(|is| is.slow_calls = slow(S, rate));
        let field = "slow_calls.rate";
        assert_eq!(error, ConfigError::Rate { field, rate });
    }
    // Nothing equals NaN, so its text is compared.
    assert_eq!(
        refused(|is| is.failure_rate = f64::NAN).to_string(),
        "failure_rate must be 0.000001 to 1, not NaN"
    );
    for rate in [0.000_001, 0.07, 0.57, 1.0] {
        let kept = accepted(|is| is.failure_rate = rate).failure_rate();
        assert!((kept.as_f64() - rate).abs() < 1e-12, "{rate} is {kept:?}");
    }
}

/// Every share with six decimals is kept exactly, and what lies between two is cut.
#[test]
fn a_rate_is_kept_in_millionths() {
    for millionths in 1..=1_000_000_u32 {
        let rate = Rate::new("rate", f64::from(millionths) / 1e6).unwrap();
        let calls = 1_000_000;
        assert!(
            rate.is_reached(u64::from(millionths), calls),
            "{millionths}"
        );
        assert!(
            !rate.is_reached(u64::from(millionths) - 1, calls),
            "{millionths}"
        );
    }
    let two_thirds = Rate::new("rate", 2.0 / 3.0).unwrap();
    assert!(two_thirds.is_reached(2, 3) && !two_thirds.is_reached(665, 1000));
    // No product of counts overflows.
    assert!(two_thirds.is_reached(u64::MAX, u64::MAX));
}

fn slow(longer_than: Duration, rate: f64) -> Option<SlowCalls> {
    Some(SlowCalls { longer_than, rate })
}

#[test]
fn a_wait_is_something_and_at_most_a_day() {
    for given in [Duration::ZERO, DAY + NS, Duration::MAX] {
        let wait = |field| ConfigError::Wait { field, given };
        assert_eq!(refused(|is| is.open_for = given), wait("open_for"));
        assert_eq!(
            refused(|is| is.half_open.lease = given),
            wait("half_open.lease")
        );
        assert_eq!(
            refused(|is| is.slow_calls = slow(given, 0.5)),
            wait("slow_calls.longer_than")
        );
    }
    assert_eq!(
        refused(|is| is.open_for = Duration::ZERO).to_string(),
        "open_for must be above 0 and at most 24 hours, not 0ns"
    );
    for given in [NS, DAY] {
        let config = accepted(|is| {
            is.open_for = given;
            is.half_open.lease = given;
            is.slow_calls = slow(given, 0.25);
        });
        let limit = config.slow_calls().expect("it was set");
        assert_eq!(
            (
                config.open_for(),
                config.half_open().lease,
                limit.longer_than()
            ),
            (given, given, given)
        );
        assert!((limit.rate().as_f64() - 0.25).abs() < 1e-12);
    }
    assert_eq!(accepted(|_| {}).slow_calls(), None);
}

#[test]
fn probes_are_some_and_no_herd() {
    for given in [0, 1001, u32::MAX] {
        assert_eq!(
            refused(|is| is.half_open.permits = given),
            ConfigError::Permits(given)
        );
        assert_eq!(
            refused(|is| is.half_open.successes = given),
            ConfigError::Successes(given)
        );
    }
    assert_eq!(
        ConfigError::Permits(0).to_string(),
        "half_open.permits must be 1 to 1000, not 0"
    );
    assert_eq!(
        ConfigError::Successes(1001).to_string(),
        "half_open.successes must be 1 to 1000, not 1001"
    );
    for given in [1, 1000] {
        let half_open = HalfOpen {
            permits: given,
            successes: given,
            lease: S,
        };
        let config = accepted(|is| is.half_open = half_open);
        assert_eq!(config.half_open(), half_open);
    }
}

#[test]
fn what_an_ending_and_an_answer_say() {
    for outcome in [Outcome::Success, Outcome::Failure, Outcome::Ignored] {
        assert_eq!(Ending::Answered(outcome).outcome(), outcome);
    }
    assert_eq!(Ending::TimedOut.outcome(), Outcome::Failure);
    assert_eq!(Ending::Panicked.outcome(), Outcome::Failure);
    assert_eq!(Ending::Cancelled.outcome(), Outcome::Ignored);
    assert_eq!(
        [Ok(&()), Err(&())].map(|answer| EveryError.classify(answer)),
        [Outcome::Success, Outcome::Failure]
    );
    let own = |answer: Result<&u32, &u32>| match answer {
        Ok(0) | Err(404) => Outcome::Ignored,
        Ok(_) => Outcome::Success,
        Err(_) => Outcome::Failure,
    };
    assert_eq!(
        [Ok(&0), Ok(&1), Err(&404), Err(&500)].map(|answer| own.classify(answer)),
        [
            Outcome::Ignored,
            Outcome::Success,
            Outcome::Ignored,
            Outcome::Failure
        ]
    );
}

#[test]
fn every_error_says_how_long_and_whether_to_try_again() {
    let open = Rejection::Open { retry_after: S };
    assert_eq!(open.retry_after(), Some(S));
    assert_eq!(Rejection::HalfOpen.retry_after(), None);
    assert_eq!(Rejection::ForcedOpen.retry_after(), None);
    let said = |error: BreakerError<&'static str>| error.to_string();
    for (error, text, retry) in [
        (
            open.into(),
            "the circuit is open for another 1s",
            Retry::After(S),
        ),
        (
            Rejection::HalfOpen.into(),
            "the circuit is half-open and all its permits are in use",
            Retry::Later,
        ),
        (
            Rejection::ForcedOpen.into(),
            "the circuit was opened by an operator",
            Retry::Never,
        ),
        (
            BreakerError::TimedOut { after: S },
            "no answer within 1s",
            Retry::IfIdempotent,
        ),
        (
            BreakerError::Inner("broken"),
            "broken",
            Retry::Ask(&"broken"),
        ),
    ] {
        let error: BreakerError<&str> = error;
        assert_eq!((said(error), error.retry()), (text.to_owned(), retry));
    }
    assert_eq!(
        RegistryError::Name("a\n".into()).to_string(),
        r#"name "a\n": use 1 to 64 characters, none of them a control character"#
    );
    assert_eq!(
        RegistryError::OtherConfig("stock".into()).to_string(),
        r#"breaker "stock" is there already, with another configuration"#
    );
    assert_eq!(
        RegistryError::Full(2).to_string(),
        "2 breakers are there already, and no more are allowed"
    );
}

#[test]
fn no_two_states_or_causes_have_one_name() {
    let until = S;
    let states = [
        State::Closed,
        State::Open { until },
        State::HalfOpen,
        State::ForcedOpen,
        State::ForcedClosed,
    ];
    assert_eq!(states.map(State::name), Tally::STATES);
    assert_eq!(BTreeSet::from(Tally::STATES).len(), 5);
    let causes = [
        Cause::Tripped,
        Cause::Waited,
        Cause::ProbeFailed,
        Cause::LeaseEnded,
        Cause::Recovered,
        Cause::Forced,
        Cause::Released,
    ];
    assert_eq!(
        causes.map(Cause::name),
        [
            "tripped",
            "waited",
            "probe_failed",
            "lease_ended",
            "recovered",
            "forced",
            "released"
        ]
    );
}

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
    let mut window = Window::new(time(S, 1));
    (0..100).for_each(|_| window.record(quick, S));
    assert!(!window.is_all_well());
    window.clear();
    assert_eq!((window.counts(), window.newest()), (Counts::default(), S));
}

/// A clock that is set.
#[derive(Clone, Debug, Default)]
struct Hand(Arc<AtomicU64>);

impl Clock for Hand {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
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
    let (there, is_there) = channel();
    let (let_go, gate) = channel();
    thread::scope(|scope| {
        let deciding = scope.spawn(move || {
            GATE.set(Some((there, gate)));
            breaker.force(Forced::Closed);
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
fn the_estimate_is_littles_law() {
    let close = |is: f64, to: f64| assert!((is - to).abs() < 1e-9, "{is} is not {to}");
    close(in_flight(1000.0, 0.25), 250.0);
    close(to_trip(50, 1000.0, 2.0), 2.05);
    close(probed_share(2, 1000.0, 6.0, 2.0), 2.0 / 8000.0);
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

/// The whole text for two breakers, of which each number is another one.
#[test]
fn the_metrics_text_is_what_prometheus_reads() {
    let config = Settings::default().build().unwrap();
    let mut is = Breaker::new("a", config, Hand::default()).snapshot();
    let empty = is;
    is.state = State::HalfOpen;
    is.window = Counts {
        calls: 21,
        failures: 22,
        slow: 23,
    };
    is.probes_in_flight = 24;
    is.tally = Tally {
        successes: 1,
        failures: 2,
        ignored: 3,
        timed_out: 4,
        panicked: 5,
        cancelled: 6,
        slow: 7,
        late: 8,
        rejected_open: 9,
        rejected_half_open: 10,
        rejected_forced: 11,
        fallbacks: 12,
        entered: [13, 14, 15, 16, 17],
    };
    assert_eq!((is.tally.ended(), is.tally.rejected()), (21, 30));
    let text = metrics::render([("a", is), ("b", empty)].into_iter());
    assert_eq!(text, include_str!("metrics.txt"));
}
