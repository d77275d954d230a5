//! Stage 2: probes. How many, what their results change, and that every permit comes back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use circuit_breaker::core::config::{HalfOpen, Settings, WindowKind};
use circuit_breaker::core::error::{BreakerError, Rejection};
use circuit_breaker::core::machine::{Admission, Cause, Machine, Settled, State};
use circuit_breaker::core::outcome::{Call, EveryError, Outcome};
use proptest::prelude::*;

use crate::bed::{HandClock, S, admit, breaker, call, calls, outcome, settings, settle, tripped};
use crate::oracle::Oracle;

const FULL: Admission = Admission::Reject(Rejection::HalfOpen);

/// A circuit that tripped at 0 s and whose time is over: the next to ask is a probe.
fn waited(settings: Settings) -> Machine {
    tripped(settings, Duration::ZERO)
}

/// Why the state has changed, each time.
fn causes(machine: &mut Machine) -> Vec<Cause> {
    let transitions = machine.take_transitions();
    transitions.iter().map(|change| change.cause).collect()
}

#[test]
fn inv2_it_admits_as_many_probes_as_it_has_permits() {
    let mut machine = waited(settings());
    let _probes = [admit(&mut machine, 10 * S), admit(&mut machine, 10 * S)];
    assert_eq!(machine.state(), State::HalfOpen);
    for _ in 0..100 {
        assert_eq!(machine.admit(10 * S), FULL);
    }
    assert_eq!(machine.probes_in_flight(), 2);
}

#[test]
fn inv2_a_probe_that_ends_makes_room_for_one() {
    let mut machine = waited(settings());
    let probes = [admit(&mut machine, 10 * S), admit(&mut machine, 10 * S)];
    for (probe, letter) in probes.into_iter().zip(['.', '-']) {
        let settled = settle(&mut machine, probe, outcome(letter), 11 * S);
        assert_eq!(settled, Settled::InTime);
        let _next = admit(&mut machine, 11 * S);
        assert_eq!(machine.admit(11 * S), FULL);
    }
}

/// Nobody else asks: the permit must come back by itself, in every way that a call can end.
#[test]
fn inv2_a_cancelled_probe_brings_its_permit_back() {
    let (breaker, clock) = half_open_soon();
    clock.set(10 * S);
    for gone in 0..10 {
        let probe = breaker.admit();
        assert!(probe.is_ok(), "{gone} probes were cancelled: {probe:?}");
        drop(probe);
        let held = breaker.snapshot().probes_in_flight;
        assert_eq!(held, 0, "nobody probes, and a permit is held");
    }
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn inv2_a_panic_brings_the_permit_back_and_fails_the_probe() {
    let (breaker, clock) = half_open_soon();
    clock.set(10 * S);
    let probe = breaker.admit();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _held = probe;
        panic!("the downstream's client has a bug");
    }));
    assert!(caught.is_err());
    let after = breaker.snapshot();
    assert_eq!(after.state, State::Open { until: 20 * S });
    assert_eq!((after.probes_in_flight, after.tally.panicked), (0, 1));
}

/// A probe that never answers holds its permit until its lease ends; then the circuit has been open since that moment.
#[test]
fn inv2_a_probe_that_never_answers_loses_its_permit() {
    let mut machine = waited(settings());
    let never = admit(&mut machine, 10 * S);
    let other = admit(&mut machine, 12 * S);
    assert_eq!(machine.admit(Duration::from_millis(14_999)), FULL);
    let retry_after = 10 * S;
    assert_eq!(
        machine.admit(15 * S),
        Admission::Reject(Rejection::Open { retry_after })
    );
    assert_eq!(machine.probes_in_flight(), 0);
    for late in [never, other] {
        let settled = settle(&mut machine, late, Outcome::Success, 15 * S);
        assert_eq!(settled, Settled::Late);
    }
    assert_eq!(machine.state(), State::Open { until: 25 * S });
    assert_eq!(
        causes(&mut machine),
        [Cause::Tripped, Cause::Waited, Cause::LeaseEnded]
    );
}

