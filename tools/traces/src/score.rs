//! How much of what can be had a cache has: `(hit - LRU) / (OPT - LRU)`.
//!
//! 0 is what LRU gives away for nothing, 1 is what only the future knows. Below 0 the policy is worse than LRU. Where LRU is as good as OPT there is
//! nothing to win, and the quotient is noise over nothing: then the plain ratio is all that can be said.

use crate::Hits;

/// Below this, LRU and OPT tie: a tenth of a percentage point. A choice: what is divided by so little says nothing.
pub const TIE: f64 = 0.001;

/// What a hit ratio is worth on its trace.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub enum Score {
    /// Between LRU (0) and OPT (1).
    Between(f64),
    /// LRU and OPT are less than [`TIE`] apart: the plain hit ratio.
    Tie(f64),
}

/// The score of a cache with these hits, beside LRU's and OPT's of the same trace and capacity. With an upper bound as `opt`, the score is
/// a lower bound.
pub fn score(cache: Hits, lru: Hits, opt: Hits) -> Score {
    // In hits, which are exact: two ratios that are close leave few digits in their difference.
    let above_lru = |hits: Hits| hits.hits as f64 - lru.hits as f64;
    let to_win = above_lru(opt);
    if to_win < TIE * opt.accesses as f64 || to_win <= 0.0 {
        return Score::Tie(cache.ratio());
    }
    Score::Between(above_lru(cache) / to_win)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(hits: u64) -> Hits {
        Hits {
            hits,
            accesses: 10_000,
        }
    }

    #[test]
    fn lru_has_nothing_and_opt_has_all_of_it() {
        let score = |cache| score(hits(cache), hits(4_000), hits(8_000));
        assert_eq!(score(4_000), Score::Between(0.0));
        assert_eq!(score(8_000), Score::Between(1.0));
        assert_eq!(score(7_000), Score::Between(0.75));
        assert_eq!(score(3_000), Score::Between(-0.25));
    }

    #[test]
    fn where_there_is_nothing_to_win_the_ratio_is_said() {
        assert_eq!(
            score(hits(5_000), hits(5_000), hits(5_009)),
            Score::Tie(0.5)
        );
        assert!(matches!(
            score(hits(5_000), hits(5_000), hits(5_011)),
            Score::Between(_)
        ));
    }
}
