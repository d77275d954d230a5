//! What lab.toml and .lab/progress.json say at the moment: both may change while the book is open.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use contract::Workspace;
use lab::progress::{Progress, Store};
use serde_json::{Map, Value, json};

use crate::core::ask::{Ask, Known};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The question names what is not there.
    Unknown(String),
    /// A file of the checkout cannot be read.
    Files(String),
}

/// The command for an ask.
///
/// # Errors
/// There is no such lab, stage or design, or no lab.toml can be read.
pub fn look_up(root: &Path, ask: &Ask) -> Result<Known, Trouble> {
    let workspace = workspace(root)?;
    // One lab's mistake must not lock the others, so this one is tried alone first.
    if let Ok(lab) = workspace.lab(ask.lab())
        && lab.id() == ask.lab()
    {
        return ask.look_up(&[&lab.manifest]).map_err(Trouble::Unknown);
    }
    let labs = workspace
        .labs()
        .map_err(|error| Trouble::Files(error.to_string()))?;
    let manifests: Vec<_> = labs.iter().map(|lab| &lab.manifest).collect();
    ask.look_up(&manifests).map_err(Trouble::Unknown)
}

/// What is passed, and how many stages each lab has.
///
/// Unlike the command, this moves no damaged file aside: a page that looks changes nothing.
///
/// # Errors
/// A file cannot be read.
pub fn progress(root: &Path) -> Result<Value, Trouble> {
    let file = Store::of(root).file();
    let progress = match fs::read(&file) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| Trouble::Files(format!("{} is damaged: {error}.", file.display())))?,
        Err(error) if error.kind() == ErrorKind::NotFound => Progress::default(),
        Err(error) => {
            let name = file.display();
            return Err(Trouble::Files(format!("{name} cannot be read: {error}.")));
        }
    };
    let labs = workspace(root)?
        .labs()
        .map_err(|error| Trouble::Files(error.to_string()))?;
    let chapters: Map<String, Value> = labs
        .iter()
        .map(|lab| {
            let stages: Vec<_> = lab
                .manifest
                .stages
                .iter()
                .map(|stage| stage.number)
                .collect();
            let chapter =
                json!({"folder": lab.folder(), "title": lab.manifest.title, "stages": stages});
            (lab.id().to_owned(), chapter)
        })
        .collect();
    Ok(json!({"labs": progress.labs, "chapters": chapters}))
}

fn workspace(root: &Path) -> Result<Workspace, Trouble> {
    Workspace::find(root).map_err(|error| Trouble::Files(error.to_string()))
}
