//! Builds the book, and builds it again when one of its sources has changed.
//!
//! The watcher only wakes us: some editors rename, some write twice, and reading is an event too. What has changed is
//! decided by the files' times and sizes, taken before the build, so an edit during a build is built next.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, SystemTime};

use notify_debouncer_mini::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_mini::{Debouncer, new_debouncer};
use tokio::sync::watch::Sender;

use super::build::build;
use super::news::State;
use super::say;

/// Longer than an editor takes to write a file; a reader's eye goes from the editor to the page in 500 ms.
const SETTLE: Duration = Duration::from_millis(100);
/// How often we look by ourselves where the system gives no watcher.
const POLL: Duration = Duration::from_millis(500);

/// Where things are.
#[derive(Clone, Debug)]
pub struct Places {
    /// The checkout.
    pub root: PathBuf,
    /// Where builds go: a folder of this server alone.
    pub out: PathBuf,
}

impl Places {
    fn book(&self) -> PathBuf {
        self.root.join("book")
    }

    /// What the pages are made of.
    fn sources(&self) -> [PathBuf; 3] {
        ["book", "solutions", "tests"].map(|dir| self.root.join(dir))
    }
}

/// Builds as long as somebody listens to `news`; blocks.
pub fn keep_built(places: &Places, news: &Sender<State>) {
    let (wake, woken) = mpsc::channel();
    let watcher = watch(places, wake);
    if let Err(error) = &watcher {
        say::trouble(&format!(
            "Changes are looked for every {} ms, because no watcher can be had: {error}.",
            POLL.as_millis()
        ));
    }
    let mut number = 0;
    let mut seen = None;
    while !news.is_closed() {
        let now = snapshot(places);
        if seen.as_ref() != Some(&now) {
            seen = Some(now);
            number += 1;
            show(places, number, news);
        }
        wait(&woken, watcher.is_ok());
    }
}

fn show(places: &Places, number: u64, news: &Sender<State>) {
    let began = lab::clock::now();
    // Two folders: the one that is shown stays whole, however many builds fail.
    let shown = news.borrow().pages.clone();
    let first = places.out.join("a");
    let into = match shown {
        Some(shown) if shown.starts_with(&first) => places.out.join("b"),
        Some(_) | None => first,
    };
    match build(&places.book(), &into) {
        Ok(pages) => {
            say::line(&format!(
                "The book is built, in {:.1} s.",
                began.elapsed().as_secs_f32()
            ));
            news.send_modify(|state| {
                state.pages = Some(pages);
                state.build = number;
                state.failed = None;
            });
        }
        Err(error) => {
            let why = format!("{error:#}");
            say::trouble(&format!("The book could not be built: {why}"));
            news.send_modify(|state| state.failed = Some(why));
        }
    }
}

fn watch(
    places: &Places,
    wake: mpsc::Sender<()>,
) -> Result<Debouncer<RecommendedWatcher>, notify_debouncer_mini::notify::Error> {
    let mut watcher = new_debouncer(
        SETTLE,
        move |_: notify_debouncer_mini::DebounceEventResult| {
            let _ = wake.send(());
        },
    )?;
    for dir in places.sources().iter().filter(|dir| dir.is_dir()) {
        watcher.watcher().watch(dir, RecursiveMode::Recursive)?;
    }
    Ok(watcher)
}

/// Until something may have changed, or it is time to see whether anybody listens.
fn wait(woken: &Receiver<()>, watched: bool) {
    let _ = woken.recv_timeout(if watched { 4 * POLL } else { POLL });
    while woken.try_recv().is_ok() {}
}

type Snapshot = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

fn snapshot(places: &Places) -> Snapshot {
    let mut all = Snapshot::new();
    for dir in places.sources() {
        gather(&dir, &mut all);
    }
    all
}

fn gather(dir: &Path, all: &mut Snapshot) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // What an editor leaves while it writes; and the testbed is in no page.
        if name.starts_with(['.', '#']) || name.ends_with(['~']) || name == "testbed" {
            continue;
        }
        let Ok(data) = entry.metadata() else { continue };
        if data.is_dir() {
            gather(&entry.path(), all);
        } else {
            all.insert(entry.path(), (data.modified().ok(), data.len()));
        }
    }
}
