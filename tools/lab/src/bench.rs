//! A lab's bench as a package of its own: every variant in one program, so that they can take turns.
//!
//! Each variant's library has the lab's name, and one program cannot link two crates of one name: but cargo renames
//! dependencies. So `reference`, `yours` and each broken design are crates of a package under `target/lab/bench/<lab>/`,
//! whose only source is the lab's `bench.rs`. No body of a design is written twice.

mod manifest;
mod package;
mod yours;

pub use package::BenchPackage;
pub use yours::Yours;
