//! Two panels over one axis of time, as SVG by hand: the book wants text that is text and colours that follow its theme.
//!
//! Calls at the bottom are on a scale of threes, because that is how they multiply. A colour never stands alone: lines also differ in their
//! dashes. Inlined in a page the colours are its custom properties; as an image the file follows the reader's light or dark preference.

use std::fmt::Write as _;
use std::time::Duration;

use crate::scenario::{Design, Mood, Scenario, ms};
use crate::tally::Run;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 744.0;
const PANEL: f64 = 170.0;
/// Above a panel: its title, its legend, the names of the faults.
const HEAD: f64 = 76.0;
/// Below it: its axis of time.
const FOOT: f64 = 34.0;
const STEP: Duration = ms(250);

/// `--lb-*` are those of book/theme/lab.css; the lines' colours tell apart to a colour-blind reader (Okabe and Ito, 2008).
const STYLE: &str = "<style>\n\
    .storm { --st-ink: var(--lb-ink, #1f2328); --st-b: #0072b2; }\n\
    @media (prefers-color-scheme: dark) { .storm { --st-ink: var(--lb-ink, #e3e7ec); --st-b: #56b4e9; } }\n\
    html.light .storm { --st-b: #0072b2; } html.coal .storm { --st-b: #56b4e9; }\n\
    .storm text { fill: var(--st-ink); } .storm .fault { fill: var(--lb-fault, rgba(179, 38, 30, 0.14)); }\n\
    .storm .grid { stroke: var(--st-ink); stroke-opacity: .18; } .storm .axis { stroke: var(--st-ink); stroke-opacity: .6; }\n\
    .storm path { fill: none; stroke-width: 2; stroke-linejoin: round; }\n\
    .storm .l0 { stroke: #d55e00; stroke-dasharray: 6 3; } .storm .l1 { stroke: var(--st-b); }\n\
    .storm .l2 { stroke: #009e73; stroke-dasharray: 9 2 2 2; } .storm .l3 { stroke: #cc79a7; stroke-dasharray: 2 2; }\n\
    </style>\n";

struct Panel {
    title: &'static str,
    marks: Vec<(f64, String)>,
    /// Where a value lies between the bottom (0) and the top (1).
    at: fn(f64) -> f64,
    /// In the order of [`Design::ALL`].
    lines: Vec<Vec<Option<f64>>>,
}

/// The runs, in the order of [`Design::ALL`].
pub fn svg(scenario: &Scenario, runs: &[Run]) -> String {
    let lines = |value: fn(&crate::tally::Row) -> f64| {
        let line = |run: &Run| {
            let rows = run.timeline(STEP).into_iter();
            rows.map(|row| (row.calls > 0).then(|| value(&row)))
                .collect()
        };
        runs.iter().map(line).collect()
    };
    let panels = [
        Panel {
            title: "Calls that arrive at the dependency, for each call at the top",
            marks: [1, 3, 9, 27]
                .map(|mark| (mark.into(), mark.to_string()))
                .to_vec(),
            at: |value| ((value.max(0.6) / 0.6).ln() / (40.0_f64 / 0.6).ln()).min(1.0),
            lines: lines(|row| row.amplification()),
        },
        Panel {
            title: "Calls at the top that succeed, of 100",
            marks: [0, 25, 50, 75, 100]
                .map(|mark| (mark.into(), mark.to_string()))
                .to_vec(),
            at: |value| value / 100.0,
            lines: lines(|row| row.success() * 100.0),
        },
    ];
    let height = panels.len() as f64 * (HEAD + PANEL + FOOT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"storm\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"storm-title\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <title id=\"storm-title\">A retry storm through three layers: calls at the dependency for each call at the top, and how many calls succeed</title>\n{STYLE}"
    );
    for (index, panel) in panels.iter().enumerate() {
        let top = index as f64 * (HEAD + PANEL + FOOT) + HEAD;
        draw(&mut out, scenario, panel, top);
    }
    out + "</svg>\n"
}

