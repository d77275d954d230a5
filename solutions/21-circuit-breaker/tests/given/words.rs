//! What is said: of an ending, in an error, by a name, and in the metrics.

use std::collections::BTreeSet;

use circuit_breaker::core::breaker::{Breaker, Tally};
use circuit_breaker::core::config::Settings;
use circuit_breaker::core::error::{BreakerError, RegistryError, Rejection, Retry};
use circuit_breaker::core::machine::{Cause, State};
use circuit_breaker::core::metrics;
use circuit_breaker::core::outcome::{Classify, Ending, EveryError, Outcome};
use circuit_breaker::core::window::Counts;

use crate::{Hand, S};

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
