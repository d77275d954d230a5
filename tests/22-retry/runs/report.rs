//! A run's command line, and what it leaves: promises on the terminal, and with `--save` data and a picture for the book.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::path::Path;
use std::process::ExitCode;

use measure::{Bound, Document, Figure, Machine};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Args {
    /// Of everything that is drawn by lot.
    pub seed: u64,
    /// Less of it, to see that it works.
    pub quick: bool,
    /// Whether the book gets it.
    pub save: bool,
}

/// What is wrong with a command line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A word that means nothing here.
    #[error("`{0}`? [--seed N] [--quick] [--save] is all there is")]
    Word(String),
    /// No seed, or none that is one.
    #[error("--seed needs a whole number, 0 to 4294967295")]
    Seed,
    /// A short run says less, and is not kept.
    #[error("--quick and --save exclude each other: the book keeps whole runs")]
    QuickSave,
}

/// Of every run: its name, and where its files go.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The example.
    pub name: &'static str,
    /// Below book/data and book/src.
    pub folder: &'static str,
}

impl Args {
    /// Reads them.
    ///
    /// # Errors
    /// A word that means nothing here.
    pub fn read(args: impl IntoIterator<Item = String>) -> Result<Self, Wrong> {
        let (mut seed, mut quick, mut save) = (1, false, false);
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => quick = true,
                "--save" => save = true,
                "--seed" => {
                    let number = args.next().and_then(|word| word.parse::<u32>().ok());
                    seed = number.ok_or(Wrong::Seed)?.into();
                }
                _ => return Err(Wrong::Word(arg)),
            }
        }
        if quick && save {
            return Err(Wrong::QuickSave);
        }
        Ok(Self { seed, quick, save })
    }
}

/// What was asked for, and where. A machine with other work is no reason to save nothing, as it is for a bench: what is promised here are counts. The
/// data says of itself that the machine was busy.
///
/// # Errors
/// A code to end with: 2 for words that mean nothing.
pub fn begin() -> Result<(Args, Machine), ExitCode> {
    let args = Args::read(std::env::args().skip(1)).map_err(|wrong| {
        eprintln!("{wrong}");
        ExitCode::from(2)
    })?;
    let machine = Machine::look();
    match machine.too_busy() {
        Some(why) if args.save => eprintln!("it will be saved that the machine was busy: {why}"),
        Some(_) | None => {}
    }
    Ok((args, machine))
}

/// Prints the figures that promise something, saves if asked to, and says by its code whether all promises hold.
#[must_use]
pub fn end(
    run: Run,
    args: Args,
    machine: Machine,
    figures: Vec<Figure>,
    picture: Option<&str>,
) -> ExitCode {
    println!();
    for figure in figures.iter().filter(|figure| figure.target.is_some()) {
        println!("{}", promise(figure));
    }
    let document = Document {
        command: format!(
            "cargo run --release -p retry-solution --features runs --example {} -- --seed {} --save",
            run.name, args.seed
        ),
        curves: None,
        date: measure::today(),
        figures,
        machine,
        quick: args.quick,
    };
    if args.save {
        if let Err(error) = save(run, &document, picture) {
            eprintln!("cannot save: {error}");
            return ExitCode::from(3);
        }
        println!("saved in book/data/{}", run.folder);
    }
    match document.missed().count() {
        0 => ExitCode::SUCCESS,
        missed => {
            println!("{missed} of these did not hold on this machine, in this run");
            ExitCode::FAILURE
        }
    }
}

fn promise(figure: &Figure) -> String {
    let bound = match figure.bound {
        Some(Bound::AtMost) => "at most",
        Some(Bound::AtLeast) | None => "at least",
    };
    let held = if figure.holds == Some(true) {
        "holds"
    } else {
        "MISSED"
    };
    format!(
        "{:45} {:>8.2}  {bound:8} {:>8.2}  {held}",
        figure.name.replace('_', " "),
        figure.value,
        figure.target.unwrap_or_default(),
    )
}

fn save(run: Run, document: &Document, picture: Option<&str>) -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book");
    let write = |dir: &str, ending: &str, text: &str| {
        let dir = root.join(dir).join(run.folder);
        std::fs::create_dir_all(&dir)?;
        std::fs::write(dir.join(format!("{}.{ending}", run.name)), text)
    };
    let json = serde_json::to_string_pretty(document)? + "\n";
    write("data", "json", &json)?;
    picture.map_or(Ok(()), |picture| write("src", "svg", picture))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Args, Wrong> {
        Args::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_line_is_read() {
        let args = read("--seed 7 --save").unwrap();
        assert_eq!((args.seed, args.quick, args.save), (7, false, true));
        assert_eq!(read("").unwrap().seed, 1);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert_eq!(read("--fast"), Err(Wrong::Word("--fast".to_owned())));
        for line in ["--seed", "--seed x", "--seed -1", "--seed 4294967296"] {
            assert_eq!(read(line), Err(Wrong::Seed), "{line}");
        }
        assert_eq!(read("--quick --save"), Err(Wrong::QuickSave));
    }

    #[test]
    fn a_promise_that_is_not_kept_says_so() {
        let of = |value| {
            let target = Some(measure::Target::counts_at_most(2.0));
            promise(&Figure::new(
                "calls_in_all",
                "calls",
                measure::Spread::exactly(value),
                target,
                true,
            ))
        };
        assert!(of(2.0).ends_with("at most      2.00  holds"), "{}", of(2.0));
        assert!(of(2.1).ends_with("MISSED"), "{}", of(2.1));
    }
}
