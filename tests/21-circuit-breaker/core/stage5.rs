//! Stage 5: what an operator forces, breakers by name, what the metrics say; and everything at once.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use circuit_breaker::core::breaker::{Breaker, Permit};
use circuit_breaker::core::clock::Clock;
use circuit_breaker::core::config::{HalfOpen, Settings, SlowCalls, WindowKind};
use circuit_breaker::core::error::{RegistryError, Rejection};
use circuit_breaker::core::machine::{Cause, Forced, Settled, State};
use circuit_breaker::core::outcome::{Call, Ending, EveryError, Outcome};
use circuit_breaker::core::registry::Registry;
use proptest::prelude::*;

use crate::bed::{HandClock, S, admit, breaker, calls, config, machine, settings, settle};
use crate::oracle::{Oracle, Ticket};

#[test]
fn inv9_forced_open_admits_nobody_at_any_time() {
    let mut machine = machine(settings());
    machine.force(Forced::Open, S);
    for now in [S, 11 * S, 1_000_000 * S] {
        assert_eq!(
            machine.admit(now),
            circuit_breaker::core::machine::Admission::Reject(Rejection::ForcedOpen)
        );
    }
    assert_eq!(machine.state(), State::ForcedOpen);
}

#[test]
fn inv9_forced_closed_admits_everybody_and_counts_nothing() {
    let mut machine = machine(settings());
    machine.force(Forced::Closed, S);
    calls(&mut machine, &"x".repeat(100), S);
    assert_eq!(
        (machine.state(), machine.counts().calls),
        (State::ForcedClosed, 0)
    );
}

#[test]
fn inv9_whoever_lets_go_leaves_a_closed_circuit_with_an_empty_window() {
    for forced in [Forced::Open, Forced::Closed] {
        let mut machine = machine(settings());
        calls(&mut machine, "xxx", S);
        machine.force(forced, S);
        machine.release(2 * S);
        assert_eq!(
            (machine.state(), machine.counts().calls),
            (State::Closed, 0)
        );
        calls(&mut machine, "xxx", 2 * S);
        assert_eq!(machine.state(), State::Closed);
    }
}

/// A circuit that nobody holds is left as it is: letting go twice closes nothing.
#[test]
fn inv9_letting_go_of_what_nobody_holds_changes_nothing() {
    let mut machine = crate::bed::tripped(settings(), S);
    machine.release(2 * S);
    assert_eq!(
        (machine.state(), machine.generation()),
        (State::Open { until: 11 * S }, 1)
    );
    machine.force(Forced::Open, 2 * S);
    machine.force(Forced::Open, 3 * S);
    assert_eq!(machine.generation(), 2);
}

#[test]
fn inv3_a_call_from_before_it_was_forced_changes_nothing() {
    let mut machine = machine(settings());
    let before = admit(&mut machine, S);
    machine.force(Forced::Closed, S);
    let during = admit(&mut machine, S);
    machine.release(S);
    for ticket in [before, during] {
        assert_eq!(
            settle(&mut machine, ticket, Outcome::Failure, S),
            Settled::Late
        );
    }
    assert_eq!(machine.counts().calls, 0);
}

/// It tripped at 100 s, and when the operator comes the clock shows 5 s: it is 100 s for both of them.
#[test]
fn inv7_an_operators_clock_that_steps_back_is_held() {
    for forced in [Forced::Open, Forced::Closed] {
        let mut machine = crate::bed::tripped(settings(), 100 * S);
        machine.force(forced, 5 * S);
        machine.release(5 * S);
        calls(&mut machine, "xxxx", 5 * S);
        assert_eq!(
            machine.state(),
            State::Open { until: 110 * S },
            "it has seen 100 s, then the clock showed 5 s"
        );
    }
}

#[test]
fn inv9_an_operator_is_heard_by_every_thread_at_once() {
    let (breaker, _clock) = breaker(settings());
    let ask = || breaker.call(&EveryError, || Ok::<(), ()>(()));
    breaker.force(Forced::Open);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(ask(), Err(Rejection::ForcedOpen.into())));
        }
    });
    breaker.release();
    assert_eq!(ask(), Ok(()));
    assert_eq!(breaker.snapshot().tally.rejected_forced, 4);
}

