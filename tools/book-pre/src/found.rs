//! `{{#found}}`: which broken designs the chaos runs found, and within how many seeds.

use std::fmt::Write as _;

use serde_json::Value;

use crate::design::anchor;
use crate::html::{code, escape};
use crate::page::Page;

/// The table of chaos.json, and under it how the reference did over as many seeds.
///
/// # Errors
/// chaos.json is missing, or lacks what the table shows.
pub fn table(page: &Page<'_>) -> Result<String, String> {
    let data = page.data("chaos")?;
    let found = data["found"]
        .as_array()
        .ok_or("chaos.json has no `found`")?;
    let mut rows = String::new();
    for row in found {
        let design = row["design"]
            .as_str()
            .ok_or("a row of `found` in chaos.json has no design")?;
        let cell = |key: &str| {
            number(row, key)
                .ok_or_else(|| format!("`found` of {design} in chaos.json has no `{key}`"))
        };
        let _ = match row["first_seed"].as_u64() {
            Some(seed) => write!(
                rows,
                "<tr><td><a href=\"#{}\">{}</a></td><td>{seed}</td><td>INV-{}</td><td>{}</td></tr>",
                anchor(design),
                code(design),
                cell("violated_invariant")?,
                escape(row["sentence"].as_str().unwrap_or_default()),
            ),
            None => write!(
                rows,
                "<tr><td><a href=\"#{}\">{}</a></td><td>none of {}</td><td></td><td></td></tr>",
                anchor(design),
                code(design),
                cell("seeds_tried")?,
            ),
        };
    }
    let reference = &data["reference"];
    let of = |key: &str| {
        number(reference, key).ok_or_else(|| format!("`reference` in chaos.json has no `{key}`"))
    };
    Ok(format!(
        "<figure class=\"lb-figures\"><div class=\"lb-table\" role=\"region\" aria-label=\"What chaos found\" tabindex=\"0\"><table><thead><tr><th>Design</th><th>First seed</th><th>Breaks</th><th>What the checker says</th></tr></thead><tbody>{rows}</tbody></table></div><figcaption>Seeds from 1 on, one run each. The reference held in {} of {} runs: {} operations, {} faults.</figcaption></figure>",
        of("held")?,
        of("seeds_tried")?,
        of("operations")?,
        of("faults")?,
    ))
}

fn number(of: &Value, key: &str) -> Option<u64> {
    of[key].as_u64()
}
