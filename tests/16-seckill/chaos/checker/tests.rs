//! Histories by hand: for every invariant one in which it holds and one in which it is broken, and what is excused.
//!
//! The sale opens with the run, four units lie in two buckets, buyers have three seconds to pay.

use super::*;
use crate::facts::{Answer, Asked, Bucket, Buckets, Counts, Full, Look, Row, Status, Terms};

const SECOND: u64 = 1_000_000;
const BEGAN_MS: u64 = 1_000_000;
const NOTHING: [u32; 0] = [];

fn facts() -> Facts {
    Facts {
        terms: Terms {
            units: 4,
            shares: vec![2, 2],
            opens_at_ms: BEGAN_MS,
            closes_at_ms: BEGAN_MS + 60_000,
            limit: 5,
            window_ms: 1_000,
            own_window: vec!["serve-2".into()],
        },
        began_unix_ms: BEGAN_MS,
        asked: Vec::new(),
        redis: Vec::new(),
        ledger: Vec::new(),
        quiet: None,
        last: None,
        repairs: Vec::new(),
        faults: Vec::new(),
    }
}

/// Times are in tenths of a second.
fn ask(facts: &mut Facts, buyer: u64, (began, ended): (u64, u64), answer: Option<Answer>) {
    ask_at(facts, "serve-1", buyer, (began, ended), answer);
}

fn ask_at(
    facts: &mut Facts,
    door: &str,
    buyer: u64,
    (began, ended): (u64, u64),
    answer: Option<Answer>,
) {
    let op = facts.asked.len() as u64;
    let (began_us, ended_us) = (began * SECOND / 10, ended * SECOND / 10);
    facts.asked.push(Asked {
        op,
        buyer,
        door: door.into(),
        began_us,
        ended_us,
        answer,
    });
}

fn accepted(order: &str) -> Option<Answer> {
    Some(Answer::Accepted {
        order: order.into(),
    })
}

fn row(order: &str, buyer: u64, status: Status, reserved_s: f64) -> Row {
    let reserved_at_ms = BEGAN_MS + (reserved_s * 1000.0) as u64;
    Row {
        order: order.into(),
        buyer,
        status,
        reserved_at_ms,
        pay_by_ms: reserved_at_ms + 3_000,
    }
}

fn bucket(stock: i64, epoch: u64, balance: i64) -> Bucket {
    Bucket {
        state: Some("open".into()),
        stock,
        debt: 0,
        epoch,
        balance,
    }
}

fn look<T>(at_s: u64, value: T) -> Look<T> {
    Look {
        began_us: at_s * SECOND,
        ended_us: at_s * SECOND + 1_000,
        value,
    }
}

/// Everything at the end: each active order has its claim, the rest lies on the first bucket's shelf.
fn ended(rows: Vec<Row>) -> Full {
    let sold = rows.iter().filter(|row| row.status.is_active()).count() as i64;
    Full {
        buckets: vec![bucket(4 - sold, 0, 2), bucket(0, 0, 2)],
        claims: rows
            .iter()
            .filter(|row| row.status.is_active())
            .map(|row| (row.order.clone(), row.buyer.to_string()))
            .collect(),
        orders: rows,
    }
}

fn fault(what: &str, target: &str, (began, ended): (u64, u64)) -> Struck {
    Struck {
        what: what.into(),
        target: target.into(),
        began_us: began * SECOND,
        ended_us: ended * SECOND,
        fired: 1,
        counted: String::new(),
    }
}

fn broken(facts: &Facts) -> Vec<u32> {
    check(facts)
        .iter()
        .map(|violation| violation.invariant)
        .collect()
}

