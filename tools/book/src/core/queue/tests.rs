//! The queue at chosen moments, and under any order of calls.

use std::path::Path;

use contract::Manifest;
use proptest::prelude::*;

use super::*;
use crate::core::log::KEPT;

const SECOND: Duration = Duration::from_secs(1);

fn known(stage: u32) -> Known {
    let text = include_str!("../../../tests/fixture/lab.toml");
    let lab = Manifest::parse(Path::new("lab.toml"), text).unwrap();
    let lab_id = "sale".to_owned();
    let ask = Ask::Test { lab: lab_id, stage };
    ask.look_up(&[&lab]).unwrap()
}

fn queue() -> Queue {
    Queue::new("s", Limits::default())
}

fn submit(queue: &mut Queue, now: Duration) -> (String, usize, Option<Action>) {
    queue.submit(known(1), now).unwrap()
}

fn events(queue: &Queue, id: &str) -> Vec<Event> {
    let (entries, _) = queue.read(id, 0, usize::MAX).unwrap();
    entries.into_iter().map(|entry| entry.event).collect()
}

fn ending(queue: &Queue, id: &str) -> Option<(Outcome, Option<i32>)> {
    match events(queue, id).pop()? {
        Event::End(outcome, code, _) => Some((outcome, code)),
        Event::Queued(_) | Event::Started(_) | Event::Output(_) => None,
    }
}

#[test]
fn one_runs_and_the_others_know_their_place() {
    let mut queue = queue();
    let (first, ahead, action) = submit(&mut queue, SECOND);
    assert_eq!(ahead, 0);
    let words = ["test", "sale", "--stage", "1"].map(str::to_owned).to_vec();
    assert_eq!(action, Some(Action::Start(first.clone(), words)));
    let (second, ahead, action) = submit(&mut queue, SECOND);
    assert_eq!((ahead, action), (1, None));
    let (third, ahead, _) = submit(&mut queue, SECOND);
    assert_eq!(ahead, 2);

    let action = queue.exited(&first, Some(0), 2 * SECOND);
    assert!(matches!(action, Some(Action::Start(id, _)) if id == second));
    assert_eq!(
        events(&queue, &first),
        [
            Event::Started(SECOND),
            Event::End(Outcome::Passed, Some(0), SECOND)
        ]
    );
    assert_eq!(events(&queue, &third), [Event::Queued(2), Event::Queued(1)]);
}

#[test]
fn nine_are_enough() {
    let mut queue = queue();
    for _ in 0..9 {
        submit(&mut queue, SECOND);
    }
    for _ in 0..1_000 {
        assert_eq!(queue.submit(known(1), SECOND), Err(Full::Waiting(8)));
    }
    assert_eq!(queue.list().count(), 9);
}

#[test]
fn an_exit_code_is_an_outcome() {
    for (code, outcome) in [
        (Some(0), Outcome::Passed),
        (Some(1), Outcome::Failed),
        (Some(3), Outcome::Failed),
        (None, Outcome::Lost),
    ] {
        let mut queue = queue();
        let (id, ..) = submit(&mut queue, SECOND);
        assert_eq!(queue.exited(&id, code, SECOND), None);
        assert_eq!(ending(&queue, &id), Some((outcome, code)));
    }
}

#[test]
fn a_run_that_cannot_be_started_says_why_and_makes_room() {
    let mut queue = queue();
    let (id, ..) = submit(&mut queue, SECOND);
    let (second, ..) = submit(&mut queue, SECOND);
    let action = queue.not_started(&id, "there is no lab binary", SECOND);
    assert!(matches!(action, Some(Action::Start(id, _)) if id == second));
    assert!(events(&queue, &id).contains(&Event::Output("there is no lab binary\n".into())));
    assert_eq!(ending(&queue, &id), Some((Outcome::Lost, None)));
}

