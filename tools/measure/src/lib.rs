//! What the benches of all labs share, so that a lab's bench only says what it compares.
//!
//! Things are compared in slices that take turns in one process, on the same connections ([`Turns`]): what slows the machine
//! down slows all of them, and the ratio of each round is a sample. Not criterion, which runs one thing after another: between
//! two runs of a minute a shared machine is another machine. A figure is a median with its [`Spread`], and a promise about it
//! is part of the data ([`Figure`]).
//!
//! A bench ([`Run`]) says its figures as JSON on stdout; `cargo lab bench` adds where and when ([`Document`], [`Machine`]), prints
//! and saves. No client and no runtime in here: `cargo lab` links this too.

mod clock;
mod curves;
mod date;
mod machine;
mod plot;
mod report;
mod round;
mod run;
mod spread;
mod turns;

pub use clock::{core_time, rate, timed, timed_async};
pub use curves::{Curves, Line};
pub use date::{civil, today};
pub use machine::Machine;
pub use plot::svg;
pub use report::{Bound, Document, Figure, Report, Target};
pub use round::round;
pub use run::{Run, TraceOf};
pub use spread::Spread;
pub use turns::Turns;
