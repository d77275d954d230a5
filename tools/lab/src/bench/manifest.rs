//! The Cargo.toml of a bench and of each broken design in it, both made of the reference's.
//!
//! The bench's is the root of a workspace with the checkout's tables in it (as a shadow's is), and the designs are its members,
//! so that `x.workspace = true` finds in all of them what it finds in the checkout, and no dependency is compiled anew. The reference
//! and the learner's lab stay where they are, members of the checkout.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use toml::{Table, Value};

use crate::shadow::{crate_name, own_workspace};

/// What a bench is made of.
pub(super) struct Parts<'a> {
    /// The lab's id.
    pub id: &'a str,
    /// The checkout.
    pub root: &'a Path,
    /// tests/NN-topic/bench.rs, absolute.
    pub source: &'a Path,
    /// solutions/NN-topic, absolute.
    pub reference: &'a Path,
    /// labs/NN-topic, absolute.
    pub lab: &'a Path,
    /// The broken designs.
    pub designs: &'a [&'a str],
}

/// The bench's manifest, from the root's and the reference's. Of the reference's dependencies it has those that its
/// code names.
pub(super) fn for_bench(
    parts: &Parts<'_>,
    root: &str,
    reference: &str,
    code: &str,
) -> anyhow::Result<String> {
    let mut root: Table = root.parse().context("the workspace's Cargo.toml")?;
    let reference: Table = reference.parse().context("the reference's Cargo.toml")?;
    let name = program(parts.id);
    let mut out = Table::new();
    let mut package = Table::new();
    package.insert("name".to_owned(), name.clone().into());
    let of_workspace = Table::from_iter([("workspace".to_owned(), true.into())]);
    package.insert("edition".to_owned(), of_workspace.into());
    out.insert("package".to_owned(), package.into());
    let source = parts.source.display().to_string();
    let bin = Table::from_iter([
        ("name".to_owned(), name.into()),
        ("path".to_owned(), source.into()),
    ]);
    out.insert("bin".to_owned(), Value::Array(vec![bin.into()]));
    let yours = Value::Array(vec!["dep:yours".into()]);
    let features = Table::from_iter([("yours".to_owned(), yours)]);
    out.insert("features".to_owned(), features.into());
    let lints = Table::from_iter([("workspace".to_owned(), true.into())]);
    out.insert("lints".to_owned(), lints.into());

    let mut dependencies = named(&reference, &words(code));
    let of_workspace = Table::from_iter([("workspace".to_owned(), true.into())]);
    dependencies.insert("measure".to_owned(), of_workspace.into());
    let reference_name = format!("{}-solution", parts.id);
    let reference = variant(&reference_name, &parts.reference.display().to_string());
    dependencies.insert("reference".to_owned(), reference.into());
    let mut yours = variant(parts.id, &parts.lab.display().to_string());
    yours.insert("optional".to_owned(), true.into());
    dependencies.insert("yours".to_owned(), yours.into());
    for &design in parts.designs {
        dependencies.insert(crate_name(design), variant(design, design).into());
    }
    out.insert("dependencies".to_owned(), dependencies.into());
    own_workspace(&mut out, &mut root, parts.root, parts.designs);
    Ok(toml::to_string(&out)?)
}

/// A design's manifest: the reference's library under the design's name.
pub(super) fn for_design(design: &str, reference: &str) -> anyhow::Result<String> {
    let mut out: Table = reference.parse().context("the reference's Cargo.toml")?;
    for section in ["dev-dependencies", "bin", "test", "bench", "example"] {
        out.remove(section);
    }
    if let Some(package) = out.get_mut("package").and_then(Value::as_table_mut) {
        package.insert("name".to_owned(), design.into());
        package.insert("autobins".to_owned(), false.into());
        package.remove("default-run");
    }
    Ok(toml::to_string(&out)?)
}

/// The program's name: apart from every package of the checkout, whose target folder it shares.
pub(super) fn program(id: &str) -> String {
    format!("{id}-bench")
}

/// The words of some code, its line comments apart.
pub(super) fn words(code: &str) -> BTreeSet<&str> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split(move |c| !part(c)))
        .filter(|word| !word.is_empty())
        .collect()
}

/// A variant of the lab: its shell too, and nothing of its suite.
fn variant(package: &str, path: &str) -> Table {
    Table::from_iter([
        ("package".to_owned(), package.into()),
        ("path".to_owned(), path.into()),
        ("default-features".to_owned(), false.into()),
        ("features".to_owned(), Value::Array(vec!["io".into()])),
    ])
}

/// The reference's dependencies that these words name.
fn named(reference: &Table, words: &BTreeSet<&str>) -> Table {
    let all = reference.get("dependencies").and_then(Value::as_table);
    all.into_iter()
        .flatten()
        .filter(|(name, _)| words.contains(crate_name(name).as_str()))
        .map(|(name, dependency)| {
            let mut dependency = dependency.clone();
            if let Value::Table(table) = &mut dependency {
                table.remove("optional");
            }
            (name.clone(), dependency)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"
[workspace]
members = ["labs/*", "solutions/*"]
default-members = ["solutions/*"]

[workspace.package]
edition = "2024"

[workspace.dependencies]
futures-util = "0.3"
measure = { path = "tools/measure" }
redis = "1.8"

[profile.bench]
debug = "line-tables-only"
"#;

    const REFERENCE: &str = r#"
[package]
name = "tiny-solution"
edition.workspace = true
default-run = "tiny"

[lib]
name = "tiny"

[[bin]]
name = "tiny"
path = "src/main.rs"

[features]
default = ["io"]
io = ["dep:redis"]
bench = ["dep:criterion"]

[dependencies]
criterion = { workspace = true, optional = true }
futures-util.workspace = true
redis = { workspace = true, optional = true }

[dev-dependencies]
proptest.workspace = true

[[test]]
name = "core"
path = "../../tests/07-tiny/core.rs"
"#;

    fn parts<'a>(designs: &'a [&'a str]) -> Parts<'a> {
        Parts {
            id: "tiny",
            root: Path::new("/book"),
            source: Path::new("/book/tests/07-tiny/bench.rs"),
            reference: Path::new("/book/solutions/07-tiny"),
            lab: Path::new("/book/labs/07-tiny"),
            designs,
        }
    }

    #[test]
    fn a_bench_links_every_variant_by_a_name_of_its_own() {
        let code = "//! Not criterion.\nuse futures_util::StreamExt;\nfn f(conn: redis::Conn) {}\n";
        let text = for_bench(&parts(&["look-then-take"]), ROOT, REFERENCE, code).unwrap();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_design_is_the_references_library_under_its_own_name() {
        insta::assert_snapshot!(for_design("look-then-take", REFERENCE).unwrap());
    }

    #[test]
    fn a_dependency_in_a_comment_is_not_used() {
        let used = words("// not criterion\n    /// nor governor\nuse redis::{Conn};");
        assert!(used.contains("redis") && used.contains("Conn"));
        assert!(!used.contains("criterion") && !used.contains("governor"));
    }
}
