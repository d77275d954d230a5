//! The buyers: when each first asks, and what each makes of an answer. Three kinds, told apart by their number: scripts, which ask
//! without waiting; the patient, who stay to the end; and everybody else, who give up after some refusals.

use crate::queue::Nanos;
use crate::rng::Rng;
use crate::scenario::{self, SECOND};
use crate::tally::Outcome;

/// When `buyer` first asks.
pub fn first_ask(rng: &mut Rng, buyer: u32) -> Nanos {
    if is_script(buyer) || rng.below(scenario::EARLY_ONE_IN) == 0 {
        return scenario::OPENS - 1 - rng.below(scenario::EARLY);
    }
    // The smaller of two: the density falls in a straight line.
    let mut draw = || rng.below(scenario::ARRIVE_WITHIN);
    scenario::OPENS + draw().min(draw())
}

/// When `buyer` asks again without waiting for the answer.
pub fn asks_anyway(now: Nanos, buyer: u32) -> Option<Nanos> {
    let asks = is_script(buyer) && now < scenario::OPENS + scenario::SCRIPT_FOR;
    asks.then_some(scenario::SCRIPT_EVERY)
}

/// How long until `buyer`, who was told this, asks again; `None`: never.
pub fn asks_again(rng: &mut Rng, buyer: u32, outcome: Outcome) -> Option<Nanos> {
    match outcome {
        Outcome::Accepted { .. } | Outcome::Closed => None,
        Outcome::NotYet(opens_in) => Some(opens_in + rng.below(scenario::EARLY)),
        Outcome::TooMany(retry_after) => Some(retry_after),
        Outcome::TryAgain => Some(rng.pause(SECOND)),
        Outcome::SoldOutByGate | Outcome::SoldOutByRedis if is_patient(buyer) => {
            Some(rng.pause(scenario::PATIENT_THINK))
        }
        Outcome::SoldOutByGate | Outcome::SoldOutByRedis => {
            let stays = !rng.chance(scenario::GIVE_UP);
            stays.then(|| rng.pause(scenario::THINK))
        }
    }
}

/// The instance that `buyer`'s connection leads to, for the whole sale.
pub fn instance_of(buyer: u32) -> usize {
    (buyer / scenario::SCRIPT_ONE_IN) as usize % usize::from(scenario::INSTANCES)
}

fn is_script(buyer: u32) -> bool {
    buyer.is_multiple_of(scenario::SCRIPT_ONE_IN)
}

fn is_patient(buyer: u32) -> bool {
    buyer % scenario::PATIENT_ONE_IN == 1
}
