//! Shadow packages: a composed variant as a package of its own under `target/lab/shadow/<lab>/`.
//!
//! A variant must not be written over anybody's files, and must not compile the world again: tried, 4 s from a
//! changed body to a killed design when the dependencies are reused. They are because everything that decides a
//! dependency's hash is the checkout's own: the lock, the profiles, the dependency table, the target folder. One
//! fixed folder a lab, in which only what changed is written, so that a variant also overwrites the artefacts of
//! the last one instead of leaving 56 MB beside them.

mod manifest;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use contract::Lab;
use contract::compose::Tree;

pub use manifest::for_lab_of;
pub(crate) use manifest::{crate_name, own_workspace};

use crate::runner::{Built, Package, Scope};

/// The shadow package of one lab. Only one process at a time has it.
#[derive(Debug)]
pub struct Shadow {
    dir: PathBuf,
    name: String,
    target: PathBuf,
    /// Holds the folder's lock as long as this lives.
    _lock: File,
}

impl Shadow {
    /// Takes the lab's shadow folder, waiting for another process that has it, and brings its manifest and its lock
    /// file up to date.
    ///
    /// # Errors
    /// The folder cannot be written, or the reference's Cargo.toml cannot be read.
    pub fn open(lab: &Lab) -> anyhow::Result<Self> {
        Self::open_in(lab, &target_dir(lab.root()))
    }

    /// The same under another target folder.
    ///
    /// # Errors
    /// As [`Shadow::open`].
    pub fn open_in(lab: &Lab, target: &Path) -> anyhow::Result<Self> {
        let dir = target.join("lab/shadow").join(lab.id());
        fs::create_dir_all(dir.join("src"))
            .with_context(|| format!("cannot create {}", dir.display()))?;
        let lock = File::create(dir.join("lock"))?;
        if lock.try_lock().is_err() {
            eprintln!("waiting for another `cargo lab` that has {}", dir.display());
            lock.lock()?;
        }
        let root = read(&lab.root().join("Cargo.toml"))?;
        let package = manifest::for_lab_of(lab)?;
        let text = manifest::for_shadow(&root, &package, lab.root(), &lab.solution_dir())
            .with_context(|| format!("in {}", lab.solution_path().join("Cargo.toml").display()))?;
        write_if_changed(&dir.join("Cargo.toml"), &text)?;
        // Cargo prunes its copy; the versions stay.
        fs::write(
            dir.join("Cargo.lock"),
            read(&lab.root().join("Cargo.lock"))?,
        )?;
        Ok(Self {
            dir,
            name: lab.id().to_owned(),
            target: target.to_owned(),
            _lock: lock,
        })
    }

    /// Makes `src/` this variant; gives how many files changed.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, variant: &Tree) -> anyhow::Result<usize> {
        write_tree(&self.dir.join("src"), variant)
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The package, for the runner.
    pub fn package(&self, scope: Scope) -> Package {
        let mut package = Package::new(self.dir.join("Cargo.toml"), &self.name, scope);
        package.target_dir = Some(self.target.clone());
        package
    }

    /// Environment for its tests: nothing that they write may end in the repository, and a suite that looks for the
    /// checkout must not find the shadow.
    pub fn env(lab: &Lab) -> Vec<(String, String)> {
        vec![
            (
                "PROPTEST_DISABLE_FAILURE_PERSISTENCE".to_owned(),
                "1".to_owned(),
            ),
            ("INSTA_UPDATE".to_owned(), "no".to_owned()),
            ("LAB_ROOT".to_owned(), lab.root().display().to_string()),
        ]
    }

    /// Removes the test executables of a variant that is judged: they are most of what it takes.
    pub fn discard(built: &Built) {
        for binary in &built.binaries {
            let _ = fs::remove_file(&binary.path);
        }
    }
}

/// Where cargo builds for this checkout.
pub fn target_dir(root: &Path) -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from) {
        Some(dir) => std::path::absolute(&dir).unwrap_or(dir),
        None => root.join("target"),
    }
}

/// Makes a folder hold exactly these files, writing only what differs; gives how many differed. What is no source
/// (.rs, .lua, .sql) is not touched.
///
/// # Errors
/// A file cannot be read or written.
pub fn write_tree(dir: &Path, tree: &Tree) -> anyhow::Result<usize> {
    let mut changed = 0;
    for path in sources(dir)? {
        if !tree.contains_key(&path) {
            fs::remove_file(dir.join(&path))?;
            changed += 1;
        }
    }
    for (path, text) in tree {
        changed += usize::from(write_if_changed(&dir.join(path), text)?);
    }
    Ok(changed)
}

/// The sources below a folder, relative to it.
///
/// # Errors
/// The folder cannot be read.
pub fn sources(dir: &Path) -> anyhow::Result<BTreeSet<PathBuf>> {
    fn walk(top: &Path, dir: &Path, found: &mut BTreeSet<PathBuf>) -> std::io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.is_dir() {
                walk(top, &path, found)?;
            } else if path
                .extension()
                .is_some_and(|e| e == "rs" || e == "lua" || e == "sql")
            {
                found.insert(path.strip_prefix(top).unwrap_or(&path).to_owned());
            }
        }
        Ok(())
    }
    let mut found = BTreeSet::new();
    if dir.is_dir() {
        walk(dir, dir, &mut found).with_context(|| format!("cannot read {}", dir.display()))?;
    }
    Ok(found)
}

/// Whether it had to be written.
pub(crate) fn write_if_changed(path: &Path, text: &str) -> anyhow::Result<bool> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(false);
    }
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(true)
}

pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
