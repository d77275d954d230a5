//! What the clients saw, and what is counted of it.

use std::ops::Range;
use std::time::Duration;

/// How a request ended for its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer within the deadline: what the service is there for.
    InTime,
    /// A refusal within the deadline; the client knows, and can do something else.
    Refused,
    /// Nothing by the deadline; the client has left.
    TooLate,
}

/// One request, by its client's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When it was to be sent.
    pub at: Duration,
    /// From that moment until it ended.
    pub took: Duration,
    /// How it ended.
    pub outcome: Outcome,
}

/// Requests of a stretch of time, by their end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub asked: usize,
    /// Answered in time.
    pub in_time: usize,
    /// Refused.
    pub refused: usize,
    /// Too late.
    pub too_late: usize,
}

impl Tally {
    /// Of those that were to be sent in `during`.
    #[must_use]
    pub fn of(seen: &[Seen], during: &Range<Duration>) -> Self {
        let mut tally = Self::default();
        for seen in seen.iter().filter(|seen| during.contains(&seen.at)) {
            tally.asked += 1;
            match seen.outcome {
                Outcome::InTime => tally.in_time += 1,
                Outcome::Refused => tally.refused += 1,
                Outcome::TooLate => tally.too_late += 1,
            }
        }
        tally
    }

    /// In time, of those asked; 0 if nobody asked.
    #[must_use]
    pub fn success(&self) -> f64 {
        self.in_time as f64 / self.asked.max(1) as f64
    }
}

/// How many answers came in time *and* in `during`, whenever they were asked for. For rates: what was asked for in a window may be
/// answered by the spare time after it.
#[must_use]
pub fn answered(seen: &[Seen], during: &Range<Duration>) -> usize {
    let came = |seen: &&Seen| during.contains(&(seen.at + seen.took));
    let in_time = seen.iter().filter(|seen| seen.outcome == Outcome::InTime);
    in_time.filter(came).count()
}

/// How long these took, of those sent in `during` and ended in one of `outcomes`.
#[must_use]
pub fn took(seen: &[Seen], during: &Range<Duration>, outcomes: &[Outcome]) -> Vec<Duration> {
    seen.iter()
        .filter(|seen| during.contains(&seen.at) && outcomes.contains(&seen.outcome))
        .map(|seen| seen.took)
        .collect()
}

/// The smallest value that `percent` in a hundred do not exceed (nearest rank); `None` of nothing. No interpolation: what is
/// reported is a time that a request took.
#[must_use]
pub fn percentile(mut values: Vec<Duration>, percent: usize) -> Option<Duration> {
    values.sort_unstable();
    let rank = (values.len() * percent.min(100)).div_ceil(100);
    values.get(rank.max(1) - 1).copied()
}

/// Which part of `workers`' time in `during` these spans of work filled.
#[must_use]
pub fn busy(spans: &[Range<Duration>], workers: usize, during: &Range<Duration>) -> f64 {
    let inside = |span: &Range<Duration>| {
        let (from, to) = (span.start.max(during.start), span.end.min(during.end));
        to.saturating_sub(from).as_secs_f64()
    };
    let window = during.end.saturating_sub(during.start).as_secs_f64();
    spans.iter().map(inside).sum::<f64>() / (window * workers as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn seen(at: u64, took: u64, outcome: Outcome) -> Seen {
        Seen {
            at: ms(at),
            took: ms(took),
            outcome,
        }
    }

    #[test]
    fn a_window_counts_what_was_sent_in_it() {
        let all = [
            seen(0, 5, Outcome::InTime),
            seen(10, 500, Outcome::TooLate),
            seen(19, 1, Outcome::Refused),
            seen(20, 5, Outcome::InTime),
        ];
        let tally = Tally::of(&all, &(ms(10)..ms(20)));
        assert_eq!((tally.asked, tally.in_time), (2, 0));
        assert_eq!((tally.refused, tally.too_late), (1, 1));
        assert_eq!(Tally::of(&all, &(ms(0)..ms(21))).success(), 0.5);
        assert_eq!(Tally::of(&[], &(ms(0)..ms(21))).success(), 0.0);
        assert_eq!(answered(&all, &(ms(5)..ms(25))), 1);
        let refused = took(&all, &(ms(0)..ms(99)), &[Outcome::Refused]);
        assert_eq!(refused, [ms(1)]);
    }

    #[test]
    fn a_percentile_is_a_value_that_was_there() {
        let hundred: Vec<Duration> = (1..=100).rev().map(ms).collect();
        for (percent, value) in [(0, 1), (1, 1), (50, 50), (99, 99), (100, 100), (200, 100)] {
            assert_eq!(percentile(hundred.clone(), percent), Some(ms(value)));
        }
        assert_eq!(percentile(vec![ms(3), ms(1), ms(2)], 50), Some(ms(2)));
        assert_eq!(percentile(vec![ms(7)], 99), Some(ms(7)));
        assert_eq!(percentile(vec![], 99), None);
    }

    #[test]
    fn busy_is_what_lies_in_the_window() {
        let spans = [ms(0)..ms(100), ms(50)..ms(150), ms(190)..ms(300)];
        assert_eq!(busy(&spans, 2, &(ms(100)..ms(200))), 0.3);
        assert_eq!(busy(&spans, 1, &(ms(400)..ms(500))), 0.0);
    }
}
