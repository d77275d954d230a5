//! Replays the record against the plain model of the circuit, step by step, and says of each step that came out otherwise which invariant
//! that breaks.
//!
//! After every step the model follows what the breaker really did: one mistake is one violation, and what comes after it is judged by where the
//! circuit then is. Only a trip that did not come leaves it nowhere: until the circuit is closed anew, no trip is judged.

use std::collections::{BTreeMap, BTreeSet};

use chaos::Violation;

use super::circuit::{Circuit, Must};
use super::recount::{Kind, RIGHT};
use super::{at, ms};
use crate::facts::{Call, Change, Ending, Event, Facts, Says, State, Wants, What};

/// Everything that the replay finds: of each kind of mistake the first.
pub(super) fn replay(facts: &Facts) -> Vec<Violation> {
    let mut replay = Replay {
        facts,
        circuit: Circuit::new(&facts.terms),
        generations: BTreeMap::new(),
        late: None,
        astray: false,
        said: BTreeSet::new(),
        found: Vec::new(),
    };
    for event in &facts.events {
        replay.meet(event);
    }
    replay.found
}

struct Replay<'f> {
    facts: &'f Facts,
    circuit: Circuit<'f>,
    /// Which generation a call is of.
    generations: BTreeMap<u64, u64>,
    /// The last late result since the circuit was opened.
    late: Option<&'f Call>,
    /// A trip has not come: no trip is judged until it is closed anew.
    astray: bool,
    /// Which mistakes have been said.
    said: BTreeSet<(u32, &'static str)>,
    found: Vec<Violation>,
}

impl<'f> Replay<'f> {
    fn meet(&mut self, event: &Event) {
        let changes = self.facts.changes_in(event.step);
        match &event.what {
            What::Asked(call) => self.asked(&self.facts.calls[call], changes),
            What::Ended(call) => self.ended(&self.facts.calls[call], changes),
            What::Operator(wants) => self.operator(*wants, event.at_us, changes),
            What::Metrics(_) if changes.is_empty() => {}
            What::Metrics(_) => self.say(
                (4, "to read the metrics changes the circuit"),
                event.at_us,
                &[],
                vec![went(changes)],
            ),
        }
        for change in changes {
            self.circuit.follow(change, event.at_us);
            self.late = None;
            self.astray &= change.to != State::Closed;
        }
        if let What::Asked(call) = &event.what {
            let call = &self.facts.calls[call];
            if call.made {
                self.made(call);
            }
        }
    }

    /// A call was let through, after what it changed.
    fn made(&mut self, call: &Call) {
        self.generations.insert(call.call, self.circuit.generation);
        self.circuit.made(call.call, call.asked_us);
        let out = &self.circuit.probes;
        if out.len() > self.facts.terms.permits && !matches!(self.circuit.state, State::Closed) {
            let probes: Vec<u64> = out.iter().map(|(probe, _)| self.op(*probe)).collect();
            let evidence = vec![format!(
                "{} calls are out since the circuit was open, and there are {} permits",
                probes.len(),
                self.facts.terms.permits
            )];
            let sentence = "more calls probe at once than there are permits";
            self.say((2, sentence), call.asked_us, &probes, evidence);
        }
    }

