//! Regions: the lines between `// ANCHOR: name` and `// ANCHOR_END: name` (`--` in .lua and .sql).
//!
//! mdBook's own syntax, so that what the book shows and what the composer replaces can be the same lines. mdBook
//! takes an anchor anywhere in a line; here it is a comment on a line of its own, or a region could not be
//! replaced by whole lines. A region named `stageN_words` is what the learner of stage N writes.

use std::fmt;
use std::path::PathBuf;

use crate::Diagnostics;
pub use crate::read::SourceFile;

/// A named stretch of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Its name, unique in the package among those of its language.
    pub name: String,
    /// What it is written in.
    pub language: Language,
    /// Its file, relative to `src/`.
    pub path: PathBuf,
    /// Its file, relative to the workspace's root.
    pub shown: PathBuf,
    /// The line of its ANCHOR.
    pub open: usize,
    /// The line of its ANCHOR_END.
    pub close: usize,
    /// The white space before its ANCHOR.
    pub indent: String,
    /// The stage that writes it, if it is one of a stage.
    pub stage: Option<u32>,
}

/// What a file is written in, as far as regions care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `//` comments; a stage's region is the body of a function.
    Rust,
    /// `--` comments: .lua and .sql.
    Script,
}

impl Language {
    /// By the file's extension; others have no regions.
    #[must_use]
    pub fn of(file: &SourceFile) -> Option<Self> {
        match file.path.extension()?.to_str()? {
            "rs" => Some(Self::Rust),
            "lua" | "sql" => Some(Self::Script),
            _ => None,
        }
    }

    fn comment(self) -> &'static str {
        match self {
            Self::Rust => "//",
            Self::Script => "--",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
            Self::Script => "scripts",
        })
    }
}

impl Region {
    /// What stands here while the stage is open: one line, indented.
    ///
    /// `None` for a region of no stage.
    #[must_use]
    pub fn placeholder(&self) -> Option<String> {
        let (stage, words) = (self.stage?, self.words());
        let line = match self.language {
            Language::Rust => format!("todo!(\"stage {stage}: {words}\")"),
            Language::Script => format!("-- stage {stage}: {words}: write this part"),
        };
        Some(format!("{}{line}", self.indent))
    }

    /// A stage's region by its words: `take from stock` for `stage4_take_from_stock`.
    #[must_use]
    pub fn words(&self) -> String {
        let words = self.name.split_once('_').map_or("", |(_, words)| words);
        words.replace('_', " ")
    }

    /// Whether it still holds its placeholder and nothing else, in its file's text.
    #[must_use]
    pub fn is_open(&self, text: &str) -> bool {
        let body = self.body(text);
        let own = body
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty());
        self.placeholder().is_some_and(|line| own.eq([line.trim()]))
    }

    /// Whether the line lies in the region, its anchors left out.
    #[must_use]
    pub fn holds(&self, line: usize) -> bool {
        self.open < line && line < self.close
    }

    /// The region's own lines of its file's text.
    #[must_use]
    pub fn body<'t>(&self, text: &'t str) -> Vec<&'t str> {
        text.lines()
            .skip(self.open)
            .take(self.close - self.open - 1)
            .collect()
    }
}

/// The regions of one file, in the order of their ANCHOR.
///
/// # Errors
/// An anchor that is never opened or closed, opened twice, overlaps another, or shares its line with code.
pub fn parse(file: &SourceFile) -> Result<Vec<Region>, Diagnostics> {
    let Some(language) = Language::of(file) else {
        return Ok(Vec::new());
    };
    let mut errors = Diagnostics::new();
    let mut regions: Vec<Region> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (line, text) in (1..).zip(file.text.lines()) {
        match anchor(text, language) {
            None => {}
            Some(Err(message)) => errors.push(&file.shown, line, message),
            Some(Ok(Anchor::Open(name))) => {
                let stage = stage(name).unwrap_or_else(|message| {
                    errors.push(&file.shown, line, message);
                    None
                });
                if let Some(first) = regions.iter().find(|region| region.name == name) {
                    let message = format!(
                        "region `{name}` again, it is on line {}: names are unique",
                        first.open
                    );
                    errors.push(&file.shown, line, message);
                }
                open.push(regions.len());
                regions.push(Region {
                    name: name.to_owned(),
                    language,
                    path: file.path.clone(),
                    shown: file.shown.clone(),
                    open: line,
                    close: line + 1,
                    indent: text[..text.len() - text.trim_start().len()].to_owned(),
                    stage,
                });
            }
            Some(Ok(Anchor::Close(name))) => {
                match open.iter().rposition(|index| regions[*index].name == name) {
                    None => {
                        let message = format!("unknown anchor: no `ANCHOR: {name}` is open here");
                        errors.push(&file.shown, line, message);
                    }
                    Some(at) => {
                        for inner in &open[at + 1..] {
                            let inner = &regions[*inner];
                            let message = format!(
                                "region `{}` overlaps `{name}`, which ends on line {line}: nest them",
                                inner.name
                            );
                            errors.push(&file.shown, inner.open, message);
                        }
                        regions[open.remove(at)].close = line;
                    }
                }
            }
        }
    }
    for index in open {
        let region = &regions[index];
        let message = format!(
            "region `{0}` is never closed: add `ANCHOR_END: {0}`",
            region.name
        );
        errors.push(&file.shown, region.open, message);
    }
    errors.into_result(regions)
}

/// `text` with the lines of each region replaced; the anchors stay. The regions must not overlap.
#[must_use]
pub fn splice(text: &str, replacements: &[(&Region, Vec<String>)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut push = |line: &str| {
        out.push_str(line);
        out.push('\n');
    };
    for (number, line) in (1..).zip(text.lines()) {
        match replacements.iter().find(|(region, _)| region.holds(number)) {
            Some(_) => {}
            None => push(line),
        }
        if let Some((_, body)) = replacements
            .iter()
            .find(|(region, _)| region.open == number)
        {
            body.iter().for_each(|line| push(line));
        }
    }
    out
}

pub(crate) enum Anchor<'t> {
    Open(&'t str),
    Close(&'t str),
}

/// The anchor on this line, if there is one.
pub(crate) fn anchor(line: &str, language: Language) -> Option<Result<Anchor<'_>, String>> {
    if !line.contains("ANCHOR:") && !line.contains("ANCHOR_END:") {
        return None;
    }
    let comment = language.comment();
    let rest = line.trim().strip_prefix(comment).map(str::trim_start);
    let named = rest.and_then(|rest| {
        let (make, name): (fn(_) -> _, _) = match rest.strip_prefix("ANCHOR:") {
            Some(name) => (Anchor::Open, name),
            None => (Anchor::Close, rest.strip_prefix("ANCHOR_END:")?),
        };
        let name = name.trim();
        let fine = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        fine.then(|| make(name))
    });
    Some(named.ok_or_else(|| format!("an anchor is a line of its own: `{comment} ANCHOR: name`")))
}

/// The N of `stageN_words`; a name that only looks like one is a mistake.
fn stage(name: &str) -> Result<Option<u32>, String> {
    let Some(rest) = name.strip_prefix("stage") else {
        return Ok(None);
    };
    let parts = rest.split_once('_').and_then(|(number, words)| {
        let fine = !words.is_empty()
            && words
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        fine.then_some(number.parse().ok().filter(|number| *number > 0))
            .flatten()
    });
    parts.map(Some).ok_or_else(|| {
        format!("`{name}` is no region of a stage: name it `stageN_words`, in lower case")
    })
}
