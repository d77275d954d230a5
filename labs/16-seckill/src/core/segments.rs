//! Stock segments: the stock in several buckets, each under a key of its own.
//!
//! One key is one Redis shard's work, however many shards there are. Buckets spread it, and on a Redis Cluster they lie on
//! different nodes. The price is the end of the sale: when a buyer's home bucket is empty and another is not, the unit has to
//! come from there (the *spill*). What must stay true: the shares add up to the stock, and a buyer's home never
//! changes during a sale, because the buyer's claim lies there and the claim is what makes it one unit a buyer.

use super::ids::{Bucket, BuyerId};

/// The bucket where `buyer`'s claim lives, among `buckets` (at least 1): `mix` of the id, modulo their number. Not by std's
/// hasher, which may differ from build to build.
#[must_use]
pub fn home(buyer: BuyerId, buckets: u16) -> Bucket {
    // ANCHOR: stage2_home
    todo!("stage 2: home")
    // ANCHOR_END: stage2_home
}

/// How many of `stock` units `bucket` starts with: equal shares, the remainder one each to the first buckets.
#[must_use]
pub fn share(stock: u32, buckets: u16, bucket: Bucket) -> u32 {
    // ANCHOR: stage2_share
    todo!("stage 2: share")
    // ANCHOR_END: stage2_share
}

/// Every bucket but `buyer`'s home, in the order in which a unit is looked for: buyers of one home start at different
/// places, so that they do not all fall upon its neighbour.
#[must_use]
pub fn spill_order(buyer: BuyerId, buckets: u16) -> Vec<Bucket> {
    // ANCHOR: stage3_spill_order
    todo!("stage 3: spill order")
    // ANCHOR_END: stage3_spill_order
}

/// SplitMix64's finaliser (Steele, Lea and Flood, 2014): buyers with neighbouring ids are spread evenly, and every
/// instance, in any build, finds the same home.
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::mix;

    /// The first three numbers of SplitMix64 from seed 0, as its authors' own code gives them. Instances of two builds that
    /// mix differently look for one buyer in two homes, and sell them two units.
    #[test]
    fn mix_is_splitmix64() {
        let seed = |steps: u64| steps.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        assert_eq!(
            [0, 1, 2].map(|steps| mix(seed(steps))),
            [
                0xe220_a839_7b1d_cdaf,
                0x6e78_9e6a_a1b9_65f4,
                0x06c4_5d18_8009_454f
            ]
        );
    }
}
