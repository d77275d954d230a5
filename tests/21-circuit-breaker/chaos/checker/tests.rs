//! Histories by hand: for every rule one in which it holds and one in which it is broken, and what is excused.
//!
//! The window is the last four calls, two of them are enough, half of them trip it, or three fifths that took longer than 100 ms. It is
//! open for a second; two probes at once, two successes close it, a probe has five seconds, a call 800 ms.

use std::collections::BTreeMap;

use super::*;
use crate::downstream::Given;
use crate::facts::{Arrival, Call, Change, Ending, State, Terms, Wants, What, Window};
use Ending::{Answered, Failed, GaveUp, NoConnection, NotFound, Panicked, TimedOut};
use State::{Closed, ForcedOpen, HalfOpen, Open};

const NOTHING: [u32; 0] = [];

/// A history that is being written, in milliseconds.
struct Tape {
    facts: Facts,
    step: u64,
    now_us: u64,
    asked: BTreeMap<u64, (u64, u64)>,
    state: State,
}

fn tape() -> Tape {
    tape_of(Window::Count(4))
}

fn tape_of(window: Window) -> Tape {
    let terms = Terms {
        window,
        minimum_calls: 2,
        failure_percent: 50,
        slow_percent: 60,
        slow_us: 100_000,
        open_for_us: 1_000_000,
        permits: 2,
        successes: 2,
        lease_us: 5_000_000,
        time_out_us: 800_000,
    };
    Tape {
        facts: Facts {
            terms,
            calls: BTreeMap::new(),
            events: Vec::new(),
            changes: BTreeMap::new(),
            arrivals: Vec::new(),
            faults: Vec::new(),
            lasted_us: 60_000_000,
        },
        step: 0,
        now_us: 0,
        asked: BTreeMap::new(),
        state: Closed,
    }
}

impl Tape {
    fn step(mut self, at_ms: u64) -> Self {
        self.step += 1;
        self.now_us = at_ms * 1000;
        self
    }

    /// This call is let through.
    fn ask(self, call: u64, at_ms: u64) -> Self {
        let mut tape = self.step(at_ms);
        tape.asked.insert(call, (tape.step, tape.now_us));
        tape
    }

    /// It ends so.
    fn end(self, call: u64, at_ms: u64, ending: Ending) -> Self {
        let mut tape = self.step(at_ms);
        let (asked, asked_us) = tape.asked.remove(&call).expect("it was asked for");
        tape.facts.add(Call {
            op: call,
            call,
            asked_us,
            ended_us: tape.now_us,
            asked,
            ended: tape.step,
            made: true,
            ending,
            fallback: ending == TimedOut,
        });
        tape
    }

    /// Both, 10 ms apart.
    fn call(self, call: u64, at_ms: u64, ending: Ending) -> Self {
        self.ask(call, at_ms).end(call, at_ms + 10, ending)
    }

    /// This call is not let through.
    fn rejected(self, call: u64, at_ms: u64, ending: Ending) -> Self {
        let mut tape = self.step(at_ms).step(at_ms);
        tape.facts.add(Call {
            op: call,
            call,
            asked_us: tape.now_us,
            ended_us: tape.now_us,
            asked: tape.step - 1,
            ended: tape.step,
            made: false,
            ending,
            fallback: true,
        });
        tape
    }

    /// The circuit changes, in the step that was last.
    fn goes(mut self, to: State) -> Self {
        let step = self.step;
        let generation = self.facts.changes.values().flatten().count() as u64 + 1;
        self.facts.changes.entry(step).or_default().push(Change {
            step,
            generation,
            from: std::mem::replace(&mut self.state, to),
            to,
            cause: String::new(),
        });
        self
    }

    fn operator(self, wants: Wants, at_ms: u64) -> Self {
        let mut tape = self.step(at_ms);
        tape.facts
            .meet(tape.step, tape.now_us, What::Operator(wants));
        tape
    }

    fn metrics(self, text: &str, at_ms: u64) -> Self {
        let mut tape = self.step(at_ms);
        tape.facts
            .meet(tape.step, tape.now_us, What::Metrics(text.to_owned()));
        tape
    }

