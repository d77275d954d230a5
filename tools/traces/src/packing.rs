//! How full a cache is at every step of a trace: what is added lies over a range of steps, and the fullest step of a range is asked for.
//!
//! A segment tree without lazy pushes: a node keeps what was added to all of it, and the most of what lies below. Both questions take
//! logarithmic time; an array would take the gap's length, which is the trace's in the worst case.

use std::ops::Range;

/// The steps of a trace.
pub(crate) struct Timeline {
    /// A power of two.
    leaves: usize,
    /// The root is 1; below n lie 2n and 2n + 1.
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    /// Added to all steps below.
    added: u64,
    /// The fullest step below, with `added`.
    most: u64,
}

impl Timeline {
    pub(crate) fn new(steps: usize) -> Self {
        let leaves = steps.next_power_of_two();
        Self {
            leaves,
            nodes: vec![Node::default(); 2 * leaves],
        }
    }

    /// The weight at the fullest of these steps.
    pub(crate) fn most(&self, steps: &Range<usize>) -> u64 {
        self.most_below(1, 0..self.leaves, steps)
    }

    /// Adds a weight to each of these steps.
    pub(crate) fn add(&mut self, steps: &Range<usize>, weight: u64) {
        self.add_below(1, 0..self.leaves, steps, weight);
    }

    fn most_below(&self, node: usize, of: Range<usize>, steps: &Range<usize>) -> u64 {
        if apart(&of, steps) {
            return 0;
        }
        if within(&of, steps) {
            return self.nodes[node].most;
        }
        let middle = usize::midpoint(of.start, of.end);
        let left = self.most_below(2 * node, of.start..middle, steps);
        let right = self.most_below(2 * node + 1, middle..of.end, steps);
        left.max(right) + self.nodes[node].added
    }

    fn add_below(&mut self, node: usize, of: Range<usize>, steps: &Range<usize>, weight: u64) {
        if apart(&of, steps) {
            return;
        }
        if within(&of, steps) {
            self.nodes[node].added += weight;
            self.nodes[node].most += weight;
            return;
        }
        let middle = usize::midpoint(of.start, of.end);
        self.add_below(2 * node, of.start..middle, steps, weight);
        self.add_below(2 * node + 1, middle..of.end, steps, weight);
        let below = self.nodes[2 * node].most.max(self.nodes[2 * node + 1].most);
        self.nodes[node].most = below + self.nodes[node].added;
    }
}

fn apart(of: &Range<usize>, steps: &Range<usize>) -> bool {
    of.end <= steps.start || steps.end <= of.start
}

fn within(of: &Range<usize>, steps: &Range<usize>) -> bool {
    steps.start <= of.start && of.end <= steps.end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_an_array_of_weights(
            steps in 1_usize..40,
            adds in prop::collection::vec((0_usize..40, 0_usize..40, 1_u64..100), 0..40),
        ) {
            let mut timeline = Timeline::new(steps);
            let mut array = vec![0; steps];
            for (from, to, weight) in adds {
                let from = from % steps;
                // A gap has at least one step.
                let range = from..(from + to + 1).min(steps);
                let most = array[range.clone()].iter().max().copied();
                prop_assert_eq!(Some(timeline.most(&range)), most);
                timeline.add(&range, weight);
                array[range].iter_mut().for_each(|step| *step += weight);
            }
            prop_assert_eq!(timeline.most(&(0..steps)), *array.iter().max().unwrap());
        }
    }
}