#[test]
fn inv9_one_name_is_one_breaker() {
    let registry = Registry::new(HandClock::default(), 2);
    let first = registry.get("ledger", config(settings())).unwrap();
    let again = registry.get("ledger", config(settings())).unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    let other = Settings {
        minimum_calls: 5,
        ..settings()
    };
    assert_eq!(
        registry.get("ledger", config(other)).err(),
        Some(RegistryError::OtherConfig("ledger".into()))
    );
    let stock = registry.get("stock", config(other)).unwrap();
    assert!(!Arc::ptr_eq(&first, &stock));
    assert!(Arc::ptr_eq(&stock, &registry.find("stock").unwrap()));
}

/// A clock of which each breaker takes a copy. Whoever does so waits for somebody else to do it too, and not for ever.
struct CopiedByTwo(Arc<(Mutex<u32>, Condvar)>);

impl Clock for CopiedByTwo {
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl Clone for CopiedByTwo {
    fn clone(&self) -> Self {
        let (copies, came) = &*self.0;
        let mut copies = copies.lock().unwrap();
        *copies += 1;
        came.notify_all();
        let waited = came.wait_timeout_while(copies, S / 10, |copies| *copies < 2);
        drop(waited.unwrap());
        Self(Arc::clone(&self.0))
    }
}

/// Two threads ask for a name that is not there yet.
#[test]
fn inv9_two_who_come_at_once_get_one_breaker() {
    let registry = Registry::new(CopiedByTwo(Arc::default()), 2);
    let start = std::sync::Barrier::new(2);
    let get = || {
        start.wait();
        registry.get("ledger", config(settings())).unwrap()
    };
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(get);
        (get(), other.join().unwrap())
    });
    assert!(
        Arc::ptr_eq(&first, &second),
        "two threads asked at once, and each has a breaker of its own"
    );
}

#[test]
fn inv9_names_are_bounded_and_readable() {
    let registry = Registry::new(HandClock::default(), 2);
    for bad in ["", "a\nb", "\u{7}", &"x".repeat(65)] {
        assert_eq!(
            registry.get(bad, config(settings())).err(),
            Some(RegistryError::Name(bad.into()))
        );
    }
    let longest = "ä".repeat(64);
    registry.get(&longest, config(settings())).unwrap();
    registry.get("b", config(settings())).unwrap();
    assert_eq!(
        registry.get("c", config(settings())).err(),
        Some(RegistryError::Full(2))
    );
    // Full is not closed: those that are there are still found.
    registry.get("b", config(settings())).unwrap();
}

#[test]
fn inv10_every_change_of_state_is_heard_of_in_order() {
    let heard: Arc<Mutex<Vec<_>>> = Arc::default();
    let listener = Arc::clone(&heard);
    let clock = HandClock::default();
    let registry = Registry::new(clock.clone(), 1).with_listener(Arc::new(
        move |name: &str, transition: &circuit_breaker::core::machine::Transition| {
            let heard = (
                name.to_owned(),
                transition.generation,
                transition.to,
                transition.cause,
            );
            listener.lock().unwrap().push(heard);
        },
    ));
    let breaker = registry.get("ledger", config(settings())).unwrap();
    for _ in 0..4 {
        let _failed = breaker.call(&EveryError, || Err::<(), ()>(()));
    }
    clock.set(10 * S);
    for _ in 0..3 {
        let _probe = breaker.call(&EveryError, || Ok::<(), ()>(()));
    }
    breaker.force(Forced::Open);
    breaker.release();
    let expected = [
        (1, State::Open { until: 10 * S }, Cause::Tripped),
        (2, State::HalfOpen, Cause::Waited),
        (3, State::Closed, Cause::Recovered),
        (4, State::ForcedOpen, Cause::Forced),
        (5, State::Closed, Cause::Released),
    ]
    .map(|(generation, to, cause)| ("ledger".to_owned(), generation, to, cause));
    assert_eq!(*heard.lock().unwrap(), expected);
    assert_eq!(breaker.snapshot().tally.entered, [2, 1, 1, 1, 0]);
}

