//! A small run, drawn whole; and what must be true of any picture.

use proptest::prelude::*;
use serde_json::Value;

use super::layout::{rows, thinned};
use super::*;
use crate::history::{Ending, Op, Seen, Series, Struck};
use crate::verdict::Violation;

fn op(id: u64, lane: &str, (began_us, ended_us): (u64, u64), ending: Ending, word: &str) -> Op {
    Op {
        id,
        who: format!("buyer {id}"),
        lane: lane.into(),
        what: "buy".into(),
        began_us,
        ended_us,
        ending,
        word: word.into(),
        outcome: Value::Null,
    }
}

fn history() -> History {
    History {
        lanes: vec!["serve-1".into(), "redis".into()],
        began_unix_ms: 0,
        lasted_us: 4_000_000,
        ops: vec![
            op(0, "serve-1", (500_000, 510_000), Ending::Done, "accepted"),
            op(
                1,
                "serve-1",
                (505_000, 900_000),
                Ending::Refused,
                "sold out",
            ),
            op(
                2,
                "serve-1",
                (1_100_000, 2_000_000),
                Ending::Unknown,
                "no answer",
            ),
            op(
                3,
                "serve-1",
                (2_500_000, 2_510_000),
                Ending::Failed,
                "try again",
            ),
        ],
        faults: vec![Struck {
            what: "power cut".into(),
            target: "redis".into(),
            began_us: 1_000_000,
            ended_us: 2_200_000,
            fired: 77,
            counted: "bytes forgotten".into(),
        }],
        seen: vec![Seen {
            began_us: 1,
            ended_us: 2,
            what: "redis".into(),
            value: Value::Null,
        }],
        series: vec![Series {
            name: "sold".into(),
            points: vec![(0, 0.0), (3_000_000, 3.0)],
            limit: Some((2.0, "2 on sale".into())),
        }],
    }
}

fn picture<'a>(history: &'a History, verdict: &'a Verdict, most_ops: usize) -> Picture<'a> {
    Picture {
        history,
        verdict,
        title: "Flash <sale>",
        whose: "the reference",
        breaks: None,
        invariants: &[(2, "No unit is lost.")],
        seed: 7,
        most_ops,
    }
}

fn violated(ops: Vec<u64>) -> Verdict {
    Verdict::Violated {
        violations: vec![Violation {
            invariant: 2,
            sentence: "1 unit is on no shelf and with no buyer".into(),
            at_us: 2_300_000,
            ops,
            evidence: vec!["bucket 0 began with 60; 59 are accounted for".into()],
        }],
    }
}

#[test]
fn a_small_run() {
    let (history, verdict) = (history(), violated(vec![2]));
    insta::assert_snapshot!(svg(&picture(&history, &verdict, 100)));
}

#[test]
fn every_ending_has_a_shape_of_its_own_and_every_mark_a_tooltip() {
    let (history, verdict) = (history(), Verdict::Holds);
    let text = svg(&picture(&history, &verdict, 100));
    for word in [
        "accepted",
        "sold out",
        "no answer",
        "try again",
        "power cut redis",
        "4 operations",
        "2 on sale",
    ] {
        assert!(text.contains(word), "{word} is nowhere in the picture");
    }
    assert_eq!(text.matches("<title>buyer ").count(), 4);
    assert!(
        text.contains("Flash &lt;sale&gt;") && !text.contains("<sale>"),
        "texts are escaped"
    );
    let page = html(
        &picture(&history, &verdict, 100),
        "cargo lab chaos tiny --seed 7",
    );
    assert!(
        !page.contains("http")
            || page.matches("http").count() == page.matches("http://www.w3.org/2000/svg").count(),
        "no network"
    );
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("overflow-x: auto"));
}

#[test]
fn a_run_of_thousands_is_thinned_and_says_so() {
    let mut history = history();
    history.ops = (0..5_000)
        .map(|id| {
            op(
                id,
                "serve-1",
                (id * 700, id * 700 + 300),
                Ending::Done,
                "accepted",
            )
        })
        .collect();
    let verdict = violated(vec![17, 4_999]);
    let text = svg(&picture(&history, &verdict, 300));
    assert!(
        text.contains("5000 operations, 300 drawn"),
        "the picture says that it is thinned"
    );
    assert_eq!(text.matches("<title>buyer ").count(), 300);
    assert_eq!(
        text.matches("class=\"ring\"").count(),
        2,
        "what shows the violation is drawn"
    );
    assert!(text.len() < 100_000, "{} bytes", text.len());
}

proptest! {
    #[test]
    fn what_shows_the_violation_is_never_left_out(count in 1_u64..400, most in 0_usize..500, shown in proptest::collection::vec(0_u64..400, 0..8)) {
        let ops: Vec<Op> = (0..count).map(|id| op(id, "a", (id, id), Ending::Done, "ok")).collect();
        let drawn: Vec<u64> = thinned(&ops, &shown, most).iter().map(|op| op.id).collect();
        for id in shown.iter().filter(|id| **id < count) {
            prop_assert!(drawn.contains(id), "{} is not drawn", id);
        }
        prop_assert!(drawn.len() <= most.max(shown.len()));
        prop_assert!(ops.len() <= most || drawn.len() >= most.min(ops.len()), "{} of {} drawn, {} allowed", drawn.len(), ops.len(), most);
        prop_assert!(drawn.is_sorted());
    }

    #[test]
    fn nothing_in_a_row_touches(mut stretches in proptest::collection::vec((0_u32..1_000, 1_u32..200), 0..60)) {
        stretches.sort_unstable();
        let stretches: Vec<(f64, f64)> = stretches.into_iter().map(|(from, long)| (f64::from(from), f64::from(from + long))).collect();
        let rows = rows(stretches.iter().copied());
        for (i, a) in stretches.iter().enumerate() {
            for (j, b) in stretches.iter().enumerate().skip(i + 1) {
                prop_assert!(rows[i] != rows[j] || a.1 <= b.0, "{:?} and {:?} in row {}", a, b, rows[i]);
            }
        }
    }
}