    fn arrives(mut self, call: u64) -> Self {
        self.facts.arrivals.push(Arrival {
            at_us: self.now_us,
            call,
            answer: Given::Price,
        });
        self
    }

    fn healed(mut self, at_ms: u64) -> Self {
        self.facts.faults.push(chaos::Struck {
            what: "cut".to_owned(),
            target: "link".to_owned(),
            began_us: 0,
            ended_us: at_ms * 1000,
            fired: 1,
            counted: String::new(),
        });
        self
    }

    /// Two failures at 100 ms: open until 1,120 ms.
    fn tripped(self) -> Self {
        let tape = self.call(1, 100, Failed);
        tape.ask(2, 110).end(2, 120, Failed).goes(Open)
    }

    /// Which invariants are broken, and how the first of these is said.
    fn broken(mut self) -> (Vec<u32>, String) {
        self.facts.events.sort_by_key(|event| event.step);
        let found = check(&self.facts);
        let said = found.first().map(|first| first.sentence.clone());
        let numbers = found.iter().map(|violation| violation.invariant).collect();
        (numbers, said.unwrap_or_default())
    }

    fn holds(self) {
        assert_eq!(self.broken(), (NOTHING.to_vec(), String::new()));
    }

    fn breaks(self, invariant: u32, words: &str) {
        let (numbers, said) = self.broken();
        assert_eq!(numbers, [invariant], "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_whole_life_is_right() {
    tape()
        .call(0, 10, Answered)
        .tripped_after_a_success()
        .rejected(3, 1_119, Ending::Open)
        .ask(4, 1_120)
        .goes(HalfOpen)
        .ask(5, 1_130)
        .rejected(6, 1_140, Ending::HalfOpen)
        .end(5, 1_150, GaveUp)
        .call(7, 1_160, NotFound)
        .ask(8, 1_190)
        .end(4, 1_200, Answered)
        .end(8, 1_210, Answered)
        .goes(Closed)
        .call(9, 1_300, Failed)
        .holds();
}

impl Tape {
    /// One success before: two failures of three calls trip it all the same.
    fn tripped_after_a_success(self) -> Self {
        let tape = self.call(1, 100, Answered).call(2, 110, Failed);
        tape.ask(20, 110).end(20, 120, Failed).goes(Open)
    }
}

#[test]
fn inv1_open_means_open() {
    tape().tripped().rejected(3, 500, Ending::Open).holds();
    tape()
        .tripped()
        .ask(3, 1_119)
        .goes(HalfOpen)
        .end(3, 1_125, Answered)
        .breaks(1, "before its time");
    tape()
        .tripped()
        .rejected(3, 1_120, Ending::Open)
        .breaks(1, "still open");
}

#[test]
fn inv1_what_is_rejected_never_arrives() {
    tape().call(1, 10, Answered).arrives(1).holds();
    let rejected = || tape().tripped().rejected(3, 500, Ending::Open);
    rejected().arrives(3).breaks(1, "that was rejected");
    let made = tape().call(1, 10, Answered);
    made.arrives(1).arrives(1).breaks(1, "twice");
    tape().arrives(9).breaks(1, "nobody made");
}

#[test]
fn inv1_a_failed_probe_opens_it() {
    let probe = || tape().tripped().ask(3, 1_200).goes(HalfOpen);
    probe().end(3, 1_210, NoConnection).goes(Open).holds();
    probe()
        .end(3, 1_210, NoConnection)
        .breaks(1, "a probe fails");
    // And for the whole time.
    probe()
        .end(3, 1_210, Failed)
        .goes(Open)
        .ask(4, 2_209)
        .goes(HalfOpen)
        .end(4, 2_215, Answered)
        .breaks(1, "before its time");
}

#[test]
fn inv2_no_more_probes_than_permits() {
    let two = || tape().tripped().ask(3, 1_200).goes(HalfOpen).ask(4, 1_210);
    let third = two().ask(5, 1_220).end(5, 1_300, GaveUp);
    let over = |tape: Tape| tape.end(3, 1_310, GaveUp).end(4, 1_320, GaveUp);
    over(two()).holds();
    over(third).breaks(2, "more calls probe at once");
}

#[test]
fn inv2_every_permit_comes_back() {
    for ending in [GaveUp, NotFound, Answered] {
        let back = || {
            let out = tape().tripped().ask(3, 1_200).goes(HalfOpen).ask(4, 1_210);
            out.end(3, 1_250, ending)
        };
        back().call(5, 1_260, GaveUp).end(4, 1_300, GaveUp).holds();
        back()
            .rejected(5, 1_260, Ending::HalfOpen)
            .end(4, 1_300, GaveUp)
            .breaks(2, "while a permit is free");
    }
}

#[test]
fn inv2_a_lease_ends() {
    let out = || tape().tripped().ask(3, 1_200).goes(HalfOpen);
    // Open from 6,200 to 7,200: whoever comes at 6,500 finds it so.
    let mut ended = out().rejected_by_a_lease(4, 6_500);
    ended.facts.calls.get_mut(&4).unwrap().ending = Ending::Open;
    let late = |tape: Tape| tape.end(3, 6_600, GaveUp);
    // It outlasts its time-out by far: that is not what is shown here.
    let (numbers, _) = late(ended).broken();
    assert_eq!(numbers, [8]);
    let (numbers, _) = late(out().rejected(4, 6_500, Ending::HalfOpen)).broken();
    assert_eq!(numbers, [2, 2, 8]);
}

impl Tape {
    fn rejected_by_a_lease(self, call: u64, at_ms: u64) -> Self {
        let mut tape = self.rejected(call, at_ms, Ending::Open);
        tape.step -= 1;
        let mut tape = tape.goes(Open);
        let changes = tape.facts.changes.get_mut(&tape.step).unwrap();
        changes[0].cause = "lease_ended".to_owned();
        tape.step += 1;
        tape
    }
}

#[test]
fn inv3_a_late_result_changes_nothing() {
    let late = || tape().ask(0, 50).tripped();
    late()
        .end(0, 700, Failed)
        .rejected(3, 1_119, Ending::Open)
        .call_that_probes(4, 1_120)
        .holds();
    // It prolongs the open state.
    late()
        .end(0, 700, Failed)
        .rejected(3, 1_300, Ending::Open)
        .breaks(3, "keeps the circuit open");
    // It opens a circuit that probes.
    late()
        .ask(4, 1_120)
        .goes(HalfOpen)
        .end(0, 1_130, Failed)
        .goes(Open)
        .end(4, 1_140, Answered)
        .breaks(3, "changes the circuit");
    // It counts in the next closed state.
    late()
        .call_that_probes(4, 1_120)
        .call(5, 1_150, Answered)
        .goes(Closed)
        .end(0, 1_165, Failed)
        .ask(6, 1_170)
        .end(6, 1_180, Answered)
        .goes(Open)
        .breaks(3, "of an earlier state count");
}

impl Tape {
    fn call_that_probes(self, call: u64, at_ms: u64) -> Self {
        let asked = self.ask(call, at_ms).goes(HalfOpen);
        asked.end(call, at_ms + 10, Answered)
    }
}

#[test]
fn inv4_it_trips_when_it_must() {
    // One of two is half.
    let half = || tape().call(1, 10, Answered).call(2, 30, Failed);
    half().goes(Open).holds();
    half().breaks(4, "does not trip");
    // One of one is too few calls.
    tape().call(1, 10, Failed).holds();
    tape().call(1, 10, Failed).goes(Open).breaks(4, "below");
    // The window forgets: one of the last four.
    let forgotten = || {
        let well = (2..5).fold(tape().call(1, 10, Answered), |tape, call| {
            tape.call(call, call * 20, Answered)
        });
        let one = well.call(5, 100, Failed);
        (6..9).fold(one, |tape, call| tape.call(call, call * 20, Answered))
    };
    forgotten().call(9, 200, Failed).holds();
    forgotten()
        .call(9, 200, Failed)
        .goes(Open)
        .breaks(4, "below");
}

#[test]
fn inv4_slow_calls_trip_too() {
    let slow = |tape: Tape, took: u64| {
        let first = tape.ask(1, 10).end(1, 10 + took, Answered);
        first.ask(2, 500).end(2, 500 + took, Answered)
    };
    slow(tape(), 101).goes(Open).holds();
    slow(tape(), 101).breaks(4, "does not trip");
    slow(tape(), 100).holds();
}

#[test]
fn inv4_a_window_over_time_forgets_by_its_buckets() {
    let window = Window::Time {
        length_us: 1_000_000,
        buckets: 10,
    };
    // Counted at 50 ms, in the bucket that ends at 100; it has left at 1,000, and not at 999.
    let two = |at_ms: u64| {
        let first = tape_of(window).ask(1, 40).end(1, 50, Failed);
        first.ask(2, at_ms - 10).end(2, at_ms, Failed)
    };
    two(999).goes(Open).holds();
    two(999).breaks(4, "does not trip");
    two(1_000).holds();
    two(1_000).goes(Open).breaks(4, "below");
}

#[test]
fn inv4_a_trip_that_did_not_come_is_said_once() {
    let missed = tape().call(1, 10, Failed).call(2, 30, Failed);
    missed
        .call(3, 50, Failed)
        .goes(Open)
        .breaks(4, "does not trip");
}

#[test]
fn inv5_as_many_successes_as_were_asked_for() {
    let one = || tape().tripped().call_that_probes(3, 1_200);
    one().goes(Closed).breaks(5, "fewer successes");
    one().call(4, 1_250, Answered).goes(Closed).holds();
    one().call(4, 1_250, Answered).breaks(5, "does not close");
    let slow = || one().ask(4, 1_250).end(4, 1_400, Answered);
    slow().goes(Open).holds();
    slow().breaks(5, "a probe is slow");
}

#[test]
fn inv5_it_begins_to_probe() {
    tape()
        .tripped()
        .call(3, 1_200, Answered)
        .breaks(5, "does not begin to probe");
}

#[test]
fn inv5_what_is_well_is_called() {
    let probing = || tape().tripped().healed(1_000).call_that_probes(3, 1_200);
    let closed = || probing().call(4, 1_250, Answered).goes(Closed);
    closed().call(5, 5_000, Answered).holds();
    probing()
        .ask(4, 4_000)
        .ask(5, 4_010)
        .rejected(6, 4_020, Ending::HalfOpen)
        .end(4, 4_030, GaveUp)
        .end(5, 4_040, GaveUp)
        .breaks(5, "is not called");
    probing().breaks(5, "does not close");
    // By the record it was not well.
    probing().call(4, 1_800, Failed).goes(Open).holds();
}

#[test]
fn inv6_a_caller_who_goes_away_is_no_failure() {
    let gone = || tape().call(1, 10, Answered).call(2, 30, GaveUp);
    gone().call(3, 50, Answered).holds();
    gone()
        .goes(Open)
        .breaks(6, "goes away, and the circuit opens");
    // Counted, and seen with the next one only.
    tape()
        .call(1, 10, GaveUp)
        .call(2, 30, Answered)
        .goes(Open)
        .breaks(6, "count as failures");
    tape()
        .tripped()
        .ask(3, 1_200)
        .goes(HalfOpen)
        .end(3, 1_250, GaveUp)
        .goes(Open)
        .breaks(6, "the caller of a probe");
}

#[test]
fn inv8_panics_and_time_outs_count() {
    for (ending, words) in [(Panicked, "a panic"), (TimedOut, "a time-out")] {
        let two = || tape().call(1, 10, Answered).call(2, 30, ending);
        two().goes(Open).holds();
        two().breaks(8, words);
        let probe = || tape().tripped().ask(3, 1_200).goes(HalfOpen);
        probe().end(3, 1_250, ending).goes(Open).holds();
        let (numbers, said) = probe().end(3, 1_250, ending).broken();
        assert_eq!(numbers, [8], "{said}");
    }
}

#[test]
fn inv8_what_says_nothing_changes_nothing() {
    tape()
        .call(1, 10, Answered)
        .call(2, 30, NotFound)
        .goes(Open)
        .breaks(8, "says nothing");
}

#[test]
fn inv8_no_call_outlasts_its_time_out() {
    tape().ask(1, 10).end(1, 1_410, GaveUp).holds();
    let hangs = tape().ask(1, 10).end(1, 1_411, GaveUp);
    hangs.breaks(8, "outlasts its time-out");
}

#[test]
fn inv8_the_fallback_answers_for_what_has_no_answer() {
    let with = |ending, fallback| {
        let mut tape = tape().call(1, 10, ending);
        tape.facts.calls.get_mut(&1).unwrap().fallback = fallback;
        tape
    };
    with(TimedOut, true).holds();
    with(TimedOut, false).breaks(8, "gives none");
    with(Failed, false).holds();
    with(Failed, true).breaks(8, "was not asked to");
}

#[test]
fn inv9_an_operator_is_obeyed() {
    let forced = || tape().operator(Wants::Open, 10).goes(ForcedOpen);
    let rejected = || forced().rejected(1, 20, Ending::ForcedOpen);
    let released = |tape: Tape| tape.operator(Wants::Nothing, 30).goes(Closed);
    released(rejected()).call(2, 40, Answered).holds();
    tape().operator(Wants::Open, 10).breaks(9, "not obeyed");
    forced()
        .call(1, 20, Answered)
        .breaks(9, "what the operator wants");
    // A call from before it says nothing any more.
    let late = || tape().ask(1, 5).operator(Wants::Open, 10).goes(ForcedOpen);
    late().end(1, 20, Failed).holds();
    late()
        .end(1, 20, Failed)
        .goes(Open)
        .breaks(3, "earlier state");
}

#[test]
fn inv10_the_metrics_are_the_records() {
    let text = |calls: u64, late: u64| {
        let sample = |name: &str, label: &str, value: u64| {
            format!("circuit_breaker_{name}{{breaker=\"prices\"{label}}} {value}\n")
        };
        let zeros = [
            ("calls_total", ",ending=\"success\""),
            ("calls_total", ",ending=\"ignored\""),
            ("calls_total", ",ending=\"timed_out\""),
            ("calls_total", ",ending=\"panicked\""),
            ("calls_total", ",ending=\"cancelled\""),
            ("rejected_total", ",state=\"half_open\""),
            ("rejected_total", ",state=\"forced_open\""),
            ("transitions_total", ",to=\"closed\""),
            ("transitions_total", ",to=\"half_open\""),
            ("transitions_total", ",to=\"forced_open\""),
            ("transitions_total", ",to=\"forced_closed\""),
        ];
        let zeros = zeros.map(|(name, label)| sample(name, label, 0)).concat();
        let others = [
            sample("calls_total", ",ending=\"failure\"", calls),
            sample("rejected_total", ",state=\"open\"", 1),
            sample("transitions_total", ",to=\"open\"", 1),
            sample("slow_calls_total", "", 1),
            sample("late_results_total", "", late),
            sample("fallbacks_total", "", 1),
        ];
        format!("# TYPE x counter\n{zeros}{}", others.concat())
    };
    let then = |text: &str| {
        let tripped = tape().ask(0, 5).tripped().end(0, 300, Failed);
        let rejected = tripped.rejected(3, 500, Ending::Open);
        // What comes later is not in it.
        rejected.metrics(text, 600).rejected(4, 700, Ending::Open)
    };
    then(&text(3, 1)).holds();
    then(&text(2, 1)).breaks(10, "do not say");
    then(&text(3, 0)).breaks(10, "do not say");
    then("").breaks(10, "do not say");
}

#[test]
fn inv10_every_change_is_heard_of_in_order() {
    let mut tape = tape().tripped();
    let changes = tape.facts.changes.values_mut().next().unwrap();
    changes[0].generation = 2;
    tape.breaks(10, "not heard of");
}
