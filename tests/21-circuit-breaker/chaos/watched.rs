//! One call through the whole stack, watched from the outside: each time it meets the breaker is a step, and how it ended is written down.
//!
//! Three endings are easily lost: a panic passes through, a caller drops the call, a rejected call never reaches the service below.
//! So this stands where the caller stands, catches the panic, and writes down a drop like any other ending.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use chaos::{Ending, Op};
use circuit_breaker::core::error::{BreakerError, Rejection};
use serde_json::json;

use crate::client::{NoPrice, Told, Why};
use crate::recorder::{Recorder, Step};

type Answer = Result<Told, BreakerError<NoPrice>>;

/// A call under way.
pub struct Watched<F> {
    recorder: Arc<Recorder>,
    who: String,
    call: u64,
    asked: Step,
    /// Where the circuit was when it decided.
    lane: &'static str,
    made: bool,
    /// None when it is over.
    inner: Option<Pin<Box<F>>>,
}

impl<F: Future<Output = Answer>> Watched<F> {
    /// `ask` asks the breaker.
    pub fn begin(
        recorder: &Arc<Recorder>,
        who: String,
        call: u64,
        ask: impl FnOnce() -> F,
    ) -> Self {
        let asked = recorder.step();
        let inner = Box::pin(ask());
        Self {
            who,
            call,
            asked,
            lane: recorder.state(),
            made: recorder.was_made(call),
            recorder: Arc::clone(recorder),
            inner: Some(inner),
        }
    }
}

impl<F> Watched<F> {
    /// It ended in this step, so: the word for it, and whether a fallback answered.
    fn ended(&mut self, step: Step, word: &str, fallback: bool) {
        let ending = match word {
            "answered" | "not found" => Ending::Done,
            "gave up" => Ending::Unknown,
            word if word.starts_with("rejected") => Ending::Refused,
            _ => Ending::Failed,
        };
        self.recorder.op(Op {
            id: 0,
            who: std::mem::take(&mut self.who),
            lane: self.lane.to_owned(),
            what: format!("call {}", self.call),
            began_us: self.asked.at_us,
            ended_us: step.at_us,
            ending,
            word: word.to_owned(),
            outcome: json!({
                "call": self.call,
                "asked": self.asked.number,
                "ended": step.number,
                "made": self.made,
                "ending": word,
                "fallback": fallback,
            }),
        });
    }
}

impl<F: Future<Output = Answer>> Future for Watched<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else {
            return Poll::Ready(());
        };
        let step = this.recorder.step();
        let polled = catch_unwind(AssertUnwindSafe(|| inner.as_mut().poll(cx)));
        let (word, fallback) = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(answer)) => word(&answer),
            Err(_panic) => ("panicked", false),
        };
        this.inner = None;
        this.ended(step, word, fallback);
        Poll::Ready(())
    }
}

/// The caller goes away.
impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take() {
            let step = self.recorder.step();
            drop(inner);
            self.ended(step, "gave up", false);
        }
    }
}

/// How it ended, and whether a fallback answered.
fn word(answer: &Answer) -> (&'static str, bool) {
    match answer {
        Ok(Told::Price(_)) => ("answered", false),
        Ok(Told::Fallback(Why::Rejected(rejection))) => (rejected(rejection), true),
        Ok(Told::Fallback(Why::TimedOut)) => ("timed out", true),
        // It was not asked to answer for this.
        Ok(Told::Fallback(Why::Failed)) => ("failed", true),
        Err(BreakerError::Rejected(rejection)) => (rejected(rejection), false),
        Err(BreakerError::TimedOut { .. }) => ("timed out", false),
        Err(BreakerError::Inner(NoPrice::NotFound)) => ("not found", false),
        Err(BreakerError::Inner(NoPrice::Status(_))) => ("failed", false),
        Err(BreakerError::Inner(NoPrice::NoConnection)) => ("no connection", false),
    }
}

fn rejected(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::Open { .. } => "rejected: open",
        Rejection::HalfOpen => "rejected: half-open",
        Rejection::ForcedOpen => "rejected: forced",
    }
}
