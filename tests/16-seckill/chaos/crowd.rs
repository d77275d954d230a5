//! The buyers: who comes when, how they ask, and who pays; all by seed.
//!
//! They come whether the sale is ready or not (an open loop): a crowd that waits politely for a dead instance would hide what
//! its death does. Most ask again when nobody knows, many when it was sold out, some after they have a unit. Some press twice, some
//! vanish in mid-request, a few hammer. More than half do not pay.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chaos::{Dice, Ending, Recorder};
use seckill::core::ids::OrderId;
use seckill::shell::ledger::Status;
use serde_json::{Value, json};

use crate::bed::Bed;
use crate::http::{Reply, buy};

/// The crowd comes in this time.
pub const COMES_FOR_MS: u64 = 16_000;
/// One buyer about every so often.
const EVERY_MS: u64 = 45;
/// Longer than a produce may take, so that its answer is heard.
const PATIENCE: Duration = Duration::from_millis(7_500);
/// How long a buyer tries to pay: an order may have to wait for Kafka.
const PAYS_FOR_MS: u64 = 12_000;
/// The last buyers have less patience, and all of them together no more than this: their orders have nothing to wait for.
const LATE_PAYS_FOR_MS: u64 = 5_000;
const LATE_STAY: Duration = Duration::from_secs(20);
/// Of a hundred.
const PAYERS: u64 = 45;

/// How a buyer asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Once, and again while nobody knows.
    Plain,
    /// At both doors at the same moment.
    Double,
    /// Closes the page after so many milliseconds.
    Vanishes { after_ms: u64, returns: bool },
    /// Twenty times a second for two seconds.
    Hammers,
}

/// One buyer.
#[derive(Clone, Copy, Debug)]
struct Buyer {
    id: u64,
    comes_ms: u64,
    door: usize,
    manner: Manner,
    pays: bool,
    asks_again: bool,
    thinks_ms: u64,
}

/// What buyers need to know of the sale.
pub struct Street<'r> {
    /// The doors.
    pub doors: [std::net::SocketAddr; 2],
    /// For payments.
    pub ledger: seckill::shell::ledger::Ledger,
    /// For the record.
    pub recorder: &'r Recorder,
}

const DOORS: [&str; 2] = ["serve-1", "serve-2"];

impl<'r> Street<'r> {
    /// The way to the sale of `bed`.
    pub fn to(bed: &Bed, recorder: &'r Recorder) -> Self {
        Self {
            doors: bed.doors,
            ledger: bed.ledger.clone(),
            recorder,
        }
    }

    /// The crowd of `seed`, until the last has gone home.
    pub async fn crowd(&self, seed: u64) {
        let buyers = buyers(seed);
        futures_util::future::join_all(buyers.iter().map(|buyer| self.visit(buyer))).await;
    }

    /// `count` buyers who come when all is quiet, eight at a time, and pay at once. Answers how many got a unit.
    pub async fn latecomers(&self, first: u64, count: u64) -> usize {
        use futures_util::StreamExt;
        let coming = (first..first + count).map(|id| async move {
            for attempt in 0..6_u64 {
                let door = (id + attempt) as usize;
                match self.ask(id, door % 2, PATIENCE).await.as_deref() {
                    Some(answer) if answer == "try_again" || answer == "too_many_requests" => {
                        tokio::time::sleep(Duration::from_millis(150)).await;
                    }
                    Some(answer) if answer == "sold_out" && attempt == 0 => {}
                    Some(order) if order.len() == 32 => {
                        self.pay(id, order, LATE_PAYS_FOR_MS).await;
                        return true;
                    }
                    Some(_) => return false,
                    None => {}
                }
            }
            false
        });
        let got = AtomicUsize::new(0);
        let served = futures_util::stream::iter(coming).buffer_unordered(8);
        let counted = served.for_each(|has_one| {
            got.fetch_add(usize::from(has_one), Ordering::Relaxed);
            std::future::ready(())
        });
        // Whoever is still waiting then goes home; there is nothing to record of them.
        let _all_or_time_up = tokio::time::timeout(LATE_STAY, counted).await;
        got.load(Ordering::Relaxed)
    }

    async fn visit(&self, buyer: &Buyer) {
        self.recorder.at(buyer.comes_ms).await;
        let order = match buyer.manner {
            Manner::Plain => self.insist(buyer).await,
            Manner::Double => {
                let (one, other) = tokio::join!(
                    self.ask(buyer.id, buyer.door, PATIENCE),
                    self.ask(buyer.id, 1 - buyer.door, PATIENCE)
                );
                let mut orders = [one, other].into_iter().flatten();
                orders.rfind(|answer| answer.len() == 32)
            }
            Manner::Vanishes { after_ms, returns } => {
                self.ask(buyer.id, buyer.door, Duration::from_millis(after_ms))
                    .await;
                if !returns {
                    return;
                }
                self.recorder
                    .at(buyer.comes_ms + 400 + buyer.thinks_ms)
                    .await;
                self.insist(buyer).await
            }
            Manner::Hammers => {
                let knocks = (0..40).map(|knock| async move {
                    self.recorder.at(buyer.comes_ms + knock * 50).await;
                    self.ask(buyer.id, buyer.door, PATIENCE).await
                });
                let answers = futures_util::future::join_all(knocks).await;
                answers
                    .into_iter()
                    .flatten()
                    .find(|answer| answer.len() == 32)
            }
        };
        let Some(order) = order else { return };
        if buyer.asks_again {
            let _the_same = self.ask(buyer.id, 1 - buyer.door, PATIENCE).await;
        }
        if buyer.pays {
            tokio::time::sleep(Duration::from_millis(buyer.thinks_ms)).await;
            self.pay(buyer.id, &order, PAYS_FOR_MS).await;
        }
    }

