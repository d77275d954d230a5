//! Draws it, from the top down: heading, legend, names of the faults, lanes, figures, axis, and what shows the violation.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Picture;
use super::layout::{LEFT, RIGHT, Scale, WIDTH, rows, thinned};
use super::text::{escape, px, seconds, width, wrap};
use crate::history::{Ending, Op, Series};
use crate::verdict::{Verdict, Violation};

/// Small text; nothing is smaller.
const SMALL: f64 = 12.0;
/// A line of small text.
const LINE: f64 = 17.0;
/// A lane without operations.
const EMPTY_LANE: f64 = 16.0;
/// All rows of a lane together take at most about this, down to rows that just do not touch.
const LANE_MOST: f64 = 250.0;
/// The figures.
const FIGURES: f64 = 110.0;

const STYLE: &str = ".lb-timeline text{font:12px system-ui,sans-serif;fill:var(--lb-ink,#1f2328)}\
.lb-timeline .h{font-size:15px;font-weight:600}\
.lb-timeline .m{fill:var(--lb-muted,#57606a)}\
.lb-timeline .b{fill:var(--lb-bad,#b3261e);font-weight:600}\
.lb-timeline .g{fill:var(--lb-ok,#1a7f37);font-weight:600}\
.lb-timeline .o{paint-order:stroke;stroke:var(--lb-surface,#fff);stroke-width:3px;stroke-linejoin:round}\
.lb-timeline path,.lb-timeline line,.lb-timeline polyline{stroke-width:1.5;fill:none}\
.lb-timeline .done{stroke:var(--lb-ok,#1a7f37);fill:var(--lb-ok,#1a7f37)}\
.lb-timeline .refused{stroke:var(--lb-muted,#57606a);stroke-width:1}\
.lb-timeline .failed{stroke:var(--lb-warn,#7d4e00)}\
.lb-timeline .unknown{stroke:var(--lb-bad,#b3261e)}\
.lb-timeline .band{fill:var(--lb-fault,rgba(154,103,0,.17))}\
.lb-timeline .chip{fill:var(--lb-fault,rgba(154,103,0,.17));stroke:var(--lb-warn,#7d4e00);stroke-width:1}\
.lb-timeline .rule{stroke:var(--lb-line,#d0d7de);stroke-width:1}\
.lb-timeline .cut{stroke:var(--lb-bad,#b3261e);stroke-width:2}\
.lb-timeline .ring{stroke:var(--lb-bad,#b3261e);stroke-width:2;fill:none}\
.lb-timeline .s0{stroke:var(--lb-accent,#0550ae);stroke-width:2}\
.lb-timeline .s1{stroke:var(--lb-ink,#1f2328);stroke-dasharray:5 3}\
.lb-timeline .limit{stroke:var(--lb-bad,#b3261e);stroke-dasharray:2 3}";

/// The picture as SVG, in the page's colours if it has them (`--lb-ink` and so on).
#[must_use]
pub fn svg(picture: &Picture<'_>) -> String {
    let shown = picture.verdict.shown(picture.breaks);
    let mut drawing = Drawing {
        picture,
        shown,
        scale: Scale::of(picture.history),
        ops: thinned(&picture.history.ops, shown.map_or(&[], |violation| &violation.ops), picture.most_ops),
        y: 0.0,
        back: String::new(),
        front: String::new(),
        rings: String::new(),
    };
    drawing.heading();
    drawing.legend();
    let top = drawing.names_of_faults();
    drawing.lanes();
    drawing.figures();
    let bottom = drawing.y;
    drawing.bands(top, bottom);
    drawing.axis(bottom);
    drawing.moment(top, bottom);
    drawing.evidence();
    let (width, height) = (px(WIDTH), px(drawing.y + 10.0));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lb-timeline\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{}</title>\n<desc>{}</desc>\n<style>{STYLE}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" style=\"fill:var(--lb-surface,#fff)\"/>\n{}{}{}</svg>\n",
        escape(&title(picture)),
        escape(&description(picture, drawing.ops.len())),
        drawing.back,
        drawing.front,
        drawing.rings
    )
}

fn title(picture: &Picture<'_>) -> String {
    format!("{}: {}, seed {}", picture.title, picture.whose, picture.seed)
}

