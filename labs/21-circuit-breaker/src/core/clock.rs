//! The time, as an argument that is read only if somebody needs it.
//!
//! Why not a plain `Duration`: a reading of the clock costs more than everything else that an admitted call does, and a count window in
//! the closed state needs none. So whoever asks for a decision brings a clock, and the decision reads it or does not. A moment is a
//! clock too, one that stands still: that is what tests bring.
//!
//! What must stay true: moments count from any one fixed origin, the same for all calls on one breaker. A clock that steps back is held
//! at the newest moment that the machine has kept (see [`crate::core::machine`]).

use std::time::Duration;

/// Whatever can say what time it is.
pub trait Clock {
    /// The time since a fixed origin.
    fn now(&self) -> Duration;
}

/// A moment: a clock that stands still.
impl Clock for Duration {
    fn now(&self) -> Duration {
        *self
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Duration {
        (**self).now()
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Duration {
        (**self).now()
    }
}
