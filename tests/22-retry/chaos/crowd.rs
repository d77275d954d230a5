//! The callers: each call goes through the code under test, and each of its attempts is recorded as it runs.
//!
//! Calls to Redis go through the function `retry`, those to MySQL through the tower layer; both policies hedge whatever may be hedged.
//! A caller who goes away drops the call, and its attempts are recorded as ended by that.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use chaos::{Begun, Ending, Recorder};
use retry::core::class::{Class, Classify, Safety};
use retry::core::error::{Cause as LastCause, GaveUp};
use retry::shell::layer::{Retry, RetryLayer};
use retry::shell::policy::Policy;
use retry::shell::retry::retry;
use serde_json::json;
use tokio::task::JoinSet;
use tower::{Layer, Service, ServiceExt};

use crate::calls::{Plan, Server};
use crate::facts::{AttemptEnd, AttemptRecord, CALLERS, CallEnd, CallRecord, Cause, Why};
use crate::run::Result;
use crate::stores::Stores;

/// An attempt that failed.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct Failed {
    attempt: u32,
    class: Class,
    words: String,
}

/// The classifier of both servers.
#[derive(Clone, Copy)]
pub struct Classes;

impl Classify<Failed> for Classes {
    fn classify(&self, failed: &Failed) -> Class {
        failed.class
    }
}

/// One call, as its attempts know it.
#[derive(Clone)]
pub struct Request(Arc<InFlight>);

struct InFlight {
    plan: Plan,
    attempts: AtomicU32,
    left: AtomicBool,
    recorder: Arc<Recorder>,
    stores: Stores,
}

/// MySQL as a service.
#[derive(Clone, Copy)]
pub struct AtMysql;

/// Who calls.
#[derive(Clone)]
pub struct Crowd {
    recorder: Arc<Recorder>,
    stores: Stores,
    redis: Policy,
    mysql: Retry<AtMysql, Classes, fn(&Request) -> Safety>,
}

impl Crowd {
    /// Calls `stores` by these policies.
    pub fn new(recorder: Arc<Recorder>, stores: Stores, redis: Policy, mysql: Policy) -> Self {
        let safety: fn(&Request) -> Safety = |request| request.0.plan.kind.safety();
        Self {
            recorder,
            stores,
            redis,
            mysql: RetryLayer::new(mysql, Classes, safety).layer(AtMysql),
        }
    }

    /// All calls, each at its time, until the last has ended.
    ///
    /// # Errors
    /// A call panicked.
    pub async fn come(&self, plans: &[Plan]) -> Result<()> {
        let mut calls = JoinSet::new();
        for &plan in plans {
            let crowd = self.clone();
            calls.spawn(async move {
                crowd.recorder.at(plan.comes_ms).await;
                crowd.call(plan).await;
            });
        }
        while let Some(ended) = calls.join_next().await {
            ended?;
        }
        Ok(())
    }

    async fn call(&self, plan: Plan) {
        let request = Request(Arc::new(InFlight {
            plan,
            attempts: AtomicU32::new(0),
            left: AtomicBool::new(false),
            recorder: Arc::clone(&self.recorder),
            stores: self.stores.clone(),
        }));
        let begun = self.recorder.begin(
            format!("call {}", plan.id),
            CALLERS,
            plan.kind.words().to_owned(),
        );
        let mut asked = Box::pin(self.ask(request.clone()));
        let result = match plan.leaves_after_ms {
            None => Some(asked.as_mut().await),
            Some(ms) => tokio::select! {
                biased;
                result = &mut asked => Some(result),
                () = tokio::time::sleep(Duration::from_millis(ms)) => {
                    request.0.left.store(true, Ordering::Relaxed);
                    None
                }
            },
        };
        drop(asked);
        let end = match &result {
            Some(Ok(attempt)) => CallEnd::Answered { attempt: *attempt },
            Some(Err(gave_up)) => CallEnd::GaveUp {
                cause: match &gave_up.cause {
                    LastCause::Failed(failed) => Cause::Failed {
                        attempt: failed.attempt,
                    },
                    LastCause::TimedOut { .. } => Cause::TimedOut,
                    LastCause::NotSent => Cause::NotSent,
                },
                attempts: gave_up.attempts,
                waited_us: u64::try_from(gave_up.waited.as_micros()).unwrap_or(u64::MAX),
                stop: gave_up.stop.into(),
            },
            None => CallEnd::Left,
        };
        let (ending, word) = match end {
            CallEnd::Answered { .. } => (Ending::Done, "answered"),
            CallEnd::GaveUp {
                stop: Why::Permanent,
                ..
            } => (Ending::Refused, "permanent"),
            CallEnd::GaveUp { .. } => (Ending::Failed, "given up"),
            CallEnd::Left => (Ending::Refused, "caller left"),
        };
        let record = CallRecord {
            call: plan.id,
            server: plan.server,
            kind: plan.kind,
            end,
        };
        self.recorder.end(begun, ending, word, json!(record));
    }

