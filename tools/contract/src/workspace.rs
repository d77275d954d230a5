//! Where the labs are: `NN-topic` under tests/, solutions/, labs/ and book/src/, the same name in all four.
//!
//! A lab is a folder tests/NN-topic with a lab.toml; nothing is registered anywhere else.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Diagnostics, Manifest, read};

/// The checkout.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

/// One lab: its manifest and its folders.
#[derive(Debug, Clone)]
pub struct Lab {
    /// What lab.toml says.
    pub manifest: Manifest,
    root: PathBuf,
    folder: String,
}

impl Workspace {
    /// The first folder from `from` upwards that has a workspace's Cargo.toml and tests/testbed.
    ///
    /// # Errors
    /// None of them is one.
    pub fn find(from: &Path) -> Result<Self, Diagnostics> {
        let is_root = |dir: &Path| {
            dir.join("tests/testbed").is_dir()
                && fs::read_to_string(dir.join("Cargo.toml"))
                    .is_ok_and(|text| text.contains("[workspace]"))
        };
        match from.ancestors().find(|dir| is_root(dir)) {
            Some(root) => Ok(Self {
                root: root.to_owned(),
            }),
            None => Err(Diagnostics::one(
                from,
                0,
                "not inside the book's workspace: go to its checkout first",
            )),
        }
    }

    /// The checkout's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every lab, by number.
    ///
    /// # Errors
    /// All mistakes of all lab.toml files.
    pub fn labs(&self) -> Result<Vec<Lab>, Diagnostics> {
        let mut errors = Diagnostics::new();
        let folders = errors.collect(self.folders()).unwrap_or_default();
        let labs = folders
            .into_iter()
            .filter_map(|folder| errors.collect(self.read(folder)))
            .collect();
        errors.into_result(labs)
    }

    /// The lab of that id, number or folder name: `seckill`, `16` or `16-seckill`.
    ///
    /// # Errors
    /// No folder has that name, or its lab.toml has mistakes.
    pub fn lab(&self, name: &str) -> Result<Lab, Diagnostics> {
        let fits = |folder: &String| {
            let (number, topic) = folder.split_once('-').unwrap_or(("", folder));
            name == folder
                || name == topic
                || number.parse::<u32>().is_ok_and(|n| name.parse() == Ok(n))
        };
        match self.folders()?.into_iter().find(fits) {
            Some(folder) => self.read(folder),
            None => Err(Diagnostics::one(
                Path::new("tests"),
                0,
                format!("no lab is called `{name}`"),
            )),
        }
    }

    /// The folders tests/NN-topic that have a lab.toml, sorted.
    fn folders(&self) -> Result<Vec<String>, Diagnostics> {
        let dir = Path::new("tests");
        let entries = fs::read_dir(self.root.join(dir))
            .map_err(|error| Diagnostics::one(dir, 0, format!("cannot read it: {error}")))?;
        let mut folders: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with(|c: char| c.is_ascii_digit()))
            .filter(|name| self.root.join(dir).join(name).join("lab.toml").is_file())
            .collect();
        folders.sort();
        Ok(folders)
    }

    fn read(&self, folder: String) -> Result<Lab, Diagnostics> {
        let file = Path::new("tests").join(&folder).join("lab.toml");
        let manifest = Manifest::parse(&file, &read::text(&self.root, &file)?)?;
        let named = format!("{:02}-{}", manifest.number, manifest.id);
        if named != folder {
            let line = manifest.id.line;
            let message = format!(
                "the lab is {named} and its folder {folder}: let `number` and `id` name the folder"
            );
            return Err(Diagnostics::one(&file, line, message));
        }
        Ok(Lab {
            manifest,
            root: self.root.clone(),
            folder,
        })
    }
}

impl Lab {
    /// The name in commands.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// The library's name in code: `circuit_breaker` of `circuit-breaker`.
    #[must_use]
    pub fn crate_name(&self) -> String {
        self.id().replace('-', "_")
    }

    /// `NN-topic`.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// The workspace's root.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// tests/NN-topic, relative to the root.
    #[must_use]
    pub fn contract_path(&self) -> PathBuf {
        Path::new("tests").join(&self.folder)
    }

    /// solutions/NN-topic, relative to the root.
    #[must_use]
    pub fn solution_path(&self) -> PathBuf {
        Path::new("solutions").join(&self.folder)
    }

    /// labs/NN-topic, relative to the root.
    #[must_use]
    pub fn lab_path(&self) -> PathBuf {
        Path::new("labs").join(&self.folder)
    }

    /// tests/NN-topic: lab.toml, the suite, the broken designs.
    #[must_use]
    pub fn contract_dir(&self) -> PathBuf {
        self.root.join(self.contract_path())
    }

    /// solutions/NN-topic: the reference.
    #[must_use]
    pub fn solution_dir(&self) -> PathBuf {
        self.root.join(self.solution_path())
    }

    /// labs/NN-topic: what the learner fills in.
    #[must_use]
    pub fn lab_dir(&self) -> PathBuf {
        self.root.join(self.lab_path())
    }
}
