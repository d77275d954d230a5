//! `{{#invariants}}`: what must hold, each with the tests that show it.

use crate::html::{code, count, escape, folded};
use crate::page::Page;

/// The invariants of the page's lab, with an anchor each: `#inv-1`.
///
/// # Errors
/// The page belongs to no lab, or the suite cannot be read.
pub fn list(page: &Page<'_>) -> Result<String, String> {
    let lab = page.lab()?;
    let sources = page.house.sources(lab)?;
    let mut items = String::new();
    for invariant in &lab.manifest.invariants {
        let id = invariant.id;
        let mut rows = String::new();
        for name in &invariant.tests {
            let Some(test) = sources.tests.iter().find(|test| test.name == name.as_str()) else {
                return Err(format!(
                    "INV-{id} names `{name}`, which the suite does not have"
                ));
            };
            let place = format!("{}:{}", test.file.display(), test.line);
            rows.push_str(&format!(
                "<li>{} <span class=\"lb-place\">{}</span></li>",
                code(name),
                escape(&place)
            ));
        }
        let summary = count(invariant.tests.len() as u32, "test");
        let sentence = escape(&invariant.sentence);
        let tests = folded(
            "lb-tests",
            &format!("{summary} of INV-{id}"),
            &format!("<ul>{rows}</ul>"),
        );
        items.push_str(&format!(
            "<li id=\"inv-{id}\"><p><strong>INV-{id}</strong> {sentence}</p>{tests}</li>"
        ));
    }
    Ok(format!("<ul class=\"lb-invariants\">{items}</ul>"))
}
