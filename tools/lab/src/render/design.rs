//! A broken design that was run: what it is, what it breaks, and how that looked.

use std::path::Path;

use contract::{Broken, Kind, Manifest, Origin};

use super::folder;
use super::outcome::What;
use crate::page::{Ink, Page};
use crate::proof::judge;
use crate::runner::{Outcome, TestResult};

/// How the test that should kill a design ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By an assertion: the design is wrong, and this is where it shows.
    ByAssertion,
    /// It passed.
    Survived,
    /// By something that says nothing about the design, such as a missing service.
    Otherwise,
}

impl Ending {
    /// Judges as `cargo lab dev broken` does.
    pub fn of(broken: &Broken, result: &TestResult) -> Ending {
        match judge::killed(broken.breaks, result) {
            Ok(_) => Ending::ByAssertion,
            Err(_) if result.outcome == Outcome::Ok => Ending::Survived,
            Err(_) => Ending::Otherwise,
        }
    }
}

/// What is about to run.
pub fn head(page: &Page, lab: &Manifest, broken: &Broken) -> String {
    let mut out = page.paragraph(
        0,
        Ink::Bold,
        &format!("{}: {}", broken.name, broken.summary),
    );
    out += &page.field(
        "design",
        Ink::Dim,
        &format!("tests/{}/broken/{}.rs", folder(lab), broken.name),
    );
    let origin = match broken.from {
        Origin::Sketch => "a sketch of the source",
        Origin::Classic => "a classic mistake",
    };
    out += &page.field("from", Ink::Dim, origin);
    if let Some(invariant) = lab
        .invariants
        .iter()
        .find(|invariant| invariant.id == broken.breaks)
    {
        out += &page.field(
            &format!("INV-{}", invariant.id),
            Ink::Bold,
            &invariant.sentence,
        );
    }
    if let Kind::Costly { counts } = &broken.kind {
        out += &page.field("counted", Ink::Dim, counts);
    }
    out + &page.field("test", Ink::Dim, &broken.test)
}

/// How it went.
pub fn end(page: &Page, broken: &Broken, root: &Path, result: &TestResult) -> String {
    let mut out = String::new();
    if result.outcome == Outcome::Failed {
        let what = What::of(root, result);
        if let Some(location) = &what.location {
            out += &page.field("at", Ink::Dim, location);
        }
        out += &page.field("because", Ink::Red, &what.message);
    }
    out += "\n";
    let (ink, verdict) = match (Ending::of(broken, result), &broken.kind) {
        (Ending::ByAssertion, Kind::Wrong) => (
            Ink::Green,
            format!(
                "It fails, as it must: this design breaks INV-{}.",
                broken.breaks
            ),
        ),
        (Ending::ByAssertion, Kind::Costly { counts }) => (
            Ink::Green,
            format!("It fails, as it must: this design is right and pays too much in {counts}."),
        ),
        (Ending::Survived, _) => (
            Ink::Red,
            "It did not fail. It should have: the suite or the design has changed.".into(),
        ),
        (Ending::Otherwise, _) => (
            Ink::Yellow,
            "It failed, but not by an assertion, so this says nothing about the design.".into(),
        ),
    };
    out + &page.paragraph(0, ink, &verdict)
}
