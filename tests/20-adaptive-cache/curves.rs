//! Hit ratios over cache sizes: the reference, moka and quick_cache between LRU and OPT, on four of the bench's loads.
//!
//! `cargo run --release -p adaptive-cache-solution --no-default-features --features runs --example curves -- [--quick] [--save]`
//!
//! One size says little: a policy that wins at 1 % of the keys may lose at 10 %. A point is the median of three seeds. All is counted, so the same
//! seeds give the same picture on any machine. With a trace of your own: `cargo lab bench adaptive-cache --trace FILE`. Exit code 1: somebody had more
//! hits than OPT, which cannot be, or the reference is far below LRU on the mean of a load's sizes.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::process::ExitCode;

#[path = "curves/args.rs"]
mod args;
#[path = "bench/loads.rs"]
mod loads;
#[path = "bench/replay.rs"]
mod replay;
#[path = "curves/report.rs"]
mod report;
#[path = "bench/rivals.rs"]
#[allow(dead_code, reason = "the bench times them too")]
mod rivals;
#[path = "curves/sweep.rs"]
mod sweep;

/// The reference.
#[path = "bench"]
mod reference {
    pub use ::adaptive_cache;
    #[allow(dead_code, reason = "the bench times it too")]
    pub mod variant;
}

use args::Args;

fn main() -> ExitCode {
    let args = match Args::of(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    let panels = sweep::panels(args.quick);
    print!("{}", report::table(&panels));
    let broken: Vec<String> = panels.iter().flat_map(sweep::broken).collect();
    if !broken.is_empty() {
        eprintln!("{}", broken.join("\n"));
        return ExitCode::FAILURE;
    }
    if args.save
        && let Err(error) = report::save(&panels)
    {
        eprintln!("{error}");
        return ExitCode::from(3);
    }
    ExitCode::SUCCESS
}