fn draw(out: &mut String, scenario: &Scenario, panel: &Panel, top: f64) {
    let bottom = top + PANEL;
    let seconds = scenario.whole().as_secs_f64();
    let x = |second: f64| LEFT + (second / seconds).min(1.0) * (RIGHT - LEFT);
    let y = |value: f64| bottom - (panel.at)(value) * PANEL;

    let _ = writeln!(
        out,
        "<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"600\">{}</text>",
        top - 56.0,
        panel.title
    );
    for (phase, begin) in scenario.phases.iter().zip(scenario.begins()) {
        let fault = match phase.mood {
            Mood::Well => continue,
            Mood::Refuses => "refuses all",
            Mood::RefusesHalf => "refuses half",
            Mood::Hangs => "hangs",
        };
        let begin = begin.as_secs_f64();
        let (from, to) = (x(begin), x(begin + phase.lasts.as_secs_f64()));
        // A pixel between two that touch.
        let _ = writeln!(
            out,
            "<rect class=\"fault\" x=\"{:.1}\" y=\"{top}\" width=\"{:.1}\" height=\"{PANEL}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{fault}</text>",
            from + 0.5,
            to - from - 1.0,
            f64::midpoint(from, to),
            top - 7.0
        );
    }
    for (mark, name) in &panel.marks {
        let at = y(*mark);
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
            LEFT - 7.0,
            at + 4.5
        );
    }
    let _ = writeln!(
        out,
        "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{bottom}\" y2=\"{bottom}\"/>"
    );
    for second in (0..=seconds as u32).step_by(2) {
        let at = x(f64::from(second));
        let _ = writeln!(
            out,
            "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{bottom}\" y2=\"{:.1}\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{second} s</text>",
            bottom + 4.0,
            bottom + 19.0
        );
    }
    // A letter is at most 7.2 wide.
    let mut legend = LEFT;
    for (index, (design, values)) in Design::ALL.iter().zip(&panel.lines).enumerate() {
        let _ = writeln!(
            out,
            "<path class=\"l{index}\" d=\"M{legend:.1} {:.1}h26\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            top - 36.0,
            legend + 32.0,
            top - 31.5,
            design.name()
        );
        legend += 56.0 + design.name().len() as f64 * 7.2;
        let (mut path, mut letter) = (String::new(), 'M');
        for (step, value) in values.iter().enumerate() {
            let Some(value) = value else {
                letter = 'M';
                continue;
            };
            let at = (step as f64 + 0.5) * STEP.as_secs_f64();
            let _ = write!(path, "{letter}{:.1} {:.1}", x(at), y(*value));
            letter = 'L';
        }
        let _ = writeln!(out, "<path class=\"l{index}\" d=\"{path}\"/>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_a_gap_and_threes_are_even_steps() {
        let svg = svg(&Scenario::of(true), &[crate::tally::tests::run()]);
        // 0 to 250 ms: three calls, two of which succeed; nothing is sent until 500 ms; then two, one of which does.
        let (x, of) = (
            |ms: f64| LEFT + ms / 7500.0 * (RIGHT - LEFT),
            |y: f64| format!("{y:.1}"),
        );
        let second = HEAD + PANEL + FOOT + HEAD + PANEL;
        let line = format!(
            "d=\"M{:.1} {}M{:.1} {}\"",
            x(125.0),
            of(second - PANEL * 2.0 / 3.0),
            x(625.0),
            of(second - PANEL / 2.0)
        );
        assert!(svg.contains(&line), "{line}\n{svg}");
        let at = |value: f64| (value / 0.6).ln() / (40.0_f64 / 0.6).ln();
        assert!((at(27.0) - at(9.0) - at(9.0) + at(3.0)).abs() < 1e-9);
        assert!(svg.contains(&of(HEAD + PANEL - at(27.0) * PANEL)));
    }
}
