//! Stage 2: where a buyer's claim lives, and how the stock is cut.

use proptest::prelude::*;
use seckill::core::ids::{Bucket, BuyerId};
use seckill::core::segments::{home, share};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn inv1_shares_add_up_to_the_stock(buckets in 1_u16..=1024, extra in 0_u32..1_000_000) {
        let stock = u32::from(buckets) + extra;
        let shares: Vec<u32> = (0..buckets).map(|b| share(stock, buckets, Bucket(b))).collect();
        prop_assert_eq!(shares.iter().map(|&units| u64::from(units)).sum::<u64>(), u64::from(stock));
        let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
        prop_assert!(most - least <= 1, "shares from {} to {}", least, most);
    }

    #[test]
    fn inv3_a_buyer_has_one_home(buyer: u64, buckets in 1_u16..=1024) {
        let first = home(BuyerId(buyer), buckets);
        prop_assert!(first.0 < buckets, "{:?} of {} buckets", first, buckets);
        prop_assert_eq!(first, home(BuyerId(buyer), buckets));
    }
}

/// Instances of two builds, made by two compilers, look for a buyer in one place. A hash that std or a crate may change (or seed)
/// gives the buyer a second home with the next release, and a second unit there.
#[test]
fn inv3_a_home_is_the_same_in_every_build() {
    let buyers = [0, 1, 2, 7, 1_000_000, u64::MAX].map(BuyerId);
    assert_eq!(
        [16, 1000].map(|buckets| buyers.map(|buyer| home(buyer, buckets).0)),
        [[15, 1, 14, 7, 7, 0], [535, 465, 110, 487, 847, 936]]
    );
}

/// Account ids come in runs; a home by `id % buckets` or by the first digits would send a run to one bucket.
#[test]
fn inv3_neighbouring_buyers_are_spread_over_the_buckets() {
    for stride in [1, 8, 16, 1024] {
        let mut counts = [0_u32; 16];
        for i in 0..16_000 {
            counts[usize::from(home(BuyerId(i * stride), 16).0)] += 1;
        }
        // 1,000 each; a fair spread stays within five standard deviations (31 each).
        assert!(
            counts.iter().all(|count| count.abs_diff(1000) < 155),
            "stride {stride}: {counts:?}"
        );
    }
}
