//! `{{#plot bench NAME NAME ..}}`: figures as bars, with their spread.
//!
//! HTML and not SVG, so that its text keeps its size on a narrow screen, wraps, and is read out as the list that it is. Every
//! bar starts at 0: a ratio that is cut off at 0.8 looks like a tenth.

use std::fmt::Write as _;

use crate::figures::{Figure, named, provenance, rounded, shown};
use crate::html::escape;
use crate::page::Page;

/// The bars. All figures of a plot have one unit.
///
/// # Errors
/// A figure is not there, or has another unit than the first.
pub fn bars(page: &Page<'_>, arguments: &str) -> Result<String, String> {
    let (data, figures) = named(page, arguments)?;
    let unit = &figures[0].unit;
    if let Some(other) = figures.iter().find(|figure| figure.unit != *unit) {
        return Err(format!(
            "`{}` is in `{}` and `{}` in `{unit}`: one plot, one unit",
            other.name, other.unit, figures[0].name
        ));
    }
    let ratio = unit == "ratio";
    let highest = figures
        .iter()
        .map(|figure| figure.spread.1.max(figure.value))
        .fold(f64::from(u8::from(ratio)), f64::max);
    if highest <= 0.0 {
        return Err("nothing to draw: every figure is 0".to_owned());
    }
    let scale = 100.0 / (highest * 1.02);
    let rows: String = figures
        .iter()
        .map(|figure| row(figure, scale, ratio))
        .collect();
    let note = if ratio {
        "The line stands at 1: as fast as what it is compared with."
    } else {
        "Every bar starts at 0."
    };
    Ok(format!(
        "<figure class=\"lb-plot\"><ul>{rows}</ul><p class=\"lb-plot-note\">{note} The thin mark is where eight runs in ten lie.</p>{}</figure>",
        provenance(&data)
    ))
}

fn row(figure: &Figure, scale: f64, ratio: bool) -> String {
    let (low, high) = figure.spread;
    let mut marks = String::new();
    if ratio {
        let _ = write!(
            marks,
            "<span class=\"lb-one\" style=\"left:{:.2}%\"></span>",
            scale
        );
    }
    if low < high {
        let _ = write!(
            marks,
            "<span class=\"lb-spread\" style=\"left:{:.2}%;width:{:.2}%\"></span>",
            low * scale,
            (high - low) * scale
        );
    }
    let spread = if low < high {
        format!(" ({} to {})", rounded(low), rounded(high))
    } else {
        String::new()
    };
    format!(
        "<li><span class=\"lb-bar-name\">{}</span><span class=\"lb-bar-value\">{}{spread}</span><span class=\"lb-track\" aria-hidden=\"true\"><span class=\"lb-bar\" style=\"width:{:.2}%\"></span>{marks}</span></li>",
        escape(&figure.words()),
        escape(&shown(figure.value, &figure.unit)),
        figure.value * scale,
    )
}
