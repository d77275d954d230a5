//! `{{#code path:anchor}}`: code as it is compiled and tested, never a copy.
//!
//! mdBook's include would do, were it not silent about an anchor that is missing. In doc comments the marks go, so that a
//! worked example reads as text; the lines of anchors inside go too, and so does the common indentation.

use std::path::{Path, PathBuf};

use contract::regions::{self, SourceFile};

use crate::html::{escape, lines};
use crate::page::Page;

/// The block of a file's lines.
///
/// # Errors
/// No such file or anchor, or a file of a kind that has no anchors.
pub fn block(page: &Page<'_>, arguments: &str) -> Result<String, String> {
    let (path, anchor) = match arguments.rsplit_once(':') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (arguments, None),
    };
    if path.is_empty() {
        return Err(
            "which code? `{{#code solutions/16-seckill/src/core/window.rs:stage1_decide}}`"
                .to_owned(),
        );
    }
    let path = Path::new(path);
    let text = page.house.text(path)?;
    let body = match anchor {
        Some(anchor) => region(path, &text, anchor)?,
        None => text.lines().map(str::to_owned).collect(),
    };
    let body = tidy(body);
    if body.trim().is_empty() {
        return Err(format!("{} has nothing there", path.display()));
    }
    let class = language(path);
    let name = escape(&path.display().to_string());
    // A doctest's text is prose with code in it: it is Markdown already.
    if let Some(docs) = undocumented(&body) {
        return Ok(format!(
            "{docs}\n\n<p class=\"lb-from\">From <code>{name}</code>, where it is a test.</p>\n"
        ));
    }
    Ok(format!(
        "<figure class=\"lb-code\"><figcaption><code>{name}</code></figcaption><pre><code class=\"language-{class}\">{}</code></pre></figure>",
        lines(&body)
    ))
}

fn region(path: &Path, text: &str, anchor: &str) -> Result<Vec<String>, String> {
    let file = SourceFile {
        path: PathBuf::from(path),
        shown: PathBuf::from(path),
        text: text.to_owned(),
    };
    let regions = regions::parse(&file).map_err(|mistakes| mistakes.to_string())?;
    let Some(region) = regions.iter().find(|region| region.name == anchor) else {
        let names: Vec<&str> = regions.iter().map(|region| region.name.as_str()).collect();
        let known = if names.is_empty() {
            "it has none".to_owned()
        } else {
            format!("it has {}", names.join(", "))
        };
        return Err(format!(
            "{} has no anchor `{anchor}`; {known}",
            path.display()
        ));
    };
    Ok(region.body(text).into_iter().map(str::to_owned).collect())
}

/// Without the lines of anchors and without the common indentation.
fn tidy(mut body: Vec<String>) -> String {
    body.retain(|line| !line.contains("ANCHOR:") && !line.contains("ANCHOR_END:"));
    let margin = body
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min();
    let cut = |line: &String| line.get(margin.unwrap_or(0)..).unwrap_or("").to_owned();
    let text: Vec<String> = body.iter().map(cut).collect();
    text.join("\n").trim_matches('\n').to_owned()
}

/// The text of doc comments, if there is nothing else. A fence without words is Rust, as rustdoc has it.
fn undocumented(body: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut inside = false;
    for line in body.lines() {
        let line = line.trim_start();
        let text = line
            .strip_prefix("//!")
            .or_else(|| line.strip_prefix("///"))?;
        let text = text.strip_prefix(' ').unwrap_or(text);
        match (text.trim(), inside) {
            ("```", false) => {
                out.push("```rust".to_owned());
                inside = true;
            }
            (fence, false) if fence.starts_with("```") => {
                out.push(text.to_owned());
                inside = true;
            }
            ("```", true) => {
                out.push("```".to_owned());
                inside = false;
            }
            // rustdoc's hidden lines.
            (hidden, true) if hidden == "#" || hidden.starts_with("# ") => {}
            (_, _) => out.push(text.to_owned()),
        }
    }
    Some(out.join("\n"))
}

fn language(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => "rust",
        Some("lua") => "lua",
        Some("sql") => "sql",
        Some("toml") => "toml",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_become_text_and_their_fences_rust() {
        let body = tidy(
            [
                "    /// a",
                "    /// ```",
                "    /// # use x;",
                "    /// f();",
                "    /// ```",
            ]
            .map(str::to_owned)
            .to_vec(),
        );
        assert_eq!(undocumented(&body).unwrap(), "a\n```rust\nf();\n```");
        assert_eq!(undocumented("/// a\nfn f() {}"), None);
    }

    #[test]
    fn anchors_and_margins_go() {
        let body = [
            "        a",
            "        // ANCHOR: x",
            "",
            "          b",
            "        // ANCHOR_END: x",
        ];
        assert_eq!(tidy(body.map(str::to_owned).to_vec()), "a\n\n  b");
    }

    #[test]
    fn an_anchor_that_is_missing_names_those_that_are_there() {
        let text = "// ANCHOR: one\nx\n// ANCHOR_END: one\n";
        let error = region(Path::new("a.rs"), text, "two").unwrap_err();
        assert_eq!(error, "a.rs has no anchor `two`; it has one");
    }
}
