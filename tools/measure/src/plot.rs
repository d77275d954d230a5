//! Curves as a picture: SVG by hand, because the book wants text that is text and colours that follow its theme.
//!
//! A panel for each, one below the other, under one legend. A colour never stands alone: the lines also differ in their dashes. Inlined in a
//! page the colours are the page's custom properties; as an image the file follows the reader's light or dark preference.

use std::fmt::Write as _;

use crate::{Curves, Line};

const WIDTH: f64 = 760.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 18.0;
const PANEL: f64 = 190.0;
/// A row of the legend.
const ROW: f64 = 24.0;
/// Above a panel: its title.
const HEAD: f64 = 34.0;
/// Below a panel: its axis.
const FOOT: f64 = 46.0;
/// How many lines have a look of their own.
const LOOKS: usize = 7;

/// The picture as a file. `id` is the class and the prefix of its ids, so that two of them may stand on one page; `title` is what it shows, in
/// words. Lines have their looks in the order of the first panel: the fifth is the thick one, for what it is all about.
#[must_use]
pub fn svg(id: &str, title: &str, panels: &[Curves]) -> String {
    let none: &[Line] = &[];
    let lines = panels.first().map_or(none, |first| &first.lines);
    let legend = 12.0 + lines.len().div_ceil(3) as f64 * ROW;
    let height = legend + panels.len() as f64 * (HEAD + PANEL + FOOT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{id}\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"{id}-title\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <title id=\"{id}-title\">{}</title>\n{}",
        escape(title),
        style(id)
    );
    for (number, line) in lines.iter().enumerate() {
        let left = LEFT + (number % 3) as f64 * 220.0;
        let middle = 18.0 + (number / 3) as f64 * ROW;
        let _ = writeln!(
            out,
            "<path class=\"l{}\" d=\"M{left:.1} {middle:.1}h34\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            number % LOOKS,
            left + 42.0,
            middle + 4.5,
            escape(&line.name)
        );
    }
    for (index, curves) in panels.iter().enumerate() {
        let top = legend + index as f64 * (HEAD + PANEL + FOOT) + HEAD;
        axes(&mut out, curves, top);
        // From the last to the first, so that the legend's first lies on top.
        for (number, line) in curves.lines.iter().enumerate().rev() {
            let mut path = String::new();
            for (&at, &value) in curves.at.iter().zip(&line.values) {
                let letter = if path.is_empty() { 'M' } else { 'L' };
                let _ = write!(path, "{letter}{:.1} {:.1}", x(curves, at), y(top, value));
            }
            let _ = writeln!(out, "<path class=\"l{}\" d=\"{path}\"/>", number % LOOKS);
        }
    }
    out + "</svg>\n"
}

/// `--lb-*` are those of book/theme/lab.css, which are readable on the page's ground in either theme.
fn style(id: &str) -> String {
    "<style>\n\
    .ID { --s-ink: var(--lb-ink, #1f2328); --s-bad: var(--lb-bad, #b3261e); --s-warn: var(--lb-warn, #7d5300); --s-muted: var(--lb-muted, #59636e); \
    --s-accent: var(--lb-accent, #0a58ad); --s-ok: var(--lb-ok, #1a6f37); }\n\
    @media (prefers-color-scheme: dark) { .ID { --s-ink: var(--lb-ink, #e3e7ec); --s-bad: var(--lb-bad, #ff9a90); --s-warn: var(--lb-warn, #e8b54a); \
    --s-muted: var(--lb-muted, #a5afbb); --s-accent: var(--lb-accent, #7ab8ff); --s-ok: var(--lb-ok, #6fcf8a); } }\n\
    .ID text { fill: var(--s-ink); } .ID .grid { stroke: var(--s-ink); stroke-opacity: .18; } .ID .axis { stroke: var(--s-ink); stroke-opacity: .6; }\n\
    .ID path { fill: none; stroke-width: 2; stroke-linejoin: round; }\n\
    .ID .l0 { stroke: var(--s-muted); stroke-dasharray: 10 3 2 3; } .ID .l1 { stroke: var(--s-bad); stroke-dasharray: 2 3; }\n\
    .ID .l2 { stroke: var(--s-warn); stroke-dasharray: 7 4; } .ID .l3 { stroke: var(--s-accent); stroke-dasharray: 4 2; }\n\
    .ID .l4 { stroke: var(--s-ok); stroke-width: 3; } .ID .l5 { stroke: var(--s-ink); } .ID .l6 { stroke: var(--s-accent); stroke-dasharray: 1 4; }\n\
    </style>\n"
        .replace(".ID", &format!(".{id}"))
}

