//! The lab's figures: what a call through a breaker costs, admitted and rejected, beside two crates; what the layer costs beside a third; what
//! each option adds; and two designs whose price is a count.
//!
//!     cargo lab bench circuit-breaker
//!
//! It is composed as a package of its own, in which each variant of the lab is a crate by its own name. What is measured of all
//! of them is written once, in `bench/variant.rs`, and stands here once for each. No server takes part: everything is memory and a clock.
//!
//! The rivals do less. recloser's window slides over as many calls, and it counts nothing else; failsafe keeps no window at all as it is used
//! here, it counts failures in a row; tower-resilience-circuitbreaker adds up since it closed, and forgets no call. None of them has a
//! generation, so a late result counts; of the two without a layer none hears of a panic or of a caller who goes away.
#![allow(
    clippy::duplicate_mod,
    reason = "one file, once for each variant: that is the point"
)]

use std::process::ExitCode;

use measure::Run;

mod contenders {
    pub use crate::clock_every_call::variant as clock_every_call;
    pub use crate::probe_herd::variant as probe_herd;
    pub use crate::reference::variant as reference;
    #[cfg(feature = "yours")]
    pub use crate::yours::variant as yours;
}

#[path = "bench/calls.rs"]
mod calls;
#[path = "bench/counts.rs"]
mod counts;
#[path = "bench/layers.rs"]
mod layers;
#[path = "bench/options.rs"]
mod options;
#[path = "bench/rivals.rs"]
mod rivals;
#[path = "bench/serving.rs"]
mod serving;

/// The reference.
#[path = "bench"]
mod reference {
    use ::reference as circuit_breaker;
    pub mod variant;
}

/// The learner's code, if it has passed.
#[cfg(feature = "yours")]
#[path = "bench"]
#[allow(dead_code, reason = "the options are the reference's")]
mod yours {
    use ::yours as circuit_breaker;
    pub mod variant;
}

/// `broken/probe-herd.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod probe_herd {
    use ::probe_herd as circuit_breaker;
    pub mod variant;
}

/// `broken/clock-every-call.rs`.
#[path = "bench"]
#[allow(dead_code, reason = "a design is measured where it differs")]
mod clock_every_call {
    use ::clock_every_call as circuit_breaker;
    pub mod variant;
}

fn main() -> ExitCode {
    match Run::from_args(std::env::args().skip(1)) {
        Ok(mut run) => {
            calls::compare(&mut run);
            layers::compare(&mut run);
            options::compare(&mut run);
            counts::compare(&mut run);
            run.end(Ok::<(), String>(()))
        }
        Err(usage) => Run::default().end(Err(usage)),
    }
}
