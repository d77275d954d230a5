//! What must hold before a stage can be opened: its region is a whole body where `todo!` compiles, and a script's
//! region is reached only through a body of the same stage.
//!
//! The second rule was tried: a failing script arrives as an ordinary error, and a test of `is_err()` goes green on
//! a skeleton. Behind a Rust `todo!` of its stage it cannot run.

use std::path::{Component, Path, PathBuf};

use crate::Diagnostics;
use crate::regions::{Language, Region, SourceFile};
use crate::rust::{self, Function};

pub(super) fn all(files: &[SourceFile], regions: &[Region]) -> Result<(), Diagnostics> {
    let mut errors = Diagnostics::new();
    let mut included: Vec<PathBuf> = Vec::new();
    for file in files
        .iter()
        .filter(|file| Language::of(file) == Some(Language::Rust))
    {
        let Some(syntax) = errors.collect(rust::parse(file)) else {
            continue;
        };
        let functions = rust::functions(&syntax);
        for region in regions
            .iter()
            .filter(|region| region.path == file.path && region.stage.is_some())
        {
            errors.collect(whole_body(file, region, &functions));
        }
        for include in rust::includes(file) {
            let Some(target) = include.target else {
                errors.push(
                    &file.shown,
                    include.line,
                    "an include names its file in a plain string",
                );
                continue;
            };
            let target = beside(&file.path, &target);
            let here = regions
                .iter()
                .filter(|region| region.path == file.path && region.holds(include.line));
            let stages: Vec<u32> = here.filter_map(|region| region.stage).collect();
            for region in regions.iter().filter(|region| region.path == target) {
                let Some(stage) = region.stage else { continue };
                if !stages.contains(&stage) {
                    let message = format!(
                        "{} has region `{}`: include it inside a Rust region of stage {stage} only, so that an open \
                         stage dies at `todo!` and not in the script",
                        target.display(),
                        region.name
                    );
                    errors.push(&file.shown, include.line, message);
                }
            }
            included.push(target);
        }
    }
    for region in regions
        .iter()
        .filter(|region| region.stage.is_some() && !included.contains(&region.path))
    {
        if region
            .path
            .extension()
            .is_some_and(|extension| extension != "rs")
        {
            let message = format!(
                "region `{}` is in a file that no `include_str!` names",
                region.name
            );
            errors.push(&region.shown, region.open, message);
        }
    }
    for region in regions.iter().filter(|region| region.stage.is_some()) {
        let around = |outer: &&Region| {
            outer.stage.is_some() && outer.path == region.path && outer.holds(region.open)
        };
        if let Some(outer) = regions.iter().find(around) {
            let message = format!(
                "region `{}` lies in `{}`: while that one is open, this one is not there",
                region.name, outer.name
            );
            errors.push(&region.shown, region.open, message);
        }
    }
    errors.into_result(())
}

/// `target` of an include in `file`, relative to `src/`.
fn beside(file: &Path, target: &str) -> PathBuf {
    let mut path = file.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    path
}

fn whole_body(
    file: &SourceFile,
    region: &Region,
    functions: &[Function],
) -> Result<(), Diagnostics> {
    let around = functions
        .iter()
        .filter(|f| f.open < region.open && region.close < f.close);
    let Some(function) = around.min_by_key(|function| function.close - function.open) else {
        let message = format!(
            "region `{}` is in no function: a stage's region is the body of one",
            region.name
        );
        return Err(Diagnostics::one(&file.shown, region.open, message));
    };
    // Only comments (other anchors among them) may stand between the braces and the region.
    let lines: Vec<&str> = file.text.lines().collect();
    let comments = |from: usize, to: usize| {
        lines[from..to]
            .iter()
            .all(|line| line.trim().is_empty() || line.trim_start().starts_with("//"))
    };
    let alone = lines[function.open - 1].trim_end().ends_with('{')
        && lines[function.close - 1].trim_start().starts_with('}')
        && comments(function.open, region.open - 1)
        && comments(region.close, function.close - 1);
    let mut errors = Diagnostics::new();
    if !alone {
        let message = format!(
            "region `{}` is not the whole body of `{}` (lines {} to {}): move its anchors next to the braces",
            region.name, function.name, function.open, function.close
        );
        errors.push(&file.shown, region.open, message);
    }
    if let Some(obstacle) = function.obstacle {
        let message = format!(
            "region `{}` cannot be opened: `{}` {obstacle}",
            region.name, function.name
        );
        errors.push(&file.shown, region.open, message);
    }
    errors.into_result(())
}
