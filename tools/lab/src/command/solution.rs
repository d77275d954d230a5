//! `solution`: the reference's code of a stage, to read or to take over.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use contract::compose::{self, Reference};
use contract::regions::{Language, Region, SourceFile};
use contract::{Lab, Stage};

use super::Context;
use super::test::stage_or_next;
use crate::cli;
use crate::exit::{Exit, Stop};
use crate::kept;
use crate::page::{Ink, Page};
use crate::splice::{self, Refusal};

pub(super) fn run(context: &Context, args: &cli::Solution) -> anyhow::Result<Exit> {
    let lab = context.lab(args.of.lab.as_deref())?;
    let stage = stage_or_next(context, &lab, args.of.stage)?;
    let state = context.store.load()?.stage(lab.id(), stage.number);
    let (id, number) = (lab.id(), stage.number);
    if state.passed.is_none() && !state.given_up {
        if !args.give_up {
            return Err(Stop::usage(format!(
                "Stage {number} has not passed yet. A hint helps more than the answer:\n    \
                 cargo lab hint {id} --stage {number}\nTo read it all the same:\n    \
                 cargo lab solution {id} --stage {number} --give-up"
            )));
        }
        context
            .store
            .update(|progress| progress.stage_mut(id, number).given_up = true)?;
    }
    let reference = Reference::read(&lab).map_err(|error| Stop::environment(error.to_string()))?;
    let files = stage_files(&reference, number);
    if args.apply {
        apply(context, &lab, stage, &files)
    } else {
        show(&context.page, &lab, stage, &files)
    }
}

/// The reference's files that have a part of the stage, with those parts.
fn stage_files(reference: &Reference, stage: u32) -> Vec<(&SourceFile, Vec<Region>)> {
    let mut files: Vec<(&SourceFile, Vec<Region>)> = Vec::new();
    for region in reference
        .regions()
        .iter()
        .filter(|region| region.stage == Some(stage))
    {
        let file = reference.file_of(region);
        match files.iter_mut().find(|(known, _)| known.path == file.path) {
            Some((_, regions)) => regions.push(region.clone()),
            None => files.push((file, vec![region.clone()])),
        }
    }
    files
}

fn show(
    page: &Page,
    lab: &Lab,
    stage: &Stage,
    files: &[(&SourceFile, Vec<Region>)],
) -> anyhow::Result<Exit> {
    let title = format!(
        "{}, stage {}: {}",
        lab.manifest.title, stage.number, stage.title
    );
    print!("{}", page.paragraph(0, Ink::Bold, &title));
    for (file, regions) in files {
        for (line, text) in parts(file, regions).map_err(refused)? {
            println!(
                "\n{}",
                page.paint(Ink::Dim, &format!("{}:{line}", file.shown.display()))
            );
            for line in text.lines().filter(|line| !line.contains("ANCHOR")) {
                println!("{line}");
            }
        }
    }
    println!("\nTo take it over (your version is kept):");
    print!(
        "{}",
        page.command(&format!(
            "cargo lab solution {} --stage {} --apply",
            lab.id(),
            stage.number
        ))
    );
    Ok(Exit::Ok)
}

fn parts(file: &SourceFile, regions: &[Region]) -> Result<Vec<(usize, String)>, Refusal> {
    if Language::of(file) == Some(Language::Rust) {
        return splice::functions(file, regions);
    }
    Ok(regions
        .iter()
        .map(|region| (region.open + 1, region.body(&file.text).join("\n")))
        .collect())
}

fn apply(
    context: &Context,
    lab: &Lab,
    stage: &Stage,
    files: &[(&SourceFile, Vec<Region>)],
) -> anyhow::Result<Exit> {
    let models = files
        .iter()
        .map(|(file, _)| (file.path.clone(), file.text.clone()))
        .collect();
    let written = write_stage(lab, stage.number, &models)?;
    let page = &context.page;
    match written {
        None => print!(
            "{}",
            page.paragraph(
                0,
                Ink::Plain,
                "Your files have it already; nothing was written."
            )
        ),
        Some(written) => {
            tell(page, &written);
            println!("See it hold:");
            print!(
                "{}",
                page.command(&format!(
                    "cargo lab test {} --stage {}",
                    lab.id(),
                    stage.number
                ))
            );
        }
    }
    Ok(Exit::Ok)
}

/// What was written, and where the old version is.
#[derive(Debug)]
pub(super) struct Written {
    files: Vec<PathBuf>,
    kept: PathBuf,
}

pub(super) fn tell(page: &Page, written: &Written) {
    for file in &written.files {
        print!(
            "{}",
            page.field("written", Ink::Green, &file.display().to_string())
        );
    }
    print!(
        "{}",
        page.field(
            "kept",
            Ink::Dim,
            &format!("your version: {}", written.kept.display())
        )
    );
}

/// Puts the stage's parts of `models` into the learner's files: all of them or none. `None` when they are there.
pub(super) fn write_stage(
    lab: &Lab,
    stage: u32,
    models: &BTreeMap<PathBuf, String>,
) -> anyhow::Result<Option<Written>> {
    let skeleton = compose::skeleton(lab).map_err(|error| Stop::environment(error.to_string()))?;
    let mut new = Vec::new();
    for (path, model) in models {
        let file = lab.lab_dir().join("src").join(path);
        let existing = fs::read_to_string(&file).ok();
        // A file that was deleted begins again as the skeleton has it.
        let yours = existing.as_ref().or(skeleton.get(path)).unwrap_or(model);
        let text =
            splice::replace(&splice::shown(lab, path), yours, model, stage).map_err(refused)?;
        if existing.as_ref() != Some(&text) {
            new.push((path, file, text));
        }
    }
    if new.is_empty() {
        return Ok(None);
    }
    let kept = kept::keep(lab)?;
    let mut files = Vec::new();
    for (path, file, text) in new {
        kept::write(&file, &text)?;
        files.push(splice::shown(lab, path));
    }
    Ok(Some(Written { files, kept }))
}

fn refused(refusal: Refusal) -> anyhow::Error {
    Stop::failed(format!("Nothing was written. {}", refusal.0))
}
