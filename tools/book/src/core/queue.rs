//! The runs: one at a time, a few that wait, the last ones that ended.
//!
//! A run builds with cargo and talks to servers, so two at once would wait for each other's locks and measure each other. A state
//! machine: calls and the time go in, [`Action`]s come out, and whoever owns the process does them. What must stay true: at
//! most one run has a process; every run ends, by itself, by a reader's wish, for want of a reader, or by its time; what has
//! ended says so once, as its last event.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::ask::{Ask, Known};
use super::log::{Entry, Event, Log, Outcome};

/// The bounds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many runs wait at most.
    pub waiting: usize,
    /// How many that ended can still be read.
    pub ended: usize,
    /// A run that nobody has read for so long is cancelled: long enough to reload a page.
    pub unread: Duration,
    /// A run that takes longer is cancelled: a first build of all clients is 3 minutes, the longest stage less.
    pub longest: Duration,
    /// Between asking a process to end and killing it.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            waiting: 8,
            ended: 8,
            unread: Duration::from_secs(15),
            longest: Duration::from_secs(20 * 60),
            grace: Duration::from_secs(3),
        }
    }
}

/// What is to be done about a process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Action {
    /// Start it with these arguments.
    Start(String, Vec<String>),
    /// Ask it and its descendants to end.
    Terminate(String),
    /// Do not ask.
    Kill(String),
}

/// Why there is no run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// As many wait as may.
    Waiting(usize),
    /// The server is ending.
    Leaving,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running {
        since: Duration,
    },
    Ending {
        since: Duration,
        asked: Duration,
        killed: bool,
    },
    Ended {
        outcome: Outcome,
        code: Option<i32>,
    },
}

/// What can be told of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// So many are before it.
    Queued(usize),
    /// Since then.
    Running(Duration),
    /// As its last event says.
    Ended(Outcome, Option<i32>),
}

#[derive(Debug)]
struct Run {
    known: Known,
    state: State,
    log: Log,
    readers: usize,
    /// When the last reader went, or the run came.
    unread_since: Duration,
    /// What was last said of its place.
    ahead: Option<usize>,
}

/// All of them.
#[derive(Debug)]
pub struct Queue {
    limits: Limits,
    /// Begins every id, so that a page of another server names no run of this one.
    server: String,
    runs: BTreeMap<u64, Run>,
    waiting: VecDeque<u64>,
    current: Option<u64>,
    ended: VecDeque<u64>,
    next: u64,
    leaving: bool,
}

impl Queue {
    /// An empty one; `server` begins the ids of its runs.
    #[must_use]
    pub fn new(server: impl Into<String>, limits: Limits) -> Self {
        Self {
            limits,
            server: server.into(),
            runs: BTreeMap::new(),
            waiting: VecDeque::new(),
            current: None,
            ended: VecDeque::new(),
            next: 1,
            leaving: false,
        }
    }

    /// A new run, at the end; its id, and how many are before it.
    ///
    /// # Errors
    /// Too many wait already.
    pub fn submit(
        &mut self,
        known: Known,
        now: Duration,
    ) -> Result<(String, usize, Option<Action>), Full> {
        if self.leaving {
            return Err(Full::Leaving);
        }
        if self.waiting.len() >= self.limits.waiting {
            return Err(Full::Waiting(self.limits.waiting));
        }
        let number = self.next;
        self.next += 1;
        let run = Run {
            known,
            state: State::Waiting,
            log: Log::default(),
            readers: 0,
            unread_since: now,
            ahead: None,
        };
        self.runs.insert(number, run);
        self.waiting.push_back(number);
        let ahead = self.waiting.len() - 1 + usize::from(self.current.is_some());
        let action = self.go_on(now);
        Ok((self.id(number), ahead, action))
    }

    /// Somebody reads it from now on. `false`: there is no such run.
    pub fn attach(&mut self, id: &str) -> bool {
        let run = self
            .number(id)
            .and_then(|number| self.runs.get_mut(&number));
        run.map(|run| run.readers += 1).is_some()
    }

    /// Somebody has stopped reading.
    pub fn detach(&mut self, id: &str, now: Duration) {
        let run = self
            .number(id)
            .and_then(|number| self.runs.get_mut(&number));
        if let Some(run) = run {
            run.readers = run.readers.saturating_sub(1);
            run.unread_since = now;
        }
    }

    /// Ends it. `None`: there is no such run.
    pub fn cancel(&mut self, id: &str, now: Duration) -> Option<Option<Action>> {
        let number = self.number(id)?;
        self.runs.get(&number)?;
        Some(self.stop(number, "\n[cancelled]\n", now))
    }

    /// Its process has said something.
    pub fn output(&mut self, id: &str, text: String) {
        let run = self
            .number(id)
            .and_then(|number| self.runs.get_mut(&number));
        if let Some(run) = run
            && !text.is_empty()
            && !matches!(run.state, State::Ended { .. })
        {
            run.log.push(Event::Output(text));
        }
    }

    /// Its process and what it started are gone; no code: a signal has ended it.
    pub fn exited(&mut self, id: &str, code: Option<i32>, now: Duration) -> Option<Action> {
        let number = self
            .number(id)
            .filter(|number| self.current == Some(*number))?;
        let outcome = match (self.runs.get(&number)?.state, code) {
            (State::Ending { .. }, _) => Outcome::Cancelled,
            (_, Some(0)) => Outcome::Passed,
            (_, Some(_)) => Outcome::Failed,
            (_, None) => Outcome::Lost,
        };
        self.current = None;
        self.end(number, outcome, code, now);
        self.go_on(now)
    }

