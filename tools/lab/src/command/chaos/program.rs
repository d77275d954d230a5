//! The programs of a run, built from one code and kept under names of their own.
//!
//! Every variant of a lab (yours, the reference, a design) writes its binary to the same path, so what cargo names is hard-linked
//! aside as soon as it is built; a build of another variant then replaces a name that nobody uses any more.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chaos::Line;
use contract::{Lab, compose};

use super::Context;
use crate::building;
use crate::children::Guarded;
use crate::command::test::does_not_compile;
use crate::exit::Stop;
use crate::render::chaos::Whose;
use crate::runner::{BuildError, Package, Scope};
use crate::shadow::{self, Shadow};

/// The example that runs everything, and the lab's own program, if it has one, that it runs. Their files go with this value.
pub(super) struct Programs {
    chaos: PathBuf,
    system: Option<PathBuf>,
}

/// What became of a build.
pub(super) enum Built {
    Ready(Programs),
    /// The errors have been printed.
    DoesNotCompile,
}

/// Builds them.
pub(super) fn build(context: &Context, lab: &Lab, whose: Whose<'_>) -> anyhow::Result<Built> {
    // Held until the programs are kept, so that no other design is composed meanwhile.
    let _shadow;
    let package = match whose {
        Whose::Yours => Package::new(lab.lab_dir().join("Cargo.toml"), lab.id(), Scope::Chaos),
        Whose::Reference => Package::new(
            lab.solution_dir().join("Cargo.toml"),
            format!("{}-solution", lab.id()),
            Scope::Chaos,
        ),
        Whose::Design(broken) => {
            let variant = compose::broken(lab, &broken.name)
                .map_err(|error| Stop::environment(error.to_string()))?;
            let shadow = Shadow::open(lab)?;
            shadow.write(&variant)?;
            let package = shadow.package(Scope::Chaos);
            _shadow = shadow;
            package
        }
    };
    let built = match building::build(&context.page, context.root(), &package) {
        Ok(built) => built,
        Err(BuildError::DoesNotCompile(errors)) => {
            does_not_compile(&context.page, &errors);
            return Ok(Built::DoesNotCompile);
        }
        Err(other) => return Err(Stop::environment(other.to_string())),
    };
    let find = |example: bool, name: &str| {
        let found = built
            .programs
            .iter()
            .find(|program| program.example == example && program.name == name);
        let missing = || Stop::environment(format!("Cargo built no `{name}`."));
        found.map(|program| &program.path).ok_or_else(missing)
    };
    let dir = shadow::target_dir(context.root()).join("lab/chaos/bin");
    fs::create_dir_all(&dir)?;
    let own = format!("{}-{}-{}", lab.id(), whose.name(), std::process::id());
    Ok(Built::Ready(Programs {
        chaos: keep(find(true, "chaos")?, &dir.join(format!("{own}-chaos")))?,
        // A lab that is a library has no program of its own, and its chaos run is told of none.
        system: if lab.solution_dir().join("src/main.rs").is_file() {
            Some(keep(find(false, lab.id())?, &dir.join(own))?)
        } else {
            None
        },
    }))
}

fn keep(built: &Path, kept: &Path) -> anyhow::Result<PathBuf> {
    let _absent = fs::remove_file(kept);
    fs::hard_link(built, kept).or_else(|_another_disk| fs::copy(built, kept).map(|_bytes| ()))?;
    Ok(kept.to_owned())
}

impl Programs {
    /// One run; every line goes to `hear`, which answers whether to go on. Gives what the program wrote to stderr, shortened.
    pub(super) fn run(
        &self,
        lab: &Lab,
        seed: u64,
        hear: &mut dyn FnMut(Line) -> bool,
    ) -> anyhow::Result<String> {
        let mut command = Command::new(&self.chaos);
        if let Some(system) = &self.system {
            command.arg("--program").arg(system);
        }
        let mut child = Guarded::new(
            command
                .args(["--seed", &seed.to_string()])
                .env("LAB_ROOT", lab.root())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()?,
        );
        let stderr = child.child().stderr.take();
        let words = std::thread::spawn(move || {
            let mut text = String::new();
            let _cut_short = stderr.map(|mut pipe| pipe.read_to_string(&mut text));
            text
        });
        let stdout = child.child().stdout.take();
        for line in stdout
            .into_iter()
            .flat_map(|pipe| BufReader::new(pipe).lines())
        {
            // What is no line of the run's is a library's; nothing depends on it.
            let Ok(line) = serde_json::from_str(&line?) else {
                continue;
            };
            if !hear(line) {
                drop(child);
                return Ok(String::new());
            }
        }
        child.wait()?;
        let words = words.join().unwrap_or_default();
        let lines: Vec<&str> = words
            .lines()
            .filter(|line| !line.starts_with("testbed: "))
            .collect();
        Ok(lines[lines.len().saturating_sub(6)..].join(" "))
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        for file in [&self.chaos].into_iter().chain(&self.system) {
            let _gone = fs::remove_file(file);
        }
    }
}
