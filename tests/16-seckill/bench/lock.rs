//! `broken/lock-around-decr.rs` as something that can run beside the reference, in one process, on the same connection.
//!
//! A broken design is a body for the reference's own function; here it is the body of this one. That they are the same is
//! checked before anything is measured: [`is_the_broken_design`].

use seckill::core::claim::{Claim, ClaimState};
use seckill::core::ids::{BuyerId, OrderId};
use seckill::core::sale::Sale;
use seckill::core::segments;
use seckill::shell::conn::Conn;
use seckill::shell::error::Error;
use seckill::shell::keys::Keys;
use seckill::shell::stock::{Home, Reservation, Reserve};

/// The stock behind a lock.
pub struct Locked {
    pub conn: Conn,
    pub keys: Keys,
    pub sale: Sale,
}

impl Locked {
    pub async fn reserve_at_home(&self, buyer: BuyerId, order: OrderId) -> Result<Home, Error> {
        // BODY
        let home = segments::home(buyer, self.sale.buckets());
        let keys = self.keys.of(home);
        let lock = format!("{}:lock", keys.bucket);
        let mut conn = self.conn.clone();
        loop {
            // The source's lease: one second.
            let taken: Option<String> = redis::cmd("SET")
                .arg(&lock)
                .arg(order.to_string())
                .arg("NX")
                .arg("PX")
                .arg(1000)
                .query_async(&mut conn)
                .await?;
            if taken.is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let left: i64 = redis::cmd("HINCRBY")
            .arg(&keys.bucket)
            .arg("stock")
            .arg(-1)
            .query_async(&mut conn)
            .await?;
        let mut decided = Home::Decided(Reserve::SoldOut(vec![(home, 0)]));
        if left < 0 {
            let _back: i64 = redis::cmd("HINCRBY")
                .arg(&keys.bucket)
                .arg("stock")
                .arg(1)
                .query_async(&mut conn)
                .await?;
        } else {
            let claim = Claim {
                order,
                state: ClaimState::Held(home),
                at: self.sale.opens_at(),
            };
            let text = format!("{order}|held|{home}|{}", claim.at.0);
            let _new: i64 = redis::cmd("HSET")
                .arg(&keys.claims)
                .arg(buyer.0)
                .arg(text)
                .query_async(&mut conn)
                .await?;
            decided = held_or_seeking(buyer, claim, false, None)?;
        }
        let _released: i64 = redis::cmd("DEL").arg(&lock).query_async(&mut conn).await?;
        Ok(decided)
        // BODY
    }
}

fn held_or_seeking(
    buyer: BuyerId,
    claim: Claim,
    replayed: bool,
    epoch: Option<u64>,
) -> Result<Home, Error> {
    Ok(match claim.state {
        ClaimState::Held(unit) => Home::Decided(Reserve::Reserved(Reservation {
            buyer,
            claim,
            unit,
            replayed,
        })),
        ClaimState::Seeking => Home::Seek(claim, epoch),
    })
}

/// Whether the body above is the broken design's, spaces and trailing commas apart.
pub fn is_the_broken_design() -> bool {
    let design = include_str!("../broken/lock-around-decr.rs");
    between(include_str!("lock.rs"), "// BODY\n", "// BODY\n")
        == between(
            design,
            "// ANCHOR: stage2_reserve\n",
            "// ANCHOR_END: stage2_reserve",
        )
}

fn between(text: &str, from: &str, to: &str) -> Option<String> {
    let (_, rest) = text.split_once(from)?;
    let (body, _) = rest.split_once(to)?;
    let ink: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    Some(ink.replace(",}", "}").replace(",)", ")"))
}