#[test]
fn what_is_cancelled_is_asked_then_killed_then_gone() {
    let mut queue = queue();
    let (id, ..) = submit(&mut queue, SECOND);
    assert!(queue.attach(&id));
    assert_eq!(
        queue.cancel(&id, SECOND),
        Some(Some(Action::Terminate(id.clone())))
    );
    assert_eq!(queue.cancel(&id, SECOND), Some(None), "once is enough");
    assert_eq!(queue.tick(3 * SECOND), []);
    assert_eq!(queue.tick(4 * SECOND), [Action::Kill(id.clone())]);
    assert_eq!(queue.tick(5 * SECOND), [], "once is enough");
    assert_eq!(ending(&queue, &id), None, "it is still there");
    assert_eq!(queue.exited(&id, None, 6 * SECOND), None);
    assert_eq!(ending(&queue, &id), Some((Outcome::Cancelled, None)));
}

#[test]
fn one_that_waits_is_cancelled_at_once() {
    let mut queue = queue();
    let (first, ..) = submit(&mut queue, SECOND);
    let (second, ..) = submit(&mut queue, SECOND);
    let (third, ..) = submit(&mut queue, SECOND);
    assert_eq!(queue.cancel(&second, SECOND), Some(None));
    assert_eq!(ending(&queue, &second), Some((Outcome::Cancelled, None)));
    assert_eq!(events(&queue, &third).last(), Some(&Event::Queued(1)));
    let action = queue.exited(&first, Some(0), SECOND);
    assert!(matches!(action, Some(Action::Start(id, _)) if id == third));
}

#[test]
fn nobody_reads_it_so_it_ends() {
    let mut queue = queue();
    let (id, ..) = submit(&mut queue, Duration::ZERO);
    assert!(queue.attach(&id));
    assert_eq!(queue.tick(100 * SECOND), [], "somebody reads");
    queue.detach(&id, 100 * SECOND);
    assert_eq!(queue.tick(114 * SECOND), [], "a page is reloaded");
    assert!(queue.attach(&id));
    assert!(queue.attach(&id));
    queue.detach(&id, 115 * SECOND);
    assert_eq!(queue.tick(200 * SECOND), [], "one of two has gone");
    queue.detach(&id, 200 * SECOND);
    assert_eq!(queue.tick(215 * SECOND), [Action::Terminate(id)]);
}

#[test]
fn one_that_waits_and_is_not_read_ends_too() {
    let mut queue = queue();
    let (first, ..) = submit(&mut queue, Duration::ZERO);
    assert!(queue.attach(&first));
    let (second, ..) = submit(&mut queue, Duration::ZERO);
    assert_eq!(queue.tick(15 * SECOND), []);
    assert_eq!(ending(&queue, &second), Some((Outcome::Cancelled, None)));
}

#[test]
fn a_run_has_twenty_minutes() {
    let mut queue = queue();
    let (id, ..) = submit(&mut queue, Duration::ZERO);
    assert!(queue.attach(&id));
    assert_eq!(queue.tick(1199 * SECOND), []);
    assert_eq!(queue.tick(1200 * SECOND), [Action::Terminate(id)]);
}

#[test]
fn a_server_that_leaves_starts_nothing_more() {
    let mut queue = queue();
    let (first, ..) = submit(&mut queue, SECOND);
    let (second, ..) = submit(&mut queue, SECOND);
    assert_eq!(queue.leave(SECOND), [Action::Terminate(first.clone())]);
    assert_eq!(ending(&queue, &second), Some((Outcome::Cancelled, None)));
    assert_eq!(queue.submit(known(1), SECOND), Err(Full::Leaving));
    assert!(!queue.is_idle());
    assert_eq!(queue.exited(&first, Some(130), SECOND), None);
    assert!(queue.is_idle());
}

#[test]
fn another_servers_id_is_nobodys() {
    let mut queue = queue();
    let (id, ..) = submit(&mut queue, SECOND);
    assert_eq!(id, "s-1");
    for other in [
        "", "s", "s-", "s-01", "s-+1", "s-2", "t-1", "1", "../s-1", "s-1 ",
    ] {
        assert!(!queue.attach(other), "{other:?}");
        assert_eq!(queue.cancel(other, SECOND), None, "{other:?}");
        assert_eq!(queue.read(other, 0, 1), None, "{other:?}");
    }
}

