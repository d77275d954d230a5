//! What memory a pass takes, by the kernel's account: the most that was resident, less what was before.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use measure::{Run, Spread, Target};

use crate::reference;
use crate::rival::Rival;

/// The argument that makes the bench a process of one pass.
pub const NEEDED: &str = "--needed-by";
const REFERENCE: &str = "reference";
#[cfg(feature = "yours")]
const YOURS: &str = "yours";
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

/// In a process of its own: prints what a pass over `path` by the variant `of` needed beyond what was there, in bytes, or nothing where the kernel
/// keeps no such account. What a first pass leaves with the allocator, a second would take for free.
pub fn print_needed(of: &str, path: &Path) -> io::Result<()> {
    // 5 forgets the peak so far: proc(5).
    let forgotten = std::fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = field("self", "VmRSS:");
    match of {
        #[cfg(feature = "yours")]
        YOURS => drop(crate::yours::variant::digest(path)?),
        _ => drop(reference::variant::digest(path)?),
    }
    if let (Some(before), Some(after), true) = (before, peak("self"), forgotten) {
        println!("{}", after.saturating_sub(before));
    }
    Ok(())
}

/// What that process prints, in MB.
fn needed(of: &str, path: &Path) -> io::Result<Option<f64>> {
    let child = Command::new(std::env::current_exe()?)
        .args([NEEDED, of])
        .arg(path)
        .stderr(Stdio::inherit())
        .output()?;
    if !child.status.success() {
        return Err(io::Error::other(format!(
            "a pass by {of}: {}",
            child.status
        )));
    }
    let printed = String::from_utf8_lossy(&child.stdout);
    Ok(printed.trim().parse().ok().map(|bytes: f64| bytes / MB))
}

/// The reference on the whole log; the design that reads all of it, and pt-query-digest, on a tenth.
pub fn compare(run: &mut Run, whole: &Path, tenth: &Path, pt: Option<&Rival>) -> io::Result<()> {
    run.part("memory of a pass");
    if let Some(megabytes) = needed(REFERENCE, whole)? {
        let spread = Spread::exactly(megabytes);
        run.promise("reference_memory", "MB", spread, Target::at_most(AT_MOST));
    }
    #[cfg(feature = "yours")]
    if run.yours(2)
        && let Some(megabytes) = needed(YOURS, whole)?
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
