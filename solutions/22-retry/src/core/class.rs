//! What a failure means for a retry.
//!
//! Why not `bool`: "retryable" mixes up two questions. Would the same call succeed later (the failure's business), and does it
//! matter if it happens twice (the operation's)? An answer that never came leaves open whether the call happened: only an operation that is
//! safe to repeat may be tried again. What must stay true: an error that nobody classified is tried once.

use super::retry_after::Pushback;

// ANCHOR: class
/// What one failure says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It did not happen, and may succeed in a moment: a refused connection, a lost election, a deadlock's victim.
    Transient,
    /// It did not happen, because the server has too much to do.
    Throttled {
        /// What the server said about coming back, if anything.
        pushback: Option<Pushback>,
    },
    /// The same call would fail again: a wrong password, a bad request, a unique key.
    Permanent,
    /// It may have happened: a time-out, a connection that died before the answer, a gateway that heard nothing.
    Ambiguous,
}
// ANCHOR_END: class

// ANCHOR: safety
/// Whether it matters if the operation happens twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// It does, or nobody knows.
    Unsafe,
    /// It does not, by what the operation is: a read, a delete, "set it to 5". With other writers, the last only under a condition (a version).
    Idempotent,
    /// The server keeps the answer under a key that every attempt carries, and gives it again.
    Keyed,
}
// ANCHOR_END: safety

/// Says what the errors of an operation mean. Any `Fn(&E) -> Class` is one.
pub trait Classify<E> {
    /// What `error` means.
    fn classify(&self, error: &E) -> Class;
}

/// The classifier of who has none: every error is [`Class::Permanent`], so every call is tried once.
///
/// Why not "retry whatever fails": who has not looked at an error cannot know that repeating the call helps, or that it is harmless.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unclassified;

impl<E, F: Fn(&E) -> Class> Classify<E> for F {
    fn classify(&self, error: &E) -> Class {
        self(error)
    }
}

impl<E> Classify<E> for Unclassified {
    fn classify(&self, _: &E) -> Class {
        Class::Permanent
    }
}

impl Class {
    /// This class, of the later of two attempts that have failed, when the earlier one was told something about coming back: the longer wait counts, and a "never"
    /// for both.
    #[must_use]
    pub fn pushed_back(self, earlier: Pushback) -> Self {
        let later = match self {
            Self::Permanent => return self,
            Self::Transient | Self::Ambiguous => None,
            Self::Throttled { pushback } => pushback,
        };
        let pushback = match (earlier, later) {
            (Pushback::Never, _) | (_, Some(Pushback::Never)) => Pushback::Never,
            (Pushback::After(wait), Some(Pushback::After(other))) => {
                Pushback::After(wait.max(other))
            }
            (Pushback::After(_), None) => earlier,
        };
        Self::Throttled {
            pushback: Some(pushback),
        }
    }
}

impl Safety {
    /// The safety of an HTTP request: by its method (RFC 9110, 9.2.2: GET, HEAD, OPTIONS, TRACE, PUT and DELETE are idempotent,
    /// whatever else is not), or by the `Idempotency-Key` that it carries.
    #[must_use]
    pub fn of_http(method: &str, has_key: bool) -> Self {
        match method {
            "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE" => Self::Idempotent,
            _ if has_key => Self::Keyed,
            _ => Self::Unsafe,
        }
    }

    /// Whether the operation may happen twice.
    #[must_use]
    pub fn may_repeat(self) -> bool {
        match self {
            Self::Unsafe => false,
            Self::Idempotent | Self::Keyed => true,
        }
    }
}

/// What an HTTP status means, with the pushback that came in its `Retry-After`.
///
/// - 408 (the request was not read to its end), 425: transient.
/// - 429, and a 503 that says when to come back: throttled.
/// - 500, 502, 504, and a 503 that says nothing: ambiguous. A server that fell over, and a gateway that heard nothing, may have done it;
///   some proxies answer 503 when the server behind them has died with the request.
/// - Everything else is permanent, a status that is no failure among them.
#[must_use]
pub fn of_http(status: u16, pushback: Option<Pushback>) -> Class {
    // ANCHOR: stage2_of_http
    match status {
        408 | 425 => Class::Transient,
        429 => Class::Throttled { pushback },
        503 if pushback.is_some() => Class::Throttled { pushback },
        500 | 502 | 503 | 504 => Class::Ambiguous,
        _ => Class::Permanent,
    }
    // ANCHOR_END: stage2_of_http
}
