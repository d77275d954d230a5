//! A run's command line, and what it leaves: figures on the terminal, and with `--save` data and a picture for the book.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::path::Path;
use std::process::ExitCode;

use measure::{Document, Figure, Machine};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Args {
    /// Of the load.
    pub seed: u64,
    /// How many times all of it; a figure is then a median. The seeds are `seed`, `seed` + 1, ..
    pub rounds: u64,
    /// Shorter phases, to see that it works.
    pub quick: bool,
    /// Whether the book gets it.
    pub save: bool,
}

/// What is wrong with a command line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A word that means nothing here.
    #[error("`{0}`? [--seed N] [--rounds 1..=9] [--quick] [--save] is all there is")]
    Word(String),
    /// A number that is none, or out of range.
    #[error("{0} needs a whole number, {1}")]
    Number(&'static str, &'static str),
    /// A short run says less, and is not kept.
    #[error("--quick and --save exclude each other: the book keeps whole runs")]
    QuickSave,
}

impl Args {
    /// Reads them.
    ///
    /// # Errors
    /// A word that means nothing here.
    pub fn read(args: impl IntoIterator<Item = String>) -> Result<Self, Wrong> {
        let mut read = Self {
            seed: 1,
            rounds: 1,
            quick: false,
            save: false,
        };
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let mut number = || args.next().and_then(|word| word.parse().ok());
            match arg.as_str() {
                "--quick" => read.quick = true,
                "--save" => read.save = true,
                "--seed" => {
                    let seed = number().filter(|seed| *seed <= u64::from(u32::MAX));
                    read.seed = seed.ok_or(Wrong::Number("--seed", "0 to 4294967295"))?;
                }
                "--rounds" => {
                    let rounds = number().filter(|rounds| (1..=9).contains(rounds));
                    read.rounds = rounds.ok_or(Wrong::Number("--rounds", "1 to 9"))?;
                }
                _ => return Err(Wrong::Word(arg)),
            }
        }
        if read.quick && read.save {
            return Err(Wrong::QuickSave);
        }
        Ok(read)
    }

    /// The seeds of its rounds.
    pub fn seeds(self) -> impl Iterator<Item = u64> {
        self.seed..self.seed + self.rounds
    }
}

/// What was asked for, and where; or why nothing is run.
///
/// # Errors
/// A code to end with: 2 for words that mean nothing, 3 for a machine that is too busy for figures that are kept.
pub fn begin() -> Result<(Args, Machine), ExitCode> {
    let args = Args::read(std::env::args().skip(1)).map_err(|wrong| {
        eprintln!("{wrong}");
        ExitCode::from(2)
    })?;
    let machine = Machine::look();
    match machine.too_busy() {
        Some(why) if args.save => {
            eprintln!("nothing is saved: {why}");
            Err(ExitCode::from(3))
        }
        Some(_) | None => Ok((args, machine)),
    }
}

/// Prints the figures that promise something, saves if asked to, and says by its code whether all promises hold.
#[must_use]
pub fn end(
    example: &str,
    args: Args,
    machine: Machine,
    figures: Vec<Figure>,
    picture: &str,
) -> ExitCode {
    println!();
    for figure in figures.iter().filter(|figure| figure.target.is_some()) {
        let bound = match figure.bound {
            Some(measure::Bound::AtMost) => "at most",
            Some(measure::Bound::AtLeast) | None => "at least",
        };
        println!(
            "{:48} {:>7.2}  {bound} {:.2}  {}",
            figure.name.replace('_', " "),
            figure.value,
            figure.target.unwrap_or_default(),
            if figure.holds == Some(true) {
                "holds"
            } else {
                "MISSED"
            },
        );
    }
    let Args { seed, rounds, .. } = args;
    let document = Document {
        command: format!(
            "cargo run --release -p part-5 --example {example} -- --seed {seed} --rounds {rounds} --save"
        ),
        curves: None,
        date: measure::today(),
        figures,
        machine,
        quick: args.quick,
    };
    if args.save {
        if let Err(error) = save(example, &document, picture) {
            eprintln!("cannot save: {error}");
            return ExitCode::from(3);
        }
        println!("saved in book/data/part-5 and book/src/part-5");
    }
    match document.missed().count() {
        0 => ExitCode::SUCCESS,
        missed => {
            println!("{missed} of these did not hold on this machine, in this run");
            ExitCode::FAILURE
        }
    }
}

fn save(example: &str, document: &Document, picture: &str) -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let write = |dir: &str, ending: &str, text: String| {
        let dir = root.join(dir);
        std::fs::create_dir_all(&dir)?;
        std::fs::write(dir.join(format!("{example}.{ending}")), text)
    };
    let json = serde_json::to_string_pretty(document)?;
    write("book/data/part-5", "json", json + "\n")?;
    write("book/src/part-5", "svg", picture.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Args, Wrong> {
        Args::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_line_is_read() {
        let args = read("--seed 7 --rounds 3 --save").unwrap();
        assert!(args.save && !args.quick);
        assert_eq!(args.seeds().collect::<Vec<_>>(), [7, 8, 9]);
        assert_eq!(read("").unwrap().seeds().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert_eq!(read("--fast"), Err(Wrong::Word("--fast".to_owned())));
        for line in ["--rounds 0", "--rounds 10", "--rounds"] {
            assert_eq!(
                read(line),
                Err(Wrong::Number("--rounds", "1 to 9")),
                "{line}"
            );
        }
        for line in ["--seed x", "--seed -1", "--seed 4294967296"] {
            let wrong = Wrong::Number("--seed", "0 to 4294967295");
            assert_eq!(read(line), Err(wrong), "{line}");
        }
        assert_eq!(read("--quick --save"), Err(Wrong::QuickSave));
    }
}
