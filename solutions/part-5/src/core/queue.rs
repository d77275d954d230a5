//! The queue in front of a few workers: who may wait, who is next, who is refused.
//!
//! Two places can refuse. At the door, when too many wait already ([`Rules::most`]); in line, when a request can no longer be
//! answered in time ([`Rules::needs`]). Why not only drop what has *expired*: a request that is begun with a millisecond left is
//! answered too late all the same, and under overload the oldest in line is always that one.
//!
//! What must stay true: every job that was offered comes out exactly once, refused or to be worked on.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::time::Duration;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// First come, first served.
    OldestFirst,
    /// Last come, first served: who came last still has time.
    NewestFirst,
}

/// How a queue treats those who wait. Every combination makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whose turn it is.
    pub order: Order,
    /// How many may wait; `None` is no bound.
    pub most: Option<NonZeroUsize>,
    /// How long before its deadline a job must begin; `None` does not look at deadlines.
    pub needs: Option<Duration>,
}

/// What becomes of a job at the door.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Offer<J> {
    /// It is in line.
    Waits,
    /// Too many wait; here it is back.
    Refused(J),
}

/// What a free worker is told.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub struct Turn<J> {
    /// To be refused: they cannot be answered in time any more.
    pub late: Vec<J>,
    /// To be worked on; `None` if nobody waits.
    pub job: Option<J>,
}

/// Jobs in line, each with its deadline.
#[derive(Debug)]
pub struct Queue<J> {
    rules: Rules,
    waiting: VecDeque<(Duration, J)>,
}

impl<J> Queue<J> {
    /// An empty queue.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            waiting: VecDeque::new(),
        }
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    // ANCHOR: admission
    /// A job asks for a place in line.
    pub fn offer(&mut self, job: J, deadline: Duration) -> Offer<J> {
        match self.rules.most {
            Some(most) if self.waiting.len() >= most.get() => Offer::Refused(job),
            Some(_) | None => {
                self.waiting.push_back((deadline, job));
                Offer::Waits
            }
        }
    }

    /// A worker is free at `now`.
    pub fn next(&mut self, now: Duration) -> Turn<J> {
        let too_late = |deadline: Duration| {
            let needs = self.rules.needs;
            needs.is_some_and(|needs| now + needs > deadline)
        };
        let mut late = Vec::new();
        // Whoever waits longest is late first, also when the newest is served first.
        while let Some((_, job)) = self
            .waiting
            .pop_front_if(|(deadline, _)| too_late(*deadline))
        {
            late.push(job);
        }
        loop {
            let next = match self.rules.order {
                Order::OldestFirst => self.waiting.pop_front(),
                Order::NewestFirst => self.waiting.pop_back(),
            };
            match next {
                Some((deadline, job)) if too_late(deadline) => late.push(job),
                Some((_, job)) => {
                    return Turn {
                        late,
                        job: Some(job),
                    };
                }
                None => return Turn { late, job: None },
            }
        }
    }
    // ANCHOR_END: admission
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn rules(order: Order, most: usize, needs: u64) -> Rules {
        Rules {
            order,
            most: NonZeroUsize::new(most),
            needs: (needs > 0).then_some(ms(needs)),
        }
    }

    /// Jobs 1, 2, 3 with deadlines at 100, 200, 300 ms.
    fn three(rules: Rules) -> Queue<u32> {
        let mut queue = Queue::new(rules);
        for job in 1..=3 {
            assert_eq!(queue.offer(job, ms(u64::from(job) * 100)), Offer::Waits);
        }
        queue
    }

    #[test]
    fn a_full_queue_refuses_and_a_free_place_does_not() {
        let mut queue = three(rules(Order::OldestFirst, 3, 0));
        assert_eq!(queue.offer(4, ms(400)), Offer::Refused(4));
        assert_eq!(queue.next(ms(0)).job, Some(1));
        assert_eq!(queue.offer(4, ms(400)), Offer::Waits);
        assert_eq!(queue.len(), 3);
    }

    #[test]
    fn without_rules_nobody_is_refused_however_late() {
        let mut queue = three(rules(Order::OldestFirst, 0, 0));
        let turns = [(); 4].map(|()| queue.next(ms(10_000)));
        assert!(turns.iter().all(|turn| turn.late.is_empty()));
        assert_eq!(
            turns.map(|turn| turn.job),
            [Some(1), Some(2), Some(3), None]
        );
    }

    #[test]
    fn a_job_begins_only_while_it_can_still_end_in_time() {
        let needs = rules(Order::OldestFirst, 0, 50);
        let at = |now| three(needs).next(ms(now));
        assert_eq!((at(50).late, at(50).job), (vec![], Some(1)));
        assert_eq!((at(51).late, at(51).job), (vec![1], Some(2)));
        assert_eq!((at(251).late, at(251).job), (vec![1, 2, 3], None));
    }

    #[test]
    fn the_newest_is_served_and_the_late_ones_leave_at_the_front() {
        let mut queue = three(rules(Order::NewestFirst, 0, 50));
        let turn = queue.next(ms(100));
        assert_eq!((turn.late, turn.job), (vec![1], Some(3)));
        let turn = queue.next(ms(200));
        assert_eq!((turn.late, turn.job), (vec![2], None));
    }

    proptest! {
        #[test]
        fn every_job_comes_out_once(
            newest: bool, most in 0_usize..6, needs in 0_u64..4,
            steps in proptest::collection::vec(proptest::option::of(0_u64..40), 0..60),
        ) {
            let order = if newest { Order::NewestFirst } else { Order::OldestFirst };
            let mut queue = Queue::new(rules(order, most, needs));
            let (mut offered, mut out) = (0_u64, Vec::new());
            for (now, step) in (0..).zip(&steps) {
                match step {
                    Some(deadline) => {
                        if let Offer::Refused(job) = queue.offer(offered, ms(*deadline)) {
                            prop_assert_eq!(queue.len(), most);
                            out.push(job);
                        }
                        offered += 1;
                    }
                    None => {
                        let turn = queue.next(ms(now));
                        out.extend(turn.late);
                        out.extend(turn.job);
                    }
                }
            }
            while !queue.is_empty() {
                let turn = queue.next(ms(1000));
                out.extend(turn.late);
                out.extend(turn.job);
            }
            out.sort_unstable();
            prop_assert_eq!(out, (0..offered).collect::<Vec<_>>());
        }
    }
}
