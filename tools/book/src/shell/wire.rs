//! Events as lines of JSON, and refusals as one sentence of it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use crate::core::log::{Entry, Event, Outcome};
use crate::core::queue::Phase;

/// An event of a run, as a line.
#[must_use]
pub fn entry(entry: &Entry, now: Duration) -> String {
    let seq = entry.seq;
    let value = match &entry.event {
        Event::Queued(ahead) => json!({"seq": seq, "type": "queued", "ahead": ahead}),
        Event::Started(since) => {
            json!({"seq": seq, "type": "started", "ago_ms": ago(*since, now)})
        }
        Event::Output(text) => json!({"seq": seq, "type": "output", "text": text}),
        Event::End(outcome, code, took) => {
            let took = millis(*took);
            json!({"seq": seq, "type": "end", "outcome": name(*outcome), "code": code, "took_ms": took})
        }
    };
    format!("{value}\n")
}

/// A run in a list.
#[must_use]
pub fn run(id: &str, ask: &crate::core::ask::Ask, phase: &Phase, now: Duration) -> Value {
    let mut value = match phase {
        Phase::Queued(ahead) => json!({"state": "queued", "ahead": ahead}),
        Phase::Running(since) => json!({"state": "running", "ago_ms": ago(*since, now)}),
        Phase::Ended(outcome, code) => {
            json!({"state": "ended", "outcome": name(*outcome), "code": code})
        }
    };
    value["id"] = json!(id);
    value["run"] = json!(ask);
    value
}

fn ago(since: Duration, now: Duration) -> u64 {
    millis(now.saturating_sub(since))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Cancelled => "cancelled",
        Outcome::Lost => "lost",
    }
}

/// An answer of JSON.
#[must_use]
pub fn answer(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// A refusal, in one sentence.
#[must_use]
pub fn refuse(status: StatusCode, sentence: &str) -> Response {
    answer(status, &json!({"error": sentence}))
}

/// An answer that goes on: lines of JSON.
#[must_use]
pub fn lines(body: Body) -> Response {
    let mut response = Response::new(body);
    let lines = header::HeaderValue::from_static("application/x-ndjson");
    response.headers_mut().insert(header::CONTENT_TYPE, lines);
    response
}
