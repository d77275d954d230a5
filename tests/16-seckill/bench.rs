//! The lab's figures on real servers: what the reference promises, beside the limit, the broken designs, and your own code.
//!
//!     cargo lab bench seckill
//!
//! It is composed as a package of its own, in which each variant of the lab is a crate by its own name. What is measured of all
//! of them is written once, in `bench/variant.rs`, and stands here once for each: there is no second copy of any design. This
//! file says what is compared; how turns are taken and what a spread is, is in tools/measure.
#![allow(
    clippy::duplicate_mod,
    reason = "one file, once for each variant: that is the point"
)]

use std::process::ExitCode;

use measure::Run;

mod contenders {
    pub use crate::gate_learns_late::variant as gate_learns_late;
    pub use crate::lock_around_decr::variant as lock_around_decr;
    pub use crate::reference::variant as reference;
    #[cfg(feature = "yours")]
    pub use crate::yours::variant as yours;
}

#[path = "bench/crowd.rs"]
mod crowd;
#[path = "bench/http.rs"]
mod http;
#[path = "bench/last_units.rs"]
mod last_units;
#[path = "bench/limiters.rs"]
mod limiters;
#[path = "bench/redis_counts.rs"]
mod redis_counts;
#[path = "bench/stock.rs"]
mod stock;

/// The reference.
#[path = "bench"]
mod reference {
    use ::reference as seckill;
    pub mod variant;
}

/// The learner's code, if it has passed.
#[cfg(feature = "yours")]
#[path = "bench"]
mod yours {
    use ::yours as seckill;
    pub mod variant;
}

/// `broken/lock-around-decr.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod lock_around_decr {
    use ::lock_around_decr as seckill;
    pub mod variant;
}

/// `broken/gate-learns-late.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod gate_learns_late {
    use ::gate_learns_late as seckill;
    pub mod variant;
}

type Error = Box<dyn std::error::Error>;

// One thread for the client: the other core is Redis's, or the HTTP server's.
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
    // Shared servers have other guests; this one has none, and keeps its promises as a sale's would: fsync every second.
    let redis = testbed::redis()
        .own()
        .appendfsync(testbed::AppendFsync::Everysec)
        .await?;
    // Nobody asks it: the HTTP router wants a ledger, and every gate is closed.
    let mysql = testbed::mysql().await?;
    let conn = redis_counts::connect(redis.url()).await?;
    run.service("redis", redis_counts::version(&conn).await?);
    limiters::local(run);
    stock::compare(&redis, &conn, run).await?;
    limiters::shared(&conn, run).await?;
    last_units::compare(&conn, run).await?;
    http::compare(&conn, mysql.url(), run).await
}
