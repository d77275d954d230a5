//! What memory a pass takes, by the kernel's account: the most that was resident, less what was before.

use std::path::Path;

use measure::{Run, Spread, Target};

use crate::reference;
use crate::rival::Rival;

const MB: f64 = 1e6;
/// A piece of the file, a statement's limit, and 200 classes with their samples and histograms: less than 5 MB, and twice that for what the allocator keeps.
const AT_MOST: f64 = 10.0;

/// The most that a process had resident, in bytes; `None` where there is no such account.
pub fn peak(process: &str) -> Option<u64> {
    field(process, "VmHWM:")
}

fn field(process: &str, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The most that `work` needed beyond what was there.
fn needed(work: impl FnOnce() -> std::io::Result<()>) -> std::io::Result<Option<f64>> {
    // 5 forgets the peak so far: proc(5).
    let forgotten = std::fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = field("self", "VmRSS:");
    work()?;
    let (Some(before), Some(after), true) = (before, peak("self"), forgotten) else {
        return Ok(None);
    };
    Ok(Some(after.saturating_sub(before) as f64 / MB))
}

/// The reference on the whole log; the design that reads all of it, and pt-query-digest, on a tenth.
pub fn compare(
    run: &mut Run,
    whole: &Path,
    tenth: &Path,
    pt: Option<&Rival>,
) -> std::io::Result<()> {
    run.part("memory of a pass");
    if let Some(megabytes) = needed(|| reference::variant::digest(whole).map(drop))? {
        let spread = Spread::exactly(megabytes);
        run.promise("reference_memory", "MB", spread, Target::at_most(AT_MOST));
    }
    #[cfg(feature = "yours")]
    if run.yours(2)
        && let Some(megabytes) = needed(|| crate::yours::variant::digest(whole).map(drop))?
    {
        let spread = Spread::exactly(megabytes);
        run.promise("yours_memory", "MB", spread, Target::at_most(AT_MOST));
    }
    if let Some(pt) = pt {
        let peak = pt.digest(tenth)?;
        run.add(
            "pt_query_digest_memory",
            "MB",
            Spread::exactly(peak as f64 / MB),
        );
    }
    Ok(())
}
