//! Stage 5: what a change of state tells those who watch.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use circuit_breaker::core::error::{BreakerError, Rejection};
use circuit_breaker::core::machine::{Forced, State};
use circuit_breaker::core::outcome::{EveryError, Outcome};
use circuit_breaker::core::registry::Registry;
use circuit_breaker::shell::clock::TokioClock;
use circuit_breaker::shell::events;
use circuit_breaker::shell::layer::BreakerLayer;
use tower::{Layer, ServiceExt};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::downstream::{Downstream, Error, Mood, S, settings};

/// Keeps each event as one line.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let written = match field.name() {
            "message" => write!(self.0, "{value:?} "),
            name => write!(self.0, "{name}={value:?} "),
        };
        written.expect("a String takes everything");
    }
}

impl Subscriber for Lines {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        of.target().starts_with("circuit_breaker")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{} ", event.metadata().level()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0.trim_end().to_owned());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn inv10_a_change_of_state_is_an_event() {
    let lines = Lines::default();
    let _listening = tracing::subscriber::set_default(lines.clone());
    let registry = Registry::new(TokioClock::start(), 10).with_listener(events::tracing_all());
    let breaker = registry.get("ledger", settings().build().unwrap()).unwrap();
    let end = |outcome| breaker.admit().map(|permit| permit.answered(outcome));
    for _ in 0..4 {
        assert_eq!(end(Outcome::Failure), Ok(()));
    }
    tokio::time::advance(10 * S).await;
    for _ in 0..2 {
        assert_eq!(end(Outcome::Success), Ok(()));
    }
    breaker.force(Forced::Closed);
    breaker.force(Forced::Open);
    let expected = [
        "WARN circuit breaker=\"ledger\" from=\"closed\" to=\"open\" cause=\"tripped\" generation=1",
        "INFO circuit breaker=\"ledger\" from=\"open\" to=\"half_open\" cause=\"waited\" generation=2",
        "INFO circuit breaker=\"ledger\" from=\"half_open\" to=\"closed\" cause=\"recovered\" generation=3",
        "INFO circuit breaker=\"ledger\" from=\"closed\" to=\"forced_closed\" cause=\"forced\" generation=4",
        "WARN circuit breaker=\"ledger\" from=\"forced_closed\" to=\"forced_open\" cause=\"forced\" generation=5",
    ];
    assert_eq!(*lines.0.lock().unwrap(), expected);
}

/// A listener that asks the breaker is not locked out by it.
#[tokio::test(start_paused = true)]
async fn inv10_a_listener_may_ask_the_breaker() {
    let seen: Arc<Mutex<Vec<State>>> = Arc::default();
    let registry = Arc::new_cyclic(|registry: &std::sync::Weak<Registry<TokioClock>>| {
        let (registry, seen) = (registry.clone(), Arc::clone(&seen));
        Registry::new(TokioClock::start(), 1).with_listener(Arc::new(move |name: &str, _: &_| {
            let breaker = registry.upgrade().and_then(|all| all.find(name));
            seen.lock()
                .unwrap()
                .extend(breaker.map(|breaker| breaker.state()));
        }))
    });
    let breaker = registry.get("ledger", settings().build().unwrap()).unwrap();
    breaker.force(Forced::Open);
    assert_eq!(*seen.lock().unwrap(), [State::ForcedOpen]);
}

/// An operator opens what is well, and closes what is not.
#[tokio::test(start_paused = true)]
async fn inv9_the_layer_obeys_the_operator() {
    let registry = Registry::new(TokioClock::start(), 1);
    let breaker = registry.get("ledger", settings().build().unwrap()).unwrap();
    let downstream = Downstream::new(Mood::Well);
    let layer = BreakerLayer::new(Arc::clone(&breaker)).classify(EveryError);
    let service = layer.layer(downstream.clone());
    breaker.force(Forced::Open);
    tokio::time::advance(Duration::from_secs(3600)).await;
    let rejected = BreakerError::Rejected(Rejection::ForcedOpen);
    assert_eq!(service.clone().oneshot(()).await, Err(rejected));
    assert_eq!(downstream.calls(), 0);
    breaker.force(Forced::Closed);
    downstream.set(Mood::Failing);
    for _ in 0..100 {
        let failed = BreakerError::Inner(Error::Broken);
        assert_eq!(service.clone().oneshot(()).await, Err(failed));
    }
    assert_eq!(downstream.calls(), 100);
}