/// Nobody asked for an hour: the lease ended long ago, and so did the wait that followed.
#[test]
fn inv2_a_lease_that_ended_long_ago_does_not_make_anybody_wait() {
    let mut machine = waited(settings());
    let _never = admit(&mut machine, 10 * S);
    let _probe = admit(&mut machine, 3600 * S);
    assert_eq!(
        (machine.state(), machine.probes_in_flight()),
        (State::HalfOpen, 1)
    );
    assert_eq!(machine.generation(), 4);
}

#[test]
fn inv2_a_result_after_its_lease_is_late() {
    let mut machine = waited(settings());
    let probe = admit(&mut machine, 10 * S);
    let settled = settle(&mut machine, probe, Outcome::Success, 15 * S);
    assert_eq!(settled, Settled::Late);
    assert_eq!(machine.state(), State::Open { until: 25 * S });
}

#[test]
fn inv5_a_downstream_that_is_well_again_closes_it() {
    let mut machine = waited(settings());
    for second in [10, 11, 12] {
        call(&mut machine, Outcome::Success, second * S);
    }
    assert_eq!((machine.state(), machine.generation()), (State::Closed, 3));
    assert_eq!(
        causes(&mut machine),
        [Cause::Tripped, Cause::Waited, Cause::Recovered]
    );
    // And what was before weighs no more.
    calls(&mut machine, "xxx", 13 * S);
    assert_eq!(machine.state(), State::Closed);
}

/// A thousand successes before the trip are no probes.
#[test]
fn inv5_only_probes_of_this_half_open_state_close_it() {
    let mut machine = crate::bed::machine(settings());
    calls(&mut machine, &".".repeat(1000), S);
    calls(&mut machine, "xxxxx", S);
    calls(&mut machine, "..", 11 * S);
    assert_eq!(machine.state(), State::HalfOpen);
    calls(&mut machine, "x", 11 * S);
    assert_eq!(machine.state(), State::Open { until: 21 * S });
    calls(&mut machine, "..", 21 * S);
    assert_eq!(machine.state(), State::HalfOpen);
    calls(&mut machine, ".", 21 * S);
    assert_eq!(machine.state(), State::Closed);
}

#[test]
fn inv5_what_says_nothing_neither_closes_nor_opens() {
    let mut machine = waited(settings());
    calls(&mut machine, "..----", 10 * S);
    assert_eq!(machine.state(), State::HalfOpen);
    calls(&mut machine, ".", 10 * S);
    assert_eq!(machine.state(), State::Closed);
}

/// An answer that took too long opens, and a caller who took as long to go away says nothing.
#[test]
fn inv5_a_slow_answer_is_no_sign_of_health() {
    for (outcome, state) in [
        (Outcome::Success, State::Open { until: 20 * S }),
        (Outcome::Ignored, State::HalfOpen),
    ] {
        let mut machine = waited(settings());
        let probe = admit(&mut machine, 10 * S);
        let call = Call {
            outcome,
            slow: true,
        };
        assert_eq!(machine.settle(probe, call, 10 * S), Settled::InTime);
        assert_eq!(machine.state(), state, "after a slow {outcome:?}");
    }
}

/// A probe goes out at 14 s, and then the clock shows 9 s: for all that follows it is 14 s.
#[test]
fn inv7_a_clock_that_steps_back_is_held_at_the_newest_probe() {
    let mut machine = waited(settings());
    let probe = admit(&mut machine, 10 * S);
    let _never = admit(&mut machine, 14 * S);
    assert_eq!(
        settle(&mut machine, probe, Outcome::Success, 9 * S),
        Settled::InTime
    );
    let probe = admit(&mut machine, 9 * S);
    assert_eq!(
        settle(&mut machine, probe, Outcome::Failure, 9 * S),
        Settled::InTime
    );
    assert_eq!(
        machine.state(),
        State::Open { until: 24 * S },
        "a probe was sent at 14 s, and then the clock showed 9 s"
    );
}