/// Two buyers: one pays, one does not, and a third is told the truth about it.
#[test]
fn a_sale_as_it_should_be_breaks_nothing() {
    let mut facts = facts();
    ask(&mut facts, 1, (1, 2), accepted("a"));
    ask(&mut facts, 1, (3, 4), accepted("a"));
    ask(&mut facts, 2, (5, 6), accepted("b"));
    ask(&mut facts, 3, (7, 8), None);
    ask(&mut facts, 2, (50, 51), accepted("c"));
    facts.redis = vec![look(
        1,
        Buckets {
            buckets: vec![bucket(0, 0, 2), bucket(2, 0, 2)],
        },
    )];
    facts.ledger = vec![look(
        1,
        Counts {
            sold: 2,
            placed: 1,
            paid: 1,
        },
    )];
    let rows = vec![
        row("a", 1, Status::Paid, 0.15),
        row("b", 2, Status::Cancelled, 0.55),
        row("c", 2, Status::Paid, 5.05),
    ];
    facts.quiet = Some(look(6, ended(rows.clone())));
    facts.last = Some(look(7, ended(rows)));
    assert!(check(&facts).is_empty(), "{:?}", check(&facts));
}

#[test]
fn inv1_more_sold_than_there_is() {
    let mut facts = facts();
    facts.ledger = vec![look(
        1,
        Counts {
            sold: 4,
            placed: 4,
            paid: 0,
        },
    )];
    assert_eq!(broken(&facts), NOTHING);
    facts.ledger.push(look(
        2,
        Counts {
            sold: 5,
            placed: 1,
            paid: 4,
        },
    ));
    let found = check(&facts);
    assert_eq!(
        (found[0].invariant, found[0].at_us),
        (1, 2 * SECOND + 1_000)
    );
    assert_eq!(found[0].sentence, "the ledger has sold 5 of 4 units");
}

#[test]
fn inv1_a_bucket_with_more_than_it_began_with() {
    let mut facts = facts();
    facts.redis = vec![look(
        1,
        Buckets {
            buckets: vec![bucket(2, 0, 2), bucket(0, 0, 1)],
        },
    )];
    assert_eq!(
        broken(&facts),
        NOTHING,
        "a unit that is on its way in mid-sale"
    );
    facts.redis.push(look(
        2,
        Buckets {
            buckets: vec![bucket(2, 0, 4), bucket(0, 0, 2)],
        },
    ));
    assert_eq!(broken(&facts), [1]);
}

#[test]
fn inv2_a_unit_that_nobody_has_when_all_is_quiet() {
    let mut facts = facts();
    let short = || Buckets {
        buckets: vec![bucket(1, 0, 1), bucket(2, 0, 2)],
    };
    facts.redis = vec![
        look(1, short()),
        look(
            2,
            Buckets {
                buckets: vec![bucket(2, 0, 2), bucket(2, 0, 2)],
            },
        ),
        look(3, short()),
        look(4, short()),
    ];
    ask(&mut facts, 9, (28, 29), None);
    facts.quiet = Some(look(
        5,
        Full {
            buckets: vec![bucket(2, 0, 2), bucket(2, 0, 2)],
            ..ended(Vec::new())
        },
    ));
    assert_eq!(broken(&facts), NOTHING, "missing for a moment only");
    facts.quiet = Some(look(
        5,
        Full {
            buckets: vec![bucket(1, 0, 1), bucket(2, 0, 2)],
            ..ended(Vec::new())
        },
    ));
    let found = check(&facts);
    assert_eq!(
        (found[0].invariant, found[0].at_us),
        (2, 3 * SECOND + 1_000),
        "from the third second on"
    );
    assert_eq!(found[0].ops, [0], "who got no answer then");
}

#[test]
fn inv2_a_late_buyer_who_leaves_a_unit_on_the_shelf() {
    let mut facts = facts();
    facts.quiet = Some(look(5, ended(Vec::new())));
    facts.last = Some(look(
        9,
        Full {
            buckets: vec![bucket(0, 0, 2), bucket(0, 0, 2)],
            ..ended(Vec::new())
        },
    ));
    ask(&mut facts, 9, (60, 61), Some(Answer::SoldOut));
    assert_eq!(broken(&facts), NOTHING);
    facts.last = Some(look(9, ended(Vec::new())));
    assert_eq!(broken(&facts), [2]);
}

