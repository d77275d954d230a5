//! A copy of the fixture house, to spoil.

#![allow(dead_code)] // each test file uses its part

use std::fs;
use std::path::{Path, PathBuf};

use contract::regions::SourceFile;
use contract::{Diagnostics, Lab, Workspace, links};
use tempfile::TempDir;

/// The fixture's folder.
pub(crate) fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/house")
}

/// A copy of the fixture in a folder of its own.
pub(crate) struct House(TempDir);

impl House {
    /// An unspoilt copy.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        copy(&fixture(), dir.path());
        Self(dir)
    }

    /// A copy with a second lab: a library without a program, whose suite needs no server and whose id has a hyphen.
    pub(crate) fn with_library() -> Self {
        let house = Self::new();
        copy(&fixture().with_file_name("library"), house.0.path());
        house.edit("Cargo.toml", "[workspace.package]", "[workspace.dependencies]\ntiny-solution = { path = \"solutions/07-tiny\", default-features = false }\n\n[workspace.package]")
    }

    /// A copy in which the first `from` of a file is `to`.
    pub(crate) fn with(file: &str, from: &str, to: &str) -> Self {
        Self::new().edit(file, from, to)
    }

    /// Replaces the first `from` of a file.
    pub(crate) fn edit(self, file: &str, from: &str, to: &str) -> Self {
        let path = self.0.path().join(file);
        let text = fs::read_to_string(&path).expect("a file of the fixture");
        assert!(text.contains(from), "{file} holds {from}");
        fs::write(path, text.replacen(from, to, 1)).expect("writable");
        self
    }

    /// Writes a file.
    pub(crate) fn write(self, file: &str, text: &str) -> Self {
        fs::write(self.0.path().join(file), text).expect("writable");
        self
    }

    /// Its workspace.
    pub(crate) fn workspace(&self) -> Workspace {
        Workspace::find(&self.0.path().join("tests/07-tiny")).expect("the fixture is a workspace")
    }

    /// Its lab.
    pub(crate) fn lab(&self) -> Lab {
        self.workspace()
            .lab("tiny")
            .expect("lab.toml is well formed")
    }

    /// The second lab.
    pub(crate) fn library(&self) -> Lab {
        self.workspace().lab("8").expect("lab.toml is well formed")
    }

    /// What the links say of the second lab.
    pub(crate) fn check_library(&self) -> String {
        said(links::check(&self.workspace(), &self.library()))
    }

    /// What the links say.
    pub(crate) fn check(&self) -> String {
        said(links::check(&self.workspace(), &self.lab()))
    }
}

/// The mistakes as text.
pub(crate) fn said<T>(result: Result<T, Diagnostics>) -> String {
    result.map_or_else(|errors| errors.to_string(), |_| "no mistake".to_owned())
}

/// A file in memory.
pub(crate) fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.into(),
        shown: path.into(),
        text: text.to_owned(),
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("writable");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("writable");
        }
    }
}