    fn asked(&mut self, call: &Call, changes: &[Change]) {
        let must = self.circuit.asked(call.asked_us);
        let did = Must {
            become_: changes.iter().map(|change| change.to).collect(),
            made: if call.made { Ok(()) } else { Err(call.ending) },
        };
        if did == must {
            return;
        }
        let until = self.circuit.until_us;
        let now = call.asked_us;
        let (mistake, evidence) = match self.circuit.state {
            State::Open if now < until => (
                (1, "an open circuit admits a call before its time"),
                format!(
                    "it was open until {}, and this is {} sooner",
                    at(until),
                    ms(until - now)
                ),
            ),
            State::Open if call.made => (
                (
                    5,
                    "a call goes out after the circuit was open, and the circuit does not begin to probe",
                ),
                format!("it was open until {}; {}", at(until), went(changes)),
            ),
            State::Open => match self.late {
                Some(late) => {
                    let evidence = format!(
                        "it was open until {}; at {} a call ended that was made before it opened",
                        at(until),
                        at(late.ended_us)
                    );
                    let mistake = (3, "a result from before the trip keeps the circuit open");
                    return self.say(mistake, now, &[late.op, call.op], vec![evidence]);
                }
                None => (
                    (1, "the circuit is still open after its time"),
                    format!("it was open until {}", at(until)),
                ),
            },
            State::HalfOpen
                if !call.made && self.circuit.probes.len() < self.facts.terms.permits =>
            {
                (
                    (2, "a call is rejected while a permit is free"),
                    format!(
                        "{} probes are out, and there are {} permits",
                        self.circuit.probes.len(),
                        self.facts.terms.permits
                    ),
                )
            }
            // That more probe than may is said when it is known who is out.
            State::HalfOpen if call.made && changes.is_empty() => return,
            State::HalfOpen => (
                (2, "a half-open circuit does not know who probes"),
                format!("{}; {}", must_be(&must), went(changes)),
            ),
            State::ForcedOpen | State::ForcedClosed => (
                (9, "the circuit does not do what the operator wants"),
                format!("{}; {}", must_be(&must), went(changes)),
            ),
            State::Closed => (
                (4, "a closed circuit does not simply admit"),
                format!("{}; {}", must_be(&must), went(changes)),
            ),
        };
        self.say(mistake, now, &[call.op], vec![evidence]);
    }

    fn ended(&mut self, call: &'f Call, changes: &[Change]) {
        if !call.made {
            if !changes.is_empty() {
                let mistake = (4, "a call that was not made changes the circuit");
                self.say(mistake, call.ended_us, &[call.op], vec![went(changes)]);
            }
            return;
        }
        let late = self.generations.get(&call.call) != Some(&self.circuit.generation);
        let must = if late {
            Vec::new()
        } else {
            self.circuit.ended(call)
        };
        let did: Vec<State> = changes.iter().map(|change| change.to).collect();
        let before = self.circuit.clone();
        self.circuit.remember(call, late);
        if late {
            self.late = Some(call);
        }
        if did == must || (self.astray && before.state == State::Closed) {
            return;
        }
        let mistake = match before.state {
            _ if late => (3, "a result of an earlier state changes the circuit"),
            State::Closed if must.is_empty() => self.wrong_trip(call),
            State::Closed => {
                self.astray = true;
                self.missed_trip(call)
            }
            State::HalfOpen => wrong_probe(call, &must, &did),
            State::Open => return,
            State::ForcedOpen | State::ForcedClosed => {
                (9, "a result changes a circuit that an operator holds")
            }
        };
        let mut evidence = vec![went(changes)];
        match before.state {
            State::Closed => evidence.push(self.circuit.count(&RIGHT, call.ended_us).to_string()),
            State::HalfOpen => evidence.push(format!(
                "{} of {} successes before this call",
                before.successes, self.facts.terms.successes
            )),
            State::Open | State::ForcedOpen | State::ForcedClosed => {}
        }
        self.say(mistake, call.ended_us, &[call.op], evidence);
    }

    /// It went somewhere, and should have stayed closed. If it would have been right had other calls counted too, those are the mistake.
    fn wrong_trip(&self, call: &Call) -> (u32, &'static str) {
        let with = |kind: Kind| {
            let kinds: Vec<Kind> = RIGHT.into_iter().chain([kind]).collect();
            let counted = self.circuit.count(&kinds, call.ended_us);
            counted.trip(&self.facts.terms)
        };
        if call.ending == Ending::GaveUp {
            (6, "a caller goes away, and the circuit opens")
        } else if call.says() == Says::Nothing {
            (8, "an answer that says nothing opens the circuit")
        } else if with(Kind::GaveUp) {
            (6, "callers who went away count as failures")
        } else if with(Kind::Late) {
            (3, "results of an earlier state count")
        } else {
            (4, "the circuit trips below its thresholds")
        }
    }

