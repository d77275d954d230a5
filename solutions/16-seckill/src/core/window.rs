//! A sliding window over what was *admitted*: never more than N in any span of W.
//!
//! Why a log of moments and not a counter: a counter per second forgets at the boundary, so a burst of 2N passes there; a
//! token bucket (GCRA) is cheaper still, but refills while it empties and lets almost 2N through in W. The log costs N
//! moments a buyer. What must stay true: only an admitted request enters the log. One that was refused leaves no
//! trace, or a steady client just above the limit would be refused for ever.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::log::Log;

/// At most `requests` admitted in any span of `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    requests: NonZeroUsize,
    window: Duration,
}

/// A limit that limits nothing, or everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// The number of requests is zero or above [`Limit::MAX_REQUESTS`].
    #[error("limit: requests must be 1 to 1000, not {0}")]
    Requests(usize),
    /// The window is zero or above [`Limit::MAX_WINDOW`].
    #[error("limit: window must be above 0 and at most 1 hour, not {0:?}")]
    Window(Duration),
}

/// What the window says to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Go on; the request is in the log.
    Admit,
    /// N were admitted in the W before this request.
    Refuse {
        /// How long until the oldest of them leaves the window: a request made then is admitted, if no other came first. It
        /// counts from the moment at which the request was decided, so after a step back from the newest moment in the log,
        /// and not from `now`.
        retry_after: Duration,
    },
}

/// The moments at which one buyer was admitted, oldest first: at most N of them.
#[derive(Clone, Debug, Default)]
pub struct Window {
    admitted: Log,
}

impl Limit {
    /// Each request is a moment kept for each buyer: a bound on memory.
    pub const MAX_REQUESTS: usize = 1000;
    /// A buyer is remembered for one window: a bound on memory too.
    pub const MAX_WINDOW: Duration = Duration::from_secs(3600);

    /// At most `requests` in any `window`.
    ///
    /// # Errors
    /// [`LimitError`] names the value that is out of range.
    pub fn new(requests: usize, window: Duration) -> Result<Self, LimitError> {
        if window.is_zero() || window > Self::MAX_WINDOW {
            return Err(LimitError::Window(window));
        }
        match NonZeroUsize::new(requests) {
            Some(n) if requests <= Self::MAX_REQUESTS => Ok(Self {
                requests: n,
                window,
            }),
            Some(_) | None => Err(LimitError::Requests(requests)),
        }
    }

    /// N.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.get()
    }

    /// W.
    #[must_use]
    pub fn window(&self) -> Duration {
        self.window
    }
}

impl Window {
    /// Decides one request made at `now`, and logs it if it is admitted.
    ///
    /// `now` counts from any fixed origin. The window at `now` is `(now - W, now]`: a request exactly W ago is outside.
    /// A clock that steps back is held at the newest moment in the log: by that moment the request is decided and logged, and
    /// `retry_after` counts from it.
    // ANCHOR: decide
    pub fn decide(&mut self, limit: &Limit, now: Duration) -> Verdict {
        // ANCHOR: stage1_decide
        let now = self.admitted.back().map_or(now, |newest| newest.max(now));
        while self
            .admitted
            .front()
            .is_some_and(|oldest| oldest + limit.window() <= now)
        {
            self.admitted.pop_front();
        }
        match self.admitted.front() {
            Some(oldest) if self.admitted.len() >= limit.requests() => Verdict::Refuse {
                retry_after: oldest + limit.window() - now,
            },
            Some(_) | None => {
                self.admitted.push_back(now);
                Verdict::Admit
            }
        }
        // ANCHOR_END: stage1_decide
    }
    // ANCHOR_END: decide

    /// Whether nothing in the log can weigh on a decision at `now` or later.
    #[must_use]
    pub fn is_idle(&self, limit: &Limit, now: Duration) -> bool {
        self.admitted
            .back()
            .is_none_or(|newest| newest + limit.window() <= now)
    }
}
