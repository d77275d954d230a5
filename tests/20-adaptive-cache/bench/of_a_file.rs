//! Somebody's own trace: hit ratios over cache sizes, from 0.1 % to half of what its keys weigh together.

use measure::{Curves, Run, Spread, TraceOf};
use traces::{Access, Opt, Trace, TraceFile, lru, opt};

use crate::replay::{Replayed, Size, replay};
use crate::rivals::{Moka, Quick};
use crate::{Error, reference};

/// Of a longer one the beginning is taken: this many are done in minutes.
const AT_MOST: usize = 10_000_000;
/// Of what all keys weigh together, in per cent.
const SIZES: [f64; 7] = [0.1, 0.5, 1.0, 5.0, 10.0, 20.0, 50.0];
/// Of the learner's stages, the last one that a hit ratio needs.
const STAGE: u32 = 3;

/// Reads it, replays it, draws it.
pub fn compare(run: &mut Run, of: &TraceOf) -> Result<(), Error> {
    let name = of
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let format = of.format.as_deref().map(str::parse).transpose()?;
    let at_most = run.times(AT_MOST) as u32;
    run.part(format!("reading {name}"));
    let file = traces::read(&of.file, format, at_most).map_err(|error| {
        if error.names_the_file() {
            error.to_string()
        } else {
            format!("{name}: {error}")
        }
    })?;
    let title = title(&name, &file);
    let (trace, unit) = fitting(file.trace);
    let sizes = sizes(&trace);
    let what = match trace.uniform_weight() {
        Some(_) => "cache size, % of the keys".to_owned(),
        None if unit == 1 => "cache size, % of what the keys weigh".to_owned(),
        None => format!("cache size, % of what the keys weigh, in units of {unit}"),
    };
    let mut curves = Curves::new(
        title,
        what,
        sizes.iter().map(|(percent, _)| *percent).collect(),
    );
    let over = |run: &Run, name: &str, cache: fn(Size) -> Box<dyn Replayed>| -> Vec<f64> {
        run.part(name);
        let ratio = |(_, size): &(f64, Size)| replay(&trace, cache(*size).as_mut()).ratio();
        sizes.iter().map(ratio).collect()
    };
    run.part("LRU and OPT");
    let floor = sizes
        .iter()
        .map(|(_, size)| lru(&trace, size.capacity).ratio());
    curves.line("LRU", floor.collect());
    curves.line("moka", over(run, "moka", |size| Box::new(Moka::new(size))));
    curves.line(
        "quick_cache",
        over(run, "quick_cache", |size| Box::new(Quick::new(size))),
    );
    let best: Vec<Opt> = sizes
        .iter()
        .map(|(_, size)| opt(&trace, size.capacity))
        .collect();
    let most = best.iter().map(|opt| opt.at_most().ratio()).collect();
    let exact = best.iter().all(|opt| matches!(opt, Opt::Exact(_)));
    curves.line(if exact { "OPT" } else { "OPT at most" }, most);
    let ours = over(run, "reference", |size| {
        Box::new(reference::variant::Ours::new(size))
    });
    curves.line("reference", ours);
    if run.yours(STAGE) {
        #[cfg(feature = "yours")]
        curves.line(
            "yours",
            over(run, "yours", |size| {
                Box::new(crate::yours::variant::Ours::new(size))
            }),
        );
    }
    if !exact {
        curves.line(
            "OPT at least",
            best.iter().map(|opt| opt.at_least().ratio()).collect(),
        );
    }
    run.add("accesses", "in all", Spread::exactly(trace.len() as f64));
    run.add("keys", "in all", Spread::exactly(trace.distinct() as f64));
    run.draw(curves);
    Ok(())
}

fn title(name: &str, file: &TraceFile) -> String {
    let first = if file.cut { "the first " } else { "" };
    let accesses = counted(file.trace.len(), "access", "accesses");
    let keys = counted(file.trace.distinct(), "key", "keys");
    let format = file.format.name();
    format!("{name} ({format}): {first}{accesses}, {keys}")
}

/// `1 key`, `12,345 keys`.
fn counted(count: usize, one: &str, many: &str) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{out} {}", if count == 1 { one } else { many })
}

/// The trace in units in which all of it is below 2^32, which is what the lab's cache weighs: its weights divided, and rounded up.
fn fitting(trace: Trace) -> (Trace, u64) {
    let unit = trace.footprint().div_ceil(u64::from(u32::MAX / 2)).max(1);
    if unit == 1 {
        return (trace, 1);
    }
    let weight = |weight: u32| u64::from(weight).div_ceil(unit) as u32;
    let divided = trace.accesses().iter().map(|access| Access {
        weight: weight(access.weight),
        ..*access
    });
    (Trace::take(divided, u32::MAX), unit)
}

/// Each size with its per cent; those that hold less than one entry are left out, and so is what is no larger than the one before.
fn sizes(trace: &Trace) -> Vec<(f64, Size)> {
    let (keys, footprint) = (trace.distinct() as f64, trace.footprint() as f64);
    let mut sizes: Vec<(f64, Size)> = Vec::new();
    for percent in SIZES {
        let of = |all: f64| (all * percent / 100.0) as u64;
        let (capacity, entries) = (of(footprint), of(keys) as u32);
        let larger = sizes
            .last()
            .is_none_or(|(_, last)| last.capacity < capacity);
        if entries >= 1 && capacity >= u64::from(entries) && larger {
            sizes.push((percent, Size { capacity, entries }));
        }
    }
    if sizes.is_empty() {
        // One key.
        let all = Size {
            capacity: footprint as u64,
            entries: keys as u32,
        };
        sizes.push((100.0, all));
    }
    sizes
}
