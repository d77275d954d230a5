//! Curves for a terminal: a table of their values, and a picture of letters. The picture with lines is an SVG file.

use std::fmt::Write as _;

use measure::{Curves, Line};

use crate::page::{Ink, Page};

/// Below this many columns each line's values are a paragraph.
const WIDE: usize = 72;
/// In front of the table's values and of the picture: a name, or a percentage.
const NAMES: usize = 16;
const PERCENT: usize = 6;
/// Rows of the picture.
const ROWS: usize = 12;

/// Title, table and picture.
pub fn report(page: &Page, curves: &Curves) -> String {
    let mut out = page.paragraph(0, Ink::Bold, &curves.title);
    let what = format!("Hits in %, by {}", curves.sizes);
    out += &page.paragraph(0, Ink::Dim, &what);
    out.push('\n');
    let letters = letters(&curves.lines);
    out += &if page.width >= WIDE && NAMES + 8 * curves.at.len() <= page.width {
        table(curves, &letters)
    } else {
        list(page, curves, &letters)
    };
    out.push('\n');
    out + &picture(page, curves, &letters)
}

/// A letter for each line: the first of its name that no line before it has.
fn letters(lines: &[Line]) -> Vec<char> {
    let mut taken: Vec<char> = Vec::new();
    for line in lines {
        let mut of = line.name.chars().filter(|c| c.is_alphanumeric());
        let letter = of.find(|c| !taken.contains(c)).unwrap_or('*');
        taken.push(letter);
    }
    taken
}

fn table(curves: &Curves, letters: &[char]) -> String {
    let mut out = format!("{:NAMES$}", "");
    for at in &curves.at {
        let _ = write!(out, "{at:>8}");
    }
    out.push('\n');
    for (line, letter) in curves.lines.iter().zip(letters) {
        let name: String = line.name.chars().take(NAMES - 2).collect();
        let _ = write!(out, "{letter} {name:<width$}", width = NAMES - 2);
        for value in &line.values {
            let _ = write!(out, "{:>8.2}", 100.0 * value);
        }
        out.push('\n');
    }
    out
}

fn list(page: &Page, curves: &Curves, letters: &[char]) -> String {
    let mut out = String::new();
    for (line, letter) in curves.lines.iter().zip(letters) {
        out += &page.paragraph(0, Ink::Plain, &format!("{letter} {}", line.name));
        let each = curves.at.iter().zip(&line.values);
        let each: Vec<String> = each
            .map(|(at, value)| format!("{at}: {:.2}", 100.0 * value))
            .collect();
        out += &page.paragraph(2, Ink::Plain, &each.join(", "));
    }
    out
}

/// Letters over the sizes: between two sizes a line goes straight. Where several meet, the first in the list is seen.
fn picture(page: &Page, curves: &Curves, letters: &[char]) -> String {
    let columns = page.width.saturating_sub(PERCENT + 1).max(1);
    let mut rows = vec![vec![' '; columns]; ROWS];
    for (line, &letter) in curves.lines.iter().zip(letters).rev() {
        let place = |column| column as f64 / (columns - 1).max(1) as f64;
        for (column, place) in (0..columns).map(|column| (column, place(column))) {
            if let Some(value) = value_at(curves, line, place) {
                let down = (1.0 - value.clamp(0.0, 1.0)) * (ROWS - 1) as f64;
                rows[down.round() as usize][column] = letter;
            }
        }
    }
    let mut out = String::new();
    for (index, row) in rows.into_iter().enumerate() {
        let percent = match index {
            0 => "100 %",
            index if index == ROWS - 1 => "0 %",
            _ => "",
        };
        let row: String = row.into_iter().collect();
        let _ = writeln!(out, "{}", format!("{percent:>PERCENT$}|{row}").trim_end());
    }
    let ends = (curves.at.first(), curves.at.last());
    let (Some(first), Some(last)) = ends else {
        return out;
    };
    let first = first.to_string();
    let last = if curves.at.len() == 1 {
        String::new()
    } else {
        last.to_string()
    };
    let gap = columns.saturating_sub(first.len() + last.len());
    let _ = writeln!(out, "{:>PERCENT$}+{}", "", "-".repeat(columns));
    let ends = format!("{:>PERCENT$} {first}{:gap$}{last}", "", "");
    let _ = writeln!(out, "{}", ends.trim_end());
    out
}

/// A line's value between two sizes, or anywhere if there is one; `None` beyond its last.
fn value_at(curves: &Curves, line: &Line, place: f64) -> Option<f64> {
    let points: Vec<(f64, f64)> = curves
        .at
        .iter()
        .zip(&line.values)
        .map(|(&at, &value)| (curves.place(at), value))
        .collect();
    if let [(_, only)] = points[..] {
        return Some(only);
    }
    let after = points.iter().position(|(at, _)| *at >= place)?;
    let (to, high) = points[after];
    match after.checked_sub(1) {
        None => (to <= place).then_some(high),
        Some(before) => {
            let (from, low) = points[before];
            Some(low + (high - low) * (place - from) / (to - from))
        }
    }
}
