//! What open pages are told: a new build, a failed one, progress.
//!
//! A value and not a list of messages: a page that was away compares what it has with what is, and nothing piles up for one
//! that does not listen.

use std::path::PathBuf;

use serde_json::json;
use tokio::sync::watch;

/// How things are.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Where the last good build lies.
    pub pages: Option<PathBuf>,
    /// Which one it is; 0 before the first.
    pub build: u64,
    /// Why a later one failed.
    pub failed: Option<String>,
    /// Counts the changes of .lab/progress.json.
    pub progress: u64,
}

impl State {
    /// Whether a page can be answered.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.pages.is_some() || self.failed.is_some()
    }
}

/// A page's ear.
#[derive(Debug)]
pub struct Listener {
    state: watch::Receiver<State>,
    build: u64,
    failed: Option<String>,
    progress: u64,
    greeted: bool,
}

impl Listener {
    /// For a page of that build.
    #[must_use]
    pub fn new(state: watch::Receiver<State>, build: u64) -> Self {
        let progress = state.borrow().progress;
        Self {
            state,
            build,
            failed: None,
            progress,
            greeted: false,
        }
    }

    /// The next lines, when there is news; the first says that it listens.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            let now = self.state.borrow_and_update().clone();
            let lines = self.tell(&now);
            if !lines.is_empty() {
                return Some(lines);
            }
            self.state.changed().await.ok()?;
        }
    }

    fn tell(&mut self, now: &State) -> String {
        let mut lines = Vec::new();
        if !std::mem::replace(&mut self.greeted, true) {
            lines.push(json!({"type": "hello"}));
        }
        if now.build != self.build && now.pages.is_some() {
            self.build = now.build;
            lines.push(json!({"type": "reload"}));
        }
        if now.failed != self.failed {
            self.failed.clone_from(&now.failed);
            match &now.failed {
                Some(why) => lines.push(json!({"type": "build-failed", "message": why})),
                None => lines.push(json!({"type": "build-mended"})),
            }
        }
        if now.progress != self.progress {
            self.progress = now.progress;
            lines.push(json!({"type": "progress"}));
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_hears_what_is_new_to_it() {
        let state = watch::Sender::new(State {
            pages: Some("a".into()),
            build: 3,
            ..State::default()
        });
        let mut away = Listener::new(state.subscribe(), 1);
        assert_eq!(
            away.next().await.unwrap(),
            "{\"type\":\"hello\"}\n{\"type\":\"reload\"}\n"
        );

        let mut page = Listener::new(state.subscribe(), 3);
        assert_eq!(page.next().await.unwrap(), "{\"type\":\"hello\"}\n");
        state.send_modify(|state| state.failed = Some("no".to_owned()));
        state.send_modify(|state| state.progress += 1);
        assert_eq!(
            page.next().await.unwrap(),
            "{\"message\":\"no\",\"type\":\"build-failed\"}\n{\"type\":\"progress\"}\n"
        );
        state.send_modify(|state| {
            state.failed = None;
            state.build = 4;
        });
        assert_eq!(
            page.next().await.unwrap(),
            "{\"type\":\"reload\"}\n{\"type\":\"build-mended\"}\n"
        );
    }
}
