//! Numbers that many threads count up and few read, without a lock and without one another.
//!
//! Why not one atomic a number: two threads that count in one place hand its cache line to and fro, which costs more than the whole
//! rejection that they count; and an atomic addition costs even one thread more than all else that it does. So a thread has a place of its
//! own while it lives, as long as there are any, and there an addition is a load and a store. All others share the last place. A reader adds
//! the places up.
//!
//! What must stay true: a place of one's own is written by one thread at a time. So no sum falls, and none misses a count. No decision
//! reads these numbers, so the model checker does not look at them.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Fifteen places to own, as many as the workers of most runtimes, and one to share: 2 KiB a breaker.
const PLACES: usize = 16;
const SHARED: usize = PLACES - 1;

/// What is counted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// Quick successes that changed nothing.
    QuickSuccesses,
    /// Calls that an open circuit rejected by its word.
    RejectedOpen,
    /// Calls that a circuit rejected because an operator held it open.
    RejectedForced,
    /// Answers given by a fallback.
    Fallbacks,
}

/// All the counts.
#[derive(Debug, Default)]
pub(super) struct Counters([Place; PLACES]);

/// Alone on its cache line, and on the one that the processor fetches with it.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Place([AtomicU64; 4]);

/// Which places have an owner, by bit. One table for all breakers: a thread's place is the same in each.
static OWNED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Which place this thread counts in; none yet.
    static PLACE: Cell<usize> = const { Cell::new(PLACES) };
    /// Gives the place back when the thread ends.
    static OWNER: Owner = const { Owner };
}

struct Owner;

impl Drop for Owner {
    fn drop(&mut self) {
        // The bit of the shared place is never set.
        let place = PLACE.replace(SHARED);
        OWNED.fetch_and(!(1 << place), Ordering::Release);
    }
}

impl Counters {
    /// One more.
    #[inline]
    pub(super) fn add_one(&self, count: Count) {
        let mut place = PLACE.get();
        if place == PLACES {
            place = take_place();
        }
        let number = &self.0[place].0[count as usize];
        if place == SHARED {
            number.fetch_add(1, Ordering::Relaxed);
        } else {
            number.store(number.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
    }

    /// How many.
    pub(super) fn sum(&self, count: Count) -> u64 {
        self.0
            .iter()
            .map(|place| place.0[count as usize].load(Ordering::Relaxed))
            .sum()
    }
}

/// A place that is nobody's goes to this thread, until it ends. What its last owner counted there is seen: the places are handed over by
/// one atomic.
#[cold]
fn take_place() -> usize {
    let own_the_first = |owned: usize| {
        let free = owned.trailing_ones() as usize;
        (free < SHARED).then_some(owned | 1 << free)
    };
    // A thread that is already ending has nobody to give the place back.
    let place = match OWNER.try_with(|_| ()) {
        Ok(()) => OWNED
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, own_the_first)
            .map_or(SHARED, |owned| owned.trailing_ones() as usize),
        Err(_) => SHARED,
    };
    PLACE.set(place);
    place
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    /// Waits for the others when it goes, also by a panic.
    struct Together<'a>(&'a Barrier);

    impl Drop for Together<'_> {
        fn drop(&mut self) {
            self.0.wait();
        }
    }

    /// More threads than places, all alive at once: each place has one owner, and the others share the last. When they have ended, their
    /// places are free again, and no others are. Whoever counts where, none of it is lost.
    #[test]
    fn every_count_is_in_the_sum() {
        let counters = Counters::default();
        for round in 1..=3 {
            let all = Barrier::new(2 * PLACES);
            let count = || {
                let _all = Together(&all);
                counters.add_one(Count::Fallbacks);
                for _ in 0..10_000 {
                    counters.add_one(Count::RejectedOpen);
                }
                PLACE.get()
            };
            let mut places: Vec<usize> = thread::scope(|scope| {
                let threads: Vec<_> = (0..2 * PLACES).map(|_| scope.spawn(count)).collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap())
                    .collect()
            });
            places.sort_unstable();
            let expected = (0..SHARED).chain([SHARED; PLACES + 1]);
            assert!(places.iter().copied().eq(expected), "{places:?}");
            let counted = 2 * PLACES as u64 * round;
            assert_eq!(counters.sum(Count::RejectedOpen), 10_000 * counted);
            assert_eq!(counters.sum(Count::Fallbacks), counted);
            assert_eq!(counters.sum(Count::QuickSuccesses), 0);
        }
        let place = || {
            counters.add_one(Count::QuickSuccesses);
            PLACE.get()
        };
        let (stays, both) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            let staying = scope.spawn(|| {
                let _until_the_end = Together(&stays);
                let place = place();
                both.wait();
                place
            });
            both.wait();
            let until_the_end = Together(&stays);
            let next: Vec<_> = (0..3).map(|_| scope.spawn(place).join().unwrap()).collect();
            drop(until_the_end);
            let place = staying.join().unwrap();
            assert!(!next.contains(&place), "{place} is taken: {next:?}");
        });
    }
}