#[test]
fn inv10_a_name_cannot_break_out_of_its_quotes() {
    let registry = Registry::new(HandClock::default(), 1);
    registry.get(r#"a"} 7 \ b"#, config(settings())).unwrap();
    let text = registry.metrics();
    let line = "circuit_breaker_slow_calls_total{breaker=\"a\\\"} 7 \\\\ b\"} 0\n";
    assert!(text.contains(line), "{text}");
}

/// Everything that can end a call, once each; then the text that a scrape would read.
#[test]
fn inv10_the_metrics_say_what_happened() {
    let clock = HandClock::default();
    let registry = Registry::new(clock.clone(), 1);
    let breaker = registry.get("ledger", config(settings())).unwrap();
    let end = |ending| breaker.admit().expect("it is closed").settle(ending);
    for ending in [
        Ending::Answered(Outcome::Success),
        Ending::Answered(Outcome::Ignored),
        Ending::Cancelled,
        Ending::Answered(Outcome::Failure),
    ] {
        end(ending);
    }
    let late = breaker.admit().expect("it is closed");
    for ending in [Ending::TimedOut, Ending::Panicked] {
        end(ending);
    }
    late.settle(Ending::Answered(Outcome::Failure));
    assert!(breaker.admit().is_err());
    breaker.force(Forced::Open);
    assert!(breaker.admit().is_err());
    breaker.count_fallback();

    let text = registry.metrics();
    for line in [
        r#"circuit_breaker_calls_total{breaker="ledger",ending="success"} 1"#,
        r#"circuit_breaker_calls_total{breaker="ledger",ending="failure"} 2"#,
        r#"circuit_breaker_calls_total{breaker="ledger",ending="ignored"} 1"#,
        r#"circuit_breaker_calls_total{breaker="ledger",ending="timed_out"} 1"#,
        r#"circuit_breaker_calls_total{breaker="ledger",ending="panicked"} 1"#,
        r#"circuit_breaker_calls_total{breaker="ledger",ending="cancelled"} 1"#,
        r#"circuit_breaker_rejected_total{breaker="ledger",state="open"} 1"#,
        r#"circuit_breaker_rejected_total{breaker="ledger",state="half_open"} 0"#,
        r#"circuit_breaker_rejected_total{breaker="ledger",state="forced_open"} 1"#,
        r#"circuit_breaker_transitions_total{breaker="ledger",to="open"} 1"#,
        r#"circuit_breaker_late_results_total{breaker="ledger"} 1"#,
        r#"circuit_breaker_fallbacks_total{breaker="ledger"} 1"#,
        r#"circuit_breaker_state{breaker="ledger",state="forced_open"} 1"#,
        r#"circuit_breaker_state{breaker="ledger",state="closed"} 0"#,
    ] {
        assert!(
            text.lines().any(|is| is == line),
            "{line} is not in\n{text}"
        );
    }
    for family in ["circuit_breaker_calls_total", "circuit_breaker_state"] {
        let introduced = |word: &str| text.matches(&format!("# {word} {family} ")).count();
        assert_eq!((introduced("HELP"), introduced("TYPE")), (1, 1), "{family}");
    }
}

/// One thing that happens to a breaker.
#[derive(Clone, Debug)]
enum Step {
    Admit,
    Settle(prop::sample::Index, Ending),
    /// Dropped without a word.
    Vanish(prop::sample::Index),
    Clock(i64),
    Force(Forced),
    Release,
}

fn step() -> impl Strategy<Value = Step> {
    let ending = prop_oneof![
        12 => Just(Ending::Answered(Outcome::Success)),
        4 => Just(Ending::Answered(Outcome::Failure)),
        1 => Just(Ending::Answered(Outcome::Ignored)),
        1 => Just(Ending::TimedOut),
        1 => Just(Ending::Panicked),
    ];
    prop_oneof![
        20 => Just(Step::Admit),
        20 => (any::<prop::sample::Index>(), ending).prop_map(|(index, ending)| Step::Settle(index, ending)),
        2 => any::<prop::sample::Index>().prop_map(Step::Vanish),
        10 => (-400_i64..2_000).prop_map(Step::Clock),
        2 => Just(Step::Clock(10_000)),
        1 => prop_oneof![Just(Forced::Open), Just(Forced::Closed)].prop_map(Step::Force),
        2 => Just(Step::Release),
    ]
}

/// A call in flight, here and in the oracle, and when it began.
type Out<'b> = (Permit<&'b Breaker<HandClock>, HandClock>, Ticket, Duration);

