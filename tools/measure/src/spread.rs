//! Samples, and what is said of them.

/// The median of samples, and their first and last tenth: how far the middle eight tenths lie apart. Not mean and deviation:
/// the samples of a shared machine have a tail on one side, and a mean moves with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Half of the samples are below.
    pub median: f64,
    /// A tenth is below.
    pub low: f64,
    /// A tenth is above.
    pub high: f64,
}

impl Spread {
    /// Of these samples.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn of(samples: impl IntoIterator<Item = f64>) -> Self {
        let mut samples: Vec<f64> = samples.into_iter().collect();
        samples.sort_by(f64::total_cmp);
        let last = samples.len() - 1;
        Self {
            median: samples[last / 2],
            low: samples[last / 10],
            high: samples[last - last / 10],
        }
    }

    /// The value that so many of a hundred samples are not above: of latencies, where a median says what nobody complains about.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn percentile(samples: impl IntoIterator<Item = f64>, percent: usize) -> f64 {
        let mut samples: Vec<f64> = samples.into_iter().collect();
        samples.sort_by(f64::total_cmp);
        let rank = (samples.len() * percent.min(100)).div_ceil(100).max(1);
        samples[rank - 1]
    }

    /// What is counted and cannot vary.
    #[must_use]
    pub fn exactly(value: f64) -> Self {
        Self::of([value])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outlier_in_ten_moves_nothing() {
        let calm = (0..=10).map(f64::from);
        let spread = Spread::of(calm.clone());
        assert_eq!((spread.low, spread.median, spread.high), (1.0, 5.0, 9.0));
        let hiccup = calm.map(|x| if x == 10.0 { 1e9 } else { x });
        assert_eq!(Spread::of(hiccup), spread);
    }

    #[test]
    fn the_order_of_the_samples_does_not_matter() {
        let spread = Spread::of([3.0, 1.0, 2.0]);
        assert_eq!(spread, Spread::of([1.0, 2.0, 3.0]));
        assert_eq!((spread.low, spread.median, spread.high), (1.0, 2.0, 3.0));
    }

    #[test]
    fn a_percentile_is_a_sample_that_was_taken() {
        let hundred = || (1..=100).rev().map(f64::from);
        assert_eq!(Spread::percentile(hundred(), 99), 99.0);
        assert_eq!(Spread::percentile(hundred(), 100), 100.0);
        assert_eq!(Spread::percentile(hundred(), 0), 1.0);
        assert_eq!(Spread::percentile([7.0], 99), 7.0);
        assert_eq!(Spread::percentile([1.0, 2.0], 50), 1.0);
    }

    #[test]
    fn what_is_counted_has_no_spread() {
        let one = Spread::exactly(4.0);
        assert_eq!((one.low, one.median, one.high), (4.0, 4.0, 4.0));
    }
}
