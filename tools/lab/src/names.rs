//! From what was typed to a lab, a stage, a design; and a did-you-mean where there is none.

use std::path::Path;

use anyhow::Context;
use contract::{Broken, Lab, Stage, Workspace};

use crate::exit::Stop;

/// Below this similarity a suggestion is noise (strsim's scale from 0 to 1; "sekill" to "seckill" is 0.97).
const SIMILAR: f64 = 0.7;

/// The checkout that the current folder is in, or that `LAB_ROOT` names.
pub fn workspace() -> anyhow::Result<Workspace> {
    let from = match std::env::var_os("LAB_ROOT") {
        Some(root) => root.into(),
        None => std::env::current_dir().context("the current folder cannot be read")?,
    };
    Workspace::find(&from).map_err(|error| Stop::environment(error.to_string()))
}

/// All labs, by number.
pub fn labs(workspace: &Workspace) -> anyhow::Result<Vec<Lab>> {
    workspace
        .labs()
        .map_err(|error| Stop::environment(error.to_string()))
}

/// The lab that was named, or whose folder this is.
pub fn lab(workspace: &Workspace, name: Option<&str>) -> anyhow::Result<Lab> {
    let here = std::env::current_dir().ok();
    let folder = here
        .as_deref()
        .and_then(|here| folder_of(workspace.root(), here));
    match name.map(str::to_owned).or(folder) {
        Some(name) => find(workspace, &name),
        None => {
            let known = list(&labs(workspace)?);
            Err(Stop::usage(format!(
                "Which lab? Name it, or go to its folder.\n{known}"
            )))
        }
    }
}

/// `16-seckill` for a folder in labs/, solutions/, tests/ or book/src/ of that name.
fn folder_of(root: &Path, here: &Path) -> Option<String> {
    let inside = here.strip_prefix(root).ok()?;
    let inside = inside.strip_prefix("book/src").or_else(|_| {
        ["labs", "solutions", "tests"]
            .iter()
            .find_map(|top| inside.strip_prefix(top).ok())
            .ok_or(())
    });
    let folder = inside.ok()?.components().next()?.as_os_str().to_str()?;
    folder
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| folder.to_owned())
}

fn find(workspace: &Workspace, name: &str) -> anyhow::Result<Lab> {
    // One lab's mistake must not lock the others, so this one is tried alone first.
    if let Ok(lab) = workspace.lab(name) {
        return Ok(lab);
    }
    let labs = labs(workspace)?;
    let ids = labs.iter().flat_map(|lab| [lab.id(), lab.folder()]);
    let meant = did_you_mean(name, ids);
    Err(Stop::usage(format!(
        "There is no lab `{name}`.{meant}\n{}",
        list(&labs)
    )))
}

fn list(labs: &[Lab]) -> String {
    let known: Vec<_> = labs
        .iter()
        .map(|lab| format!("{} {}", lab.manifest.number, lab.id()))
        .collect();
    format!("The labs: {}.", known.join(", "))
}

/// The stage of that number.
pub fn stage(lab: &Lab, number: u32) -> anyhow::Result<&Stage> {
    lab.manifest.stage(number).ok_or_else(|| {
        let known: Vec<_> = lab
            .manifest
            .stages
            .iter()
            .map(|s| format!("{} {}", s.number, s.title))
            .collect();
        let (id, known) = (lab.id(), known.join(", "));
        Stop::usage(format!("{id} has no stage {number}. Its stages: {known}."))
    })
}

/// The broken design of that name.
pub fn design<'l>(lab: &'l Lab, name: &str) -> anyhow::Result<&'l Broken> {
    lab.manifest.broken(name).ok_or_else(|| {
        let known = || {
            lab.manifest
                .broken
                .iter()
                .map(|broken| broken.name.as_str())
        };
        let meant = did_you_mean(name, known());
        let list: Vec<_> = known().collect();
        Stop::usage(format!(
            "{} has no design `{name}`.{meant}\nIts broken designs: {}.",
            lab.id(),
            list.join(", ")
        ))
    })
}

/// ` Did you mean x?`, or nothing.
pub fn did_you_mean<'k>(typed: &str, known: impl Iterator<Item = &'k str>) -> String {
    known
        .map(|name| (strsim::jaro_winkler(&typed.to_lowercase(), name), name))
        .filter(|(similar, _)| *similar >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| format!(" Did you mean `{name}`?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_noise_is_not() {
        let known = || ["seckill", "16-seckill", "feed"].into_iter();
        assert_eq!(did_you_mean("sekcill", known()), " Did you mean `seckill`?");
        assert_eq!(did_you_mean("Fede", known()), " Did you mean `feed`?");
        assert_eq!(did_you_mean("zzz", known()), "");
    }

    #[test]
    fn a_labs_folders_name_it() {
        let root = Path::new("/w");
        let lab = |path: &str| folder_of(root, Path::new(path));
        for inside in [
            "/w/labs/16-seckill/src",
            "/w/book/src/16-seckill",
            "/w/tests/16-seckill",
        ] {
            assert_eq!(lab(inside).as_deref(), Some("16-seckill"), "{inside}");
        }
        assert_eq!(lab("/w/tests/testbed"), None);
        assert_eq!(lab("/w/tools/lab"), None);
    }
}
