//! Draws it, from the top down: heading, legend, names of the faults, lanes, figures, axis, and what shows the violation.

mod figures;
mod lanes;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Picture;
use super::layout::{RIGHT, Scale, WIDTH, thinned};
use super::text::{escape, px, seconds, width, wrap};
use crate::history::{Ending, Op};
use crate::verdict::{Verdict, Violation};

/// Small text; nothing is smaller.
const SMALL: f64 = 12.0;
/// A line of small text.
const LINE: f64 = 17.0;

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
.lb-timeline .s2{stroke:var(--lb-muted,#57606a);stroke-dasharray:1.5 2.5}\
.lb-timeline .limit{stroke:var(--lb-bad,#b3261e);stroke-dasharray:2 3}";

/// The picture as SVG, in the page's colours if it has them (`--lb-ink` and so on).
#[must_use]
pub fn svg(picture: &Picture<'_>) -> String {
    let shown = picture.verdict.shown(picture.breaks);
    let mut drawing = Drawing {
        picture,
        shown,
        scale: Scale::of(picture.history),
        ops: thinned(
            &picture.history.ops,
            shown.map_or(&[], |violation| &violation.ops),
            picture.most_ops,
        ),
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
    format!(
        "{}: {}, seed {}",
        picture.title, picture.whose, picture.seed
    )
}

fn description(picture: &Picture<'_>, drawn: usize) -> String {
    let history = picture.history;
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for op in &history.ops {
        *words.entry(op.word.as_str()).or_default() += 1;
    }
    let words: Vec<String> = words
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let faults: Vec<String> = history
        .faults
        .iter()
        .map(|fault| {
            format!(
                "{} from {} to {} s",
                fault.name(),
                seconds(fault.began_us),
                seconds(fault.ended_us)
            )
        })
        .collect();
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
        (_, Some(violation)) => format!(
            "INV-{} is broken at {} s: {}.",
            violation.invariant,
            seconds(violation.at_us),
            violation.sentence
        ),
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
        let _ = writeln!(
            self.front,
            "<text x=\"{}\" y=\"{y}\" class=\"{class}\">{}</text>",
            px(x),
            escape(text)
        );
    }

    fn heading(&mut self) {
        self.y = 24.0;
        self.text(12.0, "h", &title(self.picture));
        let (class, mark) = match self.picture.verdict {
            Verdict::Holds => ("g", "\u{2713} "),
            Verdict::Violated { .. } => ("b", "\u{2717} "),
            Verdict::Inconclusive { .. } => ("b", "? "),
        };
        for line in wrap(
            &format!("{mark}{}", verdict_line(self.picture)),
            SMALL + 1.0,
            WIDTH - 24.0,
        ) {
            self.y += LINE + 2.0;
            self.text(12.0, class, &line);
        }
        let invariant = self.shown.and_then(|violation| {
            self.picture
                .invariants
                .iter()
                .find(|(id, _)| *id == violation.invariant)
        });
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
            for op in self
                .picture
                .history
                .ops
                .iter()
                .filter(|op| op.ending == ending)
            {
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
            let _ = writeln!(
                self.front,
                "<path class=\"{}\" d=\"{mark}\"/>",
                class(ending)
            );
            self.text(x + 14.0, "", &label);
            x += 34.0 + width(&label, SMALL);
        }
        let (all, drawn) = (self.picture.history.ops.len(), self.ops.len());
        let count = if all == drawn {
            format!("{all} operations")
        } else {
            format!("{all} operations, {drawn} drawn")
        };
        if x + width(&count, SMALL) > RIGHT {
            x = 12.0;
            self.y += LINE;
        }
        self.text(x, "m", &count);
        self.y += 10.0;
    }

    fn evidence(&mut self) {
        let Some(violation) = self.shown else { return };
        self.y += 8.0;
        let mut lines: Vec<(String, String)> = violation
            .evidence
            .iter()
            .map(|line| ("\u{2022}".to_owned(), line.clone()))
            .collect();
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
    format!(
        "{}, {}: {}, {} to {} s",
        op.who,
        op.what,
        op.word,
        seconds(op.began_us),
        seconds(op.ended_us)
    )
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
        Ending::Done => format!(
            "M{} {}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0",
            px(x - 2.5),
            px(y)
        ),
        Ending::Refused => format!("M{} {}h4v4h-4z", px(x - 2.0), px(y - 2.0)),
        Ending::Failed => format!("M{} {}l5 5m0-5l-5 5", px(x - 2.5), px(y - 2.5)),
        Ending::Unknown => format!("M{} {}l3.5 3.5-3.5 3.5-3.5-3.5z", px(x), px(y - 3.5)),
    }
}
