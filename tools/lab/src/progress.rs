//! `.lab/progress.json`: what the learner has passed. It is the one file here that cannot be made again.
//!
//! So it is written beside itself and renamed: a run that is killed leaves the old file or the new one.
//! Two commands at once (a `watch` and a `hint`) take turns by a lock, and change it only by
//! [`Store::update`], which reads it under the lock. A file that cannot be read is moved aside, named in the error,
//! and never overwritten.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::exit::Stop;

/// The format that this command writes.
const VERSION: u32 = 1;

/// Everything that is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// The format, so that a newer one is not read as this one.
    pub version: u32,
    /// By the lab's id.
    #[serde(default)]
    pub labs: BTreeMap<String, BTreeMap<u32, StageProgress>>,
}

impl Default for Progress {
    fn default() -> Progress {
        Progress {
            version: VERSION,
            labs: BTreeMap::new(),
        }
    }
}

/// What is remembered of one stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageProgress {
    /// When the first test of it ran; seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<u64>,
    /// When all its tests first passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<u64>,
    /// How many hints were read.
    #[serde(default)]
    pub hints: usize,
    /// The reference was shown before it passed.
    #[serde(default)]
    pub given_up: bool,
}

impl Progress {
    /// What is remembered of a stage; nothing is as good as a default.
    pub fn stage(&self, lab: &str, stage: u32) -> StageProgress {
        self.labs
            .get(lab)
            .and_then(|stages| stages.get(&stage))
            .cloned()
            .unwrap_or_default()
    }

    /// The same, to change.
    pub fn stage_mut(&mut self, lab: &str, stage: u32) -> &mut StageProgress {
        self.labs
            .entry(lab.to_owned())
            .or_default()
            .entry(stage)
            .or_default()
    }

    /// Forgets a stage, or a whole lab.
    pub fn forget(&mut self, lab: &str, stage: Option<u32>) {
        match stage {
            None => {
                self.labs.remove(lab);
            }
            Some(stage) => {
                self.labs.entry(lab.to_owned()).or_default().remove(&stage);
            }
        }
    }
}

/// The file and its lock.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

impl Store {
    /// The store of a checkout.
    pub fn of(root: &Path) -> Store {
        Store {
            dir: root.join(".lab"),
        }
    }

    /// The file.
    pub fn file(&self) -> PathBuf {
        self.dir.join("progress.json")
    }

    /// What is remembered; nothing, when there is no file yet.
    pub fn load(&self) -> anyhow::Result<Progress> {
        let file = self.file();
        let bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Progress::default()),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        let why = match serde_json::from_slice::<Version>(&bytes) {
            Ok(found) if found.version > VERSION => {
                let message = format!(
                    "{} was written by a newer cargo lab: update this checkout.",
                    file.display()
                );
                return Err(Stop::environment(message));
            }
            Ok(_) => match serde_json::from_slice(&bytes) {
                Ok(progress) => return Ok(progress),
                Err(error) => error,
            },
            Err(error) => error,
        };
        let aside = self.set_aside(&file)?;
        Err(Stop::environment(format!(
            "{} is damaged ({why}). It is kept as\n    {}\nMend it and move it back, or run the command again to begin anew.",
            file.display(),
            aside.display()
        )))
    }

    /// Changes what is remembered, alone: others wait.
    pub fn update(&self, change: impl FnOnce(&mut Progress)) -> anyhow::Result<Progress> {
        fs::create_dir_all(&self.dir)
            .with_context(|| format!("cannot make {}", self.dir.display()))?;
        let lock = File::create(self.dir.join("progress.lock"))?;
        lock.lock().context("cannot lock .lab/progress.lock")?;
        let mut progress = self.load()?;
        change(&mut progress);
        self.write(&progress)
            .with_context(|| format!("cannot write {}", self.file().display()))?;
        Ok(progress)
    }

    fn write(&self, progress: &Progress) -> anyhow::Result<()> {
        let beside = self.dir.join("progress.json.new");
        let mut file = File::create(&beside)?;
        serde_json::to_writer_pretty(&mut file, progress)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&beside, self.file())?;
        Ok(())
    }

    /// Moves the damaged file to a name that is free.
    fn set_aside(&self, file: &Path) -> anyhow::Result<PathBuf> {
        let stamp = clock::stamp(clock::unix_seconds());
        let names = std::iter::once(String::new()).chain((2..).map(|n| format!("-{n}")));
        let free = names
            .map(|n| self.dir.join(format!("progress.damaged-{stamp}{n}.json")))
            .find(|path| !path.exists())
            .context("no free name")?;
        fs::rename(file, &free).with_context(|| format!("cannot move {} aside", file.display()))?;
        Ok(free)
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn many_commands_at_once_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::of(dir.path());
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        store
                            .update(|progress| progress.stage_mut("tiny", 1).hints += 1)
                            .unwrap();
                    }
                });
            }
        });
        assert_eq!(store.load().unwrap().stage("tiny", 1).hints, 40);
    }

    #[test]
    fn a_write_that_never_ended_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::of(dir.path());
        store
            .update(|progress| progress.stage_mut("tiny", 1).passed = Some(7))
            .unwrap();
        let whole = fs::read(store.file()).unwrap();
        // A process that was killed may leave any part of the new file beside the old one.
        for cut in 0..whole.len() {
            fs::write(dir.path().join(".lab/progress.json.new"), &whole[..cut]).unwrap();
            assert_eq!(
                store.load().unwrap().stage("tiny", 1).passed,
                Some(7),
                "at {cut}"
            );
        }
        store
            .update(|progress| progress.forget("tiny", Some(1)))
            .unwrap();
        assert_eq!(
            store.load().unwrap().stage("tiny", 1),
            StageProgress::default()
        );
    }
}
