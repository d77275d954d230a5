//! What came of a call, and what that says about the health of the downstream.
//!
//! The two are not the same. "Not found" is an error for the caller and says that the downstream is well; a caller who goes away says
//! nothing at all. So a call has an [`Ending`], a [`Classify`] makes an [`Outcome`] of what was answered, and only the outcome weighs.

/// What a call says about the downstream's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is well.
    Success,
    /// It is not.
    Failure,
    /// Nothing: the call is not counted, as if it had not been made.
    Ignored,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// With an answer, which somebody has classed.
    Answered(Outcome),
    /// With the time-out of whoever made the call for the caller.
    TimedOut,
    /// With a panic in the service below.
    Panicked,
    /// The caller went away before there was an answer.
    Cancelled,
}

/// One call, as the machine counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// What it says about the downstream's health.
    pub outcome: Outcome,
    /// Whether it took too long. Says nothing if the outcome is [`Outcome::Ignored`].
    pub slow: bool,
}

/// Says what an answer means. Pure, and quick: it runs on every call.
///
/// Implemented for closures `Fn(Result<&T, &E>) -> Outcome`.
pub trait Classify<T, E> {
    /// What `answer` says about the downstream's health.
    fn classify(&self, answer: Result<&T, &E>) -> Outcome;
}

/// Every error is a failure: the answer for an error type that nobody has classed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EveryError;

impl Ending {
    /// What it says about the downstream's health.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Answered(outcome) => outcome,
            Self::TimedOut | Self::Panicked => Outcome::Failure,
            Self::Cancelled => Outcome::Ignored,
        }
    }
}

impl Call {
    /// A call that was not slow.
    #[must_use]
    pub fn quick(outcome: Outcome) -> Self {
        Self {
            outcome,
            slow: false,
        }
    }
}

impl<T, E> Classify<T, E> for EveryError {
    fn classify(&self, answer: Result<&T, &E>) -> Outcome {
        match answer {
            Ok(_) => Outcome::Success,
            Err(_) => Outcome::Failure,
        }
    }
}

impl<T, E, F: Fn(Result<&T, &E>) -> Outcome> Classify<T, E> for F {
    fn classify(&self, answer: Result<&T, &E>) -> Outcome {
        self(answer)
    }
}
