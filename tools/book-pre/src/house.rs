//! Where things are: the workspace, its labs, the pages, the saved data. The only module that reads files.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use contract::compose::Reference;
use contract::suite::{self, SuiteTest};
use contract::{Diagnostics, Lab, Workspace};
use serde_json::Value;

/// The workspace with its labs.
#[derive(Debug)]
pub struct House {
    root: PathBuf,
    /// The folder of the pages, relative to the root.
    src: PathBuf,
    labs: Vec<Lab>,
    read: RefCell<BTreeMap<String, Rc<Read>>>,
}

/// A lab's sources, parsed. Once a build and not once a directive: it is most of the time that a build takes.
#[derive(Debug)]
pub struct Read {
    /// The reference and its regions.
    pub reference: Reference,
    /// The suite's tests.
    pub tests: Vec<SuiteTest>,
}

/// The workspace's root, from a folder inside it.
///
/// # Errors
/// It is not in one.
pub fn workspace(from: &Path) -> Result<PathBuf, Diagnostics> {
    let from = std::path::absolute(from).unwrap_or_else(|_| from.to_owned());
    Workspace::find(&from).map(|found| found.root().to_owned())
}

impl House {
    /// The workspace that `book_dir` lies in.
    ///
    /// # Errors
    /// There is none, or a lab.toml has mistakes.
    pub fn open(book_dir: &Path, src: &Path) -> Result<Self, Diagnostics> {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let workspace = Workspace::find(&absolute(book_dir))?;
        let src = absolute(src);
        Ok(Self {
            root: workspace.root().to_owned(),
            src: src
                .strip_prefix(workspace.root())
                .unwrap_or(&src)
                .to_owned(),
            labs: workspace.labs()?,
            read: RefCell::default(),
        })
    }

    /// The labs.
    #[must_use]
    pub fn labs(&self) -> &[Lab] {
        &self.labs
    }

    /// The lab whose folder the page lies in; `page` is relative to the pages.
    #[must_use]
    pub fn lab_of(&self, page: &Path) -> Option<&Lab> {
        let folder = page.parent()?.to_str()?;
        self.labs.iter().find(|lab| lab.folder() == folder)
    }

    /// The lab's sources.
    ///
    /// # Errors
    /// They have mistakes.
    pub fn sources(&self, lab: &Lab) -> Result<Rc<Read>, String> {
        let mut read = self.read.borrow_mut();
        if let Some(found) = read.get(lab.id()) {
            return Ok(Rc::clone(found));
        }
        let told = |mistakes: Diagnostics| mistakes.to_string();
        let found = Rc::new(Read {
            reference: Reference::read(lab).map_err(told)?,
            tests: suite::index(lab).map_err(told)?,
        });
        read.insert(lab.id().to_owned(), Rc::clone(&found));
        Ok(found)
    }

    /// A page's name in messages.
    #[must_use]
    pub fn shown(&self, page: &Path) -> PathBuf {
        self.src.join(page)
    }

    /// Whether there is such a file.
    #[must_use]
    pub fn has(&self, path: &Path) -> bool {
        self.root.join(path).is_file()
    }

    /// The text of a file, by its path from the root.
    ///
    /// # Errors
    /// It leaves the workspace, or cannot be read.
    pub fn text(&self, path: &Path) -> Result<String, String> {
        let inside = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            return Err(format!(
                "`{}` is no path below the workspace's root",
                path.display()
            ));
        }
        fs::read_to_string(self.root.join(path))
            .map_err(|error| format!("cannot read {}: {error}", path.display()))
    }

    /// book/data/`folder`/`name`.json.
    ///
    /// # Errors
    /// It is not there, or no JSON.
    pub fn data(&self, folder: &Path, name: &str) -> Result<Value, String> {
        let plain = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !plain {
            return Err(format!("`{name}` is no name of a data file"));
        }
        let path = Path::new("book/data")
            .join(folder)
            .join(name)
            .with_extension("json");
        serde_json::from_str(&self.text(&path)?)
            .map_err(|error| format!("{} is no JSON: {error}", path.display()))
    }
}
