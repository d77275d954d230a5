//! Saved figures in text and tables: `{{#num bench.reserve_64_in_flight}}`.
//!
//! A measured number is never typed. It is read from book/data, where the program that measured it wrote it with its machine and
//! its date, and rounded here to what it can carry.

use std::fmt::Write as _;

use serde_json::Value;

use crate::html::escape;
use crate::page::Page;

/// One figure of a bench.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Its name in the data.
    pub name: String,
    /// `ratio`, `a second`, `us each`.
    pub unit: String,
    /// The median.
    pub value: f64,
    /// The first and the last tenth.
    pub spread: (f64, f64),
    /// What is promised.
    pub target: Option<f64>,
    /// Whether it may be no more than that; else it may be no less.
    pub at_most: bool,
    /// Whether the promise is kept.
    pub holds: Option<bool>,
}

impl Figure {
    /// What is promised of it, and whether it is kept; nothing if there is no promise.
    #[must_use]
    pub fn promise(&self) -> String {
        let Some(target) = self.target else {
            return String::new();
        };
        let bound = if self.at_most { "at most" } else { "at least" };
        let kept = if self.holds == Some(true) {
            "holds"
        } else {
            "missed"
        };
        format!("{bound} {}: {kept}", rounded(target))
    }

    /// Its name as words.
    #[must_use]
    pub fn words(&self) -> String {
        self.name.replace('_', " ")
    }
}

/// `{{#num FILE.PATH}}`.
///
/// # Errors
/// No such file, or nothing there.
pub fn inline(page: &Page<'_>, arguments: &str) -> Result<String, String> {
    let (file, path) = arguments
        .split_once('.')
        .ok_or("which number? `{{#num bench.NAME}}`")?;
    let data = page.data(file)?;
    let missing = |part: &str| {
        format!(
            "{}/{file}.json has no `{part}` in `{path}`",
            page.data_dir().display()
        )
    };
    let (name, spread) = match path.strip_suffix(".spread") {
        Some(name) => (name, true),
        None => (path, false),
    };
    let text = match figure(&data, name) {
        Some(figure) if spread => {
            let (low, high) = figure.spread;
            format!("{} to {}", rounded(low), shown(high, &figure.unit))
        }
        Some(figure) => shown(figure.value, &figure.unit),
        None => scalar(walk(&data, path).map_err(|part| missing(&part))?)
            .ok_or_else(|| missing(path))?,
    };
    Ok(format!(
        "<span class=\"lb-num\" title=\"{}\">{}</span>",
        escape(&format!("{file}: {path}")),
        escape(&text)
    ))
}

/// Down the path; an array is entered by index or by the `name` (or `design`) of an object in it.
fn walk<'v>(data: &'v Value, path: &str) -> Result<&'v Value, String> {
    let mut value = data;
    for part in path.split('.') {
        let next = match value.as_array() {
            Some(items) => part.parse::<usize>().map_or_else(
                |_| {
                    items
                        .iter()
                        .find(|item| item["name"] == part || item["design"] == part)
                },
                |index| items.get(index),
            ),
            None => value.get(part),
        };
        value = next.ok_or_else(|| part.to_owned())?;
    }
    Ok(value)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => match number.as_u64() {
            Some(whole) => Some(grouped(whole)),
            None => number.as_f64().map(rounded),
        },
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The figure of that name in a bench's data.
#[must_use]
pub fn figure(data: &Value, name: &str) -> Option<Figure> {
    let found = data
        .get("figures")?
        .as_array()?
        .iter()
        .find(|figure| figure["name"] == name)?;
    Some(Figure {
        name: name.to_owned(),
        unit: found["unit"].as_str()?.to_owned(),
        value: found["value"].as_f64()?,
        spread: (found["spread"][0].as_f64()?, found["spread"][1].as_f64()?),
        target: found["target"].as_f64(),
        at_most: found["bound"] == "at_most",
        holds: found["holds"].as_bool(),
    })
}

/// The figures that a directive names: `FILE NAME NAME ..`.
///
/// # Errors
/// No such file, or it lacks one of them.
pub fn named(page: &Page<'_>, arguments: &str) -> Result<(Value, Vec<Figure>), String> {
    let mut words = arguments.split_whitespace();
    let file = words
        .next()
        .ok_or("which figures? the data's file, then their names")?;
    let data = page.data(file)?;
    let find = |name: &str| {
        figure(&data, name).ok_or_else(|| {
            format!(
                "{}/{file}.json has no figure `{name}`",
                page.data_dir().display()
            )
        })
    };
    let figures: Vec<Figure> = words.map(find).collect::<Result<_, _>>()?;
    if figures.is_empty() {
        return Err("which figures? their names follow the data's file".to_owned());
    }
    Ok((data, figures))
}

