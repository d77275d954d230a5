//! What the learner is given of the shell: messages and configuration. Bad input gets a clear error.
#![cfg(feature = "io")]

use std::collections::HashMap;
use std::time::Duration;

use seckill::core::ids::{Bucket, BuyerId, OrderId, SaleId, UnixMillis};
use seckill::shell::config::Config;
use seckill::shell::ledger::Order;

#[test]
fn an_order_survives_its_message_and_nothing_else_is_one() {
    let sale: SaleId = "phone".parse().unwrap();
    let order = Order {
        order: OrderId(u128::MAX),
        buyer: BuyerId(u64::MAX),
        unit: Bucket(3),
        reserved_at: UnixMillis(1),
    };
    let message = order.encode(&sale);
    assert_eq!(Order::decode(&message, &sale, 4).unwrap(), order);
    for cut in 0..message.len() {
        assert!(
            Order::decode(&message[..cut], &sale, 4).is_err(),
            "cut at {cut}"
        );
    }
    assert!(
        Order::decode(&message, &sale, 3)
            .unwrap_err()
            .to_string()
            .contains("unit 3 of a sale with 3")
    );
    assert!(
        Order::decode(&message, &"other".parse().unwrap(), 4)
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
            Order::decode(text.replacen(from, to, 1).as_bytes(), &sale, 4).is_err(),
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