fn description(picture: &Picture<'_>, drawn: usize) -> String {
    let history = picture.history;
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for op in &history.ops {
        *words.entry(op.word.as_str()).or_default() += 1;
    }
    let words: Vec<String> = words.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let faults: Vec<String> = history.faults.iter().map(|fault| format!("{} from {} to {} s", fault.name(), seconds(fault.began_us), seconds(fault.ended_us))).collect();
    format!(
        "{} operations in {} s ({}), {drawn} of them drawn. Faults: {}. {}",
        history.ops.len(),
        seconds(history.lasted_us),
        words.join(", "),
        faults.join("; "),
        verdict_line(picture)
    )
}

fn verdict_line(picture: &Picture<'_>) -> String {
    match (picture.verdict, picture.verdict.shown(picture.breaks)) {
        (_, Some(violation)) => format!("INV-{} is broken at {} s: {}.", violation.invariant, seconds(violation.at_us), violation.sentence),
        (Verdict::Inconclusive { reason }, None) => format!("Says nothing: {reason}."),
        (Verdict::Holds | Verdict::Violated { .. }, None) => "Every invariant held.".to_owned(),
    }
}

struct Drawing<'a> {
    picture: &'a Picture<'a>,
    shown: Option<&'a Violation>,
    scale: Scale,
    ops: Vec<&'a Op>,
    /// How far down it has come.
    y: f64,
    /// What lies behind the operations.
    back: String,
    front: String,
    /// What marks the operations of the violation, over everything else.
    rings: String,
}