fn x(curves: &Curves, size: f64) -> f64 {
    LEFT + curves.place(size) * (WIDTH - RIGHT - LEFT)
}

fn y(top: f64, share: f64) -> f64 {
    top + PANEL * (1.0 - share.clamp(0.0, 1.0))
}

fn axes(out: &mut String, curves: &Curves, top: f64) {
    let (right, bottom) = (WIDTH - RIGHT, top + PANEL);
    let _ = writeln!(
        out,
        "<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"600\">{}</text>",
        top - 12.0,
        escape(&curves.title)
    );
    for percent in [0, 20, 40, 60, 80, 100] {
        let at = y(top, f64::from(percent) / 100.0);
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{percent} %</text>",
            LEFT - 7.0,
            at + 4.5
        );
    }
    let _ = writeln!(
        out,
        "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{bottom}\" y2=\"{bottom}\"/>"
    );
    for (index, &size) in curves.at.iter().enumerate() {
        let at = x(curves, size);
        let anchor = if index + 1 == curves.at.len() {
            "end"
        } else {
            "middle"
        };
        let _ = writeln!(
            out,
            "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{bottom}\" y2=\"{:.1}\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{size}</text>",
            bottom + 5.0,
            bottom + 18.0
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{right}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
        bottom + 34.0,
        escape(&curves.sizes)
    );
}

/// Names come from files too.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(title: &str) -> Curves {
        let mut curves = Curves::new(title, "entries", vec![1.0, 10.0, 100.0]);
        curves.line("LRU", vec![0.0, 0.25, 1.0]);
        curves.line("ours", vec![0.5, 0.5, 1.0]);
        curves
    }

    #[test]
    fn a_line_goes_from_the_smallest_size_to_the_largest() {
        let svg = svg("p", "two lines", &[curves("one panel")]);
        // The legend has one row: the panel lies at 70 to 260.
        assert!(
            svg.contains("<path class=\"l0\" d=\"M60.0 260.0L401.0 212.5L742.0 70.0\"/>"),
            "{svg}"
        );
        assert!(
            svg.contains("<path class=\"l1\" d=\"M60.0 165.0L401.0 165.0L742.0 70.0\"/>"),
            "{svg}"
        );
    }

    #[test]
    fn panels_lie_below_each_other_and_share_a_legend() {
        let both = svg("p", "t", &[curves("upper"), curves("lower")]);
        assert!(both.contains("viewBox=\"0 0 760 576\""), "{both}");
        assert_eq!(both.matches(">LRU</text>").count(), 1);
        assert_eq!(both.matches("<path class=\"l0\"").count(), 3);
    }

    #[test]
    fn a_name_is_text_and_no_markup() {
        let mut curves = curves("</svg><script>");
        curves.lines[0].name = "a & b".to_owned();
        let svg = svg("p", "<x>", &[curves]);
        assert!(!svg.contains("<script>") && svg.contains("&lt;/svg&gt;&lt;script&gt;"));
        assert!(svg.contains("a &amp; b") && svg.contains("&lt;x&gt;"));
    }

    #[test]
    fn nothing_to_draw_is_drawn_as_nothing() {
        assert!(svg("p", "t", &[]).ends_with("</svg>\n"));
        let empty = Curves::new("t", "s", vec![]);
        assert!(svg("p", "t", &[empty]).ends_with("</svg>\n"));
    }
}
