//! `dev export`: labs/NN-topic from solutions/NN-topic.
//!
//! src/ is the skeleton and Cargo.toml the reference's without what a learner does not build. Nothing else in the
//! lab's folder is touched.

use std::fs;

use anyhow::Context as _;
use contract::{Lab, compose};

use crate::proof::{Outcome, Report};
use crate::shadow;

/// Writes one lab, or with `check` says what has drifted.
pub fn run(lab: &Lab, check: bool, report: &mut Report) {
    let what = if check { "labs/ as exported" } else { "export" };
    report.step(lab.id(), what, || {
        let drifted = drifted(lab)?;
        if check && !drifted.is_empty() {
            let again = format!("write it again: cargo lab dev export {}", lab.id());
            return Ok(Outcome::Failed(
                drifted.into_iter().chain([again]).collect(),
            ));
        }
        if !check {
            write(lab)?;
        }
        Ok(Outcome::Passed(match drifted.len() {
            0 => "no drift".to_owned(),
            count => format!("{count} files written"),
        }))
    });
}

/// The files of the lab that are not as they would be exported.
///
/// # Errors
/// The reference cannot be composed, or the lab's folder cannot be read.
pub fn drifted(lab: &Lab) -> anyhow::Result<Vec<String>> {
    let shown = lab.lab_path();
    let mut drifted = Vec::new();
    let skeleton = compose::skeleton(lab)?;
    let same =
        |path: &std::path::Path, text: &str| fs::read_to_string(path).is_ok_and(|old| old == text);
    if !same(&lab.lab_dir().join("Cargo.toml"), &shadow::for_lab_of(lab)?) {
        drifted.push(format!("{} differs", shown.join("Cargo.toml").display()));
    }
    let src = lab.lab_dir().join("src");
    for (path, text) in &skeleton {
        if !same(&src.join(path), text) {
            drifted.push(format!(
                "{} differs",
                shown.join("src").join(path).display()
            ));
        }
    }
    for path in shadow::sources(&src)?
        .into_iter()
        .filter(|path| !skeleton.contains_key(path))
    {
        drifted.push(format!(
            "{} is not in the reference",
            shown.join("src").join(path).display()
        ));
    }
    Ok(drifted)
}

fn write(lab: &Lab) -> anyhow::Result<()> {
    let skeleton = compose::skeleton(lab)?;
    fs::create_dir_all(lab.lab_dir()).with_context(|| lab.lab_path().display().to_string())?;
    shadow::write_if_changed(&lab.lab_dir().join("Cargo.toml"), &shadow::for_lab_of(lab)?)?;
    shadow::write_tree(&lab.lab_dir().join("src"), &skeleton)?;
    Ok(())
}
