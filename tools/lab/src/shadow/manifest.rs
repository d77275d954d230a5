//! The Cargo.toml of a lab and of a shadow package, both made of the reference's.
//!
//! The lab's is text to text, because people read it: the comments stay. The shadow's is a value that nobody
//! reads: the package with the checkout's workspace tables in the same file, so that `x.workspace = true` finds
//! what it finds in the checkout.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use contract::Lab;
use contract::suite::Target;
use toml::{Table, Value};

/// The features of a reference that only its benches need, and the runs which the book shows.
const REFERENCE_ONLY: [&str; 2] = ["bench", "runs"];

/// The example that every variant has: its code, run on servers that fail.
const CHAOS: &str = "chaos";

/// The lab's manifest: the reference's without `-solution`, benches, examples (but the chaos run), tests that are none of the suite's,
/// the features of those, and the dependencies that only they need (`used` says whether a crate, by its name in code, is used in the suite or the sources).
fn for_lab(reference: &str, used: impl Fn(&str) -> bool) -> anyhow::Result<String> {
    let reference_only = reference_only(&reference.parse().context("the reference's Cargo.toml")?);
    let mut out = String::new();
    let mut section = "";
    // A comment belongs to what follows it, and goes with it; so does the rest of a list.
    let mut comments = String::new();
    let mut in_list = false;
    let mut lines = reference.lines().peekable();
    let mut target = None;
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with('#') {
            comments.push_str(line);
            comments.push('\n');
            continue;
        }
        let comment = std::mem::take(&mut comments);
        if in_list {
            in_list = !line.contains(']');
            continue;
        }
        if line.starts_with('[') {
            section = line.trim();
            // A target's name is its first line.
            target = lines.peek().and_then(|next| {
                let name = next.trim().strip_prefix("name = \"")?;
                name.strip_suffix('"')
            });
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        let is_entry = !name.is_empty() && !name.starts_with('[');
        let dropped = match section {
            "[[bench]]" => true,
            "[[example]]" => target != Some(CHAOS),
            // What the reference alone is tested for lies beside it.
            "[[test]]" => Target::ALL.iter().all(|own| target != Some(own.as_str())),
            "[features]" if REFERENCE_ONLY.contains(&name) => {
                in_list = !line.contains(']');
                true
            }
            "[dependencies]" => reference_only.contains(name),
            "[dev-dependencies]" => is_entry && !used(&crate_name(name)),
            _ => false,
        };
        if dropped {
            continue;
        }
        out.push_str(&comment);
        match (section, line.strip_suffix("-solution\"")) {
            ("[package]", Some(name)) if name.starts_with("name") => {
                out.push_str(&format!("{name}\"\n"))
            }
            _ => out.push_str(&format!("{line}\n")),
        }
    }
    out.truncate(out.trim_end().len());
    Ok(out + "\n")
}

/// The optional dependencies that no feature but those of the reference alone turns on.
fn reference_only(manifest: &Table) -> BTreeSet<String> {
    let mut its_own = BTreeSet::new();
    let mut others = BTreeSet::new();
    let features = manifest.get("features").and_then(Value::as_table);
    for (feature, enables) in features.into_iter().flatten() {
        let names = enables
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let of = if REFERENCE_ONLY.contains(&feature.as_str()) {
            &mut its_own
        } else {
            &mut others
        };
        of.extend(
            names
                .filter_map(|name| name.strip_prefix("dep:"))
                .map(str::to_owned),
        );
    }
    its_own.difference(&others).cloned().collect()
}

/// `for_lab` of a lab in the checkout.
///
/// # Errors
/// A file cannot be read.
pub fn for_lab_of(lab: &Lab) -> anyhow::Result<String> {
    let reference = super::read(&lab.solution_dir().join("Cargo.toml"))?;
    let mut code = String::new();
    for (dir, own) in [
        (lab.solution_dir().join("src"), true),
        (lab.contract_dir(), false),
    ] {
        for path in super::sources(&dir)? {
            // Beside the roots of the suite and of the chaos run lie benches, simulations and designs: no part of a lab's package.
            let stem = path.with_extension("");
            let roots = Target::ALL.map(Target::as_str);
            let apart = roots
                .into_iter()
                .chain([CHAOS])
                .all(|root| stem != Path::new(root) && !path.starts_with(root));
            if own || !apart {
                code.push_str(&super::read(&dir.join(path))?);
            }
        }
    }
    let part = |c: char| c.is_alphanumeric() || c == '_';
    for_lab(&reference, |name| {
        code.split(|c| !part(c)).any(|word| word == name)
    })
}

/// The shadow's manifest: `package` with the workspace tables of the root's manifest in it, every path absolute.
///
/// # Errors
/// One of them is not TOML.
pub(super) fn for_shadow(
    root: &str,
    package: &str,
    root_dir: &Path,
    package_dir: &Path,
) -> anyhow::Result<String> {
    let mut root: Table = root.parse().context("the workspace's Cargo.toml")?;
    let mut out: Table = package.parse().context("the package's Cargo.toml")?;
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        absolute(out.get_mut(section), package_dir);
    }
    for section in ["lib", "bin", "test", "example"] {
        let targets = out.get_mut(section).and_then(Value::as_array_mut);
        for target in targets.into_iter().flatten() {
            // What lies in src/ is the variant's own.
            if let Some(Value::String(path)) =
                target.get_mut("path").filter(|path| !starts_in_src(path))
            {
                *path = join(package_dir, path);
            }
        }
    }
    own_workspace(&mut out, &mut root, root_dir, &[]);
    Ok(toml::to_string(&out)?)
}

