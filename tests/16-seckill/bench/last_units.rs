//! The last units: how many calls to Redis each request costs when hundreds are in flight as the stock runs out.
//!
//! A count and no clock. The design that tells its gates only when a whole search has ended is right, and as fast as the
//! reference for one request; here each of its requests walks through every bucket.

use measure::{Run, Spread, Target};
use redis::aio::ConnectionManager;

use crate::stock::{Reserving, Sold};
use crate::{Error, contenders, redis_counts};

const ROUNDS: usize = 20;
/// As many as in the simulation, one unit in each.
const BUCKETS: u16 = 16;
/// All in flight at once.
const RUSH: u64 = 500;
/// One at home, one that ends the claim, and a few answers before the gates have heard.
const CALLS: f64 = 4.0;
/// Of the learner's stages, the last one that this needs.
const STAGE: u32 = 3;

/// Lets the rush in on each in turn, and reports the calls.
pub async fn compare(conn: &ConnectionManager, run: &mut Run) -> Result<(), Error> {
    run.part(format!("the last units, {RUSH} in flight"));
    let (mut reference, mut late) = (Vec::new(), Vec::new());
    #[allow(unused_mut, reason = "without yours it stays empty")]
    let mut yours: Vec<f64> = Vec::new();
    for round in 0..run.times(ROUNDS) {
        let units = BUCKETS.into();
        let open = |name: &str| format!("last:{name}:{round}:");
        let shop =
            contenders::reference::Shop::open(conn, &open("reference"), units, BUCKETS).await?;
        reference.push(rush(conn, &shop).await?);
        let shop =
            contenders::gate_learns_late::Shop::open(conn, &open("late"), units, BUCKETS).await?;
        late.push(rush(conn, &shop).await?);
        if run.yours(STAGE) {
            #[cfg(feature = "yours")]
            {
                let shop =
                    contenders::yours::Shop::open(conn, &open("yours"), units, BUCKETS).await?;
                yours.push(rush(conn, &shop).await?);
            }
        }
    }
    let ratios: Vec<_> = late.iter().zip(&reference).map(|(a, b)| a / b).collect();
    let target = Target::counts_at_most(CALLS);
    let unit = "each";
    run.promise(
        "reserve_calls_at_last_units",
        unit,
        Spread::of(reference),
        target,
    );
    run.add(
        "gate_learns_late_calls_at_last_units",
        unit,
        Spread::of(late),
    );
    let name = "gate_learns_late_to_reserve_calls_at_last_units";
    run.add(name, "ratio", Spread::of(ratios));
    if !yours.is_empty() {
        run.promise("yours_calls_at_last_units", unit, Spread::of(yours), target);
    }
    Ok(())
}

/// How many scripts ran for each request.
async fn rush(conn: &ConnectionManager, shop: &dyn Reserving) -> Result<f64, Error> {
    let before = redis_counts::calls(conn, &["evalsha"]).await?;
    let sold = shop.reserve(0..RUSH, RUSH as usize).await?;
    let after = redis_counts::calls(conn, &["evalsha"]).await?;
    let units = u64::from(BUCKETS);
    let refused = RUSH - units;
    let all = Sold {
        reserved: units,
        refused,
    };
    assert_eq!(sold, all, "every unit is sold, once");
    Ok((after - before) as f64 / RUSH as f64)
}
