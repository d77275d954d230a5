//! What a lab is: `lab.toml`, the regions of its reference, the suite, and every variant composed of them.
//!
//! The command, the book and CI read a lab only through here, so they cannot disagree about it. Nothing is run
//! and nothing is written: text goes in, text or a list of mistakes comes out. Every mistake has its file and its
//! line, and a lab with five of them hears of all five at once.

pub mod compose;
mod diagnostic;
pub mod links;
mod manifest;
mod read;
pub mod regions;
mod rust;
pub mod suite;
mod table;
mod workspace;

pub use diagnostic::{Diagnostic, Diagnostics};
pub use manifest::{Broken, Invariant, Kind, Manifest, Origin, Service, Stage, Text};
pub use workspace::{Lab, Workspace};
