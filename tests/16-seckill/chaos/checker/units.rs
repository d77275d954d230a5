//! Units: never more than there are, never fewer when all is quiet, and a true word about whether one is free.

use chaos::Violation;

use super::{SHOWN, count, redis_disturbed, violation};
use crate::facts::{Answer, Asked, Bucket, Facts, Look};

/// Five refreshes of an instance: what a gate has to notice a unit that came back.
const NOTICES_US: u64 = 1_000_000;

/// INV-1, by the ledger.
pub(super) fn sold_at_most_the_stock(facts: &Facts) -> Option<Violation> {
    let units = facts.terms.units;
    let look = facts
        .ledger
        .iter()
        .find(|look| look.value.sold.max(look.value.placed + look.value.paid) > units)?;
    let sold = look.value.sold.max(look.value.placed + look.value.paid);
    // Whoever was accepted last made it too many.
    let mut accepted: Vec<&Asked> = facts
        .accepted()
        .map(|(asked, _)| asked)
        .filter(|asked| asked.ended_us <= look.ended_us)
        .collect();
    accepted.sort_by_key(|asked| asked.ended_us);
    let ops = accepted
        .iter()
        .rev()
        .take(usize::try_from(sold - units).unwrap_or(0).min(SHOWN))
        .map(|asked| asked.op)
        .collect();
    violation(
        1,
        look.ended_us,
        format!("the ledger has sold {sold} of {units} units"),
        ops,
        vec![format!(
            "{} placed and {} paid, the sale's own count is {}",
            look.value.placed, look.value.paid, look.value.sold
        )],
    )
}

/// INV-1, by Redis: a bucket's shelf and what is out of it are what it began with.
pub(super) fn no_unit_is_made(facts: &Facts) -> Option<Violation> {
    facts.redis.iter().find_map(|look| {
        let made: Vec<(usize, i64, i64)> = (0..)
            .zip(look.value.buckets.iter().zip(&facts.terms.shares))
            .filter(|(_, (bucket, share))| bucket.balance > **share)
            .map(|(i, (bucket, &share))| (i, bucket.balance, share))
            .collect();
        let &(bucket, balance, share) = made.first()?;
        let more: i64 = made.iter().map(|(_, balance, share)| balance - share).sum();
        violation(
            1,
            look.ended_us,
            format!("Redis has {} more than there are", count(more, "unit")),
            Vec::new(),
            vec![format!(
                "bucket {bucket} began with {share}; on its shelf and out of it are {balance}"
            )],
        )
    })
}

/// INV-2: when all is quiet, nothing is missing. The moment shown is the first from which on it stayed missing.
pub(super) fn no_unit_is_lost(facts: &Facts) -> Option<Violation> {
    let quiet = facts.quiet.as_ref().or(facts.last.as_ref())?;
    if !quiet.value.buckets.iter().all(Bucket::is_open) {
        return None;
    }
    let missing = |buckets: &[Bucket]| {
        facts.terms.units - buckets.iter().map(|bucket| bucket.balance).sum::<i64>()
    };
    let lost = missing(&quiet.value.buckets);
    if lost <= 0 {
        return None;
    }
    let before = facts
        .redis
        .iter()
        .filter(|look| look.ended_us <= quiet.ended_us);
    let at_us = before
        .rev()
        .take_while(|look| missing(&look.value.buckets) > 0)
        .last()
        .map_or(quiet.ended_us, |look| look.ended_us);
    // Nobody knows which request took it; those without an answer at that time are the ones that may have.
    let unanswered = |asked: &&Asked| {
        asked.answer.is_none() && asked.ended_us <= at_us && asked.ended_us + 1_500_000 >= at_us
    };
    let ops = facts
        .asked
        .iter()
        .filter(unanswered)
        .map(|asked| asked.op)
        .take(SHOWN)
        .collect();
    violation(
        2,
        at_us,
        format!(
            "from here on units are missing; in the end {} on no shelf and with no buyer",
            count(lost, "unit") + if lost == 1 { " is" } else { " are" }
        ),
        ops,
        (0..)
            .zip(quiet.value.buckets.iter().zip(&facts.terms.shares))
            .filter(|(_, (bucket, share))| bucket.balance < **share)
            .map(|(i, (bucket, share))| {
                format!("bucket {i} began with {share}; when all was quiet its shelf had {} and {} were out", bucket.stock, bucket.balance - bucket.stock + bucket.debt)
            })
            .collect(),
    )
}

