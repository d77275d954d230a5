//! `list`, `status`, `start`, `hint`: no code runs.

use contract::suite;

use super::{Context, print_json};
use crate::cli;
use crate::exit::{Exit, Stop};
use crate::names;
use crate::render::{guide, labs};

pub(super) fn list(context: &Context, json: bool) -> anyhow::Result<Exit> {
    overview(context, json, labs::list)
}

pub(super) fn status(context: &Context, json: bool) -> anyhow::Result<Exit> {
    overview(context, json, labs::status)
}

type Overview =
    fn(&crate::page::Page, &[&contract::Manifest], &crate::progress::Progress) -> String;

fn overview(context: &Context, json: bool, text: Overview) -> anyhow::Result<Exit> {
    let found = names::labs(&context.workspace)?;
    let manifests: Vec<_> = found.iter().map(|lab| &lab.manifest).collect();
    let progress = context.store.load()?;
    if json {
        print_json(&labs::json(&manifests, &progress))?;
    } else {
        print!("{}", text(&context.page, &manifests, &progress));
    }
    Ok(Exit::Ok)
}

pub(super) fn start(context: &Context, lab: Option<&str>) -> anyhow::Result<Exit> {
    let lab = context.lab(lab)?;
    let progress = context.store.load()?;
    let (chapter, instructions) = (context.chapter(&lab), context.instructions(&lab));
    let tests = suite::index(&lab).map_err(|error| Stop::environment(error.to_string()))?;
    print!(
        "{}",
        guide::start(
            &context.page,
            &lab.manifest,
            &progress,
            chapter.as_deref(),
            instructions.as_deref(),
            |stage| suite::needs(&tests, stage)
        )
    );
    Ok(Exit::Ok)
}

pub(super) fn hint(context: &Context, args: &cli::Hint) -> anyhow::Result<Exit> {
    let lab = context.lab(args.of.lab.as_deref())?;
    let stage = super::test::stage_or_next(context, &lab, args.of.stage)?;
    let all = stage.hints.len();
    let mut read = 0;
    context.store.update(|progress| {
        let state = progress.stage_mut(lab.id(), stage.number);
        state.hints = if args.all {
            all
        } else {
            (state.hints + 1).min(all)
        };
        read = state.hints;
    })?;
    let from = if args.all { 0 } else { read - 1 };
    print!(
        "{}",
        guide::hints(&context.page, &lab.manifest, stage, from, read)
    );
    Ok(Exit::Ok)
}