    /// Its process could not be started, for this reason.
    pub fn not_started(&mut self, id: &str, why: &str, now: Duration) -> Option<Action> {
        let number = self
            .number(id)
            .filter(|number| self.current == Some(*number))?;
        self.output(id, format!("{why}\n"));
        self.current = None;
        self.end(number, Outcome::Lost, None, now);
        self.go_on(now)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Duration) -> Vec<Action> {
        let mut actions = Vec::new();
        let late = |run: &Run| {
            let unread = run.readers == 0 && now >= run.unread_since + self.limits.unread;
            match run.state {
                State::Waiting if unread => Some("\n[cancelled: no page reads this run]\n"),
                State::Running { .. } if unread => Some("\n[cancelled: no page reads this run]\n"),
                State::Running { since } if now >= since + self.limits.longest => {
                    Some("\n[cancelled: a run may take 20 minutes, and this one has]\n")
                }
                State::Waiting | State::Running { .. } => None,
                State::Ending { .. } | State::Ended { .. } => None,
            }
        };
        let late: Vec<_> = self
            .runs
            .iter()
            .filter_map(|(number, run)| late(run).map(|why| (*number, why)))
            .collect();
        for (number, why) in late {
            actions.extend(self.stop(number, why, now));
        }
        let current = self
            .current
            .and_then(|number| Some((number, self.runs.get_mut(&number)?)));
        if let Some((number, run)) = current
            && let State::Ending { asked, killed, .. } = &mut run.state
            && !*killed
            && now >= *asked + self.limits.grace
        {
            *killed = true;
            actions.push(Action::Kill(self.id(number)));
        }
        actions
    }

    /// The server ends: nothing is started any more, and what runs is stopped.
    pub fn leave(&mut self, now: Duration) -> Vec<Action> {
        self.leaving = true;
        let all: Vec<u64> = self.waiting.iter().copied().chain(self.current).collect();
        all.into_iter()
            .filter_map(|number| self.stop(number, "\n[cancelled: the server was stopped]\n", now))
            .collect()
    }

    /// Whether no process is left.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.current.is_none()
    }

    /// Events of a run from number `from` on, and whether these are the last. `None`: there is no such run.
    #[must_use]
    pub fn read(&self, id: &str, from: u64, most: usize) -> Option<(Vec<Entry>, bool)> {
        let run = self.runs.get(&self.number(id)?)?;
        let entries = run.log.read(from, most);
        let next = entries.last().map_or(from, |entry| entry.seq + 1);
        let last = matches!(run.state, State::Ended { .. }) && next >= run.log.next();
        Some((entries, last))
    }

    /// All runs, the oldest first.
    pub fn list(&self) -> impl Iterator<Item = (String, &Ask, Phase)> {
        self.runs.iter().map(|(number, run)| {
            let phase = match run.state {
                State::Waiting => Phase::Queued(run.ahead.unwrap_or_default()),
                State::Running { since } | State::Ending { since, .. } => Phase::Running(since),
                State::Ended { outcome, code } => Phase::Ended(outcome, code),
            };
            (self.id(*number), run.known.ask(), phase)
        })
    }

    fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.server)
    }

    fn number(&self, id: &str) -> Option<u64> {
        let number = id.strip_prefix(&self.server)?.strip_prefix('-')?;
        // `+1` and `01` are numbers too, but no ids.
        number
            .parse()
            .ok()
            .filter(|parsed: &u64| parsed.to_string() == number)
    }

    /// Stops a run that has not ended, whatever it is at.
    fn stop(&mut self, number: u64, why: &str, now: Duration) -> Option<Action> {
        let id = self.id(number);
        let run = self.runs.get_mut(&number)?;
        match run.state {
            State::Waiting => {
                self.waiting.retain(|waiting| *waiting != number);
                self.end(number, Outcome::Cancelled, None, now);
                self.announce();
                None
            }
            State::Running { since } => {
                run.log.push(Event::Output(why.to_owned()));
                run.state = State::Ending {
                    since,
                    asked: now,
                    killed: false,
                };
                Some(Action::Terminate(id))
            }
            State::Ending { .. } | State::Ended { .. } => None,
        }
    }

    fn end(&mut self, number: u64, outcome: Outcome, code: Option<i32>, now: Duration) {
        if let Some(run) = self.runs.get_mut(&number) {
            let took = match run.state {
                State::Running { since } | State::Ending { since, .. } => now.saturating_sub(since),
                State::Waiting | State::Ended { .. } => Duration::ZERO,
            };
            run.state = State::Ended { outcome, code };
            run.log.push(Event::End(outcome, code, took));
            self.ended.push_back(number);
        }
        while self.ended.len() > self.limits.ended {
            if let Some(oldest) = self.ended.pop_front() {
                self.runs.remove(&oldest);
            }
        }
    }

    /// Starts the next one, if nothing runs.
    fn go_on(&mut self, now: Duration) -> Option<Action> {
        let action = if self.current.is_none() && !self.leaving {
            self.start_next(now)
        } else {
            None
        };
        self.announce();
        action
    }

    fn start_next(&mut self, now: Duration) -> Option<Action> {
        let number = self.waiting.pop_front()?;
        let id = self.id(number);
        let run = self.runs.get_mut(&number)?;
        run.state = State::Running { since: now };
        run.log.push(Event::Started(now));
        self.current = Some(number);
        Some(Action::Start(id, run.known.arguments().to_vec()))
    }

    /// Tells those that wait how many are before them, if that has changed.
    fn announce(&mut self) {
        let running = usize::from(self.current.is_some());
        for (place, number) in self.waiting.iter().enumerate() {
            let ahead = place + running;
            if let Some(run) = self.runs.get_mut(number)
                && run.ahead != Some(ahead)
            {
                run.ahead = Some(ahead);
                run.log.push(Event::Queued(ahead));
            }
        }
    }
}

#[cfg(test)]
mod tests;
