//! The checker, with histories made by hand: each rule is silent about what is right, and says what is wrong.

use chaos::{Struck, Violation};

use super::{check, excused};
use crate::facts::{
    After, Analysis, CROWD, Came, Class, End, Facts, Reading, Seen, Silence, Statement, Terms, Tip,
};
use crate::shapes::Shape;

const S: u64 = 1_000_000;

fn sent(began_us: u64, answered: bool, connection: u64) -> Statement {
    Statement {
        id: began_us,
        began_us,
        ended_us: began_us + 10,
        answered,
        shape: Some(Shape::Note),
        connection,
    }
}

fn seen<T>(began_us: u64, what: T) -> Seen<T> {
    Seen {
        id: 0,
        began_us,
        ended_us: began_us + 1_000,
        what,
    }
}

fn class(fingerprint: &str, count: u64) -> Class {
    Class {
        fingerprint: fingerprint.to_owned(),
        count,
        users: vec![CROWD.to_owned()],
    }
}

fn reading(count: u64) -> Reading {
    Reading {
        classes: vec![class(Shape::Note.fingerprint(), count)],
        statements: count,
        whole: true,
        ..Reading::default()
    }
}

fn tip(shape: Shape, came: Came, rows: Option<(u64, u64)>) -> Tip {
    Tip {
        shape: Some(shape.fingerprint().to_owned()),
        rule: "IDX001".to_owned(),
        remedy: None,
        came,
        rows,
    }
}

fn analysis(number: u64, end: End) -> Analysis {
    let kept = |shape| tip(shape, Came::Kept, Some((3_000, 2)));
    Analysis {
        number,
        end,
        tips: [Shape::Note, Shape::Total, Shape::Sku].map(kept).to_vec(),
        unexplained: Vec::new(),
        unlisted: Vec::new(),
        leaks: Vec::new(),
    }
}

fn struck(what: &str, target: &str, began_us: u64, ended_us: u64) -> Struck {
    Struck {
        what: what.to_owned(),
        target: target.to_owned(),
        began_us,
        ended_us,
        fired: 1,
        counted: "of it".to_owned(),
    }
}

/// Four statements on two connections, all answered; one kill long after; all of it read once, analysed once.
fn healthy() -> Facts {
    Facts {
        terms: Terms {
            statement_us: 3 * S,
        },
        sent: vec![
            sent(S, true, 1),
            sent(2 * S, true, 1),
            sent(2 * S + 100, true, 2),
            sent(20 * S, true, 3),
        ],
        readings: vec![seen(30 * S, reading(4))],
        analyses: vec![seen(40 * S, analysis(1, End::Reported))],
        silences: Vec::new(),
        after: seen(50 * S, After::default()),
        faults: vec![struck("kill -9", "analysed", 10 * S, 11 * S)],
    }
}

fn broken(change: impl FnOnce(&mut Facts)) -> Vec<Violation> {
    let mut facts = healthy();
    change(&mut facts);
    check(&facts)
}

fn only(change: impl FnOnce(&mut Facts), invariant: u32, says: &str) {
    let found = broken(change);
    let [one] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(one.invariant, invariant, "{one:?}");
    assert!(one.sentence.contains(says), "{one:?}");
}