#[test]
fn inv1_one_failed_probe_opens_it_for_the_whole_time() {
    let mut machine = waited(settings());
    calls(&mut machine, "..x", 12 * S);
    assert_eq!(machine.state(), State::Open { until: 22 * S });
    assert_eq!(
        causes(&mut machine),
        [Cause::Tripped, Cause::Waited, Cause::ProbeFailed]
    );
    let retry_after = S;
    assert_eq!(
        machine.admit(21 * S),
        Admission::Reject(Rejection::Open { retry_after })
    );
    let _probe = admit(&mut machine, 22 * S);
}

#[test]
fn inv3_a_call_from_before_the_trip_is_no_probe() {
    for letter in ['.', 'x', '-'] {
        let mut machine = crate::bed::machine(settings());
        let old: Vec<_> = (0..5).map(|_| admit(&mut machine, S)).collect();
        calls(&mut machine, "xxxx", S);
        let probe = admit(&mut machine, 11 * S);
        for ticket in old {
            let settled = settle(&mut machine, ticket, outcome(letter), 11 * S);
            assert_eq!(settled, Settled::Late);
        }
        assert_eq!(
            (machine.state(), machine.probes_in_flight()),
            (State::HalfOpen, 1)
        );
        assert_eq!(
            settle(&mut machine, probe, Outcome::Success, 11 * S),
            Settled::InTime
        );
    }
}

/// Two probes are out; one closes the circuit, the other fails afterwards.
#[test]
fn inv3_a_probe_that_outlives_its_state_changes_nothing() {
    let mut machine = waited(settings());
    calls(&mut machine, "..", 10 * S);
    let (third, fourth) = (admit(&mut machine, 10 * S), admit(&mut machine, 10 * S));
    assert_eq!(
        settle(&mut machine, third, Outcome::Success, 10 * S),
        Settled::InTime
    );
    assert_eq!(machine.state(), State::Closed);
    assert_eq!(
        settle(&mut machine, fourth, Outcome::Failure, 10 * S),
        Settled::Late
    );
    assert_eq!(
        (machine.state(), machine.counts().calls),
        (State::Closed, 0)
    );
}

/// It has recovered, and its window is full of successes: one more would change nothing, but this one is not of this generation.
#[test]
fn inv3_a_late_success_is_late_in_a_circuit_that_is_well() {
    let (breaker, clock) = breaker(Settings {
        window: WindowKind::Count(4),
        ..settings()
    });
    let old = breaker.admit().expect("it is closed");
    for _ in 0..4 {
        let _failed = breaker.call(&EveryError, || Err::<(), ()>(()));
    }
    clock.set(10 * S);
    for _ in 0..7 {
        assert_eq!(breaker.call(&EveryError, || Ok::<(), ()>(())), Ok(()));
    }
    assert_eq!(breaker.snapshot().tally.late, 0);
    old.answered(Outcome::Success);
    let after = breaker.snapshot();
    assert_eq!((after.state, after.tally.late), (State::Closed, 1));
}

#[test]
fn inv6_callers_who_go_away_open_nothing() {
    let (breaker, _clock) = breaker(settings());
    for gone in 0..100 {
        let permit = breaker.admit();
        assert!(permit.is_ok(), "{gone} callers went away: {permit:?}");
    }
    let after = breaker.snapshot();
    assert_eq!(after.state, State::Closed);
    assert_eq!((after.window.calls, after.tally.cancelled), (0, 100));
}

#[test]
fn inv6_a_caller_who_goes_away_fails_no_probe() {
    let (breaker, clock) = half_open_soon();
    clock.set(10 * S);
    let succeed = || breaker.call(&EveryError, || Ok::<(), ()>(()));
    assert_eq!(succeed(), Ok(()));
    let gone = breaker.admit();
    assert!(gone.is_ok(), "{gone:?}");
    drop(gone);
    assert_eq!((succeed(), breaker.state()), (Ok(()), State::HalfOpen));
    assert_eq!((succeed(), breaker.state()), (Ok(()), State::Closed));
}

