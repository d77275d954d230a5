//! Lines over time as SVG, by hand: the book wants text that is text and colours that follow its theme.
//!
//! A colour never stands alone: the lines of a panel also differ in their dashes. Inlined in a page the colours are the page's custom
//! properties; as an image the file follows the reader's light or dark preference.

use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 16.0;
const PANEL: f64 = 160.0;
/// Above a panel: its title and its legend.
const HEAD: f64 = 56.0;
/// Below a panel: its time axis.
const FOOT: f64 = 34.0;

/// One line: a value for each step of time, if there is one.
#[derive(Clone, Debug)]
pub struct Line {
    /// In the legend.
    pub name: &'static str,
    /// From the first step on.
    pub values: Vec<Option<f64>>,
}

/// One panel.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What the values are.
    pub title: &'static str,
    /// At most four.
    pub lines: Vec<Line>,
    /// The marks of the axis of values, the last of them its end.
    pub marks: Vec<u32>,
    /// A level to compare with, and its name.
    pub level: Option<(f64, &'static str)>,
}

/// A picture: panels over one axis of time.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Unique among the pictures of a page: ids are made of it.
    pub id: &'static str,
    /// What it shows, for those who cannot see it.
    pub title: &'static str,
    /// Seconds between two values.
    pub step: f64,
    /// When the fault is there, and its name.
    pub fault: (f64, f64, &'static str),
    /// From above.
    pub panels: Vec<Panel>,
}

/// `--lb-*` are those of book/theme/lab.css; the lines' colours tell apart to a colour-blind reader (Okabe and Ito, 2008).
const STYLE: &str = "<style>\n\
    .part5 { --p5-ink: var(--lb-ink, #1f2328); --p5-b: #0072b2; }\n\
    @media (prefers-color-scheme: dark) { .part5 { --p5-ink: var(--lb-ink, #e3e7ec); --p5-b: #56b4e9; } }\n\
    html.light .part5 { --p5-b: #0072b2; } html.coal .part5 { --p5-b: #56b4e9; }\n\
    .part5 text { fill: var(--p5-ink); } .part5 .fault { fill: var(--lb-fault, rgba(179, 38, 30, 0.14)); }\n\
    .part5 .grid { stroke: var(--p5-ink); stroke-opacity: .18; } .part5 .axis { stroke: var(--p5-ink); stroke-opacity: .6; }\n\
    .part5 .level { stroke: var(--p5-ink); stroke-opacity: .8; stroke-dasharray: 1 3; }\n\
    .part5 path { fill: none; stroke-width: 2; stroke-linejoin: round; }\n\
    .part5 .l0 { stroke: #d55e00; stroke-dasharray: 6 3; } .part5 .l1 { stroke: var(--p5-b); }\n\
    .part5 .l2 { stroke: #009e73; stroke-dasharray: 9 2 2 2; } .part5 .l3 { stroke: #cc79a7; stroke-dasharray: 2 2; }\n\
    </style>\n";

/// The picture as a file.
#[must_use]
pub fn svg(picture: &Picture) -> String {
    let Picture {
        id, title, panels, ..
    } = picture;
    let height = panels.len() as f64 * (HEAD + PANEL + FOOT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"part5\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"{id}-title\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <title id=\"{id}-title\">{title}</title>\n{STYLE}"
    );
    for (index, panel) in panels.iter().enumerate() {
        let top = index as f64 * (HEAD + PANEL + FOOT) + HEAD;
        draw(&mut out, picture, panel, top);
    }
    out + "</svg>\n"
}

fn draw(out: &mut String, picture: &Picture, panel: &Panel, top: f64) {
    let steps = panel.lines.iter().map(|line| line.values.len()).max();
    let seconds = steps.unwrap_or(0) as f64 * picture.step;
    let most = f64::from(panel.marks.last().copied().unwrap_or(1).max(1));
    let (right, bottom) = (WIDTH - RIGHT, top + PANEL);
    let x = |second: f64| LEFT + second / seconds * (right - LEFT);
    let y = |value: f64| bottom - (value / most).min(1.0) * PANEL;

    let (from, to, fault) = picture.fault;
    let _ = writeln!(
        out,
        "<rect class=\"fault\" x=\"{:.1}\" y=\"{top}\" width=\"{:.1}\" height=\"{PANEL}\"/>\
         <rect class=\"fault\" x=\"{LEFT}\" y=\"{:.1}\" width=\"26\" height=\"12\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\">{fault}</text>",
        x(from),
        x(to) - x(from),
        top - 22.0,
        LEFT + 32.0,
        top - 11.5
    );
    let _ = writeln!(
        out,
        "<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"600\">{}</text>",
        top - 36.0,
        panel.title
    );
    for &mark in &panel.marks {
        let at = y(f64::from(mark));
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{mark}</text>",
            LEFT - 7.0,
            at + 4.5
        );
    }
    if let Some((value, name)) = panel.level {
        let at = y(value);
        let _ = writeln!(
            out,
            "<line class=\"level\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{right}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
            at - 5.0
        );
    }
    let _ = writeln!(
        out,
        "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{bottom}\" y2=\"{bottom}\"/>"
    );
    for second in 0..=seconds as u32 {
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
    let mut legend = LEFT + 52.0 + fault.len() as f64 * 7.2;
    for (index, line) in panel.lines.iter().enumerate() {
        let _ = writeln!(
            out,
            "<path class=\"l{index}\" d=\"M{legend:.1} {:.1}h26\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            top - 16.0,
            legend + 32.0,
            top - 11.5,
            line.name
        );
        legend += 52.0 + line.name.len() as f64 * 7.2;
        let (mut path, mut letter) = (String::new(), 'M');
        for (step, value) in line.values.iter().enumerate() {
            let Some(value) = value else {
                letter = 'M';
                continue;
            };
            let at = (step as f64 + 0.5) * picture.step;
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
    fn a_line_lies_between_its_axes_and_a_gap_is_a_gap() {
        let picture = Picture {
            id: "p",
            title: "t",
            step: 0.5,
            fault: (0.5, 1.0, "slow"),
            panels: vec![Panel {
                title: "values",
                lines: vec![Line {
                    name: "a",
                    values: vec![Some(0.0), Some(10.0), None, Some(99.0)],
                }],
                marks: vec![0, 5, 10],
                level: Some((10.0, "capacity")),
            }],
        };
        let svg = svg(&picture);
        // Four steps of half a second over 692 pixels: their middles; nothing is drawn above the last mark.
        let line = "d=\"M138.5 216.0L311.5 56.0M657.5 56.0\"";
        assert!(svg.contains(line), "{svg}");
        assert!(svg.contains("capacity") && svg.contains(">2 s<") && svg.ends_with("</svg>\n"));
    }
}
