//! A build as a learner sees it: how long the first one takes, whose lock it waits for, how far it is.
//!
//! All of it goes to stderr. The bar is drawn on a terminal only. A wait and an estimate are said anywhere, and how far it is
//! every few seconds, because silence for three minutes looks like a hang, in a page of the book too.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::clock;
use crate::page::{Ink, Page};
use crate::render::guide;
use crate::runner::{self, BuildError, BuildEvent, Built, Package, Scope, Target};

/// How often a build without a bar says how far it is.
const WORD: Duration = Duration::from_secs(10);

/// Builds a package's tests and says what is going on. The estimate is printed when this looks like the
/// first build of its kind.
pub fn build(page: &Page, root: &Path, package: &Package) -> Result<Built, BuildError> {
    if is_first(root, package) {
        let (what, time) = match package.scope {
            Scope::Bench { clients: false, .. } => {
                ("First build of this bench", guide::LIBRARIES.to_owned())
            }
            Scope::Tests(targets) => {
                let highest = targets.highest();
                let what = match highest {
                    Target::Core => "First build, without services",
                    Target::Shell => "First build with a runtime, without services",
                    Target::Services => "First build with all clients",
                };
                (what, guide::first_build(highest))
            }
            Scope::Chaos | Scope::Bench { quick: true, .. } => (
                "First build with all clients",
                guide::first_build(Target::Services),
            ),
            Scope::Bench { quick: false, .. } => (
                "First optimised build with all clients",
                guide::first_bench(),
            ),
        };
        eprintln!("{what}: {time}, once.");
    }
    let began = clock::now();
    let bar = ProgressBar::new(0).with_style(style());
    let mut waiting = String::new();
    let mut said = began;
    let built = runner::build(package, page.colour, &mut |event| match event {
        BuildEvent::Waiting(lock) => {
            if waiting != lock {
                bar.suspend(|| eprintln!("Another cargo is at work: {lock}."));
                waiting = lock;
            }
        }
        BuildEvent::Progress { done, total, now } => {
            bar.set_length(total);
            bar.set_position(done);
            bar.set_message(now);
            if bar.is_hidden() && said.elapsed() >= WORD {
                said = clock::now();
                eprintln!("{done} of {total} compiled");
            }
        }
    });
    bar.finish_and_clear();
    // A build that took no time is no news.
    if built.is_ok() && began.elapsed() > Duration::from_secs(1) {
        let text = format!("built in {:.1} s", began.elapsed().as_secs_f32());
        let colour = page.colour && std::io::stderr().is_terminal();
        eprintln!("{}", Page { colour, ..*page }.paint(Ink::Dim, &text));
    }
    built
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:20} {pos}/{len} {elapsed} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Whether the dependencies that take the time have never been compiled here: proptest for the core, tokio
/// for the shell, the testbed (which needs every client) for all of it. A guess for a sentence; nothing depends on it.
fn is_first(root: &Path, package: &Package) -> bool {
    let target = package
        .target_dir
        .clone()
        .or_else(|| std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from))
        .unwrap_or_else(|| root.join("target"));
    let (profile, heaviest) = match package.scope {
        Scope::Tests(targets) => match targets.highest() {
            Target::Core => ("debug", "proptest-".to_owned()),
            Target::Shell => ("debug", "tokio-".to_owned()),
            Target::Services => ("debug", "testbed-".to_owned()),
        },
        Scope::Chaos => ("debug", "testbed-".to_owned()),
        Scope::Bench { quick, clients } => {
            let profile = if quick { "debug" } else { "release" };
            // A bench without clients has nothing heavier than itself.
            let own = format!("{}-", package.name);
            (profile, if clients { "testbed-".to_owned() } else { own })
        }
    };
    let is_heaviest =
        |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with(&heaviest);
    !fs::read_dir(target.join(profile).join(".fingerprint"))
        .is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(is_heaviest)))
}
