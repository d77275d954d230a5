//! A server that does what it was told, attempt by attempt, and keeps what was asked of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use retry::core::backoff::{Backoff, Strategy};
use retry::core::class::Class;
use retry::core::limits::Limits;
use retry::core::retry_after::Pushback;
use tokio::time::Instant;

pub const MS: Duration = Duration::from_millis(1);

/// A wait of 10 ms, each time.
pub fn ten_ms() -> Backoff {
    Backoff::new(Strategy::Constant { wait: 10 * MS }).unwrap()
}

/// At most so many attempts.
pub fn tries(attempts: u32) -> Limits {
    Limits::new(attempts).unwrap()
}

/// What the server answers when it does not answer "yes".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum No {
    /// It did not happen.
    #[error("busy, number {0}")]
    Busy(u32),
    /// It did not happen, and it asks for time.
    #[error("throttled")]
    Throttled(Duration),
    /// It never will.
    #[error("bad request")]
    Bad,
    /// The connection died before the answer.
    #[error("connection reset")]
    Reset,
}

/// The classifier of the errors above.
pub fn classify(no: &No) -> Class {
    match no {
        No::Busy(_) => Class::Transient,
        No::Throttled(after) => Class::Throttled {
            pushback: Some(Pushback::After(*after)),
        },
        No::Bad => Class::Permanent,
        No::Reset => Class::Ambiguous,
    }
}

/// What one attempt meets: an answer after a while.
#[derive(Clone, Debug)]
pub struct Meets {
    pub takes: Duration,
    pub answer: Result<u32, No>,
}

/// An answer after `takes`.
pub fn after(takes: Duration, answer: Result<u32, No>) -> Meets {
    Meets { takes, answer }
}

/// An answer at once.
pub fn at_once(answer: Result<u32, No>) -> Meets {
    after(Duration::ZERO, answer)
}

/// An attempt that the server has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When it began.
    pub began: Duration,
    /// How it ended; `None` while it runs.
    pub ended: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was answered at this moment.
    Answered(Duration),
    /// It was dropped at this moment, before it was answered.
    Dropped(Duration),
}

#[derive(Clone, Debug)]
pub struct Server {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    origin: Instant,
    script: VecDeque<Meets>,
    last: Meets,
    seen: Vec<Seen>,
}

impl Server {
    /// A server whose attempts meet `script`, and its last one again when that is used up.
    pub fn new(script: impl IntoIterator<Item = Meets>) -> Self {
        let mut script: VecDeque<_> = script.into_iter().collect();
        let last = script.pop_back().expect("a script has a line");
        Self {
            state: Arc::new(Mutex::new(State {
                origin: Instant::now(),
                script,
                last,
                seen: Vec::new(),
            })),
        }
    }

    /// One attempt.
    pub async fn call(&self) -> Result<u32, No> {
        let (number, meets) = {
            let mut state = self.state.lock().unwrap();
            let meets = state.script.pop_front().unwrap_or(state.last.clone());
            let began = state.origin.elapsed();
            state.seen.push(Seen { began, ended: None });
            (state.seen.len() - 1, meets)
        };
        let mut running = Running {
            server: self.clone(),
            number,
            end: End::Dropped,
        };
        if !meets.takes.is_zero() {
            tokio::time::sleep(meets.takes).await;
        }
        running.end = End::Answered;
        meets.answer
    }

    /// Time since the server was made.
    pub fn now(&self) -> Duration {
        self.state.lock().unwrap().origin.elapsed()
    }

    /// What it has seen.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }

    /// When its attempts began.
    pub fn began(&self) -> Vec<Duration> {
        self.seen().iter().map(|seen| seen.began).collect()
    }
}

/// Notes how an attempt ends, also if nobody waits for it any more.
struct Running {
    server: Server,
    number: usize,
    end: fn(Duration) -> End,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.server.state.lock().unwrap();
        let now = state.origin.elapsed();
        state.seen[self.number].ended = Some((self.end)(now));
    }
}
