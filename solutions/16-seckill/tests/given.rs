//! What the learner is given of the core and does not write: names, terms, texts. Bad input gets a clear error.

use std::time::Duration;

use seckill::core::claim::{Claim, ClaimState, Loan};
use seckill::core::ids::{Bucket, BuyerId, OrderId, SaleId, UnixMillis};
use seckill::core::sale::{Sale, SaleError};
use seckill::core::window::Limit;

#[test]
fn a_sale_id_cannot_close_its_hash_tag() {
    assert!("sale-2026".parse::<SaleId>().is_ok());
    for bad in ["", "a}b", "{", "A", "a b", "ä", &"a".repeat(65)] {
        let error = bad.parse::<SaleId>().unwrap_err().to_string();
        assert_eq!(
            error,
            format!("sale id {bad:?}: use 1 to 64 of a-z, 0-9 and -")
        );
    }
}

#[test]
fn a_name_is_written_as_it_is_read() {
    let longest = "sale-2026".repeat(7) + "x";
    let sale: SaleId = longest.parse().unwrap();
    assert_eq!(
        (sale.as_str(), sale.to_string()),
        (longest.as_str(), longest.clone())
    );
    let order = OrderId(0xabc);
    assert_eq!(order.to_string(), "00000000000000000000000000000abc");
    assert_eq!(
        format!("{order:?}"),
        "OrderId(00000000000000000000000000000abc)"
    );
    assert_eq!(BuyerId(u64::MAX).to_string(), "18446744073709551615");
    assert_eq!(Bucket(1023).to_string(), "1023");
}

/// The clocks of two machines disagree, so a moment may lie before one that is said to be earlier.
#[test]
fn moments_stay_within_time() {
    let (earlier, later) = (UnixMillis(1_000), UnixMillis(3_500));
    let between = Duration::from_millis(2_500);
    assert_eq!(later.since(earlier), between);
    assert_eq!(earlier.since(later), Duration::ZERO);
    assert_eq!(earlier.plus(between), later);
    assert_eq!(UnixMillis(u64::MAX).plus(between), UnixMillis(u64::MAX));
    assert_eq!(earlier.plus(Duration::MAX), UnixMillis(u64::MAX));
}

#[test]
fn an_order_id_is_32_hexadecimal_digits() {
    let id = OrderId(0xabc);
    assert_eq!(id.to_string().parse(), Ok(id));
    for bad in [
        "",
        "abc",
        &format!("+{}", "0".repeat(31)),
        &"g".repeat(32),
        &"0".repeat(33),
    ] {
        assert!(bad.parse::<OrderId>().is_err(), "{bad:?}");
    }
}

#[test]
fn terms_that_make_no_sense_are_refused_by_name() {
    let hours = (UnixMillis(1), UnixMillis(2));
    let sale =
        |stock, buckets, hours, pay| Sale::new("s".parse().unwrap(), stock, buckets, hours, pay);
    let minute = Duration::from_secs(60);
    let said = |result: Result<Sale, SaleError>| result.unwrap_err().to_string();
    assert!(said(sale(0, 1, hours, minute)).contains("stock must be 1 to"));
    assert!(said(sale(5, 0, hours, minute)).contains("buckets must be 1 to"));
    assert!(said(sale(5, 6, hours, minute)).contains("stock (5)"));
    assert!(said(sale(5000, 1025, hours, minute)).contains("1024"));
    assert!(said(sale(5, 1, (UnixMillis(2), UnixMillis(2)), minute)).contains("closes_at"));
    assert!(said(sale(5, 1, hours, Duration::ZERO)).contains("pay_within"));
    assert!(said(sale(5, 1, hours, Duration::from_secs(24 * 3600 + 1))).contains("pay_within"));
}

#[test]
fn terms_that_make_sense_are_kept() {
    let (opens, closes) = (UnixMillis(1), UnixMillis(2));
    let pay_within = Duration::from_secs(24 * 3600);
    let sale = |stock, buckets| {
        Sale::new(
            "s".parse().unwrap(),
            stock,
            buckets,
            (opens, closes),
            pay_within,
        )
        .unwrap()
    };
    let widest = sale(5000, 1024);
    assert_eq!(
        (widest.id().as_str(), widest.stock(), widest.buckets()),
        ("s", 5000, 1024)
    );
    assert_eq!(
        (widest.opens_at(), widest.closes_at(), widest.pay_within()),
        (opens, closes, pay_within)
    );
    let smallest = sale(1, 1);
    assert_eq!((smallest.stock(), smallest.buckets()), (1, 1));
}

#[test]
fn a_limit_that_limits_nothing_or_everything_is_refused() {
    let second = Duration::from_secs(1);
    for (requests, window) in [
        (0, second),
        (1001, second),
        (5, Duration::ZERO),
        (5, Duration::from_secs(3601)),
    ] {
        assert!(
            Limit::new(requests, window).is_err(),
            "{requests} in {window:?}"
        );
    }
    for (requests, window) in [
        (1, Duration::from_nanos(1)),
        (1000, Duration::from_secs(3600)),
    ] {
        let limit = Limit::new(requests, window).unwrap();
        assert_eq!((limit.requests(), limit.window()), (requests, window));
    }
}

/// Every text that is not exactly what the scripts write, cut at every byte among others.
#[test]
fn a_claim_or_a_loan_is_read_strictly() {
    let order = OrderId(7);
    let held = format!("{order}|held|3|1700000000000");
    let state = ClaimState::Held(Bucket(3));
    assert_eq!(
        held.parse(),
        Ok(Claim {
            order,
            state,
            at: UnixMillis(1_700_000_000_000)
        })
    );
    assert_eq!(
        format!("{order}|seeking||5")
            .parse::<Claim>()
            .unwrap()
            .state,
        ClaimState::Seeking
    );
    let loan = Loan {
        buyer: BuyerId(9),
        home: Bucket(2),
        at: UnixMillis(5),
    };
    assert_eq!("9|2|5".parse(), Ok(loan));
    for cut in 0..held.len() - 13 {
        assert!(held[..cut].parse::<Claim>().is_err(), "{:?}", &held[..cut]);
    }
    for bad in [
        "",
        "x",
        "|||",
        &format!("{order}|held||5"),
        &format!("{order}|seeking|1|5"),
        &format!("{held}|x"),
    ] {
        assert_eq!(
            bad.parse::<Claim>().unwrap_err().to_string(),
            format!("claim in Redis is not understood: {bad:?}")
        );
    }
    for bad in ["", "9|2", "9|2|5|6", "-1|2|5", "9|70000|5"] {
        assert!(bad.parse::<Loan>().is_err(), "{bad:?}");
    }
}
