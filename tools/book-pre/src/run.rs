//! A command with its Run button: the one shape that the page's script knows.
//!
//! The button is the script's to add, and only on a page that is served live; without it the command is there to be copied.

use contract::Lab;
use serde_json::{Value, json};

use crate::directive::words;
use crate::html::escape;
use crate::page::Page;

/// What a page may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run<'a> {
    /// A stage of the reader's code.
    Stage(u32),
    /// A broken design.
    Break(&'a str),
    /// The chaos run with a seed: of the reference, or of a broken design.
    Chaos(u64, Option<&'a str>),
}

impl Run<'_> {
    /// The command to type.
    #[must_use]
    pub fn command(&self, lab: &str) -> String {
        match self {
            Self::Stage(stage) => format!("cargo lab test {lab} --stage {stage}"),
            Self::Break(design) => format!("cargo lab break {lab} {design}"),
            Self::Chaos(seed, None) => format!("cargo lab chaos {lab} --seed {seed} --solution"),
            Self::Chaos(seed, Some(design)) => {
                format!("cargo lab chaos {lab} --seed {seed} --design {design}")
            }
        }
    }

    fn json(&self, lab: &str) -> Value {
        match self {
            Self::Stage(stage) => json!({"do": "test", "lab": lab, "stage": stage}),
            Self::Break(design) => json!({"do": "break", "lab": lab, "design": design}),
            Self::Chaos(seed, None) => json!({"do": "chaos", "lab": lab, "seed": seed}),
            Self::Chaos(seed, Some(design)) => {
                json!({"do": "chaos", "lab": lab, "seed": seed, "design": design})
            }
        }
    }

    /// The block.
    #[must_use]
    pub fn html(&self, lab: &str) -> String {
        let command = escape(&self.command(lab));
        let data = escape(&self.json(lab).to_string());
        format!(
            "<div class=\"lb-run\" data-run=\"{data}\" role=\"group\" aria-label=\"Run: {command}\"><div class=\"lb-run-bar\">\
             <code class=\"lb-command\">{command}</code><button type=\"button\" class=\"lb-copy\">Copy</button></div></div>"
        )
    }
}

/// `{{#run test stage=1}}`, `{{#run break design=NAME}}`, `{{#run chaos seed=7 design=NAME}}`.
///
/// # Errors
/// The lab has no such stage or design, or the words are others.
pub fn block(page: &Page<'_>, arguments: &str) -> Result<String, String> {
    let lab = page.lab()?;
    let run = parse(lab, arguments)?;
    Ok(run.html(lab.id()))
}

fn parse<'a>(lab: &Lab, arguments: &'a str) -> Result<Run<'a>, String> {
    let usage = "say `[lab=ID] test stage=1`, `break design=NAME` or `chaos seed=7 [design=NAME]`";
    let (mut kind, mut stage, mut seed, mut design) = (None, None, None, None);
    for (key, value) in words(arguments) {
        match key {
            None => kind = Some(value),
            Some("stage") => {
                stage = Some(
                    value
                        .parse::<u32>()
                        .map_err(|_| format!("`{value}` is no number of a stage"))?,
                )
            }
            Some("seed") => {
                seed = Some(
                    value
                        .parse::<u64>()
                        .map_err(|_| format!("`{value}` is no seed: a whole number is"))?,
                )
            }
            Some("design") => design = Some(value),
            Some(other) => return Err(format!("no `{other}=` here; {usage}")),
        }
    }
    if let Some(name) = design {
        known(lab, name)?;
    }
    match (kind, stage, seed, design) {
        (Some("test"), Some(stage), None, None) => match lab.manifest.stage(stage) {
            Some(_) => Ok(Run::Stage(stage)),
            None => Err(format!("{} has no stage {stage}", lab.id())),
        },
        (Some("break"), None, None, Some(design)) => Ok(Run::Break(design)),
        (Some("chaos"), None, Some(seed), design) => Ok(Run::Chaos(seed, design)),
        _ => Err(usage.to_owned()),
    }
}

/// Whether the lab has a broken design of that name.
///
/// # Errors
/// It has none, and these are there.
pub fn known(lab: &Lab, name: &str) -> Result<(), String> {
    if lab.manifest.broken(name).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = lab
        .manifest
        .broken
        .iter()
        .map(|broken| broken.name.as_str())
        .collect();
    Err(format!(
        "no broken design is called `{name}`; there are {}",
        names.join(", ")
    ))
}
