//! A chaos run: what will go wrong, what goes wrong, and what that came to.

use chaos::{Schedule, Verdict};
use contract::{Broken, Manifest};

use super::count;
use crate::page::{Ink, Page};

/// Violations that are told in full; the others are counted.
const TOLD: usize = 3;

/// Whose code runs.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'l> {
    /// The learner's.
    Yours,
    /// The finished one.
    Reference,
    /// One that must be found out.
    Design(&'l Broken),
}

impl Whose<'_> {
    /// For the name of a file: `yours`, `reference`, the design's.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Whose::Yours => "yours",
            Whose::Reference => "reference",
            Whose::Design(broken) => &broken.name,
        }
    }

    /// In a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Whose::Yours => "your code".to_owned(),
            Whose::Reference => "the reference".to_owned(),
            Whose::Design(broken) => format!("the design {}", broken.name),
        }
    }

    /// The invariant that it is known to break.
    #[must_use]
    pub fn breaks(&self) -> Option<u32> {
        match self {
            Whose::Design(broken) => Some(broken.breaks),
            Whose::Yours | Whose::Reference => None,
        }
    }

    /// The command that runs it again.
    #[must_use]
    pub fn command(&self, lab: &str, seed: u64) -> String {
        let whose = match self {
            Whose::Yours => String::new(),
            Whose::Reference => " --solution".to_owned(),
            Whose::Design(broken) => format!(" --design {}", broken.name),
        };
        format!("cargo lab chaos {lab}{whose} --seed {seed}")
    }
}

/// What is about to run.
#[must_use]
pub fn head(page: &Page, lab: &Manifest, whose: Whose<'_>, seed: u64) -> String {
    let mut out = page.paragraph(
        0,
        Ink::Bold,
        &format!("{}, chaos: {}, seed {seed}", lab.title, whose.words()),
    );
    if let Whose::Design(broken) = whose {
        out += &page.field("design", Ink::Dim, &broken.summary);
    }
    out
}

/// What will go wrong.
#[must_use]
pub fn schedule(page: &Page, schedule: &Schedule) -> String {
    let mut out = page.field("faults", Ink::Dim, &count(schedule.faults.len(), "fault"));
    for fault in &schedule.faults {
        let (at, lasts) = (fault.at_ms as f64 / 1e3, fault.lasts_ms as f64 / 1e3);
        out += &page.field(
            &format!("{at:>4.1} s"),
            Ink::Dim,
            &format!("{}, for {lasts:.1} s", fault.name()),
        );
    }
    out
}

/// Something that happened.
#[must_use]
pub fn progress(page: &Page, at_us: u64, text: &str) -> String {
    page.field(&format!("{:>4.1} s", at_us as f64 / 1e6), Ink::Plain, text)
}

/// What it came to. `file` is the timeline, `again` the command.
#[must_use]
pub fn end(
    page: &Page,
    lab: &Manifest,
    whose: Whose<'_>,
    verdict: &Verdict,
    ops: usize,
    file: &str,
    again: &str,
) -> String {
    let mut out = String::from("\n");
    if let Verdict::Violated { violations } = verdict {
        let mut violations: Vec<_> = violations.iter().collect();
        violations.sort_by_key(|violation| Some(violation.invariant) != whose.breaks());
        for violation in violations.iter().take(TOLD) {
            let at = violation.at_us as f64 / 1e6;
            out += &page.field(
                &format!("INV-{}", violation.invariant),
                Ink::Red,
                &format!("at {at:.2} s: {}.", violation.sentence),
            );
            for line in &violation.evidence {
                out += &page.paragraph(11, Ink::Dim, line);
            }
            if let Some(invariant) = lab
                .invariants
                .iter()
                .find(|invariant| invariant.id == violation.invariant)
            {
                out += &page.paragraph(11, Ink::Dim, &invariant.sentence);
            }
        }
        if violations.len() > TOLD {
            out += &page.field(
                "",
                Ink::Dim,
                &format!("and {}", count(violations.len() - TOLD, "more violation")),
            );
        }
        out += "\n";
    }
    let (ink, text) = match (verdict, whose) {
        (Verdict::Holds, Whose::Design(_)) => (
            Ink::Yellow,
            format!(
                "Not found with this seed: every invariant held over {}. Another seed may.",
                count(ops, "operation")
            ),
        ),
        (Verdict::Holds, Whose::Yours | Whose::Reference) => (
            Ink::Green,
            format!(
                "It holds: {}, and every invariant that chaos judges is kept.",
                count(ops, "operation")
            ),
        ),
        (Verdict::Violated { .. }, Whose::Design(_)) => {
            (Ink::Green, "Found out, as it must be.".to_owned())
        }
        (Verdict::Violated { .. }, Whose::Yours | Whose::Reference) => {
            (Ink::Red, "It does not hold.".to_owned())
        }
        (Verdict::Inconclusive { reason }, _) => {
            (Ink::Yellow, format!("The run says nothing: {reason}."))
        }
    };
    out += &page.paragraph(0, ink, &text);
    out += &page.field("timeline", Ink::Dim, file);
    out + &page.paragraph(2, Ink::Dim, "again") + &page.command(again)
}

/// Stages that are not written yet, where a run met them.
#[must_use]
pub fn unwritten(page: &Page, lab: &str, stages: &[(u32, String, String)]) -> String {
    let mut out = String::from("\n");
    for (stage, words, location) in stages {
        out += &page.paragraph(
            0,
            Ink::Yellow,
            &format!("stage {stage} is not written yet:"),
        );
        out += &page.paragraph(2, Ink::Plain, &format!("{location}  {words}"));
    }
    out + &page.paragraph(
        0,
        Ink::Plain,
        "A chaos run needs all stages. With the reference:",
    ) + &page.command(&format!("cargo lab chaos {lab} --solution"))
}

/// One run of a sweep.
#[must_use]
pub fn swept(page: &Page, seed: u64, whose: Whose<'_>, verdict: &Verdict) -> String {
    let (ink, text) = match (verdict, verdict.shown(whose.breaks())) {
        (_, Some(violation)) => (
            Ink::Red,
            format!(
                "INV-{} at {:.2} s: {}",
                violation.invariant,
                violation.at_us as f64 / 1e6,
                violation.sentence
            ),
        ),
        (Verdict::Inconclusive { reason }, None) => {
            (Ink::Yellow, format!("says nothing: {reason}"))
        }
        (Verdict::Holds | Verdict::Violated { .. }, None) => (Ink::Green, "holds".to_owned()),
    };
    page.field(&format!("seed {seed}"), ink, &text)
}
