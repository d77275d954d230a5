//! `reset`: the skeleton again, of a lab or of one stage. What was there is kept.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use contract::Lab;
use contract::compose;

use super::Context;
use super::solution::{tell, write_stage};
use crate::cli;
use crate::exit::{Exit, Stop};
use crate::kept;
use crate::names;
use crate::page::Ink;
use crate::shadow::sources;

pub(super) fn run(context: &Context, args: &cli::Reset) -> anyhow::Result<Exit> {
    let lab = context.lab(args.lab.as_deref())?;
    let stage = args
        .stage
        .map(|number| names::stage(&lab, number))
        .transpose()?
        .map(|stage| stage.number);
    let skeleton = compose::skeleton(&lab).map_err(|error| Stop::environment(error.to_string()))?;
    if !args.yes && !agreed(&lab, stage)? {
        println!("Nothing was changed.");
        return Ok(Exit::Ok);
    }
    let page = &context.page;
    match stage {
        Some(stage) => {
            let models = skeleton
                .into_iter()
                .filter(|(_, text)| text.contains(&format!("ANCHOR: stage{stage}_")));
            match write_stage(&lab, stage, &models.collect())? {
                Some(written) => tell(page, &written),
                None => print!(
                    "{}",
                    page.paragraph(
                        0,
                        Ink::Plain,
                        "It is the skeleton already; nothing was written."
                    )
                ),
            }
        }
        None => whole(context, &lab, &skeleton)?,
    }
    // Whoever begins again is not told that it has passed.
    if context.store.load()?.labs.contains_key(lab.id()) {
        context
            .store
            .update(|progress| progress.forget(lab.id(), stage))?;
    }
    Ok(Exit::Ok)
}

fn whole(context: &Context, lab: &Lab, skeleton: &compose::Tree) -> anyhow::Result<()> {
    let page = &context.page;
    let src = lab.lab_dir().join("src");
    let extra: Vec<_> = sources(&src)?
        .into_iter()
        .filter(|path| !skeleton.contains_key(path))
        .collect();
    let same = |(path, text): (&PathBuf, &String)| {
        fs::read_to_string(src.join(path)).is_ok_and(|old| old == *text)
    };
    if extra.is_empty() && skeleton.iter().all(same) {
        print!(
            "{}",
            page.paragraph(
                0,
                Ink::Plain,
                "It is the skeleton already; nothing was written."
            )
        );
        return Ok(());
    }
    let kept = if !sources(&src)?.is_empty() {
        Some(kept::keep(lab)?)
    } else {
        None
    };
    for (path, text) in skeleton {
        kept::write(&src.join(path), text)?;
    }
    for path in &extra {
        let file = src.join(path);
        fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
    }
    let text = format!(
        "labs/{}/src, {} files of the skeleton",
        lab.folder(),
        skeleton.len()
    );
    print!("{}", page.field("written", Ink::Green, &text));
    for path in &extra {
        print!(
            "{}",
            page.field("removed", Ink::Yellow, &path.display().to_string())
        );
    }
    if let Some(kept) = kept {
        print!(
            "{}",
            page.field(
                "kept",
                Ink::Dim,
                &format!("your version: {}", kept.display())
            )
        );
    }
    Ok(())
}

fn agreed(lab: &Lab, stage: Option<u32>) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(Stop::usage(
            "Nobody can be asked here: say `--yes` to write the skeleton again.",
        ));
    }
    let what = stage.map_or("every stage".to_owned(), |stage| format!("stage {stage}"));
    print!(
        "Write the skeleton of labs/{} again, {what}? Your version is kept under .lab/kept. [y/N] ",
        lab.folder()
    );
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
