//! What reading a day of log takes: megabytes a second and memory, beside pt-query-digest, and what the broken designs keep.
//!
//!     cargo lab bench slow-query
//!
//! It is composed as a package of its own, in which each variant of the lab is a crate by its own name. What is measured of all of them is
//! written once, in `bench/variant.rs`, and stands here once for each: there is no second copy of any design. This file says what is
//! compared; how turns are taken and what a spread is, is in tools/measure. The log is written by a seed, by `bench/log.rs`.
#![allow(
    clippy::duplicate_mod,
    reason = "one file, once for each variant: that is the point"
)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what a process of one pass has to say"
)]

use std::path::Path;
use std::process::ExitCode;

use measure::Run;

#[path = "bench/designs.rs"]
mod designs;
#[path = "bench/log.rs"]
mod log;
#[path = "bench/memory.rs"]
mod memory;
#[path = "bench/rival.rs"]
mod rival;
#[path = "bench/speed.rs"]
mod speed;

/// The reference.
#[path = "bench"]
mod reference {
    use ::reference as slow_query;
    pub mod variant;
}

/// The learner's code, if it has passed.
#[cfg(feature = "yours")]
#[path = "bench"]
#[allow(dead_code, reason = "parts of a pass are measured of the reference")]
mod yours {
    use ::yours as slow_query;
    pub mod variant;
}

/// `broken/no-fingerprint.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod no_fingerprint {
    use ::no_fingerprint as slow_query;
    pub mod variant;
}

/// `broken/whole-file-in-memory.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod whole_file_in_memory {
    use ::whole_file_in_memory as slow_query;
    pub mod variant;
}

/// `broken/classes-without-bound.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod classes_without_bound {
    use ::classes_without_bound as slow_query;
    pub mod variant;
}

/// Of the log that is read: a tenth of an hour of a busy server, and enough for a spread of a few hundredths.
const MEGABYTES: usize = 200;
/// Any will do; the same one gives the same log.
const SEED: u64 = 19;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, of, path] = arguments.as_slice()
        && first == memory::NEEDED
    {
        return match memory::print_needed(of, Path::new(path)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{path}: {error}");
                ExitCode::FAILURE
            }
        };
    }
    match Run::from_args(arguments) {
        Ok(mut run) => {
            let ended = compare(&mut run);
            run.end(ended)
        }
        Err(usage) => Run::default().end(Err(usage)),
    }
}

fn compare(run: &mut Run) -> Result<(), String> {
    let pt = rival::find(run)?;
    let megabytes = run.times(MEGABYTES);
    run.part(format!("writing a log of {megabytes} MB"));
    let failed = |error: std::io::Error| format!("the log of the bench: {error}");
    let whole = log::write("whole", SEED, megabytes * 1_000_000).map_err(failed)?;
    let tenth = log::write("tenth", SEED, megabytes * 100_000).map_err(failed)?;
    memory::compare(run, &whole, &tenth, pt.as_ref()).map_err(failed)?;
    speed::compare(run, &whole, &tenth, pt.as_ref()).map_err(failed)?;
    designs::compare(run, &tenth).map_err(failed)
}