#[test]
fn inv3_a_second_order_while_the_first_stands() {
    let told = |second: (u64, u64), first: Status| {
        let mut facts = facts();
        ask(&mut facts, 1, (10, 11), accepted("a"));
        ask(&mut facts, 1, second, accepted("b"));
        let rows = vec![
            row("a", 1, first, 1.05),
            row("b", 1, Status::Cancelled, second.0 as f64 / 10.0),
        ];
        facts.last = Some(look(9, ended(rows)));
        facts
    };
    assert_eq!(broken(&told((12, 13), Status::Paid)), [3]);
    assert_eq!(
        broken(&told((12, 13), Status::Cancelled)),
        [3],
        "its time to pay was not up"
    );
    assert_eq!(
        broken(&told((50, 51), Status::Cancelled)),
        NOTHING,
        "it was"
    );
    let mut forgotten = told((35, 36), Status::Paid);
    forgotten.faults = vec![fault("power cut", "redis", (2, 3))];
    assert_eq!(
        broken(&forgotten),
        NOTHING,
        "Redis may have forgotten the first claim"
    );
    forgotten.faults = vec![fault("power cut", "redis", (20, 21))];
    assert_eq!(broken(&forgotten), [3], "not by a power cut 19 s later");
}

#[test]
fn inv4_an_accepted_order_that_ends_as_none() {
    let ends = |rows: Vec<Row>| {
        let mut facts = facts();
        ask(&mut facts, 1, (30, 31), accepted("a"));
        facts.last = Some(look(20, ended(rows)));
        facts
    };
    assert_eq!(
        broken(&ends(vec![row("a", 1, Status::Cancelled, 3.05)])),
        NOTHING
    );
    assert_eq!(broken(&ends(vec![row("a", 1, Status::Refused, 3.05)])), [4]);
    assert_eq!(
        broken(&ends(Vec::new())),
        [4],
        "the ledger never heard of it"
    );

    let mut sold_twice = ends(vec![row("a", 1, Status::Refused, 3.05)]);
    sold_twice.faults = vec![fault("power cut", "redis", (1, 2))];
    sold_twice.repairs = vec![2 * SECOND];
    assert_eq!(broken(&sold_twice), NOTHING, "the repair was not over");
    sold_twice.repairs = vec![2 * SECOND];
    sold_twice.last = Some(look(20, ended(vec![row("a", 1, Status::Refused, 6.0)])));
    assert_eq!(broken(&sold_twice), [4], "long after the repair");
    sold_twice
        .faults
        .push(fault("lost answers of", "kafka", (4, 9)));
    assert_eq!(
        broken(&sold_twice),
        NOTHING,
        "orders were still on their way when it was repaired"
    );
}

#[test]
fn inv4_claims_and_orders_that_disagree_at_the_end() {
    let mut facts = facts();
    let sold = ended(vec![row("a", 1, Status::Paid, 1.0)]);
    facts.last = Some(look(
        9,
        Full {
            claims: [("a".into(), "1".into()), ("b".into(), "2".into())].into(),
            ..sold.clone()
        },
    ));
    assert_eq!(broken(&facts), [4], "a claim that became nothing");
    facts.last = Some(look(
        9,
        Full {
            claims: std::collections::BTreeMap::new(),
            ..sold
        },
    ));
    assert_eq!(broken(&facts), [4], "an order whose unit is on sale again");
}

#[test]
fn inv5_more_than_n_in_a_window() {
    let knocks = |times: &[(u64, u64)], door: &str| {
        let mut facts = facts();
        for &time in times {
            ask_at(&mut facts, door, 1, time, accepted("a"));
        }
        facts.last = Some(look(9, ended(vec![row("a", 1, Status::Paid, 0.95)])));
        facts
    };
    let six = [(10, 10), (11, 11), (12, 12), (13, 13), (14, 14), (15, 15)];
    assert_eq!(broken(&knocks(&six[..5], "serve-2")), NOTHING);
    assert_eq!(broken(&knocks(&six, "serve-2")), [5]);
    assert_eq!(
        broken(&knocks(&six, "serve-1")),
        NOTHING,
        "whose window lies in Redis, and may be two while Redis is away"
    );
    let slow = [(10, 10), (11, 11), (12, 12), (13, 13), (14, 14), (15, 25)];
    assert_eq!(
        broken(&knocks(&slow, "serve-2")),
        NOTHING,
        "the sixth may have been admitted later"
    );
    let mut killed = knocks(&six, "serve-2");
    killed.faults = vec![fault("kill -9", "serve-2", (1, 2))];
    assert_eq!(
        broken(&killed),
        NOTHING,
        "an instance that was killed has forgotten its windows"
    );
}

