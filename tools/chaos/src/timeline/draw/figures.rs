//! Below the lanes: figures over time, the axis, and the moment at which the history shows the violation.

use std::fmt::Write as _;

use super::{Drawing, SMALL};
use crate::history::Series;
use crate::timeline::layout::{LEFT, RIGHT, WIDTH};
use crate::timeline::text::{px, seconds, width};

/// The height of the figures.
const FIGURES: f64 = 110.0;

impl Drawing<'_> {
    pub(super) fn figures(&mut self) {
        let drawn: Vec<&Series> = self
            .picture
            .history
            .series
            .iter()
            .filter(|series| !series.points.is_empty())
            .collect();
        if drawn.is_empty() {
            return;
        }
        let top = self.y;
        let _ = writeln!(
            self.back,
            "<line class=\"rule\" x1=\"0\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>",
            px(WIDTH),
            y = px(top)
        );
        let values = drawn.iter().flat_map(|series| {
            series
                .points
                .iter()
                .map(|&(_, value)| value)
                .chain(series.limit.iter().map(|(limit, _)| *limit))
        });
        let most = values.fold(1.0, f64::max);
        let base = top + 24.0 + FIGURES;
        let at = |value: f64| base - value.max(0.0) / most * FIGURES;
        let mut x = LEFT;
        for (index, series) in drawn.iter().enumerate() {
            // The stroke's kind tells them apart, in the key as in the plot.
            let class = ["s0", "s1", "s2"][index.min(2)];
            self.y = top + 16.0;
            x = self.key(x, class, &series.name);
            let mut points = String::new();
            for &(us, value) in &series.points {
                let _ = write!(points, "{},{} ", px(self.scale.x(us)), px(at(value)));
            }
            let _ = writeln!(
                self.front,
                "<polyline class=\"{class}\" points=\"{}\"/>",
                points.trim_end()
            );
            if let Some((limit, name)) = &series.limit {
                let _ = writeln!(
                    self.front,
                    "<line class=\"limit\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>",
                    px(LEFT),
                    px(RIGHT),
                    y = px(at(*limit))
                );
                x = self.key(x, "limit", name);
            }
        }
        for value in [0.0, most] {
            let label = px(value);
            self.y = at(value) + 4.0;
            self.text(LEFT - 6.0 - width(&label, SMALL), "m", &label);
        }
        self.y = base + 6.0;
    }

    /// A stroke and its name; gives where the next one stands.
    fn key(&mut self, x: f64, class: &str, name: &str) -> f64 {
        let _ = writeln!(
            self.front,
            "<line class=\"{class}\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>",
            px(x),
            px(x + 22.0),
            y = px(self.y - 4.0)
        );
        self.text(x + 28.0, "", name);
        x + 28.0 + width(name, SMALL) + 24.0
    }

    pub(super) fn axis(&mut self, bottom: f64) {
        let _ = writeln!(
            self.back,
            "<line class=\"rule\" x1=\"0\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>",
            px(WIDTH),
            y = px(bottom)
        );
        self.y = bottom + 17.0;
        for second in self.scale.ticks() {
            let x = self.scale.x(second * 1_000_000);
            let _ = writeln!(
                self.back,
                "<line class=\"rule\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/>",
                px(bottom),
                px(bottom + 5.0),
                x = px(x)
            );
            let label = format!("{second} s");
            self.text(
                (x - width(&label, SMALL) / 2.0).min(RIGHT - width(&label, SMALL)),
                "m",
                &label,
            );
        }
    }

    pub(super) fn moment(&mut self, top: f64, bottom: f64) {
        let Some(violation) = self.shown else { return };
        let x = self.scale.x(violation.at_us);
        let _ = writeln!(
            self.front,
            "<line class=\"cut\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/>",
            px(top),
            px(bottom + 24.0),
            x = px(x)
        );
        let label = format!(
            "INV-{} broken, {} s",
            violation.invariant,
            seconds(violation.at_us)
        );
        self.y = bottom + 36.0;
        let half = width(&label, SMALL) / 2.0;
        self.text((x - half).clamp(12.0, RIGHT - 2.0 * half), "b", &label);
    }
}