    async fn ask(&self, request: Request) -> std::result::Result<u32, GaveUp<Failed>> {
        match request.0.plan.server {
            Server::Redis => {
                let safety = request.0.plan.kind.safety();
                retry(&self.redis, safety, Classes, || request.clone().attempt()).await
            }
            Server::Mysql => self.mysql.clone().oneshot(request).await,
        }
    }
}

impl Service<Request> for AtMysql {
    type Response = u32;
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<u32, Failed>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        Box::pin(request.attempt())
    }
}

impl Request {
    /// One attempt; it begins when it is first polled, and answers with its number.
    async fn attempt(self) -> std::result::Result<u32, Failed> {
        let attempt = self.0.attempts.fetch_add(1, Ordering::Relaxed) + 1;
        let running = Running::begin(self, attempt);
        let call = Arc::clone(&running.call.0);
        let result = call
            .stores
            .attempt(call.plan.server, call.plan.kind, call.plan.id)
            .await;
        match result {
            Ok(()) => {
                running.end(AttemptEnd::Done, None);
                Ok(attempt)
            }
            Err((class, words)) => {
                let end = match class {
                    Class::Transient | Class::Throttled { .. } => AttemptEnd::Transient,
                    Class::Permanent => AttemptEnd::Permanent,
                    Class::Ambiguous => AttemptEnd::Ambiguous,
                };
                running.end(end, Some(words.clone()));
                Err(Failed {
                    attempt,
                    class,
                    words,
                })
            }
        }
    }
}

/// An attempt that runs: recorded when it ends, also if nobody waits for it any more.
struct Running {
    call: Request,
    number: u32,
    begun: Option<Begun>,
}

impl Running {
    fn begin(call: Request, number: u32) -> Self {
        let plan = call.0.plan;
        let begun = call.0.recorder.begin(
            format!("call {}", plan.id),
            plan.server.name(),
            format!("attempt {number}"),
        );
        Self {
            call,
            number,
            begun: Some(begun),
        }
    }

    fn end(mut self, end: AttemptEnd, words: Option<String>) {
        self.record(end, words);
    }

    fn record(&mut self, end: AttemptEnd, words: Option<String>) {
        let Some(begun) = self.begun.take() else {
            return;
        };
        let (ending, word) = match end {
            AttemptEnd::Done => (Ending::Done, "done"),
            AttemptEnd::Permanent => (Ending::Refused, "permanent"),
            AttemptEnd::Transient => (Ending::Failed, "transient"),
            AttemptEnd::Ambiguous => (Ending::Unknown, "ambiguous"),
            AttemptEnd::Dropped => (Ending::Unknown, "dropped"),
            AttemptEnd::Left => (Ending::Refused, "caller left"),
        };
        let record = AttemptRecord {
            call: self.call.0.plan.id,
            number: self.number,
            end,
            words,
        };
        self.call.0.recorder.end(begun, ending, word, json!(record));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let left = self.call.0.left.load(Ordering::Relaxed);
        self.record(
            if left {
                AttemptEnd::Left
            } else {
                AttemptEnd::Dropped
            },
            None,
        );
    }
}
