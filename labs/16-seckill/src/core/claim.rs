//! A claim: one buyer's place in the sale, as it stands in Redis.
//!
//! The claim lives in the buyer's home bucket, in a hash by buyer, so "one unit a buyer" is the hash having one field for
//! them. It carries the order's id from its first moment: whoever meets it later (the buyer's retry, the reconciler) goes on
//! with the same order. A unit taken from another bucket leaves a *loan* there under that id, so taking it twice takes it once.
//!
//! The scripts write these texts; here they are read, strictly: a claim that is not understood is an error, never a guess.

use std::str::FromStr;

use super::ids::{Bucket, BuyerId, OrderId, UnixMillis};

/// One buyer's place. In Redis: `order|held|unit|at_ms`, or `order|seeking||at_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The order that this claim becomes.
    pub order: OrderId,
    /// What it has.
    pub state: ClaimState,
    /// When it was made, by Redis's clock.
    pub at: UnixMillis,
}

/// What a claim has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum ClaimState {
    /// A unit, taken from this bucket.
    Held(Bucket),
    /// Nothing yet: home was empty, and a unit is being looked for elsewhere.
    Seeking,
}

/// A unit that left its bucket for a claim that lives in another. In Redis, in a hash by order: `buyer|home|at_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loan {
    /// Whose claim it is for.
    pub buyer: BuyerId,
    /// Where that claim lives.
    pub home: Bucket,
    /// When it was taken, by Redis's clock.
    pub at: UnixMillis,
}

/// A text that is not what the scripts write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} in Redis is not understood: {text:?}")]
pub struct Malformed {
    /// `"claim"` or `"loan"`.
    pub what: &'static str,
    /// What was found.
    pub text: String,
}

impl FromStr for Claim {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let parse = || {
            let mut parts = text.split('|');
            let order = parts.next()?.parse().ok()?;
            let state = match (parts.next()?, parts.next()?) {
                ("held", unit) => ClaimState::Held(Bucket(unit.parse().ok()?)),
                ("seeking", "") => ClaimState::Seeking,
                _ => return None,
            };
            let at = UnixMillis(parts.next()?.parse().ok()?);
            parts.next().is_none().then_some(Self { order, state, at })
        };
        parse().ok_or_else(|| Malformed {
            what: "claim",
            text: text.to_owned(),
        })
    }
}

impl FromStr for Loan {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let parse = || {
            let mut parts = text.split('|');
            let buyer = BuyerId(parts.next()?.parse().ok()?);
            let home = Bucket(parts.next()?.parse().ok()?);
            let at = UnixMillis(parts.next()?.parse().ok()?);
            parts.next().is_none().then_some(Self { buyer, home, at })
        };
        parse().ok_or_else(|| Malformed {
            what: "loan",
            text: text.to_owned(),
        })
    }
}
