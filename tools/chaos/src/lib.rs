//! A chaos run as data: what may go wrong ([`schedule`]), what happened ([`history`]), what that shows ([`verdict`]), and a
//! picture of it ([`timeline`]).
//!
//! A lab brings the rest: servers, processes, a workload, and a checker that reads the history. Why the two are apart: the verdict
//! must come from the recorded history alone, so what judges can reach no server, and the same history gives the same verdict for
//! ever. What must stay true: nothing here waits, reads a clock, or draws a random number that no seed decides; and what a lab's run has
//! beside that (`program`, `recorder`, `metronome`: a clock, timers, a runtime) is behind the feature `run`, which no tool turns on.
//!
//! What a seed decides, and what not: it decides the faults, their order and moments, and what the workload wants to do when. It does not
//! decide which of two requests Redis sees first. So a seed that found a violation finds it again most times, and a history that
//! shows one shows it always.

pub mod dice;
pub mod history;
pub mod line;
#[cfg(feature = "run")]
pub mod metronome;
#[cfg(feature = "run")]
pub mod program;
#[cfg(feature = "run")]
pub mod recorder;
pub mod schedule;
pub mod timeline;
pub mod verdict;

pub use dice::Dice;
pub use history::{Ending, History, Op, Seen, Series, Struck};
pub use line::Line;
#[cfg(feature = "run")]
pub use metronome::{BEAT, TIMER};
#[cfg(feature = "run")]
pub use program::say;
#[cfg(feature = "run")]
pub use recorder::{Begun, Recorder, unix_ms};
pub use schedule::{Fault, Hours, Possible, Schedule};
pub use verdict::{Verdict, Violation};