fn fine(change: impl FnOnce(&mut Facts)) {
    let found = broken(change);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_healthy_run_holds() {
    fine(|_| {});
}

#[test]
fn a_statement_that_was_answered_is_missing() {
    only(
        |facts| facts.readings[0].what = reading(3),
        1,
        "4 statements of the shape",
    );
}

#[test]
fn one_for_each_connection_may_be_missing_after_a_kill_and_no_more() {
    let soon = |facts: &mut Facts, missing: u64| {
        // Connections 1 and 2 had their last answers just before it.
        facts.faults = vec![struck("kill -9", "analysed", 2 * S + 200, 3 * S)];
        facts.readings[0].what = reading(4 - missing);
    };
    fine(|facts| soon(facts, 2));
    only(|facts| soon(facts, 3), 1, "and 1 were read of it");
}

#[test]
fn what_was_answered_long_before_a_kill_may_not_be_missing() {
    let mut facts = healthy();
    assert!(excused(&facts, &facts.readings[0]).is_empty());
    facts.faults = vec![struck("kill -9", "analysed", 3 * S, 4 * S)];
    let excused = excused(&facts, &facts.readings[0]);
    let ids: Vec<u64> = excused.iter().map(|statement| statement.id).collect();
    assert_eq!(
        ids,
        [2 * S, 2 * S + 100],
        "the last ones, of each connection"
    );
}

#[test]
fn a_log_that_is_still_written_to_may_lack_the_last_of_each_connection() {
    let early = |facts: &mut Facts, count: u64| {
        facts.readings[0] = seen(2 * S + 500, reading(count));
        facts.readings[0].what.whole = false;
    };
    fine(|facts| early(facts, 1));
    only(|facts| early(facts, 0), 1, "and 0 were read of it");
}

#[test]
fn a_statement_without_an_answer_may_be_there_or_not() {
    let one_more = |facts: &mut Facts| facts.sent.push(sent(21 * S, false, 4));
    fine(one_more);
    fine(|facts| {
        one_more(facts);
        facts.readings[0].what = reading(5);
    });
}

#[test]
fn a_statement_is_read_twice() {
    only(
        |facts| facts.readings[0].what = reading(5),
        1,
        "4 statements of the shape",
    );
}

#[test]
fn entries_come_out_of_their_order() {
    only(|facts| facts.readings[0].what.back_s = 9, 1, "9 s after");
}

#[test]
fn a_shape_that_nobody_sent() {
    let strange = |facts: &mut Facts, count: u64| {
        let reading = &mut facts.readings[0].what;
        reading.classes.push(class("select ? from nowhere", count));
        reading.statements += count;
    };
    // The entry that was being written at the kill.
    fine(|facts| strange(facts, 1));
    only(|facts| strange(facts, 2), 3, "select ? from nowhere");
    // Somebody else's.
    fine(|facts| {
        strange(facts, 2);
        facts.readings[0].what.classes[1].users = vec!["root".to_owned()];
    });
}

#[test]
fn classes_that_do_not_add_up() {
    only(
        |facts| facts.readings[0].what.statements = 5,
        4,
        "4 statements together",
    );
}

#[test]
fn a_literal_in_a_report() {
    let leak = |facts: &mut Facts| {
        facts.analyses[0]
            .what
            .leaks
            .push("the JSON: canary".to_owned())
    };
    only(leak, 5, "a literal");
}

#[test]
fn advice_that_stays_without_a_trial_or_a_gain() {
    for rows in [None, Some((10, 10)), Some((10, 11))] {
        let stays = |facts: &mut Facts| {
            facts.analyses[0]
                .what
                .tips
                .push(tip(Shape::Day, Came::Kept, rows));
        };
        only(stays, 10, "IDX001 stays");
    }
    fine(|facts| {
        let mut of_all = tip(Shape::Day, Came::Kept, Some((10, 10)));
        of_all.shape = None;
        facts.analyses[0].what.tips.push(of_all);
    });
}

#[test]
fn what_was_not_tried_is_not_listed() {
    let silent = |facts: &mut Facts| facts.analyses[0].what.unlisted.push("plan".to_owned());
    only(silent, 10, "1 were not explained or not tried");
}

#[test]
fn an_analysis_that_hangs_or_fails_when_all_is_healed() {
    let earlier =
        |end: End| move |facts: &mut Facts| facts.analyses.insert(0, seen(5 * S, analysis(2, end)));
    only(earlier(End::Hung), 10, "no report and no error");
    fine(earlier(End::Failed("no server".to_owned())));
    fine(earlier(End::Dropped));
    let last = |facts: &mut Facts| facts.analyses[0].what.end = End::Failed("no server".to_owned());
    only(last, 10, "everything is healed");
}

#[test]
fn silence_that_is_waited_out() {
    let silence = |ended: bool, opened: u64, lasted_us: u64| {
        move |facts: &mut Facts| {
            let what = Silence {
                analysis: 1,
                ended,
                opened,
            };
            let mut silence = seen(40 * S, what);
            silence.ended_us = silence.began_us + lasted_us;
            facts.silences.push(silence);
        }
    };
    only(silence(false, 0, 7 * S), 10, "it waited 7000 ms");
    fine(silence(true, 0, 7 * S));
    fine(silence(false, 1, 7 * S));
    fine(silence(false, 0, 5 * S));
}

#[test]
fn in_the_end_something_is_not_tried_or_not_kept() {
    let refused = |facts: &mut Facts| {
        facts.analyses[0].what.tips[0].came =
            Came::Untried("the server refused it (error 1061)".to_owned());
        facts.analyses[0].what.tips[0].rows = None;
    };
    only(refused, 10, "error 1061");
    only(
        |facts| facts.analyses[0].what.tips.truncate(2),
        10,
        "no advice stays for",
    );
}

#[test]
fn the_analysed_server_is_written_to() {
    only(
        |facts| facts.after.what.writes.push("DROP TABLE a".to_owned()),
        11,
        "DROP TABLE a",
    );
    only(
        |facts| facts.after.what.analysed[1] = "orders more".to_owned(),
        11,
        "is not what it was",
    );
    only(
        |facts| facts.after.what.ledger = 1,
        11,
        "0 to 0 rows, and 1 are there",
    );
}

#[test]
fn a_schema_is_left_on_a_scratch_server_that_was_there() {
    let left = |facts: &mut Facts| facts.after.what.left.push("a1_scratch_0".to_owned());
    only(left, 11, "a1_scratch_0");
    fine(|facts| {
        left(facts);
        facts
            .faults
            .push(struck("kill -9", "scratch", 40 * S, 41 * S));
    });
    for (what, target) in [("pause", "scratch"), ("kill -9", "analysed")] {
        only(
            |facts| {
                left(facts);
                facts.faults.push(struck(what, target, 40 * S, 41 * S));
            },
            11,
            "a1_scratch_0",
        );
    }
}
