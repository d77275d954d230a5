//! The timeline as a picture: SVG by hand, because the book wants text that is text and colours that follow its theme.
//!
//! Three panels over one time axis: requests by what became of them, units on the shelves, calls to Redis with and without the gate. The
//! scales are logarithmic: half a million and fifty stand on one page. A colour never stands alone: lines of one panel also differ in
//! their dashes. The ink is the page's own (`currentColor`) when the file is inlined; as an
//! image it follows the reader's light or dark preference.

use std::fmt::Write as _;

use crate::report::Run;
use crate::scenario::{OPENS, SECOND};
use crate::tally::{Row, STEP};

const WIDTH: f64 = 760.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const PANEL: f64 = 150.0;
const GAP: f64 = 58.0;
const TOP: f64 = 38.0;

/// A line of a panel.
struct Line<'a> {
    class: &'static str,
    name: &'static str,
    rows: &'a [Row],
    value: fn(&Row) -> f64,
}

/// A panel.
struct Panel<'a> {
    title: &'static str,
    /// The highest power of ten.
    decades: u32,
    lines: Vec<Line<'a>>,
}

/// A row's count as a rate.
fn a_second(count: u64) -> f64 {
    count as f64 * SECOND as f64 / STEP as f64
}

/// The run as built, with the one without a gate beside it.
pub fn svg(runs: &[Run]) -> String {
    let rows = |name: &str| {
        let run = runs.iter().find(|run| run.variant.name == name);
        run.map_or(&[][..], |run| &run.tally.rows)
    };
    let built = rows("as built");
    let line = |class, name, value| Line {
        class,
        name,
        rows: built,
        value,
    };
    let panels = [
        Panel {
            title: "Requests a second, by answer",
            decades: 6,
            lines: vec![
                line("a", "accepted", |row| a_second(row.accepted)),
                line("b", "sold out, said by the gate", |row| {
                    a_second(row.sold_out_by_gate)
                }),
                line("c", "sold out, said by Redis", |row| {
                    a_second(row.sold_out_by_redis)
                }),
                line("d", "too many requests", |row| a_second(row.too_many)),
            ],
        },
        Panel {
            title: "Units on the shelves, the most in each tenth of a second",
            decades: 5,
            lines: vec![line("a", "units", |row| row.on_shelf_max.into())],
        },
        Panel {
            title: "Calls to Redis a second",
            decades: 6,
            lines: vec![
                line("b", "as built", |row| a_second(row.redis_calls)),
                Line {
                    class: "c",
                    name: "without the gate (first 8 s)",
                    rows: rows("no gate"),
                    value: |row| a_second(row.redis_calls),
                },
            ],
        },
    ];
    let height = TOP + panels.len() as f64 * (PANEL + GAP) - 28.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"simulation-title\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n\
         <title id=\"simulation-title\">A flash sale in virtual time: requests by answer, units on the shelves, calls to Redis</title>\n\
         {STYLE}"
    );
    let seconds = built.len() as f64 * STEP as f64 / SECOND as f64;
    for (i, panel) in panels.iter().enumerate() {
        draw(&mut out, panel, TOP + i as f64 * (PANEL + GAP), seconds);
    }
    out + "</svg>\n"
}

/// Colours that tell apart in either theme and to a colour-blind reader (Okabe and Ito, 2008).
const STYLE: &str = "<style>\n\
    .seckill { color: #24292f; } .seckill text { fill: currentColor; }\n\
    .seckill .grid { stroke: currentColor; stroke-opacity: .18; } .seckill .axis { stroke: currentColor; stroke-opacity: .6; }\n\
    .seckill path { fill: none; stroke-width: 1.8; stroke-linejoin: round; }\n\
    .seckill .a { stroke: #009e73; } .seckill .b { stroke: #0072b2; } .seckill .c { stroke: #d55e00; stroke-dasharray: 5 3; } .seckill .d { stroke: #cc79a7; stroke-dasharray: 2 2; }\n\
    @media (prefers-color-scheme: dark) { .seckill { color: #d7dbe0; } .seckill .b { stroke: #56b4e9; } }\n\
    html.light .seckill, html.rust .seckill { color: #24292f; } html.light .seckill .b, html.rust .seckill .b { stroke: #0072b2; }\n\
    html.coal .seckill, html.navy .seckill, html.ayu .seckill { color: #d7dbe0; } html.coal .seckill .b, html.navy .seckill .b, html.ayu .seckill .b { stroke: #56b4e9; }\n\
    </style>\n";

fn draw(out: &mut String, panel: &Panel<'_>, top: f64, seconds: f64) {
    let bottom = top + PANEL;
    let opens = OPENS as f64 / SECOND as f64;
    let x = |second: f64| LEFT + second / seconds * (WIDTH - LEFT - RIGHT);
    // Nothing lies on the axis, one a little above it.
    let y = |value: f64| {
        let decades = if value < 1.0 {
            0.0
        } else {
            value.log10() + 0.3
        };
        bottom - decades / (f64::from(panel.decades) + 0.3) * PANEL
    };
    let _ = writeln!(
        out,
        "<g class=\"seckill\">\n<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"600\">{}</text>",
        top - 22.0,
        panel.title
    );
    for decade in 0..=panel.decades {
        let at = y(10_f64.powi(decade as i32));
        let label = match decade {
            0..3 => 10_u32.pow(decade).to_string(),
            3..6 => format!("{}k", 10_u32.pow(decade - 3)),
            _ => format!("{}M", 10_u32.pow(decade - 6)),
        };
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0
        );
    }
    let _ = writeln!(
        out,
        "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{bottom}\" y2=\"{bottom}\"/>",
        WIDTH - RIGHT
    );
    let mut mark = 0.0;
    while mark + opens <= seconds {
        let at = x(mark + opens);
        let _ = writeln!(
            out,
            "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{bottom}\" y2=\"{:.1}\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{mark} s</text>",
            bottom + 4.0,
            bottom + 17.0
        );
        mark += 5.0;
    }
    let mut legend = WIDTH - RIGHT;
    for line in panel.lines.iter().rev() {
        // The legend stands right of the title, from right to left; a letter is at most 6.7 wide.
        if panel.lines.len() > 1 {
            legend -= line.name.len() as f64 * 6.7;
            let _ = writeln!(
                out,
                "<path class=\"{}\" d=\"M{:.1} {:.1}h18\"/><text x=\"{legend:.1}\" y=\"{:.1}\">{}</text>",
                line.class,
                legend - 23.0,
                top - 12.0,
                top - 8.0,
                line.name
            );
            legend -= 38.0;
        }
        let values: Vec<f64> = line.rows.iter().map(line.value).collect();
        let (mut path, mut letter) = (String::new(), 'M');
        for (step, &value) in values.iter().enumerate() {
            // Where a line stays at nothing there is none to see, and others lie there too.
            let around = &values[step.saturating_sub(1)..values.len().min(step + 2)];
            if around.iter().all(|&value| value < 1.0) {
                letter = 'M';
                continue;
            }
            let at = (step as f64 + 0.5) * STEP as f64 / SECOND as f64;
            let _ = write!(path, "{letter}{:.1} {:.1}", x(at), y(value));
            letter = 'L';
        }
        let _ = writeln!(out, "<path class=\"{}\" d=\"{path}\"/>", line.class);
    }
    out.push_str("</g>\n");
}