/// INV-2: the last buyers, who come when all is quiet and pay at once, get all that is left.
pub(super) fn demand_meets_the_last_unit(facts: &Facts) -> Option<Violation> {
    let (quiet, last) = (facts.quiet.as_ref()?, facts.last.as_ref()?);
    let left: i64 = last
        .value
        .buckets
        .iter()
        .map(|bucket| bucket.stock - bucket.debt)
        .sum();
    let unserved: Vec<u64> = facts
        .asked
        .iter()
        .filter(|asked| {
            asked.began_us > quiet.ended_us
                && !matches!(asked.answer, Some(Answer::Accepted { .. }))
        })
        .map(|asked| asked.op)
        .collect();
    if left <= 0 || unserved.is_empty() {
        return None;
    }
    violation(
        2,
        last.ended_us,
        format!(
            "{} on the shelf at the end, and buyers went away without one",
            count(left, "unit") + if left == 1 { " is" } else { " are" }
        ),
        unserved.iter().copied().take(SHOWN).collect(),
        vec![format!(
            "{} of the last buyers' requests got none",
            unserved.len()
        )],
    )
}

/// INV-8: "sold out" while a bucket had a unit all the time. A bucket whose epoch did not change has got nothing back, so what it has
/// at the end of a stretch it had all through it.
pub(super) fn sold_out_is_true(facts: &Facts) -> Option<Violation> {
    let looks: Vec<Look<Vec<Bucket>>> = all_looks(facts);
    let refused = facts
        .asked
        .iter()
        .filter(|asked| asked.answer == Some(Answer::SoldOut));
    let false_ones: Vec<(&Asked, usize, i64)> = refused
        .filter_map(|asked| {
            let before = looks
                .iter()
                .rev()
                .find(|look| look.ended_us + NOTICES_US <= asked.began_us)?;
            let after = looks.iter().find(|look| look.began_us >= asked.ended_us)?;
            if redis_disturbed(facts, before.began_us, after.ended_us) {
                return None;
            }
            let pairs = before.value.iter().zip(&after.value).enumerate();
            let free = pairs.filter(|(_, (a, b))| {
                a.is_open() && b.is_open() && a.epoch == b.epoch && b.stock > 0
            });
            free.map(|(i, (_, bucket))| (asked, i, bucket.stock)).next()
        })
        .collect();
    let &(first, bucket, stock) = false_ones.first()?;
    violation(
        8,
        first.ended_us,
        format!(
            "buyer {} is told \"sold out\" by {}, and {} free",
            first.buyer,
            first.door,
            count(stock, "unit") + if stock == 1 { " is" } else { " are" }
        ),
        false_ones
            .iter()
            .map(|(asked, ..)| asked.op)
            .take(SHOWN)
            .collect(),
        vec![
            format!(
                "bucket {bucket} had {} or more for over a second before, and all the while",
                stock
            ),
            format!(
                "{} were told so in all",
                count(false_ones.len() as i64, "request")
            ),
        ],
    )
}

fn all_looks(facts: &Facts) -> Vec<Look<Vec<Bucket>>> {
    let full = facts.quiet.iter().chain(&facts.last);
    let full = full.map(|look| Look {
        began_us: look.began_us,
        ended_us: look.ended_us,
        value: look.value.buckets.clone(),
    });
    let glances = facts.redis.iter();
    let glances = glances.map(|look| Look {
        began_us: look.began_us,
        ended_us: look.ended_us,
        value: look.value.buckets.clone(),
    });
    let mut all: Vec<_> = glances.chain(full).collect();
    all.sort_by_key(|look| look.began_us);
    all
}
