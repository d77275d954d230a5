//! The sweep as a picture: SVG by hand, because the book wants text that is text and colours that follow its theme.
//!
//! Two panels over the number of contenders: what the row has to do, and what everybody waits for. The second is logarithmic, because a
//! third of a second and two minutes stand on one page. A colour never stands alone: the lines also differ in their dashes. Around each line lies
//! what eight seeds in ten have. Inlined in a page the colours are the page's custom properties; as an image the file follows the reader's light
//! or dark preference.

use std::fmt::Write as _;

use crate::sweep::{self, Series, Sweep};
use crate::world::Tally;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 18.0;
const PANEL: f64 = 210.0;
/// Above the first panel: the legend, in three rows of two, which a telephone shows before anybody scrolls.
const LEGEND: f64 = 80.0;
/// Above a panel: its title.
const HEAD: f64 = 34.0;
/// Below a panel: its axis.
const FOOT: f64 = 44.0;
/// The axis of contenders ends here.
const MOST: f64 = 200.0;

/// One panel.
struct Panel {
    title: &'static str,
    of: fn(&Tally) -> f64,
    scale: Scale,
    /// The marks of the axis, and their names.
    marks: &'static [(f64, &'static str)],
}

enum Scale {
    /// From 0 to this.
    Linear(f64),
    /// From the one to the other.
    Logarithmic(f64, f64),
}

const PANELS: [Panel; 2] = [
    Panel {
        title: "Conditional writes until everybody is done",
        of: sweep::writes,
        scale: Scale::Linear(9_500.0),
        marks: &[
            (0.0, "0"),
            (2_000.0, "2,000"),
            (4_000.0, "4,000"),
            (6_000.0, "6,000"),
            (8_000.0, "8,000"),
        ],
    },
    Panel {
        title: "Time until everybody is done (logarithmic)",
        of: sweep::seconds,
        scale: Scale::Logarithmic(0.25, 140.0),
        marks: &[
            (0.3, "0.3 s"),
            (1.0, "1 s"),
            (3.0, "3 s"),
            (10.0, "10 s"),
            (30.0, "30 s"),
            (100.0, "100 s"),
        ],
    },
];

/// `--lb-*` are those of book/theme/lab.css, which are readable on the page's ground in either theme.
const STYLE: &str = "<style>\n\
    .sim22 { --s-ink: var(--lb-ink, #1f2328); --s-bad: var(--lb-bad, #b3261e); --s-warn: var(--lb-warn, #7d5300); --s-muted: var(--lb-muted, #59636e); \
    --s-accent: var(--lb-accent, #0a58ad); --s-ok: var(--lb-ok, #1a6f37); }\n\
    @media (prefers-color-scheme: dark) { .sim22 { --s-ink: var(--lb-ink, #e3e7ec); --s-bad: var(--lb-bad, #ff9a90); --s-warn: var(--lb-warn, #e8b54a); \
    --s-muted: var(--lb-muted, #a5afbb); --s-accent: var(--lb-accent, #7ab8ff); --s-ok: var(--lb-ok, #6fcf8a); } }\n\
    .sim22 text { fill: var(--s-ink); } .sim22 .grid { stroke: var(--s-ink); stroke-opacity: .18; } .sim22 .axis { stroke: var(--s-ink); stroke-opacity: .6; }\n\
    .sim22 path { fill: none; stroke-width: 2; stroke-linejoin: round; } .sim22 path.band { stroke: none; fill-opacity: .16; }\n\
    .sim22 .l0 { stroke: var(--s-bad); } .sim22 .l1 { stroke: var(--s-warn); stroke-dasharray: 7 4; }\n\
    .sim22 .l2 { stroke: var(--s-muted); stroke-dasharray: 2 3; } .sim22 .l3 { stroke: var(--s-ink); stroke-dasharray: 10 3 2 3; }\n\
    .sim22 .l4 { stroke: var(--s-accent); stroke-dasharray: 4 2; } .sim22 .l5 { stroke: var(--s-ok); stroke-width: 3; }\n\
    .sim22 .band.l0 { fill: var(--s-bad); } .sim22 .band.l1 { fill: var(--s-warn); } .sim22 .band.l2 { fill: var(--s-muted); }\n\
    .sim22 .band.l3 { fill: var(--s-ink); } .sim22 .band.l4 { fill: var(--s-accent); } .sim22 .band.l5 { fill: var(--s-ok); }\n\
    </style>\n";