    /// It stayed closed, and should not have. If that would have been right without some calls, those are the mistake.
    fn missed_trip(&self, call: &Call) -> (u32, &'static str) {
        let without = |kind: Kind| {
            let kinds: Vec<Kind> = RIGHT.into_iter().filter(|one| *one != kind).collect();
            let counted = self.circuit.count(&kinds, call.ended_us);
            !counted.trip(&self.facts.terms)
        };
        if without(Kind::Panicked) {
            (8, "a panic does not count as a failure")
        } else if without(Kind::TimedOut) {
            (8, "a time-out does not count as a failure")
        } else {
            (4, "the circuit does not trip at its thresholds")
        }
    }

    fn operator(&mut self, wants: Wants, now_us: u64, changes: &[Change]) {
        let must = match (wants, self.circuit.state) {
            (Wants::Open, State::ForcedOpen) | (Wants::Closed, State::ForcedClosed) => None,
            (Wants::Open, _) => Some(State::ForcedOpen),
            (Wants::Closed, _) => Some(State::ForcedClosed),
            (Wants::Nothing, State::ForcedOpen | State::ForcedClosed) => Some(State::Closed),
            (Wants::Nothing, State::Closed | State::Open | State::HalfOpen) => None,
        };
        if !changes.iter().map(|change| change.to).eq(must) {
            let mistake = (9, "the operator is not obeyed");
            let evidence = format!("{wants:?} was wanted; {}", went(changes));
            self.say(mistake, now_us, &[], vec![evidence]);
        }
    }

    fn op(&self, call: u64) -> u64 {
        self.facts.calls[&call].op
    }

    fn say(
        &mut self,
        mistake: (u32, &'static str),
        at_us: u64,
        ops: &[u64],
        evidence: Vec<String>,
    ) {
        if self.said.insert(mistake) {
            self.found.push(Violation {
                invariant: mistake.0,
                sentence: mistake.1.to_owned(),
                at_us,
                ops: ops.to_vec(),
                evidence,
            });
        }
    }
}

/// What a probe's end should have changed, and did not, or the other way round.
fn wrong_probe(call: &Call, must: &[State], did: &[State]) -> (u32, &'static str) {
    match (must, did) {
        (_, [State::Closed]) => (
            5,
            "the circuit closes with fewer successes than it should have",
        ),
        ([State::Closed], _) => (5, "enough probes succeed, and the circuit does not close"),
        ([], _) if call.ending == Ending::GaveUp => {
            (6, "the caller of a probe goes away, and the circuit opens")
        }
        ([], _) if call.says() == Says::Nothing => {
            (8, "an answer that says nothing opens the circuit")
        }
        ([], _) => (5, "a probe succeeds, and the circuit opens"),
        (_, _) if call.says() == Says::Nothing => (
            2,
            "a probe outlasts its lease, and the circuit does not open",
        ),
        (_, _) if call.ending == Ending::Panicked => {
            (8, "a probe panics, and the circuit does not open")
        }
        (_, _) if call.ending == Ending::TimedOut => {
            (8, "a probe times out, and the circuit does not open")
        }
        (_, _) if call.says() == Says::Success => {
            (5, "a probe is slow, and the circuit does not open")
        }
        (_, _) => (1, "a probe fails, and the circuit does not open"),
    }
}

fn must_be(must: &Must) -> String {
    let made = match must.made {
        Ok(()) => "be made".to_owned(),
        Err(ending) => format!("be rejected ({ending:?})"),
    };
    format!("the call had to {made}")
}

fn went(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "the circuit stays as it is".to_owned();
    }
    let steps = changes.iter().map(|change| {
        format!(
            "from {:?} to {:?} ({})",
            change.from, change.to, change.cause
        )
    });
    format!("the circuit goes {}", steps.collect::<Vec<_>>().join(", "))
}
