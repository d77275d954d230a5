//! Lines over sizes: what a table of single figures cannot show.

use serde::{Deserialize, Serialize};

/// Several lines over the same sizes. Each value is a share, 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// What they are of.
    pub title: String,
    /// What the sizes are, and in what unit.
    pub sizes: String,
    /// The sizes, from small to large, all above 0.
    pub at: Vec<f64>,
    /// In the order in which they are drawn and listed.
    pub lines: Vec<Line>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Whose.
    pub name: String,
    /// One for each size.
    pub values: Vec<f64>,
}

impl Curves {
    /// Without lines yet.
    #[must_use]
    pub fn new(title: impl Into<String>, sizes: impl Into<String>, at: Vec<f64>) -> Self {
        Self {
            title: title.into(),
            sizes: sizes.into(),
            at,
            lines: Vec::new(),
        }
    }

    /// One more line.
    pub fn line(&mut self, name: impl Into<String>, values: Vec<f64>) {
        self.lines.push(Line {
            name: name.into(),
            values,
        });
    }

    /// Where a size lies between the smallest (0) and the largest (1), on a logarithmic axis: each size is a multiple of the one before.
    #[must_use]
    pub fn place(&self, size: f64) -> f64 {
        let (Some(first), Some(last)) = (self.at.first(), self.at.last()) else {
            return 0.0;
        };
        let place = (size / first).ln() / (last / first).ln();
        // Of one size alone there is no axis.
        if place.is_finite() {
            place.clamp(0.0, 1.0)
        } else {
            0.5
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_its_place_by_its_logarithm() {
        let curves = Curves::new("t", "s", vec![1.0, 10.0, 100.0]);
        assert_eq!(
            [1.0, 10.0, 100.0].map(|at| curves.place(at)),
            [0.0, 0.5, 1.0]
        );
        assert_eq!(curves.place(0.5), 0.0);
        assert_eq!(Curves::new("t", "s", vec![3.0]).place(3.0), 0.5);
        assert_eq!(Curves::new("t", "s", vec![]).place(3.0), 0.0);
    }
}
