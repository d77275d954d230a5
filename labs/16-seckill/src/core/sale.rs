//! What is sold, how much of it, and when.
//!
//! The window `[opens_at, closes_at)` is checked three times: here, so that a request before the hour costs nothing; in the
//! script that takes the unit, by Redis's own clock, because this machine's may be wrong; and in the ledger, because an
//! order may arrive from a machine that never asked.

use std::time::Duration;

use super::ids::{SaleId, UnixMillis};

/// A sale's terms. Made by [`Sale::new`], so every one that exists makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    id: SaleId,
    stock: u32,
    buckets: u16,
    opens_at: UnixMillis,
    closes_at: UnixMillis,
    pay_within: Duration,
}

/// Terms that make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaleError {
    /// There is nothing to sell.
    #[error("sale: stock must be 1 to 4294967295, not 0")]
    NoStock,
    /// A bucket would be empty, or there would be none.
    #[error("sale: buckets must be 1 to the smaller of stock ({stock}) and 1024, not {buckets}")]
    Buckets {
        /// The number asked for.
        buckets: u16,
        /// The stock to spread.
        stock: u32,
    },
    /// It closes before it opens.
    #[error("sale: closes_at ({closes_at:?}) must lie after opens_at ({opens_at:?})")]
    Hours {
        /// The opening asked for.
        opens_at: UnixMillis,
        /// The closing asked for.
        closes_at: UnixMillis,
    },
    /// Nobody could pay in time, or the claim would be gone before the time is up.
    #[error("sale: pay_within must be above 0 and at most 24 hours, not {0:?}")]
    PayWithin(Duration),
}

/// Where a moment lies in the sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Phase {
    /// Before the hour.
    NotYet {
        /// How long until it opens.
        opens_in: Duration,
    },
    /// On sale.
    Open,
    /// Over.
    Closed,
}

impl Sale {
    /// How long the sale's keys stay in Redis after it closes: longer than any payment may take.
    pub const KEEP: Duration = Duration::from_secs(24 * 3600);
    /// More buckets than this cost more in spill than they win in spread.
    pub const MAX_BUCKETS: u16 = 1024;

    /// A sale of `stock` units, spread over `buckets`, each unit to be paid for within `pay_within` of its reservation.
    ///
    /// # Errors
    /// [`SaleError`] names the term that makes no sense, and its range.
    pub fn new(
        id: SaleId,
        stock: u32,
        buckets: u16,
        (opens_at, closes_at): (UnixMillis, UnixMillis),
        pay_within: Duration,
    ) -> Result<Self, SaleError> {
        if stock == 0 {
            return Err(SaleError::NoStock);
        }
        if buckets == 0 || buckets > Self::MAX_BUCKETS || u32::from(buckets) > stock {
            return Err(SaleError::Buckets { buckets, stock });
        }
        if closes_at <= opens_at {
            return Err(SaleError::Hours {
                opens_at,
                closes_at,
            });
        }
        if pay_within.is_zero() || pay_within > Self::KEEP {
            return Err(SaleError::PayWithin(pay_within));
        }
        Ok(Self {
            id,
            stock,
            buckets,
            opens_at,
            closes_at,
            pay_within,
        })
    }

    /// Where `now` lies. The opening belongs to the sale, the closing does not.
    pub fn phase(&self, now: UnixMillis) -> Phase {
        // ANCHOR: stage1_phase
        todo!("stage 1: phase")
        // ANCHOR_END: stage1_phase
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &SaleId {
        &self.id
    }

    /// Units on sale, in all buckets together.
    #[must_use]
    pub fn stock(&self) -> u32 {
        self.stock
    }

    /// How many buckets the stock is spread over.
    #[must_use]
    pub fn buckets(&self) -> u16 {
        self.buckets
    }

    /// The first moment of the sale.
    #[must_use]
    pub fn opens_at(&self) -> UnixMillis {
        self.opens_at
    }

    /// The first moment after the sale.
    #[must_use]
    pub fn closes_at(&self) -> UnixMillis {
        self.closes_at
    }

    /// How long a buyer has to pay.
    #[must_use]
    pub fn pay_within(&self) -> Duration {
        self.pay_within
    }
}
