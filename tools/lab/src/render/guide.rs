//! `start`, `hint`, and what comes after a stage: the words that lead a learner through a lab.

use contract::suite::Target;
use contract::{Manifest, Stage};

use super::{folder, minutes, services};
use crate::page::{Ink, Page};
use crate::progress::Progress;

/// What the first build of a stage without services takes: clone to red, 2 cores, measured.
pub const CORE_SECONDS: u32 = 20;
/// What the first build of a stage with a runtime and no services takes on top: tokio, tower and tracing, 2 cores, measured.
pub const RUNTIME_SECONDS: u32 = 10;
/// What the first build with all clients takes: 152 s on 2 cores, measured.
pub const ALL_MINUTES: u32 = 3;
/// What the first build of a lab's bench takes, optimised: 11 minutes of a core (measured), on 2 cores.
const BENCH_MINUTES: u32 = 6;

/// What the first build of the book's server takes, behind that of the command: 72 s on 2 cores, measured.
const BOOK_SECONDS: u32 = 75;

/// What a first build takes that nobody has measured.
pub const LIBRARIES: &str = "its libraries are compiled too";

/// How long the first build takes, in words, of a stage that needs this target.
pub fn first_build(target: Target) -> String {
    match target {
        Target::Core => format!("about {CORE_SECONDS} seconds"),
        Target::Shell => format!("about {} seconds", CORE_SECONDS + RUNTIME_SECONDS),
        Target::Services => format!("about {ALL_MINUTES} minutes"),
    }
}

/// The same of the book's server.
pub fn first_book() -> String {
    format!("about {BOOK_SECONDS} seconds")
}

/// The same of a lab's bench.
pub fn first_bench() -> String {
    format!("about {BENCH_MINUTES} minutes")
}

/// What to read, what to edit, how long, and the first command. `needs` says which target proves a stage.
pub fn start(
    page: &Page,
    lab: &Manifest,
    progress: &Progress,
    chapter: Option<&str>,
    instructions: Option<&str>,
    needs: impl Fn(u32) -> Target,
) -> String {
    let (id, folder) = (&lab.id, folder(lab));
    let mut out = page.paragraph(
        0,
        Ink::Bold,
        &format!("{} {}, {}", lab.number, lab.title, minutes(lab.minutes())),
    );
    if !lab.prerequisites.is_empty() {
        let before: Vec<_> = lab.prerequisites.iter().map(|id| id.as_str()).collect();
        out += &page.field("first", Ink::Dim, &before.join(", "));
    }
    if let Some(chapter) = chapter {
        out += &page.field("read", Ink::Dim, chapter);
        if let Some(instructions) = instructions.filter(|page| *page != chapter) {
            out += &page.field("do", Ink::Dim, &format!("{instructions}, stage by stage"));
        }
    }
    out += &page.field(
        "edit",
        Ink::Dim,
        &format!("labs/{folder}/src, the `todo!`s of one stage at a time"),
    );
    out += &page.field(
        "suite",
        Ink::Dim,
        &format!("tests/{folder}: what must hold; nothing in it changes"),
    );
    out += "\n";
    for stage in &lab.stages {
        let passed = progress.stage(id, stage.number).passed.is_some();
        let (ink, mark) = if passed {
            (Ink::Green, "ok")
        } else {
            (Ink::Plain, "  ")
        };
        let needs = match stage.services.as_slice() {
            [] => "no service".to_owned(),
            some => services(some),
        };
        let text = format!("{}, {}, {needs}", stage.title, minutes(stage.minutes));
        out += &page.field(&format!("{} {mark}", stage.number), ink, &text);
        let files: Vec<_> = stage.files.iter().map(|file| file.as_str()).collect();
        out += &page.paragraph(11, Ink::Dim, &files.join(" "));
    }
    out += "\n";
    let next = super::labs::next(lab, progress);
    let Some(stage) = next.or(lab.stages.first()) else {
        return out;
    };
    let target = needs(stage.number);
    out += &page.paragraph(
        0,
        Ink::Plain,
        &format!(
            "{} command:",
            if stage.number == 1 { "First" } else { "Next" }
        ),
    );
    out += &page.command(&format!("cargo lab test {id} --stage {}", stage.number));
    let mut times = format!(
        "The first build takes {}, later ones seconds.",
        first_build(target)
    );
    let later = |wanted: Target| {
        target < wanted && lab.stages.iter().any(|stage| needs(stage.number) == wanted)
    };
    if later(Target::Shell) {
        times += &format!(
            " The first stage with a runtime builds that too: about {RUNTIME_SECONDS} seconds more, once."
        );
    }
    if later(Target::Services) {
        times += &format!(
            " The first stage with services builds their clients too: {}, once. `cargo lab up` starts the services.",
            first_build(Target::Services)
        );
    }
    out + &page.paragraph(0, Ink::Plain, &times)
}

/// Some of a stage's hints; `upto` of three, from `from`.
pub fn hints(page: &Page, lab: &Manifest, stage: &Stage, from: usize, upto: usize) -> String {
    const NAMES: [&str; 3] = ["nudge", "direction", "near code"];
    let mut out = page.paragraph(
        0,
        Ink::Bold,
        &format!("{}, stage {}: {}", lab.title, stage.number, stage.title),
    );
    for (index, hint) in stage.hints.iter().enumerate().take(upto).skip(from) {
        out += &page.paragraph(
            0,
            Ink::Dim,
            &format!("hint {} of 3, {}", index + 1, NAMES[index]),
        );
        out += &page.paragraph(2, Ink::Plain, hint);
    }
    out += "\n";
    if upto < stage.hints.len() {
        out += &page.paragraph(0, Ink::Plain, "The next one, when this is not enough:");
        out += &page.command(&format!(
            "cargo lab hint {} --stage {}",
            lab.id, stage.number
        ));
    } else {
        out += &page.paragraph(
            0,
            Ink::Plain,
            "That was the last. The reference, if you must:",
        );
        out += &page.command(&format!(
            "cargo lab solution {} --stage {} --give-up",
            lab.id, stage.number
        ));
    }
    out
}

/// After a stage passed: what is next.
pub fn passed(page: &Page, lab: &Manifest, stage: u32, progress: &Progress) -> String {
    let id = &lab.id;
    let mut out = page.paragraph(0, Ink::Green, &format!("Stage {stage} holds."));
    out += &page.paragraph(0, Ink::Plain, "Compare with the reference:");
    out += &page.command(&format!("cargo lab solution {id} --stage {stage}"));
    match super::labs::next(lab, progress) {
        Some(next) => {
            let text = format!(
                "Next, stage {}: {}, {}.",
                next.number,
                next.title,
                minutes(next.minutes)
            );
            out += &page.paragraph(0, Ink::Plain, &text);
            out += &page.command(&format!("cargo lab test {id} --stage {}", next.number));
        }
        None => {
            let text = format!(
                "All stages of {} hold. Now see what happens to designs that look right:",
                lab.title
            );
            out += &page.paragraph(0, Ink::Plain, &text);
            let design = lab
                .broken
                .first()
                .map_or("<design>", |broken| broken.name.as_str());
            out += &page.command(&format!("cargo lab break {id} {design}"));
        }
    }
    out
}