/// Threads that come at the moment when its time is over.
#[test]
fn inv2_a_herd_gets_no_more_than_the_permits() {
    let (breaker, clock) = half_open_soon();
    clock.set(10 * S);
    let start = std::sync::Barrier::new(8);
    let held: usize = std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    let probes: Vec<_> = (0..50).filter_map(|_| breaker.admit().ok()).collect();
                    start.wait();
                    probes.len()
                })
            })
            .collect();
        crowd.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(held, 2, "probes in flight, where two are allowed");
    assert_eq!(breaker.snapshot().tally.rejected_half_open, 398);
}

/// A breaker that tripped at 0 s.
fn half_open_soon() -> (
    circuit_breaker::core::breaker::Breaker<HandClock>,
    HandClock,
) {
    let (breaker, clock) = breaker(settings());
    for _ in 0..4 {
        let failed = breaker.call(&EveryError, || Err::<(), ()>(()));
        assert_eq!(failed, Err(BreakerError::Inner(())));
    }
    assert_eq!(breaker.state(), State::Open { until: 10 * S });
    (breaker, clock)
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Admit,
    /// The call that was admitted this long ago, in turns, ends.
    Settle(prop::sample::Index, Outcome),
    /// The clock shows so many milliseconds more, or less.
    Clock(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let outcome = prop_oneof![
        3 => Just(Outcome::Success),
        3 => Just(Outcome::Failure),
        1 => Just(Outcome::Ignored),
    ];
    prop_oneof![
        6 => Just(Step::Admit),
        6 => (any::<prop::sample::Index>(), outcome).prop_map(|(index, outcome)| Step::Settle(index, outcome)),
        2 => (-500_i64..4_000).prop_map(Step::Clock),
        1 => Just(Step::Clock(10_000)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order, the machine says and does what a plain list of calls and probes says.
    #[test]
    fn inv2_no_order_of_calls_and_results_confuses_it(
        permits in 1_u32..4,
        successes in 1_u32..4,
        minimum_calls in 1_u32..4,
        steps in prop::collection::vec(step(), 100..300),
    ) {
        let half_open = HalfOpen { permits, successes, lease: 5 * S };
        let settings = Settings { half_open, minimum_calls, ..settings() };
        let (mut machine, mut oracle) = (crate::bed::machine(settings), Oracle::new(settings));
        let (mut now, mut out) = (Duration::ZERO, Vec::new());
        // Every case ends with a trip and a wait, so that no case is without a probe.
        let ending = [Step::Clock(60_000), Step::Admit];
        for _ in 0..4 {
            call(&mut machine, Outcome::Failure, now);
            let ticket = oracle.admit(now).expect("it is closed");
            oracle.settle(ticket, circuit_breaker::core::outcome::Call::quick(Outcome::Failure), now);
            if machine.state() != State::Closed {
                break;
            }
        }
        for step in steps.into_iter().chain(ending) {
            match step {
                Step::Admit => match (machine.admit(now), oracle.admit(now)) {
                    (Admission::Admit(ticket), Ok(expected)) => out.push((ticket, expected)),
                    (Admission::Reject(rejection), Err(expected)) => prop_assert_eq!(rejection, expected),
                    (said, expected) => prop_assert!(false, "{:?} instead of {:?}", said, expected),
                },
                Step::Settle(_, _) if out.is_empty() => {}
                Step::Settle(index, outcome) => {
                    let (ticket, expected) = out.swap_remove(index.index(out.len()));
                    let call = circuit_breaker::core::outcome::Call::quick(outcome);
                    let in_time = oracle.settle(expected, call, now);
                    prop_assert_eq!(machine.settle(ticket, call, now) == Settled::InTime, in_time);
                }
                Step::Clock(millis) => {
                    let by = Duration::from_millis(millis.unsigned_abs());
                    now = if millis < 0 { now.saturating_sub(by) } else { now + by };
                }
            }
            prop_assert_eq!(machine.state(), oracle.state);
            prop_assert_eq!(machine.generation(), oracle.generation);
            prop_assert_eq!(machine.probes_in_flight(), oracle.probes.len());
            prop_assert!(machine.probes_in_flight() <= permits as usize);
            prop_assert_eq!(machine.counts(), oracle.counts());
        }
    }
}