impl Drawing<'_> {
    fn text(&mut self, x: f64, class: &str, text: &str) {
        let y = px(self.y);
        let _ = writeln!(self.front, "<text x=\"{}\" y=\"{y}\" class=\"{class}\">{}</text>", px(x), escape(text));
    }

    fn heading(&mut self) {
        self.y = 24.0;
        self.text(12.0, "h", &title(self.picture));
        let (class, mark) = match self.picture.verdict {
            Verdict::Holds => ("g", "\u{2713} "),
            Verdict::Violated { .. } => ("b", "\u{2717} "),
            Verdict::Inconclusive { .. } => ("b", "? "),
        };
        for line in wrap(&format!("{mark}{}", verdict_line(self.picture)), SMALL + 1.0, WIDTH - 24.0) {
            self.y += LINE + 2.0;
            self.text(12.0, class, &line);
        }
        let invariant = self.shown.and_then(|violation| self.picture.invariants.iter().find(|(id, _)| *id == violation.invariant));
        if let Some((id, sentence)) = invariant {
            for line in wrap(&format!("INV-{id} says: {sentence}"), SMALL, WIDTH - 24.0) {
                self.y += LINE;
                self.text(12.0, "m", &line);
            }
        }
    }

    fn legend(&mut self) {
        self.y += LINE + 8.0;
        let mut x = 12.0;
        for ending in Ending::ALL {
            let mut words: Vec<&str> = Vec::new();
            for op in self.picture.history.ops.iter().filter(|op| op.ending == ending) {
                if !words.contains(&op.word.as_str()) {
                    words.push(&op.word);
                }
            }
            if words.is_empty() {
                continue;
            }
            words.sort_unstable();
            let label = words.join(", ");
            if x + 20.0 + width(&label, SMALL) > RIGHT {
                x = 12.0;
                self.y += LINE;
            }
            let mark = mark(x + 4.0, self.y - 4.0, ending);
            let _ = writeln!(self.front, "<path class=\"{}\" d=\"{mark}\"/>", class(ending));
            self.text(x + 14.0, "", &label);
            x += 34.0 + width(&label, SMALL);
        }
        let (all, drawn) = (self.picture.history.ops.len(), self.ops.len());
        let count = if all == drawn { format!("{all} operations") } else { format!("{all} operations, {drawn} drawn") };
        if x + width(&count, SMALL) > RIGHT {
            x = 12.0;
            self.y += LINE;
        }
        self.text(x, "m", &count);
        self.y += 10.0;
    }

    /// Each over its band, below each other where they would touch. Answers where the bands begin.
    fn names_of_faults(&mut self) -> f64 {
        let faults = &self.picture.history.faults;
        let places: Vec<f64> = faults
            .iter()
            .map(|fault| self.scale.x(fault.began_us).min(RIGHT - width(&fault.name(), SMALL)))
            .collect();
        let stretches = faults.iter().zip(&places).map(|(fault, &x)| (x, x + width(&fault.name(), SMALL) + 8.0));
        let rows = rows(stretches);
        let top = self.y;
        let deepest = rows.iter().max().map_or(0, |row| row + 1);
        for ((fault, x), row) in faults.iter().zip(places).zip(rows) {
            self.y = top + (row + 1) as f64 * 15.0;
            self.text(x, "o", &fault.name());
        }
        self.y = top + deepest as f64 * 15.0 + 6.0;
        top + 2.0
    }

    fn lanes(&mut self) {
        for lane in &self.picture.history.lanes {
            let ops: Vec<&Op> = self.ops.iter().copied().filter(|op| op.lane == *lane).collect();
            let stretches = ops.iter().map(|op| (self.scale.x(op.began_us) - 3.0, self.scale.x(op.ended_us) + 4.0));
            let rows = rows(stretches);
            let deepest = rows.iter().max().map_or(0, |row| row + 1);
            let row_height = (LANE_MOST / deepest.max(1) as f64).clamp(4.5, 9.0);
            let height = if ops.is_empty() { EMPTY_LANE } else { (deepest as f64 * row_height + 8.0).max(EMPTY_LANE) };
            let top = self.y;
            let _ = writeln!(self.back, "<line class=\"rule\" x1=\"0\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>", px(WIDTH), y = px(top));
            self.y = top + height / 2.0 + 4.0;
            self.text(12.0, "", lane);
            for fault in self.picture.history.faults.iter().filter(|fault| fault.target == *lane) {
                let (x, end) = (self.scale.x(fault.began_us), self.scale.x(fault.ended_us));
                let _ = writeln!(
                    self.back,
                    "<rect class=\"chip\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>",
                    px(x),
                    px(top + 1.5),
                    px((end - x).max(2.0)),
                    px(height - 3.0),
                    escape(&format!("{}, {} to {} s: {} {}", fault.name(), seconds(fault.began_us), seconds(fault.ended_us), fault.fired, fault.counted))
                );
            }
            for (op, row) in ops.iter().zip(rows) {
                self.op(op, top + 4.0 + (row as f64 + 0.5) * row_height);
            }
            self.y = top + height;
        }
    }

    fn op(&mut self, op: &Op, y: f64) {
        let (from, to) = (self.scale.x(op.began_us), self.scale.x(op.ended_us));
        let line = if to - from > 2.0 { format!("M{} {}H{}", px(from), px(y), px(to)) } else { String::new() };
        let _ = writeln!(
            self.front,
            "<path class=\"{}\" d=\"{line}{}\"><title>{}</title></path>",
            class(op.ending),
            mark(to, y, op.ending),
            escape(&tell(op))
        );
        if let Some(letter) = self.letter(op.id) {
            let _ = writeln!(
                self.rings,
                "<circle class=\"ring\" cx=\"{x}\" cy=\"{y}\" r=\"6\"/>\n<text x=\"{after}\" y=\"{base}\" class=\"b o\">{letter}</text>",
                x = px(to),
                y = px(y),
                after = px(to + 8.0),
                base = px(y + 4.0)
            );
        }
    }

    /// `A` for the first operation of the violation.
    fn letter(&self, id: u64) -> Option<char> {
        let index = self.shown?.ops.iter().position(|&op| op == id)?;
        (b'A'..=b'Z').nth(index).map(char::from)
    }

    fn figures(&mut self) {
        let drawn: Vec<&Series> = self.picture.history.series.iter().filter(|series| !series.points.is_empty()).collect();
        if drawn.is_empty() {
            return;
        }
        let top = self.y;
        let _ = writeln!(self.back, "<line class=\"rule\" x1=\"0\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>", px(WIDTH), y = px(top));
        let values = drawn.iter().flat_map(|series| series.points.iter().map(|&(_, value)| value).chain(series.limit.iter().map(|(limit, _)| *limit)));
        let most = values.fold(1.0, f64::max);
        let base = top + 24.0 + FIGURES;
        let at = |value: f64| base - value.max(0.0) / most * FIGURES;
        for (index, series) in drawn.iter().enumerate() {
            // The stroke's kind tells them apart, in the key as in the plot.
            let class = if index == 0 { "s0" } else { "s1" };
            self.y = top + 16.0;
            let x = LEFT + index as f64 * 330.0;
            let _ = writeln!(self.front, "<line class=\"{class}\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>", px(x), px(x + 22.0), y = px(self.y - 4.0));
            self.text(x + 28.0, "", &series.name);
            let mut points = String::new();
            for &(us, value) in &series.points {
                let _ = write!(points, "{},{} ", px(self.scale.x(us)), px(at(value)));
            }
            let _ = writeln!(self.front, "<polyline class=\"{class}\" points=\"{}\"/>", points.trim_end());
            if let Some((limit, name)) = &series.limit {
                let _ = writeln!(self.front, "<line class=\"limit\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>", px(LEFT), px(RIGHT), y = px(at(*limit)));
                self.y = top + 16.0;
                let x = RIGHT - width(name, SMALL);
                let _ = writeln!(self.front, "<line class=\"limit\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>", px(x - 28.0), px(x - 6.0), y = px(self.y - 4.0));
                self.text(x, "", name);
            }
        }
        for value in [0.0, most] {
            let label = px(value);
            self.y = at(value) + 4.0;
            self.text(LEFT - 6.0 - width(&label, SMALL), "m", &label);
        }
        self.y = base + 6.0;
    }

    fn bands(&mut self, top: f64, bottom: f64) {
        let mut bands = String::new();
        for fault in &self.picture.history.faults {
            let (from, to) = (self.scale.x(fault.began_us), self.scale.x(fault.ended_us));
            let _ = writeln!(
                bands,
                "<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                px(from),
                px(top),
                px((to - from).max(2.0)),
                px(bottom - top)
            );
        }
        self.back.insert_str(0, &bands);
    }

    fn axis(&mut self, bottom: f64) {
        let _ = writeln!(self.back, "<line class=\"rule\" x1=\"0\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>", px(WIDTH), y = px(bottom));
        self.y = bottom + 17.0;
        for second in self.scale.ticks() {
            let x = self.scale.x(second * 1_000_000);
            let _ = writeln!(self.back, "<line class=\"rule\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/>", px(bottom), px(bottom + 5.0), x = px(x));
            let label = format!("{second} s");
            self.text((x - width(&label, SMALL) / 2.0).min(RIGHT - width(&label, SMALL)), "m", &label);
        }
    }

    fn moment(&mut self, top: f64, bottom: f64) {
        let Some(violation) = self.shown else { return };
        let x = self.scale.x(violation.at_us);
        let _ = writeln!(self.front, "<line class=\"cut\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/>", px(top), px(bottom + 24.0), x = px(x));
        let label = format!("INV-{} broken, {} s", violation.invariant, seconds(violation.at_us));
        self.y = bottom + 36.0;
        let half = width(&label, SMALL) / 2.0;
        self.text((x - half).clamp(12.0, RIGHT - 2.0 * half), "b", &label);
    }

    fn evidence(&mut self) {
        let Some(violation) = self.shown else { return };
        self.y += 8.0;
        let mut lines: Vec<(String, String)> = violation.evidence.iter().map(|line| ("\u{2022}".to_owned(), line.clone())).collect();
        for &id in &violation.ops {
            if let (Some(letter), Some(op)) = (self.letter(id), self.picture.history.op(id)) {
                lines.push((letter.to_string(), format!("{}, at {}", tell(op), op.lane)));
            }
        }
        for (mark, line) in lines {
            for (index, line) in wrap(&line, SMALL, WIDTH - 48.0).iter().enumerate() {
                self.y += LINE;
                if index == 0 {
                    self.text(12.0, "b", &mark);
                }
                self.text(30.0, "", line);
            }
        }
    }
}

/// What a pointer over an operation tells.
fn tell(op: &Op) -> String {
    format!("{}, {}: {}, {} to {} s", op.who, op.what, op.word, seconds(op.began_us), seconds(op.ended_us))
}

fn class(ending: Ending) -> &'static str {
    match ending {
        Ending::Done => "done",
        Ending::Refused => "refused",
        Ending::Failed => "failed",
        Ending::Unknown => "unknown",
    }
}

/// A shape for each ending: a disc, a hollow square, a cross, a hollow diamond.
fn mark(x: f64, y: f64, ending: Ending) -> String {
    match ending {
        Ending::Done => format!("M{} {}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0", px(x - 2.5), px(y)),
        Ending::Refused => format!("M{} {}h4v4h-4z", px(x - 2.0), px(y - 2.0)),
        Ending::Failed => format!("M{} {}l5 5m0-5l-5 5", px(x - 2.5), px(y - 2.5)),
        Ending::Unknown => format!("M{} {}l3.5 3.5-3.5 3.5-3.5-3.5z", px(x), px(y - 3.5)),
    }
}
