//! One page: each directive goes to the module that knows it, and what it says comes back in its place.

use std::path::{Path, PathBuf};

use contract::{Diagnostics, Lab};
use serde_json::Value;

use crate::directive::{self, Directive, Piece};
use crate::house::House;
use crate::{card, code, design, figures, found, interview, invariants, picture, plot, quiz, run};

/// A page and what it knows.
#[derive(Debug)]
pub struct Page<'h> {
    /// Where everything is.
    pub house: &'h House,
    /// The lab whose chapter the page is part of.
    lab: Option<&'h Lab>,
    /// The folder of what was saved for it, below book/data: its own name, as a lab's or a part's (`16-seckill`, `part-5`).
    folder: PathBuf,
    /// Its path from the workspace's root.
    pub file: PathBuf,
}

/// Every directive, for messages.
const NAMES: [&str; 18] = [
    "break",
    "card",
    "code",
    "designs",
    "figures",
    "found",
    "interview",
    "invariants",
    "num",
    "output",
    "plot",
    "predict",
    "quiz",
    "run",
    "source",
    "stage",
    "svg",
    "timeline",
];

impl<'h> Page<'h> {
    /// The page at `path`, relative to the book's pages.
    #[must_use]
    pub fn new(house: &'h House, path: &Path) -> Self {
        Self {
            house,
            lab: house.lab_of(path),
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            file: house.shown(path),
        }
    }

    /// The lab of this page.
    ///
    /// # Errors
    /// It belongs to none.
    pub fn lab(&self) -> Result<&'h Lab, String> {
        self.lab.ok_or_else(|| {
            "this page is in no lab's folder, so this directive has nothing to speak of: begin with `lab=ID`".to_owned()
        })
    }

    /// A file of saved data, by its name: that of the page's folder.
    ///
    /// # Errors
    /// The page is in no folder, or there is no such file.
    pub fn data(&self, name: &str) -> Result<Value, String> {
        if self.folder.as_os_str().is_empty() {
            return Err(
                "this page is in no folder, so nothing was saved for it: begin with `lab=ID`"
                    .to_owned(),
            );
        }
        self.house.data(&self.folder, name)
    }

    /// The folder of its data, in messages.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        Path::new("book/data").join(&self.folder)
    }

    /// What a directive speaks of: `lab=ID` before all its other words is another lab than the page's.
    fn of_lab<'a>(&self, arguments: &'a str) -> Result<Option<(Self, &'a str)>, String> {
        let Some(named) = arguments.strip_prefix("lab=") else {
            return Ok(None);
        };
        let (id, rest) = named.split_once(char::is_whitespace).unwrap_or((named, ""));
        let lab = self
            .house
            .labs()
            .iter()
            .find(|lab| lab.id() == id)
            .ok_or_else(|| format!("no lab is called `{id}`"))?;
        let page = Self {
            house: self.house,
            lab: Some(lab),
            folder: lab.folder().into(),
            file: self.file.clone(),
        };
        Ok(Some((page, rest.trim_start())))
    }

    /// The page with its directives replaced.
    ///
    /// # Errors
    /// All that could not be.
    pub fn expand(&self, text: &str) -> Result<String, Diagnostics> {
        let mut mistakes = Diagnostics::new();
        let mut out = String::with_capacity(text.len());
        for piece in directive::pieces(text) {
            let (found, line) = match &piece {
                Piece::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Piece::Block(it) => (self.block(it), it.line),
                Piece::Inline(it) => (self.inline(it), it.line),
            };
            match found {
                Ok(html) => out.push_str(&html),
                Err(message) => mistakes.push(&self.file, line, message),
            }
        }
        mistakes.into_result(out)
    }

    fn block(&self, it: &Directive<'_>) -> Result<String, String> {
        if let Some((page, arguments)) = self.of_lab(it.arguments)? {
            return page.block(&Directive { arguments, ..*it });
        }
        let html = match it.name {
            "card" => card::card(self),
            "stage" => card::stage(self, it.arguments),
            "break" => design::section(self, it.arguments),
            "output" => design::output(self, it.arguments),
            "designs" => design::table(self),
            "invariants" => invariants::list(self),
            "code" => code::block(self, it.arguments),
            "run" => run::block(self, it.arguments),
            "found" => found::table(self),
            "figures" => figures::table(self, it.arguments),
            "plot" => plot::bars(self, it.arguments),
            "svg" => picture::svg(self, it.arguments),
            "timeline" => picture::timeline(self, it.arguments),
            "quiz" => quiz::quiz(self, it.arguments),
            "predict" => quiz::predict(self, it.arguments),
            "interview" => interview::drill(self, it.arguments),
            _ => return self.inline(it),
        }?;
        // A line of its own on both sides, or Markdown would not take it for a block.
        Ok(format!("\n{html}\n"))
    }

    fn inline(&self, it: &Directive<'_>) -> Result<String, String> {
        if let Some((page, arguments)) = self.of_lab(it.arguments)? {
            return page.inline(&Directive { arguments, ..*it });
        }
        match it.name {
            "num" => figures::inline(self, it.arguments),
            // A figure of the book's source: a fact of the scenario, not a measurement.
            "source" if !it.arguments.is_empty() => Ok(it.arguments.to_owned()),
            "source" => Err("which figure? `{{#source 500,000}}`".to_owned()),
            "include" | "rustdoc_include" | "playground" => Err(format!(
                "`{{{{#{}}}}}` is not used here: it shows nothing where an anchor is missing. Use `{{{{#code path:anchor}}}}`",
                it.name
            )),
            name if NAMES.contains(&name) => {
                Err(format!("`{{{{#{name}}}}}` stands on a line of its own"))
            }
            name => Err(format!(
                "no directive is called `{name}`; there are {}",
                NAMES.join(", ")
            )),
        }
    }
}