/// The picture as a file.
pub fn svg(sweep: &Sweep) -> String {
    let height = LEGEND + PANELS.len() as f64 * (HEAD + PANEL + FOOT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"sim22\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"sim22-title\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <title id=\"sim22-title\">Contenders of one optimistic write: conditional writes and completion time by strategy of backoff</title>\n{STYLE}"
    );
    legend(&mut out, sweep);
    for (index, panel) in PANELS.iter().enumerate() {
        let top = LEGEND + index as f64 * (HEAD + PANEL + FOOT) + HEAD;
        axes(&mut out, panel, top);
        // From the last to the first: full jitter is the thickest and lies below, where others fall together with it.
        for (number, series) in sweep.series.iter().enumerate().rev() {
            line(&mut out, panel, top, number, series);
        }
    }
    out + "</svg>\n"
}

fn x(contenders: f64) -> f64 {
    LEFT + contenders / MOST * (WIDTH - RIGHT - LEFT)
}

impl Panel {
    /// How high a value lies in the panel that begins at `top`.
    fn y(&self, top: f64, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear(most) => value / most,
            Scale::Logarithmic(least, most) => (value / least).ln() / (most / least).ln(),
        };
        top + PANEL * (1.0 - share.clamp(0.0, 1.0))
    }
}

/// What each line is.
fn legend(out: &mut String, sweep: &Sweep) {
    for (number, series) in sweep.series.iter().enumerate() {
        let left = LEFT + (number % 2) as f64 * 196.0;
        let middle = 18.0 + (number / 2) as f64 * 24.0;
        let words = match series.waiting.name {
            "none" => "no backoff".to_owned(),
            "no jitter" => "no jitter".to_owned(),
            "ten per cent" => "a tenth of jitter".to_owned(),
            jitter => format!("{jitter} jitter"),
        };
        let _ = writeln!(
            out,
            "<path class=\"l{number}\" d=\"M{left:.1} {middle:.1}h34\"/><text x=\"{:.1}\" y=\"{:.1}\">{words}</text>",
            left + 42.0,
            middle + 4.5
        );
    }
}

fn axes(out: &mut String, panel: &Panel, top: f64) {
    let (right, bottom) = (WIDTH - RIGHT, top + PANEL);
    let _ = writeln!(
        out,
        "<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"600\">{}</text>",
        top - 12.0,
        panel.title
    );
    for (mark, name) in panel.marks {
        let at = panel.y(top, *mark);
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
            LEFT - 7.0,
            at + 4.5
        );
    }
    let _ = writeln!(
        out,
        "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{bottom}\" y2=\"{bottom}\"/>"
    );
    for mark in [10, 50, 100, 150, 200] {
        let at = x(f64::from(mark));
        let (words, anchor) = match mark {
            200 => (format!("{mark} contenders"), "end"),
            _ => (mark.to_string(), "middle"),
        };
        let _ = writeln!(
            out,
            "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{bottom}\" y2=\"{:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{words}</text>",
            bottom + 5.0,
            if mark == 200 { at + 8.0 } else { at },
            bottom + 20.0
        );
    }
}

fn line(out: &mut String, panel: &Panel, top: f64, number: usize, series: &Series) {
    let (mut line, mut above, mut below) = (String::new(), String::new(), String::new());
    let mut letter = 'M';
    for point in &series.points {
        let at = x(point.contenders as f64);
        let spread = point.spread(panel.of);
        let y = |value| panel.y(top, value);
        let _ = write!(line, "{letter}{at:.1} {:.1}", y(spread.median));
        let _ = write!(above, "{letter}{at:.1} {:.1}", y(spread.high));
        below.insert_str(0, &format!("L{at:.1} {:.1}", y(spread.low)));
        letter = 'L';
    }
    let _ = writeln!(
        out,
        "<path class=\"band l{number}\" d=\"{above}{below}Z\"/><path class=\"l{number}\" d=\"{line}\"/>"
    );
}
