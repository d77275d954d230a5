//! Names that tell whose they are: `lb_<machine>_<pid>_<start>_<n>`.
//!
//! Tests share servers, so each handle puts its keys, schema and topics under a name of its own. A test that is
//! killed cannot tidy up; a later process reads in the name who made it, and drops it when that process is dead.
//! The start time tells a process from a later one with the same number, and the machine keeps two machines that
//! share a given server from dropping each other's.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::sys;

/// A name that nobody has used before, made of letters, digits and `_`.
pub(crate) fn fresh() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("{}{}", mine(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// What all names of this process begin with.
pub(crate) fn mine() -> &'static str {
    static MINE: OnceLock<String> = OnceLock::new();
    MINE.get_or_init(|| {
        let pid = std::process::id();
        let start = sys::start_time(pid).unwrap_or_default();
        format!("{}{pid}_{start}_", of_this_machine())
    })
}

/// What all names of this machine begin with.
pub(crate) fn of_this_machine() -> &'static str {
    static MACHINE: OnceLock<String> = OnceLock::new();
    MACHINE.get_or_init(|| {
        let mut hash: u16 = 0;
        for byte in sys::hostname().bytes() {
            hash = hash.wrapping_mul(31).wrapping_add(u16::from(byte));
        }
        format!("lb_{hash:04x}_")
    })
}

/// Whether the name was made on this machine by a process that is gone.
pub(crate) fn is_orphan(name: &str) -> bool {
    maker(name).is_some_and(|(pid, start)| !sys::is_alive(pid, start))
}

fn maker(name: &str) -> Option<(u32, u64)> {
    let mut parts = name.strip_prefix(of_this_machine())?.split('_');
    let pid = parts.next()?.parse().ok()?;
    let start = parts.next()?.parse().ok()?;
    parts.next()?;
    Some((pid, start))
}

/// A number that differs between processes and calls. Only to spread choices: nothing depends on its value, so
/// no seed is needed to repeat a run.
pub(crate) fn scatter() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_living_process_is_no_orphan() {
        assert!(!is_orphan(&fresh()));
    }

    #[test]
    fn a_name_of_a_dead_process_is_an_orphan() {
        let (pid, start) = maker(&fresh()).unwrap();
        let earlier = format!("{}{pid}_{}_7", of_this_machine(), start - 1);
        assert!(
            is_orphan(&earlier),
            "the same number, another process: {earlier}"
        );
    }

    #[test]
    fn a_name_of_somebody_else_is_no_orphan() {
        for name in ["orders", "lb_", "lb_0000_x_1_1", "lb_test"] {
            assert!(!is_orphan(name), "{name}");
        }
    }
}
