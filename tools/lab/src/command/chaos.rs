//! `chaos`: the whole system, run while servers and networks fail by seed.
//!
//! The lab's own program (the example `chaos` of whichever code is asked for) starts the servers, drives the crowd and judges its history;
//! this builds it, passes it the `seckill` of the same code, and prints, keeps and draws what it says. It links no client.

mod program;
mod saved;

use std::fs;
use std::path::PathBuf;

use chaos::timeline::{self, MOST_OPS, Picture};
use chaos::{Dice, History, Line, Verdict};
use contract::Lab;

use super::Context;
use crate::cli;
use crate::clock;
use crate::exit::{Exit, Stop};
use crate::names;
use crate::page::Ink;
use crate::render::chaos::{self as render, Whose};
use crate::runner;

/// A run that came to its end.
struct Ended {
    seed: u64,
    history: History,
    verdict: Verdict,
    services: String,
}

/// How a run ended.
enum Run {
    Judged(Box<Ended>),
    /// It met stages that are not written: number, words, location.
    Unwritten(Vec<(u32, String, String)>),
}

pub(super) fn run(context: &Context, args: &cli::Chaos) -> anyhow::Result<Exit> {
    let lab = context.lab(args.lab.as_deref())?;
    let whose = match &args.design {
        Some(name) => Whose::Design(names::design(&lab, name)?),
        None if args.solution => Whose::Reference,
        None => Whose::Yours,
    };
    if !lab.contract_dir().join("chaos.rs").exists() {
        return Err(Stop::usage(format!("{} has no chaos run.", lab.id())));
    }
    if args.save && matches!(whose, Whose::Yours) {
        return Err(Stop::usage(
            "Only a run of the reference (--solution) or of a design (--design D) is kept in the book.",
        ));
    }
    let programs = match program::build(context, &lab, whose)? {
        program::Built::Ready(programs) => programs,
        program::Built::DoesNotCompile => return Ok(Exit::Failed),
    };
    if let Some(seeds) = &args.sweep {
        return sweep(context, args, &lab, whose, &programs, seeds.clone());
    }
    let seed = args
        .seed
        .unwrap_or_else(|| Dice::of(clock::unix_nanos(), "seed").below(100_000));
    let ended = match one(context, &lab, whose, &programs, seed, !args.json)? {
        Run::Judged(ended) => ended,
        Run::Unwritten(stages) => {
            print!("{}", render::unwritten(&context.page, lab.id(), &stages));
            return Ok(Exit::Failed);
        }
    };
    let file = draw(context, &lab, whose, &ended)?;
    if args.save {
        saved::timeline(context, &lab, whose, &ended)?;
    }
    if args.json {
        super::print_json(&saved::entry(&lab, whose, &ended))?;
    } else {
        let again = whose.command(lab.id(), seed);
        let file = file
            .strip_prefix(context.root())
            .unwrap_or(&file)
            .display()
            .to_string();
        print!(
            "{}",
            render::end(
                &context.page,
                &lab.manifest,
                whose,
                &ended.verdict,
                ended.history.ops.len(),
                &file,
                &again
            )
        );
    }
    Ok(exit(whose, &ended.verdict))
}

/// Whether the verdict is what it must be.
fn exit(whose: Whose<'_>, verdict: &Verdict) -> Exit {
    match (verdict, whose) {
        (Verdict::Holds, Whose::Yours | Whose::Reference)
        | (Verdict::Violated { .. }, Whose::Design(_)) => Exit::Ok,
        (Verdict::Holds, Whose::Design(_))
        | (Verdict::Violated { .. }, Whose::Yours | Whose::Reference) => Exit::Failed,
        (Verdict::Inconclusive { .. }, _) => Exit::Environment,
    }
}