/// `{{#figures bench NAME NAME ..}}`.
///
/// # Errors
/// As [`named`].
pub fn table(page: &Page<'_>, arguments: &str) -> Result<String, String> {
    let (data, figures) = named(page, arguments)?;
    let mut rows = String::new();
    for figure in &figures {
        let (low, high) = figure.spread;
        let spread = if low == high {
            "counted".to_owned()
        } else {
            format!("{} to {}", rounded(low), rounded(high))
        };
        let cells = [
            figure.words(),
            shown(figure.value, &figure.unit),
            spread,
            figure.promise(),
        ];
        rows.push_str("<tr>");
        for cell in cells {
            let _ = write!(rows, "<td>{}</td>", escape(&cell));
        }
        rows.push_str("</tr>");
    }
    Ok(format!(
        "<figure class=\"lb-figures\"><div class=\"lb-table\" role=\"region\" aria-label=\"Figures\" tabindex=\"0\"><table><thead><tr><th>Figure</th><th>Median</th><th>Eight runs in ten</th><th>Target</th></tr></thead><tbody>{rows}</tbody></table></div>{}</figure>",
        provenance(&data)
    ))
}

/// Where and when: the line under every table and picture of figures.
#[must_use]
pub fn provenance(data: &Value) -> String {
    let machine = &data["machine"];
    let mut parts = Vec::new();
    if let Some(cpu) = machine["cpu"].as_str() {
        let cores = machine["cores"]
            .as_u64()
            .map(|n| format!("{n} cores of "))
            .unwrap_or_default();
        parts.push(escape(&format!("{cores}{cpu}")));
    }
    for (name, version) in machine["services"].as_object().into_iter().flatten() {
        parts.push(escape(&format!(
            "{name} {}",
            version.as_str().unwrap_or("?")
        )));
    }
    if let Some(date) = data["date"].as_str() {
        parts.push(escape(date));
    }
    if machine["busy"] == true {
        parts.push("<strong>the machine was busy</strong>".to_owned());
    }
    format!("<figcaption>{}</figcaption>", parts.join(" · "))
}

/// A value with its unit in words.
#[must_use]
pub fn shown(value: f64, unit: &str) -> String {
    let value = rounded(value);
    match unit {
        "ratio" | "each" => value,
        "us each" => format!("{value} µs"),
        "ns each" => format!("{value} ns"),
        "ms each" => format!("{value} ms"),
        unit => format!("{value} {unit}"),
    }
}

/// Three digits that mean something.
#[must_use]
pub fn rounded(value: f64) -> String {
    let size = value.abs();
    if size >= 1e6 {
        return format!("{:.2} million", value / 1e6);
    }
    if size >= 1000.0 {
        let step = 10_f64.powi(size.log10().floor() as i32 - 2);
        return grouped(((value / step).round() * step) as u64);
    }
    let digits = if size >= 100.0 || value.fract() == 0.0 {
        0
    } else if size >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}")
}

fn grouped(whole: u64) -> String {
    let digits = whole.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_has_the_digits_that_it_can_carry() {
        let cases = [
            (7_354_474.0, "7.35 million"),
            (91_309.03, "91,300"),
            (999.6, "1000"),
            (67.69, "67.7"),
            (0.953, "0.95"),
            (4.0, "4"),
        ];
        for (value, text) in cases {
            assert_eq!(rounded(value), text);
        }
        assert_eq!(shown(67.7, "us each"), "67.7 µs");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }

    #[test]
    fn a_promise_says_which_way_it_bounds() {
        let data = json!({"figures": [
            {"name": "a", "unit": "ratio", "value": 0.95, "spread": [0.9, 1.0], "target": 0.8, "holds": true},
            {"name": "b", "unit": "each", "value": 4, "spread": [4, 4], "target": 1, "holds": false, "bound": "at_most"},
            {"name": "c", "unit": "each", "value": 4, "spread": [4, 4], "target": null, "holds": null},
        ]});
        let promise = |name| figure(&data, name).unwrap().promise();
        assert_eq!(promise("a"), "at least 0.80: holds");
        assert_eq!(promise("b"), "at most 1: missed");
        assert_eq!(promise("c"), "");
    }

    #[test]
    fn a_path_goes_through_objects_indices_and_names() {
        let data = json!({"runs": [{"name": "as built", "sold": 100_000}, {"name": "no gate", "sold": 7}]});
        assert_eq!(walk(&data, "runs.no gate.sold"), Ok(&json!(7)));
        assert_eq!(walk(&data, "runs.0.sold"), Ok(&json!(100_000)));
        assert_eq!(walk(&data, "runs.none.sold"), Err("none".to_owned()));
    }
}
