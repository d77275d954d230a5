//! Once a server is back, calls to it succeed again.

use chaos::Violation;

use super::{Case, first, ms};
use crate::calls::{Kind, Server};
use crate::facts::{Call, CallEnd, Facts};

/// From the end of a fault until every call succeeds: longer than any call, so that none judged here began in the fault.
const BACK_WITHIN_US: u64 = 1_000_000;
/// A machine that holds everybody up for so long may make an attempt time out.
const LATE_US: u64 = 30_000;

/// INV-10: a call is given up though its server has been back for a while.
pub(super) fn servers_that_are_back_answer(facts: &Facts) -> Option<Violation> {
    let cases = facts.calls.iter().filter(|call| can_succeed(facts, call));
    let cases = cases.filter_map(|call| {
        let CallEnd::GaveUp { stop, .. } = call.end else {
            return None;
        };
        let last = facts
            .faults
            .iter()
            .filter(|fault| fault.target == call.server.name() && fault.ended_us <= call.began_us)
            .max_by_key(|fault| fault.ended_us);
        let since = last.map_or_else(
            || "nothing had struck it".to_owned(),
            |fault| {
                format!(
                    "the fault \"{}\" was over for {}",
                    fault.name(),
                    ms(call.began_us - fault.ended_us)
                )
            },
        );
        Some(Case {
            at_us: call.ended_us,
            sentence: format!(
                "{}, is given up though the server is well: {stop:?}",
                call.name()
            ),
            ops: std::iter::once(call.op)
                .chain(call.attempts.iter().map(|attempt| attempt.op))
                .collect(),
            evidence: vec![since],
        })
    });
    first(10, cases.collect())
}

/// What a run has to show before it says anything about recovery: a call to each server that was struck, after it was back.
#[must_use]
pub fn untested(facts: &Facts) -> Option<String> {
    let struck = |server: &Server| {
        let name = server.name();
        facts.faults.iter().any(|fault| fault.target == name)
    };
    let judged = |server: &Server| {
        let back = |call: &&Call| {
            let ended = |fault: &chaos::Struck| {
                fault.target == server.name() && fault.ended_us < call.began_us
            };
            call.server == *server && facts.faults.iter().any(ended)
        };
        facts
            .calls
            .iter()
            .filter(back)
            .any(|call| can_succeed(facts, call))
    };
    let server = Server::ALL
        .into_iter()
        .find(|server| struck(server) && !judged(server))?;
    Some(format!("nobody called {} after it was back", server.name()))
}

/// Whether nothing excuses a failure.
fn can_succeed(facts: &Facts, call: &Call) -> bool {
    let from = call.began_us.saturating_sub(BACK_WITHIN_US);
    let disturbed = |fault: &chaos::Struck| {
        fault.target == call.server.name() && fault.overlaps(from, call.ended_us)
    };
    call.kind != Kind::Wrong
        && call.end != CallEnd::Left
        && !facts.faults.iter().any(disturbed)
        && facts.late_us(call.began_us, call.ended_us) <= LATE_US
}
