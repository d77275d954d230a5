//! Writing a bench's package: only what changed, so that only that is compiled.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use contract::{Kind, Lab, compose};

use super::manifest::{self, Parts};
use crate::exit::Stop;
use crate::runner::{Package, Scope};
use crate::shadow::{crate_name, read, sources, target_dir, write_if_changed, write_tree};

/// The bench of one lab, ready to be built. Only one process at a time has it.
#[derive(Debug)]
pub struct BenchPackage {
    dir: PathBuf,
    name: String,
    target: PathBuf,
    /// Whether its code names the testbed, and with it every client.
    clients: bool,
    /// Holds the folder's lock as long as this lives.
    _lock: File,
}

impl BenchPackage {
    /// Writes the package: its manifest, and each design as a library.
    ///
    /// # Errors
    /// The lab has no bench, a design cannot be composed, or a file cannot be written.
    pub fn write(lab: &Lab) -> anyhow::Result<Self> {
        Self::write_in(lab, &target_dir(lab.root()))
    }

    /// The same under another target folder.
    ///
    /// # Errors
    /// As [`BenchPackage::write`].
    pub fn write_in(lab: &Lab, target: &Path) -> anyhow::Result<Self> {
        let code = code(lab)?;
        let designs = designs(lab, &code);
        let dir = target.join("lab/bench").join(lab.id());
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let lock = File::create(dir.join("lock"))?;
        if lock.try_lock().is_err() {
            eprintln!("waiting for another `cargo lab` that has {}", dir.display());
            lock.lock()?;
        }
        let root = read(&lab.root().join("Cargo.toml"))?;
        let reference = read(&lab.solution_dir().join("Cargo.toml"))?;
        let parts = Parts {
            id: lab.id(),
            root: lab.root(),
            source: &lab.contract_dir().join("bench.rs"),
            reference: &lab.solution_dir(),
            lab: &lab.lab_dir(),
            designs: &designs,
        };
        let text = manifest::for_bench(&parts, &root, &reference, &code)?;
        write_if_changed(&dir.join("Cargo.toml"), &text)?;
        // Cargo adds the variants to its copy; the versions stay.
        fs::write(
            dir.join("Cargo.lock"),
            read(&lab.root().join("Cargo.lock"))?,
        )?;
        for design in designs {
            let variant = compose::broken(lab, design)
                .map_err(|error| Stop::environment(error.to_string()))?;
            let text = manifest::for_design(design, &reference)?;
            write_if_changed(&dir.join(design).join("Cargo.toml"), &text)?;
            write_tree(&dir.join(design).join("src"), &variant)?;
        }
        Ok(Self {
            dir,
            name: manifest::program(lab.id()),
            target: target.to_owned(),
            clients: manifest::words(&code).contains("testbed"),
            _lock: lock,
        })
    }

    /// Whether the lab's bench can replay a trace: its code names the crate that reads them.
    ///
    /// # Errors
    /// The lab has no bench, or it cannot be read.
    pub fn takes_a_trace(lab: &Lab) -> anyhow::Result<bool> {
        Ok(manifest::words(&code(lab)?).contains("traces"))
    }

    /// Its folder, in which what it draws may lie too.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The package, for the runner: optimised unless `quick`, with the learner's code if `yours`. Its one program has its name.
    #[must_use]
    pub fn package(&self, quick: bool, yours: bool) -> Package {
        let manifest = self.dir.join("Cargo.toml");
        let mut package = Package::new(
            manifest,
            &self.name,
            Scope::Bench {
                quick,
                clients: self.clients,
            },
        );
        package.target_dir = Some(self.target.clone());
        if yours {
            package.cargo_args = vec!["--features".to_owned(), "yours".to_owned()];
        }
        package
    }
}

/// All of a bench's code: bench.rs, and bench/ beside it.
fn code(lab: &Lab) -> anyhow::Result<String> {
    let dir = lab.contract_dir();
    if !dir.join("bench.rs").is_file() {
        return Err(Stop::usage(format!(
            "{} has no bench: there is no {}.",
            lab.id(),
            lab.contract_path().join("bench.rs").display()
        )));
    }
    let mut code = read(&dir.join("bench.rs"))?;
    for path in sources(&dir.join("bench"))? {
        code.push_str(&read(&dir.join("bench").join(path))?);
    }
    Ok(code)
}

/// The designs that take part: those that cost and do not sell wrongly, because what they cost is what a bench shows;
/// and any other that the bench's code names.
fn designs<'l>(lab: &'l Lab, code: &str) -> Vec<&'l str> {
    let words = manifest::words(code);
    let broken = lab.manifest.broken.iter();
    let named = |name: &str| words.contains(crate_name(name).as_str());
    broken
        .filter(|broken| matches!(broken.kind, Kind::Costly { .. }) || named(&broken.name))
        .map(|broken| broken.name.as_str())
        .collect()
}
