//! A broken design's file: `//!` docs, and between anchors the new bodies of the regions it replaces.
//!
//! Nothing else may stand there: a helper beside the regions would not be composed, and would be missed in silence.

use std::path::PathBuf;

use crate::Diagnostics;
use crate::regions::{self, Language, SourceFile};

/// The new lines of one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The region it replaces.
    pub region: String,
    /// The file it is written in, relative to the workspace's root.
    pub shown: PathBuf,
    /// The line of its ANCHOR there.
    pub line: usize,
    /// What it is written in.
    pub language: Language,
    lines: Vec<String>,
}

impl Override {
    /// Its lines, moved so that the least indented one has `indent`.
    #[must_use]
    pub fn indented(&self, indent: &str) -> Vec<String> {
        let margin = |line: &&String| line.len() - line.trim_start().len();
        let least = self
            .lines
            .iter()
            .filter(|line| !line.trim().is_empty())
            .map(|line| margin(&line))
            .min();
        let moved = |line: &String| match line.get(least.unwrap_or(0)..) {
            Some(rest) if !rest.trim().is_empty() => format!("{indent}{rest}"),
            _ => String::new(),
        };
        self.lines.iter().map(moved).collect()
    }
}

/// The overrides in one file of broken/.
///
/// # Errors
/// Anchors that do not fit, or anything but docs outside of them.
pub fn parse(file: &SourceFile) -> Result<Vec<Override>, Diagnostics> {
    let Some(language) = Language::of(file) else {
        return Err(Diagnostics::one(
            &file.shown,
            0,
            "a broken design is written in .rs, .lua or .sql",
        ));
    };
    let regions = regions::parse(file)?;
    let mut errors = Diagnostics::new();
    let docs = match language {
        Language::Rust => "//!",
        Language::Script => "--",
    };
    for (number, line) in (1..).zip(file.text.lines()) {
        let anchored = regions
            .iter()
            .any(|region| (region.open..=region.close).contains(&number));
        if !anchored && !line.trim().is_empty() && !line.trim_start().starts_with(docs) {
            let message = format!("outside every region: only `{docs}` lines may stand here");
            errors.push(&file.shown, number, message);
        }
    }
    if regions.is_empty() {
        errors.push(
            &file.shown,
            0,
            "no region: put each new body between its ANCHOR and ANCHOR_END",
        );
    }
    let overrides = regions.iter().map(|region| Override {
        region: region.name.clone(),
        shown: file.shown.clone(),
        line: region.open,
        language,
        lines: region
            .body(&file.text)
            .into_iter()
            .map(str::to_owned)
            .collect(),
    });
    let overrides = overrides.collect();
    errors.into_result(overrides)
}
