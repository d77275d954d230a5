//! What the book shows of a broken design is what `cargo lab break` prints today.
//!
//! The chapters quote `book/data/NN-topic/broken/<design>.snap`: snapshots that this test takes of the command itself, run as a reader
//! runs it. A design that is recorded there is run; without the feature `recorded` only those whose test needs no service.
//! To record a design for the first time, or anew: `INSTA_UPDATE=always cargo test -p lab --features recorded --test recorded`
//! with an empty file of its name in place.

use std::path::Path;
use std::process::Command;

use contract::suite::{self, Target};
use contract::{Lab, Workspace};
use insta::Settings;

#[test]
fn the_book_shows_what_the_broken_designs_print() {
    let house = Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut wrong = Vec::new();
    let mut shown = 0;
    for lab in house.labs().unwrap() {
        let tests = suite::index(&lab).unwrap();
        let dir = house
            .root()
            .join("book/data")
            .join(lab.folder())
            .join("broken");
        for broken in &lab.manifest.broken {
            let snapshot = dir.join(format!("{}.snap", broken.name));
            let test = tests
                .iter()
                .find(|test| test.name == broken.test.as_str())
                .unwrap();
            // The rest builds every client.
            let quiet = test.target < Target::Services;
            if !snapshot.exists() || !(quiet || cfg!(feature = "recorded")) {
                continue;
            }
            shown += 1;
            let printed = run(&lab, &broken.name);
            let mut settings = Settings::clone_current();
            settings.set_snapshot_path(&dir);
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            let same = settings.bind(|| {
                std::panic::catch_unwind(|| insta::assert_snapshot!(broken.name.as_str(), printed))
            });
            if same.is_err() {
                wrong.push(broken.name.to_string());
            }
        }
    }
    assert!(shown > 0, "no design is recorded");
    assert_eq!(
        wrong, [""; 0],
        "these print something else than the book shows"
    );
}

/// What a terminal of 80 columns without colour shows; how long the build took is another number every time.
fn run(lab: &Lab, design: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["break", lab.id(), design])
        .current_dir(lab.root())
        .env("COLUMNS", "80")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{design}: {stdout}{stderr}");
    without_moments(&stdout)
}

/// Ids and moments, which are others every time: a dozen hexadecimal digits or more become dots.
fn without_moments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let digits = rest[start..]
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(rest.len() - start);
        let (before, run) = (&rest[..start], &rest[start..start + digits]);
        out += before;
        out += if digits >= 12 && run.chars().any(|c| c.is_ascii_digit()) {
            ".."
        } else {
            run
        };
        rest = &rest[start + digits..];
    }
    out + rest
}

#[test]
fn only_ids_and_moments_become_dots() {
    assert_eq!(
        without_moments("at 1795569106490, id 01a2107a99e472c6804aa3cb5eab0325: decade 990ms"),
        "at .., id ..: decade 990ms"
    );
}
