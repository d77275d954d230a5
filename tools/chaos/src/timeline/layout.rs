//! Where things go: seconds to pixels, operations into rows, labels beside each other, and which operations are drawn at all.

use std::collections::BTreeSet;

use crate::history::{History, Op};

/// The whole width.
pub(super) const WIDTH: f64 = 980.0;
/// Where the plot begins: the lanes' names stand before it.
pub(super) const LEFT: f64 = 92.0;
/// Where it ends.
pub(super) const RIGHT: f64 = WIDTH - 16.0;

/// Time as x.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    per_us: f64,
    /// The last moment, in microseconds.
    pub(super) end_us: u64,
}

impl Scale {
    pub(super) fn of(history: &History) -> Self {
        let last_op = history.ops.iter().map(|op| op.ended_us).max().unwrap_or(0);
        let end_us = history.lasted_us.max(last_op).max(1_000_000);
        Self {
            per_us: (RIGHT - LEFT) / end_us as f64,
            end_us,
        }
    }

    pub(super) fn x(&self, us: u64) -> f64 {
        LEFT + us.min(self.end_us) as f64 * self.per_us
    }

    /// Whole seconds to write at the axis: about ten of them.
    pub(super) fn ticks(&self) -> Vec<u64> {
        let seconds = self.end_us / 1_000_000;
        let step = [1, 2, 5, 10, 20, 30, 60]
            .into_iter()
            .find(|step| seconds / step <= 14)
            .unwrap_or(120);
        (0..=seconds).step_by(step as usize).collect()
    }
}

/// Puts each stretch into the first row that is free there; stretches come in the order of their start.
pub(super) fn rows(stretches: impl Iterator<Item = (f64, f64)>) -> Vec<usize> {
    let mut free: Vec<f64> = Vec::new();
    stretches
        .map(|(from, to)| {
            let row = free
                .iter()
                .position(|&until| until <= from)
                .unwrap_or(free.len());
            match free.get_mut(row) {
                Some(until) => *until = to,
                None => free.push(to),
            }
            row
        })
        .collect()
}

/// The operations to draw: all of them, or those that show the violation and an even choice of the others.
pub(super) fn thinned<'h>(ops: &'h [Op], shown: &[u64], most: usize) -> Vec<&'h Op> {
    if ops.len() <= most {
        return ops.iter().collect();
    }
    let shown: BTreeSet<u64> = shown.iter().copied().collect();
    let others = ops.iter().filter(|op| !shown.contains(&op.id)).count();
    let room = most.saturating_sub(ops.len() - others);
    let mut met = 0;
    ops.iter()
        .filter(|op| {
            if shown.contains(&op.id) {
                return true;
            }
            met += 1;
            // Every time the share of those met passes another whole one.
            met * room / others.max(1) > (met - 1) * room / others.max(1)
        })
        .collect()
}
