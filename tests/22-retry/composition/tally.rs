//! What one run came to.

use std::time::Duration;

use circuit_breaker::core::breaker;

use crate::stack::Told;

/// A call, by the clock of whoever made it.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// When it was to be sent.
    pub at: Duration,
    /// From that moment until it ended.
    pub took: Duration,
    pub answer: Result<(), Told>,
}

/// What the breaker had heard at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Results that weigh: answers of either kind, and time-outs of its own.
    pub results: u64,
    /// Callers who went away before there was one.
    pub cancelled: u64,
    /// Calls that it did not let in.
    pub rejected: u64,
}

impl Heard {
    /// Of its own account.
    pub fn of(tally: breaker::Tally) -> Self {
        Self {
            results: tally.successes + tally.failures + tally.timed_out,
            cancelled: tally.cancelled,
            rejected: tally.rejected(),
        }
    }

    /// What came on top of `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            results: self.results - before.results,
            cancelled: self.cancelled - before.cancelled,
            rejected: self.rejected - before.rejected,
        }
    }
}

/// A run.
#[derive(Clone, Debug)]
pub struct Tally {
    pub seen: Vec<Seen>,
    /// When the fault began and ended.
    pub dead: std::ops::Range<Duration>,
    /// Calls that reached the downstream meanwhile.
    pub reached: u64,
    /// What the breaker heard meanwhile.
    pub heard: Heard,
    /// Attempts from the beginning of the fault until the breaker opened, if it did.
    pub until_open: Option<u64>,
    /// Retries that were sent, in all.
    pub retries: u64,
}

/// How the calls of a stretch of time ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    pub calls: usize,
    pub answered: usize,
    pub rejected: usize,
    pub failed: usize,
    pub timed_out: usize,
}

impl Tally {
    fn ends(&self, of: impl Fn(&Seen) -> bool) -> Ends {
        let mut ends = Ends::default();
        for seen in self.seen.iter().filter(|seen| of(seen)) {
            ends.calls += 1;
            match seen.answer {
                Ok(()) => ends.answered += 1,
                Err(Told::Rejected) => ends.rejected += 1,
                Err(Told::Failed) => ends.failed += 1,
                Err(Told::TimedOut) => ends.timed_out += 1,
            }
        }
        ends
    }

    /// What callers were told whose calls were sent during the fault.
    pub fn while_dead(&self) -> Ends {
        self.ends(|seen| self.dead.contains(&seen.at))
    }

    /// Calls sent after the recovery that got no answer.
    pub fn lost_after(&self) -> usize {
        let after = self.ends(|seen| seen.at >= self.dead.end);
        after.calls - after.answered
    }

    /// Calls sent before the fault that got no answer: there should be none.
    pub fn lost_before(&self) -> usize {
        let before = self.ends(|seen| seen.at < self.dead.start);
        before.calls - before.answered
    }

    /// How long a call took on average that was sent during the fault.
    pub fn held(&self) -> Duration {
        let dead = self.seen.iter().filter(|seen| self.dead.contains(&seen.at));
        let (count, all) = dead.fold((0, Duration::ZERO), |(count, all), seen| {
            (count + 1, all + seen.took)
        });
        all / count.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ms;

    #[test]
    fn a_call_counts_where_it_was_sent() {
        let seen = |at, took, answer| Seen {
            at: ms(at),
            took: ms(took),
            answer,
        };
        let tally = Tally {
            seen: vec![
                seen(10, 1, Ok(())),
                seen(100, 30, Err(Told::Failed)),
                seen(150, 10, Err(Told::Rejected)),
                seen(199, 20, Ok(())),
                seen(200, 1, Err(Told::Rejected)),
                seen(210, 1, Err(Told::TimedOut)),
                seen(220, 1, Ok(())),
            ],
            dead: ms(100)..ms(200),
            reached: 0,
            heard: Heard::default(),
            until_open: None,
            retries: 0,
        };
        let ends = Ends {
            calls: 3,
            answered: 1,
            rejected: 1,
            failed: 1,
            timed_out: 0,
        };
        assert_eq!(tally.while_dead(), ends);
        assert_eq!((tally.lost_before(), tally.lost_after()), (0, 2));
        assert_eq!(tally.held(), ms(20));
    }

    #[test]
    fn what_was_heard_is_apart_from_who_left() {
        let tally = breaker::Tally {
            successes: 3,
            failures: 4,
            timed_out: 5,
            cancelled: 6,
            rejected_open: 7,
            rejected_half_open: 8,
            ..breaker::Tally::default()
        };
        let heard = Heard::of(tally);
        assert_eq!(
            (heard.results, heard.cancelled, heard.rejected),
            (12, 6, 15)
        );
        assert_eq!(heard.since(heard), Heard::default());
    }
}
