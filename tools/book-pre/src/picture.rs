//! SVG inlined, so that it takes the page's colours: `{{#svg path "what it shows"}}`, `{{#timeline NAME}}`.

use std::path::Path;

use crate::html::{escape, markdown};
use crate::page::Page;

/// An SVG file of the workspace, with what it shows for those who cannot see it.
///
/// # Errors
/// No such file, no SVG, or no words.
pub fn svg(page: &Page<'_>, arguments: &str) -> Result<String, String> {
    let usage = "say `path/from/the/root.svg \"what it shows\"`";
    let (path, words) = arguments.split_once(char::is_whitespace).ok_or(usage)?;
    let words = words
        .trim()
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|words| !words.is_empty())
        .ok_or(usage)?;
    let picture = inline(&page.house.text(Path::new(path))?, path)?;
    Ok(format!(
        "<figure class=\"lb-picture\"><div class=\"lb-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">{picture}</div><figcaption>{0}</figcaption></figure>",
        escape(words)
    ))
}

/// The timeline of a saved chaos run.
///
/// # Errors
/// No such run in chaos.json, or its picture is missing.
pub fn timeline(page: &Page<'_>, name: &str) -> Result<String, String> {
    let data = page.data("chaos")?;
    let runs = data["timelines"]
        .as_array()
        .ok_or("chaos.json has no `timelines`")?;
    let run = runs.iter().find(|run| run["name"] == name).ok_or_else(|| {
        let names: Vec<&str> = runs.iter().filter_map(|run| run["name"].as_str()).collect();
        format!(
            "chaos.json has no run `{name}`; it has {}",
            names.join(", ")
        )
    })?;
    let path = page.data_dir().join("chaos").join(format!("{name}.svg"));
    let picture = inline(&page.house.text(&path)?, &path.display().to_string())?;
    let caption = run["caption"]
        .as_str()
        .ok_or_else(|| format!("run `{name}` of chaos.json has no caption"))?;
    Ok(format!(
        "<figure class=\"lb-timeline\" id=\"timeline-{name}\"><div class=\"lb-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Timeline: {name}\">{picture}</div><figcaption>{}</figcaption></figure>",
        markdown(caption)
    ))
}

/// The picture on one line, so that Markdown takes it as it is.
fn inline(text: &str, path: &str) -> Result<String, String> {
    let start = text
        .find("<svg")
        .ok_or_else(|| format!("{path} is no SVG"))?;
    let picture = text[start..].trim_end();
    if !picture.ends_with("</svg>") {
        return Err(format!("{path} does not end with </svg>"));
    }
    Ok(picture.lines().map(str::trim).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_one_line_without_its_prolog() {
        assert_eq!(
            inline("<?xml?>\n<svg a=\"b\">\n\n<g/>\n</svg>\n", "x").unwrap(),
            "<svg a=\"b\">  <g/> </svg>"
        );
        assert!(inline("<html>", "x").unwrap_err().contains("no SVG"));
    }
}
