//! `bench`: builds the lab's bench, runs it, prints or saves what it found.
//!
//! What is saved is the book's: the reference, its limit and the broken designs, never the code of whoever runs it, and only
//! from an idle machine. The load is looked at before anything is built, and again before anything is measured: the first time it
//! is other people's, the second time perhaps our own build's, which goes away.
//!
//! A trace is somebody's own: the bench replays it and nothing else, what it draws lies under `target`, and nothing is saved.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use contract::Lab;
use measure::{Document, Machine, Report};

use super::{Context, print_json};
use crate::bench::{BenchPackage, Yours};
use crate::building;
use crate::children::Guarded;
use crate::cli;
use crate::clock;
use crate::exit::{Exit, Stop};
use crate::render::{bench, curves};
use crate::runner::BuildError;
use crate::shadow::Shadow;

/// How long a load that our build has left may take to go: it halves in less than a minute.
const SETTLES_WITHIN: Duration = Duration::from_secs(300);

pub(super) fn run(context: &Context, args: &cli::Bench) -> anyhow::Result<Exit> {
    let lab = context.lab(args.lab.as_deref())?;
    let trace = args.trace.as_deref().map(|file| readable(&lab, file));
    let trace = trace.transpose()?;
    let package = BenchPackage::write(&lab)?;
    if args.save && !args.force {
        idle(lab.id(), &Machine::look())?;
    }
    let yours = if args.solution || args.save {
        Yours::LeftOut
    } else {
        Yours::test(&context.page, &lab, &context.store.load()?)?
    };
    eprintln!("{}", yours.sentence(lab.id()));
    let program = package.package(args.quick, yours.through() > 0);
    let built = building::build(&context.page, context.root(), &program).map_err(not_built)?;
    let Some(program) = built.programs.first() else {
        return Err(Stop::environment("cargo built no bench"));
    };
    let machine = if args.save && !args.force {
        settled(lab.id(), &mut Machine::look, &mut pause)?
    } else {
        Machine::look()
    };
    let asked = Asked {
        quick: args.quick,
        through: yours.through(),
        trace,
        format: args.format.as_deref(),
    };
    let report = measure(&lab, &program.path, &asked)?;
    let document = Document {
        command: command(lab.id(), args),
        curves: report.curves,
        date: clock::date(clock::unix_seconds())[..10].to_owned(),
        figures: report.figures,
        machine: Machine {
            services: report.services,
            ..machine
        },
        quick: args.quick,
    };
    if args.json {
        print_json(&serde_json::to_value(&document)?)?;
    } else if let Some(curves) = &document.curves {
        print!("{}", curves::report(&context.page, curves));
    } else {
        print!("{}", bench::report(&context.page, &lab.manifest, &document));
    }
    if let Some(curves) = &document.curves {
        let file = package.dir().join("trace.svg");
        let svg = measure::svg("trace", &curves.title, std::slice::from_ref(curves));
        crate::shadow::write_if_changed(&file, &svg)?;
        eprintln!("drawn: {}", file.display());
    }
    if args.save {
        let file = save(&lab, &document)?;
        eprintln!("written: {file}");
    }
    Ok(match document.missed().count() {
        0 => Exit::Ok,
        _ => Exit::Failed,
    })
}

/// What to run to get this again.
fn command(lab: &str, args: &cli::Bench) -> String {
    let mut command = format!("cargo lab bench {lab}");
    if let Some(trace) = &args.trace {
        command += &format!(" --trace {}", trace.display());
    }
    if let Some(format) = &args.format {
        command += &format!(" --format {format}");
    }
    if args.quick {
        command += " --quick";
    } else if args.trace.is_none() {
        command += " --save";
    }
    command
}

/// The trace's file, absolute, if there is one to be read and the lab's bench can: before minutes of building.
fn readable(lab: &Lab, file: &Path) -> anyhow::Result<PathBuf> {
    if !BenchPackage::takes_a_trace(lab)? {
        return Err(Stop::usage(format!(
            "The bench of {} replays no traces: it is not about what a cache keeps.",
            lab.id()
        )));
    }
    let unreadable = |error: std::io::Error| {
        Stop::environment(format!(
            "The trace cannot be read: {}: {error}.",
            file.display()
        ))
    };
    if fs::File::open(file)
        .and_then(|file| file.metadata())
        .map_err(unreadable)?
        .is_dir()
    {
        return Err(Stop::environment(format!(
            "The trace cannot be read: {} is a folder.",
            file.display()
        )));
    }
    std::path::absolute(file).map_err(unreadable)
}

/// What the bench is asked for.
struct Asked<'a> {
    quick: bool,
    /// The last of the learner's stages that takes part.
    through: u32,
    trace: Option<PathBuf>,
    format: Option<&'a str>,
}

/// Refuses a machine that has other work.
fn idle(lab: &str, machine: &Machine) -> anyhow::Result<()> {
    match machine.too_busy() {
        None => Ok(()),
        Some(why) => Err(Stop::environment(format!(
            "Nothing was measured: {why}. Wait until `uptime` says less; or, with a file that says so:\n    \
             cargo lab bench {lab} --save --force"
        ))),
    }
}

