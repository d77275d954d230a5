//! The lab's figures: what hit ratios its cache has beside moka's, between LRU and OPT; and what a get and an insert take.
//!
//!     cargo lab bench adaptive-cache
//!     cargo lab bench adaptive-cache --trace FILE
//!
//! It is composed as a package of its own, in which each variant of the lab is a crate by its own name. What is measured of all
//! of them is written once, in `bench/variant.rs`, and stands here once for each: there is no second copy of any design. This
//! file says what is compared; loads, LRU and OPT are in tools/traces, and how turns are taken and what a spread is, in tools/measure. With a trace
//! of somebody's own, that trace is replayed and nothing else.
#![allow(
    clippy::duplicate_mod,
    reason = "one file, once for each variant: that is the point"
)]

use std::process::ExitCode;

use measure::Run;

#[path = "bench/loads.rs"]
mod loads;
#[path = "bench/of_a_file.rs"]
mod of_a_file;
#[path = "bench/ratios.rs"]
mod ratios;
#[path = "bench/replay.rs"]
mod replay;
#[path = "bench/rivals.rs"]
mod rivals;
#[path = "bench/speed.rs"]
mod speed;

/// The reference.
#[path = "bench"]
mod reference {
    use ::reference as adaptive_cache;
    pub mod variant;
}

/// The learner's code, if it has passed.
#[cfg(feature = "yours")]
#[path = "bench"]
mod yours {
    use ::yours as adaptive_cache;
    pub mod variant;
}

/// `broken/lru-scan.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod lru_scan {
    use ::lru_scan as adaptive_cache;
    pub mod variant;
}

/// `broken/no-ageing.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod no_ageing {
    use ::no_ageing as adaptive_cache;
    pub mod variant;
}

/// `broken/window-stands-still.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod window_stands_still {
    use ::window_stands_still as adaptive_cache;
    pub mod variant;
}

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match Run::from_args(std::env::args().skip(1)) {
        Ok(mut run) => {
            let ended = compare(&mut run);
            run.end(ended)
        }
        Err(usage) => Run::default().end(Err(usage)),
    }
}

fn compare(run: &mut Run) -> Result<(), Error> {
    if let Some(trace) = run.trace().cloned() {
        return of_a_file::compare(run, &trace);
    }
    ratios::compare(run);
    speed::compare(run);
    Ok(())
}
