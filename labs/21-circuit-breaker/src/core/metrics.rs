//! What the breakers have counted, as Prometheus reads it: its text format, version 0.0.4.
//!
//! Why not a metrics crate: a snapshot of numbers and forty lines of text are all there is to it, and what a breaker counts is the lesson.
//! What must stay true: a counter never falls, every family is introduced once, and no name can break out of its quotes.

use std::fmt::Write;

use super::breaker::{Snapshot, Tally};

/// One number of a family: the value of its second label, and how to read it.
type Sample = (&'static str, fn(&Snapshot) -> u64);

/// A family of numbers: its name, type, help, second label, and the numbers.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    label: &'static str,
    samples: &'static [Sample],
}

const FAMILIES: &[Family] = &[
    Family {
        name: "circuit_breaker_calls_total",
        kind: "counter",
        help: "Admitted calls that have ended, by how.",
        label: "ending",
        samples: &[
            ("success", |is| is.tally.successes),
            ("failure", |is| is.tally.failures),
            ("ignored", |is| is.tally.ignored),
            ("timed_out", |is| is.tally.timed_out),
            ("panicked", |is| is.tally.panicked),
            ("cancelled", |is| is.tally.cancelled),
        ],
    },
    Family {
        name: "circuit_breaker_rejected_total",
        kind: "counter",
        help: "Calls that were not admitted, by the state that rejected them.",
        label: "state",
        samples: &[
            ("open", |is| is.tally.rejected_open),
            ("half_open", |is| is.tally.rejected_half_open),
            ("forced_open", |is| is.tally.rejected_forced),
        ],
    },
    Family {
        name: "circuit_breaker_transitions_total",
        kind: "counter",
        help: "Changes of state, by the state they led to.",
        label: "to",
        samples: &[
            (Tally::STATES[0], |is| is.tally.entered[0]),
            (Tally::STATES[1], |is| is.tally.entered[1]),
            (Tally::STATES[2], |is| is.tally.entered[2]),
            (Tally::STATES[3], |is| is.tally.entered[3]),
            (Tally::STATES[4], |is| is.tally.entered[4]),
        ],
    },
    Family {
        name: "circuit_breaker_slow_calls_total",
        kind: "counter",
        help: "Calls that took too long.",
        label: "",
        samples: &[("", |is| is.tally.slow)],
    },
    Family {
        name: "circuit_breaker_late_results_total",
        kind: "counter",
        help: "Results of an earlier state, which changed nothing.",
        label: "",
        samples: &[("", |is| is.tally.late)],
    },
    Family {
        name: "circuit_breaker_fallbacks_total",
        kind: "counter",
        help: "Answers given by a fallback.",
        label: "",
        samples: &[("", |is| is.tally.fallbacks)],
    },
    Family {
        name: "circuit_breaker_state",
        kind: "gauge",
        help: "1 for the state that the circuit is in.",
        label: "state",
        samples: &[
            (Tally::STATES[0], |is| is_in(is, 0)),
            (Tally::STATES[1], |is| is_in(is, 1)),
            (Tally::STATES[2], |is| is_in(is, 2)),
            (Tally::STATES[3], |is| is_in(is, 3)),
            (Tally::STATES[4], |is| is_in(is, 4)),
        ],
    },
    Family {
        name: "circuit_breaker_window_calls",
        kind: "gauge",
        help: "Calls in the window, as of the last one that was counted.",
        label: "of",
        samples: &[
            ("all", |is| is.window.calls),
            ("failures", |is| is.window.failures),
            ("slow", |is| is.window.slow),
        ],
    },
    Family {
        name: "circuit_breaker_probes_in_flight",
        kind: "gauge",
        help: "Probes that hold a permit.",
        label: "",
        samples: &[("", |is| is.probes_in_flight as u64)],
    },
];

fn is_in(snapshot: &Snapshot, state: usize) -> u64 {
    u64::from(snapshot.state.name() == Tally::STATES[state])
}

/// The text for these breakers, by name.
#[must_use]
pub fn render<'a>(breakers: impl Iterator<Item = (&'a str, Snapshot)>) -> String {
    let breakers: Vec<(String, Snapshot)> = breakers
        .map(|(name, snapshot)| (escape(name), snapshot))
        .collect();
    let mut text = String::new();
    for family in FAMILIES {
        write_family(&mut text, family, &breakers).expect("a String takes everything");
    }
    text
}

fn write_family(
    text: &mut String,
    family: &Family,
    breakers: &[(String, Snapshot)],
) -> std::fmt::Result {
    let Family {
        name,
        kind,
        help,
        label,
        samples,
    } = family;
    writeln!(text, "# HELP {name} {help}")?;
    writeln!(text, "# TYPE {name} {kind}")?;
    for (breaker, snapshot) in breakers {
        for (value, read) in *samples {
            write!(text, "{name}{{breaker=\"{breaker}\"")?;
            if !label.is_empty() {
                write!(text, ",{label}=\"{value}\"")?;
            }
            writeln!(text, "}} {}", read(snapshot))?;
        }
    }
    Ok(())
}

/// As it must stand between quotes: with a backslash before a backslash and a quote, and none of the line's own end.
fn escape(label: &str) -> String {
    // ANCHOR: stage5_escape
    todo!("stage 5: escape")
    // ANCHOR_END: stage5_escape
}
