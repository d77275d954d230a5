//! How many retries all callers together may send: a bucket of tokens, one for each retry.
//!
//! Why a budget and not max attempts alone: three attempts in each of three layers are 27 calls for one, at the moment when the
//! server can bear least. A ratio of the calls bounds that by a number that does not multiply. (Finagle's `RetryBudget`; "Handling
//! Overload" in the SRE book.) What must stay true: retries never exceed the capacity at the start, plus the ratio of the calls, plus what
//! the seconds brought; from any number of threads, without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::error::ConfigError;

/// What is paid in, and how much is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Income {
    ratio: u64,
    per_second: u32,
    capacity: u64,
}

/// The bucket. It starts with what one second brings.
#[derive(Debug)]
pub struct Budget {
    income: Income,
    /// In millionths of a token.
    balance: AtomicU64,
    /// Up to which moment the seconds have been paid for, in nanoseconds.
    paid_until: AtomicU64,
}

/// What the bucket says to one retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Withdrawal {
    /// It may be sent; its token is taken.
    Granted,
    /// There is no token.
    Spent,
}

/// A token is so many units: fine enough for a ratio of a millionth.
const TOKEN: u64 = 1_000_000;

impl Income {
    /// `ratio` of a token for each call, `per_second` tokens whatever happens (so that a service with one call a minute may retry it), and never
    /// more than `capacity` at once.
    ///
    /// # Errors
    /// [`ConfigError`] unless the ratio is 0 to 1, `per_second` at most and the capacity 1 to a million, and something is paid in.
    pub fn new(ratio: f64, per_second: u32, capacity: u32) -> Result<Self, ConfigError> {
        if !(0.0..=1.0).contains(&ratio) {
            return Err(ConfigError::Ratio(ratio));
        }
        if per_second > 1_000_000 {
            return Err(ConfigError::PerSecond(per_second));
        }
        if !(1..=1_000_000).contains(&capacity) {
            return Err(ConfigError::Capacity(capacity));
        }
        // 0 to a million, so exact.
        let ratio = (ratio * TOKEN as f64).round() as u64;
        if ratio == 0 && per_second == 0 {
            return Err(ConfigError::NoIncome);
        }
        Ok(Self {
            ratio,
            per_second,
            capacity: u64::from(capacity) * TOKEN,
        })
    }
}

impl Budget {
    /// A bucket with what one second brings. Moments count from here.
    #[must_use]
    pub fn new(income: Income) -> Self {
        let second = u64::from(income.per_second) * TOKEN;
        Self {
            income,
            balance: AtomicU64::new(second.min(income.capacity)),
            paid_until: AtomicU64::new(0),
        }
    }

    /// Whole tokens that are there, without what the time since the last withdrawal has brought.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.balance.load(Ordering::Acquire) / TOKEN
    }

    /// A call starts: pays in the ratio. Once a call, not once an attempt, or the retries would pay for retries.
    pub fn deposit(&self) {
        self.pay_in(self.income.ratio);
    }

    /// A retry asks for its token at `now`.
    pub fn withdraw(&self, now: Duration) -> Withdrawal {
        // ANCHOR: stage4_withdraw
        self.pay_in(self.earned(now));
        let take = |balance: u64| balance.checked_sub(TOKEN);
        match self
            .balance
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, take)
        {
            Ok(_) => Withdrawal::Granted,
            Err(_) => Withdrawal::Spent,
        }
        // ANCHOR_END: stage4_withdraw
    }

    /// A retry that got its token was not sent after all.
    pub fn give_back(&self) {
        // ANCHOR: stage4_give_back
        self.pay_in(TOKEN);
        // ANCHOR_END: stage4_give_back
    }

    /// Adds `units`, up to the capacity.
    fn pay_in(&self, units: u64) {
        // ANCHOR: stage4_pay_in
        let add = |balance: u64| Some(balance.saturating_add(units).min(self.income.capacity));
        let _always_added = self
            .balance
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, add);
        // ANCHOR_END: stage4_pay_in
    }

    // ANCHOR: earned
    /// The units that the time up to `now` has brought and that nobody has claimed yet; claims them.
    ///
    /// Of two threads that ask at once one claims them: the other gets nothing, which is too little for an instant and never too much. A
    /// moment before the last claim brings nothing.
    fn earned(&self, now: Duration) -> u64 {
        if self.income.per_second == 0 {
            return 0;
        }
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let until = self.paid_until.load(Ordering::Acquire);
        // A second's tokens are per_second million units, so a microsecond brings per_second of them.
        let micros = now.saturating_sub(until) / 1000;
        let claimed = self.paid_until.compare_exchange(
            until,
            until + micros * 1000,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        match claimed {
            Ok(_) => micros.saturating_mul(u64::from(self.income.per_second)),
            Err(_) => 0,
        }
    }
    // ANCHOR_END: earned
}
