//! What `doctor` found and what `down` removed.

use serde_json::{Value, json};

use super::count;
use crate::page::{Ink, Page};
use crate::remains::Remains;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there.
    Fine,
    /// It is not there, and nothing here needs it.
    NotNeeded,
    /// It will do, but.
    Poor,
    /// It is not there and labs need it.
    Missing,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// How it came out.
    pub state: State,
    /// A version, a number, or why not.
    pub found: String,
}

/// Everything that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the testbed would use: `url`, `docker` or `native`, and why.
    pub backend: &'static str,
    /// Why that one.
    pub because: String,
    /// The checks, in the order that they are read.
    pub checks: Vec<Check>,
    /// The one command that mends what is missing.
    pub mend: Option<String>,
}

impl Report {
    /// Whether every lab can run here.
    pub fn is_fine(&self) -> bool {
        self.checks
            .iter()
            .all(|check| check.state != State::Missing)
    }
}

/// The report for a reader.
pub fn report(page: &Page, report: &Report) -> String {
    let mut out = String::new();
    for check in &report.checks {
        let (ink, word) = match check.state {
            State::Fine => (Ink::Green, "ok"),
            State::NotNeeded => (Ink::Dim, "-"),
            State::Poor => (Ink::Yellow, "poor"),
            State::Missing => (Ink::Red, "missing"),
        };
        out += &page.field(word, ink, &format!("{}: {}", check.name, check.found));
    }
    out += "\n";
    out += &page.paragraph(
        0,
        Ink::Plain,
        &format!(
            "Services come from: {} ({}).",
            report.backend, report.because
        ),
    );
    match &report.mend {
        Some(command) => {
            out += &page.paragraph(0, Ink::Plain, "What is missing comes with:");
            out += &page.command(command);
        }
        None if report.is_fine() => {
            out += &page.paragraph(0, Ink::Green, "Everything that the labs need is here.")
        }
        None => {}
    }
    out
}

/// The report for a script.
pub fn json(report: &Report) -> Value {
    let state = |state: State| match state {
        State::Fine => "ok",
        State::NotNeeded => "not needed",
        State::Poor => "poor",
        State::Missing => "missing",
    };
    let check = |check: &Check| json!({ "name": check.name, "state": state(check.state), "found": check.found });
    json!({
        "ok": report.is_fine(), "backend": report.backend, "because": report.because, "mend": report.mend,
        "checks": report.checks.iter().map(check).collect::<Vec<_>>(),
    })
}

/// What was removed.
pub fn removed(page: &Page, remains: &Remains) -> String {
    let mut out = if remains.is_empty() {
        page.paragraph(0, Ink::Plain, "Nothing of the labs is on this machine.")
    } else {
        page.paragraph(0, Ink::Bold, "Removed:") + &remaining(page, remains)
    };
    if remains.docker_is_silent {
        let text = "Docker does not answer, so nobody looked for containers.";
        out += &page.paragraph(0, Ink::Yellow, text);
    }
    out
}

/// What is there, a line a kind.
pub fn remaining(page: &Page, remains: &Remains) -> String {
    let servers = remains
        .servers
        .iter()
        .map(|server| format!("{} (process {})", server.name, server.pid))
        .collect();
    let folders = remains
        .folders
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let kinds: [(&str, Vec<String>); 5] = [
        ("server", servers),
        ("container", remains.containers.clone()),
        ("volume", remains.volumes.clone()),
        ("network", remains.networks.clone()),
        ("folder", folders),
    ];
    let mut out = String::new();
    for (kind, names) in kinds.iter().filter(|(_, names)| !names.is_empty()) {
        out += &page.paragraph(
            2,
            Ink::Plain,
            &format!("{}: {}", count(names.len(), kind), names.join(", ")),
        );
    }
    out
}
