//! `.lab/kept/<lab>/<time>/`: what a learner wrote, before this command writes over it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use contract::Lab;

use crate::clock;

/// Copies the lab's src/ to a folder of its own; gives that folder, relative to the root.
pub fn keep(lab: &Lab) -> anyhow::Result<PathBuf> {
    let stamp = clock::stamp(clock::unix_seconds());
    let parent = Path::new(".lab/kept").join(lab.id());
    let mut names = std::iter::once(stamp.clone()).chain((2..).map(|n| format!("{stamp}-{n}")));
    let kept = names
        .find(|name| !lab.root().join(&parent).join(name).exists())
        .map(|name| parent.join(name))
        .context("no free name")?;
    let (from, to) = (
        lab.lab_dir().join("src"),
        lab.root().join(&kept).join("src"),
    );
    copy(&from, &to)
        .with_context(|| format!("cannot keep {} as {}", from.display(), to.display()))?;
    Ok(kept)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Writes a file whole or not at all: beside it, then a rename.
pub fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    let context = || format!("cannot write {}", file.display());
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir).with_context(context)?;
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, text).with_context(context)?;
    fs::rename(&beside, file).with_context(context)
}