/// One run. With `aloud`, what happens is printed while it does.
fn one(
    context: &Context,
    lab: &Lab,
    whose: Whose<'_>,
    programs: &program::Programs,
    seed: u64,
    aloud: bool,
) -> anyhow::Result<Run> {
    let page = &context.page;
    let say = |text: String| {
        if aloud {
            print!("{text}");
        }
    };
    say(render::head(page, &lab.manifest, whose, seed));
    let (mut history, mut verdict, mut services) = (None, None, String::new());
    let mut unwritten = Vec::new();
    let mut panics = Vec::new();
    let words = programs.run(lab, seed, &mut |line| match line {
        Line::Services { text } => {
            say(page.field("services", Ink::Dim, &text));
            services = text;
            true
        }
        Line::Schedule(schedule) => {
            say(render::schedule(page, &schedule));
            true
        }
        Line::Progress { at_us, text } => {
            say(render::progress(page, at_us, &text));
            true
        }
        Line::Panicked { process, text } => {
            let todos = runner::panics(&text)
                .into_iter()
                .filter_map(|panic| panic.todo());
            unwritten.extend(todos.map(|todo| (todo.stage, todo.words, todo.location)));
            panics.push(format!("{process}: {}", text.trim_end()));
            // A stage that is not written leaves nothing to judge.
            unwritten.is_empty()
        }
        Line::Verdict(ended) => {
            verdict = Some(ended);
            true
        }
        Line::History(ended) => {
            history = Some(*ended);
            true
        }
    })?;
    if !unwritten.is_empty() {
        unwritten.sort();
        unwritten.dedup();
        return Ok(Run::Unwritten(unwritten));
    }
    match (history, verdict) {
        (Some(history), Some(verdict)) => Ok(Run::Judged(Box::new(Ended {
            seed,
            history,
            verdict,
            services,
        }))),
        _ => {
            let panics: String = panics
                .iter()
                .take(3)
                .map(|panic| format!("\n    {panic}"))
                .collect();
            Err(Stop::environment(format!(
                "The run of seed {seed} did not come to its end. {words}{panics}"
            )))
        }
    }
}

/// Run after run. A design's ends at the first seed that finds it out.
fn sweep(
    context: &Context,
    args: &cli::Chaos,
    lab: &Lab,
    whose: Whose<'_>,
    programs: &program::Programs,
    seeds: std::ops::RangeInclusive<u64>,
) -> anyhow::Result<Exit> {
    let mut swept = saved::Sweep::default();
    for seed in seeds {
        let ended = match one(context, lab, whose, programs, seed, false) {
            Ok(Run::Judged(ended)) => ended,
            // One run that a server or the machine ended does not end the others.
            Err(error) => {
                print!(
                    "{}",
                    context.page.field(
                        &format!("seed {seed}"),
                        Ink::Yellow,
                        &format!("says nothing: {error:#}")
                    )
                );
                swept.without_end(seed);
                continue;
            }
            Ok(Run::Unwritten(stages)) => {
                print!("{}", render::unwritten(&context.page, lab.id(), &stages));
                return Ok(Exit::Failed);
            }
        };
        draw(context, lab, whose, &ended)?;
        if args.json {
            super::print_json(&saved::entry(lab, whose, &ended))?;
        } else {
            print!(
                "{}",
                render::swept(&context.page, seed, whose, &ended.verdict)
            );
        }
        swept.count(whose, &ended);
        if matches!(
            (&ended.verdict, whose),
            (Verdict::Violated { .. }, Whose::Design(_))
        ) {
            break;
        }
    }
    if args.save {
        saved::sweep(context, lab, whose, &swept)?;
    }
    Ok(match whose {
        Whose::Design(_) if swept.violated > 0 => Exit::Ok,
        Whose::Design(_) => Exit::Failed,
        Whose::Yours | Whose::Reference if swept.violated > 0 => Exit::Failed,
        Whose::Yours | Whose::Reference if swept.said_nothing > 0 => Exit::Environment,
        Whose::Yours | Whose::Reference => Exit::Ok,
    })
}

/// What `ended` looks like.
fn with_picture<T>(
    lab: &Lab,
    whose: Whose<'_>,
    ended: &Ended,
    use_it: impl FnOnce(&Picture<'_>) -> T,
) -> T {
    let invariants: Vec<(u32, &str)> = lab
        .manifest
        .invariants
        .iter()
        .map(|invariant| (invariant.id, invariant.sentence.as_str()))
        .collect();
    let words = whose.words();
    use_it(&Picture {
        history: &ended.history,
        verdict: &ended.verdict,
        title: &lab.manifest.title,
        whose: &words,
        breaks: whose.breaks(),
        invariants: &invariants,
        seed: ended.seed,
        most_ops: MOST_OPS,
    })
}

/// Writes the timeline, and the history beside it.
fn draw(context: &Context, lab: &Lab, whose: Whose<'_>, ended: &Ended) -> anyhow::Result<PathBuf> {
    let dir = crate::shadow::target_dir(context.root()).join("lab/chaos");
    fs::create_dir_all(&dir)?;
    let name = format!("{}-{}-{}", lab.id(), whose.name(), ended.seed);
    let file = dir.join(format!("{name}.html"));
    let again = whose.command(lab.id(), ended.seed);
    fs::write(
        &file,
        with_picture(lab, whose, ended, |picture| timeline::html(picture, &again)),
    )?;
    fs::write(
        dir.join(format!("{name}.jsonl")),
        ended.history.to_json_lines(),
    )?;
    Ok(file)
}