/// Waits until the load of our own build has gone.
fn settled(
    lab: &str,
    look: &mut dyn FnMut() -> Machine,
    pause: &mut dyn FnMut() -> Duration,
) -> anyhow::Result<Machine> {
    let mut waited = Duration::ZERO;
    loop {
        let machine = look();
        if machine.too_busy().is_none() || waited >= SETTLES_WITHIN {
            idle(lab, &machine)?;
            return Ok(machine);
        }
        if waited.is_zero() {
            eprintln!("Waiting until the load of the build has gone: a minute or two.");
        }
        waited += pause();
    }
}

/// Between two looks at a load that the system itself only counts every five seconds.
#[allow(clippy::disallowed_methods)] // this polls, with a deadline
fn pause() -> Duration {
    const STEP: Duration = Duration::from_secs(5);
    std::thread::sleep(STEP);
    STEP
}

fn not_built(error: BuildError) -> anyhow::Error {
    match error {
        BuildError::DoesNotCompile(_) => Stop::failed(error.to_string()),
        BuildError::Cargo(_) | BuildError::Io(_) => Stop::environment(error.to_string()),
    }
}

/// Runs the bench, whose progress goes to stderr, and reads what it found.
fn measure(lab: &Lab, program: &Path, asked: &Asked<'_>) -> anyhow::Result<Report> {
    let mut command = Command::new(program);
    command.args(["--yours", &asked.through.to_string()]);
    if asked.quick {
        command.arg("--quick");
    }
    if let Some(trace) = &asked.trace {
        command.arg("--trace").arg(trace);
    }
    if let Some(format) = asked.format {
        command.args(["--format", format]);
    }
    command
        .current_dir(lab.root())
        .envs(Shadow::env(lab))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = Guarded::new(command.spawn().context("the bench could not be started")?);
    let mut said = String::new();
    if let Some(mut stdout) = child.child().stdout.take() {
        std::io::Read::read_to_string(&mut stdout, &mut said)?;
    }
    let status = child.wait()?;
    match status.code() {
        Some(0) => serde_json::from_str(&said).context("the bench's report cannot be read"),
        // Its own words are on stderr already.
        Some(3) if asked.trace.is_some() => Err(Stop::environment(
            "Nothing was replayed: what is wrong with the trace is said above.",
        )),
        Some(3) => Err(Stop::environment(
            "Nothing was measured: the bench says above what it lacks. To see what is missing:\n    cargo lab doctor",
        )),
        _ => Err(Stop::failed(format!(
            "The bench did not end well ({status}): it says above what was not as it should be."
        ))),
    }
}

/// Writes the data where the book looks for it.
fn save(lab: &Lab, document: &Document) -> anyhow::Result<String> {
    let path = format!("book/data/{}/bench.json", lab.folder());
    let text = format!("{:#}\n", serde_json::to_value(document)?);
    let file = lab.root().join(&path);
    crate::shadow::write_if_changed(&file, &text)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(load: f64) -> Machine {
        Machine {
            cores: 2,
            load: Some(load),
            ..Machine::look()
        }
    }

    #[test]
    fn the_command_that_is_noted_is_the_one_that_was_given() {
        use clap::Parser as _;
        let noted = |line: &str| {
            let words = ["cargo lab", "bench"].into_iter().chain(line.split(' '));
            let cli::Command::Bench(args) = cli::Cli::try_parse_from(words).unwrap().command else {
                panic!("another question: {line}");
            };
            command("tiny", &args)
        };
        for line in [
            "tiny --save",
            "tiny --quick",
            "tiny --trace a.txt",
            "tiny --trace a.bin --format u32 --quick",
        ] {
            assert_eq!(noted(line), format!("cargo lab bench {line}"));
        }
    }

    #[test]
    fn a_busy_machine_is_refused_and_told_why() {
        let error = idle("seckill", &machine(1.7)).unwrap_err();
        assert_eq!(Exit::of(&error), Exit::Environment);
        let text = error.to_string();
        assert!(
            text.contains("the load is 1.7 on 2 cores")
                && text.contains("    cargo lab bench seckill --save --force"),
            "{text}"
        );
        idle("seckill", &machine(0.4)).unwrap();
    }

    #[test]
    fn the_load_of_a_build_is_waited_for() {
        let mut loads = [2.3, 1.6, 1.1, 0.9].into_iter();
        let mut pauses = 0;
        let settled = settled(
            "seckill",
            &mut || machine(loads.next().unwrap()),
            &mut || {
                pauses += 1;
                Duration::from_secs(5)
            },
        );
        assert_eq!(settled.unwrap().load, Some(0.9));
        assert_eq!(pauses, 3);
    }

    #[test]
    fn a_load_that_stays_is_refused_in_the_end() {
        let mut waited = Duration::ZERO;
        let step = Duration::from_secs(5);
        let settled = settled("seckill", &mut || machine(1.8), &mut || {
            waited += step;
            step
        });
        assert_eq!(Exit::of(&settled.unwrap_err()), Exit::Environment);
        assert_eq!(waited, SETTLES_WITHIN);
    }
}
