//! Megabytes of log a second, on one thread: of each part of a pass, of all of it, of pt-query-digest, and of yours.

use std::io;
use std::path::Path;

use measure::{Run, Spread, Target, Turns, rate, timed};

use crate::reference;
use crate::rival::Rival;

/// A round of the rival takes some ten seconds.
const ROUNDS: usize = 7;
const WARM_UP: usize = 1;
/// Promised: what takes a cup of coffee there takes seconds.
const TIMES: f64 = 20.0;

/// One way to read a log.
type Pass<'a> = Box<dyn Fn(&Path) -> io::Result<()> + 'a>;

/// One that reads a log.
struct Contender<'a> {
    name: &'static str,
    log: &'a Path,
    pass: Pass<'a>,
}

/// Takes turns, and gives each one's megabytes a second.
fn turns(contenders: &[Contender<'_>], warm_up: usize, rounds: usize) -> io::Result<Turns> {
    let mut turns = Turns::new(contenders.len(), warm_up, rounds);
    while let Some(due) = turns.next() {
        let Contender { log, pass, .. } = &contenders[due];
        let bytes = std::fs::metadata(log)?.len();
        let mut passed = Ok(());
        let took = timed(|| passed = pass(log));
        passed?;
        turns.record(rate(bytes, took) / 1e6);
    }
    Ok(turns)
}

/// All of them in turns.
pub fn compare(run: &mut Run, whole: &Path, tenth: &Path, pt: Option<&Rival>) -> io::Result<()> {
    run.part("megabytes a second");
    let contender = |name, log, pass: Pass<'static>| Contender { name, log, pass };
    let mut contenders = vec![
        contender(
            "digest",
            whole,
            Box::new(|log| reference::variant::digest(log).map(drop)),
        ),
        contender(
            "reader_alone",
            whole,
            Box::new(|log| reference::variant::entries(log).map(drop)),
        ),
        contender(
            "reader_and_fingerprints",
            whole,
            Box::new(|log| reference::variant::fingerprints(log).map(drop)),
        ),
    ];
    #[cfg(feature = "yours")]
    if run.yours(2) {
        contenders.push(contender(
            "yours_digest",
            whole,
            Box::new(|log| crate::yours::variant::digest(log).map(drop)),
        ));
    }
    if let Some(pt) = pt {
        contenders.push(Contender {
            name: "pt_query_digest",
            log: tenth,
            pass: Box::new(|log| pt.digest(log).map(drop)),
        });
    }
    let turns = turns(&contenders, run.times(WARM_UP), run.times(ROUNDS))?;
    for (who, contender) in contenders.iter().enumerate() {
        run.add(contender.name, "MB/s", Spread::of(turns.rates(who)));
    }
    if pt.is_some() {
        let rival = contenders.len() - 1;
        let target = Target::at_least(TIMES);
        run.promise(
            "digest_to_pt_query_digest",
            "ratio",
            Spread::of(turns.ratios(0, rival)),
            target,
        );
        if rival == 4 {
            let yours = Spread::of(turns.ratios(3, rival));
            run.promise("yours_to_pt_query_digest", "ratio", yours, target);
        }
    }
    Ok(())
}
