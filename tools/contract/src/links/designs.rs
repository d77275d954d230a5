//! The broken designs: their files, their regions, and that the reference never names them.

use crate::compose::{self, Reference};
use crate::{Diagnostics, Lab, Manifest, read};

/// Each design's file replaces exactly the regions that lab.toml says.
pub(super) fn regions(lab: &Lab, reference: &Reference, errors: &mut Diagnostics) {
    let manifest = &lab.manifest;
    for broken in &manifest.broken {
        if broken.regions.is_empty() {
            errors.push(
                &manifest.file,
                broken.line,
                format!("`{}` replaces no region", broken.name),
            );
        }
        for name in broken.regions.iter().filter(|name| {
            let regions = reference.regions();
            regions.iter().all(|region| region.name != name.as_str())
        }) {
            errors.push(
                &manifest.file,
                name.line,
                format!("unknown anchor: no region `{name}` in the reference"),
            );
        }
        let Some(overrides) = errors.collect(compose::overrides_of(lab, &broken.name)) else {
            continue;
        };
        for new in overrides.iter().filter(|new| {
            broken
                .regions
                .iter()
                .all(|name| name.as_str() != new.region)
        }) {
            let message = format!(
                "region `{}` is not among the `regions` of `{}` in lab.toml",
                new.region, broken.name
            );
            errors.push(&new.shown, new.line, message);
        }
        for name in broken
            .regions
            .iter()
            .filter(|name| overrides.iter().all(|new| name.as_str() != new.region))
        {
            errors.push(
                &manifest.file,
                name.line,
                format!("`{}` does not replace `{name}`", broken.name),
            );
        }
        errors.collect(reference.with(&overrides));
    }
    let files = errors
        .collect(read::tree(
            lab.root(),
            &lab.contract_path().join("broken"),
            &compose::EXTENSIONS,
        ))
        .unwrap_or_default();
    for file in files {
        let stem = file
            .path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        if manifest.broken(stem).is_none() {
            errors.push(
                &file.shown,
                0,
                format!("no [[broken]] of lab.toml is called `{stem}`"),
            );
        }
    }
}

/// A reference never names a broken design: whoever reads it would look for the rest of it.
pub(super) fn traces(manifest: &Manifest, reference: &Reference) -> Result<(), Diagnostics> {
    let mut errors = Diagnostics::new();
    for broken in &manifest.broken {
        let spellings = spellings(&broken.name);
        // A name of one word may be an ordinary one: only a type of that name in code counts.
        let one_word = spellings.len() == 1;
        for file in reference.files() {
            for (number, line) in (1..).zip(file.text.lines()) {
                let line = if one_word {
                    line.split("//").next().unwrap_or("")
                } else {
                    line
                };
                if let Some(spelling) = spellings.iter().find(|spelling| has_word(line, spelling)) {
                    let message =
                        format!("`{spelling}`: the reference bears no trace of a broken design");
                    errors.push(&file.shown, number, message);
                }
            }
        }
    }
    errors.into_result(())
}

/// `decr-then-rollback`, `decr_then_rollback`, `DecrThenRollback`; of a single word only the last.
fn spellings(name: &str) -> Vec<String> {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let camel: String = name
        .split('-')
        .filter(|word| !word.is_empty())
        .map(capital)
        .collect();
    if name.contains('-') {
        vec![name.to_owned(), name.replace('-', "_"), camel]
    } else {
        vec![camel]
    }
}

fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(part) && !line[at + word.len()..].starts_with(part))
}