/// A dependency's name in code. Another lab's reference goes by that lab's name, as its library does.
pub(crate) fn crate_name(dependency: &str) -> String {
    let library = dependency.strip_suffix("-solution").unwrap_or(dependency);
    library.replace('-', "_")
}

/// Puts the checkout's workspace tables into a manifest, which so becomes the root of a workspace with these members.
pub(crate) fn own_workspace(out: &mut Table, root: &mut Table, root_dir: &Path, members: &[&str]) {
    if let Some(Value::Table(mut workspace)) = root.remove("workspace") {
        absolute(workspace.get_mut("dependencies"), root_dir);
        workspace.remove("default-members");
        let members = members.iter().map(|&member| member.into()).collect();
        workspace.insert("members".to_owned(), Value::Array(members));
        out.insert("workspace".to_owned(), Value::Table(workspace));
    }
    for section in ["profile", "patch"] {
        if let Some(value) = root.remove(section) {
            out.insert(section.to_owned(), value);
        }
    }
}

/// Makes the `path` of each dependency absolute.
fn absolute(dependencies: Option<&mut Value>, dir: &Path) {
    for (_, dependency) in dependencies
        .and_then(Value::as_table_mut)
        .into_iter()
        .flatten()
    {
        if let Some(Value::String(path)) = dependency.get_mut("path") {
            *path = join(dir, path);
        }
    }
}

fn starts_in_src(path: &Value) -> bool {
    path.as_str()
        .is_some_and(|path| Path::new(path).starts_with("src"))
}

/// `dir/path` without `..`, so that the compiler's messages and cargo's hashes see one spelling.
fn join(dir: &Path, path: &str) -> String {
    let mut joined = PathBuf::new();
    for part in dir.join(path).components() {
        match part {
            Component::ParentDir => {
                joined.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => joined.push(part),
        }
    }
    joined.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = r#"[package]
name = "tiny-solution"

# The shell.
[features]
io = ["dep:redis"]
# Only for the benches.
bench = ["dep:criterion",
    "dep:redis"]
# Only for what the book shows.
runs = ["io", "dep:measure"]

[dependencies]
criterion = { workspace = true, optional = true }
measure = { workspace = true, optional = true }
redis = { workspace = true, optional = true }

[dev-dependencies]
proptest.workspace = true
# For the bench.
plotters.workspace = true

[[bench]]
name = "gate"
harness = false

# Only the reference's.
[[example]]
name = "simulation"
path = "../../tests/07-tiny/simulation.rs"

# Everybody's.
[[example]]
name = "chaos"
path = "../../tests/07-tiny/chaos.rs"

[[test]]
name = "core"
path = "../../tests/07-tiny/core.rs"

[[bin]]
name = "tiny"
path = "src/main.rs"
"#;

    #[test]
    fn a_labs_manifest_has_no_benches_and_keeps_its_comments() {
        insta::assert_snapshot!(for_lab(REFERENCE, |name| name == "proptest").unwrap(), @r#"
    [package]
    name = "tiny"

    # The shell.
    [features]
    io = ["dep:redis"]

    [dependencies]
    redis = { workspace = true, optional = true }

    [dev-dependencies]
    proptest.workspace = true

    # Everybody's.
    [[example]]
    name = "chaos"
    path = "../../tests/07-tiny/chaos.rs"

    [[test]]
    name = "core"
    path = "../../tests/07-tiny/core.rs"

    [[bin]]
    name = "tiny"
    path = "src/main.rs"
    "#);
    }

    #[test]
    fn a_shadows_manifest_is_its_own_workspace() {
        let root = "[workspace]\nmembers = [\"labs/*\"]\ndefault-members = []\n[workspace.dependencies]\n\
            testbed = { path = \"tests/testbed\" }\ntokio = \"1\"\n[profile.dev]\ndebug = false\n";
        let package = for_lab(REFERENCE, |_| true).unwrap();
        let text = for_shadow(
            root,
            &package,
            Path::new("/book"),
            Path::new("/book/solutions/07-tiny"),
        )
        .unwrap();
        insta::assert_snapshot!(text, @r#"
    [[bin]]
    name = "tiny"
    path = "src/main.rs"

    [dependencies.redis]
    optional = true
    workspace = true

    [dev-dependencies.plotters]
    workspace = true

    [dev-dependencies.proptest]
    workspace = true

    [[example]]
    name = "chaos"
    path = "/book/tests/07-tiny/chaos.rs"

    [features]
    io = ["dep:redis"]

    [package]
    name = "tiny"

    [profile.dev]
    debug = false

    [[test]]
    name = "core"
    path = "/book/tests/07-tiny/core.rs"

    [workspace]
    members = []

    [workspace.dependencies]
    tokio = "1"

    [workspace.dependencies.testbed]
    path = "/book/tests/testbed"
    "#);
    }
}