/// Something that may happen, to the run of this number.
#[derive(Clone, Debug)]
enum Call {
    Submit,
    Attach(u64),
    Detach(u64),
    Cancel(u64),
    Output(u64, usize),
    Exit(Option<i32>),
    Wait(u64),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => Just(Call::Submit),
        1 => (1_u64..12).prop_map(Call::Attach),
        1 => (1_u64..12).prop_map(Call::Detach),
        1 => (1_u64..12).prop_map(Call::Cancel),
        1 => ((1_u64..12), 0_usize..100_000).prop_map(|(run, size)| Call::Output(run, size)),
        2 => proptest::option::of(0..4).prop_map(Call::Exit),
        1 => (0_u64..30).prop_map(Call::Wait),
    ]
}

/// Who does the actions: at most one process, started, asked, killed, in this order.
#[derive(Default)]
struct Machine {
    process: Option<String>,
}

impl Machine {
    fn act(&mut self, actions: impl IntoIterator<Item = Action>) {
        for action in actions {
            match action {
                Action::Start(id, _) => {
                    assert_eq!(self.process, None, "two at once");
                    self.process = Some(id);
                }
                Action::Terminate(id) | Action::Kill(id) => {
                    assert_eq!(self.process.as_ref(), Some(&id), "it has no process");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_one_runs_all_end_and_it_stays_small(
        calls in proptest::collection::vec(call(), 0..60)
    ) {
        let (mut queue, mut machine, mut now) = (queue(), Machine::default(), Duration::ZERO);
        let id = |number: u64| format!("s-{number}");
        for call in calls {
            match call {
                Call::Submit => {
                    if let Ok((_, _, action)) = queue.submit(known(1), now) {
                        machine.act(action);
                    }
                }
                Call::Attach(run) => {
                    let _ = queue.attach(&id(run));
                }
                Call::Detach(run) => queue.detach(&id(run), now),
                Call::Cancel(run) => machine.act(queue.cancel(&id(run), now).flatten()),
                Call::Output(run, size) => queue.output(&id(run), "x".repeat(size)),
                Call::Exit(code) => {
                    if let Some(run) = machine.process.take() {
                        machine.act(queue.exited(&run, code, now));
                    }
                }
                Call::Wait(seconds) => {
                    now += Duration::from_secs(seconds);
                    machine.act(queue.tick(now));
                }
            }
            let phases: Vec<_> = queue.list().map(|(_, _, phase)| phase).collect();
            let count = |of: fn(&Phase) -> bool| phases.iter().filter(|phase| of(phase)).count();
            prop_assert_eq!(
                count(|phase| matches!(phase, Phase::Running(_))),
                usize::from(machine.process.is_some())
            );
            prop_assert!(count(|phase| matches!(phase, Phase::Queued(_))) <= 8);
            prop_assert!(count(|phase| matches!(phase, Phase::Ended(..))) <= 8);
            for run in queue.runs.values() {
                prop_assert!(run.log.cost() <= KEPT);
                let events = run.log.read(0, usize::MAX);
                let ends = events.iter().filter(|entry| matches!(entry.event, Event::End(..)));
                prop_assert_eq!(ends.count(), usize::from(matches!(run.state, State::Ended { .. })));
            }
        }
        // Every process ends when it is killed; then every run does.
        for _ in 0..40 {
            now += Duration::from_secs(1200);
            machine.act(queue.tick(now));
            now += Duration::from_secs(3);
            let actions = queue.tick(now);
            machine.act(actions);
            if let Some(run) = machine.process.take() {
                machine.act(queue.exited(&run, None, now));
            }
        }
        prop_assert!(queue.is_idle());
        prop_assert!(queue.list().all(|(_, _, phase)| matches!(phase, Phase::Ended(..))));
    }
}
