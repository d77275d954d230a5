//! What happens next: events by their time, and by the order in which they were scheduled where that is the same.
//!
//! A calendar queue (Brown, 1988) and not one binary heap: with a million buyers waiting to ask again, each push and pop of a heap
//! walks twenty levels of an array that no cache holds. Here an event is laid on the page of its day, and only today's page is
//! kept in order. What must stay true: events come out in one order, whatever the machine, or a seed would mean nothing.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Nanoseconds of virtual time.
pub type Nanos = u64;

/// A day is 2^20 ns, about a millisecond: some hundreds of events at the peak, which the nearest cache holds.
const DAY_BITS: u32 = 20;

/// Events that have not happened yet.
#[derive(Debug)]
pub struct Queue<E> {
    today: BinaryHeap<Reverse<Entry<E>>>,
    /// By day, unordered.
    pages: Vec<Vec<Reverse<Entry<E>>>>,
    day: usize,
    now: Nanos,
    scheduled: u64,
}

#[derive(Debug)]
struct Entry<E> {
    at: Nanos,
    number: u64,
    event: E,
}

impl<E> Queue<E> {
    /// An empty calendar, at moment 0.
    pub fn new() -> Self {
        Self {
            today: BinaryHeap::new(),
            pages: Vec::new(),
            day: 0,
            now: 0,
            scheduled: 0,
        }
    }

    /// The moment of the event that came out last.
    #[cfg(test)]
    pub fn now(&self) -> Nanos {
        self.now
    }

    /// How many events were ever scheduled.
    pub fn scheduled(&self) -> u64 {
        self.scheduled
    }

    /// Lets `event` happen at `at`.
    ///
    /// # Panics
    /// If that moment is past.
    pub fn at(&mut self, at: Nanos, event: E) {
        assert!(at >= self.now, "an event at {at}, and it is {}", self.now);
        let entry = Reverse(Entry {
            at,
            number: self.scheduled,
            event,
        });
        self.scheduled += 1;
        let day = day(at);
        if day <= self.day {
            self.today.push(entry);
            return;
        }
        if day >= self.pages.len() {
            self.pages.resize_with(day + 1, Vec::new);
        }
        self.pages[day].push(entry);
    }

    /// Lets `event` happen after `delay`.
    pub fn after(&mut self, delay: Nanos, event: E) {
        self.at(self.now + delay, event);
    }

    /// The next event; time moves to it.
    pub fn next(&mut self) -> Option<(Nanos, E)> {
        while self.today.is_empty() {
            self.day += 1;
            let page = self.pages.get_mut(self.day)?;
            self.today = BinaryHeap::from(std::mem::take(page));
        }
        let Reverse(entry) = self.today.pop()?;
        self.now = entry.at;
        Some((entry.at, entry.event))
    }
}

fn day(at: Nanos) -> usize {
    usize::try_from(at >> DAY_BITS).unwrap_or(usize::MAX)
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Entry<E> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn events_come_by_time_and_then_in_the_order_of_scheduling() {
        let mut queue = Queue::new();
        for (at, name) in [
            (5_000_000, "late"),
            (7, "second"),
            (3, "first"),
            (7, "third"),
        ] {
            queue.at(at, name);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.next()).collect();
        assert_eq!(
            order,
            [
                (3, "first"),
                (7, "second"),
                (7, "third"),
                (5_000_000, "late")
            ]
        );
    }

    #[test]
    fn an_event_may_be_scheduled_for_this_very_moment() {
        let mut queue = Queue::new();
        queue.at(10, 'a');
        assert_eq!(queue.next(), Some((10, 'a')));
        queue.after(0, 'b');
        queue.after(1, 'c');
        assert_eq!(queue.next(), Some((10, 'b')));
        assert_eq!(queue.next(), Some((11, 'c')));
        assert_eq!(queue.next(), None);
    }

    /// The oracle is a sort: events that are scheduled while others come out, over many days and within one.
    #[test]
    fn a_thousand_random_schedules_come_out_sorted() {
        for seed in 0..1_000 {
            let mut rng = Rng::new(seed);
            let mut queue = Queue::new();
            let (mut expected, mut seen) = (Vec::new(), Vec::new());
            for number in 0..100_u64 {
                let reach = 1 << (10 + rng.below(14));
                let at = queue.now() + rng.below(reach);
                queue.at(at, number);
                expected.push((at, number));
                if rng.below(3) == 0 {
                    seen.extend(queue.next());
                }
            }
            seen.extend(std::iter::from_fn(|| queue.next()));
            expected.sort_unstable();
            assert_eq!(seen, expected, "seed {seed}");
        }
    }

    #[test]
    #[should_panic(expected = "an event at 1, and it is 2")]
    fn the_past_is_closed() {
        let mut queue = Queue::new();
        queue.at(2, ());
        queue.next();
        queue.at(1, ());
    }
}
