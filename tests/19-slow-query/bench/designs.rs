//! What the broken designs keep of a log: counts, so the same on any machine.

use std::path::Path;

use measure::{Run, Spread, Target};

use crate::{classes_without_bound, no_fingerprint, reference, whole_file_in_memory};

/// Statements that each name another table.
const NAMES: u32 = 20_000;

/// What a pass over a log kept.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// Statements of the log.
    pub statements: u64,
    /// Classes of the digest.
    pub classes: u64,
    /// The most bytes that the reader had room for.
    pub reader_bytes: u64,
}

/// What the learner's code gives, if it has passed.
macro_rules! yours {
    ($run:expr, $call:ident($argument:expr)) => {{
        #[allow(unused_mut, reason = "without yours there is none")]
        let mut yours = None;
        if $run.yours(2) {
            #[cfg(feature = "yours")]
            {
                yours = Some(crate::yours::variant::$call($argument));
            }
        }
        yours
    }};
}

/// One thing that is counted of the reference, of a broken design, and of yours.
struct Counted {
    name: &'static str,
    unit: &'static str,
    at_most: f64,
    reference: u64,
    broken: (&'static str, u64),
    yours: Option<u64>,
}

impl Counted {
    fn report(self, run: &mut Run) {
        let Self {
            name,
            unit,
            at_most,
            ..
        } = self;
        let target = Target::counts_at_most(at_most);
        let spread = |count: u64| Spread::exactly(count as f64);
        run.promise(
            format!("reference_{name}"),
            unit,
            spread(self.reference),
            target,
        );
        if let Some(yours) = self.yours {
            run.promise(format!("yours_{name}"), unit, spread(yours), target);
        }
        let (design, count) = self.broken;
        run.add(format!("{design}_{name}"), unit, spread(count));
    }
}

/// Each design where it differs, on a tenth of the log.
pub fn compare(run: &mut Run, log: &Path) -> std::io::Result<()> {
    run.part("what the broken designs keep");
    let kept = reference::variant::digest_of_all_classes(log)?;
    let yours: Option<std::io::Result<Kept>> = yours!(run, digest_of_all_classes(log));
    let yours = yours.transpose()?;
    let without_fingerprint = no_fingerprint::variant::digest_of_all_classes(log)?;
    let statements = Spread::exactly(kept.statements as f64);
    run.add("statements", "in the tenth", statements);
    let all = [
        Counted {
            name: "classes",
            unit: "of the tenth",
            // What the writer of the log makes of it: 11, and a report for each of 200 tables.
            at_most: 211.0,
            reference: kept.classes,
            broken: ("no_fingerprint", without_fingerprint.classes),
            yours: yours.map(|kept| kept.classes),
        },
        Counted {
            name: "bytes_kept_by_the_reader",
            unit: "bytes",
            // A statement's limit of 1 MiB; a line's of 16 KiB, twice at a border; and names.
            at_most: 1_100_000.0,
            reference: kept.reader_bytes,
            broken: (
                "whole_file_in_memory",
                whole_file_in_memory::variant::digest(log)?.reader_bytes,
            ),
            yours: yours.map(|kept| kept.reader_bytes),
        },
        Counted {
            name: "classes_of_twenty_thousand_names",
            unit: "classes",
            at_most: 5_000.0,
            reference: reference::variant::classes_of_names(NAMES),
            broken: (
                "classes_without_bound",
                classes_without_bound::variant::classes_of_names(NAMES),
            ),
            yours: yours!(run, classes_of_names(NAMES)),
        },
    ];
    for counted in all {
        counted.report(run);
    }
    Ok(())
}
