//! Two designs whose price is a count: the probes of a herd, and the readings of the clock.

use measure::{Run, Spread, Target};

use crate::contenders;

/// Callers who wait for a circuit that was open: a second of a busy service.
const HERD: usize = 1_000;
/// Of the learner's stages, the last one that this needs.
const STAGE: u32 = 2;

/// Counts, and reports it.
pub fn compare(run: &mut Run) {
    run.part("probes of a herd, readings of the clock");
    let exactly = |count: u64| Spread::exactly(count as f64);
    // One permit is what there is.
    run.promise(
        "probes_of_a_herd",
        "calls",
        exactly(contenders::reference::herd(HERD)),
        Target::counts_at_most(1.0),
    );
    run.add(
        "probe_herd_probes_of_a_herd",
        "calls",
        exactly(contenders::probe_herd::herd(HERD)),
    );
    run.promise(
        "readings_for_100_calls",
        "readings",
        exactly(contenders::reference::readings()),
        Target::counts_at_most(0.0),
    );
    run.add(
        "clock_every_call_readings_for_100_calls",
        "readings",
        exactly(contenders::clock_every_call::readings()),
    );
    if run.yours(STAGE) {
        #[cfg(feature = "yours")]
        {
            run.add(
                "yours_probes_of_a_herd",
                "calls",
                exactly(contenders::yours::herd(HERD)),
            );
            run.add(
                "yours_readings_for_100_calls",
                "readings",
                exactly(contenders::yours::readings()),
            );
        }
    }
}
