//! Whose turn it is: A B C, then C B A, round after round.
//!
//! There and back, because a machine that slows down during a round must not favour whoever goes first. The mean of its two
//! slices is a contender's figure for the round, and two contenders' ratio within one round is a sample. Never the
//! ratio of two runs, or of two medians.

/// Contenders in turns. Ask [`next`](Self::next) whose slice is due, and [`record`](Self::record) its rate.
#[derive(Debug)]
pub struct Turns {
    contenders: usize,
    /// Slices of the rounds that only warm up.
    warm: usize,
    slices: usize,
    rates: Vec<Vec<f64>>,
    done: usize,
}

impl Turns {
    /// So many contenders, so many rounds that count, and some before that do not.
    #[must_use]
    pub fn new(contenders: usize, warm_up: usize, rounds: usize) -> Self {
        let round = 2 * contenders;
        Self {
            contenders,
            warm: warm_up * round,
            slices: (warm_up + rounds) * round,
            rates: vec![Vec::new(); contenders],
            done: 0,
        }
    }

    /// Whose slice is due; `None` when all rounds are done.
    #[must_use]
    pub fn next(&self) -> Option<usize> {
        (self.done < self.slices).then(|| {
            let at = self.done % (2 * self.contenders);
            at.min(2 * self.contenders - 1 - at)
        })
    }

    /// The rate of the slice that was due.
    ///
    /// # Panics
    /// If none was.
    pub fn record(&mut self, rate: f64) {
        let due = self.next().expect("no slice is due any more");
        if self.done >= self.warm {
            self.rates[due].push(rate);
        }
        self.done += 1;
    }

    /// A contender's rate in each round: the mean of its two slices.
    #[must_use]
    pub fn rates(&self, contender: usize) -> Vec<f64> {
        let pairs = self.rates[contender].chunks_exact(2);
        pairs.map(|pair| f64::midpoint(pair[0], pair[1])).collect()
    }

    /// How many times `that`'s rate `this` reached, in each round.
    #[must_use]
    pub fn ratios(&self, this: usize, that: usize) -> Vec<f64> {
        let rates = self.rates(this).into_iter().zip(self.rates(that));
        rates.map(|(this, that)| this / that).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs all slices; a slice's rate is what `rate` says of the contender and the number of slices so far.
    fn run(mut turns: Turns, rate: impl Fn(usize, usize) -> f64) -> (Turns, Vec<usize>) {
        let mut order = Vec::new();
        while let Some(who) = turns.next() {
            turns.record(rate(who, order.len()));
            order.push(who);
        }
        (turns, order)
    }

    #[test]
    fn there_and_back() {
        let (_, order) = run(Turns::new(3, 0, 2), |_, _| 1.0);
        assert_eq!(order, [0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0]);
        let (_, order) = run(Turns::new(2, 1, 1), |_, _| 1.0);
        assert_eq!(order, [0, 1, 1, 0, 0, 1, 1, 0]);
    }

    #[test]
    fn warming_up_leaves_no_sample() {
        let slow_at_first = |_, slice| if slice < 8 { 1.0 } else { 100.0 };
        let (turns, _) = run(Turns::new(2, 2, 3), slow_at_first);
        assert_eq!(turns.rates(0), [100.0; 3]);
        assert_eq!(turns.rates(1), [100.0; 3]);
    }

    /// The same work on a machine that gets steadily slower: whoever is asked first has no advantage.
    #[test]
    fn a_machine_that_slows_down_favours_nobody() {
        let (turns, _) = run(Turns::new(3, 0, 5), |_, slice| 1000.0 - slice as f64);
        for (this, that) in [(0, 1), (0, 2), (1, 2)] {
            assert_eq!(turns.ratios(this, that), [1.0; 5]);
        }
    }

    #[test]
    fn a_ratio_is_of_one_round() {
        // Twice as fast in every round, though the second round has ten times the rate.
        let (turns, _) = run(Turns::new(2, 0, 2), |who, slice| {
            let machine = if slice < 4 { 1.0 } else { 10.0 };
            machine * if who == 0 { 2.0 } else { 1.0 }
        });
        assert_eq!(turns.ratios(0, 1), [2.0, 2.0]);
    }
}
