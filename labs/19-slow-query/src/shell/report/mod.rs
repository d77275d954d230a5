//! A report as people and programs read it.

pub mod html;
mod style;
pub mod terminal;
pub mod words;

use crate::core::report::Report;

/// The report as JSON: every field of [`Report`], nothing that is not in it.
///
/// # Errors
/// None that a report could cause: all its keys are texts.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(report)
}
