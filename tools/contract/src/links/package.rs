//! What the reference's Cargo.toml says of the suite: a `[[test]]` for each root file, with the feature that it needs.
//!
//! Cargo would say some of it, but late and of one package: a `shell.rs` without its `[[test]]` is never run by `cargo
//! test -p <lab>`, and a default feature that is too large makes a lab without servers compile every client.

use std::path::Path;

use toml::de::{DeArray, DeTable, DeValue};

use crate::diagnostic::line_of;
use crate::suite::{Target, Targets};
use crate::{Diagnostics, Lab, read};

/// Every mistake of the reference's manifest.
pub(super) fn check(lab: &Lab) -> Result<(), Diagnostics> {
    let file = lab.solution_path().join("Cargo.toml");
    let text = read::text(lab.root(), &file)?;
    let root = DeTable::parse(&text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_of(&text, span.start));
        Diagnostics::one(&file, line, format!("not TOML: {}", error.message()))
    })?;
    let mut told = Told {
        file: &file,
        text: &text,
        errors: Diagnostics::new(),
    };
    let targets = Targets::of(lab);
    names(lab, root.get_ref(), &mut told);
    tests(lab, root.get_ref(), targets, &mut told);
    default(root.get_ref(), targets, &mut told);
    told.errors.into_result(())
}

struct Told<'a> {
    file: &'a Path,
    text: &'a str,
    errors: Diagnostics,
}

impl Told<'_> {
    fn at(&mut self, offset: usize, message: String) {
        let line = line_of(self.text, offset);
        self.errors.push(self.file, line, message);
    }

    fn whole(&mut self, message: String) {
        self.errors.push(self.file, 0, message);
    }
}

/// The package and the library: commands and the suite know them by the lab's id.
fn names(lab: &Lab, root: &DeTable<'_>, told: &mut Told<'_>) {
    let wanted = [
        ("package", format!("{}-solution", lab.id())),
        ("lib", lab.crate_name()),
    ];
    for (table, wanted) in wanted {
        let name = root
            .get(table)
            .and_then(|table| table.get_ref().as_table()?.get("name"));
        match name {
            Some(name) if name.get_ref().as_str() == Some(&wanted) => {}
            Some(name) => told.at(
                name.span().start,
                format!("the {table} of this lab is called `{wanted}`"),
            ),
            None => told.whole(format!("[{table}] has no name: `{wanted}`")),
        }
    }
}

/// A `[[test]]` for each root file, and none without one.
fn tests(lab: &Lab, root: &DeTable<'_>, targets: Targets, told: &mut Told<'_>) {
    let none = DeArray::new();
    let tests = root
        .get("test")
        .and_then(|tests| tests.get_ref().as_array())
        .unwrap_or(&none);
    for target in Target::ALL {
        let name = target.as_str();
        let found = tests.iter().find_map(|test| {
            let table = test.get_ref().as_table()?;
            (table.get("name")?.get_ref().as_str() == Some(name)).then_some((test, table))
        });
        let path = Path::new("../..")
            .join(lab.contract_path())
            .join(target.root());
        let shown = lab.contract_path().join(target.root());
        let (test, table) = match found {
            None if targets.has(target) => {
                told.whole(format!("no [[test]] `{name}` with {}", path.display()));
                continue;
            }
            None => continue,
            Some(found) => found,
        };
        let line = test.span().start;
        if !targets.has(target) {
            told.at(
                line,
                format!("[[test]] `{name}`: there is no {}", shown.display()),
            );
            continue;
        }
        let is_path = table
            .get("path")
            .is_some_and(|own| own.get_ref().as_str().map(Path::new) == Some(&path));
        if !is_path {
            told.at(
                line,
                format!("[[test]] `{name}`: its path is {}", path.display()),
            );
        }
        let wanted: Vec<&str> = target.feature().into_iter().collect();
        if texts(table.get("required-features").map(|list| list.get_ref())) != wanted {
            told.at(
                line,
                format!("[[test]] `{name}`: required-features = {wanted:?}"),
            );
        }
    }
}

/// What `cargo test -p <lab>` compiles: everything that its suite needs, and no more.
fn default(root: &DeTable<'_>, targets: Targets, told: &mut Told<'_>) {
    let wanted = match targets.highest() {
        Target::Core | Target::Shell => "io",
        Target::Services => "suite",
    };
    let default = root
        .get("features")
        .and_then(|features| features.get_ref().as_table()?.get("default"));
    if texts(default.map(|list| list.get_ref())) != [wanted] {
        let message = format!(
            "default = [\"{wanted}\"] for a suite {} services.rs",
            if targets.has(Target::Services) {
                "with a"
            } else {
                "without"
            }
        );
        match default {
            Some(default) => told.at(default.span().start, message),
            None => told.whole(message),
        }
    }
}

fn texts<'t>(list: Option<&'t DeValue<'_>>) -> Vec<&'t str> {
    list.and_then(DeValue::as_array)
        .into_iter()
        .flatten()
        .filter_map(|text| text.get_ref().as_str())
        .collect()
}
