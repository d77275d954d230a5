//! Where the testbed keeps its state: `target/lab/` of this workspace.
//!
//! A composed variant of a lab is a workspace of its own below `target/`, so the nearest `Cargo.toml` is not the
//! answer: the root is the workspace that holds `tests/testbed`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The root of the workspace: `LAB_ROOT`, or found upwards from here, or where this crate was built.
pub(crate) fn workspace() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let root = std::env::var_os("LAB_ROOT")
            .map(PathBuf::from)
            .or_else(upwards)
            .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
        // Servers run in other directories, and the system names a directory by its real path.
        root.canonicalize().unwrap_or(root)
    })
}

fn upwards() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let is_root = |dir: &&Path| {
        dir.join("tests/testbed").is_dir()
            && fs::read_to_string(dir.join("Cargo.toml"))
                .is_ok_and(|text| text.contains("[workspace]"))
    };
    here.ancestors().find(is_root).map(Path::to_owned)
}

/// State that `cargo lab down` removes.
pub(crate) fn state() -> PathBuf {
    workspace().join("target/lab")
}
