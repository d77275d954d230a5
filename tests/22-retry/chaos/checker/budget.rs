//! The budget of each server, kept again by hand: what calls and seconds pay in, what retries and hedges take out.
//!
//! Everything that changes it is in the history: a call begins; a retry is decided at the end of the attempts before it; a hedge
//! begins; and a retry that was decided and not sent (its caller went away in the wait, or the deadline passed) gives its token back. A
//! bucket with a lid comes to the same whether the seconds are paid in as they pass or when somebody asks. So this is the very balance,
//! but for the instants at which two clocks read differently: one token of room covers them.

use chaos::Violation;

use super::{Case, first};
use crate::calls::Server;
use crate::facts::{Call, CallEnd, Facts, ServerTerms, Why};

/// What may lie between this balance and the one that was judged by.
const ROOM: f64 = 1.0;
/// A call that ends so soon after its last attempt was in no wait.
const AT_ONCE_US: u64 = 1_000;

/// What happens to a budget. The order is that of one instant: what is there can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    /// A call begins.
    Call,
    /// A token that was not used.
    GivenBack,
    /// A token for a retry, or for a hedge.
    Taken { hedge: bool },
    /// There was none, it was said.
    Refused,
}

/// When, to the budget; and which operation shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at_us: u64,
    what: Happens,
    op: u64,
}

/// An event and what was there before it.
struct Entry {
    event: Event,
    balance: f64,
}

/// INV-3: a retry or a hedge is sent that nobody has paid for.
pub(super) fn no_retry_is_unpaid(facts: &Facts) -> Option<Violation> {
    let cases = Server::ALL.into_iter().flat_map(|server| {
        let book = book(facts, server);
        let taken = |what| matches!(what, Happens::Taken { .. });
        let sent = book.iter().filter(|e| taken(e.event.what)).count();
        let calls = book
            .iter()
            .filter(|e| e.event.what == Happens::Call)
            .count();
        let unpaid = book.into_iter().filter_map(move |entry| {
            let what = match entry.event.what {
                Happens::Taken { hedge: true } => "hedge",
                Happens::Taken { hedge: false } => "retry",
                Happens::Call | Happens::GivenBack | Happens::Refused => return None,
            };
            (entry.balance - 1.0 < -ROOM).then(|| Case {
                at_us: entry.event.at_us,
                sentence: format!(
                    "a {what} is sent to {} for which the budget has no token",
                    server.name()
                ),
                ops: vec![entry.event.op],
                evidence: vec![format!(
                    "{sent} retries and hedges for {calls} calls to {} in the whole run",
                    server.name()
                )],
            })
        });
        unpaid.collect::<Vec<_>>()
    });
    first(3, cases.collect())
}

/// INV-3: a retry is refused though its token is there.
pub(super) fn no_token_is_lost(facts: &Facts) -> Option<Violation> {
    let cases = Server::ALL.into_iter().flat_map(|server| {
        let refused = |entry: &Entry| entry.event.what == Happens::Refused;
        let wrongly = move |entry: Entry| {
            (refused(&entry) && entry.balance >= 1.0 + ROOM).then(|| Case {
                at_us: entry.event.at_us,
                sentence: format!(
                    "a retry to {} is refused by the budget, and {:.0} tokens are there",
                    server.name(),
                    entry.balance
                ),
                ops: vec![entry.event.op],
                evidence: vec!["what was taken and not used must have come back".to_owned()],
            })
        };
        book(facts, server).into_iter().filter_map(wrongly)
    });
    first(3, cases.collect())
}

/// Everything that happened to the budget of `server`, with the balance before it.
fn book(facts: &Facts, server: Server) -> Vec<Entry> {
    let terms = facts.terms.of(server);
    let mut events: Vec<Event> = facts
        .calls
        .iter()
        .filter(|call| call.server == server)
        .flat_map(of_call)
        .collect();
    events.sort_unstable();
    let lid = f64::from(terms.capacity);
    let (mut balance, mut until_us) = (f64::from(terms.per_second).min(lid), 0);
    let keep = |event: Event| {
        let seconds = (event.at_us - until_us) as f64 / 1e6;
        balance = (balance + seconds * f64::from(terms.per_second)).min(lid);
        until_us = event.at_us;
        let before = balance;
        balance = after(terms, balance, event.what);
        Entry {
            event,
            balance: before,
        }
    };
    events.into_iter().map(keep).collect()
}

fn after(terms: &ServerTerms, balance: f64, what: Happens) -> f64 {
    let lid = f64::from(terms.capacity);
    match what {
        Happens::Call => (balance + terms.ratio).min(lid),
        Happens::GivenBack => (balance + 1.0).min(lid),
        Happens::Taken { .. } => balance - 1.0,
        Happens::Refused => balance,
    }
}

fn of_call(call: &Call) -> Vec<Event> {
    let event = |at_us, what, op| Event { at_us, what, op };
    let mut events = vec![event(call.began_us, Happens::Call, call.op)];
    for (attempt, over) in call.further() {
        let hedge = over.is_none();
        let at = over.unwrap_or(attempt.began_us);
        events.push(event(at, Happens::Taken { hedge }, attempt.op));
    }
    let Some(over) = call.attempts.iter().map(|attempt| attempt.ended_us).max() else {
        return events;
    };
    let waited = call.ended_us > over + AT_ONCE_US;
    match call.end {
        CallEnd::Left
        | CallEnd::GaveUp {
            stop: Why::DeadlinePassed,
            ..
        } if waited => {
            events.push(event(over, Happens::Taken { hedge: false }, call.op));
            events.push(event(call.ended_us, Happens::GivenBack, call.op));
        }
        CallEnd::GaveUp {
            stop: Why::BudgetSpent,
            ..
        } => events.push(event(over, Happens::Refused, call.op)),
        CallEnd::Left | CallEnd::GaveUp { .. } | CallEnd::Answered { .. } => {}
    }
    events
}
