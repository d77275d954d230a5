//! A picture of a run: lanes of operations, bands of faults, figures over time, and the moment at which it went wrong.
//!
//! SVG text, because it lies in a page, takes the page's colours and can be read by a person and a screen reader; no script, so that it
//! shows the same in a browser, in the book and on paper. Colour never carries a meaning alone: every ending has a shape of its own, a
//! fault its name, a violation its letters. A run of thousands is thinned and says so; what shows the violation is never left out.

mod draw;
mod layout;
mod page;
mod text;

use crate::history::History;
use crate::verdict::Verdict;

pub use draw::svg;
pub use page::html;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// The run.
    pub history: &'a History,
    /// What it showed.
    pub verdict: &'a Verdict,
    /// The lab's title.
    pub title: &'a str,
    /// Whose code it was: `the reference`, `the design two-order-ids`.
    pub whose: &'a str,
    /// The invariant that the design is known to break: its violation is shown, if there is one.
    pub breaks: Option<u32>,
    /// The lab's invariants: number and sentence.
    pub invariants: &'a [(u32, &'a str)],
    /// The seed.
    pub seed: u64,
    /// More operations than this are thinned.
    pub most_ops: usize,
}

/// Few enough that the picture stays below 250 KB, and enough for a run as it is.
pub const MOST_OPS: usize = 1_200;

#[cfg(test)]
mod tests;