    /// Asks until somebody says what became of it; gives the order's id, if it became one.
    async fn insist(&self, buyer: &Buyer) -> Option<String> {
        for attempt in 0..5 {
            let answer = self
                .ask(buyer.id, (buyer.door + attempt) % 2, PATIENCE)
                .await;
            match answer.as_deref() {
                Some(order) if order.len() == 32 => return answer,
                // Half of them hope that somebody does not pay.
                Some("sold_out" | "closed") if buyer.id.is_multiple_of(2) => return None,
                Some(_) | None => {
                    tokio::time::sleep(Duration::from_millis(200 + buyer.thinks_ms)).await
                }
            }
        }
        None
    }

    /// One request. The answer's word, or the order's id (32 digits) if it was accepted.
    async fn ask(&self, buyer: u64, door: usize, patience: Duration) -> Option<String> {
        let begun = self
            .recorder
            .begin(format!("buyer {buyer}"), DOORS[door], "buy".to_owned());
        let reply = buy(self.doors[door], buyer, patience).await;
        let (answer, ending, word) = match &reply {
            Reply::NoDoor => (
                json!({"outcome": "no_door"}),
                Ending::Failed,
                "nobody there".to_owned(),
            ),
            Reply::Silence => (Value::Null, Ending::Unknown, "no answer".to_owned()),
            Reply::Answer(answer) => {
                let outcome = answer["outcome"].as_str().unwrap_or("malformed").to_owned();
                let ending = match outcome.as_str() {
                    "accepted" => Ending::Done,
                    "try_again" | "malformed" | "bad_request" => Ending::Failed,
                    _ => Ending::Refused,
                };
                (answer.clone(), ending, outcome.replace('_', " "))
            }
        };
        let mut outcome = json!({"buyer": buyer, "answer": answer});
        if matches!(reply, Reply::Silence) {
            outcome["answer"] = Value::Null;
        }
        self.recorder.end(begun, ending, &word, outcome);
        let order = answer["order"].as_str().map(str::to_owned);
        order.or(answer["outcome"].as_str().map(str::to_owned))
    }

    /// Pays for the order, as soon as there is one.
    async fn pay(&self, buyer: u64, order: &str, for_ms: u64) {
        let Ok(id) = order.parse::<OrderId>() else {
            return;
        };
        let begun = self
            .recorder
            .begin(format!("buyer {buyer}"), "ledger", "pay".to_owned());
        let until = self.recorder.now_us() + for_ms * 1000;
        let mut status = None;
        // "Placed" is an order that came just after it was looked for: it can be paid for now.
        let open = |status| matches!(status, None | Some(Status::Placed));
        while open(status) && self.recorder.now_us() < until {
            status = self.ledger.pay(id).await.unwrap_or(None);
            if open(status) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        let (ending, word) = match status {
            Some(Status::Paid) => (Ending::Done, "paid"),
            Some(Status::Placed) => (Ending::Failed, "placed"),
            Some(Status::Cancelled) => (Ending::Refused, "cancelled"),
            Some(Status::Refused) => (Ending::Refused, "refused"),
            None => (Ending::Unknown, "no such order"),
        };
        self.recorder.end(
            begun,
            ending,
            word,
            json!({"buyer": buyer, "order": order, "status": word}),
        );
    }
}

fn buyers(seed: u64) -> Vec<Buyer> {
    let mut dice = Dice::of(seed, "buyers");
    let mut all = Vec::new();
    let (mut comes_ms, mut id) = (300, 1);
    while comes_ms < COMES_FOR_MS {
        let manner = match dice.below(100) {
            0..20 => Manner::Double,
            20..38 => Manner::Vanishes {
                after_ms: dice.within(&(1..=35)),
                returns: dice.percent(50),
            },
            _ => Manner::Plain,
        };
        all.push(Buyer {
            id,
            comes_ms,
            door: dice.below(2) as usize,
            manner,
            pays: dice.percent(PAYERS),
            asks_again: dice.percent(15),
            thinks_ms: dice.within(&(50..=700)),
        });
        comes_ms += dice.within(&(EVERY_MS / 3..=EVERY_MS * 5 / 3));
        id += 1;
    }
    // Two at each door, early, while the gates are open and the limiter decides.
    for hammer in 0..4 {
        let comes_ms = 900 + hammer * 1_300 + dice.below(600);
        let door = (hammer % 2) as usize;
        all.push(Buyer {
            id,
            comes_ms,
            door,
            manner: Manner::Hammers,
            pays: true,
            asks_again: false,
            thinks_ms: 100,
        });
        id += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_crowd() {
        let plan = |seed| {
            buyers(seed)
                .iter()
                .map(|b| (b.id, b.comes_ms, b.door, b.manner, b.pays))
                .collect::<Vec<_>>()
        };
        assert_eq!(plan(3), plan(3));
        assert_ne!(plan(3), plan(4));
        let crowd = buyers(3);
        assert!(crowd.len() > 250, "{} buyers for 100 units", crowd.len());
        for wanted in [Manner::Plain, Manner::Double, Manner::Hammers] {
            assert!(
                crowd.iter().any(|buyer| buyer.manner == wanted),
                "{wanted:?}"
            );
        }
    }
}
