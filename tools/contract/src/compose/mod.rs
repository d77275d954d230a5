//! Every variant of a lab, composed of its reference: skeleton, half-filled, broken.
//!
//! Not patches and not copies: a variant is the reference with the bodies of some regions replaced, so a change
//! to the reference reaches all of them or fails here, with file and line. The anchors stay in every variant:
//! they show a learner where a stage begins, and `solution --apply` finds its place by them.

mod check;
mod overrides;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use overrides::{Override, parse as parse_override};

use crate::regions::{self, Language, Region, SourceFile};
use crate::{Diagnostics, Lab, read};

/// A variant's files, by their path relative to `src/`.
pub type Tree = BTreeMap<PathBuf, String>;

/// The line that keeps a variant free of warnings: an open stage leaves its arguments, imports and helpers unused.
pub const ALLOWS: &str =
    "#![allow(dead_code, unused_imports, unused_mut, unused_variables, clippy::todo)]";

/// What a reference is written in; other files under src/ are no part of any variant.
pub(crate) const EXTENSIONS: [&str; 3] = ["rs", "lua", "sql"];

/// The reference of a lab, checked: every stage's region can be opened, every name is unique.
#[derive(Debug, Clone)]
pub struct Reference {
    files: Vec<SourceFile>,
    regions: Vec<Region>,
}

impl Reference {
    /// Reads solutions/NN-topic/src.
    ///
    /// # Errors
    /// Whatever cannot be composed.
    pub fn read(lab: &Lab) -> Result<Self, Diagnostics> {
        let src = lab.solution_path().join("src");
        let files = read::tree(lab.root(), &src, &EXTENSIONS)?;
        if files.is_empty() {
            return Err(Diagnostics::one(
                &src,
                0,
                "no reference: its files belong here",
            ));
        }
        Self::new(files)
    }

    /// The reference made of these files.
    ///
    /// # Errors
    /// Whatever cannot be composed.
    pub fn new(files: Vec<SourceFile>) -> Result<Self, Diagnostics> {
        let mut errors = Diagnostics::new();
        let mut regions: Vec<Region> = Vec::new();
        for file in &files {
            let found = errors.collect(regions::parse(file)).unwrap_or_default();
            for region in &found {
                // Twice in one file is the parser's to say; a body and its script may share a name.
                let same = |first: &&Region| {
                    first.name == region.name && first.language == region.language
                };
                if let Some(first) = regions.iter().find(same) {
                    let first = format!("{}:{}", first.shown.display(), first.open);
                    let message = format!(
                        "region `{}` again, it is in {first}: names are unique",
                        region.name
                    );
                    errors.push(&region.shown, region.open, message);
                }
            }
            regions.extend(found);
        }
        errors.collect(check::all(&files, &regions));
        errors.into_result(Self { files, regions })
    }

    /// Its files.
    #[must_use]
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Its regions, by file and line.
    #[must_use]
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The region of that name: there may be one in Rust and one in a script.
    #[must_use]
    pub fn region(&self, name: &str, language: Language) -> Option<&Region> {
        let same = |region: &&Region| region.name == name && region.language == language;
        self.regions.iter().find(same)
    }

    /// The file that the region is in.
    ///
    /// # Panics
    /// If the region is of another reference.
    #[must_use]
    pub fn file_of(&self, region: &Region) -> &SourceFile {
        self.files
            .iter()
            .find(|file| file.path == region.path)
            .expect("a region of this reference")
    }

    /// The reference itself.
    #[must_use]
    pub fn tree(&self) -> Tree {
        self.files
            .iter()
            .map(|file| (file.path.clone(), file.text.clone()))
            .collect()
    }

    /// Everything below and including stage `through` written, the later stages open.
    #[must_use]
    pub fn filled(&self, through: u32) -> Tree {
        let open = |region: &Region| {
            let line = region.placeholder()?;
            region
                .stage
                .is_some_and(|stage| stage > through)
                .then(|| vec![line])
        };
        self.compose(open)
    }

    /// The reference with these regions replaced.
    ///
    /// # Errors
    /// A region that is not there, given twice, or inside another one that is replaced.
    pub fn with(&self, overrides: &[Override]) -> Result<Tree, Diagnostics> {
        let mut errors = Diagnostics::new();
        for (index, new) in overrides.iter().enumerate() {
            let Some(region) = self.region(&new.region, new.language) else {
                let known = self.names(new.language);
                let message = format!(
                    "no region `{}` in the reference's {}: {known}",
                    new.region, new.language
                );
                errors.push(&new.shown, new.line, message);
                continue;
            };
            for other in overrides[..index]
                .iter()
                .filter(|other| other.language == new.language)
            {
                if other.region == new.region {
                    errors.push(
                        &new.shown,
                        new.line,
                        format!("region `{}` is replaced twice", new.region),
                    );
                } else if let Some(around) = self.region(&other.region, other.language)
                    && around.path == region.path
                    && (around.holds(region.open) || region.holds(around.open))
                {
                    let message = format!(
                        "`{}` and `{}` lie in each other: replace one",
                        other.region, new.region
                    );
                    errors.push(&new.shown, new.line, message);
                }
            }
        }
        let replace = |region: &Region| {
            let new = overrides
                .iter()
                .find(|new| new.region == region.name && new.language == region.language)?;
            Some(new.indented(&region.indent))
        };
        errors.into_result(()).map(|()| self.compose(replace))
    }