fn window() -> impl Strategy<Value = WindowKind> {
    prop_oneof![
        (4_u32..12).prop_map(WindowKind::Count),
        (1_u32..5).prop_map(|buckets| WindowKind::Time {
            length: buckets * S,
            buckets
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order, with every option: a breaker says and does what a plain list of calls says, and counts it.
    #[test]
    fn inv9_no_order_of_anything_confuses_a_breaker(
        window in window(),
        slow in any::<bool>(),
        (permits, successes) in (1_u32..4, 1_u32..4),
        steps in prop::collection::vec(step(), 1..300),
    ) {
        let half_open = HalfOpen { permits, successes, lease: 5 * S };
        let slow_calls = slow.then_some(SlowCalls { longer_than: S, rate: 0.75 });
        let settings = Settings { window, half_open, slow_calls, ..settings() };
        let (breaker, clock) = breaker(settings);
        let mut oracle = Oracle::new(settings);
        let mut out: Vec<Out<'_>> = Vec::new();
        let (mut ended, mut rejected, mut late) = (0, 0, 0);
        for step in steps.into_iter().chain([Step::Force(Forced::Open), Step::Release]) {
            let now = clock.get();
            let (index, ending) = match step {
                Step::Admit => {
                    match (breaker.admit(), oracle.admit(now)) {
                        (Ok(permit), Ok(ticket)) => out.push((permit, ticket, now)),
                        (Err(rejection), Err(expected)) => {
                            rejected += 1;
                            prop_assert_eq!(rejection, expected);
                        }
                        (said, expected) => prop_assert!(false, "{:?} instead of {:?}", said.err(), expected),
                    }
                    continue;
                }
                Step::Clock(millis) => {
                    let by = Duration::from_millis(millis.unsigned_abs());
                    clock.set(if millis < 0 { now.saturating_sub(by) } else { now + by });
                    continue;
                }
                Step::Force(forced) => {
                    breaker.force(forced);
                    oracle.force(forced, now);
                    continue;
                }
                Step::Release => {
                    breaker.release();
                    oracle.release(now);
                    continue;
                }
                Step::Settle(index, ending) => (index, ending),
                Step::Vanish(index) => (index, Ending::Cancelled),
            };
            if out.is_empty() {
                continue;
            }
            let (permit, ticket, began) = out.swap_remove(index.index(out.len()));
            if ending == Ending::Cancelled {
                drop(permit);
            } else {
                permit.settle(ending);
            }
            let slow = slow && now.saturating_sub(began) > S;
            let outcome = ending.outcome();
            late += u64::from(!oracle.settle(ticket, Call { outcome, slow }, now));
            ended += 1;

            let is = breaker.snapshot();
            prop_assert_eq!(is.state, oracle.state);
            prop_assert_eq!(is.generation, oracle.generation);
            prop_assert_eq!(is.probes_in_flight, oracle.probes.len());
            prop_assert!(is.probes_in_flight <= permits as usize);
            prop_assert_eq!(is.window, oracle.counts());
            prop_assert_eq!((is.tally.ended(), is.tally.rejected(), is.tally.late), (ended, rejected, late));
            prop_assert_eq!(is.tally.entered.iter().sum::<u64>(), oracle.generation);
        }
    }
}
