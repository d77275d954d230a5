//! A bench's figures for a terminal: ratios first, because they are what travels to another machine.

use contract::Manifest;
use measure::{Bound, Document, Figure, round};

use super::count;
use crate::page::{Ink, Page};

/// What is in front of a figure's name: value, unit and spread.
const COLUMNS: usize = 44;
/// Below this many columns a name has a line of its own.
const WIDE: usize = 72;

/// All of a run.
pub fn report(page: &Page, lab: &Manifest, document: &Document) -> String {
    let title = format!("{} {}, measured", lab.number, lab.title);
    let mut out = page.paragraph(0, Ink::Bold, &title);
    out += &page.paragraph(0, Ink::Dim, &place(document));
    let is_ratio = |figure: &&Figure| figure.unit == "ratio";
    for (title, ratios) in [("Ratios", true), ("What they are made of", false)] {
        out += "\n";
        out += &page.paragraph(0, Ink::Bold, title);
        let figures = document.figures.iter();
        for figure in figures.filter(|figure| is_ratio(figure) == ratios) {
            out += &line(page, figure);
        }
    }
    out += "\n";
    out + &end(page, document)
}

/// Where and when.
fn place(document: &Document) -> String {
    let machine = &document.machine;
    let mut parts = vec![
        count(machine.cores, "core"),
        machine.cpu.clone(),
        format!("kernel {}", machine.kernel),
    ];
    for (service, version) in &machine.services {
        parts.push(format!("{service} {version}"));
    }
    if let Some(load) = machine.load {
        parts.push(format!("load {load} before"));
    }
    parts.push(document.date.clone());
    parts.join(", ")
}

fn line(page: &Page, figure: &Figure) -> String {
    let name = figure.name.replace('_', " ");
    let unit = match figure.unit.as_str() {
        "ratio" => "",
        unit => unit,
    };
    let [low, high] = figure.spread;
    let spread = if low == high {
        String::new()
    } else {
        format!("{} to {}", round(low), round(high))
    };
    let value = round(figure.value);
    let target = target(figure);
    if page.width >= WIDE {
        let numbers = format!("{value:>9} {unit:<13} {spread:<18} ");
        let text = page.paragraph(COLUMNS, Ink::Plain, &name);
        let mut out = text.replacen(&" ".repeat(COLUMNS), &format!("{numbers:<COLUMNS$}"), 1);
        if let Some((ink, words)) = target {
            out += &page.paragraph(COLUMNS, ink, &words);
        }
        return out;
    }
    let mut out = page.paragraph(0, Ink::Plain, &name);
    let numbers = [value, unit.to_owned()].join(" ");
    let numbers = match spread.as_str() {
        "" => numbers.trim_end().to_owned(),
        spread => format!("{}, {spread}", numbers.trim_end()),
    };
    out += &page.paragraph(2, Ink::Plain, &numbers);
    if let Some((ink, words)) = target {
        out += &page.paragraph(2, ink, &words);
    }
    out
}

/// What was promised, and whether it holds.
fn target(figure: &Figure) -> Option<(Ink, String)> {
    let target = round(figure.target?);
    let bound = match figure.bound {
        Some(Bound::AtMost) => "at most",
        Some(Bound::AtLeast) | None => "at least",
    };
    Some(match figure.holds {
        Some(true) => (Ink::Green, format!("{bound} {target}: holds")),
        Some(false) => (Ink::Red, format!("{bound} {target}: MISSED")),
        None => (Ink::Dim, format!("{bound} {target}: not judged")),
    })
}

/// What it comes to.
fn end(page: &Page, document: &Document) -> String {
    let judged = document.figures.iter().filter(|f| f.holds.is_some());
    let judged = judged.count();
    let missed: Vec<_> = document
        .missed()
        .map(|figure| figure.name.replace('_', " "))
        .collect();
    let mut out = if missed.is_empty() {
        let verb = if judged == 1 { "holds" } else { "hold" };
        page.paragraph(
            0,
            Ink::Green,
            &format!("{} {verb}.", count(judged, "target")),
        )
    } else {
        let of = format!("{} of {}", missed.len(), count(judged, "target"));
        let text = format!("MISSED: {of}: {}.", missed.join("; "));
        page.paragraph(0, Ink::Red, &text)
    };
    if document.quick {
        let text = "A quick run is a debug build and a tenth of the rounds: only counts are judged, and no figure is for keeping.";
        out += &page.paragraph(0, Ink::Dim, text);
    } else if document.machine.busy {
        let text = "The machine had other work when this began, a build perhaps: ratios stand that better than rates do.";
        out += &page.paragraph(0, Ink::Yellow, text);
    }
    out
}
