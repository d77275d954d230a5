//! How often each value came, in buckets: what a percentile is read from.
//!
//! Why buckets and not a list: a class may have millions of values. Why not an average of percentiles when digests are merged: it is none. Counts
//! add up. A bucket is a sixteenth of a power of two wide, and only those that something fell into are kept, as most classes
//! need a dozen. What must stay true: a percentile is never below the true one, and at most a sixteenth above it.

/// Values, from 0 to the largest there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Histogram {
    /// By number, with how many values.
    buckets: Vec<(u16, u64)>,
}

impl Histogram {
    pub(super) fn add(&mut self, value: u64) {
        self.add_to(bucket(value), 1);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.buckets {
            self.add_to(*bucket, *count);
        }
    }

    fn add_to(&mut self, bucket: u16, count: u64) {
        match self.buckets.binary_search_by_key(&bucket, |(of, _)| *of) {
            Ok(at) => self.buckets[at].1 = self.buckets[at].1.saturating_add(count),
            Err(at) => self.buckets.insert(at, (bucket, count)),
        }
    }

    /// The upper end of the bucket in which the value of this rank lies; ranks begin at 1. `None` if there are fewer.
    pub(super) fn of_rank(&self, rank: u64) -> Option<u64> {
        let mut seen = 0_u64;
        self.buckets.iter().find_map(|(bucket, count)| {
            seen = seen.saturating_add(*count);
            (seen >= rank).then(|| upper_end(*bucket))
        })
    }
}

/// The bucket of a value: itself below 16, else its power of two and the four bits after the first.
fn bucket(value: u64) -> u16 {
    if value < 16 {
        return value as u16;
    }
    let power = value.ilog2();
    let sixteenth = (value >> (power - 4)) & 15;
    (power - 3) as u16 * 16 + sixteenth as u16
}

/// The largest value of a bucket.
fn upper_end(bucket: u16) -> u64 {
    let (power, sixteenth) = (u32::from(bucket / 16), u64::from(bucket % 16));
    match power {
        0 => sixteenth,
        _ => {
            let (first, width) = ((16 + sixteenth) << (power - 1), 1 << (power - 1));
            first + (width - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_at_most_a_sixteenth_wide_and_next_to_the_one_before() {
        let mut first = 0;
        for number in 0..=bucket(u64::MAX) {
            let last = upper_end(number);
            assert_eq!((bucket(first), bucket(last)), (number, number));
            assert!(last - first <= first / 16, "{number}: {first} to {last}");
            if last < u64::MAX {
                assert_eq!(bucket(last + 1), number + 1, "after {last}");
                first = last + 1;
            }
        }
        assert_eq!(
            (bucket(u64::MAX), upper_end(bucket(u64::MAX))),
            (975, u64::MAX)
        );
    }
}
