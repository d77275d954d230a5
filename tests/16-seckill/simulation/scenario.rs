//! The scenario's figures: who asks, how often, of what. Each says where it comes from.

use std::time::Duration;

use seckill::core::ids::UnixMillis;
use seckill::core::sale::Sale;
use seckill::core::window::Limit;

use crate::queue::Nanos;

pub const MS: Nanos = 1_000_000;
pub const SECOND: Nanos = 1_000 * MS;

/// The source's scenario: a million buyers, 100,000 units, 5 requests a second each, half a million requests a second.
pub const BUYERS: u32 = 1_000_000;
pub const STOCK: u32 = 100_000;
pub const PEAK: u64 = 500_000;
const REQUESTS: usize = 5;

/// The hour, in virtual time: the first buyers are early.
pub const OPENS: Nanos = SECOND;
/// Buyers who are early come in this long before the hour, and ask again this soon after it.
pub const EARLY: Nanos = SECOND / 2;
/// One buyer in so many is early.
pub const EARLY_ONE_IN: u64 = 20;
/// The others come in this long, most of them at once: the rate falls from its peak to nothing.
pub const ARRIVE_WITHIN: Nanos = 5_900 * MS;
/// One buyer in so many is a script that asks without waiting for the answer, this often, this long.
pub const SCRIPT_ONE_IN: u32 = 250;
pub const SCRIPT_EVERY: Nanos = 25 * MS;
pub const SCRIPT_FOR: Nanos = 5 * SECOND;
/// One buyer in so many stays until the end; the others give up after one "sold out" in three.
pub const PATIENT_ONE_IN: u32 = 20;
pub const GIVE_UP: f64 = 1.0 / 3.0;
/// How long a buyer thinks before asking again, on average.
pub const THINK: Nanos = 4 * SECOND;
pub const PATIENT_THINK: Nanos = 2 * SECOND;

/// One order in twenty is not paid. Fifteen minutes to pay are ten seconds here, so that three rounds fit on a page.
pub const UNPAID: f64 = 0.05;
pub const PAY_WITHIN: Nanos = 10 * SECOND;
/// `main.rs`: how often the reconciler passes, and how often an instance looks whether a unit came back.
pub const RECONCILE: Nanos = SECOND;
pub const REFRESH: Nanos = 200 * MS;

pub const INSTANCES: u16 = 20;
pub const SERVERS: usize = 4;
pub const BUCKETS: u16 = 16;
/// One way between two machines of a data centre.
pub const NETWORK: Nanos = 100_000;
/// A script's time on its server: book/data/16-seckill/bench.json has 8 us for `reserve.lua` inside Redis, and 11 us for each of
/// 64 in flight, the client's part included; it answers a little over 100,000 a second.
pub const SCRIPT: Nanos = 10_000;
/// A plain command's.
pub const COMMAND: Nanos = 2_000;
/// `conn.rs`: a command that Redis has not answered by then counts as failed.
pub const ANSWER_WITHIN: Nanos = 2 * SECOND;

/// The sale of this scenario, with so much stock in so many buckets.
pub fn sale(stock: u32, buckets: u16) -> Sale {
    let hours = (wall(OPENS), wall(OPENS + 600 * SECOND));
    let pay_within = Duration::from_nanos(PAY_WITHIN);
    Sale::new(
        "phone".parse().expect("a name"),
        stock,
        buckets,
        hours,
        pay_within,
    )
    .expect("terms that make sense")
}

pub fn limit() -> Limit {
    Limit::new(REQUESTS, Duration::from_secs(1)).expect("5 in a second is in range")
}

/// Virtual time as a wall clock.
pub fn wall(now: Nanos) -> UnixMillis {
    UnixMillis(now / MS)
}
