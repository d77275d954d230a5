//! The lab's figures: what hit ratios its cache has beside moka's, between LRU and OPT; what a get and an insert take; and with a real Redis, which
//! commands it is spared and what a get takes while a scan runs.
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

#[path = "bench/layers.rs"]
mod layers;
#[path = "bench/loads.rs"]
mod loads;
#[path = "bench/look_aside.rs"]
mod look_aside;
#[path = "bench/of_a_file.rs"]
mod of_a_file;
#[path = "bench/ratios.rs"]
mod ratios;
#[path = "bench/redis_counts.rs"]
mod redis_counts;
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
    pub mod served;
    pub mod variant;
}

/// The learner's code, if it has passed.
#[cfg(feature = "yours")]
#[path = "bench"]
mod yours {
    use ::yours as adaptive_cache;
    pub mod served;
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

// One thread for the client: the other core is Redis's.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Run::from_args(std::env::args().skip(1)) {
        Ok(mut run) => {
            let ended = compare(&mut run).await;
            run.end(ended)
        }
        Err(usage) => Run::default().end(Err(usage)),
    }
}

async fn compare(run: &mut Run) -> Result<(), Error> {
    if let Some(trace) = run.trace().cloned() {
        return of_a_file::compare(run, &trace);
    }
    // First, so that whoever has none is told at once. Shared servers have other guests; this one has none.
    let redis = testbed::redis().own().await?;
    let conn = redis_counts::connect(redis.url()).await?;
    run.service("redis", redis_counts::version(&conn).await?);
    ratios::compare(run);
    speed::compare(run);
    layers::compare(&redis, &conn, run).await
}
