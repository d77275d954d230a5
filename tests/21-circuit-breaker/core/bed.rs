//! What the tests share: settings with round numbers, a clock that is set by hand, and short words for what is done often.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use circuit_breaker::core::breaker::Breaker;
use circuit_breaker::core::clock::Clock;
use circuit_breaker::core::config::{Config, HalfOpen, Settings, WindowKind};
use circuit_breaker::core::machine::{Admission, Machine, Settled, State, Ticket};
use circuit_breaker::core::outcome::{Call, Outcome};

/// A second.
pub const S: Duration = Duration::from_secs(1);

/// Half of the last ten calls, at least four of them; open for 10 s; two probes at once, three successes, leases of 5 s.
pub fn settings() -> Settings {
    Settings {
        window: WindowKind::Count(10),
        minimum_calls: 4,
        failure_rate: 0.5,
        slow_calls: None,
        open_for: 10 * S,
        half_open: HalfOpen {
            permits: 2,
            successes: 3,
            lease: 5 * S,
        },
    }
}

pub fn config(settings: Settings) -> Config {
    settings.build().expect("settings of a test make sense")
}

pub fn machine(settings: Settings) -> Machine {
    Machine::new(config(settings))
}

/// Shows the time that it was set to, and counts how often it was asked.
#[derive(Clone, Debug, Default)]
pub struct HandClock(Arc<[AtomicU64; 2]>);

impl HandClock {
    pub fn set(&self, now: Duration) {
        self.0[0].store(now.as_nanos() as u64, Ordering::SeqCst);
    }

    pub fn get(&self) -> Duration {
        Duration::from_nanos(self.0[0].load(Ordering::SeqCst))
    }

    pub fn readings(&self) -> u64 {
        self.0[1].load(Ordering::SeqCst)
    }
}

impl Clock for HandClock {
    fn now(&self) -> Duration {
        self.0[1].fetch_add(1, Ordering::SeqCst);
        self.get()
    }
}

pub fn breaker(settings: Settings) -> (Breaker<HandClock>, HandClock) {
    let clock = HandClock::default();
    (Breaker::new("test", config(settings), clock.clone()), clock)
}

/// The ticket; the circuit must admit.
pub fn admit(machine: &mut Machine, now: Duration) -> Ticket {
    let admission = machine.admit(now);
    assert!(
        matches!(admission, Admission::Admit(_)),
        "at {now:?} it must admit: {admission:?}"
    );
    match admission {
        Admission::Admit(ticket) => ticket,
        Admission::Reject(_) => unreachable!("that was just asserted"),
    }
}

/// One call that is admitted and ends at `now`.
pub fn call(machine: &mut Machine, outcome: Outcome, now: Duration) {
    let ticket = admit(machine, now);
    assert_eq!(settle(machine, ticket, outcome, now), Settled::InTime);
}

/// `outcome` of a call that was not slow.
pub fn settle(machine: &mut Machine, ticket: Ticket, outcome: Outcome, now: Duration) -> Settled {
    machine.settle(ticket, Call::quick(outcome), now)
}

/// As many calls as the letters: `.` succeeds, `x` fails, `-` says nothing.
pub fn calls(machine: &mut Machine, letters: &str, now: Duration) {
    for letter in letters.chars() {
        call(machine, outcome(letter), now);
    }
}

pub fn outcome(letter: char) -> Outcome {
    match letter {
        '.' => Outcome::Success,
        'x' => Outcome::Failure,
        '-' => Outcome::Ignored,
        other => panic!("no outcome is written {other:?}"),
    }
}

/// A circuit that opened at `now`.
pub fn tripped(settings: Settings, now: Duration) -> Machine {
    let mut machine = machine(settings);
    for _ in 0..settings.minimum_calls {
        assert_eq!(machine.state(), State::Closed);
        call(&mut machine, Outcome::Failure, now);
    }
    let until = now + settings.open_for;
    assert_eq!(machine.state(), State::Open { until });
    machine
}
