//! What the parts of a lab say of each other: invariants and tests, stages and regions, designs and bodies.
//!
//! One side alone always looks right; only both show that a test was renamed, or that a design's test is gone.

mod designs;
mod package;

use std::path::Path;

use crate::compose::Reference;
use crate::regions::Language;
use crate::suite::{self, SuiteTest, Target};
use crate::{Diagnostics, Lab, Manifest, Workspace};

/// Every mistake in the links of one lab.
///
/// # Errors
/// The mistakes, sorted by file and line.
pub fn check(workspace: &Workspace, lab: &Lab) -> Result<(), Diagnostics> {
    let mut errors = Diagnostics::new();
    errors.collect(stages(&lab.manifest));
    prerequisites(workspace, lab, &mut errors);
    errors.collect(package::check(lab));
    if let Some(tests) = errors.collect(suite::index(lab)) {
        errors.collect(invariants(&lab.manifest, &tests));
    }
    if let Some(reference) = errors.collect(Reference::read(lab)) {
        errors.collect(regions(lab, &reference));
        designs::regions(lab, &reference, &mut errors);
        errors.collect(designs::traces(&lab.manifest, &reference));
    }
    errors.into_result(())
}

/// Stages count from 1; names are given once.
fn stages(manifest: &Manifest) -> Result<(), Diagnostics> {
    let mut errors = Diagnostics::new();
    let mut error = |line, message| errors.push(&manifest.file, line, message);
    for (expected, stage) in (1..).zip(&manifest.stages) {
        if stage.number != expected {
            error(
                stage.line,
                format!(
                    "stage {} follows stage {}: count from 1",
                    stage.number,
                    expected - 1
                ),
            );
        }
    }
    for (index, invariant) in manifest.invariants.iter().enumerate() {
        if manifest.invariants[..index]
            .iter()
            .any(|other| other.id == invariant.id)
        {
            error(
                invariant.line,
                format!("invariant {} again: ids are unique", invariant.id),
            );
        }
    }
    for (index, broken) in manifest.broken.iter().enumerate() {
        if manifest.broken[..index]
            .iter()
            .any(|other| other.name == broken.name)
        {
            error(
                broken.name.line,
                format!("broken design `{}` again: names are unique", broken.name),
            );
        }
    }
    errors.into_result(())
}

fn prerequisites(workspace: &Workspace, lab: &Lab, errors: &mut Diagnostics) {
    for id in &lab.manifest.prerequisites {
        if id.as_str() == lab.id() || workspace.lab(id).is_err() {
            errors.push(
                &lab.manifest.file,
                id.line,
                format!("prerequisite `{id}` is no other lab"),
            );
        }
    }
}

/// Invariants name tests that exist; every test is named by its invariant; every stage has one.
fn invariants(manifest: &Manifest, tests: &[SuiteTest]) -> Result<(), Diagnostics> {
    let mut errors = Diagnostics::new();
    for invariant in &manifest.invariants {
        if invariant.tests.is_empty() {
            errors.push(
                &manifest.file,
                invariant.line,
                format!("invariant {} has no test", invariant.id),
            );
        }
        for (index, name) in invariant.tests.iter().enumerate() {
            let message = match tests.iter().find(|test| test.name == name.as_str()) {
                None => format!("no test `{name}` in the suite"),
                Some(test) if test.invariant != invariant.id => {
                    format!(
                        "`{name}` is a test of invariant {}, listed under {}",
                        test.invariant, invariant.id
                    )
                }
                Some(_)
                    if invariant.tests[..index]
                        .iter()
                        .any(|other| other.as_str() == name.as_str()) =>
                {
                    format!("`{name}` is listed twice")
                }
                Some(_) => continue,
            };
            errors.push(&manifest.file, name.line, message);
        }
    }
    for test in tests {
        let listed = |invariant: &&crate::Invariant| {
            invariant
                .tests
                .iter()
                .any(|name| name.as_str() == test.name)
        };
        if manifest.invariants.iter().find(listed).is_none() {
            let message = format!(
                "test `{}` is listed by no invariant: add it to invariant {}",
                test.name, test.invariant
            );
            errors.push(&test.file, test.line, message);
        }
        match manifest.stage(test.stage) {
            None => errors.push(
                &test.file,
                test.line,
                format!("test `{}`: no stage {} in lab.toml", test.name, test.stage),
            ),
            Some(stage) if stage.services.is_empty() && test.target == Target::Services => {
                let message = format!(
                    "stage {} has no services in lab.toml: its tests belong to core.rs or shell.rs",
                    test.stage
                );
                errors.push(&test.file, test.line, message);
            }
            Some(_) => {}
        }
    }
    for stage in manifest
        .stages
        .iter()
        .filter(|stage| tests.iter().all(|test| test.stage != stage.number))
    {
        errors.push(
            &manifest.file,
            stage.line,
            format!("stage {} has no test", stage.number),
        );
    }
    for stage in manifest.stages.iter().filter(|stage| {
        !stage.services.is_empty()
            && tests.iter().any(|test| test.stage == stage.number)
            && suite::needs(tests, stage.number) != Target::Services
    }) {
        let message = format!(
            "stage {} names services, and services.rs has no test of it",
            stage.number
        );
        errors.push(&manifest.file, stage.line, message);
    }
    for broken in &manifest.broken {
        match tests.iter().find(|test| test.name == broken.test.as_str()) {
            None => errors.push(
                &manifest.file,
                broken.test.line,
                format!("no test `{}` in the suite", broken.test),
            ),
            Some(test) if test.invariant != broken.breaks => {
                let message = format!(
                    "`{}` breaks invariant {}, its test shows {}",
                    broken.name, broken.breaks, test.invariant
                );
                errors.push(&manifest.file, broken.test.line, message);
            }
            Some(_) => {}
        }
        if manifest
            .invariants
            .iter()
            .all(|invariant| invariant.id != broken.breaks)
        {
            errors.push(
                &manifest.file,
                broken.line,
                format!(
                    "`{}` breaks invariant {}: there is none",
                    broken.name, broken.breaks
                ),
            );
        }
    }
    errors.into_result(())
}

/// Every stage has a region, every region its stage, every file to edit exists.
fn regions(lab: &Lab, reference: &Reference) -> Result<(), Diagnostics> {
    let manifest = &lab.manifest;
    let mut errors = Diagnostics::new();
    for stage in &manifest.stages {
        let own = || {
            reference
                .regions()
                .iter()
                .filter(|region| region.stage == Some(stage.number))
        };
        if own().all(|region| region.language != Language::Rust) {
            let message = format!(
                "stage {0} has no Rust region: name one `stage{0}_words`",
                stage.number
            );
            errors.push(&manifest.file, stage.line, message);
        }
        for file in &stage.files {
            if !lab.solution_dir().join(file.as_str()).is_file() {
                errors.push(
                    &manifest.file,
                    file.line,
                    format!("the reference has no file `{file}`"),
                );
            }
        }
        for region in own() {
            let path = Path::new("src").join(&region.path);
            if stage
                .files
                .iter()
                .all(|file| Path::new(file.as_str()) != path)
            {
                let message = format!(
                    "`{}` is to edit in stage {}: add it to its files",
                    path.display(),
                    stage.number
                );
                errors.push(&manifest.file, stage.line, message);
            }
        }
    }
    for region in reference.regions() {
        if let Some(stage) = region
            .stage
            .filter(|stage| manifest.stage(*stage).is_none())
        {
            let message = format!("region `{}`: no stage {stage} in lab.toml", region.name);
            errors.push(&region.shown, region.open, message);
        }
    }
    errors.into_result(())
}
