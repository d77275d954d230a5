//! Runs as data of the book: `book/data/NN-topic/chaos.json`, and the timelines beside it.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use contract::Lab;
use serde_json::{Value, json};

use super::{Context, Ended, with_picture};
use crate::clock;
use crate::render::chaos::Whose;
use chaos::timeline::svg;
use chaos::{Ending, Verdict};

/// What a sweep came to.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    pub(super) tried: u64,
    pub(super) held: u64,
    pub(super) violated: u64,
    pub(super) said_nothing: u64,
    /// Seed, invariant, sentence.
    first: Option<(u64, u32, String)>,
    seeds: Vec<u64>,
    operations: usize,
    faults: usize,
}

impl Sweep {
    /// A run that a missing server, or a machine without time for it, ended.
    pub(super) fn without_end(&mut self, seed: u64) {
        self.tried += 1;
        self.seeds.push(seed);
        self.said_nothing += 1;
    }

    pub(super) fn count(&mut self, whose: Whose<'_>, ended: &Ended) {
        self.tried += 1;
        self.seeds.push(ended.seed);
        self.operations += ended.history.ops.len();
        self.faults += ended.history.faults.len();
        match &ended.verdict {
            Verdict::Holds => self.held += 1,
            Verdict::Violated { .. } => self.violated += 1,
            Verdict::Inconclusive { .. } => self.said_nothing += 1,
        }
        if let (None, Some(violation)) = (&self.first, ended.verdict.shown(whose.breaks())) {
            self.first = Some((ended.seed, violation.invariant, violation.sentence.clone()));
        }
    }
}

/// A run as the book has it.
pub(super) fn entry(lab: &Lab, whose: Whose<'_>, ended: &Ended) -> Value {
    let history = &ended.history;
    let shown = ended.verdict.shown(whose.breaks());
    let endings = |ending| history.ops.iter().filter(|op| op.ending == ending).count();
    let verdict = match &ended.verdict {
        Verdict::Holds => "holds",
        Verdict::Violated { .. } => "violated",
        Verdict::Inconclusive { .. } => "inconclusive",
    };
    let others = match &ended.verdict {
        Verdict::Violated { violations } => violations
            .iter()
            .map(|violation| violation.invariant)
            .collect(),
        Verdict::Holds | Verdict::Inconclusive { .. } => Vec::new(),
    };
    json!({
        "name": whose.name(),
        "design": match whose {
            Whose::Design(broken) => Some(broken.name.as_str()),
            Whose::Yours | Whose::Reference => None,
        },
        "seed": ended.seed,
        "command": whose.command(lab.id(), ended.seed),
        "verdict": verdict,
        "invariant": shown.map(|violation| violation.invariant),
        "invariants": others,
        "sentence": shown.map(|violation| &violation.sentence),
        "at_seconds": shown.map(|violation| violation.at_us as f64 / 1e6),
        "evidence": shown.map(|violation| &violation.evidence),
        "caption": caption(lab, whose, ended),
        "counts": {
            "operations": history.ops.len(),
            "faults": history.faults.len(),
            "done": endings(Ending::Done),
            "refused": endings(Ending::Refused),
            "failed": endings(Ending::Failed),
            "unknown": endings(Ending::Unknown),
        },
        "faults": history.faults.iter().map(|fault| json!({
            "name": fault.name(),
            "at_seconds": fault.began_us as f64 / 1e6,
            "lasts_seconds": (fault.ended_us - fault.began_us) as f64 / 1e6,
            "fired": fault.fired,
            "counted": fault.counted,
        })).collect::<Vec<_>>(),
        "seconds": history.lasted_us as f64 / 1e6,
        "date": clock::date(clock::unix_seconds()).split(' ').next().unwrap_or_default(),
        "machine": machine(&ended.services),
    })
}

