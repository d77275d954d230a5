//! Where a sale lies in Redis: four keys a bucket, in one hash slot each bucket.
//!
//! `PREFIX{SALE:BUCKET}:bucket` is a hash (state, stock, debt, epoch, hours); `:claims` a hash by buyer; `:unsettled` a sorted set
//! of buyers by the moment of their claim, for the reconciler; `:loans` a hash by order. The braces are Redis's hash tag: what
//! one script touches must lie in one slot, and the buckets of a sale must not.

use crate::core::ids::{Bucket, BuyerId, SaleId};

/// The keys of one bucket.
#[derive(Clone, Debug)]
pub struct BucketKeys {
    /// The bucket's own hash.
    pub bucket: String,
    /// Claims by buyer.
    pub claims: String,
    /// Buyers whose claim is not yet known to be an order.
    pub unsettled: String,
    /// Loans by order.
    pub loans: String,
}

/// The keys of one sale.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
    sale: SaleId,
    buckets: Box<[BucketKeys]>,
}

impl Keys {
    /// Keys under `prefix`, which must not contain `{` (it may be empty).
    #[must_use]
    pub fn new(prefix: &str, sale: &SaleId, buckets: u16) -> Self {
        let of = |bucket| {
            let tag = format!("{prefix}{{{sale}:{bucket}}}");
            BucketKeys {
                bucket: format!("{tag}:bucket"),
                claims: format!("{tag}:claims"),
                unsettled: format!("{tag}:unsettled"),
                loans: format!("{tag}:loans"),
            }
        };
        Self {
            prefix: prefix.to_owned(),
            sale: sale.clone(),
            buckets: (0..buckets).map(of).collect(),
        }
    }

    /// The keys of `bucket`.
    ///
    /// # Panics
    /// If the sale has no such bucket.
    #[must_use]
    pub fn of(&self, bucket: Bucket) -> &BucketKeys {
        &self.buckets[usize::from(bucket.0)]
    }

    /// The log of `buyer`'s admitted requests.
    #[must_use]
    pub fn limit(&self, buyer: BuyerId) -> String {
        format!("{}{{{}:limit:{buyer}}}", self.prefix, self.sale)
    }
}
