//! The lanes: operations in rows, faults as bands with their names, and rings around what shows the violation.

use std::fmt::Write as _;

use super::{Drawing, SMALL, class, mark, tell};
use crate::history::Op;
use crate::timeline::layout::{RIGHT, WIDTH, rows};
use crate::timeline::text::{escape, px, seconds, width};

/// A lane without operations.
const EMPTY_LANE: f64 = 16.0;
/// All rows of a lane together take at most about this, down to rows that just do not touch.
const LANE_MOST: f64 = 250.0;

impl Drawing<'_> {
    /// Each over its band, below each other where they would touch. Answers where the bands begin.
    pub(super) fn names_of_faults(&mut self) -> f64 {
        let faults = &self.picture.history.faults;
        let places: Vec<f64> = faults
            .iter()
            .map(|fault| {
                self.scale
                    .x(fault.began_us)
                    .min(RIGHT - width(&fault.name(), SMALL))
            })
            .collect();
        let stretches = faults
            .iter()
            .zip(&places)
            .map(|(fault, &x)| (x, x + width(&fault.name(), SMALL) + 8.0));
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

    pub(super) fn lanes(&mut self) {
        for lane in &self.picture.history.lanes {
            let ops: Vec<&Op> = self
                .ops
                .iter()
                .copied()
                .filter(|op| op.lane == *lane)
                .collect();
            let stretches = ops.iter().map(|op| {
                (
                    self.scale.x(op.began_us) - 3.0,
                    self.scale.x(op.ended_us) + 4.0,
                )
            });
            let rows = rows(stretches);
            let deepest = rows.iter().max().map_or(0, |row| row + 1);
            let row_height = (LANE_MOST / deepest.max(1) as f64).clamp(4.5, 9.0);
            let height = if ops.is_empty() {
                EMPTY_LANE
            } else {
                (deepest as f64 * row_height + 8.0).max(EMPTY_LANE)
            };
            let top = self.y;
            let _ = writeln!(
                self.back,
                "<line class=\"rule\" x1=\"0\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>",
                px(WIDTH),
                y = px(top)
            );
            self.y = top + height / 2.0 + 4.0;
            self.text(12.0, "", lane);
            for fault in self
                .picture
                .history
                .faults
                .iter()
                .filter(|fault| fault.target == *lane)
            {
                let (x, end) = (self.scale.x(fault.began_us), self.scale.x(fault.ended_us));
                let _ = writeln!(
                    self.back,
                    "<rect class=\"chip\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>",
                    px(x),
                    px(top + 1.5),
                    px((end - x).max(2.0)),
                    px(height - 3.0),
                    escape(&format!(
                        "{}, {} to {} s: {} {}",
                        fault.name(),
                        seconds(fault.began_us),
                        seconds(fault.ended_us),
                        fault.fired,
                        fault.counted
                    ))
                );
            }
            for (op, row) in ops.iter().zip(rows) {
                self.op(op, top + 4.0 + (row as f64 + 0.5) * row_height);
            }
            self.y = top + height;
        }
    }

    pub(super) fn op(&mut self, op: &Op, y: f64) {
        let (from, to) = (self.scale.x(op.began_us), self.scale.x(op.ended_us));
        let line = if to - from > 2.0 {
            format!("M{} {}H{}", px(from), px(y), px(to))
        } else {
            String::new()
        };
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
    pub(super) fn letter(&self, id: u64) -> Option<char> {
        let index = self.shown?.ops.iter().position(|&op| op == id)?;
        (b'A'..=b'Z').nth(index).map(char::from)
    }

    pub(super) fn bands(&mut self, top: f64, bottom: f64) {
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
}