    fn names(&self, language: Language) -> String {
        let own = self
            .regions
            .iter()
            .filter(|region| region.language == language);
        let names: Vec<&str> = own.map(|region| region.name.as_str()).collect();
        if names.is_empty() {
            "there is none".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        }
    }

    /// Replaces the outermost regions for which `new` has lines.
    fn compose(&self, new: impl Fn(&Region) -> Option<Vec<String>>) -> Tree {
        let mut changed = false;
        let mut tree = Tree::new();
        for file in &self.files {
            let mut replaced: Vec<(&Region, Vec<String>)> = Vec::new();
            for region in self
                .regions
                .iter()
                .filter(|region| region.path == file.path)
            {
                let inside = replaced.iter().any(|(outer, _)| outer.holds(region.open));
                if let (false, Some(lines)) = (inside, new(region)) {
                    replaced.push((region, lines));
                }
            }
            changed |= !replaced.is_empty();
            let text = if replaced.is_empty() {
                file.text.clone()
            } else {
                regions::splice(&file.text, &replaced)
            };
            tree.insert(file.path.clone(), text);
        }
        if changed {
            for root in ["lib.rs", "main.rs"] {
                if let Some(text) = tree.get_mut(Path::new(root)) {
                    *text = allowed(text);
                }
            }
        }
        tree
    }
}

/// The crate root with [`ALLOWS`] after its inner docs.
fn allowed(text: &str) -> String {
    let docs = text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .count();
    let mut lines: Vec<&str> = text.lines().collect();
    if lines
        .get(docs)
        .is_some_and(|next| !next.is_empty() && !next.starts_with("#!["))
    {
        lines.insert(docs, "");
    }
    lines.insert(docs, ALLOWS);
    lines.join("\n") + "\n"
}

/// The skeleton: every stage open.
///
/// # Errors
/// Whatever cannot be composed.
pub fn skeleton(lab: &Lab) -> Result<Tree, Diagnostics> {
    filled(lab, 0)
}

/// The skeleton with the stages up to and including `through` written.
///
/// # Errors
/// Whatever cannot be composed.
pub fn filled(lab: &Lab, through: u32) -> Result<Tree, Diagnostics> {
    Ok(Reference::read(lab)?.filled(through))
}

/// The reference.
///
/// # Errors
/// Whatever cannot be composed.
pub fn reference(lab: &Lab) -> Result<Tree, Diagnostics> {
    Ok(Reference::read(lab)?.tree())
}

/// The reference with one broken design in it.
///
/// # Errors
/// No design has that name, or it does not fit the reference.
pub fn broken(lab: &Lab, name: &str) -> Result<Tree, Diagnostics> {
    let mut errors = Diagnostics::new();
    if lab.manifest.broken(name).is_none() {
        errors.push(
            &lab.manifest.file,
            0,
            format!("no broken design is called `{name}`"),
        );
    }
    let reference = errors.collect(Reference::read(lab));
    let overrides = errors.collect(overrides_of(lab, name));
    match (reference, overrides) {
        (Some(reference), Some(overrides)) if errors.is_empty() => reference.with(&overrides),
        _ => errors.into_result(Tree::new()),
    }
}

/// What `broken/<name>.rs` (and .lua, .sql) of the lab replaces.
///
/// # Errors
/// The file is missing or not made of regions.
pub fn overrides_of(lab: &Lab, name: &str) -> Result<Vec<Override>, Diagnostics> {
    let dir = lab.contract_path().join("broken");
    let mut errors = Diagnostics::new();
    let files = read::tree(lab.root(), &dir, &EXTENSIONS)?;
    let own: Vec<_> = files
        .iter()
        .filter(|file| file.path.file_stem().is_some_and(|stem| stem == name))
        .collect();
    if own.is_empty() {
        errors.push(
            &dir.join(format!("{name}.rs")),
            0,
            "no such file: it holds the bodies that the design replaces",
        );
    }
    let overrides = own
        .iter()
        .filter_map(|file| errors.collect(overrides::parse(file)))
        .flatten()
        .collect();
    errors.into_result(overrides)
}
