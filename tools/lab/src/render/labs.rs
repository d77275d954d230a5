//! `list` and `status`: the labs, and how far somebody is in each.

use std::fmt::Write;

use contract::{Manifest, Stage};
use serde_json::{Value, json};

use super::{count, minutes};
use crate::clock;
use crate::page::{Ink, Page};
use crate::progress::{Progress, StageProgress};

/// The first stage that has not passed.
pub fn next<'m>(manifest: &'m Manifest, progress: &Progress) -> Option<&'m Stage> {
    let open = |stage: &&Stage| progress.stage(&manifest.id, stage.number).passed.is_none();
    manifest.stages.iter().find(open)
}

fn passed(manifest: &Manifest, progress: &Progress) -> usize {
    let passed = |stage: &&Stage| progress.stage(&manifest.id, stage.number).passed.is_some();
    manifest.stages.iter().filter(passed).count()
}

/// Every lab in two lines.
pub fn list(page: &Page, labs: &[&Manifest], progress: &Progress) -> String {
    let mut out = String::new();
    for lab in labs {
        let head = format!("{:>3}  {}  {}", lab.number, lab.id, lab.title);
        let _ = writeln!(out, "{}", page.paint(Ink::Bold, &head));
        let stages = lab.stages.len();
        let how_far = match (passed(lab, progress), next(lab, progress)) {
            (_, None) => format!("all {stages} stages passed"),
            (0, _) => count(stages, "stage"),
            (passed, _) => format!("{passed} of {} passed", count(stages, "stage")),
        };
        let text = format!("{}, {how_far}", minutes(lab.minutes()));
        out += &page.paragraph(5, Ink::Plain, &text);
    }
    out += "\n";
    out += &page.paragraph(0, Ink::Plain, "Begin with:");
    out += &page.command(&format!(
        "cargo lab start {}",
        labs.first().map_or("<lab>", |lab| &*lab.id)
    ));
    out
}

/// Every stage of the labs that were begun.
pub fn status(page: &Page, labs: &[&Manifest], progress: &Progress) -> String {
    let begun: Vec<_> = labs
        .iter()
        .filter(|lab| progress.labs.contains_key(lab.id.as_str()))
        .collect();
    if begun.is_empty() {
        let mut out = page.paragraph(0, Ink::Plain, "Nothing is begun yet. The labs:");
        out += "\n";
        return out + &list(page, labs, progress);
    }
    let mut out = String::new();
    for lab in begun {
        let done = passed(lab, progress);
        let head = format!(
            "{} {}: {done} of {} passed",
            lab.number,
            lab.title,
            count(lab.stages.len(), "stage")
        );
        out += &page.paragraph(0, Ink::Bold, &head);
        let next = next(lab, progress);
        for stage in &lab.stages {
            let state = progress.stage(&lab.id, stage.number);
            out += &line(
                page,
                stage,
                &state,
                next.is_some_and(|next| next.number == stage.number),
            );
        }
        match next {
            Some(stage) => {
                out += "  next:\n";
                out += &page.command(&format!(
                    "cargo lab test {} --stage {}",
                    lab.id, stage.number
                ));
            }
            None => out += &page.paragraph(2, Ink::Green, "All of it holds."),
        }
        out += "\n";
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

fn line(page: &Page, stage: &Stage, state: &StageProgress, next: bool) -> String {
    let (ink, word) = match (state.passed, next) {
        (Some(_), _) => (Ink::Green, "passed"),
        (None, true) => (Ink::Yellow, "next"),
        (None, false) => (Ink::Dim, "open"),
    };
    let mut text = stage.title.clone();
    match (state.begun, state.passed) {
        (Some(begun), Some(passed)) => {
            let _ = write!(
                text,
                ", {} (planned {})",
                took(passed - begun.min(passed)),
                minutes(stage.minutes)
            );
        }
        (None, Some(passed)) => {
            let _ = write!(text, ", on {}", &clock::date(passed)[..10]);
        }
        (_, None) => {
            let _ = write!(text, ", {}", minutes(stage.minutes));
        }
    }
    if state.hints > 0 {
        let _ = write!(text, ", {}", count(state.hints, "hint"));
    }
    if state.given_up {
        text += ", solution read before";
    }
    page.field(&format!("{} {word}", stage.number), ink, &text)
}

/// Seconds as a person remembers them.
fn took(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..86_400 => minutes(u32::try_from(seconds / 60).unwrap_or(u32::MAX)),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The same for scripts: `list --json` and `status --json`.
pub fn json(labs: &[&Manifest], progress: &Progress) -> Value {
    let stage = |lab: &Manifest, stage: &Stage| {
        let state = progress.stage(&lab.id, stage.number);
        let services: Vec<_> = stage
            .services
            .iter()
            .map(|service| service.as_str())
            .collect();
        json!({
            "number": stage.number, "title": stage.title, "minutes": stage.minutes, "services": services,
            "begun": state.begun, "passed": state.passed, "hints": state.hints, "given_up": state.given_up,
        })
    };
    let lab = |lab: &&Manifest| {
        let stages: Vec<_> = lab.stages.iter().map(|s| stage(lab, s)).collect();
        let prerequisites: Vec<_> = lab.prerequisites.iter().map(|id| id.as_str()).collect();
        let next = next(lab, progress).map(|stage| stage.number);
        json!({
            "id": lab.id.as_str(), "number": lab.number, "folder": super::folder(lab), "title": lab.title,
            "minutes": lab.minutes(), "prerequisites": prerequisites, "stages": stages, "next": next,
        })
    };
    json!({ "labs": labs.iter().map(lab).collect::<Vec<_>>() })
}
