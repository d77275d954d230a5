//! Broken designs on a page: what one is, how it failed when it was last run, and where it differs from the reference.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use contract::compose::{Override, overrides_of};
use contract::regions::Language;
use contract::{Broken, Kind, Lab, Origin};
use similar::{ChangeTag, TextDiff};

use crate::html::{code, escape, folded, lines, markdown};
use crate::page::Page;
use crate::run::{self, Run};

/// Where a design's section is: the anchor that quizzes link to.
#[must_use]
pub fn anchor(name: &str) -> String {
    format!("design-{name}")
}

/// `{{#break NAME}}`: the design, its command, its recorded output, its code beside the reference's.
///
/// # Errors
/// No such design, or it does not fit the reference.
pub fn section(page: &Page<'_>, name: &str) -> Result<String, String> {
    let lab = page.lab()?;
    run::known(lab, name)?;
    let broken = lab.manifest.broken(name).ok_or("no such design")?;
    let recorded = recorded(page, lab, name)?.unwrap_or_default();
    let bodies = bodies(page, lab, name)?;
    let own: String = bodies.iter().map(Body::own).collect();
    let beside: String = bodies.iter().map(Body::beside).collect();
    // Two folds: whoever is about to write the stage may look at the mistake without being shown the answer.
    let code = folded("lb-difference", "Its code", &own)
        + &folded(
            "lb-difference",
            "Beside the reference's, which gives the stage away",
            &beside,
        );
    Ok(format!(
        "<section class=\"lb-design\" id=\"{}\">{}{}{recorded}{code}</section>",
        anchor(name),
        head(broken),
        Run::Break(name).html(lab.id()),
    ))
}

fn head(broken: &Broken) -> String {
    let costly = match &broken.kind {
        Kind::Wrong => String::new(),
        Kind::Costly { counts } => format!(" · right, but dear in {}", escape(counts)),
    };
    format!(
        "<p class=\"lb-design-head\"><strong>{}</strong> <span class=\"lb-origin\">{} · breaks <a href=\"index.html#inv-{n}\">INV-{n}</a>{costly}</span></p><p>{}</p>",
        code(&broken.name),
        origin(broken.from),
        markdown(&broken.summary),
        n = broken.breaks,
    )
}

fn origin(from: Origin) -> &'static str {
    match from {
        Origin::Sketch => "a sketch of the source",
        Origin::Classic => "a classic mistake",
    }
}

/// `{{#designs}}`: all of them, by name.
///
/// # Errors
/// The page belongs to no lab.
pub fn table(page: &Page<'_>) -> Result<String, String> {
    let lab = page.lab()?;
    let mut rows = String::new();
    for broken in &lab.manifest.broken {
        let _ = write!(
            rows,
            "<tr><td><a href=\"#{}\">{}</a></td><td>{}</td><td><a href=\"index.html#inv-{n}\">INV-{n}</a></td><td>{}</td></tr>",
            anchor(&broken.name),
            code(&broken.name),
            match broken.from {
                Origin::Sketch => "sketch",
                Origin::Classic => "classic",
            },
            markdown(&broken.summary),
            n = broken.breaks,
        );
    }
    Ok(format!(
        "<div class=\"lb-table\" role=\"region\" aria-label=\"The broken designs\" tabindex=\"0\"><table><thead><tr><th>Design</th><th>From</th><th>Breaks</th><th>What goes wrong</th></tr></thead><tbody>{rows}</tbody></table></div>"
    ))
}

/// `{{#output NAME}}`: only what the design printed.
///
/// # Errors
/// No such design, or nothing is recorded of it.
pub fn output(page: &Page<'_>, name: &str) -> Result<String, String> {
    let lab = page.lab()?;
    run::known(lab, name)?;
    recorded(page, lab, name)?.ok_or_else(|| {
        format!(
            "nothing is recorded of `{name}`: {}",
            snapshot(lab, name).display()
        )
    })
}

fn snapshot(lab: &Lab, name: &str) -> PathBuf {
    Path::new("book/data")
        .join(lab.folder())
        .join("broken")
        .join(format!("{name}.snap"))
}

/// What `cargo lab break` printed when the snapshot was taken, without the snapshot's head.
fn recorded(page: &Page<'_>, lab: &Lab, name: &str) -> Result<Option<String>, String> {
    let path = snapshot(lab, name);
    if !page.house.has(&path) {
        return Ok(None);
    }
    let text = page.house.text(&path)?;
    let body = text
        .splitn(3, "---\n")
        .nth(2)
        .ok_or_else(|| format!("{} is no snapshot", path.display()))?;
    Ok(Some(format!(
        "<figure class=\"lb-recorded\"><figcaption>What it printed</figcaption><pre tabindex=\"0\" role=\"region\" aria-label=\"What {} printed\">{}</pre></figure>",
        escape(name),
        lines(body.trim_end())
    )))
}

/// A body that a design replaces.
struct Body {
    /// The reference's file.
    place: PathBuf,
    language: Language,
    old: String,
    new: String,
}

fn bodies(page: &Page<'_>, lab: &Lab, name: &str) -> Result<Vec<Body>, String> {
    let told = |mistakes: contract::Diagnostics| mistakes.to_string();
    let sources = page.house.sources(lab)?;
    let reference = &sources.reference;
    let replaced = |new: Override| {
        let region = reference
            .region(&new.region, new.language)
            .ok_or_else(|| format!("no region `{}`", new.region))?;
        let old = region.body(&reference.file_of(region).text);
        let old: Vec<&str> = old
            .iter()
            .map(|line| line.strip_prefix(region.indent.as_str()).unwrap_or(line))
            .collect();
        Ok(Body {
            place: region.shown.clone(),
            language: new.language,
            old: old.join("\n") + "\n",
            new: new.indented("").join("\n") + "\n",
        })
    };
    overrides_of(lab, name)
        .map_err(told)?
        .into_iter()
        .map(replaced)
        .collect()
}

impl Body {
    fn own(&self) -> String {
        let class = match self.language {
            Language::Rust => "rust",
            Language::Script => "lua",
        };
        format!(
            "<figure class=\"lb-code\"><figcaption>in place of the stage's body in {}</figcaption><pre><code class=\"language-{class}\">{}</code></pre></figure>",
            code(&self.place.display().to_string()),
            lines(self.new.trim_end())
        )
    }

    /// Old lines and new ones in one text.
    fn beside(&self) -> String {
        let mut body = String::new();
        for change in TextDiff::from_lines(&self.old, &self.new).iter_all_changes() {
            let (mark, tag) = match change.tag() {
                ChangeTag::Equal => (' ', ""),
                ChangeTag::Delete => ('-', "del"),
                ChangeTag::Insert => ('+', "ins"),
            };
            let line = lines(&format!("{mark} {}", change.value().trim_end_matches('\n')));
            let line = if tag.is_empty() {
                line
            } else {
                format!("<{tag}>{line}</{tag}>")
            };
            let _ = write!(body, "{line}&#10;");
        }
        format!(
            "<figure class=\"lb-diff\"><figcaption>{} <span class=\"lb-legend\">- reference, + this design</span></figcaption><pre tabindex=\"0\" role=\"region\" aria-label=\"Difference\">{body}</pre></figure>",
            code(&self.place.display().to_string())
        )
    }
}
