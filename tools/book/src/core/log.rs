//! What a run has said, numbered, so that a page that was away reads on where it stopped.
//!
//! It is bounded: the beginning is kept, and the end; what is between goes, and a reader is told so at that place. A reader is only
//! a number here. The log waits for nobody, so a page that never reads neither slows a run nor makes the server grow.

use std::collections::VecDeque;
use std::time::Duration;

/// What is kept of a run's output.
pub const KEPT: usize = 256 * 1024;
/// The part of it that is the beginning: a build's first words and the names of the first tests.
const HEAD: usize = 64 * 1024;
/// What an entry costs beside its text, so that a program that prints byte by byte is bounded too.
const OVERHEAD: usize = size_of::<Entry>();
/// What stands where something is missing.
const GAP: &str =
    "\n[a part of the output is left out here: the first 64 KiB and the last 192 KiB are kept]\n";

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What was asked holds: the tests passed, or the broken design failed as it must.
    Passed,
    /// It does not.
    Failed,
    /// Somebody stopped it, or nobody read it, or it took too long.
    Cancelled,
    /// It could not be started, or was killed by somebody else.
    Lost,
}

/// Something that happened to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// So many runs are before it.
    Queued(usize),
    /// It has begun.
    Started(Duration),
    /// It has said something.
    Output(String),
    /// It has ended, with this exit code if it had one, after so long.
    End(Outcome, Option<i32>, Duration),
}

/// An event and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 0, without gaps.
    pub seq: u64,
    /// What happened.
    pub event: Event,
}

impl Entry {
    fn cost(&self) -> usize {
        match &self.event {
            Event::Output(text) => OVERHEAD + text.len(),
            Event::Queued(_) | Event::Started(_) | Event::End(..) => OVERHEAD,
        }
    }
}

/// What has happened to a run.
#[derive(Debug, Default)]
pub struct Log {
    head: Vec<Entry>,
    tail: VecDeque<Entry>,
    head_cost: usize,
    tail_cost: usize,
    next: u64,
}

impl Log {
    /// One more event.
    pub fn push(&mut self, event: Event) {
        let entry = Entry {
            seq: self.next,
            event,
        };
        self.next += 1;
        let cost = entry.cost();
        if self.tail.is_empty() && self.head_cost + cost <= HEAD {
            self.head_cost += cost;
            self.head.push(entry);
            return;
        }
        self.tail_cost += cost;
        self.tail.push_back(entry);
        while self.tail_cost > KEPT - HEAD && self.tail.len() > 1 {
            let Some(oldest) = self.tail.pop_front() else {
                break;
            };
            self.tail_cost -= oldest.cost();
        }
    }

    /// The events from number `from` on, as many as cost about `most` (at least one, if there is one).
    #[must_use]
    pub fn read(&self, from: u64, most: usize) -> Vec<Entry> {
        let after_gap = self.tail.front().map(|entry| entry.seq);
        let head_end = self.head.last().map_or(0, |entry| entry.seq + 1);
        let gap = after_gap
            .filter(|after| *after > head_end && from < *after)
            .map(|after| Entry {
                seq: after - 1,
                event: Event::Output(GAP.to_owned()),
            });
        let kept = self.head.iter().cloned();
        let all = kept.chain(gap).chain(self.tail.iter().cloned());
        let mut cost = 0;
        all.filter(|entry| entry.seq >= from)
            .take_while(|entry| {
                let first = cost == 0;
                cost += entry.cost();
                first || cost <= most
            })
            .collect()
    }

    /// The number that the next event will have.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// What all of it costs, in bytes.
    #[must_use]
    pub fn cost(&self) -> usize {
        self.head_cost + self.tail_cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(entries: &[Entry]) -> String {
        let texts = entries.iter().filter_map(|entry| match &entry.event {
            Event::Output(text) => Some(text.as_str()),
            Event::Queued(_) | Event::Started(_) | Event::End(..) => None,
        });
        texts.collect()
    }

    #[test]
    fn a_small_log_is_whole_from_any_number() {
        let mut log = Log::default();
        for word in ["a", "b", "c"] {
            log.push(Event::Output(word.to_owned()));
        }
        assert_eq!(text(&log.read(0, 4096)), "abc");
        assert_eq!(text(&log.read(2, 4096)), "c");
        assert_eq!(log.read(3, 4096), []);
        assert_eq!(log.read(u64::MAX, 4096), []);
    }

    #[test]
    fn the_middle_goes_and_a_reader_is_told_once() {
        let mut log = Log::default();
        for n in 0..100_000 {
            log.push(Event::Output(format!("line {n}\n")));
        }
        log.push(Event::End(Outcome::Passed, Some(0), Duration::ZERO));
        let all = log.read(0, usize::MAX);
        let text = text(&all);
        assert!(text.starts_with("line 0\nline 1\n"));
        assert!(text.ends_with("line 99999\n"));
        assert_eq!(text.matches("is left out").count(), 1);
        assert!(matches!(
            all.last().unwrap().event,
            Event::End(Outcome::Passed, ..)
        ));
        // Somebody who read up to the gap's middle is told of the gap, somebody behind it is not.
        let gap = all
            .iter()
            .find(|entry| entry.event == Event::Output(GAP.to_owned()));
        let gap = gap.unwrap().seq;
        assert_eq!(log.read(gap, 1)[0].event, Event::Output(GAP.to_owned()));
        assert_ne!(log.read(gap + 1, 1)[0].event, Event::Output(GAP.to_owned()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn it_is_bounded_and_a_reader_sees_rising_numbers_up_to_the_end(
            sizes in proptest::collection::vec(0_usize..9_000, 0..200),
            most in 1_usize..70_000,
        ) {
            let mut log = Log::default();
            for size in &sizes {
                log.push(Event::Output("x".repeat(*size)));
                prop_assert!(log.cost() <= KEPT);
            }
            let (mut from, mut seen) = (0, 0);
            loop {
                let some = log.read(from, most);
                let Some(last) = some.last() else { break };
                prop_assert!(some.windows(2).all(|two| two[0].seq < two[1].seq));
                prop_assert!(some[0].seq >= from);
                from = last.seq + 1;
                seen += text(&some).len();
            }
            prop_assert_eq!(from, log.next());
            let said: usize = sizes.iter().sum();
            prop_assert!(seen == said || (said > 128 * 1024 && seen <= KEPT + GAP.len()));
        }
    }
}