fn caption(lab: &Lab, whose: Whose<'_>, ended: &Ended) -> String {
    let what = match ended.verdict.shown(whose.breaks()) {
        Some(violation) => format!(
            "INV-{} is broken at {:.1} s: {}.",
            violation.invariant,
            violation.at_us as f64 / 1e6,
            violation.sentence
        ),
        None => match &ended.verdict {
            Verdict::Inconclusive { reason } => format!("The run says nothing: {reason}."),
            Verdict::Holds | Verdict::Violated { .. } => "Every invariant held.".to_owned(),
        },
    };
    let (ops, faults) = (ended.history.ops.len(), ended.history.faults.len());
    let title = &lab.manifest.title;
    format!(
        "{title}, {}, seed {}: {ops} operations under {faults} faults. {what}",
        whose.words(),
        ended.seed
    )
}

/// Keeps the timeline and its entry; what was there under its name is replaced.
pub(super) fn timeline(
    context: &Context,
    lab: &Lab,
    whose: Whose<'_>,
    ended: &Ended,
) -> anyhow::Result<()> {
    let dir = dir(context, lab).join("chaos");
    fs::create_dir_all(&dir)?;
    let file = dir.join(format!("{}.svg", whose.name()));
    fs::write(&file, with_picture(lab, whose, ended, svg))
        .with_context(|| file.display().to_string())?;
    change(context, lab, |data| {
        put(&mut data["timelines"], "name", entry(lab, whose, ended))
    })
}

/// Keeps what a sweep came to.
pub(super) fn sweep(
    context: &Context,
    lab: &Lab,
    whose: Whose<'_>,
    swept: &Sweep,
) -> anyhow::Result<()> {
    let (seed, invariant, sentence) = match &swept.first {
        Some((seed, invariant, sentence)) => (Some(seed), Some(invariant), Some(sentence)),
        None => (None, None, None),
    };
    change(context, lab, |data| match whose {
        Whose::Design(broken) => put(
            &mut data["found"],
            "design",
            json!({
                "design": broken.name.as_str(),
                "seeds_tried": swept.tried,
                "first_seed": seed,
                "violated_invariant": invariant,
                "sentence": sentence,
            }),
        ),
        Whose::Reference | Whose::Yours => {
            data["reference"] = json!({
                "seeds": swept.seeds,
                "seeds_tried": swept.tried,
                "held": swept.held,
                "violated": swept.violated,
                "said_nothing": swept.said_nothing,
                "operations": swept.operations,
                "faults": swept.faults,
            });
        }
    })
}

fn dir(context: &Context, lab: &Lab) -> PathBuf {
    context.root().join("book/data").join(lab.folder())
}

/// Changes chaos.json, which may not be there yet.
fn change(context: &Context, lab: &Lab, with: impl FnOnce(&mut Value)) -> anyhow::Result<()> {
    let file = dir(context, lab).join("chaos.json");
    let shown = || file.display().to_string();
    let mut data = match fs::read_to_string(&file) {
        Ok(text) => serde_json::from_str(&text).with_context(shown)?,
        Err(_absent) => json!({"timelines": [], "found": [], "reference": null}),
    };
    with(&mut data);
    fs::create_dir_all(dir(context, lab))?;
    fs::write(&file, format!("{data:#}\n")).with_context(shown)
}

/// Puts `new` into a list that is sorted by name, in the place of what has the same: in which order somebody saved says nothing.
fn put(list: &mut Value, key: &str, new: Value) {
    let mut all: Vec<Value> = list.as_array().cloned().unwrap_or_default();
    match all.iter_mut().find(|old| old[key] == new[key]) {
        Some(old) => *old = new,
        None => all.push(new),
    }
    all.sort_by(|one, next| one[key].as_str().cmp(&next[key].as_str()));
    *list = Value::Array(all);
}

/// A figure without its machine is none.
fn machine(services: &str) -> Value {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let cpu = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    json!({
        "cpu": cpu.map_or(std::env::consts::ARCH, |(_, name)| name),
        "cores": std::thread::available_parallelism().map_or(1, usize::from),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "services": services,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_sorted_and_has_each_name_once() {
        let mut list = json!([{"design": "b", "seed": 1}, {"design": "a", "seed": 2}]);
        put(&mut list, "design", json!({"design": "b", "seed": 3}));
        put(&mut list, "design", json!({"design": "aa", "seed": 4}));
        let wanted = json!([
            {"design": "a", "seed": 2},
            {"design": "aa", "seed": 4},
            {"design": "b", "seed": 3},
        ]);
        assert_eq!(list, wanted);
    }
}
