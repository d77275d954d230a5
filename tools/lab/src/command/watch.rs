//! `watch`: a stage again at every change.
//!
//! By polling modification times: the folder has a dozen files, and a file watcher would be the heaviest dependency
//! of this command.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use super::Context;
use super::test::{Verdict, Whose, run_stage, say_next, stage_or_next};
use crate::cli;
use crate::exit::Exit;
use crate::page::Ink;

/// Shorter than a person notices, longer than an editor takes to write its files.
const EVERY: Duration = Duration::from_millis(300);

pub(super) fn watch(context: &Context, args: &cli::Stage) -> anyhow::Result<Exit> {
    let lab = context.lab(args.lab.as_deref())?;
    loop {
        let seen = newest(&lab.lab_dir().join("src"));
        // Without --stage it moves on by itself when a stage has passed.
        let stage = stage_or_next(context, &lab, args.stage)?;
        if context.page.colour {
            print!("\x1b[2J\x1b[H");
        }
        if run_stage(context, &lab, stage, Whose::Learner, &mut None)? == Verdict::Passed {
            say_next(context, &lab, stage)?;
        }
        let waiting = format!("Watching labs/{}/src; Ctrl-C ends it.", lab.folder());
        print!("\n{}", context.page.paragraph(0, Ink::Dim, &waiting));
        while newest(&lab.lab_dir().join("src")) == seen {
            pause();
        }
    }
}

#[allow(clippy::disallowed_methods)] // this is the polling itself
fn pause() {
    thread::sleep(EVERY);
}

/// How many files, and the last change of any: a removed file counts too.
fn newest(dir: &Path) -> (usize, Option<SystemTime>) {
    let mut all = (0, None);
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    for entry in entries {
        let (files, changed) = if entry.path().is_dir() {
            newest(&entry.path())
        } else {
            (1, entry.metadata().and_then(|data| data.modified()).ok())
        };
        all = (all.0 + files, all.1.max(changed));
    }
    all
}
