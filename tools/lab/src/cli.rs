//! What can be asked of the command.
//!
//! The texts here are the reference that `--help` prints. A lab is named by its id (`seckill`), its
//! number (`16`) or its folder (`16-seckill`); inside one of a lab's folders it may be left out.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

const EXIT_CODES: &str = "Exit codes:
  0  done, and what was asked holds
  1  a test failed, the code does not compile, or a check found something
  2  a wrong question: unknown lab, stage or design, or not allowed yet
  3  something is missing: a service, a tool, a readable file

A lab is named by its id (seckill), number (16) or folder (16-seckill); in one
of its folders the name may be left out.";

/// Load-Bearing: system design you can run.
#[derive(Debug, Parser)]
#[command(name = "cargo lab", bin_name = "cargo lab", version, after_help = EXIT_CODES)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    /// What is asked.
    #[command(subcommand)]
    pub command: Command,
}

/// The questions.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The labs, and how far you are in each
    List(Json),
    /// What to read, what to edit, how long it takes, and the first command
    Start {
        /// The lab
        lab: Option<String>,
    },
    /// Test your code: one stage, or all in order up to the first that fails
    Test(Test),
    /// Test a stage again at every change; Ctrl-C ends it
    Watch(Stage),
    /// The next hint of a stage: a nudge first
    Hint(Hint),
    /// Run a broken design and see which invariant it breaks
    Break {
        /// The lab (may be left out in its folder), and the design
        #[arg(value_names = ["LAB", "DESIGN"], num_args = 0..=2)]
        names: Vec<String>,
    },
    /// Measure your code beside the reference, its limit and broken designs
    Bench(Bench),
    /// Run the whole system while servers and networks fail by seed, and judge what it did
    Chaos(Chaos),
    /// The reference's code for a stage, once you have passed it
    Solution(Solution),
    /// Write the skeleton again; your version is kept under .lab/kept
    Reset(Reset),
    /// What you have passed, how long it took, and what is next
    Status(Json),
    /// Serve the book on 127.0.0.1, with labs that run from its pages
    Serve(Serve),
    /// Start the services that the labs share, and say where they are
    Up {
        /// Install them first (Debian and Ubuntu; needs root or sudo)
        #[arg(long)]
        install: bool,
    },
    /// Remove every server, container, volume and file that the labs started
    Down,
    /// What is on this machine, what is missing, and the command that mends it
    Doctor(Json),
    /// Prove every lab: suites, references, skeletons, broken designs
    Verify(crate::verify::Args),
    /// For authors of labs
    #[command(subcommand)]
    Dev(crate::dev::Command),
}

/// Text or JSON.
#[derive(Debug, Args)]
pub struct Json {
    /// One JSON document on stdout, for scripts
    #[arg(long)]
    pub json: bool,
}

/// A lab and perhaps one of its stages.
#[derive(Debug, Args)]
pub struct Stage {
    /// The lab
    pub lab: Option<String>,
    /// The stage; without it, the next that you have not passed
    #[arg(long, value_name = "N")]
    pub stage: Option<u32>,
}

/// `test`.
#[derive(Debug, Args)]
pub struct Test {
    /// The lab
    pub lab: Option<String>,
    /// Only this stage; without it, all of them up to the first that fails
    #[arg(long, value_name = "N")]
    pub stage: Option<u32>,
    /// Test the reference instead of your code
    #[arg(long)]
    pub solution: bool,
}

/// `bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// The lab
    pub lab: Option<String>,
    /// One JSON document on stdout, for scripts
    #[arg(long)]
    pub json: bool,
    /// Write the book's data, without your code; only from a machine that is idle
    #[arg(long, conflicts_with = "quick")]
    pub save: bool,
    /// Write it from a busy machine too; the file says so
    #[arg(long, requires = "save")]
    pub force: bool,
    /// A debug build and a tenth of the rounds, to try it out: only counts are judged
    #[arg(long)]
    pub quick: bool,
    /// Leave your code out
    #[arg(long)]
    pub solution: bool,
    /// Replay a trace of your own instead, and draw its hit ratios; only a lab about caches can
    #[arg(long, value_name = "FILE", conflicts_with = "save")]
    pub trace: Option<PathBuf>,
    /// How the trace is written: text, u32, u64, u64-u32 or u32-u32; without it, its extension says so
    #[arg(long, value_name = "NAME", requires = "trace")]
    pub format: Option<String>,
}

/// `hint`.
#[derive(Debug, Args)]
pub struct Hint {
    /// The lab and the stage.
    #[command(flatten)]
    pub of: Stage,
    /// All three at once
    #[arg(long)]
    pub all: bool,
}

/// `chaos`.
#[derive(Debug, Args)]
#[command(
    after_help = "Your code and the reference must hold (exit code 0; 1 if an invariant is\n\
    violated). A broken design must be found out: 0 if it is, 1 if not with these\n\
    seeds. 3: a fault did not fire, so the run says nothing."
)]
pub struct Chaos {
    /// The lab
    pub lab: Option<String>,
    /// What decides the faults and the crowd; without it, one is drawn and printed
    #[arg(long, value_name = "N", conflicts_with = "sweep")]
    pub seed: Option<u64>,
    /// One run for each of these seeds, a line each; a design's ends at the first that finds it out
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    pub sweep: Option<RangeInclusive<u64>>,
    /// Run a broken design instead of your code
    #[arg(long, value_name = "DESIGN", conflicts_with = "solution")]
    pub design: Option<String>,
    /// Run the reference instead of your code
    #[arg(long)]
    pub solution: bool,
    /// Keep the timeline (or the sweep's result) as data of the book
    #[arg(long)]
    pub save: bool,
    /// One JSON document a run on stdout, for scripts
    #[arg(long)]
    pub json: bool,
}

/// `1..20`, both ends included.
fn seeds(text: &str) -> Result<RangeInclusive<u64>, String> {
    let parsed = text
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..=to.trim_start_matches('=').parse().ok()?));
    parsed
        .filter(|seeds| !seeds.is_empty())
        .ok_or_else(|| "seeds are written 1..20, the smaller first".to_owned())
}

/// `solution`.
#[derive(Debug, Args)]
pub struct Solution {
    /// The lab and the stage.
    #[command(flatten)]
    pub of: Stage,
    /// Write it into your files; your version is kept under .lab/kept
    #[arg(long)]
    pub apply: bool,
    /// Show it although the stage has not passed; this is noted in your progress
    #[arg(long)]
    pub give_up: bool,
}

/// `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// The port; if it is taken, the next free one [default: 3000]
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// Open the book in the browser
    #[arg(long)]
    pub open: bool,
}

/// `reset`.
#[derive(Debug, Args)]
pub struct Reset {
    /// The lab
    pub lab: Option<String>,
    /// Only this stage's functions
    #[arg(long, value_name = "N")]
    pub stage: Option<u32>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}
