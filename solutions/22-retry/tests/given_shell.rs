//! What the learner is given of the shell and does not write: what a call traces, and a service that is never ready.
#![cfg(feature = "io")]

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use retry::core::backoff::{Backoff, Strategy};
use retry::core::class::{Class, Safety};
use retry::core::error::Stop;
use retry::core::limits::Limits;
use retry::shell::layer::RetryLayer;
use retry::shell::policy::Policy;
use retry::shell::retry::retry;
use tower::{Layer, Service, ServiceExt};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

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
        of.target().starts_with("retry")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0.trim_end().to_owned());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn policy() -> Policy {
    let wait = Duration::from_millis(10);
    let backoff = Backoff::new(Strategy::Constant { wait }).unwrap();
    Policy::new(backoff, Limits::new(2).unwrap())
}

#[test]
fn a_call_traces_its_retries_and_its_end_and_nothing_if_it_succeeds_at_once() {
    let lines = Lines::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let call = |answer: Result<u32, &'static str>| {
        let classify = |_: &&str| Class::Transient;
        let op = move || std::future::ready(answer);
        runtime.block_on(retry(&policy(), Safety::Unsafe, classify, op))
    };
    tracing::subscriber::with_default(lines.clone(), || {
        assert_eq!(call(Ok(7)).ok(), Some(7));
        assert!(lines.0.lock().unwrap().is_empty());
        assert!(call(Err("busy")).is_err());
    });
    assert_eq!(
        *lines.0.lock().unwrap(),
        [
            "retry attempts=1 class=Transient after=10ms",
            "gave up attempts=2 stop=all attempts are used up",
        ]
    );
}

#[derive(Clone)]
struct NeverReady;

impl Service<()> for NeverReady {
    type Response = ();
    type Error = &'static str;
    type Future = std::future::Ready<Result<(), &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        Poll::Ready(Err("closed"))
    }

    fn call(&mut self, (): ()) -> Self::Future {
        panic!("called though it was not ready")
    }
}

#[tokio::test]
async fn a_service_that_has_failed_for_good_is_not_called() {
    let layer = RetryLayer::new(
        policy(),
        |_: &&str| Class::Transient,
        |(): &()| Safety::Keyed,
    );
    let gave_up = layer.layer(NeverReady).oneshot(()).await.unwrap_err();
    assert_eq!((gave_up.attempts, gave_up.stop), (0, Stop::Permanent));
    assert_eq!(gave_up.cause.error(), Some(&"closed"));
}
