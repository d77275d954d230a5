//! Budgets: what is sold must be there, and what is there must be sold.

use super::*;

#[test]
fn inv3_a_retry_has_a_token() {
    // Five tokens at first, half a one more by the calls, and half a one by the time: the eighth retry has none, with one to spare.
    let of = |retries: u64| {
        let mut facts = facts();
        fault(&mut facts, 0, 10_000);
        for n in 0..retries {
            let attempts = [(n, n + 1, Transient), (n + 50, n + 51, Done)];
            call(&mut facts, Read, &attempts, n + 51, answered(2));
        }
        broken(&facts)
    };
    assert_eq!(of(6), NOTHING);
    assert_eq!(of(8), [3]);
}

#[test]
fn inv3_a_hedge_has_a_token() {
    let of = |hedges: u64| {
        let mut facts = facts();
        fault(&mut facts, 0, 10_000);
        for n in 0..hedges {
            let attempts = [(n, n + 150, Done), (n + 100, n + 150, Dropped)];
            call(&mut facts, Read, &attempts, n + 150, answered(1));
        }
        broken(&facts)
    };
    assert_eq!(of(6), NOTHING);
    assert_eq!(of(9), [3]);
}

#[test]
fn inv3_a_budget_keeps_no_more_than_its_capacity() {
    let of = |retries: u64| {
        let mut facts = facts();
        fault(&mut facts, 0, 100_000);
        for n in 0..retries {
            // After a minute of silence: 15, and not 300.
            let began = 60_000 + n;
            let attempts = [
                (began, began + 1, Transient),
                (began + 50, began + 51, Done),
            ];
            call(&mut facts, Read, &attempts, began + 51, answered(2));
        }
        broken(&facts)
    };
    assert_eq!(of(16), NOTHING);
    assert_eq!(of(19), [3]);
}

#[test]
fn inv3_a_token_that_was_not_used_comes_back() {
    let of = |left_at: u64| {
        let mut facts = facts();
        fault(&mut facts, 0, 10_000);
        // Five callers who go away in their waits, or whose retry is sent.
        for n in 0..5 {
            call(
                &mut facts,
                Read,
                &[(n, n + 1, Transient)],
                left_at,
                CallEnd::Left,
            );
        }
        call(
            &mut facts,
            Read,
            &[(90, 91, Transient)],
            91,
            gave_up(1, Why::BudgetSpent),
        );
        broken(&facts)
    };
    assert_eq!(
        of(120),
        NOTHING,
        "they are still waiting, and have the tokens"
    );
    assert_eq!(of(60), [3], "they have gone, and their tokens are back");
}
