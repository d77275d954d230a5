//! What the learner is given and does not write: names, terms, texts, messages, configuration. Bad input gets a clear error.
#![cfg(feature = "io")]

use std::collections::HashMap;
use std::time::Duration;

use seckill::core::claim::{Claim, ClaimState, Loan};
use seckill::core::ids::{Bucket, BuyerId, OrderId, SaleId, UnixMillis};
use seckill::core::sale::{Sale, SaleError};
use seckill::core::window::Limit;
use seckill::shell::config::Config;
use seckill::shell::ledger::NewOrder;

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
fn an_order_id_is_32_hexadecimal_digits() {
    let id = OrderId(0xabc);
    assert_eq!(id.to_string().parse(), Ok(id));
    for bad in [
        "",
        "abc",
        "+0000000000000000000000000000abc",
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

#[test]
fn an_order_survives_its_message_and_nothing_else_is_one() {
    let sale: SaleId = "phone".parse().unwrap();
    let order = NewOrder {
        order: OrderId(u128::MAX),
        buyer: BuyerId(u64::MAX),
        unit: Bucket(3),
        reserved_at: UnixMillis(1),
    };
    let message = order.encode(&sale);
    assert_eq!(NewOrder::decode(&message, &sale, 4).unwrap(), order);
    for cut in 0..message.len() {
        assert!(
            NewOrder::decode(&message[..cut], &sale, 4).is_err(),
            "cut at {cut}"
        );
    }
    assert!(
        NewOrder::decode(&message, &sale, 3)
            .unwrap_err()
            .to_string()
            .contains("unit 3 of a sale with 3")
    );
    assert!(
        NewOrder::decode(&message, &"other".parse().unwrap(), 4)
            .unwrap_err()
            .to_string()
            .contains("\"other\"")
    );
    let text = String::from_utf8(message).unwrap();
    for (from, to) in [
        ("{", r#"{"new":1,"#),
        ("\"unit\":3", "\"unit\":-1"),
        ("ffff", "zzzz"),
    ] {
        assert!(
            NewOrder::decode(text.replacen(from, to, 1).as_bytes(), &sale, 4).is_err(),
            "{to}"
        );
    }
}

/// The smallest configuration, and what each variable says when it is wrong.
#[test]
fn configuration_is_refused_by_name() {
    let good = HashMap::from([
        ("SECKILL_SALE", "phone"),
        ("SECKILL_STOCK", "100000"),
        ("SECKILL_OPENS_AT_MS", "1"),
        ("SECKILL_CLOSES_AT_MS", "2"),
        ("SECKILL_REDIS_URLS", "redis://127.0.0.1"),
        ("SECKILL_MYSQL_URL", "mysql://127.0.0.1/shop"),
        ("SECKILL_KAFKA_BROKERS", "127.0.0.1:9092"),
    ]);
    let read = |env: &HashMap<&str, &str>| {
        Config::read(|name| env.get(name).map(|&value| value.to_owned()))
    };
    let config = read(&good).unwrap();
    assert_eq!(
        (config.limit.requests(), config.limit.window()),
        (5, Duration::from_secs(1)),
        "the source's limit"
    );
    for missing in good.keys() {
        let mut env = good.clone();
        env.remove(missing);
        assert_eq!(
            read(&env).unwrap_err().to_string(),
            format!("{missing} is not set")
        );
    }
    for (name, value, said) in [
        (
            "SECKILL_SALE",
            "No Such",
            "SECKILL_SALE=\"No Such\": 1 to 64 of a-z, 0-9 and - expected",
        ),
        (
            "SECKILL_STOCK",
            "-1",
            "SECKILL_STOCK=\"-1\": a whole number in range expected",
        ),
        (
            "SECKILL_STOCK",
            "0",
            "sale: stock must be 1 to 4294967295, not 0",
        ),
        (
            "SECKILL_LISTEN",
            "here",
            "SECKILL_LISTEN=\"here\": an address such as 127.0.0.1:8016 expected",
        ),
        (
            "SECKILL_LIMIT_SHARED",
            "yes",
            "SECKILL_LIMIT_SHARED=\"yes\": true or false expected",
        ),
        (
            "SECKILL_GIVE_UP_MS",
            "5000",
            "SECKILL_GIVE_UP_MS must be above SECKILL_GRACE_MS",
        ),
        (
            "SECKILL_LIMIT_REQUESTS",
            "0",
            "limit: requests must be 1 to 1000, not 0",
        ),
    ] {
        let mut env = good.clone();
        env.insert(name, value);
        assert_eq!(read(&env).unwrap_err().to_string(), said);
    }
}
