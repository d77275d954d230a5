//! Adaptive throttling: a client that hears "no" too often sends less, before the server has to say so.
//!
//! A rejected request costs a server almost as much as an answered one, so a server cannot save itself by rejecting alone. The client
//! counts what it wanted to send and what was accepted, and rejects at home with probability
//! max(0, (requests - K x accepts) / (requests + 1)) ("Handling Overload", SRE book, chapter 21). Why not a breaker: this one never closes
//! the door; K requests for each accepted one always go through, and they notice when the server is well. What must stay true: while
//! the server accepts, nothing is rejected here.
//!
//! What is under way says nothing yet, so an attempt that was sent is counted when it ends. Counted when it is sent, all that a client has in flight
//! would look like rejections to it, most of all just after its start; and a hedge's loser would count as one for ever. The price: callers who come all at
//! once meet a dead server all at once.

use std::time::Duration;

use super::error::ConfigError;

/// How much is sent for each accepted request, and over which time that is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    k: f64,
    window: Duration,
}

/// The counts of the window, in slices that are forgotten one by one.
#[derive(Clone, Debug)]
pub struct Throttle {
    terms: Terms,
    slices: [Slice; SLICES],
    /// The number of the newest slice, counted from the origin of time.
    newest: u128,
}

/// What the throttle says to one attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub enum Admission {
    /// Send it.
    Send,
    /// Do not: the server would most likely reject it.
    Reject {
        /// How likely this answer was.
        probability: f64,
    },
}

#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    requests: u64,
    accepts: u64,
}

/// The window moves in tenths: at most a tenth of it is forgotten at once.
const SLICES: usize = 10;

impl Terms {
    /// `k` requests for each accepted one (2 in the SRE book), counted over `window` (two minutes there).
    ///
    /// # Errors
    /// [`ConfigError::K`] unless it is 1 to 100, [`ConfigError::ThrottleWindow`] unless it is 1 ms to 24 hours.
    pub fn new(k: f64, window: Duration) -> Result<Self, ConfigError> {
        if !(1.0..=100.0).contains(&k) {
            return Err(ConfigError::K(k));
        }
        if window < Duration::from_millis(1) || window > Duration::from_secs(24 * 3600) {
            return Err(ConfigError::ThrottleWindow(window));
        }
        Ok(Self { k, window })
    }
}

/// The probability that a request is rejected here.
#[must_use]
pub fn rejection(requests: u64, accepts: u64, k: f64) -> f64 {
    // ANCHOR: stage4_rejection
    let (requests, accepts) = (requests as f64, accepts as f64);
    ((requests - k * accepts) / (requests + 1.0)).max(0.0)
    // ANCHOR_END: stage4_rejection
}

impl Throttle {
    /// A throttle that has seen nothing, and so lets everything through.
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        Self {
            terms,
            slices: [Slice::default(); SLICES],
            newest: 0,
        }
    }

    /// An attempt wants to be sent at `now`; `dice` is a number from 0 to below 1. If it is rejected here it counts as a request, for it is
    /// demand all the same; if it is sent it counts when it ends.
    pub fn ask(&mut self, now: Duration, dice: f64) -> Admission {
        // ANCHOR: stage4_ask
        self.turn(now);
        let (requests, accepts) = self.counts();
        let probability = rejection(requests, accepts, self.terms.k);
        if dice < probability {
            self.current().requests += 1;
            Admission::Reject { probability }
        } else {
            Admission::Send
        }
        // ANCHOR_END: stage4_ask
    }

    /// The server has dealt with an attempt at `now`: a result, or an error that is not about its load.
    pub fn accepted(&mut self, now: Duration) {
        self.turn(now);
        self.current().requests += 1;
        self.current().accepts += 1;
    }

    /// An attempt has ended at `now`, and the server has not dealt with it: it refused, or there was no answer.
    pub fn refused(&mut self, now: Duration) {
        self.turn(now);
        self.current().requests += 1;
    }

    /// Requests and accepts in the window, as of the last call.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        self.slices
            .iter()
            .fold((0, 0), |(requests, accepts), slice| {
                (requests + slice.requests, accepts + slice.accepts)
            })
    }

    /// Forgets the slices that have left the window. A moment before the newest slice counts as in it.
    fn turn(&mut self, now: Duration) {
        let slice = self.terms.window.as_nanos() / SLICES as u128;
        let number = now.as_nanos() / slice;
        let passed = number.saturating_sub(self.newest);
        for step in 1..=passed.min(SLICES as u128) {
            let index = (self.newest + step) % SLICES as u128;
            self.slices[index as usize] = Slice::default();
        }
        self.newest = self.newest.max(number);
        // All slices were cleared if more than SLICES have passed, so where the newest lies is free.
    }

    fn current(&mut self) -> &mut Slice {
        &mut self.slices[(self.newest % SLICES as u128) as usize]
    }
}