#[test]
fn inv5_refused_though_fewer_were_admitted() {
    let knocks = |before: u64| {
        let mut facts = facts();
        for i in 0..before {
            ask(&mut facts, 1, (10 + i, 10 + i), Some(Answer::SoldOut));
        }
        ask(&mut facts, 1, (16, 16), Some(Answer::TooManyRequests {}));
        facts
    };
    assert_eq!(broken(&knocks(5)), NOTHING);
    assert_eq!(broken(&knocks(4)), [5]);
    let mut away = knocks(4);
    away.faults = vec![fault("redis cut from", "serve-1", (1, 2))];
    assert_eq!(
        broken(&away),
        [8],
        "its Redis was away, and that is no reason"
    );
}

#[test]
fn inv6_an_id_that_no_order_has() {
    let mut facts = facts();
    ask(&mut facts, 1, (10, 11), accepted("told"));
    facts.last = Some(look(9, ended(vec![row("told", 1, Status::Paid, 1.05)])));
    assert_eq!(broken(&facts), NOTHING);
    facts.last = Some(look(9, ended(vec![row("real", 1, Status::Paid, 1.05)])));
    assert_eq!(broken(&facts), [6]);
}

#[test]
fn inv7_before_and_after_the_hour() {
    let told = |opens_in_ms: u64, answer: Option<Answer>| {
        let mut facts = facts();
        facts.terms.opens_at_ms = BEGAN_MS + opens_in_ms;
        ask(&mut facts, 1, (10, 11), answer);
        facts.last = Some(look(9, ended(vec![row("a", 1, Status::Cancelled, 1.05)])));
        broken(&facts)
    };
    assert_eq!(told(1_000, accepted("a")), NOTHING);
    assert_eq!(told(2_000, accepted("a")), [7]);
    assert_eq!(told(2_000, Some(Answer::NotYet {})), NOTHING);
    assert_eq!(told(500, Some(Answer::NotYet {})), [7]);
    assert_eq!(told(500, Some(Answer::Closed)), [7]);

    let mut early = facts();
    early.terms.opens_at_ms = BEGAN_MS + 2_000;
    early.last = Some(look(9, ended(vec![row("a", 1, Status::Paid, 1.05)])));
    assert_eq!(
        broken(&early),
        [7],
        "the ledger sold what was reserved before the hour"
    );
}

#[test]
fn inv8_sold_out_while_a_unit_was_free() {
    let told = |before: Bucket, after: Bucket| {
        let mut facts = facts();
        let other = || bucket(0, 0, 2);
        facts.redis = vec![
            look(
                1,
                Buckets {
                    buckets: vec![before, other()],
                },
            ),
            look(
                4,
                Buckets {
                    buckets: vec![after, other()],
                },
            ),
        ];
        ask(&mut facts, 1, (30, 31), Some(Answer::SoldOut));
        facts
    };
    assert_eq!(broken(&told(bucket(1, 0, 2), bucket(1, 0, 2))), [8]);
    assert_eq!(
        broken(&told(bucket(1, 0, 2), bucket(0, 0, 2))),
        NOTHING,
        "somebody had it in between"
    );
    assert_eq!(
        broken(&told(bucket(1, 0, 2), bucket(1, 1, 2))),
        NOTHING,
        "it went and came back"
    );
    let mut away = told(bucket(1, 0, 2), bucket(1, 0, 2));
    away.faults = vec![fault("redis cut from", "serve-1", (2, 3))];
    assert_eq!(broken(&away), NOTHING, "nobody could look");
    let mut soon = told(bucket(1, 0, 2), bucket(1, 0, 2));
    soon.asked[0].began_us = SECOND + SECOND / 2;
    assert_eq!(broken(&soon), NOTHING, "a gate has a second to notice");
}
