//! Every interleaving of two or three threads at one breaker, its stale readings included: what the word and the lock let through.
//!
//! Why not only threads and luck: the suite's herd of eight hits one schedule a run. loom runs all of them, and lets a thread read an old
//! word where the memory model allows it. What must stay true: whatever a thread was told, the machine would have said at some moment of its call; and
//! when all is quiet, the word says what the machine says.
//!
//! Run alone, because the feature swaps the locks of the whole package:
//! `cargo test -p circuit-breaker-solution --no-default-features --features loom --test loom`

use std::time::Duration;

use circuit_breaker::core::breaker::{Breaker, Snapshot};
use circuit_breaker::core::clock::Clock;
use circuit_breaker::core::config::{HalfOpen, Settings, WindowKind};
use circuit_breaker::core::error::Rejection;
use circuit_breaker::core::machine::{Forced, State};
use circuit_breaker::core::outcome::Outcome;
use circuit_breaker::core::window::Counts;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

const S: Duration = Duration::from_secs(1);

/// Seconds, set by hand. A clock is not what is examined here: it is read in order with everything else.
#[derive(Clone)]
struct Hand(Arc<AtomicU64>);

impl Clock for Hand {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

type Shared = Arc<Breaker<Hand>>;

/// A window of `calls`, all of which must be there and half of which must fail; open for 10 s; so many permits.
fn breaker(calls: u32, permits: u32) -> (Shared, Hand) {
    let settings = Settings {
        window: WindowKind::Count(calls),
        minimum_calls: calls,
        open_for: 10 * S,
        half_open: HalfOpen {
            permits,
            successes: 1,
            lease: 5 * S,
        },
        ..Settings::default()
    };
    let config = settings.build().expect("settings of a test make sense");
    let clock = Hand(Arc::new(AtomicU64::new(0)));
    (
        Arc::new(Breaker::new("model", config, clock.clone())),
        clock,
    )
}

/// One that was opened at 0 s, by its first call.
fn opened(permits: u32) -> (Shared, Hand) {
    let (breaker, clock) = breaker(1, permits);
    assert_eq!(call(&breaker, Outcome::Failure), Ok(()));
    assert_eq!(breaker.state(), State::Open { until: 10 * S });
    (breaker, clock)
}

/// One call, if it is admitted.
fn call(breaker: &Breaker<Hand>, outcome: Outcome) -> Result<(), Rejection> {
    breaker.admit().map(|permit| permit.answered(outcome))
}

/// The same on a thread of its own.
fn calling(breaker: &Shared, outcome: Outcome) -> thread::JoinHandle<Result<(), Rejection>> {
    let breaker = Arc::clone(breaker);
    thread::spawn(move || call(&breaker, outcome))
}

/// All is quiet: nobody holds a permit, each call was counted once, and the word says what the machine says.
fn quiet(breaker: &Breaker<Hand>, calls: u64) -> Snapshot {
    let is = breaker.snapshot();
    assert_eq!(is.probes_in_flight, 0);
    assert_eq!(is.tally.ended() + is.tally.rejected(), calls);
    assert_eq!(is.tally.entered.iter().sum::<u64>(), is.generation);
    let said = breaker.admit().map(drop);
    match is.state {
        State::Closed | State::ForcedClosed | State::HalfOpen => assert_eq!(said, Ok(())),
        State::Open { .. } => assert!(matches!(said, Err(Rejection::Open { .. })), "{said:?}"),
        State::ForcedOpen => assert_eq!(said, Err(Rejection::ForcedOpen)),
    }
    is
}

/// INV-2: three ask at the moment when its time is over, and nobody answers.
#[test]
fn a_herd_gets_no_more_than_the_permits() {
    loom::model(|| {
        let (breaker, clock) = opened(1);
        clock.0.store(10, Ordering::SeqCst);
        let herd: Vec<_> = (0..2)
            .map(|_| {
                let breaker = Arc::clone(&breaker);
                thread::spawn(move || breaker.admit().map(std::mem::forget))
            })
            .collect();
        let mut said = vec![breaker.admit().map(std::mem::forget)];
        said.extend(herd.into_iter().map(|one| one.join().unwrap()));
        let admitted = said.iter().filter(|said| said.is_ok()).count();
        assert_eq!(admitted, 1, "{said:?}");
        assert_eq!(breaker.snapshot().probes_in_flight, 1);
    });
}

/// INV-2: two who go away; whoever comes after them finds a permit, however they met.
#[test]
fn permits_of_callers_who_go_away_come_back() {
    loom::model(|| {
        let (breaker, clock) = opened(1);
        clock.0.store(10, Ordering::SeqCst);
        let gone: Vec<_> = (0..2)
            .map(|_| {
                let breaker = Arc::clone(&breaker);
                thread::spawn(move || breaker.admit().is_ok())
            })
            .collect();
        let admitted = gone
            .into_iter()
            .map(|one| one.join().unwrap())
            .filter(|admitted| *admitted)
            .count();
        let is = quiet(&breaker, 3);
        assert_eq!((is.state, is.generation), (State::HalfOpen, 2));
        assert_eq!(is.tally.cancelled, admitted as u64);
    });
}

/// INV-3 and INV-4: of two failures that would each open it, one does; the other is late, or was not made.
#[test]
fn it_opens_once() {
    loom::model(|| {
        let (breaker, _clock) = breaker(1, 1);
        let other = calling(&breaker, Outcome::Failure);
        let mine = call(&breaker, Outcome::Failure);
        // Whoever has opened it, or was too late to, is not admitted again.
        let retry_after = 10 * S;
        assert_eq!(breaker.admit().err(), Some(Rejection::Open { retry_after }));
        let made = [mine, other.join().unwrap()];
        let is = quiet(&breaker, 3);
        assert_eq!(
            (is.state, is.generation),
            (State::Open { until: 10 * S }, 1)
        );
        let failures = made.iter().filter(|made| made.is_ok()).count() as u64;
        assert_eq!((is.tally.failures, is.tally.late), (failures, failures - 1));
    });
}

/// INV-4: a window full of successes takes one more without the lock; a failure beside it is neither lost nor counted twice.
#[test]
fn a_success_without_the_lock_hides_no_failure() {
    loom::model(|| {
        let (breaker, _clock) = breaker(3, 1);
        for _ in 0..3 {
            assert_eq!(call(&breaker, Outcome::Success), Ok(()));
        }
        // The one that only reads is the other one: loom looks for a place to switch from a thread that reads what was written.
        let succeeding = calling(&breaker, Outcome::Success);
        assert_eq!(call(&breaker, Outcome::Failure), Ok(()));
        assert_eq!(succeeding.join().unwrap(), Ok(()));
        let is = quiet(&breaker, 5);
        let (calls, failures, slow) = (3, 1, 0);
        let expected = Counts {
            calls,
            failures,
            slow,
        };
        assert_eq!((is.state, is.window), (State::Closed, expected));
        assert_eq!((is.tally.successes, is.tally.late), (4, 0));
    });
}

/// INV-1: a probe fails and opens it again, while somebody asks. Half-open or open, there is nothing for them; and what they are told to wait
/// is of the new opening.
#[test]
fn nobody_slips_in_while_a_failed_probe_opens_it_again() {
    loom::model(|| {
        let (breaker, clock) = opened(1);
        clock.0.store(10, Ordering::SeqCst);
        let probe = breaker.admit().unwrap();
        clock.0.store(12, Ordering::SeqCst);
        let asking = {
            let breaker = Arc::clone(&breaker);
            thread::spawn(move || breaker.admit().err())
        };
        probe.answered(Outcome::Failure);
        let told = asking.join().unwrap();
        let retry_after = 10 * S;
        let open = Some(Rejection::Open { retry_after });
        assert!(
            told == Some(Rejection::HalfOpen) || told == open,
            "{told:?}"
        );
        let is = quiet(&breaker, 3);
        assert_eq!(
            (is.state, is.generation),
            (State::Open { until: 22 * S }, 3)
        );
    });
}

/// INV-3 and INV-5: a probe closes it while a call from before the trip fails: the old one changes nothing.
#[test]
fn a_late_failure_does_not_undo_a_recovery() {
    loom::model(|| {
        let (breaker, clock) = breaker(1, 1);
        let old = breaker.admit().unwrap();
        assert_eq!(call(&breaker, Outcome::Failure), Ok(()));
        clock.0.store(10, Ordering::SeqCst);
        let probing = calling(&breaker, Outcome::Success);
        old.answered(Outcome::Failure);
        assert_eq!(probing.join().unwrap(), Ok(()));
        let is = quiet(&breaker, 3);
        assert_eq!((is.state, is.generation), (State::Closed, 3));
        assert_eq!((is.tally.late, is.tally.failures), (1, 2));
    });
}

/// INV-9: an operator opens it while a call is on its way: the call is made or rejected, and what the operator wants is what remains.
#[test]
fn an_operator_has_the_last_word() {
    loom::model(|| {
        let (breaker, _clock) = breaker(1, 1);
        let failing = calling(&breaker, Outcome::Failure);
        breaker.force(Forced::Open);
        assert_eq!(breaker.admit().err(), Some(Rejection::ForcedOpen));
        let made = failing.join().unwrap();
        let is = quiet(&breaker, 2);
        assert_eq!(is.state, State::ForcedOpen);
        // Opened by the call and then by the operator, or by the operator alone.
        assert_eq!(is.generation, is.tally.entered[1] + 1);
        assert!(made.is_ok() || is.tally.late == 0);
    });
}

/// INV-9: and when the operator lets go beside a call, the circuit is closed with an empty window, but for calls that came after.
#[test]
fn letting_go_beside_a_call_leaves_a_closed_circuit() {
    loom::model(|| {
        let (breaker, _clock) = breaker(2, 1);
        breaker.force(Forced::Closed);
        let failing = calling(&breaker, Outcome::Failure);
        breaker.release();
        assert_eq!(failing.join().unwrap(), Ok(()));
        let is = quiet(&breaker, 1);
        assert_eq!(is.state, State::Closed);
        assert!(is.window.calls + is.tally.late <= 1, "{is:?}");
    });
}

/// INV-1: it opens a second time before the first wait would have been over. Whoever asks beside that is admitted before it or waits for
/// the second, and is never told what was left of the first.
#[test]
fn what_a_caller_is_told_is_of_this_opening() {
    loom::model(|| {
        let (breaker, clock) = opened(1);
        clock.0.store(6, Ordering::SeqCst);
        breaker.force(Forced::Closed);
        breaker.release();
        let asking = {
            let breaker = Arc::clone(&breaker);
            thread::spawn(move || breaker.admit().err())
        };
        assert_eq!(call(&breaker, Outcome::Failure), Ok(()));
        let told = asking.join().unwrap();
        let retry_after = 10 * S;
        let open = Some(Rejection::Open { retry_after });
        assert!(told.is_none() || told == open, "{told:?}");
        let is = quiet(&breaker, 3);
        assert_eq!(
            (is.state, is.generation),
            (State::Open { until: 16 * S }, 4)
        );
    });
}
